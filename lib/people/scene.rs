//! A server in memory, and a channel's parts in front of it.

use super::mail::CronMail;
use super::trouble::{Hints, Reach};
use crate::config::{Channel, People, Person};
use crate::domain::ids::IssueNo;
use crate::domain::notice::{NoticeKind, Wanted};
use crate::domain::time::Timestamp;
use crate::http::{Client, NoAnswer, Request, Response, Wire};
use crate::store::disk::Disk;
use crate::store::{Paths, Store};
use crate::world::{Clock, Tidings};
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What is answered to a request.
type Answers = dyn Fn(&Request) -> Result<(u16, Value), NoAnswer>;

/// A server that answers by these rules, and remembers what it was asked.
pub struct Server {
    answers: Box<Answers>,
    pub asked: RefCell<Vec<Request>>,
}

impl Wire for Server {
    fn send(&self, request: &Request) -> Result<Response, NoAnswer> {
        self.asked.borrow_mut().push(request.clone());
        let (status, body) = (self.answers)(request)?;
        Ok(Response { status, headers: vec![], body: body.to_string().into_bytes() })
    }

    fn address(&self) -> &str {
        "https://server.test"
    }
}

pub struct At(pub Cell<i64>);

impl Clock for At {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.get())
    }

    fn minute_of_day(&self) -> u32 {
        0
    }

    fn sleep_ms(&self, _: u64) {}
}

/// All that a channel is made of.
pub struct Scene {
    pub server: Rc<Server>,
    pub clock: Rc<At>,
    pub store: Store,
    pub client: Rc<Client>,
    _folder: tempfile::TempDir,
}

/// A server that gives these answers.
pub fn scene(answers: impl Fn(&Request) -> Result<(u16, Value), NoAnswer> + 'static) -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let store = Store { files: Rc::new(Disk), paths: Paths::new(folder.path(), "p") };
    let server = Rc::new(Server { answers: Box::new(answers), asked: RefCell::default() });
    let clock = Rc::new(At(Cell::new(1_000_000)));
    let wire = Rc::clone(&server) as Rc<dyn Wire>;
    let client = Rc::new(Client::new(wire, store.clone(), Rc::clone(&clock) as Rc<dyn Clock>, 1000));
    Scene { server, clock, store, client, _folder: folder }
}

impl Scene {
    pub fn reach(&self, channel: Channel, hints: Hints) -> Reach {
        Reach {
            store: self.store.clone(),
            clock: Rc::clone(&self.clock) as Rc<dyn Clock>,
            project: "p".into(),
            channel,
            place: "a place".into(),
            hints,
            mail: |words| CronMail.say(words),
        }
    }

    /// What was asked: method and path.
    pub fn paths(&self) -> Vec<String> {
        self.server.asked.borrow().iter().map(|r| r.path.clone()).collect()
    }

    /// The body of the last request.
    pub fn last(&self) -> Value {
        self.server.asked.borrow().last().unwrap().body.clone().unwrap()
    }
}

/// Maria, the maintainer, and Rob, who is none.
pub fn people() -> People {
    let person = |forge: &str, matrix: &str, telegram: &str| Person {
        forge: forge.into(),
        matrix: Some(matrix.into()),
        telegram: Some(telegram.into()),
    };
    People {
        maintainers: vec!["maria".into()],
        reviewers: vec![],
        persons: BTreeMap::from([
            ("maria".into(), person("m", "@maria:test", "42")),
            ("rob".into(), person("r", "@rob:test", "43")),
        ]),
        channels: vec![],
        wanted: Wanted::default(),
        ladder: vec![],
    }
}

/// A word to everybody.
pub fn words(key: &str, kind: NoticeKind) -> Tidings {
    Tidings {
        key: key.into(),
        about: None,
        kind,
        to: None,
        text: "x".into(),
        links: vec![],
        at: Timestamp(0),
    }
}

/// The same about issue 7 of the project, for Maria.
pub fn about(key: &str, kind: NoticeKind) -> Tidings {
    Tidings {
        about: Some((IssueNo(7), "A title".into())),
        to: Some("maria".into()),
        text: "p #7 asks: Blue?".into(),
        links: vec!["https://forge.test/7".into()],
        ..words(key, kind)
    }
}
