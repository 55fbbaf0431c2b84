//! What a run would publish, as facts for the gates and as a patch for people.

use super::{Repo, oid, sha};
use crate::domain::diff::{AddedLine, Change, CommitFacts, Diff, FileChange};
use crate::domain::ids::Sha;
use anyhow::Result;
use git2::{Commit, Delta, DiffFormat, DiffOptions, FileMode, Repository};
use std::collections::HashSet;

/// Bytes of added lines read at most. More than that is said to be truncated, and a gate refuses it.
const READ_LIMIT: usize = 32 << 20;

impl Repo {
    /// Everything that publishing `head` on top of `base` would make public: every commit and all its lines.
    pub(super) fn diff_facts(&self, base: &Sha, head: &Sha) -> Result<Diff> {
        let repo = self.bare()?;
        let start = repo.merge_base(oid(base)?, oid(head)?).unwrap_or(oid(base)?);
        let mut diff = Diff { commits: vec![], files: vec![], added: vec![], truncated: false };
        let mut walk = repo.revwalk()?;
        walk.push(oid(head)?)?;
        walk.hide(oid(base)?)?;
        for id in walk {
            let commit = repo.find_commit(id?)?;
            diff.commits.push(facts(&commit)?);
            add_own_lines(&repo, &commit, &mut diff)?;
        }
        let (old, new) = (repo.find_commit(start)?, repo.find_commit(oid(head)?)?);
        add_files(&repo, &old, &new, &mut diff)?;
        Ok(diff)
    }

    /// The change as a patch.
    pub(super) fn patch_text(&self, base: &Sha, head: &Sha) -> Result<String> {
        let repo = self.bare()?;
        let start = repo.merge_base(oid(base)?, oid(head)?).unwrap_or(oid(base)?);
        let (old, new) = (repo.find_commit(start)?.tree()?, repo.find_commit(oid(head)?)?.tree()?);
        let diff = repo.diff_tree_to_tree(Some(&old), Some(&new), None)?;
        let mut out = Vec::new();
        diff.print(DiffFormat::Patch, |_, _, line| {
            if matches!(line.origin(), '+' | '-' | ' ') {
                out.push(line.origin() as u8);
            }
            out.extend_from_slice(line.content());
            true
        })?;
        Ok(String::from_utf8_lossy(&out).into_owned())
    }
}

fn facts(commit: &Commit<'_>) -> Result<CommitFacts> {
    let who = |s: git2::Signature<'_>| {
        format!("{} <{}>", String::from_utf8_lossy(s.name_bytes()), String::from_utf8_lossy(s.email_bytes()))
    };
    Ok(CommitFacts {
        sha: sha(commit.id())?,
        author: who(commit.author()),
        committer: who(commit.committer()),
        message: String::from_utf8_lossy(commit.message_bytes()).into_owned(),
        parents: commit.parent_count(),
    })
}

/// The lines that a commit itself adds. A merge's own are those that none of its sides has: what differs from each
/// of them; the lines of either side stand in that side's commits, or were public before.
fn add_own_lines(repo: &Repository, commit: &Commit<'_>, out: &mut Diff) -> Result<()> {
    let parents = commit.parents().map(|p| p.tree()).collect::<Result<Vec<_>, _>>()?;
    let Some((first, others)) = parents.split_first() else { return add_lines(repo, None, commit, out) };
    let known = out.added.len();
    add_lines(repo, Some(first), commit, out)?;
    for other in others {
        let mut against = Diff { truncated: out.truncated, ..Diff::default() };
        add_lines(repo, Some(other), commit, &mut against)?;
        let own: HashSet<(&str, u32)> = against.added.iter().map(|l| (l.path.as_str(), l.line)).collect();
        let mut at = 0;
        out.added.retain(|line| {
            at += 1;
            at <= known || own.contains(&(line.path.as_str(), line.line))
        });
    }
    Ok(())
}

fn add_lines(
    repo: &Repository,
    old: Option<&git2::Tree<'_>>,
    commit: &Commit<'_>,
    out: &mut Diff,
) -> Result<()> {
    let id = sha(commit.id())?;
    let mut options = DiffOptions::new();
    options.context_lines(0);
    let diff = repo.diff_tree_to_tree(old, Some(&commit.tree()?), Some(&mut options))?;
    let mut read: usize = out.added.iter().map(|l| l.text.len()).sum();
    let (mut lines, mut truncated) = (Vec::new(), false);
    diff.print(DiffFormat::Patch, |delta, _, line| {
        if line.origin() == '+' {
            read += line.content().len();
            if read > READ_LIMIT {
                truncated = true;
                return true;
            }
            let path = delta.new_file().path_bytes().map(|p| String::from_utf8_lossy(p).into_owned());
            let text = String::from_utf8_lossy(line.content()).trim_end_matches('\n').to_string();
            lines.push(AddedLine {
                commit: id.clone(),
                path: path.unwrap_or_default(),
                line: line.new_lineno().unwrap_or(0),
                text,
            });
        }
        true
    })?;
    out.added.extend(lines);
    out.truncated |= truncated;
    Ok(())
}

fn add_files(repo: &Repository, old: &Commit<'_>, new: &Commit<'_>, out: &mut Diff) -> Result<()> {
    // Renames are not looked for: as a deletion and an addition both of their paths are seen by the gates.
    let diff = repo.diff_tree_to_tree(Some(&old.tree()?), Some(&new.tree()?), None)?;
    for delta in diff.deltas() {
        let file = delta.new_file();
        let blob = repo.find_blob(file.id()).ok();
        let executable = |mode: FileMode| mode == FileMode::BlobExecutable;
        out.files.push(FileChange {
            path: file.path_bytes().map(|p| String::from_utf8_lossy(p).into_owned()).unwrap_or_default(),
            change: change(delta.status()),
            bytes: blob.as_ref().map_or(0, |b| b.size() as u64),
            binary: blob.as_ref().is_some_and(git2::Blob::is_binary),
            executable_added: executable(file.mode()) && !executable(delta.old_file().mode()),
            symlink: file.mode() == FileMode::Link,
            submodule: file.mode() == FileMode::Commit,
        });
    }
    Ok(())
}

fn change(status: Delta) -> Change {
    match status {
        Delta::Added | Delta::Copied | Delta::Untracked => Change::Added,
        Delta::Deleted => Change::Deleted,
        Delta::Renamed => Change::Renamed,
        _ => Change::Modified,
    }
}
