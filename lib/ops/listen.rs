//! Taking in what people answer in their channel. Words of a maintainer about an issue become a message to its run,
//! known by the channel's own name for them, so that words that are heard twice arrive once.

use super::control::{self, Answer};
use crate::world::{LockName, Said, World};
use anyhow::Result;

/// Most characters of an answer that are passed on.
const LONGEST: usize = 16_000;

/// What came of one hearing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Listened {
    /// Words that have reached their run.
    pub passed_on: usize,
    /// Words that could not: their run has ended, or there is none.
    pub too_late: usize,
    /// Words of people who may not answer.
    pub strangers: usize,
}

/// How a hearing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// This has come of it.
    Heard(Listened),
    /// Somebody else listens.
    Busy,
    /// Nobody can be heard now.
    Unheard,
}

/// Hears what people say, waiting so many seconds for it, and passes it on.
pub fn listen(world: &World, wait: u64) -> Result<Outcome> {
    let Some(_held) = world.locks.try_take(&LockName::Listen)? else { return Ok(Outcome::Busy) };
    let Some(hearing) = world.people.hear(wait)? else { return Ok(Outcome::Unheard) };
    let mut listened = Listened::default();
    for said in &hearing.said {
        match world.project.people.maintainer_on_matrix(&said.who) {
            None => listened.strangers += 1,
            Some(name) if pass_on(world, name, said, &mut listened)? => {}
            // It is heard again, and known again.
            Some(_) => return Ok(Outcome::Heard(listened)),
        }
    }
    // Not before: what was cut off is heard again, and known again.
    world.people.take_in(&hearing)?;
    Ok(Outcome::Heard(listened))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}\n[…the rest, {} bytes, was cut off]", &text[..at], text.len() - at),
        None => text.to_string(),
    }
}

/// Whether that is done with.
fn pass_on(world: &World, name: &str, said: &Said, listened: &mut Listened) -> Result<bool> {
    if world.store.run(said.issue)?.is_none() {
        listened.too_late += 1;
        return world.people.acknowledge(said, Some(&format!("there is no run on #{}", said.issue)));
    }
    match control::reply(world, said.issue, name, &shortened(&said.text), &said.id)? {
        Answer::Done(_) | Answer::Later(_) => {
            listened.passed_on += 1;
            world.people.acknowledge(said, None)
        }
        Answer::Pointless(reason) => {
            listened.too_late += 1;
            world.people.acknowledge(said, Some(&reason.words))
        }
    }
}
