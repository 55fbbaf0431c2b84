//! A room on a Matrix server: one thread an issue. What cannot be said now stays in the outbox and is said later, in
//! order; each word has a transaction id of its own, so that a retry is the same message.

mod content;
mod facts;
mod sync;

use super::trouble::{Hints, Reach};
use crate::config::{self, Channel};
use crate::domain::ids::IssueNo;
use crate::http::{Client, Fault, Method, quoted};
use crate::world::{Hearing, People, Said, Tidings};
use anyhow::Result;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::rc::Rc;

/// The room of a project.
pub struct Room {
    /// The server's API as our account.
    pub client: Rc<Client>,
    /// How well it can be reached.
    pub reach: Reach,
    /// The room's id.
    pub room: String,
    /// Our own user id, if it is given.
    pub me: Option<String>,
    /// Who is rung for when a person is needed and nobody of the ladder is.
    pub mention: Option<String>,
    /// The accounts of people, by name.
    pub people: config::People,
}

/// `people/threads/<issue>.json`: the message that the words about an issue are answers to.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Thread {
    version: u32,
    room: String,
    root: String,
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
        let id = format!("drover-{}-{id}", self.reach.project);
        let path = self.path(&format!("send/m.room.message/{}", quoted(&id)));
        let answer = self.client.order_or_fault(Method::Put, &path, Some(content))?;
        Ok(self.client.body::<Sent>(&path, &answer)?.event_id)
    }

    /// The thread of an issue, begun if there is none in this room.
    fn thread(&self, issue: IssueNo, title: &str) -> Result<String> {
        let path = self.reach.store.paths.thread(issue);
        let known: Option<Thread> = self.reach.store.read_json(&path)?;
        if let Some(thread) = known.filter(|thread| thread.room == self.room) {
            return Ok(thread.root);
        }
        let root = self.send(&format!("root-{issue}"), content::root(&self.reach.project, issue, title))?;
        let thread = Thread { version: 1, room: self.room.clone(), root };
        self.reach.store.write_json(&path, &thread)?;
        Ok(thread.root)
    }

    fn say(&self, word: &Tidings) -> Result<()> {
        let thread = match &word.about {
            Some((issue, title)) => Some(self.thread(*issue, title)?),
            None => None,
        };
        let named = word.to.as_deref().and_then(|name| self.people.account(Channel::Matrix, name));
        let mention = named.or(self.mention.as_deref()).filter(|_| word.kind.is_urgent());
        self.send(&word.key, content::notice(&self.reach.project, word, mention, thread.as_deref()))?;
        Ok(())
    }

    fn react(&self, said: &Said) -> Result<()> {
        let id = format!("drover-{}-took-{}", self.reach.project, said.id);
        let path = self.path(&format!("send/m.reaction/{}", quoted(&id)));
        self.client.order_or_fault(Method::Put, &path, Some(content::reaction(&said.id)))?;
        Ok(())
    }

    fn explain(&self, said: &Said, words: &str) -> Result<()> {
        let thread: Option<Thread> = match said.issue {
            Some(issue) => self.reach.store.read_json(&self.reach.store.paths.thread(issue))?,
            None => None,
        };
        let root = thread.map(|thread| thread.root);
        self.send(&format!("why-{}", said.id), content::word(words, None, root.as_deref()))?;
        Ok(())
    }
}

/// What to do about trouble with a room.
pub const HINTS: Hints = Hints {
    token: "put a valid token into MATRIX_TOKEN in <root>/.env, or name another source with matrix.token_env or matrix.token_file",
    place: "is matrix.room_id right, and is the token's account in that room and allowed to write?",
    server: "is matrix.homeserver right and the server up?",
};

impl People for Room {
    fn channel(&self) -> Channel {
        Channel::Matrix
    }

    fn hear(&self, wait: u64) -> Result<Option<Hearing>> {
        self.reach.heard(self.read(wait))
    }

    fn take_in(&self, hearing: &Hearing) -> Result<()> {
        self.read_until(&hearing.until)
    }

    fn acknowledge(&self, said: &Said, answer: Option<&str>) -> Result<bool> {
        self.reach.answered(match answer {
            None => self.react(said),
            Some(words) => self.explain(said, words),
        })
    }

    fn tell(&self, word: &Tidings) -> Result<bool> {
        self.reach.told(self.say(word))
    }

    fn is_prompt(&self) -> bool {
        self.reach.is_prompt()
    }

    fn complain(&self) -> Result<()> {
        self.reach.complain()
    }

    fn reach(&self) -> Result<String> {
        self.facts()
    }
}

#[cfg(test)]
#[path = "room_tests.rs"]
mod tests;
