//! Moments and lengths of time. The domain is told what time it is; it never looks.

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A moment, in whole seconds since 1970-01-01 UTC. Files hold it as RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Seconds from `earlier` to this moment; never negative, since clocks step back.
    pub fn since(self, earlier: Timestamp) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }

    /// This moment `seconds` later.
    pub fn plus(self, seconds: u64) -> Timestamp {
        Timestamp(self.0.saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A year of other than four digits is no RFC 3339: what is written must be read again.
        let moment = DateTime::<Utc>::from_timestamp(self.0, 0).filter(|m| (0..=9999).contains(&m.year()));
        match moment {
            Some(moment) => f.write_str(&moment.to_rfc3339_opts(SecondsFormat::Secs, true)),
            None => write!(f, "@{}", self.0),
        }
    }
}

/// A text that is no RFC 3339 time.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' is no time such as 2026-01-31T22:00:00Z")]
pub struct BadTime(String);

impl TryFrom<String> for Timestamp {
    type Error = BadTime;
    fn try_from(text: String) -> Result<Self, BadTime> {
        if let Some(seconds) = text.strip_prefix('@').and_then(|s| s.parse().ok()) {
            return Ok(Timestamp(seconds));
        }
        DateTime::parse_from_rfc3339(&text).map(|t| Timestamp(t.timestamp())).map_err(|_| BadTime(text))
    }
}

impl std::str::FromStr for Timestamp {
    type Err = BadTime;
    fn from_str(text: &str) -> Result<Self, BadTime> {
        Timestamp::try_from(text.to_string())
    }
}

impl From<Timestamp> for String {
    fn from(t: Timestamp) -> String {
        t.to_string()
    }
}

/// One minute, one hour and one day in seconds.
pub const MINUTE: u64 = 60;
/// See [`MINUTE`].
pub const HOUR: u64 = 60 * MINUTE;
/// See [`MINUTE`].
pub const DAY: u64 = 24 * HOUR;

/// A length of time for people: the two largest units, `2h 5m`, `41s`, `3d 4h`.
pub fn human(seconds: u64) -> String {
    let units = [(DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (1, "s")];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (size, name) in units {
        if rest >= size && parts.len() < 2 {
            parts.push(format!("{}{name}", rest / size));
            rest %= size;
        } else if !parts.is_empty() {
            break;
        }
    }
    if parts.is_empty() { "0s".to_string() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_has_its_two_largest_units() {
        for (seconds, words) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m"),
            (3661, "1h 1m"),
            (DAY + HOUR + MINUTE + 1, "1d 1h"),
            (DAY + MINUTE, "1d"),
        ] {
            assert_eq!(human(seconds), words);
        }
    }

    #[test]
    fn files_hold_rfc3339_and_give_it_back() {
        let t: Timestamp = serde_json::from_str("\"2026-11-21T08:00:00Z\"").unwrap();
        assert_eq!(serde_json::to_string(&t).unwrap(), "\"2026-11-21T08:00:00Z\"");
        assert!("yesterday".parse::<Timestamp>().is_err());
        for far in [i64::MIN, -62_167_219_201, -62_167_219_200, 253_402_300_799, 253_402_300_800, i64::MAX] {
            assert_eq!(Timestamp(far).to_string().parse::<Timestamp>().unwrap(), Timestamp(far));
        }
    }

    #[test]
    fn a_clock_that_steps_back_gives_no_negative_length() {
        assert_eq!(Timestamp(5).since(Timestamp(9)), 0);
        assert_eq!(Timestamp(9).since(Timestamp(5)), 4);
        assert_eq!(Timestamp(i64::MIN).since(Timestamp(i64::MAX)), 0);
    }

    #[test]
    fn people_read_the_two_largest_units() {
        for (seconds, text) in [
            (0, "0s"),
            (41, "41s"),
            (61, "1m 1s"),
            (7500, "2h 5m"),
            (3 * DAY + 4 * HOUR, "3d 4h"),
            (HOUR, "1h"),
            (DAY + 5, "1d"),
        ] {
            assert_eq!(human(seconds), text);
        }
    }
}
