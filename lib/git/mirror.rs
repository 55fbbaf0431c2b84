//! Mirrors: the primary branch and all tags, forward only. A mirror that holds more than we do is left alone.

use super::remote::borrowed;
use super::{Repo, program};
use crate::effect;
use crate::world::Mirrored;
use anyhow::{Result, bail};

impl Repo {
    /// Pushes to one mirror, for at most `seconds`: all of it or nothing.
    pub(super) fn push_mirror(&self, name: &str, url: &str, seconds: u64) -> Result<Mirrored> {
        self.ensure()?;
        self.take_tags(seconds)?;
        let branch = format!("refs/heads/{0}:refs/heads/{0}", self.primary);
        // The address may hold a password: it is configuration of this call, not an argument of it.
        let config = [("remote.mirror.url", url)];
        let args =
            ["push", "--porcelain", "--atomic", "--no-verify", "mirror", &branch, "refs/tags/*:refs/tags/*"];
        effect::at("mirror: before the push");
        let said = match program::try_change(&self.bare, &args, &config, seconds) {
            Ok(said) => said,
            Err(e) => return Ok(Mirrored::Failed(format!("{e:#}"))),
        };
        effect::at("mirror: pushed");
        Ok(came_to(name, &said))
    }

    /// Asks a mirror whether it would take the primary branch.
    pub(super) fn rehearse_mirror(&self, name: &str, url: &str, seconds: u64) -> Result<Mirrored> {
        self.ensure()?;
        let branch = format!("refs/heads/{0}:refs/heads/{0}", self.primary);
        let args = ["push", "--dry-run", "--porcelain", "--no-verify", "mirror", &branch];
        Ok(match program::ask_with(&self.bare, &args, &[("remote.mirror.url", url)], seconds) {
            Ok(said) => came_to(name, &said),
            Err(e) => Mirrored::Failed(format!("{e:#}")),
        })
    }

    /// The user's new tags. One that was moved stays as it was first published: nothing here is ever forced.
    fn take_tags(&self, seconds: u64) -> Result<()> {
        // Not --quiet: then git would not say which of its refusals it was.
        let (from, config) = self.tags_from()?;
        let args = ["fetch", &from, "refs/tags/*:refs/tags/*"];
        effect::at("mirror: before the tags are fetched");
        let said = program::try_change(&self.bare, &args, &borrowed(&config), seconds)?;
        effect::at("mirror: tags fetched");
        if !said.ok && !said.errors.contains("would clobber existing tag") {
            bail!("fetching tags from {} failed: {}", self.source(), said.complaint());
        }
        Ok(())
    }
}

/// What a push to a mirror came to, by what git said.
fn came_to(name: &str, said: &program::Said) -> Mirrored {
    if said.ok {
        return Mirrored::Done;
    }
    let refused: Vec<&str> = said.text.lines().filter(|l| l.starts_with('!')).filter(is_theirs).collect();
    if refused.is_empty() {
        return Mirrored::Failed(said.complaint().to_string());
    }
    Mirrored::Diverged(format!("{name}: {}", refused.join("; ")))
}

/// Whether a ref was refused because the mirror has something else there. Those that only went down with it
/// ("atomic push failed") are not named.
fn is_theirs(line: &&str) -> bool {
    ["non-fast-forward", "fetch first", "already exists", "stale info"].iter().any(|why| line.contains(why))
}
