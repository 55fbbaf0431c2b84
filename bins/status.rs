//! `status`: read-only views.

use clap::{Parser, Subcommand};
use drover::cli::{Common, Exit, exit, out, setup};
use drover::domain::ids::IssueNo;
use drover::domain::text::plain_line;
use drover::domain::time::human;
use drover::ops::views;
use drover::store::journal::Used;
use drover::world::World;
use std::process::ExitCode;

/// Read-only views: what is going on, and why something is not
#[derive(Parser)]
#[command(name = "status", version)]
struct Args {
    #[command(subcommand)]
    view: Option<View>,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Subcommand)]
enum View {
    /// Runs: what, phase, since when, whose move (the default)
    Ps {
        /// Those that have ended too
        #[arg(long, short)]
        all: bool,
    },
    /// One run and its history
    Show {
        /// The issue
        issue: IssueNo,
    },
    /// Why something happens or not: an issue, a pull, or everything
    Why {
        /// Number of an issue or a pull
        number: Option<u64>,
    },
    /// What would start next, and why the rest would not
    Queue,
    /// The session's screen, or what was kept of the last one
    Logs {
        /// The issue
        issue: IssueNo,
        /// How many lines
        #[arg(long, short = 'n', default_value_t = 200)]
        lines: u32,
    },
    /// What happened, oldest first
    Events {
        /// Only this issue's
        issue: Option<IssueNo>,
    },
    /// What was used, by issue
    Cost,
}

fn main() -> ExitCode {
    let args = Args::parse();
    exit::run("status", || {
        let world = setup::world(&args.common)?;
        match args.view.unwrap_or(View::Ps { all: false }) {
            View::Ps { all } => ps(&world, all, args.json),
            View::Show { issue } => show(&world, issue, args.json),
            View::Why { number } => why(&views::why(&world, number)?, args.json),
            View::Queue => {
                let rows = views::why(&world, None)?;
                let start = |r: &&views::WhyRow| {
                    r.subject.starts_with("issue") && (r.words.starts_with("agent start") || r.code != "do")
                };
                why(&rows.iter().filter(start).cloned().collect::<Vec<_>>(), args.json)
            }
            View::Logs { issue, lines } => {
                let text = views::logs(&world, issue, lines)?;
                if args.json {
                    let lines: Vec<&str> = text.lines().collect();
                    out::json(&serde_json::json!({"version": 1, "issue": issue, "lines": lines}))?;
                } else {
                    out::line(&text)?;
                }
                Ok(Exit::Done)
            }
            View::Events { issue } => events(&world, issue, args.json),
            View::Cost => cost(&world, args.json),
        }
    })
}

fn ps(world: &World, all: bool, json: bool) -> anyhow::Result<Exit> {
    let (rows, bad) = views::ps(world, all)?;
    if json {
        out::json(&serde_json::json!({"version": 1, "runs": rows, "unreadable": bad}))?;
        return Ok(Exit::Done);
    }
    for b in &bad {
        eprintln!("drover status: the run on #{} cannot be read: {}", b.issue, b.problem);
    }
    let now = world.clock.now();
    let mut table = vec![
        ["ISSUE", "PHASE", "FOR", "MOVE", "LEFT", "PULL", "SESSION", "TITLE"].map(String::from).to_vec(),
    ];
    table.extend(rows.iter().map(|r| {
        vec![
            format!("#{}", r.issue),
            r.phase.clone(),
            human(now.since(r.since)),
            r.owner.clone(),
            r.seconds_left.map_or(String::new(), human),
            r.pull.map_or(String::new(), |p| format!("#{p}")),
            plain_line(&r.life, 30),
            plain_line(&r.title, 60),
        ]
    }));
    out::line(&if rows.is_empty() {
        format!(
            "{}: no runs{}",
            world.project.name,
            if all { "" } else { " at work (add --all for those that have ended)" }
        )
    } else {
        out::table(&table)
    })?;
    Ok(Exit::Done)
}

fn show(world: &World, issue: IssueNo, json: bool) -> anyhow::Result<Exit> {
    let show = views::show(world, issue)?;
    if json {
        out::json(&show)?;
        return Ok(Exit::Done);
    }
    let r = &show.run;
    out::line(&format!("#{} {}", r.issue, plain_line(&r.title, 100)))?;
    out::line(&format!(
        "attempt {}, {} for {}; session: {}",
        r.attempt,
        r.phase,
        human(world.clock.now().since(r.since)),
        plain_line(&r.life, 100)
    ))?;
    if let Some(by) = &show.known_by {
        out::line(&format!("known by: {by}"))?;
    }
    if !r.clears_when.is_empty() {
        let left = r.seconds_left.map_or(String::new(), |s| format!(" ({} left)", human(s)));
        out::line(&format!("{}'s move: {}{left}", r.owner, r.clears_when))?;
    }
    if let Some(reason) = &r.reason {
        out::line(&format!("reason: {}", plain_line(reason, 500)))?;
    }
    if let Some(pull) = r.pull {
        out::line(&format!("pull #{pull}"))?;
    }
    out::line(&format!("worktree {}\n", show.worktree))?;
    for event in &show.events {
        out::line(&format!("{}  {:<16} {}", event.at, event.kind, plain_line(&event.detail, 200)))?;
    }
    Ok(Exit::Done)
}

fn why(rows: &[views::WhyRow], json: bool) -> anyhow::Result<Exit> {
    if json {
        out::json(&serde_json::json!({"version": 1, "verdicts": rows}))?;
        return Ok(Exit::Done);
    }
    let table: Vec<Vec<String>> =
        rows.iter().map(|r| vec![r.subject.clone(), r.code.clone(), plain_line(&r.words, 300)]).collect();
    out::line(&if table.is_empty() { "nothing to do".to_string() } else { out::table(&table) })?;
    Ok(Exit::Done)
}

fn events(world: &World, issue: Option<IssueNo>, json: bool) -> anyhow::Result<Exit> {
    for event in views::events(world, issue)? {
        let of = event.issue.map_or(String::new(), |i| format!("#{i}"));
        let text = if json {
            serde_json::to_string(&event)?
        } else {
            format!("{}  {of:<6} {:<16} {}", event.at, event.kind, plain_line(&event.detail, 200))
        };
        out::line(&text)?;
    }
    Ok(Exit::Done)
}

fn cost(world: &World, json: bool) -> anyhow::Result<Exit> {
    let rows = views::cost(world)?;
    if json {
        let row = |(issue, used): &(String, Used)| {
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
    let mut table =
        vec![["ISSUE", "TURNS", "AGENT TIME", "TOKENS IN", "OUT", "COST"].map(String::from).to_vec()];
    table.extend(rows.iter().map(|(issue, used)| {
        let (tokens, known) = (used.usage, used.usage.input + used.usage.output > 0);
        let count = |n: u64| if known { n.to_string() } else { "unknown".into() };
        let cost = tokens.micro_usd.map_or("unknown".into(), |m| format!("${:.2}", m as f64 / 1e6));
        let (issue, turns) = (format!("#{issue}"), used.turns.to_string());
        vec![issue, turns, human(used.seconds), count(tokens.input), count(tokens.output), cost]
    }));
    out::line(&out::table(&table))?;
    Ok(Exit::Done)
}
