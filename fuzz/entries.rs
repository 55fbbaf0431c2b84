//! Every reader of text that others write, each behind one function that takes any bytes whatever: what the fuzz
//! targets, `tests/fuzz/` and the bench run. A panic here is a find: of the reader, or of what must hold for
//! all that it gives.

use chrono::DateTime;
use drover::config::{self, Env, Root};
use drover::domain::agent::hooks::{self, Line};
use drover::domain::agent::limit::{Words, trouble};
use drover::domain::agent::moment::Watched;
use drover::domain::agent::output::{self, Turn, Usage};
use drover::domain::agent::sight;
use drover::domain::agent::{Kind, Trouble, choice};
use drover::domain::claim::ClaimRecord;
use drover::domain::excerpt::{excerpt, head_and_tail};
use drover::domain::ids::IssueNo;
use drover::domain::launch::Launch;
use drover::domain::life::{HostRecord, Life};
use drover::domain::message::{Message, bundle};
use drover::domain::phase::{Seen, Step, step};
use drover::domain::policy::Policy;
use drover::domain::redact::Redactor;
use drover::domain::request::{self, Refusal, Request};
use drover::domain::run::{Counter, Run};
use drover::domain::text;
use drover::domain::time::{MINUTE, Timestamp};
use drover::domain::verify::VerifyResult;
use drover::domain::{deps, link};
use drover::forge::local::records::{IssueRecord, PullRecord};
use drover::store::journal::{self, Event, LedgerLine};
use drover::store::runs::UNTRUSTED_LIMIT;
use drover::store::state::{Cooldown, Heartbeat, Notice, Receipt};
use drover::store::{decode, encode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::path::Path;

/// A reader and its name, which is also that of its fuzz target and of the folder with its texts.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: &[Target] = &[
    ("phase", phase),
    ("refusal", refusal),
    ("dependencies", dependencies),
    ("shown", shown),
    ("agent", agent),
    ("hooks", hooks),
    ("redact", redact),
    ("project", project),
    ("run", run),
    ("message", message),
    ("issue", issue),
    ("pull", pull),
    ("journal", lines),
    ("result", result),
    ("host", host),
    ("small", small),
];

/// As a session's file is read: what is not UTF-8 replaced, and of a long one only both ends.
fn text(bytes: &[u8]) -> String {
    head_and_tail(&String::from_utf8_lossy(bytes), UNTRUSTED_LIMIT)
}

/// The phase file.
pub fn phase(bytes: &[u8]) {
    let text = text(bytes);
    let read = request::parse(&text);
    match &read {
        Request::Escalate(why) | Request::Failed(why) => {
            assert!(!why.trim().is_empty() && why.chars().count() <= 2000)
        }
        Request::Garbage(line) => assert!(!line.contains('\n') && line.chars().count() <= 120),
        Request::Empty => assert!(text.trim().is_empty()),
        Request::Finished | Request::Refused | Request::Done => {}
    }
    if !text.contains('\r') {
        assert_eq!(request::parse(&text.replace('\n', "\r\n")), read, "line ends of another system");
    }
}

/// The JSON of a refusal in the summary file.
pub fn refusal(bytes: &[u8]) {
    let said = match request::parse_refusal(&text(bytes)) {
        Refusal::TooLarge(reason) | Refusal::UnmetDependency { reason, .. } => vec![reason],
        Refusal::AlreadyDone { reason, proof } => vec![reason, proof.unwrap_or_default()],
        Refusal::Unreadable(start) => vec![start],
    };
    assert!(said.iter().all(|s| s.chars().count() <= 2000));
}

/// An issue's text: what it waits for, and what a pull with it would close.
pub fn dependencies(bytes: &[u8]) {
    let body = text(bytes);
    let found = deps::dependencies(&body, IssueNo(7));
    assert!(found.len() <= 50 && found.is_sorted() && !found.contains(&IssueNo(7)));
    link::issue_of(&body, &body, &body, "fix/issue-{issue}");
}

/// What an agent prints, line by line, and the words with which it gives up.
pub fn agent(bytes: &[u8]) {
    let text = text(bytes);
    let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    for kind in [Kind::Command, Kind::Claude, Kind::Codex, Kind::Opencode] {
        let mut turn = Turn::default();
        for line in text.lines() {
            turn.take(kind, line);
            output::shown(kind, line);
        }
        assert!(turn.conversation.is_none_or(|id| id.len() <= 64 && !id.starts_with('-')));
    }
    let (Trouble::Limit { words, .. } | Trouble::Refused { words } | Trouble::Other { words }) =
        trouble(Words::Reported(&text), &now);
    assert!(words.chars().count() <= 4000);
    drop(choice::of(text.lines(), "claude"));
}

/// What an agent's hooks have written down, what they are given, and the agent's own record of a conversation.
pub fn hooks(bytes: &[u8]) {
    let text = text(bytes);
    let lines = hooks::of_spawn(&text, 1);
    assert!(lines.iter().all(|line| line.spawn == 1));
    hooks::has_arrived(&text, "a9d51c0faa77");
    let given = serde_json::from_str(&text).unwrap_or_default();
    for (_, event) in hooks::Event::ASKED_FOR {
        let line = Line::of_input(1, 1, event, &given);
        assert!(line.nonces.len() <= 20 && line.words.as_ref().is_none_or(|w| w.chars().count() <= 1000));
        hooks::answer(&lines, &line, None, false);
    }
    for kind in [Kind::Claude, Kind::Codex, Kind::Opencode] {
        let mut watched = Watched::default();
        lines.iter().for_each(|line| watched.hook(line));
        text.lines().for_each(|line| watched.line(kind, line, 0));
        drop(watched.moment().cloned());
        sight::shows(kind, &text);
        watched.used(&mut Usage::default());
        assert!(watched.conversation.is_none_or(|id| id.len() <= 64 && !id.starts_with('-')));
    }
}

/// What is shown of untrusted text: on a terminal, in comments, in messages.
pub fn shown(bytes: &[u8]) {
    let raw = text(bytes);
    let plain = text::plain_text(&raw);
    assert_eq!(text::plain_text(&plain), plain, "plain text is plain");
    assert!(!plain.contains(['\u{1b}', '\r', '\u{202e}', '\0']));
    assert!(text::plain_line(&raw, 80).chars().count() <= 80);
    assert!(text::fenced(&raw).contains(&text::plain_text(&raw)));
    assert!(excerpt(&raw, 2000).len() <= 2000);
    text::strip_comments(&raw);
    assert_eq!(text::prose(&raw).lines().count(), raw.lines().count(), "lines keep their numbers");
}

/// Secrets taken out: one that we know, and whatever has the form of one.
pub fn redact(bytes: &[u8]) {
    let raw = text(bytes);
    let (known, repeated) = ("hunter2/hunter2", "aaaaaaaa");
    let redactor = Redactor::new([known, repeated].map(str::to_string));
    let clean = redactor.redact(&raw);
    assert!(!clean.contains(known) && !clean.contains(repeated));
    assert!(!redactor.redact(&clean).contains(known));
}

/// A project's TOML. Files that it names are not opened here.
pub fn project(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if text.contains("token_file") {
        return;
    }
    let root = Path::new("/nonexistent/root");
    let env = Env::from([("HOME", "/nonexistent/home"), ("USER", "maria")]);
    let file = root.join("projects/x.toml");
    match config::from_text(&Root::at(root), &file, text, &env, &[]) {
        Ok(project) => assert!(config::is_name(&project.name)),
        Err(e) => assert!(!e.to_string().contains('\n') && !e.hint().is_empty(), "{e}"),
    }
}

/// `run.json`, and what the phase table makes of it.
pub fn run(bytes: &[u8]) {
    let Some(run) = kept(bytes, |r: &Run| &r.rest) else { return };
    for awake in [run.since_awake, u64::MAX] {
        for ask in 0..4 {
            let mut seen = Seen::nothing(Timestamp(i64::MAX), awake);
            (seen.reply, seen.stop, seen.resume) = (ask == 1, ask == 2, ask == 3);
            seen.life = if ask % 2 == 0 { Life::Absent } else { Life::Dead { how: "gone".into() } };
            match step(&run, &seen, &Policy::plain("p")) {
                Step::Fire(fired) if ask == 0 => round_trip(&fired.run),
                Step::Fire(_) | Step::Stay => {}
            }
        }
    }
    let mut counters = run.counters;
    for counter in [Counter::CiFixes, Counter::Rounds, Counter::Updates, Counter::Resumes, Counter::Starts] {
        let _ = counters.spend(counter);
    }
    run.since.plus(u64::MAX).since(run.since);
}

/// `messages/NNNN.json`.
pub fn message(bytes: &[u8]) {
    let Some(message) = kept(bytes, |m: &Message| &m.rest) else { return };
    assert!(bundle(&[&message.text], "7f3a").contains(&message.text));
    assert!(message.about.is_none() || message.outdated(message.about.as_ref()).is_none());
}

/// An issue's record of the local forge.
pub fn issue(bytes: &[u8]) {
    let Some(record) = kept(bytes, |r: &IssueRecord| &r.rest) else { return };
    let issue = &record.issue;
    issue.vouched(&["backlog"], &["maria".to_string()]);
    deps::dependencies(&issue.body, issue.number);
}

/// A pull's record of the local forge.
pub fn pull(bytes: &[u8]) {
    let Some(record) = kept(bytes, |r: &PullRecord| &r.rest) else { return };
    let pull = &record.pull;
    link::issue_of(&pull.branch, &pull.title, &pull.body, "fix/issue-{issue}");
}

/// `events.jsonl` and `ledger.jsonl`.
pub fn lines(bytes: &[u8]) {
    let events: Vec<Event> = journal::readable(bytes);
    events.iter().for_each(round_trip);
    let ledger: Vec<LedgerLine> = journal::readable(bytes);
    ledger.iter().for_each(round_trip);
    let twice = ledger.iter().chain(&ledger);
    assert_eq!(journal::used(&ledger), journal::used(twice), "a line that is there twice counts once");
    assert!(journal::used(&ledger).turns <= ledger.len() as u64);
}

/// `result.json` of a verify job.
pub fn result(bytes: &[u8]) {
    let Some(result) = kept(bytes, |r: &VerifyResult| &r.rest) else { return };
    assert_eq!(result.failed().is_some(), !result.text(8000).is_empty());
    result.item();
}

/// `launch.json` and `host.json`.
pub fn host(bytes: &[u8]) {
    decode::<Launch>(bytes).ok().flatten().iter().for_each(round_trip);
    decode::<HostRecord>(bytes).ok().flatten().iter().for_each(round_trip);
}

/// The small files of a project.
pub fn small(bytes: &[u8]) {
    if let Ok(Some(heartbeat)) = decode::<Heartbeat>(bytes) {
        round_trip(&heartbeat);
        let later = heartbeat.at.plus(MINUTE);
        assert!(heartbeat.awake_at(later) >= heartbeat.awake, "awake time never goes back");
    }
    decode::<Cooldown>(bytes).ok().flatten().iter().for_each(round_trip);
    decode::<Notice>(bytes).ok().flatten().iter().for_each(round_trip);
    decode::<Receipt>(bytes).ok().flatten().iter().for_each(round_trip);
    decode::<ClaimRecord>(bytes).ok().flatten().iter().for_each(round_trip);
}

/// What we write we can read, and writing it again changes nothing.
fn round_trip<T: Serialize + DeserializeOwned>(value: &T) {
    let text = encode(value).expect("what was read can be written");
    let again: T = decode(&text).expect("what was written can be read").expect("and is not empty");
    let second = encode(&again).expect("and written again");
    assert_eq!(String::from_utf8_lossy(&second), String::from_utf8_lossy(&text));
}

/// Reads a file with fields that a newer version may have added; they come out again as they went in.
fn kept<T: Serialize + DeserializeOwned>(bytes: &[u8], rest: fn(&T) -> &Map<String, Value>) -> Option<T> {
    let value: T = decode(bytes).ok()??;
    round_trip(&value);
    // What a field holds that nobody reads is not looked at: it may be no text at all.
    let Ok(before) = serde_json::from_slice::<Map<String, Value>>(bytes) else { return Some(value) };
    let after: Map<String, Value> =
        serde_json::from_slice(&encode(&value).ok()?).expect("and written as one");
    for (name, value) in rest(&value) {
        assert_eq!(before.get(name), Some(value), "{name} is not what was read");
        assert_eq!(after.get(name), Some(value), "{name} is not what was written");
    }
    for (name, _) in before.iter().filter(|(_, value)| !value.is_null()) {
        let empty = before.get(name).is_some_and(|v| v.as_array().is_some_and(Vec::is_empty));
        assert!(empty || after.contains_key(name), "{name} is lost");
    }
    Some(value)
}
