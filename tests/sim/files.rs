//! Files in memory: each with the number of its write, and with what of it would survive a loss of power.

use super::core::Core;
use anyhow::{Result, bail};
use drover::domain::excerpt::head_and_tail;
use drover::domain::request::Stamp;
use drover::world::{Files, Untrusted};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;

type Content = Rc<Vec<u8>>;

struct File {
    now: Content,
    /// What is on the disk for sure; none: not even its name.
    durable: Option<Content>,
    write: u64,
    mtime_ns: i64,
}

/// Told of each file of ours that is written.
pub type Watcher = Rc<dyn Fn(&str, &[u8])>;

/// All files of one host.
pub struct MemFiles {
    core: Rc<Core>,
    files: RefCell<BTreeMap<String, File>>,
    /// Folders that were made; they stay when their files go.
    folders: RefCell<BTreeSet<String>>,
    writes: Cell<u64>,
    pub full: Cell<bool>,
    pub offset: Cell<i64>,
    pub watcher: RefCell<Option<Watcher>>,
}

impl MemFiles {
    pub fn new(core: Rc<Core>) -> MemFiles {
        MemFiles {
            core,
            files: RefCell::default(),
            folders: RefCell::default(),
            writes: Cell::new(0),
            full: Cell::new(false),
            offset: Cell::new(0),
            watcher: RefCell::new(None),
        }
    }

    /// Puts a file there as a session, a person or a host of a session would.
    pub fn put(&self, path: &Path, content: &[u8]) -> u64 {
        self.replace(path, Rc::new(content.to_vec()), false);
        self.writes.get()
    }

    pub fn text(&self, path: &Path) -> Option<String> {
        let files = self.files.borrow();
        files.get(key(path)).map(|f| String::from_utf8_lossy(&f.now).into_owned())
    }

    /// Every file with its text.
    pub fn all(&self) -> Vec<(String, String)> {
        let text = |f: &File| String::from_utf8_lossy(&f.now).into_owned();
        self.files.borrow().iter().map(|(path, file)| (path.clone(), text(file))).collect()
    }

    fn replace(&self, path: &Path, content: Content, durable: bool) {
        self.writes.set(self.writes.get() + 1);
        self.keep_folder(path.parent());
        let mut files = self.files.borrow_mut();
        let old = files.get(key(path)).and_then(|f| f.durable.clone());
        let file = File {
            durable: if durable { Some(content.clone()) } else { old },
            now: content,
            write: self.writes.get(),
            mtime_ns: (self.core.time.get() + self.offset.get()) * 1_000_000,
        };
        files.insert(key(path).to_string(), file);
    }

    fn keep_folder(&self, folder: Option<&Path>) {
        for folder in folder.into_iter().flat_map(Path::ancestors).map(key) {
            // Those above it are there as well.
            if folder.is_empty() || !self.folders.borrow_mut().insert(folder.to_string()) {
                return;
            }
        }
    }

    fn write_watched(&self, path: &Path, content: &[u8], durable: bool) -> Result<()> {
        if self.full.get() {
            bail!("no space left on device");
        }
        self.replace(path, Rc::new(content.to_vec()), durable);
        let watcher = self.watcher.borrow().clone();
        if let Some(watcher) = watcher {
            watcher(key(path), content);
        }
        Ok(())
    }

    /// A line more. One that was cut off before it is ended first.
    fn with_line(&self, path: &Path, line: &str) -> Vec<u8> {
        let mut content = self.files.borrow().get(key(path)).map(|f| f.now.to_vec()).unwrap_or_default();
        if content.last().is_some_and(|last| *last != b'\n') {
            content.push(b'\n');
        }
        content.extend_from_slice(line.as_bytes());
        content.push(b'\n');
        content
    }

    /// The power goes: what was not written durably may be gone, each file by the throw of a coin.
    pub fn lose_power(&self) {
        let mut files = self.files.borrow_mut();
        files.retain(|_, file| {
            if self.core.rng.chance(500) {
                return true;
            }
            match &file.durable {
                Some(kept) => {
                    file.now = kept.clone();
                    true
                }
                None => false,
            }
        });
    }
}

fn key(path: &Path) -> &str {
    path.to_str().unwrap_or("")
}

impl Files for MemFiles {
    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>> {
        Ok(self.files.borrow().get(key(path)).map(|f| f.now.to_vec()))
    }

    fn write(&self, path: &Path, content: &[u8]) -> Result<()> {
        self.write_watched(path, content, true)
    }

    fn write_soft(&self, path: &Path, content: &[u8]) -> Result<()> {
        self.write_watched(path, content, false)
    }

    fn append(&self, path: &Path, line: &str) -> Result<()> {
        self.write_watched(path, &self.with_line(path, line), false)
    }

    fn append_durable(&self, path: &Path, line: &str) -> Result<()> {
        self.write_watched(path, &self.with_line(path, line), true)
    }

    fn list(&self, folder: &Path) -> Result<Vec<String>> {
        let prefix = format!("{}/", key(folder));
        let files = self.files.borrow();
        let below = files.range(prefix.clone()..).map(|(p, _)| p).take_while(|p| p.starts_with(&prefix));
        let folders = self.folders.borrow();
        let folders = folders.range(prefix.clone()..).take_while(|p| p.starts_with(&prefix));
        let name = |p: &String| p[prefix.len()..].split('/').next().unwrap_or_default().to_string();
        let mut names: Vec<String> = below.chain(folders).map(name).collect();
        names.dedup();
        names.sort();
        names.dedup();
        Ok(names)
    }

    fn remove(&self, path: &Path) -> Result<()> {
        self.files.borrow_mut().remove(key(path));
        Ok(())
    }

    fn make_folder(&self, folder: &Path) -> Result<()> {
        if self.full.get() {
            bail!("no space left on device");
        }
        self.keep_folder(Some(folder));
        Ok(())
    }

    fn untrusted(&self, path: &Path, limit: usize) -> Result<Untrusted> {
        let files = self.files.borrow();
        let Some(file) = files.get(key(path)) else { return Ok(Untrusted::Absent) };
        let stamp =
            Stamp { inode: file.write, mtime_ns: file.mtime_ns, size: file.now.len() as u64, hash: 0 };
        let (all, half) = (&file.now, limit / 2);
        let ends = match all.len() > limit {
            true => [&all[..half], b"\n[...]\n", &all[all.len() - half..]].concat(),
            false => all.to_vec(),
        };
        let text = head_and_tail(&String::from_utf8_lossy(&ends), limit);
        Ok(Untrusted::Text { stamp, text })
    }
}
