//! A server that cannot be asked. What may pass by itself is waited for in silence, and told once when it has lasted
//! an hour; what wants a person, such as a token that is not accepted any more, is told at once.

use super::look::Trouble;
use super::notices;
use crate::domain::time::{HOUR, Timestamp};
use crate::world::World;
use anyhow::Result;
use serde::{Deserialize, Serialize};

/// `outage.json`: since when the server could not be asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Outage {
    version: u32,
    since: Timestamp,
}

/// Remembers since when it lasts, and tells people once; forgets it when it is over.
pub fn note(world: &World, trouble: Option<&Trouble>, now: Timestamp) -> Result<()> {
    let path = world.store.paths.project().join("outage.json");
    // A record that cannot be read is begun anew: people are told an hour later, not never.
    let before: Option<Outage> = world.store.read_json(&path).ok().flatten();
    let Some(trouble) = trouble else {
        return if before.is_some() { world.store.files.remove(&path) } else { Ok(()) };
    };
    // A time that has not come yet was told by a clock that was wrong.
    let known = before.as_ref().map(|b| b.since).filter(|since| *since <= now);
    let since = known.unwrap_or(now);
    if known.is_none() {
        world.store.write_json_soft(&path, &Outage { version: 1, since })?;
    }
    if trouble.passes && now.since(since) < HOUR {
        return Ok(());
    }
    let (name, url) = (&world.project.name, &world.project.forge_url);
    let text = format!("{name}: {url} could not be asked since {since}: {}", trouble.why);
    notices::trouble(world, &format!("outage:{}", since.0), &text)
}
