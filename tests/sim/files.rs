//! Files in memory.

use anyhow::Result;
use drover::domain::request::Stamp;
use drover::world::{Files, Untrusted};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// All files there are, each with a number that counts its writes.
#[derive(Default)]
pub struct MemFiles {
    files: RefCell<BTreeMap<PathBuf, (Vec<u8>, u64)>>,
    writes: Cell<u64>,
}

impl MemFiles {
    fn put(&self, path: &Path, content: Vec<u8>) {
        self.writes.set(self.writes.get() + 1);
        self.files.borrow_mut().insert(path.to_path_buf(), (content, self.writes.get()));
    }

    /// Every file with its text, those that only tell the time left out.
    pub fn all(&self) -> BTreeMap<String, String> {
        let timeless = |p: &Path| !p.ends_with("heartbeat") && !p.ends_with("events.jsonl");
        let files = self.files.borrow();
        files
            .iter()
            .filter(|(p, _)| timeless(p))
            .map(|(p, (b, _))| (p.display().to_string(), String::from_utf8_lossy(b).into_owned()))
            .collect()
    }
}

impl Files for MemFiles {
    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>> {
        Ok(self.files.borrow().get(path).map(|(b, _)| b.clone()))
    }

    fn write(&self, path: &Path, content: &[u8]) -> Result<()> {
        self.put(path, content.to_vec());
        Ok(())
    }

    fn write_soft(&self, path: &Path, content: &[u8]) -> Result<()> {
        self.write(path, content)
    }

    fn append(&self, path: &Path, line: &str) -> Result<()> {
        let mut content = self.read(path)?.unwrap_or_default();
        content.extend_from_slice(format!("{line}\n").as_bytes());
        self.put(path, content);
        Ok(())
    }

    fn append_durable(&self, path: &Path, line: &str) -> Result<()> {
        self.append(path, line)
    }

    fn list(&self, folder: &Path) -> Result<Vec<String>> {
        let files = self.files.borrow();
        let below = files.keys().filter_map(|p| p.strip_prefix(folder).ok()?.components().next());
        let mut names: Vec<String> = below.map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
        names.sort();
        names.dedup();
        Ok(names)
    }

    fn remove(&self, path: &Path) -> Result<()> {
        self.files.borrow_mut().remove(path);
        Ok(())
    }

    fn make_folder(&self, _: &Path) -> Result<()> {
        Ok(())
    }

    fn untrusted(&self, path: &Path, limit: usize) -> Result<Untrusted> {
        let files = self.files.borrow();
        let Some((bytes, write)) = files.get(path) else { return Ok(Untrusted::Absent) };
        let stamp = Stamp { inode: *write, mtime_ns: 0, size: bytes.len() as u64, hash: 0 };
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(limit)]).into_owned();
        Ok(Untrusted::Text { stamp, text })
    }
}
