//! A room as somebody in it sees it.

use crate::synapse::Account;
use drover::http::{Method, quoted};
use serde_json::Value;

/// What was said in the room by others, in order.
pub fn said(reader: &Account, room: &str) -> Vec<Value> {
    let path = format!("rooms/{}/messages?dir=b&limit=1000", quoted(room));
    let page = reader.asks(Method::Get, &path, None);
    let mut events = page["chunk"].as_array().unwrap_or_else(|| panic!("{page}")).clone();
    events.retain(|event| event["type"] == "m.room.message" && event["sender"] != reader.id.as_str());
    events.reverse();
    events
}

/// The texts of these.
pub fn texts(events: &[Value]) -> Vec<String> {
    events.iter().map(|event| event["content"]["body"].as_str().unwrap().to_string()).collect()
}
