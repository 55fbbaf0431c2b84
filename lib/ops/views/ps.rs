//! `ps` and `show`: runs as they stand, from our own files and one look at tmux. No server is asked.

use super::history::{Sums, events, sums};
use crate::domain::agent::output::Usage;
use crate::domain::ids::{IssueNo, PullNo};
use crate::domain::life::{HostRecord, Life, Sessions};
use crate::domain::phase::Phase;
use crate::domain::redact::Redactor;
use crate::domain::run::{Run, SessionRef};
use crate::domain::time::Timestamp;
use crate::domain::timeline;
use crate::domain::warning::{Look, Warning, warnings};
use crate::ops::observe;
use crate::store::journal::{Event, Used};
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
    /// When the attempt's first session began, if one has.
    pub began: Option<Timestamp>,
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
    /// What was used by all attempts together.
    pub used: Used,
    /// What should be looked at before it becomes a fault.
    pub warnings: Vec<Warning>,
}

impl PsRow {
    /// Whether nothing more happens to it by itself.
    pub fn has_ended(&self) -> bool {
        timeline::entered(&self.phase).is_some_and(Phase::is_terminal)
    }
}

/// A record that cannot be read.
#[derive(Clone, Debug, Serialize)]
pub struct BadRun {
    /// The project.
    pub project: String,
    /// The issue.
    pub issue: IssueNo,
    /// What is wrong.
    pub problem: String,
}

/// What all rows are made of.
struct Now {
    at: Timestamp,
    awake: u64,
    sessions: Sessions,
    sums: Sums,
    redactor: Redactor,
}

fn look<'a>(world: &World, runs: impl Iterator<Item = &'a Run>) -> Result<Now> {
    let known: Vec<SessionRef> = runs.filter_map(|r| r.session.clone()).collect();
    let at = world.clock.now();
    Ok(Now {
        at,
        awake: world.store.awake(at),
        sessions: if known.is_empty() { Sessions::Listed(vec![]) } else { world.sessions.list(&known) },
        sums: sums(&world.store.ledger()?),
        redactor: Redactor::new(world.project.secrets()),
    })
}

/// All runs; those that have ended too if `all`.
///
/// # Errors
/// Where the state folder cannot be read.
pub fn ps(world: &World, all: bool) -> Result<(Vec<PsRow>, Vec<BadRun>)> {
    let (runs, bad) = world.store.runs()?;
    let shown: Vec<&Run> = runs.iter().filter(|r| all || !r.phase.is_terminal()).collect();
    let now = look(world, shown.iter().copied())?;
    let rows = shown.into_iter().map(|run| row(world, &now, run)).collect();
    let project = || world.project.name.clone();
    Ok((
        rows,
        bad.into_iter().map(|(issue, problem)| BadRun { project: project(), issue, problem }).collect(),
    ))
}

fn row(world: &World, now: &Now, run: &Run) -> PsRow {
    let host = run.session.as_ref().and_then(|_| world.store.host(run.issue));
    let life = observe::life(world, &now.sessions, now.at, run, host.as_ref(), &now.redactor);
    let quiet = observe::quiet(&now.sessions, now.at, run, host.as_ref(), None);
    let began = now.sums.began.get(&(run.issue, run.attempt)).copied();
    let age = began.map(|at| now.at.since(at));
    let seen = Look { run, life: &life, quiet, age, awake: now.awake };
    PsRow {
        project: run.project.clone(),
        issue: run.issue,
        title: run.title.clone(),
        phase: run.phase.name().into(),
        since: run.since,
        began,
        owner: run.owner.clone(),
        clears_when: run.clears_when.clone(),
        seconds_left: run.deadline.map(|d| d.saturating_sub(now.awake)),
        attempt: run.attempt,
        pull: run.pull,
        warnings: warnings(&seen, &world.policy),
        life: words(&life),
        reason: run.reason.clone(),
        used: now.sums.used.get(&run.issue).copied().unwrap_or_default(),
    }
}

fn words(life: &Life) -> String {
    match life {
        Life::Absent => "none".to_string(),
        Life::Starting => "starting".into(),
        Life::Working => "working".into(),
        Life::Idle => "idle".into(),
        Life::Limited { until, words } => format!("limited until {until}: {words}"),
        Life::Asks { what } => format!("needs a person: {what}"),
        Life::Dead { how } => format!("dead: {how}"),
        Life::Unknown { why } => format!("unknown: {why}"),
    }
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
    pub events: Vec<Step>,
    /// Messages for the session: key and how far each has come.
    pub messages: Vec<(String, serde_json::Value)>,
    /// What its session's state is known by, where its agent tells what it does, and since when.
    pub known_by: Option<String>,
    /// Where its session works.
    pub worktree: String,
}

/// An event of a run, and how long the phase lasted that it entered.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
    /// Seconds in the phase that it entered, if it entered one: up to now in the last.
    pub seconds: Option<u64>,
}

/// One run with everything about it.
///
/// # Errors
/// Where there is no such run, or what it holds cannot be read.
pub fn show(world: &World, issue: IssueNo) -> Result<Show> {
    let run = run(world, issue)?;
    let now = look(world, std::iter::once(&run))?;
    let messages = world.store.messages(issue)?.into_iter();
    Ok(Show {
        version: 1,
        run: row(world, &now, &run),
        record: serde_json::to_value(&run)?,
        events: steps(events(world, Some(issue))?, now.at),
        messages: messages
            .map(|s| Ok((s.message.key, serde_json::to_value(&s.message.state)?)))
            .collect::<Result<_>>()?,
        known_by: known_by(world, &run, now.at),
        worktree: world.git.worktree_path(issue).display().to_string(),
    })
}

/// The run on an issue.
///
/// # Errors
/// Where there is none, or its record cannot be read.
pub fn run(world: &World, issue: IssueNo) -> Result<Run> {
    let missing = || format!("there is no run on #{issue} in {}", world.project.name);
    world.store.run(issue)?.with_context(missing)
}

fn known_by(world: &World, run: &Run, now: Timestamp) -> Option<String> {
    let session = run.session.as_ref()?;
    let host: HostRecord = world.store.host(run.issue).filter(|h| h.spawn == session.spawn)?;
    Some(format!("{}, {} s ago", host.by?, now.since(host.at)))
}

/// Events with what each phase took.
pub fn steps(events: Vec<Event>, now: Timestamp) -> Vec<Step> {
    let told = events.iter().map(|e| (e.at, e.kind.as_str(), e.key.as_str()));
    let mut lasted = timeline::stretches(told).into_iter();
    let step = |event: Event| {
        let entered = timeline::entered(&event.kind).and_then(|_| lasted.next());
        // Where a run has ended it does not go on lasting.
        let seconds = entered.filter(|s| s.until.is_some() || !s.phase.is_terminal()).map(|s| s.seconds(now));
        Step { event, seconds }
    };
    events.into_iter().map(step).collect()
}

/// Tokens for people: unknown where an agent does not tell.
pub fn tokens(usage: &Usage) -> Option<u64> {
    Some(usage.input + usage.output).filter(|sum| *sum > 0)
}
