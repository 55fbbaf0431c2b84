//! What `status` shows: read-only, made from the same records and the same decisions that everything else uses.

use super::tick::snapshot;
use crate::domain::ids::{IssueNo, PullNo};
use crate::domain::phase::seen::Fact;
use crate::domain::redact::Redactor;
use crate::domain::run::Run;
use crate::domain::schedule::{Decision, RunRow, Subject, Verdict, plan};
use crate::domain::time::Timestamp;
use crate::store::journal::{Event, Used, used};
use crate::twin::{self, Twin};
use crate::world::World;
use anyhow::{Context, Result};
use serde::Serialize;

/// One run in `ps`.
#[derive(Clone, Debug, Serialize)]
pub struct PsRow {
    /// The project.
    pub project: String,
    /// The issue.
    pub issue: IssueNo,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub phase: String,
    /// Since when.
    pub since: Timestamp,
    /// Whose move it is.
    pub owner: String,
    /// What ends the wait.
    pub clears_when: String,
    /// Awake seconds left until the deadline.
    pub seconds_left: Option<u64>,
    /// Which try.
    pub attempt: u32,
    /// The pull.
    pub pull: Option<PullNo>,
    /// What is known of the session.
    pub life: String,
    /// Why it stands there, if there is a reason in words.
    pub reason: Option<String>,
}

/// A record that cannot be read.
#[derive(Clone, Debug, Serialize)]
pub struct BadRun {
    /// The issue.
    pub issue: IssueNo,
    /// What is wrong.
    pub problem: String,
}

/// All runs; those that have ended too if `all`.
pub fn ps(world: &World, all: bool) -> Result<(Vec<PsRow>, Vec<BadRun>)> {
    let snapshot = snapshot(world)?;
    let (runs, bad) = world.store.runs()?;
    let awake = world.store.awake(snapshot.now);
    let live = |issue| snapshot.runs.iter().find(|r: &&RunRow| r.run.issue == issue);
    let rows = runs.iter().filter(|r| all || !r.phase.is_terminal());
    let rows = rows.map(|run| ps_row(run, live(run.issue), awake)).collect();
    Ok((rows, bad.into_iter().map(|(issue, problem)| BadRun { issue, problem }).collect()))
}

fn ps_row(run: &Run, live: Option<&RunRow>, awake: u64) -> PsRow {
    use crate::domain::life::Life;
    let life = match live.map(|r| &r.seen.life) {
        None | Some(Life::Absent) => "none".to_string(),
        Some(Life::Starting) => "starting".into(),
        Some(Life::Working) => "working".into(),
        Some(Life::Idle) => "idle".into(),
        Some(Life::Limited { until, words }) => format!("limited until {until}: {words}"),
        Some(Life::Asks { what }) => format!("needs a person: {what}"),
        Some(Life::Dead { how }) => format!("dead: {how}"),
        Some(Life::Unknown { why }) => format!("unknown: {why}"),
    };
    PsRow {
        project: run.project.clone(),
        issue: run.issue,
        title: run.title.clone(),
        phase: run.phase.name().into(),
        since: run.since,
        owner: run.owner.clone(),
        clears_when: run.clears_when.clone(),
        seconds_left: run.deadline.map(|d| d.saturating_sub(awake)),
        attempt: run.attempt,
        pull: run.pull,
        life,
        reason: run.reason.clone(),
    }
}

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
    let mut policy = world.policy.clone();
    policy.sessions += u32::from(twin::is(Twin::WhyOtherwise));
    let verdicts = plan(&snapshot(world)?, &policy);
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

fn why_row(verdict: &Verdict) -> WhyRow {
    let subject = match verdict.subject {
        Subject::Issue(i) => format!("issue {i}"),
        Subject::Pull(p) => format!("pull {p}"),
        Subject::Project => "project".into(),
    };
    match &verdict.decision {
        Decision::Skip(reason) => WhyRow { subject, code: reason.code.into(), words: reason.words.clone() },
        decision => {
            let words = super::tick::command(decision).unwrap_or_default().join(" ");
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

/// `show`: a run and its history.
#[derive(Clone, Debug, Serialize)]
pub struct Show {
    /// Format version.
    pub version: u32,
    /// The run as it stands.
    pub run: PsRow,
    /// The whole record.
    pub record: serde_json::Value,
    /// What happened, oldest first.
    pub events: Vec<Event>,
    /// Messages for the session: key and how far each has come.
    pub messages: Vec<(String, serde_json::Value)>,
    /// What its session's state is known by, where its agent tells what it does, and since when.
    pub known_by: Option<String>,
    /// Where its session works.
    pub worktree: String,
}

/// One run with everything about it.
pub fn show(world: &World, issue: IssueNo) -> Result<Show> {
    let run = world
        .store
        .run(issue)?
        .with_context(|| format!("there is no run on #{issue} in {}", world.project.name))?;
    let snapshot = snapshot(world)?;
    let live = snapshot.runs.iter().find(|r| r.run.issue == issue);
    let messages = world.store.messages(issue)?.into_iter();
    Ok(Show {
        version: 1,
        run: ps_row(&run, live, world.store.awake(snapshot.now)),
        record: serde_json::to_value(&run)?,
        events: events(world, Some(issue))?,
        messages: messages
            .map(|s| Ok((s.message.key, serde_json::to_value(&s.message.state)?)))
            .collect::<Result<_>>()?,
        known_by: known_by(world, &run, snapshot.now),
        worktree: world.git.worktree_path(issue).display().to_string(),
    })
}

fn known_by(world: &World, run: &Run, now: Timestamp) -> Option<String> {
    let session = run.session.as_ref()?;
    let host = world.store.host(run.issue).filter(|h| h.spawn == session.spawn)?;
    Some(format!("{}, {} s ago", host.by?, now.since(host.at)))
}

/// Events, oldest first; those of one issue only if one is given.
pub fn events(world: &World, issue: Option<IssueNo>) -> Result<Vec<Event>> {
    let all = world.store.events()?;
    Ok(all.into_iter().filter(|e| issue.is_none() || e.issue == issue).collect())
}

/// What was used, by issue.
pub fn cost(world: &World) -> Result<Vec<(String, Used)>> {
    let lines = world.store.ledger()?;
    let mut issues: Vec<&str> = lines.iter().filter_map(|l| l.id.split('/').next()).collect();
    issues.sort_by_key(|i| i.parse::<u64>().unwrap_or(u64::MAX));
    issues.dedup();
    let of = |issue: &str| used(lines.iter().filter(|l| l.id.split('/').next() == Some(issue)));
    Ok(issues.iter().map(|i| (i.to_string(), of(i))).collect())
}

/// The pane of a live session, or what was kept of the last one.
pub fn logs(world: &World, issue: IssueNo, lines: u32) -> Result<String> {
    let run = world
        .store
        .run(issue)?
        .with_context(|| format!("there is no run on #{issue} in {}", world.project.name))?;
    let pane = run.session.as_ref().and_then(|session| world.sessions.pane(&session.name, lines).ok());
    if let Some(pane) = pane {
        return Ok(Redactor::new(world.project.secrets()).redact(&pane));
    }
    let kept = world.store.paths.run(issue).attempt(run.attempt).join("pane.txt");
    let bytes = world
        .store
        .files
        .read(&kept)?
        .with_context(|| format!("nothing was kept of the sessions of #{issue}"))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let all: Vec<&str> = text.lines().collect();
    let keep = usize::try_from(lines).unwrap_or(usize::MAX);
    Ok(all[all.len().saturating_sub(keep)..].join("\n"))
}

/// Whether the look at the forge succeeded, for the callers' exit codes.
pub fn forge_known(world: &World) -> Result<bool> {
    Ok(matches!(snapshot(world)?.issues, Fact::Known(_)))
}
