//! What a tick does: for every issue, pull and run the one next action, or the coded reason why not. `poll`
//! carries it out, `poll --dry-run` prints it, `status why` explains it: one function for all three (law 9).

mod start;

use super::ids::{IssueNo, PullNo, Sha};
use super::issue::Issue;
use super::landing::{Hold, Landing};
use super::phase::seen::{Fact, Seen};
use super::phase::{Phase, diagram, step};
use super::policy::Policy;
use super::pull::{Pull, Review, Verdict::Approve};
use super::run::Run;
use super::time::Timestamp;
use std::collections::BTreeMap;

pub use start::dependency_cycle;

/// One look at everything.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The wall clock.
    pub now: Timestamp,
    /// Minutes since local midnight.
    pub minute_of_day: u32,
    /// Whether the guard file is there.
    pub guard: bool,
    /// What `paused` says, if the project is paused.
    pub paused: Option<String>,
    /// What every start needs and could not be looked at: the repository, tmux.
    pub unseen: Vec<Reason>,
    /// Open issues with one of our labels.
    pub issues: Fact<Vec<Issue>>,
    /// What each of them depends on, and whether that is open; the forge's word and the text's.
    pub dependencies: BTreeMap<IssueNo, Vec<Dependency>>,
    /// Whose each issue is.
    pub claims: BTreeMap<IssueNo, Claim>,
    /// Open pulls, each with the decision about it.
    pub pulls: Fact<Vec<PullRow>>,
    /// Our runs, each with what was seen of it.
    pub runs: Vec<RunRow>,
    /// The machine.
    pub machine: MachineSeen,
    /// Agents that are not to be used before a time, with the reason; not the project's own while another takes over.
    pub cooling: BTreeMap<String, (Timestamp, String)>,
    /// Heads of open pulls that `verify` has to say something of, and has not.
    pub unverified: Vec<Sha>,
    /// Mirrors that are behind and whose turn it is.
    pub mirrors_due: Vec<String>,
}

/// A dependency of an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The issue waited for.
    pub on: IssueNo,
    /// Whether it is open, if that could be read.
    pub open: Fact<bool>,
}

/// Whose an issue is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// This host's and root's.
    Mine,
    /// Another's.
    Theirs(String),
    /// Nobody's.
    Free,
    /// The look failed.
    Unknown(String),
}

/// An open pull, and the decision about it.
#[derive(Clone, Debug)]
pub struct PullRow {
    /// The pull.
    pub pull: Pull,
    /// The issue it belongs to.
    pub issue: Option<IssueNo>,
    /// Whether it lands.
    pub landing: Landing,
}

/// A run, and what was seen of it.
#[derive(Clone, Debug)]
pub struct RunRow {
    /// The run.
    pub run: Run,
    /// What a step would decide on.
    pub seen: Seen,
    /// Messages that could be delivered now.
    pub deliverable: bool,
}

/// What is free on this machine.
#[derive(Clone, Debug, Default)]
pub struct MachineSeen {
    /// Memory in MB, if known.
    pub memory_mb: Option<u64>,
    /// Disk under the state folder in MB, if known.
    pub disk_mb: Option<u64>,
    /// Load over one minute, if known.
    pub load: Option<f64>,
}

/// What a verdict is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An issue, or the run on it.
    Issue(IssueNo),
    /// A pull.
    Pull(PullNo),
    /// The project as a whole.
    Project,
}

/// One next action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Land a pull at this head.
    Land {
        /// The pull.
        pull: PullNo,
        /// Its head.
        sha: Sha,
    },
    /// Move a run on.
    Step {
        /// The run's issue.
        issue: IssueNo,
        /// The row that fires, `pending` or `deliver`.
        why: String,
    },
    /// Start work on an issue.
    Start(IssueNo),
    /// Run the project's own checks on a commit.
    Verify(Sha),
    /// Push to the mirrors.
    Mirror,
}

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// A stable word for scripts.
    pub code: &'static str,
    /// The same for people.
    pub words: String,
}

/// An action or the reason why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Do it.
    Do(Action),
    /// Don't, for this reason.
    Skip(Reason),
}

/// A decision about one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What it is about.
    pub subject: Subject,
    /// What follows.
    pub decision: Decision,
}

impl Reason {
    /// A reason with a code and words.
    pub fn new(code: &'static str, words: impl Into<String>) -> Reason {
        Reason { code, words: words.into() }
    }
}

fn act(subject: Subject, action: Action) -> Verdict {
    Verdict { subject, decision: Decision::Do(action) }
}

fn skip(subject: Subject, reason: Reason) -> Verdict {
    Verdict { subject, decision: Decision::Skip(reason) }
}

/// Decides about everything in the snapshot, in the order in which a tick carries it out.
pub fn plan(snapshot: &Snapshot, policy: &Policy) -> Vec<Verdict> {
    let mut verdicts = pulls(snapshot, policy);
    verdicts.extend(snapshot.runs.iter().map(|row| of_run(row, policy)));
    verdicts.extend(snapshot.unverified.iter().map(|sha| act(Subject::Project, Action::Verify(sha.clone()))));
    verdicts.extend(start::plan(snapshot, policy));
    if !snapshot.mirrors_due.is_empty() {
        verdicts.push(act(Subject::Project, Action::Mirror));
    }
    verdicts
}

/// Landings, oldest approval first.
fn pulls(snapshot: &Snapshot, policy: &Policy) -> Vec<Verdict> {
    let rows = match &snapshot.pulls {
        Fact::Known(rows) => rows,
        Fact::Unknown(why) => {
            return vec![skip(
                Subject::Project,
                Reason::new("pulls_unknown", format!("the pulls could not be read: {why}")),
            )];
        }
    };
    let mut order: Vec<&PullRow> = rows.iter().collect();
    order.sort_by_key(|r| (approved_at(r), r.pull.number));
    order.into_iter().map(|row| of_pull(row, policy)).collect()
}

/// When the oldest of the approvals was given that the pull would land on; those that don't land come first.
fn approved_at(row: &PullRow) -> Option<Timestamp> {
    let Landing::Land { head, approved_by } = &row.landing else { return None };
    let counts = |v: &&Review| {
        v.verdict == Approve && &v.sha == head && !v.dismissed && approved_by.contains(&v.author)
    };
    row.pull.reviews.iter().filter(counts).map(|v| v.at).min()
}

fn of_pull(row: &PullRow, policy: &Policy) -> Verdict {
    let subject = Subject::Pull(row.pull.number);
    match &row.landing {
        Landing::Land { head, .. } => act(subject, Action::Land { pull: row.pull.number, sha: head.clone() }),
        Landing::Hold(hold) => skip(subject, hold_reason(hold, policy)),
    }
}

/// A hold as a reason.
pub fn hold_reason(hold: &Hold, policy: &Policy) -> Reason {
    Reason::new(hold.code(), hold.words(policy))
}

/// The verdict about one run.
pub fn of_run(row: &RunRow, policy: &Policy) -> Verdict {
    let subject = Subject::Issue(row.run.issue);
    let todo = |why: &str| act(subject, Action::Step { issue: row.run.issue, why: why.into() });
    if !row.run.pending.is_empty() {
        return todo("pending");
    }
    if step::ask_aside(&row.run, &row.seen).is_some() {
        return todo("asks_aside");
    }
    if let Some(fires) = step::row(&row.run, &row.seen, policy) {
        return todo(fires.id);
    }
    if row.deliverable {
        return todo("deliver");
    }
    if step::waits_for_room(&row.run, &row.seen, policy) {
        let words =
            format!("all {} sessions are at work; it goes back to work when one ends", policy.sessions);
        return skip(subject, Reason::new("no_room", words));
    }
    skip(subject, waiting(&row.run, &row.seen))
}

fn waiting(run: &Run, seen: &Seen) -> Reason {
    let code = match run.phase {
        Phase::Done => "done",
        phase if phase.is_terminal() => "ended",
        _ if !seen.sure() => "forge_unknown",
        _ => "waiting",
    };
    let mut words = diagram::waits_for(run.phase);
    if let Some(reason) =
        run.reason.as_ref().filter(|_| run.phase.is_terminal() || run.phase == Phase::Escalated)
    {
        words = format!("{words} ({reason})");
    }
    if let crate::domain::life::Life::Unknown { why } = &seen.life {
        words = format!("{words}; the session could not be looked at: {why}");
    }
    let pull = seen.pull().filter(|_| run.phase == Phase::AwaitingReview);
    if let Some((number, Landing::Hold(hold))) = pull.map(|p| (p.number, &p.landing)) {
        words = format!("{words}; pull #{number}: {}", hold.code());
    }
    Reason::new(code, words)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
