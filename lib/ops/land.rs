//! Landing one pull: looked at afresh under the landing lock, at one head only, proven afterwards, with a
//! receipt. Never writes `run.json`.

use super::look::{Glance, evidence, issue_of, landing_of};
use super::observe::one_pull;
use super::{guard, landed};
use crate::domain::ids::{IssueNo, PullNo, Sha};
use crate::domain::landing::{Hold, Landing};
use crate::domain::laws;
use crate::domain::pull::{Pull, PullState};
use crate::domain::schedule::Claim;
use crate::domain::text::plain_line;
use crate::store::state::BegunLanding;
use crate::twin::{self, Twin};
use crate::world::{LockName, Merge, MergeTry, World};
use anyhow::{Context, Result, bail};

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LandOutcome {
    /// It is on the primary branch, as this commit.
    Landed(Sha),
    /// It was before.
    Already,
    /// Not now.
    Held(Hold),
    /// The head is not the one asked for.
    HeadMoved(Option<Sha>),
    /// The base moved while the merge was made; the next call makes it anew.
    BaseMoved,
    /// The folder in which the primary branch is checked out has changes of its own.
    Dirty(String),
    /// The forge is not ready or refuses, in words.
    NotReady(String),
}

/// Lands a pull at `head` and at no other.
pub fn land(world: &World, number: PullNo, head: Option<&Sha>, wait: u64) -> Result<LandOutcome> {
    let issue = world.forge.pull(number)?.and_then(|pull| issue_of(world, &pull));
    let _run = match issue.filter(|issue| has_run(world, issue)) {
        Some(issue) => Some(world.take(&LockName::Run(issue), wait)?),
        None => None,
    };
    let _landing = world.take(&LockName::Landing, wait)?;
    if let Some(whose) = issue.and_then(|issue| elsewhere(world, issue)) {
        return Ok(LandOutcome::NotReady(format!("{whose} works on its issue")));
    }
    landed::finish_begun(world)?;
    let glance = Glance::near(world, &[]);
    let pull = one_pull(world, number)?.with_context(|| format!("there is no pull #{number}"))?;
    if matches!(pull.state, PullState::Merged { .. }) {
        return Ok(LandOutcome::Already);
    }
    // A caller that means another head hears that first: whatever holds this one back is not its concern.
    if pull.is_open() && pull.head.is_some() && head.is_some_and(|wanted| pull.head.as_ref() != Some(wanted))
    {
        return Ok(LandOutcome::HeadMoved(pull.head));
    }
    let (found, approved_by) = match landing_of(world, &glance, &pull) {
        Landing::Hold(hold) => return Ok(LandOutcome::Held(hold)),
        Landing::Land { head, approved_by } => (head, approved_by),
    };
    let outcome = merge(world, &glance, &pull, &found, approved_by)?;
    if matches!(outcome, LandOutcome::Landed(_)) {
        after(world, &pull)?;
    }
    Ok(outcome)
}

/// Whether an issue has a run: while its pull lands, nobody moves that run or pushes for it.
fn has_run(world: &World, issue: &IssueNo) -> bool {
    world.store.run(*issue).is_ok_and(|run| run.is_some())
}

/// Whose an issue is, if it is claimed by another host or root: then the landing is theirs too.
fn elsewhere(world: &World, issue: IssueNo) -> Option<String> {
    match world.claims.look(issue, world.clock.now()) {
        Claim::Theirs(whose) => Some(whose),
        Claim::Unknown(why) => Some(format!("somebody ({why})")),
        Claim::Mine | Claim::Free => None,
    }
}

fn merge(
    world: &World,
    glance: &Glance,
    pull: &Pull,
    head: &Sha,
    approved_by: Vec<String>,
) -> Result<LandOutcome> {
    // The head is read last thing before the merge, whatever the look before said.
    if !world.is_local() {
        world.with_repo(|git| git.sync())?;
    }
    let now = world.git.branch(&pull.branch)?;
    let head = &match now {
        Some(now) if twin::is(Twin::MergeWithoutHead) => now,
        now if now.as_ref() != Some(head) => return Ok(LandOutcome::HeadMoved(now)),
        _ => head.clone(),
    };
    let checks = evidence(world, world.clock.now(), head);
    guard::holds(laws::only_proven(pull, &checks, head, &world.policy))?;
    let begun = match begin(world, glance, pull, head, approved_by)? {
        Begun::Landing(begun) => begun,
        Begun::Conflict(paths) => return Ok(LandOutcome::Held(Hold::Conflict(paths))),
    };
    if twin::is(Twin::AnyAnswerIsMerged) && begun.merge.is_none() {
        drop(world.forge.merge(pull.number, head));
        return landed::finish(world, &begun);
    }
    let refused = match world.forge.merge(pull.number, head) {
        Ok(Merge::Ours) => return landed::finish(world, &begun),
        Ok(Merge::Merged(_) | Merge::AlreadyMerged) if begun.merge.is_none() => {
            return landed::finish(world, &begun);
        }
        // No answer says nothing: the forge is asked what became of it.
        Err(e) => {
            let outcome = landed::finish(world, &begun)?;
            let unmerged = matches!(outcome, LandOutcome::NotReady(_));
            return if unmerged { Err(e.context("asking for the merge")) } else { Ok(outcome) };
        }
        Ok(Merge::Merged(_) | Merge::AlreadyMerged) => LandOutcome::Already,
        Ok(Merge::HeadMoved) => LandOutcome::HeadMoved(None),
        Ok(Merge::Closed) => LandOutcome::Held(Hold::NotOpen),
        Ok(Merge::Conflict) => LandOutcome::Held(Hold::Conflict(vec![])),
        Ok(Merge::NotReady(why) | Merge::NotAllowed(why)) => LandOutcome::NotReady(why),
    };
    landed::forget(world)?;
    Ok(refused)
}

/// A landing as it is written down before anything is done.
enum Begun {
    /// It can begin.
    Landing(BegunLanding),
    /// Base and head do not go together.
    Conflict(Vec<String>),
}

/// Writes down what is about to be done, so that whoever comes after a crash can finish it. On a forge without a
/// server the merge is ours: it is made here, in our repository, and no ref moves yet.
fn begin(world: &World, glance: &Glance, pull: &Pull, head: &Sha, approved_by: Vec<String>) -> Result<Begun> {
    let Some(base) = glance.primary.known() else { bail!("the primary branch could not be read") };
    let tree = match world.git.try_merge(base, head)? {
        MergeTry::Clean(tree) => tree,
        MergeTry::Conflict(paths) => return Ok(Begun::Conflict(paths)),
    };
    let merge = match world.is_local() {
        true => Some(world.git.commit(&tree, &[base, head], &message(pull, &approved_by))?),
        false => None,
    };
    let begun = BegunLanding {
        pull: pull.number,
        head: head.clone(),
        base: base.clone(),
        merge,
        approved_by,
        at: world.clock.now(),
    };
    world.store.write_json(&world.store.paths.landing(), &begun)?;
    Ok(Begun::Landing(begun))
}

fn message(pull: &Pull, approved_by: &[String]) -> String {
    let trailer: String =
        approved_by.iter().map(|who| format!("Reviewed-by: {}\n", plain_line(who, 80))).collect();
    format!("Merge pull #{}: {}\n\n{trailer}", pull.number, plain_line(&pull.title, 200))
}

/// The run hears of it at once, and the mirrors; the next tick would do the same.
fn after(world: &World, pull: &Pull) -> Result<()> {
    if let Some(issue) = issue_of(world, pull).filter(|i| world.store.run(*i).is_ok_and(|r| r.is_some())) {
        world.jobs.start(&["phase-handler", &issue.to_string()])?;
    }
    if !world.project.mirrors.is_empty() {
        world.jobs.start(&["mirror"])?;
    }
    Ok(())
}
