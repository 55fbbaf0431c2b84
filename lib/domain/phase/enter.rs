//! Entering a phase: the clock of its wait starts, and the labels, the comment and the notice that go with it
//! become effects. One table of labels (design §6); one comment and one notice a situation (law 7).

use super::seen::{Refused, Seen};
use super::table::When;
use super::{Phase, texts};
use crate::domain::effect::Effect;
use crate::domain::notice::NoticeKind;
use crate::domain::policy::Policy;
use crate::domain::request::Request;
use crate::domain::run::{Counter, Escalation, Run};
use crate::twin::{self, Twin};

/// Why a phase is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A new attempt.
    Claim,
    /// A row of the table.
    Row(When),
    /// A counter that ran out.
    RanOut(Counter),
}

/// Puts the run into `to` and gives the effects that go with it.
pub fn enter(run: &mut Run, to: Phase, row: &str, cause: Cause, seen: &Seen, policy: &Policy) -> Vec<Effect> {
    let from = run.phase;
    run.reason = reason(run, to, cause, seen, policy);
    if matches!(to, Phase::Escalated | Phase::Limited | Phase::Stopped) && !from.is_waiting_on_somebody() {
        run.came_from = Some(from);
    }
    remember(run, to, seen);
    begin_wait(run, to, seen, policy);
    let mut effects = Vec::new();
    // What stands on an issue that another host works on is that host's to say.
    if cause != Cause::Row(When::TakenOver) {
        effects.extend(labels(from, to, seen, policy));
        effects.extend(said(run, (from, to), row, cause, seen, policy));
    }
    let detail = match &run.reason {
        Some(reason) => format!("{from} → {to}: {reason}"),
        None if cause == Cause::Claim => format!("attempt {} begins", run.attempt),
        None => format!("{from} → {to}"),
    };
    effects.push(Effect::Event {
        key: format!("{}:{}:{row}", run.attempt, run.entry),
        kind: to.name().into(),
        detail,
    });
    effects
}

impl Phase {
    /// Phases that a run only visits: where it goes back to is not one of these.
    fn is_waiting_on_somebody(self) -> bool {
        matches!(self, Phase::Escalated | Phase::Limited | Phase::Stopped)
    }
}

/// Starts the clock of the new wait.
pub fn begin_wait(run: &mut Run, to: Phase, seen: &Seen, policy: &Policy) {
    run.phase = to;
    run.entry = run.entry.saturating_add(1);
    run.said.clear();
    run.since = seen.now;
    run.since_awake = seen.awake;
    run.owner = to.spec().owner.name().into();
    run.clears_when = to.spec().clears.into();
    // What a limit named comes on top of what its phase may last.
    let named = run.until.filter(|_| to == Phase::Limited).map_or(0, |until| until.since(seen.now));
    let lasts = to.seconds(policy).filter(|_| !twin::is(Twin::NoDeadline));
    run.deadline = lasts.map(|s| seen.awake.saturating_add(named).saturating_add(s));
}

/// Facts that the new phase needs later.
fn remember(run: &mut Run, to: Phase, seen: &Seen) {
    if let Some(pull) = seen.pull().filter(|p| p.open || p.merged) {
        run.pull = Some(pull.number);
        run.reviews_seen.extend(pull.changes.as_ref().filter(|_| to == Phase::Working).map(|c| c.0));
    }
    if to == Phase::AwaitingCi {
        run.published = run.head.clone();
    }
    if to == Phase::Limited {
        run.until = match &seen.life {
            crate::domain::life::Life::Limited { until, .. } => Some(*until),
            _ => run.until,
        };
    }
    if let (Phase::Refused, Some(Refused::Dependency { on, .. })) = (to, refusal(seen)) {
        run.held_by = Some(*on);
    }
}

fn refusal(seen: &Seen) -> Option<&Refused> {
    seen.asked.as_ref().and_then(|a| a.refusal.as_ref())
}

fn reason(run: &Run, to: Phase, cause: Cause, seen: &Seen, policy: &Policy) -> Option<String> {
    if let Cause::RanOut(counter) = cause {
        let limit = counter.limit() + run.counters.granted;
        return Some(format!(
            "all {limit} {} are used up; {}",
            counter.words(),
            texts::last_straw(counter, seen)
        ));
    }
    let Cause::Row(when) = cause else { return None };
    match to {
        Phase::Escalated
        | Phase::Blocked
        | Phase::Refused
        | Phase::Abandoned
        | Phase::Limited
        | Phase::Stopped => {
            Some(asked_reason(seen, when).unwrap_or_else(|| texts::reason(when, run, seen, policy)))
        }
        _ => None,
    }
}

/// The session's own words, where the row is about a request that gives a reason.
fn asked_reason(seen: &Seen, when: When) -> Option<String> {
    if !when.is_about_a_request() {
        return None;
    }
    let asked = seen.asked.as_ref()?;
    match (&asked.request, &asked.refusal) {
        (Request::Escalate(reason) | Request::Failed(reason), _) => Some(reason.clone()),
        (Request::Refused, Some(refused)) => Some(texts::refusal(refused)),
        _ => None,
    }
}

/// The label table.
fn labels(from: Phase, to: Phase, seen: &Seen, policy: &Policy) -> Option<Effect> {
    let l = &policy.labels;
    let (mut add, mut remove, mut assign) = (vec![], vec![], None);
    match to {
        Phase::Claimed => {
            add.push(&l.in_progress);
            remove.extend([&l.queue, &l.blocked, &l.needs_human, &l.underspecified]);
            assign = Some(true);
        }
        Phase::Escalated => add.push(&l.needs_human),
        Phase::Done if twin::is(Twin::LabelsForgotten) => {}
        Phase::Done => {
            remove.extend([&l.in_progress, &l.needs_human, &l.queue, &l.blocked, &l.underspecified]);
        }
        Phase::Blocked | Phase::Abandoned => {
            add.push(&l.blocked);
            remove.extend([&l.in_progress, &l.needs_human]);
            assign = Some(false);
        }
        Phase::Refused => refused_labels(seen, policy, &mut add, &mut remove, &mut assign),
        _ => {}
    }
    if from == Phase::Escalated && to != Phase::Escalated && !remove.contains(&&l.needs_human) {
        remove.push(&l.needs_human);
    }
    let owned = |v: Vec<&String>| v.into_iter().cloned().collect::<Vec<_>>();
    let nothing = add.is_empty() && remove.is_empty() && assign.is_none();
    (!nothing).then(|| Effect::Labels { add: owned(add), remove: owned(remove), assign })
}

fn refused_labels<'a>(
    seen: &Seen,
    policy: &'a Policy,
    add: &mut Vec<&'a String>,
    remove: &mut Vec<&'a String>,
    assign: &mut Option<bool>,
) {
    let l = &policy.labels;
    remove.extend([&l.in_progress, &l.needs_human]);
    *assign = Some(false);
    match refusal(seen) {
        Some(Refused::Dependency { .. }) => add.push(&l.queue),
        Some(Refused::TooLarge(_)) => {
            add.push(&l.underspecified);
            remove.push(&l.queue);
        }
        _ => remove.push(&l.queue),
    }
}

/// The comment, the notice and the closing that go with a phase.
fn said(
    run: &mut Run,
    (from, to): (Phase, Phase),
    row: &str,
    cause: Cause,
    seen: &Seen,
    policy: &Policy,
) -> Vec<Effect> {
    match to {
        Phase::Escalated => escalation(run, seen, policy),
        Phase::Blocked => {
            let marker = format!("blocked:{}", run.attempt);
            let comment = Effect::Comment { marker: marker.clone(), text: texts::blocked(run, seen, policy) };
            let notice = notice(run, &marker, NoticeKind::Blocked, texts::notice(run, "blocked"));
            if twin::is(Twin::GivesNoReason) { vec![notice] } else { vec![comment, notice] }
        }
        Phase::Abandoned => {
            let marker = format!("abandoned:{}", run.attempt);
            // A person did this; a comment helps whoever reads the issue later, a notice would tell them what they did.
            if row == "closed_later" {
                vec![]
            } else {
                vec![Effect::Comment { marker, text: texts::abandoned(run, policy) }]
            }
        }
        Phase::Refused => refused(run, seen, policy),
        Phase::Done => {
            let still_open = !seen.issue.is(|i| !i.open);
            let close = still_open.then_some(Effect::CloseIssue);
            let landed = notice(run, "landed", NoticeKind::Landed, texts::notice(run, "landed"));
            close.into_iter().chain([landed]).collect()
        }
        _ => news(run, (from, to), cause, seen).into_iter().collect(),
    }
}

/// What people may want to know of a run that goes well enough.
fn news(run: &Run, (from, to): (Phase, Phase), cause: Cause, seen: &Seen) -> Option<Effect> {
    let Cause::Row(when) = cause else { return None };
    let entry = run.entry;
    Some(match (from, to, when) {
        (Phase::Claimed, Phase::Working, _) => {
            notice(run, "started", NoticeKind::Started, texts::notice(run, "is being worked on"))
        }
        (_, Phase::AwaitingCi, When::Published) => {
            let what = run.pull.map_or("has a pull".into(), |pull| format!("has pull #{pull}"));
            notice(run, "pull", NoticeKind::Pull, texts::notice(run, &what))
        }
        (_, Phase::Working, When::CiRed | When::VerifyRed | When::GateRefused) => {
            notice(run, &format!("ci:{entry}"), NoticeKind::Ci, texts::red_notice(run, when, seen))
        }
        (_, Phase::Working, When::ChangesRequested) => {
            notice(run, &format!("review:{entry}"), NoticeKind::Review, texts::review_notice(run, seen))
        }
        (_, Phase::AwaitingReview, When::CiGreen | When::ApprovalGone) => {
            let text = texts::notice(run, "waits for a review");
            notice(run, &format!("review:{entry}"), NoticeKind::Review, text)
        }
        _ => return None,
    })
}

/// The same reason at the same head is said once, however often the session comes back with it.
fn escalation(run: &mut Run, seen: &Seen, policy: &Policy) -> Vec<Effect> {
    let reason = run.reason.clone().unwrap_or_default();
    let known =
        run.escalation.as_ref().is_some_and(|e| e.reason == reason && e.head == run.head && !e.answered);
    if known && !twin::is(Twin::EscalatesAgain) {
        return vec![];
    }
    let marker = format!("escalated:{}:{}", run.attempt, run.entry);
    run.escalation = Some(Escalation {
        reason,
        head: run.head.clone(),
        at: seen.now,
        answered: false,
        notice: notice_key(run, &marker),
    });
    vec![
        Effect::Comment { marker: marker.clone(), text: texts::escalated(run, seen, policy) },
        notice(run, &marker, NoticeKind::Escalation, texts::notice(run, "needs a person")),
    ]
}

fn refused(run: &Run, seen: &Seen, policy: &Policy) -> Vec<Effect> {
    let marker = format!("refused:{}", run.attempt);
    let mut effects = vec![
        Effect::Comment { marker: marker.clone(), text: texts::refused(run, policy) },
        notice(run, &marker, NoticeKind::Refused, texts::notice(run, "refused")),
    ];
    if matches!(refusal(seen), Some(Refused::DoneProven { .. })) {
        effects.push(Effect::CloseIssue);
    }
    effects
}

fn notice(run: &Run, marker: &str, kind: NoticeKind, text: String) -> Effect {
    Effect::Notice { key: notice_key(run, marker), kind, to: None, order: run.entry, text }
}

/// What makes it the same notice: the issue, the attempt, and what it is about.
pub(super) fn notice_key(run: &Run, marker: &str) -> String {
    format!("{}:{}:{marker}", run.issue, run.attempt)
}

#[cfg(test)]
#[path = "enter_tests.rs"]
mod tests;
