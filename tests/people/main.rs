//! People, for real: `make test-people`. A Matrix server (Synapse, from PyPI into a cache) on loopback, with a bot, a person
//! and a stranger whom its own tools register.

#[path = "../stage/mod.rs"]
#[allow(dead_code)]
mod stage;

mod room;
mod stories;
mod synapse;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use stories::ALL;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    if !synapse::is_there() {
        println!("the Matrix server is not installed: `make test-people` does it");
        return ExitCode::FAILURE;
    }
    let all: Vec<_> =
        ALL.iter().filter(|(name, _)| words.iter().all(|w| name.contains(w.as_str()))).collect();
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(0));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some((name, story)) = all.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let begun = Instant::now();
                    let done = catch_unwind(AssertUnwindSafe(story));
                    let end = if done.is_ok() { "ok" } else { "FAILED" };
                    println!("{name} ... {end} ({} s)", begun.elapsed().as_secs());
                    *failed.lock().unwrap() += usize::from(done.is_err());
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    println!("\n{} passed, {failed} failed", all.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
