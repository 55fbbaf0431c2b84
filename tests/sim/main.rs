//! The same `ops` as the binaries run, in universes held in memory: hosts, a server, agents and people, with
//! everything interleaved and everything going wrong by the throw of one seed's dice; the laws are checked after
//! every step. Here a few of everything, in a build that finds its own mistakes; `make sim` plays thousands. See
//! docs/reliability.md.

mod again;
mod agents;
mod asked;
mod chat;
mod ci;
mod core;
#[allow(dead_code, unused_imports)]
#[path = "../fake/mod.rs"]
mod fake;
mod fidelity;
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
mod stories;
mod tap;
mod universe;
mod watch;
mod wired;

use drover::twin;
use history::{Projects, WIRED, halves, many, play};

#[test]
fn the_laws_hold_in_every_history() {
    let tally = many(0, 60, 10 * WIRED);
    assert!(tally.bad.is_empty(), "{tally}");
}

#[test]
fn twice_is_once() {
    let found = halves((0, 40), again::many);
    let bad: Vec<String> = found.into_iter().flat_map(|f| f.bad).collect();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn why_says_what_a_tick_does() {
    let found = halves((0, 40), asked::many);
    let bad: Vec<String> = found.into_iter().flat_map(|f| f.bad).collect();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn a_seed_is_one_history() {
    let projects = Projects::new();
    for (seed, wired) in [(1, 0), (8, 0), (22, 0), (8, 1000), (9, 1000)] {
        let (first, second) = (play(seed, &projects, true, wired), play(seed, &projects, false, wired));
        assert!(!first.log.is_empty() && second.log.is_empty());
        assert_eq!(first.trace, second.trace, "the same seed gave two histories");
    }
}

#[test]
fn each_law_has_three_twins() {
    for law in 1..=9 {
        assert!(twin::ALL.iter().filter(|(_, of, _)| *of == law).count() >= 3, "law {law}");
    }
}
