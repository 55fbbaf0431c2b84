//! Finishing a landing that was begun: on the primary branch, proven to be what was computed, told to the forge,
//! with a receipt. Whoever finds one cut off goes on with it.

use super::land::LandOutcome;
use super::look::{evidence, issue_of};
use super::observe::one_pull;
use super::{guard, notices};
use crate::domain::ids::{PullNo, Sha};
use crate::domain::landing::Hold;
use crate::domain::laws;
use crate::domain::pull::PullState;
use crate::store::journal::Event;
use crate::store::state::{BegunLanding, Notice, Receipt};
use crate::twin::{self, Twin};
use crate::world::{Landed, MergeTry, World};
use anyhow::Result;

/// Goes on with a landing that somebody began and did not finish.
pub(super) fn finish_begun(world: &World) -> Result<()> {
    if twin::is(Twin::LandingForgotten) {
        return Ok(());
    }
    let Some(begun) = world.store.read_json::<BegunLanding>(&world.store.paths.landing())? else {
        return Ok(());
    };
    finish(world, &begun).map(|_| ())
}

/// A landing that came to nothing needs no finishing.
pub(super) fn forget(world: &World) -> Result<()> {
    world.store.files.remove(&world.store.paths.landing())
}

/// Brings a begun landing to its end, whatever that is.
pub(super) fn finish(world: &World, begun: &BegunLanding) -> Result<LandOutcome> {
    world.with_repo(|git| git.sync())?;
    match &begun.merge {
        Some(merge) => finish_ours(world, begun, merge),
        None => finish_servers(world, begun),
    }
}

/// A server was asked to merge: what became of it only the server can tell.
fn finish_servers(world: &World, begun: &BegunLanding) -> Result<LandOutcome> {
    match one_pull(world, begun.pull)?.map(|pull| pull.state) {
        Some(PullState::Merged { sha }) => {
            let merge = sha.map_or_else(|| world.git.primary(), Ok)?;
            record(world, begun, &merge)
        }
        Some(_) if twin::is(Twin::AnyAnswerIsMerged) => record(world, begun, &begun.head),
        _ => {
            forget(world)?;
            Ok(LandOutcome::NotReady("the forge has not merged it".into()))
        }
    }
}

fn finish_ours(world: &World, begun: &BegunLanding, merge: &Sha) -> Result<LandOutcome> {
    // Landed before, and others on top of it since: there is only the record left to write.
    let there = world.git.contains(&world.git.primary()?, merge)?;
    let landed = if there { Landed::Landed } else { world.with_repo(|git| git.land(&begun.base, merge))? };
    match landed {
        Landed::Landed => record(world, begun, merge),
        Landed::BaseMoved => {
            forget(world)?;
            Ok(LandOutcome::BaseMoved)
        }
        Landed::Dirty(folder, files) => {
            forget(world)?;
            let shown: Vec<&str> = files.iter().take(5).map(String::as_str).collect();
            let words = format!("{} has changes of its own in {}", folder.display(), shown.join(", "));
            say_dirty(world, begun, &words)?;
            Ok(LandOutcome::Dirty(words))
        }
    }
}

/// Said once for a pull and head: the wait is a person's.
fn say_dirty(world: &World, begun: &BegunLanding, words: &str) -> Result<()> {
    let text = format!(
        "{} pull #{} cannot land: {words}. Commit or stash them there.",
        world.project.name, begun.pull
    );
    notices::trouble(world, &dirty_key(begun), &text)
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
fn record(world: &World, begun: &BegunLanding, merge: &Sha) -> Result<LandOutcome> {
    let (tree, base) = (world.git.tree(merge)?, world.git.first_parent(merge)?);
    if world.git.try_merge(&base, &begun.head)? != MergeTry::Clean(tree.clone()) {
        return stop_landings(world, begun, merge);
    }
    // A server has said that it is merged; our own merge must be on the primary branch.
    let merged = begun.merge.is_none() || world.git.contains(&world.git.primary()?, merge)?;
    guard::holds(laws::receipt_is_true(begun.pull, merged))?;
    let now = world.clock.now();
    let checks = evidence(world, now, &begun.head);
    let receipt = Receipt {
        version: 1,
        pull: begun.pull,
        head: begun.head.clone(),
        base,
        merge: merge.clone(),
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
    if begun.merge.is_some() {
        world.forge.record_merge(begun.pull, merge)?;
    }
    forget_dirty(world, begun)?;
    say_landed(world, begun.pull)?;
    forget(world)?;
    Ok(LandOutcome::Landed(merge.clone()))
}

fn stop_landings(world: &World, begun: &BegunLanding, merge: &Sha) -> Result<LandOutcome> {
    let why = format!(
        "pull #{}: what landed as {} is not the merge of {} and {}; look at it, then remove this file",
        begun.pull, merge, begun.base, begun.head
    );
    world.store.files.write(&world.store.paths.landing_closed(), format!("{why}\n").as_bytes())?;
    notices::trouble(world, &format!("landing_closed:{}", begun.pull), &why)?;
    forget(world)?;
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
