//! tmux sessions, as far as a run needs them.

use crate::domain::life::{SessionSeen, Sessions};
use crate::domain::run::SessionRef;
use anyhow::Result;
use std::path::PathBuf;

/// A session to be started.
#[derive(Clone, Debug)]
pub struct SessionSpec {
    /// Its name.
    pub name: String,
    /// Which start of the run it is; stamped on it.
    pub spawn: u32,
    /// The folder its host starts in.
    pub folder: PathBuf,
    /// The first process of its pane.
    pub argv: Vec<String>,
    /// The whole environment of that process.
    pub env: Vec<(String, String)>,
}

/// What is known of a session just started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// The tmux server's process.
    pub server_pid: Option<u32>,
    /// When that started, in clock ticks since boot.
    pub server_start: Option<u64>,
    /// The boot it is in.
    pub boot_id: String,
}

/// What became of a text that was to be put into a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It is in.
    Done,
    /// Not now: a person types, or the pane is in a mode that takes the keys.
    Busy(String),
}

/// tmux.
pub trait SessionsPart {
    /// All sessions of ours, in one call. `known` are those that runs remember: with no server to ask they tell
    /// "dead" from "cannot be seen".
    fn list(&self, known: &[SessionRef]) -> Sessions;
    /// Starts a session.
    fn start(&self, spec: &SessionSpec) -> Result<Started>;
    /// Ends a session and everything it started, daemonised children too. Fine if it is gone.
    fn stop(&self, name: &str, mark: &str) -> Result<()>;
    /// Puts a text into a session's pane and presses Enter; of an empty text only that.
    fn deliver(&self, seen: &SessionSeen, text: &str) -> Result<Delivery>;
    /// The last lines of a session's pane.
    fn pane(&self, name: &str, lines: u32) -> Result<String>;
}
