//! Claims of one host and root: a file an issue, taken under the run's lock. Where several hosts share a forge, its
//! repository holds them (`lib/git/claims.rs`).

use super::Store;
use crate::domain::claim::{ClaimRecord, Owner};
use crate::domain::ids::IssueNo;
use crate::domain::schedule::Claim;
use crate::domain::time::Timestamp;
use crate::world::Claims;
use anyhow::Result;
use std::path::PathBuf;

/// Claims in our own files, `claims/<issue>.json`.
pub struct LocalClaims {
    /// The files.
    pub store: Store,
    /// This host and root.
    pub me: Owner,
}

impl LocalClaims {
    fn path(&self, issue: IssueNo) -> PathBuf {
        self.store.paths.project().join("claims").join(format!("{issue}.json"))
    }

    fn read(&self, issue: IssueNo) -> Result<Option<ClaimRecord>> {
        self.store.read_json(&self.path(issue))
    }
}

impl Claims for LocalClaims {
    fn owner(&self) -> String {
        self.me.to_string()
    }

    fn look(&self, issue: IssueNo, now: Timestamp) -> Claim {
        match self.read(issue) {
            Ok(record) => ClaimRecord::seen(record.as_ref(), &self.me, now),
            Err(e) => Claim::Unknown(format!("{e:#}")),
        }
    }

    /// No other host can take what is in our own files.
    fn holds(&self, _: IssueNo, _: Timestamp) -> bool {
        true
    }

    fn take(&self, issue: IssueNo, now: Timestamp) -> Result<Option<u32>> {
        let known = self.read(issue)?;
        let Some(new) = ClaimRecord::taken(known.as_ref(), issue, &self.me, now) else { return Ok(None) };
        self.store.write_json(&self.path(issue), &new)?;
        Ok((self.look(issue, now) == Claim::Mine).then_some(new.fence))
    }

    fn renew(&self, issue: IssueNo, now: Timestamp) -> Result<()> {
        match self.read(issue)?.and_then(|record| record.renewed(&self.me, now)) {
            Some(new) => self.store.write_json(&self.path(issue), &new),
            None => Ok(()),
        }
    }

    fn release(&self, issue: IssueNo) -> Result<()> {
        match self.read(issue)?.and_then(|record| record.released(&self.me)) {
            // Nobody else counts the takings here: the run's record does.
            Some(_) => self.store.files.remove(&self.path(issue)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::DAY;
    use crate::store::Paths;
    use crate::store::disk::Disk;
    use std::rc::Rc;

    fn claims(folder: &std::path::Path, host: &str) -> LocalClaims {
        let store = Store { files: Rc::new(Disk), paths: Paths::new(folder, "p") };
        LocalClaims { store, me: Owner { host: host.into(), root: "/srv".into() } }
    }

    #[test]
    fn one_host_holds_a_claim_until_it_gives_it_back() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (claims(folder.path(), "a"), claims(folder.path(), "b"));
        let (issue, now) = (IssueNo(1), Timestamp(1000));
        assert_eq!(a.look(issue, now), Claim::Free);
        assert!(a.take(issue, now).unwrap().is_some());
        assert_eq!(a.look(issue, now), Claim::Mine);
        assert!(matches!(b.look(issue, now), Claim::Theirs(_)));
        assert!(b.take(issue, now).unwrap().is_none());
        b.release(issue).unwrap();
        assert_eq!(a.look(issue, now), Claim::Mine, "nobody gives back what is another's");
        a.release(issue).unwrap();
        assert!(b.take(issue, now).unwrap().is_some());
    }

    #[test]
    fn what_is_held_is_renewed_in_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (claims(folder.path(), "a"), claims(folder.path(), "b"));
        let (issue, now) = (IssueNo(1), Timestamp(1000));
        assert_eq!(a.take(issue, now).unwrap(), Some(1));
        assert_eq!(a.take(issue, now).unwrap(), Some(1), "the same taking");
        a.renew(issue, now.plus(DAY - 1)).unwrap();
        assert_eq!(b.take(issue, now.plus(DAY + 1)).unwrap(), None);
        let lapsed = now.plus(2 * DAY);
        assert_eq!(b.take(issue, lapsed).unwrap(), Some(2));
        assert_eq!(a.look(issue, lapsed), Claim::Theirs("b:/srv".into()));
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
