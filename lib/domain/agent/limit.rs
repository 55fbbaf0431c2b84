//! What a limit looks like: the words in which agents and their servers say "not now", and the time in them. Times of
//! day are local, as the agents print them; where one could be meant of two days the next one is.

use super::Trouble;
use crate::domain::text::plain_line;
use chrono::{DateTime, Datelike, Days, Months, NaiveDateTime, NaiveTime, TimeZone};
use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// How much of an agent's words is kept: all that could hold a secret to be taken out, before it is cut to be shown.
const WORDS: usize = 4000;

/// A time of day that is at most so many seconds past is not tomorrow's: the limit was about to end.
const JUST_PAST: i64 = 3600;

/// An agent's words about why it stopped.
#[derive(Clone, Copy, Debug)]
pub enum Words<'a> {
    /// A failure that it reported.
    Reported(&'a str),
    /// What it, or a program of its, printed last.
    Printed(&'a str),
}

/// Words of limits, small letters.
const LIMITS: &[&str] = &[
    "limit reached",
    "usage limit",
    "hit your limit",
    "rate limit",
    "rate_limit",
    "too many requests",
    "quota exceeded",
    "exceeded your current quota",
    "overloaded",
    "server_error",
    "server-side issue",
    "high demand",
];

/// Words of a server that cannot be reached: believed where the agent reports a failure of its own, and not of whatever
/// was printed last.
const SERVERS: &[&str] = &[
    "connection refused",
    "connection error",
    "econnrefused",
    "econnreset",
    "etimedout",
    "timed out",
    "unable to connect",
    "error sending request",
    "stream disconnected",
];

/// Words of a login or an account that a person has to see to.
const REFUSES: &[&str] = &[
    "not logged in",
    "please run /login",
    "invalid api key",
    "authentication_failed",
    "failed to authenticate",
    "credit balance is too low",
    "insufficient credits",
    "insufficient balance",
    "requires more credits",
    "payment required",
    "check your plan and billing",
    "insufficient_quota",
    "missing environment variable",
    "model_not_found",
    "token has expired",
];

/// What an agent's last words say about why it stopped. `now` is the time at which it said so, in the local zone.
pub fn trouble<Z: TimeZone>(words: Words<'_>, now: &DateTime<Z>) -> Trouble {
    let (words, servers) = match words {
        Words::Reported(words) => (words, SERVERS),
        Words::Printed(words) => (words, &[][..]),
    };
    let (small, shown) = (words.to_lowercase(), plain_line(words, WORDS));
    let has = |list: &[&str]| list.iter().any(|w| small.contains(w));
    let status = STATUS.captures(&small).and_then(|found| found[1].parse::<u16>().ok());
    if (has(REFUSES) || matches!(status, Some(401..=403))) && !small.contains("limit reached") {
        return Trouble::Refused { words: shown };
    }
    if has(LIMITS) || has(servers) || matches!(status, Some(429 | 500..=599)) {
        return Trouble::Limit { words: shown, until: until(&small, now) };
    }
    Trouble::Other { words: shown }
}

/// How the last words of a program that drover does not know are read: regular expressions, without regard to case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Patterns {
    /// Of a limit, or of its server's fault.
    pub limited: Vec<String>,
    /// Of what a person has to see to.
    pub refused: Vec<String>,
}

impl Patterns {
    /// Whether there are any.
    pub fn are_given(&self) -> bool {
        !(self.limited.is_empty() && self.refused.is_empty())
    }

    /// What these words say about why a turn failed.
    pub fn trouble<Z: TimeZone>(&self, words: &str, now: &DateTime<Z>) -> Trouble {
        let small = words.to_lowercase();
        let like = |patterns: &[String]| {
            let mut compiled =
                patterns.iter().filter_map(|p| RegexBuilder::new(p).case_insensitive(true).build().ok());
            compiled.any(|p| p.is_match(words))
        };
        let words = plain_line(words, WORDS);
        match (like(&self.refused), like(&self.limited)) {
            (true, _) => Trouble::Refused { words },
            (false, true) => Trouble::Limit { words, until: until(&small, now) },
            (false, false) => Trouble::Other { words },
        }
    }
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("it is written here")
}

/// A status of HTTP, as agents quote it; not any number of three digits.
static STATUS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:^|error:?|status:?|status code:?|http|\()\s*([45]\d\d)\b"));
static EPOCH: LazyLock<Regex> = LazyLock::new(|| pattern(r"limit reached\|(\d{10})\b"));
/// Behind these words a time stands, and soon.
static WHEN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\bresets\b|\breset (?:at|on)\b|\bagain (?:at|on)\b"));
const SOON_AFTER: usize = 48;
static SPAN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:in|after:?|retry-after:?)\s+((?:\d+(?:\.\d+)?\s*(?:days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)?\b[\s,]*(?:and\s+)?)+)",
    )
});
static PIECE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\d+)(?:\.\d+)?\s*([a-z]*)"));
static DAY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:resets?|again)\s+(?:on\s+|at\s+)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?",
    )
});
static CLOCK: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(\d{1,2})(?::(\d{2}))?\s*(am|pm)\b|\b(\d{1,2}):(\d{2})\b"));

/// The time that the words name, in seconds since 1970.
fn until<Z: TimeZone>(small: &str, now: &DateTime<Z>) -> Option<i64> {
    if let Some(epoch) = EPOCH.captures(small) {
        return epoch[1].parse().ok();
    }
    if let Some(said) = WHEN.find(small) {
        let after: String = small[said.start()..].chars().take(SOON_AFTER).collect();
        if let Some(time) = clock(&after, now) {
            return Some(time);
        }
    }
    SPAN.captures(small).map(|found| now.timestamp().saturating_add(span(&found[1])))
}

fn span(text: &str) -> i64 {
    let piece = |p: regex::Captures<'_>| {
        let unit = match p[2].chars().next() {
            Some('d') => 86_400,
            Some('h') => 3_600,
            Some('m') => 60,
            _ => 1,
        };
        p[1].parse::<i64>().unwrap_or(0).saturating_mul(unit)
    };
    // Half a second more than said is no harm; less is another failure.
    PIECE.captures_iter(text).map(piece).fold(0, i64::saturating_add).saturating_add(1)
}

/// The next time at which it is this time of day, on the day that stands before it if one does.
fn clock<Z: TimeZone>(text: &str, now: &DateTime<Z>) -> Option<i64> {
    let time = time_of_day(text)?;
    let today = now.naive_local().date();
    let Some(day) = DAY.captures(text) else {
        let at = instant(today.and_time(time), now)?;
        return match now.timestamp() - at {
            ..0 => Some(at),
            0..=JUST_PAST => None,
            _ => instant(today.and_time(time).checked_add_days(Days::new(1))?, now),
        };
    };
    let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let month = months.iter().position(|m| *m == &day[1])? as u32 + 1;
    let date = today.with_day(1)?.with_month(month)?.with_day(day[2].parse().ok()?)?;
    let at = date.and_time(time);
    // A day that is long past is the next year's.
    let past = at < now.naive_local().checked_sub_days(Days::new(2))?;
    instant(if past { at.checked_add_months(Months::new(12))? } else { at }, now)
}

fn time_of_day(text: &str) -> Option<NaiveTime> {
    let found = CLOCK.captures(text)?;
    let number = |group: usize| found.get(group).map_or(Some(0), |g| g.as_str().parse::<u32>().ok());
    let Some(half) = found.get(3) else { return NaiveTime::from_hms_opt(number(4)?, number(5)?, 0) };
    let hour = number(1)? % 12 + if half.as_str() == "pm" { 12 } else { 0 };
    NaiveTime::from_hms_opt(hour, number(2)?, 0)
}

/// A local time as an instant; one that a change of the clocks skips is the hour after.
fn instant<Z: TimeZone>(at: NaiveDateTime, now: &DateTime<Z>) -> Option<i64> {
    let zone = now.timezone();
    let there = zone.from_local_datetime(&at).latest();
    let there = there.or_else(|| zone.from_local_datetime(&(at + chrono::TimeDelta::hours(1))).latest());
    there.map(|t| t.timestamp())
}

#[cfg(test)]
#[path = "limit_tests.rs"]
mod tests;
