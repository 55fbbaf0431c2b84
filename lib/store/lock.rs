//! Locks between processes: `flock`, close-on-exec, so that no child keeps one and the kernel gives it back when its
//! holder dies.
//!
//! A file can be taken away or replaced while its lock is held, and whoever comes next would lock another file of the
//! same name. So a lock is two: the file, which people see and `flock(1)` takes, and before it a folder of the same
//! name under `.anchors/`, which no `unlink`, `rmdir` or rename of a file over it takes away. Both inodes are looked
//! at again after acquiring. Whatever is done to the files, there is one holder; only with the folders gone too
//! (`rm -r locks`) there may be two. What stands in a file is for people only.

use super::Paths;
use crate::effect;
use crate::process::tree;
use crate::world::{Held, LockName, Locks};
use anyhow::{Context, Result};
use rustix::fs::OFlags;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

/// How often a try begins again because the file was replaced under it, or because somebody just looked.
const TRIES: u32 = 16;
/// How long somebody who looks needs at most to be gone.
const LOOK: Duration = Duration::from_micros(500);
/// What lies in every anchor: a folder that is not empty is not removed by accident.
const KEEP: &str =
    "This folder is the lock of the file of its name. Leave it here; docs/protocol.md says why.\n";

/// The locks of a project.
#[derive(Clone, Debug)]
pub struct FileLocks {
    folder: PathBuf,
    /// Of those that all projects share.
    shared: PathBuf,
}

impl FileLocks {
    /// Locks as files in `folder`, which is made when first needed.
    pub fn new(folder: PathBuf) -> FileLocks {
        FileLocks { shared: folder.clone(), folder }
    }

    /// The locks of a project, in its folder for them and in that which all projects share.
    pub fn of(paths: &Paths) -> FileLocks {
        FileLocks { folder: paths.locks(), shared: paths.shared_locks() }
    }

    fn path(&self, lock: &LockName) -> PathBuf {
        let folder = if *lock == LockName::Agents { &self.shared } else { &self.folder };
        folder.join(lock.file())
    }
}

impl Locks for FileLocks {
    fn try_take(&self, lock: &LockName) -> Result<Option<Held>> {
        let path = self.path(lock);
        let held = try_lock(&path).with_context(|| format!("taking the lock {}", path.display()))?;
        Ok(held.map(|lock| Box::new(lock) as Held))
    }

    fn holder(&self, lock: &LockName) -> Option<String> {
        let text = fs::read_to_string(self.path(lock)).ok()?;
        Some(text.trim().to_string()).filter(|t| !t.is_empty())
    }

    fn is_held(&self, lock: &LockName) -> Result<bool> {
        let path = self.path(lock);
        let looked = is_busy(&anchor(&path)).and_then(|busy| Ok(busy || is_busy(&path)?));
        looked.with_context(|| format!("looking at the lock {}", path.display()))
    }
}

/// A lock in hand; dropping it gives it back.
#[derive(Debug)]
pub struct Lock {
    // Given back in this order, the reverse of taking.
    file: File,
    anchor: File,
}

/// Takes the lock at `path` if it is free.
pub fn try_lock(path: &Path) -> io::Result<Option<Lock>> {
    let anchor_path = anchor(path);
    // Whoever replaces something while we take it makes us try again on the new one; a handful of times is plenty.
    for _ in 0..TRIES {
        let anchor = open_anchor(&anchor_path)?;
        if !take(&anchor)? {
            return Ok(None);
        }
        let file = open(path)?;
        if !take(&file)? {
            return Ok(None);
        }
        let mut lock = Lock { file, anchor };
        if is_still_there(&lock.anchor, &anchor_path) && is_still_there(&lock.file, path) {
            sign(&mut lock.file)?;
            effect::on("lock: taken", path);
            return Ok(Some(lock));
        }
    }
    Ok(None)
}

/// The folder that is locked before the file at `path`.
fn anchor(path: &Path) -> PathBuf {
    let folder = path.parent().unwrap_or(Path::new("."));
    folder.join(".anchors").join(path.file_name().unwrap_or_default())
}

/// Opens an anchor, and makes it complete if it is not.
fn open_anchor(path: &Path) -> io::Result<File> {
    let keep = path.join("keep");
    if !keep.try_exists()? {
        effect::on("lock: before its folder is made", path);
        fs::create_dir_all(path)?;
        effect::on("lock: folder made", path);
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&keep) {
            // For people, and there however short: the disk may be full.
            Ok(mut file) => drop(file.write_all(KEEP.as_bytes())),
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
        }
    }
    open_as_is(path)
}

/// Opens what is there, without making or following anything.
fn open_as_is(path: &Path) -> io::Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(path)
}

/// A link is not followed: it could make the locks of two names one.
fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW.bits().cast_signed();
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600).custom_flags(flags).open(path)
}

/// Takes the lock of an open file or folder. Somebody who only looks holds it shared for a moment, and must not
/// make us believe that it is taken.
fn take(file: &File) -> io::Result<bool> {
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) if is_held_by_one(file)? => return Ok(false),
            Err(TryLockError::WouldBlock) => thread::sleep(LOOK),
            Err(TryLockError::Error(e)) => return Err(e),
        }
    }
    Ok(false)
}

fn is_busy(path: &Path) -> io::Result<bool> {
    match open_as_is(path) {
        Ok(file) => is_held_by_one(&file),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
        Err(e) => Err(e),
    }
}

fn is_held_by_one(file: &File) -> io::Result<bool> {
    match file.try_lock_shared() {
        Ok(()) => file.unlock().map(|()| false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(e)) => Err(e),
    }
}

fn is_still_there(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(ours), Ok(there)) => ours.ino() == there.ino() && ours.dev() == there.dev(),
        _ => false,
    }
}

/// Writes who holds it, for people. A full disk must not make the lock fail: the lock is the flock, not the text.
fn sign(file: &mut File) -> io::Result<()> {
    file.rewind()?;
    // Cut to length after writing: ext4 brings a file that was emptied first to the disk when it is closed.
    match file.write_all(US.as_bytes()).and_then(|()| file.set_len(US.len() as u64)) {
        Err(e) if e.kind() == io::ErrorKind::StorageFull => Ok(()),
        other => other,
    }
}

/// Who we are, in words: the same as long as we live.
static US: LazyLock<String> = LazyLock::new(|| {
    let pid = std::process::id();
    let start = tree::start_time(pid).unwrap_or(0);
    let program = std::env::args().next().unwrap_or_default();
    let name = Path::new(&program).file_name().and_then(|n| n.to_str()).unwrap_or("drover");
    format!("{name} pid {pid} started {start} boot {}\n", tree::boot_id().unwrap_or_default())
});

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

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
        assert!(comes_free(&locks));
        assert!(in_time(|| !locks.is_held(&LockName::Tick).unwrap()));
    }

    #[test]
    fn what_projects_share_is_held_by_one_of_all_of_them() {
        let dir = tempfile::tempdir().unwrap();
        let [a, b] = ["a", "b"].map(|project| FileLocks::of(&Paths::new(dir.path(), project)));
        let _agents = a.try_take(&LockName::Agents).unwrap().unwrap();
        let _tick = a.try_take(&LockName::Tick).unwrap().unwrap();
        assert!(b.try_take(&LockName::Agents).unwrap().is_none());
        assert!(b.try_take(&LockName::Tick).unwrap().is_some());
    }

    /// A child that another test of this process has just forked holds what we held until it is a program of its own.
    fn in_time(mut holds: impl FnMut() -> bool) -> bool {
        let end = Instant::now() + Duration::from_secs(10);
        while Instant::now() < end {
            if holds() {
                return true;
            }
            thread::yield_now();
        }
        false
    }

    fn comes_free(locks: &FileLocks) -> bool {
        in_time(|| locks.try_take(&LockName::Tick).unwrap().is_some())
    }

    /// A folder with one lock held, and the path of its file.
    fn held() -> (tempfile::TempDir, FileLocks, Held, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let locks = FileLocks::new(dir.path().join("locks"));
        let held = locks.try_take(&LockName::Tick).unwrap().unwrap();
        let path = locks.path(&LockName::Tick);
        (dir, locks, held, path)
    }

    fn is_taken(locks: &FileLocks) -> bool {
        locks.is_held(&LockName::Tick).unwrap() && locks.try_take(&LockName::Tick).unwrap().is_none()
    }

    #[test]
    fn a_file_that_is_taken_away_or_replaced_gives_the_lock_to_nobody() {
        let (dir, locks, held, path) = held();
        fs::remove_file(&path).unwrap();
        assert!(locks.is_held(&LockName::Tick).unwrap(), "without its file");
        assert!(is_taken(&locks), "with a new one, which the try has made");
        fs::write(dir.path().join("other"), "x").unwrap();
        fs::rename(dir.path().join("other"), &path).unwrap();
        assert!(is_taken(&locks), "with another in its place");
        drop(held);
        assert!(comes_free(&locks));
    }

    #[test]
    fn an_anchor_is_not_taken_away_by_one_call() {
        let (dir, locks, _held, path) = held();
        let anchor = anchor(&path);
        fs::write(dir.path().join("other"), "x").unwrap();
        fs::create_dir(dir.path().join("folder")).unwrap();
        assert!(fs::remove_file(&anchor).is_err() && fs::remove_dir(&anchor).is_err());
        assert!(fs::rename(dir.path().join("other"), &anchor).is_err());
        assert!(fs::rename(dir.path().join("folder"), &anchor).is_err());
        fs::remove_file(&path).unwrap();
        assert!(is_taken(&locks));
    }

    #[test]
    fn with_the_anchors_gone_the_file_still_protects() {
        let (_dir, locks, held, path) = held();
        fs::remove_dir_all(path.with_file_name(".anchors")).unwrap();
        assert!(is_taken(&locks));
        drop(held);
        assert!(comes_free(&locks));
    }

    #[test]
    fn who_locks_the_file_from_a_shell_is_respected() {
        let (_dir, locks, held, path) = held();
        drop(held);
        let shell = File::open(&path).unwrap();
        shell.lock().unwrap();
        assert!(is_taken(&locks));
        shell.unlock().unwrap();
        assert!(in_time(|| !is_taken(&locks)));
    }

    #[test]
    fn a_look_never_keeps_the_lock_from_anybody() {
        let (_dir, locks, held, path) = held();
        drop(held);
        assert!(comes_free(&locks));
        let looker = File::open(&path).unwrap();
        looker.lock_shared().unwrap();
        let gone = thread::spawn(move || {
            thread::sleep(Duration::from_millis(2));
            drop(looker);
        });
        assert!(locks.try_take(&LockName::Tick).unwrap().is_some());
        gone.join().unwrap();
    }

    #[test]
    fn a_link_is_no_lock() {
        let (dir, locks, held, path) = held();
        drop(held);
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(dir.path().join("locks/repo"), &path).unwrap();
        assert!(locks.try_take(&LockName::Tick).is_err() && locks.is_held(&LockName::Tick).is_err());
    }

    #[test]
    fn a_child_does_not_keep_a_lock() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        let held = try_lock(&path).unwrap().unwrap();
        let mut child = std::process::Command::new("sleep").arg("30").spawn().unwrap();
        drop(held);
        let free = in_time(|| try_lock(&path).unwrap().is_some());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(free);
    }
}
