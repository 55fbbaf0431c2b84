//! Which agent works on a run, with which model, and in which conversation of its own.

use crate::agents::claude::Claude;
use crate::agents::codex::Codex;
use crate::agents::command::Command;
use crate::agents::opencode::Opencode;
use crate::agents::{Agent, Program};
use crate::domain::agent::Kind;
use crate::domain::agent::output::Usage;
use crate::domain::launch::Launch;
use crate::domain::life::AgentState;
use crate::domain::run::{Counter, Run};
use crate::domain::time::Timestamp;
use crate::world::World;
use anyhow::Result;
use std::collections::BTreeMap;

/// The agent of a run: the project's, or the one that the issue asked for, of which the project says nothing but its name.
pub fn agent(world: &World, run: &Run) -> Box<dyn Agent> {
    let config = &world.project.agent;
    let (kind, program) = match &run.agent {
        Some(name) => {
            let kind = Kind::named(name);
            (kind, Program { style: kind.style(), command: vec![name.clone()], args: vec![] })
        }
        None => {
            let (command, args) = (config.command.clone(), config.args.clone());
            (config.kind, Program { style: config.style, command, args })
        }
    };
    match kind {
        Kind::Claude => Box::new(Claude(program)),
        Kind::Codex => Box::new(Codex(program)),
        Kind::Opencode => Box::new(Opencode(program)),
        Kind::Command => {
            let with_args = |line: &[String]| [line, &config.args].concat();
            let resume = Some(&config.resume).filter(|r| !r.is_empty()).map(|r| with_args(r));
            Box::new(Command { style: config.style, command: with_args(&config.command), resume })
        }
    }
}

/// The first agent of the project that has named no limit and is not `but`: its own, then those that it falls back on.
pub fn first_free(world: &World, now: Timestamp, but: &str) -> Option<String> {
    let config = &world.project.agent;
    // Without one to fall back on nobody is asked to take over, the project's own agent neither.
    if config.fallback.is_empty() {
        return None;
    }
    let all = std::iter::once(&config.name).chain(&config.fallback);
    let free = |name: &&String| world.store.cooldown(name).is_none_or(|c| c.until <= now);
    all.filter(|name| *name != but).find(free).cloned()
}

/// The agents that are not to be used yet. The project's own is none of them while one that it falls back on is free.
pub fn cooling(world: &World, now: Timestamp) -> BTreeMap<String, (Timestamp, String)> {
    let config = &world.project.agent;
    let known = ["claude", "codex", "opencode"].map(String::from);
    let all = known.iter().chain([&config.name]);
    let cools = |name: &String| {
        let cooldown = world.store.cooldown(name).filter(|c| c.until > now)?;
        let relieved = *name == config.name && first_free(world, now, name).is_some();
        (!relieved).then(|| (name.clone(), (cooldown.until, cooldown.why)))
    };
    all.filter_map(cools).collect()
}

/// The agent that a new attempt begins with where its issue asks for none; none: the project's own.
pub fn to_begin_with(world: &World, now: Timestamp) -> Option<String> {
    let own = &world.project.agent.name;
    world.store.cooldown(own).filter(|c| c.until > now).and_then(|_| first_free(world, now, own))
}

/// The model of a run: the one that the issue asked for, or the project's where its own agent works.
pub fn model(world: &World, run: &Run) -> Option<String> {
    let configured = || world.project.agent.model.clone().filter(|_| run.agent.is_none());
    run.model.clone().or_else(configured)
}

/// How the agent's conversation begins.
pub enum Talk {
    /// A new one, of this name if the agent takes one.
    New(Option<String>),
    /// The one before, as the run names it.
    Same,
}

/// Decides in what conversation the agent works, and gives what it has told as the sum over it. The run holds the name of
/// one that has begun. It is given up where the last session was to go on with it and never got as far as to name it
/// again, before the last start that there is (whatever is wrong with it is not mended by going on), and for another agent.
pub fn talk(world: &World, run: &mut Run) -> Result<(Talk, Usage)> {
    let agent = agent(world, run);
    let folder = world.store.paths.run(run.issue).folder;
    let last: Option<Launch> = world.store.read_json(&folder.join("launch.json"))?;
    let last = last.filter(|l| l.attempt == run.attempt && l.agent == agent.kind());
    let host = world.store.host(run.issue).filter(|h| last.as_ref().is_some_and(|l| l.spawn == h.spawn));
    let mut told = last.as_ref().map(|l| l.told).unwrap_or_default();
    if last.is_none() || agent.kind() == Kind::Command {
        run.conversation = None;
    } else if let Some(host) = host {
        let ended = matches!(host.agent, AgentState::Ended { .. });
        let lost = ended && host.conversation.is_none();
        let hopeless = ended && run.counters.resumes >= Counter::Resumes.limit();
        told = host.told;
        run.conversation = host.conversation.or(run.conversation.take()).filter(|_| !lost && !hopeless);
    }
    Ok(match run.conversation {
        Some(_) => (Talk::Same, told),
        None => (Talk::New(agent.takes_a_name().then(|| uuid(world))), Usage::default()),
    })
}

/// A name for a conversation in the form of a UUID that was drawn at random (RFC 9562, version 4).
fn uuid(world: &World) -> String {
    let d: String = (0..3).map(|_| world.dice.nonce()).collect();
    format!("{}-{}-4{}-a{}-{}", &d[..8], &d[8..12], &d[12..15], &d[15..18], &d[18..30])
}
