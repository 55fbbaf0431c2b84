//! Figures of the library itself, as JSON lines for `bench/run.py`: a lock that nobody else wants, and the slowest of
//! the texts made to be slow, for each reader of text that others write.

#[path = "../fuzz/entries.rs"]
mod entries;
#[path = "../fuzz/worst.rs"]
mod worst;

use drover::config::{self, Env, Root};
use drover::domain::agent::Kind;
use drover::domain::agent::hooks;
use drover::domain::agent::moment::Watched;
use drover::domain::agent::output::Turn;
use drover::domain::excerpt::{excerpt, head_and_tail};
use drover::domain::ids::IssueNo;
use drover::domain::life::HostRecord;
use drover::domain::message::Message;
use drover::domain::redact::Redactor;
use drover::domain::run::Run;
use drover::domain::verify::VerifyResult;
use drover::domain::{deps, request, text as words};
use drover::forge::local::records::{IssueRecord, PullRecord};
use drover::store::decode;
use drover::store::journal::{self, Event};
use drover::store::lock::FileLocks;
use drover::store::runs::UNTRUSTED_LIMIT;
use drover::store::state::Receipt;
use drover::world::{LockName, Locks};
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

/// As many as every other figure has at least.
const RUNS: usize = 20;
const ACQUISITIONS: usize = 10_000;
/// What a session may write at most.
const LARGE: usize = 64 * 1024;

fn main() {
    // One of them by its name, for whoever looks where its time goes.
    let only = std::env::args().nth(1);
    if only.is_none() {
        locks();
    }
    for (name, _) in entries::TARGETS.iter().filter(|(name, _)| only.as_ref().is_none_or(|o| o == name)) {
        texts(name, |bytes| read(name, bytes));
    }
}

/// What reads a text of this kind, and nothing besides: the fuzz targets hold what was read to much more.
fn read(name: &str, bytes: &[u8]) {
    let text = || head_and_tail(&String::from_utf8_lossy(bytes), UNTRUSTED_LIMIT);
    match name {
        "phase" => drop(black_box(request::parse(&text()))),
        "refusal" => drop(black_box(request::parse_refusal(&text()))),
        "dependencies" => drop(black_box(deps::dependencies(&text(), IssueNo(7)))),
        "shown" => drop(black_box(excerpt(&words::plain_text(&text()), 2000))),
        "redact" => drop(black_box(Redactor::new(["hunter2/hunter2".to_string()]).redact(&text()))),
        "project" => project(bytes),
        "run" => drop(black_box(decode::<Run>(bytes))),
        "message" => drop(black_box(decode::<Message>(bytes))),
        "issue" => drop(black_box(decode::<IssueRecord>(bytes))),
        "pull" => drop(black_box(decode::<PullRecord>(bytes))),
        "journal" => drop(black_box(journal::readable::<Event>(bytes))),
        "result" => drop(black_box(decode::<VerifyResult>(bytes))),
        "agent" => agent(&text()),
        "hooks" => told(&text()),
        "host" => drop(black_box(decode::<HostRecord>(bytes))),
        "small" => drop(black_box(decode::<Receipt>(bytes))),
        other => panic!("how is {other} read?"),
    }
}

/// What an agent prints in a turn.
fn agent(text: &str) {
    let mut turn = Turn::default();
    text.lines().for_each(|line| turn.take(Kind::Claude, line));
    drop(black_box(turn));
}

/// What hooks have told, and an agent's own record.
fn told(text: &str) {
    let mut watched = Watched::default();
    hooks::of_spawn(text, 1).iter().for_each(|line| watched.hook(line));
    text.lines().for_each(|line| watched.line(Kind::Codex, line, 0));
    drop(black_box(watched.moment().cloned()));
}

fn project(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let root = Path::new("/nonexistent/root");
    let env = Env::from([("HOME", "/nonexistent/home"), ("USER", "maria")]);
    drop(black_box(config::from_text(&Root::at(root), &root.join("projects/x.toml"), text, &env, &[])));
}

fn row(name: &str, unit: &str, target: &str, values: &[f64], of: &str) {
    let row = serde_json::json!({ "name": name, "unit": unit, "target": target, "values": values, "of": of });
    println!("{row}");
}

fn millis(work: impl FnOnce()) -> f64 {
    let began = Instant::now();
    work();
    began.elapsed().as_secs_f64() * 1000.0
}

/// Takes and gives back a lock, median and 99th percentile of each run. In a folder of the project's disk, as state is.
fn locks() {
    let folder = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR").to_owned() + "/target").expect("a folder");
    let locks = FileLocks::new(folder.path().join("locks"));
    let take = || drop(locks.try_take(&LockName::Tick).expect("a lock").expect("that is free"));
    let (mut medians, mut highs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let mut times: Vec<f64> = (0..ACQUISITIONS).map(|_| millis(take)).collect();
        times.sort_by(f64::total_cmp);
        medians.push(times[ACQUISITIONS / 2]);
        highs.push(times[ACQUISITIONS * 99 / 100]);
    }
    let of = format!("{ACQUISITIONS} acquisitions a run");
    row("an uncontended lock taken and given back: median", "ms", "", &medians, &of);
    row("an uncontended lock taken and given back: p99", "ms", "< 1 ms", &highs, &of);
}

fn texts(name: &str, read: impl Fn(&[u8])) {
    let cases = worst::worst(name, LARGE);
    let once = |case: &worst::Case| worst::effort(|| read(&case.bytes)).as_secs_f64() * 1000.0;
    let time = |case: &worst::Case| (0..3).map(|_| once(case)).fold(f64::INFINITY, f64::min);
    let slowest = cases.iter().max_by(|a, b| time(a).total_cmp(&time(b))).expect("there are cases");
    let values: Vec<f64> = (0..RUNS).map(|_| once(slowest)).collect();
    let of = format!("{} cases; {}", cases.len(), slowest.name);
    row(&format!("64 KB made to be slow: {name}"), "ms", "< 10 ms", &values, &of);
}
