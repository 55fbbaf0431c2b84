//! A server that cannot be asked: waited for in silence, and told once when it has lasted an hour.

use crate::domain::schedule::Snapshot;
use crate::domain::time::{HOUR, Timestamp};
use crate::store::state::Notice;
use crate::world::World;
use anyhow::Result;
use serde::{Deserialize, Serialize};

/// `outage.json`: since when the server could not be asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Outage {
    version: u32,
    since: Timestamp,
}

/// Whether this look found the server out of reach: on the local forge there is none.
pub fn is_one(world: &World, snapshot: &Snapshot) -> bool {
    !world.is_local() && snapshot.issues.known().is_none()
}

/// Remembers since when it lasts, and tells people once after an hour; forgets it when it is over.
pub fn note(world: &World, snapshot: &Snapshot) -> Result<()> {
    let path = world.store.paths.project().join("outage.json");
    let before: Option<Outage> = world.store.read_json(&path).ok().flatten();
    let crate::domain::phase::seen::Fact::Unknown(why) = &snapshot.issues else {
        return if before.is_some() { world.store.files.remove(&path) } else { Ok(()) };
    };
    // A time that has not come yet was told by a clock that was wrong.
    let since = before.as_ref().map(|b| b.since).filter(|since| *since <= snapshot.now);
    let Some(since) = since else {
        return world.store.write_json_soft(&path, &Outage { version: 1, since: snapshot.now });
    };
    if snapshot.now.since(since) < HOUR {
        return Ok(());
    }
    let key = format!("outage:{}", since.0);
    let file = world.store.notice_path(&key);
    if world.store.files.read(&file)?.is_some() {
        return Ok(());
    }
    let text = format!(
        "{}: {} could not be asked since {since}: {why}",
        world.project.name, world.project.forge_url
    );
    let text = crate::domain::redact::Redactor::new(world.project.secrets()).redact(&text);
    world.store.write_json(&file, &Notice { key, urgent: true, text, at: snapshot.now, told: None })
}
