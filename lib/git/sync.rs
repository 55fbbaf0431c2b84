//! Our bare repository: made once from the user's, then kept up to date with it.

use super::{Repo, open_user, program, sha};
use crate::domain::ids::Sha;
use crate::effect;
use anyhow::{Context, Result};
use git2::{ErrorCode, Repository};
use std::path::Path;

/// Seconds that a local clone or fetch may take.
const LIMIT: u64 = 60;

impl Repo {
    /// Makes the bare repository if it is not there. A copy that was cut off is a folder of another name and is
    /// made anew.
    pub(super) fn ensure(&self) -> Result<()> {
        if self.bare.join("HEAD").exists() {
            return Ok(());
        }
        open_user(&self.user)?;
        let new = self.bare.with_extension("new");
        if new.exists() {
            effect::at("repository: before half of one is removed");
            std::fs::remove_dir_all(&new).with_context(|| format!("removing {}", new.display()))?;
            effect::at("repository: half of one removed");
        }
        let folder = self.bare.parent().unwrap_or(Path::new("/"));
        effect::at("repository: before its folder is made");
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        let (from, to) = (path_text(&self.user)?, path_text(&new)?);
        // A local clone links the objects: quick even for a large repository, and ours whatever the user prunes.
        let args = ["clone", "--quiet", "--bare", "--single-branch", "--branch", &self.primary, from, to];
        effect::at("repository: before the clone");
        program::change(folder, &args, LIMIT).with_context(|| {
            format!(
                "copying the branch {} of {} (does it exist, with at least one commit?)",
                self.primary,
                self.user.display()
            )
        })?;
        effect::at("repository: cloned");
        configure(&new)?;
        effect::at("repository: configured");
        std::fs::rename(&new, &self.bare)
            .with_context(|| format!("putting {} in place", self.bare.display()))?;
        effect::at("repository: in place");
        Ok(())
    }

    /// Brings the primary branch up to date. Nothing is started when it is.
    pub(super) fn sync_primary(&self) -> Result<()> {
        self.ensure()?;
        let name = format!("refs/heads/{}", self.primary);
        let theirs = read_ref(&self.user()?, &name)?
            .with_context(|| format!("{} has no branch {}", self.user.display(), self.primary))?;
        if read_ref(&*self.bare()?, &name)? == Some(theirs) {
            return Ok(());
        }
        let spec = format!("+{name}:{name}");
        let args = ["fetch", "--quiet", "--no-tags", path_text(&self.user)?, &spec];
        effect::at("sync: before the primary branch is fetched");
        program::change(&self.bare, &args, LIMIT)?;
        effect::at("sync: primary branch fetched");
        Ok(())
    }

    /// A branch of the remote, as our repository holds it.
    pub(super) fn remote_head(&self, branch: &str) -> Result<Option<Sha>> {
        read_ref(&*self.bare()?, &format!("refs/heads/{branch}"))
    }

    /// Takes a person's branch over from the user's repository; none if it is not there.
    pub(super) fn adopt_branch(&self, branch: &str) -> Result<Option<Sha>> {
        let name = format!("refs/heads/{branch}");
        let Some(theirs) = read_ref(&self.user()?, &name)? else { return Ok(None) };
        if self.remote_head(branch)?.as_ref() != Some(&theirs) {
            let spec = format!("+{name}:{name}");
            let args = ["fetch", "--quiet", "--no-tags", path_text(&self.user)?, &spec];
            effect::at("adopt: before a person's branch is fetched");
            program::change(&self.bare, &args, LIMIT)?;
            effect::at("adopt: person's branch fetched");
        }
        Ok(Some(theirs))
    }
}

fn configure(bare: &Path) -> Result<()> {
    let mut config = Repository::open_bare(bare)?.config()?;
    effect::at("repository: before it is configured");
    config.set_str("core.hooksPath", "/dev/null")?;
    config.set_bool("uploadpack.allowAnySHA1InWant", true)?;
    // Sessions' worktrees borrow our objects: nothing may be pruned while they do.
    config.set_i32("gc.auto", 0)?;
    config.set_str("gc.pruneExpire", "never")?;
    config
        .remove("remote.origin.url")
        .or_else(|e| if e.code() == ErrorCode::NotFound { Ok(()) } else { Err(e) })?;
    Ok(())
}

/// What a ref points to; none if there is no such ref.
pub(super) fn read_ref(repo: &Repository, name: &str) -> Result<Option<Sha>> {
    match repo.refname_to_id(name) {
        Ok(id) => Ok(Some(sha(id)?)),
        Err(e) if e.code() == ErrorCode::NotFound => Ok(None),
        Err(e) => Err(e).with_context(|| format!("reading {name} in {}", repo.path().display())),
    }
}

/// A path as git wants it.
pub(super) fn path_text(path: &Path) -> Result<&str> {
    path.to_str().with_context(|| format!("the path {} is not UTF-8", path.display()))
}
