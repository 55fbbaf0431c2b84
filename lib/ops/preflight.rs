//! Preflight: whether an issue, a run or a pull is fit to go on. Of environments see [`super::doctor`].

use super::gate;
use super::look::{Glance, landing_of};
use super::observe::one_pull;
use super::views::{WhyRow, why};
use crate::domain::ids::{IssueNo, PullNo, Sha};
use crate::domain::landing::Landing;
use crate::gates::Finding;
use crate::world::World;
use anyhow::{Context, Result};

/// Whether an issue could be started, and if not why: the verdict of a tick made now.
pub fn issue(world: &World, issue: IssueNo) -> Result<Vec<WhyRow>> {
    why(world, Some(issue.0))
}

/// What the gates hold against publishing a run's commits as they are now.
pub fn run(world: &World, issue: IssueNo) -> Result<(Sha, Vec<Finding>)> {
    let record = world
        .store
        .run(issue)?
        .with_context(|| format!("there is no run on #{issue} in {}", world.project.name))?;
    world.with_repo(|git| git.sync())?;
    let head = world.with_repo(|git| git.rescue(issue, record.attempt))?.or(record.head);
    let head = head.with_context(|| format!("the run on #{issue} has no commits"))?;
    findings(world, head)
}

/// What the gates hold against a pull, and whether it may land.
pub fn pull(world: &World, number: PullNo) -> Result<(Sha, Vec<Finding>, Landing)> {
    let glance = Glance::near(world, &[]);
    let pull = one_pull(world, number)?.with_context(|| format!("there is no pull #{number}"))?;
    let head =
        pull.head.clone().with_context(|| format!("the branch {} of pull #{number} is gone", pull.branch))?;
    let (head, findings) = findings(world, head)?;
    Ok((head, findings, landing_of(world, &glance, &pull)))
}

fn findings(world: &World, head: Sha) -> Result<(Sha, Vec<Finding>)> {
    let diff = world.git.diff(&world.git.primary()?, &head)?;
    let found = gate::list(world, &diff);
    Ok((head, found))
}
