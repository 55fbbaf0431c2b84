//! The host: the first process in every session's pane, `agent host N`. It lives as long as the session and holds
//! no lock and no token. It prepares the folder, runs the agent, says in `host.json` what the agent does, and
//! wakes the handler when the session writes. Waking is a hint: without it the next tick does the same later.

mod books;
mod child;
mod ear;
mod reader;
mod screen;
mod wake;

use crate::domain::agent::Kind;
use crate::domain::agent::limit::Words;
use crate::domain::agent::output::{Turn, Usage};
use crate::domain::agent::state::{self, LATER};
use crate::domain::ids::IssueNo;
use crate::domain::launch::{CONVERSATION, Launch, PROMPT_FILE, Style};
use crate::domain::life::{AgentState, HostRecord};
use crate::domain::text::plain_line;
use crate::domain::time::Timestamp;
use crate::effect;
use crate::process::watch::{Changed, Watch};
use crate::process::{reaper, tree};
use crate::store::Store;
use crate::world::{Claims, Clock};
use anyhow::{Context, Result};
use child::{AgentChild, Ended};
use reader::{Heard, Reader};
use std::rc::Rc;
use std::time::{Duration, Instant};
use wake::Waker;

/// How long one look at files and children lasts at most.
const BEAT: Duration = Duration::from_millis(500);

/// How often it is looked whether the claim on the issue still holds.
const CLAIM: Duration = Duration::from_secs(10);

/// The file that says that the set-up went well in this folder; it goes with the folder.
const PREPARED: &str = ".git/drover-prepared";

/// How long an agent may go on telling of failures, and of nothing else, before its turn counts as failed.
const TROUBLE: Duration = Duration::from_secs(30);

/// The exit code by which a command says "try again later": after [`LATER`].
const TRY_LATER: i32 = 75;

/// A host at work.
pub struct Host {
    issue: IssueNo,
    launch: Launch,
    store: Store,
    clock: Rc<dyn Clock>,
    claims: Box<dyn Claims>,
    /// When it was last looked whether the claim holds.
    looked: Instant,
    began: Instant,
    watch: Watch,
    waker: Waker,
    turns: u32,
    said: Option<AgentState>,
    /// What tells what it does.
    by: Option<String>,
    /// When that was written last.
    noted: Timestamp,
    /// The agent's name for the conversation, once it has told it.
    conversation: Option<String>,
    /// What it told last as the sum over the conversation.
    told: Usage,
}

impl Host {
    /// Reads what to do and takes its place.
    pub fn new(store: Store, issue: IssueNo, clock: Rc<dyn Clock>, claims: Box<dyn Claims>) -> Result<Host> {
        let paths = store.paths.run(issue);
        let launch: Launch = store.read_json(&paths.folder.join("launch.json"))?.with_context(|| {
            format!(
                "{} is missing: sessions are started with `agent start`",
                paths.folder.join("launch.json").display()
            )
        })?;
        reaper::become_subreaper().context("becoming the parent of daemonised children")?;
        store.files.make_folder(&paths.turns())?;
        let watch = Watch::new(&[paths.session(), paths.turns()])?.aside("hooks.jsonl");
        let waker = Waker::new(launch.wake.clone());
        let (told, noted) = (launch.told, clock.now());
        let (said, by, conversation, began) = (None, None, None, Instant::now());
        Ok(Host {
            issue,
            turns: 0,
            said,
            by,
            noted,
            conversation,
            told,
            launch,
            store,
            clock,
            claims,
            looked: began,
            began,
            watch,
            waker,
        })
    }

    /// Runs until the session is ended from outside.
    pub fn run(mut self) -> Result<()> {
        child::keep_keys_from_us()?;
        self.say(AgentState::Preparing)?;
        if let Some(how) = self.prepare() {
            return self.linger(AgentState::Ended { how });
        }
        if !self.claims.holds(self.issue, self.now()) {
            return self.linger(self.after(Ended::Lapsed, None));
        }
        match self.launch.style {
            Style::Interactive if self.launch.tells => self.on_its_screen(),
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
            if let Some(how) = self.ended(&mut child) {
                books::settle(&self.store, &id, began, self.clock.now(), Usage::default())?;
                return self.linger(self.after(how, None));
            }
            self.say(child.halted().unwrap_or(AgentState::Running))?;
            self.beat(&[child.pid()]);
        }
    }

    fn in_turns(&mut self) -> Result<()> {
        let mut turn = self.launch.turn;
        loop {
            let file = self.store.paths.run(self.issue).turns().join(format!("{turn:04}.md"));
            if !file.exists() {
                if self.has_lapsed() {
                    return self.linger(self.after(Ended::Lapsed, None));
                }
                self.say(AgentState::Between)?;
                self.beat(&[]);
                continue;
            }
            let id = format!("{}/{}/{turn}", self.issue, self.launch.attempt);
            let began = books::reserve(&self.store, &id, &self.launch, self.clock.now())?;
            let argv = self.argv(turn, &file.display().to_string());
            let (end, heard) = match AgentChild::start(&argv, &self.launch, Some(&file)) {
                Ok(mut child) => self.one_turn(&mut child)?,
                Err(e) => {
                    return self
                        .linger(AgentState::Ended { how: format!("the agent could not be started: {e:#}") });
                }
            };
            let usage = heard.as_ref().map(|h| self.used(&h.turn)).unwrap_or_default();
            books::settle(&self.store, &id, began, self.clock.now(), usage)?;
            self.turns += 1;
            turn += 1;
            match end {
                Ended::Code(0) if heard.as_ref().is_none_or(|h| h.turn.failed.is_none()) => {}
                how => return self.linger(self.after(how, heard)),
            }
        }
    }

    /// The command of a turn. One whose agent has not told the name of the conversation yet begins one.
    fn argv(&self, turn: u32, text: &str) -> Vec<String> {
        let first = match self.launch.agent.prints_json() {
            true => self.conversation.is_none(),
            false => turn == self.launch.turn,
        };
        let conversation = self.conversation.clone().unwrap_or_default();
        let fill = |word: &String| match word.as_str() {
            CONVERSATION => conversation.clone(),
            word => word.replace(PROMPT_FILE, text),
        };
        let command = if first { &self.launch.argv } else { &self.launch.later };
        command.iter().map(fill).collect()
    }

    fn one_turn(&mut self, child: &mut AgentChild) -> Result<(Ended, Option<Heard>)> {
        self.say(AgentState::Running)?;
        // Since when it fails, and how many failures it has told of.
        let mut trouble: Option<(Instant, u32)> = None;
        loop {
            if let Some(end) = self.ended(child) {
                let heard = child.reader().map(Reader::all);
                self.hear(heard.as_ref())?;
                return Ok((end, heard));
            }
            self.say(child.halted().unwrap_or(AgentState::Running))?;
            self.beat(&[child.pid()]);
            let heard = child.reader().map(Reader::so_far);
            self.hear(heard.as_ref())?;
            let told = heard.as_ref().map_or(0, |h| h.turn.failures);
            let (since, before) = trouble.filter(|_| told > 0).unwrap_or((Instant::now(), told));
            trouble = (told > 0).then_some((since, told));
            // Some wait for their server for ever, and go on saying so. One that has fallen silent may think.
            if told > before && since.elapsed() >= TROUBLE {
                child.end();
                return Ok((Ended::Code(1), heard));
            }
        }
    }

    /// How the agent ended, once it has, or had to: an issue that another host may take by now is not ours to work on.
    fn ended(&mut self, child: &mut AgentChild) -> Option<Ended> {
        let ended = child.ended();
        if ended.is_some() || !self.has_lapsed() {
            return ended;
        }
        child.end();
        Some(Ended::Lapsed)
    }

    /// Whether the claim on the issue lapses, since no tick has held on to it for long; looked at from time to time.
    fn has_lapsed(&mut self) -> bool {
        if self.looked.elapsed() < CLAIM {
            return false;
        }
        self.looked = Instant::now();
        !self.claims.holds(self.issue, self.now())
    }

    /// What a turn used, where agents tell sums over a conversation.
    fn used(&mut self, turn: &Turn) -> Usage {
        let used = turn.used(self.launch.agent, &self.told);
        if turn.told != Usage::default() {
            self.told = turn.told;
        }
        used
    }

    /// Notes the name of the conversation, so that whatever becomes of us it can be gone on with.
    fn hear(&mut self, heard: Option<&Heard>) -> Result<()> {
        let named = heard.and_then(|h| h.turn.conversation.clone());
        if named.is_none() || named == self.conversation {
            return Ok(());
        }
        self.conversation = named;
        self.write(self.said.clone().unwrap_or(AgentState::Running))
    }

    /// What an agent is that has ended, or whose turn went wrong.
    fn after(&self, end: Ended, heard: Option<Heard>) -> AgentState {
        if end == Ended::Code(TRY_LATER) && self.launch.agent == Kind::Command {
            let words = "its program ended with 75, try again later".into();
            return AgentState::Limited { until: self.now().plus(LATER), words };
        }
        let Some(heard) = heard else { return AgentState::Ended { how: format!("the agent {end}") } };
        // Who was killed says nothing about why.
        if matches!(end, Ended::Signal(_) | Ended::OutOfMemory | Ended::Lapsed) {
            return AgentState::Ended { how: format!("the agent {end}") };
        }
        let last = heard.last_words();
        let words = heard.turn.failed.as_deref().map_or(Words::Printed(&last), Words::Reported);
        self.troubled(words).unwrap_or_else(|| {
            let (Words::Reported(words) | Words::Printed(words)) = words;
            let words = plain_line(words, 4000);
            let colon = if words.is_empty() { "" } else { ": " };
            AgentState::Ended { how: format!("the agent {end}{colon}{words}") }
        })
    }

    /// What words about a failure mean, where they speak of a limit or of what a person has to see to.
    fn troubled(&self, words: Words<'_>) -> Option<AgentState> {
        state::troubled(self.launch.agent, &self.launch.patterns, words, &self.local())
    }

    /// The time, as the agent's words mean it.
    fn local(&self) -> chrono::DateTime<chrono::Local> {
        chrono::DateTime::from_timestamp(self.now().0, 0).unwrap_or_default().with_timezone(&chrono::Local)
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
            Ok(Changed::Something) => self.waker.wake(),
            Ok(Changed::Aside | Changed::Nothing) => {}
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
        self.write(agent.clone())?;
        self.said = Some(agent);
        self.waker.wake();
        Ok(())
    }

    fn write(&self, agent: AgentState) -> Result<()> {
        let pid = std::process::id();
        let record = HostRecord {
            spawn: self.launch.spawn,
            pid,
            start_time: tree::start_time(pid).unwrap_or(0),
            boot_id: tree::boot_id().unwrap_or_default(),
            agent,
            at: self.now(),
            by: self.by.clone(),
            turns: self.turns,
            conversation: self.conversation.clone(),
            told: self.told,
        };
        let text = serde_json::to_vec_pretty(&record)?;
        self.store.files.write_soft(&self.store.paths.run(self.issue).host(), &text)
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
