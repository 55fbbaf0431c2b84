//! Whatever is run twice, one after the other or both at once, comes to the same as run once: every binary, in worlds
//! that histories have come through.

use super::core::{Rates, Rng};
use super::history::{Projects, world};
use super::picture;
use super::universe::{Task, Universe};
use drover::domain::ids::{IssueNo, PullNo, Sha};
use drover::domain::phase::Phase;
use std::collections::BTreeMap;

/// How often a binary that moves things on may be run before nothing moves any more.
const UNTIL_REST: usize = 24;

/// What was tried, by name, and where it came out otherwise.
#[derive(Default)]
pub struct Again {
    pub tried: BTreeMap<&'static str, usize>,
    pub bad: Vec<String>,
}

/// Tries one command in the world of each seed.
pub fn many(from: u64, to: u64, projects: &Projects) -> Again {
    let mut again = Again::default();
    for seed in from..to {
        let Some((host, task)) = choose(seed, &world(seed, projects)) else { continue };
        *again.tried.entry(name(&task)).or_default() += 1;
        if let Err(how) = differs(seed, projects, host, &task) {
            again.bad.push(format!("seed {seed}, {task:?} on host {host}: {how}"));
        }
    }
    again
}

fn name(task: &Task) -> &'static str {
    match task {
        Task::Tick => "poll",
        Task::Handler(_) => "phase-handler",
        Task::Start(_) => "agent start",
        Task::Verify(_) => "verify",
        Task::Merge(..) => "merge",
        Task::Mirror => "mirror",
        Task::Listen | Task::Hear => "notify listen",
        Task::Say(..) => "agent say",
        Task::Stop(_) => "agent stop",
        Task::Resume(_) => "agent resume",
        Task::Retry(_) => "agent retry",
    }
}

/// Something that could be run in this world.
fn choose(seed: u64, u: &Universe) -> Option<(usize, Task)> {
    let rng = Rng::new(seed ^ 0xa9a1);
    let host = rng.pick(&u.hosts)?;
    let issues: Vec<IssueNo> = u.manners.borrow().keys().copied().collect();
    let issue = *rng.pick(&issues)?;
    let pulls: Vec<(PullNo, Sha)> =
        super::folk::pulls(u).into_iter().filter_map(|p| Some((p.number, p.head?))).collect();
    let pull = rng.pick(&pulls).cloned();
    let task = match rng.below(12) {
        0 | 1 => Task::Tick,
        2 => Task::Handler(issue),
        3 => Task::Start(issue),
        4 => Task::Verify(pull?.1),
        5 | 6 => pull.map(|(number, head)| Task::Merge(number, rng.chance(500).then_some(head)))?,
        7 => Task::Mirror,
        8 => Task::Stop(issue),
        9 => Task::Resume(issue),
        10 if u.setting.comments && rng.chance(500) => Task::Hear,
        10 => Task::Listen,
        _ => Task::Retry(issue),
    };
    Some((host.number, task))
}

/// Whether a command does one thing and no more; the others move things on, a step at a time.
fn does_one_thing(task: &Task) -> bool {
    !matches!(task, Task::Tick | Task::Handler(_))
}

/// How many orders in which the parts of one run can come are looked at, where its end depends on that.
const ORDERS: u64 = 40;

/// What differs between once, twice, and both at once. What moves things on is compared when nothing moves any more;
/// so is what ran side by side, since who finds the other at work may leave the next step to the next tick. A tick
/// starts several binaries at a time, and may end otherwise by their order alone: then twice has to end as once can.
fn differs(seed: u64, projects: &Projects, host: usize, task: &Task) -> Result<(), String> {
    let universe = || world(seed, projects);
    let once = universe();
    run(&once, host, task);
    if matches!(task, Task::Resume(issue) if asks(&once, host, *issue)) {
        return Ok(());
    }
    let twice = universe();
    run(&twice, host, task);
    twice.core.rates.set(Rates::default());
    run(&twice, host, task);
    if does_one_thing(task) {
        compare(picture::of, &once, &twice, "twice")?;
    }
    let both = universe();
    interleaved(&both);
    both.spawn(host, task.clone());
    run(&both, host, task);
    for (u, how) in [(&once, "once"), (&twice, "twice"), (&both, "both at once")] {
        rests(u, host, task).map_err(|e| format!("{how}: {e}"))?;
    }
    for (u, how) in [(&twice, "twice, in the end"), (&both, "both at once")] {
        let Err(difference) = compare(picture::of_end, &once, u, how) else { continue };
        let end = picture::of_end(u);
        let can = |order: u64| {
            let other = universe();
            interleaved(&other);
            (0..order).for_each(|_| _ = other.core.rng.next());
            run(&other, host, task);
            rests(&other, host, task).is_ok() && picture::difference(&picture::of_end(&other), &end).is_none()
        };
        if !(0..ORDERS).any(can) {
            return Err(difference);
        }
    }
    Ok(())
}

fn interleaved(u: &Universe) {
    u.core.rates.set(Rates { switch: 400, ..Rates::default() });
}

/// Runs what moves things on, and then ticks, until nothing moves any more.
fn rests(u: &Universe, host: usize, task: &Task) -> Result<(), String> {
    u.core.rates.set(Rates::default());
    if !does_one_thing(task) {
        comes_to_rest(u, host, task)?;
    }
    comes_to_rest(u, host, &Task::Tick)
}

/// Whether a run waits for a person's word: one that went on and has come to another question is asked about that.
fn asks(u: &Universe, host: usize, issue: IssueNo) -> bool {
    let run = u.hosts[host].store().run(issue).ok().flatten();
    run.is_some_and(|r| matches!(r.phase, Phase::Escalated | Phase::Stopped))
}

fn compare(
    picture: fn(&Universe) -> Vec<String>,
    once: &Universe,
    other: &Universe,
    how: &str,
) -> Result<(), String> {
    match picture::difference(&picture(once), &picture(other)) {
        Some(difference) => Err(format!("{how}\n{difference}{}{}", told("once", once), told(how, other))),
        None => Ok(()),
    }
}

/// What happened, if the history keeps it in words.
fn told(how: &str, u: &Universe) -> String {
    let log = u.core.log.as_ref().map(|l| l.borrow().join("\n"));
    log.map(|log| format!("== {how}\n{log}\n")).unwrap_or_default()
}

fn run(u: &Universe, host: usize, task: &Task) {
    u.spawn(host, task.clone());
    u.finish();
}

fn comes_to_rest(u: &Universe, host: usize, task: &Task) -> Result<(), String> {
    let (mut before, mut moved) = (picture::of(u), None);
    for _ in 0..UNTIL_REST {
        run(u, host, task);
        let after = picture::of(u);
        moved = picture::difference(&before, &after);
        if moved.is_none() {
            return Ok(());
        }
        before = after;
    }
    Err(format!("never comes to rest\n{}", moved.unwrap_or_default()))
}
