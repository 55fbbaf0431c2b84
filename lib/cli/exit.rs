//! Exit codes, one table for all binaries, and the one place where errors are printed.

use crate::config::ConfigError;
use crate::http::Fault;
use crate::store::BadFile;
use crate::world::LockBusy;
use std::process::ExitCode;

/// How a binary ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// Failed.
    Failed,
    /// Wrong usage or configuration.
    Usage,
    /// Nothing to do.
    Nothing,
    /// Refused by a gate.
    Refused,
    /// Waiting for a person.
    Person,
    /// Waiting for a machine.
    Waiting,
    /// Try again later.
    Later,
}

/// All codes, for the docs: code, name, meaning.
pub const CODES: &[(Exit, u8, &str)] = &[
    (Exit::Done, 0, "done"),
    (Exit::Failed, 1, "failed"),
    (Exit::Usage, 2, "wrong usage or configuration"),
    (Exit::Nothing, 3, "nothing to do"),
    (Exit::Refused, 4, "refused by a gate"),
    (Exit::Person, 5, "waiting for a person"),
    (Exit::Waiting, 6, "waiting for a machine"),
    (Exit::Later, 75, "try again later"),
];

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        CODES.iter().find(|(exit, ..)| *exit == self).map_or(1, |(_, code, _)| *code)
    }
}

/// An error with what to do about it and the code to end with.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Failure {
    /// The code.
    pub exit: Exit,
    /// What failed.
    pub what: String,
    /// What to do.
    pub hint: String,
}

impl Failure {
    /// A failure of this kind.
    pub fn new(exit: Exit, what: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure { exit, what: what.into(), hint: hint.into() }
    }
}

/// The exit code and the hint that belong to an error.
fn kind(error: &anyhow::Error) -> (Exit, String) {
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return (failure.exit, failure.hint.clone());
    }
    if let Some(config) = error.chain().find_map(|e| e.downcast_ref::<ConfigError>()) {
        return (Exit::Usage, config.hint().to_string());
    }
    if let Some(fault) = error.chain().find_map(|e| e.downcast_ref::<Fault>()) {
        let exit = if fault.passes() { Exit::Later } else { Exit::Failed };
        return (exit, fault.hint().into());
    }
    if error.chain().any(|e| e.is::<LockBusy>()) {
        return (Exit::Later, "somebody is at it; try again in a moment".into());
    }
    if error.chain().any(|e| e.is::<BadFile>()) {
        return (Exit::Failed, "look at the file; nothing was changed".into());
    }
    let text = format!("{error:#}");
    let hints = [
        ("No space left on device", "make room on that disk; nothing was lost, the next tick goes on"),
        ("is no git repository", "set repo_root to the folder of a git repository"),
        ("does not exist", "set repo_root to the folder of a git repository"),
        ("is it installed", "install it (Debian: apt-get install tmux)"),
        ("has no branch", "set primary_branch to a branch that exists"),
        ("does it exist, with at least one commit", "set primary_branch to a branch that exists"),
        ("there is no run on", "`status ps --all` lists the runs, `status why N` tells why there is none"),
        ("there is no issue", "`forge issue list` shows the open ones"),
        ("there is no pull", "`forge pull list` shows the open ones"),
        ("nothing was kept of the sessions", "`status show N` tells what happened"),
        ("could not be looked at", "the next tick looks again"),
    ];
    let hint = hints.iter().find(|(part, _)| text.contains(part)).map_or("", |(_, hint)| hint);
    (Exit::Failed, hint.to_string())
}

/// What to do about an error, as far as that is known.
pub fn hint(error: &anyhow::Error) -> String {
    kind(error).1
}

/// Runs a binary's body and maps what came of it to an exit code. A reader that went away is no error.
pub fn run(binary: &str, body: impl FnOnce() -> anyhow::Result<Exit>) -> ExitCode {
    match body() {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => ExitCode::from(report(binary, &error).code()),
    }
}

/// Prints an error with its causes and what to do; gives the exit that belongs to it.
pub fn report(binary: &str, error: &anyhow::Error) -> Exit {
    let (exit, hint) = kind(error);
    let part = if binary == "drover" { String::new() } else { format!(" {binary}") };
    eprintln!("drover{part}: {error:#}");
    if !hint.is_empty() {
        eprintln!("hint: {hint}");
    }
    exit
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |e: &std::io::Error| e.kind() == std::io::ErrorKind::BrokenPipe;
    error.chain().any(|e| e.downcast_ref::<std::io::Error>().is_some_and(broken))
}
