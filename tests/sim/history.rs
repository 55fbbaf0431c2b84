//! One history: a seed says what the universe is like, what goes wrong in it and in which order everything happens.

use super::core::{Rates, Rng};
use super::folk;
use super::host::{self, Setting};
use super::universe::{Task, Universe};
use drover::config::{Pipeline, Project, Update};
use drover::domain::agent::Kind;
use drover::domain::evidence::Colour;
use drover::domain::launch::Style;
use drover::domain::laws::Breach;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Instant;

/// Of a thousand histories with a server those in which it is spoken to over HTTP, through our own adapter.
pub const WIRED: u64 = 60;
/// Steps of a history before faults stop.
pub const STEPS: u64 = 300;
/// Ticks within which every run must have come somewhere afterwards.
pub const TICKS: u32 = 12;

/// What came of a history.
pub struct Outcome {
    pub seed: u64,
    pub trace: u64,
    pub calls: u64,
    pub landed: usize,
    pub breaches: Vec<Breach>,
    pub log: Vec<String>,
}

/// Projects read once, changed for each history.
pub struct Projects {
    pub local: Project,
    pub server: Project,
}

impl Projects {
    pub fn new() -> Projects {
        let secret = format!("token-{:016x}", Rng::new(u64::from(std::process::id())).next());
        Projects { local: host::project(true, &secret), server: host::project(false, &secret) }
    }

    /// What the universe of this seed is like.
    pub fn setting(&self, seed: u64, rng: &Rng) -> Setting {
        let local = rng.chance(500);
        let mut project = if local { self.local.clone() } else { self.server.clone() };
        project.limits.sessions = 1 + rng.below(2) as u32;
        project.agent.style = if rng.chance(700) { Style::Turns } else { Style::Interactive };
        project.pipeline = if rng.chance(500) { Pipeline::Drain } else { Pipeline::Overlap };
        project.landing.up_to_date = rng.chance(200);
        project.landing.update = if rng.chance(300) { Update::Rebase } else { Update::Merge };
        if !local && rng.chance(500) {
            project.verify.test = None;
        }
        // Agents that drover knows by name go on in the conversation that they had; by a throw of its own.
        if project.agent.style == Style::Turns && Rng::new(seed ^ 0xa6e17).chance(300) {
            project.agent.kind = Kind::Claude;
        }
        // So do those that are watched in their own interfaces.
        if project.agent.style == Style::Interactive && Rng::new(seed ^ 0x5c3ee).chance(500) {
            project.agent.kind = Kind::Claude;
        }
        if project.agent.kind == Kind::Claude && Rng::new(seed ^ 0xfa11).chance(300) {
            project.agent.fallback = vec!["codex".into()];
        }
        let hosts = if !local && rng.chance(600) { 2 } else { 1 };
        Setting::of(local, hosts, project)
    }
}

impl Setting {
    pub fn of(local: bool, hosts: usize, project: Project) -> Setting {
        let policy = Rc::new(drover::cli::rules::of(&project));
        let secrets = Rc::new(project.secrets());
        let project = Rc::new(project);
        Setting {
            local,
            hosts,
            wired: false,
            project,
            policy,
            secrets,
            comments: false,
            posts: false,
            faultless: false,
        }
    }
}

fn rates(rng: &Rng) -> Rates {
    let some = |most: u64| if rng.chance(500) { rng.below(most) } else { 0 };
    Rates {
        switch: 10 + rng.below(150),
        refused: some(40),
        lost: some(40),
        crash: some(60),
        disaster: some(150),
        twice: 0,
    }
}

/// The universe of a seed as its history begins; with a server it is spoken to over HTTP `wired` times in a thousand.
pub fn begin(seed: u64, projects: &Projects, verbose: bool, wired: u64) -> Universe {
    let rng = Rng::new(seed ^ 0x5eed);
    let (mut setting, mut rates) = (projects.setting(seed, &rng), rates(&rng));
    setting.faultless = rates.refused + rates.lost + rates.crash + rates.disaster == 0;
    // By a throw of its own: the histories of the others stay what they are.
    let repeats = Rng::new(seed ^ 0x7e1ce);
    if !setting.faultless && repeats.chance(250) {
        rates.twice = repeats.below(40);
    }
    setting.comments = Rng::new(seed ^ 0xc03e7).chance(300);
    setting.posts = Rng::new(seed ^ 0x9057).chance(150);
    setting.wired = !setting.local && Rng::new(seed ^ 0x3172ed).chance(wired);
    if setting.wired {
        // Each call of the forge is some requests and files, and so as many places to be interrupted at.
        rates.switch = 5 + rates.switch / 5;
    }
    let universe = Universe::new(seed, setting, verbose);
    universe.core.rates.set(rates);
    universe.core.say(|| describe(&universe));
    folk::file(&universe);
    folk::file(&universe);
    universe
}

/// A world such as histories come through: so far played, then everybody stands still and nothing goes wrong any
/// more. Processes of ours are cut off where they are, or come to their ends.
pub fn world(seed: u64, projects: &Projects) -> Universe {
    let chance = Rng::new(seed ^ 0x3011d);
    let universe = begin(seed, projects, std::env::var("TELL").is_ok(), 0);
    for _ in 0..chance.below(STEPS) {
        universe.step();
    }
    if chance.chance(500) {
        universe.hosts.iter().for_each(|h| universe.kill_all(h.number));
    }
    universe.still();
    universe.finish();
    universe
}

/// Plays the history of a seed; `wired` as in [`begin`].
pub fn play(seed: u64, projects: &Projects, verbose: bool, wired: u64) -> Outcome {
    let universe = begin(seed, projects, verbose, wired);
    let steps = if universe.setting.wired { 2 * STEPS } else { STEPS };
    for _ in 0..steps {
        universe.step();
        if !universe.watch.breaches.borrow().is_empty() {
            return outcome(seed, universe);
        }
    }
    rest(&universe);
    outcome(seed, universe)
}

fn describe(u: &Universe) -> String {
    let p = &u.setting.project;
    format!(
        "local {} wired {} comments {} posts {} hosts {} sessions {} {:?} {:?} up_to_date {} verifies {} {:?}",
        u.setting.local,
        u.setting.wired,
        u.setting.comments,
        u.setting.posts,
        u.setting.hosts,
        p.limits.sessions,
        p.agent.style,
        p.pipeline,
        p.landing.up_to_date,
        u.setting.policy.verifies,
        u.core.rates.get()
    )
}

/// Faults stop, people go home, CI goes on: within so many ticks every run has come somewhere, counted from its
/// claim where the issue had to wait for its turn.
pub fn rest(u: &Universe) {
    u.calm();
    u.core.say(|| "faults stop".into());
    let (mut since, mut idle, mut before) = (BTreeMap::new(), 0, vec![]);
    for tick in 0.. {
        u.pass(3_600_000);
        report_all(u);
        for host in &u.hosts {
            u.spawn(host.number, Task::Tick);
            u.spawn(host.number, Task::Listen);
        }
        u.settle(20_000);
        let (moving, entries) = (u.watch.moving(), u.watch.entries());
        let late = moving.iter().any(|run| tick - *since.entry(*run).or_insert(tick) >= TICKS);
        idle = if moving.is_empty() && entries == before { idle + 1 } else { 0 };
        before = entries;
        if late || idle == 2 || !u.watch.breaches.borrow().is_empty() {
            break;
        }
    }
    u.watch.at_rest(&u.hosts);
}

/// CI says of every open pull what is so.
fn report_all(u: &Universe) {
    for pull in folk::pulls(u).iter().filter(|_| !u.setting.local) {
        if let Some(head) = &pull.head {
            let sound = u.server.pool.is_sound(head);
            folk::report(u, head, if sound { Colour::Green } else { Colour::Red }, false);
        }
    }
}

fn outcome(seed: u64, u: Universe) -> Outcome {
    let log = u.core.log.as_ref().map(|l| l.borrow().clone()).unwrap_or_default();
    let landed = folk_landed(&u);
    let breaches = u.watch.breaches.borrow().clone();
    Outcome { seed, trace: u.core.trace.get(), calls: u.core.calls.get(), landed, breaches, log }
}

fn folk_landed(u: &Universe) -> usize {
    let receipts = |h: &Rc<super::host::Host>| {
        let store = h.store();
        store.files.list(&store.paths.receipts()).map(|l| l.len()).unwrap_or(0)
    };
    u.hosts.iter().map(receipts).sum()
}

/// What came of many histories.
#[derive(Default)]
pub struct Tally {
    /// How many in a thousand with a server were over HTTP.
    pub wired: u64,
    pub histories: u64,
    pub calls: u64,
    pub landed: usize,
    pub seconds: f64,
    /// Those in which a law broke: the seed, and how.
    pub bad: Vec<(u64, Breach)>,
}

impl Tally {
    pub fn and(mut self, other: Tally) -> Tally {
        self.wired = other.wired;
        self.histories += other.histories;
        self.calls += other.calls;
        self.landed += other.landed;
        self.seconds += other.seconds;
        self.bad.extend(other.bad);
        self
    }

    fn count(&mut self, outcome: Outcome) {
        self.histories += 1;
        self.calls += outcome.calls;
        self.landed += outcome.landed;
        self.bad.extend(outcome.breaches.into_iter().next().map(|b| (outcome.seed, b)));
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (seed, breach) in self.bad.iter().take(20) {
            let wired = self.wired;
            let command = "cargo run --profile sim --features lab --example sim";
            writeln!(f, "SEED={seed} WIRED={wired} {command}  # {breach}")?;
        }
        write!(
            f,
            "{} histories of {STEPS} steps, {} calls of parts, {} landings, {:.0} histories a second; {} broke a law",
            self.histories,
            self.calls,
            self.landed,
            self.histories as f64 / self.seconds,
            self.bad.len()
        )
    }
}

/// Plays the seeds of a range on two threads.
pub fn many(from: u64, to: u64, wired: u64) -> Tally {
    let began = Instant::now();
    let workers = 2u64;
    let work = move |worker: u64| {
        let (projects, mut tally) = (Projects::new(), Tally::default());
        (from..to)
            .filter(|seed| seed % workers == worker)
            .for_each(|seed| tally.count(play(seed, &projects, false, wired)));
        tally
    };
    let threads: Vec<_> = (0..workers).map(|w| std::thread::spawn(move || work(w))).collect();
    let all = threads.into_iter().map(|t| t.join().unwrap()).fold(Tally::default(), Tally::and);
    Tally { wired, seconds: began.elapsed().as_secs_f64(), ..all }
}

/// The two halves of a range of seeds, each on a thread of its own.
pub fn halves<T: Send + 'static>(
    (from, to): (u64, u64),
    work: impl Fn(u64, u64, &Projects) -> T + Copy + Send + 'static,
) -> Vec<T> {
    let half = from + (to - from) / 2;
    let threads =
        [(from, half), (half, to)].map(|(a, b)| std::thread::spawn(move || work(a, b, &Projects::new())));
    threads.into_iter().map(|t| t.join().unwrap()).collect()
}
