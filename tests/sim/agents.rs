//! What runs in the sessions: a host that says how its agent is, and an agent that does its work well, badly or
//! not at all.

use super::host::Host;
use super::parts::{Session, hook};
use drover::domain::agent::hooks::{Event, nonces};
use drover::domain::ids::IssueNo;
use drover::domain::launch::{Launch, Style};
use drover::domain::life::{AgentState, HostRecord};
use drover::domain::time::Timestamp;
use drover::twin::{self, Twin};
use drover::world::Clock;

/// What an agent does with a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Commits and asks to go on.
    Good,
    /// The same, but what it commits first breaks the checks.
    BrokenFirst,
    /// Everything it commits breaks the checks.
    Breaks,
    /// Does nothing at all.
    Silent,
    /// Ends with an error.
    Dies,
    /// Says what is not so: finished, done, merged, already done.
    Lies,
    /// Makes the same request again and again with nothing new.
    Loops,
    /// Writes garbage.
    Garbage,
    /// Asks a person.
    Asks,
    /// Gives up.
    Fails,
    /// Declines.
    Refuses,
    /// Runs into a limit.
    Limited,
    /// Is not logged in.
    Locked,
    /// Leaves files uncommitted.
    Untidy,
    /// Throws its commits away and makes others.
    Rewrites,
    /// Leaves a process behind that makes a request later.
    Forks,
    /// Changes a file that others change too.
    Common,
    /// Any of these, anew each turn.
    Any,
}

/// All but the last, and but for [`Manner::Locked`], which comes up by a throw of its own.
pub const MANNERS: &[Manner] = &[
    Manner::Good,
    Manner::BrokenFirst,
    Manner::Breaks,
    Manner::Silent,
    Manner::Dies,
    Manner::Lies,
    Manner::Loops,
    Manner::Garbage,
    Manner::Asks,
    Manner::Fails,
    Manner::Refuses,
    Manner::Limited,
    Manner::Untidy,
    Manner::Rewrites,
    Manner::Forks,
    Manner::Common,
];

/// A process that outlived its turn and will make a request.
#[derive(Clone, Debug)]
pub struct Zombie {
    pub issue: IssueNo,
    pub at: i64,
    pub session: u64,
}

/// What came of an agent's step.
#[derive(Clone, Debug, Default)]
pub struct Deed {
    /// The host would wake the handler.
    pub wakes: bool,
    /// A process was left behind.
    pub zombie: Option<Zombie>,
    /// A commit was made.
    pub commit: Option<drover::domain::ids::Sha>,
    /// The text of the turn that was begun.
    pub given: Option<String>,
    /// Some of it was given to this session before.
    pub again: bool,
    /// The phase file was written, as this write of the host's files.
    pub request: Option<u64>,
}

/// A session's host ends the agent when the claim on its issue lapses.
pub fn lapse(host: &Host) {
    for session in host.tmux.sessions.borrow_mut().values_mut().filter(|s| s.lives()) {
        if has_lapsed(host, session.issue) {
            say(host, session, lapsed(), &mut Deed::default());
        }
    }
}

/// A twin that reads no claims reads none here either.
pub fn has_lapsed(host: &Host, issue: IssueNo) -> bool {
    !twin::is(Twin::ClaimUnread) && !host.claims().holds(issue, now(host))
}

fn lapsed() -> AgentState {
    AgentState::Ended { how: "its claim lapsed".into() }
}

/// Lets the session `name` do the next thing it would do; none if it has nothing to do.
pub fn act(host: &Host, name: &str, manner: Manner) -> Option<Deed> {
    let mut session = host.tmux.sessions.borrow().get(name)?.clone();
    let mut deed = Deed::default();
    match &session.state {
        None => come_up(host, &mut session, &mut deed)?,
        Some(_) if !session.lives() => return None,
        Some(_) if session.unnoticed => {
            session.unnoticed = false;
            say(host, &mut session, AgentState::Running, &mut deed);
        }
        Some(_) if session.at_work.is_some() => {
            ask_aside(host, session.issue);
            work(host, &mut session, manner, &mut deed);
        }
        Some(_) => take_turn(host, &mut session, &mut deed)?,
    }
    session.last_output = now(host);
    host.tmux.sessions.borrow_mut().insert(name.to_string(), session);
    Some(deed)
}

/// Now and then something that need not stop it: a line more, or half of one.
fn ask_aside(host: &Host, issue: IssueNo) {
    let aside = &host.core.aside;
    if !aside.chance(60) {
        return;
    }
    let path = host.store().paths.run(issue).questions();
    let before = host.files.text(&path).unwrap_or_default();
    let end = if aside.chance(800) { "\n" } else { "" };
    host.files.put(&path, format!("{before}what of {}?{end}", aside.below(1 << 20)).as_bytes());
}

fn now(host: &Host) -> Timestamp {
    host.clock().now()
}

fn launch(host: &Host, issue: IssueNo) -> Option<Launch> {
    let store = host.store();
    store.read_json(&store.paths.run(issue).folder.join("launch.json")).ok().flatten()
}

fn come_up(host: &Host, session: &mut Session, deed: &mut Deed) -> Option<()> {
    let launch = launch(host, session.issue).filter(|l| l.spawn == session.spawn)?;
    if has_lapsed(host, session.issue) {
        say(host, session, lapsed(), deed);
        return Some(());
    }
    session.turn = launch.turn;
    session.tells = launch.tells;
    if launch.style == Style::Interactive {
        let prompt = host.files.text(&host.store().paths.run(session.issue).prompt())?;
        if launch.tells {
            hook(&host.files, session, Event::UserPromptSubmit, &prompt);
            session.unnoticed = true;
        }
        session.inbox.push_front(prompt);
        say(host, session, if launch.tells { AgentState::Launched } else { AgentState::Running }, deed);
    } else {
        say(host, session, AgentState::Between, deed);
    }
    Some(())
}

fn take_turn(host: &Host, session: &mut Session, deed: &mut Deed) -> Option<()> {
    let interactive = launch(host, session.issue).is_some_and(|l| l.style == Style::Interactive);
    let text = match interactive {
        true => {
            let text = session.inbox.pop_front()?;
            session.turn += u32::from(session.tells);
            text
        }
        false => {
            let folder = host.store().paths.run(session.issue).turns();
            let text = host.files.text(&folder.join(format!("{:04}.md", session.turn)))?;
            session.turn += 1;
            say(host, session, AgentState::Running, deed);
            text
        }
    };
    deed.given = Some(text.clone());
    deed.again =
        session.tells && nonces(&text).iter().any(|n| session.texts.iter().any(|t| nonces(t).contains(n)));
    session.texts.push(text.clone());
    session.at_work = Some(text);
    Some(())
}

fn say(host: &Host, session: &mut Session, state: AgentState, deed: &mut Deed) {
    let record = HostRecord {
        spawn: session.spawn,
        pid: session.id as u32,
        start_time: 1,
        boot_id: format!("boot-{}", host.tmux.boot.get()),
        agent: state.clone(),
        at: now(host),
        by: session.tells.then(|| "hook".to_string()).filter(|_| session.turn > 0),
        turns: session.turn,
        // As one that has named its conversation in its first turn.
        conversation: Some(format!("conversation-{}", session.issue)).filter(|_| session.turn > 0),
        told: Default::default(),
    };
    let path = host.store().paths.run(session.issue).host();
    host.files.put(&path, &serde_json::to_vec(&record).unwrap());
    session.state = Some(state);
    deed.wakes = true;
}

fn work(host: &Host, session: &mut Session, manner: Manner, deed: &mut Deed) {
    session.at_work = None;
    let rng = &host.core.rng;
    let manner = if manner == Manner::Any { *rng.pick(MANNERS).unwrap() } else { manner };
    let n = rng.below(1 << 30);
    let file = format!("work-{}.txt", session.issue);
    let mut commit = |file: &str, text: String| deed.commit = host.git.work(session.issue, file, &text);
    let mut words = Some("PHASE:awaiting_ci".to_string());
    let mut ends = None;
    match manner {
        Manner::Good | Manner::Any => {
            commit(&file, format!("work {n}"));
            let summary = format!("It works with {}", host.setting.secrets.first().map_or("", |s| s));
            host.files.put(&host.store().paths.run(session.issue).summary(), summary.as_bytes());
        }
        Manner::BrokenFirst if session.texts.len() == 1 => commit(&file, format!("BROKEN {n}")),
        Manner::BrokenFirst => commit(&file, format!("fixed {n}")),
        Manner::Breaks => commit(&file, format!("BROKEN {n}")),
        Manner::Silent => words = None,
        Manner::Dies => (words, ends) = (None, Some(AgentState::Ended { how: "exit code 1".into() })),
        Manner::Lies => {
            let lies = ["PHASE:done", "PHASE:merged", "PHASE:awaiting_ci", "PHASE:failed\nReason: refused"];
            words = rng.pick(&lies).map(|w| w.to_string());
            let claim = r#"{"status":"already_done","reason":"see #1","pr":1}"#;
            host.files.put(&host.store().paths.run(session.issue).summary(), claim.as_bytes());
        }
        Manner::Loops => {}
        Manner::Garbage => words = Some(format!("PHASE:{}", "x\u{0}é".repeat(rng.below(50) as usize))),
        // Whatever an agent has come across may be in what it says.
        Manner::Asks => {
            let found = host.setting.secrets.first().filter(|_| n.is_multiple_of(4));
            let found = found.map(|s| format!(" Is it {s}?")).unwrap_or_default();
            words = Some(format!("PHASE:escalate\nReason: which port?{found}"));
        }
        Manner::Fails => words = Some("PHASE:failed\nReason: cannot".into()),
        Manner::Refuses => {
            words = Some("PHASE:failed\nReason: refused".into());
            let kinds = [
                r#"{"status":"too_large","reason":"it is"}"#,
                r#"{"status":"unmet_dependency","reason":"first that","blocked_by":1}"#,
                r#"{"status":"already_done","reason":"it is"}"#,
                "no json",
            ];
            let kind = rng.pick(&kinds).unwrap();
            host.files.put(&host.store().paths.run(session.issue).summary(), kind.as_bytes());
        }
        Manner::Limited => {
            (words, ends) =
                (None, Some(AgentState::Limited { until: now(host).plus(1800), words: "429".into() }));
        }
        Manner::Locked => {
            // It shows whatever its server has told it.
            let told = host.setting.secrets.first().map_or("", |s| s);
            let what = format!("Please run /login \u{1b}[31m``` {told}");
            (words, ends) = (None, Some(AgentState::Asks { what }));
        }
        Manner::Untidy => {
            commit(&file, format!("work {n}"));
            if let Some(tree) = host.git.worktrees.borrow_mut().get_mut(&session.issue) {
                tree.dirty = vec![format!("left-{n}")];
            }
        }
        Manner::Rewrites => {
            let primary = host.git.remote.borrow().primary.clone();
            if let Some(tree) = host.git.worktrees.borrow_mut().get_mut(&session.issue) {
                tree.head = primary;
            }
            commit(&file, format!("anew {n}"));
        }
        Manner::Forks => {
            commit(&file, format!("work {n}"));
            let at = host.core.time.get() + (rng.below(7200) * 1000) as i64;
            deed.zombie = Some(Zombie { issue: session.issue, at, session: session.id });
        }
        Manner::Common => commit("common.txt", format!("issue {} {n}", session.issue)),
    }
    finish(host, session, words, ends, deed);
}

fn finish(
    host: &Host,
    session: &mut Session,
    words: Option<String>,
    ends: Option<AgentState>,
    deed: &mut Deed,
) {
    if let Some(words) = words {
        deed.request = Some(host.files.put(&host.store().paths.run(session.issue).phase(), words.as_bytes()));
        deed.wakes = true;
    }
    let interactive = launch(host, session.issue).is_some_and(|l| l.style == Style::Interactive);
    match ends {
        Some(state) => say(host, session, state, deed),
        None if session.tells => {
            hook(&host.files, session, Event::Stop, "");
            // What waits in its queue is taken in before it comes to rest.
            if session.inbox.is_empty() {
                say(host, session, AgentState::Between, deed);
            }
        }
        None if interactive => {}
        None => say(host, session, AgentState::Between, deed),
    }
}
