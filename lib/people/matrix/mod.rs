//! A room on a Matrix server: one thread an issue. What cannot be said now stays in the outbox and is said later, in
//! order; each word has a transaction id of its own, so that a retry is the same message.

mod content;
mod facts;
mod sync;

use super::mail::CronMail;
use crate::domain::ids::IssueNo;
use crate::domain::time::{HOUR, Timestamp};
use crate::http::{Client, Fault, Kind, Method, passes, quoted};
use crate::store::Store;
use crate::world::{Clock, Hearing, People, Said, Tidings};
use anyhow::Result;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::rc::Rc;

/// The room of a project.
pub struct Room {
    /// The server's API as our account.
    pub client: Rc<Client>,
    /// Where threads are remembered.
    pub store: Store,
    /// Time.
    pub clock: Rc<dyn Clock>,
    /// The project's name.
    pub project: String,
    /// The room's id.
    pub room: String,
    /// Our own user id, if it is given.
    pub me: Option<String>,
    /// Who is rung for when a person is needed.
    pub mention: Option<String>,
}

/// `people/threads/<issue>.json`: the message that the words about an issue are answers to.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Thread {
    version: u32,
    room: String,
    root: String,
}

/// What is done in the room. Each goes wrong by itself: who may read there may be kept from writing.
#[derive(Clone, Copy, Debug)]
enum Way {
    Tell,
    Hear,
    Answer,
}

impl Way {
    const ALL: [Way; 3] = [Way::Tell, Way::Hear, Way::Answer];

    fn name(self) -> &'static str {
        match self {
            Way::Tell => "tell",
            Way::Hear => "hear",
            Way::Answer => "answer",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Way::Tell => "nobody can be told",
            Way::Hear => "nobody can be heard",
            Way::Answer => "nobody can be answered",
        }
    }
}

/// `people/cannot-<way>.json`: since when that is so, and whether it was said.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Unreached {
    version: u32,
    since: Timestamp,
    why: String,
    /// Whether that may pass by itself.
    passes: bool,
    said: bool,
}

/// What a server gives back for a message.
#[derive(Deserialize)]
struct Sent {
    event_id: String,
}

impl Room {
    fn path(&self, rest: &str) -> String {
        format!("/_matrix/client/v3/rooms/{}/{rest}", quoted(&self.room))
    }

    /// Sends a message. A server takes one transaction id once: sent again it is the same message.
    fn send(&self, id: &str, content: Value) -> Result<String, Fault> {
        let id = format!("drover-{}-{id}", self.project);
        let path = self.path(&format!("send/m.room.message/{}", quoted(&id)));
        let answer = self.client.order_or_fault(Method::Put, &path, Some(content))?;
        Ok(self.client.body::<Sent>(&path, &answer)?.event_id)
    }

    /// The thread of an issue, begun if there is none in this room.
    fn thread(&self, issue: IssueNo, title: &str) -> Result<String> {
        let path = self.store.paths.thread(issue);
        let known: Option<Thread> = self.store.read_json(&path)?;
        if let Some(thread) = known.filter(|thread| thread.room == self.room) {
            return Ok(thread.root);
        }
        let root = self.send(&format!("root-{issue}"), content::root(&self.project, issue, title))?;
        let thread = Thread { version: 1, room: self.room.clone(), root };
        self.store.write_json(&path, &thread)?;
        Ok(thread.root)
    }

    fn say(&self, word: &Tidings) -> Result<()> {
        let thread = match &word.about {
            Some((issue, title)) => Some(self.thread(*issue, title)?),
            None => None,
        };
        let mention = self.mention.as_deref().filter(|_| word.urgent);
        self.send(&word.key, content::word(&word.text, mention, thread.as_deref()))?;
        Ok(())
    }

    fn react(&self, said: &Said) -> Result<()> {
        let id = format!("drover-{}-took-{}", self.project, said.id);
        let path = self.path(&format!("send/m.reaction/{}", quoted(&id)));
        self.client.order_or_fault(Method::Put, &path, Some(content::reaction(&said.id)))?;
        Ok(())
    }

    fn explain(&self, said: &Said, words: &str) -> Result<()> {
        let thread: Option<Thread> = match said.issue {
            Some(issue) => self.store.read_json(&self.store.paths.thread(issue))?,
            None => None,
        };
        let root = thread.map(|thread| thread.root);
        self.send(&format!("why-{}", said.id), content::word(words, None, root.as_deref()))?;
        Ok(())
    }

    fn reached(&self, way: Way) -> Result<()> {
        let path = self.store.paths.unreached(way.name());
        if self.store.files.read(&path)?.is_some() {
            self.store.files.remove(&path)?;
        }
        Ok(())
    }

    /// What is no fault of the server's is not noted but given back.
    fn noted(&self, way: Way, error: anyhow::Error) -> Result<()> {
        match error.downcast_ref::<Fault>() {
            Some(fault) => self.note(way, fault),
            None => Err(error),
        }
    }

    fn known(&self, way: Way) -> Option<Unreached> {
        // One that cannot be read is begun anew: people are told an hour later, not never.
        self.store.read_json(&self.store.paths.unreached(way.name())).ok().flatten()
    }

    /// Remembers since when it cannot be done, and why.
    fn note(&self, way: Way, fault: &Fault) -> Result<()> {
        let before = self.known(way);
        let now = self.clock.now();
        // A time that has not come yet was told by a clock that was wrong.
        let since = before.as_ref().map(|b| b.since).filter(|since| *since <= now).unwrap_or(now);
        let why = format!("{fault}\n{}; what waits is done then", hint(fault));
        let said = before.is_some_and(|b| b.said);
        let news = Unreached { version: 1, since, why, passes: fault.passes(), said };
        self.store.write_json_soft(&self.store.paths.unreached(way.name()), &news)
    }

    fn complain_of(&self, way: Way) -> Result<()> {
        let Some(known) = self.known(way).filter(|known| !known.said) else { return Ok(()) };
        if known.passes && self.clock.now().since(known.since) < HOUR {
            return Ok(());
        }
        let (project, room, since, what) = (&self.project, &self.room, known.since, way.words());
        CronMail.say(&format!("{project}: {what} in the room {room} since {since}: {}", known.why))?;
        let path = self.store.paths.unreached(way.name());
        self.store.write_json_soft(&path, &Unreached { said: true, ..known })
    }
}

/// What to do about it.
fn hint(fault: &Fault) -> &'static str {
    match fault.kind {
        Kind::Unauthorized => {
            "put a valid token into MATRIX_TOKEN in <root>/.env, or name another source with matrix.token_env or matrix.token_file"
        }
        Kind::Forbidden | Kind::Missing => {
            "is matrix.room_id right, and is the token's account in that room and allowed to write?"
        }
        _ => "is matrix.homeserver right and the server up?",
    }
}

impl People for Room {
    /// What goes wrong is noted, and the tick says so.
    fn hear(&self, wait: u64) -> Result<Option<Hearing>> {
        match self.read(wait) {
            Ok(hearing) => self.reached(Way::Hear).map(|()| Some(hearing)),
            Err(error) => self.noted(Way::Hear, error).map(|()| None),
        }
    }

    fn take_in(&self, hearing: &Hearing) -> Result<()> {
        self.read_until(&hearing.until)
    }

    fn acknowledge(&self, said: &Said, answer: Option<&str>) -> Result<bool> {
        let shown = match answer {
            None => self.react(said),
            Some(words) => self.explain(said, words),
        };
        let Err(error) = shown else { return self.reached(Way::Answer).map(|()| true) };
        // What will never be possible is not waited for: the words themselves have arrived.
        let passes = passes(&error);
        self.noted(Way::Answer, error).map(|()| !passes)
    }

    fn tell(&self, word: &Tidings) -> Result<bool> {
        match self.say(word) {
            Ok(()) => self.reached(Way::Tell).map(|()| true),
            Err(error) => self.noted(Way::Tell, error).map(|()| false),
        }
    }

    /// A server that does not answer is the tick's to wait for: everybody else goes on.
    fn is_prompt(&self) -> bool {
        self.known(Way::Tell).is_none()
    }

    /// When it has lasted an hour, or at once where it does not pass by itself.
    fn complain(&self) -> Result<()> {
        Way::ALL.into_iter().try_for_each(|way| self.complain_of(way))
    }

    fn reach(&self) -> Result<String> {
        self.facts()
    }
}

#[cfg(test)]
#[path = "room_tests.rs"]
mod tests;
