//! Words in which agents and their servers said "not now". Those marked "seen" were printed by the real programs
//! (Claude Code 2.1.329, Codex 0.169.0, opencode 1.18.33) against a server that answered so; the others are the shapes
//! that people quote in public reports of them.

use super::*;
use chrono::FixedOffset;

/// Saturday 28 November 2026, 13:00, one hour east of Greenwich.
fn now() -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339("2026-11-28T13:00:00+01:00").unwrap()
}

fn at(text: &str) -> Option<i64> {
    Some(DateTime::parse_from_rfc3339(text).unwrap().timestamp())
}

#[test]
fn a_limit_is_known_with_the_time_that_it_names() {
    let soon = |seconds: i64| Some(now().timestamp() + seconds + 1);
    for (words, until) in [
        ("Claude AI usage limit reached|1795899600", Some(1_795_899_600)),
        ("5-hour limit reached ∙ resets 3pm", at("2026-11-28T15:00:00+01:00")),
        ("You've hit your limit · resets 1am (Europe/Berlin)", at("2026-11-29T01:00:00+01:00")),
        ("You've hit your limit · resets 1:30pm", at("2026-11-28T13:30:00+01:00")),
        ("Weekly limit reached ∙ resets Nov 30, 12am", at("2026-11-30T00:00:00+01:00")),
        ("Opus weekly limit reached ∙ resets Jan 2, 5:30pm", at("2027-01-02T17:30:00+01:00")),
        ("You've hit your usage limit. Try again at 3:45 PM.", at("2026-11-28T15:45:00+01:00")),
        ("You've hit your usage limit. Try again at Dec 2nd, 2026 9:05 AM.", at("2026-12-02T09:05:00+01:00")),
        (
            "You've hit your usage limit. Try again in 2 days 3 hours 5 minutes.",
            soon(2 * 86_400 + 3 * 3_600 + 300),
        ),
        ("usage limit reached, try again in 45 minutes", soon(2_700)),
        ("Weekly limit reached ∙ resets Nov 26, 1pm", at("2026-11-26T13:00:00+01:00")),
        // Just past: it was about to end, and is not tomorrow's.
        ("5-hour limit reached ∙ resets 1pm", None),
        ("5-hour limit reached ∙ resets 12:10pm", None),
        ("5-hour limit reached ∙ resets 11am", at("2026-11-29T11:00:00+01:00")),
        // A time that stands in something else is none.
        ("read ECONNRESET (429) at client.js:12:34", None),
        ("429 Too Many Requests; retry-after: 30", soon(30)),
        ("Rate limit reached for requests. Please try again in 1.5s.", soon(1)),
        // Seen.
        ("API Error: Request rejected (429) · fake 429", None),
        ("exceeded retry limit, last status: 429 Too Many Requests", None),
        (
            "API Error: 529 fake 529. This is a server-side issue, usually temporary — try again in a moment.",
            None,
        ),
        ("API Error: 500 fake 500. This is a server-side issue, usually temporary", None),
        ("unexpected status 529 <unknown status code>: fake 529, url: http://127.0.0.1/v1/responses", None),
        ("We’re currently experiencing high demand, which may cause temporary errors.", None),
        ("API Error: Connection refused — a firewall or proxy may be blocking it (ECONNREFUSED)", None),
    ] {
        match trouble(Words::Reported(words), &now()) {
            Trouble::Limit { until: found, .. } => assert_eq!(found, until, "{words}"),
            other => panic!("{words}: {other:?}"),
        }
    }
}

#[test]
fn what_a_person_has_to_see_to_is_no_limit() {
    for words in [
        "Failed to authenticate. API Error: 401 fake 401",
        "Not logged in · Please run /login",
        "API Error: 402 fake 402",
        "unexpected status 401 Unauthorized: fake 401, url: http://127.0.0.1/v1/responses",
        "ERROR: Missing environment variable: `FAKE_KEY`.",
        "Credit balance is too low",
        "Insufficient credits. Add more credits to your account.",
        "This request requires more credits, or fewer max_tokens.",
        "unexpected status 402 Payment Required: Insufficient Balance",
        "You exceeded your current quota, please check your plan and billing details.",
    ] {
        assert!(matches!(trouble(Words::Reported(words), &now()), Trouble::Refused { .. }), "{words}");
    }
}

#[test]
fn anything_else_is_told_in_its_own_words() {
    for words in
        ["error in line 500 of 1429 lines", "took 502 ms", "exit status 1", "panic: 403 widgets left over"]
    {
        assert!(matches!(trouble(Words::Reported(words), &now()), Trouble::Other { .. }), "{words}");
    }
    let other = trouble(Words::Reported("API Error: 400 fake 400\u{1b}[0m"), &now());
    assert_eq!(other, Trouble::Other { words: "API Error: 400 fake 400".into() });
    assert!(matches!(trouble(Words::Printed(""), &now()), Trouble::Other { .. }));
}

proptest::proptest! {
    #[test]
    fn any_words_are_read(words in "(?s).{0,200}|(resets|again at|in) [0-9a-z:, ]{0,40}") {
        if let Trouble::Limit { until: Some(until), .. } = trouble(Words::Reported(&format!("usage limit {words}")), &now()) {
            proptest::prop_assert!(until > 0 || words.contains('|'));
        }
    }
}

#[test]
fn a_program_that_nobody_knows_is_read_by_its_own_patterns() {
    let patterns =
        Patterns { limited: vec!["rate.?limit".into()], refused: vec!["bad key".into(), "[".into()] };
    let of = |words| patterns.trouble(words, &now());
    let limit = of("RateLimitError: try again in 30 minutes");
    assert!(matches!(limit, Trouble::Limit { until: Some(_), .. }), "{limit:?}");
    assert!(matches!(of("Bad Key"), Trouble::Refused { .. }));
    assert!(matches!(of("429 Too Many Requests"), Trouble::Other { .. }), "that is somebody else's word");
    let limited = Patterns { refused: vec![], ..patterns.clone() };
    let refused = Patterns { limited: vec![], ..patterns.clone() };
    assert!([&patterns, &limited, &refused].iter().all(|p| p.are_given()));
    assert!(!Patterns::default().are_given());
}

/// An hour east of Greenwich, where the clocks go forward at two: the hour after does not exist.
#[derive(Clone, Copy, Debug)]
struct Spring;

impl TimeZone for Spring {
    type Offset = FixedOffset;

    fn from_offset(_: &FixedOffset) -> Spring {
        Spring
    }

    fn offset_from_local_date(&self, _: &chrono::NaiveDate) -> chrono::MappedLocalTime<FixedOffset> {
        chrono::MappedLocalTime::Single(EAST)
    }

    fn offset_from_local_datetime(&self, at: &NaiveDateTime) -> chrono::MappedLocalTime<FixedOffset> {
        use chrono::Timelike;
        if at.hour() == 2 { chrono::MappedLocalTime::None } else { chrono::MappedLocalTime::Single(EAST) }
    }

    fn offset_from_utc_date(&self, _: &chrono::NaiveDate) -> FixedOffset {
        EAST
    }

    fn offset_from_utc_datetime(&self, _: &NaiveDateTime) -> FixedOffset {
        EAST
    }
}

const EAST: FixedOffset = FixedOffset::east_opt(3_600).unwrap();

#[test]
fn a_time_that_the_clocks_skip_is_the_hour_after() {
    let now = now().with_timezone(&Spring);
    match trouble(Words::Reported("usage limit reached, resets 2:30am"), &now) {
        Trouble::Limit { until, .. } => assert_eq!(until, at("2026-11-29T03:30:00+01:00")),
        other => panic!("{other:?}"),
    }
}
