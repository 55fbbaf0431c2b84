//! What became of the attempts of a while: by day or by week, and by what ended those that did not land.

use super::ids::IssueNo;
use super::phase::Phase;
use super::phase::table::TABLE;
use super::time::{DAY, Timestamp};
use super::timeline::Stretch;
use std::collections::BTreeMap;

/// One attempt of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The run's issue.
    pub issue: IssueNo,
    /// Which try.
    pub number: u32,
    /// When it began.
    pub began: Timestamp,
    /// When it ended and how, if it has.
    pub end: Option<End>,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// When.
    pub at: Timestamp,
    /// In which phase.
    pub phase: Phase,
    /// By which row of the transition table.
    pub row: String,
}

/// The attempts of one run, of its stretches, oldest first.
pub fn attempts(issue: IssueNo, stretches: &[Stretch]) -> Vec<Attempt> {
    let mut all: Vec<Attempt> = Vec::new();
    for stretch in stretches {
        if all.last().is_none_or(|last| last.number != stretch.attempt) {
            all.push(Attempt { issue, number: stretch.attempt, began: stretch.from, end: None });
        }
        let last = all.len() - 1;
        let (at, phase, row) = (stretch.from, stretch.phase, stretch.row.clone());
        all[last].end = phase.is_terminal().then_some(End { at, phase, row });
    }
    all
}

/// A day, or a week, of what ended in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// Its first second.
    pub from: i64,
    /// Its end.
    pub until: i64,
    /// Attempts that landed.
    pub landed: u32,
    /// Attempts that their agent declined.
    pub refused: u32,
    /// Attempts that were given up on.
    pub blocked: u32,
    /// Attempts that somebody took back.
    pub abandoned: u32,
    /// Seconds from the begin of each that landed.
    pub lasted: Vec<u64>,
}

impl Bucket {
    /// Whether a moment lies in it.
    pub fn holds(&self, at: Timestamp) -> bool {
        (self.from..self.until).contains(&at.0)
    }

    /// All that ended.
    pub fn sum(&self) -> u32 {
        self.landed + self.refused + self.blocked + self.abandoned
    }
}

/// So many days up to now, oldest first: by day up to two weeks, else by week.
pub fn buckets(attempts: &[Attempt], now: Timestamp, days: u32) -> Vec<Bucket> {
    let each = if days <= 14 { 1 } else { 7 };
    let length = i64::try_from(u64::from(each) * DAY).unwrap_or(i64::MAX);
    let count = i64::from(days.div_ceil(each));
    // The moment of the look belongs to the last.
    let end = now.0.saturating_add(1);
    let bounds = (1..=count).rev().map(|back| end.saturating_sub(back * length));
    let mut all: Vec<Bucket> =
        bounds.map(|from| Bucket { from, until: from.saturating_add(length), ..Bucket::default() }).collect();
    for (attempt, end) in attempts.iter().filter_map(|a| Some((a, a.end.as_ref()?))) {
        let Some(bucket) = all.iter_mut().find(|b| b.holds(end.at)) else { continue };
        match end.phase {
            Phase::Done => {
                bucket.landed += 1;
                bucket.lasted.push(end.at.since(attempt.began));
            }
            Phase::Refused => bucket.refused += 1,
            Phase::Blocked => bucket.blocked += 1,
            _ => bucket.abandoned += 1,
        }
    }
    all
}

/// The middle value; of an even number the lower of the two.
pub fn median(values: &[u64]) -> Option<u64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}

/// How many attempts ended without landing since a moment: by phase and row, most first.
pub fn failures(attempts: &[Attempt], since: Timestamp) -> Vec<(Phase, String, u32)> {
    let mut counts: BTreeMap<(&str, &str), (Phase, u32)> = BTreeMap::new();
    let ends = attempts.iter().filter_map(|a| a.end.as_ref());
    for end in ends.filter(|e| e.phase != Phase::Done && e.at >= since) {
        counts.entry((end.phase.name(), &end.row)).or_insert((end.phase, 0)).1 += 1;
    }
    let mut all: Vec<_> =
        counts.into_iter().map(|((_, row), (phase, count))| (phase, row.to_string(), count)).collect();
    all.sort_by_key(|(_, _, count)| std::cmp::Reverse(*count));
    all
}

/// What a row of the transition table means, in words; its name where there is none of that name any more.
pub fn cause(row: &str) -> &str {
    TABLE.iter().find(|r| r.id == row).map_or(row, |r| r.when.words())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::timeline::stretches;
    use proptest::prelude::*;

    fn told(events: &[(i64, &str, &str)]) -> Vec<Attempt> {
        let events = events.iter().map(|(at, kind, key)| (Timestamp(*at), *kind, *key));
        attempts(IssueNo(7), &stretches(events))
    }

    #[test]
    fn an_attempt_ends_where_it_stands_last() {
        let all = told(&[
            (0, "claimed", "1:1:claim"),
            (9, "working", "1:2:up"),
            (20, "blocked", "1:3:died"),
            (30, "claimed", "2:4:retry"),
            (40, "blocked", "2:5:deadline"),
            (50, "done", "2:6:merged"),
            (60, "claimed", "3:7:retry"),
        ]);
        let ends: Vec<_> =
            all.iter().map(|a| a.end.as_ref().map(|e| (e.at.0, e.phase, e.row.as_str()))).collect();
        assert_eq!(ends, [Some((20, Phase::Blocked, "died")), Some((50, Phase::Done, "merged")), None]);
        assert_eq!(failures(&all, Timestamp(0)), [(Phase::Blocked, "died".to_string(), 1)]);
        assert_eq!(failures(&all, Timestamp(21)), []);
    }

    #[test]
    fn a_week_holds_what_ended_in_it() {
        let day = DAY as i64;
        let all = told(&[(0, "claimed", "1:1:claim"), (20 * day, "done", "1:2:merged")]);
        let by_day = buckets(&all, Timestamp(20 * day), 7);
        assert_eq!((by_day.len(), by_day[6].landed, by_day[6].sum()), (7, 1, 1));
        assert_eq!(median(&by_day[6].lasted), Some(20 * DAY));
        let by_week = buckets(&all, Timestamp(26 * day), 30);
        assert_eq!(by_week.iter().map(|b| b.landed).collect::<Vec<_>>(), [0, 0, 0, 0, 1]);
    }

    #[test]
    fn each_end_is_counted_as_what_it_was() {
        let phases = [Phase::Done, Phase::Refused, Phase::Blocked, Phase::Abandoned];
        let ended = |phase: Phase| {
            let end = Some(End { at: Timestamp(9), phase, row: "r".into() });
            Attempt { issue: IssueNo(1), number: 1, began: Timestamp(2), end }
        };
        // One of the first, two of the second, and so on.
        let all: Vec<Attempt> =
            phases.iter().zip(1..).flat_map(|(phase, n)| vec![ended(*phase); n]).collect();
        let last = buckets(&all, Timestamp(10), 7).pop().unwrap();
        assert_eq!((last.landed, last.refused, last.blocked, last.abandoned), (1, 2, 3, 4));
        assert_eq!((last.sum(), last.lasted), (10, vec![7]));
    }

    #[test]
    fn the_median_is_a_value_that_was_there() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3]), Some(3));
        assert_eq!(median(&[9, 1, 5]), Some(5));
        assert_eq!(median(&[9, 1, 5, 3]), Some(3));
    }

    #[test]
    fn causes_are_those_of_the_table() {
        assert!(TABLE.iter().all(|row| cause(row.id) == row.when.words()));
        assert_eq!(cause("of_a_later_version"), "of_a_later_version");
    }

    proptest! {
        #[test]
        fn buckets_cover_all_days_without_a_gap(now in 0..4_000_000_000i64, days in 7..=90u32) {
            let all = buckets(&[], Timestamp(now), days);
            prop_assert!(all.windows(2).all(|pair| pair[0].until == pair[1].from));
            prop_assert!(all.last().unwrap().holds(Timestamp(now)));
            prop_assert!(all[0].from <= now - i64::from(days) * DAY as i64 + 1);
        }
    }
}
