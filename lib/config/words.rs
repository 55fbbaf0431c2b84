//! The words that some keys take, each set of them an enum.

use crate::domain::launch::Style;
use crate::domain::policy::{Pipeline, Scope};
use std::fmt;

/// Where the issues and pulls of a project live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForgeKind {
    /// Files beside a plain git repository; needs no server.
    Local,
    /// Forgejo and Gitea.
    Forgejo,
    /// GitHub.
    Github,
    /// Azure DevOps.
    Azure,
}

/// A way to reach people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// What `poll` prints, which cron mails.
    Mail,
    /// A room on a Matrix server.
    Matrix,
    /// A chat with a bot on Telegram.
    Telegram,
    /// A topic of ntfy.
    Ntfy,
    /// A signed request to a server of yours.
    Webhook,
    /// A program of yours.
    Command,
    /// Comments on the issue.
    Forge,
}

/// How a branch takes in its base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// By a merge commit.
    Merge,
    /// By moving its commits onto it.
    Rebase,
}

/// Gives an enum its words: `WORDS`, `as_str`, `from_word` and `Display`.
macro_rules! words {
    ($name:ident { $($variant:ident = $word:literal),+ }) => {
        impl $name {
            /// Every word, in the order of the documentation.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word of this value in a project file.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            /// The value of a word, if it is one of them.
            pub fn from_word(word: &str) -> Option<$name> {
                match word { $($word => Some($name::$variant),)+ _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words!(ForgeKind { Local = "local", Forgejo = "forgejo", Github = "github", Azure = "azure" });
words!(Style { Turns = "turns", Interactive = "interactive" });
words!(Update { Merge = "merge", Rebase = "rebase" });
words!(Scope { Ours = "ours", Linked = "linked", All = "all" });
words!(Channel {
    Mail = "mail",
    Matrix = "matrix",
    Telegram = "telegram",
    Ntfy = "ntfy",
    Webhook = "webhook",
    Command = "command",
    Forge = "forge"
});
words!(Pipeline { Drain = "drain", Overlap = "overlap" });
