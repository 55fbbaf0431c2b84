//! A universe: hosts, a server, actors, agents and people, and a scheduler that lets one of them do the next thing.
//! Everything that could happen next is drawn from one seed.

use super::agents::{self, Manner, Zombie};
use super::core::{Core, Coroutine, Rates};
use super::host::{self, Host, Setting};
use super::parts::Queued;
use super::server::Server;
use super::watch::Watch;
use drover::config::Channel;
use drover::domain::ids::{IssueNo, PullNo, Sha};
use drover::ops::start::Asker;
use drover::ops::step::Word;
use drover::ops::{control, land, listen, mirror, start, step, tick, verify};
use drover::world::{People, World};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What an actor does: the same function as the binary of that name calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    Tick,
    Handler(IssueNo),
    Start(IssueNo),
    Verify(Sha),
    Merge(PullNo, Option<Sha>),
    Mirror,
    Listen,
    /// What a tick hears.
    Hear,
    Say(IssueNo, String),
    Stop(IssueNo),
    Resume(IssueNo),
    Retry(IssueNo),
}

/// One process of ours.
struct Actor {
    id: u64,
    host: usize,
    task: Task,
    born: u64,
    process: Coroutine,
    wake: Option<(i64, u64)>,
    code: Rc<Cell<Option<i32>>>,
}

/// Everything there is.
pub struct Universe {
    pub core: Rc<Core>,
    pub setting: Setting,
    pub server: Rc<Server>,
    pub hosts: Vec<Rc<Host>>,
    pub watch: Rc<Watch>,
    /// What each issue's agent is like.
    pub manners: RefCell<BTreeMap<IssueNo, Manner>>,
    pub zombies: RefCell<Vec<Zombie>>,
    /// Whether people act.
    pub folk: Cell<bool>,
    actors: RefCell<Vec<Actor>>,
    born: Cell<u64>,
}

impl Universe {
    pub fn new(seed: u64, setting: Setting, verbose: bool) -> Universe {
        let core = Rc::new(Core::new(seed, verbose));
        let server = host::server(&core, setting.wired);
        let hosts: Vec<Rc<Host>> =
            (0..setting.hosts).map(|n| Rc::new(Host::new(n, &core, &setting, &server))).collect();
        let watch = Rc::new(Watch::new(core.clone(), setting.clone(), server.clone()));
        for host in &hosts {
            watch.over(host);
        }
        Universe {
            core,
            setting,
            server,
            hosts,
            watch,
            manners: RefCell::default(),
            zombies: RefCell::default(),
            folk: Cell::new(true),
            actors: RefCell::default(),
            born: Cell::new(0),
        }
    }

    /// Starts a process on a host.
    pub fn spawn(&self, host: usize, task: Task) {
        self.spawn_with(host, task, Rc::default());
    }

    /// The number of the process that was started last.
    pub fn newest(&self) -> u64 {
        self.born.get()
    }

    fn spawn_with(&self, host: usize, task: Task, code: Rc<Cell<Option<i32>>>) {
        let id = self.born.get() + 1;
        self.born.set(id);
        self.core.say(|| format!("actor {id} on host {host}: {task:?}"));
        let doing = task.clone();
        let (place, result, core) = (self.hosts[host].clone(), code.clone(), self.core.clone());
        let process = Coroutine::new(move || {
            let outcome = run(&place.world(), &task);
            if let Err(e) = &outcome {
                core.say(|| format!("ends with {e:#}"));
            }
            result.set(Some(i32::from(outcome.is_err())));
        });
        self.actors.borrow_mut().push(Actor {
            id,
            host,
            task: doing,
            born: self.core.step.get(),
            process,
            wake: None,
            code,
        });
    }

    /// Actors that could do something now.
    fn ready(&self) -> Vec<usize> {
        let (now, bell) = (self.core.time.get(), self.core.bell.get());
        let awake = |a: &Actor| a.wake.is_none_or(|(at, rung)| now >= at || bell != rung);
        let actors = self.actors.borrow();
        (0..actors.len()).filter(|n| awake(&actors[*n])).collect()
    }

    /// Lets one actor go on until it is interrupted, waits or ends.
    fn resume(&self, n: usize) {
        let mut actor = self.actors.borrow_mut().swap_remove(n);
        self.core.current.set(Some(actor.id));
        self.watch.begins(actor.host, actor.born);
        actor.process.resume();
        self.core.current.set(None);
        self.take_in_jobs(actor.host);
        if actor.process.is_done() {
            actor.code.set(actor.code.get().or(Some(1)));
            self.core.bell.set(self.core.bell.get() + 1);
            return;
        }
        actor.wake = self.core.wake.take().map(|at| (at, self.core.bell.get()));
        if self.core.rng.chance(self.core.rates.get().crash) {
            self.core.say(|| format!("actor {} is killed", actor.id));
            self.core.note("kill");
            self.watch.crashes.set(self.watch.crashes.get() + 1);
            actor.code.set(Some(137));
            drop(actor);
            self.core.bell.set(self.core.bell.get() + 1);
            return;
        }
        self.actors.borrow_mut().push(actor);
    }

    fn take_in_jobs(&self, host: usize) {
        loop {
            let Some(Queued { argv, code }) = self.hosts[host].jobs.queue.borrow_mut().pop_front() else {
                return;
            };
            let words: Vec<&str> = argv.iter().map(String::as_str).collect();
            self.spawn_with(host, parse(&words), code);
        }
    }

    /// What processes of ours are in the middle of, and on which host.
    pub fn at_work(&self) -> Vec<(usize, Task)> {
        self.actors.borrow().iter().map(|a| (a.host, a.task.clone())).collect()
    }

    /// Ends every process of a host, as a reboot does.
    pub fn kill_all(&self, host: usize) {
        let dead: Vec<Actor> = self.actors.borrow_mut().extract_if(.., |a| a.host == host).collect();
        for actor in dead {
            actor.code.set(Some(137));
        }
        self.hosts[host].jobs.queue.borrow_mut().clear();
    }

    /// One step of whatever is drawn. Nothing is left to do if it gives false.
    pub fn step(&self) -> bool {
        self.core.step.set(self.core.step.get() + 1);
        let ready = self.ready();
        let rng = &self.core.rng;
        let sessions = self.sessions();
        // Processes of ours are what is tested: they get most of the steps.
        let draw = rng.below(100);
        match draw {
            0..=74 if !ready.is_empty() => self.resume(ready[rng.below(ready.len() as u64) as usize]),
            0..=89 if !sessions.is_empty() => {
                let (host, name) = sessions[rng.below(sessions.len() as u64) as usize].clone();
                self.agent(host, &name);
            }
            _ if self.folk.get() => super::folk::act(self),
            _ if !ready.is_empty() => self.resume(ready[0]),
            _ => self.pass(1000 + rng.below(120_000) as i64),
        }
        self.watch.check(&self.hosts);
        self.actors.borrow().len() + sessions.len() > 0
    }

    /// Lets what is going on come to rest: no new ticks, no people.
    pub fn settle(&self, most: usize) {
        for _ in 0..most {
            if !self.go_on() && !self.sessions().iter().any(|(host, name)| self.agent(*host, name)) {
                self.watch.check(&self.hosts);
                return;
            }
            self.watch.check(&self.hosts);
        }
    }

    /// Lets our own processes come to their ends while everybody else stands still.
    pub fn finish(&self) {
        while self.go_on() {}
    }

    /// One step of a process of ours, any of them; false if there is none.
    fn go_on(&self) -> bool {
        self.core.step.set(self.core.step.get() + 1);
        let ready = self.ready();
        // Where nothing is interrupted, nothing is left to chance.
        let by_chance = self.core.rates.get().switch > 0;
        let next = if by_chance { self.core.rng.pick(&ready) } else { ready.first() };
        if let Some(n) = next {
            self.resume(*n);
            return true;
        }
        let next = self.actors.borrow().iter().filter_map(|a| a.wake.map(|w| w.0)).min();
        if let Some(at) = next {
            self.core.time.set(self.core.time.get().max(at));
        }
        next.is_some()
    }

    fn sessions(&self) -> Vec<(usize, String)> {
        let of = |h: &Rc<Host>| {
            let names: Vec<String> = h.tmux.sessions.borrow().keys().cloned().collect();
            names.into_iter().map(|n| (h.number, n)).collect::<Vec<_>>()
        };
        self.hosts.iter().flat_map(of).collect()
    }

    /// Lets an agent do its next thing; its host wakes the handler, mostly.
    pub fn agent(&self, host: usize, name: &str) -> bool {
        let place = &self.hosts[host];
        let Some(issue) = place.tmux.sessions.borrow().get(name).map(|s| s.issue) else { return false };
        let manner = self.manners.borrow().get(&issue).copied().unwrap_or(Manner::Good);
        let Some(deed) = agents::act(place, name, manner) else { return false };
        self.core.note(name);
        self.core.changed();
        self.core.say(|| format!("agent of #{issue} ({manner:?}) on host {host}: {deed:?}"));
        self.watch.did(place, issue, &deed);
        self.zombies.borrow_mut().extend(deed.zombie);
        if deed.wakes && self.core.rng.chance(800) {
            self.spawn(host, Task::Handler(issue));
        }
        true
    }

    /// Time passes.
    pub fn pass(&self, ms: i64) {
        self.core.time.set(self.core.time.get() + ms);
        self.core.note("time");
        self.hosts.iter().for_each(|host| agents::lapse(host));
    }

    /// Nothing goes wrong from now on, whatever is wrong already.
    pub fn still(&self) {
        let switch = self.core.rates.get().switch;
        self.core.rates.set(Rates { switch, ..Rates::default() });
    }

    /// Nothing goes wrong from now on, and what is wrong is mended.
    pub fn calm(&self) {
        self.still();
        self.server.catch_up();
        self.server.ignore_head(false);
        self.folk.set(false);
        self.zombies.borrow_mut().clear();
        // A limit ends some day, and an agent comes to have one manner.
        self.manners.borrow_mut().values_mut().filter(|m| **m == Manner::Any).for_each(|m| *m = Manner::Asks);
        self.manners
            .borrow_mut()
            .values_mut()
            .filter(|m| **m == Manner::Limited)
            .for_each(|m| *m = Manner::Good);
        for host in &self.hosts {
            host.files.full.set(false);
            host.offset.set(0);
            host.files.offset.set(0);
            host.git.mirror_down.set(false);
            host.git.folder_dirty.set(false);
            host.off_until.set(0);
            host.tmux
                .sessions
                .borrow_mut()
                .values_mut()
                .for_each(|s| (s.attached, s.in_mode) = (false, false));
        }
    }
}

fn parse(words: &[&str]) -> Task {
    match words {
        ["phase-handler", n] => Task::Handler(n.parse().unwrap()),
        ["agent", "start", n, "--planned"] => Task::Start(n.parse().unwrap()),
        ["verify", sha, "--planned"] => Task::Verify(sha.parse().unwrap()),
        ["merge", n, "--head", sha] => Task::Merge(n.parse().unwrap(), Some(sha.parse().unwrap())),
        ["mirror"] => Task::Mirror,
        other => panic!("no such job: {other:?}"),
    }
}

fn run(world: &World, task: &Task) -> anyhow::Result<()> {
    match task {
        Task::Tick => tick::tick(world).map(drop),
        Task::Handler(n) => step::advance(world, *n, 5, Word::default()).map(drop),
        Task::Start(n) => start::start(world, *n, Asker::Tick, 0).map(drop),
        Task::Verify(sha) => verify::verify(world, sha, Asker::Tick).map(drop),
        Task::Merge(n, head) => land::land(world, *n, head.as_ref(), 0).map(drop),
        Task::Mirror => mirror::mirror(world, None).map(drop),
        Task::Listen => {
            let heard = |c: &dyn People| matches!(c.channel(), Channel::Matrix | Channel::Telegram);
            let mut channels = world.people.iter().map(AsRef::as_ref).filter(|c| heard(*c));
            channels.try_for_each(|c| listen::listen(world, c, 0, false).map(drop))
        }
        Task::Hear => listen::hear_again(world),
        Task::Say(n, text) => control::say(world, *n, "maria", text).map(drop),
        Task::Stop(n) => control::stop(world, *n).map(drop),
        Task::Resume(n) => control::resume(world, *n).map(drop),
        Task::Retry(n) => control::retry(world, *n).map(drop),
    }
}
