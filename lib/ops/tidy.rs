//! After a run has ended: its claim is given back, and its worktree removed if nothing in it would be lost.

use crate::domain::phase::Phase;
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
    match world.with_repo(|git| git.remove_worktree(run.issue))? {
        Removal::Removed | Removal::Absent => Ok(()),
        Removal::Kept(why) => {
            let key = format!("{}:worktree_kept", run.attempt);
            let detail = format!("{} is kept: {why}", world.git.worktree_path(run.issue).display());
            let known = world.store.events()?.iter().any(|e| e.issue == Some(run.issue) && e.key == key);
            if known {
                return Ok(());
            }
            let event = Event {
                at: world.clock.now(),
                issue: Some(run.issue),
                kind: "worktree_kept".into(),
                key,
                detail,
            };
            world.store.event(&event)
        }
    }
}
