//! Messages on disk: `messages/NNNN.json`, in the order in which they were queued.

use super::Store;
use crate::domain::ids::{IssueNo, Sha};
use crate::domain::message::{Message, MessageKind, MessageState};
use crate::domain::time::Timestamp;
use anyhow::Result;
use std::path::PathBuf;

/// A message and its file.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Where it lies.
    pub path: PathBuf,
    /// What it says.
    pub message: Message,
}

/// A message to be queued.
#[derive(Clone, Debug)]
pub struct NewMessage<'a> {
    /// What makes it the same message.
    pub key: &'a str,
    /// What it is about.
    pub kind: MessageKind,
    /// The head it speaks of.
    pub about: Option<&'a Sha>,
    /// Its text.
    pub text: &'a str,
    /// Now.
    pub now: Timestamp,
}

impl Store {
    /// All messages of a run that can be read, oldest first.
    pub fn messages(&self, issue: IssueNo) -> Result<Vec<Stored>> {
        let folder = self.paths.run(issue).messages();
        let mut all = Vec::new();
        for name in self.files.list(&folder)?.iter().filter(|n| n.ends_with(".json")) {
            let path = folder.join(name);
            if let Ok(Some(message)) = self.read_json::<Message>(&path) {
                all.push(Stored { path, message });
            }
        }
        Ok(all)
    }

    /// Queues a message unless one with its key was queued before. Only the holder of the run's lock may.
    pub fn queue(&self, issue: IssueNo, new: &NewMessage<'_>) -> Result<bool> {
        let all = self.messages(issue)?;
        if all.iter().any(|s| s.message.key == new.key) {
            return Ok(false);
        }
        let folder = self.paths.run(issue).messages();
        let names = self.files.list(&folder)?;
        let last =
            names.iter().filter_map(|n| n.strip_suffix(".json")?.parse::<u32>().ok()).max().unwrap_or(0);
        let message = Message {
            version: 1,
            key: new.key.into(),
            kind: new.kind,
            about: new.about.cloned(),
            text: new.text.into(),
            queued: new.now,
            state: MessageState::Queued,
            rest: Default::default(),
        };
        self.write_json(&folder.join(format!("{:04}.json", last + 1)), &message)?;
        Ok(true)
    }

    /// Writes how far a message has come.
    pub fn mark(&self, stored: &Stored, state: MessageState) -> Result<()> {
        let message = Message { state, ..stored.message.clone() };
        self.write_json(&stored.path, &message)
    }
}
