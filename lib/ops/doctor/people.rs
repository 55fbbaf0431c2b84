//! People and what else is reached from here: channels, mirrors.

use super::{EnvCheck, check};
use crate::config::Channel;
use crate::domain::redact::Redactor;
use crate::world::{Mirrored, People, World};
use anyhow::{Context, Result, bail};

pub(super) fn checks(world: &World) -> Vec<EnvCheck> {
    [vec![who(world)], channels(world, |_| true), mirrors(world)].concat()
}

/// What does not take the forge: people who are named, channels of their own servers, and mirrors, once there is something to
/// push to them.
pub(super) fn elsewhere(world: &World) -> Vec<EnvCheck> {
    let all_named = !world.policy.trusted.is_empty() && !world.policy.reviewers.is_empty();
    let mut all: Vec<EnvCheck> = all_named.then(|| who(world)).into_iter().collect();
    all.extend(channels(world, |channel| channel != Channel::Forge));
    if world.with_repo(|git| git.primary()).is_ok() {
        all.extend(mirrors(world));
    }
    all
}

fn who(world: &World) -> EnvCheck {
    check("people", people(world), "name them in [people] maintainers and reviewers")
}

fn mirrors(world: &World) -> Vec<EnvCheck> {
    let found = world.project.mirrors.iter().map(|(name, url)| mirror(world, name, url));
    let remedy = "look at its address in [mirrors], and at your key or password for it";
    found.map(|found| check("mirror", found, remedy)).collect()
}

fn channels(world: &World, wanted: impl Fn(Channel) -> bool) -> Vec<EnvCheck> {
    let asked = world.people.iter().filter(|c| wanted(c.channel()));
    let found = asked.map(|c| channel(world, c.as_ref()));
    found.map(|found| check("channel", found, "docs/people.md tells how to set each up")).collect()
}

fn people(world: &World) -> Result<String> {
    if world.policy.trusted.is_empty() || world.policy.reviewers.is_empty() {
        bail!(
            "nobody may file issues or approve pulls: [people] is empty and the repository has no owner (git config user.name)"
        );
    }
    Ok(format!(
        "trusted: {}; reviewers: {}",
        world.policy.trusted.join(", "),
        world.policy.reviewers.join(", ")
    ))
}

/// How people are reached in one channel, and whose answers count.
fn channel(world: &World, channel: &dyn People) -> Result<String> {
    let (which, people) = (channel.channel(), &world.project.people);
    let reached = channel.reach().with_context(|| which.to_string())?;
    let reached = format!("{which}: {reached}");
    if !matches!(which, Channel::Matrix | Channel::Telegram) {
        return Ok(reached);
    }
    if let Some(name) = people.ladder.iter().find(|name| people.account(which, name).is_none()) {
        bail!("{name} of people.ladder has no account there: set [people.{name}] {which}");
    }
    let known = |name: &&String| people.account(which, name).is_some();
    let names: Vec<&str> = people.maintainers.iter().filter(known).map(String::as_str).collect();
    Ok(match names.as_slice() {
        [] => format!("{reached}; nobody can answer: set [people.<name>] {which} of a maintainer"),
        names => format!("{reached}; answers are taken from {}", names.join(", ")),
    })
}

fn mirror(world: &World, name: &str, url: &str) -> Result<String> {
    let tried = world.with_repo(|git| git.try_mirror(name, url, world.project.mirror_timeout));
    let redactor = Redactor::new(world.project.secrets());
    match tried? {
        Mirrored::Done => Ok(format!("{name} can be pushed to")),
        Mirrored::Diverged(why) => bail!("{name} holds commits that are not here: {}", redactor.redact(&why)),
        Mirrored::Failed(why) => bail!("{name}: {}", redactor.redact(&why)),
    }
}
