//! Orphans: a subreaper becomes the parent of what its descendants leave behind, and must take note of their
//! ends or they stay as zombies. The status of a child we started ourselves is never taken from its owner.

use super::procfs;
use rustix::process::{Pid, WaitId, WaitIdOptions};
use std::collections::BTreeSet;
use std::io;
use std::process::{Child, Command};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The children that a [`super::run::Call`] is waiting for, in any thread.
static OWNED: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

fn owned() -> MutexGuard<'static, BTreeSet<u32>> {
    OWNED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes us the parent of every descendant whose own parent ends, daemonised ones too. Holds for the whole
/// process and is not inherited.
///
/// # Errors
/// What the system said; Linux refuses only before 3.4.
pub fn become_subreaper() -> io::Result<()> {
    Ok(rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?)
}

/// Takes note of ended children that nobody waits for and returns their pids; never waits itself. Left alone
/// are `except` (the ids of every `std::process::Child` of ours) and all that a [`super::run::Call`] started.
pub fn reap_orphans(except: &[u32]) -> Vec<u32> {
    // Held over the look, so that no call can start a child between being looked at and being known.
    let owned = owned();
    let us = std::process::id();
    let ended = procfs::all().into_iter().filter(|s| s.parent == us && s.ended()).map(|s| s.pid);
    ended.filter(|pid| !except.contains(pid) && !owned.contains(pid)).filter(|pid| reap(*pid)).collect()
}

fn reap(pid: u32) -> bool {
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return false };
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
    matches!(rustix::process::waitid(WaitId::Pid(pid), options), Ok(Some(_)))
}

/// A child that [`reap_orphans`] leaves alone for as long as this value lives.
#[derive(Debug)]
pub(super) struct Owned {
    pub(super) child: Child,
}

impl Owned {
    /// Starts it. No look for orphans falls between its start and its being known as ours.
    pub(super) fn spawn(command: &mut Command) -> io::Result<Owned> {
        let mut owned = owned();
        let child = command.spawn()?;
        owned.insert(child.id());
        Ok(Owned { child })
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        owned().remove(&self.child.id());
    }
}

#[cfg(test)]
#[path = "reaper_tests.rs"]
mod tests;
