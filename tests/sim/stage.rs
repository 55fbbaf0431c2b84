//! A world in memory with an agent that plays a part, and the driver that runs what is queued.

use super::files::MemFiles;
use super::git::MemGit;
use super::parts::*;
use drover::config::{self, Env, Root};
use drover::domain::ids::{IssueNo, PullNo};
use drover::domain::issue::Issue;
use drover::domain::life::{AgentState, HostRecord};
use drover::domain::phase::Phase;
use drover::domain::pull::Verdict;
use drover::forge::local::LocalForge;
use drover::ops::step::{Word, advance};
use drover::ops::{land, mirror, start, tick, verify};
use drover::store::claims::LocalClaims;
use drover::store::{Paths, Store};
use drover::world::{Clock, Files, Forge, Locks, NewIssue, NewReview, World};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

/// What the agent in every session does when it is given a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agent {
    /// Commits and asks to go on.
    Good,
    /// The same, but what it commits first breaks the checks.
    BrokenFirst,
    /// Ends with an error.
    Dies,
    /// Asks a person.
    Asks,
}

/// The world and what drives it.
pub struct Sim {
    world: World,
    pub git: MemGit,
    files: Rc<MemFiles>,
    jobs: MemJobs,
    sessions: MemSessions,
    clock: MemClock,
    agent: Agent,
    rows: Vec<(u64, &'static str)>,
    turns: BTreeMap<u64, u32>,
}

const TOML: &str = "forge = \"local\"\nrepo_root = \"/repo\"\nprimary_branch = \"main\"\nworktree_root = \"/worktrees\"\n\
    [agent]\ncommand = [\"agent\"]\n[verify]\ntest = \"check\"\n[limits]\nmemory_mb = 0\ndisk_mb = 0\n\
    [people]\nmaintainers = [\"maria\"]\nreviewers = [\"rob\"]\n";

impl Sim {
    pub fn new(agent: Agent) -> Sim {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sim.toml");
        std::fs::write(&file, TOML).unwrap();
        let root = Root { config: folder.path().into(), state: "/state".into() };
        let project =
            config::load(&root, &file, &Env::from([("USER", "maria"), ("HOME", "/home")]), &[]).unwrap();
        let (files, git, clock) =
            (Rc::new(MemFiles::default()), MemGit::new(), MemClock(Rc::new(Cell::new(1_700_000_000))));
        let (jobs, sessions) = (MemJobs::default(), MemSessions::default());
        let store = Store { files: files.clone(), paths: Paths::new(Path::new("/state"), "sim") };
        let locks: Rc<dyn Locks> = Rc::new(MemLocks::default());
        let shared: Rc<dyn Clock> = Rc::new(clock.clone());
        let world = World {
            policy: drover::cli::setup::policy(&project),
            project,
            forge: Box::new(LocalForge {
                me: "drover".into(),
                store: store.clone(),
                locks: locks.clone(),
                clock: shared.clone(),
            }),
            claims: Box::new(LocalClaims { store: store.clone(), host: "host".into() }),
            git: Box::new(git.clone()),
            sessions: Box::new(sessions.clone()),
            store,
            locks,
            jobs: Box::new(jobs.clone()),
            checks: Box::new(MemChecks(git.clone())),
            people: Box::new(MemPeople::default()),
            machine: Box::new(MemMachine),
            clock: shared,
            dice: Box::new(Counting::default()),
        };
        world.store.files.write(&world.store.paths.guard(), b"").unwrap();
        Sim { world, git, files, jobs, sessions, clock, agent, rows: vec![], turns: BTreeMap::new() }
    }

    fn as_person(&self, who: &str) -> LocalForge {
        LocalForge {
            me: who.into(),
            store: self.world.store.clone(),
            locks: self.world.locks.clone(),
            clock: self.world.clock.clone(),
        }
    }

    pub fn issue(&mut self, title: &str, body: &str, labels: &[&str]) -> u64 {
        let labels = labels.iter().map(|l| l.to_string()).collect();
        self.as_person("maria")
            .new_issue(&NewIssue { title: title.into(), body: body.into(), labels })
            .unwrap()
            .0
    }

    pub fn forge_issue(&self, n: u64) -> Issue {
        self.world.forge.issue(IssueNo(n)).unwrap().unwrap()
    }

    pub fn comments(&self, n: u64) -> usize {
        self.world.forge.comments(n).unwrap().len()
    }

    pub fn approve(&mut self, n: u64) {
        let run = self.world.store.run(IssueNo(n)).unwrap().unwrap();
        let review = NewReview { verdict: Verdict::Approve, sha: run.head.unwrap(), body: String::new() };
        self.as_person("rob").review(run.pull.unwrap(), &review).unwrap();
    }

    pub fn later(&mut self, seconds: i64) {
        self.clock.0.set(self.clock.0.get() + seconds);
    }

    pub fn phase(&self, n: u64) -> String {
        self.world.store.run(IssueNo(n)).unwrap().map_or(String::new(), |r| r.phase.name().into())
    }

    pub fn rows_of(&self, n: u64, row: &str) -> Vec<&'static str> {
        self.rows.iter().filter(|(i, r)| *i == n && *r == row).map(|(_, r)| *r).collect()
    }

    pub fn starts(&self, n: u64) -> u32 {
        self.world.store.run(IssueNo(n)).unwrap().unwrap().spawns
    }

    pub fn live_sessions(&self) -> usize {
        self.sessions.0.borrow().len()
    }

    pub fn picture(&self) -> BTreeMap<String, String> {
        self.files.all()
    }

    /// One tick, what it starts, and a turn for every agent that has one coming.
    pub fn tick(&mut self) {
        tick::tick(&self.world).unwrap();
        self.drain();
        self.agents();
        self.drain();
    }

    pub fn until(&mut self, n: u64, phase: &str) {
        for _ in 0..60 {
            if self.phase(n) == phase {
                return;
            }
            self.later(1);
            self.tick();
        }
        panic!("#{n} never became {phase}, it is {}: {:?}", self.phase(n), self.rows);
    }

    fn drain(&mut self) {
        while let Some(job) = self.next_job() {
            let words: Vec<&str> = job.iter().map(String::as_str).collect();
            self.run_job(&words);
        }
    }

    fn next_job(&self) -> Option<Vec<String>> {
        self.jobs.0.borrow_mut().pop_front()
    }

    /// The same function as the binary of that name calls.
    fn run_job(&mut self, words: &[&str]) {
        match words {
            ["phase-handler", n] => {
                let issue: IssueNo = n.parse().unwrap();
                let moved = advance(&self.world, issue, 0, Word::default()).unwrap();
                self.rows.extend(moved.rows.iter().map(|r| (issue.0, *r)));
            }
            ["agent", "start", n, "--planned"] => {
                start::start(&self.world, n.parse().unwrap(), start::Asker::Tick, 0).unwrap();
            }
            ["verify", sha] => {
                verify::verify(&self.world, &sha.parse().unwrap()).unwrap();
            }
            ["merge", n, "--head", sha] => {
                let n: PullNo = n.parse().unwrap();
                land::land(&self.world, n, Some(&sha.parse().unwrap()), 0).unwrap();
            }
            ["mirror"] => drop(mirror::mirror(&self.world, None).unwrap()),
            other => panic!("no such job: {other:?}"),
        }
    }

    /// Every host finds the turns that wait for it.
    fn agents(&mut self) {
        for issue in self.world.store.run_issues().unwrap() {
            let Some(run) = self.world.store.run(issue).unwrap() else { continue };
            let Some(session) = run.session.filter(|s| self.sessions.0.borrow().contains_key(&s.name)) else {
                continue;
            };
            let known = self.turns.get(&issue.0).copied().unwrap_or(0);
            let next = drover::ops::session::next_turn(&self.world, issue).unwrap() - 1;
            let state = match (next > known, run.phase) {
                (false, _) => continue,
                // A real turn takes time: the agent is seen at work before it ends.
                (true, Phase::Claimed) => AgentState::Running,
                (true, _) => self.turn(issue, next),
            };
            let host = HostRecord {
                spawn: session.spawn,
                pid: 1,
                start_time: 1,
                boot_id: "boot".into(),
                agent: state,
                at: self.world.clock.now(),
                turns: next,
            };
            self.files
                .write(&self.world.store.paths.run(issue).host(), &serde_json::to_vec(&host).unwrap())
                .unwrap();
        }
    }

    fn turn(&mut self, issue: IssueNo, turn: u32) -> AgentState {
        self.turns.insert(issue.0, turn);
        let paths = self.world.store.paths.run(issue);
        let say = |text: &str| self.files.write(&paths.phase(), text.as_bytes()).unwrap();
        let file = format!("work-{issue}.txt");
        match (self.agent, turn) {
            (Agent::Dies, _) => return AgentState::Ended { how: "the agent ended with exit code 1".into() },
            (Agent::Asks, 1) => say("PHASE:escalate\nReason: which port?"),
            (Agent::BrokenFirst, 1) => {
                self.git.work(issue, &file, "BROKEN");
                say("PHASE:awaiting_ci");
            }
            _ => {
                self.git.work(issue, &file, &format!("work {turn}"));
                say("PHASE:awaiting_ci");
            }
        }
        AgentState::Between
    }
}
