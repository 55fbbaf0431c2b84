//! Staying away from a server that asked for it or that fails, over all processes: the pause is a file of the
//! state folder, one for each server.

use crate::domain::time::{HOUR, MINUTE, Timestamp};
use serde::{Deserialize, Serialize};

/// Longest pause that we make of ourselves, in seconds.
const LONGEST: u64 = 30 * MINUTE;
/// Longest that we believe a server's `Retry-After`, in seconds.
const BELIEVED: u64 = 6 * HOUR;

/// A pause, as it stands in `http/<server>.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Format version.
    pub version: u32,
    /// Nothing is asked before.
    pub until: Timestamp,
    /// Failures in a row.
    pub failures: u32,
    /// What the last one was.
    pub why: String,
}

/// The pause after another failure: what the server asks for, else 30 s, 1, 2, 4 … minutes.
pub fn after(before: Option<&Pause>, now: Timestamp, asked: Option<u64>, why: &str) -> Pause {
    let failures = before.map_or(0, |p| p.failures).saturating_add(1);
    let own = (MINUTE / 2) << (failures - 1).min(10);
    let seconds = asked.map_or(own.min(LONGEST), |seconds| seconds.clamp(1, BELIEVED));
    Pause { version: 1, until: now.plus(seconds), failures, why: why.into() }
}

/// Whether a pause holds. One that reaches further than any that we make is told by a clock that was wrong.
pub fn holds(pause: &Pause, now: Timestamp) -> bool {
    pause.until > now && pause.until.since(now) <= BELIEVED
}

/// The seconds that a `Retry-After` header asks for: a number, or a date against the server's own `Date`.
pub fn asked(retry_after: Option<&str>, date: Option<&str>) -> Option<u64> {
    let text = retry_after?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    let at = http_date(text)?;
    let now = http_date(date?)?;
    Some(at.since(now))
}

/// The seconds that the body of a refusal asks for: `retry_after_ms` of Matrix, `parameters.retry_after` of Telegram.
pub fn asked_in(body: &[u8]) -> Option<u64> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    let ms = body["retry_after_ms"].as_u64().map(|ms| ms.div_ceil(1000));
    ms.or(body["parameters"]["retry_after"].as_u64())
}

/// A time as HTTP writes it (RFC 9110, 5.6.7).
pub fn http_date(text: &str) -> Option<Timestamp> {
    chrono::DateTime::parse_from_rfc2822(text.trim()).ok().map(|at| Timestamp(at.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_half_an_hour_and_no_further() {
        let mut pause = None;
        let mut seconds = Vec::new();
        for _ in 0..9 {
            let next = after(pause.as_ref(), Timestamp(1000), None, "500");
            seconds.push(next.until.since(Timestamp(1000)));
            pause = Some(next);
        }
        assert_eq!(seconds, [30, 60, 120, 240, 480, 960, 1800, 1800, 1800]);
    }

    #[test]
    fn what_the_server_asks_for_counts_within_reason() {
        let until = |asked| after(None, Timestamp(0), asked, "").until;
        assert_eq!(until(Some(7)), Timestamp(7));
        assert_eq!(until(Some(0)), Timestamp(1));
        assert_eq!(until(Some(1 << 40)), Timestamp(6 * 3600));
    }

    #[test]
    fn messengers_ask_for_a_pause_in_the_body() {
        for (body, seconds) in [
            (r#"{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":1500}"#, Some(2)),
            (r#"{"ok":false,"error_code":429,"parameters":{"retry_after":35}}"#, Some(35)),
            (r#"{"retry_after_ms":"soon"}"#, None),
            ("{}", None),
            ("later", None),
        ] {
            assert_eq!(asked_in(body.as_bytes()), seconds, "{body}");
        }
    }

    #[test]
    fn a_retry_time_is_a_number_or_a_date_by_the_servers_own_clock() {
        assert_eq!(asked(Some(" 120 "), None), Some(120));
        let (at, now) = ("Fri, 31 Dec 1999 23:59:59 GMT", "Fri, 31 Dec 1999 23:59:29 GMT");
        assert_eq!(asked(Some(at), Some(now)), Some(30));
        assert_eq!(asked(Some(now), Some(at)), Some(0));
        for nothing in [asked(None, Some(now)), asked(Some("soon"), Some(now)), asked(Some(at), None)] {
            assert_eq!(nothing, None);
        }
    }

    #[test]
    fn a_pause_told_by_a_wrong_clock_holds_nobody() {
        let pause = Pause { version: 1, until: Timestamp(100_000), failures: 1, why: String::new() };
        assert!(holds(&pause, Timestamp(99_999)));
        assert!(!holds(&pause, Timestamp(100_000)));
        assert!(!holds(&pause, Timestamp(100)));
    }
}
