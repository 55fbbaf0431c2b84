//! opencode, one process a turn: `opencode run --format json`, the text on its stdin. It names the conversation in every
//! line that it prints. Tried with 1.18.33.

use super::{Agent, Context, Free, Program, vars};
use crate::domain::agent::Kind;
use crate::domain::launch::Style;
use std::collections::BTreeMap;

/// What it may do without asking is a variable.
const FREE: Free = Free { words: &[], instead: &[] };

/// opencode.
#[derive(Clone, Debug)]
pub struct Opencode(pub Program);

impl Agent for Opencode {
    fn kind(&self) -> Kind {
        Kind::Opencode
    }

    fn style(&self) -> Style {
        Style::Turns
    }

    fn argv(&self, context: &Context) -> Vec<String> {
        let conversation = context.conversation.as_deref().filter(|_| context.resume);
        let last = conversation.map(|id| vec!["--session", id]).unwrap_or_default();
        self.0.line(&["run", "--format", "json"], &FREE, ("--model", &context.model), &last)
    }

    fn env(&self) -> BTreeMap<String, String> {
        vars(&[
            ("OPENCODE_DISABLE_AUTOUPDATE", "1"),
            ("OPENCODE_DISABLE_SHARE", "1"),
            ("OPENCODE_PERMISSION", r#"{"*":"allow"}"#),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::super::given::{context, program};
    use super::*;

    #[test]
    fn a_conversation_is_resumed_where_it_is_known() {
        let opencode = Opencode(program(&[]));
        let first = opencode.argv(&context(false, Some("ses_1"), Some("a/b")));
        assert_eq!(first.join(" "), "/bin/it run --format json --model a/b");
        let later = opencode.argv(&context(true, Some("ses_1"), None));
        assert_eq!(later.join(" "), "/bin/it run --format json --session ses_1");
    }
}
