//! The transition table. For a run in some phase, the first row that applies and whose condition holds is what
//! happens; where none holds, the run waits. Order matters: what people did on the forge comes first.

use super::Phase::{self, *};
use crate::domain::run::Counter;

/// Which phases a row applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// This one.
    In(Phase),
    /// Each that is not terminal.
    Live,
    /// All of them.
    Any,
    /// Those whose session may be parked.
    Parkable,
}

/// The conditions; what each means stands in [`super::when`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each is described in words by `When::words`")]
pub enum When {
    PullMerged,
    ClosedByPerson,
    ClaimTakenOff,
    TakenOver,
    StopAsked,
    Blind,
    HostUp,
    AnyRequest,
    Dead,
    SessionAbsent,
    FinishedWithoutWork,
    FinishedDirty,
    Finished,
    FinishedNewHead,
    FinishedSameHead,
    AskedEscalate,
    RefusedTooLarge,
    RefusedDependency,
    RefusedDependencyUnnamed,
    RefusedDone,
    RefusedDoneUnproven,
    RefusedUnreadable,
    AskedFailed,
    ClaimsDone,
    Garbage,
    LimitNamed,
    AnotherFree,
    AgentAsks,
    Unasked,
    WorkLimit,
    Progress,
    GateRefused,
    VerifyGreen,
    VerifyRed,
    VerifyMissing,
    VerifyUnknown,
    Published,
    RemoteExtends,
    RemoteDiverged,
    Unpublished,
    BranchGone,
    CiGreen,
    CiMachine,
    CiRed,
    ChangesRequested,
    Approved,
    Conflict,
    Behind,
    ApprovalGone,
    LandingRefused,
    Reply,
    ReplyParked,
    ResumeAsked,
    TimeCame,
    ReviewReminder,
    EscalationReminder,
    SecondOfLadder,
    ThirdOfLadder,
    ParkTime,
    Deadline,
}

/// Where a row leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// Into this phase.
    Phase(Phase),
    /// Into the phase that the run came from.
    Back,
    /// Nowhere: something is done and the run waits on.
    Stay,
}

/// What a row does besides leading somewhere; what each means stands in [`mod@super::step`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is described where it is carried out")]
pub enum Act {
    TakeHead,
    TakeRemoteHead,
    StartSession,
    ResumeSession,
    StopSession,
    Park,
    Verify,
    Publish,
    RunCiAgain,
    Merge,
    Update,
    Tell(Tell),
    Remind(usize),
    Grant,
    ClearFixes,
    Extend,
    LeaveDirty,
    EndStuck,
    CoolDown,
    TakeAnother,
}

/// The messages a row can queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the texts stand in `texts`")]
pub enum Tell {
    NothingAhead,
    Dirty,
    BadRefusal,
    NotDone,
    Words,
    Nudge,
    Gates,
    VerifyRed,
    CiRed,
    Review,
    RemoteMoved,
    Conflict,
}

/// One transition.
#[derive(Debug)]
pub struct Row {
    /// A stable name, used in events.
    pub id: &'static str,
    /// Where it applies.
    pub from: From,
    /// When it fires.
    pub when: When,
    /// Where it leads.
    pub to: To,
    /// What it uses up; with nothing left the run goes where [`exhausted`] says instead.
    pub spends: Option<Counter>,
    /// What else it does.
    pub acts: &'static [Act],
    /// Fires once in one stay in the phase.
    pub once: bool,
}

/// Where a run goes when a counter has run out.
pub fn exhausted(counter: Counter) -> Phase {
    match counter {
        Counter::Resumes | Counter::Starts => Blocked,
        Counter::CiFixes | Counter::Rounds | Counter::Updates | Counter::Empty | Counter::Limits => Escalated,
    }
}

const fn go(id: &'static str, from: From, when: When, to: Phase, acts: &'static [Act]) -> Row {
    Row { id, from, when, to: To::Phase(to), spends: None, acts, once: false }
}

const fn back(id: &'static str, from: From, when: When, acts: &'static [Act]) -> Row {
    Row { id, from, when, to: To::Back, spends: None, acts, once: false }
}

const fn stay(id: &'static str, from: From, when: When, acts: &'static [Act]) -> Row {
    Row { id, from, when, to: To::Stay, spends: None, acts, once: false }
}

const fn once(row: Row) -> Row {
    Row { once: true, ..row }
}

const fn spending(counter: Counter, row: Row) -> Row {
    Row { spends: Some(counter), ..row }
}

use self::From::*;
use Act::*;

/// All transitions, in the order in which they are tried.
pub const TABLE: &[Row] = &[
    // What people and the forge did comes first, in every phase.
    go("taken_over", Live, When::TakenOver, Abandoned, &[StopSession]),
    go("merged", Any, When::PullMerged, Done, &[StopSession]),
    go("closed", Live, When::ClosedByPerson, Abandoned, &[StopSession]),
    go("closed_later", In(Blocked), When::ClosedByPerson, Abandoned, &[]),
    go("claim_taken_off", Live, When::ClaimTakenOff, Abandoned, &[StopSession]),
    go("stop", Live, When::StopAsked, Stopped, &[StopSession]),
    go("blind", Live, When::Blind, Escalated, &[]),
    // claimed
    go("up", In(Claimed), When::HostUp, Working, &[]),
    go("asked_at_once", In(Claimed), When::AnyRequest, Working, &[]),
    stay("start", In(Claimed), When::SessionAbsent, &[StartSession]),
    spending(Counter::Starts, stay("died_early", In(Claimed), When::Dead, &[StartSession])),
    spending(Counter::Starts, stay("never_up", In(Claimed), When::Deadline, &[StopSession, StartSession])),
    // working: requests first, then the session's life, then time
    spending(
        Counter::Empty,
        stay("nothing_ahead", In(Working), When::FinishedWithoutWork, &[Tell(Tell::NothingAhead)]),
    ),
    once(stay("dirty", In(Working), When::FinishedDirty, &[Tell(Tell::Dirty)])),
    go("round", In(Working), When::Finished, Verifying, &[TakeHead, LeaveDirty, Verify]),
    go("escalate", In(Working), When::AskedEscalate, Escalated, &[]),
    go("too_large", In(Working), When::RefusedTooLarge, Refused, &[StopSession]),
    go("unmet_dependency", In(Working), When::RefusedDependency, Refused, &[StopSession]),
    go("dependency_unnamed", In(Working), When::RefusedDependencyUnnamed, Escalated, &[]),
    go("already_done", In(Working), When::RefusedDone, Refused, &[StopSession]),
    go("done_unproven", In(Working), When::RefusedDoneUnproven, Escalated, &[]),
    spending(
        Counter::Empty,
        stay("bad_refusal", In(Working), When::RefusedUnreadable, &[Tell(Tell::BadRefusal)]),
    ),
    go("failed", In(Working), When::AskedFailed, Blocked, &[StopSession]),
    spending(Counter::Empty, stay("claims_done", In(Working), When::ClaimsDone, &[Tell(Tell::NotDone)])),
    once(stay("words", In(Working), When::Garbage, &[Tell(Tell::Words)])),
    spending(
        Counter::Limits,
        stay("fall_back", In(Working), When::AnotherFree, &[CoolDown, TakeAnother, ResumeSession]),
    ),
    spending(Counter::Limits, go("limited", In(Working), When::LimitNamed, Limited, &[CoolDown])),
    // Counted, so that one that asks whatever it is answered does not go on for ever; either way a person is asked.
    spending(Counter::Limits, go("agent_asks", In(Working), When::AgentAsks, Escalated, &[])),
    spending(Counter::Resumes, stay("died", In(Working), When::Dead, &[ResumeSession])),
    stay("unpark", In(Working), When::SessionAbsent, &[ResumeSession]),
    once(stay("nudge", In(Working), When::Unasked, &[Tell(Tell::Nudge)])),
    go("work_limit", In(Working), When::WorkLimit, Blocked, &[StopSession]),
    stay("progress", In(Working), When::Progress, &[Extend]),
    go("no_progress", In(Working), When::Deadline, Blocked, &[StopSession]),
    // verifying
    go("new_round", In(Verifying), When::FinishedNewHead, Verifying, &[TakeHead, LeaveDirty, Verify]),
    spending(Counter::CiFixes, go("gate", In(Verifying), When::GateRefused, Working, &[Tell(Tell::Gates)])),
    spending(
        Counter::CiFixes,
        go("verify_red", In(Verifying), When::VerifyRed, Working, &[Tell(Tell::VerifyRed)]),
    ),
    go("verified", In(Verifying), When::VerifyGreen, Publishing, &[Publish]),
    go("verify_unknown", In(Verifying), When::VerifyUnknown, Escalated, &[]),
    // Before the next row: a job that never begins holds no deadline up.
    go("verify_late", In(Verifying), When::Deadline, Escalated, &[]),
    stay("verify", In(Verifying), When::VerifyMissing, &[Verify]),
    // publishing
    go("published", In(Publishing), When::Published, AwaitingCi, &[]),
    go("others_on_top", In(Publishing), When::RemoteExtends, Verifying, &[TakeRemoteHead, Verify]),
    spending(
        Counter::Updates,
        go("diverged", In(Publishing), When::RemoteDiverged, Working, &[Tell(Tell::RemoteMoved)]),
    ),
    once(stay("publish", In(Publishing), When::Unpublished, &[Publish])),
    go("publish_late", In(Publishing), When::Deadline, Escalated, &[]),
    // awaiting_ci
    go("ci_new_head", In(AwaitingCi), When::FinishedNewHead, Verifying, &[TakeHead, LeaveDirty, Verify]),
    go("ci_asks", In(AwaitingCi), When::AskedEscalate, Escalated, &[]),
    go("ci_gives_up", In(AwaitingCi), When::AskedFailed, Escalated, &[]),
    stay("ci_same_head", In(AwaitingCi), When::FinishedSameHead, &[]),
    once(stay("ci_branch_gone", In(AwaitingCi), When::BranchGone, &[Publish])),
    go("ci_others", In(AwaitingCi), When::RemoteExtends, Verifying, &[TakeRemoteHead, Verify]),
    // Once in a stay, and every head begins another one.
    once(stay("ci_again", In(AwaitingCi), When::CiMachine, &[RunCiAgain])),
    spending(Counter::CiFixes, go("ci_red", In(AwaitingCi), When::CiRed, Working, &[Tell(Tell::CiRed)])),
    go("ci_green", In(AwaitingCi), When::CiGreen, AwaitingReview, &[ClearFixes]),
    go("ci_late", In(AwaitingCi), When::Deadline, Escalated, &[]),
    // awaiting_review
    go(
        "review_new_head",
        In(AwaitingReview),
        When::FinishedNewHead,
        Verifying,
        &[TakeHead, LeaveDirty, Verify],
    ),
    go("review_asks", In(AwaitingReview), When::AskedEscalate, Escalated, &[]),
    go("review_gives_up", In(AwaitingReview), When::AskedFailed, Escalated, &[]),
    stay("review_same_head", In(AwaitingReview), When::FinishedSameHead, &[]),
    once(stay("review_branch_gone", In(AwaitingReview), When::BranchGone, &[Publish])),
    go("review_others", In(AwaitingReview), When::RemoteExtends, Verifying, &[TakeRemoteHead, Verify]),
    spending(
        Counter::CiFixes,
        go("late_red", In(AwaitingReview), When::CiRed, Working, &[Tell(Tell::CiRed)]),
    ),
    spending(
        Counter::Rounds,
        go("changes", In(AwaitingReview), When::ChangesRequested, Working, &[Tell(Tell::Review)]),
    ),
    spending(
        Counter::Updates,
        go("review_conflict", In(AwaitingReview), When::Conflict, Working, &[Tell(Tell::Conflict)]),
    ),
    go("approved", In(AwaitingReview), When::Approved, Landing, &[Merge]),
    spending(Counter::Updates, go("review_behind", In(AwaitingReview), When::Behind, Verifying, &[Update])),
    once(stay("review_reminder", In(AwaitingReview), When::ReviewReminder, &[Remind(0)])),
    go("review_late", In(AwaitingReview), When::Deadline, Blocked, &[StopSession]),
    // landing
    go("landing_new_head", In(Landing), When::FinishedNewHead, Verifying, &[TakeHead, LeaveDirty, Verify]),
    go("landing_asks", In(Landing), When::AskedEscalate, Escalated, &[]),
    go("landing_gives_up", In(Landing), When::AskedFailed, Escalated, &[]),
    stay("landing_same_head", In(Landing), When::FinishedSameHead, &[]),
    once(stay("landing_branch_gone", In(Landing), When::BranchGone, &[Publish])),
    go("head_moved", In(Landing), When::RemoteExtends, Verifying, &[TakeRemoteHead, Verify]),
    spending(Counter::Updates, go("conflict", In(Landing), When::Conflict, Working, &[Tell(Tell::Conflict)])),
    spending(Counter::Updates, go("behind", In(Landing), When::Behind, Verifying, &[Update])),
    spending(
        Counter::Rounds,
        go("second_thoughts", In(Landing), When::ChangesRequested, Working, &[Tell(Tell::Review)]),
    ),
    spending(Counter::CiFixes, go("landing_red", In(Landing), When::CiRed, Working, &[Tell(Tell::CiRed)])),
    go("not_allowed", In(Landing), When::LandingRefused, Escalated, &[]),
    go("approval_gone", In(Landing), When::ApprovalGone, AwaitingReview, &[]),
    go("landing_late", In(Landing), When::Deadline, Escalated, &[]),
    // escalated
    go("answered", In(Escalated), When::Reply, Working, &[Grant, EndStuck]),
    back("resumed", In(Escalated), When::ResumeAsked, &[Grant, EndStuck]),
    go("went_on", In(Escalated), When::FinishedNewHead, Verifying, &[TakeHead, LeaveDirty, Verify]),
    once(stay("escalation_reminder", In(Escalated), When::EscalationReminder, &[Remind(0)])),
    once(stay("second_of_ladder", In(Escalated), When::SecondOfLadder, &[Remind(1)])),
    once(stay("third_of_ladder", In(Escalated), When::ThirdOfLadder, &[Remind(2)])),
    go("unanswered", In(Escalated), When::Deadline, Blocked, &[StopSession]),
    // limited and stopped
    back("time_came", In(Limited), When::TimeCame, &[StopSession]),
    go("still_limited", In(Limited), When::Deadline, Escalated, &[]),
    back("continued", In(Stopped), When::ResumeAsked, &[]),
    go("left_stopped", In(Stopped), When::Deadline, Blocked, &[]),
    // a person's words reach a parked session; a session that only waits gives its memory back
    stay("reply_unparks", Parkable, When::ReplyParked, &[ResumeSession]),
    stay("park", Parkable, When::ParkTime, &[Park]),
];

impl Row {
    /// Whether it applies to runs in `phase`.
    pub fn applies_to(&self, phase: Phase) -> bool {
        match self.from {
            In(p) => p == phase,
            Live => !phase.is_terminal(),
            Any => phase != Done,
            Parkable => phase.may_park(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::phase::SPECS;
    use std::collections::BTreeSet;

    /// Where a row can lead from `phase`: its target, or where an exhausted counter leads.
    fn targets(row: &Row, phase: Phase) -> Vec<Phase> {
        let back = SPECS.iter().map(|s| s.phase).filter(|p| !p.is_terminal());
        let mut all: Vec<Phase> = match row.to {
            To::Phase(to) => vec![to],
            To::Stay => vec![phase],
            To::Back => back.collect(),
        };
        all.extend(row.spends.map(exhausted));
        all
    }

    fn reachable() -> BTreeSet<Phase> {
        let (mut seen, mut open) = (BTreeSet::new(), vec![Claimed]);
        while let Some(phase) = open.pop() {
            if seen.insert(phase) {
                let rows = TABLE.iter().filter(|r| r.applies_to(phase));
                open.extend(rows.flat_map(|r| targets(r, phase)));
            }
        }
        seen
    }

    #[test]
    fn every_phase_can_be_reached() {
        assert_eq!(reachable().len(), SPECS.len());
    }

    #[test]
    fn every_deadline_leads_out() {
        for phase in SPECS.iter().map(|s| s.phase).filter(|p| !p.is_terminal()) {
            let rows = TABLE.iter().filter(|r| r.applies_to(phase) && r.when == When::Deadline);
            let out: Vec<Phase> = rows.flat_map(|r| targets(r, phase)).filter(|to| *to != phase).collect();
            assert!(!out.is_empty(), "{phase}");
        }
    }

    #[test]
    fn every_phase_that_is_not_terminal_can_end() {
        for start in SPECS.iter().map(|s| s.phase).filter(|p| !p.is_terminal()) {
            let rows = TABLE.iter().filter(|r| r.applies_to(start));
            assert!(rows.flat_map(|r| targets(r, start)).any(|to| to != start), "{start}");
        }
    }

    #[test]
    fn row_ids_are_unique_and_a_row_that_stays_fires_once_or_spends_or_changes_what_it_waits_for() {
        let ids: BTreeSet<&str> = TABLE.iter().map(|r| r.id).collect();
        assert_eq!(ids.len(), TABLE.len());
        for row in TABLE.iter().filter(|r| r.to == To::Stay) {
            let changes = row
                .acts
                .iter()
                .any(|a| matches!(a, StartSession | ResumeSession | StopSession | Park | Verify | Extend));
            assert!(
                row.once || row.spends.is_some() || changes || row.when.is_about_a_request(),
                "{}",
                row.id
            );
        }
    }
}
