//! Whether each rule that is broken on purpose is noticed: a law that nothing ever breaks is not being checked.

use super::asked;
use super::history::{Projects, play};
use drover::twin::{self, Twin};

/// Histories within which each broken rule has to be noticed.
const UNTIL_NOTICED: u64 = 6000;

/// Breaks one rule after the other, on two threads; gives those that nobody noticed.
pub fn unnoticed() -> Vec<String> {
    let half = |n: usize| twin::ALL.iter().skip(n).step_by(2).copied().collect::<Vec<_>>();
    let check = |twins: Vec<(Twin, u8, &'static str)>| {
        std::thread::spawn(move || {
            let projects = Projects::new();
            twins.into_iter().filter_map(|twin| missed(twin, &projects)).collect::<Vec<_>>()
        })
    };
    let threads = [check(half(0)), check(half(1))];
    threads.into_iter().flat_map(|t| t.join().unwrap()).collect()
}

/// What the watcher says of this history with the rule broken, and does not say of it as it is.
fn breach(twin: Twin, seed: u64, projects: &Projects) -> Option<String> {
    let breach = play(seed, projects, false).breaches.into_iter().next()?;
    twin::set(None);
    let sound = play(seed, projects, false).breaches.is_empty();
    twin::set(Some(twin));
    sound.then(|| breach.to_string())
}

fn missed((twin, law, how): (Twin, u8, &str), projects: &Projects) -> Option<String> {
    twin::set(Some(twin));
    // What explains otherwise than it does breaks nothing; whoever asks notices.
    let first = (0..UNTIL_NOTICED).find_map(|seed| match twin {
        Twin::WhyOtherwise => Some((seed, asked::many(seed, seed + 1, projects).bad.into_iter().next()?)),
        _ => Some((seed, breach(twin, seed, projects)?)),
    });
    twin::set(None);
    match first {
        Some((seed, breach)) => {
            let what = breach.lines().next().unwrap_or_default();
            println!("{twin:?} ({how}): seed {seed}, {what}");
            None
        }
        None => Some(format!("law {law}, {twin:?}: {how}")),
    }
}
