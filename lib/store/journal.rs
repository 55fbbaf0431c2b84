//! Files that only grow: events and the ledger. A line that cannot be read is passed over, never changed.

use super::Store;
use crate::domain::agent::output::Usage;
use crate::domain::ids::IssueNo;
use crate::domain::time::Timestamp;
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// One line of `events.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// The issue it is about, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue: Option<IssueNo>,
    /// Its type.
    pub kind: String,
    /// What makes it the same event: a second line with the same key is the same event.
    pub key: String,
    /// Its particulars, for people.
    #[serde(default)]
    pub detail: String,
}

/// What a line of the ledger does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// Before a turn: what it may use at most.
    Reserve,
    /// After it: what it used.
    Settle,
}

/// One line of `ledger.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerLine {
    /// `<issue>/<attempt>/<turn>`.
    pub id: String,
    /// Reserved or settled.
    pub entry: Entry,
    /// When.
    pub at: Timestamp,
    /// Seconds of the agent's time.
    pub seconds: u64,
    /// Tokens and money, where the agent tells.
    #[serde(flatten)]
    pub usage: Usage,
}

/// What was used: settled, plus the whole reservation of what is not settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Used {
    /// Turns.
    pub turns: u64,
    /// Seconds of the agent's time.
    pub seconds: u64,
    /// Tokens and money, as far as agents told.
    #[serde(flatten)]
    pub usage: Usage,
}

/// The line of each id that counts: its settlement, else its reservation, the first of either.
pub fn counting<'a>(lines: impl IntoIterator<Item = &'a LedgerLine>) -> Vec<&'a LedgerLine> {
    let mut by_id: BTreeMap<&str, &LedgerLine> = BTreeMap::new();
    for line in lines {
        match by_id.get(line.id.as_str()) {
            Some(known) if known.entry == Entry::Settle => {}
            Some(known) if known.entry == line.entry => {}
            _ => {
                by_id.insert(&line.id, line);
            }
        }
    }
    by_id.into_values().collect()
}

/// Adds a ledger up.
pub fn used<'a>(lines: impl IntoIterator<Item = &'a LedgerLine>) -> Used {
    counting(lines).into_iter().fold(Used::default(), |sum, l| Used {
        turns: sum.turns + 1,
        seconds: sum.seconds.saturating_add(l.seconds),
        usage: sum.usage.plus(&l.usage),
    })
}

impl Store {
    /// Every event that can be read, oldest first, each key once.
    pub fn events(&self) -> Result<Vec<Event>> {
        let mut seen = std::collections::BTreeSet::new();
        let all: Vec<Event> = self.lines(&self.paths.events())?;
        Ok(all.into_iter().filter(|e| seen.insert((e.issue, e.key.clone()))).collect())
    }

    /// Writes an event down.
    pub fn event(&self, event: &Event) -> Result<()> {
        self.files.append(&self.paths.events(), &serde_json::to_string(event)?)
    }

    /// Every line of the ledger that can be read.
    pub fn ledger(&self) -> Result<Vec<LedgerLine>> {
        self.lines(&self.paths.ledger())
    }

    /// Adds a line to the ledger.
    pub fn book(&self, line: &LedgerLine) -> Result<()> {
        self.files.append_durable(&self.paths.ledger(), &serde_json::to_string(line)?)
    }

    fn lines<T: serde::de::DeserializeOwned>(&self, path: &Path) -> Result<Vec<T>> {
        Ok(readable(&self.files.read(path)?.unwrap_or_default()))
    }
}

/// The lines of a journal that can be read, in order.
pub fn readable<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Vec<T> {
    let text = String::from_utf8_lossy(bytes);
    text.lines().filter_map(|l| serde_json::from_str(l).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(id: &str, entry: Entry, seconds: u64) -> LedgerLine {
        LedgerLine { id: id.into(), entry, at: Timestamp(0), seconds, usage: Usage::default() }
    }

    #[test]
    fn what_is_not_settled_counts_with_its_whole_reservation() {
        let lines = [
            line("1/1/1", Entry::Reserve, 100),
            line("1/1/1", Entry::Settle, 7),
            line("1/1/2", Entry::Reserve, 100),
        ];
        assert_eq!(used(&lines), Used { turns: 2, seconds: 107, usage: Usage::default() });
    }

    proptest! {
        #[test]
        fn repeating_lines_changes_nothing(ids in proptest::collection::vec((0..4u8, any::<bool>(), 0..50u64), 0..12)) {
            let lines: Vec<LedgerLine> = ids.iter().map(|(i, settle, s)| line(&i.to_string(), if *settle { Entry::Settle } else { Entry::Reserve }, *s)).collect();
            let twice: Vec<LedgerLine> = lines.iter().chain(&lines).cloned().collect();
            prop_assert_eq!(used(&lines), used(&twice));
        }
    }
}
