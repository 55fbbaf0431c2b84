//! `status`: what is going on, and why something is not. Nothing here changes anything but what is printed.

mod follow;
mod lists;
mod ps;
mod show;

use super::args::Common;
use super::exit::{self, Exit, Failure};
use super::report::{self, ReportArgs};
use super::setup;
use crate::domain::ids::IssueNo;
use crate::ops::views::{self, Source};
use crate::world::World;
use anyhow::Result;
use clap::{Parser, Subcommand};

/// Read-only views: what is going on, and why something is not
#[derive(Parser)]
#[command(name = "status", version)]
pub struct StatusArgs {
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
    /// Runs: what, phase, since when, whose move, what is worth a look (the default)
    Ps {
        /// Those that have ended too
        #[arg(long, short)]
        all: bool,
        /// Those of all projects
        #[arg(long, short)]
        everywhere: bool,
        /// Stay, and draw anew when something changes
        #[arg(long, short)]
        watch: bool,
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
        /// What was kept of an earlier attempt
        #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
        attempt: Option<u32>,
        /// What the project's own checks printed about its head
        #[arg(long, conflicts_with = "attempt")]
        checks: bool,
        /// Go on until the run has ended
        #[arg(long, short, conflicts_with = "attempt")]
        follow: bool,
    },
    /// What happened, oldest first
    Events {
        /// Only this issue's
        issue: Option<IssueNo>,
        /// Go on, with what happens from now on
        #[arg(long, short)]
        follow: bool,
    },
    /// What was used, by issue
    Cost,
    /// What waits for what
    Graph {
        /// In the language of Graphviz
        #[arg(long)]
        dot: bool,
    },
    /// All of this as one page for a browser: now, queue, timeline, outcomes, cost, and each run
    Report(ReportArgs),
    /// Find words in the titles, events, messages, notes, screens and checks of all runs
    Search {
        /// A line has to hold all of them, in upper or lower case
        #[arg(required = true)]
        words: Vec<String>,
    },
}

/// Shows one view.
///
/// # Errors
/// Where the project, or what is to be shown, cannot be read.
pub fn run(args: &StatusArgs) -> Result<Exit> {
    // What a tick would do is asked as a tick asks; all else is on disk, and can be looked at whatever the forge does.
    let asked = || setup::world(&args.common);
    let world = || setup::on_disk(&args.common);
    let json = args.json;
    match args.view.as_ref().unwrap_or(&View::Ps { all: false, everywhere: false, watch: false }) {
        View::Graph { dot: true } if json => {
            Err(no_json("a graph for Graphviz is", "leave one of --dot and --json out"))
        }
        View::Logs { follow: true, .. } if json => {
            Err(no_json("a log that is followed is", "leave one of --follow and --json out"))
        }
        View::Report(_) if json => Err(no_json("a report is a page,", ALL_OF_IT)),
        View::Ps { all, everywhere, watch } => {
            let (worlds, end) = if *everywhere { every(&args.common)? } else { (vec![world()?], Exit::Done) };
            let shape = ps::Shape { all: *all, json, named: *everywhere };
            if worlds.is_empty() {
                return Ok(end);
            }
            let shown = if *watch { ps::watched(&worlds, shape)? } else { ps::once(&worlds, shape)? };
            Ok(if end == Exit::Done { shown } else { end })
        }
        View::Show { issue } => show::show(&world()?, *issue, json),
        View::Why { number } => lists::verdicts(&views::why(&asked()?, *number)?, json),
        View::Queue => lists::verdicts(&views::queue(&asked()?)?, json),
        View::Logs { issue, lines, attempt, checks, follow } => {
            let world = world()?;
            let source = match attempt {
                Some(attempt) => Source::Attempt(*attempt),
                None if *checks => Source::Checks,
                None => Source::Session,
            };
            match follow {
                true => follow::logs(&world, *issue, source, *lines),
                false => lists::log(&world, *issue, source, *lines, json),
            }
        }
        View::Events { issue, follow } => {
            let world = world()?;
            let told = lists::events(&world, *issue, json)?;
            if *follow { follow::events(&world, *issue, json, told) } else { Ok(Exit::Done) }
        }
        View::Cost => lists::cost(&world()?, json),
        View::Graph { dot } => lists::graph(&asked()?, *dot, json),
        View::Report(report) => report::run(report, &args.common),
        View::Search { words } => lists::search(&world()?, words, json),
    }
}

/// All projects of the root. One that cannot be read is told, and how this ends.
fn every(common: &Common) -> Result<(Vec<World>, Exit)> {
    let projects = setup::projects(common, &[])?;
    if projects.is_empty() {
        return Err(setup::no_project(&setup::root(common)?));
    }
    let (mut worlds, mut end) = (vec![], Exit::Done);
    for (file, project) in projects {
        match project.and_then(|p| setup::on_disk_of(p, common)) {
            Ok(world) => worlds.push(world),
            Err(e) => end = exit::report("status", &e.context(format!("project {}", file.display()))),
        }
    }
    Ok((worlds, end))
}

/// Where what a report shows can be had as JSON.
const ALL_OF_IT: &str =
    "`status ps --all --json`, `show`, `events`, `queue` and `cost` have all that it shows";

fn no_json(what: &str, hint: &str) -> anyhow::Error {
    Failure::new(Exit::Usage, format!("{what} not JSON"), hint).into()
}
