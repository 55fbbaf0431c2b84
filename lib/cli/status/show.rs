//! `status show`: one run and its history.

use crate::cli::exit::Exit;
use crate::cli::out;
use crate::domain::ids::IssueNo;
use crate::domain::text::plain_line;
use crate::domain::time::{Timestamp, human};
use crate::ops::views::{self, PsRow, Show, Step};
use crate::world::World;
use anyhow::Result;

/// Everything about one run.
pub fn show(world: &World, issue: IssueNo, json: bool) -> Result<Exit> {
    let show = views::show(world, issue)?;
    if json {
        out::json(&show)?;
        return Ok(Exit::Done);
    }
    let now = world.clock.now();
    head(&show, now).iter().try_for_each(|line| out::line(line))?;
    let rows: Vec<Vec<String>> = show.events.iter().map(|step| cells(step, now)).collect();
    out::line(&format!("\n{}", out::table(&rows)))?;
    Ok(Exit::Done)
}

fn head(show: &Show, now: Timestamp) -> Vec<String> {
    let r = &show.run;
    let mut lines = vec![format!("#{} {}", r.issue, plain_line(&r.title, 100))];
    let (ago, life) = (human(now.since(r.since)), plain_line(&r.life, 100));
    lines.push(format!("attempt {}, {} for {ago}; session: {life}", r.attempt, r.phase));
    lines.extend(show.known_by.iter().map(|by| format!("known by: {by}")));
    lines.extend(whose_move(r));
    lines.extend(r.reason.iter().map(|reason| format!("reason: {}", plain_line(reason, 500))));
    lines.extend(r.warnings.iter().map(|w| format!("! {} ({})", plain_line(&w.words, 300), w.code)));
    lines.extend(r.pull.map(|pull| format!("pull #{pull}")));
    let (turns, time) = (r.used.turns, human(r.used.seconds));
    lines.push(format!("used: {turns} turns, {time} of the agent's time, cost {}", out::cost(&r.used)));
    lines.push(format!("worktree {}", show.worktree));
    lines
}

fn whose_move(r: &PsRow) -> Option<String> {
    let left = r.seconds_left.map_or(String::new(), |s| format!(" ({} left)", human(s)));
    (!r.clears_when.is_empty()).then(|| format!("{}'s move: {}{left}", r.owner, r.clears_when))
}

fn cells(step: &Step, now: Timestamp) -> Vec<String> {
    let event = &step.event;
    let lasted = step.seconds.map_or(String::new(), |s| format!("for {}", human(s)));
    let ago = format!("{} ago", human(now.since(event.at)));
    vec![ago, event.kind.clone(), lasted, plain_line(&event.detail, 200)]
}
