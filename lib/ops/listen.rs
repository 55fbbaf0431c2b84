//! Taking in what people answer in their channel. Words of a maintainer about an issue become a message to its run,
//! known by the channel's own name for them, so that words that are heard twice arrive once.

use super::command::carry_out;
use super::control::{self, Answer};
use super::effects::redacted;
use crate::config::Channel;
use crate::domain::command;
use crate::domain::ids::IssueNo;
use crate::store::messages::Stored;
use crate::twin::{self, Twin};
use crate::world::{LockBusy, LockName, People, Said, World};
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
    /// Commands that were answered.
    pub commands: usize,
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
    /// Nobody can be heard or answered now, or a run is busy: what was said is heard again.
    Later,
}

/// Hears what people say in a channel, waiting so many seconds for it, and passes it on.
/// In a room that projects share, only what is said in a thread is known to be meant for this one.
pub fn listen(world: &World, channel: &dyn People, wait: u64, is_shared: bool) -> Result<Outcome> {
    let Some(_held) = world.locks.try_take(&LockName::Listen(channel.channel()))? else {
        return Ok(Outcome::Busy);
    };
    let Some(hearing) = channel.hear(wait)? else { return Ok(Outcome::Later) };
    if twin::is(Twin::TakenInFirst) {
        channel.take_in(&hearing)?;
    }
    let mut listened = Listened::default();
    for said in &hearing.said {
        match known(world, channel.channel(), &said.who) {
            None => listened.strangers += 1,
            // Answers are known by their names; a command of yesterday is not carried out today.
            Some(_) if is_shared && said.issue.is_none() => {}
            Some(_) if hearing.anew && command::parse(&said.text).is_some() => {}
            Some(_) if channel.hears_again() && is_known(world, said) => {}
            Some(name) if pass_on(world, channel, name, said, &mut listened)? => {}
            // It is heard again, and known again.
            Some(_) => return Ok(Outcome::Later),
        }
    }
    // Not before: what was cut off is heard again, and known again.
    channel.take_in(&hearing)?;
    Ok(Outcome::Heard(listened))
}

/// Hears what is said where any binary of ours may listen.
pub fn hear_again(world: &World) -> Result<()> {
    for channel in world.people.iter().filter(|channel| channel.hears_again()) {
        listen(world, channel.as_ref(), 0, false)?;
    }
    Ok(())
}

/// The name of the maintainer who has this account in a channel. On a forge it may be nobody's whose names are given.
fn known<'a>(world: &'a World, channel: Channel, account: &'a str) -> Option<&'a str> {
    let trusted = || world.policy.trusted.iter().find(|name| channel == Channel::Forge && *name == account);
    if twin::is(Twin::HearsStrangers) {
        return Some(account);
    }
    world.project.people.maintainer_in(channel, account).or_else(|| trusted().map(String::as_str))
}

/// Whether the run has these words already. Of one that cannot be read that is found out, and answered, when they are passed on.
fn is_known(world: &World, said: &Said) -> bool {
    let is_it = |stored: &Stored| stored.message.key == control::name(&said.id);
    let has = |issue| world.store.messages(issue).is_ok_and(|all| all.iter().any(is_it));
    said.issue.is_some_and(has)
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}\n[…the rest, {} bytes, was cut off]", &text[..at], text.len() - at),
        None => text.to_string(),
    }
}

/// Whether that is done with.
fn pass_on(
    world: &World,
    channel: &dyn People,
    name: &str,
    said: &Said,
    listened: &mut Listened,
) -> Result<bool> {
    // What is said on an issue is said to whoever reads it.
    let command = command::parse(&said.text).filter(|_| channel.channel() != Channel::Forge);
    if let Some(command) = command {
        listened.commands += 1;
        // What cannot be done is their answer: nobody reads what a binary of ours says at night.
        let answer = carry_out(world, name, said, command).unwrap_or_else(|e| format!("that failed: {e:#}"));
        return channel.acknowledge(said, Some(&redacted(world, &answer)));
    }
    // What is said elsewhere is said to others.
    let Some(issue) = said.issue else { return Ok(true) };
    match reply(world, issue, name, said) {
        Ok(None) => {
            listened.passed_on += 1;
            channel.acknowledge(said, None)
        }
        Ok(Some(why_not)) => {
            listened.too_late += 1;
            channel.acknowledge(said, Some(&why_not))
        }
        Err(error) if error.is::<LockBusy>() => Ok(false),
        // One run that cannot be read keeps nobody else's words back.
        Err(error) => {
            listened.too_late += 1;
            let words = format!("this could not be passed on, say it again later: {error:#}");
            channel.acknowledge(said, Some(&redacted(world, &words)))
        }
    }
}

/// Why the run did not get the words, if it did not.
fn reply(world: &World, issue: IssueNo, name: &str, said: &Said) -> Result<Option<String>> {
    if world.store.run(issue)?.is_none() {
        return Ok(Some(format!("there is no run on #{issue}")));
    }
    let answer = match (&said.to, command::verdict(&said.text)) {
        (Some(key), Some(yes)) => control::decide(world, issue, name, (key, yes), &said.id)?,
        _ => control::reply(world, issue, name, &shortened(&said.text), &said.id)?,
    };
    Ok(match answer {
        Answer::Done(_) | Answer::Later(_) => None,
        Answer::Pointless(reason) => Some(reason.words),
    })
}
