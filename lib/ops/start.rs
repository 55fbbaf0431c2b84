//! Starting work on an issue: the claim, the run's record, and everything that follows from it as effects.

use super::look::Glance;
use super::step::{Word, advance_held};
use super::tick::snapshot;
use super::{effects, guard, talk};
use crate::domain::effect::Effect;
use crate::domain::ids::{IssueNo, Sha};
use crate::domain::issue::Issue;
use crate::domain::phase::Phase;
use crate::domain::phase::enter;
use crate::domain::phase::seen::Seen;
use crate::domain::run::Run;
use crate::domain::schedule::{Action, Decision, Reason, Snapshot, Subject, plan};
use crate::twin::{self, Twin};
use crate::world::{LockName, World};
use anyhow::{Context, Result, bail};

/// What came of a start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartOutcome {
    /// The run is claimed and its session on the way.
    Started(u32),
    /// It may not be started now.
    Declined(Reason),
}

/// How a start came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// A tick: everything that holds back new work counts.
    Tick,
    /// A person: only what makes a second run impossible counts.
    Person,
}

/// Starts work on an issue, if the plan made now still says so.
pub fn start(world: &World, issue: IssueNo, asker: Asker, wait: u64) -> Result<StartOutcome> {
    let _held = world.take(&LockName::Run(issue), wait)?;
    if asker == Asker::Person {
        finish_the_last(world, issue)?;
    }
    let deciding = world.take(&LockName::Start, wait.max(5))?;
    if let Some(reason) = refusal(world, issue, asker)? {
        return Ok(StartOutcome::Declined(reason));
    }
    let now = world.clock.now();
    let taken = world.claims.take(issue, now)?.or(twin::is(Twin::ClaimUnread).then_some(1));
    let Some(taking) = taken else {
        return Ok(StartOutcome::Declined(Reason::new("claimed_elsewhere", "another host took it just now")));
    };
    let mut run = claim(world, issue, taking)?;
    guard::save(world, &run)?;
    drop(deciding);
    effects::finish(world, &mut run)?;
    Ok(StartOutcome::Started(run.attempt))
}

/// What an attempt that has ended still has to do, since whoever ended it was cut off, comes before the next one. A tick
/// sees to that by itself; a person has asked now.
fn finish_the_last(world: &World, issue: IssueNo) -> Result<()> {
    if world.store.run(issue)?.is_some_and(|r| r.phase.is_terminal() && !r.pending.is_empty()) {
        advance_held(world, issue, Word::default())?;
    }
    Ok(())
}

fn refusal(world: &World, issue: IssueNo, asker: Asker) -> Result<Option<Reason>> {
    if let Some(run) = world.store.run(issue)?.filter(|r| !r.phase.is_terminal() || !r.pending.is_empty()) {
        return Ok(Some(Reason::new("run_active", format!("attempt {} is {}", run.attempt, run.phase))));
    }
    if asker == Asker::Person {
        let found = world.forge.issue(issue)?.with_context(|| format!("there is no issue #{issue}"))?;
        let other = found.assignees.iter().find(|a| **a != world.policy.me);
        return Ok(match (found.open, other, found.choice(&world.policy.agent)) {
            (false, ..) => Some(Reason::new("closed", "the issue is closed")),
            (_, Some(other), _) => {
                Some(Reason::new("claimed_elsewhere", format!("it is assigned to {other}")))
            }
            (_, _, Err(words)) => Some(Reason::new("agent_unknown", words)),
            _ => None,
        });
    }
    // A listing may be of a while ago; the issue itself is as it is now.
    let Some(found) = world.forge.issue(issue)?.filter(|i| i.open) else {
        return Ok(Some(Reason::new("closed", "the issue is closed")));
    };
    let seen = snapshot(world)?;
    let now = |mut all: Vec<Issue>| {
        all.iter_mut().filter(|i| i.number == issue).for_each(|i| i.clone_from(&found));
        all
    };
    let verdicts = plan(&Snapshot { issues: seen.issues.map_known(now), ..seen }, &world.policy);
    let about = verdicts.into_iter().filter(|v| v.subject == Subject::Issue(issue));
    let mut reasons = Vec::new();
    for verdict in about {
        match verdict.decision {
            Decision::Do(Action::Start(_)) => return Ok(None),
            Decision::Do(_) => {}
            Decision::Skip(reason) => reasons.push(reason),
        }
    }
    Ok(Some(reasons.pop().unwrap_or_else(|| Reason::new("not_queued", "it is not an open issue of ours"))))
}

/// The run as it begins its next attempt, its first effects pending. Attempts of other hosts count: each is a taking.
fn claim(world: &World, issue: IssueNo, taking: u32) -> Result<Run> {
    let found = world.forge.issue(issue)?.with_context(|| format!("there is no issue #{issue}"))?;
    let before = world.store.run(issue)?;
    if before.as_ref().is_some_and(|r| !r.phase.is_terminal()) {
        bail!("#{issue} has a run at work");
    }
    let branch = world.policy.branch_of(issue);
    let open = world.forge.pull_of(&branch)?;
    let glance = Glance::near(world, &[]);
    let mut run = fresh(world, issue, branch, &found);
    // The lease of this attempt's first push.
    run.published = world.git.branch(&run.branch)?;
    run.theirs = theirs(before.as_ref(), run.published.as_ref());
    if let Some(old) = before {
        (run.attempt, run.spawns, run.entry) = (old.attempt.saturating_add(1), old.spawns, old.entry);
        run.questions = old.questions;
        (run.request, run.reviews_seen, run.rest) = (old.request, old.reviews_seen, old.rest);
        let closed = open.is_none() && old.pull.is_some() && old.phase != Phase::Done;
        run.prior = old.head.clone().filter(|_| closed);
        run.head = open.as_ref().and(old.head);
        // What the attempt before was told is that one's.
        run.request_at = Some(run.since);
    }
    run.attempt = run.attempt.max(taking);
    let choice = found.choice(&world.policy.agent).map_err(anyhow::Error::msg)?;
    let own = choice.agent.is_none() && choice.model.is_none();
    let relief = own.then(|| talk::to_begin_with(world, glance.now)).flatten();
    (run.agent, run.model) = (choice.agent.or(relief), choice.model);
    run.pull = open.map(|p| p.number);
    let seen = Seen::nothing(glance.now, glance.awake);
    run.spawns = run.spawns.saturating_add(1);
    let mut effects =
        enter::enter(&mut run, Phase::Claimed, "claim", enter::Cause::Claim, &seen, &world.policy);
    effects.push(Effect::StartSession { spawn: run.spawns, resume: run.attempt > 1 });
    run.pending = effects;
    Ok(run)
}

/// What lies on a run's branch and is not known to be ours: this attempt's commits have to hold it too.
fn theirs(before: Option<&Run>, there: Option<&Sha>) -> Option<Sha> {
    match before {
        Some(old) if old.published.as_ref() == there => old.theirs.clone(),
        _ => there.cloned(),
    }
}

fn fresh(world: &World, issue: IssueNo, branch: String, found: &Issue) -> Run {
    let run = Run::new(&world.project.name, issue, &found.title, branch, world.clock.now());
    Run { vouched: Some(found.edited), ..run }
}
