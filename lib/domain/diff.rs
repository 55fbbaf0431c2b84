//! The facts of what a run would publish: its commits and what they change, as the git part reads them. Texts
//! and paths are untrusted.

use super::ids::Sha;

/// What lies between the base of a branch and its head.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// Every commit that the base lacks, oldest first.
    pub commits: Vec<CommitFacts>,
    /// What the head has changed as a whole against the base.
    pub files: Vec<FileChange>,
    /// The lines that each of the commits adds, also those that a later commit takes out again: all of them
    /// would be published.
    pub added: Vec<AddedLine>,
    /// Something was left out of the lists above because there was too much of it.
    pub truncated: bool,
}

/// One commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitFacts {
    /// Its id.
    pub sha: Sha,
    /// Who wrote it, as `name <email>`.
    pub author: String,
    /// Who committed it, as `name <email>`.
    pub committer: String,
    /// Its whole message.
    pub message: String,
    /// How many parents it has: 2 or more make a merge.
    pub parents: usize,
}

/// One file that differs between base and head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Its path from the root of the repository, with `/`; of a renamed file the new one.
    pub path: String,
    /// What became of it.
    pub change: Change,
    /// Its size at the head, in bytes; 0 if deleted.
    pub bytes: u64,
    /// Whether its content is not text.
    pub binary: bool,
    /// Whether it can be executed at the head and could not before.
    pub executable_added: bool,
    /// Whether it is a symbolic link at the head.
    pub symlink: bool,
    /// Whether it is a submodule at the head.
    pub submodule: bool,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added,
    /// Its content or mode is another.
    Modified,
    /// It is gone.
    Deleted,
    /// It has moved here. Its old path has an entry of its own as deleted, or nothing would guard that path.
    Renamed,
}

/// One line that a commit adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddedLine {
    /// The commit.
    pub commit: Sha,
    /// The file, as in [`FileChange::path`].
    pub path: String,
    /// Its number in the file as of that commit, from 1.
    pub line: u32,
    /// Its text without the line break.
    pub text: String,
}
