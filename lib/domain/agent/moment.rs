//! What an agent in its own interface was last seen doing: by what its hooks told and by what it wrote down of the
//! conversation itself. Of two pieces of evidence the later one counts; a hook that was killed or came late does not
//! leave the agent at work for ever.

use super::Kind;
use super::hooks::{Event, Line};
use super::output::{Usage, parse};
use serde_json::Value;
use std::collections::BTreeMap;

/// What it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doing {
    /// It works.
    Working,
    /// It waits at its prompt.
    AtPrompt,
    /// It asks whether it may do something, in a dialog of its own.
    AtDialog(String),
    /// Its turn has failed, in its words; it waits at its prompt.
    Failed(String),
    /// Its server fails, in its words, and it goes on trying by itself.
    Tries(String),
}

/// One piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// What it tells.
    pub doing: Doing,
    /// What tells it.
    pub by: String,
}

/// How often an agent tries a server that fails before that counts as a failure.
const PATIENCE: u64 = 4;

/// What is known of an agent, as line after line is heard.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    hooks: Option<Moment>,
    record: Option<Moment>,
    /// Whether a message of ours was taken in.
    ours: bool,
    /// The agent's name for the conversation.
    pub conversation: Option<String>,
    /// Where it keeps its record of it.
    pub transcript: Option<String>,
    /// When it was last heard of, in milliseconds since 1970.
    pub heard: i64,
    /// What it told as the sum over the conversation, where it does.
    told: Usage,
    /// What each of its answers used. Several lines of a record can be of one answer, each with what all of it used.
    answers: BTreeMap<String, Usage>,
}

impl Watched {
    /// Takes in what a hook told. What an agent does on the side, in a conversation other than the one that took a message
    /// of ours (a title, a part that it gave to another of its kind), says nothing of this one.
    pub fn hook(&mut self, line: &Line) {
        let other = line.conversation.is_some() && line.conversation != self.conversation;
        if self.ours && other && line.nonces.is_empty() {
            return;
        }
        self.ours |= !line.nonces.is_empty();
        self.heard = self.heard.max(line.at);
        self.conversation = line.conversation.clone().filter(|id| is_name(id)).or(self.conversation.take());
        self.transcript = line.transcript.clone().or(self.transcript.take());
        self.answers.extend(line.used.map(|used| (format!("hook {}", line.at), used)));
        // A failed turn is over too, and the prompt that it leaves behind tells nothing new.
        let failed = self.hooks.as_ref().is_some_and(|m| matches!(m.doing, Doing::Failed(_)));
        if let Some(doing) = of_line(line).filter(|doing| !failed || *doing != Doing::AtPrompt) {
            self.hooks = Some(Moment { at: line.at, doing, by: format!("hook {}", name(line)) });
        }
    }

    /// Takes in a line of its record, if it is of `since` or later, in milliseconds since 1970.
    pub fn line(&mut self, kind: Kind, line: &str, since: i64) {
        let Some(line) = parse(line) else { return };
        let Some(at) = time(&line["timestamp"]).filter(|at| *at >= since) else { return };
        self.heard = self.heard.max(at);
        let told = match kind {
            Kind::Claude => claude(&line),
            Kind::Codex => codex(&line),
            Kind::Command | Kind::Opencode => None,
        };
        if let Some((doing, by)) = told {
            self.record = Some(Moment { at, doing, by: format!("record {by}") });
        }
        if kind == Kind::Claude {
            let message = &line["message"];
            let id = message["id"].as_str().filter(|_| message["usage"].is_object());
            self.answers.extend(id.map(|id| (id.to_string(), usage(&message["usage"]))));
        }
        let total = &line["payload"]["info"]["total_token_usage"];
        if kind == Kind::Codex && total.is_object() {
            self.told = usage(total);
        }
    }

    /// What it does, by the later of the two; by its hooks, where both are of the same time. A failure stands until it works
    /// again, whatever is noted after it about the same turn.
    pub fn moment(&self) -> Option<&Moment> {
        let (Some(hooks), Some(record)) = (&self.hooks, &self.record) else {
            return self.hooks.as_ref().or(self.record.as_ref());
        };
        let (earlier, later) = if record.at > hooks.at { (hooks, record) } else { (record, hooks) };
        let stands = matches!(earlier.doing, Doing::Failed(_)) && later.doing == Doing::AtPrompt;
        Some(if stands { earlier } else { later })
    }

    /// What was used since this was last asked; `before` is what had been told as the sum then, and becomes what is told now.
    pub fn used(&mut self, before: &mut Usage) -> Usage {
        let answers = std::mem::take(&mut self.answers);
        let summed = answers.values().fold(Usage::default(), |sum, usage| sum.plus(usage));
        if self.told == Usage::default() {
            return summed;
        }
        let used = self.told.since(before);
        *before = self.told;
        used
    }
}

/// Whether it can be a name of a conversation: it becomes a word of a command line.
pub fn is_name(id: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    (8..=64).contains(&id.len()) && !id.starts_with('-') && id.chars().all(word)
}

fn name(line: &Line) -> String {
    let event = serde_json::to_value(line.event).ok();
    let event = event.as_ref().and_then(Value::as_str).unwrap_or("?").to_string();
    match (line.event, &line.source) {
        (Event::Notification, Some(source)) => format!("{event} {source}"),
        _ => event,
    }
}

fn of_line(line: &Line) -> Option<Doing> {
    let words = || line.words.clone().or(line.source.clone()).unwrap_or_default();
    match line.event {
        Event::UserPromptSubmit | Event::PreToolUse | Event::PostToolUse => Some(Doing::Working),
        Event::Stop if line.goes_on => Some(Doing::Working),
        Event::Stop => Some(Doing::AtPrompt),
        Event::PermissionRequest => Some(Doing::AtDialog(format!("it asks whether it may use {}", words()))),
        Event::Notification => match line.source.as_deref() {
            Some("permission_prompt" | "elicitation_dialog") => Some(Doing::AtDialog(words())),
            Some("idle_prompt") => Some(Doing::AtPrompt),
            _ => None,
        },
        Event::StopFailure => Some(Doing::Failed(words())),
        Event::Retry => {
            let tries = line.source.as_deref().and_then(|s| s.parse::<u64>().ok()).unwrap_or(0);
            Some(if tries < PATIENCE { Doing::Working } else { Doing::Tries(words()) })
        }
        // It is up, or was made shorter in the middle of a turn; what it does is told by what follows.
        Event::SessionStart | Event::SessionEnd | Event::PreCompact | Event::Other => None,
    }
}

fn time(value: &Value) -> Option<i64> {
    let at = chrono::DateTime::parse_from_rfc3339(value.as_str()?).ok()?;
    Some(at.timestamp_millis())
}

fn claude(line: &Value) -> Option<(Doing, String)> {
    if line["isSidechain"] == true {
        return None;
    }
    match (line["type"].as_str()?, line["subtype"].as_str()) {
        ("system", Some("turn_duration")) => Some((Doing::AtPrompt, "turn_duration".into())),
        ("user", _) if line["interruptedMessageId"].is_string() => {
            Some((Doing::AtPrompt, "interrupted".into()))
        }
        _ => None,
    }
}

fn codex(line: &Value) -> Option<(Doing, String)> {
    let payload = &line["payload"];
    match payload["type"].as_str().filter(|_| line["type"] == "event_msg")? {
        "task_complete" => {
            let failed = payload["error"]["message"].as_str().map(|words| Doing::Failed(words.to_string()));
            Some((failed.unwrap_or(Doing::AtPrompt), "task_complete".into()))
        }
        "turn_aborted" => Some((Doing::AtPrompt, "turn_aborted".into())),
        _ => None,
    }
}

/// What stands under the names that both give to it. Codex counts in its input what its cache held, Claude Code beside it.
fn usage(usage: &Value) -> Usage {
    let count = |name: &str| usage[name].as_u64().unwrap_or(0);
    let beside = count("cache_read_input_tokens").saturating_add(count("cache_creation_input_tokens"));
    Usage {
        input: count("input_tokens").saturating_add(beside),
        cached: count("cache_read_input_tokens").saturating_add(count("cached_input_tokens")),
        output: count("output_tokens"),
        micro_usd: None,
    }
}

#[cfg(test)]
#[path = "moment_tests.rs"]
mod tests;
