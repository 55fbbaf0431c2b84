//! The arguments of every binary in one place: what parses them, explains them, and makes their manual pages and completions.
#![allow(missing_docs, reason = "what each is stands in its own help")]

pub mod agent;
pub mod drover;
pub mod forge;
pub mod merge;
pub mod mirror;
pub mod notify;
pub mod phase;
pub mod phase_handler;
pub mod poll;
pub mod preflight;
pub mod verify;

use clap::{Command, CommandFactory};

/// Every binary that `drover X` hands over to.
pub fn parts() -> Vec<Command> {
    vec![
        poll::Args::command(),
        agent::Args::command(),
        phase_handler::Args::command(),
        verify::Args::command(),
        merge::Args::command(),
        mirror::Args::command(),
        preflight::Args::command(),
        phase::Args::command(),
        notify::Args::command(),
        super::status::StatusArgs::command(),
        forge::Args::command(),
    ]
}

/// `drover` with its own verbs and its parts.
pub fn whole() -> Command {
    parts().into_iter().fold(drover::Args::command(), Command::subcommand)
}

/// The same with the verbs of parts that need not name theirs.
pub fn front() -> Command {
    let all = parts();
    let mut front = whole();
    for (name, verbs) in drover::SHORT {
        let part = all.iter().find(|part| part.get_name() == *name);
        let verbs = verbs.iter().filter_map(|verb| part?.find_subcommand(verb));
        front = verbs.fold(front, |front, verb| front.subcommand(verb.clone()));
    }
    front
}
