//! The local forge: issues and pulls as readable files beside a plain git repository. No server, no token. It is
//! what `drover demo` and the tests run on, and the model that other forges are compared with.

mod issues;
mod pulls;
pub mod records;

use crate::domain::evidence::CheckItem;
use crate::domain::ids::{IssueNo, PullNo, Sha};
use crate::domain::issue::{Comment, Issue};
use crate::domain::pull::Pull;
use crate::store::Store;
use crate::world::{Clock, Forge, Held, LockName, Locks, Merge, NewIssue, NewPull, NewReview};
use anyhow::{Result, bail};
use std::rc::Rc;

/// The local forge, spoken to as `me`.
pub struct LocalForge {
    /// Who acts.
    pub me: String,
    /// Where the records lie.
    pub store: Store,
    /// Whoever changes a record holds the forge's lock.
    pub locks: Rc<dyn Locks>,
    /// For the times in the records.
    pub clock: Rc<dyn Clock>,
}

impl LocalForge {
    /// Waits up to ten seconds: a change takes milliseconds.
    fn lock(&self) -> Result<Held> {
        for _ in 0..200 {
            if let Some(held) = self.locks.try_take(&LockName::Forge)? {
                return Ok(held);
            }
            self.clock.sleep_ms(50);
        }
        bail!(
            "the local forge's records are locked by {}",
            self.locks.holder(&LockName::Forge).unwrap_or_default()
        )
    }
}

impl Forge for LocalForge {
    fn me(&self) -> Result<String> {
        Ok(self.me.clone())
    }

    /// Whoever may write files here may write.
    fn writers(&self) -> Result<Vec<String>> {
        Ok(vec![])
    }

    fn issues(&self, labels: &[&str]) -> Result<Vec<Issue>> {
        let wanted = |i: &Issue| i.open && labels.iter().any(|l| i.has(l));
        Ok(self.issue_records()?.into_iter().map(|r| r.issue).filter(wanted).collect())
    }

    fn all_issues(&self, limit: usize) -> Result<Vec<Issue>> {
        let mut all: Vec<Issue> = self.issue_records()?.into_iter().map(|r| r.issue).collect();
        all.sort_by_key(|i| std::cmp::Reverse(i.number));
        all.truncate(limit);
        Ok(all)
    }

    fn issue(&self, issue: IssueNo) -> Result<Option<Issue>> {
        Ok(self.issue_record(issue)?.map(|r| r.issue))
    }

    fn dependencies(&self, issue: &Issue) -> Result<Vec<IssueNo>> {
        Ok(issue.depends_on.clone())
    }

    fn comments(&self, number: u64) -> Result<Vec<Comment>> {
        if let Some(record) = self.issue_record(IssueNo(number))? {
            return Ok(record.comments);
        }
        Ok(self.pull_record(PullNo(number))?.map(|r| r.comments).unwrap_or_default())
    }

    fn comment(&self, number: u64, body: &str) -> Result<()> {
        self.add_comment(number, body)
    }

    fn new_issue(&self, issue: &NewIssue) -> Result<IssueNo> {
        self.file_issue(issue)
    }

    fn set_labels(&self, issue: IssueNo, add: &[String], remove: &[String]) -> Result<()> {
        self.change_labels(issue, add, remove)
    }

    fn assign(&self, issue: IssueNo, assigned: bool) -> Result<()> {
        let me = self.me.clone();
        self.change_issue(issue, |record| {
            record.issue.assignees.retain(|a| *a != me);
            if assigned {
                record.issue.assignees.push(me);
            }
        })
    }

    fn set_issue_open(&self, issue: IssueNo, open: bool) -> Result<()> {
        self.change_issue(issue, |record| record.issue.open = open)
    }

    fn pulls(&self) -> Result<Vec<Pull>> {
        Ok(self.pull_records()?.into_iter().map(|r| r.pull).filter(Pull::is_open).collect())
    }

    fn pull(&self, pull: PullNo) -> Result<Option<Pull>> {
        Ok(self.pull_record(pull)?.map(|r| r.pull))
    }

    fn pull_of(&self, branch: &str) -> Result<Option<Pull>> {
        Ok(self.pulls()?.into_iter().find(|p| p.branch == branch))
    }

    fn open_pull(&self, pull: &NewPull) -> Result<PullNo> {
        self.file_pull(pull)
    }

    fn review(&self, pull: PullNo, review: &NewReview) -> Result<()> {
        self.add_review(pull, review)
    }

    fn dismiss(&self, pull: PullNo, review: u64) -> Result<()> {
        self.dismiss_review(pull, review)
    }

    fn set_pull_open(&self, pull: PullNo, open: bool) -> Result<()> {
        self.change_pull_state(pull, open)
    }

    /// The merge is made in git by whoever asked, and recorded afterwards.
    fn merge(&self, pull: PullNo, _head: &Sha) -> Result<Merge> {
        use crate::domain::pull::PullState::*;
        Ok(match self.pull(pull)?.map(|p| p.state) {
            None => bail!("there is no pull #{pull}"),
            Some(Open) => Merge::Ours,
            Some(Merged { .. }) => Merge::AlreadyMerged,
            Some(Closed { .. }) => Merge::Closed,
        })
    }

    fn record_merge(&self, pull: PullNo, merged: &Sha) -> Result<()> {
        self.mark_merged(pull, merged)
    }

    /// `verify` is the only check here, and its results are files that `ops` reads.
    fn checks(&self, _sha: &Sha) -> Result<Option<Vec<CheckItem>>> {
        Ok(None)
    }

    fn required(&self) -> Result<Vec<String>> {
        Ok(vec![])
    }
}
