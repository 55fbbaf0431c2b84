//! Follows a started program to its end and sees to it that its group goes with it.

use super::deadline::Deadline;
use super::end::End;
use super::group::Group;
use super::pump::Pump;
use super::reaper::Owned;
use rustix::process::Signal;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;
use std::{io, thread};

/// How long to go on reading after the program has ended: a `tee` behind it may have a little left.
const DRAIN: Duration = Duration::from_millis(500);
/// How long a group may take to go after SIGTERM, and again after SIGKILL.
const GRACE: Duration = Duration::from_secs(2);

/// A program that was started.
#[derive(Debug)]
pub(super) struct Running {
    owned: Owned,
    group: Group,
    pump: Pump,
    deadline: Deadline,
    most: Option<u64>,
}

/// Why we no longer wait for it.
#[derive(Clone, Copy, Debug)]
enum Cause {
    Ended,
    TimedOut,
    TooMuch,
}

impl Running {
    /// The child must lead a group of its own.
    pub(super) fn new(owned: Owned, pump: Pump, deadline: Deadline, most: Option<u64>) -> Running {
        let group = Group::of(&owned.child);
        Running { owned, group, pump, deadline, most }
    }

    /// Waits for its end or brings it about. Whatever the outcome, an error too, its group is gone after that.
    pub(super) fn finish(mut self) -> io::Result<(End, Pump)> {
        let cause = self.wait();
        if matches!(cause, Ok(Cause::Ended)) {
            let drained = self.pump.drain(DRAIN);
            let status = self.owned.child.try_wait();
            self.end_group();
            drained?;
            let end = if self.wrote_too_much() { End::OutputLimit } else { end_of(status?)? };
            return Ok((end, self.pump));
        }
        self.end_group();
        let drained = self.pump.drain(DRAIN);
        // Only now: as long as its status lies there, nobody else can get the group's number. None if it is
        // stuck in the kernel, where no signal reaches it; we do not wait for that.
        self.owned.child.try_wait()?;
        drained?;
        let end = if matches!(cause?, Cause::TimedOut) { End::TimedOut } else { End::OutputLimit };
        Ok((end, self.pump))
    }

    fn wait(&mut self) -> io::Result<Cause> {
        loop {
            if self.wrote_too_much() {
                return Ok(Cause::TooMuch);
            }
            if self.group.leader_ended()? {
                return Ok(Cause::Ended);
            }
            let Some(left) = self.deadline.left() else { return Ok(Cause::TimedOut) };
            self.pump.turn(self.group.leader(), self.group.nap(left))?;
        }
    }

    fn wrote_too_much(&self) -> bool {
        self.most.is_some_and(|most| self.pump.total() > most)
    }

    fn end_group(&mut self) {
        for signal in [Signal::TERM, Signal::KILL] {
            if !self.group.lives() {
                return;
            }
            self.group.signal(signal);
            // A stopped process takes note of SIGTERM only when it goes on.
            self.group.signal(Signal::CONT);
            self.wait_for_group();
        }
    }

    /// Waits, at most for the grace, until the group is gone. Bytes keep moving meanwhile: a program must be
    /// able to say its last words.
    fn wait_for_group(&mut self) {
        let deadline = Deadline::after(GRACE);
        let mut pause = Duration::from_millis(2);
        while let Some(left) = deadline.left() {
            if !self.group.lives() {
                return;
            }
            if self.pump.pass(pause.min(left)).is_err() {
                thread::sleep(pause);
            }
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }
}

fn end_of(status: Option<ExitStatus>) -> io::Result<End> {
    let status = status.ok_or_else(|| io::Error::other("it has ended and left no status"))?;
    match (status.code(), status.signal()) {
        (Some(code), _) => Ok(End::Exit(code)),
        (None, Some(signal)) => Ok(End::Signal(signal)),
        (None, None) => Err(io::Error::other(format!("unknown status {status}"))),
    }
}
