//! Commits and branches. "The remote" is what the forge shows: on the local forge that is our bare repository
//! for the branches of pulls, and the user's own for the primary branch.

use crate::domain::diff::Diff;
use crate::domain::ids::{IssueNo, Sha};
use anyhow::Result;
use std::path::PathBuf;

/// What a push came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushAnswer {
    /// The remote's branch is at the commit now.
    Pushed,
    /// It was there before.
    Already,
    /// The remote's branch is not where the lease says.
    Moved(Option<Sha>),
}

/// A worktree to be made.
#[derive(Clone, Debug)]
pub struct WorktreeSpec {
    /// The run's issue.
    pub issue: IssueNo,
    /// The branch to be on.
    pub branch: String,
    /// The commit to start at.
    pub start: Sha,
    /// Files of the user's repository to copy in; never committed.
    pub copy: Vec<String>,
    /// Author name and e-mail where the user has none configured.
    pub identity: (String, String),
}

/// A session's worktree as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worktree {
    /// Where it is.
    pub path: PathBuf,
    /// What is checked out; none before the first commit or when it cannot be read.
    pub head: Option<Sha>,
    /// How many commits that has which the base lacks.
    pub ahead: usize,
    /// Files changed or new and not committed.
    pub dirty: Vec<String>,
}

/// What became of a worktree that was to be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It is gone; everything in it is elsewhere.
    Removed,
    /// It was not there.
    Absent,
    /// It holds what is nowhere else, and stays.
    Kept(String),
}

/// A merge tried in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MergeTry {
    /// Clean: the tree that it gives.
    Clean(Sha),
    /// Not without somebody's hand in these files.
    Conflict(Vec<String>),
}

/// What a landing in git came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landed {
    /// The primary branch is at the merge.
    Landed,
    /// The base has moved.
    BaseMoved,
    /// The folder it is checked out in has changes of its own: where, and which.
    Dirty(PathBuf, Vec<String>),
}

/// What a push to a mirror came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mirrored {
    /// The mirror is at the same commit.
    Done,
    /// The mirror holds commits that we don't: nothing was pushed.
    Diverged(String),
    /// It could not be reached, or refused.
    Failed(String),
}

/// Git, for one project. Callers hold the repository lock for whatever changes something.
pub trait Git {
    /// Brings our repository up to date with the remote.
    fn sync(&self) -> Result<()>;
    /// The remote's primary branch, as last synced.
    fn primary(&self) -> Result<Sha>;
    /// A branch of the remote, as last synced.
    fn branch(&self, name: &str) -> Result<Option<Sha>>;
    /// Publishes a commit as a branch, if that is still at `lease`.
    fn push(&self, branch: &str, sha: &Sha, lease: Option<&Sha>) -> Result<PushAnswer>;
    /// Removes a branch of the remote, if it is still at `at`; false if it is not.
    fn drop_branch(&self, branch: &str, at: &Sha) -> Result<bool>;
    /// Takes a branch over from the user's repository (local forge: a person's pull).
    fn adopt(&self, branch: &str) -> Result<Option<Sha>>;
    /// Makes a session's worktree, or leaves the one that is there.
    fn make_worktree(&self, spec: &WorktreeSpec) -> Result<PathBuf>;
    /// Where a session's worktree is or would be.
    fn worktree_path(&self, issue: IssueNo) -> PathBuf;
    /// A session's worktree, compared with `base`; none if there is none.
    fn worktree(&self, issue: IssueNo, base: &Sha) -> Result<Option<Worktree>>;
    /// Fetches everything a worktree holds into our repository, its head as the run's own ref.
    fn rescue(&self, issue: IssueNo, attempt: u32) -> Result<Option<Sha>>;
    /// Moves a clean worktree forward to a commit; false if it is not clean or not behind it.
    fn forward_worktree(&self, issue: IssueNo, to: &Sha) -> Result<bool>;
    /// Removes a worktree if everything in it is elsewhere.
    fn remove_worktree(&self, issue: IssueNo) -> Result<Removal>;
    /// How many commits `head` has that `base` lacks.
    fn ahead(&self, base: &Sha, head: &Sha) -> Result<usize>;
    /// Whether `old` is an ancestor of `new` or the same.
    fn contains(&self, new: &Sha, old: &Sha) -> Result<bool>;
    /// Finds a commit by a full or shortened id.
    fn find(&self, id: &str) -> Result<Option<Sha>>;
    /// Subject lines of what `head` has and `base` lacks, newest first, at most 20.
    fn subjects(&self, base: &Sha, head: &Sha) -> Result<Vec<String>>;
    /// What publishing `head` would publish.
    fn diff(&self, base: &Sha, head: &Sha) -> Result<Diff>;
    /// The same as a patch for people.
    fn patch(&self, base: &Sha, head: &Sha) -> Result<String>;
    /// Tries a merge in memory.
    fn try_merge(&self, base: &Sha, head: &Sha) -> Result<MergeTry>;
    /// Makes the commits that `head` has and `base` lacks anew on top of `base`, in memory; none if that is not clean.
    fn replay(&self, head: &Sha, base: &Sha) -> Result<Option<Sha>>;
    /// Makes a commit of a tree.
    fn commit(&self, tree: &Sha, parents: &[&Sha], message: &str) -> Result<Sha>;
    /// The tree of a commit.
    fn tree(&self, commit: &Sha) -> Result<Sha>;
    /// What a commit was made on top of: its first parent.
    fn first_parent(&self, commit: &Sha) -> Result<Sha>;
    /// Moves the primary branch from `from` to `to` (local forge).
    fn land(&self, from: &Sha, to: &Sha) -> Result<Landed>;
    /// Puts a commit into the checkout of a slot of `verify`, emptying it first if asked.
    fn checkout(&self, slot: u32, sha: &Sha, clean: bool) -> Result<PathBuf>;
    /// Tracked files that differ from what is checked out in a folder of ours.
    fn changed(&self, folder: &std::path::Path) -> Result<Vec<String>>;
    /// Pushes the primary branch and all tags to a mirror, forward only.
    fn mirror(&self, name: &str, url: &str, seconds: u64) -> Result<Mirrored>;
    /// Goes through the motions of publishing a branch on the remote, and leaves it at that.
    fn try_push(&self) -> Result<()>;
    /// Goes through the motions of pushing to a mirror, and leaves it at that.
    fn try_mirror(&self, name: &str, url: &str, seconds: u64) -> Result<Mirrored>;
}
