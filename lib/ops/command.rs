//! Carrying out what a maintainer wants from their channel, and what to say of it.

use super::control::{self, Answer};
use super::views;
use crate::domain::command::{Command, USAGE};
use crate::domain::text::plain_line;
use crate::domain::time::human;
use crate::world::{Said, World};
use anyhow::Result;

/// Most lines of an answer.
const LINES: usize = 40;

/// Does it; the answer in words.
pub fn carry_out(world: &World, who: &str, said: &Said, command: Command) -> Result<String> {
    let done = match command {
        Command::Status => return status(world),
        Command::Why(number) => return why(world, number),
        Command::Help => return Ok(USAGE.into()),
        Command::Pause(reason) => {
            control::pause(world, who, &reason)?;
            return Ok("paused: nothing new is started; runs at work go on".into());
        }
        Command::Unpause => {
            control::unpause(world)?;
            return Ok("no longer paused".into());
        }
        Command::Priority(issue) => {
            world.forge.set_labels(issue, std::slice::from_ref(&world.policy.labels.priority), &[])?;
            return Ok(format!("#{issue} comes before the others"));
        }
        Command::Stop(issue) => control::stop(world, issue),
        Command::Resume(issue) => control::resume(world, issue),
        Command::Retry(issue) => control::retry(world, issue),
        Command::Approve(issue) => {
            control::reply(world, issue, who, "What you asked for is approved.", &said.id)
        }
        Command::Reject(issue, reason) => {
            let words = format!("What you asked for is rejected: {reason}");
            control::reply(world, issue, who, &words, &said.id)
        }
    };
    Ok(match done? {
        Answer::Done(phase) => format!("done: it is {phase}"),
        Answer::Later(why) => format!("taken down; for now it could not go on: {why}"),
        Answer::Pointless(reason) => reason.words,
    })
}

fn status(world: &World) -> Result<String> {
    let (rows, _) = views::ps(world, false)?;
    let now = world.clock.now();
    let row = |r: &views::PsRow| {
        format!("#{} {} for {}: {}", r.issue, r.phase, human(now.since(r.since)), plain_line(&r.title, 80))
    };
    let paused = if world.store.files.read(&world.store.paths.paused())?.is_some() { "paused\n" } else { "" };
    let lines: Vec<String> = rows.iter().map(row).collect();
    Ok(match lines.as_slice() {
        [] => format!("{paused}no run is at work"),
        lines => format!("{paused}{}", cut(lines)),
    })
}

fn why(world: &World, number: u64) -> Result<String> {
    let rows = views::why(world, Some(number))?;
    let lines: Vec<String> =
        rows.iter().map(|r| format!("{}: {} ({})", r.subject, r.words, r.code)).collect();
    Ok(match lines.as_slice() {
        [] => format!("nothing is known of #{number}"),
        lines => cut(lines),
    })
}

fn cut(lines: &[String]) -> String {
    let mut text = lines.iter().take(LINES).cloned().collect::<Vec<_>>().join("\n");
    if lines.len() > LINES {
        text.push_str(&format!("\n… and {} more", lines.len() - LINES));
    }
    text
}
