//! The host: the first process in every session's pane, `agent host N`. It lives as long as the session and holds
//! no lock and no token. It prepares the folder, runs the agent, says in `host.json` what the agent does, and
//! wakes the handler when the session writes. Waking is a hint: without it the next tick does the same later.

mod books;
mod child;
mod wake;

use crate::domain::ids::IssueNo;
use crate::domain::launch::{Launch, PROMPT_FILE, Style};
use crate::domain::life::{AgentState, HostRecord};
use crate::domain::time::{MINUTE, Timestamp};
use crate::effect;
use crate::process::watch::Watch;
use crate::process::{reaper, tree};
use crate::store::Store;
use crate::world::Clock;
use anyhow::{Context, Result};
use child::{AgentChild, Ended};
use std::rc::Rc;
use std::time::Duration;
use wake::Waker;

/// How long one look at files and children lasts at most.
const BEAT: Duration = Duration::from_millis(500);

/// The file that says that the set-up went well in this folder; it goes with the folder.
const PREPARED: &str = ".git/drover-prepared";

/// The exit code by which a command says "try again later".
const TRY_LATER: i32 = 75;

/// How long that is.
const LATER: u64 = 15 * MINUTE;

/// A host at work.
pub struct Host {
    issue: IssueNo,
    launch: Launch,
    store: Store,
    clock: Rc<dyn Clock>,
    watch: Watch,
    waker: Waker,
    turns: u32,
    said: Option<AgentState>,
}

impl Host {
    /// Reads what to do and takes its place.
    pub fn new(store: Store, issue: IssueNo, clock: Rc<dyn Clock>) -> Result<Host> {
        let paths = store.paths.run(issue);
        let launch: Launch = store.read_json(&paths.folder.join("launch.json"))?.with_context(|| {
            format!(
                "{} is missing: sessions are started with `agent start`",
                paths.folder.join("launch.json").display()
            )
        })?;
        reaper::become_subreaper().context("becoming the parent of daemonised children")?;
        store.files.make_folder(&paths.turns())?;
        let watch = Watch::new(&[paths.session(), paths.turns()])?;
        let waker = Waker::new(launch.wake.clone());
        Ok(Host { issue, turns: 0, said: None, launch, store, clock, watch, waker })
    }

    /// Runs until the session is ended from outside.
    pub fn run(mut self) -> Result<()> {
        child::keep_keys_from_us()?;
        self.say(AgentState::Preparing)?;
        if let Some(how) = self.prepare() {
            return self.linger(AgentState::Ended { how });
        }
        match self.launch.style {
            Style::Interactive => self.interactive(),
            Style::Turns => self.in_turns(),
        }
    }

    /// Runs `[worktree] setup` unless it went well in this folder before; gives what went wrong, if something did.
    fn prepare(&mut self) -> Option<String> {
        let done = self.launch.folder.join(PREPARED);
        let command = self.launch.setup.clone().filter(|_| !done.exists())?;
        let argv = ["bash".to_string(), "-c".to_string(), command];
        let mut child = match AgentChild::start(&argv, &self.launch, None) {
            Ok(child) => child,
            Err(e) => return Some(format!("the set-up could not be started: {e:#}")),
        };
        let limit = self.clock.now().plus(self.launch.setup_timeout);
        loop {
            match child.ended() {
                // If this cannot be written, the set-up is made again by the next start: slow, and no harm.
                Some(Ended::Code(0)) => {
                    effect::at("set-up: before it is noted as done");
                    drop(std::fs::write(&done, ""));
                    effect::at("set-up: noted as done");
                    return None;
                }
                Some(how) => return Some(format!("the set-up of the worktree: {how}")),
                None if self.clock.now() >= limit => {
                    child.end();
                    return Some(format!(
                        "the set-up of the worktree did not end within {} s",
                        self.launch.setup_timeout
                    ));
                }
                None => self.beat(&[child.pid()]),
            }
        }
    }

    fn interactive(&mut self) -> Result<()> {
        let id = format!("{}/{}/s{}", self.issue, self.launch.attempt, self.launch.spawn);
        let began = books::reserve(&self.store, &id, &self.launch, self.clock.now())?;
        let mut child = match AgentChild::start(&self.launch.argv.clone(), &self.launch, None) {
            Ok(child) => child,
            Err(e) => {
                return self
                    .linger(AgentState::Ended { how: format!("the agent could not be started: {e:#}") });
            }
        };
        self.say(AgentState::Running)?;
        loop {
            if let Some(how) = child.ended() {
                books::settle(&self.store, &id, began, self.clock.now())?;
                return self.linger(self.after(how));
            }
            self.beat(&[child.pid()]);
        }
    }

    fn in_turns(&mut self) -> Result<()> {
        let mut turn = self.launch.turn;
        loop {
            let file = self.store.paths.run(self.issue).turns().join(format!("{turn:04}.md"));
            if !file.exists() {
                self.say(AgentState::Between)?;
                self.beat(&[]);
                continue;
            }
            let id = format!("{}/{}/{turn}", self.issue, self.launch.attempt);
            let began = books::reserve(&self.store, &id, &self.launch, self.clock.now())?;
            let command = if turn == self.launch.turn { &self.launch.argv } else { &self.launch.later };
            let text = file.display().to_string();
            let argv: Vec<String> = command.iter().map(|word| word.replace(PROMPT_FILE, &text)).collect();
            let end = match AgentChild::start(&argv, &self.launch, Some(&file)) {
                Ok(mut child) => self.one_turn(&mut child)?,
                Err(e) => {
                    return self
                        .linger(AgentState::Ended { how: format!("the agent could not be started: {e:#}") });
                }
            };
            books::settle(&self.store, &id, began, self.clock.now())?;
            self.turns += 1;
            turn += 1;
            match end {
                Ended::Code(0) => {}
                how => return self.linger(self.after(how)),
            }
        }
    }

    fn one_turn(&mut self, child: &mut AgentChild) -> Result<Ended> {
        self.say(AgentState::Running)?;
        loop {
            if let Some(end) = child.ended() {
                return Ok(end);
            }
            self.beat(&[child.pid()]);
        }
    }

    fn after(&self, end: Ended) -> AgentState {
        match end {
            Ended::Code(TRY_LATER) => AgentState::Limited { until: self.clock.now().plus(LATER) },
            how => AgentState::Ended { how: format!("the agent {how}") },
        }
    }

    /// Nothing is left to run. The pane stays, so that people can read it, until the session is ended.
    fn linger(&mut self, state: AgentState) -> Result<()> {
        self.say(state)?;
        loop {
            self.beat(&[]);
        }
    }

    /// Waits for a change or half a second; wakes the handler on a change; takes in orphans.
    fn beat(&mut self, ours: &[u32]) {
        match self.watch.wait(BEAT) {
            Ok(true) => self.waker.wake(),
            Ok(false) => {}
            // The folder is gone: the run was removed under us. There is nothing left to watch or to say.
            Err(_) => std::thread::sleep(BEAT),
        }
        let known: Vec<u32> = ours.iter().copied().chain(self.waker.children()).collect();
        reaper::reap_orphans(&known);
    }

    /// Writes what the agent does, and wakes the handler: a change of it is news.
    fn say(&mut self, agent: AgentState) -> Result<()> {
        if self.said.as_ref() == Some(&agent) {
            return Ok(());
        }
        let pid = std::process::id();
        let record = HostRecord {
            spawn: self.launch.spawn,
            pid,
            start_time: tree::start_time(pid).unwrap_or(0),
            boot_id: tree::boot_id().unwrap_or_default(),
            agent: agent.clone(),
            at: self.now(),
            turns: self.turns,
        };
        let text = serde_json::to_vec_pretty(&record)?;
        self.store.files.write_soft(&self.store.paths.run(self.issue).host(), &text)?;
        self.said = Some(agent);
        self.waker.wake();
        Ok(())
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
