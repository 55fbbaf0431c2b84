//! A channel that is out of reach: since when, why, and whether that was said where cron mails it.

use crate::config::Channel;
use crate::domain::time::{HOUR, Timestamp};
use crate::http::{Fault, Kind, passes};
use crate::store::Store;
use crate::world::{Clock, Hearing};
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// What is done in a channel. Each goes wrong by itself: who may read there may be kept from writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Passing notices on.
    Tell,
    /// Reading what people say.
    Hear,
    /// Answering them.
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

/// `people/<channel>-cannot-<way>.json`: since when that is so, and whether it was said.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Unreached {
    version: u32,
    since: Timestamp,
    why: String,
    /// Whether that may pass by itself.
    pub passes: bool,
    /// Whether it was said.
    pub said: bool,
}

/// What to do about trouble with a channel.
#[derive(Clone, Copy, Debug)]
pub struct Hints {
    /// Where the server does not take our token.
    pub token: &'static str,
    /// Where it does not let us into the place, or knows none of that name.
    pub place: &'static str,
    /// Else.
    pub server: &'static str,
}

impl Hints {
    /// What to do about a fault.
    pub fn of(&self, fault: &Fault) -> &'static str {
        match fault.kind {
            Kind::Unauthorized => self.token,
            Kind::Forbidden | Kind::Missing | Kind::Refused(400) => self.place,
            _ => self.server,
        }
    }
}

/// What is known of how well a channel can be reached.
pub struct Reach {
    /// Where it is remembered.
    pub store: Store,
    /// Time.
    pub clock: Rc<dyn Clock>,
    /// The project's name.
    pub project: String,
    /// Which channel.
    pub channel: Channel,
    /// The room, chat or address, for people.
    pub place: String,
    /// What to do about trouble.
    pub hints: Hints,
    /// How that is said: as what cron mails.
    pub mail: fn(&str) -> Result<()>,
}

impl Reach {
    fn file(&self, way: Way) -> std::path::PathBuf {
        self.store.paths.unreached(self.channel.as_str(), way.name())
    }

    /// Whether a word was passed on; why not is noted, and then it has to wait.
    pub fn told(&self, done: Result<()>) -> Result<bool> {
        match done {
            Ok(()) => self.reached(Way::Tell).map(|()| true),
            Err(error) => self.noted(Way::Tell, error).map(|()| false),
        }
    }

    /// What was heard; none, and noted why, if that cannot be known now.
    pub fn heard(&self, found: Result<Hearing>) -> Result<Option<Hearing>> {
        match found {
            Ok(hearing) => self.reached(Way::Hear).map(|()| Some(hearing)),
            Err(error) => self.noted(Way::Hear, error).map(|()| None),
        }
    }

    /// Whether an answer is done with. What will never be possible is not waited for: the words themselves have arrived.
    pub fn answered(&self, done: Result<()>) -> Result<bool> {
        let Err(error) = done else { return self.reached(Way::Answer).map(|()| true) };
        let passes = passes(&error);
        self.noted(Way::Answer, error).map(|()| !passes)
    }

    /// Whether people can be told, as far as anybody knows: a server that does not answer is the tick's to wait for.
    pub fn is_prompt(&self) -> bool {
        self.known(Way::Tell).is_none()
    }

    /// It works.
    pub fn reached(&self, way: Way) -> Result<()> {
        let path = self.file(way);
        if self.store.files.read(&path)?.is_some() {
            self.store.files.remove(&path)?;
        }
        Ok(())
    }

    /// Notes that it does not, if a server is to blame; what is no fault of a server's is given back.
    fn noted(&self, way: Way, error: anyhow::Error) -> Result<()> {
        let Some(fault) = error.downcast_ref::<Fault>() else { return Err(error) };
        let why = format!("{fault}\n{}; what waits is done then", self.hints.of(fault));
        self.note(way, why, fault.passes())
    }

    /// Remembers since when it cannot be done, and why.
    pub fn note(&self, way: Way, why: String, passes: bool) -> Result<()> {
        let before = self.known(way);
        let now = self.clock.now();
        // A time that has not come yet was told by a clock that was wrong.
        let since = before.as_ref().map(|b| b.since).filter(|since| *since <= now).unwrap_or(now);
        let said = before.is_some_and(|b| b.said);
        self.store.write_json_soft(&self.file(way), &Unreached { version: 1, since, why, passes, said })
    }

    /// What is known of it; none: it works, as far as anybody knows.
    pub fn known(&self, way: Way) -> Option<Unreached> {
        // One that cannot be read is begun anew: people are told an hour later, not never.
        self.store.read_json(&self.file(way)).ok().flatten()
    }

    /// Says so once: when it has lasted an hour, or at once where it does not pass by itself.
    pub fn complain(&self) -> Result<()> {
        Way::ALL.into_iter().try_for_each(|way| self.complain_of(way))
    }

    fn complain_of(&self, way: Way) -> Result<()> {
        let Some(known) = self.known(way).filter(|known| !known.said) else { return Ok(()) };
        if known.passes && self.clock.now().since(known.since) < HOUR {
            return Ok(());
        }
        let (project, since, what, place) = (&self.project, known.since, way.words(), &self.place);
        (self.mail)(&format!("{project}: {what} in {place} since {since}: {}", known.why))?;
        self.store.write_json_soft(&self.file(way), &Unreached { said: true, ..known })
    }
}
