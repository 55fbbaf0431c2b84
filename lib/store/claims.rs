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
        let fence = known.map_or(0, |r| r.fence).saturating_add(1);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Paths;
    use crate::store::disk::Disk;
    use std::rc::Rc;

    fn claims(folder: &std::path::Path, host: &str) -> LocalClaims {
        let store = Store { files: Rc::new(Disk), paths: Paths::new(folder, "p") };
        LocalClaims { store, host: host.into() }
    }

    #[test]
    fn one_host_holds_a_claim_until_it_gives_it_back() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (claims(folder.path(), "a"), claims(folder.path(), "b"));
        let (issue, now) = (IssueNo(1), Timestamp(1000));
        assert_eq!(a.look(issue, now), Claim::Free);
        assert!(a.take(issue, now).unwrap());
        assert_eq!(a.look(issue, now), Claim::Mine);
        assert!(matches!(b.look(issue, now), Claim::Theirs(_)));
        assert!(!b.take(issue, now).unwrap());
        b.release(issue).unwrap();
        assert_eq!(a.look(issue, now), Claim::Mine, "nobody gives back what is another's");
        a.release(issue).unwrap();
        assert!(b.take(issue, now).unwrap());
    }

    #[test]
    fn a_claim_that_has_lapsed_is_taken_and_one_that_is_renewed_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (claims(folder.path(), "a"), claims(folder.path(), "b"));
        let (issue, now) = (IssueNo(1), Timestamp(1000));
        assert!(a.take(issue, now).unwrap());
        a.renew(issue, now.plus(DAY - 1)).unwrap();
        assert!(!b.take(issue, now.plus(DAY + 1)).unwrap());
        let lapsed = now.plus(2 * DAY);
        assert_eq!(b.look(issue, lapsed), Claim::Free);
        assert!(b.take(issue, lapsed).unwrap());
        assert!(matches!(a.look(issue, lapsed), Claim::Theirs(_)));
    }

    #[test]
    fn a_claim_that_cannot_be_read_is_nobodys_to_take() {
        let folder = tempfile::tempdir().unwrap();
        let a = claims(folder.path(), "a");
        a.store.files.write(&a.path(IssueNo(1)), b"{half").unwrap();
        assert!(matches!(a.look(IssueNo(1), Timestamp(0)), Claim::Unknown(_)));
        assert!(a.take(IssueNo(1), Timestamp(0)).is_err());
    }
}
