//! Playing a history: ticks, what people do between them, and a process that is killed at some effect.

use crate::stage::{Said, Stage};
use std::cell::{Cell, RefCell};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Longest that one history may take: ten times what it takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(240);

/// Ticks without news after which time passes, where something was killed.
const PATIENCE: u32 = 12;

/// Which process dies, and at which of its binary's effects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kill {
    /// The binary, or `host`.
    pub program: String,
    /// Its effects are counted over all its processes in a history.
    pub number: u64,
}

/// One effect, as the log has it.
#[derive(Clone, Debug)]
pub struct Effect {
    pub at: Kill,
    pub point: String,
    pub file: String,
    pub killed: bool,
}

/// A history on its way.
pub struct Play {
    pub s: Stage,
    kill: Option<Kill>,
    end: Instant,
    seen: RefCell<String>,
    fruitless: Cell<u32>,
}

impl Play {
    /// Takes a stage; with a kill, its process dies there.
    pub fn new(mut s: Stage, kill: Option<Kill>) -> Play {
        let lab = s.path("lab");
        fs::create_dir_all(&lab).unwrap();
        if let Some(kill) = &kill {
            fs::write(lab.join("plan"), format!("{} {}\n", kill.program, kill.number)).unwrap();
        }
        s.vars.push(("DROVER_LAB".into(), lab.display().to_string()));
        let (seen, fruitless) = (RefCell::default(), Cell::new(0));
        Play { s, kill, end: Instant::now() + LIMIT, seen, fruitless }
    }

    /// Every effect so far.
    pub fn log(&self) -> Vec<Effect> {
        let text = fs::read_to_string(self.lab().join("log")).unwrap_or_default();
        text.lines().filter_map(effect).collect()
    }

    /// The effect at which a process was killed.
    pub fn killed(&self) -> Option<Effect> {
        self.log().into_iter().find(|e| e.killed)
    }

    fn lab(&self) -> PathBuf {
        self.s.path("lab")
    }

    /// One tick. Where something was killed and nothing moves any more, time passes too: what waits for a
    /// deadline or a next try gets it.
    pub fn tick(&self) {
        self.s.poll();
        let now = self.signs();
        if *self.seen.borrow() != now {
            self.seen.replace(now);
            self.fruitless.set(0);
            return;
        }
        self.fruitless.set(self.fruitless.get() + 1);
        std::thread::sleep(Duration::from_millis(10));
        if self.kill.is_some() && self.fruitless.get() >= PATIENCE {
            self.s.later(60);
            self.fruitless.set(0);
        }
    }

    /// What tells that something has moved.
    fn signs(&self) -> String {
        let mut signs = fs::read_to_string(self.s.project().join("events.jsonl")).unwrap_or_default();
        for run in fs::read_dir(self.s.project().join("runs")).into_iter().flatten().flatten() {
            for file in ["run.json", "host.json"] {
                signs.push_str(&fs::read_to_string(run.path().join(file)).unwrap_or_default());
            }
        }
        signs
    }

    /// Ticks until a condition holds.
    pub fn until(&self, what: &str, holds: impl Fn(&Stage) -> bool) {
        while !holds(&self.s) {
            assert!(Instant::now() < self.end, "never came true: {what}\n{}", self.s.picture());
            self.tick();
        }
    }

    /// Ticks until a run is in a phase.
    pub fn until_phase(&self, issue: u64, phase: &str) {
        self.until(&format!("#{issue} is {phase}"), |s| s.phase(issue) == phase);
    }

    /// A person's command. One that was killed is given again, unless the person sees that it is `done`.
    pub fn unless(&self, done: impl Fn(&Stage) -> bool, name: &str, args: &[&str]) -> Said {
        for _ in 0..3 {
            let said = self.s.run(name, args);
            if said.code != -1 {
                assert!(matches!(said.code, 0 | 3), "{name} {args:?}: {said:?}");
                return said;
            }
            if done(&self.s) {
                return said;
            }
        }
        panic!("{name} {args:?} was killed again and again");
    }

    /// The same for a command that changes nothing when it is given twice.
    pub fn person(&self, name: &str, args: &[&str]) -> Said {
        self.unless(|_| false, name, args)
    }

    /// Files an issue as maria, who looks whether it is there before she files it again; its number.
    pub fn issue(&self, number: u64, title: &str, body: &str) {
        let filed = |s: &Stage| !s.issue_record(number).is_null();
        let args = ["--as", "maria", "issue", "new", title, "--body", body, "--label", "backlog"];
        self.unless(filed, "forge", &args);
        assert!(filed(&self.s), "the issue got another number");
    }

    /// Does something with `forge` as somebody.
    pub fn forge(&self, who: &str, args: &[&str]) {
        self.person("forge", &[&["--as", who], args].concat());
    }

    /// Approves a run's pull as rob.
    pub fn approve(&self, issue: u64) {
        self.forge("rob", &["pull", "approve", &self.s.pull(issue).to_string()]);
    }
}

fn effect(line: &str) -> Option<Effect> {
    let mut words = line.split('\t');
    let program = words.next()?.to_string();
    let number = words.next()?.parse().ok()?;
    let (point, file) = (words.next()?.to_string(), words.next()?.to_string());
    Some(Effect { at: Kill { program, number }, point, file, killed: words.next() == Some("killed") })
}
