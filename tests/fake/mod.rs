//! A forge that speaks API v1 as Gitea does: a model in memory, its replies made of a recording of a real server
//! (`tests/forge/recorded/`), with a switch for each way in which servers differ, fail or lie. It stands behind a
//! [`Wire`] in memory, or behind a port on loopback.

pub mod listen;
pub mod quirks;
mod reply;
mod repository;
mod routes;
mod rows;
pub mod state;
pub mod woodpecker;

pub use quirks::Quirks;
pub use repository::{GitDir, Refs};
pub use state::State;

use drover::http::{NoAnswer, Request, Response, Wire};
use std::sync::{Arc, Mutex};

/// The server; clones are the same one.
#[derive(Clone)]
pub struct Fake {
    pub state: Arc<Mutex<State>>,
    pub quirks: Arc<Mutex<Quirks>>,
}

impl Fake {
    /// A server with one repository, `owner/name`, whose branches are `refs`.
    pub fn new(repo: &str, refs: Box<dyn Refs + Send>, clock: Box<dyn Fn() -> i64 + Send>) -> Fake {
        let state = State::new(repo, refs, clock);
        Fake { state: Arc::new(Mutex::new(state)), quirks: Arc::default() }
    }

    /// Answers one request of whoever has this token.
    pub fn answer(&self, token: Option<&str>, request: &Request) -> Result<Response, NoAnswer> {
        let mut quirks = self.quirks.lock().unwrap();
        let mut state = self.state.lock().unwrap();
        quirks::answer(&mut quirks, &mut state, token, request)
    }

    /// How often it was asked, and what.
    pub fn asked(&self) -> Vec<String> {
        self.state.lock().unwrap().asked.clone()
    }

    /// Forgets what it was asked.
    pub fn forget(&self) {
        self.state.lock().unwrap().asked.clear();
    }

    /// A wire that ends here, for one token.
    pub fn wire(&self, token: &str) -> InMemory {
        InMemory { fake: self.clone(), token: token.into() }
    }
}

/// The server without a network between.
pub struct InMemory {
    fake: Fake,
    token: String,
}

impl InMemory {
    /// With tags where that is switched on: an answer's is its text's own length and sum.
    fn tagged(&self, request: &Request, known: Option<&str>) -> Result<Response, NoAnswer> {
        let mut answer = self.fake.answer(Some(&self.token), request)?;
        if !self.fake.quirks.lock().unwrap().tags || answer.status != 200 {
            return Ok(answer);
        }
        let sum = answer.body.iter().fold(7_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(*byte));
        let etag = format!("\"{}-{sum}\"", answer.body.len());
        if known == Some(etag.as_str()) {
            self.fake.quirks.lock().unwrap().unchanged += 1;
            (answer.status, answer.body) = (304, vec![]);
        }
        answer.headers.push(("etag".into(), etag));
        Ok(answer)
    }
}

impl Wire for InMemory {
    fn send(&self, request: &Request) -> Result<Response, NoAnswer> {
        self.tagged(request, None)
    }

    fn send_unless(&self, request: &Request, etag: &str) -> Result<Response, NoAnswer> {
        self.tagged(request, Some(etag))
    }

    fn address(&self) -> &str {
        "http://forge.test"
    }
}
