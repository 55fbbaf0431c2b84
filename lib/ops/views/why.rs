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
    /// `do` or a reason's code.
    pub code: String,
    /// The command that would carry it out, or the reason in words.
    pub words: String,
}

/// Every verdict of a tick made now, those about `number` only if one is given.
pub fn why(world: &World, number: Option<u64>) -> Result<Vec<WhyRow>> {
    let verdicts = verdicts(world, &snapshot(world)?);
    let about = |v: &&Verdict| match (v.subject, number) {
        (_, None) => true,
        (Subject::Issue(i), Some(n)) => i.0 == n,
        (Subject::Pull(p), Some(n)) => p.0 == n,
        (Subject::Project, Some(_)) => false,
    };
    let rows: Vec<WhyRow> = verdicts.iter().filter(about).map(why_row).collect();
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

/// The verdicts on issues that nobody works on, in the order in which they would be started.
///
/// # Errors
/// Where our own files cannot be read.
pub fn queue(world: &World) -> Result<Vec<WhyRow>> {
    let seen = snapshot(world)?;
    let at_work =
        |issue: IssueNo| seen.runs.iter().any(|r| r.run.issue == issue && !r.run.phase.is_terminal());
    let starts = |v: &&Verdict| match v.subject {
        Subject::Issue(issue) => matches!(v.decision, Decision::Do(Action::Start(_))) || !at_work(issue),
        _ => false,
    };
    Ok(verdicts(world, &seen).iter().filter(starts).map(why_row).collect())
}

/// A verdict as it is shown.
pub fn why_row(verdict: &Verdict) -> WhyRow {
    let subject = match verdict.subject {
        Subject::Issue(i) => format!("issue {i}"),
        Subject::Pull(p) => format!("pull {p}"),
        Subject::Project => "project".into(),
    };
    match &verdict.decision {
        Decision::Skip(reason) => WhyRow { subject, code: reason.code.into(), words: reason.words.clone() },
        decision => {
            let words = command(decision).unwrap_or_default().join(" ");
            WhyRow { subject, code: "do".into(), words }
        }
    }
}

/// A number that no verdict speaks of: closed, ended, without one of our labels, or not there at all.
fn unlisted(world: &World, number: u64) -> Result<WhyRow> {
    if let Some(run) = world.store.run(IssueNo(number))? {
        let words = format!("attempt {} is {}", run.attempt, run.phase);
        return Ok(WhyRow { subject: format!("issue {number}"), code: run.phase.name().into(), words });
    }
    if let Some(issue) = world.forge.issue(IssueNo(number))? {
        let (code, words) = if issue.open {
            ("not_queued", format!("it does not carry the label {}", world.policy.labels.queue))
        } else {
            ("closed", "the issue is closed".into())
        };
        return Ok(WhyRow { subject: format!("issue {number}"), code: code.into(), words });
    }
    let pull = world
        .forge
        .pull(PullNo(number))?
        .with_context(|| format!("there is no issue and no pull #{number}"))?;
    let code = if pull.is_open() { "unknown" } else { "not_open" };
    Ok(WhyRow {
        subject: format!("pull {number}"),
        code: code.into(),
        words: format!("{:?}", pull.state).to_lowercase(),
    })
}

/// Whether the look at the forge succeeded, for the callers' exit codes.
pub fn forge_known(world: &World) -> Result<bool> {
    Ok(matches!(snapshot(world)?.issues, Fact::Known(_)))
}
