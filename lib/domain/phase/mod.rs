//! The phases of a run: what each waits for, whose move it is and until when. The transitions are data in
//! [`table`]; [`step()`] reads them, and so do `status why`, the diagram in the docs and the checks of the table.

pub mod diagram;
pub mod enter;
pub mod seen;
pub mod step;
pub mod table;
pub mod texts;
pub mod when;

pub use seen::Seen;
pub use step::{Step, ask_aside, step};

use super::policy::Policy;
use super::time::{DAY, HOUR, MINUTE};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where a run stands. Only our binaries set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each is described by its row in SPECS")]
pub enum Phase {
    Claimed,
    Working,
    Verifying,
    Publishing,
    AwaitingCi,
    AwaitingReview,
    Landing,
    Escalated,
    Limited,
    Stopped,
    Done,
    Refused,
    Blocked,
    Abandoned,
}

/// Whose move it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words are those of the phase table")]
pub enum Owner {
    Agent,
    Session,
    Verify,
    Handler,
    Ci,
    Reviewer,
    Merge,
    Person,
    Clock,
    Nobody,
}

/// How long a phase may last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// This many awake seconds.
    Awake(u64),
    /// The project's `ci_timeout`.
    Ci,
    /// The limits of all `verify` steps, and five minutes.
    Verify,
    /// The time that a limit named, and a day.
    Named,
    /// Terminal: for ever.
    Never,
}

/// One row of the table of phases.
#[derive(Debug)]
pub struct Spec {
    /// The phase.
    pub phase: Phase,
    /// Its name in files and on screens.
    pub name: &'static str,
    /// Whose move it is.
    pub owner: Owner,
    /// What ends it, in words.
    pub clears: &'static str,
    /// How long it may last.
    pub limit: Limit,
}

const fn spec(phase: Phase, name: &'static str, owner: Owner, clears: &'static str, limit: Limit) -> Spec {
    Spec { phase, name, owner, clears, limit }
}

/// All phases.
pub const SPECS: &[Spec] = &[
    spec(
        Phase::Claimed,
        "claimed",
        Owner::Agent,
        "the session's host says that the agent is up",
        Limit::Awake(10 * MINUTE),
    ),
    spec(Phase::Working, "working", Owner::Session, "the session makes a request", Limit::Awake(2 * HOUR)),
    spec(
        Phase::Verifying,
        "verifying",
        Owner::Verify,
        "the project's own checks have a result",
        Limit::Verify,
    ),
    spec(
        Phase::Publishing,
        "publishing",
        Owner::Handler,
        "the branch is pushed and its pull open",
        Limit::Awake(10 * MINUTE),
    ),
    spec(Phase::AwaitingCi, "awaiting_ci", Owner::Ci, "the checks of the head have finished", Limit::Ci),
    spec(
        Phase::AwaitingReview,
        "awaiting_review",
        Owner::Reviewer,
        "a reviewer approves or asks for changes",
        Limit::Awake(7 * DAY),
    ),
    spec(Phase::Landing, "landing", Owner::Merge, "the pull is merged", Limit::Awake(15 * MINUTE)),
    spec(
        Phase::Escalated,
        "escalated",
        Owner::Person,
        "a person answers, takes the label off or resumes it",
        Limit::Awake(DAY),
    ),
    spec(Phase::Limited, "limited", Owner::Clock, "the time that the limit named has come", Limit::Named),
    spec(Phase::Stopped, "stopped", Owner::Person, "a person resumes it", Limit::Awake(7 * DAY)),
    spec(Phase::Done, "done", Owner::Nobody, "", Limit::Never),
    spec(Phase::Refused, "refused", Owner::Nobody, "", Limit::Never),
    spec(Phase::Blocked, "blocked", Owner::Nobody, "", Limit::Never),
    spec(Phase::Abandoned, "abandoned", Owner::Nobody, "", Limit::Never),
];

impl Phase {
    /// Its row in [`SPECS`].
    pub fn spec(self) -> &'static Spec {
        &SPECS[self as usize]
    }

    /// Its name in files and on screens.
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// Whether nothing more happens to it by itself.
    pub fn is_terminal(self) -> bool {
        self.spec().limit == Limit::Never
    }

    /// Whether a run in it takes up one of `limits.sessions`: a session is at work, or may be sent back to work at
    /// any moment by checks of our own.
    pub fn takes_place(self) -> bool {
        matches!(self, Phase::Claimed | Phase::Working | Phase::Verifying | Phase::Publishing)
    }

    /// Whether its session may be parked while it lasts.
    pub fn may_park(self) -> bool {
        matches!(
            self,
            Phase::AwaitingCi | Phase::AwaitingReview | Phase::Landing | Phase::Escalated | Phase::Limited
        )
    }

    /// Whether new work is held back by it in a project with `pipeline = "drain"`.
    pub fn drains(self) -> bool {
        matches!(self, Phase::AwaitingCi | Phase::AwaitingReview | Phase::Landing)
    }

    /// How many awake seconds it may last, where that is a number.
    pub fn seconds(self, policy: &Policy) -> Option<u64> {
        match self.spec().limit {
            Limit::Awake(seconds) => Some(seconds),
            Limit::Ci => Some(policy.ci_timeout),
            Limit::Verify => Some(policy.verify_timeout + 5 * MINUTE),
            Limit::Named => Some(DAY),
            Limit::Never => None,
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Owner {
    /// The word used in files and on screens.
    pub fn name(self) -> &'static str {
        match self {
            Owner::Agent => "agent",
            Owner::Session => "session",
            Owner::Verify => "verify",
            Owner::Handler => "handler",
            Owner::Ci => "CI",
            Owner::Reviewer => "reviewer",
            Owner::Merge => "merge",
            Owner::Person => "person",
            Owner::Clock => "clock",
            Owner::Nobody => "nobody",
        }
    }
}

#[cfg(test)]
mod explore;
#[cfg(test)]
mod given;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phase_stands_at_its_own_row() {
        for (at, spec) in SPECS.iter().enumerate() {
            assert_eq!(spec.phase as usize, at);
            assert_eq!(serde_json::to_string(&spec.phase).unwrap(), format!("\"{}\"", spec.name));
        }
    }

    #[test]
    fn every_wait_has_an_owner_a_clearing_condition_and_a_deadline() {
        for spec in SPECS.iter().filter(|s| !s.phase.is_terminal()) {
            assert!(spec.owner != Owner::Nobody && !spec.clears.is_empty(), "{}", spec.name);
            assert!(spec.phase.seconds(&Policy::plain("p")).is_some_and(|s| s > 0), "{}", spec.name);
        }
    }

    #[test]
    fn sessions_count_while_they_work_and_pulls_hold_new_work_back_while_they_wait() {
        use Phase::*;
        for phase in [Claimed, Working] {
            assert!(phase.takes_place() && !phase.drains() && !phase.may_park(), "{phase}");
        }
        for phase in [AwaitingCi, AwaitingReview, Landing] {
            assert!(!phase.takes_place() && phase.drains() && phase.may_park(), "{phase}");
        }
        for phase in [Escalated, Stopped, Done, Blocked] {
            assert!(!phase.takes_place() && !phase.drains(), "{phase}");
        }
    }
}
