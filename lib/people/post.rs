//! Notices as requests to a server: a signed JSON body for one of the user's own, or a message of ntfy.

use super::payload::payload;
use super::trouble::Reach;
use crate::config::Channel;
use crate::http::{Client, Method};
use crate::world::{People, Tidings};
use anyhow::Result;
use serde_json::{Value, json};
use std::rc::Rc;

/// Most bytes of an ntfy message: what is longer the server makes an attachment of (docs.ntfy.sh, "Limitations").
const LONGEST: usize = 3800;

/// What is sent.
pub enum Form {
    /// Our own JSON, which the wire signs.
    Signed,
    /// A message for this topic (docs.ntfy.sh, "Publish as JSON").
    Ntfy(String),
}

/// `[webhook]` or `[ntfy]`.
pub struct Post {
    /// How well it works.
    pub reach: Reach,
    /// The server.
    pub client: Rc<Client>,
    /// What is sent.
    pub form: Form,
}

impl Post {
    fn send(&self, word: &Tidings) -> Result<()> {
        let body = match &self.form {
            Form::Signed => payload(&self.reach.project, word),
            Form::Ntfy(topic) => message(&self.reach.project, topic, word),
        };
        let path = if matches!(self.form, Form::Signed) { "" } else { "/" };
        self.client.order_or_fault(Method::Post, path, Some(body))?;
        Ok(())
    }
}

fn message(project: &str, topic: &str, word: &Tidings) -> Value {
    let title = match &word.about {
        Some((issue, title)) => format!("{project} #{issue} {title}"),
        None => project.to_string(),
    };
    let mut cut = word.text.len().min(LONGEST);
    while !word.text.is_char_boundary(cut) {
        cut -= 1;
    }
    let mut message = json!({
        "topic": topic,
        "title": title,
        "message": &word.text[..cut],
        "priority": if word.kind.is_urgent() { 4 } else { 3 },
        "tags": [word.kind.name()],
    });
    if let Some(link) = word.links.last() {
        message["click"] = link.as_str().into();
    }
    message
}

impl People for Post {
    fn channel(&self) -> Channel {
        self.reach.channel
    }

    fn tell(&self, word: &Tidings) -> Result<bool> {
        self.reach.told(self.send(word))
    }

    fn is_prompt(&self) -> bool {
        self.reach.is_prompt()
    }

    fn complain(&self) -> Result<()> {
        self.reach.complain()
    }

    /// Nothing is sent for this: nobody is to be told anything.
    fn reach(&self) -> Result<String> {
        Ok(match &self.form {
            Form::Signed => format!("signed requests to {}", self.reach.place),
            Form::Ntfy(topic) => format!("the topic {topic} of {}", self.reach.place),
        })
    }
}
