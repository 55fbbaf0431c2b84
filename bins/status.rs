//! `status`: read-only views.

use clap::Parser;
use drover::cli::exit;
use drover::cli::status::{self, StatusArgs};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = StatusArgs::parse();
    exit::run("status", || status::run(&args))
}
