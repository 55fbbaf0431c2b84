//! Checkouts in which the project's own checks run: kept between jobs for the sake of build caches, moved from
//! commit to commit by git2, since what ran there before may have written any config or hook into it.

use super::sync::path_text;
use super::worktree::{open_closed, remove_folder};
use super::{Repo, oid};
use crate::domain::ids::Sha;
use anyhow::{Context, Result};
use git2::Repository;
use git2::build::CheckoutBuilder;
use std::fs;
use std::path::{Path, PathBuf};

impl Repo {
    /// Brings a slot's folder to exactly the files of `sha`; ignored files (build caches) stay unless `clean`.
    pub(super) fn checkout_slot(&self, slot: u32, sha: &Sha, clean: bool) -> Result<PathBuf> {
        self.ensure()?;
        let path = self.checkouts.join(slot.to_string());
        if clean {
            remove_folder(&path)?;
        }
        let repo = match open_closed(&path) {
            Ok(repo) => repo,
            Err(_) => self.new_slot(&path)?,
        };
        let attempt = bring_to(&repo, sha);
        if attempt.is_ok() && !path.join(".gitmodules").exists() {
            return Ok(path);
        }
        // The `git` program, which fetches submodules, is never run where checks have run before. And whatever ran here left something that cannot be worked with; the folder is only a cache.
        remove_folder(&path)?;
        bring_to(&self.new_slot(&path)?, sha)
            .with_context(|| format!("checking {sha} out in {}", path.display()))?;
        self.fill_submodules(&path)?;
        Ok(path)
    }

    fn new_slot(&self, path: &Path) -> Result<Repository> {
        remove_folder(path)?;
        fs::create_dir_all(path).with_context(|| format!("making {}", path.display()))?;
        let repo = Repository::init(path)?;
        let alternates = path.join(".git/objects/info/alternates");
        let objects = self.bare.join("objects");
        fs::create_dir_all(path.join(".git/objects/info"))?;
        fs::write(&alternates, format!("{}\n", path_text(&objects)?))
            .with_context(|| format!("writing {}", alternates.display()))?;
        drop(repo);
        open_closed(path)
    }
}

fn bring_to(repo: &Repository, sha: &Sha) -> Result<()> {
    let commit = repo.find_commit(oid(sha)?)?;
    let mut options = CheckoutBuilder::new();
    options.force().remove_untracked(true);
    repo.checkout_tree(commit.as_object(), Some(&mut options))?;
    repo.set_head_detached(commit.id())?;
    Ok(())
}

/// Tracked files of a checkout that differ from its commit.
pub(super) fn changed_files(folder: &Path) -> Result<Vec<String>> {
    let repo = open_closed(folder)?;
    let mut options = git2::StatusOptions::new();
    options.include_untracked(false).exclude_submodules(true);
    let statuses = repo.statuses(Some(&mut options))?;
    Ok(statuses.iter().map(|s| String::from_utf8_lossy(s.path_bytes()).into_owned()).collect())
}
