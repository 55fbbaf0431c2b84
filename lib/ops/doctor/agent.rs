//! The agent: its program, its first-run questions, and those that take over from it.

use super::{EnvCheck, check};
use crate::agents::Program;
use crate::agents::claude::Claude;
use crate::domain::agent::Kind;
use crate::domain::text::plain_line;
use crate::ops::session;
use crate::world::World;
use anyhow::{Context, Result, bail};

pub(super) fn checks(world: &World) -> Vec<EnvCheck> {
    let mut all = vec![check("agent", agent(world), remedy(world))];
    if world.project.agent.kind != Kind::Command {
        let mend = "mend the file, or move it away: the agent makes a new one";
        all.push(check("agent_setup", set_up(world), mend));
    }
    all.extend(fallback(world));
    all
}

fn agent(world: &World) -> Result<String> {
    let config = &world.project.agent;
    let program = config.command.first().context("[agent] command is not set")?;
    let found = world
        .machine
        .find_program(program)
        .with_context(|| format!("{program} is not on the PATH that sessions get"))?;
    let words = format!("{program} is {found}");
    if refuses_root(world) {
        bail!("{words}, and refuses to work for root without asking");
    }
    // A command of the project's own may do anything whatever it is asked.
    if config.kind == Kind::Command {
        return Ok(words);
    }
    let version =
        world.machine.ask(&[&found, "--version"]).with_context(|| format!("{words}, and does not start"))?;
    Ok(format!("{words}, {}", plain_line(&version, 60)))
}

/// Whether the questions that it asks when it is first started will be answered in its files.
fn set_up(world: &World) -> Result<String> {
    let files = session::rehearse(world)?;
    Ok(match files.as_slice() {
        [] => "it asks nothing when it is first started".into(),
        files => format!("its first-run questions are answered in {}", files.join(", ")),
    })
}

fn remedy(world: &World) -> &'static str {
    let program = world.project.agent.command.first();
    match program.and_then(|program| world.machine.find_program(program)) {
        None => {
            "install it where sessions find it (~/.local/bin, or the PATH of your crontab's line), or set agent.command to where it is"
        }
        Some(_) if refuses_root(world) => {
            "run drover as an ordinary user; or, in a container of its own, set [agent.env] IS_SANDBOX = \"1\""
        }
        Some(_) => "start it by hand with --version, and install it anew if that fails",
    }
}

/// Those that take over are found on the `PATH` too: at night it would be late to hear that one is missing.
fn fallback(world: &World) -> Option<EnvCheck> {
    let names = &world.project.agent.fallback;
    let missing: Vec<&str> =
        names.iter().filter(|name| world.machine.find_program(name).is_none()).map(String::as_str).collect();
    let found = match missing.as_slice() {
        [] => Ok(names.join(", ")),
        missing => Err(anyhow::anyhow!("{} not on the PATH that sessions get", missing.join(", "))),
    };
    (!names.is_empty()).then(|| check("fallback", found, "install it, or take it out of agent.fallback"))
}

/// Claude Code does not skip its questions for root.
fn refuses_root(world: &World) -> bool {
    let config = &world.project.agent;
    let program =
        Program { style: config.kind.style(), command: config.command.clone(), args: config.args.clone() };
    config.kind == Kind::Claude
        && world.machine.is_root()
        && !config.env.contains_key("IS_SANDBOX")
        && !config.passed.contains_key("IS_SANDBOX")
        && Claude(program).refuses_root()
}
