//! The machine: room, time, the programs that everything needs.

use super::{EnvCheck, check, failed, note};
use crate::domain::life::Sessions;
use crate::domain::time::{MINUTE, human};
use crate::ops::pulse;
use crate::world::World;
use anyhow::{Context, Result, bail};

/// Seconds by which clocks may differ.
const SKEW: u64 = MINUTE;

/// Seconds without a tick after which something is wrong.
const LATE: u64 = 10 * MINUTE;

/// The first git that takes configuration from its environment, which is how no password gets onto a command line.
const GIT: (u32, u32) = (2, 31);

pub(super) fn checks(world: &World) -> Vec<EnvCheck> {
    let (project, seen) = (&world.project, world.machine.seen());
    let state = format!("make {} writable for you, on a disk with room", project.root.state.display());
    vec![
        check("home", home(world), "set HOME to it, or give --root and --state, so that cron finds the same"),
        check("state", writable(world), state),
        check("memory", memory(world, seen.memory_mb), "lower limits.memory_mb, or free memory"),
        check(
            "disk",
            enough("MB of disk free", seen.disk_mb, project.limits.disk_mb),
            "lower limits.disk_mb, or make room",
        ),
        check("load", load(seen.load, project.limits.load), "raise limits.load, or wait"),
        check(
            "clock",
            clock(world),
            "set this machine's clock, and let it be kept right (Debian: systemd-timesyncd)",
        ),
        ticks(world),
        guard(world),
        note(
            "sandbox",
            "none: a session is the same user as you and could read your files and ours; it is given no key, but it is not walled off",
            "",
        ),
        check("git", git(world), "install git 2.31 or newer (Debian: apt-get install git)"),
        check("tmux", tmux(world), "install tmux (Debian: apt-get install tmux)"),
    ]
}

/// The repository, and what the forge has of it.
pub(super) fn repo(world: &World) -> Vec<EnvCheck> {
    let primary = world.with_repo(|git| git.sync().and_then(|()| git.primary()));
    let found = primary.map(|sha| format!("{} is at {}", world.project.primary_branch, sha.short()));
    vec![check("repo", found, "set repo_root and primary_branch")]
}

/// Cron takes the home folder from the list of users, whatever a shell has made of HOME.
fn home(world: &World) -> Result<String> {
    let ours = world.machine.session_env().get("HOME").cloned().unwrap_or_default();
    match world.machine.home() {
        Some(home) if home.trim_end_matches('/') != ours.trim_end_matches('/') => {
            bail!("HOME is \"{ours}\", and your home folder is {home}")
        }
        Some(home) => Ok(home),
        None => Ok(format!("{ours}; the list of users cannot be asked")),
    }
}

fn writable(world: &World) -> Result<String> {
    let path = world.store.paths.project().join(".probe");
    world.store.files.write(&path, b"probe\n")?;
    world.store.files.remove(&path)?;
    Ok(world.store.paths.project().display().to_string())
}

fn enough(what: &str, free: Option<u64>, wanted: u64) -> Result<String> {
    match free {
        Some(free) if free < wanted => bail!("{free} {what}, {wanted} wanted"),
        Some(free) => Ok(format!("{free} {what}")),
        None => Ok(format!("{what}: not known")),
    }
}

fn memory(world: &World, free: Option<u64>) -> Result<String> {
    let (limits, each) = (&world.project.limits, world.project.limits.session_memory_mb);
    let free = enough("MB of memory free", free, limits.memory_mb)?;
    Ok(match each {
        0 => free,
        each => format!("{free}; a session may take {each} MB, kept by {}", world.machine.fence(each).by),
    })
}

fn load(now: Option<f64>, most: f64) -> Result<String> {
    match now {
        Some(now) if most > 0.0 && now > most => bail!("the load is {now:.1}, at most {most:.1} is wanted"),
        Some(now) => Ok(format!("the load is {now:.1}")),
        None => Ok("not known".into()),
    }
}

fn clock(world: &World) -> Result<String> {
    let now = world.clock.now();
    if let Some(last) = world.store.heartbeat().filter(|last| last.at.0 > now.0 + SKEW as i64) {
        bail!("it is {now}, and the last tick was at {}: the clock has gone back", last.at);
    }
    match world.forge.skew() {
        Some(skew) if skew.unsigned_abs() > SKEW => {
            let way = if skew > 0 { "behind" } else { "ahead of" };
            bail!("it is {} {way} the forge's", human(skew.unsigned_abs()))
        }
        Some(_) => Ok(format!("{now}, as the forge's")),
        None => Ok(now.to_string()),
    }
}

fn ticks(world: &World) -> EnvCheck {
    let Some(last) = world.store.heartbeat() else {
        return note("ticks", "none yet", "`drover init --schedule crontab` or `systemd` has them come");
    };
    let late = world.clock.now().since(last.at);
    let words = format!("the last was {} ago ({})", human(late), last.outcome);
    if late <= LATE {
        return check("ticks", Ok(words), "");
    }
    let remedy = "look at your crontab (`crontab -l`) or timer, and at the mail or journal of what it starts";
    match pulse::needed(world) {
        Ok(needed) if !needed.any() => note("ticks", words, ""),
        Ok(_) => check("ticks", Err(anyhow::anyhow!(words)), remedy),
        Err(e) => failed("ticks", &e, remedy),
    }
}

fn is_on(world: &World) -> bool {
    world.store.files.read(&world.store.paths.guard()).is_ok_and(|f| f.is_some())
}

fn guard(world: &World) -> EnvCheck {
    if is_on(world) {
        return note("guard", "new work is switched on", "");
    }
    let path = world.store.paths.guard();
    note("guard", "new work is switched off", format!("`drover on`, which makes {}", path.display()))
}

fn git(world: &World) -> Result<String> {
    let said = world.machine.ask(&["git", "--version"])?;
    let version = said.split_whitespace().nth(2).unwrap_or_default().to_string();
    let mut parts = version.split('.').map_while(|part| part.parse::<u32>().ok());
    let number = (parts.next(), parts.next());
    let (Some(major), Some(minor)) = number else { bail!("it does not tell its version: {}", said.trim()) };
    if (major, minor) < GIT {
        bail!("git {version} is too old: {}.{} is the first that will do", GIT.0, GIT.1);
    }
    Ok(format!("git {version}"))
}

fn tmux(world: &World) -> Result<String> {
    let version = world.machine.ask(&["tmux", "-V"]).context("is it installed?")?;
    match world.sessions.list(&[]) {
        Sessions::Unknown(why) => bail!(why),
        Sessions::NoServer => Ok(format!("{}, no server running yet", version.trim())),
        Sessions::Listed(all) => Ok(format!("{}, {} sessions", version.trim(), all.len())),
    }
}
