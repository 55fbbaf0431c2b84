//! The conditions of the transition table: each a yes or no about a run and what was seen. A thing that could
//! not be looked at makes a condition false, never true.

use super::Phase;
use super::seen::{Asked, Refused, Seen, VerifySeen};
use super::table::When;
use crate::domain::evidence::Colour;
use crate::domain::landing::{Hold, Landing};
use crate::domain::life::Life;
use crate::domain::policy::Policy;
use crate::domain::request::Request;
use crate::domain::run::Run;
use crate::domain::time::{HOUR, MINUTE};
use crate::twin::{self, Twin};

/// Seconds at the prompt without a request after which the session is reminded once.
pub(super) const NUDGE_AFTER: u64 = 15 * MINUTE;
/// Seconds after which a reviewer is reminded.
pub(super) const REVIEW_REMINDER: u64 = 3 * HOUR;
/// Seconds after which a person who was asked is reminded; after as many again the next one of the ladder is told.
pub(super) const ESCALATION_REMINDER: u64 = 6 * HOUR;

impl When {
    /// Whether it is about the phase file: such a row takes the request that it fires for.
    pub fn is_about_a_request(self) -> bool {
        use When::*;
        matches!(
            self,
            AnyRequest
                | FinishedWithoutWork
                | FinishedDirty
                | Finished
                | FinishedNewHead
                | FinishedSameHead
                | AskedEscalate
                | AskedFailed
                | ClaimsDone
                | Garbage
                | RefusedTooLarge
                | RefusedDependency
                | RefusedDependencyUnnamed
                | RefusedDone
                | RefusedDoneUnproven
                | RefusedUnreadable
        )
    }

    /// Whether the condition holds.
    pub fn holds(self, run: &Run, seen: &Seen, policy: &Policy) -> bool {
        match self {
            When::PullMerged => seen.pull().is_some_and(|p| p.merged) || believed(seen),
            When::ClosedByPerson => closed(run, seen),
            When::ClaimTakenOff => seen.issue.is(|i| i.open && !i.in_progress),
            When::TakenOver => seen.taken_by.is_some(),
            When::StopAsked => seen.stop && run.phase != Phase::Stopped,
            When::ResumeAsked => seen.resume || label_taken_off(run, seen),
            // What the session is stuck in ends with the answer: it has to be seen first.
            When::Reply => seen.reply && !matches!(seen.life, Life::Unknown { .. }),
            When::ReplyParked => seen.reply && seen.life == Life::Absent,
            When::Blind => blind(run, seen, policy) && run.phase != Phase::Escalated,
            When::Deadline => late(run, seen),
            When::Progress => {
                seen.awake >= run.deadline.unwrap_or(u64::MAX) && quiet(run, seen) < allowed(run, policy)
            }
            When::WorkLimit => policy.work_limit.is_some_and(|limit| waited(run, seen) >= limit),
            When::ReviewReminder => waited(run, seen) >= REVIEW_REMINDER,
            When::EscalationReminder => waited(run, seen) >= ESCALATION_REMINDER,
            When::SecondOfLadder => next_of_ladder(1, run, seen, policy),
            When::ThirdOfLadder => next_of_ladder(2, run, seen, policy),
            When::TimeCame => run.until.is_some_and(|until| seen.now >= until),
            When::ParkTime => {
                // While a person's words wait for the session it would only be started again for them.
                let needed = seen.attached || seen.reply;
                seen.life.is_up() && !needed && quiet(run, seen) >= policy.park_after
            }
            When::HostUp
            | When::Dead
            | When::SessionAbsent
            | When::LimitNamed
            | When::AnotherFree
            | When::AgentAsks
            | When::Unasked => self.of_life(run, seen),
            When::Published
            | When::Unpublished
            | When::BranchGone
            | When::RemoteExtends
            | When::RemoteDiverged => self.of_remote(run, seen),
            When::GateRefused
            | When::VerifyGreen
            | When::VerifyRed
            | When::VerifyMissing
            | When::VerifyUnknown => self.of_verify(seen),
            When::CiGreen
            | When::CiMachine
            | When::CiRed
            | When::ChangesRequested
            | When::Approved
            | When::Conflict
            | When::Behind
            | When::ApprovalGone
            | When::LandingRefused => self.of_pull(run, seen, policy),
            _ => seen.asked.as_ref().is_some_and(|asked| self.of_request(asked, run, seen)),
        }
    }

    fn of_life(self, run: &Run, seen: &Seen) -> bool {
        match (self, &seen.life) {
            (When::HostUp, Life::Working | Life::Idle | Life::Limited { .. } | Life::Asks { .. }) => true,
            (When::AgentAsks, Life::Asks { .. }) => true,
            (When::Dead, Life::Dead { .. }) => true,
            (When::SessionAbsent, Life::Absent) => true,
            (When::LimitNamed, Life::Limited { .. }) => true,
            (When::AnotherFree, Life::Limited { .. }) => seen.instead.is_some(),
            (When::Unasked, Life::Idle) => waited(run, seen).min(seen.quiet) >= NUDGE_AFTER,
            _ => false,
        }
    }

    fn of_request(self, asked: &Asked, run: &Run, seen: &Seen) -> bool {
        let finished = asked.request == Request::Finished;
        let work = seen.work.known();
        let new_head = work.is_some_and(|w| w.head.is_some() && w.head != run.head && w.ahead > 0);
        match self {
            When::AnyRequest => asked.request != Request::Empty,
            When::FinishedWithoutWork => finished && work.is_some_and(|w| w.ahead == 0),
            When::FinishedDirty => finished && work.is_some_and(|w| w.ahead > 0 && !w.dirty.is_empty()),
            When::Finished => finished && work.is_some_and(|w| w.ahead > 0),
            When::FinishedNewHead => finished && new_head,
            When::FinishedSameHead => work.is_some() && !new_head && asked.request != Request::Empty,
            When::AskedEscalate => matches!(asked.request, Request::Escalate(_)),
            When::AskedFailed => matches!(asked.request, Request::Failed(_)),
            When::ClaimsDone => asked.request == Request::Done,
            When::Garbage => matches!(asked.request, Request::Garbage(_)),
            _ => {
                asked.request == Request::Refused
                    && asked.refusal.as_ref().is_some_and(|r| self.of_refusal(r))
            }
        }
    }

    fn of_refusal(self, refusal: &Refused) -> bool {
        matches!(
            (self, refusal),
            (When::RefusedTooLarge, Refused::TooLarge(_))
                | (When::RefusedDependency, Refused::Dependency { .. })
                | (When::RefusedDependencyUnnamed, Refused::DependencyUnnamed(_))
                | (When::RefusedDone, Refused::DoneProven { .. })
                | (When::RefusedDoneUnproven, Refused::DoneUnproven(_))
                | (When::RefusedUnreadable, Refused::Unreadable(_))
        )
    }

    fn of_verify(self, seen: &Seen) -> bool {
        let gates_open = seen.gates.is(Vec::is_empty);
        match (self, &seen.verify) {
            (When::GateRefused, _) => seen.gates.is(|g| !g.is_empty()),
            (When::VerifyGreen, VerifySeen::Green) => gates_open,
            (When::VerifyRed, VerifySeen::Red(_)) => true,
            (When::VerifyMissing, VerifySeen::Missing | VerifySeen::Died) => true,
            (When::VerifyUnknown, VerifySeen::Unknown(_)) => true,
            _ => false,
        }
    }

    fn of_remote(self, run: &Run, seen: &Seen) -> bool {
        let at = seen.remote.known();
        let there = |at: &Option<_>| *at == run.head && at.is_some();
        match self {
            When::Published => at.is_some_and(there) && seen.pull().is_some_and(|p| p.open),
            When::RemoteExtends => seen.remote_extends && at.is_some_and(|a| a.is_some() && !there(a)),
            When::RemoteDiverged if seen.drops_theirs && at.is_some_and(Option::is_some) => true,
            When::RemoteDiverged => {
                at.is_some_and(|a| a.is_some() && !there(a) && *a != run.published) && !seen.remote_extends
            }
            When::Unpublished => at.is_some() && seen.sure(),
            When::BranchGone => seen.sure() && at.is_some_and(Option::is_none),
            _ => false,
        }
    }

    fn of_pull(self, run: &Run, seen: &Seen, policy: &Policy) -> bool {
        let about_head = seen.pull().is_some_and(|p| p.head.is_some() && p.head == run.head);
        let landing = seen.pull().filter(|_| about_head).map(|p| &p.landing);
        let red = seen.checks == Colour::Red && about_head;
        match (self, landing) {
            (When::CiGreen, _) => about_head && (seen.checks == Colour::Green || fine_without(seen, policy)),
            (When::CiMachine, _) => red && seen.ci.machine_failed().is_some(),
            (When::CiRed, _) => red && !seen.ci.running,
            (When::ChangesRequested, _) => seen.pull().is_some_and(|p| p.changes.is_some()),
            (When::Approved, Some(Landing::Land { .. })) => true,
            (When::Conflict, Some(Landing::Hold(Hold::Conflict(_)))) => true,
            (When::Behind, Some(Landing::Hold(Hold::Behind))) => seen.updated.is_some(),
            (
                When::ApprovalGone,
                Some(Landing::Hold(Hold::NoApproval | Hold::Checks(Colour::Pending | Colour::None))),
            ) => true,
            (When::LandingRefused, Some(Landing::Hold(hold))) => refused(hold),
            _ => false,
        }
    }
}

fn believed(seen: &Seen) -> bool {
    twin::is(Twin::BelievesDone) && seen.asked.as_ref().is_some_and(|a| a.request == Request::Done)
}

/// Whether it is the turn of that person of the ladder, the first being 0.
fn next_of_ladder(turn: u64, run: &Run, seen: &Seen, policy: &Policy) -> bool {
    policy.ladder.len() as u64 > turn && waited(run, seen) >= ESCALATION_REMINDER * (turn + 1)
}

/// No checks at all, in a project that says it has none.
fn fine_without(seen: &Seen, policy: &Policy) -> bool {
    seen.checks == Colour::None && policy.without_checks
}

fn refused(hold: &Hold) -> bool {
    matches!(hold, Hold::OtherBase(_) | Hold::Draft | Hold::Fork | Hold::OutOfScope | Hold::Stopped(_))
}

/// A pull that was ours and is closed, or an issue closed while its pull is not merged.
fn closed(run: &Run, seen: &Seen) -> bool {
    let pull_closed =
        run.pull.is_some() && seen.pull().is_some_and(|p| Some(p.number) == run.pull && !p.open && !p.merged);
    let issue_closed = seen.issue.is(|i| !i.open) && seen.pull.known().is_some();
    pull_closed || issue_closed
}

/// The needs-human label went away without us: in an escalated run that is a person's "go on".
fn label_taken_off(run: &Run, seen: &Seen) -> bool {
    run.phase == Phase::Escalated && seen.issue.is(|i| i.open && i.in_progress && !i.needs_human)
}

/// Awake seconds since the phase was entered.
pub(super) fn waited(run: &Run, seen: &Seen) -> u64 {
    seen.awake.saturating_sub(run.since_awake)
}

/// Seconds without progress, as far as this phase has lasted.
pub(super) fn quiet(run: &Run, seen: &Seen) -> u64 {
    seen.quiet.min(waited(run, seen))
}

fn allowed(run: &Run, policy: &Policy) -> u64 {
    run.phase.seconds(policy).unwrap_or(u64::MAX / 4)
}

fn late(run: &Run, seen: &Seen) -> bool {
    let over = run.deadline.is_some_and(|deadline| seen.awake >= deadline);
    over && !twin::is(Twin::DeadlineIgnored) && looked(seen)
}

/// Whether the looks without which no deadline acts have succeeded.
fn looked(seen: &Seen) -> bool {
    seen.sure() && !matches!(seen.life, Life::Unknown { .. })
}

/// As long again as the phase may last has passed since its deadline, which may have been put off, and a look
/// still fails.
fn blind(run: &Run, seen: &Seen, policy: &Policy) -> bool {
    let allowed = allowed(run, policy);
    let deadline = run.deadline.unwrap_or(run.since_awake.saturating_add(allowed));
    !looked(seen) && seen.awake >= deadline.saturating_add(allowed)
}

#[cfg(test)]
#[path = "when_outside_tests.rs"]
mod outside_tests;
#[cfg(test)]
#[path = "when_tests.rs"]
mod tests;
