//! Choosing kill points, playing them in parallel, and the report.

use crate::histories::{HISTORIES, History};
use crate::play::{Effect, Kill, Play};
use crate::{picture, points};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Kill points of a sweep that is part of `make test`.
const SOME: usize = 210;

/// A history as it goes when nothing is killed.
struct Reference {
    history: &'static History,
    effects: Vec<Effect>,
    picture: Vec<String>,
}

/// What came of one history with a kill.
struct Outcome {
    history: &'static str,
    kill: Kill,
    /// Where it died; none if the history took another way and did not get there.
    died: Option<Effect>,
    /// What is wrong, if something is.
    wrong: Option<String>,
    seconds: f64,
}

pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|_| {}));
    let began = Instant::now();
    let wanted = std::env::var("KILL").unwrap_or_default();
    let only = std::env::var("HISTORY").unwrap_or_default();
    let histories: Vec<&'static History> =
        HISTORIES.iter().filter(|h| only.is_empty() || h.name == only).collect();
    let references: Vec<Reference> =
        in_parallel(&histories, |h| reference(h)).into_iter().flatten().collect();
    for r in &references {
        println!("history {}: {}", r.history.name, per_program(r.effects.iter().map(|e| &e.at)));
        if wanted == "none" {
            r.picture.iter().for_each(|l| println!("  {l}"));
        }
    }
    if references.len() < histories.len() {
        return ExitCode::FAILURE;
    }
    let chosen = choose(&references, &wanted);
    let outcomes = in_parallel(&chosen, |(at, kill)| play(&references[*at], kill));
    report(&references, &outcomes, began, only.is_empty())
}

/// Does something with each, several at a time, in their order.
fn in_parallel<T: Sync, R: Send>(all: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    // Most of a history is waiting: more of them than there are cores.
    let threads = std::thread::available_parallelism().map_or(2, usize::from) * 3;
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(one) = all.get(at) else { return };
                    let result = work(one);
                    let mut done = done.lock().unwrap();
                    done.push((at, result));
                    if done.len() % 100 == 0 {
                        println!("{} of {} played", done.len(), all.len());
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Plays a history to its end and looks at the picture: after the last step of its script all must come to rest,
/// and an hour later nothing more may have changed but what is tidied up by the hour.
fn played(
    history: &History,
    kill: Option<Kill>,
    wanted: Option<&[String]>,
) -> (Play, Result<Vec<String>, String>) {
    let p = Play::new((history.set)(), kill);
    let done = catch_unwind(AssertUnwindSafe(|| {
        (history.play)(&p);
        p.s.later(3600);
        let mut last = Vec::new();
        let mut same = 0;
        for _ in 0..60 {
            p.tick();
            let now = picture::of(&p.s);
            same = if now == last { same + 1 } else { 0 };
            last = now;
            if same >= 2 && wanted.is_none_or(|w| w == last) || same >= 20 {
                break;
            }
            if same == 2 {
                // Killed in this last hour itself: what is tidied up by the hour gets another.
                p.s.later(3600);
            }
        }
        last
    }));
    (p, done.map_err(|panic| words(&*panic)))
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|s| s.to_string())).unwrap_or_default()
}

fn reference(history: &'static History) -> Option<Reference> {
    match played(history, None, None) {
        (p, Ok(picture)) => Some(Reference { history, effects: p.log(), picture }),
        (_, Err(why)) => {
            println!("history {} does not end, though nothing was killed: {why}", history.name);
            None
        }
    }
}

fn play(reference: &Reference, kill: &Kill) -> Outcome {
    let began = Instant::now();
    let history = reference.history.name;
    let (p, ended) = played(reference.history, Some(kill.clone()), Some(&reference.picture));
    let wrong = match ended {
        Ok(picture) if picture == reference.picture => None,
        Ok(picture) => Some(format!("{}\n{}", difference(&reference.picture, &picture), p.s.picture())),
        Err(why) => Some(why),
    };
    let outcome = Outcome {
        history,
        kill: kill.clone(),
        died: p.killed(),
        wrong,
        seconds: began.elapsed().as_secs_f64(),
    };
    if let Some(wrong) = &outcome.wrong {
        println!("{}", told(&outcome, wrong));
    }
    outcome
}

/// A failing kill point, and how to play it again.
fn told(outcome: &Outcome, wrong: &str) -> String {
    let wrong: Vec<String> = wrong.lines().map(|l| l.chars().take(300).collect()).collect();
    let wrong = wrong.join("\n");
    let at = outcome.died.as_ref().map_or("(not reached)".into(), |e| format!("{} {}", e.point, e.file));
    format!(
        "FAILED: {} of {} in history {}: {at}\n  KILL={}:{} HISTORY={} cargo test --profile sim --features lab --test kill\n{wrong}\n",
        outcome.kill.number,
        outcome.kill.program,
        outcome.history,
        outcome.kill.program,
        outcome.kill.number,
        outcome.history
    )
}

fn difference(wanted: &[String], got: &[String]) -> String {
    let less = wanted.iter().filter(|l| !got.contains(l)).map(|l| format!("  - {l}"));
    let more = got.iter().filter(|l| !wanted.contains(l)).map(|l| format!("  + {l}"));
    let all: Vec<String> = less.chain(more).collect();
    let first = || wanted.iter().zip(got).find(|(w, g)| w != g);
    match (all.is_empty(), first()) {
        (false, _) => all.join("\n"),
        (true, Some((w, g))) => format!("  the same lines, in another order or number:\n  - {w}\n  + {g}"),
        (true, None) => "  the same lines, and some of them again".into(),
    }
}

/// The kill points to play: which history and where.
fn choose(references: &[Reference], wanted: &str) -> Vec<(usize, Kill)> {
    let all: Vec<(usize, &Effect)> =
        references.iter().enumerate().flat_map(|(n, r)| r.effects.iter().map(move |e| (n, e))).collect();
    match wanted {
        "none" => vec![],
        "all" => all.into_iter().map(|(n, e)| (n, e.at.clone())).collect(),
        "" => some(&all),
        part if part.contains('/') => {
            let (nth, of) = part.split_once('/').expect("it is there");
            let (nth, of): (usize, usize) = (nth.parse().expect("a number"), of.parse().expect("a number"));
            all.into_iter().skip(nth % of).step_by(of).map(|(n, e)| (n, e.at.clone())).collect()
        }
        one => {
            let (program, number) =
                one.split_once(':').expect("KILL=<binary>:<number>, <n>/<m>, all or none");
            let number = number.parse().expect("a number");
            (0..references.len()).map(|n| (n, Kill { program: program.into(), number })).collect()
        }
    }
}

/// Each point once, then each once in each binary, the binaries in turn, then every so-manieth, as far as there is room.
fn some(all: &[(usize, &Effect)]) -> Vec<(usize, Kill)> {
    let mut chosen: BTreeSet<(usize, Kill)> = BTreeSet::new();
    let mut kinds = BTreeSet::new();
    for (n, effect) in all.iter().filter(|(_, e)| kinds.insert(e.point.clone())) {
        chosen.insert((*n, effect.at.clone()));
    }
    let mut of_each: BTreeMap<&str, VecDeque<(usize, Kill)>> = BTreeMap::new();
    for (n, effect) in all {
        if kinds.insert(format!("{} {}", effect.at.program, effect.point)) {
            of_each.entry(&effect.at.program).or_default().push_back((*n, effect.at.clone()));
        }
    }
    while chosen.len() < SOME && of_each.values().any(|queue| !queue.is_empty()) {
        let room = SOME - chosen.len();
        chosen.extend(of_each.values_mut().filter_map(VecDeque::pop_front).take(room));
    }
    let left = SOME.saturating_sub(chosen.len());
    let stride = all.len().checked_div(left).unwrap_or(usize::MAX).max(1);
    chosen.extend(all.iter().skip(stride / 2).step_by(stride).map(|(n, e)| (*n, e.at.clone())));
    chosen.into_iter().collect()
}

fn per_program<'a>(kills: impl Iterator<Item = &'a Kill>) -> String {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    kills.for_each(|k| *count.entry(&k.program).or_default() += 1);
    let total: usize = count.values().sum();
    let list: Vec<String> = count.iter().map(|(program, n)| format!("{program} {n}")).collect();
    format!("{total} ({})", list.join(", "))
}

fn report(references: &[Reference], outcomes: &[Outcome], began: Instant, whole: bool) -> ExitCode {
    let died: Vec<&Effect> = outcomes.iter().filter_map(|o| o.died.as_ref()).collect();
    println!("kill points: {}", per_program(died.iter().map(|e| &e.at)));
    let missed = outcomes.len() - died.len();
    let slowest = outcomes.iter().map(|o| o.seconds).fold(0.0, f64::max);
    println!(
        "not reached where they were chosen: {missed}; slowest {slowest:.1} s; {} s in all",
        began.elapsed().as_secs()
    );
    let failed: Vec<&Outcome> = outcomes.iter().filter(|o| o.wrong.is_some()).collect();
    for outcome in &failed {
        println!("failed: KILL={}:{} HISTORY={}", outcome.kill.program, outcome.kill.number, outcome.history);
    }
    let uncovered = if whole { coverage(references) } else { vec![] };
    if failed.is_empty() && uncovered.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Says how many of the points in the source some history reaches; gives those that none does.
fn coverage(references: &[Reference]) -> Vec<String> {
    let all: BTreeSet<String> = points::points().into_iter().map(|(name, _)| name).collect();
    let reached: BTreeSet<String> =
        references.iter().flat_map(|r| r.effects.iter().map(|e| e.point.clone())).collect();
    let missing: Vec<String> = all.difference(&reached).cloned().collect();
    println!("effects covered: {}/{}", all.len() - missing.len(), all.len());
    missing.iter().for_each(|name| println!("  not covered: {name}"));
    missing
}
