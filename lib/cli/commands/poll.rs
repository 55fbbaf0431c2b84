//! Arguments of `poll`.

use crate::cli::Common;
use clap::Parser;

/// One cron tick: look once, decide, start what follows, exit
#[derive(Parser)]
#[command(
    name = "poll",
    version,
    after_help = "Quiet unless a person should look: cron mails what it prints."
)]
pub struct Args {
    /// Projects: names or TOML paths [default: all]
    pub projects: Vec<String>,
    /// Print what would be done, as commands, and why the rest would not
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub common: Common,
}
