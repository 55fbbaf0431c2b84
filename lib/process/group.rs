//! The process group of a running program. Its id is the leader's pid, and the kernel gives that number to
//! nobody else while the leader is not reaped or a member lives.

use super::tree;
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, WaitId, WaitIdOptions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::Child;
use std::time::Duration;

/// How often to look for the leader's end where the system has no pidfd to wait on.
const LOOK: Duration = Duration::from_millis(20);

/// A group and its leader.
#[derive(Debug)]
pub(super) struct Group {
    id: Pid,
    leader: Option<OwnedFd>,
}

impl Group {
    /// The group of a child that was started as the leader of its own.
    pub(super) fn of(child: &Child) -> Group {
        let id = Pid::from_child(child);
        Group { id, leader: rustix::process::pidfd_open(id, PidfdFlags::empty()).ok() }
    }

    /// Readable once the leader has ended.
    pub(super) fn leader(&self) -> Option<BorrowedFd<'_>> {
        self.leader.as_ref().map(AsFd::as_fd)
    }

    /// The longest one may sleep before looking at the leader again.
    pub(super) fn nap(&self, wanted: Duration) -> Duration {
        if self.leader.is_some() { wanted } else { wanted.min(LOOK) }
    }

    /// Whether the leader has ended; its status stays to be collected, so its number stays taken.
    pub(super) fn leader_ended(&self) -> io::Result<bool> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        match rustix::process::waitid(WaitId::Pid(self.id), options) {
            Ok(status) => Ok(status.is_some()),
            Err(Errno::INTR) => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    /// Whether anything of it still runs. Zombies do not count: whose they are may never collect them.
    pub(super) fn lives(&self) -> bool {
        // The cheap question first: after nearly every call there is no such group any more.
        let nobody = rustix::process::test_kill_process_group(self.id) == Err(Errno::SRCH);
        let id = self.id.as_raw_nonzero().get().unsigned_abs();
        // Without /proc there is no telling zombies apart: better one signal too many.
        !nobody && (!tree::group(id).is_empty() || tree::start_time(std::process::id()).is_none())
    }

    /// Signals every member at once, those that are being forked too. That none is left is no error.
    pub(super) fn signal(&self, signal: Signal) {
        crate::effect::at("group: before its signal");
        let _ = rustix::process::kill_process_group(self.id, signal);
        crate::effect::at("group: signalled");
    }
}
