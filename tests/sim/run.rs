//! Plays as many histories as asked for and says how fast: `make sim SEEDS=…`. A history in which a law breaks is
//! printed as the one line that plays it again.

mod agents;
mod core;
mod files;
mod folk;
mod git;
mod history;
mod host;
mod parts;
mod server;
mod tap;
mod twins;
mod universe;
mod watch;

use history::{Projects, Tally, many, play};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

fn main() {
    if let Ok(seed) = std::env::var("SEED") {
        let outcome = play(seed.parse().expect("SEED is a number"), &Projects::new(), true);
        outcome.log.iter().for_each(|line| println!("{line}"));
        println!("trace {:016x}, {} calls, {} landed", outcome.trace, outcome.calls, outcome.landed);
        outcome.breaches.iter().for_each(|b| println!("{b}"));
        return;
    }
    if std::env::var("TWINS").is_ok() {
        let missed = twins::unnoticed();
        missed.iter().for_each(|m| println!("not noticed: {m}"));
        std::process::exit(i32::from(!missed.is_empty()));
    }
    let from = number("FROM", 0);
    let (mut total, to) = (Tally::default(), from + number("SEEDS", 10_000));
    // A line now and then, so that a long run that is cut off has said how far it came.
    for start in (from..to).step_by(20_000) {
        total = total.and(many(start, to.min(start + 20_000)));
        println!("{total}");
    }
    std::process::exit(i32::from(!total.bad.is_empty()));
}
