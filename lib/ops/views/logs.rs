//! `logs`: what is on a session's screen, what was kept of it, and what the project's own checks printed.

use super::ps::run;
use crate::domain::ids::IssueNo;
use crate::domain::redact::Redactor;
use crate::domain::run::Run;
use crate::ops::verify;
use crate::world::World;
use anyhow::{Context, Result};
use std::path::Path;

/// Which log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The session's screen, or what was kept of the last one.
    Session,
    /// What was kept of this attempt's last session.
    Attempt(u32),
    /// What the project's own checks printed about the run's head.
    Checks,
}

/// The last `lines` lines of a log.
///
/// # Errors
/// Where there is no such run, or nothing was kept.
pub fn logs(world: &World, issue: IssueNo, source: Source, lines: u32) -> Result<String> {
    let run = run(world, issue)?;
    let text = match source {
        Source::Session => match pane(world, &run, lines) {
            Some(pane) => return Ok(pane),
            None => kept(world, &run, run.attempt)?,
        },
        Source::Attempt(attempt) => kept(world, &run, attempt)?,
        Source::Checks => {
            let missing = || format!("no checks of ours have printed anything about the head of #{issue}");
            checks(world, &run)?.with_context(missing)?
        }
    };
    let all: Vec<&str> = text.lines().collect();
    let keep = usize::try_from(lines).unwrap_or(usize::MAX);
    Ok(all[all.len().saturating_sub(keep)..].join("\n"))
}

/// The screen of a live session, without secrets.
pub fn pane(world: &World, run: &Run, lines: u32) -> Option<String> {
    let session = run.session.as_ref()?;
    let pane = world.sessions.pane(&session.name, lines).ok()?;
    Some(Redactor::new(world.project.secrets()).redact(&pane))
}

fn kept(world: &World, run: &Run, attempt: u32) -> Result<String> {
    let path = world.store.paths.run(run.issue).attempt(attempt).join("pane.txt");
    let missing = || format!("nothing was kept of a session of attempt {attempt} on #{}", run.issue);
    text(world, &path)?.with_context(missing)
}

/// What the checks of its head printed, if they ran here.
///
/// # Errors
/// Where it cannot be read.
pub fn checks(world: &World, run: &Run) -> Result<Option<String>> {
    let Some(head) = &run.head else { return Ok(None) };
    let log = world.store.paths.checks().join(verify::job_name(world, head)).join("log");
    Ok(text(world, &log)?.map(|text| Redactor::new(world.project.secrets()).redact(&text)))
}

fn text(world: &World, path: &Path) -> Result<Option<String>> {
    Ok(world.store.files.read(path)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}
