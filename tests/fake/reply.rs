//! Replies are those of a real server, recorded, with our values in their places: so their shape is a real one's.

use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::OnceLock;

const RECORDED: &str = include_str!("../forge/recorded/gitea-1.22.json");

/// A status, a body (none: empty) and headers.
pub struct Reply {
    pub status: u16,
    pub body: Option<Value>,
    pub headers: Vec<(&'static str, String)>,
}

impl Reply {
    pub fn of(status: u16, body: Value) -> Reply {
        Reply { status, body: Some(body), headers: vec![] }
    }

    pub fn empty(status: u16) -> Reply {
        Reply { status, body: None, headers: vec![] }
    }
}

/// The recorded body of a kind of reply; of a list its first row.
pub fn template(kind: &str) -> Value {
    static ALL: OnceLock<BTreeMap<String, Value>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let recorded: Value = serde_json::from_str(RECORDED).unwrap();
        let mut found = BTreeMap::new();
        for reply in recorded["replies"].as_array().unwrap() {
            if let Some(kind) = reply["kind"].as_str() {
                found.entry(kind.to_string()).or_insert_with(|| reply["body"].clone());
            }
        }
        found
    });
    let body = &all[kind];
    body.get(0).unwrap_or(body).clone()
}

/// A recorded refusal: its status and its words.
pub fn refusal(status: u16, message: &str) -> Reply {
    let mut body = template("own approval");
    body["message"] = message.into();
    Reply::of(status, body)
}

/// What is not there.
pub fn missing() -> Reply {
    Reply::of(404, template("issue missing"))
}
