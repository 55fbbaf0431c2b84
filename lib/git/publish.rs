//! Publishing a run's commits, and what can be computed from commits without a working folder: merges in
//! memory, new commits.

use super::sync::read_ref;
use super::{Repo, oid, sha};
use crate::domain::ids::Sha;
use crate::effect;
use crate::world::{MergeTry, PushAnswer};
use anyhow::{Context, Result};
use git2::{ErrorCode, MergeOptions, Oid, Repository, Signature};

impl Repo {
    /// On the local forge our own repository is what the forge shows: publishing is a compare-and-swap of a ref.
    pub(super) fn publish(&self, branch: &str, to: &Sha, lease: Option<&Sha>) -> Result<PushAnswer> {
        let repo = self.bare()?;
        let name = format!("refs/heads/{branch}");
        let now = read_ref(&repo, &name)?;
        if now.as_ref() == Some(to) {
            return Ok(PushAnswer::Already);
        }
        if now.as_ref() != lease {
            return Ok(PushAnswer::Moved(now));
        }
        effect::at("publish: before the ref moves");
        let swapped = match &now {
            None => repo.reference(&name, oid(to)?, false, "drover: publish"),
            Some(old) => repo.reference_matching(&name, oid(to)?, true, oid(old)?, "drover: publish"),
        };
        match swapped {
            Ok(_) => {
                effect::at("publish: ref moved");
                Ok(PushAnswer::Pushed)
            }
            Err(e) if matches!(e.code(), ErrorCode::Modified | ErrorCode::Exists) => {
                Ok(PushAnswer::Moved(read_ref(&repo, &name)?))
            }
            Err(e) => Err(e).with_context(|| format!("publishing {branch}")),
        }
    }

    /// Merges two commits in memory; the tree goes into our repository, no ref moves.
    pub(super) fn merge_in_memory(&self, base: &Sha, head: &Sha) -> Result<MergeTry> {
        let repo = self.bare()?;
        let (ours, theirs) = (repo.find_commit(oid(base)?)?, repo.find_commit(oid(head)?)?);
        let mut options = MergeOptions::new();
        options.find_renames(true);
        let mut index = repo.merge_commits(&ours, &theirs, Some(&options))?;
        if !index.has_conflicts() {
            return Ok(MergeTry::Clean(sha(index.write_tree_to(&repo)?)?));
        }
        let mut paths = Vec::new();
        for conflict in index.conflicts()? {
            let conflict = conflict?;
            let side = [conflict.our, conflict.their, conflict.ancestor].into_iter().flatten().next();
            paths.extend(side.map(|entry| String::from_utf8_lossy(&entry.path).into_owned()));
        }
        paths.sort();
        paths.dedup();
        Ok(MergeTry::Conflict(paths))
    }

    /// Rebases in memory; authors and messages stay, no ref moves.
    pub(super) fn rebase_in_memory(&self, head: &Sha, base: &Sha) -> Result<Option<Sha>> {
        let repo = self.bare()?;
        let (branch, onto) =
            (repo.find_annotated_commit(oid(head)?)?, repo.find_annotated_commit(oid(base)?)?);
        let mut options = git2::RebaseOptions::new();
        options.inmemory(true);
        let mut rebase = repo.rebase(Some(&branch), Some(&onto), None, Some(&mut options))?;
        let who = signature(&repo)?;
        let mut last = oid(base)?;
        while let Some(step) = rebase.next() {
            step?;
            if rebase.inmemory_index()?.has_conflicts() {
                return Ok(None);
            }
            match rebase.commit(None, &who, None) {
                Ok(made) => last = made,
                // The base holds this change already: there is nothing left of the commit.
                Err(e) if e.code() == ErrorCode::Applied => {}
                Err(e) => return Err(e.into()),
            }
        }
        Ok(Some(sha(last)?))
    }

    /// Makes a commit of ours; no ref moves.
    pub(super) fn make_commit(&self, tree: &Sha, parents: &[&Sha], message: &str) -> Result<Sha> {
        let repo = self.bare()?;
        let tree = repo.find_tree(oid(tree)?)?;
        let commits = parents.iter().map(|p| Ok(repo.find_commit(oid(p)?)?)).collect::<Result<Vec<_>>>()?;
        let who = signature(&repo)?;
        let made = repo.commit(None, &who, &who, message, &tree, &commits.iter().collect::<Vec<_>>())?;
        sha(made)
    }

    /// A commit by its full or shortened id; none if there is none or if more than one fits.
    pub(super) fn find_commit(&self, id: &str) -> Result<Option<Sha>> {
        let hex = (7..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_hexdigit());
        if !hex {
            return Ok(None);
        }
        let repo = self.bare()?;
        match repo.revparse_single(&format!("{id}^{{commit}}")) {
            Ok(object) => Ok(Some(sha(object.id())?)),
            Err(e)
                if matches!(
                    e.code(),
                    ErrorCode::NotFound | ErrorCode::Ambiguous | ErrorCode::InvalidSpec | ErrorCode::Peel
                ) =>
            {
                Ok(None)
            }
            Err(e) => Err(e.into()),
        }
    }

    /// Subject lines of the commits that `head` has and `base` lacks, newest first, at most 20.
    pub(super) fn subject_lines(&self, base: &Sha, head: &Sha) -> Result<Vec<String>> {
        let repo = self.bare()?;
        let mut walk = repo.revwalk()?;
        walk.push(oid(head)?)?;
        walk.hide(oid(base)?)?;
        let subject = |id: Result<Oid, git2::Error>| -> Result<String> {
            let commit = repo.find_commit(id?)?;
            let bytes = commit.summary_bytes().unwrap_or_default();
            Ok(format!("{} {}", &commit.id().to_string()[..10], String::from_utf8_lossy(bytes)))
        };
        walk.take(20).map(subject).collect()
    }
}

/// Our own name for the commits that we make: merges and updates.
fn signature(repo: &Repository) -> Result<Signature<'static>> {
    // The user's own identity signs what lands in the user's own repository; without one it is ours.
    Ok(repo.signature().map(|s| s.to_owned()).or_else(|_| Signature::now("drover", "drover@localhost"))?)
}
