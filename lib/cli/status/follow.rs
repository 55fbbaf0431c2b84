//! Views that stay: what they show changes under the eyes of whoever looks.

use super::lists::event_line;
use crate::cli::exit::Exit;
use crate::cli::out;
use crate::domain::ids::IssueNo;
use crate::domain::text::news;
use crate::ops::views::{self, Source};
use crate::process::watch::Watch;
use crate::world::World;
use anyhow::Result;
use std::path::PathBuf;
use std::time::Duration;

/// How long a view may grow old while no file changes.
const OLD: Duration = Duration::from_secs(60);

/// How long nothing is drawn after a change: one step of a run changes several files.
const SETTLE: Duration = Duration::from_millis(100);

/// Between two looks where the system does not tell of changes, and at a session's screen, which is no file.
const LOOK: Duration = Duration::from_secs(1);

/// Draws, and draws anew when something in one of the folders has changed.
///
/// # Errors
/// Where it cannot be drawn, or nobody reads it any more.
pub fn redraw(folders: &dyn Fn() -> Vec<PathBuf>, draw: &mut dyn FnMut() -> Result<String>) -> Result<Exit> {
    let mut before = None;
    loop {
        // Under watch before it is looked at, so that no change falls between.
        let watch = watching(folders());
        let text = draw()?;
        if before.as_ref() != Some(&text) {
            out::frame(&text)?;
            before = Some(text);
        }
        wait(watch);
    }
}

fn watching(folders: Vec<PathBuf>) -> Option<Watch> {
    let there: Vec<PathBuf> = folders.into_iter().filter(|folder| folder.is_dir()).collect();
    Watch::new(&there).ok()
}

fn wait(watch: Option<Watch>) {
    match watch {
        Some(mut watch) => {
            // A folder that has gone is a change too.
            drop(watch.wait(OLD));
            std::thread::sleep(SETTLE);
        }
        None => std::thread::sleep(LOOK),
    }
}

/// What happens after the first `told` events.
///
/// # Errors
/// Where it cannot be read, or nobody reads it any more.
pub fn events(world: &World, issue: Option<IssueNo>, json: bool, told: usize) -> Result<Exit> {
    let mut told = told;
    loop {
        let watch = watching(vec![world.store.paths.project().to_path_buf()]);
        let all = world.store.events()?;
        let new = all.iter().skip(told).filter(|e| issue.is_none() || e.issue == issue);
        for event in new {
            out::line(&event_line(event, world.clock.now(), json)?)?;
        }
        told = all.len();
        wait(watch);
    }
}

/// A log as it grows, until its run has ended. On a terminal it is drawn anew, since a session's screen is one.
///
/// # Errors
/// Where there is no such run, or nobody reads it any more.
pub fn logs(world: &World, issue: IssueNo, source: Source, lines: u32) -> Result<Exit> {
    let mut before = String::new();
    loop {
        let ended = views::run(world, issue)?.phase.is_terminal();
        let text = match views::logs(world, issue, source, lines) {
            Ok(text) => text,
            // What has ended will have nothing to show later either.
            Err(e) if ended && before.is_empty() => return Err(e),
            // A session that starts anew has nothing to show for a moment; what was shown stays.
            Err(_) => before.clone(),
        };
        if out::is_terminal() && text != before {
            out::frame(&text)?;
        } else {
            for line in news(&before, &text) {
                out::line(line)?;
            }
        }
        before = text;
        if ended {
            return Ok(Exit::Done);
        }
        std::thread::sleep(LOOK);
    }
}
