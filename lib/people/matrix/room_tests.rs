//! What a real server does not do on demand: answers that are lost, doubled, endless or of another kind.

use super::*;
use crate::http::{NoAnswer, Request, Response, Wire};
use crate::store::Paths;
use crate::store::disk::Disk;
use serde_json::json;
use std::cell::{Cell, RefCell};

/// What is answered to a request.
type Answers = dyn Fn(&Request) -> Result<(u16, Value), NoAnswer>;

/// A server that answers by these rules, and remembers what it was asked.
struct Server {
    answers: Box<Answers>,
    asked: RefCell<Vec<Request>>,
}

impl Wire for Server {
    fn send(&self, request: &Request) -> Result<Response, NoAnswer> {
        self.asked.borrow_mut().push(request.clone());
        let (status, body) = (self.answers)(request)?;
        Ok(Response { status, headers: vec![], body: body.to_string().into_bytes() })
    }

    fn address(&self) -> &str {
        "https://matrix.test"
    }
}

struct At(Cell<i64>);

impl Clock for At {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.get())
    }

    fn minute_of_day(&self) -> u32 {
        0
    }

    fn sleep_ms(&self, _: u64) {}
}

struct Scene {
    server: Rc<Server>,
    clock: Rc<At>,
    room: Room,
    _folder: tempfile::TempDir,
}

fn scene(answers: impl Fn(&Request) -> Result<(u16, Value), NoAnswer> + 'static) -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let store = Store { files: Rc::new(Disk), paths: Paths::new(folder.path(), "p") };
    let server = Rc::new(Server { answers: Box::new(answers), asked: RefCell::default() });
    let clock = Rc::new(At(Cell::new(1_000_000)));
    let wire = Rc::clone(&server) as Rc<dyn Wire>;
    let client = Rc::new(Client::new(wire, store.clone(), Rc::clone(&clock) as Rc<dyn Clock>, 1000));
    let room = Room {
        client,
        store,
        clock: Rc::clone(&clock) as Rc<dyn Clock>,
        project: "p".into(),
        room: "!r:test".into(),
        me: None,
        mention: None,
    };
    Scene { server, clock, room, _folder: folder }
}

impl Scene {
    fn with_thread(self) -> Scene {
        let thread = Thread { version: 1, room: "!r:test".into(), root: "$root".into() };
        self.room.store.write_json(&self.room.store.paths.thread(IssueNo(7)), &thread).unwrap();
        self
    }

    fn paths(&self) -> Vec<String> {
        self.server.asked.borrow().iter().map(|r| r.path.clone()).collect()
    }
}

fn words(key: &str) -> Tidings {
    Tidings { key: key.into(), about: None, urgent: true, text: "x".into() }
}

fn event(id: &str, text: &str) -> Value {
    json!({
        "type": "m.room.message", "event_id": id, "sender": "@maria:test",
        "content": {"msgtype": "m.text", "body": text, "m.relates_to": {"rel_type": "m.thread", "event_id": "$root"}},
    })
}

fn synced(timeline: Value) -> Value {
    json!({"next_batch": "s2", "rooms": {"join": {"!r:test": {"timeline": timeline}}}})
}

fn ids(hearing: &Hearing) -> Vec<&str> {
    hearing.said.iter().map(|s| s.id.as_str()).collect()
}

#[test]
fn a_word_whose_answer_was_lost_is_sent_again_as_the_same_message() {
    let times = Cell::new(0);
    let s = scene(move |_| {
        times.set(times.get() + 1);
        if times.get() == 1 { Err(NoAnswer("reset".into())) } else { Ok((200, json!({"event_id": "$1"}))) }
    });
    assert!(!s.room.tell(&words("1:1:x")).unwrap());
    assert!(s.room.tell(&words("1:1:x")).unwrap());
    let paths = s.paths();
    assert_eq!(paths.len(), 2);
    assert_eq!(paths[0], paths[1]);
    assert!(paths[0].ends_with("/send/m.room.message/drover-p-1%3A1%3Ax"), "{paths:?}");
}

#[test]
fn words_that_come_twice_or_hold_no_words_are_heard_once_or_not_at_all() {
    let timeline = json!({"events": [event("$1", "a"), event("$2", "b"), event("$1", "a"), event("$3", ""), 7, null, {"type": 3}]});
    let s = scene(move |_| Ok((200, synced(timeline.clone())))).with_thread();
    let hearing = s.room.hear(0).unwrap().unwrap();
    assert_eq!((ids(&hearing), hearing.until.as_str()), (vec!["$1", "$2"], "s2"));
    assert_eq!(s.room.hear(0).unwrap().unwrap(), hearing, "until it is taken in");
    s.room.take_in(&hearing).unwrap();
    s.room.hear(0).unwrap();
    assert!(s.paths().last().unwrap().ends_with("&since=s2"), "{:?}", s.paths());
}

#[test]
fn what_an_answer_leaves_out_is_read_page_by_page_and_an_endless_listing_ends() {
    let s = scene(|request| {
        let path = &request.path;
        Ok((
            200,
            if path.contains("/sync") {
                synced(json!({"limited": true, "prev_batch": "p0", "events": [event("$5", "e")]}))
            } else if path.contains("from=p0") {
                json!({"chunk": [event("$4", "d"), event("$3", "c")], "end": "p1"})
            } else if path.contains("from=p1") {
                json!({"chunk": [event("$2", "b"), event("$1", "a")], "end": "p1"})
            } else {
                panic!("{path}")
            },
        ))
    })
    .with_thread();
    s.room.take_in(&Hearing { until: "s1".into(), ..Hearing::default() }).unwrap();
    let hearing = s.room.hear(0).unwrap().unwrap();
    assert_eq!(ids(&hearing), ["$1", "$2", "$3", "$4", "$5"]);
    assert!(!hearing.anew);
}

#[test]
fn a_place_that_the_server_has_forgotten_is_begun_anew() {
    let s = scene(|request| match request.path.contains("since=") {
        true => Ok((400, json!({"errcode": "M_UNKNOWN_POS"}))),
        false => Ok((200, synced(json!({"events": [event("$1", "a")]})))),
    })
    .with_thread();
    s.room.take_in(&Hearing { until: "old".into(), ..Hearing::default() }).unwrap();
    let hearing = s.room.hear(0).unwrap().unwrap();
    assert_eq!((ids(&hearing), hearing.anew), (vec!["$1"], true));
}

#[test]
fn a_body_of_ten_megabytes_is_one_answer() {
    let long = "x".repeat(10 << 20);
    let s = scene(move |_| Ok((200, synced(json!({"events": [event("$1", &long)]}))))).with_thread();
    assert_eq!(s.room.hear(0).unwrap().unwrap().said[0].text.len(), 10 << 20);
}

#[test]
fn trouble_is_noted_and_its_end_too_and_what_never_works_is_not_waited_for() {
    let down = Rc::new(Cell::new(503));
    let status = Rc::clone(&down);
    let s = scene(move |request| {
        let good = if request.path.contains("/sync") { synced(json!({})) } else { json!({"event_id": "$1"}) };
        Ok((status.get(), if status.get() == 200 { good } else { json!({"errcode": "M_X"}) }))
    })
    .with_thread();
    let said = Said { id: "$1".into(), who: "@maria:test".into(), issue: Some(IssueNo(7)), text: "a".into() };
    assert!(!s.room.acknowledge(&said, None).unwrap(), "later");
    assert!(s.room.hear(0).unwrap().is_none());
    assert!(s.room.known(Way::Answer).is_some_and(|known| known.passes && !known.said));
    assert!(s.room.known(Way::Hear).is_some_and(|known| known.passes && !known.said));
    down.set(403);
    s.clock.0.set(1_100_000);
    assert!(s.room.acknowledge(&said, Some("it has ended")).unwrap(), "never");
    assert!(s.room.known(Way::Answer).is_some_and(|known| !known.passes));
    down.set(200);
    s.clock.0.set(1_200_000);
    assert!(s.room.hear(0).unwrap().is_some());
    assert!(s.room.known(Way::Hear).is_none());
    assert!(s.room.known(Way::Answer).is_some(), "who may read may still be kept from writing");
    assert!(s.room.acknowledge(&said, None).unwrap());
    assert!(s.room.known(Way::Answer).is_none());
}
