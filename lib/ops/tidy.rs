//! After a run has ended: its claim is given back, and its worktree and its branch on the server are removed if nothing
//! of them would be lost.

use crate::domain::phase::Phase;
use crate::domain::redact::Redactor;
use crate::domain::run::Run;
use crate::store::journal::Event;
use crate::world::{Removal, World};
use anyhow::Result;

/// Tidies up after a run in a terminal phase. Blocked, refused and abandoned runs keep their folder: whoever
/// tries again finds it as it was.
pub fn after(world: &World, run: &Run) -> Result<()> {
    world.claims.release(run.issue)?;
    if run.phase != Phase::Done {
        return Ok(());
    }
    if let Removal::Kept(why) = world.with_repo(|git| git.remove_worktree(run.issue))? {
        let detail = format!("{} is kept: {why}", world.git.worktree_path(run.issue).display());
        note(world, run, "worktree_kept", detail)?;
    }
    drop_branch(world, run)
}

/// A branch that has landed is no more than clutter on the server; that it cannot be removed changes nothing. Whoever
/// has pushed to it since keeps it, and so does what the primary branch does not hold: a pull that somebody squashed.
fn drop_branch(world: &World, run: &Run) -> Result<()> {
    let Some(at) =
        run.published.as_ref().filter(|_| world.project.landing.delete_branch && !world.is_local())
    else {
        return Ok(());
    };
    let landed = world.git.primary().and_then(|primary| world.git.contains(&primary, at)).unwrap_or(false);
    if !landed {
        return Ok(());
    }
    match world.with_repo(|git| git.drop_branch(&run.branch, at)) {
        Ok(_) => Ok(()),
        Err(e) => note(world, run, "branch_kept", format!("{} is kept: {e:#}", run.branch)),
    }
}

/// An event, once an attempt.
fn note(world: &World, run: &Run, kind: &str, detail: String) -> Result<()> {
    let key = format!("{}:{kind}", run.attempt);
    if world.store.events()?.iter().any(|e| e.issue == Some(run.issue) && e.key == key) {
        return Ok(());
    }
    let detail = Redactor::new(world.project.secrets()).redact(&detail);
    let (at, issue) = (world.clock.now(), Some(run.issue));
    world.store.event(&Event { at, issue, kind: kind.into(), key, detail })
}
