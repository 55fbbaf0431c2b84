//! Whether a pull may land. One function, used by `poll`, by `merge` under its lock and by `status why`, so
//! that what is said is what is done (laws 1 and 9).

use super::evidence::{Colour, Evidence};
use super::ids::{IssueNo, Sha};
use super::policy::{Policy, Scope};
use super::pull::{Pull, PullState, Review, Verdict};
use crate::twin::{self, Twin};

/// Whether base and head can be brought together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mergeable {
    /// Cleanly.
    Clean,
    /// Not without somebody's hand in these files.
    Conflict(Vec<String>),
    /// The look failed or the forge is still computing.
    Unknown(String),
}

/// What bears on the landing of one pull, all of it seen in the same look.
#[derive(Clone, Debug)]
pub struct LandingFacts {
    /// The issue it belongs to, if any.
    pub issue: Option<IssueNo>,
    /// Opened for a run of ours.
    pub ours: bool,
    /// The checks of its head.
    pub checks: Option<Evidence>,
    /// Whether it merges.
    pub mergeable: Mergeable,
    /// Whether the base has commits that its branch lacks.
    pub behind: bool,
    /// Landings are stopped here, with what was seen.
    pub closed: Option<String>,
}

/// The decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landing {
    /// It may land, at this head only, on the word of these people.
    Land {
        /// The only head.
        head: Sha,
        /// Whose approval counts.
        approved_by: Vec<String>,
    },
    /// Not now.
    Hold(Hold),
}

/// Why a pull does not land now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hold {
    /// It is merged or closed.
    NotOpen,
    /// It goes into another branch.
    OtherBase(String),
    /// It is a draft.
    Draft,
    /// Its branch lives in another repository.
    Fork,
    /// `landing.scope` does not admit it.
    OutOfScope,
    /// Its head could not be read.
    NoHead,
    /// Somebody whose word counts wants changes: who, and the review's id.
    ChangesRequested(String, u64),
    /// Nobody whose word counts approved this head.
    NoApproval,
    /// Its checks are not green.
    Checks(Colour),
    /// It conflicts with the base in these files.
    Conflict(Vec<String>),
    /// It must hold the base first.
    Behind,
    /// Whether it merges is not known.
    MergeUnknown(String),
    /// Landings are stopped in this project.
    Stopped(String),
}

impl Hold {
    /// A stable word for scripts and for the docs.
    pub fn code(&self) -> &'static str {
        match self {
            Hold::NotOpen => "not_open",
            Hold::OtherBase(_) => "other_base",
            Hold::Draft => "draft",
            Hold::Fork => "from_fork",
            Hold::OutOfScope => "out_of_scope",
            Hold::NoHead => "no_head",
            Hold::ChangesRequested(..) => "changes_requested",
            Hold::NoApproval => "no_approval",
            Hold::Checks(Colour::Red) => "checks_red",
            Hold::Checks(Colour::Pending) => "checks_pending",
            Hold::Checks(Colour::None) => "checks_none",
            Hold::Checks(_) => "checks_unknown",
            Hold::Conflict(_) => "conflict",
            Hold::Behind => "behind",
            Hold::MergeUnknown(_) => "merge_unknown",
            Hold::Stopped(_) => "landing_closed",
        }
    }

    /// The same for people.
    pub fn words(&self, policy: &Policy) -> String {
        match self {
            Hold::NotOpen => "it is not open".into(),
            Hold::OtherBase(base) => format!("it goes into {base}, not into {}", policy.primary),
            Hold::Draft => "it is a draft".into(),
            Hold::Fork => "its branch lives in another repository".into(),
            Hold::OutOfScope => {
                "landing.scope does not admit it: not opened for a run, and its branch is no chore".into()
            }
            Hold::NoHead => "its branch cannot be read".into(),
            Hold::ChangesRequested(who, _) => format!("{who} requested changes"),
            Hold::NoApproval => format!("no approval of this head by {}", people(&policy.reviewers)),
            Hold::Checks(Colour::Red) => "its checks are red".into(),
            Hold::Checks(Colour::Pending) => "its checks have not finished".into(),
            Hold::Checks(Colour::None) => "no checks have reported, and \"none\" is not green".into(),
            Hold::Checks(_) => "its checks could not be read".into(),
            Hold::Conflict(paths) => format!("it conflicts with {} in {}", policy.primary, paths.join(", ")),
            Hold::Behind => format!("it must hold the newest {} first", policy.primary),
            Hold::MergeUnknown(why) => format!("whether it merges is not known: {why}"),
            Hold::Stopped(why) => format!("landings are stopped here: {why}"),
        }
    }
}

fn people(names: &[String]) -> String {
    if names.is_empty() { "anyone allowed".into() } else { names.join(" or ") }
}

/// Decides about one pull.
pub fn decide(pull: &Pull, facts: &LandingFacts, policy: &Policy) -> Landing {
    match admitted(pull, facts, policy)
        .and_then(|head| proven(pull, facts, policy, &head).map(|by| (head, by)))
    {
        Ok((head, approved_by)) => Landing::Land { head, approved_by },
        Err(hold) => Landing::Hold(hold),
    }
}

/// What the pull is: may it land at all?
fn admitted(pull: &Pull, facts: &LandingFacts, policy: &Policy) -> Result<Sha, Hold> {
    if pull.state != PullState::Open {
        return Err(Hold::NotOpen);
    }
    if pull.base != policy.primary {
        return Err(Hold::OtherBase(pull.base.clone()));
    }
    if pull.draft {
        return Err(Hold::Draft);
    }
    if pull.from_fork {
        return Err(Hold::Fork);
    }
    let ours = facts.ours || policy.is_chore(&pull.branch);
    let in_scope = match policy.scope {
        Scope::All => true,
        Scope::Linked => ours || facts.issue.is_some(),
        Scope::Ours => ours,
    };
    if !in_scope {
        return Err(Hold::OutOfScope);
    }
    pull.head.clone().ok_or(Hold::NoHead)
}

/// What is known of this head: approved, green, mergeable?
fn proven(pull: &Pull, facts: &LandingFacts, policy: &Policy, head: &Sha) -> Result<Vec<String>, Hold> {
    let approved_by = approvals(pull, head, policy)?;
    checked(facts, policy, head)?;
    if let Some(why) = &facts.closed {
        return Err(Hold::Stopped(why.clone()));
    }
    match &facts.mergeable {
        Mergeable::Conflict(paths) => return Err(Hold::Conflict(paths.clone())),
        Mergeable::Unknown(why) => return Err(Hold::MergeUnknown(why.clone())),
        Mergeable::Clean => {}
    }
    if policy.up_to_date && facts.behind {
        return Err(Hold::Behind);
    }
    Ok(approved_by)
}

/// Those whose approval of `head` counts; an error if none, or if one who counts wants changes.
pub fn approvals(pull: &Pull, head: &Sha, policy: &Policy) -> Result<Vec<String>, Hold> {
    let counts = |r: &&Review| {
        !r.dismissed
            && policy.reviewers.contains(&r.author)
            && r.author != policy.me
            && r.author != pull.author
    };
    let mut latest: Vec<&Review> = Vec::new();
    for review in pull.reviews.iter().filter(counts).filter(|r| r.verdict != Verdict::Comment) {
        latest.retain(|r| r.author != review.author);
        latest.push(review);
    }
    // A request for changes stands until its author approves or it is dismissed, whatever head it was given for:
    // a push does not answer it.
    if let Some(against) = latest.iter().find(|r| r.verdict == Verdict::Reject) {
        return Err(Hold::ChangesRequested(against.author.clone(), against.id));
    }
    let for_head = latest
        .iter()
        .filter(|r| r.verdict == Verdict::Approve && (&r.sha == head || twin::is(Twin::OldApproval)));
    let names: Vec<String> = for_head.map(|r| r.author.clone()).collect();
    if names.is_empty() { Err(Hold::NoApproval) } else { Ok(names) }
}

fn checked(facts: &LandingFacts, policy: &Policy, head: &Sha) -> Result<(), Hold> {
    match &facts.checks {
        Some(e) if e.proves(head) => Ok(()),
        Some(e) if &e.sha == head && e.colour == Colour::None && policy.without_checks => Ok(()),
        Some(e) if e.colour == Colour::None && twin::is(Twin::NoneIsGreen) => Ok(()),
        Some(e) if &e.sha == head => Err(Hold::Checks(e.colour)),
        _ => Err(Hold::Checks(Colour::Unknown)),
    }
}

#[cfg(test)]
#[path = "landing_tests.rs"]
mod tests;
