//! One look at the outside, shared by all that is decided on in one go.

use super::fact::look;
use crate::domain::evidence::{Evidence, Required};
use crate::domain::ids::{IssueNo, Sha};
use crate::domain::issue::Issue;
use crate::domain::landing::{self, Hold, Landing, LandingFacts, Mergeable};
use crate::domain::life::Sessions;
use crate::domain::link;
use crate::domain::phase::seen::Fact;
use crate::domain::pull::Pull;
use crate::domain::run::{Run, SessionRef};
use crate::domain::schedule::Claim;
use crate::domain::time::Timestamp;
use crate::http;
use crate::store::state::BegunLanding;
use crate::twin::{self, Twin};
use crate::world::{MergeTry, World};
use anyhow::Result;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Why the listing of issues failed.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// Whether it may be over the next time, without anybody doing anything.
    pub passes: bool,
    /// What happened.
    pub why: String,
}

/// What was seen of everything but the runs' own files.
pub struct Glance {
    /// The wall clock.
    pub now: Timestamp,
    /// Awake seconds.
    pub awake: u64,
    /// All sessions.
    pub sessions: Sessions,
    /// Open issues with our labels, also those that are blocked.
    pub issues: Fact<BTreeMap<IssueNo, Issue>>,
    /// Why that listing failed, if it did.
    pub trouble: Option<Trouble>,
    /// Open pulls, their heads filled in.
    pub pulls: Fact<Vec<Pull>>,
    /// The primary branch.
    pub primary: Fact<Sha>,
    /// Why landings are stopped, if they are.
    pub closed: Option<String>,
    /// Runs that take up one of `limits.sessions`, where all runs were looked at.
    pub places: Option<Vec<IssueNo>>,
    /// A landing that was begun and is not known to be finished.
    pub begun: Option<BegunLanding>,
    /// Checks of commits, as they were asked for.
    checks: RefCell<BTreeMap<Sha, Evidence>>,
}

impl Glance {
    /// Looks at everything once. `runs` are those whose sessions are asked after.
    pub fn take(world: &World, runs: &[Run]) -> Glance {
        let labels = &world.policy.labels;
        // Runs that are blocked wait for what becomes of their issues too.
        let ours = [labels.queue.as_str(), labels.in_progress.as_str(), labels.blocked.as_str()];
        let by_number = |all: Vec<Issue>| all.into_iter().map(|i| (i.number, i)).collect();
        let listed = world.forge.issues(&ours).map(by_number);
        let trouble = |e: &anyhow::Error| Trouble { passes: http::passes(e), why: format!("{e:#}") };
        Glance {
            trouble: listed.as_ref().err().map(trouble),
            issues: look(listed),
            places: Some(places(runs)),
            ..Glance::near(world, runs)
        }
    }

    /// The same without the listing of issues: what bears on a single run or pull reads its issue directly.
    pub fn near(world: &World, runs: &[Run]) -> Glance {
        let now = world.clock.now();
        let known: Vec<SessionRef> = runs.iter().filter_map(|r| r.session.clone()).collect();
        Glance {
            now,
            awake: awake(world, now, runs),
            sessions: if known.is_empty() { Sessions::Listed(vec![]) } else { world.sessions.list(&known) },
            issues: Fact::Known(BTreeMap::new()),
            trouble: None,
            primary: look(world.with_repo(|git| git.sync().and_then(|()| git.primary()))),
            pulls: look(world.forge.pulls().and_then(|pulls| with_heads(world, pulls))),
            closed: world
                .store
                .switch(&world.store.paths.landing_closed())
                .unwrap_or_else(|e| Some(format!("{e:#}"))),
            places: None,
            begun: world.store.read_json(&world.store.paths.landing()).ok().flatten(),
            checks: RefCell::default(),
        }
    }

    /// The checks of a commit, asked for once a look; `lately`: what was so an hour ago will do.
    pub fn checks(&self, world: &World, sha: &Sha, lately: bool) -> Evidence {
        let known = self.checks.borrow().get(sha).cloned();
        known.unwrap_or_else(|| {
            let found = evidence_of(world, self.now, sha, lately);
            // What is of a while ago does not stand in for what is asked for now.
            if !lately {
                self.checks.borrow_mut().insert(sha.clone(), found.clone());
            }
            found
        })
    }

    /// Open issues that are queued or claimed: those that work can be started on.
    pub fn queue<'a>(&'a self, world: &'a World) -> impl Iterator<Item = &'a Issue> {
        let labels = &world.policy.labels;
        let is_ours = |i: &&Issue| i.has(&labels.queue) || i.has(&labels.in_progress);
        self.issues.known().into_iter().flat_map(BTreeMap::values).filter(is_ours)
    }
}

fn places(runs: &[Run]) -> Vec<IssueNo> {
    runs.iter().filter(|r| r.phase.takes_place()).map(|r| r.issue).collect()
}

/// Whether one of `limits.sessions` is free for a run that takes none. Not known counts as no.
pub fn room(world: &World, known: Option<&[IssueNo]>, run: &Run) -> bool {
    let taken = match known {
        Some(taken) => taken.to_vec(),
        None if run.phase.takes_place() => return true,
        None => match world.store.runs() {
            Ok((runs, _)) => places(&runs),
            Err(_) => return false,
        },
    };
    let others = taken.iter().filter(|issue| **issue != run.issue).count();
    others < world.policy.sessions as usize || twin::is(Twin::RoomUnchecked)
}

/// Who else has taken an issue over, if its claim is another's now.
pub fn taken_by(world: &World, issue: IssueNo) -> Option<String> {
    match world.claims.look(issue, world.clock.now()) {
        Claim::Theirs(whose) => Some(whose),
        Claim::Mine | Claim::Free | Claim::Unknown(_) => None,
    }
}

/// The counter of the heartbeat; if that file was lost, no run goes back behind what it has seen itself.
fn awake(world: &World, now: Timestamp, runs: &[Run]) -> u64 {
    let seen = runs.iter().map(|r| r.since_awake).max().unwrap_or(0);
    world.store.awake(now).max(seen)
}

/// The local forge's records hold no heads: git knows them.
pub fn with_heads(world: &World, mut pulls: Vec<Pull>) -> Result<Vec<Pull>> {
    for pull in &mut pulls {
        if pull.head.is_none() {
            pull.head = world.git.branch(&pull.branch)?;
        }
    }
    Ok(pulls)
}

/// The issue that a pull belongs to.
pub fn issue_of(world: &World, pull: &Pull) -> Option<IssueNo> {
    link::issue_of(&pull.branch, &pull.title, &pull.body, &world.policy.branch)
}

/// Decides about one pull. Whether it merges is computed only if nothing else holds it back.
pub fn landing_of(world: &World, glance: &Glance, pull: &Pull) -> Landing {
    // A landing that was begun is finished, whatever has changed since: its merge may be on the primary branch, and
    // judged by that the pull would be behind it.
    if let Some(begun) = glance.begun.as_ref().filter(|b| b.pull == pull.number) {
        return Landing::Land { head: begun.head.clone(), approved_by: begun.approved_by.clone() };
    }
    let mut facts = LandingFacts {
        issue: issue_of(world, pull),
        ours: pull.author == world.policy.me && world.policy.is_run_branch(&pull.branch),
        checks: None,
        mergeable: Mergeable::Clean,
        behind: false,
        closed: glance.closed.clone(),
    };
    // Its checks are asked for only where they decide: that is a call of the forge for each pull.
    let Landing::Hold(Hold::Checks(_)) = landing::decide(pull, &facts, &world.policy) else {
        return landing::decide(pull, &facts, &world.policy);
    };
    facts.checks = pull.head.as_ref().map(|head| glance.checks(world, head, false));
    let first = landing::decide(pull, &facts, &world.policy);
    let Landing::Land { head, .. } = &first else { return first };
    match glance.primary.known() {
        None => facts.mergeable = Mergeable::Unknown("the primary branch could not be read".into()),
        Some(base) => {
            facts.mergeable = mergeable(world, base, head);
            facts.behind = !world.git.contains(head, base).unwrap_or(false);
        }
    }
    landing::decide(pull, &facts, &world.policy)
}

fn mergeable(world: &World, base: &Sha, head: &Sha) -> Mergeable {
    match world.git.try_merge(base, head) {
        Ok(MergeTry::Clean(_)) => Mergeable::Clean,
        Ok(MergeTry::Conflict(paths)) => Mergeable::Conflict(paths),
        Err(e) => Mergeable::Unknown(format!("{e:#}")),
    }
}

/// Which contexts decide: those that the project names and those that the forge demands, else all that are seen.
fn required(world: &World) -> Result<Required> {
    let mut names = match &world.policy.required {
        Required::Named(names) => names.clone(),
        Required::AllSeen { .. } => vec![],
    };
    let demanded = world.forge.required()?;
    names.extend(demanded.into_iter().filter(|d| !names.contains(d)).collect::<Vec<_>>());
    Ok(if names.is_empty() { world.policy.required.clone() } else { Required::Named(names) })
}

/// What is known of the checks of a commit: the forge's word, or on the local forge the result of `verify`.
pub fn evidence(world: &World, now: Timestamp, sha: &Sha) -> Evidence {
    evidence_of(world, now, sha, false)
}

fn evidence_of(world: &World, now: Timestamp, sha: &Sha, lately: bool) -> Evidence {
    let items = if lately { world.forge.checks_lately(sha) } else { world.forge.checks(sha) };
    match items {
        Err(e) => Evidence::unknown(sha.clone(), now, &format!("{e:#}")),
        Ok(Some(items)) => match required(world) {
            Err(e) => Evidence::unknown(sha.clone(), now, &format!("{e:#}")),
            Ok(required) => Evidence::reduce(sha.clone(), now, items, &required),
        },
        Ok(None) => {
            let result = world.store.verify_result(&super::verify::job_name(world, sha));
            let running = super::verify::is_expected(world, sha);
            super::verify::as_evidence(sha, now, result, running, &world.policy.required)
        }
    }
}
