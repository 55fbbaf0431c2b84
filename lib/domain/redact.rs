//! Secrets taken out of text before it leaves for a log, a message, a comment or a notice: values that we
//! know, and whatever has the form of a token. Take terminal sequences out first: a token in two colours has
//! no such form. Ids of commits and digests have no form of their own among these and stay.

#[cfg(test)]
pub(crate) mod samples;
mod tokens;

pub(crate) use tokens::{Token, tokens};

use crate::twin::{self, Twin};
use regex::Regex;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

const REDACTED: &str = "[redacted]";
/// Shorter values would take ordinary words out of every text.
const SHORTEST: usize = 6;

/// Whether a value is long enough to be looked for.
pub fn is_known(secret: &str) -> bool {
    secret.trim().chars().count() >= SHORTEST
}

/// Takes secrets out of texts.
#[derive(Clone, Default)]
pub struct Redactor {
    /// The known values, in every form in which they are looked for.
    known: BTreeSet<String>,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} forms)", self.known.len())
    }
}

impl Redactor {
    /// A redactor that knows these values besides the usual forms of tokens. White space around a value is no
    /// part of it; values under 6 characters are ignored.
    pub fn new(secrets: impl IntoIterator<Item = String>) -> Self {
        let forms = secrets.into_iter().flat_map(|secret| forms(secret.trim()));
        Redactor { known: forms.filter(|f| f.chars().count() >= SHORTEST).collect() }
    }

    /// The text with `[redacted]` for each secret in it.
    pub fn redact(&self, text: &str) -> String {
        if twin::is(Twin::Unredacted) {
            return text.to_string();
        }
        let mut found: Vec<Range<usize>> = tokens(text).into_iter().map(|t| t.at).collect();
        found.extend(self.known.iter().flat_map(|value| occurrences(text, value)));
        found.extend(in_context(text));
        without(text, found)
    }
}

/// How a value may stand in a text: as it is, within a URL, within JSON.
fn forms(secret: &str) -> Vec<String> {
    let percent = |upper: bool| -> String {
        let code = |b: u8| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(b).to_string(),
            _ if upper => format!("%{b:02X}"),
            _ => format!("%{b:02x}"),
        };
        secret.bytes().map(code).collect()
    };
    let quoted = serde_json::Value::from(secret).to_string();
    vec![secret.to_string(), percent(true), percent(false), quoted[1..quoted.len() - 1].to_string()]
}

/// All places of a value, those that overlap too.
fn occurrences(text: &str, value: &str) -> Vec<Range<usize>> {
    let step = value.chars().next().map_or(1, char::len_utf8);
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(value).map(|at| from + at) {
        found.push(at..at + value.len());
        from = at + step;
    }
    found
}

fn without(text: &str, mut secrets: Vec<Range<usize>>) -> String {
    secrets.sort_by_key(|s| s.start);
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for secret in secrets {
        // One that begins within another makes it longer.
        if secret.start >= done {
            out.push_str(&text[done..secret.start]);
            out.push_str(REDACTED);
        }
        done = done.max(secret.end);
    }
    out.push_str(&text[done..]);
    out
}

/// What is a secret because of what stands before it. The first group that took part is the value.
const CONTEXTS: &[&str] = &[
    // NAME_TOKEN=value as in shells, .env files and queries; with spaces or a colon only before a quoted
    // value.
    r#"(?i)[A-Z0-9_.-]*(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)(?:=(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"'&;,)<>]+))|["']?[ \t]*[:=][ \t]*(?:"([^"\n]+)"|'([^'\n]+)'))"#,
    r#"(?i)\bauthorization["']?[ \t]*[:=][ \t]*["']?(?:basic|bearer|token)[ \t]+([^\s"',]+)"#,
    r#"(?i)\b(?:private-token|job-token|x-api-key|x-auth-token|x-gitlab-token)["']?[ \t]*[:=][ \t]*["']?([^\s"',]+)"#,
    r"(?i)\bbearer[ \t]+([A-Za-z0-9._~+/=-]{6,})",
    r#"\bcurl\b[^\n]*?\s(?:-u|--user)[ =]?["']?[^\s:"']+:([^\s"']+)"#,
    // A long user name without a password in a URL is a token.
    r"://([A-Za-z0-9_-]{20,})@",
];

static IN_CONTEXT: LazyLock<Vec<Regex>> =
    LazyLock::new(|| CONTEXTS.iter().map(|pattern| tokens::literal(pattern)).collect());

fn in_context(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for pattern in IN_CONTEXT.iter() {
        for groups in pattern.captures_iter(text) {
            let value = groups.iter().skip(1).flatten().next();
            found.extend(value.filter(|v| tells_something(groups.get(0), v.as_str())).map(|v| v.range()));
        }
    }
    found
}

/// Whether a value in such a place can be a secret: no reference to a variable, no `none`, and behind a bare
/// `bearer` no ordinary word.
fn tells_something(whole: Option<regex::Match<'_>>, value: &str) -> bool {
    let nothing =
        ["none", "null", "nil", "true", "false", "undefined"].iter().any(|n| value.eq_ignore_ascii_case(n));
    let reference =
        value.starts_with(['$', '{', '<']) || value.bytes().all(|b| b == b'*') || value == REDACTED;
    let bare = whole.is_some_and(|w| w.as_str().get(..6).is_some_and(|s| s.eq_ignore_ascii_case("bearer")));
    let word = bare && value.len() < 20 && !value.bytes().any(|b| b.is_ascii_digit());
    !(nothing || reference || word)
}

#[cfg(test)]
mod tests {
    #[test]
    fn short_values_are_not_looked_for() {
        assert!(super::is_known("secret") && super::is_known(" secret "));
        assert!(!super::is_known("short") && !super::is_known(" short "));
    }

    #[test]
    fn what_tells_nothing_stays() {
        let redactor = super::Redactor::new(Vec::<String>::new());
        for plain in [
            "password=**********",
            "password=[redacted]",
            "password=$VAULT",
            "password='<yours>'",
            "token=none",
        ] {
            assert_eq!(redactor.redact(plain), plain);
        }
        let word = |length: usize| format!("Bearer {}", "abcdefghijklmnopqrstu".get(..length).unwrap());
        assert_eq!(redactor.redact(&word(19)), word(19), "a word of a sentence");
        assert!(redactor.redact(&word(20)).contains("[redacted]"));
    }

    use super::samples::{FAMILIES, an, hex, pem};
    use super::*;
    use proptest::prelude::*;

    fn with(secrets: &[&str]) -> Redactor {
        Redactor::new(secrets.iter().map(|s| s.to_string()))
    }

    fn plain(text: &str) -> String {
        Redactor::default().redact(text)
    }

    #[test]
    fn known_values_go_in_every_form() {
        let redactor = with(&["p@ss w\u{f6}rd\"1"]);
        for form in
            ["p@ss w\u{f6}rd\"1", "p%40ss%20w%C3%B6rd%221", "p%40ss%20w%c3%b6rd%221", "p@ss w\u{f6}rd\\\"1"]
        {
            assert_eq!(redactor.redact(&format!("<{form}>")), "<[redacted]>", "{form}");
        }
    }

    #[test]
    fn short_values_and_the_space_around_them_are_ignored() {
        assert_eq!(with(&["abc", "", "12345", "  a \n"]).redact("abc 12345 a"), "abc 12345 a");
        assert_eq!(with(&["  opensesame\n"]).redact("say opensesame!"), "say [redacted]!");
        assert_eq!(
            with(&["\u{f6}\u{f6}\u{f6}\u{f6}\u{f6}"]).redact("\u{f6}\u{f6}\u{f6}\u{f6}\u{f6}"),
            "\u{f6}\u{f6}\u{f6}\u{f6}\u{f6}"
        );
    }

    #[test]
    fn values_that_overlap_or_contain_each_other_leave_nothing() {
        let redactor = with(&["abcdef", "abcdefghij", "efghijkl"]);
        assert_eq!(redactor.redact("xabcdefghijklx"), "x[redacted]x");
        assert_eq!(with(&["aaaaaa"]).redact(&format!("x{}x", "a".repeat(17))), "x[redacted]x");
        assert_eq!(with(&["aaaaaa"]).redact("aaaaaaaaaaaa"), "[redacted]");
    }

    #[test]
    fn tokens_of_every_family_leave_no_trace() {
        for (seed, family) in (1..).zip(FAMILIES) {
            let token = (family.token)(seed);
            let clean = plain(&format!("before {token} after"));
            let secret =
                tokens(&token).into_iter().map(|t| token[t.at].to_string()).max_by_key(String::len).unwrap();
            assert!(clean.contains(REDACTED) && !clean.contains(&secret), "{clean}");
            assert!(clean.starts_with("before ") && clean.ends_with(" after"), "{clean}");
        }
    }

    #[test]
    fn a_key_block_goes_whole_even_if_it_was_cut() {
        let key = pem("RSA ", "", 6, 3);
        assert_eq!(plain(&format!("a\n{key}\nb")), "a\n[redacted]\nb");
        let cut = &key[..200];
        assert_eq!(plain(&format!("a\n{cut}\n[cut]")), "a\n[redacted][cut]");
        let logged: String = key.lines().map(|l| format!("| {l}\n")).collect();
        assert!(!plain(&logged).contains(&an(20, 3)), "{}", plain(&logged));
    }

    #[test]
    fn what_stands_behind_a_telling_name_goes() {
        for (text, clean) in [
            ("PASSWORD=abc", "PASSWORD=[redacted]"),
            ("export DB_PASSWORD='a b c' X=1", "export DB_PASSWORD='[redacted]' X=1"),
            ("FORGE_TOKEN=x1 CLIENT_SECRET=y2", "FORGE_TOKEN=[redacted] CLIENT_SECRET=[redacted]"),
            ("https://h/x?access_token=abc&y=1", "https://h/x?access_token=[redacted]&y=1"),
            ("--password=hunter2 --x", "--password=[redacted] --x"),
            ("{\"password\": \"hunter2\", \"n\": 1}", "{\"password\": \"[redacted]\", \"n\": 1}"),
            ("api_key = 'abc'", "api_key = '[redacted]'"),
            ("password: \"abc\"", "password: \"[redacted]\""),
            ("Authorization: Bearer abcdef", "Authorization: Bearer [redacted]"),
            ("Authorization: token abc", "Authorization: token [redacted]"),
            ("-H 'authorization: Basic dTpw'", "-H 'authorization: Basic [redacted]'"),
            ("PRIVATE-TOKEN: abc", "PRIVATE-TOKEN: [redacted]"),
            ("x-api-key: abc", "x-api-key: [redacted]"),
            ("sent bearer a1b2c3d4", "sent bearer [redacted]"),
            ("https://bob:hunter2@forge.org/x", "https://bob:[redacted]@forge.org/x"),
            ("redis://:hunter2@127.0.0.1", "redis://:[redacted]@127.0.0.1"),
            ("https://a:p@ss:w@host.test", "https://a:[redacted]@host.test"),
            ("curl -s -u bob:hunter2 https://x", "curl -s -u bob:[redacted] https://x"),
        ] {
            assert_eq!(plain(text), clean);
        }
        let url = format!("https://{}@forge.org/x", hex(40, 1));
        assert_eq!(plain(&url), "https://[redacted]@forge.org/x");
        assert_eq!(plain(&format!("TOKEN={}", hex(40, 1))), "TOKEN=[redacted]");
    }

    #[test]
    fn ids_of_commits_and_digests_stay() {
        for seed in 1..50 {
            let (sha, digest) = (hex(40, seed), hex(64, seed));
            for text in [
                format!("commit {sha}\nAuthor: a"),
                format!("HEAD is now at {}", &sha[..10]),
                format!("image@sha256:{digest}"),
                format!("sha256:{digest}"),
                format!("GIT_COMMIT={sha}"),
                format!("{digest}  file.tar.gz"),
                format!("https://forge.org/o/r/commit/{sha}"),
                format!("index {sha}..{sha}"),
                format!("checksum = \"{digest}\""),
                format!("\"sha\": \"{sha}\""),
                format!("git+https://forge.org/o/r?rev={sha}#{sha}"),
                format!("docker pull reg.org:5000/a/b@sha256:{digest}"),
                format!("ETag: \"{digest}\""),
            ] {
                assert_eq!(plain(&text), text);
            }
        }
    }

    #[test]
    fn ordinary_words_stay() {
        for text in [
            "error: unexpected token: `}`",
            "max_tokens=4096",
            "the bearer token was refused",
            "Bearer authentication failed",
            "password:",
            "PASSWORD=",
            "TOKEN=$OTHER",
            "let token = next();",
            "token=None",
            "PASSWORD=${DB}",
            "git clone ssh://git@forge.org/o/r.git",
            "http://localhost:8080/a@b",
            "tokenizer=fast1",
            "Password for 'https://forge.org':",
            "docker run -u 1000:1000 x",
        ] {
            assert_eq!(plain(text), text);
        }
    }

    #[test]
    fn its_debug_form_shows_no_value() {
        assert_eq!(format!("{:?}", with(&["opensesame"])), "Redactor(1 forms)");
    }

    proptest! {
        #[test]
        fn no_known_value_is_left(secret in "[ -~]{6,20}", before in "(?s).{0,40}", after in "(?s).{0,40}") {
            let secret = secret.trim().to_string();
            // What stands in the replacement itself cannot be told from it.
            prop_assume!(secret.chars().count() >= SHORTEST && !REDACTED.contains(&secret));
            let clean = Redactor::new([secret.clone()]).redact(&format!("{before}{secret}{after}{secret}"));
            let rest = clean.replace(REDACTED, "\u{0}");
            prop_assert!(!rest.contains(&secret));
        }

        #[test]
        fn any_text_is_redacted_and_grows_only_by_replacements(text in "(?s).{0,200}|([\"'=: ]|token|PASSWORD|Bearer|://|@|[a-z0-9]{8}){0,30}") {
            let clean = plain(&text);
            prop_assert!(clean.len() <= text.len() + REDACTED.len() * (text.len() + 1));
            prop_assert!(clean.contains(REDACTED) || clean == text);
        }
    }
}
