//! Claims of one host and root: a file an issue, taken under the run's lock. Leases of a store that several hosts
//! share stand behind the same trait.

use super::Store;
use crate::domain::ids::IssueNo;
use crate::domain::schedule::Claim;
use crate::domain::time::{DAY, Timestamp};
use crate::world::Claims;
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// `claims/<issue>.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimRecord {
    /// The issue.
    pub issue: IssueNo,
    /// Whose host.
    pub host: String,
    /// Whose root.
    pub root: String,
    /// Counts the takings: an older number is not ours any more.
    pub fence: u64,
    /// Not beyond this time without being renewed.
    pub until: Timestamp,
}

/// Claims in our own files.
pub struct LocalClaims {
    /// The files.
    pub store: Store,
    /// This host.
    pub host: String,
}

impl LocalClaims {
    fn path(&self, issue: IssueNo) -> PathBuf {
        self.store.paths.project().join("claims").join(format!("{issue}.json"))
    }

    fn root(&self) -> String {
        self.store.paths.state().display().to_string()
    }

    fn is_ours(&self, record: &ClaimRecord) -> bool {
        record.host == self.host && record.root == self.root()
    }
}

impl Claims for LocalClaims {
    fn look(&self, issue: IssueNo, now: Timestamp) -> Claim {
        match self.store.read_json::<ClaimRecord>(&self.path(issue)) {
            Ok(None) => Claim::Free,
            Ok(Some(record)) if self.is_ours(&record) => Claim::Mine,
            Ok(Some(record)) if record.until <= now => Claim::Free,
            Ok(Some(record)) => Claim::Theirs(format!("{}:{}", record.host, record.root)),
            Err(e) => Claim::Unknown(format!("{e:#}")),
        }
    }

    fn take(&self, issue: IssueNo, now: Timestamp) -> Result<bool> {
        let known = self.store.read_json::<ClaimRecord>(&self.path(issue))?;
        if known.as_ref().is_some_and(|r| !self.is_ours(r) && r.until > now) {
            return Ok(false);
        }
        let fence = known.map_or(0, |r| r.fence) + 1;
        let record =
            ClaimRecord { issue, host: self.host.clone(), root: self.root(), fence, until: now.plus(DAY) };
        self.store.write_json(&self.path(issue), &record)?;
        Ok(self.look(issue, now) == Claim::Mine)
    }

    fn renew(&self, issue: IssueNo, now: Timestamp) -> Result<()> {
        match self.store.read_json::<ClaimRecord>(&self.path(issue))? {
            // Written anew only when it gets short: a tick that changes nothing writes nothing.
            Some(record) if self.is_ours(&record) && record.until < now.plus(DAY / 2) => {
                self.store.write_json(&self.path(issue), &ClaimRecord { until: now.plus(DAY), ..record })
            }
            _ => Ok(()),
        }
    }

    fn release(&self, issue: IssueNo) -> Result<()> {
        match self.store.read_json::<ClaimRecord>(&self.path(issue))? {
            Some(record) if self.is_ours(&record) => self.store.files.remove(&self.path(issue)),
            _ => Ok(()),
        }
    }
}
