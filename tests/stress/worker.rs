//! One process of the crowd: takes the lock, visits, gives it back, until it has done so as often as it was told.

use crate::dice::Dice;
use crate::referee::Arena;
use drover::store::lock::FileLocks;
use drover::world::{Held, LockName, Locks};
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Marks everything that a crowd starts, daemons too.
pub const ARENA: &str = "DROVER_STRESS_ARENA";
const JOB: &str = "DROVER_STRESS_JOB";
/// The one lock that all want.
pub const LOCK: LockName = LockName::Tick;

/// What is taken before a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The product's lock.
    Ours,
    /// None at all: a broken twin.
    Nothing,
    /// A lock on the file and on nothing else, its inode looked at afterwards: another one.
    FileAlone,
}

/// One process's work.
#[derive(Clone, Debug)]
pub struct Job {
    pub arena: PathBuf,
    pub kind: Kind,
    /// Which place in the crowd it has; its progress is kept by place, for whoever replaces it.
    pub slot: u64,
    pub rounds: u64,
    pub processes: u64,
    pub seconds: u64,
    pub seed: u64,
}

impl Job {
    /// Starts this binary again to do the job.
    pub fn start(&self) -> Child {
        let kind = match self.kind {
            Kind::Ours => 0,
            Kind::Nothing => 1,
            Kind::FileAlone => 2,
        };
        let numbers = [kind, self.slot, self.rounds, self.processes, self.seconds, self.seed];
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "worker", "--test-threads=1"])
            .env(ARENA, &self.arena)
            .env(JOB, numbers.map(|n| n.to_string()).join(" "))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// The job of this process, if it was started for one.
    pub fn from_env() -> Option<Job> {
        let text = std::env::var(JOB).ok()?;
        let numbers: Vec<u64> = text.split(' ').filter_map(|n| n.parse().ok()).collect();
        let [kind, slot, rounds, processes, seconds, seed] = numbers[..] else { panic!("{JOB}={text}") };
        let kind = [Kind::Ours, Kind::Nothing, Kind::FileAlone][kind as usize];
        let arena = PathBuf::from(std::env::var_os(ARENA)?);
        Some(Job { arena, kind, slot, rounds, processes, seconds, seed })
    }

    /// Does it.
    pub fn work(&self) {
        let arena = Arena::new(&self.arena);
        let locks = FileLocks::new(arena.locks());
        let mut dice = Dice::new(self.seed);
        let progress = format!("done-{}", self.slot);
        while arena.number(&progress) < self.rounds {
            let Some(held) = self.wait(&arena, &locks, &mut dice) else { return };
            let visit = arena.enter();
            self.inside(&arena, &locks, &mut dice);
            visit.leave(self.slot);
            drop(held);
            if dice.one_in(2) {
                std::thread::sleep(dice.micros(200));
            }
        }
    }

    /// Tries until it has the lock. One that waits for the whole time of the test is stuck.
    fn wait(&self, arena: &Arena, locks: &FileLocks, dice: &mut Dice) -> Option<Held> {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(self.seconds) {
            let taken = match self.kind {
                Kind::Ours => locks.try_take(&LOCK).map_err(|e| format!("{e:#}")),
                Kind::Nothing => Ok(Some(Box::new(()) as Held)),
                Kind::FileAlone => file_alone(&arena.locks())
                    .map(|f| f.map(|f| Box::new(f) as Held))
                    .map_err(|e| e.to_string()),
            };
            match taken {
                Ok(Some(held)) => return Some(held),
                Ok(None) => std::thread::sleep(dice.micros(120 * self.processes)),
                Err(e) => arena.fault(&format!("place {}: {e}", self.slot)),
            }
        }
        arena.fault(&format!("place {} was stuck", self.slot));
        None
    }

    /// What may happen while the lock is held.
    fn inside(&self, arena: &Arena, locks: &FileLocks, dice: &mut Dice) {
        if dice.one_in(50) {
            // Long enough to be met by whoever kills and tampers.
            std::thread::sleep(dice.micros(4000));
        }
        if dice.one_in(20) && self.kind == Kind::Ours {
            match locks.is_held(&LOCK) {
                Ok(true) => {}
                other => arena.fault(&format!("the lock was ours, and a look said {other:?}")),
            }
        }
        if dice.one_in(self.rounds.clamp(100, 4000)) {
            daemon();
            arena.note("daemons", "");
        }
        if dice.one_in(400) {
            let us = rustix::process::getpid();
            rustix::process::kill_process(us, rustix::process::Signal::KILL).unwrap();
        }
    }
}

/// Leaves a process behind that is nobody's child and in a session of its own: it must not keep the lock.
fn daemon() {
    let mut sh = Command::new("sh");
    sh.args(["-c", "setsid sleep 60 &"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(sh.status().unwrap().success());
}

fn file_alone(folder: &Path) -> std::io::Result<Option<File>> {
    fs::create_dir_all(folder)?;
    let path = folder.join(LOCK.file());
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
    let same =
        || fs::metadata(&path).is_ok_and(|there| file.metadata().is_ok_and(|ours| ours.ino() == there.ino()));
    let ours = file.try_lock().is_ok() && same();
    Ok(ours.then_some(file))
}
