//! What an agent's own words about what it does mean for a run.

use super::limit::{self, Patterns, Words};
use super::moment::Doing;
use super::{Kind, Trouble};
use crate::domain::life::AgentState;
use crate::domain::time::{HOUR, MINUTE, Timestamp};
use chrono::{DateTime, TimeZone};

/// How long a limit lasts that names no time, in seconds.
pub const LATER: u64 = 15 * MINUTE;

/// A time further off than this is not believed: the longest limits are those of a week.
const LONGEST: u64 = 8 * 24 * HOUR;

/// What it is, of which it is seen doing something at the local time `now`.
pub fn of<Tz: TimeZone>(kind: Kind, doing: &Doing, now: &DateTime<Tz>) -> AgentState {
    let troubled = |words: &str| troubled(kind, &Patterns::default(), Words::Reported(words), now);
    match doing {
        Doing::Working => AgentState::Running,
        Doing::AtPrompt => AgentState::Between,
        Doing::AtDialog(what) => AgentState::Asks { what: format!("a question of its own: {what}") },
        Doing::Tries(words) => troubled(words).unwrap_or_else(|| AgentState::Limited {
            until: Timestamp(now.timestamp()).plus(LATER),
            words: words.clone(),
        }),
        Doing::Failed(words) => troubled(words)
            .unwrap_or_else(|| AgentState::Ended { how: format!("the agent's turn failed: {words}") }),
    }
}

/// What words about a failure mean, where they speak of a limit or of what a person has to see to. Of a program that drover
/// does not know `patterns` are looked for.
pub fn troubled<Tz: TimeZone>(
    kind: Kind,
    patterns: &Patterns,
    words: Words<'_>,
    now: &DateTime<Tz>,
) -> Option<AgentState> {
    let (Words::Reported(text) | Words::Printed(text)) = words;
    let trouble = match kind {
        Kind::Command => patterns.trouble(text, now),
        _ => limit::trouble(words, now),
    };
    let now = Timestamp(now.timestamp());
    match trouble {
        Trouble::Limit { until, words } => {
            let until = until.map_or_else(|| now.plus(LATER), Timestamp);
            Some(AgentState::Limited { until: until.max(now.plus(MINUTE)).min(now.plus(LONGEST)), words })
        }
        Trouble::Refused { words } => Some(AgentState::Asks { what: words }),
        Trouble::Other { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Utc;

    const NOW: i64 = 1_795_000_000;

    fn seen(doing: Doing) -> AgentState {
        of(Kind::Claude, &doing, &DateTime::<Utc>::from_timestamp(NOW, 0).unwrap())
    }

    #[test]
    fn each_thing_that_it_does_is_a_state_of_the_run() {
        assert_eq!(seen(Doing::Working), AgentState::Running);
        assert_eq!(seen(Doing::AtPrompt), AgentState::Between);
        let asks = AgentState::Asks { what: "a question of its own: may it?".into() };
        assert_eq!(seen(Doing::AtDialog("may it?".into())), asks);
    }

    #[test]
    fn a_failure_is_a_limit_a_persons_or_the_end_by_its_words() {
        let limited = |words: &str, seconds| AgentState::Limited {
            until: Timestamp(NOW).plus(seconds),
            words: words.into(),
        };
        for doing in [Doing::Failed, Doing::Tries] {
            assert_eq!(seen(doing("429 too many requests".into())), limited("429 too many requests", 900));
            assert!(matches!(seen(doing("Please run /login".into())), AgentState::Asks { .. }));
        }
        assert_eq!(seen(Doing::Tries("no idea".into())), limited("no idea", LATER), "it goes on trying");
        let ended = AgentState::Ended { how: "the agent's turn failed: no idea".into() };
        assert_eq!(seen(Doing::Failed("no idea".into())), ended);
    }

    #[test]
    fn a_program_that_is_not_known_is_read_by_the_patterns_of_its_project() {
        let patterns = Patterns { limited: vec!["too fast".into()], refused: vec!["no key".into()] };
        let now = DateTime::<Utc>::from_timestamp(NOW, 0).unwrap();
        let of = |words| troubled(Kind::Command, &patterns, Words::Reported(words), &now);
        assert!(matches!(of("Too fast!"), Some(AgentState::Limited { .. })));
        assert!(matches!(of("there is no key"), Some(AgentState::Asks { .. })));
        assert_eq!(of("429 too many requests"), None, "that is somebody else's word");
        let known = troubled(Kind::Claude, &patterns, Words::Reported("Too fast!"), &now);
        assert_eq!(known, None);
    }

    #[test]
    fn a_limit_lasts_a_minute_at_least_and_eight_days_at_most() {
        let until = |seconds: i64| match seen(Doing::Failed(format!(
            "Claude AI usage limit reached|{}",
            NOW + seconds
        ))) {
            AgentState::Limited { until, .. } => until.0 - NOW,
            other => panic!("{other:?}"),
        };
        assert_eq!((until(5), until(90)), (60, 90));
        assert_eq!(until(30 * 24 * 3600), 8 * 24 * 3600);
    }
}
