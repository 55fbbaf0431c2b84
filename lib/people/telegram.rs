//! A chat with a bot on Telegram (core.telegram.org/bots/api). An answer is a reply to what the bot said; a bot takes
//! its updates for one project only.

use super::trouble::{Hints, Reach};
use crate::config::{self, Channel};
use crate::domain::ids::IssueNo;
use crate::domain::notice::NoticeKind;
use crate::http::{Client, Method, query};
use crate::world::{Hearing, People, Said, Tidings};
use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::rc::Rc;

/// Most characters of a message, which the API counts in UTF-16 units: 4096, and some for whom it is for.
const LONGEST: usize = 4000;

/// What to do about trouble with a chat.
pub const HINTS: Hints = Hints {
    token: "put the bot's token into TELEGRAM_TOKEN in <root>/.env, or name another source with telegram.token_env or telegram.token_file",
    place: "is telegram.chat_id right, and is the bot in that chat and allowed to write?",
    server: "is telegram.server right and up, and does nobody else take this bot's updates?",
};

/// The chat of a project.
pub struct Chat {
    /// How well it can be reached.
    pub reach: Reach,
    /// The API as our bot.
    pub client: Rc<Client>,
    /// The chat: a number, or `@name`.
    pub chat: String,
    /// The bot's own number: what stands before the colon of its token.
    pub me: Option<u64>,
    /// The accounts of people, by name.
    pub people: config::People,
}

/// `people/telegram.json`: the update that comes next.
#[derive(Debug, Serialize, Deserialize)]
struct Heard {
    version: u32,
    next: i64,
}

#[derive(Deserialize)]
struct Answer<T> {
    result: T,
}

#[derive(Deserialize)]
struct Update {
    update_id: i64,
    #[serde(default)]
    message: Value,
}

impl Chat {
    fn heard(&self) -> Option<i64> {
        // One that cannot be read is begun anew: the server knows what was taken.
        let known: Option<Heard> = self.reach.store.read_json(&self.reach.store.paths.chat()).ok().flatten();
        known.map(|heard| heard.next)
    }

    fn send(&self, word: &Tidings) -> Result<()> {
        self.client.order_or_fault(Method::Post, "/sendMessage", Some(self.message(word)))?;
        Ok(())
    }

    fn message(&self, word: &Tidings) -> Value {
        let answerable =
            matches!(word.kind, NoticeKind::Escalation | NoticeKind::Question | NoticeKind::Reminder);
        let how = (answerable && word.about.is_some()).then_some("Reply to this message to answer.");
        let links: &[String] = if word.kind.is_urgent() { &word.links } else { &[] };
        let lines: Vec<&str> =
            [word.text.as_str()].into_iter().chain(links.iter().map(String::as_str)).chain(how).collect();
        let text: String = lines.join("\n").chars().take(LONGEST / 2).collect();
        let mut message = json!({
            "chat_id": self.chat,
            "text": text,
            "disable_notification": !word.kind.is_urgent(),
            "link_preview_options": {"is_disabled": true},
        });
        let named = word.to.as_deref().filter(|_| word.kind.is_urgent());
        let account =
            named.and_then(|name| self.people.account(Channel::Telegram, name)?.parse::<u64>().ok());
        if let (Some(name), Some(id)) = (named, account) {
            message["text"] = format!("{name}: {text}").into();
            let length = name.encode_utf16().count();
            message["entities"] = json!([{"type": "text_mention", "offset": 0, "length": length, "user": {"id": id, "is_bot": false, "first_name": name}}]);
        }
        message
    }

    fn updates(&self, wait: u64) -> Result<Hearing> {
        let next = self.heard();
        let mut pairs = vec![("timeout", wait.to_string()), ("allowed_updates", "[\"message\"]".to_string())];
        pairs.extend(next.map(|next| ("offset", next.to_string())));
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer: Answer<Vec<Update>> = self.client.must(&format!("/getUpdates?{}", query(&pairs)))?;
        let until = answer.result.iter().map(|u| u.update_id.saturating_add(1)).max().or(next).unwrap_or(0);
        let said = answer.result.iter().filter_map(|update| self.said(&update.message)).collect();
        Ok(Hearing { said, until: until.to_string(), anew: next.is_none() })
    }

    /// Words of a person in our chat.
    fn said(&self, message: &Value) -> Option<Said> {
        let chat = &message["chat"];
        let here = chat["id"] == self.chat.parse::<i64>().unwrap_or(0)
            || chat["username"].as_str().is_some_and(|name| self.chat == format!("@{name}"));
        let from = &message["from"];
        if !here || from["is_bot"] == true {
            return None;
        }
        let text = message["text"].as_str().filter(|text| !text.trim().is_empty())?;
        let id = format!("telegram:{}:{}", chat["id"], message["message_id"].as_i64()?);
        let who = from["id"].as_u64()?.to_string();
        let to = &message["reply_to_message"];
        let ours = self.me.is_some() && to["from"]["id"].as_u64() == self.me;
        let issue = to["text"].as_str().filter(|_| ours).and_then(|text| self.issue_of(text));
        Some(Said { id, who, issue, text: plain_command(text), to: None })
    }

    /// What a message of ours is about: `<project> #<issue> …`, behind the name of whom it is for.
    fn issue_of(&self, text: &str) -> Option<IssueNo> {
        let project = format!("{} #", self.reach.project);
        let named = |rest: &str| {
            let digits: String =
                rest.strip_prefix(&project)?.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok().map(IssueNo)
        };
        named(text).or_else(|| named(text.split_once(": ")?.1))
    }
}

/// A command as it is written elsewhere: without its slash, and without the name of the bot that it is for.
fn plain_command(text: &str) -> String {
    let Some(rest) = text.strip_prefix('/') else { return text.into() };
    let (word, more) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let word = word.split('@').next().unwrap_or(word);
    format!("{word} {more}").trim_end().into()
}

impl People for Chat {
    fn channel(&self) -> Channel {
        Channel::Telegram
    }

    fn tell(&self, word: &Tidings) -> Result<bool> {
        self.reach.told(self.send(word))
    }

    fn hear(&self, wait: u64) -> Result<Option<Hearing>> {
        self.reach.heard(self.updates(wait))
    }

    fn take_in(&self, hearing: &Hearing) -> Result<()> {
        let heard = Heard { version: 1, next: hearing.until.parse()? };
        self.reach.store.write_json(&self.reach.store.paths.chat(), &heard)
    }

    fn acknowledge(&self, said: &Said, answer: Option<&str>) -> Result<bool> {
        let number: Option<i64> = said.id.rsplit(':').next().and_then(|number| number.parse().ok());
        let (path, body) = match answer {
            None => {
                let thumb = json!([{"type": "emoji", "emoji": "\u{1f44d}"}]);
                let body = json!({"chat_id": self.chat, "message_id": number, "reaction": thumb});
                ("/setMessageReaction", body)
            }
            Some(words) => {
                // Named, so that a reply to this is one about the same issue.
                let about = said.issue.map(|issue| format!("{} #{issue}: ", self.reach.project));
                let words = format!("{}{words}", about.unwrap_or_default());
                let words: String = words.chars().take(LONGEST / 2).collect();
                let to = json!({"message_id": number, "allow_sending_without_reply": true});
                ("/sendMessage", json!({"chat_id": self.chat, "text": words, "reply_parameters": to}))
            }
        };
        let done = self.client.order_or_fault(Method::Post, path, Some(body));
        self.reach.answered(done.map(drop).map_err(Into::into))
    }

    fn is_prompt(&self) -> bool {
        self.reach.is_prompt()
    }

    fn complain(&self) -> Result<()> {
        self.reach.complain()
    }

    fn reach(&self) -> Result<String> {
        let explained = |fault: crate::http::Fault| anyhow::anyhow!("{fault}; {}", HINTS.of(&fault));
        let me: Answer<Value> = self.client.must("/getMe").map_err(explained)?;
        let path = format!("/getChat?{}", query(&[("chat_id", &self.chat)]));
        let chat: Answer<Value> = self.client.must(&path).map_err(explained)?;
        let hook: Answer<Value> = self.client.must("/getWebhookInfo").map_err(explained)?;
        if hook.result["url"].as_str().is_some_and(|url| !url.is_empty()) {
            bail!("the bot's updates go to a webhook: take it off (deleteWebhook), or use another bot");
        }
        let title = ["title", "username", "first_name"].iter().find_map(|name| chat.result[name].as_str());
        let me = me.result["username"].as_str().unwrap_or("a bot").to_string();
        Ok(format!("@{me} in the chat {}", title.unwrap_or(&self.chat)))
    }
}

#[cfg(test)]
#[path = "telegram_tests.rs"]
mod tests;
