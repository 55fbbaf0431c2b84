//! Forgejo and Gitea, by API v1. What each call gives and means, and which versions it was tried on, stands in
//! docs/forges.md. Nothing that a server promises of sorting, filtering or paging is relied on.

mod convert;
mod facts;
mod issues;
mod merge;
mod pulls;
mod rights;
mod seen;
mod wire;

use crate::domain::evidence::CheckItem;
use crate::domain::ids::{IssueNo, PullNo, Sha};
use crate::domain::issue::{Comment, Issue};
use crate::domain::pull::Pull;
use crate::http::{Client, quoted};
use crate::store::Store;
use crate::store::disk::fnv;
use crate::world::{Clock, Forge, Merge, NewIssue, NewPull, NewReview, Rights};
use anyhow::{Result, bail};
use seen::Seen;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// How many issues are asked after one by one in one look.
const ISSUE_DETAILS: usize = 100;

/// What there is to know of a project on such a forge.
#[derive(Clone, Debug)]
pub struct Site {
    /// The server's address.
    pub url: String,
    /// `owner/name`.
    pub repo: String,
    /// The branch that pulls land on.
    pub primary: String,
    /// Whose issues are worked on without anybody's word; empty: whoever may write.
    pub trusted: Vec<String>,
    /// Whether results of checks are the forge's; if not, `verify` decides.
    pub has_ci: bool,
    /// What tells one token from another.
    pub token: String,
}

/// The forge, spoken to as one account.
pub struct Forgejo {
    client: Rc<Client>,
    store: Store,
    clock: Rc<dyn Clock>,
    /// `/api/v1/repos/owner/name`, ready for an address.
    repo: String,
    owner: String,
    /// The server's address, as people open it.
    web: String,
    full_name: String,
    primary: String,
    named: Vec<String>,
    has_ci: bool,
    /// Of server, repository and token: what was kept of another is not used.
    fingerprint: String,
    asked_dependencies: Cell<usize>,
    /// What was seen, as this process knows it; see [`seen`].
    memory: RefCell<Option<Seen>>,
    /// It holds what the file does not.
    unsaved: Cell<bool>,
}

impl Forgejo {
    /// The forge at `site`, through `client`.
    pub fn new(site: &Site, client: Rc<Client>, store: Store, clock: Rc<dyn Clock>) -> Forgejo {
        let (owner, name) = site.repo.split_once('/').unwrap_or((site.repo.as_str(), ""));
        Forgejo {
            repo: format!("/api/v1/repos/{}/{}", quoted(owner), quoted(name)),
            owner: owner.into(),
            web: site.url.trim_end_matches('/').into(),
            full_name: site.repo.clone(),
            primary: site.primary.clone(),
            named: site.trusted.clone(),
            has_ci: site.has_ci,
            fingerprint: format!(
                "{:016x}",
                fnv(format!("{}\n{}\n{}", site.url, site.repo, site.token).as_bytes())
            ),
            asked_dependencies: Cell::new(0),
            memory: RefCell::new(None),
            unsaved: Cell::new(false),
            client,
            store,
            clock,
        }
    }

    /// Whose issues need nobody's word.
    fn trusted(&self) -> Result<Vec<String>> {
        if self.named.is_empty() { Ok(self.who_may_write()?) } else { Ok(self.named.clone()) }
    }
}

impl Drop for Forgejo {
    /// What was found out one by one is written once.
    fn drop(&mut self) {
        self.save();
    }
}

impl Forge for Forgejo {
    fn me(&self) -> Result<String> {
        Ok(self.my_name()?)
    }

    fn writers(&self) -> Result<Vec<String>> {
        Ok(self.who_may_write()?)
    }

    fn page(&self, number: u64, is_pull: bool) -> Option<String> {
        let kind = if is_pull { "pulls" } else { "issues" };
        Some(format!("{}/{}/{kind}/{number}", self.web, self.full_name))
    }

    fn version(&self) -> Result<String> {
        Ok(self.server_version()?)
    }

    fn rights(&self) -> Result<Option<Rights>> {
        Ok(Some(self.what_we_may()?))
    }

    fn missing_labels(&self, wanted: &[String]) -> Result<Vec<String>> {
        let there = self.label_ids()?;
        Ok(wanted.iter().filter(|name| !there.contains_key(*name)).cloned().collect())
    }

    fn skew(&self) -> Option<i64> {
        self.client.skew()
    }

    fn issues(&self, labels: &[&str]) -> Result<Vec<Issue>> {
        self.open_issues(labels)
    }

    fn all_issues(&self, limit: usize) -> Result<Vec<Issue>> {
        self.every_issue(limit)
    }

    fn issue(&self, issue: IssueNo) -> Result<Option<Issue>> {
        self.one_issue(issue)
    }

    fn dependencies(&self, issue: &Issue) -> Result<Vec<IssueNo>> {
        self.native_dependencies(issue)
    }

    fn comments(&self, number: u64) -> Result<Vec<Comment>> {
        self.comments_of(number)
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

    fn make_labels(&self, labels: &[String]) -> Result<()> {
        self.ids_of(labels).map(drop)
    }

    fn assign(&self, issue: IssueNo, assigned: bool) -> Result<()> {
        self.assign_us(issue, assigned)
    }

    fn set_issue_open(&self, issue: IssueNo, open: bool) -> Result<()> {
        self.open_or_close_issue(issue, open)
    }

    fn pulls(&self) -> Result<Vec<Pull>> {
        self.open_pulls()
    }

    fn pull(&self, pull: PullNo) -> Result<Option<Pull>> {
        self.one_pull(pull)
    }

    fn pull_of(&self, branch: &str) -> Result<Option<Pull>> {
        self.open_pull_of(branch)
    }

    fn open_pull(&self, pull: &NewPull) -> Result<PullNo> {
        self.file_pull(pull)
    }

    fn review(&self, pull: PullNo, review: &NewReview) -> Result<()> {
        self.give_review(pull, review)
    }

    fn dismiss(&self, pull: PullNo, review: u64) -> Result<()> {
        self.dismiss_review(pull, review)
    }

    fn set_pull_open(&self, pull: PullNo, open: bool) -> Result<()> {
        self.open_or_close_pull(pull, open)
    }

    fn merge(&self, pull: PullNo, head: &Sha) -> Result<Merge> {
        self.ask_merge(pull, head)
    }

    fn record_merge(&self, pull: PullNo, _merged: &Sha) -> Result<()> {
        bail!("pull #{pull} is merged by the forge, not by us")
    }

    fn checks(&self, sha: &Sha) -> Result<Option<Vec<CheckItem>>> {
        if self.has_ci { self.checks_of(sha).map(Some) } else { Ok(None) }
    }

    fn checks_lately(&self, sha: &Sha) -> Result<Option<Vec<CheckItem>>> {
        if self.has_ci { self.checks_lately_of(sha).map(Some) } else { Ok(None) }
    }

    fn required(&self) -> Result<Vec<String>> {
        if self.has_ci { Ok(self.demanded()?) } else { Ok(vec![]) }
    }
}
