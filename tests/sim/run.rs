//! Plays as many histories as asked for and says how fast: `make sim SEEDS=…`. A history in which a law breaks is
//! printed as the one line that plays it again. With a word it does something else, with `test` all of it:
//! `twins` breaks each rule on purpose, `again` runs every binary twice, `asked` holds `why` against what is done.

mod again;
mod agents;
mod asked;
mod chat;
mod ci;
mod core;
#[allow(dead_code, unused_imports)]
#[path = "../fake/mod.rs"]
mod fake;
mod files;
mod folk;
mod git;
mod history;
mod host;
#[allow(dead_code)]
#[path = "../messengers/mod.rs"]
mod messengers;
mod parts;
mod picture;
mod posts;
mod server;
mod tap;
mod twins;
mod universe;
mod watch;
mod wired;

use drover::twin;
use history::{Projects, Tally, WIRED, many, play};
use std::collections::BTreeMap;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

fn main() {
    if let Ok(seed) = std::env::var("SEED") {
        return tell(seed.parse().expect("SEED is a number"));
    }
    let sound = match std::env::args().nth(1).as_deref() {
        None => histories(seeds(10_000), wired()),
        Some("twins") => twins(),
        Some("again") => again(4_000),
        Some("asked") => asked(4_000),
        Some("test") => test(),
        Some(other) => panic!("{other}: neither twins nor again, asked or test"),
    };
    std::process::exit(i32::from(!sound));
}

/// What `make test` plays; over HTTP a history takes ten times as long, and these are all of it that do.
fn test() -> bool {
    let parts = [histories((0, 2_000), 0), histories((0, 600), 1000), again(600), asked(1_000), twins()];
    parts.iter().all(|ok| *ok)
}

fn wired() -> u64 {
    number("WIRED", WIRED)
}

fn tell(seed: u64) {
    // With a rule broken, if one is named.
    let name = std::env::var("TWIN").unwrap_or_default();
    twin::set(twin::ALL.iter().map(|(twin, ..)| *twin).find(|twin| format!("{twin:?}") == name));
    let outcome = play(seed, &Projects::new(), true, wired());
    outcome.log.iter().for_each(|line| println!("{line}"));
    println!("trace {:016x}, {} calls, {} landed", outcome.trace, outcome.calls, outcome.landed);
    outcome.breaches.iter().for_each(|b| println!("{b}"));
}

fn seeds(default: u64) -> (u64, u64) {
    let from = number("FROM", 0);
    (from, from + number("SEEDS", default))
}

fn histories((from, to): (u64, u64), wired: u64) -> bool {
    let mut total = Tally::default();
    // A line now and then, so that a long run that is cut off has said how far it came.
    for start in (from..to).step_by(20_000) {
        total = total.and(many(start, to.min(start + 20_000), wired));
        println!("{total}");
    }
    total.bad.is_empty()
}

fn twins() -> bool {
    let missed = twins::unnoticed();
    missed.iter().for_each(|m| println!("not noticed: {m}"));
    missed.is_empty()
}

/// Every kind must have come up: what was not tried is not known.
fn again(default: u64) -> bool {
    let found = history::halves(seeds(default), again::many);
    let (mut tried, mut bad) = (BTreeMap::<&str, usize>::new(), vec![]);
    for half in found {
        half.tried.iter().for_each(|(name, n)| *tried.entry(name).or_default() += n);
        bad.extend(half.bad);
    }
    bad.iter().take(3).for_each(|b| println!("not the same again: {b}"));
    println!("run again, and twice at once: {tried:?}; {} came out otherwise", bad.len());
    bad.is_empty() && tried.len() == 10
}

fn asked(default: u64) -> bool {
    let found = history::halves(seeds(default), asked::many);
    let (mut said, mut bad) = (BTreeMap::<String, usize>::new(), vec![]);
    for half in found {
        half.said.into_iter().for_each(|(what, n)| *said.entry(what).or_default() += n);
        bad.extend(half.bad);
    }
    bad.iter().take(3).for_each(|b| println!("why said otherwise: {b}"));
    println!("why, held against a tick: {said:?}; {} were otherwise", bad.len());
    bad.is_empty() && !said.is_empty()
}
