//! Carrying out effects. Each is read back by its key first, so that doing it again, or finishing what somebody
//! else began, changes nothing (laws 4 and 7).

use super::notices::{self, News};
use super::{guard, observe, session, tidy};
use crate::domain::effect::Effect;
use crate::domain::ids::Sha;
use crate::domain::message::MessageKind;
use crate::domain::notice::NoticeKind;
use crate::domain::redact::Redactor;
use crate::domain::run::{Run, Stuck};
use crate::domain::text::{has_marker, marker};
use crate::domain::time::{HOUR, Timestamp};
use crate::http;
use crate::store::journal::Event;
use crate::store::messages::NewMessage;
use crate::store::state::Cooldown;
use crate::twin::{self, Twin};
use crate::world::{NewPull, PushAnswer, World};
use anyhow::{Context, Result};

/// Awake seconds after which a person is told that effects cannot be carried out.
const PATIENCE: u64 = HOUR;

/// Does what is pending in `run`, in order, and writes the run with nothing pending. The caller holds its lock.
pub fn finish(world: &World, run: &mut Run) -> Result<()> {
    if run.pending.is_empty() {
        return Ok(());
    }
    for effect in run.pending.clone() {
        let done =
            perform(world, run, &effect).with_context(|| format!("{} for #{}", effect.name(), run.issue));
        if let Err(error) = done {
            stuck(world, run, &error)?;
            return Err(error);
        }
    }
    // While anything is pending the tick comes back to the run; to one that has ended it would not.
    if run.phase.is_terminal() {
        tidy::after(world, run)?;
    }
    run.pending.clear();
    run.stuck = None;
    world.store.save_run(run)
}

/// Each tick tries again. That too is a wait: after an hour of it a person is told, once.
fn stuck(world: &World, run: &mut Run, error: &anyhow::Error) -> Result<()> {
    let awake = world.store.awake(world.clock.now());
    let since = run.stuck.as_ref().map_or(awake, |s| s.since);
    let why = redacted(world, &format!("{error:#}"));
    if awake.saturating_sub(since) >= PATIENCE {
        let key = format!("{}:{}:stuck:{}", run.issue, run.attempt, run.entry);
        let text =
            format!("{} #{} cannot go on, and is tried again each tick: {why}", run.project, run.issue);
        let news = News {
            key: &key,
            issue: Some(run.issue),
            kind: NoticeKind::Trouble,
            to: None,
            order: run.entry,
            text: &text,
        };
        notices::note(world, &news)?;
    }
    let news = Stuck { since, why };
    if run.stuck.as_ref() == Some(&news) {
        return Ok(());
    }
    run.stuck = Some(news);
    world.store.save_run(run)
}

/// Does one effect, unless it is done.
pub fn perform(world: &World, run: &mut Run, effect: &Effect) -> Result<()> {
    match effect {
        Effect::Push { branch, sha, lease } => push(world, run, branch, sha, lease.as_ref()),
        Effect::OpenPull { branch, title, body } => open_pull(world, run, branch, title, body),
        Effect::Comment { marker, text } => comment(world, run, marker, text),
        Effect::Labels { add, remove, assign } => labels(world, run, add, remove, *assign),
        Effect::CloseIssue => close_issue(world, run),
        Effect::Message { key, kind, about, text } => message(world, run, key, *kind, about.as_ref(), text),
        Effect::StartSession { spawn, resume } => session::start(world, run, *spawn, *resume),
        Effect::StopSession { spawn } => session::stop(world, run, *spawn),
        Effect::Verify { sha } => start(world, &["verify", sha.as_str(), "--planned"]),
        Effect::RunCiAgain { sha, pipelines } => {
            pipelines.iter().try_for_each(|pipeline| run_again(world, run, sha, *pipeline))
        }
        Effect::Merge { pull, sha } => start(world, &["merge", &pull.to_string(), "--head", sha.as_str()]),
        Effect::CoolDown { agent, until, why } => cool_down(world, agent, *until, why),
        Effect::Notice { key, kind, to, order, text } => {
            let news =
                News { key, issue: Some(run.issue), kind: *kind, to: to.as_deref(), order: *order, text };
            notices::note(world, &news)
        }
        Effect::Event { key, kind, detail } => event(world, run, key, kind, detail),
    }
}

/// A later time that stands there already is another run's word, or a person's.
fn cool_down(world: &World, agent: &str, until: Timestamp, why: &str) -> Result<()> {
    if world.store.cooldown(agent).is_some_and(|known| known.until >= until) {
        return Ok(());
    }
    world.store.write_json(&world.store.paths.cooldown(agent), &Cooldown { until, why: why.into() })
}

/// What may pass is tried again. What wants a person, such as a token that may not do that, leaves the checks red: then
/// they are the session's to look into, which is told by the next row.
fn run_again(world: &World, run: &Run, sha: &Sha, pipeline: u64) -> Result<()> {
    match world.ci.run_again(sha, pipeline) {
        Err(e) if !http::passes(&e) => {
            let key = format!("{}:{}:ci_not_again:{pipeline}", run.attempt, run.entry);
            event(world, run, &key, "ci_not_again", &format!("{e:#}"))
        }
        done => done,
    }
}

/// A push that finds the branch moved leaves it: the next look says by whom, and the table what follows.
fn push(world: &World, run: &mut Run, branch: &str, sha: &Sha, lease: Option<&Sha>) -> Result<()> {
    if world.claims.look(run.issue, world.clock.now()) != crate::domain::schedule::Claim::Mine {
        anyhow::bail!("the claim on #{} is not ours any more", run.issue);
    }
    // What others have put on the branch stays on it: the session is told to take it in.
    if observe::drops_theirs(world, run) && !twin::is(Twin::PushForce) && !twin::is(Twin::LeaseOfNow) {
        return Ok(());
    }
    let now = if twin::is(Twin::PushForce) { world.git.branch(branch)? } else { None };
    match world.with_repo(|git| git.push(branch, sha, now.as_ref().or(lease)))? {
        PushAnswer::Pushed | PushAnswer::Already => run.published = Some(sha.clone()),
        PushAnswer::Moved(_) => {}
    }
    Ok(())
}

fn open_pull(world: &World, run: &mut Run, branch: &str, title: &str, body: &str) -> Result<()> {
    if world.git.branch(branch)? != run.head {
        return Ok(());
    }
    if let Some(open) = world.forge.pull_of(branch)? {
        run.pull = Some(open.number);
        return Ok(());
    }
    if nothing_to_open(world, run)? {
        return Ok(());
    }
    let new = NewPull {
        branch: branch.into(),
        base: world.policy.primary.clone(),
        title: redacted(world, title),
        body: redacted(world, body),
    };
    guard::publish(world, "a pull", &format!("{}\n{}", new.title, new.body))?;
    run.pull = Some(world.forge.open_pull(&new)?);
    Ok(())
}

/// Somebody merged or closed the pull while its branch was pushed, or brought the commits in without one: servers refuse
/// a pull without changes for ever. The next look tells which it was, and the table what follows.
fn nothing_to_open(world: &World, run: &Run) -> Result<bool> {
    let ended = match run.pull {
        Some(number) => world.forge.pull(number)?.is_some_and(|pull| !pull.is_open()),
        None => false,
    };
    if ended {
        return Ok(true);
    }
    let Some(head) = &run.head else { return Ok(false) };
    world.git.contains(&world.git.primary()?, head)
}

pub(super) fn redacted(world: &World, text: &str) -> String {
    Redactor::new(world.project.secrets()).redact(text)
}

fn comment(world: &World, run: &Run, key: &str, text: &str) -> Result<()> {
    let number = run.issue.0;
    let blind = twin::is(Twin::CommentBlind);
    if !blind
        && world
            .forge
            .comments(number)?
            .iter()
            .any(|c| c.author == world.policy.me && has_marker(&c.body, key))
    {
        return Ok(());
    }
    let text = redacted(world, text);
    guard::publish(world, "a comment", &text)?;
    world.forge.comment(number, &format!("{text}\n\n{}", marker(key)))
}

fn labels(world: &World, run: &Run, add: &[String], remove: &[String], assign: Option<bool>) -> Result<()> {
    let issue =
        world.forge.issue(run.issue)?.with_context(|| format!("issue #{} is not there", run.issue))?;
    let missing: Vec<String> = add.iter().filter(|l| !issue.has(l)).cloned().collect();
    let extra: Vec<String> = remove.iter().filter(|l| issue.has(l)).cloned().collect();
    let ours = issue.assignees.contains(&world.policy.me);
    if let Some(wanted) = assign.filter(|wanted| *wanted != ours) {
        world.forge.assign(run.issue, wanted)?;
    }
    if missing.is_empty() && extra.is_empty() {
        return Ok(());
    }
    world.forge.set_labels(run.issue, &missing, &extra)
}

fn close_issue(world: &World, run: &Run) -> Result<()> {
    let open = world.forge.issue(run.issue)?.is_some_and(|i| i.open);
    if open { world.forge.set_issue_open(run.issue, false) } else { Ok(()) }
}

fn message(
    world: &World,
    run: &Run,
    key: &str,
    kind: MessageKind,
    about: Option<&Sha>,
    text: &str,
) -> Result<()> {
    let text = redacted(world, text);
    guard::publish(world, "a message", &text)?;
    let new = NewMessage { key, kind, about, text: &text, now: world.clock.now() };
    world.store.queue(run.issue, &new).map(|_| ())
}

/// Starting one of our binaries twice is harmless: each takes its lock and looks afresh.
fn start(world: &World, argv: &[&str]) -> Result<()> {
    world.jobs.start(argv).map(|_| ())
}

/// Written again after a crash: readers count a key once.
fn event(world: &World, run: &Run, key: &str, kind: &str, detail: &str) -> Result<()> {
    let event = Event {
        at: world.clock.now(),
        issue: Some(run.issue),
        kind: kind.into(),
        key: key.into(),
        detail: redacted(world, detail),
    };
    world.store.event(&event)
}
