//! A room of a Matrix server, as far as the client-server API of it is spoken here (spec.matrix.org, v1.11): events in
//! order, and transaction ids under which a message that is sent again is the same message.

use super::{Asked, Heard, plain};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The room, the bot's account, and its token.
pub const ROOM: &str = "!night:test";
pub const BOT: &str = "@drover:test";
pub const BOTS_TOKEN: &str = "syt_a-token-of-an-account";

/// What was said in the room, in order, each event with its id.
#[derive(Default)]
pub struct Room {
    pub events: Vec<Value>,
    /// The events of the bot, by kind and transaction id.
    sent: BTreeMap<(String, String), String>,
}

impl Room {
    /// Puts an event there; its id.
    pub fn put(&mut self, who: &str, kind: &str, content: &Value) -> String {
        let id = format!("$event-{}", self.events.len());
        self.events.push(json!({
            "type": kind, "event_id": id, "sender": who, "content": content,
            "origin_server_ts": 1_795_000_000_000_u64, "room_id": ROOM,
        }));
        id
    }

    /// The bot's messages: id and text.
    pub fn of_bot(&self) -> Vec<(String, String)> {
        let messages = self.events.iter().filter(|e| e["sender"] == BOT && e["type"] == "m.room.message");
        let text = |value: &Value| value.as_str().unwrap().to_string();
        messages.map(|e| (text(&e["event_id"]), text(&e["content"]["body"]))).collect()
    }

    /// How many of whose words the bot has put its sign on.
    pub fn signs_of_bot(&self) -> usize {
        self.events.iter().filter(|e| e["sender"] == BOT && e["type"] == "m.reaction").count()
    }

    fn event(&self, id: &str) -> Option<&Value> {
        self.events.iter().find(|e| e["event_id"] == id)
    }

    /// All from a place on that are of these kinds; those of the bot with the names that it gave them.
    fn since(&self, from: usize, kinds: &Value) -> Vec<Value> {
        let wanted =
            |e: &&Value| kinds.as_array().is_none_or(|kinds| kinds.iter().any(|kind| *kind == e["type"]));
        let named = |e: &Value| {
            let mut event = e.clone();
            let name = self.sent.iter().find(|(_, id)| e["event_id"] == id.as_str());
            if let Some(((_, transaction), _)) = name {
                event["unsigned"] = json!({"transaction_id": transaction});
            }
            event
        };
        self.events.iter().skip(from).filter(wanted).map(named).collect()
    }
}

fn unknown(code: &str) -> Value {
    json!({"errcode": code, "error": "no"})
}

/// The answer to a request below `/_matrix/client/v3`.
pub(super) fn answer(heard: &mut Heard, rest: &str, asked: &Asked) -> (u16, Value) {
    if asked.bearer.as_deref() != Some(BOTS_TOKEN) {
        return (401, unknown("M_UNKNOWN_TOKEN"));
    }
    let parts: Vec<String> = rest.split('/').map(plain).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["account", "whoami"] => (200, json!({"user_id": BOT})),
        ["sync"] => sync(&heard.room, asked),
        ["rooms", ROOM, "event", id] => match heard.room.event(id) {
            Some(event) => (200, event.clone()),
            None => (404, unknown("M_NOT_FOUND")),
        },
        ["rooms", ROOM, "send", kind, transaction] if asked.method == "PUT" => {
            send(heard, kind, transaction, asked)
        }
        _ => (404, unknown("M_UNRECOGNIZED")),
    }
}

fn sync(room: &Room, asked: &Asked) -> (u16, Value) {
    let value = |name: &str| asked.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    let Ok(from) = value("since").unwrap_or("0").parse() else { return (400, unknown("M_UNKNOWN_POS")) };
    let filter: Value = value("filter").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let events = room.since(from, &filter["room"]["timeline"]["types"]);
    let next = room.events.len().to_string();
    let timeline = json!({"events": events, "limited": false, "prev_batch": from.to_string()});
    let joined = if events.is_empty() { json!({}) } else { json!({ROOM: {"timeline": timeline}}) };
    (200, json!({"next_batch": next, "rooms": {"join": joined}}))
}

fn send(heard: &mut Heard, kind: &str, transaction: &str, asked: &Asked) -> (u16, Value) {
    let content = &asked.body;
    let relation = &content["m.relates_to"];
    let target = relation["event_id"].as_str();
    let there = target.is_none_or(|id| heard.room.event(id).is_some());
    let whole = match kind {
        "m.room.message" => {
            content["msgtype"] == "m.text" && content["body"].is_string() && content["m.mentions"].is_object()
        }
        "m.reaction" => relation["rel_type"] == "m.annotation" && relation["key"].is_string(),
        _ => false,
    };
    if !heard.must(there, "the event is there", asked) || !heard.must(whole, "a whole event", asked) {
        return (400, unknown("M_BAD_JSON"));
    }
    let name = (kind.to_string(), transaction.to_string());
    let id = match heard.room.sent.get(&name) {
        Some(known) => known.clone(),
        None => heard.room.put(BOT, kind, content),
    };
    heard.room.sent.insert(name, id.clone());
    (200, json!({"event_id": id}))
}
