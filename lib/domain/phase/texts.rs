//! The words of a step: messages to the session, comments on the issue, notices to people. What comes from the
//! session or the forge is set off as data; it never becomes part of our own sentences' markup.

use super::Phase;
use super::enter::notice_key;
use super::seen::{Fact, Refused, Seen, VerifySeen};
use super::table::{Row, Tell, When};
use super::when::waited;
use crate::domain::effect::Effect;
use crate::domain::ids::Sha;
use crate::domain::life::Life;
use crate::domain::message::MessageKind;
use crate::domain::notice::NoticeKind;
use crate::domain::policy::Policy;
use crate::domain::request::{Request, WORDS};
use crate::domain::run::{Counter, Run};
use crate::domain::text::{fenced, plain_line};
use crate::domain::time::human;

/// The message that a row queues.
pub fn message(tell: Tell, run: &Run, seen: &Seen, policy: &Policy) -> Effect {
    let head = run.head.clone();
    let about = |sha: &Option<Sha>| sha.as_ref().map_or("none".to_string(), |s| s.to_string());
    let here = format!("{}:{}", run.attempt, run.entry);
    let (key, kind, about_head, text) = match tell {
        Tell::NothingAhead => (
            format!("empty:{here}:{}", run.counters.empty),
            MessageKind::Correction,
            None,
            nothing_ahead(run, policy),
        ),
        Tell::Dirty => (format!("dirty:{here}"), MessageKind::Correction, None, dirty(seen)),
        Tell::BadRefusal => {
            (format!("refusal:{here}:{}", run.counters.empty), MessageKind::Correction, None, bad_refusal())
        }
        Tell::NotDone => {
            (format!("notdone:{here}:{}", run.counters.empty), MessageKind::Correction, None, not_done(run))
        }
        Tell::Words => (format!("words:{here}"), MessageKind::Correction, None, words(seen)),
        Tell::Nudge => (format!("nudge:{here}"), MessageKind::Nudge, None, NUDGE.into()),
        Tell::Gates => (format!("gates:{}", about(&head)), MessageKind::Ci, head, gates(seen)),
        Tell::VerifyRed => (
            format!("verify:{}", about(&head)),
            MessageKind::Ci,
            head,
            red("The project's own checks", run, verify_text(seen)),
        ),
        Tell::CiRed => {
            (format!("ci:{}", about(&head)), MessageKind::Ci, head, red("CI", run, &seen.checks_text))
        }
        Tell::Review => (review_key(seen), MessageKind::Review, None, review(seen)),
        Tell::RemoteMoved => (format!("moved:{}", about(&head)), MessageKind::Update, head, moved(run)),
        Tell::Conflict => {
            (format!("conflict:{}:{here}", about(&head)), MessageKind::Update, head, conflict(seen, policy))
        }
    };
    Effect::Message { key, kind, about: about_head, text }
}

const AGAIN: &str = "When that is committed, write `PHASE:awaiting_ci` to $PHASE_FILE again.";

fn nothing_ahead(run: &Run, policy: &Policy) -> String {
    format!(
        "You asked to go on, but {} has no commit that {} lacks. Commit your work on this branch, then write \
         `PHASE:awaiting_ci` again; or write `PHASE:escalate` or `PHASE:failed` with a reason.",
        run.branch, policy.primary
    )
}

fn dirty(seen: &Seen) -> String {
    let files = seen.work.known().map(|w| list(&w.dirty)).unwrap_or_default();
    format!(
        "These files are changed or new and not committed:\n{files}\nCommit what belongs to the work and ignore or \
         remove the rest, then write `PHASE:awaiting_ci` again. Asked again as it is, the commits go on without them."
    )
}

fn bad_refusal() -> String {
    "You declined the issue, but $SUMMARY_FILE holds no JSON of the form {\"status\": \"too_large\" | \
     \"unmet_dependency\" | \"already_done\", \"reason\": \"…\"}. Write it there, then write the request again."
        .into()
}

fn not_done(run: &Run) -> String {
    format!(
        "You wrote that nothing more is needed, but no pull of {} has been merged. If the work is committed, write \
         `PHASE:awaiting_ci`; if the issue was done before, decline it with status already_done and name the commit.",
        run.branch
    )
}

fn words(seen: &Seen) -> String {
    let got = match seen.asked.as_ref().map(|a| &a.request) {
        Some(Request::Garbage(line)) => plain_line(line, 80),
        _ => String::new(),
    };
    let known: Vec<String> = WORDS.iter().map(|(w, what)| format!("PHASE:{w}  ({what})")).collect();
    format!("$PHASE_FILE holds \"{got}\", which is none of the words of the protocol:\n{}", known.join("\n"))
}

/// What a session is told that has stopped without asking for anything.
pub const NUDGE: &str = "You have stopped without a request. If the work is committed, write `PHASE:awaiting_ci` to $PHASE_FILE; if you \
     need a person, `PHASE:escalate` with a `Reason: …` line; if you cannot go on, `PHASE:failed` with a reason.";

fn gates(seen: &Seen) -> String {
    let found = fenced(&seen.gates.known().map(|g| g.join("\n")).unwrap_or_default());
    format!(
        "Your commits were not published, because of:\n{found}\nThe history is published with every commit, so take \
         it out of the commits themselves (rebase or start the branch anew), not only out of the last one. {AGAIN}"
    )
}

fn verify_text(seen: &Seen) -> &str {
    match &seen.verify {
        VerifySeen::Red(text) => text,
        _ => "",
    }
}

fn red(who: &str, run: &Run, log: &str) -> String {
    let limit = Counter::CiFixes.limit() + run.counters.granted;
    format!(
        "{who} failed on {} (fix {} of {limit}). What it printed, as data:\n{}\nFind out what the check expects and \
         mend the cause; do not weaken the check. {AGAIN}",
        run.head.as_ref().map_or("your head", |h| h.short()),
        run.counters.ci_fixes,
        fenced(log)
    )
}

fn review_key(seen: &Seen) -> String {
    let id = seen.pull().and_then(|p| p.changes.as_ref()).map_or(0, |c| c.0);
    format!("review:{id}")
}

fn review(seen: &Seen) -> String {
    let (who, text) = match seen.pull().and_then(|p| p.changes.as_ref()) {
        Some((_, who, text)) => (plain_line(who, 60), text.as_str()),
        None => return String::new(),
    };
    format!(
        "{who} reviewed the pull and asks for changes. The review, as data:\n{}\nAct on each point. {AGAIN}",
        fenced(text)
    )
}

fn moved(run: &Run) -> String {
    format!(
        "Somebody else has pushed to {0}. Run `git fetch origin && git merge origin/{0}`, settle what conflicts, and \
         commit. {AGAIN}",
        run.branch
    )
}

fn conflict(seen: &Seen, policy: &Policy) -> String {
    use crate::domain::landing::{Hold, Landing};
    let paths = match seen.pull().map(|p| &p.landing) {
        Some(Landing::Hold(Hold::Conflict(paths))) => list(paths),
        _ => String::new(),
    };
    format!(
        "{0} has moved and your branch conflicts with it in:\n{paths}\nRun `git fetch origin && git merge \
         origin/{0}`, settle the conflicts so that both changes keep their meaning, and commit. {AGAIN}",
        policy.primary
    )
}

fn list(items: &[String]) -> String {
    let mut lines: Vec<String> = items.iter().take(20).map(|i| format!("- {}", plain_line(i, 300))).collect();
    if items.len() > 20 {
        lines.push(format!("- … and {} more", items.len() - 20));
    }
    lines.join("\n")
}

/// Why a phase was entered, where the session gave no words of its own.
pub fn reason(when: When, run: &Run, seen: &Seen, policy: &Policy) -> String {
    let here = run.phase;
    match when {
        When::ClosedByPerson if seen.issue.is(|i| !i.open) => "the issue was closed".into(),
        When::ClosedByPerson => "the pull was closed without a merge".into(),
        When::ClaimTakenOff => format!("the label {} was taken off", policy.labels.in_progress),
        When::TakenOver => {
            format!("{} has taken it over", seen.taken_by.as_deref().unwrap_or("another host"))
        }
        When::StopAsked => "a person stopped it".into(),
        When::Blind => blind(run, seen),
        When::WorkLimit => format!("it worked longer than {}", human(policy.work_limit.unwrap_or(0))),
        When::VerifyUnknown => match &seen.verify {
            VerifySeen::Unknown(why) => format!("the project's own checks gave no result: {why}"),
            _ => "the project's own checks gave no result".into(),
        },
        When::LandingRefused => landing_refused(seen, policy),
        When::LimitNamed | When::AnotherFree => match &seen.life {
            Life::Limited { words, .. } if !words.is_empty() => format!("the agent named a limit: {words}"),
            _ => "the agent named a limit".into(),
        },
        When::AgentAsks => match &seen.life {
            Life::Asks { what } => format!("the agent itself needs a person: {what}"),
            _ => "the agent itself needs a person".into(),
        },
        When::Deadline if here == Phase::Working => {
            format!("no sign of progress for {}{}", human(waited(run, seen)), unread(seen))
        }
        When::Deadline => {
            format!("{here} for {}: waited in vain until {}", human(waited(run, seen)), here.spec().clears)
        }
        _ => here.spec().clears.into(),
    }
}

/// What could not be looked at until the deadline had passed twice.
fn blind(run: &Run, seen: &Seen) -> String {
    let failed = match (&seen.issue, &seen.pull, &seen.life) {
        (Fact::Unknown(why), _, _) | (_, Fact::Unknown(why), _) => format!("the forge: {why}"),
        (_, _, Life::Unknown { why }) => format!("the session: {why}"),
        _ => "the forge".into(),
    };
    format!("{} for {}, and cannot look at {failed}", run.phase, human(waited(run, seen)))
}

/// A request that could not be acted on, because the session's work could not be read.
fn unread(seen: &Seen) -> String {
    match (&seen.asked, &seen.work) {
        (Some(_), Fact::Unknown(why)) => format!("; it asked to go on, but its work cannot be read: {why}"),
        _ => String::new(),
    }
}

fn landing_refused(seen: &Seen, policy: &Policy) -> String {
    match seen.pull().map(|p| &p.landing) {
        Some(crate::domain::landing::Landing::Hold(hold)) => {
            format!("it may not land: {}", hold.words(policy))
        }
        _ => "it may not land".into(),
    }
}

/// What a refusal says, in one line.
pub fn refusal(refused: &Refused) -> String {
    match refused {
        Refused::TooLarge(reason) => format!("too_large: {reason}"),
        Refused::Dependency { reason, on } => format!("unmet_dependency on #{on}: {reason}"),
        Refused::DependencyUnnamed(reason) => format!("unmet_dependency that names no open issue: {reason}"),
        Refused::DoneProven { reason, proof } => format!("already_done ({proof}): {reason}"),
        Refused::DoneUnproven(reason) => format!("already_done, but nothing it names has landed: {reason}"),
        Refused::Unreadable(text) => format!("a refusal that cannot be read: {text}"),
    }
}

/// What stood at the end when a counter ran out.
pub fn last_straw(counter: Counter, seen: &Seen) -> String {
    match (counter, &seen.life) {
        (Counter::Resumes | Counter::Starts, Life::Dead { how }) => format!("the last session: {how}"),
        (Counter::Starts, _) => "the session never came up".into(),
        (Counter::CiFixes, _) => "the checks are still red".into(),
        (Counter::Rounds, _) => "the reviewer still asks for changes".into(),
        (Counter::Updates, _) => "the branch still conflicts".into(),
        (Counter::Limits, _) => "the agent names a limit again and has brought nothing new in between".into(),
        (Counter::Empty, _) => "the session asks to go on without new work".into(),
        (Counter::Resumes, _) => "the session died again".into(),
    }
}

fn quoted_reason(run: &Run) -> String {
    fenced(run.reason.as_deref().unwrap_or("no reason given"))
}

/// Names whom a comment is for, as forges ring for them.
fn called(policy: &Policy) -> String {
    policy.call.iter().map(|account| format!("@{account} ")).collect()
}

/// The comment of an escalation; where the agent itself needs somebody, with its screen.
pub fn escalated(run: &Run, seen: &Seen, policy: &Policy) -> String {
    let screen = last_lines(&seen.pane, 30);
    let shown = matches!(seen.life, Life::Asks { .. }) && !screen.trim().is_empty();
    let screen = match shown {
        true => format!(
            "Its screen, which `agent attach {}` lets you see to:\n\n{}\n\n",
            run.issue,
            fenced(&screen)
        ),
        false => String::new(),
    };
    // Where comments are how people are reached, one of theirs is an answer.
    let here = if policy.call.is_empty() { "" } else { "with a comment here, " };
    format!(
        "{}**drover needs a person** (attempt {}).\n\n{}\n\n{screen}Answer {here}with `agent say {} \"…\"`, or take the label `{}` off to \
         let it go on as it is. Without an answer the issue is blocked after 24 hours.",
        called(policy),
        run.attempt,
        quoted_reason(run),
        run.issue,
        policy.labels.needs_human
    )
}

/// The comment of a blocked run: why, the last lines of the pane, how to try again.
pub fn blocked(run: &Run, seen: &Seen, policy: &Policy) -> String {
    let pane = last_lines(&seen.pane, 50);
    let pull = run.pull.map_or("none".to_string(), |p| format!("#{p}"));
    let pane = if pane.is_empty() { "(the session was gone)".to_string() } else { pane };
    format!(
        "{}**drover gave up on this for now.**\n\n| | |\n|---|---|\n| attempt | {} |\n| branch | `{}` |\n| pull | {pull} |\n\n{}\n\n\
         <details><summary>The last lines of the session</summary>\n\n{}\n\n</details>\n\nNothing is lost: the commits are kept. To try \
         again put the label `{}` on (and take `{}` off), or run `agent retry {}`.",
        called(policy),
        run.attempt,
        run.branch,
        quoted_reason(run),
        fenced(&pane),
        policy.labels.queue,
        policy.labels.blocked,
        run.issue
    )
}

/// The comment of an abandoned run.
pub fn abandoned(run: &Run, policy: &Policy) -> String {
    format!(
        "drover stopped working on this: {}. The commits are kept. To take it up again put the label `{}` on.",
        plain_line(run.reason.as_deref().unwrap_or(""), 200),
        policy.labels.queue
    )
}

/// The comment of a refused run.
pub fn refused(run: &Run, policy: &Policy) -> String {
    format!(
        "**The session declined this issue.**\n\n{}\n\nTo have it tried again put the label `{}` on.",
        quoted_reason(run),
        policy.labels.queue
    )
}

/// A notice in one line.
pub fn notice(run: &Run, what: &str) -> String {
    let reason = run.reason.as_deref().map(|r| format!(": {}", plain_line(r, 200))).unwrap_or_default();
    format!("{} #{} {what}{reason} ({})", run.project, run.issue, plain_line(&run.title, 80))
}

/// The reminder of a wait that lasts: to whoever was asked first, then to the next ones of the ladder.
pub fn reminder(run: &Run, seen: &Seen, policy: &Policy, turn: usize) -> Effect {
    let whom = if run.phase == Phase::AwaitingReview { &policy.reviewers } else { &policy.trusted };
    let names = if whom.is_empty() { "somebody".to_string() } else { whom.join(" or ") };
    let text = format!(
        "{} #{} has waited {} for {names}: {}",
        run.project,
        run.issue,
        human(waited(run, seen)),
        run.clears_when
    );
    let marker = match turn {
        0 => format!("reminder:{}", run.entry),
        turn => format!("reminder:{}:{turn}", run.entry),
    };
    let to = policy.ladder.get(turn).filter(|_| run.phase == Phase::Escalated).cloned();
    Effect::Notice { key: notice_key(run, &marker), kind: NoticeKind::Reminder, to, order: run.entry, text }
}

/// Checks that are red, in one line.
pub fn red_notice(run: &Run, when: When, seen: &Seen) -> String {
    let (who, log) = match when {
        When::CiRed => ("CI", seen.checks_text.as_str()),
        When::GateRefused => ("the look at its commits", ""),
        _ => ("the project's own checks", verify_text(seen)),
    };
    let first = log.lines().find(|line| !line.trim().is_empty());
    let what = first.map(|line| format!(": {}", plain_line(line, 200))).unwrap_or_default();
    let at = run.head.as_ref().map_or(String::new(), |head| format!(" at {}", head.short()));
    notice(run, &format!("is red: {who}{at}{what}"))
}

/// A review that asks for changes, in one line.
pub fn review_notice(run: &Run, seen: &Seen) -> String {
    let who = seen.pull().and_then(|p| p.changes.as_ref()).map_or("somebody", |c| c.1.as_str());
    notice(run, &format!("goes another round: {} asks for changes", plain_line(who, 60)))
}

/// What a session asks while it goes on.
pub fn question(run: &Run, text: &str) -> Effect {
    let key = notice_key(run, &format!("question:{}", run.questions));
    let text = format!("{} #{} asks: {}", run.project, run.issue, plain_line(text, QUESTION));
    Effect::Notice { key, kind: NoticeKind::Question, to: None, order: run.entry, text }
}

/// Most characters of a question.
const QUESTION: usize = 1000;

/// What an event says of something done without a change of phase.
pub fn note(row: &Row, seen: &Seen) -> String {
    match (&row.when, &seen.life) {
        (When::Dead, Life::Dead { how }) => format!("the session is dead ({how}); it is started again"),
        (When::ParkTime, _) => "parked: the session only waits".into(),
        (When::CiMachine, _) => {
            format!("CI runs again, since {}", seen.ci.machine_failed().unwrap_or_default())
        }
        _ => row.when.words().into(),
    }
}

/// The title and the description of the run's pull.
pub fn pull(run: &Run, seen: &Seen) -> (String, String) {
    let title = format!("fix: {} (#{})", plain_line(&run.title, 200), run.issue);
    let mut body = format!("Fixes #{}\n", run.issue);
    let summary: String = seen.summary.trim().chars().take(4000).collect();
    if !summary.is_empty() && !summary.starts_with('{') {
        body.push_str(&format!("\n## What the session says\n\n{summary}\n"));
    }
    if !run.left_behind.is_empty() {
        body.push_str(&format!(
            "\n## Left uncommitted in the session's folder\n\n{}\n",
            list(&run.left_behind)
        ));
    }
    (title, body)
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
#[path = "texts_tests.rs"]
mod tests;
