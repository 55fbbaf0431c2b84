//! A forge with a server, in memory: issues, pulls, reviews, statuses, merges that the server makes, and claims
//! that several hosts share. It can show listings of a while ago, and ignore which head was to be merged.

use super::ci::Pipeline;
use super::core::Core;
use super::git::{Pool, Refs};
use super::wired::Wired;
use anyhow::{Context, Result, bail};
use drover::domain::claim::GRACE;
use drover::domain::evidence::CheckItem;
use drover::domain::ids::{IssueNo, PullNo, Sha};
use drover::domain::issue::{Comment, Issue, Label};
use drover::domain::pull::{Pull, PullState, Review};
use drover::domain::schedule::Claim;
use drover::domain::time::{DAY, Timestamp};
use drover::world::{Claims, Forge, Merge, NewIssue, NewPull, NewReview};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What the server keeps.
#[derive(Clone, Default)]
pub struct Records {
    pub issues: BTreeMap<u64, Issue>,
    pub pulls: BTreeMap<u64, Pull>,
    pub comments: BTreeMap<u64, Vec<Comment>>,
    pub statuses: BTreeMap<Sha, Vec<CheckItem>>,
}

/// A merge that the server made for us.
#[derive(Clone, Debug)]
pub struct Made {
    pub pull: PullNo,
    pub head: Sha,
    pub by: String,
}

/// The server.
pub struct Server {
    pub core: Rc<Core>,
    pub pool: Rc<Pool>,
    pub remote: Rc<RefCell<Refs>>,
    pub now: RefCell<Records>,
    /// It is spoken to over HTTP, and keeps its records itself.
    pub wired: Option<Wired>,
    /// What listings show while they lag behind, and since which step.
    old: RefCell<Option<(u64, Records)>>,
    /// Whether they ever have.
    pub lagged: Cell<bool>,
    ignores_head: Cell<bool>,
    pub made: RefCell<Vec<Made>>,
    /// The newest pipeline of each commit.
    pub pipelines: RefCell<BTreeMap<Sha, Pipeline>>,
    pub claims: RefCell<BTreeMap<IssueNo, (usize, u64)>>,
    /// How often each issue has been taken.
    takings: RefCell<BTreeMap<IssueNo, u32>>,
}

impl Server {
    pub fn new(core: Rc<Core>, pool: Rc<Pool>, remote: Rc<RefCell<Refs>>, wired: bool) -> Server {
        Server {
            wired: wired.then(|| Wired::new(&core, &pool, &remote)),
            core,
            pool,
            remote,
            now: RefCell::default(),
            old: RefCell::new(None),
            lagged: Cell::new(false),
            ignores_head: Cell::new(false),
            made: RefCell::default(),
            pipelines: RefCell::default(),
            claims: RefCell::default(),
            takings: RefCell::default(),
        }
    }

    /// Listings show from now on what is so now, whatever happens.
    pub fn fall_behind(&self) {
        let mut records = self.now.borrow().clone();
        records.pulls.values_mut().for_each(|p| p.head = self.head(p));
        self.lagged.set(true);
        *self.old.borrow_mut() = Some((self.core.step.get(), records));
        self.wired.iter().for_each(|w| w.freeze(true));
    }

    pub fn catch_up(&self) {
        *self.old.borrow_mut() = None;
        self.wired.iter().for_each(|w| w.freeze(false));
    }

    /// Since which step listings lag behind, if they do.
    pub fn behind(&self) -> Option<u64> {
        self.old.borrow().as_ref().map(|(step, _)| *step)
    }

    /// Whether it merges whatever head it is told.
    pub fn ignores_head(&self) -> bool {
        self.ignores_head.get()
    }

    pub fn ignore_head(&self, on: bool) {
        self.ignores_head.set(on);
        self.wired.iter().for_each(|w| w.fake.quirks.lock().unwrap().ignores_head = on);
    }

    /// Pulls as they really are.
    pub fn pulls(&self) -> Vec<Pull> {
        match &self.wired {
            Some(wired) => wired.pulls(),
            None => self.now.borrow().pulls.values().cloned().collect(),
        }
    }

    /// The comments of an issue or a pull.
    pub fn comments(&self, number: u64) -> Vec<Comment> {
        match &self.wired {
            Some(wired) => wired.comments(number),
            None => self.now.borrow().comments.get(&number).cloned().unwrap_or_default(),
        }
    }

    /// What CI has said of a commit.
    pub fn statuses(&self, sha: &Sha) -> Vec<CheckItem> {
        self.now.borrow().statuses.get(sha).cloned().unwrap_or_default()
    }

    /// CI says something of a commit.
    pub fn report(&self, sha: &Sha, item: CheckItem) {
        self.wired.iter().for_each(|w| w.report(sha, &item));
        self.now.borrow_mut().statuses.insert(sha.clone(), vec![item]);
    }

    fn head(&self, pull: &Pull) -> Option<Sha> {
        self.remote.borrow().branches.get(&pull.branch).cloned()
    }

    fn listed<T>(&self, look: impl FnOnce(&Records) -> T) -> T {
        match &*self.old.borrow() {
            Some((_, old)) => look(old),
            None => look(&self.now.borrow()),
        }
    }

    fn next(&self) -> u64 {
        self.now.borrow().issues.keys().max().copied().unwrap_or(0) + 1
    }

    /// A number that says which branch it is of, so that it does not depend on who was first.
    fn next_pull(&self, branch: &str) -> PullNo {
        let issue: u64 = branch.rsplit('-').next().and_then(|n| n.parse().ok()).unwrap_or(99);
        let before = self.now.borrow().pulls.values().filter(|p| p.branch == branch).count() as u64;
        PullNo(issue * 100 + before)
    }

    fn time(&self) -> Timestamp {
        Timestamp(self.core.time.get() / 1000)
    }
}

/// The server, spoken to as one account.
pub struct Account {
    pub server: Rc<Server>,
    pub me: String,
}

impl Account {
    fn change_issue(&self, issue: IssueNo, change: impl FnOnce(&mut Issue)) -> Result<()> {
        let mut now = self.server.now.borrow_mut();
        let found = now.issues.get_mut(&issue.0).with_context(|| format!("404: no issue #{issue}"))?;
        change(found);
        found.updated = self.server.time();
        Ok(())
    }

    fn change_pull(&self, pull: PullNo, change: impl FnOnce(&mut Pull) -> Result<()>) -> Result<()> {
        let mut now = self.server.now.borrow_mut();
        change(now.pulls.get_mut(&pull.0).with_context(|| format!("404: no pull #{pull}"))?)
    }

    fn shown(&self, pull: &Pull) -> Pull {
        Pull { head: self.server.head(pull), ..pull.clone() }
    }
}

impl Forge for Account {
    fn me(&self) -> Result<String> {
        Ok(self.me.clone())
    }

    fn issues(&self, labels: &[&str]) -> Result<Vec<Issue>> {
        let wanted = |i: &&Issue| i.open && labels.iter().any(|l| i.has(l));
        Ok(self.server.listed(|r| r.issues.values().filter(wanted).cloned().collect()))
    }

    fn all_issues(&self, limit: usize) -> Result<Vec<Issue>> {
        Ok(self.server.now.borrow().issues.values().rev().take(limit).cloned().collect())
    }

    fn issue(&self, issue: IssueNo) -> Result<Option<Issue>> {
        Ok(self.server.now.borrow().issues.get(&issue.0).cloned())
    }

    fn dependencies(&self, issue: &Issue) -> Result<Vec<IssueNo>> {
        Ok(issue.depends_on.clone())
    }

    fn comments(&self, number: u64) -> Result<Vec<Comment>> {
        Ok(self.server.listed(|r| r.comments.get(&number).cloned().unwrap_or_default()))
    }

    fn comment(&self, number: u64, body: &str) -> Result<()> {
        let (author, at) = (self.me.clone(), self.server.time());
        let mut now = self.server.now.borrow_mut();
        let comments = now.comments.entry(number).or_default();
        comments.push(Comment { id: comments.len() as u64 + 1, author, at, body: body.into() });
        Ok(())
    }

    fn new_issue(&self, new: &NewIssue) -> Result<IssueNo> {
        let (number, now) = (IssueNo(self.server.next()), self.server.time());
        let label = |name: &String| Label { name: name.clone(), by: Some(self.me.clone()), at: Some(now) };
        let issue = Issue {
            number,
            title: new.title.clone(),
            body: new.body.clone(),
            author: self.me.clone(),
            open: true,
            labels: new.labels.iter().map(label).collect(),
            assignees: vec![],
            depends_on: vec![],
            created: now,
            edited: now,
            updated: now,
        };
        self.server.now.borrow_mut().issues.insert(number.0, issue);
        Ok(number)
    }

    fn set_labels(&self, issue: IssueNo, add: &[String], remove: &[String]) -> Result<()> {
        let (me, now) = (self.me.clone(), self.server.time());
        self.change_issue(issue, |i| {
            i.labels.retain(|l| !remove.contains(&l.name) && !add.contains(&l.name));
            let label = |name: &String| Label { name: name.clone(), by: Some(me.clone()), at: Some(now) };
            i.labels.extend(add.iter().map(label));
        })
    }

    fn assign(&self, issue: IssueNo, assigned: bool) -> Result<()> {
        let me = self.me.clone();
        self.change_issue(issue, |i| {
            i.assignees.retain(|a| *a != me);
            i.assignees.extend(assigned.then_some(me));
        })
    }

    fn set_issue_open(&self, issue: IssueNo, open: bool) -> Result<()> {
        self.change_issue(issue, |i| i.open = open)
    }

    fn pulls(&self) -> Result<Vec<Pull>> {
        let lags = self.server.old.borrow().is_some();
        let shown = |p: &Pull| if lags { p.clone() } else { self.shown(p) };
        Ok(self.server.listed(|r| r.pulls.values().filter(|p| p.is_open()).map(shown).collect()))
    }

    fn pull(&self, pull: PullNo) -> Result<Option<Pull>> {
        Ok(self.server.now.borrow().pulls.get(&pull.0).map(|p| self.shown(p)))
    }

    fn pull_of(&self, branch: &str) -> Result<Option<Pull>> {
        let now = self.server.now.borrow();
        Ok(now.pulls.values().find(|p| p.branch == branch && p.is_open()).map(|p| self.shown(p)))
    }

    fn open_pull(&self, new: &NewPull) -> Result<PullNo> {
        let open = |p: &&Pull| p.is_open() && p.branch == new.branch;
        if let Some(open) = self.server.now.borrow().pulls.values().find(open) {
            bail!("409: pull #{} is open for {}", open.number, new.branch);
        }
        if !self.server.remote.borrow().branches.contains_key(&new.branch) {
            bail!("422: no branch {}", new.branch);
        }
        let number = self.server.next_pull(&new.branch);
        let pull = Pull {
            number,
            title: new.title.clone(),
            body: new.body.clone(),
            branch: new.branch.clone(),
            base: new.base.clone(),
            author: self.me.clone(),
            state: PullState::Open,
            draft: false,
            from_fork: false,
            head: None,
            created: self.server.time(),
            reviews: vec![],
        };
        self.server.now.borrow_mut().pulls.insert(number.0, pull);
        Ok(number)
    }

    fn review(&self, pull: PullNo, new: &NewReview) -> Result<()> {
        let (author, at) = (self.me.clone(), self.server.time());
        self.change_pull(pull, |p| {
            let id = pull.0 * 1000 + p.reviews.len() as u64 + 1;
            let review = Review {
                id,
                author,
                verdict: new.verdict,
                sha: new.sha.clone(),
                at,
                dismissed: false,
                body: new.body.clone(),
            };
            p.reviews.push(review);
            Ok(())
        })
    }

    fn dismiss(&self, pull: PullNo, review: u64) -> Result<()> {
        self.change_pull(pull, |p| {
            p.reviews.iter_mut().filter(|r| r.id == review).for_each(|r| r.dismissed = true);
            Ok(())
        })
    }

    fn set_pull_open(&self, pull: PullNo, open: bool) -> Result<()> {
        let by = Some(self.me.clone());
        self.change_pull(pull, |p| {
            p.state = match (&p.state, open) {
                (PullState::Merged { .. }, _) => bail!("422: it is merged"),
                (_, true) => PullState::Open,
                (_, false) => PullState::Closed { by },
            };
            Ok(())
        })
    }

    fn merge(&self, pull: PullNo, head: &Sha) -> Result<Merge> {
        let Some(found) = self.pull(pull)? else { bail!("404: no pull #{pull}") };
        match found.state {
            PullState::Merged { .. } => return Ok(Merge::AlreadyMerged),
            PullState::Closed { .. } => return Ok(Merge::Closed),
            PullState::Open => {}
        }
        let Some(now) = found.head.clone() else { return Ok(Merge::NotReady("its branch is gone".into())) };
        if now != *head && !self.server.ignores_head.get() {
            return Ok(Merge::HeadMoved);
        }
        // Servers compute this on their own time: "405, try again later".
        if self.server.core.rng.chance(self.server.core.rates.get().refused) {
            return Ok(Merge::NotReady("405: please try again later".into()));
        }
        let base = self.server.remote.borrow().primary.clone();
        let message = format!("Merge pull #{pull}");
        let Some(merge) = self.server.pool.merge_commit(&base, &now, &message) else {
            return Ok(Merge::Conflict);
        };
        self.server.remote.borrow_mut().primary = merge.clone();
        self.change_pull(pull, |p| {
            p.state = PullState::Merged { sha: Some(merge.clone()) };
            Ok(())
        })?;
        self.server.made.borrow_mut().push(Made { pull, head: now, by: self.me.clone() });
        Ok(Merge::Merged(Some(merge)))
    }

    fn record_merge(&self, _: PullNo, _: &Sha) -> Result<()> {
        bail!("a server records its merges itself")
    }

    fn checks(&self, sha: &Sha) -> Result<Option<Vec<CheckItem>>> {
        Ok(Some(self.server.listed(|r| r.statuses.get(sha).cloned().unwrap_or_default())))
    }

    fn writers(&self) -> Result<Vec<String>> {
        Ok(vec![])
    }

    fn required(&self) -> Result<Vec<String>> {
        Ok(vec![])
    }
}

/// Claims that the server keeps; it goes by its own clock.
pub struct SharedClaims {
    pub server: Rc<Server>,
    pub host: usize,
}

impl SharedClaims {
    fn holder(&self, issue: IssueNo) -> Option<(usize, u64)> {
        let now = self.server.time().0 as u64;
        let (host, until) = self.server.claims.borrow().get(&issue).copied()?;
        (host == self.host || until > now).then_some((host, until))
    }

    fn set(&self, issue: IssueNo) {
        let until = self.server.time().0 as u64 + DAY;
        self.server.claims.borrow_mut().insert(issue, (self.host, until));
    }
}

impl Claims for SharedClaims {
    fn owner(&self) -> String {
        format!("host {}", self.host)
    }

    fn look(&self, issue: IssueNo, _: Timestamp) -> Claim {
        match self.holder(issue) {
            None => Claim::Free,
            Some((host, _)) if host == self.host => Claim::Mine,
            Some((host, _)) => Claim::Theirs(format!("host {host}")),
        }
    }

    fn holds(&self, issue: IssueNo, _: Timestamp) -> bool {
        let ends = self.server.time().0 as u64 + GRACE;
        self.holder(issue).is_some_and(|(host, until)| host == self.host && ends < until)
    }

    fn take(&self, issue: IssueNo, _: Timestamp) -> Result<Option<u32>> {
        let mut takings = self.server.takings.borrow_mut();
        let count = takings.entry(issue).or_insert(0);
        match self.holder(issue) {
            Some((host, _)) if host != self.host => return Ok(None),
            Some(_) => {}
            None => *count += 1,
        }
        self.set(issue);
        Ok(Some(*count))
    }

    fn renew(&self, issue: IssueNo, _: Timestamp) -> Result<()> {
        if self.holder(issue).is_some_and(|(host, _)| host == self.host) {
            self.set(issue);
        }
        Ok(())
    }

    fn release(&self, issue: IssueNo) -> Result<()> {
        if self.holder(issue).is_some_and(|(host, _)| host == self.host) {
            self.server.claims.borrow_mut().remove(&issue);
        }
        Ok(())
    }
}
