//! The crowd as a whole: started, disturbed, replaced where it dies, and counted at the end.

use crate::mischief::Mischief;
use crate::referee::Arena;
use crate::worker::{ARENA, Job, Kind};
use drover::process::tree;
use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::time::{Duration, Instant};

/// How many, how often, for how long at most.
#[derive(Clone, Copy)]
pub struct Plan {
    pub kind: Kind,
    pub processes: u64,
    pub rounds: u64,
    pub seconds: u64,
    pub seed: u64,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Plan { kind, processes, rounds, seed, .. } = self;
        write!(f, "{kind:?}, {processes} processes × {rounds}, STRESS_SEED={seed}")
    }
}

/// What became of it.
pub struct Outcome {
    pub faults: Vec<String>,
    pub taken: u64,
    pub killed: u64,
    pub died_holding: usize,
    pub daemons: usize,
    pub tampered: u64,
    pub took: Duration,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcome { faults, taken, killed, died_holding, daemons, tampered, took } = self;
        write!(
            f,
            "taken {taken} times in {:.1} s; {killed} killed, {died_holding} of them inside; {daemons} daemons; \
             file tampered with {tampered} times; {} faults",
            took.as_secs_f64(),
            faults.len()
        )
    }
}

/// All processes of one run of the test. What it started ends with it.
pub struct Crowd {
    folder: tempfile::TempDir,
    arena: Arena,
    plan: Plan,
    places: Vec<Option<Child>>,
    started: u64,
    killed: u64,
}

impl Crowd {
    pub fn new(plan: &Plan) -> Crowd {
        let folder = tempfile::tempdir().unwrap();
        let arena = Arena::new(folder.path());
        arena.set_up();
        let mut crowd = Crowd { folder, arena, plan: *plan, places: Vec::new(), started: 0, killed: 0 };
        crowd.places = (0..plan.processes).map(|slot| Some(crowd.start(slot))).collect();
        crowd
    }

    /// Each one that replaces another throws other dice.
    fn start(&mut self, slot: u64) -> Child {
        self.started += 1;
        let Plan { kind, processes, rounds, seconds, seed } = self.plan;
        let seed = seed ^ (self.started << 32);
        Job { arena: self.folder.path().into(), kind, slot, rounds, processes, seconds, seed }.start()
    }

    /// Lets it work until all have done their part, and counts.
    pub fn run(mut self) -> Outcome {
        let began = Instant::now();
        let limit = Duration::from_secs(self.plan.seconds);
        let mut mischief = Mischief::new(self.folder.path(), self.plan.seed);
        while self.replace_the_dead() {
            if began.elapsed() > limit {
                self.arena.fault(&format!("not done after {limit:?}"));
                break;
            }
            if self.plan.kind != Kind::Ours && !self.arena.notes("faults").is_empty() {
                break;
            }
            mischief.tamper();
            mischief.kill(&mut self.places);
            mischief.pause();
        }
        let taken = self.count();
        Outcome {
            faults: self.arena.notes("faults"),
            taken,
            killed: self.killed,
            died_holding: self.arena.notes("died-holding").len(),
            daemons: self.arena.notes("daemons").len(),
            tampered: mischief.tampered,
            took: began.elapsed(),
        }
    }

    /// Whether any still works.
    fn replace_the_dead(&mut self) -> bool {
        for slot in 0..self.places.len() {
            let Some(child) = self.places[slot].as_mut() else { continue };
            let Some(status) = child.try_wait().unwrap() else { continue };
            self.places[slot] = None;
            if status.signal() == Some(9) {
                self.killed += 1;
                self.places[slot] = Some(self.start(slot as u64));
            } else if !status.success() {
                self.arena.fault(&format!("place {slot} ended with {status}"));
            }
        }
        self.places.iter().any(Option::is_some)
    }

    /// The counter has every visit that was finished, and one more at most for each that was cut off.
    fn count(&self) -> u64 {
        let counter = self.arena.number("counter");
        let done: u64 = (0..self.plan.processes).map(|slot| self.arena.number(&format!("done-{slot}"))).sum();
        let whole = self.places.iter().all(Option::is_none);
        if whole && !(done..=done + self.killed).contains(&counter) {
            self.arena
                .fault(&format!("{done} visits and {} killed, but the counter says {counter}", self.killed));
        }
        counter
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        let value = self.folder.path().display().to_string();
        tree::end_all(|| tree::marked(ARENA, &value), Duration::ZERO);
        for child in self.places.iter_mut().flatten() {
            drop(child.wait());
        }
    }
}
