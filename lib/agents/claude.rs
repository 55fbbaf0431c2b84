//! Claude Code, one process a turn: the text on its stdin, lines of JSON on its stdout. It is told the name of a new
//! conversation and resumes one by its name. Tried with 2.1.329.

use super::{Agent, Context, Free, Program, vars};
use crate::domain::agent::Kind;
use crate::domain::launch::Style;
use std::collections::BTreeMap;

/// As root it refuses this one, unless `IS_SANDBOX=1` says that it is in a sandbox; `preflight env` tells.
const FREE: Free = Free {
    words: &["--dangerously-skip-permissions"],
    instead: &["--dangerously-skip-permissions", "--permission-mode"],
};

/// Claude Code.
#[derive(Clone, Debug)]
pub struct Claude(pub Program);

impl Agent for Claude {
    fn kind(&self) -> Kind {
        Kind::Claude
    }

    fn style(&self) -> Style {
        Style::Turns
    }

    fn argv(&self, context: &Context) -> Vec<String> {
        let option = if context.resume { "--resume" } else { "--session-id" };
        let conversation: Vec<&str> =
            context.conversation.as_deref().map(|id| vec![option, id]).unwrap_or_default();
        let words = ["-p", "--output-format", "stream-json", "--verbose"];
        self.0.line(&words, &FREE, ("--model", &context.model), &conversation)
    }

    fn env(&self) -> BTreeMap<String, String> {
        vars(&[("DISABLE_AUTOUPDATER", "1"), ("DISABLE_TELEMETRY", "1"), ("DISABLE_ERROR_REPORTING", "1")])
    }

    fn takes_a_name(&self) -> bool {
        true
    }
}

impl Claude {
    /// Whether this command line is one that root may not give.
    pub fn refuses_root(&self) -> bool {
        self.argv(&Context {
            issue: 0,
            worktree: "/".into(),
            prompt_file: "/".into(),
            model: None,
            resume: false,
            conversation: None,
        })
        .iter()
        .any(|word| word == FREE.words[0])
    }
}

#[cfg(test)]
mod tests {
    use super::super::given::{context, program};
    use super::*;

    #[test]
    fn a_new_conversation_is_named_and_an_old_one_resumed_by_its_name() {
        let claude = Claude(program(&["--add-dir", "/x"]));
        let first = claude.argv(&context(false, Some("id-1"), Some("opus")));
        let words = "/bin/it -p --output-format stream-json --verbose --dangerously-skip-permissions --model opus \
                     --add-dir /x --session-id id-1";
        assert_eq!(first.join(" "), words);
        let later = claude.argv(&context(true, Some("id-1"), None));
        assert!(later.join(" ").ends_with("--add-dir /x --resume id-1"), "{later:?}");
    }

    #[test]
    fn a_project_may_say_what_is_allowed() {
        for own in [&["--permission-mode", "acceptEdits"][..], &["--permission-mode=plan"]] {
            let claude = Claude(program(own));
            assert!(!claude.refuses_root(), "{own:?}");
        }
        assert!(Claude(program(&[])).refuses_root());
    }
}
