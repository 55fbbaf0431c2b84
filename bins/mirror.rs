//! `mirror`: push the primary branch and tags to the mirrors, forward only.

use clap::Parser;
use drover::cli::commands::mirror::Args;
use drover::cli::{Exit, Failure, exit, out, setup};
use drover::ops::mirror::mirror;
use drover::world::Mirrored;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    exit::run("mirror", || {
        let world = setup::world(&args.common)?;
        if let Some(name) = args.name.as_ref().filter(|n| !world.project.mirrors.contains_key(*n)) {
            let known: Vec<&str> = world.project.mirrors.keys().map(String::as_str).collect();
            return Err(Failure::new(
                Exit::Usage,
                format!("there is no mirror {name} in {}", world.project.file.display()),
                format!("[mirrors] names: {}", known.join(", ")),
            )
            .into());
        }
        let outcomes = mirror(&world, args.name.as_deref())?;
        let mut exit = if outcomes.is_empty() { Exit::Nothing } else { Exit::Done };
        for (name, outcome) in &outcomes {
            match outcome {
                Mirrored::Done => out::say(&format!("{name}: up to date")),
                Mirrored::Diverged(why) => {
                    eprintln!(
                        "drover mirror: {name} holds commits that we do not; nothing was pushed: {why}"
                    );
                    exit = Exit::Person;
                }
                Mirrored::Failed(why) => {
                    eprintln!("drover mirror: {name}: {why}");
                    exit = if exit == Exit::Person { exit } else { Exit::Later };
                }
            }
        }
        Ok(exit)
    })
}
