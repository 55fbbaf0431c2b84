//! Channels that know no names for what they are given: a chat on Telegram, ntfy and a webhook, with drover's own adapters
//! before the servers of the suite. What goes wrong goes wrong at single requests, as with a forge over HTTP.

use super::core::Core;
use super::host::Host;
use super::messengers::{CHAT, Heard, SECRET, TOKEN};
use drover::config::Channel;
use drover::domain::ids::IssueNo;
use drover::http::{Client, NoAnswer, Request, Response, Wire};
use drover::people::post::{Form, Post};
use drover::people::telegram::{self, Chat};
use drover::people::trouble::{Hints, Reach};
use drover::store::Store;
use drover::world::{Clock, People};
use ring::hmac;
use std::cell::RefCell;
use std::rc::Rc;

/// Maria's account, and a stranger's.
const MARIA: u64 = 42;
const STRANGER: u64 = 77;

const HINTS: Hints = Hints { token: "", place: "", server: "" };

/// The servers of a host.
#[derive(Default)]
pub struct Posts {
    pub heard: RefCell<Heard>,
}

/// Somebody's words in the chat.
pub struct Words {
    pub number: i64,
    pub is_maria: bool,
    pub text: String,
    /// Whether they are an answer to the bot.
    pub answers: bool,
}

impl Posts {
    /// Somebody answers a message of the bot, or says something beside them.
    pub fn says(&self, core: &Core, issue: IssueNo, words: &str) {
        let aside = &core.aside;
        let mut heard = self.heard.borrow_mut();
        let about = format!("#{issue} ");
        let of_issue: Vec<i64> = heard
            .of_bot()
            .into_iter()
            .filter(|(_, t)| t.contains(&about))
            .map(|(number, _)| number)
            .collect();
        let to = aside.pick(&of_issue).copied().filter(|_| aside.chance(800));
        let who = if aside.chance(700) { MARIA } else { STRANGER };
        core.say(|| format!("{who} says {words:?} in the chat, to {to:?}"));
        heard.says(who, words, to);
    }

    /// What people have said.
    pub fn said(&self) -> Vec<Words> {
        let heard = self.heard.borrow();
        let of_people = heard.messages.iter().filter(|m| m["from"]["is_bot"] != true);
        let words = |m: &serde_json::Value| Words {
            number: m["message_id"].as_i64().unwrap(),
            is_maria: m["from"]["id"] == MARIA,
            text: m["text"].as_str().unwrap().into(),
            answers: m["reply_to_message"].is_object(),
        };
        of_people.map(words).collect()
    }

    /// How many answers the bot has given to words of this number.
    pub fn answers_to(&self, number: i64) -> usize {
        let heard = self.heard.borrow();
        heard.messages.iter().filter(|m| m["to"] == number && m["from"]["is_bot"] == true).count()
    }

    /// Keys of the notices that a webhook was given, each as often as it was.
    pub fn posted(&self) -> Vec<String> {
        let heard = self.heard.borrow();
        let key = |p: &serde_json::Value| p["key"].as_str().unwrap().split_once(':').unwrap().1.to_string();
        heard.posted.iter().map(key).collect()
    }

    /// The channels, as one of our processes uses them.
    pub fn channels(
        self: &Rc<Self>,
        host: &Host,
        store: &Store,
        clock: &Rc<dyn Clock>,
    ) -> Vec<Box<dyn People>> {
        let project = &host.setting.project;
        let reach = |channel: Channel, hints: Hints| Reach {
            store: store.clone(),
            clock: clock.clone(),
            project: project.name.clone(),
            channel,
            place: channel.as_str().into(),
            hints,
            mail: |_| Ok(()),
        };
        let client = |prefix: &str, signed: bool| {
            let wire =
                PostWire { core: host.core.clone(), posts: self.clone(), prefix: prefix.into(), signed };
            Rc::new(Client::new(Rc::new(wire), store.clone(), clock.clone(), 10_000))
        };
        let post = |channel, form, client| Post { reach: reach(channel, HINTS), client, form };
        vec![
            Box::new(Chat {
                reach: reach(Channel::Telegram, telegram::HINTS),
                client: client(&format!("/bot{TOKEN}"), false),
                chat: CHAT.to_string(),
                me: TOKEN.split(':').next().unwrap().parse().ok(),
                people: project.people.clone(),
            }),
            Box::new(post(Channel::Ntfy, Form::Ntfy("night".into()), client("", false))),
            Box::new(post(Channel::Webhook, Form::Signed, client("/hook", true))),
        ]
    }
}

struct PostWire {
    core: Rc<Core>,
    posts: Rc<Posts>,
    /// What the real wire puts before each path.
    prefix: String,
    signed: bool,
}

impl Wire for PostWire {
    fn send(&self, request: &Request) -> Result<Response, NoAnswer> {
        let (core, rates) = (&self.core, self.core.rates.get());
        core.calls.set(core.calls.get() + 1);
        core.pause();
        if core.rng.chance(rates.refused) {
            return Err(NoAnswer("connection refused".into()));
        }
        let raw = request.body.as_ref().map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let hex = |tag: &[u8]| tag.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let signature = self.signed.then(|| format!("sha256={}", hex(hmac::sign(&key, &raw).as_ref())));
        let target = format!("{}{}", self.prefix, request.path);
        let asked = (request.method.as_str(), target.as_str());
        let (status, body) = self.posts.heard.borrow_mut().asked(asked, raw, signature, None);
        core.changed();
        core.note(&target);
        core.say(|| format!("{} {target}: {status}", request.method.as_str()));
        core.pause();
        if core.rng.chance(rates.lost) {
            return Err(NoAnswer("the connection was closed".into()));
        }
        Ok(Response { status, headers: vec![], body: body.to_string().into_bytes() })
    }

    fn address(&self) -> &str {
        "https://messengers.test"
    }
}
