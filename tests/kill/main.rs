//! The kill sweep (law 4): the same histories again and again, with real binaries, real git and real tmux, each time
//! with one process killed at one of its effects; then ticks. The end must be the same as without the kill.
//!
//! `KILL=<binary>:<number>` with `HISTORY=<name>` plays one, `KILL=all` every one, `KILL=none` only the histories.

mod corners;
mod histories;
mod picture;
mod play;
mod points;
#[allow(dead_code)]
#[path = "../stage/mod.rs"]
mod stage;
mod sweep;

fn main() -> std::process::ExitCode {
    sweep::main()
}
