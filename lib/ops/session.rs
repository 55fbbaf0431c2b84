//! Starting and stopping a run's session: the worktree, the prompt, the launch file, tmux.

use super::briefing;
use super::talk::{Talk, agent, model, talk};
use crate::agents::{Agent, Context, Telling, Wanted};
use crate::domain::agent::Kind;
use crate::domain::agent::limit::Patterns;
use crate::domain::agent::output::Usage;
use crate::domain::ids::{IssueNo, Sha};
use crate::domain::launch::{CONVERSATION, Launch, PROMPT_FILE, Style, keyless};
use crate::domain::life::Sessions;
use crate::domain::message::{MessageKind, MessageState, bundle};
use crate::domain::redact::Redactor;
use crate::domain::run::{Run, SessionRef};
use crate::domain::schedule::Claim;
use crate::store::journal::{Entry, Event, LedgerLine};
use crate::store::messages::Stored;
use crate::twin::{self, Twin};
use crate::world::{LockName, SessionSpec, Untrusted, WorktreeSpec, World};
use anyhow::{Context as _, Result, bail};
use std::collections::BTreeMap;
use std::path::Path;

/// Seconds of the agent's time that a turn reserves where the project sets no limit.
const RESERVE: u64 = 7200;

/// The name of a run's tmux session.
pub fn name(world: &World, issue: IssueNo) -> String {
    format!("dev-{}-{issue}", world.project.slug)
}

/// What marks every process of a run's session.
pub fn mark(world: &World, issue: IssueNo) -> String {
    format!("{}/{issue}", world.store.paths.project().display())
}

/// Starts the run's session as number `spawn`, unless it is there.
pub fn start(world: &World, run: &mut Run, spawn: u32, resume: bool) -> Result<()> {
    if !twin::is(Twin::ClaimUnread) {
        check_claim(world, run.issue)?;
    }
    let name = name(world, run.issue);
    if !is_there(world, run, &name, spawn)? {
        let path = worktree(world, run)?;
        void_stale_request(world, run)?;
        let (talk, told) = talk(world, run)?;
        // On disk before the session can write: found up after a crash, its first request is told from a stale one.
        world.store.save_run(run)?;
        // What a host of this very start said before a reboot is not said of the one that comes up now.
        world.store.files.remove(&world.store.paths.run(run.issue).host())?;
        fold_messages(world, run, spawn)?;
        write_launch(world, run, &Start { spawn, resume, talk, told }, &path)?;
        let started = world.sessions.start(&spec(world, run, &name, spawn, &path))?;
        run.session = Some(SessionRef {
            name: name.clone(),
            spawn,
            started: world.clock.now(),
            boot_id: started.boot_id,
            server_pid: started.server_pid,
            server_start: started.server_start,
        });
    }
    // A session found after a crash: what it was started with is not known to the tick that was cut off.
    run.session.get_or_insert_with(|| SessionRef {
        name,
        spawn,
        started: world.clock.now(),
        boot_id: world.machine.boot_id(),
        server_pid: None,
        server_start: None,
    });
    mark_folded(world, run, spawn)
}

/// A claim that has lapsed for others would have the session ended by its own host: the next tick holds on to it first.
fn check_claim(world: &World, issue: IssueNo) -> Result<()> {
    let now = world.clock.now();
    if world.claims.look(issue, now) != Claim::Mine {
        bail!("the claim on #{issue} is not ours");
    }
    if !world.claims.holds(issue, now) {
        bail!("the claim on #{issue} has lapsed and could not be renewed yet");
    }
    Ok(())
}

/// Whether this very start is up already.
fn is_there(world: &World, run: &Run, name: &str, spawn: u32) -> Result<bool> {
    let known: Vec<SessionRef> = run.session.iter().cloned().collect();
    match world.sessions.list(&known) {
        Sessions::Listed(all) => Ok(all.iter().any(|s| s.name == name && s.spawn == spawn)),
        Sessions::NoServer => Ok(false),
        Sessions::Unknown(why) => bail!("tmux could not be looked at: {why}"),
    }
}

fn worktree(world: &World, run: &mut Run) -> Result<std::path::PathBuf> {
    let remote = world.git.branch(&run.branch)?;
    // Commits of an earlier attempt on the remote are gone on from.
    let start: Sha = match remote {
        Some(sha) => sha,
        None => world.git.primary()?,
    };
    let spec = WorktreeSpec {
        issue: run.issue,
        branch: run.branch.clone(),
        start,
        copy: world.project.worktree.copy.iter().map(|p| p.display().to_string()).collect(),
        identity: ("drover".into(), "drover@localhost".into()),
    };
    world.with_repo(|git| git.make_worktree(&spec)).context("making the worktree")
}

/// What lies in the phase file was written before this session: it is no request of it.
fn void_stale_request(world: &World, run: &mut Run) -> Result<()> {
    world.store.files.make_folder(&world.store.paths.run(run.issue).session())?;
    if twin::is(Twin::StaleRequest) {
        return Ok(());
    }
    if let Untrusted::Text { stamp, .. } = world.store.phase_file(run.issue)? {
        run.request = Some(stamp);
    }
    Ok(())
}

/// What marks the messages that are part of a start's prompt.
pub(super) fn prompt_nonce(spawn: u32) -> String {
    format!("prompt-{spawn}")
}

/// Messages that wait become part of the prompt, and those that the last session was given and had not answered
/// when it ended: a new conversation remembers nothing, and each is queued only once.
fn fold_messages(world: &World, run: &Run, spawn: u32) -> Result<()> {
    let due = |s: &&Stored| {
        let again = s.message.unanswered(run.request_at) && s.message.outdated(run.head.as_ref()).is_none();
        s.message.waits() || again
    };
    for stored in world.store.messages(run.issue)?.iter().filter(due) {
        let state = match stored.message.outdated(run.head.as_ref()) {
            Some(why) => MessageState::Void { why },
            // A reminder to make a request means nothing to a session that has just been told all.
            None if stored.message.kind == MessageKind::Nudge => {
                MessageState::Void { why: "a new session was started".into() }
            }
            None => MessageState::Sending { nonce: prompt_nonce(spawn), spawn, put: None, tries: 0 },
        };
        world.store.mark(stored, state)?;
    }
    Ok(())
}

fn mark_folded(world: &World, run: &Run, spawn: u32) -> Result<()> {
    let nonce = prompt_nonce(spawn);
    for stored in world.store.messages(run.issue)? {
        if matches!(&stored.message.state, MessageState::Sending { nonce: n, .. } if *n == nonce) {
            let by = format!("part of the prompt of start {spawn}");
            world.store.mark(&stored, MessageState::Delivered { at: world.clock.now(), by })?;
        }
    }
    Ok(())
}

/// What is particular to one start of a session.
pub(super) struct Start {
    pub(super) spawn: u32,
    /// Whether an earlier session of the run has worked.
    pub(super) resume: bool,
    pub(super) talk: Talk,
    /// What the agent has told as the sum over that conversation.
    told: Usage,
}

fn write_launch(world: &World, run: &Run, start: &Start, worktree: &Path) -> Result<()> {
    let paths = world.store.paths.run(run.issue);
    let agent = agent(world, run);
    let mut text = briefing::text(world, run, start, worktree)?;
    if agent.tells() {
        // What it tells of its prompts holds nonces: the first one's too.
        text = bundle(&[&text], &prompt_nonce(start.spawn));
    }
    world.store.files.write(&paths.prompt(), text.as_bytes())?;
    let turn = next_turn(world, run.issue)?;
    if agent.style() == Style::Turns {
        world.store.files.write(&paths.turns().join(format!("{turn:04}.md")), text.as_bytes())?;
    }
    // In *turns* style each turn has a file of its own: the host fills that place.
    let prompt_file = match agent.style() {
        Style::Turns => PROMPT_FILE.into(),
        Style::Interactive => paths.prompt(),
    };
    let (same, conversation) = match &start.talk {
        Talk::New(name) => (agent.kind() == Kind::Command && start.resume, name.clone()),
        Talk::Same => (true, run.conversation.clone()),
    };
    let telling = Telling {
        hook: world.machine.binary("hook"),
        session: paths.session(),
        spawn: start.spawn,
        folder: paths.folder.clone(),
    };
    let context = Context {
        issue: run.issue.0,
        worktree: worktree.to_path_buf(),
        prompt_file,
        model: model(world, run),
        resume: same,
        conversation: conversation.clone(),
        telling,
    };
    let env = agent_env(world, run, agent.as_ref(), &context);
    make_right(world, &agent.wants(&context, &env))?;
    let conversation = Some(conversation.unwrap_or_else(|| CONVERSATION.into()));
    let fence = world.machine.fence(world.project.limits.session_memory_mb).words;
    let fenced = |argv: Vec<String>| [fence.clone(), argv].concat();
    let launch = Launch {
        version: 1,
        spawn: start.spawn,
        session: name(world, run.issue),
        attempt: run.attempt,
        agent: agent.kind(),
        told: start.told,
        style: agent.style(),
        argv: fenced(agent.argv(&context)),
        later: fenced(agent.argv(&Context { resume: true, conversation, ..context })),
        patterns: if agent.kind() == Kind::Command {
            world.project.agent.patterns.clone()
        } else {
            Patterns::default()
        },
        tells: agent.tells(),
        env,
        folder: worktree.to_path_buf(),
        setup: world.project.worktree.setup.clone(),
        setup_timeout: world.project.worktree.setup_timeout,
        turn,
        reserve: world.project.agent.work_limit.unwrap_or(RESERVE),
        wake: command(world, &["phase-handler", &run.issue.to_string()]),
    };
    world.store.write_json(&paths.folder.join("launch.json"), &launch)
}

/// The files in which the agent's first-run questions will be answered when a session starts. Nothing is written.
///
/// # Errors
/// Where one of them cannot be read, or holds what nobody can add an answer to.
pub fn rehearse(world: &World) -> Result<Vec<String>> {
    let run = Run::new(&world.project.name, IssueNo(0), "", String::new(), world.clock.now());
    let paths = world.store.paths.run(run.issue);
    let agent = agent(world, &run);
    let context = Context {
        issue: 0,
        worktree: world.git.worktree_path(run.issue),
        prompt_file: paths.prompt(),
        model: None,
        resume: false,
        conversation: None,
        telling: Telling {
            hook: world.machine.binary("hook"),
            session: paths.session(),
            spawn: 1,
            folder: paths.folder.clone(),
        },
    };
    let env = agent_env(world, &run, agent.as_ref(), &context);
    let mut theirs = Vec::new();
    for file in agent.wants(&context, &env).iter().filter(|file| !file.path.starts_with(&paths.folder)) {
        new_text(world, file)?;
        theirs.push(file.path.display().to_string());
    }
    Ok(theirs)
}

/// What a file should hold, if that is something else than what it holds.
fn new_text(world: &World, file: &Wanted) -> Result<Option<String>> {
    let named = || file.path.display().to_string();
    let old = world.store.files.read(&world.store.files.real(&file.path))?;
    let old = old.map(String::from_utf8).transpose().with_context(named)?;
    (file.make)(old.as_deref()).with_context(named)
}

/// Makes the files right that an agent wants so. Other sessions of the same user may be about to do the same to the same
/// file: one at a time, and what the agent itself writes there at the same moment is its own.
fn make_right(world: &World, wanted: &[Wanted]) -> Result<()> {
    if wanted.is_empty() {
        return Ok(());
    }
    let _held = world.take(&LockName::Agents, 30)?;
    for file in wanted {
        if let Some(new) = new_text(world, file)? {
            world.store.files.write(&world.store.files.real(&file.path), new.as_bytes())?;
        }
    }
    Ok(())
}

/// The number of the next turn. One that a start cut off had written already is written again, not skipped.
pub fn next_turn(world: &World, issue: IssueNo) -> Result<u32> {
    let names = world.store.files.list(&world.store.paths.run(issue).turns())?;
    let last = names.iter().filter_map(|n| n.strip_suffix(".md")?.parse::<u32>().ok()).max();
    Ok(last.unwrap_or(0) + 1)
}

/// A call of one of our binaries for this project, as a full command line.
pub fn command(world: &World, argv: &[&str]) -> Vec<String> {
    let mut words: Vec<String> = argv.iter().map(|w| w.to_string()).collect();
    if let Some(program) = words.first_mut() {
        *program = world.machine.binary(argv[0]);
    }
    let root = &world.project.root;
    words.extend(["--root".into(), root.config.display().to_string()]);
    words.extend(["--state".into(), root.state.display().to_string()]);
    words.extend(["--project".into(), world.project.file.display().to_string()]);
    words
}

/// The agent's environment: names on a fixed list of ours, those of the project, and the protocol's. Nothing of
/// it can merge, approve or push (law 8).
fn agent_env(world: &World, run: &Run, agent: &dyn Agent, context: &Context) -> BTreeMap<String, String> {
    let paths = world.store.paths.run(run.issue);
    let mut env = world.machine.session_env();
    let config = &world.project.agent;
    env.extend(agent.env());
    if agent.tells() {
        env.extend(agent.telling_env(context));
    }
    env.extend(config.env.clone());
    env.extend(config.passed.iter().map(|(k, v)| (k.clone(), v.expose().to_string())));
    let file = |p: std::path::PathBuf| p.display().to_string();
    let ours = [
        ("PHASE_FILE", file(paths.phase())),
        ("SUMMARY_FILE", file(paths.summary())),
        ("SCRATCH_FILE", file(paths.scratch())),
        ("QUESTIONS_FILE", file(paths.questions())),
        ("PROMPT_FILE", file(paths.prompt())),
        ("ISSUE", run.issue.to_string()),
        ("PROJECT_NAME", world.project.name.clone()),
        ("BRANCH", run.branch.clone()),
        ("PRIMARY_BRANCH", world.policy.primary.clone()),
        ("WORKTREE", context.worktree.display().to_string()),
        (crate::session::tmux::MARK, mark(world, run.issue)),
    ];
    env.extend(keyless());
    if twin::is(Twin::TokenInEnv) {
        env.extend(
            world.project.tokens.forge.iter().map(|t| ("FORGE_TOKEN".to_string(), t.expose().to_string())),
        );
    }
    env.extend(ours.into_iter().map(|(k, v)| (k.to_string(), v)));
    env
}

fn spec(world: &World, run: &Run, name: &str, spawn: u32, folder: &Path) -> SessionSpec {
    let mut env: Vec<(String, String)> = world.machine.session_env().into_iter().collect();
    env.extend(world.machine.host_env());
    env.push((crate::session::tmux::MARK.into(), mark(world, run.issue)));
    let argv = command(world, &["agent", "host", &run.issue.to_string()]);
    SessionSpec { name: name.into(), spawn, folder: folder.to_path_buf(), argv, env }
}

/// Stops the session of this start, after taking over what it committed. A later start is left alone.
pub fn stop(world: &World, run: &mut Run, spawn: u32) -> Result<()> {
    let name = name(world, run.issue);
    match world.sessions.list(&run.session.iter().cloned().collect::<Vec<_>>()) {
        Sessions::Listed(all) if all.iter().any(|s| s.name == name && s.spawn > spawn) => return Ok(()),
        _ => {}
    }
    keep_pane(world, run, &name)?;
    world.sessions.stop(&name, &mark(world, run.issue))?;
    settle(world, run)?;
    if twin::is(Twin::NoRescue) {
        return Ok(());
    }
    match world.with_repo(|git| git.rescue(run.issue, run.attempt)) {
        Ok(_) => Ok(()),
        Err(e) => not_taken_over(world, run, &format!("{e:#}")),
    }
}

/// A session that wrecked its repository can be stopped all the same: its folder stays, and people are told.
fn not_taken_over(world: &World, run: &Run, why: &str) -> Result<()> {
    let event = Event {
        at: world.clock.now(),
        issue: Some(run.issue),
        kind: "not_taken_over".into(),
        key: format!("{}:{}:not_taken_over", run.attempt, run.spawns),
        detail: format!("the session's commits could not be taken over; its folder is kept: {why}"),
    };
    world.store.event(&event)
}

/// A turn that we ended is settled with the time it had: nothing of it runs any more.
fn settle(world: &World, run: &Run) -> Result<()> {
    let (lines, now) = (world.store.ledger()?, world.clock.now());
    let of_run = format!("{}/{}/", run.issue, run.attempt);
    let settled = |id: &str| lines.iter().any(|l| l.entry == Entry::Settle && l.id == id);
    for line in lines.iter().filter(|l| l.entry == Entry::Reserve && l.id.starts_with(&of_run)) {
        if !settled(&line.id) {
            let entry =
                LedgerLine { entry: Entry::Settle, at: now, seconds: now.since(line.at), ..line.clone() };
            world.store.book(&entry)?;
        }
    }
    Ok(())
}

/// What the session last showed is kept with the attempt: people ask for it the next morning.
fn keep_pane(world: &World, run: &Run, name: &str) -> Result<()> {
    let Ok(pane) = world.sessions.pane(name, 2000) else { return Ok(()) };
    let text = Redactor::new(world.project.secrets()).redact(&pane);
    let path = world.store.paths.run(run.issue).attempt(run.attempt).join("pane.txt");
    world.store.files.write_soft(&path, text.as_bytes())
}
