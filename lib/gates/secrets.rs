//! Secrets in what the commits add, line by line and commit by commit, and in their messages: what a later
//! commit takes out again is published all the same.

use super::placeholder::{entropy, is_placeholder};
use super::{Addition, Finding, Rules, additions, files, finding};
use crate::domain::diff::Diff;
use crate::domain::redact::{Token, tokens};
use regex::Regex;
use std::sync::LazyLock;

/// All findings about secrets.
pub fn refusals(diff: &Diff, rules: &Rules) -> Vec<Finding> {
    let mut found: Vec<Finding> = additions(diff, rules).iter().flat_map(in_lines).collect();
    for commit in &diff.commits {
        let place = format!("message of commit {}", commit.sha.short());
        found.extend(secrets(&commit.message).into_iter().map(|s| s.finding(&place)));
    }
    found
}

fn in_lines(addition: &Addition<'_>) -> Vec<Finding> {
    let texts: Vec<&str> = addition.lines.iter().map(|l| l.text.as_str()).collect();
    let text = texts.join("\n");
    let mut found = secrets(&text);
    if lenient(addition.path()) {
        found.retain(|s| !OFTEN_MADE_UP.contains(&s.gate));
    } else {
        found.extend(assignments(&text));
    }
    found.sort_by_key(|s| s.at);
    let mut findings = Vec::new();
    let (mut line, mut from) = (0, 0);
    for secret in found {
        line += text[from..secret.at].bytes().filter(|b| *b == b'\n').count();
        from = secret.at;
        findings.push(secret.finding(&addition.place(line)));
    }
    findings
}

/// A secret, without the secret.
struct Secret {
    gate: &'static str,
    name: &'static str,
    at: usize,
    /// The first characters, where they give nothing away.
    head: String,
    length: usize,
}

impl Secret {
    fn new(gate: &'static str, name: &'static str, at: usize, value: &str) -> Secret {
        let length = value.chars().count();
        // Of a short one four characters would be half of it; those of a key block say nothing.
        let telling = length >= 16 && !value.starts_with('-');
        let head = if telling { value.chars().take(4).collect() } else { String::new() };
        Secret { gate, name, at, head, length }
    }

    fn finding(&self, place: &str) -> Finding {
        let shown = if self.head.is_empty() { String::new() } else { format!("{}…, ", self.head) };
        let what = format!("{} ({shown}{} characters)", self.name, self.length);
        let remedy = "Take it out of this commit (amend or rebase, so that no commit holds it) and read it from the \
                      environment; a real one must be replaced.";
        finding(self.gate, place, what, remedy)
    }
}

/// What in the text has the form of a token and is no placeholder.
fn secrets(text: &str) -> Vec<Secret> {
    let real = |t: &Token| {
        let value = &text[t.at.clone()];
        match t.kind.id {
            "secret.private_key" => is_key_block(value),
            "secret.url_password" => !is_placeholder(value) && leads_somewhere(&text[t.at.end..]),
            // English holds no such words, but class names and the like do.
            "secret.openai" | "secret.huggingface" | "secret.crates" => {
                !is_placeholder(value) && mixed(value)
            }
            _ => !is_placeholder(value),
        }
    };
    let mut found: Vec<Token> = tokens(text).into_iter().filter(real).collect();
    found.sort_by_key(|t| t.at.start);
    // A token in the place of a URL's password is one secret, named for the family that comes first.
    let mut end = 0;
    found.retain(|t| {
        let apart = t.at.start >= end;
        end = end.max(t.at.end);
        apart
    });
    found.into_iter().map(|t| Secret::new(t.kind.id, t.kind.name, t.at.start, &text[t.at])).collect()
}

/// A header alone, as in documentation, is no key: there must be a body and an end.
fn is_key_block(value: &str) -> bool {
    let base64 = |word: &&str| {
        word.len() >= 20 && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
    };
    let words = value.split(|c: char| c.is_whitespace() || "\\\"',:|>".contains(c)).filter(base64);
    let body: String = words.collect();
    value.contains("-----END") && body.len() >= 64 && entropy(&body) > 2.5
}

/// Whether a URL whose password ends before this text names a host of the world: passwords for a database on
/// the developer's own machine are no secret.
fn leads_somewhere(after: &str) -> bool {
    let host = after
        .trim_start_matches('@')
        .split(|c: char| !(c.is_ascii_alphanumeric() || ".-".contains(c)))
        .next();
    let host = host.unwrap_or_default().to_lowercase();
    let own = ["127.", "0.0.0.0", "10.0.2.2"].iter().any(|p| host.starts_with(p));
    let reserved = [".local", ".localhost", ".test", ".invalid", ".example", ".internal"]
        .iter()
        .any(|s| host.ends_with(s));
    host.contains('.') && !own && !reserved && !host.contains("example.")
}

/// What tests, examples and documentation are full of, besides assigned passwords.
const OFTEN_MADE_UP: &[&str] = &["secret.url_password", "secret.jwt"];

/// Files in which made-up secrets are usual: tests, examples and documentation. Tokens whose form leaves no
/// doubt are looked for in these as well.
fn lenient(path: &str) -> bool {
    LENIENT.is_match(path) || files::is_lock_file(path)
}

static LENIENT: LazyLock<Regex> = LazyLock::new(|| {
    literal(
        r"(?i)(?:^|/)(?:tests?|spec|fixtures?|testdata|__tests__|mocks?|examples?|samples?|docs?)/|(?:^|[/._-])(?:tests?|spec|example|sample|mock)[._-][^/]*$|[._-](?:tests?|spec)\.[a-z]+$|\.(?:md|rst|adoc|txt|po|pot)$",
    )
});

/// A value assigned to a name that says that it is secret.
fn assignments(text: &str) -> Vec<Secret> {
    let mut found = Vec::new();
    for groups in ASSIGNED.captures_iter(text) {
        let (Some(name), Some(value)) = (groups.name("name"), groups.iter().skip(2).flatten().next()) else {
            continue;
        };
        let password =
            name.as_str().to_lowercase().starts_with("pass") || name.as_str().eq_ignore_ascii_case("pwd");
        let real = if password { likely_password(value.as_str()) } else { likely_key(value.as_str()) };
        // What has a known form was reported by that name.
        if real && tokens(value.as_str()).is_empty() {
            let kind = if password { "password" } else { "secret value" };
            found.push(Secret::new("secret.assigned", kind, value.start(), value.as_str()));
        }
    }
    found
}

static ASSIGNED: LazyLock<Regex> = LazyLock::new(|| {
    let name = "(?P<name>password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|secret[_-]?key|auth[_-]?key|private[_-]?key)";
    // A quoted value behind any sign of assignment, or a bare one as .env files and YAML have it.
    let value = r#"(?:["']?\s{0,4}(?::=|=>|[:=])\s{0,4}(?:"([^"\n]{8,150})"|'([^'\n]{8,150})'|`([^`\n]{8,150})`)|=([^\s"'`();,]{8,150})(?:\s|$)|:[ \t]([^\s"'`();,]{8,150})[ \t\r]*(?:\n|$))"#;
    literal(&format!("(?i){name}{value}"))
});

fn literal(pattern: &str) -> Regex {
    Regex::new(pattern).expect("literal pattern")
}

fn mixed(value: &str) -> bool {
    value.bytes().any(|b| b.is_ascii_digit()) && value.bytes().any(|b| b.is_ascii_alphabetic())
}

/// One word of letters and digits that is neither a path nor a piece of code.
fn likely_password(value: &str) -> bool {
    let code = value.contains(['(', ')', '[', ']', '{', '}', ' ', '/', '<', '>']) || value.contains("::");
    !code && mixed(value) && entropy(value) >= 2.75 && !is_placeholder(value)
}

/// A long value as machines make them.
fn likely_key(value: &str) -> bool {
    let alphabet = value.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=_.~-".contains(&b));
    alphabet && value.len() >= 16 && mixed(value) && entropy(value) > 3.5 && !is_placeholder(value)
}

#[cfg(test)]
mod tests {
    use super::super::cases::{added, commit, gates_of, one_commit, text_in};
    use super::super::{describe, refusals};
    use super::*;
    use crate::domain::redact::samples::{FAMILIES, an, hex, pem};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const NONE: [&str; 0] = [];

    fn judged(text: &str) -> Vec<&'static str> {
        gates_of(&text_in("src/config.rs", text))
    }

    /// A password that nobody uses, made as the test runs.
    fn password(seed: u64) -> String {
        format!("{}-{}7", an(6, seed), an(5, seed + 1))
    }

    #[test]
    fn tokens_of_every_family_are_refused_and_never_shown() {
        for family in FAMILIES {
            for seed in 1..10 {
                let token = (family.token)(seed);
                let diff = text_in("src/a.rs", &format!("let x = 1;\n{token}\n"));
                let found = refusals(&diff, &Rules::default());
                assert!(found.iter().any(|f| f.gate == family.gate), "{} {token}: {found:?}", family.gate);
                let shown = describe(&found) + &format!("{found:?}");
                for line in token.lines() {
                    let tail = line
                        .get(line.len().saturating_sub(12)..)
                        .filter(|t| !t.contains(['-', '@', ':', '/']));
                    assert!(!tail.is_some_and(|t| t.len() == 12 && shown.contains(t)), "{shown}");
                }
            }
        }
    }

    #[test]
    fn near_misses_of_every_family_pass() {
        for family in FAMILIES {
            for near in family.near {
                let text = near(5);
                assert!(!judged(&text).contains(&family.gate), "{} {text}", family.gate);
            }
        }
    }

    #[test]
    fn the_usual_ways_to_assign_a_secret_are_seen() {
        for seed in 1..10 {
            let (word, key) = (password(seed), an(40, seed) + "1");
            for text in [
                format!("password = \"{word}\""),
                format!("DB_PASSWORD={word}"),
                format!("db_password: {word}"),
                format!("\"password\": \"{word}\","),
                format!("passwd: '{word}'"),
                format!("let pwd := `{word}`;"),
                format!("'password' => '{word}',"),
                format!("const PASSPHRASE: &str = 1; passphrase=\"{word}\""),
                format!("api_key = \"{key}\""),
                format!("apiKey: '{key}',"),
                format!("CLIENT_SECRET={key}"),
                format!("export ACCESS_TOKEN=\"{key}\""),
                format!("aws_secret_access_key = \"{key}\""),
                format!("auth-key: {key}"),
                format!("password: {word}\r"),
                format!("password: {word}  "),
                format!("PASSWORD={word}\r"),
            ] {
                assert_eq!(gates_of(&one_commit(&[("src/a.rs", &text)])), ["secret.assigned"], "{text}");
            }
        }
    }

    #[test]
    fn placeholders_and_references_are_no_secrets() {
        for text in [
            "password = \"changeme\"",
            "password = \"${DB_PASSWORD}\"",
            "password: {{ vault_password1 }}",
            "PASSWORD=$OTHER_PASSWORD1",
            "password = os.environ[\"PASS1234\"]",
            "password = \"<your password 1>\"",
            "password: \"********\"",
            "password = getenv(\"x1y2z3w4\")",
            "token = \"your_token_here_1234567890\"",
            "password = \"password123\"",
            "secret_name = \"my-app-secret-v2\"",
            "password_hash = \"x1y2z3w4x5y6\"",
            "api_key = \"xxxxxxxxxxxxxxxxxxxx1\"",
            "token: String,",
            "password: &str",
            "fn token(&self) -> Token2",
            "password = \"correct horse 1 battery\"",
            "password = \"no-digits-in-it\"",
            "token = \"short1\"",
            "let secret = Secret::new(1);",
            "access_key = \"0000000000000000000000\"",
            "postgres://postgres:postgres@localhost:5432/x",
            "postgres://app:s3cr3tpw@db:5432/x",
            "https://user:password@forge.org",
            "https://${USER}:${PASS}@forge.org",
            "redis://:pw12ab@127.0.0.1",
            "https://u:p4ssw0rd9@example.com",
            "https://u:p4ssw0rd9@db.example.org",
            "https://u:p4ssw0rd9@host.docker.internal",
        ] {
            assert_eq!(judged(text), NONE, "{text}");
        }
        for text in [
            format!("AKIA{}EXAMPLE", "IOSFODNN7"),
            format!("ghp_{}", "x".repeat(36)),
            format!("sk-{}", "abcdefghij0123456789".repeat(2)),
            format!("npm_{}", "0".repeat(36)),
        ] {
            assert_eq!(judged(&text), NONE, "{text}");
        }
        assert_eq!(judged(&pem("", "", 0, 1)), NONE);
        assert_eq!(judged(&format!("{}BEGIN PRIVATE KEY{}", "-".repeat(5), "-".repeat(5))), NONE);
        assert_eq!(
            judged(&pem("", "", 2, 1).lines().take(2).collect::<Vec<_>>().join("\n")),
            NONE,
            "no end line"
        );
    }

    #[test]
    fn a_placeholder_hides_nothing_behind_it() {
        let real = password(4);
        assert_eq!(judged(&format!("password='changeme'\npassword='{real}'")), ["secret.assigned"]);
        assert_eq!(judged(&format!("password='changeme' password='{real}'")), ["secret.assigned"]);
        assert_eq!(judged(&format!("ghp_{} ghp_{}", "x".repeat(36), an(36, 1))), ["secret.github"]);
    }

    #[test]
    fn all_secrets_are_named_with_their_own_line() {
        let text = format!("a\nghp_{}\nb\nnpm_{}\npassword = '{}'", an(36, 1), an(36, 2), password(1));
        let found = refusals(&text_in("x.rs", &text), &Rules::default());
        let at: Vec<(&str, &str)> =
            found.iter().map(|f| (f.gate, f.place.split(' ').next().unwrap())).collect();
        assert_eq!(
            at,
            [("secret.github", "x.rs:2"), ("secret.npm", "x.rs:4"), ("secret.assigned", "x.rs:5")]
        );
    }

    #[test]
    fn a_secret_is_shown_by_its_first_characters_and_its_length() {
        let found = refusals(&text_in("x", &format!("ghp_{}", an(36, 1))), &Rules::default());
        assert_eq!(found[0].what, "GitHub token (ghp_…, 40 characters)");
        let found = refusals(&text_in("x", &format!("password='{}'", password(1))), &Rules::default());
        assert_eq!(found[0].what, "password (13 characters)");
        let found = refusals(&text_in("x", &pem("", "", 2, 1)), &Rules::default());
        assert!(
            found[0].what.starts_with("private key (") && found[0].place.starts_with("x:1 "),
            "{found:?}"
        );
    }

    #[test]
    fn a_secret_that_a_later_commit_removes_is_refused_still() {
        let mut diff = text_in("a", &format!("ghp_{}", an(36, 1)));
        diff.commits.push(commit(2, "Remove the token"));
        diff.added.push(added(2, "a", 1, "read it from the environment"));
        assert_eq!(gates_of(&diff), ["secret.github"]);
    }

    #[test]
    fn messages_of_commits_are_read_as_well() {
        let mut diff = one_commit(&[]);
        diff.commits.push(commit(2, &format!("Do it\n\nwith ghp_{}", an(36, 1))));
        let found = refusals(&diff, &Rules::default());
        assert_eq!((found.len(), found[0].gate), (1, "secret.github"));
        assert!(found[0].place.starts_with("message of commit 00000"));
    }

    #[test]
    fn made_up_passwords_are_usual_in_tests_and_docs_but_tokens_are_not() {
        let (weak, strong) = (format!("password = \"{}\"", password(1)), format!("ghp_{}", an(36, 1)));
        for path in [
            "tests/a.rs",
            "src/a_test.go",
            "src/a.test.ts",
            "spec/x.rb",
            "docs/a.html",
            "README.md",
            "examples/x/y.py",
            "test_login.py",
            "Cargo.lock",
            "src/tests.rs",
            "fixtures/a.json",
        ] {
            assert_eq!(gates_of(&text_in(path, &weak)), NONE, "{path}");
            assert_eq!(
                gates_of(&text_in(path, &format!("https://u:{}@forge.org", password(1)))),
                NONE,
                "{path}"
            );
            assert_eq!(gates_of(&text_in(path, &strong)), ["secret.github"], "{path}");
        }
        for path in ["src/latest.rs", "src/contest/a.rs", "attestation.py", "specific.ts", "src/a.rs"] {
            assert_eq!(gates_of(&text_in(path, &weak)), ["secret.assigned"], "{path}");
        }
    }

    #[test]
    fn a_token_in_a_url_or_an_assignment_is_one_secret() {
        let token = format!("ghp_{}", an(36, 1));
        for text in [
            format!("https://x:{token}@forge.org/"),
            format!("token = \"{token}\""),
            format!("PASSWORD={token}"),
        ] {
            assert_eq!(judged(&text), ["secret.github"], "{text}");
        }
    }

    #[test]
    fn ids_of_commits_and_digests_are_no_secrets() {
        for seed in 1..50 {
            for text in [
                hex(40, seed),
                hex(64, seed),
                format!("rev = \"{}\"", hex(40, seed)),
                format!("checksum = \"{}\"", hex(64, seed)),
                format!("uses: a/b@{}", hex(40, seed)),
                format!("image: a/b@sha256:{}", hex(64, seed)),
                format!("\"integrity\": \"sha512-{}==\"", an(86, seed)),
            ] {
                assert_eq!(judged(&text), NONE, "{text}");
            }
        }
    }

    #[test]
    fn this_source_passes_its_own_gate() {
        for source in [
            include_str!("secrets.rs"),
            include_str!("files.rs"),
            include_str!("placeholder.rs"),
            include_str!("mod.rs"),
        ] {
            assert_eq!(gates_of(&text_in("lib/gates/x.rs", source)), NONE);
        }
    }

    #[test]
    fn megabytes_are_judged_in_one_go() {
        let line = "    let value = compute(&config.path, index + 1).unwrap_or_default(); // see https://docs.rs/x\n";
        let diff = text_in("src/a.rs", &line.repeat(2_000_000 / line.len()));
        assert_eq!(gates_of(&diff), NONE);
    }

    #[test]
    fn families_have_one_gate_each() {
        let gates: BTreeSet<&str> = FAMILIES.iter().map(|f| f.gate).collect();
        assert!(gates.iter().all(|g| g.starts_with("secret.")) && !gates.contains("secret.assigned"));
    }

    proptest! {
        #[test]
        fn no_finding_holds_a_secret(seed in 1u64.., family in 0..FAMILIES.len(), before in "[ -~]{0,20}") {
            let token = (FAMILIES[family].token)(seed);
            let found = refusals(&text_in("a.rs", &format!("{before} {token}")), &Rules::default());
            let shown = describe(&found);
            for secret in tokens(&token) {
                prop_assert!(!shown.contains(&token[secret.at]));
            }
        }
    }
}
