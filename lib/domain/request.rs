//! What a session asks for through its phase file. The text is untrusted: whatever it holds, reading it gives
//! one of these values and never an error.

use super::brackets;
use serde::{Deserialize, Serialize};

/// What tells one write of the phase file from the next, even with the same words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Inode of the file.
    pub inode: u64,
    /// Time of its last change, in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Its length in bytes.
    pub size: u64,
    /// A hash of what was read of it.
    pub hash: u64,
}

/// A request, as the words mean it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// This round is finished: the work is committed.
    Finished,
    /// A person is needed, with the reason given.
    Escalate(String),
    /// The session cannot go on, with the reason given.
    Failed(String),
    /// The session declines the issue; what it declines for stands in the summary file.
    Refused,
    /// The session claims that nothing more is needed.
    Done,
    /// The file is there but empty: it is being written.
    Empty,
    /// Anything else; the first line as it stood.
    Garbage(String),
}

/// The words a session may write, for messages and docs.
pub const WORDS: &[(&str, &str)] = &[
    ("awaiting_ci", "this round is finished: the work is committed"),
    ("awaiting_review", "the same as awaiting_ci"),
    ("escalate", "a person is needed; put `Reason: …` on the second line"),
    ("needs_human", "the same as escalate"),
    ("failed", "cannot go on; put `Reason: …` on the second line (`refused` with JSON in the summary file)"),
    ("done", "nothing more is needed; believed only when the forge or git says so"),
    ("merged", "the same as done"),
];

/// Reads the text of a phase file.
pub fn parse(text: &str) -> Request {
    let first: String = text.lines().next().unwrap_or("").split_whitespace().collect();
    if text.trim().is_empty() {
        return Request::Empty;
    }
    let word = first.strip_prefix("PHASE:").unwrap_or("");
    match word {
        "awaiting_ci" | "awaiting_review" => Request::Finished,
        "escalate" | "needs_human" => Request::Escalate(reason(text)),
        "failed" if reason(text) == "refused" => Request::Refused,
        "failed" => Request::Failed(reason(text)),
        "done" | "merged" => Request::Done,
        _ => Request::Garbage(text.lines().next().unwrap_or("").chars().take(120).collect()),
    }
}

fn reason(text: &str) -> String {
    let given = text.lines().skip(1).find_map(|l| l.trim().strip_prefix("Reason:")).unwrap_or("").trim();
    if given.is_empty() { "no reason given".to_string() } else { given.chars().take(2000).collect() }
}

/// Why a session declines an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is too much for one issue, or not specified well enough.
    TooLarge(String),
    /// Something else must be done first; the open issue that it names, if it names one.
    UnmetDependency {
        /// The session's words.
        reason: String,
        /// The issue it waits for.
        on: Option<u64>,
    },
    /// It has been done already; the pull or the commit it names, if any.
    AlreadyDone {
        /// The session's words.
        reason: String,
        /// A pull number or a commit id.
        proof: Option<String>,
    },
    /// The summary file held nothing of this kind.
    Unreadable(String),
}

#[derive(Deserialize)]
struct Words {
    #[serde(default)]
    status: String,
    #[serde(default)]
    reason: serde_json::Value,
    #[serde(default)]
    blocked_by: serde_json::Value,
    #[serde(default)]
    suggestion: serde_json::Value,
    #[serde(default)]
    pull: serde_json::Value,
    #[serde(default)]
    commit: serde_json::Value,
}

/// Reads the JSON of a refusal from the text of a summary file.
pub fn parse_refusal(summary: &str) -> Refusal {
    let unreadable = || Refusal::Unreadable(summary.chars().take(200).collect());
    if brackets::too_many(summary.as_bytes()) {
        return unreadable();
    }
    let Ok(words) = serde_json::from_str::<Words>(summary.trim()) else { return unreadable() };
    let reason = first_text([&words.reason, &words.blocked_by]);
    match words.status.as_str() {
        "too_large" => Refusal::TooLarge(reason),
        "unmet_dependency" => {
            let on = [&words.suggestion, &words.blocked_by].into_iter().find_map(first_number);
            Refusal::UnmetDependency { reason, on }
        }
        "already_done" => {
            let proof =
                [&words.commit, &words.pull].into_iter().find_map(as_text).or_else(|| named_in(&reason));
            Refusal::AlreadyDone { reason, proof }
        }
        other => Refusal::Unreadable(format!("status '{}'", other.chars().take(60).collect::<String>())),
    }
}

fn as_text(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(s) if !s.trim().is_empty() => Some(s.trim().chars().take(2000).collect()),
        serde_json::Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

fn first_text<const N: usize>(values: [&serde_json::Value; N]) -> String {
    values.into_iter().find_map(as_text).unwrap_or_else(|| "no reason given".into())
}

fn first_number(value: &serde_json::Value) -> Option<u64> {
    if let Some(list) = value.as_array() {
        return list.iter().find_map(first_number);
    }
    value.as_u64().or_else(|| {
        let text = value.as_str()?;
        let at = text.find('#')?;
        text[at + 1..].chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok()
    })
}

/// A `#12` or a commit id of at least seven digits somewhere in the words.
fn named_in(reason: &str) -> Option<String> {
    let clean = |w: &str| w.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '#').to_string();
    let is_pull = |w: &String| {
        w.strip_prefix('#').is_some_and(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit()))
    };
    let is_commit = |w: &String| {
        (7..=64).contains(&w.len()) && w.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    reason.split_whitespace().map(clean).find(|w| is_pull(w) || is_commit(w))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_refusals_words_may_be_numbers_and_are_never_blank() {
        let reason = |json: &str| match parse_refusal(json) {
            Refusal::TooLarge(reason) => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(reason(r#"{"status": "too_large", "reason": 42}"#), "42");
        assert_eq!(reason(r#"{"status": "too_large", "reason": "  "}"#), "no reason given");
        assert_eq!(reason(r#"{"status": "too_large", "reason": " ", "blocked_by": 7}"#), "7");
    }

    #[test]
    fn only_a_number_with_its_mark_or_a_long_hexadecimal_word_is_a_proof() {
        let proof = |words: &str| match parse_refusal(&format!(
            r#"{{"status": "already_done", "reason": "{words}"}}"#
        )) {
            Refusal::AlreadyDone { proof, .. } => proof,
            other => panic!("{other:?}"),
        };
        for (words, found) in [
            ("done in #12", Some("#12")),
            ("# and #x and 12 and abc, then (deadbee).", Some("deadbee")),
            ("done in feature-x and deadbee1g", None),
            ("#", None),
            ("abcdef", None),
        ] {
            assert_eq!(proof(words).as_deref(), found, "{words}");
        }
        assert_eq!(proof(&"a".repeat(65)), None);
    }

    #[test]
    fn the_words_of_the_protocol_are_read() {
        for (text, want) in [
            ("PHASE:awaiting_ci", Request::Finished),
            ("PHASE:awaiting_ci\n", Request::Finished),
            (" PHASE: awaiting_review \r\n", Request::Finished),
            ("PHASE:escalate\nReason: which port?", Request::Escalate("which port?".into())),
            ("PHASE:needs_human\n", Request::Escalate("no reason given".into())),
            ("PHASE:failed\nReason: refused", Request::Refused),
            ("PHASE:failed\nReason: no compiler", Request::Failed("no compiler".into())),
            ("PHASE:done", Request::Done),
            ("PHASE:merged", Request::Done),
            ("", Request::Empty),
            (" \n\n", Request::Empty),
            ("awaiting_ci", Request::Garbage("awaiting_ci".into())),
            ("PHASE:landed", Request::Garbage("PHASE:landed".into())),
        ] {
            assert_eq!(parse(text), want, "{text:?}");
        }
    }

    #[test]
    fn every_listed_word_is_understood() {
        for (word, _) in WORDS {
            assert!(!matches!(parse(&format!("PHASE:{word}")), Request::Garbage(_)), "{word}");
        }
    }

    #[test]
    fn refusals_are_read_in_each_of_their_shapes() {
        use Refusal::*;
        let read = |s: &str| parse_refusal(s);
        assert_eq!(
            read(r#"{"status":"too_large","reason":"six features"}"#),
            TooLarge("six features".into())
        );
        let dep = |reason: &str, on| UnmetDependency { reason: reason.into(), on };
        assert_eq!(
            read(r#"{"status":"unmet_dependency","blocked_by":"the parser","suggestion":7}"#),
            dep("the parser", Some(7))
        );
        assert_eq!(
            read(r#"{"status":"unmet_dependency","blocked_by":"needs #12 first","suggestion":null}"#),
            dep("needs #12 first", Some(12))
        );
        assert_eq!(
            read(r#"{"status":"unmet_dependency","reason":"x","blocked_by":[3,4]}"#),
            dep("x", Some(3))
        );
        assert_eq!(read(r#"{"status":"unmet_dependency"}"#), dep("no reason given", None));
        let done = |reason: &str, proof: Option<&str>| AlreadyDone {
            reason: reason.into(),
            proof: proof.map(Into::into),
        };
        assert_eq!(
            read(r#"{"status":"already_done","reason":"in pull #9"}"#),
            done("in pull #9", Some("#9"))
        );
        assert_eq!(
            read(r#"{"status":"already_done","reason":"since abcdef1234."}"#),
            done("since abcdef1234.", Some("abcdef1234"))
        );
        assert_eq!(
            read(r#"{"status":"already_done","reason":"it is","commit":"abc1234"}"#),
            done("it is", Some("abc1234"))
        );
        assert_eq!(read(r#"{"status":"already_done","reason":"trust me"}"#), done("trust me", None));
        assert!(matches!(read("not json"), Unreadable(_)));
        assert!(matches!(read(r#"{"status":"bored"}"#), Unreadable(_)));
        assert!(matches!(read("[]"), Unreadable(_)));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "(?s).{0,400}") {
            parse(&text);
            parse_refusal(&text);
        }

        #[test]
        fn no_json_makes_the_reader_panic(status in "too_large|unmet_dependency|already_done", reason in "(?s).{0,80}") {
            let text = serde_json::json!({"status": status, "reason": reason, "blocked_by": reason}).to_string();
            prop_assert!(!matches!(parse_refusal(&text), Refusal::Unreadable(_)));
        }
    }
}
