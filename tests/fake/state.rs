//! What the forge remembers.

use super::repository::Refs;
use std::collections::{BTreeMap, BTreeSet};

/// A label of the repository.
#[derive(Clone)]
pub struct Label {
    pub id: u64,
    pub name: String,
    pub color: String,
}

/// A comment.
#[derive(Clone)]
pub struct Comment {
    pub id: u64,
    pub by: String,
    pub body: String,
    pub at: i64,
}

/// Something that happened to an issue.
#[derive(Clone)]
pub struct Happened {
    pub id: u64,
    pub kind: &'static str,
    pub by: String,
    pub body: String,
    pub label: Option<u64>,
    pub at: i64,
}

/// A review.
#[derive(Clone)]
pub struct Review {
    pub id: u64,
    pub by: String,
    pub state: String,
    pub body: String,
    pub sha: String,
    pub official: bool,
    pub stale: bool,
    pub dismissed: bool,
    pub lines: Vec<(u64, String, u64, String)>,
    pub at: i64,
}

/// What makes an issue a pull.
#[derive(Clone)]
pub struct Pull {
    pub branch: String,
    pub base: String,
    /// The repository of the branch: another number is a fork.
    pub head_repo: i64,
    /// The head as last seen: what remains when the branch is gone.
    pub head: String,
    pub merged: Option<String>,
    pub reviews: Vec<Review>,
    /// Whether the server has found out that it conflicts.
    pub tested: bool,
}

/// An issue or a pull.
#[derive(Clone)]
pub struct Issue {
    pub number: u64,
    pub title: String,
    pub body: String,
    /// Empty: the account was deleted.
    pub by: String,
    pub labels: Vec<u64>,
    pub assignees: Vec<String>,
    pub open: bool,
    pub created: i64,
    pub updated: i64,
    pub comments: Vec<Comment>,
    pub timeline: Vec<Happened>,
    pub depends_on: Vec<u64>,
    pub pull: Option<Pull>,
}

/// A status of a commit.
#[derive(Clone)]
pub struct Status {
    pub id: u64,
    pub sha: String,
    pub context: String,
    pub state: String,
    pub url: String,
    pub description: String,
    pub at: i64,
}

/// The protection of the primary branch.
#[derive(Clone, Default)]
pub struct Protection {
    pub contexts: Vec<String>,
    pub approvals: usize,
}

/// Rows as listings show them.
pub type Issues = BTreeMap<u64, Issue>;

/// The forge's memory.
pub struct State {
    pub owner: String,
    pub name: String,
    /// The name before it was renamed.
    pub old_name: Option<String>,
    pub primary: String,
    pub archived: bool,
    /// Accounts by their tokens; `-` behind a name: a token that may only read.
    pub tokens: BTreeMap<String, String>,
    pub writers: BTreeSet<String>,
    pub admins: BTreeSet<String>,
    pub labels: Vec<Label>,
    pub issues: Issues,
    pub statuses: Vec<Status>,
    pub protection: Option<Protection>,
    pub asked: Vec<String>,
    pub refs: Box<dyn Refs + Send>,
    clock: Box<dyn Fn() -> i64 + Send>,
    /// Seconds that its clock is ahead.
    pub skew: i64,
    ids: u64,
    pub reviews: u64,
    pub status_ids: u64,
    /// How everything was before each of the last changes.
    pub before: Vec<Issues>,
}

impl State {
    pub fn new(repo: &str, refs: Box<dyn Refs + Send>, clock: Box<dyn Fn() -> i64 + Send>) -> State {
        let (owner, name) = repo.split_once('/').unwrap();
        State {
            owner: owner.into(),
            name: name.into(),
            old_name: None,
            primary: "main".into(),
            archived: false,
            tokens: BTreeMap::new(),
            writers: BTreeSet::from([owner.to_string()]),
            admins: BTreeSet::from([owner.to_string()]),
            labels: vec![],
            issues: BTreeMap::new(),
            statuses: vec![],
            protection: None,
            asked: vec![],
            refs,
            clock,
            skew: 0,
            ids: 0,
            reviews: 0,
            status_ids: 0,
            before: vec![],
        }
    }

    /// An account with a token of the same name; writers may push.
    pub fn account(&mut self, name: &str, writes: bool) {
        self.tokens.insert(name.into(), name.into());
        if writes {
            self.writers.insert(name.into());
        }
    }

    pub fn now(&self) -> i64 {
        (self.clock)() + self.skew
    }

    pub fn id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    pub fn next_number(&self) -> u64 {
        self.issues.keys().max().copied().unwrap_or(0) + 1
    }

    /// Keeps how it was, for listings that lag behind.
    pub fn changed(&mut self) {
        self.before.push(self.issues.clone());
        let old = self.before.len().saturating_sub(20);
        self.before.drain(..old);
    }

    pub fn label(&self, id: u64) -> Option<&Label> {
        self.labels.iter().find(|l| l.id == id)
    }

    /// The head of a pull: that of its branch, as long as there is one and it is open.
    pub fn head(&self, issue: &Issue) -> String {
        let Some(pull) = &issue.pull else { return String::new() };
        match self.refs.head(&pull.branch) {
            Some(head) if issue.open && pull.head_repo == 1 => head,
            _ => pull.head.clone(),
        }
    }

    /// What pushes bring about: approvals of an older content become stale.
    pub fn notice_pushes(&mut self) {
        let heads: Vec<(u64, String)> = self.issues.values().map(|i| (i.number, self.head(i))).collect();
        for (number, head) in heads {
            let Some(pull) = self.issues.get_mut(&number).and_then(|i| i.pull.as_mut()) else { continue };
            if pull.head != head {
                pull.head.clone_from(&head);
                pull.tested = false;
                pull.reviews.iter_mut().filter(|r| r.sha != head).for_each(|r| r.stale = true);
            }
        }
    }
}
