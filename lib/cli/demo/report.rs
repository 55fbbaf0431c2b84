//! What came of it: a table made from the events, checked against what the cast was to do.

use super::cast::{CASTS, Cast, Role};
use super::scene::{Scene, head};
use crate::cli::out;
use crate::domain::time::human;
use crate::store::journal::Event;
use anyhow::Result;
use git2::{Oid, Repository};
use std::path::Path;
use std::time::Duration;

/// The primary branch of a repository of ours.
const MAIN: &str = "refs/heads/main";

/// Prints the table and gives what is not as it should be.
pub fn tell(scene: &Scene, took: Duration) -> Result<Vec<String>> {
    let mut rows =
        vec![["PROJECT", "ISSUE", "PHASES", "PULL", "LANDED", "MIRROR"].map(String::from).to_vec()];
    let mut wrong = Vec::new();
    for cast in CASTS {
        let events = events(scene, cast)?;
        let mirror = head(&scene.mirror(cast.name), MAIN).unwrap_or_else(|| "–".into());
        for role in cast.roles {
            rows.push(row(scene, cast, role, &events, &mirror)?);
            wrong.extend(check(scene, cast, role, &events)?);
        }
        wrong.extend(check_project(scene, cast, &events)?);
    }
    out::line(&out::table(&rows))?;
    out::line(&format!("\n{} s.", took.as_secs()))?;
    Ok(wrong)
}

/// Where to look around, for as long as it is there.
pub fn invite(scene: &Scene) -> Result<()> {
    let folder = scene.folder.display();
    out::line(&format!("Look around: cd {folder} && FACTORY_ROOT=root drover status -p alpha ps --all"))?;
    if let Some(server) = &scene.server {
        let pages: Vec<String> =
            CASTS.iter().map(|c| format!("{}/{}", server.url, server.repo(c.name))).collect();
        out::line(&format!("On the forge: {}", pages.join(" ")))?;
    }
    out::line(
        "Try: status show 2, status why, status events, forge pull show 6, git -C alpha log --graph --oneline",
    )
}

fn events(scene: &Scene, cast: &Cast) -> Result<Vec<Event>> {
    let text = scene.of(cast.name, "status", &["events", "--json"])?;
    Ok(text.lines().filter_map(|l| serde_json::from_str(l).ok()).collect())
}

/// The phases that an issue's run was in, from its events, with how long each lasted.
fn phases(role: &Role, events: &[Event]) -> Vec<(String, u64)> {
    let known = |kind: &str| crate::domain::phase::SPECS.iter().any(|s| s.name == kind);
    let of: Vec<&Event> =
        events.iter().filter(|e| e.issue.is_some_and(|i| i.0 == role.number) && known(&e.kind)).collect();
    let until = |k: usize| of.get(k + 1).map_or(of[k].at, |next| next.at);
    of.iter().enumerate().map(|(k, e)| (e.kind.clone(), until(k).since(e.at))).collect()
}

fn row(scene: &Scene, cast: &Cast, role: &Role, events: &[Event], mirror: &str) -> Result<Vec<String>> {
    let show = show(scene, cast, role)?;
    let list: Vec<String> = phases(role, events)
        .iter()
        .map(|(p, s)| if *s > 0 { format!("{p} {}", human(*s)) } else { p.clone() })
        .collect();
    let pull = show["run"]["pull"].as_u64().map_or("–".to_string(), |p| format!("#{p}"));
    let landed = landed(scene, cast, &show)?.map_or("–".to_string(), |sha| sha[..10].to_string());
    let mirror = if landed == "–" { "–".to_string() } else { mirror[..10].to_string() };
    Ok(vec![cast.name.into(), format!("#{}", role.number), list.join(" → "), pull, landed, mirror])
}

fn show(scene: &Scene, cast: &Cast, role: &Role) -> Result<serde_json::Value> {
    Ok(serde_json::from_str(&scene.of(
        cast.name,
        "status",
        &["show", &role.number.to_string(), "--json"],
    )?)?)
}

/// The commit that a run's pull landed as, by the receipt.
fn landed(scene: &Scene, cast: &Cast, show: &serde_json::Value) -> Result<Option<String>> {
    let Some(pull) = show["run"]["pull"].as_u64() else { return Ok(None) };
    let path = scene.root.join(format!("state/{}/receipts/{pull}.json", cast.name));
    if !path.exists() {
        return Ok(None);
    }
    let receipt: serde_json::Value = serde_json::from_slice(&std::fs::read(path)?)?;
    Ok(receipt["merge"].as_str().map(str::to_string))
}

fn check(scene: &Scene, cast: &Cast, role: &Role, events: &[Event]) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let mut say = |what: String| wrong.push(format!("{} #{}: {what}", cast.name, role.number));
    let mirror = scene.mirror(cast.name);
    let show = show(scene, cast, role)?;
    let phase = show["run"]["phase"].as_str().unwrap_or("none");
    if phase != role.ends {
        say(format!("ended {phase}, not {} ({})", role.ends, show["run"]["reason"]));
    }
    let went: Vec<String> = phases(role, events).into_iter().map(|(p, _)| p).collect();
    for wanted in role.through.iter().filter(|w| !went.iter().any(|p| p == *w)) {
        say(format!("was never {wanted}: {}", went.join(" → ")));
    }
    if went.last().map(String::as_str) != Some(phase) {
        say(format!("its events end in {:?}, its record says {phase}", went.last()));
    }
    match (landed(scene, cast, &show)?, role.ends) {
        (None, "done") => say("has no receipt".into()),
        (Some(sha), "done") if !holds(&scene.repo(cast.name), scene.primary(cast.name)?.as_deref(), &sha) => {
            say(format!("{sha} is not on main"))
        }
        (Some(sha), "done") if !holds(&mirror, head(&mirror, MAIN).as_deref(), &sha) => {
            say(format!("{sha} is not on the mirror"))
        }
        (Some(sha), ends) if ends != "done" => say(format!("landed as {sha}")),
        _ => {}
    }
    Ok(wrong)
}

fn check_project(scene: &Scene, cast: &Cast, events: &[Event]) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let landings: Vec<u64> =
        events.iter().filter(|e| e.kind == "landed").filter_map(|e| e.issue).map(|i| i.0).collect();
    if let Some(first) = cast.first.filter(|first| landings.first() != Some(first)) {
        wrong.push(format!("{}: #{first} was to land first, but the order was {landings:?}", cast.name));
    }
    let tip = scene.primary(cast.name)?;
    if cast.chore.is_some() && !has_file(&scene.repo(cast.name), tip.as_deref(), "CHORES.md") {
        wrong.push(format!("{}: the chore did not land", cast.name));
    }
    if !mirror_is_even(scene, cast)? {
        wrong.push(format!("{}: the mirror is behind", cast.name));
    }
    Ok(wrong)
}

/// Whether the mirror holds what the repository holds.
pub fn mirror_is_even(scene: &Scene, cast: &Cast) -> Result<bool> {
    Ok(head(&scene.mirror(cast.name), MAIN) == scene.primary(cast.name)?)
}

/// Whether `sha` is on the primary branch, where that is at `tip`; both are in `repo`.
fn holds(repo: &Path, tip: Option<&str>, sha: &str) -> bool {
    let inside = || -> Option<bool> {
        let repo = Repository::open(repo).ok()?;
        let (tip, id) = (Oid::from_str(tip?).ok()?, Oid::from_str(sha).ok()?);
        Some(tip == id || repo.graph_descendant_of(tip, id).ok()?)
    };
    inside().unwrap_or(false)
}

/// Whether the primary branch at `tip` has this file.
fn has_file(repo: &Path, tip: Option<&str>, file: &str) -> bool {
    let inside = || -> Option<bool> {
        let repo = Repository::open(repo).ok()?;
        let tree = repo.find_commit(Oid::from_str(tip?).ok()?).ok()?.tree().ok()?;
        Some(tree.get_name(file).is_some())
    };
    inside().unwrap_or(false)
}
