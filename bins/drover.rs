//! `drover`: the front door. `drover X …` runs `X …`; what needs several of them is here.

use clap::{Parser, Subcommand};
use drover::cli::{Common, Exit, Failure, backup, care, demo, doctor, exit, init, out, run, setup};
use drover::ops::{control, pulse};
use drover::world::Files;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// Turns labelled issues into merged pull requests with the coding agent you already have
#[derive(Parser)]
#[command(name = "drover", version, after_help = PARTS)]
struct Args {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    common: Common,
}

/// The binaries that `drover X` hands over to.
const NAMES: &[&str] = &[
    "poll",
    "agent",
    "phase-handler",
    "verify",
    "merge",
    "mirror",
    "preflight",
    "phase",
    "notify",
    "status",
    "forge",
];

/// Verbs of a part that need not be named: `drover stop 7` is `drover agent stop 7`.
const SHORT: &[(&str, &[&str])] = &[
    ("agent", &["resume", "retry", "say", "attach", "stop"]),
    ("status", &["ps", "show", "why", "queue", "logs", "events", "cost", "graph", "search", "report"]),
];

const PARTS: &str = "Short for parts:
  resume, retry, say, attach, stop              drover agent …
  ps, show, why, queue, logs, events, cost,
  graph, search, report                         drover status …

Parts, each with its own --help:
  poll           one cron tick
  agent          start, resume, retry, say, attach, stop one issue's session
  phase-handler  move one run on
  verify         run the project's own checks on one commit
  merge          land one pull, or say why not
  mirror         push to the mirrors
  preflight      check an environment, an issue, a run or a pull
  phase          inside a session: say where you stand
  notify         take in what people answer in their room
  status         what is going on: ps, show, why, queue, logs, events, cost, graph, search, report
  forge          issues and pulls from the shell";

#[derive(Subcommand)]
enum Verb {
    /// Set a project up, from inside of your repository
    Init(init::InitArgs),
    /// Watch the main job run for real, in a throw-away folder
    Demo(demo::DemoArgs),
    /// Prove that it would work, by probes that change nothing: of all projects, or one
    Doctor {
        #[command(flatten)]
        args: doctor::DoctorArgs,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Let poll start new work
    On,
    /// Keep poll from starting new work; runs at work go on
    Off,
    /// Keep poll from starting new work in one project
    Pause {
        /// Why
        why: Vec<String>,
    },
    /// Take that back
    Unpause,
    /// Write the projects and their state into one archive, while ticks run
    Backup(backup::BackupArgs),
    /// Remove of runs that ended what nobody needs, and say what stays and why
    Gc(care::GcArgs),
    /// Work on one issue now, and watch: files it, starts it and waits for what becomes of it
    Run(run::RunArgs),
    /// Tell people once if ticks have stopped or hang: for a line of cron of its own
    WatchHeartbeat {
        /// Minutes that ticks may stand still
        #[arg(long, value_name = "MINUTES", default_value_t = 10, value_parser = clap::value_parser!(u64).range(2..=1440))]
        after: u64,
    },
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

fn main() -> ExitCode {
    let args = Args::parse();
    exit::run("drover", || match args.verb {
        Verb::Demo(demo) => demo::run(&demo),
        Verb::Doctor { args: doctor, json } => doctor::all(&doctor, &args.common, json),
        Verb::On => switch(&args.common, true),
        Verb::Off => switch(&args.common, false),
        Verb::Pause { why } => pause(&args.common, Some(&why.join(" "))),
        Verb::Unpause => pause(&args.common, None),
        Verb::Init(init) => init::run(&init, &args.common),
        Verb::Backup(backup) => backup::run(&backup, &args.common),
        Verb::Gc(gc) => care::run(&gc, &args.common),
        Verb::Run(run) => run::run(&run, &args.common),
        Verb::WatchHeartbeat { after } => watch(&args.common, after * 60),
        Verb::Other(words) => hand_over(&words, &args.common),
    })
}

fn hand_over(words: &[OsString], common: &Common) -> anyhow::Result<Exit> {
    let word = words[0].to_string_lossy().into_owned();
    let short = SHORT.iter().find(|(_, verbs)| verbs.contains(&word.as_str()));
    let (name, words) = match short {
        Some((name, _)) => (name.to_string(), words),
        None => (word, &words[1..]),
    };
    if !NAMES.contains(&name.as_str()) {
        return Err(Failure::new(
            Exit::Usage,
            format!("there is no command '{name}'"),
            "`drover --help` lists them",
        )
        .into());
    }
    let path = setup::libexec()?.join(&name);
    let error = Command::new(&path).args(common.to_args()).args(words).exec();
    Err(anyhow::Error::from(error).context(format!("starting {}", path.display())))
}

fn switch(common: &Common, on: bool) -> anyhow::Result<Exit> {
    let path = setup::root(common)?.guard();
    let disk = drover::store::disk::Disk;
    if on {
        disk.write(&path, b"")?
    } else {
        disk.remove(&path)?
    }
    out::say(if on { "new work is switched on" } else { "new work is switched off; runs at work go on" });
    Ok(Exit::Done)
}

fn pause(common: &Common, why: Option<&str>) -> anyhow::Result<Exit> {
    let world = setup::world(common)?;
    match why {
        None => control::unpause(&world)?,
        Some(why) => {
            let who = setup::owner(&world.project.repo_root).unwrap_or_else(|| "somebody".into());
            control::pause(&world, &who, why)?;
        }
    }
    Ok(Exit::Done)
}

/// Looks at the ticks of all projects, or the one that is named. Quiet while they come; what they are told cron mails too
/// where that is how people are reached.
fn watch(common: &Common, limit: u64) -> anyhow::Result<Exit> {
    let mut worst = Exit::Done;
    for (file, project) in setup::projects(common, &[])? {
        let seen =
            project.and_then(|p| setup::world_of(p, common)).and_then(|world| pulse::watch(&world, limit));
        let code = match seen {
            Ok(None) => Exit::Done,
            Ok(Some(words)) => {
                out::say(&words);
                Exit::Person
            }
            Err(error) => exit::report("drover", &error.context(format!("project {}", file.display()))),
        };
        worst = if worst == Exit::Done { code } else { worst };
    }
    Ok(worst)
}
