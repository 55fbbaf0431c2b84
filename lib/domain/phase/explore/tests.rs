//! What must hold of every state that the table makes.

use super::super::table::TABLE;
use super::super::{Phase, SPECS};
use super::ALL;
use super::facts::is_blind;
use super::graph::{Next, is_news};
use std::collections::BTreeSet;

#[test]
fn every_state_is_found_and_there_are_not_too_few() {
    let (states, transitions) = (ALL.states.len(), ALL.edges.len());
    println!("{states} states, {transitions} transitions, {} environments", ALL.environments().len());
    assert!(states >= 2_000 && transitions >= 30_000, "{states} states, {transitions} transitions");
}

#[test]
fn every_wait_has_an_owner_a_condition_and_a_deadline() {
    for (id, state) in (0..).zip(&ALL.states).filter(|(_, s)| !s.phase.is_terminal()) {
        let named = !state.owner.is_empty() && state.owner != "nobody" && !state.clears_when.is_empty();
        assert!(named && state.deadline.is_some(), "a wait without one of them:{}", ALL.path(id));
        let knows_when = state.phase != Phase::Limited || state.until.is_some();
        assert!(knows_when, "limited, until nobody knows when:{}", ALL.path(id));
    }
}

#[test]
fn every_phase_is_reached_and_every_row_fires() {
    let phases: BTreeSet<Phase> = ALL.states.iter().map(|s| s.phase).collect();
    assert_eq!(phases.len(), SPECS.len());
    let fired: BTreeSet<usize> = ALL.edges.iter().filter_map(|(_, _, row)| *row).collect();
    let dead: Vec<&str> = (0..TABLE.len()).filter(|r| !fired.contains(r)).map(|r| TABLE[r].id).collect();
    assert!(dead.is_empty(), "rows that never fire: {dead:?}");
}

#[test]
fn from_every_state_an_end_can_be_reached() {
    let mut before = vec![vec![]; ALL.states.len()];
    for (from, to, _) in &ALL.edges {
        before[*to as usize].push(*from);
    }
    let ends = |id: &u32| ALL.states[*id as usize].phase.is_terminal();
    let mut open: Vec<u32> = (0..u32::try_from(ALL.states.len()).unwrap()).filter(ends).collect();
    let mut can = vec![false; ALL.states.len()];
    while let Some(id) = open.pop() {
        if !std::mem::replace(&mut can[id as usize], true) {
            open.extend(&before[id as usize]);
        }
    }
    for (id, can) in (0..).zip(can) {
        assert!(can, "no way to an end from:{}", ALL.path(id));
    }
}

/// Where a run comes to rest if what is seen stays as it is while time passes; none if something new would have
/// to happen on the way, such as another request, or if that way was walked before: each walk of the same facts
/// has a higher `walk`, the first of them is `first`.
fn rest(start: u32, chosen: &[usize], walked: &mut [u32], first: u32, walk: u32) -> Option<u32> {
    let mut at = start;
    loop {
        let before = std::mem::replace(&mut walked[at as usize], walk);
        assert!(before != walk, "{:?} for ever goes round:{}", ALL.names(chosen), ALL.path(at));
        if before >= first {
            return None;
        }
        let next = match ALL.next(at, chosen) {
            Next::Fire(row, _) if is_news(&TABLE[row as usize]) => return None,
            Next::Fire(_, to) if to != at => Some(to),
            _ => ALL.later[at as usize],
        };
        let Some(next) = next else { return Some(at) };
        at = next;
    }
}

#[test]
fn whatever_stays_as_it_is_a_run_comes_to_rest_at_an_end_or_with_a_person() {
    let mut walked = vec![0; ALL.states.len()];
    let mut walk = 0;
    for chosen in ALL.environments() {
        let blind = chosen.iter().any(|c| is_blind(&ALL.values[*c]));
        let first = walk + 1;
        for start in 0..u32::try_from(ALL.states.len()).unwrap() {
            walk += 1;
            let Some(at) = rest(start, &chosen, &mut walked, first, walk) else { continue };
            let phase = ALL.states[at as usize].phase;
            let fine = phase.is_terminal() || (blind && phase == Phase::Escalated);
            assert!(fine, "{:?} for ever is a wait without end:{}", ALL.names(&chosen), ALL.path(at));
        }
    }
}
