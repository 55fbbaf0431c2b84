//! A project's rules, as the decisions want them.

use super::setup::owner;
use crate::config::{Channel, ForgeKind, Project};
use crate::domain::evidence::Required;
use crate::domain::policy::Policy;
use crate::world::Forge;
use anyhow::{Error, Result};

/// Our own name on a local forge.
pub(super) const ME: &str = "drover";

/// The rules as far as they can be known, and why the forge cannot tell the rest: its token is missing, or it does not answer.
/// Whoever does not ask it has no fault to find.
pub(super) fn known(
    project: &Project,
    forge: &dyn Forge,
    missing: Option<Error>,
    asks: bool,
) -> (Policy, Option<Error>) {
    let told = match missing {
        _ if project.forge == ForgeKind::Local => Ok(of(project)),
        _ if !asks => Ok(named(project)),
        Some(missing) => Err(missing),
        None => asked(project, forge),
    };
    match told {
        Ok(policy) => (policy, None),
        Err(silent) => (named(project), Some(silent)),
    }
}

/// The rules of a project on this forge: who we are there, and who may write where nobody is named.
fn asked(project: &Project, forge: &dyn Forge) -> Result<Policy> {
    let named = |names: &[String]| -> Result<Vec<String>> {
        if names.is_empty() { forge.writers() } else { Ok(names.to_vec()) }
    };
    let plain = of(project);
    Ok(Policy {
        me: forge.me()?,
        trusted: named(&project.people.maintainer_accounts())?,
        reviewers: named(&project.people.reviewer_accounts())?,
        ..plain
    })
}

/// The rules with the people alone that the configuration names.
fn named(project: &Project) -> Policy {
    let people = &project.people;
    Policy { trusted: people.maintainer_accounts(), reviewers: people.reviewer_accounts(), ..of(project) }
}

/// The project's rules as the decisions want them. With nobody named, the local forge trusts its owner: whoever
/// the repository's commits are made by.
pub fn of(project: &Project) -> Policy {
    let owner = || owner(&project.repo_root).into_iter().collect::<Vec<_>>();
    let or_owner = |names: Vec<String>| if names.is_empty() { owner() } else { names };
    let steps = project.verify.steps().len() as u64;
    Policy {
        project: project.name.clone(),
        me: ME.into(),
        labels: project.labels.clone(),
        agent: project.agent.name.clone(),
        primary: project.primary_branch.clone(),
        branch: project.branch.clone(),
        trusted: or_owner(project.people.maintainer_accounts()),
        ladder: project.people.ladder.clone(),
        call: called(project),
        reviewers: or_owner(project.people.reviewer_accounts()),
        scope: project.landing.scope,
        chores: project.landing.chore_patterns().to_vec(),
        without_checks: project.landing.without_checks,
        required: match project.landing.required.as_slice() {
            [] => Required::AllSeen { settle: project.ci.settle },
            names => Required::Named(names.to_vec()),
        },
        up_to_date: project.landing.up_to_date,
        pipeline: project.pipeline,
        sessions: project.limits.sessions,
        memory_mb: project.limits.memory_mb,
        disk_mb: project.limits.disk_mb,
        load: project.limits.load,
        window: project.limits.window,
        ci_timeout: project.ci.timeout * 60,
        verify_timeout: project.verify.timeout * steps.max(1),
        work_limit: project.agent.work_limit,
        park_after: project.limits.park_minutes * 60,
        verifies: steps > 0,
    }
}

/// Whom comments name, where these are how people are reached.
fn called(project: &Project) -> Vec<String> {
    let people = &project.people;
    if !people.channels.contains(&Channel::Forge) {
        return vec![];
    }
    match people.ladder.first() {
        Some(first) => vec![people.forge_name(first).to_string()],
        None => people.maintainer_accounts(),
    }
}
