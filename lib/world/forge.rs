//! A forge: issues, pulls and reviews. Outcomes are values, never status codes; a call whose answer was
//! ambiguous is read back by the caller.

use crate::domain::evidence::CheckItem;
use crate::domain::ids::{IssueNo, PullNo, Sha};
use crate::domain::issue::{Comment, Issue};
use crate::domain::pull::{Pull, Verdict};
use anyhow::Result;

/// An issue to be filed.
#[derive(Clone, Debug)]
pub struct NewIssue {
    /// Its title.
    pub title: String,
    /// Its description.
    pub body: String,
    /// Its labels.
    pub labels: Vec<String>,
}

/// A pull to be opened.
#[derive(Clone, Debug)]
pub struct NewPull {
    /// The branch it brings in.
    pub branch: String,
    /// The branch it goes into.
    pub base: String,
    /// Its title.
    pub title: String,
    /// Its description.
    pub body: String,
}

/// A review to be given.
#[derive(Clone, Debug)]
pub struct NewReview {
    /// What it says.
    pub verdict: Verdict,
    /// The head it is given for.
    pub sha: Sha,
    /// Its text.
    pub body: String,
}

/// What a request to merge came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merge {
    /// Merged, as this commit where the forge tells.
    Merged(Option<Sha>),
    /// It had been merged before.
    AlreadyMerged,
    /// The forge is not ready; try again later.
    NotReady(String),
    /// It conflicts with the base.
    Conflict,
    /// The head is not the one asked for.
    HeadMoved,
    /// We may not.
    NotAllowed(String),
    /// It is closed.
    Closed,
    /// This forge has no server: the merge is ours to make in git, and then to be recorded.
    Ours,
}

/// What our account may do, found out by calls that change nothing.
#[derive(Clone, Debug)]
pub struct Rights {
    /// Whether it may label, comment on and close issues; else what the server says.
    pub issues: Result<(), String>,
    /// Whether it may open pulls; else what the server says.
    pub pulls: Result<(), String>,
    /// Nothing can be changed in the repository.
    pub archived: bool,
    /// The primary branch is protected.
    pub protected: bool,
    /// It may push to the primary branch.
    pub pushes_primary: bool,
    /// It may merge into the primary branch.
    pub merges_primary: bool,
    /// How many approvals the server demands.
    pub approvals: u64,
}

/// A forge, spoken to as one account.
pub trait Forge {
    /// The account's name.
    fn me(&self) -> Result<String>;
    /// Whoever may write to the repository; empty where the forge has no such thing.
    fn writers(&self) -> Result<Vec<String>>;
    /// What the forge calls its version; empty where there is no server.
    fn version(&self) -> Result<String> {
        Ok(String::new())
    }
    /// What our account may do; none where there is no server.
    fn rights(&self) -> Result<Option<Rights>> {
        Ok(None)
    }
    /// Which of these labels are not there.
    fn missing_labels(&self, _wanted: &[String]) -> Result<Vec<String>> {
        Ok(vec![])
    }
    /// By how many seconds the server's clock is ahead of ours, as its last answer said; none where there is no server.
    fn skew(&self) -> Option<i64> {
        None
    }
    /// Where people see an issue, or a pull, in their browser; none where there is no such page.
    fn page(&self, _number: u64, _is_pull: bool) -> Option<String> {
        None
    }
    /// Open issues that carry at least one of these labels.
    fn issues(&self, labels: &[&str]) -> Result<Vec<Issue>>;
    /// All issues, open or not, newest first, at most `limit`.
    fn all_issues(&self, limit: usize) -> Result<Vec<Issue>>;
    /// One issue; none if there is no such issue.
    fn issue(&self, issue: IssueNo) -> Result<Option<Issue>>;
    /// What the forge itself knows an issue to depend on.
    fn dependencies(&self, issue: &Issue) -> Result<Vec<IssueNo>>;
    /// The comments of an issue or a pull, oldest first.
    fn comments(&self, number: u64) -> Result<Vec<Comment>>;
    /// Adds a comment to an issue or a pull.
    fn comment(&self, number: u64, body: &str) -> Result<()>;
    /// Files an issue.
    fn new_issue(&self, issue: &NewIssue) -> Result<IssueNo>;
    /// Adds and takes off labels; those that are so already are left.
    fn set_labels(&self, issue: IssueNo, add: &[String], remove: &[String]) -> Result<()>;
    /// Makes labels that are not there; where a label is what stands on an issue, nothing has to be made.
    fn make_labels(&self, _labels: &[String]) -> Result<()> {
        Ok(())
    }
    /// Puts our account among the assignees, or takes it out.
    fn assign(&self, issue: IssueNo, assigned: bool) -> Result<()>;
    /// Opens or closes an issue.
    fn set_issue_open(&self, issue: IssueNo, open: bool) -> Result<()>;
    /// Open pulls.
    fn pulls(&self) -> Result<Vec<Pull>>;
    /// One pull; none if there is no such pull.
    fn pull(&self, pull: PullNo) -> Result<Option<Pull>>;
    /// The open pull of a branch.
    fn pull_of(&self, branch: &str) -> Result<Option<Pull>>;
    /// Opens a pull.
    fn open_pull(&self, pull: &NewPull) -> Result<PullNo>;
    /// Gives a review.
    fn review(&self, pull: PullNo, review: &NewReview) -> Result<()>;
    /// Withdraws a review.
    fn dismiss(&self, pull: PullNo, review: u64) -> Result<()>;
    /// Closes a pull without a merge, or opens it again.
    fn set_pull_open(&self, pull: PullNo, open: bool) -> Result<()>;
    /// Asks for a merge at this head and no other.
    fn merge(&self, pull: PullNo, head: &Sha) -> Result<Merge>;
    /// Records a merge that was made in git (only where [`Forge::merge`] says [`Merge::Ours`]).
    fn record_merge(&self, pull: PullNo, merged: &Sha) -> Result<()>;
    /// Check results reported on a commit; none where the forge has no such thing.
    fn checks(&self, sha: &Sha) -> Result<Option<Vec<CheckItem>>>;
    /// The same, where an answer up to an hour old will do if all that it holds has passed.
    fn checks_lately(&self, sha: &Sha) -> Result<Option<Vec<CheckItem>>> {
        self.checks(sha)
    }
    /// Contexts that the forge itself demands before a merge into the primary branch, as patterns (`ci/*`); empty: none
    /// are named.
    fn required(&self) -> Result<Vec<String>>;
}
