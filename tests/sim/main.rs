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

use drover::twin::{self, Twin};
use history::{Projects, many, play};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

#[test]
fn the_laws_hold_in_every_history() {
    let from = number("SIM_FROM", 0);
    let (bad, summary) = many(from, from + number("SIM_SEEDS", 2000));
    println!("{summary}");
    for outcome in bad.iter().take(20) {
        println!(
            "SIM_SEED={} cargo test --features lab --test sim one_seed -- --nocapture: {}",
            outcome.seed, outcome.breaches[0]
        );
    }
    assert!(bad.is_empty(), "{} histories broke a law", bad.len());
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

/// Histories in which each broken rule has to be noticed, at the latest.
const UNTIL_NOTICED: u64 = 4000;

#[test]
fn every_broken_twin_is_noticed() {
    let mut unnoticed = vec![];
    for (twin, law, how) in twin::ALL.iter().filter(|(t, ..)| *t != Twin::WhyOtherwise) {
        match first_breach(*twin) {
            Some((seed, breach)) => println!("law {law}, {twin:?}: seed {seed}: {breach}"),
            None => unnoticed.push(format!("law {law}, {twin:?}: {how}")),
        }
    }
    assert!(unnoticed.is_empty(), "these broken rules were not noticed: {unnoticed:#?}");
}

fn first_breach(twin: Twin) -> Option<(u64, String)> {
    twin::set(Some(twin));
    let projects = Projects::new();
    let found = (0..UNTIL_NOTICED).find_map(|seed| {
        let outcome = std::panic::catch_unwind(|| play(seed, &projects, false));
        let breaches = outcome.map_or_else(
            |_| vec!["a panic".to_string()],
            |o| o.breaches.iter().map(ToString::to_string).collect(),
        );
        breaches.into_iter().next().map(|b| (seed, b))
    });
    twin::set(None);
    found
}

#[test]
fn each_law_has_three_twins() {
    for law in 1..=9 {
        assert!(twin::ALL.iter().filter(|(_, of, _)| *of == law).count() >= 3, "law {law}");
    }
}
