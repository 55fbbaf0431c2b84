//! What a turn of an agent prints, line by line: the name of its conversation, what it used, why it failed, and what of
//! it a person wants to see in the pane. Formats as the programs printed them (see `docs/agents.md` for versions); a
//! line that is something else is passed over.

use super::Kind;
use super::moment::is_name;
use crate::domain::brackets;
use crate::domain::text::plain_line;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A longer line is shown and read no further.
const LINE: usize = 1 << 20;

/// What a turn, or several, used of the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Tokens sent to the model, those that its cache held included.
    pub input: u64,
    /// Of these, those that the cache held.
    pub cached: u64,
    /// Tokens that it answered with.
    pub output: u64,
    /// Money in millionths of a dollar; none: the agent does not tell, or nobody pays by the token.
    pub micro_usd: Option<u64>,
}

impl Usage {
    /// What came on top of `before`; all of it, where that was another conversation's.
    pub fn since(&self, before: &Usage) -> Usage {
        let less = |a: Option<u64>, b: Option<u64>| Some(a?.saturating_sub(b.unwrap_or(0)));
        if self.input < before.input || self.micro_usd < before.micro_usd {
            return *self;
        }
        Usage {
            input: self.input - before.input,
            cached: self.cached.saturating_sub(before.cached),
            output: self.output.saturating_sub(before.output),
            micro_usd: less(self.micro_usd, before.micro_usd),
        }
    }

    /// Both together. What one of them cost may be unknown; what is known is summed.
    pub fn plus(&self, other: &Usage) -> Usage {
        let micro_usd = match (self.micro_usd, other.micro_usd) {
            (Some(a), Some(b)) => Some(a.saturating_add(b)),
            (a, b) => a.or(b),
        };
        Usage {
            input: self.input.saturating_add(other.input),
            cached: self.cached.saturating_add(other.cached),
            output: self.output.saturating_add(other.output),
            micro_usd,
        }
    }
}

/// What is known of a turn from its lines so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// The agent's name for the conversation.
    pub conversation: Option<String>,
    /// What it used.
    pub usage: Usage,
    /// What the agent told as the sum over its conversation so far, where it tells one.
    pub told: Usage,
    /// The last failure that it told of; cleared by what goes well after it.
    pub failed: Option<String>,
    /// How many it has told of since something went well.
    pub failures: u32,
    /// Whether a login of a person pays, not a key: then what it says of money is a comparison, not a cost.
    subscription: bool,
}

impl Turn {
    /// What the turn used, in a conversation of which `before` was told as the sum. Codex tells nothing but sums, Claude
    /// Code sums of money; both go on with them in a conversation that is resumed.
    pub fn used(&self, kind: Kind, before: &Usage) -> Usage {
        match kind {
            Kind::Codex => self.told.since(before),
            Kind::Claude => Usage { micro_usd: self.told.since(before).micro_usd, ..self.usage },
            Kind::Command | Kind::Opencode => self.usage,
        }
    }

    /// Takes in a line.
    pub fn take(&mut self, kind: Kind, line: &str) {
        let Some(value) = parse(line) else { return };
        match kind {
            Kind::Command => {}
            Kind::Claude => self.claude(&value),
            Kind::Codex => self.codex(&value),
            Kind::Opencode => self.opencode(&value),
        }
    }

    fn named(&mut self, id: &Value) {
        self.conversation =
            id.as_str().filter(|id| is_name(id)).map(String::from).or(self.conversation.take());
    }

    fn claude(&mut self, line: &Value) {
        // One that is asked for and not there is named all the same, in a result of no turns.
        let not_there = line["is_error"] == true && line["num_turns"] == 0;
        if !not_there {
            self.named(&line["session_id"]);
        }
        match line["type"].as_str() {
            Some("system") if line["subtype"] == "init" => {
                self.subscription =
                    line["apiKeySource"] == "none" || line["apiKeySource"] == "/login managed key";
            }
            Some("result") => {
                let usage = &line["usage"];
                let count = |name: &str| usage[name].as_u64().unwrap_or(0);
                let cached = count("cache_read_input_tokens");
                self.usage.input += count("input_tokens") + count("cache_creation_input_tokens") + cached;
                self.usage.cached += cached;
                self.usage.output += count("output_tokens");
                let cost = line["total_cost_usd"].as_f64().filter(|_| !self.subscription);
                self.told.micro_usd = cost.and_then(micro).or(self.told.micro_usd);
                // "success" stands there after a failure of the server too.
                let words = || text(&line["result"]).or(text(&line["errors"][0])).unwrap_or("it failed");
                self.failed = (line["is_error"] == true).then(|| words().to_string());
            }
            _ => {}
        }
    }

    fn codex(&mut self, line: &Value) {
        match line["type"].as_str() {
            Some("thread.started") => self.named(&line["thread_id"]),
            Some("turn.completed") => {
                let count = |name: &str| line["usage"][name].as_u64().unwrap_or(0);
                self.told = Usage {
                    input: count("input_tokens"),
                    cached: count("cached_input_tokens"),
                    output: count("output_tokens"),
                    micro_usd: None,
                };
                self.goes_well();
            }
            // It got through after all. What it notes besides is no sign of that.
            Some("item.started" | "item.updated" | "item.completed") if line["item"]["type"] != "error" => {
                self.goes_well();
            }
            Some("turn.failed") => self.fails(&line["error"]["message"]),
            Some("error") => self.fails(&line["message"]),
            _ => {}
        }
    }

    fn opencode(&mut self, line: &Value) {
        self.named(&line["sessionID"]);
        match line["type"].as_str() {
            Some("step_finish") => {
                let tokens = &line["part"]["tokens"];
                let count = |value: &Value| value.as_u64().unwrap_or(0);
                let cached = count(&tokens["cache"]["read"]);
                self.usage.input += count(&tokens["input"]) + count(&tokens["cache"]["write"]) + cached;
                self.usage.cached += cached;
                self.usage.output += count(&tokens["output"]) + count(&tokens["reasoning"]);
                // A model without a price costs nothing by its account: nobody knows.
                self.pay(line["part"]["cost"].as_f64().filter(|cost| *cost > 0.0));
                self.goes_well();
            }
            Some("step_start" | "text" | "tool_use") => self.goes_well(),
            Some("error") => {
                let error = &line["error"];
                let status =
                    error["data"]["statusCode"].as_u64().map(|s| format!("{s} ")).unwrap_or_default();
                let words = text(&error["data"]["message"]).or(text(&error["name"])).unwrap_or("it failed");
                self.fails(&format!("{status}{words}").into());
            }
            _ => {}
        }
    }

    fn goes_well(&mut self) {
        (self.failed, self.failures) = (None, 0);
    }

    fn fails(&mut self, words: &Value) {
        self.failures = self.failures.saturating_add(1);
        self.failed = text(words).map(String::from).or(self.failed.take());
    }

    fn pay(&mut self, usd: Option<f64>) {
        if let Some(micro) = usd.and_then(micro) {
            self.usage.micro_usd = Some(self.usage.micro_usd.unwrap_or(0).saturating_add(micro));
        }
    }
}

/// Dollars in millionths.
fn micro(usd: f64) -> Option<u64> {
    (usd.is_finite() && usd >= 0.0).then(|| (usd * 1e6).round().min(1e15) as u64)
}

fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|t| !t.trim().is_empty())
}

pub(super) fn parse(line: &str) -> Option<Value> {
    let line = line.trim();
    if !line.starts_with('{') || line.len() > LINE || brackets::too_many(line.as_bytes()) {
        return None;
    }
    serde_json::from_str(line).ok()
}

/// What of a line a person wants to see; none: nothing. What is no JSON is shown as it is.
pub fn shown(kind: Kind, line: &str) -> Option<String> {
    let Some(value) = parse(line) else {
        return Some(line.to_string()).filter(|l| !l.trim().is_empty());
    };
    match kind {
        Kind::Command => Some(line.to_string()),
        Kind::Claude => claude_shown(&value),
        Kind::Codex => codex_shown(&value),
        Kind::Opencode => opencode_shown(&value),
    }
}

/// A tool's call in a line.
fn call(tool: &str, input: &Value) -> String {
    let what = ["command", "cmd", "file_path", "filePath", "path", "pattern", "url", "description"];
    let first = what.iter().find_map(|name| text(&input[*name]));
    plain_line(&format!("● {tool}: {}", first.unwrap_or("")), 200)
}

fn claude_shown(line: &Value) -> Option<String> {
    let says = |item: &Value| match item["type"].as_str() {
        Some("text") => text(&item["text"]).map(String::from),
        Some("tool_use") => Some(call(item["name"].as_str().unwrap_or("tool"), &item["input"])),
        _ => None,
    };
    match (line["type"].as_str()?, line["subtype"].as_str()) {
        ("assistant", _) => {
            let lines: Vec<String> = line["message"]["content"].as_array()?.iter().filter_map(says).collect();
            Some(lines.join("\n")).filter(|l| !l.is_empty())
        }
        ("system", Some("api_retry")) => {
            let (error, attempt) = (line["error"].as_str().unwrap_or("?"), &line["attempt"]);
            Some(format!("… {error}, try {attempt} of {}", line["max_retries"]))
        }
        ("result", _) if line["is_error"] == true => Some(format!("✗ {}", text(&line["result"])?)),
        _ => None,
    }
}

fn codex_shown(line: &Value) -> Option<String> {
    let item = &line["item"];
    match (line["type"].as_str()?, item["type"].as_str()) {
        ("item.completed", Some("agent_message" | "error")) => {
            text(&item["text"]).or(text(&item["message"])).map(String::from)
        }
        ("item.started", Some("command_execution")) => Some(call("exec", item)),
        ("item.completed", Some("file_change")) => Some("● files changed".into()),
        ("turn.failed", _) => Some(format!("✗ {}", text(&line["error"]["message"])?)),
        ("error", _) => Some(format!("… {}", text(&line["message"])?)),
        _ => None,
    }
}

fn opencode_shown(line: &Value) -> Option<String> {
    let part = &line["part"];
    match line["type"].as_str()? {
        "text" => text(&part["text"]).map(String::from),
        "tool_use" => Some(call(part["tool"].as_str().unwrap_or("tool"), &part["state"]["input"])),
        "error" => text(&line["error"]["data"]["message"]).map(|m| format!("✗ {m}")),
        _ => None,
    }
}

#[cfg(test)]
#[path = "output_tests.rs"]
mod tests;
