//! What a person can do with a run: say something to it, stop it, resume it, try it again.

use super::start::{Asker, StartOutcome, start};
use super::step::{Moved, Word, advance_held};
use crate::domain::ids::IssueNo;
use crate::domain::message::MessageKind;
use crate::domain::phase::Phase;
use crate::domain::run::Run;
use crate::domain::schedule::Reason;
use crate::domain::text::{plain_line, plain_text};
use crate::store::messages::{NewMessage, Stored};
use crate::store::state::Notice;
use crate::twin::{self, Twin};
use crate::world::{LockName, World};
use anyhow::{Context, Result};

/// Seconds that a person's command waits for a run's lock.
pub const PATIENCE: u64 = 30;

/// Seconds within which the same words are taken for the same word.
const SAME_WORD: u64 = 60;

/// What came of a person's command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Done; the run stands here now.
    Done(Phase),
    /// Taken down; moving the run on failed for now, for this reason, and the next tick does it.
    Later(String),
    /// It makes no sense where the run stands.
    Pointless(Reason),
}

fn run_of(world: &World, issue: IssueNo) -> Result<Run> {
    world.store.run(issue)?.with_context(|| format!("there is no run on #{issue} in {}", world.project.name))
}

/// Queues a person's words for the session and moves the run on: an escalated run goes back to work with them. Said again
/// within a minute they are the same words.
pub fn say(world: &World, issue: IssueNo, who: &str, text: &str) -> Result<Answer> {
    put(world, issue, who, text, None)
}

/// The same with words that have a name of their own, by which they are known however often they come.
pub fn reply(world: &World, issue: IssueNo, who: &str, text: &str, name: &str) -> Result<Answer> {
    put(world, issue, who, text, Some(name))
}

/// A person's yes or no to something that they were told, known by its key.
pub fn decide(
    world: &World,
    issue: IssueNo,
    who: &str,
    (key, yes): (&str, bool),
    said: &str,
) -> Result<Answer> {
    // Looked at and answered with the lock in hand: in between another question could be asked.
    let _held = world.take(&LockName::Run(issue), PATIENCE)?;
    let run = run_of(world, issue)?;
    let has_it = world.store.messages(issue)?.iter().any(|stored| stored.message.key == name(said));
    let of_escalation = run.escalation.as_ref().is_some_and(|e| e.notice == key && !e.answered);
    let is_question = key.split(':').nth(2) == Some("question");
    let is_asked =
        is_question || (run.phase == Phase::Escalated && of_escalation) || twin::is(Twin::OldQuestion);
    if !has_it && !is_asked {
        let words = format!("that is not asked any more: #{issue} is {}", run.phase);
        return Ok(Answer::Pointless(Reason::new("not_asked", words)));
    }
    let asked: Option<Notice> = world.store.read_json(&world.store.notice_path(key)).ok().flatten();
    let asked = asked.map(|notice| format!(" to: {}", notice.text)).unwrap_or_default();
    put_held(world, issue, who, &format!("{}{asked}", if yes { "Yes," } else { "No," }), Some(said))
}

/// The key of a message with words that have a name of their own.
pub(super) fn name(said: &str) -> String {
    format!("reply:{said}")
}

fn put(world: &World, issue: IssueNo, who: &str, text: &str, name: Option<&str>) -> Result<Answer> {
    let _held = world.take(&LockName::Run(issue), PATIENCE)?;
    put_held(world, issue, who, text, name)
}

fn put_held(world: &World, issue: IssueNo, who: &str, text: &str, name: Option<&str>) -> Result<Answer> {
    let run = run_of(world, issue)?;
    if run.phase.is_terminal() {
        let words = format!(
            "#{issue} is {}: nobody would read it; `agent retry {issue}` takes it up again",
            run.phase
        );
        return Ok(Answer::Pointless(Reason::new("ended", words)));
    }
    let name = name.filter(|_| !twin::is(Twin::HeardAgain));
    let key = self::name(&name.map_or_else(|| world.dice.nonce(), String::from));
    let text = format!("{who} says:\n{}", plain_text(text));
    let new =
        NewMessage { key: &key, kind: MessageKind::Reply, about: None, text: &text, now: world.clock.now() };
    // Said again, because the first call was cut off, it is the same word: while it still waits, and for a moment after
    // it has reached a session that has asked for nothing since.
    let lately = |s: &Stored| {
        s.message.unanswered(run.request_at) && world.clock.now().since(s.message.queued) < SAME_WORD
    };
    // What has a name is the same by that alone.
    let same = |s: &Stored| name.is_none() && s.message.text == text && (s.message.waits() || lately(s));
    if !world.store.messages(issue)?.iter().any(same) {
        world.store.queue(issue, &new)?;
    }
    // From here on the word cannot be lost: whoever says it again because the session could not be reached says it twice.
    Ok(moved(advance_held(world, issue, Word::default())).unwrap_or_else(|e| Answer::Later(format!("{e:#}"))))
}

/// Stops a run's session and everything it started; the run waits for a person.
pub fn stop(world: &World, issue: IssueNo) -> Result<Answer> {
    let _held = world.take(&LockName::Run(issue), PATIENCE)?;
    let run = run_of(world, issue)?;
    if run.phase.is_terminal() || run.phase == Phase::Stopped {
        return Ok(Answer::Pointless(Reason::new("not_running", format!("#{issue} is {}", run.phase))));
    }
    moved(advance_held(world, issue, Word { stop: true, resume: false }))
}

/// Lets a stopped or escalated run go on where it stood.
pub fn resume(world: &World, issue: IssueNo) -> Result<Answer> {
    let _held = world.take(&LockName::Run(issue), PATIENCE)?;
    let run = run_of(world, issue)?;
    if !matches!(run.phase, Phase::Stopped | Phase::Escalated) {
        let words = match run.phase.is_terminal() {
            true => format!("#{issue} is {}; `agent retry {issue}` takes it up again", run.phase),
            false => format!("#{issue} is {} and goes on by itself", run.phase),
        };
        return Ok(Answer::Pointless(Reason::new("not_waiting", words)));
    }
    moved(advance_held(world, issue, Word { stop: false, resume: true }))
}

/// Takes up an ended run again, as its next attempt.
pub fn retry(world: &World, issue: IssueNo) -> Result<Answer> {
    let run = run_of(world, issue)?;
    if !run.phase.is_terminal() {
        let words = format!("#{issue} is {}: only a run that has ended can be tried again", run.phase);
        return Ok(Answer::Pointless(Reason::new("run_active", words)));
    }
    match start(world, issue, Asker::Person, PATIENCE)? {
        StartOutcome::Started(_) => Ok(Answer::Done(Phase::Claimed)),
        StartOutcome::Declined(reason) => Ok(Answer::Pointless(reason)),
    }
}

/// Keeps new work from being started in the project.
pub fn pause(world: &World, who: &str, why: &str) -> Result<()> {
    let why = if why.is_empty() { "no reason given" } else { why };
    let text = format!("by {who} at {}: {}\n", world.clock.now(), plain_line(why, 200));
    world.store.files.write(&world.store.paths.paused(), text.as_bytes())
}

/// Takes that back.
pub fn unpause(world: &World) -> Result<()> {
    world.store.files.remove(&world.store.paths.paused())
}

fn moved(moved: Result<Moved>) -> Result<Answer> {
    moved.map(|m| Answer::Done(m.phase))
}
