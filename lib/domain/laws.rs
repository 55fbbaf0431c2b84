//! The laws of the design as predicates over what is so, apart from the code that is to keep them: the simulator and
//! the tests ask them of every world they see, and the binaries ask the cheap ones before what cannot be undone.

use super::effect::Effect;
use super::evidence::{Colour, Evidence};
use super::ids::{IssueNo, PullNo, Sha};
use super::message::{Message, MessageState};
use super::notice::NoticeKind;
use super::phase::Phase;
use super::phase::table::TABLE;
use super::policy::{LabelNames, Policy};
use super::pull::{Pull, PullState, Review, Verdict};
use super::run::{Counter, Run};
use super::text::{has_marker, plain_text};
use std::collections::BTreeSet;
use std::fmt;

/// A law that is broken, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Its number in the design.
    pub law: u8,
    /// What was seen.
    pub what: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "law {}: {}", self.law, self.what)
    }
}

fn breach<T>(law: u8, what: impl Into<String>) -> Result<T, Breach> {
    Err(Breach { law, what: what.into() })
}

/// Law 1: a pull may land at `head` only if that is its head, its checks are green there, and somebody allowed has
/// approved it there while nobody allowed stands against it.
pub fn only_proven(pull: &Pull, checks: &Evidence, head: &Sha, policy: &Policy) -> Result<(), Breach> {
    let number = pull.number;
    if pull.state != PullState::Open || pull.draft || pull.from_fork || pull.base != policy.primary {
        return breach(1, format!("pull #{number} is not one that may land"));
    }
    if pull.head.as_ref().is_some_and(|now| now != head) {
        return breach(1, format!("pull #{number} would land at {head}, which is not its head"));
    }
    let green = checks.colour == Colour::Green || (checks.colour == Colour::None && policy.without_checks);
    if checks.sha != *head || !green {
        return breach(1, format!("pull #{number} would land with checks that are {:?}", checks.colour));
    }
    approved(pull, head, policy)
}

fn approved(pull: &Pull, head: &Sha, policy: &Policy) -> Result<(), Breach> {
    let counts = |r: &&Review| {
        policy.reviewers.contains(&r.author)
            && r.author != policy.me
            && r.author != pull.author
            && !r.dismissed
    };
    let mut for_it = false;
    for who in &policy.reviewers {
        let mut words = pull.reviews.iter().filter(counts).filter(|r| &r.author == who);
        let last = words.rfind(|r| r.verdict != Verdict::Comment);
        match last.map(|r| (r.verdict, &r.sha == head)) {
            Some((Verdict::Reject, _)) => {
                return breach(1, format!("{who} stands against pull #{}", pull.number));
            }
            Some((Verdict::Approve, true)) => for_it = true,
            _ => {}
        }
    }
    if for_it {
        Ok(())
    } else {
        breach(1, format!("nobody allowed has approved pull #{} at {head}", pull.number))
    }
}

/// Law 1: a receipt is written for a merge that is one.
pub fn receipt_is_true(pull: PullNo, merged: bool) -> Result<(), Breach> {
    if merged { Ok(()) } else { breach(1, format!("pull #{pull} has a receipt and is not merged")) }
}

/// Law 2: among the live sessions (or open pulls, or branches) of all hosts no issue stands twice.
pub fn one_each(what: &str, of: &[IssueNo]) -> Result<(), Breach> {
    let mut seen = BTreeSet::new();
    match of.iter().find(|issue| !seen.insert(**issue)) {
        Some(twice) => breach(2, format!("two {what} for #{twice}")),
        None => Ok(()),
    }
}

/// Law 2, with capacity: no more runs at work than `limits.sessions`.
pub fn within_room(at_work: &[IssueNo], sessions: u32) -> Result<(), Breach> {
    if at_work.len() <= sessions as usize {
        return Ok(());
    }
    breach(2, format!("{} runs at work where {sessions} may be: {at_work:?}", at_work.len()))
}

/// Law 3: every commit that a session made can still be reached.
pub fn nothing_lost<'a>(
    made: impl IntoIterator<Item = &'a Sha>,
    reachable: impl Fn(&Sha) -> bool,
) -> Result<(), Breach> {
    match made.into_iter().find(|sha| !reachable(sha)) {
        Some(lost) => breach(3, format!("the commit {lost} cannot be reached any more")),
        None => Ok(()),
    }
}

/// Law 3: a push goes over nobody else's commits.
pub fn push_keeps(branch: &str, was: Option<&Sha>, ours: bool, kept: bool) -> Result<(), Breach> {
    match was {
        Some(was) if !ours && !kept => {
            breach(3, format!("a push to {branch} went over {was} of somebody else"))
        }
        _ => Ok(()),
    }
}

/// Law 4: where everything has come to rest nothing is left half done.
pub fn at_rest(run: &Run) -> Result<(), Breach> {
    if run.pending.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = run.pending.iter().map(super::effect::Effect::name).collect();
    breach(4, format!("#{} is {} with {} still to be done", run.issue, run.phase, names.join(", ")))
}

/// Law 4: a budget is used up by one in the write that begins what it pays for, and by nothing else.
pub fn spent_once(before: &Run, after: &Run) -> Result<(), Breach> {
    let issue = after.issue;
    if before.attempt != after.attempt || (before.entry, &before.pending) == (after.entry, &after.pending) {
        return Ok(());
    }
    let Some(row) = fired(after).and_then(|id| TABLE.iter().find(|row| row.id == id)) else { return Ok(()) };
    for counter in Counter::ALL {
        let (was, is) = (before.counters.used(counter), after.counters.used(counter));
        let ran_out = was >= counter.limit().saturating_add(before.counters.granted);
        let due = u32::from(row.spends == Some(counter) && !ran_out);
        if is > was.saturating_add(due) || (due == 1 && is != was + 1) {
            let words = counter.words();
            return breach(4, format!("{} took #{issue} from {was} to {is} {words}", row.id));
        }
    }
    Ok(())
}

/// The row whose effects are pending, as the key of its event names it.
fn fired(run: &Run) -> Option<&str> {
    run.pending.iter().find_map(|effect| match effect {
        Effect::Event { key, .. } => key.split(':').nth(2),
        _ => None,
    })
}

/// Law 5: a wait has an owner, a clearing condition and a deadline, all on disk.
pub fn wait_is_written(run: &Run) -> Result<(), Breach> {
    if run.phase.is_terminal() {
        return Ok(());
    }
    let until = run.phase == Phase::Limited && run.until.is_some();
    if run.owner.is_empty() || run.clears_when.is_empty() || (run.deadline.is_none() && !until) {
        return breach(
            5,
            format!("#{} is {} without an owner, a way out or a deadline", run.issue, run.phase),
        );
    }
    Ok(())
}

/// Law 5: when faults have stopped, a run ends or waits for a person.
pub fn has_come_somewhere(run: &Run) -> Result<(), Breach> {
    let persons = [Phase::AwaitingReview, Phase::Escalated, Phase::Stopped];
    if run.phase.is_terminal() || persons.contains(&run.phase) {
        return Ok(());
    }
    breach(5, format!("#{} is still {} (since {}): {}", run.issue, run.phase, run.since, run.clears_when))
}

/// What is so, for judging what a run concluded from its looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Truth {
    /// Its pull is merged.
    pub merged: bool,
    /// A person closed the issue or the pull, or took the label off, at some time.
    pub given_up: bool,
    /// Another host holds its claim.
    pub taken_over: bool,
    /// Its session's agent lives.
    pub alive: bool,
    /// The request it acts on was made by its present session, or it acts on none.
    pub own_request: bool,
}

/// Law 6: what is concluded is so, and not merely not seen.
pub fn concluded(before: Option<&Run>, after: &Run, truth: Truth) -> Result<(), Breach> {
    let issue = after.issue;
    if before.is_none_or(|b| b.phase != after.phase) {
        match after.phase {
            Phase::Done if !truth.merged => {
                return breach(8, format!("#{issue} is done and nothing is merged"));
            }
            // What another host has seen merged it has closed as well.
            Phase::Abandoned if !truth.given_up && !truth.taken_over && !truth.merged => {
                return breach(6, format!("#{issue} is abandoned and nobody gave it up"));
            }
            _ => {}
        }
    }
    let died = after.died.is_some() && before.is_some_and(|b| b.spawns < after.spawns && b.session.is_some());
    if died && truth.alive {
        return breach(6, format!("the session of #{issue} was taken for dead and lives"));
    }
    if !truth.own_request {
        return breach(6, format!("#{issue} acted on a request that an earlier session made"));
    }
    Ok(())
}

/// Law 6: whatever a session asks for, what is no request too, is answered by a line in the journal.
pub fn taken_is_told(before: &Run, after: &Run) -> Result<(), Breach> {
    let taken = after.request_at.is_some() && before.request_at != after.request_at;
    if !taken || fired(after).is_some() {
        return Ok(());
    }
    breach(6, format!("a request of #{} was taken without a word", after.issue))
}

/// Law 4: a message counts as delivered when its text is there. `put_in` are the texts that the sessions of its run
/// were given.
pub fn delivered_is_there<'a>(
    issue: IssueNo,
    message: &Message,
    put_in: impl IntoIterator<Item = &'a str>,
) -> Result<(), Breach> {
    let text = message.text.trim();
    let delivered = matches!(message.state, MessageState::Delivered { .. });
    if delivered && !put_in.into_iter().any(|put| put.contains(text)) {
        return breach(4, format!("{} of #{issue} counts as delivered and is nowhere", message.key));
    }
    Ok(())
}

/// Law 4: a question counts as answered by words that its session has not had. `waiting` are the words that count as on their
/// way, `put_in` the texts that the sessions of the run were given.
pub fn answered_by_news<'a>(
    issue: IssueNo,
    mut waiting: impl Iterator<Item = &'a Message>,
    put_in: &[String],
) -> Result<(), Breach> {
    let is_news = |message: &Message| match &message.state {
        MessageState::Sending { nonce, .. } => !put_in.iter().any(|put| put.contains(nonce)),
        state => *state == MessageState::Queued,
    };
    match waiting.any(is_news) {
        true => Ok(()),
        false => breach(4, format!("#{issue} counts as answered by what it had when it asked")),
    }
}

/// Law 7: what has arrived in a session is not put in again.
pub fn delivered_once<'a>(
    issue: IssueNo,
    before: &Message,
    after: &Message,
    put_in: impl IntoIterator<Item = &'a str>,
) -> Result<(), Breach> {
    use MessageState::Sending;
    let (Sending { nonce, spawn, .. }, Sending { nonce: again, spawn: same, .. }) =
        (&before.state, &after.state)
    else {
        return Ok(());
    };
    if spawn == same && nonce != again && put_in.into_iter().any(|put| put.contains(nonce.as_str())) {
        return breach(7, format!("{} of #{issue} is put in again and had arrived", after.key));
    }
    Ok(())
}

/// Law 7: a session that tells what it takes in is given nothing twice.
pub fn given_once(issue: IssueNo, again: bool) -> Result<(), Breach> {
    if again {
        breach(7, format!("the session of #{issue} was given the same message twice"))
    } else {
        Ok(())
    }
}

/// Law 7: among texts that carry their markers or keys none stands twice.
pub fn said_once<'a>(what: &str, keys: impl IntoIterator<Item = &'a str>) -> Result<(), Breach> {
    let mut seen = BTreeSet::new();
    match keys.into_iter().find(|key| !seen.insert(*key)) {
        Some(twice) => {
            breach(7, format!("{what} said twice: {}", twice.chars().take(120).collect::<String>()))
        }
        None => Ok(()),
    }
}

/// Law 7: when a run has ended, the labels that are ours to set say what became of it and nothing else. `on` are
/// those on its issue.
pub fn labels_fit(run: &Run, on: &[&str], names: &LabelNames) -> Result<(), Breach> {
    let all = [&names.queue, &names.in_progress, &names.blocked, &names.needs_human, &names.underspecified];
    let ours: Vec<&str> = all.into_iter().map(String::as_str).filter(|name| on.contains(name)).collect();
    let fit = match run.phase {
        Phase::Done => ours.is_empty(),
        Phase::Blocked | Phase::Abandoned => ours == [names.blocked.as_str()],
        Phase::Refused => {
            ours.is_empty() || ours == [names.queue.as_str()] || ours == [names.underspecified.as_str()]
        }
        _ => true,
    };
    if fit { Ok(()) } else { breach(7, format!("#{} is {} and labelled {ours:?}", run.issue, run.phase)) }
}

/// Law 7: of a run that was blocked or refused its issue says why, once. `ours` are our comments there.
pub fn is_explained<'a>(run: &Run, ours: impl IntoIterator<Item = &'a str>) -> Result<(), Breach> {
    if !matches!(run.phase, Phase::Blocked | Phase::Refused) {
        return Ok(());
    }
    let key = format!("{}:{}", run.phase, run.attempt);
    match ours.into_iter().filter(|body| has_marker(body, &key)).count() {
        1 => Ok(()),
        count => breach(7, format!("#{} is {} and says so {count} times", run.issue, run.phase)),
    }
}

/// Law 8: what a session or a stranger wrote is text and nothing more where we show it: no terminal sequence, no
/// character that hides or turns others, and no code block that what is in it could end.
pub fn harmless(what: &str, text: &str) -> Result<(), Breach> {
    if plain_text(text) != text {
        return breach(8, format!("{what} holds characters that are more than text"));
    }
    let fences = text.lines().filter(|line| line.starts_with("```"));
    let open = fences.fold(None, |open: Option<&str>, line| match open {
        Some(fence) if line == fence => None,
        None => Some(line),
        still => still,
    });
    if open.is_some() { breach(8, format!("{what} does not end a code block")) } else { Ok(()) }
}

/// Law 8: no text that a session is given, or that is published, holds a secret.
pub fn keyless(what: &str, text: &str, secrets: &[String]) -> Result<(), Breach> {
    if secrets.iter().any(|secret| text.contains(secret.as_str())) {
        return breach(8, format!("{what} holds a secret"));
    }
    Ok(())
}

/// Law 9: people are bothered only with what they have to see to. The key of a notice says what it is about.
pub fn worth_a_mail(key: &str, kind: NoticeKind) -> Result<(), Breach> {
    // Of a run's notices: issue, attempt, what it is about.
    let about = key.split(':').nth(2).unwrap_or("");
    if kind.is_urgent() && ["started", "pull", "ci", "review", "landed", "refused"].contains(&about) {
        return breach(9, format!("{key} was told as if somebody had to do something"));
    }
    Ok(())
}

/// Law 7: what a person says once is one message to one run.
pub fn is_heard_once(words: &str, messages: usize) -> Result<(), Breach> {
    if messages > 1 { breach(7, format!("{words:?} was passed on {messages} times")) } else { Ok(()) }
}

/// Law 8: words of somebody who has no say become no message.
pub fn is_nobodys(words: &str, messages: usize) -> Result<(), Breach> {
    if messages > 0 { breach(8, format!("{words:?} is a stranger's, and was passed on")) } else { Ok(()) }
}

/// Law 6: a yes or no to an escalation becomes a message to its run only while that is what it waits for.
pub fn is_still_asked(run: Option<&Run>, key: &str) -> Result<(), Breach> {
    let asks = |run: &Run| {
        let escalation = run.escalation.as_ref().filter(|e| run.phase == Phase::Escalated && !e.answered);
        escalation.is_some_and(|e| e.notice == key)
    };
    if run.is_some_and(asks) { Ok(()) } else { breach(6, format!("a yes or no to {key}, which nobody asks")) }
}

/// Law 9: what somebody says who has a say reaches its run, or they are told why not.
pub fn is_answered(words: &str, messages: usize, answers: usize) -> Result<(), Breach> {
    if messages + answers == 0 { breach(9, format!("{words:?} was heard by nobody")) } else { Ok(()) }
}

/// Law 9: of a notice that counts as told somebody was told, so many times.
pub fn told_is_told(key: &str, times: usize) -> Result<(), Breach> {
    if times == 0 { breach(9, format!("{key} counts as told and nobody was")) } else { Ok(()) }
}

/// Law 9: what a session asks while it goes on is told: of so many questions and so many that people were told.
pub fn asks_are_told(run: &Run, untold: usize, told: usize) -> Result<(), Breach> {
    let waits = !run.phase.is_terminal() && run.pending.is_empty();
    if waits && (untold > 0 || told < run.questions as usize) {
        let (issue, taken) = (run.issue, run.questions);
        return breach(
            9,
            format!("of {taken} questions of #{issue} {told} were told, and {untold} not taken"),
        );
    }
    Ok(())
}

/// Law 9: of every run that needs a person somebody was told.
pub fn is_told(run: &Run, told: impl Fn(&str) -> bool) -> Result<(), Breach> {
    let needs = matches!(run.phase, Phase::Escalated | Phase::Blocked);
    if needs && !told(&format!("#{}", run.issue)) {
        return breach(9, format!("#{} is {} and nobody was told", run.issue, run.phase));
    }
    Ok(())
}

#[cfg(test)]
#[path = "laws_tests.rs"]
mod tests;
