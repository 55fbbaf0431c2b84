//! Where a run stood and for how long, from the events that say which phase it entered.

use super::phase::{Phase, SPECS};
use super::time::Timestamp;
use serde::Serialize;

/// A stretch of time in one phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stretch {
    /// Of which attempt.
    pub attempt: u32,
    /// The phase.
    pub phase: Phase,
    /// When it was entered.
    pub from: Timestamp,
    /// When the next was entered; none: it stands there.
    pub until: Option<Timestamp>,
    /// The row of the transition table that led there.
    pub row: String,
}

impl Stretch {
    /// Seconds that it lasted, up to `now` if it has not ended.
    pub fn seconds(&self, now: Timestamp) -> u64 {
        self.until.unwrap_or(now).since(self.from)
    }
}

/// The phase that an event of this kind entered, if it did.
pub fn entered(kind: &str) -> Option<Phase> {
    SPECS.iter().find(|spec| spec.name == kind).map(|spec| spec.phase)
}

/// The attempt that an event's key names.
pub fn attempt(key: &str) -> Option<u32> {
    key.split(':').next()?.parse().ok()
}

/// The stretches of one run, oldest first, of its events (when, kind, key), oldest first.
pub fn stretches<'a>(events: impl IntoIterator<Item = (Timestamp, &'a str, &'a str)>) -> Vec<Stretch> {
    let mut all: Vec<Stretch> = Vec::new();
    for (at, kind, key) in events {
        let Some(phase) = entered(kind) else { continue };
        let before = all.last_mut();
        let number = attempt(key).or(before.as_ref().map(|s| s.attempt)).unwrap_or(1);
        if let Some(before) = before {
            before.until = Some(at);
        }
        let row = key.split(':').nth(2).unwrap_or_default().to_string();
        all.push(Stretch { attempt: number, phase, from: at, until: None, row });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_phase_lasts_until_the_next_is_entered() {
        let events = [
            (0, "claimed", "1:1:claim"),
            (5, "start", "1:1:start:1"),
            (10, "working", "1:2:up"),
            (70, "blocked", "1:3:died"),
            (90, "claimed", "2:4:retry"),
        ];
        let all = stretches(events.map(|(at, kind, key)| (Timestamp(at), kind, key)));
        let seen: Vec<_> =
            all.iter().map(|s| (s.attempt, s.phase.name(), s.seconds(Timestamp(100)))).collect();
        assert_eq!(seen, [(1, "claimed", 10), (1, "working", 60), (1, "blocked", 20), (2, "claimed", 10)]);
    }

    proptest! {
        #[test]
        fn stretches_follow_each_other_without_a_gap(kinds in proptest::collection::vec(0..SPECS.len() + 3, 0..20)) {
            let name = |k: &usize| SPECS.get(*k).map_or("nudge", |s| s.name);
            let events = kinds.iter().enumerate().map(|(n, k)| (Timestamp(n as i64), name(k), "1:1:x"));
            let all = stretches(events);
            for pair in all.windows(2) {
                prop_assert_eq!(pair[0].until, Some(pair[1].from));
            }
            prop_assert!(all.last().is_none_or(|s| s.until.is_none()));
        }
    }
}
