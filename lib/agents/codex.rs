//! Codex, one process a turn: `codex exec --json`, the text on its stdin. It names the conversation itself, in the first
//! line that it prints. Tried with 0.169.0.

use super::{Agent, Context, Free, Program};
use crate::domain::agent::Kind;
use crate::domain::launch::Style;

const FREE: Free = Free {
    words: &["--dangerously-bypass-approvals-and-sandbox"],
    instead: &[
        "--dangerously-bypass-approvals-and-sandbox",
        "--sandbox",
        "-s",
        "--full-auto",
        "--profile",
        "-p",
    ],
};

/// Codex.
#[derive(Clone, Debug)]
pub struct Codex(pub Program);

impl Agent for Codex {
    fn kind(&self) -> Kind {
        Kind::Codex
    }

    fn style(&self) -> Style {
        Style::Turns
    }

    fn argv(&self, context: &Context) -> Vec<String> {
        let conversation = context.conversation.as_deref().filter(|_| context.resume);
        let last = conversation.map_or(vec!["-"], |id| vec!["resume", id, "-"]);
        self.0.line(&["exec", "--json"], &FREE, ("-m", &context.model), &last)
    }
}

#[cfg(test)]
mod tests {
    use super::super::given::{context, program};
    use super::*;

    #[test]
    fn a_conversation_is_resumed_where_it_is_known() {
        let codex = Codex(program(&["-c", "x=1"]));
        let first = "/bin/it exec --json --dangerously-bypass-approvals-and-sandbox -m m -c x=1 -";
        assert_eq!(codex.argv(&context(false, None, Some("m"))).join(" "), first);
        assert!(codex.argv(&context(true, Some("t-1"), None)).join(" ").ends_with("-c x=1 resume t-1 -"));
        assert!(codex.argv(&context(true, None, None)).join(" ").ends_with("-c x=1 -"));
        assert!(
            !Codex(program(&["--sandbox", "workspace-write"]))
                .argv(&context(false, None, None))
                .join(" ")
                .contains("bypass")
        );
    }
}
