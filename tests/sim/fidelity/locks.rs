//! Locks in memory against locks of files.

use super::super::core::Rng;
use super::super::parts::HostLocks;
use super::{Pair, STEPS, Said, alike, core, words};
use drover::domain::ids::IssueNo;
use drover::store::lock::FileLocks;
use drover::world::{Held, LockName, Locks};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

struct Both {
    memory: HostLocks,
    real: FileLocks,
    held: BTreeMap<LockName, (Held, Held)>,
    _folder: tempfile::TempDir,
}

impl Both {
    fn new() -> Both {
        let folder = tempfile::tempdir().unwrap();
        let real = FileLocks::new(folder.path().join("locks"));
        Both { memory: HostLocks::new(core()), real, held: BTreeMap::new(), _folder: folder }
    }
}

impl Pair for Both {
    fn step(&mut self, rng: &Rng) -> (String, Said, Said) {
        let name = match rng.below(4) {
            0 => LockName::Tick,
            1 => LockName::Repo,
            n => LockName::Run(IssueNo(n)),
        };
        match rng.below(3) {
            0 => {
                let memory = self.memory.try_take(&name).unwrap();
                let mut real = self.real.try_take(&name).unwrap();
                patiently(|| {
                    real = real.take().or_else(|| self.real.try_take(&name).unwrap());
                    real.is_some() == memory.is_some()
                });
                let said = (format!("got {}", memory.is_some()), format!("got {}", real.is_some()));
                if let (Some(memory), Some(real)) = (memory, real) {
                    self.held.insert(name.clone(), (memory, real));
                }
                (format!("take {name}"), said.0, said.1)
            }
            1 => {
                self.held.remove(&name);
                (format!("give {name} back"), String::new(), String::new())
            }
            _ => {
                let memory = self.memory.is_held(&name).unwrap();
                patiently(|| self.real.is_held(&name).unwrap() == memory);
                (format!("is {name} held"), words(Ok(memory)), words(self.real.is_held(&name)))
            }
        }
    }
}

/// A child that another test of this process has just forked holds what we held until it is its own program.
fn patiently(mut agreed: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(5);
    while !agreed() && Instant::now() < end {
        std::thread::yield_now();
    }
}

#[test]
fn locks() {
    (0..40).for_each(|seed| alike(seed, STEPS, Both::new()));
}
