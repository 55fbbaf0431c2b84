//! Arguments of `drover`.

use crate::cli::{Common, backup, care, demo, doctor, init, run};
use clap::{Parser, Subcommand};
use std::ffi::OsString;

/// Turns labelled issues into merged pull requests with the coding agent you already have
#[derive(Parser)]
#[command(name = "drover", version, after_help = PARTS)]
pub struct Args {
    #[command(subcommand)]
    pub verb: Verb,
    #[command(flatten)]
    pub common: Common,
}

/// The binaries that `drover X` hands over to.
pub const NAMES: &[&str] = &[
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
pub const SHORT: &[(&str, &[&str])] = &[
    ("agent", &["resume", "retry", "say", "attach", "stop"]),
    ("status", &["ps", "show", "why", "queue", "logs", "events", "cost", "graph", "search", "report"]),
];

/// What stands below its help.
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
pub enum Verb {
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
