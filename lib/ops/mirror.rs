//! Mirrors: each with its own time limit and its own memory of how it went. A mirror that fails is tried again
//! later; one that holds more than we do is an event and a notice, never a force.

use super::notices;
use crate::domain::ids::Sha;
use crate::domain::redact::Redactor;
use crate::domain::time::{DAY, MINUTE, Timestamp};
use crate::store::journal::Event;
use crate::store::state::MirrorState;
use crate::world::{LockName, Mirrored, World};
use anyhow::Result;
use std::collections::BTreeMap;

/// The mirrors that are behind and whose turn it is.
pub fn due(world: &World, primary: Option<&Sha>, now: Timestamp) -> Vec<String> {
    let states = world.store.mirrors();
    let due = |name: &&String| {
        let state = states.get(*name).cloned().unwrap_or_default();
        state.at.as_ref() != primary && state.retry.is_none_or(|at| now >= at)
    };
    if primary.is_none() { vec![] } else { world.project.mirrors.keys().filter(due).cloned().collect() }
}

/// Pushes to the mirrors named, or to all that are due. Gives how each went.
pub fn mirror(world: &World, only: Option<&str>) -> Result<BTreeMap<String, Mirrored>> {
    let Some(_held) = world.locks.try_take(&LockName::Mirror)? else { return Ok(BTreeMap::new()) };
    world.with_repo(|git| git.sync())?;
    let primary = world.git.primary()?;
    let names = match only {
        Some(name) => vec![name.to_string()],
        None => due(world, Some(&primary), world.clock.now()),
    };
    let mut outcomes = BTreeMap::new();
    for name in names {
        let Some(url) = world.project.mirrors.get(&name) else {
            anyhow::bail!("there is no mirror {name} in {}", world.project.file.display())
        };
        // No repository lock: a slow mirror must not hold up a landing, and pushing reads only.
        let outcome = world
            .git
            .mirror(&name, url, world.project.mirror_timeout)
            .unwrap_or_else(|e| Mirrored::Failed(format!("{e:#}")));
        let outcome = redacted(outcome, &Redactor::new(world.project.secrets()));
        note(world, &name, &primary, &outcome)?;
        outcomes.insert(name, outcome);
    }
    Ok(outcomes)
}

/// What git says of a failure may hold the address, and that a password.
fn redacted(outcome: Mirrored, redactor: &Redactor) -> Mirrored {
    match outcome {
        Mirrored::Done => Mirrored::Done,
        Mirrored::Diverged(why) => Mirrored::Diverged(redactor.redact(&why)),
        Mirrored::Failed(why) => Mirrored::Failed(redactor.redact(&why)),
    }
}

/// Remembers how it went. Failures are retried after 1, 2, 4 … minutes, at most a day.
fn note(world: &World, name: &str, primary: &Sha, outcome: &Mirrored) -> Result<()> {
    let mut states = world.store.mirrors();
    let state = states.entry(name.to_string()).or_default();
    let now = world.clock.now();
    let news = match outcome {
        Mirrored::Done => {
            world.store.files.remove(&world.store.notice_path(&notice_key(name)))?;
            let fresh = state.at.as_ref() != Some(primary);
            *state = MirrorState { at: Some(primary.clone()), ..MirrorState::default() };
            fresh.then(|| ("mirrored", primary.to_string()))
        }
        Mirrored::Failed(why) | Mirrored::Diverged(why) => {
            let first = state.problem.as_ref() != Some(why);
            state.failures = state.failures.saturating_add(1);
            let minutes = 1u64 << state.failures.min(10);
            state.retry = Some(now.plus((minutes * MINUTE / 2).min(DAY)));
            state.problem = Some(why.clone());
            let kind =
                if matches!(outcome, Mirrored::Diverged(_)) { "mirror_diverged" } else { "mirror_failed" };
            first.then(|| (kind, why.clone()))
        }
    };
    // Said before it is remembered: cut off in between it is said again under the same key, not never.
    if let Some((kind, detail)) = news {
        if kind == "mirror_diverged" {
            say_diverged(world, name, &detail)?;
        }
        let key = format!("{kind}:{name}:{}", primary.short());
        let detail = format!("{name}: {detail}");
        world.store.event(&Event { at: now, issue: None, kind: kind.into(), key, detail })?;
    }
    world.store.write_json(&world.store.paths.mirrors(), &states)
}

fn notice_key(name: &str) -> String {
    format!("mirror_diverged:{name}")
}

/// Said once, until the mirror has been brought back in line.
fn say_diverged(world: &World, name: &str, detail: &str) -> Result<()> {
    let text = format!(
        "{}: the mirror {name} holds commits that the primary branch lacks; nothing was pushed: {detail}",
        world.project.name
    );
    notices::trouble(world, &notice_key(name), &text)
}
