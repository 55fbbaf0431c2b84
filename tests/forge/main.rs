//! The same stories against every forge: `cargo test --test forge [WORDS]`.
//!
//! | call | outcomes that a story has |
//! |---|---|
//! | `me`, `writers` | our name; whoever may write |
//! | `issues` | those with a label, all pages; none for a label nobody has; no closed ones, no pulls |
//! | `all_issues` | newest first, closed ones too, no more than asked for |
//! | `issue` | open, closed, not there, a pull's number |
//! | `dependencies` | none, some, one that was closed |
//! | `comments`, `comment` | none, one, many, on a pull, any text; on nothing: an error |
//! | `new_issue` | its number, its labels made where there are none; without a title: an error |
//! | `set_labels` | on, on again, off, off again, both, a new one, two of one name; on nothing: an error |
//! | `assign` | on, on again, off; others stay |
//! | `set_issue_open` | closed, closed again, opened; held open by a dependency |
//! | `pulls` | open ones with their reviews, changed ones seen, closed ones gone; all pages |
//! | `pull` | open, draft, closed, merged, from a fork, not there, an issue's number |
//! | `pull_of` | none, the open one, none of those closed |
//! | `open_pull` | opened, opened before; no branch, nothing new: an error |
//! | `review` | each verdict, given again, on one's own: an error |
//! | `dismiss` | dismissed; none such: an error |
//! | `set_pull_open` | closed, opened; merged: an error |
//! | `merge` | each value of `Merge`, and each way in which a server can lie about it |
//! | `checks` | none, each colour, the newest of a context, all pages |
//! | `required` | none, patterns |
//!
//! With `DROVER_FORGEJO_URL`, `FORGE_TOKEN` and `FORGE_REVIEW_TOKEN` the stories are played on that server too, in a
//! repository made for the purpose; without them they are shown as skipped.

#[path = "../fake/mod.rs"]
mod fake;

mod backends;
mod ci;
mod differential;
mod recorded;
mod servers;
mod stories;
mod tally;

use backends::Backend;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One story on one forge.
struct Play {
    name: String,
    run: Box<dyn Fn() + Send + Sync>,
}

fn plays() -> (Vec<Play>, Vec<String>) {
    let (mut all, mut skipped) = (Vec::new(), Vec::new());
    for backend in Backend::all() {
        for (name, story) in stories::ALL {
            let name = format!("{}: {name}", backend.name());
            match backend.why_not() {
                Some(why) => skipped.push(format!("{name} ({why})")),
                None => {
                    let backend = backend.clone();
                    all.push(Play { name, run: Box::new(move || story(&mut backend.scene())) });
                }
            }
        }
    }
    for (name, story) in servers::ALL.iter().chain(ci::ALL) {
        all.push(Play { name: format!("servers: {name}"), run: Box::new(story) });
    }
    let name = "differential: the local forge and the fake show the same";
    all.push(Play { name: name.into(), run: Box::new(differential::both_forges_show_the_same) });
    let name = "recorded: every reply has the status and the shape of a real server's";
    all.push(Play {
        name: name.into(),
        run: Box::new(recorded::every_reply_has_the_status_and_the_shape_of_a_real_servers),
    });
    (all, skipped)
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let wanted = |name: &str| words.iter().all(|w| name.contains(w.as_str()));
    let (all, skipped) = plays();
    let all: Vec<Play> = all.into_iter().filter(|p| wanted(&p.name)).collect();
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(2, usize::from) * 2;
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(play) = all.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let done = catch_unwind(AssertUnwindSafe(|| (play.run)()));
                    println!("{} ... {}", play.name, if done.is_ok() { "ok" } else { "FAILED" });
                    if done.is_err() {
                        failed.lock().unwrap().push(play.name.clone());
                    }
                }
            });
        }
    });
    for name in skipped.iter().filter(|n| wanted(n)) {
        println!("{name} ... skipped");
    }
    let failed = failed.into_inner().unwrap();
    let checked = tally::count();
    println!(
        "\n{} stories, {} failed, {} skipped; {checked} things checked",
        all.len(),
        failed.len(),
        skipped.len()
    );
    let enough = !words.is_empty() || checked >= 240;
    if failed.is_empty() && enough { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
