//! Preflight, first form: whether an environment, an issue, a run or a pull is fit to go on.

use super::gate;
use super::look::{Glance, landing_of};
use super::observe::one_pull;
use super::views::{WhyRow, why};
use crate::agents::Program;
use crate::agents::claude::Claude;
use crate::config::Channel;
use crate::domain::agent::Kind;
use crate::domain::ids::{IssueNo, PullNo, Sha};
use crate::domain::landing::Landing;
use crate::domain::life::Sessions;
use crate::domain::text::plain_line;
use crate::gates::Finding;
use crate::world::{People, World};
use anyhow::{Context, Result};
use serde::Serialize;

/// One check of an environment.
#[derive(Clone, Debug, Serialize)]
pub struct EnvCheck {
    /// A stable word.
    pub id: &'static str,
    /// Whether it is as it should be; none: a thing to know.
    pub ok: Option<bool>,
    /// What was found.
    pub found: String,
    /// What to do, if something is to be done.
    pub remedy: String,
}

fn check(id: &'static str, result: Result<String>, remedy: impl Into<String>) -> EnvCheck {
    match result {
        Ok(found) => EnvCheck { id, ok: Some(true), found, remedy: String::new() },
        Err(e) => EnvCheck { id, ok: Some(false), found: format!("{e:#}"), remedy: remedy.into() },
    }
}

/// Whether this machine and this configuration would do.
pub fn env(world: &World) -> Vec<EnvCheck> {
    let project = &world.project;
    let mut all = vec![
        check("repo", world.with_repo(|git| git.sync().and_then(|()| git.primary())).map(|sha| format!("{} is at {}", project.primary_branch, sha.short())), "set repo_root and primary_branch"),
        check("forge", forge(world), "set forge_url and repo, and give FORGE_TOKEN's account write access"),
        check("ci", world.ci.reach(), "set ci.server and ci.woodpecker_repo_id, and give WOODPECKER_TOKEN of an account that sees the repository there"),
        check("tmux", tmux(world), "install tmux (Debian: apt-get install tmux)"),
        check("agent", agent(world), agent_remedy(world)),
        check("state", writable(world), format!("make {} writable for you, on a disk with room", project.root.state.display())),
        check("memory", enough("MB of memory free", world.machine.seen().memory_mb, project.limits.memory_mb), "lower limits.memory_mb, or free memory"),
        check("disk", enough("MB of disk free", world.machine.seen().disk_mb, project.limits.disk_mb), "lower limits.disk_mb, or make room"),
        check("checks", checks(world), "add [verify] steps, or set landing.without_checks = true"),
        check("people", people(world), "name them in [people] maintainers and reviewers"),
        guard(world),
        EnvCheck {
            id: "sandbox",
            ok: None,
            found: "none: a session is the same user as you and could read your files and ours; it is given no key, but it is not walled off".into(),
            remedy: String::new(),
        },
    ];
    let channels = world.people.iter().map(|c| channel(world, c.as_ref()));
    all.extend(channels.map(|found| check("channel", found, "docs/people.md tells how to set each up")));
    all.extend(fallback(world));
    all
}

/// How people are reached in one channel, and whose answers count.
fn channel(world: &World, channel: &dyn People) -> Result<String> {
    let (which, people) = (channel.channel(), &world.project.people);
    let reached = channel.reach().with_context(|| which.to_string())?;
    let reached = format!("{which}: {reached}");
    if !matches!(which, Channel::Matrix | Channel::Telegram) {
        return Ok(reached);
    }
    if let Some(name) = people.ladder.iter().find(|name| people.account(which, name).is_none()) {
        anyhow::bail!("{name} of people.ladder has no account there: set [people.{name}] {which}");
    }
    let known = |name: &&String| people.account(which, name).is_some();
    let names: Vec<&str> = people.maintainers.iter().filter(known).map(String::as_str).collect();
    Ok(match names.as_slice() {
        [] => format!("{reached}; nobody can answer: set [people.<name>] {which} of a maintainer"),
        names => format!("{reached}; answers are taken from {}", names.join(", ")),
    })
}

fn forge(world: &World) -> Result<String> {
    if world.is_local() {
        return Ok("local: files beside the repository".into());
    }
    let (me, writers) = (world.forge.me()?, world.forge.writers()?);
    let (url, repo) = (&world.project.forge_url, &world.project.repo);
    if !writers.contains(&me) {
        anyhow::bail!("{me} may not write to {repo} on {url}");
    }
    let open = world.forge.pulls()?.len();
    let claims = world.claims.owner();
    let version = plain_line(&world.forge.version()?, 40);
    Ok(format!(
        "{repo} on {url} ({version}) as {me}, {open} open pulls; claims of this root bear the name {claims}"
    ))
}

fn agent_remedy(world: &World) -> &'static str {
    let program = world.project.agent.command.first();
    if program.is_none_or(|program| world.machine.find_program(program).is_none()) {
        return "install it where sessions find it (~/.local/bin, or the PATH of your crontab's line), or set agent.command to where it is";
    }
    "run drover as an ordinary user; or, in a container of its own, set [agent.env] IS_SANDBOX = \"1\""
}

fn tmux(world: &World) -> Result<String> {
    match world.sessions.list(&[]) {
        Sessions::Unknown(why) => anyhow::bail!(why),
        Sessions::NoServer => Ok("there, no server running yet".into()),
        Sessions::Listed(all) => Ok(format!("there, {} sessions", all.len())),
    }
}

fn agent(world: &World) -> Result<String> {
    let program = world.project.agent.command.first().context("[agent] command is not set")?;
    let found = world
        .machine
        .find_program(program)
        .with_context(|| format!("{program} is not on the PATH that sessions get"))?;
    let words = format!("{program} is {found}");
    if refuses_root(world) {
        anyhow::bail!("{words}, and refuses to work for root without asking");
    }
    Ok(words)
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

fn writable(world: &World) -> Result<String> {
    let path = world.store.paths.project().join(".probe");
    world.store.files.write(&path, b"probe\n")?;
    world.store.files.remove(&path)?;
    Ok(world.store.paths.project().display().to_string())
}

fn enough(what: &str, free: Option<u64>, wanted: u64) -> Result<String> {
    match free {
        Some(free) if free < wanted => anyhow::bail!("{free} {what}, {wanted} wanted"),
        Some(free) => Ok(format!("{free} {what}")),
        None => Ok(format!("{what}: not known")),
    }
}

fn checks(world: &World) -> Result<String> {
    if !world.is_local() && !world.project.ci.none() {
        let required = world.forge.required()?;
        return Ok(match required.as_slice() {
            [] => "the forge's: all contexts that report, since its protection names none".into(),
            names => format!("the forge's: {}", names.join(", ")),
        });
    }
    match (world.policy.verifies, world.policy.without_checks) {
        (true, _) => Ok("[verify] decides".into()),
        (false, true) => Ok("none, and landing.without_checks says that this is fine".into()),
        (false, false) => anyhow::bail!("no [verify] steps: nothing will ever land"),
    }
}

fn people(world: &World) -> Result<String> {
    if world.policy.trusted.is_empty() || world.policy.reviewers.is_empty() {
        anyhow::bail!(
            "nobody may file issues or approve pulls: [people] is empty and the repository has no owner (git config user.name)"
        );
    }
    Ok(format!(
        "trusted: {}; reviewers: {}",
        world.policy.trusted.join(", "),
        world.policy.reviewers.join(", ")
    ))
}

fn guard(world: &World) -> EnvCheck {
    let path = world.store.paths.guard();
    let there = world.store.files.read(&path).is_ok_and(|f| f.is_some());
    let (found, remedy) = if there {
        ("new work is switched on", String::new())
    } else {
        ("new work is switched off", format!("`drover on`, which makes {}", path.display()))
    };
    EnvCheck { id: "guard", ok: None, found: found.into(), remedy }
}

/// Whether an issue could be started, and if not why: the verdict of a tick made now.
pub fn issue(world: &World, issue: IssueNo) -> Result<Vec<WhyRow>> {
    why(world, Some(issue.0))
}

/// What the gates hold against publishing a run's commits as they are now.
pub fn run(world: &World, issue: IssueNo) -> Result<(Sha, Vec<Finding>)> {
    let record = world
        .store
        .run(issue)?
        .with_context(|| format!("there is no run on #{issue} in {}", world.project.name))?;
    world.with_repo(|git| git.sync())?;
    let head = world.with_repo(|git| git.rescue(issue, record.attempt))?.or(record.head);
    let head = head.with_context(|| format!("the run on #{issue} has no commits"))?;
    findings(world, head)
}

/// What the gates hold against a pull, and whether it may land.
pub fn pull(world: &World, number: PullNo) -> Result<(Sha, Vec<Finding>, Landing)> {
    let glance = Glance::near(world, &[]);
    let pull = one_pull(world, number)?.with_context(|| format!("there is no pull #{number}"))?;
    let head =
        pull.head.clone().with_context(|| format!("the branch {} of pull #{number} is gone", pull.branch))?;
    let (head, findings) = findings(world, head)?;
    Ok((head, findings, landing_of(world, &glance, &pull)))
}

fn findings(world: &World, head: Sha) -> Result<(Sha, Vec<Finding>)> {
    let diff = world.git.diff(&world.git.primary()?, &head)?;
    let found = gate::list(world, &diff);
    Ok((head, found))
}
