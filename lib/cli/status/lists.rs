//! Views that are one list: verdicts, events, costs, what waits for what, what was found.

use crate::cli::exit::Exit;
use crate::cli::out;
use crate::domain::ids::IssueNo;
use crate::domain::text::plain_line;
use crate::domain::time::{Timestamp, human};
use crate::ops::views::{self, Source, WhyRow};
use crate::store::journal::{Event, Used};
use crate::world::World;
use anyhow::Result;

/// What a tick would do, and what it would not.
pub fn verdicts(rows: &[WhyRow], json: bool) -> Result<Exit> {
    if json {
        out::json(&serde_json::json!({"version": 1, "verdicts": rows}))?;
        return Ok(Exit::Done);
    }
    let table: Vec<Vec<String>> = rows
        .iter()
        .map(|r| vec![r.subject.clone(), plain_line(&r.title, 40), r.code.clone(), plain_line(&r.words, 300)])
        .collect();
    out::line(&if table.is_empty() { "nothing to do".to_string() } else { out::table(&table) })?;
    Ok(Exit::Done)
}

/// The last lines of a log.
pub fn log(world: &World, issue: IssueNo, source: Source, lines: u32, json: bool) -> Result<Exit> {
    let text = views::logs(world, issue, source, lines)?;
    if json {
        let lines: Vec<&str> = text.lines().collect();
        out::json(&serde_json::json!({"version": 1, "issue": issue, "lines": lines}))?;
    } else {
        out::line(&text)?;
    }
    Ok(Exit::Done)
}

/// What happened; gives how many events there are of all issues.
pub fn events(world: &World, issue: Option<IssueNo>, json: bool) -> Result<usize> {
    let all = world.store.events()?;
    for event in all.iter().filter(|e| issue.is_none() || e.issue == issue) {
        out::line(&event_line(event, world.clock.now(), json)?)?;
    }
    Ok(all.len())
}

/// One event as a line.
pub fn event_line(event: &Event, now: Timestamp, json: bool) -> Result<String> {
    if json {
        return Ok(serde_json::to_string(event)?);
    }
    let of = event.issue.map_or(String::new(), |i| format!("#{i}"));
    let ago = format!("{} ago", human(now.since(event.at)));
    Ok(format!("{ago:<12} {of:<6} {:<16} {}", event.kind, plain_line(&event.detail, 200)))
}

/// What was used, by issue, and all of it together.
pub fn cost(world: &World, json: bool) -> Result<Exit> {
    let rows = views::cost(world)?;
    if json {
        let row = |(issue, used): (&IssueNo, &Used)| {
            let mut row = serde_json::json!({"issue": issue});
            if let (Some(row), Ok(serde_json::Value::Object(used))) =
                (row.as_object_mut(), serde_json::to_value(used))
            {
                row.extend(used);
            }
            row
        };
        let rows: Vec<_> = rows.iter().map(row).collect();
        out::json(&serde_json::json!({"version": 1, "cost": rows}))?;
        return Ok(Exit::Done);
    }
    let head = ["ISSUE", "TURNS", "AGENT TIME", "TOKENS IN", "OUT", "COST"];
    let mut table = vec![head.map(String::from).to_vec()];
    table.extend(rows.iter().map(|(issue, used)| cost_cells(&format!("#{issue}"), used)));
    out::line(&out::table(&table))?;
    Ok(Exit::Done)
}

fn cost_cells(name: &str, used: &Used) -> Vec<String> {
    let known = views::tokens(&used.usage).is_some();
    let count = |n: u64| if known { n.to_string() } else { "unknown".into() };
    vec![
        name.to_string(),
        used.turns.to_string(),
        human(used.seconds),
        count(used.usage.input),
        count(used.usage.output),
        out::cost(used),
    ]
}

/// What waits for what.
pub fn graph(world: &World, dot: bool, json: bool) -> Result<Exit> {
    let graph = views::graph(world)?;
    if json {
        out::json(&serde_json::json!({"version": 1, "nodes": graph.nodes, "edges": graph.edges}))?;
        return Ok(Exit::Done);
    }
    let text = if dot { graph.dot() } else { graph.text() };
    let nothing = || format!("{}: no open issue is labelled, and nothing is at work", world.project.name);
    out::line(&if text.is_empty() { nothing() } else { text })?;
    Ok(Exit::Done)
}

/// Where words stand.
pub fn search(world: &World, words: &[String], json: bool) -> Result<Exit> {
    let hits = views::search(world, words)?;
    if json {
        out::json(&serde_json::json!({"version": 1, "hits": hits}))?;
    }
    for hit in hits.iter().filter(|_| !json) {
        out::line(&format!("#{} {}:{}: {}", hit.issue, hit.place, hit.line, plain_line(&hit.text, 200)))?;
    }
    if hits.is_empty() && !json {
        eprintln!("{}: no line of any run holds {}", world.project.name, words.join(" and "));
    }
    Ok(if hits.is_empty() { Exit::Nothing } else { Exit::Done })
}
