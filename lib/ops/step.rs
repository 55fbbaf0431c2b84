//! Moving one run as far as it can go now: one phase and one write at a time.

use super::look::{Glance, room};
use super::observe::{Depth, observe};
use super::{deliver, effects, guard};
use crate::domain::effect::Effect;
use crate::domain::ids::IssueNo;
use crate::domain::phase::seen::VerifySeen;
use crate::domain::phase::{Phase, Seen, Step, ask_aside, step};
use crate::domain::run::Run;
use crate::domain::schedule::Claim;
use crate::twin::{self, Twin};
use crate::world::{Held, LockName, World};
use anyhow::{Context, Result};

/// A person's word that comes with a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Stop it.
    pub stop: bool,
    /// Go on where it stood.
    pub resume: bool,
}

/// What a call of the handler came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The rows that fired, in order.
    pub rows: Vec<&'static str>,
    /// Where the run stands now.
    pub phase: Phase,
}

/// Rows in one call: more than any way through the table takes. What is left is left to the next call.
const MOST: usize = 24;

/// Takes the run's lock, waiting at most `wait` seconds, and moves the run on.
pub fn advance(world: &World, issue: IssueNo, wait: u64, word: Word) -> Result<Moved> {
    let _held = world.take(&LockName::Run(issue), wait)?;
    advance_held(world, issue, word)
}

/// The same for a caller that holds the run's lock.
pub fn advance_held(world: &World, issue: IssueNo, word: Word) -> Result<Moved> {
    let mut run = world
        .store
        .run(issue)?
        .with_context(|| format!("there is no run on #{issue} in {}", world.project.name))?;
    if still_ours(world, &mut run)? {
        effects::finish(world, &mut run)?;
    }
    // Whoever was here last may have been cut off in this.
    forward(world, &run);
    let mut rows = Vec::new();
    let mut word = word;
    let mut checking = false;
    // A row that fires again may do so for ever: what is left of that is left to the next call, but for what is to be told.
    let mut enough = false;
    while rows.len() < MOST {
        deliver::note_arrivals(world, &run)?;
        let glance = Glance::near(world, std::slice::from_ref(&run));
        let mut seen = observe(world, &glance, &run, Depth::Full);
        (seen.stop, seen.resume) = (word.stop, word.resume);
        // A person who says "go on" knows what the machine can bear.
        seen.room |= word.resume;
        if checking && seen.verify == VerifySeen::Missing {
            // Started a moment ago by ourselves; that it has not taken its lock yet does not mean that it died.
            seen.verify = VerifySeen::Running;
        }
        if let Some(asking) = ask_aside(&run, &seen) {
            guard::save(world, &asking)?;
            run = asking;
            effects::finish(world, &mut run)?;
        }
        let by_person = std::mem::take(&mut word).resume;
        let next = if enough { Step::Stay } else { step(&run, &seen, &world.policy) };
        let Step::Fire(fired) = next else {
            // Of a run that has asked again what waits is the answer: it is told when the run goes back to work.
            if !enough || run.phase != Phase::Escalated {
                deliver::deliver(world, &glance, &run, &seen.life)?;
            }
            break;
        };
        let place = match place_for(world, &run, &fired.run, by_person)? {
            Place::None => break,
            Place::Held(lock) => lock,
        };
        if !take_over(world, &run, &seen)? {
            break;
        }
        enough = rows.contains(&fired.row);
        rows.push(fired.row);
        run = fired.run;
        checking = run.pending.iter().any(|e| matches!(e, Effect::Verify { .. }));
        if twin::is(Twin::EffectsForgotten) {
            guard::save(world, &Run { pending: vec![], ..run.clone() })?;
        } else {
            guard::save(world, &run)?;
        }
        drop(place);
        effects::finish(world, &mut run)?;
        forward(world, &run);
    }
    Ok(Moved { rows, phase: run.phase })
}

/// One of `limits.sessions`, for a run that goes back to work.
enum Place {
    /// There is none any more.
    None,
    /// There is, or none is needed; nobody else takes one while the lock is held.
    Held(Option<Held>),
}

/// What was seen of the other runs may be old by now: it is looked at again with the lock that every start holds.
fn place_for(world: &World, before: &Run, after: &Run, by_person: bool) -> Result<Place> {
    if before.phase.takes_place() || !after.phase.takes_place() {
        return Ok(Place::Held(None));
    }
    let lock = world.take(&LockName::Start, 5)?;
    let free = by_person || twin::is(Twin::RoomUnchecked) || room(world, None, before);
    Ok(if free { Place::Held(Some(lock)) } else { Place::None })
}

/// Whether what is pending is ours to do. An issue that another host has taken over is that host's: what we still
/// meant to do to it is dropped. A claim that has lapsed and is nobody's is taken again.
fn still_ours(world: &World, run: &mut Run) -> Result<bool> {
    match world.claims.look(run.issue, world.clock.now()) {
        Claim::Theirs(_) if !run.pending.is_empty() => {
            run.pending.clear();
            run.stuck = None;
            world.store.save_run(run)?;
        }
        Claim::Free if !run.phase.is_terminal() => {
            return Ok(world.claims.take(run.issue, world.clock.now())?.is_some());
        }
        _ => {}
    }
    Ok(true)
}

/// Before a request is acted on its commits are ours: they outlive the session's folder (law 3). False if the
/// session has moved its head since it was looked at: the next look is at the new one. Of a folder that cannot be
/// read nothing is acted on, and what else happens to the run does not wait for it.
fn take_over(world: &World, run: &Run, seen: &Seen) -> Result<bool> {
    let Some(work) = seen.work.known().filter(|_| seen.asked.is_some()) else { return Ok(true) };
    if twin::is(Twin::NoRescue) {
        return Ok(true);
    }
    let taken = world.with_repo(|git| git.rescue(run.issue, run.attempt));
    Ok(taken.context("taking over the session's commits")? == work.head)
}

/// A head that was not made in the worktree is brought there if that is clean and behind. If it cannot be, the session
/// fetches it itself when it is told of something; the run does not wait for that.
fn forward(world: &World, run: &Run) {
    if let Some(head) = run.head.as_ref().filter(|_| run.phase == Phase::Verifying) {
        drop(world.git.forward_worktree(run.issue, head));
    }
}
