//! Servers that messages are sent to: Telegram's Bot API, a Matrix room, ntfy, and a webhook of somebody's own. Each
//! request is checked against what is published of them (core.telegram.org/bots/api, docs.ntfy.sh/publish, docs/people.md);
//! what breaks a rule is refused as the server would, and remembered.

pub mod matrix;

use ring::hmac;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// The bot's token, and what notices are signed with.
pub const TOKEN: &str = "99:aToken-of-a-bot";
pub const SECRET: &str = "a secret of a webhook";

/// The chat of the bot.
pub const CHAT: i64 = -1001;

/// Below it a Matrix server is asked.
const MATRIX: &str = "/_matrix/client/v3/";

/// What has come to the servers.
#[derive(Default)]
pub struct Heard {
    /// Telegram: the bot's messages, and those of people, by number.
    pub messages: Vec<Value>,
    /// What the bot put on messages: number and sign.
    pub reactions: Vec<(i64, String)>,
    /// The room of the Matrix server.
    pub room: matrix::Room,
    /// ntfy: what was published.
    pub published: Vec<Value>,
    /// The webhook: what was posted.
    pub posted: Vec<Value>,
    /// Rules that were broken.
    pub broken: Vec<String>,
    /// So many requests are refused for now.
    pub busy: u32,
    /// Nothing is answered but errors of the server.
    pub down: bool,
    updates: Vec<(i64, Value)>,
    next: i64,
}

/// The servers, on one port of loopback.
pub struct Messengers {
    pub url: String,
    pub heard: Arc<Mutex<Heard>>,
    server: Arc<tiny_http::Server>,
    thread: Option<JoinHandle<()>>,
}

struct Asked {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    raw: Vec<u8>,
    body: Value,
    signature: Option<String>,
    bearer: Option<String>,
}

impl Messengers {
    pub fn start() -> Messengers {
        let server = Arc::new(tiny_http::Server::http("127.0.0.1:0").unwrap());
        let url = format!("http://{}", server.server_addr().to_ip().unwrap());
        let heard: Arc<Mutex<Heard>> = Arc::default();
        let (serving, listening) = (Arc::clone(&server), Arc::clone(&heard));
        let thread = std::thread::spawn(move || {
            for request in serving.incoming_requests() {
                answered(&listening, request);
            }
        });
        Messengers { url, heard, server, thread: Some(thread) }
    }

    /// Somebody writes in the chat, in answer to a message of that number if one is given.
    pub fn says(&self, who: u64, text: &str, to: Option<i64>) {
        self.heard.lock().unwrap().says(who, text, to);
    }

    /// The bot's messages: number and text.
    pub fn of_bot(&self) -> Vec<(i64, String)> {
        self.heard.lock().unwrap().of_bot()
    }

    pub fn broken(&self) -> Vec<String> {
        self.heard.lock().unwrap().broken.clone()
    }
}

impl Drop for Messengers {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Heard {
    /// Somebody writes in the chat.
    pub fn says(&mut self, who: u64, text: &str, to: Option<i64>) {
        let number = self.number();
        let mut message = json!({
            "message_id": number, "date": 1_795_000_000, "text": text,
            "chat": {"id": CHAT, "type": "supergroup"}, "from": {"id": who, "is_bot": false, "first_name": "x"},
        });
        if let Some(to) = to {
            let original = self.messages.iter().find(|m| m["message_id"] == to).unwrap().clone();
            message["reply_to_message"] = original;
        }
        self.messages.push(message.clone());
        let update = self.number();
        self.updates.push((update, message));
    }

    /// The bot's messages: number and text.
    pub fn of_bot(&self) -> Vec<(i64, String)> {
        let of_bot = self.messages.iter().filter(|m| m["from"]["is_bot"] == true);
        of_bot.map(|m| (m["message_id"].as_i64().unwrap(), m["text"].as_str().unwrap().into())).collect()
    }

    /// The answer to a request: its method, what it asks for, its body, and who asks.
    pub fn asked(
        &mut self,
        (method, target): (&str, &str),
        raw: Vec<u8>,
        signature: Option<String>,
        bearer: Option<String>,
    ) -> (u16, Value) {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (name.to_string(), plain(value))
        };
        let query = query.split('&').filter(|p| !p.is_empty()).map(pair).collect();
        let body = serde_json::from_slice(&raw).unwrap_or(Value::Null);
        answer(self, &Asked { method: method.into(), path: path.into(), query, raw, body, signature, bearer })
    }

    fn number(&mut self) -> i64 {
        self.next += 1;
        self.next
    }

    fn must(&mut self, holds: bool, rule: &str, asked: &Asked) -> bool {
        if !holds {
            self.broken.push(format!("{rule}: {} {}", asked.path, asked.body));
        }
        holds
    }
}

fn answered(heard: &Mutex<Heard>, mut request: tiny_http::Request) {
    let mut raw = vec![];
    drop(request.as_reader().read_to_end(&mut raw));
    let header = |name: &'static str| {
        let found = request.headers().iter().find(|h| h.field.equiv(name));
        found.map(|h| h.value.as_str().to_string())
    };
    let signature = header("X-Drover-Signature");
    let bearer = header("Authorization").and_then(|value| Some(value.strip_prefix("Bearer ")?.to_string()));
    let (method, target) = (request.method().to_string(), request.url().to_string());
    let (status, body) = heard.lock().unwrap().asked((&method, &target), raw, signature, bearer);
    let response = tiny_http::Response::from_string(body.to_string()).with_status_code(status);
    drop(request.respond(response));
}

/// A value of a query, as it was meant.
fn plain(value: &str) -> String {
    let mut out = vec![];
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let hex: Vec<u8> = bytes.by_ref().take(2).collect();
                out.push(u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap());
            }
            byte => out.push(byte),
        }
    }
    String::from_utf8(out).unwrap()
}

fn answer(heard: &mut Heard, asked: &Asked) -> (u16, Value) {
    if heard.down {
        return (502, json!({"description": "Bad Gateway"}));
    }
    if heard.busy > 0 {
        heard.busy -= 1;
        let pause = json!({"retry_after": 7});
        return (
            429,
            json!({"ok": false, "error_code": 429, "description": "Too Many Requests", "parameters": pause}),
        );
    }
    match asked.path.as_str() {
        "/" => publish(heard, asked),
        "/hook" => post(heard, asked),
        path if path.starts_with(MATRIX) => matrix::answer(heard, &path[MATRIX.len()..], asked),
        path => match path.strip_prefix("/bot").and_then(|rest| rest.split_once('/')) {
            Some((TOKEN, method)) => bot(heard, method, asked),
            _ => (401, json!({"ok": false, "error_code": 401, "description": "Unauthorized"})),
        },
    }
}

fn bot(heard: &mut Heard, method: &str, asked: &Asked) -> (u16, Value) {
    let done = match method {
        "getMe" => Some(json!({"id": 99, "is_bot": true, "username": "drover_bot"})),
        "getWebhookInfo" => Some(json!({"url": ""})),
        "getChat" => {
            let ours =
                asked.query.iter().any(|(name, value)| name == "chat_id" && *value == CHAT.to_string());
            ours.then(|| json!({"id": CHAT, "type": "supergroup", "title": "Night shift"}))
        }
        "getUpdates" => updates(heard, asked),
        "sendMessage" => send(heard, asked),
        "setMessageReaction" => react(heard, asked),
        _ => None,
    };
    match done {
        Some(result) => (200, json!({"ok": true, "result": result})),
        None => (400, json!({"ok": false, "error_code": 400, "description": "Bad Request"})),
    }
}

fn is_chat(asked: &Asked) -> bool {
    asked.body["chat_id"] == CHAT || asked.body["chat_id"] == CHAT.to_string().as_str()
}

fn units(text: &str) -> u64 {
    text.encode_utf16().count() as u64
}

fn send(heard: &mut Heard, asked: &Asked) -> Option<Value> {
    let text = asked.body["text"].as_str().unwrap_or("");
    let ends = |e: &Value| {
        let end = e["offset"].as_u64().unwrap_or(u64::MAX).saturating_add(e["length"].as_u64().unwrap_or(0));
        e["type"] == "text_mention" && e["user"]["id"].is_u64() && end <= units(text)
    };
    let entities = asked.body["entities"].as_array().cloned().unwrap_or_default();
    let sound = heard.must(is_chat(asked), "the chat is known", asked)
        && heard.must((1..=4096).contains(&units(text)), "1 to 4096 characters", asked)
        && heard.must(entities.iter().all(ends), "entities lie in the text", asked);
    if !sound {
        return None;
    }
    let number = heard.number();
    let message = json!({
        "message_id": number, "date": 1_795_000_000, "text": text, "entities": entities,
        "chat": {"id": CHAT}, "from": {"id": 99, "is_bot": true}, "to": asked.body["reply_parameters"]["message_id"],
        "silent": asked.body["disable_notification"],
    });
    heard.messages.push(message.clone());
    Some(message)
}

fn react(heard: &mut Heard, asked: &Asked) -> Option<Value> {
    let number = asked.body["message_id"].as_i64().unwrap_or(0);
    let there = heard.messages.iter().any(|m| m["message_id"] == number);
    let sign = asked.body["reaction"][0]["emoji"].as_str().unwrap_or("").to_string();
    // The signs that a bot may set are listed under ReactionTypeEmoji; a tick is not among them.
    let sound = heard.must(is_chat(asked), "the chat is known", asked)
        && heard.must(there, "the message is there", asked)
        && heard.must(
            ["\u{1f44d}", "\u{1f44e}", "\u{1f440}"].contains(&sign.as_str()),
            "a sign that bots may set",
            asked,
        );
    heard.reactions.extend(sound.then_some((number, sign)));
    sound.then(|| json!(true))
}

/// Those from `offset` on; what lies before is forgotten.
fn updates(heard: &mut Heard, asked: &Asked) -> Option<Value> {
    let value = |name: &str| asked.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
    let number = |name: &str| value(name).map(|text| text.parse::<i64>());
    let (offset, timeout) = (number("offset"), number("timeout"));
    let allowed: Option<Vec<String>> =
        value("allowed_updates").and_then(|text| serde_json::from_str(&text).ok());
    let sound = heard.must(!matches!(offset, Some(Err(_))), "offset is a number", asked)
        && heard.must(matches!(timeout, None | Some(Ok(0..=50))), "timeout of at most 50 s", asked)
        && heard.must(allowed.is_some(), "allowed_updates is a list", asked);
    if !sound {
        return None;
    }
    if let Some(Ok(offset)) = offset {
        heard.updates.retain(|(id, _)| *id >= offset);
    }
    let rows = heard.updates.iter().take(100);
    Some(rows.map(|(id, message)| json!({"update_id": id, "message": message})).collect())
}

fn publish(heard: &mut Heard, asked: &Asked) -> (u16, Value) {
    let body = &asked.body;
    let topic = body["topic"].as_str().unwrap_or("");
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let message = body["message"].as_str().unwrap_or("");
    let sound = heard.must((1..=64).contains(&topic.len()) && topic.bytes().all(plain), "a topic", asked)
        && heard.must((1..=4096).contains(&message.len()), "1 to 4096 bytes", asked)
        && heard.must(body["priority"].as_u64().is_some_and(|p| (1..=5).contains(&p)), "a priority", asked)
        && heard.must(body["tags"].as_array().is_some_and(|t| t.iter().all(Value::is_string)), "tags", asked);
    if !sound {
        return (400, json!({"code": 40001, "http": 400, "error": "invalid request"}));
    }
    heard.published.push(body.clone());
    (200, json!({"id": "x", "event": "message"}))
}

fn post(heard: &mut Heard, asked: &Asked) -> (u16, Value) {
    let hex = asked.signature.as_deref().and_then(|s| s.strip_prefix("sha256=")).unwrap_or("");
    let byte = |at: usize| u8::from_str_radix(hex.get(at..at + 2).unwrap_or("x"), 16).ok();
    let tag: Vec<u8> = (0..hex.len()).step_by(2).filter_map(byte).collect();
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signed = hmac::verify(&key, &asked.raw, &tag).is_ok();
    let b = &asked.body;
    let whole =
        b["version"] == 1 && b["key"].is_string() && b["project"].is_string() && b["urgent"].is_boolean();
    if !heard.must(signed, "signed", asked) || !heard.must(whole, "whole", asked) {
        return (400, Value::Null);
    }
    heard.posted.push(b.clone());
    (204, Value::Null)
}
