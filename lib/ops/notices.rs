//! Passing notices on. Each is written before it is told and marked after, so that a tick that was cut off tells
//! it again rather than never; channels that know keys tell it once.

use crate::store::state::Notice;
use crate::twin::{self, Twin};
use crate::world::{LockName, World};
use anyhow::Result;

/// Tells every notice that nobody was told yet; gives how many.
pub fn flush(world: &World) -> Result<usize> {
    // Two ticks at once would tell it twice; whoever has the lock tells all there is.
    let Some(_held) = world.locks.try_take(&LockName::Notices)? else { return Ok(0) };
    let mut told = 0;
    for notice in world.store.notices()?.into_iter().filter(|n| n.told.is_none()) {
        if twin::is(Twin::Mute) || !world.people.tell(notice.urgent, &notice.text)? {
            continue;
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
