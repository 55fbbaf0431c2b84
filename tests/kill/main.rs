//! The kill sweep (law 4): the same histories again and again, with real binaries, real git and real tmux, each time
//! with one process killed at one of its effects; then ticks. The end must be the same as without the kill.
//!
//! `KILL=<binary>:<number>` with `HISTORY=<name>` plays one; `KILL=all` every one, `KILL=2/10` the second of every
//! ten, `KILL=none` only the histories; without `KILL` some two hundred, each point among them.

mod corners;
mod desk;
#[allow(dead_code)]
#[path = "../fake/mod.rs"]
mod fake;
mod histories;
#[allow(dead_code)]
#[path = "../messengers/mod.rs"]
mod messengers;
mod people;
mod picture;
mod play;
mod points;
mod server;
#[allow(dead_code)]
#[path = "../site.rs"]
mod site;
#[allow(dead_code)]
#[path = "../stage/mod.rs"]
mod stage;
mod sweep;

fn main() -> std::process::ExitCode {
    if stage::screen::play_if_asked() {
        return std::process::ExitCode::SUCCESS;
    }
    // Where `cargo test` is to run others, or to list them, this is none of them.
    let others =
        std::env::args().skip(1).any(|a| a == "--list" || !(a.starts_with('-') || "kill".contains(&a)));
    if others { std::process::ExitCode::SUCCESS } else { sweep::main() }
}
