//! Whether ticks have stopped, as somebody sees who looks now and then and may have been asleep together with them.

use super::text::plain_line;
use super::time::{Timestamp, human};
use serde::{Deserialize, Serialize};

/// `watch.json`: what was seen of the ticks at the last look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// Format version.
    #[serde(default = "crate::domain::run::first_version")]
    pub version: u32,
    /// The last sign of life that was seen: when a tick began or ended.
    pub beat: Timestamp,
    /// Since when there was no other.
    pub since: Timestamp,
    /// When somebody looked last.
    pub looked: Timestamp,
}

impl Watched {
    /// What is to be remembered of a look at `now`, at which the last sign of life is `beat`. Whoever has not looked for longer
    /// than `limit` seconds was asleep, or off, as the ticks may have been: from then on they have that long again.
    pub fn next(before: Option<&Watched>, beat: Timestamp, now: Timestamp, limit: u64) -> Watched {
        let same = before.filter(|b| b.beat == beat && b.looked <= now && now.since(b.looked) <= limit);
        Watched { version: 1, beat, since: same.map_or(now, |b| b.since), looked: now }
    }

    /// Whether there was no sign of life for longer than `limit` seconds while somebody looked.
    pub fn is_late(&self, limit: u64) -> bool {
        self.looked.since(self.since) >= limit
    }
}

/// What ticks are needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needed {
    /// New work may start: it is switched on, and the project is not paused.
    pub new_work: bool,
    /// Runs that have not ended.
    pub runs: usize,
}

impl Needed {
    /// Whether anybody misses them: a project that is switched off and has nothing at work may be without.
    pub fn any(self) -> bool {
        self.new_work || self.runs > 0
    }
}

/// What people are told: that ticks have stopped, or that one hangs, and what to look at.
pub fn alarm(project: &str, seen: &Watched, outcome: &str, holder: Option<&str>, needed: Needed) -> String {
    let ago = human(seen.looked.since(seen.beat));
    let what = match (outcome, holder) {
        ("looking", Some(holder)) => {
            format!("a tick hangs since {} ({ago}): {}", seen.beat, plain_line(holder, 200))
        }
        ("looking", None) => format!("no tick since {} ({ago}); the last one was cut off", seen.beat),
        _ => format!("no tick since {} ({ago})", seen.beat),
    };
    let waits = match needed.runs {
        0 => "nothing new starts".to_string(),
        1 => "1 run stands still".to_string(),
        runs => format!("{runs} runs stand still"),
    };
    format!("{project}: {what}: {waits}. Does cron run, and does `drover poll` work by hand?")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: u64 = 600;

    /// What is known after looks at these minutes, each with the minute of the last beat.
    fn looks(all: &[(i64, i64)]) -> Watched {
        let mut seen: Option<Watched> = None;
        for (now, beat) in all {
            let (now, beat) = (Timestamp(now * 60), Timestamp(beat * 60));
            seen = Some(Watched::next(seen.as_ref(), beat, now, LIMIT));
        }
        seen.unwrap()
    }

    #[test]
    fn ticks_are_late_when_somebody_has_watched_them_stand_still() {
        for (all, late) in [
            (vec![(0, 0)], false),
            (vec![(0, 0), (5, 5), (10, 10), (15, 15)], false),
            (vec![(0, 0), (5, 0)], false),
            (vec![(0, 0), (5, 0), (10, 0)], true),
            (vec![(0, 0), (5, 0), (9, 9), (14, 9)], false),
            // The machine was asleep: the watcher wakes up together with cron.
            (vec![(0, 0), (480, 0)], false),
            (vec![(0, 0), (480, 0), (485, 0)], false),
            (vec![(0, 0), (480, 0), (485, 0), (490, 0)], true),
            // The first look ever, long after the last tick.
            (vec![(600, 0)], false),
            // A clock that was wrong.
            (vec![(900, 0), (5, 0)], false),
        ] {
            assert_eq!(looks(&all).is_late(LIMIT), late, "{all:?}");
        }
    }

    #[test]
    fn nobody_misses_the_ticks_of_what_is_switched_off_and_has_ended() {
        let any = |new_work, runs| Needed { new_work, runs }.any();
        assert_eq!([any(true, 0), any(false, 2), any(true, 1), any(false, 0)], [true, true, true, false]);
    }

    #[test]
    fn the_alarm_says_what_stopped_and_what_waits() {
        let seen = looks(&[(0, 0), (10, 0)]);
        let needed = |runs| Needed { new_work: true, runs };
        let said = |outcome, holder, runs| alarm("p", &seen, outcome, holder, needed(runs));
        assert!(
            said("ok", None, 0)
                .starts_with("p: no tick since 1970-01-01T00:00:00Z (10m): nothing new starts.")
        );
        assert!(
            said("looking", Some("pid 7"), 1)
                .contains("a tick hangs since 1970-01-01T00:00:00Z (10m): pid 7: 1 run")
        );
        assert!(said("looking", None, 2).contains("the last one was cut off: 2 runs stand still."));
    }
}
