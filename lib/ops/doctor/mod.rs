//! Would it work, here and now? Every check asks by probes that change nothing, and says what to do where it would not.

mod agent;
mod forge;
mod machine;
mod people;

use crate::domain::redact::Redactor;
use crate::world::World;
use anyhow::{Error, Result};
use serde::Serialize;

/// One check of an environment.
#[derive(Clone, Debug, Serialize)]
pub struct EnvCheck {
    /// A stable word: one of [`CHECKS`].
    pub id: &'static str,
    /// Whether it is as it should be; none: a thing to know.
    pub ok: Option<bool>,
    /// What was found.
    pub found: String,
    /// What to do, if something is to be done.
    pub remedy: String,
}

/// Every check, and when it fails (for the docs; the tests hold one that fails for each).
pub const CHECKS: &[(&str, &str)] = &[
    (
        "project",
        "the configuration cannot be read, or nothing can be looked at with it (`drover doctor` only)",
    ),
    (
        "cron",
        "with `--simulate-cron`: nothing that starts ticks of this root is found where it may stand, or it does not find this root",
    ),
    ("home", "`HOME` is not the home folder of the user, which is what cron takes"),
    ("state", "the state folder cannot be written"),
    ("memory", "less is free than `limits.memory_mb`"),
    ("disk", "less is free than `limits.disk_mb`"),
    ("load", "it is above `limits.load`"),
    ("clock", "the server's differs by more than a minute, or the last tick has yet to come"),
    ("ticks", "new work is on or at work, and there was no tick for ten minutes"),
    ("guard", "never: it says whether new work is switched on"),
    ("sandbox", "never: it says that a session is not walled off"),
    ("git", "there is no git program, or one older than 2.31"),
    ("tmux", "there is none, or it does not answer"),
    ("repo", "`repo_root` is no repository with the primary branch, or the forge's cannot be fetched"),
    (
        "forge",
        "the forge cannot be asked as our account, or that may not write; where it cannot, what only it could tell is left out",
    ),
    ("token", "the token may not label and comment, open pulls, or the repository is archived"),
    ("push", "a branch could not be pushed"),
    ("primary", "our account may push to the primary branch, or may not merge into it"),
    ("labels", "labels are missing that the token may not make; they are made when first needed"),
    ("ci", "CI's server cannot be asked, or does not know the repository"),
    ("checks", "nothing decides whether a commit is good, so nothing would land"),
    ("agent", "its program is not on the PATH of sessions, does not start, or refuses to work for root"),
    (
        "agent_setup",
        "a file of its own that has to answer its first-run questions cannot be read, or holds what no answer can be added to",
    ),
    ("fallback", "a program of `agent.fallback` is missing"),
    ("people", "nobody may file issues or approve pulls"),
    ("channel", "people cannot be reached in one of `people.channels`, or nobody's answers count there"),
    ("mirror", "a mirror cannot be reached, refuses, or holds commits that we lack"),
];

fn check(id: &'static str, result: Result<String>, remedy: impl Into<String>) -> EnvCheck {
    match result {
        Ok(found) => EnvCheck { id, ok: Some(true), found, remedy: String::new() },
        Err(e) => failed(id, &e, remedy),
    }
}

/// A check that failed.
pub fn failed(id: &'static str, error: &Error, remedy: impl Into<String>) -> EnvCheck {
    EnvCheck { id, ok: Some(false), found: format!("{error:#}"), remedy: remedy.into() }
}

/// A thing to know.
pub fn note(id: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> EnvCheck {
    EnvCheck { id, ok: None, found: found.into(), remedy: remedy.into() }
}

/// Whether this machine and this configuration would do: every check but `project` and `cron`. Where the forge cannot be
/// asked, as whoever set up the world may have found already (`silent`), what only it could tell is left out; `hint` says
/// what to do about such an error.
pub fn env(world: &World, silent: Option<Error>, hint: fn(&Error) -> String) -> Vec<EnvCheck> {
    let mut parts = vec![machine::checks(world)];
    match silent.map_or_else(|| forge::ask(world), Err) {
        Err(silent) => {
            let why = failed("forge", &silent, hint(&silent));
            parts.extend([vec![why], forge::elsewhere(world), agent::checks(world)]);
            parts.push(people::elsewhere(world));
        }
        Ok(seen) => {
            parts.extend([machine::repo(world), forge::checks(world, seen.as_ref())]);
            parts.extend([agent::checks(world), people::checks(world)]);
        }
    }
    let redactor = Redactor::new(world.project.secrets());
    // An address may hold a password, and what others say may repeat it.
    let plain = |c: EnvCheck| EnvCheck { found: redactor.redact(&c.found), ..c };
    parts.into_iter().flatten().map(plain).collect()
}
