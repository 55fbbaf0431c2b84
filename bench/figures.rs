//! Figures of the library itself, as JSON lines for `bench/run.py`: a lock that nobody else wants, and the slowest of
//! the texts made to be slow, for each reader of text that others write.

#[path = "../fuzz/entries.rs"]
mod entries;
#[path = "../fuzz/worst.rs"]
mod worst;

use drover::store::lock::FileLocks;
use drover::world::{LockName, Locks};
use std::time::Instant;

/// As many as every other figure has at least.
const RUNS: usize = 20;
const ACQUISITIONS: usize = 10_000;
/// What a session may write at most.
const LARGE: usize = 64 * 1024;

fn main() {
    locks();
    for (name, read) in entries::TARGETS {
        texts(name, *read);
    }
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

fn texts(name: &str, read: fn(&[u8])) {
    let cases = worst::worst(name, LARGE);
    let once = |case: &worst::Case| worst::effort(|| read(&case.bytes)).as_secs_f64() * 1000.0;
    let time = |case: &worst::Case| (0..3).map(|_| once(case)).fold(f64::INFINITY, f64::min);
    let slowest = cases.iter().max_by(|a, b| time(a).total_cmp(&time(b))).expect("there are cases");
    let values: Vec<f64> = (0..RUNS).map(|_| once(slowest)).collect();
    let of = format!("{} cases; {}", cases.len(), slowest.name);
    row(&format!("64 KB made to be slow: {name}"), "ms", "< 10 ms", &values, &of);
}
