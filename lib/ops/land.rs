//! Landing one pull: looked at afresh under the landing lock, at one head only, proven afterwards, with a
//! receipt. Never writes `run.json`.

use super::look::{Glance, evidence, issue_of, landing_of};
use super::observe::one_pull;
use crate::domain::ids::{IssueNo, PullNo, Sha};
use crate::domain::landing::{Hold, Landing};
use crate::domain::pull::{Pull, PullState};
use crate::domain::schedule::Claim;
use crate::domain::text::plain_line;
use crate::store::journal::Event;
use crate::store::state::{BegunLanding, Notice, Receipt};
use crate::world::{Landed, LockName, Merge, MergeTry, World};
use anyhow::{Context, Result, bail};

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LandOutcome {
    /// It is on the primary branch, as this commit.
    Landed(Sha),
    /// It was before.
    Already,
    /// Not now.
    Held(Hold),
    /// The head is not the one asked for.
    HeadMoved(Option<Sha>),
    /// The base moved while the merge was made; the next call makes it anew.
    BaseMoved,
    /// The folder in which the primary branch is checked out has changes of its own.
    Dirty(String),
    /// The forge is not ready or refuses, in words.
    NotReady(String),
}

/// Lands a pull at `head` and at no other.
pub fn land(world: &World, number: PullNo, head: Option<&Sha>, wait: u64) -> Result<LandOutcome> {
    let issue = world.forge.pull(number)?.and_then(|pull| issue_of(world, &pull));
    let _run = match issue.filter(|issue| has_run(world, issue)) {
        Some(issue) => Some(world.take(&LockName::Run(issue), wait)?),
        None => None,
    };
    let _landing = world.take(&LockName::Landing, wait)?;
    if let Some(whose) = issue.and_then(|issue| elsewhere(world, issue)) {
        return Ok(LandOutcome::NotReady(format!("{whose} works on its issue")));
    }
    finish_begun(world)?;
    let glance = Glance::near(world, &[]);
    let pull = one_pull(world, number)?.with_context(|| format!("there is no pull #{number}"))?;
    if matches!(pull.state, PullState::Merged { .. }) {
        return Ok(LandOutcome::Already);
    }
    // A caller that means another head hears that first: whatever holds this one back is not its concern.
    if pull.is_open() && pull.head.is_some() && head.is_some_and(|wanted| pull.head.as_ref() != Some(wanted))
    {
        return Ok(LandOutcome::HeadMoved(pull.head));
    }
    let (found, approved_by) = match landing_of(world, &glance, &pull) {
        Landing::Hold(hold) => return Ok(LandOutcome::Held(hold)),
        Landing::Land { head, approved_by } => (head, approved_by),
    };
    let outcome = merge(world, &glance, &pull, &found, approved_by)?;
    if matches!(outcome, LandOutcome::Landed(_)) {
        after(world, &pull)?;
    }
    Ok(outcome)
}

/// Whether an issue has a run: while its pull lands, nobody moves that run or pushes for it.
fn has_run(world: &World, issue: &IssueNo) -> bool {
    world.store.run(*issue).is_ok_and(|run| run.is_some())
}

/// Whose an issue is, if it is claimed by another host or root: then the landing is theirs too.
fn elsewhere(world: &World, issue: IssueNo) -> Option<String> {
    match world.claims.look(issue, world.clock.now()) {
        Claim::Theirs(whose) => Some(whose),
        Claim::Unknown(why) => Some(format!("somebody ({why})")),
        Claim::Mine | Claim::Free => None,
    }
}

fn merge(
    world: &World,
    glance: &Glance,
    pull: &Pull,
    head: &Sha,
    approved_by: Vec<String>,
) -> Result<LandOutcome> {
    // The head is read last thing before the merge, whatever the look before said.
    let now = world.git.branch(&pull.branch)?;
    if now.as_ref() != Some(head) {
        return Ok(LandOutcome::HeadMoved(now));
    }
    match world.forge.merge(pull.number, head)? {
        Merge::Ours => ours(world, glance, pull, head, approved_by),
        Merge::Merged(_) | Merge::AlreadyMerged => Ok(LandOutcome::Already),
        Merge::HeadMoved => Ok(LandOutcome::HeadMoved(None)),
        Merge::Closed => Ok(LandOutcome::Held(Hold::NotOpen)),
        Merge::Conflict => Ok(LandOutcome::Held(Hold::Conflict(vec![]))),
        Merge::NotReady(why) | Merge::NotAllowed(why) => Ok(LandOutcome::NotReady(why)),
    }
}

/// The merge on a forge without a server: made in our repository, written down, then moved to.
fn ours(
    world: &World,
    glance: &Glance,
    pull: &Pull,
    head: &Sha,
    approved_by: Vec<String>,
) -> Result<LandOutcome> {
    let Some(base) = glance.primary.known() else { bail!("the primary branch could not be read") };
    let tree = match world.git.try_merge(base, head)? {
        MergeTry::Clean(tree) => tree,
        MergeTry::Conflict(paths) => return Ok(LandOutcome::Held(Hold::Conflict(paths))),
    };
    let message =
        format!("Merge pull #{}: {}\n\n{}", pull.number, plain_line(&pull.title, 200), trailer(&approved_by));
    let merge = world.git.commit(&tree, &[base, head], &message)?;
    let begun = BegunLanding {
        pull: pull.number,
        head: head.clone(),
        base: base.clone(),
        merge,
        approved_by,
        at: world.clock.now(),
    };
    world.store.write_json(&world.store.paths.landing(), &begun)?;
    finish(world, &begun)
}

fn trailer(approved_by: &[String]) -> String {
    approved_by.iter().map(|who| format!("Reviewed-by: {}\n", plain_line(who, 80))).collect()
}

/// Goes on with a landing that somebody began and did not finish.
fn finish_begun(world: &World) -> Result<()> {
    let Some(begun) = world.store.read_json::<BegunLanding>(&world.store.paths.landing())? else {
        return Ok(());
    };
    finish(world, &begun).map(|_| ())
}

fn finish(world: &World, begun: &BegunLanding) -> Result<LandOutcome> {
    world.git.sync()?;
    // Landed before, and others on top of it since: there is only the record left to write.
    let there = world.git.contains(&world.git.primary()?, &begun.merge)?;
    let landed =
        if there { Landed::Landed } else { world.with_repo(|git| git.land(&begun.base, &begun.merge))? };
    match landed {
        Landed::Landed => record(world, begun),
        Landed::BaseMoved => {
            world.store.files.remove(&world.store.paths.landing())?;
            Ok(LandOutcome::BaseMoved)
        }
        Landed::Dirty(folder, files) => {
            world.store.files.remove(&world.store.paths.landing())?;
            let shown: Vec<&str> = files.iter().take(5).map(String::as_str).collect();
            let words = format!("{} has changes of its own in {}", folder.display(), shown.join(", "));
            say_dirty(world, begun, &words)?;
            Ok(LandOutcome::Dirty(words))
        }
    }
}

/// Said once for a pull and head: the wait is a person's.
fn say_dirty(world: &World, begun: &BegunLanding, words: &str) -> Result<()> {
    let key = dirty_key(begun);
    let path = world.store.notice_path(&key);
    if world.store.files.read(&path)?.is_some() {
        return Ok(());
    }
    let text = format!(
        "{} pull #{} cannot land: {words}. Commit or stash them there.",
        world.project.name, begun.pull
    );
    world.store.write_json(&path, &Notice { key, urgent: true, text, at: world.clock.now(), told: None })
}

/// What nobody was told yet about a folder in the way need not be told any more.
fn forget_dirty(world: &World, begun: &BegunLanding) -> Result<()> {
    let path = world.store.notice_path(&dirty_key(begun));
    match world.store.read_json::<Notice>(&path)? {
        Some(notice) if notice.told.is_none() => world.store.files.remove(&path),
        _ => Ok(()),
    }
}

fn dirty_key(begun: &BegunLanding) -> String {
    format!("dirty:{}:{}", begun.pull, begun.head.short())
}

/// What landed is proven to be what was computed; then the forge is told, and the receipt written.
fn record(world: &World, begun: &BegunLanding) -> Result<LandOutcome> {
    let tree = world.git.tree(&begun.merge)?;
    let wanted = world.git.try_merge(&begun.base, &begun.head)?;
    if wanted != MergeTry::Clean(tree.clone()) {
        return stop_landings(world, begun);
    }
    let now = world.clock.now();
    let checks = evidence(world, now, &begun.head);
    let receipt = Receipt {
        version: 1,
        pull: begun.pull,
        head: begun.head.clone(),
        base: begun.base.clone(),
        merge: begun.merge.clone(),
        tree,
        approved_by: begun.approved_by.clone(),
        checks: checks
            .items
            .iter()
            .map(|i| format!("{}: {:?}", i.context, i.colour).to_lowercase())
            .collect(),
        at: now,
    };
    world.store.write_json(&world.store.paths.receipts().join(format!("{}.json", begun.pull)), &receipt)?;
    world.forge.record_merge(begun.pull, &begun.merge)?;
    forget_dirty(world, begun)?;
    say_landed(world, begun.pull)?;
    world.store.files.remove(&world.store.paths.landing())?;
    Ok(LandOutcome::Landed(begun.merge.clone()))
}

fn stop_landings(world: &World, begun: &BegunLanding) -> Result<LandOutcome> {
    let why = format!(
        "pull #{}: what landed as {} is not the merge of {} and {}; look at it, then remove this file",
        begun.pull, begun.merge, begun.base, begun.head
    );
    world.store.files.remove(&world.store.paths.landing())?;
    world.store.files.write(&world.store.paths.landing_closed(), format!("{why}\n").as_bytes())?;
    let key = format!("landing_closed:{}", begun.pull);
    let notice =
        Notice { key: key.clone(), urgent: true, text: why.clone(), at: world.clock.now(), told: None };
    world.store.write_json(&world.store.notice_path(&key), &notice)?;
    Ok(LandOutcome::Held(Hold::Stopped(why)))
}

/// An event, written again after a crash: readers count a key once.
fn say_landed(world: &World, number: PullNo) -> Result<()> {
    let event = Event {
        at: world.clock.now(),
        issue: one_pull(world, number)?.and_then(|pull| issue_of(world, &pull)),
        kind: "landed".into(),
        key: format!("landed:{number}"),
        detail: format!("pull #{number} landed"),
    };
    world.store.event(&event)
}

/// The run hears of it at once, and the mirrors; the next tick would do the same.
fn after(world: &World, pull: &Pull) -> Result<()> {
    if let Some(issue) = issue_of(world, pull).filter(|i| world.store.run(*i).is_ok_and(|r| r.is_some())) {
        world.jobs.start(&["phase-handler", &issue.to_string()])?;
    }
    if !world.project.mirrors.is_empty() {
        world.jobs.start(&["mirror"])?;
    }
    Ok(())
}
