//! The dead-man's switch: somebody beside the ticks who tells people once that they have stopped.

use super::notices;
use crate::domain::pulse::{Needed, Watched, alarm};
use crate::world::{LockName, World};
use anyhow::Result;

/// Looks at the ticks of a project; gives the alarm while they are late. `limit` is how many seconds they may stand still.
/// People are told once of each standstill, in the project's own channels, however often it is looked at.
///
/// # Errors
/// Where the state folder cannot be read or written.
pub fn watch(world: &World, limit: u64) -> Result<Option<String>> {
    let Some(last) = world.store.heartbeat() else { return Ok(None) };
    let path = world.store.paths.watch();
    // One that cannot be read is begun anew.
    let before: Option<Watched> = world.store.read_json(&path).ok().flatten();
    let seen = Watched::next(before.as_ref(), last.at, world.clock.now(), limit);
    world.store.write_json_soft(&path, &seen)?;
    let needed = needed(world)?;
    if !seen.is_late(limit) || !needed.any() {
        return Ok(None);
    }
    let holder =
        world.locks.holder(&LockName::Tick).filter(|_| world.locks.is_held(&LockName::Tick).unwrap_or(true));
    let words = alarm(&world.project.name, &seen, &last.outcome, holder.as_deref(), needed);
    notices::trouble(world, &format!("ticks_stopped:{}", last.at), &words)?;
    // Nobody else passes it on now.
    notices::flush(world)?;
    Ok(Some(words))
}

/// Whether anything of a project needs ticks.
///
/// # Errors
/// Where our own files cannot be read.
pub fn needed(world: &World) -> Result<Needed> {
    let (files, paths) = (&world.store.files, &world.store.paths);
    let on = files.read(&paths.guard())?.is_some() && files.read(&paths.paused())?.is_none();
    // What cannot be read may wait for them too.
    let (runs, bad) = world.store.runs()?;
    let runs = runs.iter().filter(|run| !run.phase.is_terminal()).count() + bad.len();
    Ok(Needed { new_work: on, runs })
}
