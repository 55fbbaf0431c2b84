//! The smaller parts in memory: sessions, locks, jobs, checks, the machine, time and chance.

use super::git::MemGit;
use anyhow::Result;
use drover::domain::ids::Sha;
use drover::domain::life::{SessionSeen, Sessions};
use drover::domain::run::SessionRef;
use drover::domain::schedule::MachineSeen;
use drover::domain::time::Timestamp;
use drover::domain::verify::{StepEnd, StepResult};
use drover::world::{
    Checks, Clock, Delivery, Dice, Held, Job, Jobs, LockName, Locks, Machine, People, ProcessId, SessionSpec,
    SessionsPart, Started,
};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::rc::Rc;

/// A clock that stands still until it is moved.
#[derive(Clone)]
pub struct MemClock(pub Rc<Cell<i64>>);

impl Clock for MemClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.get())
    }

    fn minute_of_day(&self) -> u32 {
        u32::try_from(self.0.get().rem_euclid(86_400) / 60).unwrap()
    }

    fn sleep_ms(&self, _: u64) {}
}

/// Locks of one process: whoever asks twice gets none.
#[derive(Clone, Default)]
pub struct MemLocks(Rc<RefCell<BTreeSet<LockName>>>);

struct Guard(MemLocks, LockName);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.0.borrow_mut().remove(&self.1);
    }
}

impl Locks for MemLocks {
    fn try_take(&self, lock: &LockName) -> Result<Option<Held>> {
        let free = self.0.borrow_mut().insert(lock.clone());
        Ok(free.then(|| Box::new(Guard(self.clone(), lock.clone())) as Held))
    }

    fn holder(&self, _: &LockName) -> Option<String> {
        None
    }

    fn is_held(&self, lock: &LockName) -> Result<bool> {
        Ok(self.0.borrow().contains(lock))
    }
}

/// Jobs as a queue of command lines: the driver runs them after whoever asked.
#[derive(Clone, Default)]
pub struct MemJobs(pub Rc<RefCell<VecDeque<Vec<String>>>>);

struct Queued(String);

impl Job for Queued {
    fn ended(&mut self) -> Option<i32> {
        Some(0)
    }

    fn name(&self) -> &str {
        &self.0
    }
}

impl Jobs for MemJobs {
    fn start(&self, argv: &[&str]) -> Result<Box<dyn Job>> {
        self.0.borrow_mut().push_back(argv.iter().map(|a| a.to_string()).collect());
        Ok(Box::new(Queued(argv.join(" "))))
    }
}

/// tmux in memory.
#[derive(Clone, Default)]
pub struct MemSessions(pub Rc<RefCell<BTreeMap<String, SessionSeen>>>);

impl SessionsPart for MemSessions {
    fn list(&self, _: &[SessionRef]) -> Sessions {
        Sessions::Listed(self.0.borrow().values().cloned().collect())
    }

    fn start(&self, spec: &SessionSpec) -> Result<Started> {
        let seen = SessionSeen {
            name: spec.name.clone(),
            spawn: spec.spawn,
            pane_ended: None,
            last_output: Timestamp(0),
            attached: false,
            in_mode: false,
        };
        self.0.borrow_mut().insert(spec.name.clone(), seen);
        Ok(Started { server_pid: Some(1), server_start: Some(1), boot_id: "boot".into() })
    }

    fn stop(&self, name: &str, _: &str) -> Result<()> {
        self.0.borrow_mut().remove(name);
        Ok(())
    }

    fn deliver(&self, _: &SessionSeen, _: &str) -> Result<Delivery> {
        Ok(Delivery::Done)
    }

    fn pane(&self, name: &str, _: u32) -> Result<String> {
        Ok(format!("the pane of {name}"))
    }
}

/// Checks that fail on any file that says BROKEN.
pub struct MemChecks(pub MemGit);

impl Checks for MemChecks {
    fn run(&self, _: &Path, sha: &Sha, _: &Path) -> Result<Vec<StepResult>> {
        let broken = self.0.files_of(sha).values().any(|t| t.contains("BROKEN"));
        let end = if broken { StepEnd::Failed { exit: 1 } } else { StepEnd::Passed };
        Ok(vec![StepResult {
            name: "test".into(),
            command: "check".into(),
            end,
            seconds: 0,
            output: "error: BROKEN".into(),
        }])
    }
}

/// People who keep what they are told.
#[derive(Clone, Default)]
pub struct MemPeople(pub Rc<RefCell<Vec<String>>>);

impl People for MemPeople {
    fn tell(&self, urgent: bool, text: &str) -> Result<bool> {
        if urgent {
            self.0.borrow_mut().push(text.into());
        }
        Ok(true)
    }
}

/// A machine with room.
pub struct MemMachine;

impl Machine for MemMachine {
    fn seen(&self) -> MachineSeen {
        MachineSeen { memory_mb: Some(100_000), disk_mb: Some(100_000), load: Some(0.0) }
    }

    fn boot_id(&self) -> String {
        "boot".into()
    }

    fn alive(&self, _: &ProcessId) -> Option<bool> {
        Some(true)
    }

    fn host(&self) -> String {
        "host".into()
    }

    fn session_env(&self) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    fn host_env(&self) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    fn find_program(&self, name: &str) -> Option<String> {
        Some(name.into())
    }

    fn binary(&self, name: &str) -> String {
        name.into()
    }
}

/// Chance that counts.
#[derive(Default)]
pub struct Counting(Cell<u64>);

impl Dice for Counting {
    fn nonce(&self) -> String {
        self.0.set(self.0.get() + 1);
        format!("{:012x}", self.0.get())
    }
}
