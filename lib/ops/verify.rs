//! The project's own checks as a job: one commit, one result, whoever asks. Its lock is the evidence that it
//! lives; the lock free and no result means that it died.

use super::fact::look;
use super::start::Asker;
use crate::domain::evidence::{Colour, Evidence, Required};
use crate::domain::ids::Sha;
use crate::domain::phase::Phase;
use crate::domain::phase::seen::{Fact, VerifySeen};
use crate::domain::time::{HOUR, Timestamp};
use crate::domain::verify::{StepEnd, VerifyResult};
use crate::world::{Held, LockName, World};
use anyhow::{Result, bail};

/// How often a job that died is started again.
const TRIES: u32 = 3;

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// There is a result: green or red.
    Result(Colour),
    /// Somebody else is at it.
    Running,
    /// It was begun so often that a person has to look; so many times.
    GivenUp(u32),
    /// The project has no checks of its own.
    NothingToRun,
}

/// The job's name: the commit, and a hash of the steps, so that a changed configuration asks anew.
pub fn job_name(world: &World, sha: &Sha) -> String {
    let steps: String = world.project.verify.steps().iter().map(|(n, c)| format!("{n}={c}\n")).collect();
    format!("{sha}-{:016x}", crate::store::disk::fnv(steps.as_bytes()))
}

/// What is known of a commit's checks.
pub fn seen(world: &World, sha: &Sha) -> VerifySeen {
    if !world.policy.verifies {
        return VerifySeen::Green;
    }
    let job = job_name(world, sha);
    if let Some(result) = world.store.verify_result(&job) {
        let red = result.colour() == Colour::Red;
        return if red { VerifySeen::Red(result.text(12_000)) } else { VerifySeen::Green };
    }
    match (look(world.locks.is_held(&LockName::Check(job.clone()))), world.store.verify_tries(&job)) {
        (Fact::Known(true) | Fact::Unknown(_), _) => VerifySeen::Running,
        (Fact::Known(false), 0) => VerifySeen::Missing,
        (Fact::Known(false), tries) if tries >= TRIES => {
            VerifySeen::Unknown(format!("it was begun {tries} times and died each time"))
        }
        (Fact::Known(false), _) => VerifySeen::Died,
    }
}

/// Whether a result is to be expected: the project has steps, and they have not failed to end too often.
pub fn is_expected(world: &World, sha: &Sha) -> bool {
    world.policy.verifies && !matches!(seen(world, sha), VerifySeen::Unknown(_))
}

/// The result as evidence, for the local forge: there it is the one check of a commit.
pub fn as_evidence(
    sha: &Sha,
    now: Timestamp,
    result: Option<VerifyResult>,
    expected: bool,
    required: &Required,
) -> Evidence {
    // Nobody else reports here: there is nothing that could still appear.
    let required = match required {
        Required::AllSeen { .. } => &Required::AllSeen { settle: 0 },
        named => named,
    };
    match result {
        Some(result) => Evidence::reduce(sha.clone(), now, vec![result.item()], required),
        None => {
            let colour = if expected { Colour::Pending } else { Colour::None };
            Evidence { sha: sha.clone(), seen: now, colour, items: vec![] }
        }
    }
}

/// Runs the project's own checks on one commit, unless that has been done. What was planned is decided again under the
/// job's lock: whoever planned it may have looked before the last one died. A person may try as often as they like.
pub fn verify(world: &World, sha: &Sha, asker: Asker) -> Result<Verified> {
    if !world.policy.verifies {
        return Ok(Verified::NothingToRun);
    }
    let job = job_name(world, sha);
    let Some(_job) = world.locks.try_take(&LockName::Check(job.clone()))? else {
        return Ok(Verified::Running);
    };
    if let Some(done) = world.store.verify_result(&job) {
        return Ok(Verified::Result(done.colour()));
    }
    let tries = world.store.verify_tries(&job);
    if asker == Asker::Tick && tries >= TRIES {
        return Ok(Verified::GivenUp(tries));
    }
    let (slot, _slot) = free_slot(world)?;
    let folder = world.store.paths.checks().join(&job);
    world.store.files.append(&folder.join("tries"), &world.clock.now().to_string())?;
    let checkout = world.with_repo(|git| git.checkout(slot, sha, world.project.verify.clean))?;
    let steps = world.checks.run(&checkout, sha, &folder.join("log"))?;
    // A step that could not be run says nothing about the commit: no result, and the job counts as died.
    if let Some(step) = steps.iter().find(|s| matches!(s.end, StepEnd::NotStarted { .. })) {
        bail!("step {} {}", step.name, step.end);
    }
    let reformatted =
        if steps.iter().any(|s| s.name == "format") { world.git.changed(&checkout)? } else { vec![] };
    let result = VerifyResult {
        version: 1,
        sha: sha.clone(),
        at: world.clock.now(),
        steps,
        reformatted,
        rest: Default::default(),
    };
    world.store.write_json(&folder.join("result.json"), &result)?;
    wake(world, sha)?;
    Ok(Verified::Result(result.colour()))
}

/// Waits for one of the slots: the job is ours and lives, so nobody starts another.
fn free_slot(world: &World) -> Result<(u32, Held)> {
    for _ in 0..(HOUR * 5) {
        for slot in 0..world.project.verify.slots {
            if let Some(held) = world.locks.try_take(&LockName::Slot(slot))? {
                return Ok((slot, held));
            }
        }
        world.clock.sleep_ms(200);
    }
    bail!("no slot for verify came free within an hour (verify_slots = {})", world.project.verify.slots)
}

/// A run that waits for this result goes on at once; the next tick would do the same.
fn wake(world: &World, sha: &Sha) -> Result<()> {
    let (runs, _) = world.store.runs()?;
    let waits = |phase: Phase| matches!(phase, Phase::Verifying | Phase::AwaitingCi);
    for run in runs.iter().filter(|r| waits(r.phase) && r.head.as_ref() == Some(sha)) {
        world.jobs.start(&["phase-handler", &run.issue.to_string()])?;
    }
    Ok(())
}
