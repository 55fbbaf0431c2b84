//! Locks between processes. They end with their holder, whatever becomes of it. Order: tick, run, start,
//! landing, repo, then single files.

use crate::config::Channel;
use crate::domain::ids::IssueNo;
use anyhow::Result;
use std::any::Any;
use std::fmt;

/// What can be locked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockName {
    /// One look-and-start of `poll`.
    Tick,
    /// One run: whoever holds it is the only writer of its `run.json` and messages.
    Run(IssueNo),
    /// Deciding on a start and writing its run: what `limits.sessions` counts must not change in between.
    Start,
    /// One landing at a time.
    Landing,
    /// Our bare repository.
    Repo,
    /// The local forge's records.
    Forge,
    /// One verify job, by its folder's name.
    Check(String),
    /// One checkout of `verify`.
    Slot(u32),
    /// Pushing to the mirrors.
    Mirror,
    /// Passing notices on.
    Notices,
    /// Taking in what people say in a channel.
    Listen(Channel),
    /// The agents' own files of settings, which the sessions of all projects share.
    Agents,
}

impl LockName {
    /// Its file's name under `locks/`.
    pub fn file(&self) -> String {
        match self {
            LockName::Tick => "tick".into(),
            LockName::Run(issue) => format!("run-{issue}"),
            LockName::Start => "start".into(),
            LockName::Landing => "landing".into(),
            LockName::Repo => "repo".into(),
            LockName::Forge => "forge".into(),
            LockName::Check(job) => format!("check-{job}"),
            LockName::Slot(slot) => format!("slot-{slot}"),
            LockName::Mirror => "mirror".into(),
            LockName::Notices => "notices".into(),
            LockName::Listen(channel) => format!("listen-{channel}"),
            LockName::Agents => "agents".into(),
        }
    }
}

impl fmt::Display for LockName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the lock {}", self.file())
    }
}

/// A lock in hand; dropping it gives it back.
pub type Held = Box<dyn Any>;

/// All locks of one project.
pub trait Locks {
    /// Takes a lock if it is free.
    fn try_take(&self, lock: &LockName) -> Result<Option<Held>>;
    /// Who holds it, in words, as far as it is written there.
    fn holder(&self, lock: &LockName) -> Option<String>;
    /// Whether somebody holds it.
    fn is_held(&self, lock: &LockName) -> Result<bool>;
}
