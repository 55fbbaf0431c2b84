//! Every request against the rules of the Bot API, and what comes back in all its shapes.

use super::super::scene::{self, Scene, about, people, words};
use super::super::trouble::Way;
use super::*;
use crate::http::{NoAnswer, Request};

struct InChat {
    scene: Scene,
    chat: Chat,
}

fn scene(answers: impl Fn(&Request) -> Result<(u16, Value), NoAnswer> + 'static) -> InChat {
    let scene = scene::scene(answers);
    let chat = Chat {
        client: Rc::clone(&scene.client),
        reach: scene.reach(Channel::Telegram, HINTS),
        chat: "-1001".into(),
        me: Some(99),
        people: people(),
    };
    InChat { scene, chat }
}

fn ok(result: Value) -> Result<(u16, Value), NoAnswer> {
    Ok((200, json!({"ok": true, "result": result})))
}

fn message(id: i64, who: u64, text: &str, to: Option<(u64, &str)>) -> Value {
    let mut message = json!({
        "message_id": id, "date": 1, "text": text,
        "from": {"id": who, "is_bot": false}, "chat": {"id": -1001, "type": "supergroup"},
    });
    if let Some((author, words)) = to {
        message["reply_to_message"] =
            json!({"message_id": 1, "from": {"id": author, "is_bot": true}, "text": words});
    }
    message
}

#[test]
fn what_needs_a_person_rings_for_them_and_the_rest_for_nobody() {
    let s = scene(|_| ok(json!({"message_id": 5})));
    assert!(s.chat.tell(&about("7:1:escalated:1:2", NoticeKind::Escalation)).unwrap());
    let sent = s.scene.last();
    assert_eq!(s.scene.paths(), ["/sendMessage"]);
    assert_eq!(
        sent["text"],
        "maria: p #7 asks: Blue?\nhttps://forge.test/7\nReply to this message to answer."
    );
    assert_eq!((&sent["chat_id"], &sent["disable_notification"]), (&json!("-1001"), &json!(false)));
    let named = &sent["entities"][0];
    assert_eq!(
        (&named["type"], &named["offset"], &named["length"]),
        (&json!("text_mention"), &json!(0), &json!(5))
    );
    assert_eq!(named["user"]["id"], 42);
    let mut long = words("k", NoticeKind::Landed);
    long.text = "\u{1f600}".repeat(9000);
    assert!(s.chat.tell(&long).unwrap());
    let sent = s.scene.last();
    assert!(sent["text"].as_str().unwrap().encode_utf16().count() <= 4096);
    assert_eq!((&sent["disable_notification"], sent.get("entities")), (&json!(true), None));
}

#[test]
fn replies_to_what_we_said_are_answers_and_commands_may_have_a_slash() {
    let ours = "maria: p #7 asks: Blue?";
    let updates = json!([
        {"update_id": 10, "message": message(1, 42, "Blue.", Some((99, ours)))},
        {"update_id": 11, "message": message(2, 42, "/why@drover_bot 7", None)},
        {"update_id": 12, "message": message(3, 42, "Red.", Some((98, ours)))},
        {"update_id": 13, "message": message(4, 77, "Green.", Some((99, "p #12 needs a person")))},
        {"update_id": 14, "message": message(5, 42, "x", Some((99, "other #7 needs a person")))},
        {"update_id": 15, "message": {"message_id": 6, "text": "elsewhere", "from": {"id": 42}, "chat": {"id": 5}}},
        {"update_id": 16, "message": {"message_id": 7, "from": {"id": 42}, "chat": {"id": -1001}}},
        {"update_id": 17},
    ]);
    let s = scene(move |_| ok(updates.clone()));
    let hearing = s.chat.hear(3).unwrap().unwrap();
    assert!(hearing.anew);
    let said = |s: &Said| (s.id.clone(), s.who.clone(), s.issue.map(|i| i.0), s.text.clone());
    let want = |n: u32, who: &str, issue: Option<u64>, text: &str| {
        (format!("telegram:-1001:{n}"), who.to_string(), issue, text.to_string())
    };
    assert_eq!(
        hearing.said.iter().map(said).collect::<Vec<_>>(),
        [
            want(1, "42", Some(7), "Blue."),
            want(2, "42", None, "why 7"),
            want(3, "42", None, "Red."),
            want(4, "77", Some(12), "Green."),
            want(5, "42", None, "x"),
        ]
    );
    s.chat.take_in(&hearing).unwrap();
    assert!(!s.chat.hear(0).unwrap().unwrap().anew);
    let paths = s.scene.paths();
    assert_eq!(paths[0], "/getUpdates?timeout=3&allowed_updates=%5B%22message%22%5D");
    assert_eq!(paths[1], "/getUpdates?timeout=0&allowed_updates=%5B%22message%22%5D&offset=18");
}

#[test]
fn an_answer_stands_below_what_it_answers_and_a_thumb_on_what_was_passed_on() {
    let s = scene(|_| ok(json!(true)));
    let said = Said {
        id: "telegram:-1001:8".into(),
        who: "42".into(),
        issue: Some(IssueNo(7)),
        text: "a".into(),
        to: None,
    };
    assert!(s.chat.acknowledge(&said, None).unwrap());
    let sent = s.scene.last();
    assert_eq!((&sent["message_id"], &sent["reaction"][0]["emoji"]), (&json!(8), &json!("\u{1f44d}")));
    assert!(s.chat.acknowledge(&said, Some("it has ended")).unwrap());
    let sent = s.scene.last();
    assert_eq!(
        (&sent["text"], &sent["reply_parameters"]["message_id"]),
        (&json!("p #7: it has ended"), &json!(8)),
        "so that a reply to it is about #7 too"
    );
    assert_eq!(s.chat.issue_of(sent["text"].as_str().unwrap()), Some(IssueNo(7)));
}

#[test]
fn a_pause_is_kept_and_a_bot_that_was_thrown_out_is_a_persons_matter() {
    let s = scene(|request| match request.path.as_str() {
        "/sendMessage" => Ok((
            429,
            json!({"ok": false, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 35}}),
        )),
        _ => Ok((403, json!({"ok": false, "error_code": 403, "description": "Forbidden: bot was kicked"}))),
    });
    assert!(!s.chat.tell(&words("k", NoticeKind::Landed)).unwrap());
    assert!(!s.chat.tell(&words("k", NoticeKind::Landed)).unwrap());
    assert_eq!(s.scene.paths().len(), 1, "it is left alone for as long as it asks");
    assert!(s.chat.reach.known(Way::Tell).is_some_and(|known| known.passes));
    s.scene.clock.0.set(1_000_036);
    assert!(s.chat.hear(0).unwrap().is_none());
    assert!(s.chat.reach.known(Way::Hear).is_some_and(|known| !known.passes));
}
