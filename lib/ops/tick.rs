//! One tick of `poll`: look once, decide, start the binaries that carry it out, leave.

use super::fact::look;
use super::look::{Glance, Trouble, issue_of, landing_of};
use super::observe::{Depth, observe, one_pull};
use super::{deliver, listen, mirror, notices, outage, talk, verify};
use crate::domain::deps::dependencies;
use crate::domain::ids::{IssueNo, Sha};
use crate::domain::landing::{Hold, Landing};
use crate::domain::life::Sessions;
use crate::domain::phase::Phase;
use crate::domain::phase::seen::{Fact, VerifySeen};
use crate::domain::pull::Pull;
use crate::domain::run::Run;
use crate::domain::schedule::{
    Action, Claim, Decision, Dependency, PullRow, Reason, RunRow, Snapshot, Verdict, plan,
};
use crate::domain::time::HOUR;
use crate::store::state::BegunLanding;
use crate::world::{Job, LockName, World};
use anyhow::Result;
use std::collections::BTreeMap;

/// Seconds after which a tick leaves, whoever still works.
const LEAVE_AFTER: u64 = 50;
/// Handlers at work at one time: each is short, and a machine has a handful of cores.
const HANDLERS: usize = 8;

/// What a tick did.
#[derive(Clone, Debug, Default)]
pub struct Ticked {
    /// Another tick was at it.
    pub busy: bool,
    /// What was decided.
    pub verdicts: Vec<Verdict>,
    /// The binaries started, and their exit codes; none for those still at work.
    pub jobs: Vec<(String, Option<i32>)>,
    /// Runs whose record cannot be read.
    pub bad_runs: Vec<(IssueNo, String)>,
    /// What every start needs and could not be looked at.
    pub unseen: Vec<Reason>,
    /// Claims that could not be renewed, and why.
    pub unrenewed: Vec<String>,
    /// The server could not be asked: waited for, and told when it lasts.
    pub outage: bool,
}

/// One tick of one project.
pub fn tick(world: &World) -> Result<Ticked> {
    let Some(held) = world.locks.try_take(&LockName::Tick)? else {
        return Ok(Ticked { busy: true, ..Ticked::default() });
    };
    let began = world.clock.now();
    if beat(world, "looking")? {
        // Only half-written files of the dead are at stake: what cannot be removed now is tried an hour later.
        drop(world.store.sweep());
    }
    let (snapshot, trouble) = looked(world)?;
    let verdicts = plan(&snapshot, &world.policy);
    let unrenewed = renew(world, &snapshot);
    let (_, bad_runs) = world.store.runs()?;
    // The local forge's own files are no server: what is wrong with them is said each time.
    let trouble = trouble.filter(|_| !world.is_local());
    outage::note(world, trouble.as_ref(), snapshot.now)?;
    let outage = trouble.is_some();
    let unseen = snapshot.unseen.clone();
    let mut ticked = Ticked { verdicts, bad_runs, unseen, unrenewed, outage, ..Ticked::default() };
    let leave = began.plus(LEAVE_AFTER).0;
    run_jobs(world, &mut ticked, leave, Some(held))?;
    // After what was decided: what is heard moves its run at once, and changes nothing of what `why` said.
    listen::hear_again(world)?;
    notices::flush(world)?;
    world.people.iter().try_for_each(|channel| channel.complain())?;
    let outcome = if matches!(snapshot.issues, Fact::Known(_)) && matches!(snapshot.pulls, Fact::Known(_)) {
        "ok"
    } else {
        "forge_unknown"
    };
    beat(world, outcome)?;
    Ok(ticked)
}

/// Renews what is held. Where claims are kept may be out of reach for a while: they last a day, and runs go on.
fn renew(world: &World, snapshot: &Snapshot) -> Vec<String> {
    let held = snapshot.runs.iter().map(|r| &r.run).filter(|r| !r.phase.is_terminal());
    let failed = held.filter_map(|r| Some((r.issue, world.claims.renew(r.issue, snapshot.now).err()?)));
    failed.map(|(issue, e)| format!("the claim of #{issue} could not be renewed: {e:#}")).collect()
}

/// Raises the counter of awake time and says how the tick went; gives whether another hour has begun.
fn beat(world: &World, outcome: &str) -> Result<bool> {
    let now = world.clock.now();
    let before = world.store.heartbeat();
    let hour = before.as_ref().map(|last| last.awake / HOUR);
    let awake = match before {
        Some(last) => last.awake_at(now),
        // Lost or first: nothing that a run remembers is taken back.
        None => world.store.runs()?.0.iter().map(|r| r.since_awake).max().unwrap_or(0),
    };
    world.store.beat(now, awake, outcome)?;
    Ok(hour != Some(awake / HOUR))
}

/// Starts what was decided, in order: landings one by one, then runs side by side, and new work when they have moved,
/// since where they stand decides about it. The tick's lock is given back with the last start.
fn run_jobs(world: &World, ticked: &mut Ticked, leave: i64, held: Option<crate::world::Held>) -> Result<()> {
    let commands: Vec<Vec<String>> = ticked.verdicts.iter().filter_map(|v| command(&v.decision)).collect();
    let mut running: Vec<Box<dyn Job>> = Vec::new();
    for words in commands {
        while !may_start(&words[0], &running) && world.clock.now().0 < leave {
            collect(&mut running, &mut ticked.jobs);
            world.clock.sleep_ms(5);
        }
        if world.clock.now().0 >= leave {
            break;
        }
        let argv: Vec<&str> = words.iter().map(String::as_str).collect();
        running.push(world.jobs.start(&argv)?);
    }
    drop(held);
    while !running.is_empty() && world.clock.now().0 < leave {
        collect(&mut running, &mut ticked.jobs);
        if !running.is_empty() {
            world.clock.sleep_ms(10);
        }
    }
    ticked.jobs.extend(running.iter().map(|job| (job.name().to_string(), None)));
    Ok(())
}

/// Whether one more of this kind may be started beside those at work.
fn may_start(binary: &str, running: &[Box<dyn Job>]) -> bool {
    match binary {
        "merge" => running.is_empty(),
        "agent" => {
            running.len() < HANDLERS && !running.iter().any(|job| job.name().starts_with("phase-handler"))
        }
        _ => running.len() < HANDLERS,
    }
}

fn collect(running: &mut Vec<Box<dyn Job>>, done: &mut Vec<(String, Option<i32>)>) {
    running.retain_mut(|job| match job.ended() {
        Some(code) => {
            done.push((job.name().to_string(), Some(code)));
            false
        }
        None => true,
    });
}

/// The command that carries a decision out.
pub fn command(decision: &Decision) -> Option<Vec<String>> {
    let words = |w: &[&str]| Some(w.iter().map(|s| s.to_string()).collect());
    match decision {
        Decision::Skip(_) => None,
        Decision::Do(Action::Land { pull, sha }) => {
            words(&["merge", &pull.to_string(), "--head", sha.as_str()])
        }
        Decision::Do(Action::Step { issue, .. }) => words(&["phase-handler", &issue.to_string()]),
        Decision::Do(Action::Start(issue)) => words(&["agent", "start", &issue.to_string(), "--planned"]),
        Decision::Do(Action::Verify(sha)) => words(&["verify", sha.as_str(), "--planned"]),
        Decision::Do(Action::Mirror) => words(&["mirror"]),
    }
}

/// One look at everything a tick decides on.
pub fn snapshot(world: &World) -> Result<Snapshot> {
    Ok(looked(world)?.0)
}

fn looked(world: &World) -> Result<(Snapshot, Option<Trouble>)> {
    let (runs, bad) = world.store.runs()?;
    let watched: Vec<&Run> =
        runs.iter().filter(|r| r.phase != Phase::Done || !r.pending.is_empty()).collect();
    let live: Vec<Run> = watched.iter().map(|r| (*r).clone()).collect();
    let glance = Glance::take(world, &live);
    let rows = live.into_iter().map(|run| row(world, &glance, run)).collect();
    let pulls = pull_rows(world, &glance);
    let snapshot = Snapshot {
        now: glance.now,
        minute_of_day: world.clock.minute_of_day(),
        guard: world.store.files.read(&world.store.paths.guard())?.is_some(),
        paused: world.store.switch(&world.store.paths.paused())?,
        unseen: unseen(world, &glance),
        dependencies: all_dependencies(world, &glance, &runs),
        claims: claims(world, &glance, &bad),
        unverified: unverified(world, &pulls),
        pulls,
        runs: rows,
        machine: world.machine.seen(),
        cooling: talk::cooling(world, glance.now),
        mirrors_due: mirror::due(world, glance.primary.known(), glance.now),
        issues: glance.issues.clone().map_known(|_| glance.queue(world).cloned().collect()),
    };
    Ok((snapshot, glance.trouble))
}

/// A claim taken without a repository or without tmux would be one that nobody can work on.
fn unseen(world: &World, glance: &Glance) -> Vec<Reason> {
    let mut unseen = Vec::new();
    if let Fact::Unknown(why) = &glance.primary {
        unseen.push(Reason::new("repository_unknown", why.clone()));
    }
    // With no session known nobody has asked tmux yet; without an issue nobody needs it.
    let wanted = glance.queue(world).next().is_some();
    let asked = match &glance.sessions {
        Sessions::Listed(all) if all.is_empty() && wanted => world.sessions.list(&[]),
        sessions => sessions.clone(),
    };
    if let Sessions::Unknown(why) = asked {
        unseen.push(Reason::new("sessions_unknown", format!("tmux could not be looked at: {why}")));
    }
    unseen
}

fn row(world: &World, glance: &Glance, run: Run) -> RunRow {
    let seen = observe(world, glance, &run, Depth::Glance);
    let deliverable = deliver::is_due(world, &run, &seen.life);
    RunRow { run, seen, deliverable }
}

/// An issue whose run's record cannot be read is nobody's to start: what it holds is not known.
fn claims(world: &World, glance: &Glance, bad: &[(IssueNo, String)]) -> BTreeMap<IssueNo, Claim> {
    let numbers = glance.queue(world).map(|issue| issue.number);
    let mut claims: BTreeMap<IssueNo, Claim> = numbers
        .map(|number| (number, world.claims.look(number, glance.now)))
        .filter(|(_, claim)| *claim != Claim::Free)
        .collect();
    claims.extend(bad.iter().map(|(issue, why)| (*issue, Claim::Unknown(why.clone()))));
    claims
}

/// What each issue waits for: the forge's word, the text's, and what a refusal named.
fn all_dependencies(world: &World, glance: &Glance, runs: &[Run]) -> BTreeMap<IssueNo, Vec<Dependency>> {
    let mut out = BTreeMap::new();
    for issue in glance.queue(world) {
        let mut on = dependencies(&issue.body, issue.number);
        let native = look(world.forge.dependencies(issue));
        on.extend(native.known().into_iter().flatten().copied());
        on.extend(runs.iter().find(|r| r.issue == issue.number).and_then(|r| r.held_by));
        on.sort();
        on.dedup();
        let mut found: Vec<Dependency> =
            on.into_iter().map(|on| Dependency { on, open: is_open(world, glance, on) }).collect();
        if let Fact::Unknown(why) = native {
            found.push(Dependency { on: issue.number, open: Fact::Unknown(why) });
        }
        if !found.is_empty() {
            out.insert(issue.number, found);
        }
    }
    out
}

/// A dependency counts as met when the issue is closed; one that is not there counts as open.
fn is_open(world: &World, glance: &Glance, on: IssueNo) -> Fact<bool> {
    if glance.issues.known().is_some_and(|all| all.contains_key(&on)) {
        return Fact::Known(true);
    }
    look(world.forge.issue(on)).map_known(|found| found.is_none_or(|i| i.open))
}

fn pull_rows(world: &World, glance: &Glance) -> Fact<Vec<PullRow>> {
    glance.pulls.clone().map_known(|mut pulls| {
        pulls.extend(unlisted(world, glance.begun.as_ref(), &pulls));
        let row = |pull: Pull| PullRow {
            issue: issue_of(world, &pull),
            landing: landing_of(world, glance, &pull),
            pull,
        };
        pulls.into_iter().map(row).collect()
    })
}

/// The pull of a landing that was begun, if it is not open any more: it may be merged, and its receipt not written.
fn unlisted(world: &World, begun: Option<&BegunLanding>, listed: &[Pull]) -> Option<Pull> {
    let begun = begun.filter(|b| listed.iter().all(|p| p.number != b.pull))?;
    one_pull(world, begun.pull).ok().flatten()
}

/// Heads of open pulls that `verify` has to say something of, and has not. On the local forge it is what reports on all
/// of them, run or no run. Elsewhere, without a CI, on those that only their checks hold back: anybody can open a pull
/// there, and what nobody has approved is not run on this machine.
fn unverified(world: &World, pulls: &Fact<Vec<PullRow>>) -> Vec<Sha> {
    let may_run = |row: &&PullRow| match world.is_local() {
        true => true,
        false => world.project.ci.none() && matches!(row.landing, Landing::Hold(Hold::Checks(_))),
    };
    let rows = pulls.known().map(Vec::as_slice).unwrap_or_default().iter();
    let missing = |sha: &&Sha| matches!(verify::seen(world, sha), VerifySeen::Missing | VerifySeen::Died);
    rows.filter(may_run).filter_map(|row| row.pull.head.as_ref()).filter(missing).cloned().collect()
}
