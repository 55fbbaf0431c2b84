//! Delivering what waits for a session: all of it as one text, one turn; judged again just before. How it is known to have
//! arrived differs: in *turns* style it stands in a turn's file; an agent that tells what it takes in has told so; in any
//! other's terminal it is seen on the screen.

use super::look::Glance;
use super::{session, talk};
use crate::domain::agent::hooks;
use crate::domain::launch::Style;
use crate::domain::life::Life;
use crate::domain::message::{MessageState, Next, bundle};
use crate::domain::run::{Run, SessionRef};
use crate::store::messages::Stored;
use crate::twin::{self, Twin};
use crate::world::{Delivery, World};
use anyhow::Result;

/// Whether something could be done now about what waits.
pub fn is_due(world: &World, run: &Run, life: &Life) -> bool {
    let Some(session) = &run.session else { return false };
    if run.phase.is_terminal() || !takes_messages(world, run, life) {
        return false;
    }
    let waiting = |s: &Stored| s.message.waits() && next(world, run, s, session, life) != Next::Wait;
    world.store.messages(run.issue).is_ok_and(|all| all.iter().any(waiting))
}

/// In *turns* style a message is a file that the host finds whenever it looks; a terminal must be listening.
fn takes_messages(world: &World, run: &Run, life: &Life) -> bool {
    match talk::agent(world, run).style() {
        Style::Turns => matches!(life, Life::Working | Life::Idle | Life::Starting),
        Style::Interactive => matches!(life, Life::Working | Life::Idle),
    }
}

/// What to do about one message that waits. A look that fails says nothing has arrived, and finds that out when it is sent.
fn next(world: &World, run: &Run, stored: &Stored, session: &SessionRef, life: &Life) -> Next {
    let arrived = |nonce: &str| arrived(world, run, nonce).ok().flatten();
    stored.message.next(arrived, *life == Life::Idle, session.spawn, world.clock.now())
}

/// Notes what has arrived, before anything else is decided: whoever acts on a request has to know what it may be the answer to,
/// what a session had when it asked answers nothing, and after the session's end nobody looks any more.
pub fn note_arrivals(world: &World, run: &Run) -> Result<()> {
    let Some(session) = &run.session else { return Ok(()) };
    for stored in world.store.messages(run.issue)?.into_iter().filter(|s| s.message.waits()) {
        if let Next::Arrived(by) = next(world, run, &stored, session, &Life::Working) {
            world.store.mark(&stored, MessageState::Delivered { at: world.clock.now(), by })?;
        }
    }
    Ok(())
}

/// Delivers what waits, if the session can take it. The caller holds the run's lock.
pub fn deliver(world: &World, glance: &Glance, run: &Run, life: &Life) -> Result<()> {
    if !is_due(world, run, life) {
        return Ok(());
    }
    let Some(session) = &run.session else { return Ok(()) };
    let (mut ready, mut again) = (Vec::new(), Vec::new());
    for stored in world.store.messages(run.issue)?.into_iter().filter(|s| s.message.waits()) {
        // First of all: what has arrived may have been acted on already, and then the head is another one.
        match next(world, run, &stored, session, life) {
            Next::Arrived(by) => {
                world.store.mark(&stored, MessageState::Delivered { at: world.clock.now(), by })?;
            }
            Next::Wait => {}
            other => match (stored.message.outdated(run.head.as_ref()), other) {
                (Some(why), _) => world.store.mark(&stored, MessageState::Void { why })?,
                (None, Next::Again { nonce, enter, tries }) => {
                    again.push((stored, Sent { nonce, enter, tries }))
                }
                (None, _) => ready.push(stored),
            },
        }
    }
    // What is tried again goes alone: under its nonce nothing else may be taken for delivered.
    if let Some((_, sent)) = again.first() {
        let (nonce, sent) = (sent.nonce.clone(), Sent { nonce: sent.nonce.clone(), ..*sent });
        let same: Vec<Stored> = again.into_iter().filter(|(_, s)| s.nonce == nonce).map(|(s, _)| s).collect();
        return send(world, glance, run, &same, &sent);
    }
    if ready.is_empty() {
        return Ok(());
    }
    send(world, glance, run, &ready, &Sent { nonce: world.dice.nonce(), enter: false, tries: 0 })
}

/// By what a message that was being put in is known to have arrived, if it has.
fn arrived(world: &World, run: &Run, nonce: &str) -> Result<Option<String>> {
    if twin::is(Twin::DeliversAgain) {
        return Ok(None);
    }
    let agent = talk::agent(world, run);
    Ok(match agent.style() {
        Style::Turns => turn_with(world, run, nonce)?.map(|turn| format!("turn {turn}")),
        Style::Interactive if agent.tells() => {
            let told = world.store.hooks(run.issue)?;
            hooks::has_arrived(&told, nonce).then(|| "told by the agent's hook".to_string())
        }
        Style::Interactive => {
            let name = session::name(world, run.issue);
            world.sessions.pane(&name, 2000)?.contains(nonce).then(|| "seen in the pane".to_string())
        }
    })
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

/// How a text is sent.
struct Sent {
    nonce: String,
    /// It is in the terminal already: only Enter.
    enter: bool,
    /// How often it was tried before.
    tries: u32,
}

fn send(world: &World, glance: &Glance, run: &Run, ready: &[Stored], sent: &Sent) -> Result<()> {
    let Some(session) = &run.session else { return Ok(()) };
    let (nonce, spawn) = (&sent.nonce, session.spawn);
    let sending = |put, tries| MessageState::Sending { nonce: nonce.clone(), spawn, put, tries };
    if sent.tries == 0 {
        // Cut off behind the paste nobody knows whether it was done: with an agent that will tell, it may have been.
        let put = talk::agent(world, run).tells().then(|| world.clock.now());
        let tries = u32::from(put.is_some());
        ready.iter().try_for_each(|stored| world.store.mark(stored, sending(put, tries)))?;
    }
    if twin::is(Twin::DeliveredFirst) {
        let state = MessageState::Delivered { at: world.clock.now(), by: "turn 0".into() };
        ready.iter().try_for_each(|stored| world.store.mark(stored, state.clone()))?;
    }
    let texts: Vec<&str> = ready.iter().map(|s| s.message.text.as_str()).collect();
    let text = if sent.enter { String::new() } else { bundle(&texts, nonce) };
    let agent = talk::agent(world, run);
    let now = world.clock.now();
    let state = match agent.style() {
        Style::Turns => MessageState::Delivered { at: now, by: write_turn(world, run, &text)? },
        Style::Interactive => match (paste(world, glance, &session.name, &text)?, agent.tells()) {
            (true, false) => MessageState::Delivered { at: now, by: "pasted".into() },
            // Whether it was taken in the agent will tell.
            (true, true) => sending(Some(now), sent.tries.saturating_add(1)),
            (false, _) if sent.tries == 0 => MessageState::Queued,
            (false, _) => return Ok(()),
        },
    };
    ready.iter().try_for_each(|stored| world.store.mark(stored, state.clone()))
}

fn write_turn(world: &World, run: &Run, text: &str) -> Result<String> {
    let turn = session::next_turn(world, run.issue)?;
    let path = world.store.paths.run(run.issue).turns().join(format!("{turn:04}.md"));
    world.store.files.write(&path, text.as_bytes())?;
    Ok(format!("turn {turn}"))
}

fn paste(world: &World, glance: &Glance, name: &str, text: &str) -> Result<bool> {
    let Some(seen) = glance.sessions.find(name) else { return Ok(false) };
    Ok(world.sessions.deliver(seen, text)? == Delivery::Done)
}
