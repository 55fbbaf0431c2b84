//! Checkouts in which the project's own checks run: kept between jobs for the sake of build caches. What ran there
//! before may have written anything into them, so files are brought in with the config and the refs of our own
//! repository and an index made anew; the `.git` that lies there is for the checks alone and made anew too.

use super::sync::path_text;
use super::worktree::remove_folder;
use super::{Repo, oid};
use crate::domain::ids::Sha;
use crate::effect;
use anyhow::{Context, Result};
use git2::build::CheckoutBuilder;
use git2::{DiffOptions, Index, Repository};
use std::fs;
use std::path::{Path, PathBuf};

impl Repo {
    /// Brings a slot's folder to exactly the files of `sha`; ignored files (build caches) stay unless `clean`.
    pub(super) fn checkout_slot(&self, slot: u32, sha: &Sha, clean: bool) -> Result<PathBuf> {
        let path = self.checkouts.join(slot.to_string());
        let folder = fs::symlink_metadata(&path).is_ok_and(|m| m.is_dir());
        if clean || !folder {
            remove_folder(&path)?;
        }
        if self.bring_to(&path, sha).is_ok() && !path.join(".gitmodules").exists() {
            return Ok(path);
        }
        // The `git` program, which fetches submodules, never runs where checks have run before; and whatever ran
        // here may have left something that cannot be worked with. The folder is only a cache.
        remove_folder(&path)?;
        self.bring_to(&path, sha).with_context(|| format!("checking {sha} out in {}", path.display()))?;
        self.fill_submodules(&path)?;
        Ok(path)
    }

    fn bring_to(&self, path: &Path, sha: &Sha) -> Result<()> {
        remove_git(path)?;
        effect::at("checkout: before its folder is made");
        fs::create_dir_all(path).with_context(|| format!("making {}", path.display()))?;
        let index = index_file(path);
        // With the old index a file changed under its old size and time would pass for unchanged.
        if index.exists() {
            effect::at("checkout: before the old index is removed");
            fs::remove_file(&index).with_context(|| format!("removing {}", index.display()))?;
        }
        let repo = self.at(path)?;
        let commit = repo.find_commit(oid(sha)?)?;
        let mut options = CheckoutBuilder::new();
        options.force().remove_untracked(true);
        effect::at("checkout: before the files are brought in");
        repo.checkout_tree(commit.as_object(), Some(&mut options))?;
        effect::at("checkout: files brought in");
        self.make_git(path, sha)
    }

    /// Our repository, with a slot's folder as its files and an index of its own.
    fn at(&self, path: &Path) -> Result<Repository> {
        let repo = self.another_bare()?;
        repo.set_workdir(path, false)?;
        repo.set_index(&mut Index::open(&index_file(path))?)?;
        Ok(repo)
    }

    /// A `.git` as the checks expect one: it borrows our objects, and its head is the commit.
    fn make_git(&self, path: &Path, sha: &Sha) -> Result<()> {
        drop(Repository::init(path)?);
        effect::at("checkout: its .git made");
        let alternates = path.join(".git/objects/info/alternates");
        fs::create_dir_all(path.join(".git/objects/info"))?;
        fs::write(&alternates, format!("{}\n", path_text(&self.bare.join("objects"))?))
            .with_context(|| format!("writing {}", alternates.display()))?;
        effect::at("checkout: its objects lent");
        fs::copy(index_file(path), path.join(".git/index"))
            .with_context(|| format!("writing the index of {}", path.display()))?;
        effect::at("checkout: before its head is set");
        Repository::open(path)?.set_head_detached(oid(sha)?)?;
        effect::at("checkout: complete");
        Ok(())
    }

    /// Tracked files of a checkout that differ from its commit.
    pub(super) fn changed_files(&self, folder: &Path) -> Result<Vec<String>> {
        let repo = self.at(folder)?;
        let mut options = DiffOptions::new();
        options.ignore_submodules(true);
        let diff = repo.diff_index_to_workdir(None, Some(&mut options))?;
        let path = |delta: git2::DiffDelta<'_>| {
            let file = delta.old_file();
            String::from_utf8_lossy(file.path_bytes().unwrap_or_default()).into_owned()
        };
        Ok(diff.deltas().map(path).collect())
    }
}

/// Beside the folder, where a check has no business.
fn index_file(path: &Path) -> PathBuf {
    path.with_extension("index")
}

/// Takes away what lies in place of `.git`: a folder, a link or a file.
fn remove_git(path: &Path) -> Result<()> {
    let git = path.join(".git");
    match fs::symlink_metadata(&git) {
        Err(_) => Ok(()),
        Ok(meta) if meta.is_dir() => remove_folder(&git),
        // Something that a check put there; the folder is made anew if anything goes wrong with it.
        Ok(_) => fs::remove_file(&git).with_context(|| format!("removing {}", git.display())),
    }
}
