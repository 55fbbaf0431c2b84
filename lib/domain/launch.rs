//! What the host of a session has to know: written beside the run before the session starts, so that neither
//! secrets nor long texts stand on a command line.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

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
    pub version: u32,
    /// Which start of the run this is.
    pub spawn: u32,
    /// Which attempt it belongs to.
    pub attempt: u32,
    /// How messages reach the agent.
    pub style: Style,
    /// The agent's command.
    pub argv: Vec<String>,
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
