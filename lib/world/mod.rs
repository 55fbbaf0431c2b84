//! The outside as `ops` sees it: one value that holds every part as a trait object. The real parts stand in the
//! adapters' folders, the simulated ones in the tests; `ops` cannot tell them apart. Each call of a part is one
//! effect.

mod files;
mod forge;
mod git;
mod locks;
mod parts;
mod sessions;

pub use files::{Files, Untrusted};
pub use forge::{Forge, Merge, NewIssue, NewPull, NewReview, Rights};
pub use git::{Git, Landed, MergeTry, Mirrored, PushAnswer, Removal, Worktree, WorktreeSpec};
pub use locks::{Held, LockName, Locks};
pub use parts::{
    Checks, Ci, Claims, Clock, Dice, Fence, Hearing, Job, Jobs, Machine, People, ProcessId, Said, Tidings,
};
pub use sessions::{Delivery, SessionSpec, SessionsPart, Started};

use crate::config::Project;
use crate::domain::policy::Policy;
use crate::store::Store;
use crate::twin::{self, Twin};
use anyhow::Result;
use std::rc::Rc;

/// Every part of the outside, for one project.
pub struct World {
    /// The project's validated configuration.
    pub project: Project,
    /// Its rules, as the decisions want them.
    pub policy: Policy,
    /// Issues, pulls and reviews.
    pub forge: Rc<dyn Forge>,
    /// Who works on which issue.
    pub claims: Box<dyn Claims>,
    /// Commits and branches.
    pub git: Box<dyn Git>,
    /// tmux.
    pub sessions: Box<dyn SessionsPart>,
    /// Our own files.
    pub store: Store,
    /// Locks between processes.
    pub locks: Rc<dyn Locks>,
    /// Our other binaries.
    pub jobs: Box<dyn Jobs>,
    /// The project's own checks.
    pub checks: Box<dyn Checks>,
    /// What CI knows of red ones.
    pub ci: Box<dyn Ci>,
    /// The channels to the people of the project.
    pub people: Vec<Box<dyn People>>,
    /// Memory, disk, load, processes.
    pub machine: Box<dyn Machine>,
    /// Time.
    pub clock: Rc<dyn Clock>,
    /// Chance.
    pub dice: Box<dyn Dice>,
}

/// A lock that somebody else holds.
#[derive(Debug, thiserror::Error)]
#[error("{lock} is held{}", .holder.as_ref().map(|h| format!(" by {h}")).unwrap_or_default())]
pub struct LockBusy {
    /// Which lock.
    pub lock: String,
    /// Who holds it, as far as it is written there.
    pub holder: Option<String>,
}

/// Takes a lock, trying for `seconds`; [`LockBusy`] if it stays taken.
pub fn take(locks: &dyn Locks, clock: &dyn Clock, lock: &LockName, seconds: u64) -> Result<Held> {
    let tries = seconds * 20;
    for attempt in 0..=tries {
        if let Some(held) = locks.try_take(lock)? {
            return Ok(held);
        }
        if twin::is(Twin::LoserTakesLock) {
            return Ok(Box::new(()));
        }
        if attempt < tries {
            clock.sleep_ms(50);
        }
    }
    Err(LockBusy { lock: lock.to_string(), holder: locks.holder(lock) }.into())
}

impl World {
    /// Takes a lock, trying for `seconds`; [`LockBusy`] if it stays taken.
    pub fn take(&self, lock: &LockName, seconds: u64) -> Result<Held> {
        take(self.locks.as_ref(), self.clock.as_ref(), lock, seconds)
    }

    /// Whether the forge is the local one: then `verify` is what reports on commits.
    pub fn is_local(&self) -> bool {
        self.project.forge == crate::config::ForgeKind::Local
    }

    /// Does something with the repository lock held.
    pub fn with_repo<T>(&self, work: impl FnOnce(&dyn Git) -> Result<T>) -> Result<T> {
        let _held = self.take(&LockName::Repo, 60)?;
        work(self.git.as_ref())
    }
}
