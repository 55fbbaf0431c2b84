//! Bringing a session's worktree up to a head that was made elsewhere. Files, index and branch cannot move in one:
//! a move that was cut off is told from the session's own changes, and finished.

use super::worktree::{dirty, open_closed};
use super::{Repo, oid};
use crate::domain::ids::{IssueNo, Sha};
use crate::effect;
use anyhow::Result;
use git2::build::CheckoutBuilder;
use git2::{DiffOptions, Oid, Repository, StatusOptions, Tree};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

impl Repo {
    /// Moves a clean worktree that is behind `to` forward to it.
    pub(super) fn fast_forward(&self, issue: IssueNo, to: &Sha) -> Result<bool> {
        let path = self.worktrees.join(issue.to_string());
        if !path.exists() {
            return Ok(false);
        }
        // In a repository that is not the session's own nothing is moved; looking at it says what is wrong.
        let Ok(repo) = open_closed(&path) else { return Ok(false) };
        let (target, head) = (oid(to)?, repo.head()?);
        let Some(at) = head.target() else { return Ok(false) };
        if at == target {
            return Ok(true);
        }
        let Some(name) = head.name().ok().map(str::to_string) else { return Ok(false) };
        if !repo.graph_descendant_of(target, at)? {
            return Ok(false);
        }
        let mut options = CheckoutBuilder::new();
        if dirty(&repo)?.is_empty() {
            options.safe();
        } else if is_half_moved(&repo, &tree(&repo, at)?, &tree(&repo, target)?)? {
            options.force();
        } else {
            return Ok(false);
        }
        effect::at("forward: before the files are brought in");
        repo.checkout_tree(repo.find_commit(target)?.as_object(), Some(&mut options))?;
        effect::at("forward: before the branch moves");
        repo.reference(&name, target, true, "drover: bring the worktree up to date")?;
        effect::at("forward: done");
        Ok(true)
    }
}

fn tree(repo: &Repository, commit: Oid) -> Result<Tree<'_>> {
    Ok(repo.find_commit(commit)?.tree()?)
}

/// Whether every file that differs from `from` is as it will be in `to`, and no other is in the way: then nothing of
/// the session's is overwritten by going on.
fn is_half_moved(repo: &Repository, from: &Tree<'_>, to: &Tree<'_>) -> Result<bool> {
    let index = repo.index()?;
    let of = |tree: &Tree<'_>, path: &Path| tree.get_path(path).ok().map(|e| e.id());
    let still_to_move = differing(repo, to)?;
    let is_moved = |path: &PathBuf| {
        let staged = index.get_path(path, 0).map(|e| e.id);
        !still_to_move.contains(path) && (staged == of(from, path) || staged == of(to, path))
    };
    let foreign = |path: &&PathBuf| of(from, path).is_none() && of(to, path).is_some();
    let in_the_way = still_to_move.iter().filter(foreign);
    let folder = repo.workdir().unwrap_or(Path::new("/"));
    Ok(changed(repo)?.iter().all(is_moved) && in_the_way.into_iter().all(|p| !folder.join(p).exists()))
}

/// Files that differ from the head or the index, new ones too.
fn changed(repo: &Repository) -> Result<Vec<PathBuf>> {
    let mut options = StatusOptions::new();
    options.include_untracked(true).recurse_untracked_dirs(true).exclude_submodules(true);
    let all = repo.statuses(Some(&mut options))?;
    Ok(all.iter().map(|s| path_of(s.path_bytes())).collect())
}

/// Files of the folder that are not as in `tree`.
fn differing(repo: &Repository, tree: &Tree<'_>) -> Result<BTreeSet<PathBuf>> {
    let mut options = DiffOptions::new();
    options.include_untracked(true).recurse_untracked_dirs(true).ignore_submodules(true);
    let diff = repo.diff_tree_to_workdir(Some(tree), Some(&mut options))?;
    let path = |d: git2::DiffDelta<'_>| d.new_file().path_bytes().or(d.old_file().path_bytes()).map(path_of);
    Ok(diff.deltas().filter_map(path).collect())
}

fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}
