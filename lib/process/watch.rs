//! Waking when something in a folder changes. Only a hint: what changed is found out by looking, and whoever
//! waits here also looks from time to time, since not every file system reports changes.

use super::deadline::Deadline;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;
use std::collections::HashMap;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::time::Duration;

/// Why folders cannot be watched, or no longer.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The system gives no inotify instance (fs.inotify.max_user_instances).
    #[error("cannot watch folders")]
    Unavailable(#[source] io::Error),
    /// This folder cannot be watched.
    #[error("cannot watch {}", folder.display())]
    Refused {
        /// The folder.
        folder: PathBuf,
        /// What the system said (ENOSPC: fs.inotify.max_user_watches).
        source: io::Error,
    },
    /// This folder is not there, or was removed, renamed or unmounted while watched.
    #[error("the watched folder {} is gone", folder.display())]
    Gone {
        /// The folder as it was given.
        folder: PathBuf,
    },
    /// Waiting itself failed.
    #[error("cannot wait for changes")]
    Wait(#[source] io::Error),
}

/// A few folders under watch, not those below them.
#[derive(Debug)]
pub struct Watch {
    inotify: OwnedFd,
    folders: HashMap<i32, PathBuf>,
    /// The name of a file whose changes are told apart from all others.
    aside: Option<&'static str>,
    gone: Option<PathBuf>,
}

/// What has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Changed {
    /// Nothing.
    Nothing,
    /// Nothing but the file that is told apart.
    Aside,
    /// Something.
    Something,
}

impl Watch {
    /// Begins to watch these folders. Changes from now on are seen by [`Watch::wait`], also those that happen
    /// before it is called.
    ///
    /// # Errors
    /// [`WatchError::Gone`] if a folder is not there, else what the system refused.
    pub fn new(folders: &[PathBuf]) -> Result<Watch, WatchError> {
        let inotify = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)
            .map_err(|e| WatchError::Unavailable(e.into()))?;
        let mut watch = Watch { inotify, folders: HashMap::new(), aside: None, gone: None };
        for folder in folders {
            watch.add(folder.clone())?;
        }
        Ok(watch)
    }

    /// Tells changes of the files of this name apart from all others.
    pub fn aside(self, name: &'static str) -> Watch {
        Watch { aside: Some(name), ..self }
    }

    fn add(&mut self, folder: PathBuf) -> Result<(), WatchError> {
        let changes =
            WatchFlags::CLOSE_WRITE | WatchFlags::MOVED_TO | WatchFlags::CREATE | WatchFlags::MODIFY;
        let itself = WatchFlags::DELETE_SELF | WatchFlags::MOVE_SELF | WatchFlags::ONLYDIR;
        match inotify::add_watch(&self.inotify, &folder, changes | itself) {
            Ok(id) => {
                self.folders.insert(id, folder);
                Ok(())
            }
            Err(Errno::NOENT) => Err(WatchError::Gone { folder }),
            Err(e) => Err(WatchError::Refused { folder, source: e.into() }),
        }
    }

    /// Waits until a file was created in, moved into or written in one of the folders or `timeout` is
    /// over (nothing). All that has happened up to then counts as one change.
    ///
    /// # Errors
    /// [`WatchError::Gone`] from the moment one of the folders is gone.
    pub fn wait(&mut self, timeout: Duration) -> Result<Changed, WatchError> {
        let deadline = Deadline::after(timeout);
        loop {
            let changed = self.drain()?;
            if changed != Changed::Nothing {
                return Ok(changed);
            }
            let Some(left) = deadline.left() else { return Ok(Changed::Nothing) };
            self.sleep(left)?;
        }
    }

    /// For a poll together with other descriptors: readable when [`Watch::drain`] has something to say.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.inotify.as_fd()
    }

    /// Takes in all that has happened, without waiting.
    ///
    /// # Errors
    /// As [`Watch::wait`].
    pub fn drain(&mut self) -> Result<Changed, WatchError> {
        let mut changed = Changed::Nothing;
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = Reader::new(&self.inotify, &mut buffer);
        let lost = ReadFlags::DELETE_SELF | ReadFlags::MOVE_SELF | ReadFlags::IGNORED | ReadFlags::UNMOUNT;
        loop {
            match reader.next() {
                Ok(event) if event.events().intersects(lost) => {
                    self.gone = self.gone.take().or_else(|| self.folders.get(&event.wd()).cloned());
                }
                // Also a queue that overflowed: something happened, and that is all we say.
                Ok(event) => {
                    let name = event.file_name().and_then(|n| n.to_str().ok());
                    let aside = name.is_some() && name == self.aside;
                    changed = changed.max(if aside { Changed::Aside } else { Changed::Something });
                }
                Err(Errno::INTR) => {}
                Err(Errno::WOULDBLOCK) => break,
                Err(e) => return Err(WatchError::Wait(e.into())),
            }
        }
        match &self.gone {
            Some(folder) => Err(WatchError::Gone { folder: folder.clone() }),
            None => Ok(changed),
        }
    }

    fn sleep(&self, most: Duration) -> Result<(), WatchError> {
        // One that is too long for the kernel's type waits for ever.
        let most = Timespec::try_from(most).ok();
        match poll(&mut [PollFd::new(&self.inotify, PollFlags::IN)], most.as_ref()) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(e) => Err(WatchError::Wait(e.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::process::Command;
    use std::time::Instant;

    const SOON: Duration = Duration::from_secs(10);

    fn watched() -> (tempfile::TempDir, Watch) {
        let folder = tempfile::tempdir().unwrap();
        let watch = Watch::new(&[folder.path().to_path_buf()]).unwrap();
        (folder, watch)
    }

    #[test]
    fn a_rename_into_the_folder_wakes_once() {
        let (folder, mut watch) = watched();
        let outside = tempfile::tempdir_in(folder.path().parent().unwrap()).unwrap();
        fs::write(outside.path().join("new"), "x").unwrap();
        fs::rename(outside.path().join("new"), folder.path().join("phase")).unwrap();
        assert_eq!(watch.wait(SOON).unwrap(), Changed::Something);
        assert_eq!(watch.wait(Duration::ZERO).unwrap(), Changed::Nothing);
    }

    #[test]
    fn a_plain_echo_wakes() {
        let (folder, mut watch) = watched();
        let mut shell = Command::new("sh");
        shell.args(["-c", "echo PHASE:awaiting_ci > phase"]).current_dir(folder.path());
        let mut child = shell.spawn().unwrap();
        assert_eq!(watch.wait(SOON).unwrap(), Changed::Something);
        child.wait().unwrap();
    }

    #[test]
    fn any_of_several_folders_wakes() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut watch = Watch::new(&[one.path().into(), two.path().into()]).unwrap();
        fs::write(two.path().join("x"), "").unwrap();
        assert_eq!(watch.wait(SOON).unwrap(), Changed::Something);
    }

    #[test]
    fn many_changes_are_one() {
        let (folder, mut watch) = watched();
        (0..500).for_each(|n| fs::write(folder.path().join(n.to_string()), "x").unwrap());
        assert_eq!(watch.wait(SOON).unwrap(), Changed::Something);
        assert_eq!(watch.wait(Duration::ZERO).unwrap(), Changed::Nothing);
    }

    #[test]
    fn nothing_happens_until_the_time_is_over() {
        let (folder, mut watch) = watched();
        fs::read_dir(folder.path()).unwrap().for_each(drop);
        let started = Instant::now();
        assert_eq!(watch.wait(Duration::from_millis(60)).unwrap(), Changed::Nothing);
        assert!(started.elapsed() >= Duration::from_millis(60));
    }

    #[test]
    fn a_folder_that_vanishes_is_named() {
        let (folder, mut watch) = watched();
        let path = folder.path().to_path_buf();
        folder.close().unwrap();
        for _ in 0..2 {
            let error = watch.wait(SOON).unwrap_err();
            assert!(matches!(&error, WatchError::Gone { folder } if *folder == path), "{error}");
        }
        assert!(matches!(Watch::new(std::slice::from_ref(&path)), Err(WatchError::Gone { .. })));
    }

    #[test]
    fn a_folder_moved_away_is_gone_too() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("session");
        fs::create_dir(&folder).unwrap();
        let mut watch = Watch::new(std::slice::from_ref(&folder)).unwrap();
        fs::rename(&folder, parent.path().join("elsewhere")).unwrap();
        assert!(matches!(watch.wait(SOON), Err(WatchError::Gone { .. })));
    }

    #[test]
    fn the_descriptor_is_readable_on_a_change() {
        let (folder, mut watch) = watched();
        fs::write(folder.path().join("x"), "").unwrap();
        let ready = poll(&mut [PollFd::from_borrowed_fd(watch.fd(), PollFlags::IN)], None).unwrap();
        assert_eq!(
            (ready, watch.drain().unwrap(), watch.drain().unwrap()),
            (1, Changed::Something, Changed::Nothing)
        );
    }

    #[test]
    fn one_file_is_told_apart_unless_something_else_has_changed_too() {
        let (folder, watch) = watched();
        let mut watch = watch.aside("hooks.jsonl");
        fs::write(folder.path().join("hooks.jsonl"), "x").unwrap();
        assert_eq!(watch.wait(SOON).unwrap(), Changed::Aside);
        fs::write(folder.path().join("hooks.jsonl"), "y").unwrap();
        fs::write(folder.path().join("phase"), "x").unwrap();
        assert_eq!(watch.wait(SOON).unwrap(), Changed::Something);
    }
}
