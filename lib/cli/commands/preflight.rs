//! Arguments of `preflight`.

use crate::cli::Common;
use crate::cli::doctor::DoctorArgs;
use crate::domain::ids::IssueNo;
use crate::domain::ids::PullNo;
use clap::{Parser, Subcommand};

/// Check an environment, an issue, or what a run or a pull would publish
#[derive(Parser)]
#[command(name = "preflight", version)]
pub struct Args {
    #[command(subcommand)]
    pub what: What,
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Subcommand)]
pub enum What {
    /// Whether it would work here: the machine, the forge, the agent, people
    Env(DoctorArgs),
    /// Whether an issue would be started now
    Issue {
        /// The issue
        issue: IssueNo,
    },
    /// What the gates hold against publishing a run's commits
    Run {
        /// The run's issue
        issue: IssueNo,
    },
    /// What the gates hold against a pull, and whether it may land
    Pull {
        /// The pull
        pull: PullNo,
    },
}
