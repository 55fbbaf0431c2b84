//! The one module that writes our files. Durable means: temp file in the same folder, write, fsync, rename,
//! fsync the folder.

use crate::domain::excerpt::head_and_tail;
use crate::domain::request::Stamp;
use crate::effect;
use crate::process::tree;
use crate::world::{Files, Untrusted};
use anyhow::{Context, Result};
use rustix::fs::{Mode, OFlags};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// What the names of files begin with that are not whole yet; they end with the number of who writes them.
const TEMPORARY: &str = ".new-";

/// Files on a disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Disk {
    /// Has a path lead to a target, whatever was there.
    ///
    /// # Errors
    /// Where the folder cannot be made or written.
    pub fn link(self, target: &Path, path: &Path) -> Result<()> {
        link(target, path).with_context(|| format!("linking {} to {}", path.display(), target.display()))
    }

    /// Replaces a file that others may read too, such as a page for a web server. Its folder has to be there; what writers that
    /// were cut off left half-written in it is removed.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn publish(self, path: &Path, content: &[u8]) -> Result<()> {
        let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let published = sweep(folder, &|_| false).and_then(|()| replace(path, content, Kept::Public));
        published.with_context(|| format!("writing {}", path.display()))
    }
}

impl Files for Disk {
    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>> {
        match fs::read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if is_absent(&e) => Ok(None),
            Err(e) => Err(e).with_context(|| format!("reading {}", path.display())),
        }
    }

    fn write(&self, path: &Path, content: &[u8]) -> Result<()> {
        replace(path, content, Kept::Durably).with_context(|| format!("writing {}", path.display()))
    }

    fn write_soft(&self, path: &Path, content: &[u8]) -> Result<()> {
        replace(path, content, Kept::Softly).with_context(|| format!("writing {}", path.display()))
    }

    fn append_durable(&self, path: &Path, line: &str) -> Result<()> {
        let file = append(path, line).and_then(|file| file.sync_data());
        file.with_context(|| format!("appending to {}", path.display()))
    }

    fn append(&self, path: &Path, line: &str) -> Result<()> {
        append(path, line).map(|_| ()).with_context(|| format!("appending to {}", path.display()))
    }

    fn list(&self, folder: &Path) -> Result<Vec<String>> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(e) if is_absent(&e) => return Ok(Vec::new()),
            Err(e) => return Err(e).with_context(|| format!("listing {}", folder.display())),
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.with_context(|| format!("listing {}", folder.display()))?.file_name();
            // A temporary file of a writer that was cut off is nobody's.
            names.extend(name.into_string().ok().filter(|n| !n.starts_with(TEMPORARY)));
        }
        names.sort();
        Ok(names)
    }

    fn real(&self, path: &Path) -> PathBuf {
        fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
    }

    fn remove(&self, path: &Path) -> Result<()> {
        effect::on("file: before its removal", path);
        match fs::remove_file(path) {
            Ok(()) => {
                effect::on("file: removed", path);
                Ok(())
            }
            Err(e) if is_absent(&e) => Ok(()),
            Err(e) => Err(e).with_context(|| format!("removing {}", path.display())),
        }
    }

    fn make_folder(&self, folder: &Path) -> Result<()> {
        private_folder(folder).with_context(|| format!("making the folder {}", folder.display()))
    }

    fn sweep(&self, folder: &Path, enter: &dyn Fn(&str) -> bool) -> Result<()> {
        sweep(folder, enter).with_context(|| format!("tidying up {}", folder.display()))
    }

    fn untrusted(&self, path: &Path, limit: usize) -> Result<Untrusted> {
        untrusted(path, limit).with_context(|| format!("reading {}", path.display()))
    }
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

fn private_folder(folder: &Path) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    effect::on("folder: before it is made", folder);
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    effect::on("folder: made", folder);
    Ok(())
}

/// How a file is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// It survives a loss of power; for us alone.
    Durably,
    /// It may be lost with the power; for us alone.
    Softly,
    /// It may be lost with the power; others may read it, as far as the umask lets them.
    Public,
}

fn replace(path: &Path, content: &[u8], kept: Kept) -> std::io::Result<()> {
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if kept != Kept::Public {
        private_folder(folder)?;
    }
    let temporary = temporary(folder, path);
    effect::on("file: before it is written", path);
    let written = write_new(&temporary, content, kept).and_then(|()| {
        effect::on("file: before the rename", path);
        fs::rename(&temporary, path)
    });
    if let Err(e) = written {
        // What could not be completed must not be left lying: on a full disk it would be one more file each tick.
        drop(fs::remove_file(&temporary));
        return Err(e);
    }
    effect::on("file: in place", path);
    if kept == Kept::Durably { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// A name that no other writer has: threads of one process may write the same file at once.
fn temporary(folder: &Path, path: &Path) -> PathBuf {
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("file");
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    folder.join(format!("{TEMPORARY}{name}-{number}-{}", std::process::id()))
}

/// Puts a link in place of whatever is at a path.
fn link(target: &Path, path: &Path) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    private_folder(folder)?;
    let new = temporary(folder, path);
    effect::on("link: before it is made", path);
    std::os::unix::fs::symlink(target, &new)?;
    effect::on("link: before the rename", path);
    fs::rename(&new, path)?;
    effect::on("link: in place", path);
    Ok(())
}

/// Temporary files of writers that are gone. One whose number somebody else has by now waits for the next sweep.
fn sweep(folder: &Path, enter: &dyn Fn(&str) -> bool) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let kind = entry.file_type()?;
        if kind.is_dir() && enter(&name) {
            sweep(&entry.path(), enter)?;
        }
        let writer = name.strip_prefix(TEMPORARY).and_then(|n| n.rsplit_once('-')?.1.parse().ok());
        if !kind.is_dir() && writer.is_some_and(is_gone) {
            effect::on("sweep: before half a file is removed", &entry.path());
            fs::remove_file(entry.path())?;
            effect::on("sweep: half a file removed", &entry.path());
        }
    }
    Ok(())
}

fn is_gone(pid: u32) -> bool {
    // A process that has ended and that nobody has taken note of yet writes nothing either.
    tree::start_time(pid).is_none_or(|start| tree::alive(pid, start) == Some(false))
}

fn write_new(path: &Path, content: &[u8], kept: Kept) -> std::io::Result<()> {
    let mode = if kept == Kept::Public { 0o644 } else { 0o600 };
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path)?;
    file.write_all(content)?;
    if kept == Kept::Durably { file.sync_all() } else { Ok(()) }
}

fn append(path: &Path, line: &str) -> std::io::Result<File> {
    private_folder(path.parent().unwrap_or(Path::new("/")))?;
    effect::on("journal: before the line", path);
    let mut file = OpenOptions::new().append(true).create(true).read(true).mode(0o600).open(path)?;
    // A writer that was cut off may have left half a line: ours must not be glued to it.
    let glued = ends_without_newline(&mut file)?;
    let text = if glued { format!("\n{line}\n") } else { format!("{line}\n") };
    file.write_all(text.as_bytes())?;
    effect::on("journal: line written", path);
    Ok(file)
}

fn ends_without_newline(file: &mut File) -> std::io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0u8];
    file.read_exact(&mut last)?;
    Ok(last[0] != b'\n')
}

/// Opens without following a link and without waiting for a pipe's writer; reads within the limit.
fn untrusted(path: &Path, limit: usize) -> Result<Untrusted> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let fd = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(fd) => fd,
        Err(rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR) => return Ok(Untrusted::Absent),
        // A link (LOOP), a device without a driver (NXIO), a file we may not read (ACCESS).
        Err(rustix::io::Errno::LOOP | rustix::io::Errno::NXIO | rustix::io::Errno::ACCESS) => {
            return Ok(Untrusted::NotAFile);
        }
        Err(e) => return Err(e.into()),
    };
    let mut file = File::from(fd);
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Ok(Untrusted::NotAFile);
    }
    let bytes = head_and_end(&mut file, meta.len(), limit)?;
    let stamp = Stamp {
        inode: meta.ino(),
        mtime_ns: meta.mtime().saturating_mul(1_000_000_000).saturating_add(meta.mtime_nsec()),
        size: meta.len(),
        hash: fnv(&bytes),
    };
    Ok(Untrusted::Text { stamp, text: head_and_tail(&String::from_utf8_lossy(&bytes), limit) })
}

fn head_and_end(file: &mut File, size: u64, limit: usize) -> std::io::Result<Vec<u8>> {
    let half = limit / 2;
    let mut bytes = Vec::new();
    if size <= limit as u64 {
        file.take(limit as u64).read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    file.take(half as u64).read_to_end(&mut bytes)?;
    file.seek(SeekFrom::End(-(half as i64)))?;
    bytes.extend_from_slice(b"\n[...]\n");
    file.take(half as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// FNV-1a: tells two texts apart; nobody's security rests on it.
pub fn fnv(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn what_is_written_is_read_and_nothing_is_left_beside_it() {
        let dir = folder();
        let path = dir.path().join("a/b.json");
        Disk.write(&path, b"one").unwrap();
        Disk.write(&path, b"two").unwrap();
        assert_eq!(Disk.read(&path).unwrap().unwrap(), b"two");
        assert_eq!(fs::read_dir(dir.path().join("a")).unwrap().count(), 1);
        assert_eq!(fs::metadata(dir.path().join("a")).unwrap().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn missing_things_are_none_and_not_errors() {
        let dir = folder();
        assert!(Disk.read(&dir.path().join("x/y")).unwrap().is_none());
        assert!(Disk.list(&dir.path().join("x")).unwrap().is_empty());
        Disk.remove(&dir.path().join("x")).unwrap();
        assert_eq!(Disk.untrusted(&dir.path().join("x"), 10).unwrap(), Untrusted::Absent);
    }

    #[test]
    fn half_a_line_of_a_writer_that_died_is_not_glued_to_the_next() {
        let dir = folder();
        let path = dir.path().join("log");
        fs::write(&path, "{\"half").unwrap();
        Disk.append(&path, "{}").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"half\n{}\n");
    }

    #[test]
    fn what_a_writer_that_is_gone_left_is_swept_and_that_of_a_living_one_stays() {
        let dir = folder();
        let (living, gone) = (std::process::id(), u32::MAX / 4);
        for name in [format!("a/.new-x-{living}"), format!("a/.new-x-{gone}"), format!("no/.new-x-{gone}")] {
            fs::create_dir_all(dir.path().join(&name).parent().unwrap()).unwrap();
            fs::write(dir.path().join(name), "").unwrap();
        }
        Disk.sweep(dir.path(), &|name| name != "no").unwrap();
        assert!(dir.path().join(format!("a/.new-x-{living}")).exists());
        assert!(!dir.path().join(format!("a/.new-x-{gone}")).exists());
        assert!(dir.path().join(format!("no/.new-x-{gone}")).exists());
    }

    #[test]
    fn threads_of_one_process_write_and_link_the_same_at_once() {
        let dir = folder();
        let at = |name: &str| dir.path().join(name);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        Disk.write_soft(&at("file"), b"whole").unwrap();
                        Disk.link(&at("file"), &at("link")).unwrap();
                    }
                });
            }
        });
        assert_eq!(fs::read(at("link")).unwrap(), b"whole");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "nothing is left lying");
    }

    #[test]
    fn links_pipes_and_folders_are_not_opened_as_files() {
        let dir = folder();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("secret"), "s").unwrap();
        std::os::unix::fs::symlink(at("secret"), at("link")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, at("pipe"), Mode::RUSR).unwrap();
        fs::create_dir(at("folder")).unwrap();
        for name in ["link", "pipe", "folder"] {
            assert_eq!(Disk.untrusted(&at(name), 100).unwrap(), Untrusted::NotAFile, "{name}");
        }
    }

    #[test]
    fn a_huge_file_is_read_at_both_ends_only() {
        let dir = folder();
        let path = dir.path().join("big");
        let mut text = vec![b'a'; 10 << 20];
        text.extend_from_slice(b"the end");
        fs::write(&path, text).unwrap();
        let Untrusted::Text { text, stamp } = Disk.untrusted(&path, 1000).unwrap() else { panic!() };
        assert!(text.len() <= 1000 && text.starts_with("aaa") && text.ends_with("the end"));
        assert_eq!(stamp.size, (10 << 20) + 7);
    }

    #[test]
    fn each_write_of_the_same_words_has_another_stamp() {
        let dir = folder();
        let path = dir.path().join("phase");
        let stamp = || match Disk.untrusted(&path, 100).unwrap() {
            Untrusted::Text { stamp, .. } => stamp,
            other => panic!("{other:?}"),
        };
        Disk.write(&path, b"PHASE:awaiting_ci").unwrap();
        let first = stamp();
        assert_eq!(first, stamp());
        Disk.write(&path, b"PHASE:awaiting_ci").unwrap();
        assert_ne!(first, stamp());
    }
}
