//! The channels of a project, made of what its file says of them.

use super::servers::{bearer, client};
use crate::config::{Channel, Project};
use crate::domain::policy::Policy;
use crate::http::Credentials;
use crate::people::comments::{self, Comments};
use crate::people::mail::CronMail;
use crate::people::matrix::{self, Room};
use crate::people::post::{Form, Post};
use crate::people::program::Program;
use crate::people::telegram::{self, Chat};
use crate::people::trouble::{Hints, Reach};
use crate::store::Store;
use crate::world::{Clock, Forge, People};
use std::rc::Rc;

/// What to do about trouble with a server that takes notices.
const POST_HINTS: Hints = Hints {
    token: "does the server want another token? NTFY_TOKEN, or WEBHOOK_SECRET, in <root>/.env",
    place: "is the address right, and may notices be posted there?",
    server: "is the address right and the server up?",
};

/// What to do about trouble with a program.
const PROGRAM_HINTS: Hints = Hints { token: "", place: "", server: "" };

/// What all channels are made of.
pub struct Made<'a> {
    /// The project.
    pub project: &'a Project,
    /// Its files.
    pub store: &'a Store,
    /// Time.
    pub clock: &'a Rc<dyn Clock>,
    /// Its forge.
    pub forge: &'a Rc<dyn Forge>,
    /// Its rules.
    pub policy: &'a Policy,
}

impl Made<'_> {
    /// How people are reached, in the order of `people.channels`.
    pub fn channels(&self) -> Vec<Box<dyn People>> {
        self.project.people.channels.iter().filter_map(|channel| self.channel(*channel)).collect()
    }

    /// One of them; none if it is not set up, which the project's file was refused for.
    fn channel(&self, channel: Channel) -> Option<Box<dyn People>> {
        let m = &self.project.messengers;
        Some(match channel {
            Channel::Mail => Box::new(CronMail),
            Channel::Matrix => Box::new(self.room()?),
            Channel::Telegram => Box::new(self.chat()?),
            Channel::Ntfy => {
                let credentials = m.ntfy_token.as_ref().map_or(Credentials::None, bearer);
                let form = Form::Ntfy(m.ntfy_topic.clone()?);
                Box::new(self.post(channel, &m.ntfy_server, credentials, form))
            }
            Channel::Webhook => {
                let secret = m.webhook_secret.as_ref()?.expose().as_bytes().to_vec();
                let url = m.webhook_url.as_ref()?;
                Box::new(self.post(channel, url, Credentials::Signature(secret), Form::Signed))
            }
            Channel::Command => Box::new(Program {
                reach: self.reach(channel, "the program of people.command", PROGRAM_HINTS),
                command: m.command.clone()?,
                folder: self.project.root.config.clone(),
            }),
            Channel::Forge => Box::new(Comments {
                reach: self.reach(channel, "comments on issues", comments::HINTS),
                forge: Rc::clone(self.forge),
                me: self.policy.me.clone(),
                people: self.project.people.clone(),
                trusted: self
                    .policy
                    .trusted
                    .iter()
                    .filter(|t| !self.project.bots.contains(t))
                    .cloned()
                    .collect(),
            }),
        })
    }

    fn reach(&self, channel: Channel, place: &str, hints: Hints) -> Reach {
        Reach {
            store: self.store.clone(),
            clock: Rc::clone(self.clock),
            project: self.project.name.clone(),
            channel,
            place: place.into(),
            hints,
            mail: |words| CronMail.say(words),
        }
    }

    fn room(&self) -> Option<Room> {
        let matrix = &self.project.matrix;
        let (room, token) = (matrix.room_id.clone()?, matrix.token.as_ref()?);
        Some(Room {
            client: client(self.project, &matrix.homeserver, bearer(token), self.store, self.clock),
            reach: self.reach(Channel::Matrix, &format!("the room {room}"), matrix::HINTS),
            room,
            me: matrix.bot_user.clone(),
            mention: matrix.mention_user.clone(),
            people: self.project.people.clone(),
        })
    }

    fn chat(&self) -> Option<Chat> {
        let m = &self.project.messengers;
        let (chat, token) = (m.telegram_chat.clone()?, m.telegram_token.as_ref()?.expose());
        let credentials = Credentials::Path(format!("/bot{token}"));
        Some(Chat {
            client: client(self.project, &m.telegram_server, credentials, self.store, self.clock),
            reach: self.reach(Channel::Telegram, &format!("the Telegram chat {chat}"), telegram::HINTS),
            chat,
            me: token.split(':').next().and_then(|id| id.parse().ok()),
            people: self.project.people.clone(),
        })
    }

    fn post(&self, channel: Channel, url: &str, credentials: Credentials, form: Form) -> Post {
        Post {
            client: client(self.project, url, credentials, self.store, self.clock),
            reach: self.reach(channel, url, POST_HINTS),
            form,
        }
    }
}
