//! What `status why` says is what `poll` does, and what it says nothing is done about nothing is done about: in
//! worlds that histories have come through, with the outside there or not.

use super::core::{Rates, Rng};
use super::history::{Projects, world};
use super::universe::{Task, Universe};
use drover::domain::ids::{IssueNo, PullNo};
use drover::ops::views::{self, WhyRow};
use std::collections::BTreeMap;

/// What was said how often, and where something else was done.
#[derive(Default)]
pub struct Asked {
    pub said: BTreeMap<String, usize>,
    pub bad: Vec<String>,
}

/// Asks in the world of each seed.
pub fn many(from: u64, to: u64, projects: &Projects) -> Asked {
    let mut asked = Asked::default();
    for seed in from..to {
        let u = world(seed, projects);
        let rng = Rng::new(seed ^ 0xa55d);
        if rng.chance(100) {
            u.core.rates.set(Rates { refused: 1000, ..u.core.rates.get() });
        }
        let Some(host) = rng.pick(&u.hosts).map(|h| h.number) else { continue };
        // On a full disk a tick does nothing but say so, which no reader of files can know.
        if u.hosts[host].files.full.get() {
            continue;
        }
        if let Err(how) = differs(&u, host, &mut asked.said) {
            asked.bad.push(format!("seed {seed}, host {host}: {how}"));
        }
    }
    asked
}

/// Asks, ticks, and holds what was done against what was said.
fn differs(u: &Universe, host: usize, said: &mut BTreeMap<String, usize>) -> Result<(), String> {
    let place = &u.hosts[host];
    // What people have said and nobody has read is no news to `why`: a run waits until it is heard.
    u.spawn(host, Task::Hear);
    u.finish();
    let rows = views::why(&place.world(), None).map_err(|e| format!("why: {e:#}"))?;
    for row in &rows {
        let what = if row.code == "do" { row.words.split(' ').next().unwrap_or("") } else { &row.code };
        *said.entry(what.to_string()).or_default() += 1;
    }
    let before = records(u, host);
    u.spawn(host, Task::Tick);
    let tick = u.newest();
    u.finish();
    let done: Vec<String> =
        place.jobs.started.borrow().iter().filter(|j| j.0 == tick).map(|j| j.1.join(" ")).collect();
    let announced: Vec<String> = rows.iter().filter(|r| r.code == "do").map(|r| r.words.clone()).collect();
    if done != announced {
        let log = u.core.log.as_ref().map(|l| l.borrow().join("\n")).unwrap_or_default();
        return Err(format!("said {announced:?}, did {done:?}\n{log}"));
    }
    let touched: Vec<IssueNo> =
        rows.iter().filter(|r| r.code == "do").flat_map(|r| about(u, host, r)).collect();
    let after = records(u, host);
    match after.iter().find(|(issue, record)| !touched.contains(issue) && before.get(issue) != Some(record)) {
        Some((issue, _)) => Err(format!("#{issue} changed, and only {announced:?} was said")),
        None => Ok(()),
    }
}

/// The records of all runs of a host, as they are on disk.
fn records(u: &Universe, host: usize) -> BTreeMap<IssueNo, String> {
    let store = u.hosts[host].store();
    let numbers = u.manners.borrow().keys().copied().collect::<Vec<_>>();
    let text = |n: &IssueNo| Some((*n, u.hosts[host].files.text(&store.paths.run(*n).record())?));
    numbers.iter().filter_map(text).collect()
}

/// The issues whose runs a command may move.
fn about(u: &Universe, host: usize, row: &WhyRow) -> Vec<IssueNo> {
    let words: Vec<&str> = row.words.split(' ').collect();
    match words.as_slice() {
        ["phase-handler", n] | ["agent", "start", n, ..] => n.parse().into_iter().collect(),
        ["merge", n, ..] => {
            let number: Result<PullNo, _> = n.parse();
            let pull = number.ok().and_then(|n| u.hosts[host].forge_as("rob").pull(n).ok().flatten());
            pull.and_then(|p| u.watch.issue_of(&p)).into_iter().collect()
        }
        ["verify", sha, ..] => {
            let runs = u.hosts[host].store().runs().map(|r| r.0).unwrap_or_default();
            runs.iter()
                .filter(|r| r.head.as_ref().is_some_and(|h| h.as_str() == *sha))
                .map(|r| r.issue)
                .collect()
        }
        _ => vec![],
    }
}
