//! What a step decides on: everything that was looked at, in one value. A look that failed stands in it as
//! such, so that no decision can take it for an answer (law 6).

use crate::domain::ci::CiSeen;
use crate::domain::evidence::Colour;
use crate::domain::ids::{IssueNo, PullNo, Sha};
use crate::domain::landing::Landing;
use crate::domain::life::Life;
use crate::domain::request::{Request, Stamp};
use crate::domain::time::Timestamp;

/// A thing looked at: known, or why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact<T> {
    /// What was seen.
    Known(T),
    /// The look failed, with the reason.
    Unknown(String),
}

impl<T> Fact<T> {
    /// What was seen, if the look succeeded.
    pub fn known(&self) -> Option<&T> {
        match self {
            Fact::Known(value) => Some(value),
            Fact::Unknown(_) => None,
        }
    }

    /// Whether it was seen and is so.
    pub fn is(&self, test: impl FnOnce(&T) -> bool) -> bool {
        self.known().is_some_and(test)
    }

    /// What was seen, turned into something else.
    pub fn map_known<U>(self, turn: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Fact::Known(value) => Fact::Known(turn(value)),
            Fact::Unknown(why) => Fact::Unknown(why),
        }
    }
}

/// What bears on a run of its issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueSeen {
    /// Whether it is open.
    pub open: bool,
    /// Whether it carries the in-progress label.
    pub in_progress: bool,
    /// Whether it carries the needs-human label.
    pub needs_human: bool,
}

/// What bears on a run of its pull.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullSeen {
    /// Its number.
    pub number: PullNo,
    /// Whether it is open.
    pub open: bool,
    /// Whether it is merged.
    pub merged: bool,
    /// What its branch is at.
    pub head: Option<Sha>,
    /// Whether that is our head with commits of others on top.
    pub head_extends_ours: bool,
    /// Whether it may land, by the one function that decides that.
    pub landing: Landing,
    /// A review that asks for changes and was not passed on yet: its id, author and text.
    pub changes: Option<(u64, String, String)>,
}

/// What the session's worktree holds.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct WorkSeen {
    /// Its head, already fetched.
    pub head: Option<Sha>,
    /// How many commits that is ahead of the base.
    pub ahead: usize,
    /// Files changed and not committed.
    pub dirty: Vec<String>,
}

/// A write of the phase file that was not taken yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What tells it from the next.
    pub stamp: Stamp,
    /// What it asks for.
    pub request: Request,
    /// For a refusal: what was found about it.
    pub refusal: Option<Refused>,
}

/// A refusal, checked as far as it can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Too large, in the session's words.
    TooLarge(String),
    /// It names an open issue that has to come first.
    Dependency {
        /// The session's words.
        reason: String,
        /// The open issue.
        on: IssueNo,
    },
    /// It names nothing that is open.
    DependencyUnnamed(String),
    /// It names a landed pull or a commit on the primary branch.
    DoneProven {
        /// The session's words.
        reason: String,
        /// What was found.
        proof: String,
    },
    /// It names nothing that could be found.
    DoneUnproven(String),
    /// The summary file held no refusal.
    Unreadable(String),
}

/// What is known of the project's own checks on the run's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifySeen {
    /// No result, nobody at it.
    Missing,
    /// Somebody is at it.
    Running,
    /// Passed.
    Green,
    /// Failed, with what to tell the session.
    Red(String),
    /// Nobody is at it any more and there is no result.
    Died,
    /// It died too often, or the look failed for good.
    Unknown(String),
}

/// Everything a step decides on.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The wall clock.
    pub now: Timestamp,
    /// The awake seconds of the heartbeat.
    pub awake: u64,
    /// The issue.
    pub issue: Fact<IssueSeen>,
    /// The pull, if there is one for the branch.
    pub pull: Fact<Option<PullSeen>>,
    /// The session.
    pub life: Life,
    /// Seconds since the last sign of progress.
    pub quiet: u64,
    /// Whether a person is attached to the session.
    pub attached: bool,
    /// A request not taken yet.
    pub asked: Option<Asked>,
    /// The worktree.
    pub work: Fact<WorkSeen>,
    /// What the gates hold against publishing the run's head, in words; empty: nothing.
    pub gates: Fact<Vec<String>>,
    /// The project's own checks on the run's head.
    pub verify: VerifySeen,
    /// CI on the run's head.
    pub checks: Colour,
    /// What to tell the session of red checks.
    pub checks_text: String,
    /// What CI itself knows of them; nothing where nothing is red, or nobody asked.
    pub ci: CiSeen,
    /// What the remote's branch is at.
    pub remote: Fact<Option<Sha>>,
    /// Whether the remote's branch holds commits of others on top of the run's head.
    pub remote_extends: bool,
    /// Whether the run's head lacks commits of others that were on its branch.
    pub drops_theirs: bool,
    /// The run's head with the base merged in, made in memory, where that is clean and asked for.
    pub updated: Option<Sha>,
    /// Whether one of `limits.sessions` is free for a run that has none.
    pub room: bool,
    /// Who has taken the issue over: another host or root, whose claim stands.
    pub taken_by: Option<String>,
    /// The agent to go on with in place of one that named a limit.
    pub instead: Option<String>,
    /// What the session asks that nobody was told yet.
    pub questions: Vec<String>,
    /// Whether a person's message waits.
    pub reply: bool,
    /// Whether a person asks to resume.
    pub resume: bool,
    /// Whether a person asks to stop.
    pub stop: bool,
    /// The last lines of the pane, redacted.
    pub pane: String,
    /// The session's summary, redacted.
    pub summary: String,
}

impl Seen {
    /// Nothing looked at: for entering a phase that no look led to.
    pub fn nothing(now: Timestamp, awake: u64) -> Seen {
        fn unknown<T>() -> Fact<T> {
            Fact::Unknown("not looked at".into())
        }
        Seen {
            now,
            awake,
            issue: unknown(),
            pull: unknown(),
            life: Life::Absent,
            quiet: 0,
            attached: false,
            asked: None,
            work: unknown(),
            gates: unknown(),
            verify: VerifySeen::Missing,
            checks: Colour::Unknown,
            checks_text: String::new(),
            ci: CiSeen::default(),
            remote: unknown(),
            remote_extends: false,
            drops_theirs: false,
            updated: None,
            room: true,
            taken_by: None,
            instead: None,
            questions: Vec::new(),
            reply: false,
            resume: false,
            stop: false,
            pane: String::new(),
            summary: String::new(),
        }
    }

    /// Whether the look at the forge succeeded: without it no deadline acts.
    pub fn sure(&self) -> bool {
        matches!((&self.issue, &self.pull), (Fact::Known(_), Fact::Known(_)))
    }

    /// The run's pull, if it was seen.
    pub fn pull(&self) -> Option<&PullSeen> {
        self.pull.known().and_then(Option::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_stays_unknown_with_its_reason() {
        let (known, unknown) = (Fact::Known(2), Fact::<u32>::Unknown("timeout".into()));
        assert_eq!((known.known(), unknown.known()), (Some(&2), None));
        assert!(known.is(|n| *n == 2) && !known.is(|n| *n == 3) && !unknown.is(|_| true));
        assert_eq!(known.map_known(|n| n + 1), Fact::Known(3));
        assert_eq!(unknown.map_known(|n| n + 1), Fact::Unknown("timeout".into()));
    }

    #[test]
    fn a_look_at_the_forge_is_one_at_the_issue_and_at_the_pull() {
        let nothing = Seen::nothing(Timestamp(5), 6);
        assert_eq!((nothing.now, nothing.awake, nothing.sure()), (Timestamp(5), 6, false));
        let seen = super::super::given::well(0);
        assert!(seen.sure() && seen.pull().is_some());
        assert!(!Seen { issue: Fact::Unknown(String::new()), ..seen.clone() }.sure());
        assert!(!Seen { pull: Fact::Unknown(String::new()), ..seen.clone() }.sure());
        let none = Seen { pull: Fact::Known(None), ..seen };
        assert!(none.sure() && none.pull().is_none());
    }
}
