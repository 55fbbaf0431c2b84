//! `phase-handler`: move one run as far as it can go now.

use clap::Parser;
use drover::cli::commands::phase_handler::Args;
use drover::cli::{Exit, exit, out, setup};
use drover::ops::notices;
use drover::ops::step::{Word, advance};
use std::process::ExitCode;

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
