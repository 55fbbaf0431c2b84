//! `phase-handler`: move one run as far as it can go now.

use clap::Parser;
use drover::cli::{Common, Exit, exit, out, setup};
use drover::domain::ids::IssueNo;
use drover::ops::notices;
use drover::ops::step::{Word, advance};
use std::process::ExitCode;

/// Move one run as far as it can go now, one phase and one write at a time; safe to call at any time by anyone
#[derive(Parser)]
#[command(name = "phase-handler", version)]
struct Args {
    /// The run's issue
    issue: IssueNo,
    #[command(flatten)]
    common: Common,
}

fn main() -> ExitCode {
    let args = Args::parse();
    exit::run("phase-handler", || {
        let world = setup::world(&args.common)?;
        let moved = advance(&world, args.issue, 5, Word::default())?;
        notices::at_once(&world);
        out::say(&format!("#{} is {}", args.issue, moved.phase));
        Ok(if moved.rows.is_empty() { Exit::Nothing } else { Exit::Done })
    })
}
