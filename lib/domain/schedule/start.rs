//! Which issues are started, and why the others are not.

use super::{Action, Claim, Reason, RunRow, Snapshot, Subject, Verdict, act, skip};
use crate::domain::ids::IssueNo;
use crate::domain::issue::Issue;
use crate::domain::phase::seen::Fact;
use crate::domain::phase::step;
use crate::domain::policy::{Pipeline, Policy};
use crate::domain::time::{MINUTE, human};
use std::collections::BTreeMap;

/// Seconds after which a claim without an owner is an orphan: whoever set the label may still be setting the rest.
const GRACE: u64 = 10 * MINUTE;

/// Verdicts about all open issues that carry one of our labels and have no run at work.
pub fn plan(snapshot: &Snapshot, policy: &Policy) -> Vec<Verdict> {
    let issues = match &snapshot.issues {
        Fact::Known(issues) => issues,
        Fact::Unknown(why) => {
            return vec![skip(
                Subject::Project,
                Reason::new("issues_unknown", format!("the issues could not be read: {why}")),
            )];
        }
    };
    let mut order: Vec<&Issue> = issues.iter().filter(|i| !has_live_run(i.number, snapshot)).collect();
    order.sort_by_key(|i| (tier(i, policy), i.created, i.number));
    let closed = gate(snapshot, policy);
    let mut free = capacity(snapshot, policy);
    order.into_iter().map(|issue| of_issue(issue, snapshot, policy, &closed, &mut free)).collect()
}

fn of_issue(
    issue: &Issue,
    snapshot: &Snapshot,
    policy: &Policy,
    closed: &Option<Reason>,
    free: &mut u32,
) -> Verdict {
    let subject = Subject::Issue(issue.number);
    if let Some(reason) = unfit(issue, snapshot, policy) {
        return skip(subject, reason);
    }
    if let Some(reason) = closed {
        return skip(subject, reason.clone());
    }
    if *free == 0 {
        return skip(
            subject,
            Reason::new("capacity", format!("all {} sessions are at work", policy.sessions)),
        );
    }
    *free -= 1;
    act(subject, Action::Start(issue.number))
}

/// Orphans first, then `priority`, then the rest.
fn tier(issue: &Issue, policy: &Policy) -> u8 {
    match (issue.has(&policy.labels.in_progress), issue.has(&policy.labels.priority)) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => 2,
    }
}

fn has_live_run(issue: IssueNo, snapshot: &Snapshot) -> bool {
    snapshot
        .runs
        .iter()
        .any(|r| r.run.issue == issue && !(r.run.phase.is_terminal() && r.run.pending.is_empty()))
}

fn capacity(snapshot: &Snapshot, policy: &Policy) -> u32 {
    // A run that waits to go back to work comes before new work.
    let taken = |r: &&RunRow| r.run.phase.takes_place() || step::waits_for_room(&r.run, &r.seen, policy);
    let taken = snapshot.runs.iter().filter(taken).count();
    policy.sessions.saturating_sub(u32::try_from(taken).unwrap_or(u32::MAX))
}

/// Why nothing at all may start now.
fn gate(snapshot: &Snapshot, policy: &Policy) -> Option<Reason> {
    if !snapshot.guard {
        return Some(Reason::new("guard_off", "state/.dev-active is missing: new work is switched off"));
    }
    if let Some(why) = &snapshot.paused {
        return Some(Reason::new("paused", format!("the project is paused: {why}")));
    }
    if let Some(window) = policy.window.as_ref().filter(|w| !w.contains(snapshot.minute_of_day)) {
        return Some(Reason::new("outside_window", format!("new work starts only in {window}")));
    }
    if let Some(reason) = snapshot.unseen.first() {
        return Some(reason.clone());
    }
    machine(snapshot, policy).or_else(|| draining(snapshot, policy))
}

fn machine(snapshot: &Snapshot, policy: &Policy) -> Option<Reason> {
    let m = &snapshot.machine;
    if let Some(free) = m.memory_mb.filter(|free| *free < policy.memory_mb) {
        return Some(Reason::new(
            "low_memory",
            format!("{free} MB of memory free, {} MB wanted", policy.memory_mb),
        ));
    }
    if let Some(free) = m.disk_mb.filter(|free| *free < policy.disk_mb) {
        return Some(Reason::new(
            "low_disk",
            format!("{free} MB of disk free, {} MB wanted", policy.disk_mb),
        ));
    }
    let load = m.load.filter(|load| policy.load > 0.0 && *load > policy.load)?;
    Some(Reason::new("high_load", format!("the load is {load:.1}, at most {:.1} is wanted", policy.load)))
}

fn draining(snapshot: &Snapshot, policy: &Policy) -> Option<Reason> {
    if policy.pipeline == Pipeline::Overlap {
        return None;
    }
    let run = &snapshot.runs.iter().find(|r| r.run.phase.drains())?.run;
    Some(Reason::new(
        "drain",
        format!("#{} is {}; pipeline = \"drain\" starts nothing meanwhile", run.issue, run.phase),
    ))
}

/// Why this issue may not start, whatever the capacity.
fn unfit(issue: &Issue, snapshot: &Snapshot, policy: &Policy) -> Option<Reason> {
    let labels = &policy.labels;
    if let Some(label) = labels.skip.iter().find(|l| issue.has(l)) {
        return Some(Reason::new("skip_label", format!("it carries the label {label}")));
    }
    if let Some(reason) = claimed(issue, snapshot, policy) {
        return Some(reason);
    }
    if !issue.has(&labels.queue) && !issue.has(&labels.in_progress) {
        return Some(Reason::new("not_queued", format!("it does not carry the label {}", labels.queue)));
    }
    // A claim of ours that lost its run was vouched for when it was taken.
    let queue = [labels.queue.as_str(), labels.priority.as_str()];
    if !issue.vouched(&queue, &policy.trusted) {
        let words = format!(
            "{} is not trusted, and no trusted person put {} on after the last edit",
            issue.author, labels.queue
        );
        return Some(Reason::new("not_vouched", words));
    }
    match issue.choice(&policy.agent) {
        Err(words) => return Some(Reason::new("agent_unknown", words)),
        Ok(choice) => {
            let agent = choice.agent.as_ref().unwrap_or(&policy.agent);
            let cooling = snapshot.cooling.get(agent).filter(|(until, _)| *until > snapshot.now);
            if let Some((until, why)) = cooling {
                return Some(Reason::new("cooldown", format!("{agent} cools down until {until}: {why}")));
            }
        }
    }
    held_back(issue.number, snapshot).or_else(|| has_pull(issue.number, snapshot, policy))
}

fn claimed(issue: &Issue, snapshot: &Snapshot, policy: &Policy) -> Option<Reason> {
    match snapshot.claims.get(&issue.number) {
        Some(Claim::Theirs(who)) => {
            return Some(Reason::new("claimed_elsewhere", format!("{who} works on it")));
        }
        Some(Claim::Unknown(why)) => {
            return Some(Reason::new("claim_unknown", format!("whose it is could not be read: {why}")));
        }
        Some(Claim::Mine) => return None,
        Some(Claim::Free) | None => {}
    }
    if let Some(other) = issue.assignees.iter().find(|a| **a != policy.me) {
        return Some(Reason::new("claimed_elsewhere", format!("it is assigned to {other}")));
    }
    let age = snapshot.now.since(issue.updated);
    if issue.has(&policy.labels.in_progress) && age < GRACE {
        let words = format!(
            "somebody claimed it {} ago; after {} without an owner it is taken over",
            human(age),
            human(GRACE)
        );
        return Some(Reason::new("claim_grace", words));
    }
    None
}

fn held_back(issue: IssueNo, snapshot: &Snapshot) -> Option<Reason> {
    let deps = snapshot.dependencies.get(&issue)?;
    if let Some(unknown) = deps.iter().find(|d| d.open.known().is_none()) {
        return Some(Reason::new(
            "dependency_unknown",
            format!("whether #{} is closed could not be read", unknown.on),
        ));
    }
    let open: Vec<String> = deps.iter().filter(|d| d.open.is(|o| *o)).map(|d| format!("#{}", d.on)).collect();
    if open.is_empty() {
        return None;
    }
    if let Some(cycle) = dependency_cycle(issue, &snapshot.dependencies) {
        let path: Vec<String> = cycle.iter().map(|n| format!("#{n}")).collect();
        return Some(Reason::new("dependency_cycle", format!("it waits for itself: {}", path.join(" → "))));
    }
    Some(Reason::new("held_back", format!("it is held back by {}", open.join(", "))))
}

/// A way from `issue` over open dependencies back to itself.
pub fn dependency_cycle(
    issue: IssueNo,
    dependencies: &BTreeMap<IssueNo, Vec<super::Dependency>>,
) -> Option<Vec<IssueNo>> {
    let mut path = vec![issue];
    let mut tried = std::collections::BTreeSet::new();
    walk(issue, &mut path, &mut tried, dependencies).then_some(path)
}

fn walk(
    goal: IssueNo,
    path: &mut Vec<IssueNo>,
    tried: &mut std::collections::BTreeSet<IssueNo>,
    dependencies: &BTreeMap<IssueNo, Vec<super::Dependency>>,
) -> bool {
    let Some(at) = path.last() else { return false };
    let next: Vec<IssueNo> = dependencies
        .get(at)
        .map(|d| d.iter().filter(|d| d.open.is(|o| *o)).map(|d| d.on).collect())
        .unwrap_or_default();
    for on in next {
        if on == goal {
            path.push(on);
            return true;
        }
        if tried.insert(on) {
            path.push(on);
            if walk(goal, path, tried, dependencies) {
                return true;
            }
            path.pop();
        }
    }
    false
}

/// An open pull of somebody else that already belongs to the issue: a second one would be a second answer.
fn has_pull(issue: IssueNo, snapshot: &Snapshot, policy: &Policy) -> Option<Reason> {
    let rows = match &snapshot.pulls {
        Fact::Known(rows) => rows,
        Fact::Unknown(why) => {
            return Some(Reason::new("pulls_unknown", format!("the pulls could not be read: {why}")));
        }
    };
    let own = policy.branch_of(issue);
    let other = rows.iter().find(|r| r.issue == Some(issue) && r.pull.branch != own)?;
    Some(Reason::new(
        "has_pull",
        format!("pull #{} of {} is open for it", other.pull.number, other.pull.author),
    ))
}
