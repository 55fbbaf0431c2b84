//! The agents that drover knows by name, for real: `make test-agents`. The programs come from npm at pinned versions into
//! a cache, run as an ordinary user in a network that has nothing but loopback, and talk to a model that does what
//! the tests say.

#[path = "../stage/mod.rs"]
#[allow(dead_code)]
mod stage;

mod film;
mod measures;
mod model;
mod moments;
mod programs;
mod stories;
mod user;

use programs::{AGENTS, Program};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use stories::ALL;

/// A story on an agent, and its name.
type Play = (String, &'static Program, fn(&Program));

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let cache = match programs::install() {
        Ok(cache) => cache,
        Err(why) => {
            println!("the agents could not be installed: {why}");
            return ExitCode::FAILURE;
        }
    };
    if let Some(code) = user::elsewhere(&cache) {
        return code;
    }
    let all: Vec<Play> = AGENTS
        .iter()
        .flat_map(|agent| {
            let about = ALL.iter().filter(|(_, _, is_about)| is_about(agent));
            about.map(move |(name, story, _)| {
                (format!("{} {}: {name}", agent.name, agent.style), agent, *story)
            })
        })
        .filter(|(name, ..)| words.iter().all(|w| name.contains(w.as_str())))
        .collect();
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(0));
    std::thread::scope(|scope| {
        // What is measured has the machine to itself.
        let threads = if stories::given("MEASURES").is_some() { 1 } else { 6 };
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((name, agent, story)) = all.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let begun = Instant::now();
                    let done = catch_unwind(AssertUnwindSafe(|| story(agent)));
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
