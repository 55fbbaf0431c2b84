//! What others do to the crowd and to the lock's file while it works.

use crate::dice::Dice;
use crate::referee::Arena;
use crate::worker::LOCK;
use drover::store::lock::FileLocks;
use drover::world::Locks;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Child;

/// One who tampers with the lock's file and kills holders and those who wait.
pub struct Mischief {
    arena: Arena,
    locks: FileLocks,
    file: PathBuf,
    dice: Dice,
    pub tampered: u64,
}

impl Mischief {
    pub fn new(folder: &Path, seed: u64) -> Mischief {
        let arena = Arena::new(folder);
        let (locks, file) = (FileLocks::new(arena.locks()), arena.locks().join(LOCK.file()));
        Mischief { arena, locks, file, dice: Dice::new(seed), tampered: 0 }
    }

    /// Does one thing to the files, or looks at the lock as `poll` does, or nothing.
    pub fn tamper(&mut self) {
        let done = match self.dice.below(6) {
            0 => fs::remove_file(&self.file),
            1 => self.replace(b""),
            2 => self.replace(b"somebody else pid 1 started 1 boot none\n"),
            3 => fs::remove_file(&self.file).and_then(|()| fs::write(&self.file, "")),
            4 => self.replace(&fs::read(&self.file).unwrap_or_default()),
            _ => {
                // Looking must do no harm, to the holder or to those who wait.
                self.locks.is_held(&LOCK).unwrap();
                drop(self.locks.holder(&LOCK));
                return;
            }
        };
        self.tampered += u64::from(done.is_ok());
    }

    /// Another file under the same name, in one step.
    fn replace(&self, content: &[u8]) -> io::Result<()> {
        let other = self.file.with_extension("other");
        fs::write(&other, content)?;
        fs::rename(&other, &self.file)
    }

    /// Now and then kills one of the crowd: whoever is inside at the moment, or any.
    pub fn kill(&mut self, crowd: &mut [Option<Child>]) {
        if !self.dice.one_in(8) {
            return;
        }
        let inside: Vec<u32> = self.arena.owners().iter().map(|o| o.pid).collect();
        let mut all: Vec<&mut Child> = crowd.iter_mut().flatten().collect();
        let holder = all.iter().position(|c| inside.contains(&c.id()));
        let any = self.dice.below(all.len() as u64) as usize;
        let victim = if self.dice.one_in(2) { holder.unwrap_or(any) } else { any };
        // By its own handle, which the kernel gives to nobody else as long as we have not waited for it.
        if let Some(child) = all.get_mut(victim) {
            child.kill().unwrap();
        }
    }

    pub fn pause(&mut self) {
        std::thread::sleep(self.dice.micros(6000));
    }
}
