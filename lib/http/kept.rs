//! Answers that a server has given a tag (`ETag`): asked for again they come only if they have changed. Forgejo and
//! Gitea give none to what we read; a proxy before them, or another forge, may.

use super::Response;
use crate::domain::time::Timestamp;
use crate::store::Store;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Answers that are kept, and the longest that is: what is asked each tick is a handful of pages.
const MOST: usize = 32;
const LONGEST: usize = 1 << 20;

/// `forge/kept.json`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Answers {
    #[serde(default)]
    version: u32,
    /// By address and path.
    #[serde(default)]
    answers: BTreeMap<String, Tagged>,
}

/// An answer with its tag.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Tagged {
    /// What to send along.
    pub etag: String,
    at: Timestamp,
    headers: Vec<(String, String)>,
    body: String,
}

impl Tagged {
    /// The answer as it came.
    pub fn response(&self) -> Response {
        Response { status: 200, headers: self.headers.clone(), body: self.body.clone().into_bytes() }
    }
}

/// The answers of one process, and those that others have kept.
pub(super) struct Kept {
    store: Store,
    known: RefCell<Option<Answers>>,
}

impl Kept {
    pub fn new(store: Store) -> Kept {
        Kept { store, known: RefCell::new(None) }
    }

    fn file(&self) -> PathBuf {
        self.store.paths.forge().join("kept.json")
    }

    fn with<T>(&self, look: impl FnOnce(&mut Answers) -> T) -> T {
        // What cannot be read is asked for again, whole.
        let read = || self.store.read_json(&self.file()).ok().flatten().unwrap_or_default();
        look(self.known.borrow_mut().get_or_insert_with(read))
    }

    /// The answer that this address gave last, if it had a tag.
    pub fn known(&self, url: &str) -> Option<Tagged> {
        self.with(|known| known.answers.get(url).cloned())
    }

    /// Keeps an answer, if it has a tag; one that has none any more is forgotten.
    pub fn keep(&self, url: &str, page: &Response, now: Timestamp) {
        let text = String::from_utf8(page.body.clone()).ok().filter(|body| body.len() <= LONGEST);
        let tagged = page.header("etag").zip(text).map(|(etag, body)| {
            let headers = page.headers.clone();
            Tagged { etag: etag.to_string(), at: now, headers, body }
        });
        let changed = self.with(|known| {
            let before = known.answers.remove(url);
            let changed = before.is_some() || tagged.is_some();
            if let Some(tagged) = tagged {
                known.answers.insert(url.to_string(), tagged);
            }
            while known.answers.len() > MOST {
                let oldest = known.answers.iter().min_by_key(|(_, t)| t.at).map(|(url, _)| url.clone());
                oldest.map(|url| known.answers.remove(&url));
            }
            changed.then(|| Answers { version: 1, ..known.clone() })
        });
        if let Some(changed) = changed {
            // What cannot be kept is asked for again, whole.
            drop(self.store.write_json_soft(&self.file(), &changed));
        }
    }
}
