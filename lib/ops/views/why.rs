//! `why` and `queue`: every verdict of a tick made now, by the same decisions.

use crate::domain::ids::{IssueNo, PullNo};
use crate::domain::phase::seen::Fact;
use crate::domain::schedule::{Action, Decision, Snapshot, Subject, Verdict, plan};
use crate::ops::tick::{command, snapshot};
use crate::twin::{self, Twin};
use crate::world::World;
use anyhow::{Context, Result};
use serde::Serialize;

/// One verdict of `why` and `queue`.
#[derive(Clone, Debug, Serialize)]
pub struct WhyRow {
    /// `issue 7`, `pull 8` or the project.
    pub subject: String,
    /// The title of the issue or the pull, as far as it is known.
    pub title: String,
    /// `do` or a reason's code.
    pub code: String,
    /// The command that would carry it out, or the reason in words.
    pub words: String,
}

/// Every verdict of a tick made now, those about `number` only if one is given.
pub fn why(world: &World, number: Option<u64>) -> Result<Vec<WhyRow>> {
    let seen = snapshot(world)?;
    let verdicts = verdicts(world, &seen);
    let about = |v: &&Verdict| match (v.subject, number) {
        (_, None) => true,
        (Subject::Issue(i), Some(n)) => i.0 == n,
        (Subject::Pull(p), Some(n)) => p.0 == n,
        (Subject::Project, Some(_)) => false,
    };
    let rows: Vec<WhyRow> = verdicts.iter().filter(about).map(|v| why_row(&seen, v)).collect();
    match (rows.is_empty(), number) {
        (true, Some(n)) => Ok(vec![unlisted(world, n)?]),
        _ => Ok(rows),
    }
}

/// What a tick made now would decide.
pub fn verdicts(world: &World, seen: &Snapshot) -> Vec<Verdict> {
    let mut policy = world.policy.clone();
    policy.sessions += u32::from(twin::is(Twin::WhyOtherwise));
    plan(seen, &policy)
}

/// What keeps all starts back, and the verdicts on issues that nobody works on, in the order in which they would be started.
///
/// # Errors
/// Where our own files cannot be read.
pub fn queue(world: &World) -> Result<Vec<WhyRow>> {
    let seen = snapshot(world)?;
    let at_work =
        |issue: IssueNo| seen.runs.iter().any(|r| r.run.issue == issue && !r.run.phase.is_terminal());
    let starts = |v: &&Verdict| match v.subject {
        Subject::Issue(issue) => matches!(v.decision, Decision::Do(Action::Start(_))) || !at_work(issue),
        // What keeps all of them back: nothing new may start, or the forge cannot be asked.
        Subject::Project => matches!(v.decision, Decision::Skip(_)),
        Subject::Pull(_) => false,
    };
    let rows = verdicts(world, &seen).iter().filter(starts).map(|v| why_row(&seen, v)).collect::<Vec<_>>();
    Ok(rows.into_iter().filter(is_open).collect())
}

/// Whether it is about something that has not ended.
pub fn is_open(row: &WhyRow) -> bool {
    row.code != "ended"
}

/// A verdict as it is shown.
pub fn why_row(seen: &Snapshot, verdict: &Verdict) -> WhyRow {
    let title = title(seen, verdict.subject);
    let subject = match verdict.subject {
        Subject::Issue(i) => format!("issue {i}"),
        Subject::Pull(p) => format!("pull {p}"),
        Subject::Project => "project".into(),
    };
    match &verdict.decision {
        Decision::Skip(reason) => {
            WhyRow { subject, title, code: reason.code.into(), words: reason.words.clone() }
        }
        decision => {
            let words = command(decision).unwrap_or_default().join(" ");
            WhyRow { subject, title, code: "do".into(), words }
        }
    }
}

/// What its issue or pull is called.
fn title(seen: &Snapshot, subject: Subject) -> String {
    let pull = |number: PullNo| seen.pulls.known()?.iter().find(|p| p.pull.number == number);
    match subject {
        Subject::Issue(issue) => {
            let of_run = seen.runs.iter().find(|r| r.run.issue == issue).map(|r| r.run.title.clone());
            let listed = seen.issues.known().into_iter().flatten().find(|i| i.number == issue);
            listed.map(|i| i.title.clone()).or(of_run).unwrap_or_default()
        }
        Subject::Pull(number) => pull(number).map(|p| p.pull.title.clone()).unwrap_or_default(),
        Subject::Project => String::new(),
    }
}

/// A number that no verdict speaks of: closed, ended, without one of our labels, or not there at all.
fn unlisted(world: &World, number: u64) -> Result<WhyRow> {
    if let Some(run) = world.store.run(IssueNo(number))? {
        let words = format!("attempt {} is {}", run.attempt, run.phase);
        let (subject, title) = (format!("issue {number}"), run.title);
        return Ok(WhyRow { subject, title, code: run.phase.name().into(), words });
    }
    if let Some(issue) = world.forge.issue(IssueNo(number))? {
        let (code, words) = if issue.open {
            ("not_queued", format!("it does not carry the label {}", world.policy.labels.queue))
        } else {
            ("closed", "the issue is closed".into())
        };
        let (subject, title) = (format!("issue {number}"), issue.title);
        return Ok(WhyRow { subject, title, code: code.into(), words });
    }
    let pull = world
        .forge
        .pull(PullNo(number))?
        .with_context(|| format!("there is no issue and no pull #{number}"))?;
    let code = if pull.is_open() { "unknown" } else { "not_open" };
    Ok(WhyRow {
        subject: format!("pull {number}"),
        title: pull.title,
        code: code.into(),
        words: format!("{:?}", pull.state).to_lowercase(),
    })
}

/// Whether the look at the forge succeeded, for the callers' exit codes.
pub fn forge_known(world: &World) -> Result<bool> {
    Ok(matches!(snapshot(world)?.issues, Fact::Known(_)))
}
