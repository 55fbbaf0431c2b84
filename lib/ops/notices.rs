//! Passing notices on. Each is written before it is told and marked after, so that a tick that was cut off tells
//! it again rather than never; channels that know keys tell it once.

use super::effects::redacted;
use crate::domain::text::plain_line;
use crate::store::state::Notice;
use crate::twin::{self, Twin};
use crate::world::{LockName, Tidings, World};
use anyhow::Result;

/// Most characters of a title that are shown.
const TITLE: usize = 120;

/// Tells what nobody was told yet, where that need not wait for a tick. What fails is tried again by the next one.
pub fn at_once(world: &World) {
    if world.people.is_prompt() {
        drop(flush(world));
    }
}

fn tidings(world: &World, notice: &Notice) -> Tidings {
    // Without its title it is told all the same.
    let title = |issue| world.store.run(issue).ok().flatten().map(|run| run.title).unwrap_or_default();
    let shown = |issue| redacted(world, &plain_line(&title(issue), TITLE));
    let about = notice.issue.map(|issue| (issue, shown(issue)));
    Tidings { key: notice.key.clone(), about, urgent: notice.urgent, text: notice.text.clone() }
}

/// Tells every notice that nobody was told yet; gives how many.
pub fn flush(world: &World) -> Result<usize> {
    // Two ticks at once would tell it twice; whoever has the lock tells all there is.
    let Some(_held) = world.locks.try_take(&LockName::Notices)? else { return Ok(0) };
    let mut told = 0;
    for notice in world.store.notices()?.into_iter().filter(|n| n.told.is_none()) {
        if twin::is(Twin::Mute) {
            continue;
        }
        if !world.people.tell(&tidings(world, &notice))? {
            break;
        }
        if twin::is(Twin::NoticeAgain) {
            continue;
        }
        let done = Notice { told: Some(world.clock.now()), ..notice };
        world.store.write_json(&world.store.notice_path(&done.key), &done)?;
        told += 1;
    }
    Ok(told)
}
