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

impl Wire for InMemory {
    fn send(&self, request: &Request) -> Result<Response, NoAnswer> {
        self.fake.answer(Some(&self.token), request)
    }

    fn address(&self) -> &str {
        "http://forge.test"
    }
}
