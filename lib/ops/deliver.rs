//! Delivering what waits for a session: all of it as one text, one turn; judged again just before.

use super::look::Glance;
use super::{session, talk};
use crate::domain::launch::Style;
use crate::domain::life::Life;
use crate::domain::message::{MessageState, bundle};
use crate::domain::run::Run;
use crate::store::messages::Stored;
use crate::twin::{self, Twin};
use crate::world::{Delivery, World};
use anyhow::Result;

/// Whether something waits that could be delivered now.
pub fn is_due(world: &World, run: &Run, life: &Life) -> bool {
    if run.phase.is_terminal() || !takes_messages(world, run, life) {
        return false;
    }
    world.store.messages(run.issue).is_ok_and(|all| all.iter().any(|s| s.message.waits()))
}

/// In *turns* style a message is a file that the host finds whenever it looks; a terminal must be listening.
fn takes_messages(world: &World, run: &Run, life: &Life) -> bool {
    match talk::agent(world, run).style() {
        Style::Turns => matches!(life, Life::Working | Life::Idle | Life::Starting),
        Style::Interactive => matches!(life, Life::Working | Life::Idle),
    }
}

/// Delivers what waits, if the session can take it. The caller holds the run's lock.
pub fn deliver(world: &World, glance: &Glance, run: &Run, life: &Life) -> Result<()> {
    if !is_due(world, run, life) {
        return Ok(());
    }
    let Some(session) = &run.session else { return Ok(()) };
    let mut ready = Vec::new();
    for stored in world.store.messages(run.issue)?.into_iter().filter(|s| s.message.waits()) {
        // First of all: what has arrived may have been acted on already, and then the head is another one.
        if arrived(world, run, &stored, session.spawn)? {
            continue;
        }
        match stored.message.outdated(run.head.as_ref()) {
            Some(why) => world.store.mark(&stored, MessageState::Void { why })?,
            None => ready.push(stored),
        }
    }
    if ready.is_empty() {
        return Ok(());
    }
    send(world, glance, run, &ready)
}

/// Whether a message that was being put in when somebody was cut off did arrive: its nonce is in a turn's file or
/// on the screen.
fn arrived(world: &World, run: &Run, stored: &Stored, spawn: u32) -> Result<bool> {
    let MessageState::Sending { nonce, spawn: of } = &stored.message.state else { return Ok(false) };
    if *of != spawn || twin::is(Twin::DeliversAgain) {
        return Ok(false);
    }
    let by = match talk::agent(world, run).style() {
        Style::Turns => turn_with(world, run, nonce)?.map(|turn| format!("turn {turn}")),
        Style::Interactive => {
            let name = session::name(world, run.issue);
            world.sessions.pane(&name, 2000)?.contains(nonce).then(|| "seen in the pane".to_string())
        }
    };
    let Some(by) = by else { return Ok(false) };
    world.store.mark(stored, MessageState::Delivered { at: world.clock.now(), by })?;
    Ok(true)
}

fn turn_with(world: &World, run: &Run, nonce: &str) -> Result<Option<String>> {
    let folder = world.store.paths.run(run.issue).turns();
    for name in world.store.files.list(&folder)?.into_iter().rev() {
        let text = world.store.files.read(&folder.join(&name))?.unwrap_or_default();
        if String::from_utf8_lossy(&text).contains(nonce) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

fn send(world: &World, glance: &Glance, run: &Run, ready: &[Stored]) -> Result<()> {
    let Some(session) = &run.session else { return Ok(()) };
    let nonce = world.dice.nonce();
    for stored in ready {
        world.store.mark(stored, MessageState::Sending { nonce: nonce.clone(), spawn: session.spawn })?;
    }
    if twin::is(Twin::DeliveredFirst) {
        let state = MessageState::Delivered { at: world.clock.now(), by: "turn 0".into() };
        ready.iter().try_for_each(|stored| world.store.mark(stored, state.clone()))?;
    }
    let texts: Vec<&str> = ready.iter().map(|s| s.message.text.as_str()).collect();
    let text = bundle(&texts, &nonce);
    let by = match talk::agent(world, run).style() {
        Style::Turns => Some(write_turn(world, run, &text)?),
        Style::Interactive => paste(world, glance, &session.name, &text)?,
    };
    let state = match by {
        Some(by) => MessageState::Delivered { at: world.clock.now(), by },
        None => MessageState::Queued,
    };
    ready.iter().try_for_each(|stored| world.store.mark(stored, state.clone()))
}

fn write_turn(world: &World, run: &Run, text: &str) -> Result<String> {
    let turn = session::next_turn(world, run.issue)?;
    let path = world.store.paths.run(run.issue).turns().join(format!("{turn:04}.md"));
    world.store.files.write(&path, text.as_bytes())?;
    Ok(format!("turn {turn}"))
}

fn paste(world: &World, glance: &Glance, name: &str, text: &str) -> Result<Option<String>> {
    let Some(seen) = glance.sessions.find(name) else { return Ok(None) };
    match world.sessions.deliver(seen, text)? {
        Delivery::Done => Ok(Some("pasted".into())),
        Delivery::Busy(_) => Ok(None),
    }
}
