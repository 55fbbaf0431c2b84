//! Our own files, as bytes under absolute paths.

use crate::domain::request::Stamp;
use anyhow::Result;
use std::path::{Path, PathBuf};

/// A file that somebody else may have written: never followed, never read whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Untrusted {
    /// Nothing there.
    Absent,
    /// A link, a pipe, a folder or a device.
    NotAFile,
    /// A regular file.
    Text {
        /// What tells this write from the next.
        stamp: Stamp,
        /// Head and tail, within the limit, decoded as far as it can be.
        text: String,
    },
}

/// Reading and writing.
pub trait Files {
    /// The content, or none if there is no such file.
    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>>;
    /// Replaces the content durably: after this returns it survives a loss of power.
    fn write(&self, path: &Path, content: &[u8]) -> Result<()>;
    /// Replaces the content at once but not durably: for what may be lost (heartbeat, caches).
    fn write_soft(&self, path: &Path, content: &[u8]) -> Result<()>;
    /// Adds one line in a single write; it may be lost with the power.
    fn append(&self, path: &Path, line: &str) -> Result<()>;
    /// Adds one line in a single write, durably.
    fn append_durable(&self, path: &Path, line: &str) -> Result<()>;
    /// What a path leads to, links followed: to be written in place of a link that somebody has put there.
    fn real(&self, path: &Path) -> PathBuf {
        path.to_path_buf()
    }
    /// The names in a folder, sorted; none if there is no such folder.
    fn list(&self, folder: &Path) -> Result<Vec<String>>;
    /// Removes a file; fine if there is none.
    fn remove(&self, path: &Path) -> Result<()>;
    /// Makes a folder and those above it, for us alone.
    fn make_folder(&self, folder: &Path) -> Result<()>;
    /// Looks at a file that a session may have written, reading at most `limit` bytes of it.
    fn untrusted(&self, path: &Path, limit: usize) -> Result<Untrusted>;
    /// Removes what writers that were cut off left half-written in a folder, and in those below it whose name
    /// `enter` admits. Where writing is never cut off there is nothing to do.
    fn sweep(&self, _folder: &Path, _enter: &dyn Fn(&str) -> bool) -> Result<()> {
        Ok(())
    }
}
