//! The small files of a project: heartbeat, switches, cooldown, notices, mirrors, receipts.

use super::Store;
use crate::domain::ids::{IssueNo, PullNo, Sha};
use crate::domain::notice::NoticeKind;
use crate::domain::time::{HOUR, Timestamp};
use crate::domain::verify::VerifyResult;
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The last tick: when, how it went, and how long this machine has been awake with us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// When the last tick was.
    pub at: Timestamp,
    /// How it went, in a word.
    pub outcome: String,
    /// Awake seconds: each tick adds the time since the last, at most an hour, never less than nothing. Waits are
    /// counted in these, so that a laptop asleep for a week lets no deadline pass.
    pub awake: u64,
}

/// A landing that was begun: what is needed to finish it after a crash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BegunLanding {
    /// The pull.
    pub pull: PullNo,
    /// Its head.
    pub head: Sha,
    /// The primary branch before, as we saw it.
    pub base: Sha,
    /// The merge, where it is ours to make; none where a server makes it.
    pub merge: Option<Sha>,
    /// Whose approval it rests on.
    pub approved_by: Vec<String>,
    /// When.
    pub at: Timestamp,
}

/// `receipts/<pull>.json`: what a landing rested on, so that anyone can check it from git alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Format version.
    #[serde(default = "crate::domain::run::first_version")]
    pub version: u32,
    /// The pull.
    pub pull: PullNo,
    /// The head that was approved and checked.
    pub head: Sha,
    /// The primary branch before.
    pub base: Sha,
    /// The primary branch after.
    pub merge: Sha,
    /// The tree that landed.
    pub tree: Sha,
    /// Whose approval it rests on.
    pub approved_by: Vec<String>,
    /// The checks it rests on: name and outcome.
    pub checks: Vec<String>,
    /// When.
    pub at: Timestamp,
}

/// A notice for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What makes it the same notice.
    pub key: String,
    /// The issue that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue: Option<IssueNo>,
    /// Why people are told.
    #[serde(default)]
    pub kind: NoticeKind,
    /// The name of whom it is for, where it is not for whoever is asked first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Its place among those of its run.
    #[serde(default)]
    pub order: u32,
    /// Its text.
    pub text: String,
    /// When it arose.
    pub at: Timestamp,
    /// The channels that it was passed on to, while there are others.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub through: BTreeSet<String>,
    /// When it was passed on to all of them.
    #[serde(default)]
    pub told: Option<Timestamp>,
}

impl Notice {
    /// Where it stands among all.
    pub fn place(&self) -> (Timestamp, u32, NoticeKind, &str) {
        (self.at, self.order, self.kind, &self.key)
    }
}

/// What a mirror was last brought to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MirrorState {
    /// The commit it holds.
    #[serde(default)]
    pub at: Option<Sha>,
    /// How often in a row it failed.
    #[serde(default)]
    pub failures: u32,
    /// Not before this time.
    #[serde(default)]
    pub retry: Option<Timestamp>,
    /// What went wrong last.
    #[serde(default)]
    pub problem: Option<String>,
}

/// A time before which an agent is not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cooldown {
    /// The time.
    pub until: Timestamp,
    /// Why.
    pub why: String,
}

impl Heartbeat {
    /// The awake seconds at `now`, as far as can be said between two ticks.
    pub fn awake_at(&self, now: Timestamp) -> u64 {
        self.awake.saturating_add(now.since(self.at).min(HOUR))
    }
}

impl Store {
    /// The last tick; none before the first, or if the file was lost.
    pub fn heartbeat(&self) -> Option<Heartbeat> {
        self.read_json(&self.paths.heartbeat()).ok().flatten()
    }

    /// The awake seconds at `now`.
    pub fn awake(&self, now: Timestamp) -> u64 {
        self.heartbeat().map_or(0, |h| h.awake_at(now))
    }

    /// Writes the heartbeat. The counter never goes back, even if the file was lost: runs remember it too.
    pub fn beat(&self, now: Timestamp, awake: u64, outcome: &str) -> Result<()> {
        let heartbeat = Heartbeat { at: now, outcome: outcome.into(), awake };
        self.files.write_soft(
            &self.paths.heartbeat(),
            format!("{}\n", serde_json::to_string(&heartbeat)?).as_bytes(),
        )
    }

    /// The text of a switch file such as `paused`; none if it is not there.
    pub fn switch(&self, path: &std::path::Path) -> Result<Option<String>> {
        Ok(self.files.read(path)?.map(|b| String::from_utf8_lossy(&b).trim().to_string()))
    }

    /// When the agent may be used again, if it cools down.
    pub fn cooldown(&self, agent: &str) -> Option<Cooldown> {
        self.read_json(&self.paths.cooldown(agent)).ok().flatten()
    }

    /// All notices, oldest first.
    pub fn notices(&self) -> Result<Vec<Notice>> {
        let folder = self.paths.outbox();
        let mut all: Vec<Notice> = Vec::new();
        for name in self.files.list(&folder)? {
            all.extend(self.read_json(&folder.join(name)).ok().flatten());
        }
        all.sort_by(|a, b| a.place().cmp(&b.place()));
        Ok(all)
    }

    /// The file of the notice with this key.
    pub fn notice_path(&self, key: &str) -> std::path::PathBuf {
        let safe: String = key.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        self.paths.outbox().join(format!("{safe}.json"))
    }

    /// What each mirror was last brought to.
    pub fn mirrors(&self) -> BTreeMap<String, MirrorState> {
        self.read_json(&self.paths.mirrors()).ok().flatten().unwrap_or_default()
    }

    /// The result of a verify job; none if there is none yet. One that cannot be read counts as none: the job is
    /// run again.
    pub fn verify_result(&self, job: &str) -> Option<VerifyResult> {
        self.read_json(&self.paths.checks().join(job).join("result.json")).ok().flatten()
    }

    /// How often a verify job was begun.
    pub fn verify_tries(&self, job: &str) -> u32 {
        let path = self.paths.checks().join(job).join("tries");
        let bytes = self.files.read(&path).ok().flatten().unwrap_or_default();
        u32::try_from(bytes.iter().filter(|b| **b == b'\n').count()).unwrap_or(u32::MAX)
    }
}
