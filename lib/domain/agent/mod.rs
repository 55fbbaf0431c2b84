//! What is known of the coding agents that drover knows by name: what they print, what a limit looks like in their
//! words. Pure readers of text that somebody else wrote; what was observed of which version is in `docs/agents.md`.

pub mod choice;
pub mod hooks;
pub mod limit;
pub mod moment;
pub mod output;
pub mod sight;
pub mod state;

use super::launch::Style;
use serde::{Deserialize, Serialize};

/// Which agent a session runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Any program: drover knows its exit codes and nothing else of it.
    #[default]
    Command,
    /// Claude Code.
    Claude,
    /// Codex.
    Codex,
    /// opencode.
    Opencode,
}

impl Kind {
    /// The agent of this name in the configuration; a name that is none of theirs is some program's.
    pub fn named(name: &str) -> Kind {
        match name {
            "claude" => Kind::Claude,
            "codex" => Kind::Codex,
            "opencode" => Kind::Opencode,
            _ => Kind::Command,
        }
    }

    /// The program that is started where the configuration names none.
    pub fn program(self) -> Option<&'static str> {
        match self {
            Kind::Command => None,
            Kind::Claude => Some("claude"),
            Kind::Codex => Some("codex"),
            Kind::Opencode => Some("opencode"),
        }
    }

    /// How it is talked to where the configuration does not say.
    pub fn style(self) -> Style {
        match self {
            Kind::Claude => Style::Interactive,
            Kind::Command | Kind::Codex | Kind::Opencode => Style::Turns,
        }
    }

    /// Whether a turn of it prints lines of JSON, which are read and shown in words.
    pub fn prints_json(self) -> bool {
        self != Kind::Command
    }
}

/// Why an agent could not go on, as far as its words tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A limit, or its server's fault: it passes by itself.
    Limit {
        /// In its words.
        words: String,
        /// When it will be over, in seconds since 1970, if it says so.
        until: Option<i64>,
    },
    /// It is not logged in, or may not do this: a person has to see to it.
    Refused {
        /// In its words.
        words: String,
    },
    /// Something else.
    Other {
        /// In its words.
        words: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_is_known_by_its_name_and_every_other_name_is_a_programs() {
        for kind in [Kind::Claude, Kind::Codex, Kind::Opencode] {
            let program = kind.program().unwrap();
            assert_eq!((Kind::named(program), kind.prints_json()), (kind, true));
        }
        assert_eq!(Kind::named("aider"), Kind::Command);
        assert_eq!((Kind::Command.program(), Kind::Command.prints_json()), (None, false));
    }
}
