//! The records of the local forge: one JSON file an issue (`forge/issues/7.json`) and one a pull
//! (`forge/pulls/8.json`). Numbers are given out once, over both.

use super::LocalForge;
use crate::domain::ids::{IssueNo, PullNo};
use crate::domain::issue::{Comment, Issue};
use crate::domain::pull::Pull;
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// An issue's file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IssueRecord {
    /// Format version.
    #[serde(default = "one")]
    pub version: u32,
    /// The issue.
    #[serde(flatten)]
    pub issue: Issue,
    /// Its comments, oldest first.
    #[serde(default)]
    pub comments: Vec<Comment>,
    /// Fields of a newer version, kept as they are.
    #[serde(flatten)]
    pub rest: serde_json::Map<String, serde_json::Value>,
}

/// A pull's file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PullRecord {
    /// Format version.
    #[serde(default = "one")]
    pub version: u32,
    /// The pull. Its head is not in the file: git knows it.
    #[serde(flatten)]
    pub pull: Pull,
    /// Its comments, oldest first.
    #[serde(default)]
    pub comments: Vec<Comment>,
    /// Fields of a newer version, kept as they are.
    #[serde(flatten)]
    pub rest: serde_json::Map<String, serde_json::Value>,
}

fn one() -> u32 {
    1
}

impl LocalForge {
    fn folder(&self, kind: &str) -> PathBuf {
        self.store.paths.forge().join(kind)
    }

    /// Every issue that can be read. A record that cannot is an error: a listing with a hole in it would look
    /// like an issue that somebody removed.
    pub(super) fn issue_records(&self) -> Result<Vec<IssueRecord>> {
        self.numbers("issues")?
            .into_iter()
            .filter_map(|n| self.issue_record(IssueNo(n)).transpose())
            .collect()
    }

    /// Every pull; see [`LocalForge::issue_records`].
    pub(super) fn pull_records(&self) -> Result<Vec<PullRecord>> {
        self.numbers("pulls")?.into_iter().filter_map(|n| self.pull_record(PullNo(n)).transpose()).collect()
    }

    /// One issue's file.
    pub(super) fn issue_record(&self, issue: IssueNo) -> Result<Option<IssueRecord>> {
        self.store.read_json(&self.folder("issues").join(format!("{issue}.json")))
    }

    /// One pull's file.
    pub(super) fn pull_record(&self, pull: PullNo) -> Result<Option<PullRecord>> {
        self.store.read_json(&self.folder("pulls").join(format!("{pull}.json")))
    }

    pub(super) fn write_issue(&self, record: &IssueRecord) -> Result<()> {
        self.store.write_json(&self.folder("issues").join(format!("{}.json", record.issue.number)), record)
    }

    pub(super) fn write_pull(&self, record: &PullRecord) -> Result<()> {
        let mut record = record.clone();
        record.pull.head = None;
        self.store.write_json(&self.folder("pulls").join(format!("{}.json", record.pull.number)), &record)
    }

    fn numbers(&self, kind: &str) -> Result<Vec<u64>> {
        let names = self.store.files.list(&self.folder(kind))?;
        let mut numbers: Vec<u64> =
            names.iter().filter_map(|n| n.strip_suffix(".json")?.parse().ok()).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// The next free number; the caller holds the lock.
    pub(super) fn next_number(&self) -> Result<u64> {
        let highest = |kind: &str| -> Result<u64> { Ok(self.numbers(kind)?.last().copied().unwrap_or(0)) };
        Ok(highest("issues")?.max(highest("pulls")?) + 1)
    }
}
