//! Runs played to their end with nothing happening but time, with the real counters: how long that takes at
//! most, and where it ends when the forge cannot be read any more.

use super::super::step::{Step, step};
use super::super::table::TABLE;
use super::super::{Phase, SPECS};
use super::ALL;
use super::facts::{Group, Value, calm, looks_at, seen};
use super::state::{State, policy};
use crate::domain::policy::Policy;
use crate::domain::run::{Counters, Run};
use crate::domain::time::DAY;

/// What became of a run.
struct Chain {
    rows: Vec<&'static str>,
    awake: u64,
    end: Phase,
}

/// Plays a run that has used nothing up, under facts that stay as they are.
fn play(start: &State, choices: &[&Value], policy: &Policy) -> Chain {
    let mut state = start.clone();
    let mut counters = Counters::default();
    let mut chain = Chain { rows: vec![], awake: 0, end: state.phase };
    while chain.rows.len() < 1000 {
        let run = Run { counters: counters.clone(), ..state.run() };
        let now = seen(&state, &calm(&state), choices);
        let mut next = None;
        if let Step::Fire(fired) = step(&run, &now, policy) {
            chain.rows.push(fired.row);
            let to = State::of(&fired.run, now.awake, true, policy);
            next = Some(to).filter(|to| *to != state || fired.run.counters != counters);
            counters = fired.run.counters;
        }
        if next.is_none() {
            next = state.later(policy).inspect(|later| chain.awake += later.age - state.age);
        }
        let Some(to) = next else { break };
        state = to;
    }
    chain.end = state.phase;
    chain
}

fn choice(name: &str) -> &'static Value {
    ALL.values.iter().find(|v| v.name == name).unwrap_or_else(|| panic!("no choice is named {name}"))
}

/// States in which a phase has just been entered.
fn entered() -> impl Iterator<Item = &'static State> {
    ALL.states.iter().filter(|s| s.age == 0 && s.said.is_empty() && !s.phase.is_terminal())
}

/// Sessions that do nothing.
const SILENT: [&str; 5] = ["starting", "working, silent", "idle", "idle, attached", "dead"];

#[test]
fn in_silence_every_run_ends_within_a_few_rows_and_a_few_days() {
    let (mut rows, mut awake) = (0, 0);
    for policy in [policy(), Policy::plain("p")] {
        for life in SILENT {
            for start in entered() {
                let chain = play(start, &[choice(life)], &policy);
                assert!(chain.end.is_terminal(), "{start:?}, {life}: {:?} ends {}", chain.rows, chain.end);
                (rows, awake) = (rows.max(chain.rows.len()), awake.max(chain.awake));
            }
        }
    }
    // docs/reliability.md names these two.
    assert!((2..=8).contains(&rows), "the longest chain in silence has {rows} rows");
    assert_eq!(awake, 7 * DAY, "the longest silence lasts {awake} s");
}

#[test]
fn an_agent_that_names_limits_for_ever_is_a_persons_in_the_end() {
    for (life, least) in [("limited, over", 0), ("limited", 96 * super::facts::NAMED)] {
        let start = State { session: true, ..entered().find(|s| s.phase == Phase::Working).unwrap().clone() };
        let chain = play(&start, &[choice(life)], &Policy::plain("p"));
        assert_eq!(chain.end, Phase::Blocked, "{life}");
        assert_eq!(chain.rows.iter().filter(|r| **r == "limited").count(), 97, "{life}");
        assert!(chain.awake >= least, "{life}: {} s", chain.awake);
    }
}

#[test]
fn with_the_forge_gone_for_ever_a_person_is_asked_and_no_end_is_concluded_from_it() {
    for policy in [policy(), Policy::plain("p")] {
        for start in entered() {
            for life in SILENT.into_iter().chain(["life unknown"]) {
                let chain = play(start, &[choice("forge unknown"), choice(life)], &policy);
                let last = TABLE.iter().rev().find(|r| chain.rows.last() == Some(&r.id));
                let needs_it = last.is_none_or(|r| looks_at(r.when).contains(&Group::Forge));
                let fine = chain.end == Phase::Escalated || (chain.end.is_terminal() && !needs_it);
                assert!(fine, "{start:?}, {life}: {:?} ends {}", chain.rows, chain.end);
            }
        }
    }
}

#[test]
fn with_the_sessions_out_of_sight_for_ever_a_person_is_asked() {
    for spec in SPECS.iter().filter(|s| !s.phase.is_terminal()) {
        for start in entered().filter(|s| s.phase == spec.phase && s.session) {
            let chain = play(start, &[choice("life unknown")], &Policy::plain("p"));
            assert_eq!(chain.end, Phase::Escalated, "{start:?}: {:?}", chain.rows);
        }
    }
}
