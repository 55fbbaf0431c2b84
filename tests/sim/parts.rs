//! The smaller parts of a host in memory: locks, tmux, jobs, the project's checks, people, the machine, time, chance.

use super::core::Core;
use super::files::MemFiles;
use super::git::Pool;
use anyhow::Result;
use drover::config::Channel;
use drover::domain::agent::hooks::{Event, Line};
use drover::domain::ids::{IssueNo, Sha};
use drover::domain::life::{AgentState, SessionSeen, Sessions};
use drover::domain::run::SessionRef;
use drover::domain::schedule::MachineSeen;
use drover::domain::time::Timestamp;
use drover::domain::verify::{StepEnd, StepResult};
use drover::store::Paths;
use drover::world::*;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::rc::Rc;

/// A host's clock: the true time, and by how much it is wrong.
#[derive(Clone)]
pub struct HostClock {
    pub core: Rc<Core>,
    /// Milliseconds ahead of the true time.
    pub offset: Rc<Cell<i64>>,
}

impl Clock for HostClock {
    fn now(&self) -> Timestamp {
        Timestamp((self.core.time.get() + self.offset.get()).div_euclid(1000))
    }

    fn minute_of_day(&self) -> u32 {
        u32::try_from(self.now().0.rem_euclid(86_400) / 60).unwrap()
    }

    fn sleep_ms(&self, milliseconds: u64) {
        self.core.sleep(milliseconds);
    }
}

/// The locks of one host. Whoever is killed drops what it holds.
pub struct HostLocks {
    pub core: Rc<Core>,
    held: Rc<RefCell<BTreeSet<LockName>>>,
}

struct Guard(Rc<Core>, Rc<RefCell<BTreeSet<LockName>>>, LockName);

impl Drop for Guard {
    fn drop(&mut self) {
        self.1.borrow_mut().remove(&self.2);
        self.0.bell.set(self.0.bell.get() + 1);
    }
}

impl HostLocks {
    pub fn new(core: Rc<Core>) -> HostLocks {
        HostLocks { core, held: Rc::default() }
    }
}

impl Locks for HostLocks {
    fn try_take(&self, lock: &LockName) -> Result<Option<Held>> {
        let free = self.held.borrow_mut().insert(lock.clone());
        Ok(free.then(|| Box::new(Guard(self.core.clone(), self.held.clone(), lock.clone())) as Held))
    }

    fn holder(&self, _: &LockName) -> Option<String> {
        None
    }

    fn is_held(&self, lock: &LockName) -> Result<bool> {
        Ok(self.held.borrow().contains(lock))
    }
}

/// A command line that waits to be run, and where its exit code goes.
pub struct Queued {
    pub argv: Vec<String>,
    pub code: Rc<Cell<Option<i32>>>,
}

/// Jobs of one host.
pub struct HostJobs {
    pub core: Rc<Core>,
    pub queue: RefCell<VecDeque<Queued>>,
    /// Every command line that was started, and by which actor.
    pub started: RefCell<Vec<(u64, Vec<String>)>>,
}

impl HostJobs {
    pub fn new(core: Rc<Core>) -> HostJobs {
        HostJobs { core, queue: RefCell::default(), started: RefCell::default() }
    }
}

struct Ticket(String, Rc<Cell<Option<i32>>>);

impl Job for Ticket {
    fn ended(&mut self) -> Option<i32> {
        self.1.get()
    }

    fn name(&self) -> &str {
        &self.0
    }
}

impl Jobs for HostJobs {
    fn start(&self, argv: &[&str]) -> Result<Box<dyn Job>> {
        let code = Rc::new(Cell::new(None));
        let words: Vec<String> = argv.iter().map(|a| a.to_string()).collect();
        if let Some(actor) = self.core.current.get() {
            self.started.borrow_mut().push((actor, words.clone()));
        }
        self.queue.borrow_mut().push_back(Queued { argv: words, code: code.clone() });
        Ok(Box::new(Ticket(argv.join(" "), code)))
    }
}

/// What gets lost on the way into a terminal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lost {
    Nothing,
    Text,
    Enter,
}

/// One tmux session with what runs in it.
#[derive(Clone)]
pub struct Session {
    pub issue: IssueNo,
    pub spawn: u32,
    /// Which of all sessions of the universe it is.
    pub id: u64,
    pub last_output: Timestamp,
    pub pane: String,
    pub inbox: VecDeque<String>,
    /// What its host has said of the agent; none before it has read its launch file.
    pub state: Option<AgentState>,
    /// The next turn's number.
    pub turn: u32,
    /// The text that the agent works on.
    pub at_work: Option<String>,
    /// Texts given to it so far.
    pub texts: Vec<String>,
    pub attached: bool,
    pub in_mode: bool,
    /// It tells what it takes in, as its host has read.
    pub tells: bool,
    /// What stands in its box and was not submitted.
    pub typed: String,
    /// Its host has not noticed yet that it took something in.
    pub unnoticed: bool,
}

impl Session {
    /// A text comes into the terminal of an agent with a box of its own, then Enter; either may get lost.
    fn type_in(&mut self, text: &str, lost: Lost) -> Option<String> {
        if lost != Lost::Text {
            self.typed.push_str(text);
        }
        if lost == Lost::Enter || self.typed.is_empty() {
            return None;
        }
        let submitted = std::mem::take(&mut self.typed);
        self.inbox.push_back(submitted.clone());
        self.unnoticed = true;
        Some(submitted)
    }

    /// Whether an agent can still do something in it.
    pub fn lives(&self) -> bool {
        !matches!(
            self.state,
            Some(AgentState::Ended { .. } | AgentState::Limited { .. } | AgentState::Asks { .. })
        )
    }
}

/// What a session's hook writes down.
pub fn hook(files: &MemFiles, session: &Session, event: Event, prompt: &str) {
    let path = Paths::new(Path::new("/state"), "sim").run(session.issue).hooks();
    let input =
        serde_json::json!({"session_id": format!("conversation-{}", session.issue), "prompt": prompt});
    let line = Line::of_input(session.last_output.0 * 1000, session.spawn, event, &input);
    let before = files.text(&path).unwrap_or_default();
    files.put(&path, format!("{before}{}\n", serde_json::to_string(&line).unwrap()).as_bytes());
}

/// One host's tmux.
pub struct HostTmux {
    pub core: Rc<Core>,
    files: Rc<MemFiles>,
    pub up: Cell<bool>,
    pub pid: Cell<u32>,
    pub boot: Cell<u32>,
    pub sessions: RefCell<BTreeMap<String, Session>>,
    pub started: Cell<u64>,
    /// Told when a session is started although another of that name still works.
    pub usurped: RefCell<Vec<String>>,
    /// Told whose processes were ended.
    pub stopped: RefCell<Vec<IssueNo>>,
    /// Told of every text that was put into a session's terminal.
    pub pasted: RefCell<Vec<(IssueNo, String)>>,
    pub environments: RefCell<Vec<Vec<(String, String)>>>,
}

impl HostTmux {
    pub fn new(core: Rc<Core>, files: Rc<MemFiles>) -> HostTmux {
        HostTmux {
            core,
            files,
            up: Cell::new(false),
            pid: Cell::new(100),
            boot: Cell::new(1),
            sessions: RefCell::default(),
            started: Cell::new(0),
            usurped: RefCell::default(),
            stopped: RefCell::default(),
            pasted: RefCell::default(),
            environments: RefCell::default(),
        }
    }

    /// The server is gone, and all its sessions with it.
    pub fn die(&self) {
        self.up.set(false);
        self.sessions.borrow_mut().clear();
    }
}

impl SessionsPart for HostTmux {
    fn list(&self, _: &[SessionRef]) -> Sessions {
        if !self.up.get() {
            return Sessions::NoServer;
        }
        let seen = |(name, s): (&String, &Session)| SessionSeen {
            name: name.clone(),
            spawn: s.spawn,
            pane_ended: None,
            last_output: s.last_output,
            attached: s.attached,
            in_mode: s.in_mode,
        };
        Sessions::Listed(self.sessions.borrow().iter().map(seen).collect())
    }

    fn start(&self, spec: &SessionSpec) -> Result<Started> {
        if !self.up.get() {
            self.up.set(true);
            self.pid.set(self.pid.get() + 1);
        }
        if self.sessions.borrow().get(&spec.name).is_some_and(Session::lives) {
            self.usurped.borrow_mut().push(spec.name.clone());
        }
        self.environments.borrow_mut().push(spec.env.clone());
        self.started.set(self.started.get() + 1);
        let issue = spec.argv.iter().skip_while(|w| *w != "host").nth(1).and_then(|n| n.parse().ok());
        let session = Session {
            issue: issue.unwrap_or(IssueNo(0)),
            spawn: spec.spawn,
            id: self.started.get(),
            last_output: Timestamp(self.core.time.get() / 1000),
            // A pane shows what programs print, and that is anything.
            pane: "$ cat x\n\u{1b}]0;title\u{7}\u{1b}[2J```\n<b>&amp;\u{202e}\r\n".into(),
            inbox: VecDeque::new(),
            state: None,
            turn: 0,
            at_work: None,
            texts: vec![],
            attached: false,
            in_mode: false,
            tells: false,
            typed: String::new(),
            unnoticed: false,
        };
        self.sessions.borrow_mut().insert(spec.name.clone(), session);
        Ok(Started {
            server_pid: Some(self.pid.get()),
            server_start: Some(1),
            boot_id: format!("boot-{}", self.boot.get()),
        })
    }

    fn stop(&self, name: &str, mark: &str) -> Result<()> {
        self.sessions.borrow_mut().remove(name);
        let issue: Option<IssueNo> = mark.rsplit('/').next().and_then(|n| n.parse().ok());
        self.stopped.borrow_mut().extend(issue);
        Ok(())
    }

    fn deliver(&self, seen: &SessionSeen, text: &str) -> Result<Delivery> {
        if seen.in_mode {
            return Ok(Delivery::Busy("copy mode".into()));
        }
        let mut sessions = self.sessions.borrow_mut();
        let Some(session) = sessions.get_mut(&seen.name) else { anyhow::bail!("no such session") };
        session.pane.push_str(text);
        if session.tells {
            let wrong = self.core.rates.get().lost > 0 && self.core.aside.chance(200);
            let lost = if !wrong {
                Lost::Nothing
            } else if self.core.aside.chance(500) {
                Lost::Text
            } else {
                Lost::Enter
            };
            let taken = session.type_in(text, lost);
            // Its hook is called before it does anything with a text.
            taken.iter().for_each(|text| hook(&self.files, session, Event::UserPromptSubmit, text));
            self.pasted.borrow_mut().extend(taken.map(|text| (session.issue, text)));
        } else {
            self.pasted.borrow_mut().push((session.issue, text.into()));
            session.inbox.push_back(text.into());
        }
        Ok(Delivery::Done)
    }

    fn pane(&self, name: &str, _: u32) -> Result<String> {
        let sessions = self.sessions.borrow();
        Ok(sessions.get(name).ok_or_else(|| anyhow::anyhow!("no such session"))?.pane.clone())
    }
}

/// Checks that fail on any file that says BROKEN.
pub struct PoolChecks(pub Rc<Pool>);

impl Checks for PoolChecks {
    fn run(&self, _: &Path, sha: &Sha, _: &Path) -> Result<Vec<StepResult>> {
        let end = if self.0.is_sound(sha) { StepEnd::Passed } else { StepEnd::Failed { exit: 1 } };
        let output = "error: BROKEN".to_string();
        Ok(vec![StepResult { name: "test".into(), command: "check".into(), end, seconds: 0, output }])
    }
}

/// People who keep what they are told.
#[derive(Default)]
pub struct Ears(pub RefCell<Vec<(bool, String)>>);

impl People for Ears {
    fn channel(&self) -> Channel {
        Channel::Mail
    }

    fn tell(&self, word: &Tidings) -> Result<bool> {
        self.0.borrow_mut().push((word.kind.is_urgent(), word.text.clone()));
        Ok(true)
    }

    fn is_prompt(&self) -> bool {
        false
    }

    fn reach(&self) -> Result<String> {
        Ok("by ear".into())
    }
}

/// A machine with room.
pub struct HostMachine {
    pub number: usize,
    pub tmux: Rc<HostTmux>,
}

impl Machine for HostMachine {
    fn seen(&self) -> MachineSeen {
        MachineSeen { memory_mb: Some(100_000), disk_mb: Some(100_000), load: Some(0.0) }
    }

    fn is_root(&self) -> bool {
        false
    }

    fn boot_id(&self) -> String {
        format!("boot-{}", self.tmux.boot.get())
    }

    fn alive(&self, process: &ProcessId) -> Option<bool> {
        Some(self.tmux.sessions.borrow().values().any(|s| s.id == u64::from(process.pid)))
    }

    fn host(&self) -> String {
        format!("host-{}", self.number)
    }

    fn session_env(&self) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    fn host_env(&self) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    fn find_program(&self, name: &str) -> Option<String> {
        Some(name.into())
    }

    fn binary(&self, name: &str) -> String {
        name.into()
    }

    fn ask(&self, argv: &[&str]) -> Result<String> {
        anyhow::bail!("{argv:?}: there are no programs here")
    }

    fn fence(&self, _: u64) -> Fence {
        Fence { words: vec![], by: "nothing" }
    }

    fn home(&self) -> Option<String> {
        None
    }
}

/// Chance that is the universe's.
pub struct CoreDice(pub Rc<Core>);

impl Dice for CoreDice {
    fn nonce(&self) -> String {
        format!("{:012x}", self.0.rng.next() & 0xffff_ffff_ffff)
    }
}
