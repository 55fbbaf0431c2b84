//! What a real server does not do on demand: answers that are lost, doubled, endless or of another kind.

use super::super::scene::{self, Scene, about, people, words};
use super::super::trouble::Way;
use super::*;
use crate::domain::command;
use crate::domain::notice::NoticeKind;
use crate::http::{NoAnswer, Request};
use serde_json::json;
use std::cell::Cell;

struct InRoom {
    scene: Scene,
    room: Room,
}

fn scene(answers: impl Fn(&Request) -> Result<(u16, Value), NoAnswer> + 'static) -> InRoom {
    let scene = scene::scene(answers);
    let room = Room {
        client: Rc::clone(&scene.client),
        reach: scene.reach(Channel::Matrix, HINTS),
        room: "!r:test".into(),
        me: None,
        mention: Some("@rob:test".into()),
        people: people(),
    };
    InRoom { scene, room }
}

impl InRoom {
    fn with_thread(self) -> InRoom {
        let thread = Thread { version: 1, room: "!r:test".into(), root: "$root".into() };
        let store = &self.scene.store;
        store.write_json(&store.paths.thread(IssueNo(7)), &thread).unwrap();
        self
    }
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
    assert!(!s.room.tell(&words("1:1:x", NoticeKind::Landed)).unwrap());
    assert!(s.room.tell(&words("1:1:x", NoticeKind::Landed)).unwrap());
    let paths = s.scene.paths();
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
    assert!(s.scene.paths().last().unwrap().ends_with("&since=s2"), "{:?}", s.scene.paths());
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
fn a_flood_is_heard_whole_once_and_in_order() {
    // Page n of 60, from the newest back: each has 100 events, and the last one of the page before again.
    let s = scene(|request| {
        let path = &request.path;
        if path.contains("/sync") {
            let newest = event("$6000", "word 6000");
            return Ok((200, synced(json!({"limited": true, "prev_batch": "p0", "events": [newest]}))));
        }
        let page: i64 = path.split("from=p").nth(1).unwrap().split('&').next().unwrap().parse().unwrap();
        let top = 6000 - page * 100;
        let chunk: Vec<Value> = (0..=100)
            .map(|n| top - n)
            .filter(|n| *n > 0)
            .map(|n| event(&format!("${n}"), &format!("word {n}")))
            .collect();
        Ok((200, json!({"chunk": chunk, "end": format!("p{}", page + 1)})))
    })
    .with_thread();
    s.room.take_in(&Hearing { until: "s1".into(), ..Hearing::default() }).unwrap();
    let hearing = s.room.hear(0).unwrap().unwrap();
    let wanted: Vec<String> = (1..=6000).map(|n| format!("${n}")).collect();
    assert!(ids(&hearing) == wanted, "{} events", hearing.said.len());
    assert!(s.scene.paths().len() < 70, "{} requests", s.scene.paths().len());
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
fn where_we_are_not_nothing_is_heard_and_that_is_known() {
    let s = scene(|request| {
        let left = json!({"next_batch": "s2", "rooms": {"leave": {"!r:test": {}}}});
        Ok((200, if request.path.contains("since=s1") { left } else { json!({"next_batch": "s1"}) }))
    })
    .with_thread();
    assert_eq!(s.room.hear(0).unwrap().unwrap().said, [], "servers leave out rooms without news");
    s.room.take_in(&Hearing { until: "s1".into(), ..Hearing::default() }).unwrap();
    assert!(s.room.hear(0).unwrap().is_none(), "left");
    assert!(s.room.reach.known(Way::Hear).is_some_and(|known| !known.passes));
    s.room.take_in(&Hearing { until: "s0".into(), ..Hearing::default() }).unwrap();
    assert_eq!(s.room.hear(0).unwrap().unwrap().said, [], "there, and nothing is new");
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
    let said = Said {
        id: "$1".into(),
        who: "@maria:test".into(),
        issue: Some(IssueNo(7)),
        text: "a".into(),
        to: None,
    };
    assert!(!s.room.acknowledge(&said, None).unwrap(), "later");
    assert!(s.room.hear(0).unwrap().is_none());
    assert!(s.room.reach.known(Way::Answer).is_some_and(|known| known.passes && !known.said));
    assert!(s.room.reach.known(Way::Hear).is_some_and(|known| known.passes && !known.said));
    down.set(403);
    s.scene.clock.0.set(1_100_000);
    assert!(s.room.acknowledge(&said, Some("it has ended")).unwrap(), "never");
    assert!(s.room.reach.known(Way::Answer).is_some_and(|known| !known.passes));
    down.set(200);
    s.scene.clock.0.set(1_200_000);
    assert!(s.room.hear(0).unwrap().is_some());
    assert!(s.room.reach.known(Way::Hear).is_none());
    assert!(s.room.reach.known(Way::Answer).is_some(), "who may read may still be kept from writing");
    assert!(s.room.acknowledge(&said, None).unwrap());
    assert!(s.room.reach.known(Way::Answer).is_none());
}

fn reaction(id: &str, who: &str, on: &str, key: &str) -> Value {
    json!({
        "type": "m.reaction", "event_id": id, "sender": who,
        "content": {"m.relates_to": {"rel_type": "m.annotation", "event_id": on, "key": key}},
    })
}

#[test]
fn a_sign_of_a_maintainer_on_what_we_have_asked_is_an_answer_and_nothing_else_is() {
    let asked = |sender: &str, project: &str| {
        let content =
            content::notice(project, &about("7:1:question:1", NoticeKind::Question), None, Some("$root"));
        json!({"type": "m.room.message", "event_id": "$q", "sender": sender, "content": content})
    };
    let mut ours = reaction("$8", "@bot:test", "$q", "\u{2705}");
    ours["unsigned"] = json!({"transaction_id": "drover-p-took-$1"});
    let events = json!([
        reaction("$1", "@maria:test", "$q", "\u{2705}"),
        reaction("$2", "@maria:test", "$q", "\u{274c}\u{fe0f}"),
        reaction("$3", "@rob:test", "$q", "\u{2705}"),
        reaction("$4", "@maria:test", "$q", "\u{1f389}"),
        reaction("$5", "@maria:test", "$theirs", "\u{2705}"),
        reaction("$6", "@maria:test", "$gone", "\u{2705}"),
        reaction("$7", "@maria:test", "$words", "\u{2705}"),
        reaction("$10", "@maria:test", "$other", "\u{2705}"),
        ours,
        reaction("$1", "@maria:test", "$q", "\u{2705}"),
        {"type": "m.reaction", "event_id": "$9", "sender": "@maria:test", "content": {}},
    ]);
    let s = scene(move |request| {
        let path = &request.path;
        Ok(if path.contains("/sync") {
            (200, synced(json!({"events": events.clone()})))
        } else if path.ends_with("/whoami") {
            (200, json!({"user_id": "@bot:test"}))
        } else if path.ends_with("/event/%24q") {
            (200, asked("@bot:test", "p"))
        } else if path.ends_with("/event/%24theirs") {
            (200, asked("@mallory:test", "p"))
        } else if path.ends_with("/event/%24other") {
            (200, asked("@bot:test", "other"))
        } else if path.ends_with("/event/%24words") {
            (200, event("$words", "x"))
        } else {
            (404, json!({"errcode": "M_NOT_FOUND"}))
        })
    })
    .with_thread();
    let said = s.room.hear(0).unwrap().unwrap().said;
    let short = |s: &Said| (s.id.clone(), command::verdict(&s.text), s.issue.map(|i| i.0), s.to.clone());
    let key = Some("7:1:question:1".to_string());
    assert_eq!(
        said.iter().map(short).collect::<Vec<_>>(),
        [
            ("$1".into(), Some(true), Some(7), key.clone()),
            ("$2".into(), Some(false), Some(7), key),
            ("$3".into(), Some(true), None, None),
        ]
    );
}

#[test]
fn who_is_next_is_rung_for_and_what_can_be_answered_says_how() {
    let s = scene(|_| Ok((200, json!({"event_id": "$1"})))).with_thread();
    let mut word = about("7:1:escalated:1:2", NoticeKind::Escalation);
    s.room.tell(&word).unwrap();
    let sent = s.scene.last();
    assert_eq!(sent["m.mentions"], json!({"user_ids": ["@maria:test"]}));
    let body = sent["body"].as_str().unwrap();
    assert!(body.contains("https://forge.test/7\nAnswer in this thread"), "{body}");
    assert_eq!(content::asked("p", &sent), Some((IssueNo(7), word.key.clone())));
    word.to = Some("kim".into());
    s.room.tell(&word).unwrap();
    assert_eq!(
        s.scene.last()["m.mentions"],
        json!({"user_ids": ["@rob:test"]}),
        "no account: whoever is set"
    );
    s.room.tell(&about("7:1:landed", NoticeKind::Landed)).unwrap();
    let sent = s.scene.last();
    assert_eq!((&sent["m.mentions"], content::asked("p", &sent)), (&json!({}), None));
    assert_eq!(sent["body"], "p #7 asks: Blue?");
}
