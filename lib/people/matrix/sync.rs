//! Reading the room: what `/sync` gives, with what it left out. Client-server API, "Syncing".

use super::{Room, Thread, content};
use crate::config::Channel;
use crate::domain::command;
use crate::domain::ids::IssueNo;
use crate::http::{Fault, Kind, quoted};
use crate::world::{Hearing, Said};
use anyhow::Result;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Most events of one answer; what is more is read page by page.
const PAGE: u32 = 100;

/// What is listened for. That we have left the room is told only to whoever asks for memberships.
const HEARD: [&str; 3] = ["m.room.message", "m.reaction", "m.room.member"];

/// `people/heard.json`: up to where the room was read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Heard {
    version: u32,
    room: String,
    until: String,
}

#[derive(Deserialize)]
struct Answer {
    next_batch: String,
    #[serde(default)]
    rooms: Rooms,
}

#[derive(Default, Deserialize)]
struct Rooms {
    #[serde(default)]
    join: BTreeMap<String, Joined>,
    #[serde(default)]
    leave: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Joined {
    #[serde(default)]
    timeline: Timeline,
}

#[derive(Default, Deserialize)]
struct Timeline {
    #[serde(default)]
    events: Vec<Value>,
    /// Events before these are left out.
    #[serde(default)]
    limited: bool,
    prev_batch: Option<String>,
}

#[derive(Deserialize)]
struct Earlier {
    #[serde(default)]
    chunk: Vec<Value>,
    end: Option<String>,
}

impl Room {
    /// What was said in the threads of issues since the room was last read.
    pub(super) fn read(&self, wait: u64) -> Result<Hearing> {
        let mut since = self.heard()?;
        let answer = match self.sync(since.as_deref(), wait) {
            // A place that the server does not know (any more): from where it is now.
            Err(fault) if fault.kind == Kind::Refused(400) && since.is_some() => {
                since = None;
                self.sync(None, 0)?
            }
            answer => answer?,
        };
        // What is said where we are not is not news that there is none.
        if answer.rooms.leave.contains_key(&self.room) {
            return Err(self
                .client
                .refused("/_matrix/client/v3/sync", "our account is not in the room")
                .into());
        }
        let mut events = vec![];
        if let Some(joined) = answer.rooms.join.into_iter().find(|(room, _)| *room == self.room) {
            let timeline = joined.1.timeline;
            if let (true, Some(from), Some(since)) = (timeline.limited, &timeline.prev_batch, &since) {
                events.extend(self.left_out(from, since)?);
            }
            events.extend(timeline.events);
        }
        let threads = self.threads()?;
        let mut seen = BTreeSet::new();
        let mut said = vec![];
        for event in events.iter().filter(|event| is_new(event, &mut seen)) {
            said.extend(match event["type"] == "m.reaction" {
                true => self.verdict(event)?,
                false => said_in(event, &threads),
            });
        }
        Ok(Hearing { said, until: answer.next_batch, anew: since.is_none() })
    }

    /// A yes or no of one sign, where it is one to something that we have asked.
    fn verdict(&self, event: &Value) -> Result<Option<Said>, Fault> {
        let Some((target, said)) = sign(event).filter(|_| !is_ours(event)) else { return Ok(None) };
        // Nobody asks the server for each sign of a stranger.
        if self.people.maintainer_in(Channel::Matrix, &said.who).is_none() {
            return Ok(Some(said));
        }
        let asked: Option<Value> = self.client.read(&self.path(&format!("event/{}", quoted(target))))?;
        let Some(asked) = asked else { return Ok(None) };
        let Some((issue, key)) = content::asked(&self.reach.project, &asked["content"]) else {
            return Ok(None);
        };
        // Anybody may write a message that looks like ours.
        let ours = asked["sender"] == self.account()?;
        Ok(ours.then_some(Said { issue: Some(issue), to: Some(key), ..said }))
    }

    /// Up to where it was read.
    fn heard(&self) -> Result<Option<String>> {
        // One that cannot be read is begun anew: words are known by their names.
        let known: Option<Heard> = self.reach.store.read_json(&self.reach.store.paths.heard()).ok().flatten();
        Ok(known.filter(|heard| heard.room == self.room).map(|heard| heard.until))
    }

    /// Remembers it.
    pub(super) fn read_until(&self, until: &str) -> Result<()> {
        let heard = Heard { version: 1, room: self.room.clone(), until: until.into() };
        self.reach.store.write_json(&self.reach.store.paths.heard(), &heard)
    }

    fn sync(&self, since: Option<&str>, wait: u64) -> Result<Answer, Fault> {
        let none = json!({"types": []});
        let filter = json!({
            "presence": none, "account_data": none,
            "room": {
                "rooms": [self.room], "include_leave": true, "state": none, "ephemeral": none, "account_data": none,
                "timeline": {"limit": PAGE, "types": HEARD},
            },
        });
        let since = since.map(|token| format!("&since={}", quoted(token))).unwrap_or_default();
        let filter = quoted(&filter.to_string());
        self.client.must(&format!("/_matrix/client/v3/sync?timeout={}&filter={filter}{since}", wait * 1000))
    }

    /// What lies between the events of an answer and where the room was last read, oldest first.
    fn left_out(&self, from: &str, since: &str) -> Result<Vec<Value>, Fault> {
        let (mut events, mut from) = (vec![], from.to_string());
        // A listing that comes back to where it was has no end.
        let mut read = BTreeSet::new();
        while read.insert(from.clone()) {
            let query = format!("dir=b&limit={PAGE}&from={}&to={}", quoted(&from), quoted(since));
            let page: Earlier = self.client.must(&self.path(&format!("messages?{query}")))?;
            let done = page.chunk.is_empty();
            events.extend(page.chunk);
            match page.end.filter(|_| !done) {
                Some(end) => from = end,
                None => break,
            }
        }
        events.reverse();
        Ok(events)
    }

    /// The issue of each thread, by the event that it begins with.
    fn threads(&self) -> Result<BTreeMap<String, IssueNo>> {
        let folder = self.reach.store.paths.threads();
        let mut threads = BTreeMap::new();
        for name in self.reach.store.files.list(&folder)? {
            let Some(issue) = name.strip_suffix(".json").and_then(|n| n.parse().ok()) else { continue };
            let thread: Option<Thread> = self.reach.store.read_json(&folder.join(&name)).ok().flatten();
            threads.extend(thread.filter(|t| t.room == self.room).map(|t| (t.root, IssueNo(issue))));
        }
        Ok(threads)
    }
}

/// Words in the thread of an issue, or in no thread at all. What was changed afterwards counts as it was said at first, and what
/// was taken back not at all: neither comes so.
fn said_in(event: &Value, threads: &BTreeMap<String, IssueNo>) -> Option<Said> {
    let content = &event["content"];
    let relation = &content["m.relates_to"];
    let issue = match relation["rel_type"].as_str() {
        Some("m.thread") => Some(*threads.get(relation["event_id"].as_str()?)?),
        Some(_) => return None,
        None => None,
    };
    if is_ours(event) {
        return None;
    }
    // Notices are what bots say.
    if event["type"] != "m.room.message" || content["msgtype"] != "m.text" {
        return None;
    }
    let text = |value: &Value| value.as_str().map(str::to_string);
    let words = text(&content["body"]).filter(|body| !body.trim().is_empty())?;
    Some(Said { id: text(&event["event_id"])?, who: text(&event["sender"])?, issue, text: words, to: None })
}

/// A reaction that says yes or no, and the event that it is on.
fn sign(event: &Value) -> Option<(&str, Said)> {
    let relation = &event["content"]["m.relates_to"];
    let sign = relation["key"].as_str().filter(|sign| command::verdict(sign).is_some())?;
    let target = relation["event_id"].as_str().filter(|_| relation["rel_type"] == "m.annotation")?;
    let (id, who) = (event["event_id"].as_str()?.into(), event["sender"].as_str()?.into());
    Some((target, Said { id, who, issue: None, text: sign.into(), to: None }))
}

/// What our own account has sent comes back with the name that we gave it.
fn is_ours(event: &Value) -> bool {
    event["unsigned"]["transaction_id"].as_str().is_some_and(|id| id.starts_with("drover-"))
}

fn is_new(event: &Value, seen: &mut BTreeSet<String>) -> bool {
    event["event_id"].as_str().is_some_and(|id| seen.insert(id.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(content: Value) -> Value {
        json!({"type": "m.room.message", "event_id": "$e", "sender": "@maria:a", "content": content})
    }

    fn in_thread(root: &str, body: &str) -> Value {
        event(json!({
            "msgtype": "m.text", "body": body, "m.relates_to": {"rel_type": "m.thread", "event_id": root},
        }))
    }

    #[test]
    fn words_in_the_thread_of_an_issue_are_answers_and_nothing_else_is() {
        let threads = BTreeMap::from([("$r".to_string(), IssueNo(7))]);
        let heard = |event: &Value| said_in(event, &threads);
        let blue = Said {
            id: "$e".into(),
            who: "@maria:a".into(),
            issue: Some(IssueNo(7)),
            text: "Blue.".into(),
            to: None,
        };
        assert_eq!(heard(&in_thread("$r", "Blue.")), Some(blue.clone()));
        let aside = event(json!({"msgtype": "m.text", "body": "Blue."}));
        assert_eq!(heard(&aside), Some(Said { issue: None, ..blue }));
        let mut ours = in_thread("$r", "needs a person");
        ours["unsigned"] = json!({"transaction_id": "drover-p-1"});
        assert_eq!(heard(&ours), None);
        assert_eq!(heard(&in_thread("$other", "Blue.")), None);
        assert_eq!(heard(&in_thread("$r", " \n")), None);
        let edit = json!({
            "msgtype": "m.text", "body": "* Red.", "m.new_content": {"body": "Red."},
            "m.relates_to": {"rel_type": "m.replace", "event_id": "$e"},
        });
        for other in [edit, json!({}), json!(null), json!(7)] {
            assert_eq!(heard(&event(other.clone())), None, "{other}");
        }
        let mut notice = in_thread("$r", "Beep.");
        notice["content"]["msgtype"] = json!("m.notice");
        assert_eq!(heard(&notice), None);
        assert_eq!(heard(&json!("x")), None);
    }
}
