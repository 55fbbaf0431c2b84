//! The forge: what our account may do there, and must not; where results of checks come from.

use super::{EnvCheck, check, note};
use crate::domain::text::plain_line;
use crate::http::without_password;
use crate::world::{Rights, World};
use anyhow::{Result, bail};

/// What the forge tells whoever may read the repository.
pub(super) struct Seen {
    me: String,
    writers: Vec<String>,
    pulls: usize,
    version: String,
}

/// Asks it; nothing of a local one.
///
/// # Errors
/// Where it cannot be asked, or our account may not read there.
pub(super) fn ask(world: &World) -> Result<Option<Seen>> {
    if world.is_local() {
        return Ok(None);
    }
    let forge = &world.forge;
    let (me, writers) = (forge.me()?, forge.writers()?);
    Ok(Some(Seen { me, writers, pulls: forge.pulls()?.len(), version: plain_line(&forge.version()?, 40) }))
}

pub(super) fn checks(world: &World, seen: Option<&Seen>) -> Vec<EnvCheck> {
    let primary = &world.project.primary_branch;
    let mut all = vec![check(
        "forge",
        seen.map_or(Ok("local: files beside the repository".into()), |seen| forge(world, seen)),
        "set forge_url and repo, and give FORGE_TOKEN's account write access",
    )];
    if seen.is_some() {
        all.extend(rights(world, primary));
    }
    all.extend([ci(world), own_checks(world)]);
    all
}

/// What is known without it: CI of its own, and own checks.
pub(super) fn elsewhere(world: &World) -> Vec<EnvCheck> {
    let mut all = vec![];
    if world.project.tokens.woodpecker.is_some() && !world.project.ci.none() {
        all.push(ci(world));
    }
    if world.project.ci.none() {
        all.push(own_checks(world));
    }
    all
}

fn ci(world: &World) -> EnvCheck {
    let remedy = "set ci.server and ci.woodpecker_repo_id, and give WOODPECKER_TOKEN of an account that sees the repository there";
    check("ci", world.ci.reach(), remedy)
}

fn own_checks(world: &World) -> EnvCheck {
    check("checks", decides(world), "add [verify] steps, or set landing.without_checks = true")
}

fn forge(world: &World, seen: &Seen) -> Result<String> {
    let Seen { me, writers, pulls, version } = seen;
    let (url, repo) = (without_password(&world.project.forge_url), &world.project.repo);
    if !writers.contains(me) {
        bail!("{me} may not write to {repo} on {url}");
    }
    let claims = world.claims.owner();
    Ok(format!(
        "{repo} on {url} ({version}) as {me}, {pulls} open pulls; claims of this root bear the name {claims}"
    ))
}

fn rights(world: &World, primary: &str) -> Vec<EnvCheck> {
    let push = world.with_repo(|git| git.try_push()).map(|()| "a branch can be pushed".to_string());
    let push =
        check("push", push, "give FORGE_TOKEN's account write access, or the ssh key that git_remote needs");
    let rights = match world.forge.rights() {
        Ok(Some(rights)) => rights,
        Ok(None) => return vec![push],
        Err(e) => return vec![super::failed("token", &e, "give FORGE_TOKEN's account write access"), push],
    };
    let scopes = "make a token with the scopes read:user, write:repository and write:issue, of an account with write access";
    let protect = format!(
        "protect {primary} on the forge: nobody pushes to it (or a list without this account), this account may merge, and name the checks and approvals that it takes"
    );
    vec![
        check("token", token(&rights), scopes),
        push,
        check("primary", of_primary(&rights, primary), protect),
        labels(world, &rights),
    ]
}

fn token(rights: &Rights) -> Result<String> {
    if rights.archived {
        bail!("the repository is archived: nothing can be changed in it");
    }
    if let Err(why) = &rights.issues {
        bail!("it may not label, comment or close issues: {why}");
    }
    if let Err(why) = &rights.pulls {
        bail!("it may not open pulls: {why}");
    }
    Ok("it may label, comment and open pulls".into())
}

/// drover's own account needs no right to push to the primary branch: the server merges. One that it has is one that a
/// mistake, or a thief, has too.
fn of_primary(rights: &Rights, primary: &str) -> Result<String> {
    if !rights.merges_primary {
        bail!("our account may not merge into {primary}");
    }
    if rights.pushes_primary {
        let how = if rights.protected { "its protection lets it" } else { "it is not protected" };
        bail!("our account may push to {primary}: {how}");
    }
    let approvals = match rights.approvals {
        0 => "no approvals demanded by the server".to_string(),
        n => format!("{n} approvals demanded by the server"),
    };
    Ok(format!("{primary} is protected: our account may merge and not push; {approvals}"))
}

fn labels(world: &World, rights: &Rights) -> EnvCheck {
    let names = &world.policy.labels;
    let all = [
        &names.queue,
        &names.priority,
        &names.in_progress,
        &names.blocked,
        &names.needs_human,
        &names.underspecified,
    ];
    let wanted: Vec<String> = all.into_iter().cloned().collect();
    match world.forge.missing_labels(&wanted) {
        Err(e) => super::failed("labels", &e, "look at the labels on the forge"),
        Ok(missing) if missing.is_empty() => check("labels", Ok("all are there".into()), ""),
        Ok(missing) => {
            let words = format!("missing: {}", missing.join(", "));
            match rights.issues {
                Ok(()) => note("labels", format!("{words}; each is made when it is first needed"), ""),
                Err(_) => check(
                    "labels",
                    Err(anyhow::anyhow!(words)),
                    "make them, or give a token with write:issue",
                ),
            }
        }
    }
}

fn decides(world: &World) -> Result<String> {
    if !world.is_local() && !world.project.ci.none() {
        let required = world.forge.required()?;
        return Ok(match required.as_slice() {
            [] => "the forge's: all contexts that report, since its protection names none".into(),
            names => format!("the forge's: {}", names.join(", ")),
        });
    }
    match (world.policy.verifies, world.policy.without_checks) {
        (true, _) => Ok("[verify] decides".into()),
        (false, true) => Ok("none, and landing.without_checks says that this is fine".into()),
        (false, false) => bail!("no [verify] steps: nothing will ever land"),
    }
}
