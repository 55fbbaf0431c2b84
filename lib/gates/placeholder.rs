//! Values that have the form of a secret and are none: documentation, templates and references to a variable.

use std::collections::HashMap;

/// Words that no random token holds and every made-up one might.
const MADE_UP: &[&str] = &[
    "example",
    "placeholder",
    "changeme",
    "change-me",
    "change_me",
    "redacted",
    "dummy",
    "your_",
    "your-",
    "yourtoken",
    "insert",
    "notreal",
    "not-a-real",
    "not_a_real",
];

/// Whole values that stand for one to be put in.
const WHOLE: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "user",
    "username",
    "pass",
    "pwd",
    "test",
    "testing",
    "none",
    "null",
    "todo",
    "fixme",
    "default",
    "string",
    "value",
    "admin",
    "root",
    "guest",
    "postgres",
    "mysql",
    "letmein",
    "hunter2",
    "foobar",
    "secret123",
    "password1",
    "password123",
    "test1234",
    "changeit",
];

/// The claim of the token that the standard's own site shows, `"sub":"1234567890"` in its base64.
const SAMPLE_CLAIM: &str = "eyJzdWIiOiIxMjM0NTY3ODkw";

/// Whether a value in the place of a secret is one to be filled in, or a name for one.
pub fn is_placeholder(value: &str) -> bool {
    let lower = value.to_lowercase();
    reference(value)
        || MADE_UP.iter().any(|word| lower.contains(word))
        || WHOLE.contains(&lower.as_str())
        || value.contains(SAMPLE_CLAIM)
        || repeats(&lower)
        || counts_up(&lower)
        || entropy(body(value)) < 2.0
}

/// A variable, a command, a template's field: `${X}`, `$(x)`, `<token>`, `{{ x }}`, `%X%`.
fn reference(value: &str) -> bool {
    let value = value.trim_matches(['"', '\'', '`']);
    value.starts_with(['$', '<', '{', '%'])
        || value.contains("${")
        || value.contains("{{")
        || value.contains("$(")
}

/// Four `x` or other signs of a blank in a row, or six of anything.
fn repeats(lower: &str) -> bool {
    let (mut run, mut last) = (0, '\0');
    for c in lower.chars() {
        run = if c == last { run + 1 } else { 1 };
        last = c;
        if run >= 6 || (run >= 4 && "x*#.…".contains(c)) {
            return true;
        }
    }
    false
}

/// Eight characters that follow each other as in the alphabet or in counting.
fn counts_up(lower: &str) -> bool {
    let bytes = lower.as_bytes();
    let next = |pair: &[u8]| pair[1] == pair[0] + 1 || (pair[0] == b'9' && pair[1] == b'0');
    let ordinary = |b: u8| b.is_ascii_alphanumeric();
    bytes.windows(8).any(|w| w.iter().all(|b| ordinary(*b)) && w.windows(2).all(next))
}

/// A token without its prefix, which says nothing about how random the rest is.
fn body(value: &str) -> &str {
    value.get(value.len().saturating_sub(20)..).unwrap_or(value)
}

/// How many bits a character of the text tells on average.
pub fn entropy(text: &str) -> f64 {
    let mut counts = HashMap::new();
    let mut total = 0.0;
    for c in text.chars() {
        *counts.entry(c).or_insert(0.0) += 1.0;
        total += 1.0;
    }
    counts.values().map(|n: &f64| -(n / total) * (n / total).log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_to_be_filled_in_is_known() {
        for value in [
            "AKIAIOSFODNN7EXAMPLE",
            "ghp_xxxxxxxxxxxxxxxxxxxx",
            "XXXXxxxx1a",
            "${DB_PASSWORD}",
            "$TOKEN",
            "<your token>",
            "{{ token }}",
            "%TOKEN%",
            "$(pass show x)",
            "changeme",
            "CHANGEME",
            "your_api_key",
            "hunter2",
            "************",
            "sk-1234567890abcdef",
            "abcdefghijkl",
            "ababababab",
            "000000000000",
            "",
            "prefix-${X}",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn what_could_be_real_is_not_explained_away() {
        for value in [
            "SuperSecret123",
            "xK9#mPq2vL",
            "tr0ub4dor&3",
            "a8f5f167f44f4964e6c998dee827110c",
            "my-Passw0rd-is-long",
        ] {
            assert!(!is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn entropy_is_that_of_the_characters() {
        assert_eq!((entropy(""), entropy("aaaa")), (0.0, 0.0));
        assert!((entropy("abab") - 1.0).abs() < 1e-9 && (entropy("abcd") - 2.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn any_value_has_an_answer(value in "(?s).{0,60}") {
            is_placeholder(&value);
        }
    }
}
