//! Everything that a step of one run decides on, looked at.

use super::fact::look;
use super::look::{Glance, landing_of, room, taken_by};
use crate::config::Update;
use crate::domain::ci::CiSeen;
use crate::domain::evidence::{Colour, Evidence};
use crate::domain::ids::{IssueNo, PullNo, Sha};
use crate::domain::landing::{Hold, Landing, approvals};
use crate::domain::life::{HostRecord, Life, Sessions, judge};
use crate::domain::message::MessageKind;
use crate::domain::phase::Phase;
use crate::domain::phase::seen::{Asked, Fact, IssueSeen, PullSeen, Refused, Seen, VerifySeen, WorkSeen};
use crate::domain::pull::{Pull, PullState};
use crate::domain::question;
use crate::domain::redact::Redactor;
use crate::domain::request::{Refusal, Request, Stamp, parse, parse_refusal};
use crate::domain::run::Run;
use crate::domain::text::plain_line;
use crate::domain::time::Timestamp;
use crate::twin::{self, Twin};
use crate::world::{MergeTry, ProcessId, Untrusted, World};
use anyhow::Result;

/// How closely to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// What is needed to say whether something is to be done.
    Glance,
    /// Also what a step would write: the pane, the summary.
    Full,
}

/// Looks at everything that bears on one run.
pub fn observe(world: &World, glance: &Glance, run: &Run, depth: Depth) -> Seen {
    let redactor = Redactor::new(world.project.secrets());
    let asked = asked(world, run, &redactor);
    let pull = pull(world, glance, run);
    let remote = look(world.git.branch(&run.branch));
    let host = world.store.host(run.issue);
    let life = life(world, &glance.sessions, glance.now, run, host.as_ref(), &redactor);
    let checks = checks(world, glance, run, depth);
    let ci = ci(world, checks.as_ref(), depth);
    let session = run.session.as_ref().and_then(|s| glance.sessions.find(&s.name));
    let full = depth == Depth::Full;
    let needs_work = asked.is_some() || run.phase == Phase::Verifying;
    Seen {
        now: glance.now,
        awake: glance.awake,
        issue: issue(world, glance, run),
        quiet: quiet(&glance.sessions, glance.now, run, host.as_ref(), asked.as_ref()),
        attached: session.is_some_and(|s| s.attached),
        work: if needs_work { work(world, glance, run) } else { Fact::Unknown("not looked at".into()) },
        gates: if run.phase == Phase::Verifying {
            gates(world, glance, run)
        } else {
            Fact::Unknown("not looked at".into())
        },
        verify: verify(world, run),
        checks: checks.as_ref().map_or(Colour::Unknown, |c| c.colour),
        checks_text: checks.map(|c| red_text(&c, &ci, &redactor)).unwrap_or_default(),
        ci,
        drops_theirs: drops_theirs(world, run),
        remote_extends: extends(world, run, remote.known().and_then(Option::as_ref)),
        updated: updated(world, glance, run, &pull),
        remote,
        room: room(world, glance.places.as_deref(), run),
        taken_by: taken_by(world, run.issue),
        questions: questions(world, run, &redactor),
        reply: reply_waits(world, run.issue),
        resume: false,
        stop: false,
        instead: instead(world, glance, run, &life),
        pane: if full { pane(world, run, session.is_some(), &redactor) } else { String::new() },
        summary: if full {
            redactor.redact(&world.store.summary(run.issue).unwrap_or_default())
        } else {
            String::new()
        },
        life,
        pull,
        asked,
    }
}

/// What to tell of red checks; nothing is redacted, and no pattern compiled for it, where nothing is red.
fn red_text(evidence: &Evidence, ci: &CiSeen, redactor: &Redactor) -> String {
    let red = evidence.items.iter().filter(|i| i.colour == Colour::Red);
    let mut parts: Vec<String> = red.map(|i| format!("{}:\n{}", i.context, i.detail)).collect();
    parts.extend(Some(ci.text()).filter(|text| !text.is_empty()));
    if parts.is_empty() { String::new() } else { redactor.redact(&parts.join("\n\n")) }
}

/// What CI knows of red checks: asked by whoever is about to act on them, since logs are long.
fn ci(world: &World, checks: Option<&Evidence>, depth: Depth) -> CiSeen {
    match checks.filter(|c| c.colour == Colour::Red && depth == Depth::Full) {
        Some(red) => world.ci.failures(&red.sha),
        None => CiSeen::default(),
    }
}

/// The checks of the run's head, in the phases that they bear on. While a review is waited for a tick asks for those
/// that had passed once an hour only; before a landing they are asked for in any case.
fn checks(world: &World, glance: &Glance, run: &Run, depth: Depth) -> Option<Evidence> {
    let waits = matches!(run.phase, Phase::AwaitingCi | Phase::AwaitingReview | Phase::Landing);
    let lately = run.phase == Phase::AwaitingReview && depth == Depth::Glance;
    run.head.as_ref().filter(|_| waits).map(|head| glance.checks(world, head, lately))
}

/// The issue of a run: what becomes of it matters to runs at work and to those that are blocked.
fn issue(world: &World, glance: &Glance, run: &Run) -> Fact<IssueSeen> {
    if run.phase.is_terminal() && run.phase != Phase::Blocked {
        return Fact::Unknown("not looked at".into());
    }
    let number = run.issue;
    let listed = match &glance.issues {
        Fact::Unknown(why) => return Fact::Unknown(why.clone()),
        Fact::Known(all) => all.get(&number).cloned(),
    };
    // Missing from a listing is not "closed": one direct read before anything is concluded.
    let found = match listed {
        Some(issue) => Ok(Some(issue)),
        None => world.forge.issue(number),
    };
    let labels = &world.policy.labels;
    match found {
        Err(_) if twin::is(Twin::ErrorIsClosed) => {
            Fact::Known(IssueSeen { open: false, in_progress: false, needs_human: false })
        }
        Err(e) => Fact::Unknown(format!("{e:#}")),
        Ok(None) => Fact::Unknown(format!("issue #{number} is not there")),
        Ok(Some(issue)) => Fact::Known(IssueSeen {
            open: issue.open,
            in_progress: issue.has(&labels.in_progress),
            needs_human: issue.has(&labels.needs_human),
        }),
    }
}

fn pull(world: &World, glance: &Glance, run: &Run) -> Fact<Option<PullSeen>> {
    let listed = match &glance.pulls {
        Fact::Unknown(why) => return Fact::Unknown(why.clone()),
        Fact::Known(all) => all.iter().find(|p| p.branch == run.branch).cloned(),
    };
    let found = match (listed, run.pull) {
        (Some(pull), _) => Ok(Some(pull)),
        (None, None) => Ok(None),
        (None, Some(number)) => one_pull(world, number),
    };
    look(found.map(|pull| pull.map(|p| pull_seen(world, glance, run, &p))))
}

/// One pull, read directly.
pub fn one_pull(world: &World, number: PullNo) -> Result<Option<Pull>> {
    let found = world.forge.pull(number)?;
    Ok(super::look::with_heads(world, found.into_iter().collect())?.pop())
}

fn pull_seen(world: &World, glance: &Glance, run: &Run, pull: &Pull) -> PullSeen {
    let changes = pull.head.as_ref().and_then(|head| match approvals(pull, head, &world.policy) {
        Err(Hold::ChangesRequested(who, id)) if !run.reviews_seen.contains(&id) => {
            let text = pull.reviews.iter().find(|r| r.id == id).map(|r| r.body.clone()).unwrap_or_default();
            Some((id, who, text))
        }
        _ => None,
    });
    PullSeen {
        number: pull.number,
        open: pull.is_open(),
        merged: matches!(pull.state, PullState::Merged { .. }),
        head_extends_ours: extends(world, run, pull.head.as_ref()),
        landing: if pull.is_open() { landing_of(world, glance, pull) } else { Landing::Hold(Hold::NotOpen) },
        head: pull.head.clone(),
        changes: changes.filter(|_| pull.is_open()),
    }
}

/// Whether publishing the run's head would take commits of others off its branch.
pub fn drops_theirs(world: &World, run: &Run) -> bool {
    let (Some(theirs), Some(head)) = (&run.theirs, &run.head) else { return false };
    !world.git.contains(head, theirs).unwrap_or(false)
}

fn extends(world: &World, run: &Run, other: Option<&Sha>) -> bool {
    match (other, &run.head) {
        (Some(other), Some(head)) if other != head => world.git.contains(other, head).unwrap_or(false),
        _ => false,
    }
}

/// The head with the base merged in, where landing waits for just that.
fn updated(world: &World, glance: &Glance, run: &Run, pull: &Fact<Option<PullSeen>>) -> Option<Sha> {
    let behind = pull.known()?.as_ref().is_some_and(|p| p.landing == Landing::Hold(Hold::Behind));
    let (head, base) = (run.head.as_ref().filter(|_| behind)?, glance.primary.known()?);
    if world.project.landing.update == Update::Rebase {
        return world.git.replay(head, base).ok().flatten();
    }
    let MergeTry::Clean(tree) = world.git.try_merge(head, base).ok()? else { return None };
    let message = format!("Merge {} into {}", world.policy.primary, run.branch);
    world.git.commit(&tree, &[head, base], &message).ok()
}

/// What is known of a run's session.
pub fn life(
    world: &World,
    sessions: &Sessions,
    now: Timestamp,
    run: &Run,
    host: Option<&HostRecord>,
    redactor: &Redactor,
) -> Life {
    let name = run.session.as_ref().map_or("", |s| s.name.as_str());
    let spawn = run.session.as_ref().map(|s| s.spawn);
    let alive = host.and_then(|h| {
        let same_boot = h.boot_id == world.machine.boot_id();
        if same_boot {
            world.machine.alive(&ProcessId { pid: h.pid, start_time: h.start_time })
        } else {
            Some(false)
        }
    });
    plain(judge(name, spawn, sessions, host, alive, now), redactor)
}

/// What an agent said of itself becomes part of our records and of comments: without secrets, and then cut.
fn plain(life: Life, redactor: &Redactor) -> Life {
    let words = |text: String| plain_line(&redactor.redact(&text), 300);
    match life {
        Life::Asks { what } => Life::Asks { what: words(what) },
        Life::Limited { until, words: said } => Life::Limited { until, words: words(said) },
        Life::Dead { how } => Life::Dead { how: words(how) },
        other => other,
    }
}

/// The agent that a run goes on with whose own has named a limit, if there is one that has not.
fn instead(world: &World, glance: &Glance, run: &Run, life: &Life) -> Option<String> {
    if !matches!(life, Life::Limited { .. }) {
        return None;
    }
    let current = run.agent.as_deref().unwrap_or(&world.policy.agent);
    super::talk::first_free(world, glance.now, current)
}

/// Seconds since the session printed, asked, or its agent's state changed. What an agent that tells what it does shows on its
/// screen says nothing: a wheel turns there as long as nobody answers it.
pub fn quiet(
    sessions: &Sessions,
    now: Timestamp,
    run: &Run,
    host: Option<&HostRecord>,
    asked: Option<&Asked>,
) -> u64 {
    let session = run.session.as_ref();
    let tells = host.is_some_and(|h| h.by.is_some());
    let printed = session.filter(|_| !tells).and_then(|s| sessions.find(&s.name)).map(|s| s.last_output);
    let started = session.map(|s| s.started);
    let changed = host.map(|h| h.at);
    let wrote = asked.map(|a| Timestamp(a.stamp.mtime_ns / 1_000_000_000));
    // A time that has not come yet was told by a clock that was wrong: it says nothing.
    let told = [printed, started, changed, wrote].into_iter().flatten().filter(|at| *at <= now);
    told.max().map_or(u64::MAX, |at| now.since(at))
}

fn work(world: &World, glance: &Glance, run: &Run) -> Fact<WorkSeen> {
    let Some(base) = glance.primary.known() else {
        return Fact::Unknown("the primary branch could not be read".into());
    };
    look(world.git.worktree(run.issue, base)).map_known(|found| match found {
        None => WorkSeen::default(),
        Some(tree) => WorkSeen { head: tree.head, ahead: tree.ahead, dirty: tree.dirty },
    })
}

fn gates(world: &World, glance: &Glance, run: &Run) -> Fact<Vec<String>> {
    let (Some(base), Some(head)) = (glance.primary.known(), &run.head) else {
        return Fact::Unknown("base or head could not be read".into());
    };
    look(world.git.diff(base, head)).map_known(|diff| super::gate::findings(world, &diff))
}

fn verify(world: &World, run: &Run) -> VerifySeen {
    match &run.head {
        Some(head) => super::verify::seen(world, head),
        None => VerifySeen::Missing,
    }
}

fn reply_waits(world: &World, issue: IssueNo) -> bool {
    let all = world.store.messages(issue).unwrap_or_default();
    all.iter().any(|s| s.message.kind == MessageKind::Reply && s.message.waits())
}

/// What the session asks that nobody was told yet. What cannot be read is asked a look later.
fn questions(world: &World, run: &Run, redactor: &Redactor) -> Vec<String> {
    let text = world.store.questions(run.issue).unwrap_or_default();
    let new = question::after(&text, run.questions);
    new.iter().map(|text| redactor.redact(text)).collect()
}

fn pane(world: &World, run: &Run, listed: bool, redactor: &Redactor) -> String {
    match run.session.as_ref().filter(|_| listed) {
        Some(session) => redactor.redact(&world.sessions.pane(&session.name, 50).unwrap_or_default()),
        None => String::new(),
    }
}

/// The write of the phase file that was not taken yet. Empty means being written: look again. What it says becomes
/// part of our records, so secrets are taken out before anything else is done with it.
fn asked(world: &World, run: &Run, redactor: &Redactor) -> Option<Asked> {
    let (stamp, request) = match world.store.phase_file(run.issue).ok()? {
        Untrusted::Absent => return None,
        Untrusted::NotAFile => {
            let stamp = Stamp { inode: 0, mtime_ns: 0, size: 0, hash: u64::from(run.spawns) };
            (stamp, Request::Garbage("(a link, a pipe or a folder, not a file)".into()))
        }
        Untrusted::Text { stamp, text } => (stamp, parse(&redactor.redact(&text))),
    };
    if request == Request::Empty || run.request.as_ref() == Some(&stamp) {
        return None;
    }
    let refusal = (request == Request::Refused).then(|| refusal(world, run, redactor));
    Some(Asked { stamp, request, refusal })
}

/// A refusal, checked against the forge and git.
fn refusal(world: &World, run: &Run, redactor: &Redactor) -> Refused {
    match parse_refusal(&redactor.redact(&world.store.summary(run.issue).unwrap_or_default())) {
        Refusal::TooLarge(reason) => Refused::TooLarge(reason),
        Refusal::Unreadable(text) => Refused::Unreadable(text),
        Refusal::UnmetDependency { reason, on } => {
            match on.map(IssueNo).filter(|on| *on != run.issue && is_open(world, *on)) {
                Some(on) => Refused::Dependency { reason, on },
                None => Refused::DependencyUnnamed(reason),
            }
        }
        Refusal::AlreadyDone { reason, proof } => match proof.and_then(|p| proven(world, &p)) {
            Some(proof) => Refused::DoneProven { reason, proof },
            None => Refused::DoneUnproven(reason),
        },
    }
}

fn is_open(world: &World, issue: IssueNo) -> bool {
    matches!(world.forge.issue(issue), Ok(Some(issue)) if issue.open)
}

/// What a claim of "done before" names, if that has landed: a merged pull or a commit on the primary branch.
fn proven(world: &World, named: &str) -> Option<String> {
    if let Ok(number) = named.parse::<PullNo>() {
        let pull = world.forge.pull(number).ok().flatten();
        if pull.is_some_and(|p| matches!(p.state, PullState::Merged { .. })) {
            return Some(format!("pull #{number}"));
        }
    }
    let sha = world.git.find(named).ok().flatten()?;
    let primary = world.git.primary().ok()?;
    world.git.contains(&primary, &sha).unwrap_or(false).then(|| format!("commit {}", sha.short()))
}
