//! `merge`: land one approved, green pull, or say why not.

use clap::Parser;
use drover::cli::commands::merge::Args;
use drover::cli::{Exit, Failure, exit, out, setup};
use drover::domain::evidence::Colour;
use drover::domain::landing::Hold;
use drover::ops::land::{LandOutcome, land};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    exit::run("merge", || {
        if std::env::var_os(drover::session::tmux::MARK).is_some() {
            let hint = "commit, and write PHASE:awaiting_ci to $PHASE_FILE";
            return Err(Failure::new(Exit::Refused, "nothing is landed from inside a session", hint).into());
        }
        let world = setup::world(&args.common)?;
        let (words, exit) = match land(&world, args.pull, args.head.as_ref(), 30)? {
            LandOutcome::Landed(sha) => (format!("landed as {sha}"), Exit::Done),
            LandOutcome::Already => ("landed before".into(), Exit::Done),
            LandOutcome::Held(hold) => {
                (format!("not landed: {} ({})", hold.words(&world.policy), hold.code()), held(&hold))
            }
            LandOutcome::HeadMoved(now) => {
                let now = now.map_or("gone".to_string(), |s| s.to_string());
                (format!("not landed: the head is {now}"), Exit::Later)
            }
            LandOutcome::BaseMoved => ("not landed: the base moved meanwhile".into(), Exit::Later),
            LandOutcome::Dirty(words) => (format!("not landed: {words}"), Exit::Person),
            LandOutcome::NotReady(why) => (format!("not landed: {why}"), Exit::Waiting),
        };
        out::line(&format!("pull #{}: {words}", args.pull))?;
        Ok(exit)
    })
}

fn held(hold: &Hold) -> Exit {
    match hold {
        Hold::Checks(Colour::Pending | Colour::Unknown) | Hold::MergeUnknown(_) => Exit::Waiting,
        Hold::NoApproval
        | Hold::ChangesRequested(..)
        | Hold::Conflict(_)
        | Hold::Behind
        | Hold::Stopped(_) => Exit::Person,
        Hold::NotOpen => Exit::Nothing,
        _ => Exit::Refused,
    }
}
