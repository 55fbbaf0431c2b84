//! `verify`: run the project's own checks on one commit.

use clap::Parser;
use drover::cli::commands::verify::Args;
use drover::cli::{Exit, Failure, exit, out, setup};
use drover::domain::evidence::Colour;
use drover::ops::start::Asker;
use drover::ops::verify::{Verified, verify};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    exit::run("verify", || {
        let world = setup::world(&args.common)?;
        // Whoever is first makes our repository: one at a time.
        let sha = world.with_repo(|git| git.find(&args.commit))?.ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                format!("there is no commit {}", args.commit),
                "commits of a session are known once it has made a request",
            )
        })?;
        drover::process::reaper::become_subreaper()?;
        let asker = if args.planned { Asker::Tick } else { Asker::Person };
        match verify(&world, &sha, asker)? {
            Verified::Result(Colour::Green) => {
                out::say("green");
                Ok(Exit::Done)
            }
            Verified::Result(_) => {
                let result = world.store.verify_result(&drover::ops::verify::job_name(&world, &sha));
                out::line(&result.map(|r| r.text(12_000)).unwrap_or_default())?;
                Ok(Exit::Failed)
            }
            Verified::Running => {
                out::say("somebody else is at it");
                Ok(Exit::Waiting)
            }
            Verified::GivenUp(tries) => {
                eprintln!(
                    "drover verify: it was begun {tries} times and died each time; without --planned it is tried again"
                );
                Ok(Exit::Nothing)
            }
            Verified::NothingToRun => Ok(Exit::Nothing),
        }
    })
}
