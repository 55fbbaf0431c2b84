//! The same `ops` as the binaries run, in universes held in memory: hosts, a server, agents and people, with
//! everything interleaved and everything going wrong by the throw of one seed's dice; the laws are checked after
//! every step. See docs/reliability.md.

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
mod universe;
mod watch;

use drover::twin;
use history::{Projects, many, play};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

#[test]
fn the_laws_hold_in_every_history() {
    let from = number("SIM_FROM", 0);
    let tally = many(from, from + number("SIM_SEEDS", 100));
    println!("{tally}");
    assert!(tally.bad.is_empty(), "{tally}");
}

#[test]
fn one_seed() {
    let seed = number("SIM_SEED", 1);
    let projects = Projects::new();
    let (first, second) = (play(seed, &projects, true), play(seed, &projects, false));
    assert_eq!(first.trace, second.trace, "the same seed gave two histories");
    if std::env::var("SIM_SEED").is_ok() {
        first.log.iter().for_each(|line| println!("{line}"));
        println!("seed {seed}: trace {:016x}, {} calls, {} landed", first.trace, first.calls, first.landed);
    }
    assert!(first.breaches.is_empty(), "{:?}", first.breaches);
}

#[test]
fn each_law_has_three_twins() {
    for law in 1..=9 {
        assert!(twin::ALL.iter().filter(|(_, of, _)| *of == law).count() >= 3, "law {law}");
    }
}
