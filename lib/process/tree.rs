//! Finding processes and ending them. A process is named by its pid and its start time together: a pid alone
//! may belong to somebody else by the time it is used, so nothing here signals by pid alone.

use super::deadline::Deadline;
use super::procfs::{self, Stat};
use crate::effect;
use rustix::process::{Pid, PidfdFlags, Signal};
use std::collections::HashSet;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;
use std::{fs, io, process, thread};

/// How long ended processes may take to go after SIGKILL; one stuck in the kernel never does.
const KILL_WAIT: Duration = Duration::from_secs(2);

/// One process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Proc {
    /// Its id.
    pub pid: u32,
    /// When it started, in clock ticks since boot: with the pid, its identity until the next boot.
    pub start_time: u64,
    /// The name the kernel shows for it, at most 15 bytes.
    pub name: String,
}

impl From<Stat> for Proc {
    fn from(stat: Stat) -> Proc {
        Proc { pid: stat.pid, start_time: stat.start_time, name: stat.name }
    }
}

/// What became of processes that were to end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// Gone without SIGKILL.
    pub terminated: Vec<Proc>,
    /// Gone after SIGKILL.
    pub killed: Vec<Proc>,
    /// Still there: stuck in the kernel, or not ours to signal.
    pub left: Vec<Proc>,
}

/// All living children of a process, their children and so on. One that was reparented to somebody else (a
/// daemon, with no subreaper above it) is not among them; see [`marked`].
pub fn descendants(of: u32) -> Vec<Proc> {
    descendants_but(of, |_| false)
}

/// The same without those that are to be spared, and without all below them. Both are told from one look: whatever a
/// spared one starts meanwhile is never found without the one above it.
pub fn descendants_but(of: u32, spared: impl Fn(&Proc) -> bool) -> Vec<Proc> {
    below(&procfs::all(), of, spared)
}

fn below(all: &[Stat], of: u32, spared: impl Fn(&Proc) -> bool) -> Vec<Proc> {
    let mut found: Vec<Proc> = Vec::new();
    let mut seen = vec![of];
    let mut parents = vec![of];
    while let Some(parent) = parents.pop() {
        for child in all.iter().filter(|s| s.parent == parent) {
            // /proc is no snapshot: with a reused pid in it the parents could form a ring.
            if seen.contains(&child.pid) {
                continue;
            }
            seen.push(child.pid);
            let proc = Proc::from(child.clone());
            if spared(&proc) {
                continue;
            }
            parents.push(child.pid);
            if !child.ended() {
                found.push(proc);
            }
        }
    }
    found
}

/// All living members of a process group.
pub fn group(id: u32) -> Vec<Proc> {
    procfs::all().into_iter().filter(|s| s.group == id && !s.ended()).map(Proc::from).collect()
}

/// All living processes of our own user that were started with `var=value` in their environment, wherever
/// they hang in the tree. One that was started with a cleared environment is not found.
pub fn marked(var: &str, value: &str) -> Vec<Proc> {
    let found = |s: &Stat| carries(s.pid, var, value);
    procfs::all().into_iter().filter(|s| !s.ended() && found(s)).map(Proc::from).collect()
}

/// Whether a process is one of our own user that was started with `var=value` in its environment.
pub fn carries(pid: u32, var: &str, value: &str) -> bool {
    let us = rustix::process::geteuid().as_raw();
    if !fs::metadata(format!("/proc/{pid}")).is_ok_and(|m| m.uid() == us) {
        return false;
    }
    let environ = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let entry = format!("{var}={value}");
    environ.split(|b| *b == 0).any(|e| e == entry.as_bytes())
}

/// The program that a process runs, as an absolute path. None if that cannot be seen.
pub fn program(pid: u32) -> Option<std::path::PathBuf> {
    fs::read_link(format!("/proc/{pid}/exe")).ok()
}

/// When a process started, in clock ticks since boot. None if there is none that we may see.
pub fn start_time(pid: u32) -> Option<u64> {
    procfs::stat(pid).ok().map(|s| s.start_time)
}

/// The group of a process that is halted, as by Ctrl-Z, and waits to be let go on. None if it is not.
pub fn halted(pid: u32) -> Option<u32> {
    procfs::stat(pid).ok().filter(|s| s.state == b'T').map(|s| s.group)
}

/// Whether the process that started at `start_time` (ticks since boot) still runs. A zombie does not. None:
/// cannot tell, for `/proc` hides it from us or is not there.
pub fn alive(pid: u32, start_time: u64) -> Option<bool> {
    match procfs::stat(pid) {
        Ok(stat) => Some(stat.start_time == start_time && !stat.ended()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let Some(raw) = raw(pid) else { return Some(false) };
            let nobody = rustix::process::test_kill_process(raw) == Err(rustix::io::Errno::SRCH);
            nobody.then_some(false)
        }
        Err(_) => None,
    }
}

/// How often the kernel has killed a process for want of memory since boot, if it counts that (proc_vmstat(5)).
pub fn memory_kills() -> Option<u64> {
    let text = fs::read_to_string("/proc/vmstat").ok()?;
    text.lines().find_map(|l| l.strip_prefix("oom_kill "))?.trim().parse().ok()
}

/// The id of this boot of the machine. Start times of different boots mean nothing to each other.
pub fn boot_id() -> Option<String> {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(text.trim().to_string()).filter(|id| !id.is_empty())
}

/// Signals exactly this process: never one that has its pid by now, never us and never pid 1. False if
/// nothing was sent.
pub fn signal(to: &Proc, signal: Signal) -> bool {
    if to.pid == process::id() || to.pid <= 1 {
        return false;
    }
    let Some(pid) = raw(to.pid) else { return false };
    let Ok(fd) = rustix::process::pidfd_open(pid, PidfdFlags::empty()) else { return false };
    // After the open: if it is still the one we mean, the descriptor cannot be anybody else's.
    if start_time(to.pid) != Some(to.start_time) {
        return false;
    }
    effect::at("signal: before");
    let sent = rustix::process::pidfd_send_signal(&fd, signal).is_ok();
    effect::at("signal: sent");
    sent
}

fn raw(pid: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(pid).ok()?)
}

/// Ends all that `find` returns, and what it returns later since they fork meanwhile: SIGTERM to each, SIGKILL
/// to those that are there after `grace`. Returns as soon as two looks in a row find nothing, and at most two
/// seconds after `grace`. Never signals us or pid 1, and ends them by no other name than pid and start time.
pub fn end_all(find: impl Fn() -> Vec<Proc>, grace: Duration) -> Ended {
    let mut hunt = Hunt { find, known: Vec::new(), killed: HashSet::new() };
    if !hunt.press(Signal::TERM, grace) {
        hunt.press(Signal::KILL, KILL_WAIT);
    }
    hunt.ended()
}

struct Hunt<F> {
    find: F,
    known: Vec<Proc>,
    killed: HashSet<Proc>,
}

impl<F: Fn() -> Vec<Proc>> Hunt<F> {
    /// Sends `with` once to each that lives, until none does (true) or the time is over (false).
    fn press(&mut self, with: Signal, most: Duration) -> bool {
        let deadline = Deadline::after(most);
        let mut told = HashSet::new();
        let mut pause = Duration::from_millis(2);
        loop {
            let living = self.look();
            if living.is_empty() && self.look().is_empty() {
                return true;
            }
            for p in living.into_iter().filter(|p| told.insert(p.clone())) {
                self.send(&p, with);
            }
            let Some(left) = deadline.left() else { return false };
            thread::sleep(pause.min(left));
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }

    fn send(&mut self, to: &Proc, with: Signal) {
        signal(to, with);
        if with == Signal::TERM {
            // A stopped process takes note of SIGTERM only when it goes on.
            signal(to, Signal::CONT);
        } else {
            self.killed.insert(to.clone());
        }
    }

    /// Those that live, of all ever found: a child whose parent has ended may no longer be in `find`'s reach.
    fn look(&mut self) -> Vec<Proc> {
        for p in (self.find)() {
            // The name is no part of the identity: exec changes it.
            let known = self.known.iter().any(|k| (k.pid, k.start_time) == (p.pid, p.start_time));
            if !known && p.pid != process::id() && p.pid > 1 {
                self.known.push(p);
            }
        }
        self.known.iter().filter(|p| alive(p.pid, p.start_time) != Some(false)).cloned().collect()
    }

    fn ended(self) -> Ended {
        let mut ended = Ended::default();
        for p in self.known {
            if alive(p.pid, p.start_time) != Some(false) {
                ended.left.push(p);
            } else if self.killed.contains(&p) {
                ended.killed.push(p);
            } else {
                ended.terminated.push(p);
            }
        }
        ended
    }
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
