//! `status ps`: the table of runs.

use super::follow;
use crate::cli::exit::{self, Exit};
use crate::cli::out;
use crate::domain::run::Run;
use crate::domain::text::plain_line;
use crate::domain::time::{Timestamp, human};
use crate::ops::views::{self, PsRow};
use crate::world::World;
use anyhow::Result;
use std::path::PathBuf;

/// How it is shown.
#[derive(Clone, Copy)]
pub struct Shape {
    /// Those that have ended too.
    pub all: bool,
    /// As JSON.
    pub json: bool,
    /// With the names of the projects.
    pub named: bool,
}

/// The table as it is now.
pub fn once(worlds: &[World], shape: Shape) -> Result<Exit> {
    let (text, end) = drawn(worlds, shape, false)?;
    out::line(&text)?;
    Ok(end)
}

/// The table, drawn anew whenever a run's files change, and each minute since what it says of time grows old.
pub fn watched(worlds: &[World], shape: Shape) -> Result<Exit> {
    let folders = || worlds.iter().flat_map(folders).collect();
    follow::redraw(&folders, &mut || Ok(drawn(worlds, shape, shape.json)?.0))
}

/// The folders whose files the table is made of.
fn folders(world: &World) -> Vec<PathBuf> {
    let runs = world.store.runs().map(|(runs, _)| runs).unwrap_or_default();
    let at_work = runs.into_iter().filter(|r: &Run| !r.phase.is_terminal());
    let own = at_work.map(|run| world.store.paths.run(run.issue).folder);
    own.chain([world.store.paths.runs(), world.store.paths.project().to_path_buf()]).collect()
}

/// The table, and how that ends: of several projects one that cannot be looked at is told, and hides no other.
fn drawn(worlds: &[World], shape: Shape, one_line: bool) -> Result<(String, Exit)> {
    let (mut rows, mut bad, mut end) = (vec![], vec![], Exit::Done);
    for world in worlds {
        match views::ps(world, shape.all) {
            Ok((some, unreadable)) => {
                rows.extend(some);
                bad.extend(unreadable);
            }
            Err(e) if shape.named => {
                end = exit::report("status", &e.context(format!("project {}", world.project.name)));
            }
            Err(e) => return Err(e),
        }
    }
    if shape.json {
        let value = serde_json::json!({"version": 1, "runs": rows, "unreadable": bad});
        let text = if one_line { value.to_string() } else { serde_json::to_string_pretty(&value)? };
        return Ok((text, end));
    }
    for b in &bad {
        eprintln!("drover status: {}: the run on #{} cannot be read: {}", b.project, b.issue, b.problem);
    }
    let Some(first) = worlds.first().filter(|_| !rows.is_empty()) else {
        let more = if shape.all { "" } else { " at work (add --all for those that have ended)" };
        let names: Vec<&str> = worlds.iter().map(|w| w.project.name.as_str()).collect();
        return Ok((format!("{}: no runs{more}", names.join(", ")), end));
    };
    let table = table(&rows, first.clock.now(), shape.named);
    let text = match out::width() {
        Some(width) => table.lines().map(|line| out::cut(line, width)).collect::<Vec<_>>().join("\n"),
        None => table,
    };
    Ok((text, end))
}

/// A line a run, and below it a line a warning.
fn table(rows: &[PsRow], now: Timestamp, named: bool) -> String {
    let head = ["ISSUE", "PHASE", "FOR", "MOVE", "LEFT", "AGE", "COST", "PULL", "SESSION", "TITLE"];
    let mut table = vec![head.map(String::from).to_vec()];
    table.extend(rows.iter().map(|r| cells(r, now)));
    if named {
        let names = std::iter::once("PROJECT").chain(rows.iter().map(|r| r.project.as_str()));
        table.iter_mut().zip(names).for_each(|(line, name)| line.insert(0, name.into()));
    }
    let text = out::table(&table);
    let mut lines = text.lines();
    let mut all: Vec<String> = lines.next().into_iter().map(String::from).collect();
    for (line, row) in lines.zip(rows) {
        all.push(line.to_string());
        all.extend(row.warnings.iter().map(|w| format!("  ! {} ({})", plain_line(&w.words, 200), w.code)));
    }
    all.join("\n")
}

fn cells(r: &PsRow, now: Timestamp) -> Vec<String> {
    vec![
        format!("#{}", r.issue),
        r.phase.clone(),
        human(now.since(r.since)),
        r.owner.clone(),
        r.seconds_left.map_or(String::new(), human),
        // Of one that has ended it would grow for ever.
        r.began.filter(|_| !r.has_ended()).map_or(String::new(), |at| human(now.since(at))),
        out::cost(&r.used),
        r.pull.map_or(String::new(), |p| format!("#{p}")),
        plain_line(&r.life, 30),
        plain_line(&r.title, 60),
    ]
}
