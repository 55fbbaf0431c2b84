//! Our files: what lies where, and how each is read and written. Readers take missing, empty, truncated and
//! newer files without a panic; one module ([`disk`]) does all writing.

pub mod claims;
pub mod disk;
pub mod journal;
pub mod lock;
pub mod messages;
pub mod paths;
pub mod runs;
pub mod state;

pub use paths::Paths;

use crate::domain::brackets;
use crate::world::Files;
use anyhow::{Context, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;
use std::rc::Rc;

/// The files of one project.
#[derive(Clone)]
pub struct Store {
    /// Reading and writing.
    pub files: Rc<dyn Files>,
    /// What lies where.
    pub paths: Paths,
}

/// A file of ours that cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct BadFile {
    /// Which file.
    pub path: String,
    /// What is wrong with it.
    pub problem: String,
}

impl Store {
    /// Reads a JSON file of ours; none if it is missing or empty. Truncated or newer: [`BadFile`].
    pub fn read_json<T: DeserializeOwned>(&self, path: &Path) -> Result<Option<T>> {
        let Some(bytes) = self.files.read(path)? else { return Ok(None) };
        let bad = |problem| BadFile { path: path.display().to_string(), problem };
        decode(&bytes).map_err(|problem| bad(problem).into())
    }

    /// Removes what writers that were cut off left half-written. Git's folders are git's own.
    pub fn sweep(&self) -> Result<()> {
        self.files.sweep(self.paths.state(), &|name| name == "bin")?;
        self.files.sweep(self.paths.project(), &|name| !["repo.git", "repo.new", "checkouts"].contains(&name))
    }

    /// Writes a JSON file of ours that may be lost: a cache.
    pub fn write_json_soft<T: Serialize>(&self, path: &Path, value: &T) -> Result<()> {
        let text = encode(value).with_context(|| format!("encoding {}", path.display()))?;
        self.files.write_soft(path, &text)
    }

    /// Writes a JSON file of ours durably.
    pub fn write_json<T: Serialize>(&self, path: &Path, value: &T) -> Result<()> {
        let text = encode(value).with_context(|| format!("encoding {}", path.display()))?;
        self.files.write(path, &text)
    }
}

/// What a JSON file of ours holds; none if it is empty. Truncated or newer: what is wrong with it.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<Option<T>, String> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    if brackets::too_many(bytes) {
        return Err("no readable JSON: it is little else than brackets".into());
    }
    if let Some(version) = serde_json::from_slice::<Versioned>(bytes).ok().and_then(|v| v.version.as_u64())
        && version > 1
    {
        return Err(format!("format version {version} is newer than this drover knows (1): upgrade drover"));
    }
    serde_json::from_slice(bytes)
        .map(Some)
        .map_err(|e| if e.is_data() { e.to_string() } else { format!("no readable JSON: {e}") })
}

/// What is read of a file before anything else in it is believed.
#[derive(serde::Deserialize)]
struct Versioned {
    #[serde(default)]
    version: serde_json::Value,
}

/// The text of a JSON file of ours.
pub fn encode<T: Serialize>(value: &T) -> serde_json::Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    Ok(text)
}
