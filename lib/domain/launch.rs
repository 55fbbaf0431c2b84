//! What the host of a session has to know: written beside the run before the session starts, so that neither
//! secrets nor long texts stand on a command line.

use super::agent::Kind;
use super::agent::limit::Patterns;
use super::agent::output::Usage;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The place in a command that stands for the prompt's file.
pub const PROMPT_FILE: &str = "{prompt_file}";

/// The place in the command of a later turn that stands for the conversation, where the agent names it.
pub const CONVERSATION: &str = "{conversation}";

/// The place in a command that stands for the text of the prompt itself.
pub const PROMPT: &str = "{prompt}";

/// A word of a command line can hold at most 128 KiB (`MAX_ARG_STRLEN` of Linux). Of a longer prompt it is told where it stands.
pub const LONGEST_PROMPT: usize = 100 << 10;

/// Variables that keep the programs of a session, and of the project's own checks, from using the keys of the user
/// they run as: no credential helper, no ssh agent or key, no login of a forge's command line (law 8). A rail, not a
/// wall: without a sandbox it is the same user.
pub fn keyless() -> BTreeMap<String, String> {
    let ssh = "ssh -F /dev/null -o BatchMode=yes -o IdentityAgent=none -o IdentitiesOnly=yes -o IdentityFile=/dev/null";
    let pairs = [
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_ASKPASS", "/bin/false"),
        ("SSH_ASKPASS", "/bin/false"),
        ("GIT_SSH_COMMAND", ssh),
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "credential.helper"),
        ("GIT_CONFIG_VALUE_0", ""),
        ("GH_CONFIG_DIR", "/nonexistent"),
        ("GLAB_CONFIG_DIR", "/nonexistent"),
        ("AZURE_CONFIG_DIR", "/nonexistent"),
    ];
    pairs.into_iter().map(|(k, v)| (k.to_string(), v.to_string())).collect()
}

/// How messages reach an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// One program in the pane; messages are put into it.
    Interactive,
    /// One program a message.
    Turns,
}

/// `launch.json` of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// Format version.
    #[serde(default = "crate::domain::run::first_version")]
    pub version: u32,
    /// Which start of the run this is.
    pub spawn: u32,
    /// The name of its tmux session.
    #[serde(default)]
    pub session: String,
    /// Which attempt it belongs to.
    pub attempt: u32,
    /// Which agent it is.
    #[serde(default)]
    pub agent: Kind,
    /// How messages reach the agent.
    pub style: Style,
    /// The agent's command; `{prompt_file}` in it stands for the file of each turn.
    pub argv: Vec<String>,
    /// How its last words are read, where drover does not know it.
    #[serde(default)]
    pub patterns: Patterns,
    /// Whether the agent tells by hooks what it does.
    #[serde(default)]
    pub tells: bool,
    /// The command of later turns; `{conversation}` in it stands for what the agent calls the conversation.
    #[serde(default)]
    pub later: Vec<String>,
    /// What the agent has told as the sum over the conversation that it goes on in.
    #[serde(default)]
    pub told: Usage,
    /// The agent's whole environment.
    pub env: BTreeMap<String, String>,
    /// The folder it works in.
    pub folder: PathBuf,
    /// A command that prepares the folder first.
    pub setup: Option<String>,
    /// Seconds that this may take.
    pub setup_timeout: u64,
    /// The first turn to run (*turns* style).
    pub turn: u32,
    /// Seconds of the agent's time that a turn reserves in the ledger.
    pub reserve: u64,
    /// The command that moves the run on.
    pub wake: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_that_is_a_word_leaves_room_in_it() {
        assert!((64 * 1024..128 * 1024).contains(&LONGEST_PROMPT));
    }

    #[test]
    fn no_helper_agent_or_login_of_the_user_is_left_to_a_session() {
        let env = keyless();
        assert_eq!(env["GIT_CONFIG_KEY_0"], "credential.helper");
        assert_eq!((env["GIT_CONFIG_VALUE_0"].as_str(), env["GIT_CONFIG_COUNT"].as_str()), ("", "1"));
        assert!(env["GIT_SSH_COMMAND"].contains("IdentityAgent=none"));
        for folder in ["GH_CONFIG_DIR", "GLAB_CONFIG_DIR", "AZURE_CONFIG_DIR"] {
            assert_eq!(env[folder], "/nonexistent");
        }
        for program in ["GIT_ASKPASS", "SSH_ASKPASS"] {
            assert_eq!(env[program], "/bin/false");
        }
        assert_eq!(env["GIT_TERMINAL_PROMPT"], "0");
    }
}
