//! Locks between processes: `flock` on files that are never unlinked. Close-on-exec, so that no child keeps
//! one; the inode is checked again after acquiring, so that a file somebody replaced protects nothing by
//! accident. What stands in the file is for people only.

use crate::effect;
use crate::process::tree;
use crate::world::{Held, LockName, Locks};
use anyhow::{Context, Result};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The locks under one folder.
#[derive(Clone, Debug)]
pub struct FileLocks {
    folder: PathBuf,
}

impl FileLocks {
    /// Locks as files in `folder`, which is made when first needed.
    pub fn new(folder: PathBuf) -> FileLocks {
        FileLocks { folder }
    }

    fn path(&self, lock: &LockName) -> PathBuf {
        self.folder.join(lock.file())
    }
}

impl Locks for FileLocks {
    fn try_take(&self, lock: &LockName) -> Result<Option<Held>> {
        let path = self.path(lock);
        let held = try_lock(&path).with_context(|| format!("taking the lock {}", path.display()))?;
        Ok(held.map(|file| Box::new(file) as Held))
    }

    fn holder(&self, lock: &LockName) -> Option<String> {
        let text = fs::read_to_string(self.path(lock)).ok()?;
        Some(text.trim().to_string()).filter(|t| !t.is_empty())
    }

    fn is_held(&self, lock: &LockName) -> Result<bool> {
        let path = self.path(lock);
        if !path.exists() {
            return Ok(false);
        }
        let file = open(&path).with_context(|| format!("looking at the lock {}", path.display()))?;
        match file.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(e)) => {
                Err(e).with_context(|| format!("looking at the lock {}", path.display()))
            }
        }
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Takes the lock at `path` if it is free.
pub fn try_lock(path: &Path) -> std::io::Result<Option<File>> {
    if let Some(folder) = path.parent().filter(|f| !f.is_dir()) {
        effect::on("lock: before its folder is made", folder);
        fs::create_dir_all(folder)?;
        effect::on("lock: folder made", folder);
    }
    // Whoever replaces the file while we take it makes us try again on the new one; a handful of times is plenty.
    for _ in 0..16 {
        let mut file = open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(e)) => return Err(e),
        }
        if is_still_there(&file, path) {
            sign(&mut file)?;
            effect::on("lock: taken", path);
            return Ok(Some(file));
        }
    }
    Ok(None)
}

fn is_still_there(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(ours), Ok(there)) => ours.ino() == there.ino() && ours.dev() == there.dev(),
        _ => false,
    }
}

/// Writes who holds it, for people. A full disk must not make the lock fail: the lock is the flock, not the text.
fn sign(file: &mut File) -> std::io::Result<()> {
    let pid = std::process::id();
    let start = tree::start_time(pid).unwrap_or(0);
    let program = std::env::args().next().unwrap_or_default();
    let name = Path::new(&program).file_name().and_then(|n| n.to_str()).unwrap_or("drover");
    let text = format!("{name} pid {pid} started {start} boot {}\n", tree::boot_id().unwrap_or_default());
    file.rewind()?;
    match file.set_len(0).and_then(|()| file.write_all(text.as_bytes())) {
        Err(e) if e.kind() == std::io::ErrorKind::StorageFull => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holder_at_a_time_and_free_when_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let locks = FileLocks::new(dir.path().join("locks"));
        let held = locks.try_take(&LockName::Tick).unwrap().unwrap();
        assert!(locks.try_take(&LockName::Tick).unwrap().is_none());
        assert!(locks.is_held(&LockName::Tick).unwrap());
        assert!(locks.try_take(&LockName::Repo).unwrap().is_some());
        assert!(locks.holder(&LockName::Tick).unwrap().contains(&format!("pid {}", std::process::id())));
        drop(held);
        assert!(!locks.is_held(&LockName::Tick).unwrap());
        assert!(locks.try_take(&LockName::Tick).unwrap().is_some());
    }

    #[test]
    fn a_replaced_file_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        let old = try_lock(&path).unwrap().unwrap();
        fs::remove_file(&path).unwrap();
        let new = try_lock(&path).unwrap().unwrap();
        assert!(!is_still_there(&old, &path));
        assert!(is_still_there(&new, &path));
    }

    #[test]
    fn a_child_does_not_keep_a_lock() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        let held = try_lock(&path).unwrap().unwrap();
        let mut child = std::process::Command::new("sleep").arg("30").spawn().unwrap();
        drop(held);
        let free = try_lock(&path).unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(free);
    }
}
