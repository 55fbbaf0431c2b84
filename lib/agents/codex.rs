//! Codex. In *turns* style one process a turn, `codex exec --json`, the text on its stdin; in *interactive* style its own
//! interface, which tells by hooks what it does. It names the conversation itself. Tried with 0.169.0.

use super::{Agent, Context, Free, HOOK_LIMIT, PROMPT, Program};
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

/// Its interface: no server in the background that outlives it, a screen that scrolls, and hooks that nobody was asked about,
/// since they are ours.
const SCREEN: &[&str] = &["--no-daemon", "--no-alt-screen", "--dangerously-bypass-hook-trust"];

/// Codex.
#[derive(Clone, Debug)]
pub struct Codex(pub Program);

impl Agent for Codex {
    fn kind(&self) -> Kind {
        Kind::Codex
    }

    fn style(&self) -> Style {
        self.0.style
    }

    fn argv(&self, context: &Context) -> Vec<String> {
        let conversation = context.conversation.as_deref().filter(|_| context.resume);
        if self.0.style == Style::Interactive {
            return self.screen(context, conversation);
        }
        let last = conversation.map_or(vec!["-"], |id| vec!["resume", id, "-"]);
        self.0.line(&["exec", "--json"], &FREE, ("-m", &context.model), &last)
    }
}

impl Codex {
    /// Hooks and the trust in the folder are settings of this call alone: no file of the user's is touched.
    fn screen(&self, context: &Context, conversation: Option<&str>) -> Vec<String> {
        let mut words: Vec<String> = conversation.map(|_| "resume".to_string()).into_iter().collect();
        words.extend(SCREEN.iter().map(|w| w.to_string()));
        let mut set = |value: String| words.extend(["-c".to_string(), value]);
        for (event, command) in context.telling.commands() {
            let command = text(&command);
            set(format!(
                "hooks.{event}=[{{hooks=[{{type=\"command\",command={command},timeout={HOOK_LIMIT}}}]}}]"
            ));
        }
        let folder = text(&context.worktree.display().to_string());
        set(format!("projects={{{folder}={{trust_level=\"trusted\"}}}}"));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let last = [conversation, Some(PROMPT)].into_iter().flatten().collect::<Vec<_>>();
        self.0.line(&words, &FREE, ("-m", &context.model), &last)
    }
}

/// A text in TOML, which takes strings as JSON writes them.
fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
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

    #[test]
    fn its_interface_is_given_hooks_trust_and_its_first_prompt_by_its_command_line() {
        let codex = Codex(super::super::given::screen(&[]));
        let first = codex.argv(&context(false, None, Some("m")));
        assert_eq!(first[1], "--no-daemon");
        let stop = r#"hooks.Stop=[{hooks=[{type="command",command="'/bin/hook' '/s/it'\\''s' '3' 'Stop'",timeout=10}]}]"#;
        assert!(first.iter().any(|w| w == stop), "{first:#?}");
        assert!(first.iter().any(|w| w == r#"projects={"/w"={trust_level="trusted"}}"#));
        let end = "--dangerously-bypass-approvals-and-sandbox -m m {prompt}";
        assert!(first.join(" ").ends_with(end), "{first:#?}");
        let later = codex.argv(&context(true, Some("t-1"), None));
        assert_eq!(later[1..3], ["resume", "--no-daemon"]);
        assert!(later.join(" ").ends_with(" t-1 {prompt}"));
        for word in first.iter().filter(|w| w.contains('=')) {
            toml::from_str::<toml::Table>(word).unwrap_or_else(|e| panic!("{word}: {e}"));
        }
    }
}
