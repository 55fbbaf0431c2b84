//! Whether each rule that is broken on purpose is noticed: a law that nothing ever breaks is not being checked.

use super::asked;
use super::history::{Projects, play};
use drover::twin::{self, Twin};

/// Histories within which each broken rule has to be noticed.
const UNTIL_NOTICED: u64 = 6000;

/// Those that are also played where every server is spoken to over HTTP, which takes ten times as long.
const OVER_HTTP: &[Twin] = &[Twin::NoneIsGreen, Twin::ErrorIsClosed, Twin::CommentBlind, Twin::Unredacted];

/// A broken rule, and how many histories in a thousand with a server are over HTTP.
type Trial = (Twin, u8, &'static str, u64);

/// Breaks one rule after the other, on two threads; gives those that nobody noticed. `TWIN` names one.
pub fn unnoticed() -> Vec<String> {
    let only = std::env::var("TWIN").unwrap_or_default();
    let over_http = twin::ALL.iter().filter(|(twin, ..)| OVER_HTTP.contains(twin));
    let trials = twin::ALL.iter().map(|of| (of, 0)).chain(over_http.map(|of| (of, 1000)));
    let trials: Vec<Trial> = trials
        .filter(|((twin, ..), _)| only.is_empty() || format!("{twin:?}") == only)
        .map(|((twin, law, how), wired)| (*twin, *law, *how, wired))
        .collect();
    let half = |n: usize| trials.iter().skip(n).step_by(2).copied().collect::<Vec<_>>();
    let check = |trials: Vec<Trial>| {
        std::thread::spawn(move || {
            let projects = Projects::new();
            trials.into_iter().filter_map(|trial| missed(trial, &projects)).collect::<Vec<_>>()
        })
    };
    let threads = [check(half(0)), check(half(1))];
    threads.into_iter().flat_map(|t| t.join().unwrap()).collect()
}

/// What the watcher says of this history with the rule broken, and does not say of it as it is.
fn breach(twin: Twin, seed: u64, projects: &Projects, wired: u64) -> Option<String> {
    let breach = play(seed, projects, false, wired).breaches.into_iter().next()?;
    twin::set(None);
    let sound = play(seed, projects, false, wired).breaches.is_empty();
    twin::set(Some(twin));
    sound.then(|| breach.to_string())
}

fn missed((twin, law, how, wired): Trial, projects: &Projects) -> Option<String> {
    twin::set(Some(twin));
    // What explains otherwise than it does breaks nothing; whoever asks notices.
    let first = (0..UNTIL_NOTICED).find_map(|seed| match twin {
        Twin::WhyOtherwise => Some((seed, asked::many(seed, seed + 1, projects).bad.into_iter().next()?)),
        _ => Some((seed, breach(twin, seed, projects, wired)?)),
    });
    twin::set(None);
    let over = if wired > 0 { " over HTTP" } else { "" };
    match first {
        Some((seed, breach)) => {
            let what = breach.lines().next().unwrap_or_default();
            println!("{twin:?}{over} ({how}): seed {seed}, {what}");
            None
        }
        None => Some(format!("law {law}, {twin:?}{over}: {how}")),
    }
}
