//! Arguments of `notify`.

use crate::cli::Common;
use crate::domain::ids::IssueNo;
use clap::{Parser, Subcommand};

/// Tell the people of a project something, and take in what they say
#[derive(Parser)]
#[command(name = "notify", version)]
pub struct Args {
    #[command(subcommand)]
    pub verb: Verb,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Subcommand)]
pub enum Verb {
    /// Tell the people of a project something, in all of its channels
    Send {
        /// What to tell them
        #[arg(required = true)]
        text: Vec<String>,
        /// The issue that it is about: then it stands in that thread
        #[arg(long, value_name = "N")]
        issue: Option<IssueNo>,
        /// Somebody has to do something: they are rung for, and cron mails it
        #[arg(long)]
        urgent: bool,
    },
    /// Pass answers on to the runs that they are for
    #[command(after_help = "Quiet unless something is wrong: for cron, as in
  * * * * * drover notify listen --wait 50
Who may answer: those of [people] maintainers whose account stands in [people.<name>] matrix or telegram,
and on the forge all of them.")]
    Listen {
        /// Projects: names or TOML paths [default: all in which people can answer]
        projects: Vec<String>,
        /// Seconds to go on listening for
        #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=3600))]
        wait: u64,
    },
}
