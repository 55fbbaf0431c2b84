//! Diffs for tests.

use super::{Rules, refusals};
use crate::domain::diff::{AddedLine, Change, CommitFacts, Diff, FileChange};
use crate::domain::ids::Sha;

/// The id of the test's commit number `n`.
pub fn sha(n: u32) -> Sha {
    format!("{n:040x}").parse().unwrap()
}

/// A commit with this message.
pub fn commit(n: u32, message: &str) -> CommitFacts {
    let who = "Agent <agent@example.org>".to_string();
    CommitFacts { sha: sha(n), author: who.clone(), committer: who, message: message.into(), parents: 1 }
}

/// One added line.
pub fn added(commit: u32, path: &str, line: u32, text: &str) -> AddedLine {
    AddedLine { commit: sha(commit), path: path.into(), line, text: text.into() }
}

/// A diff of one commit that adds these lines, numbered from 1.
pub fn one_commit(lines: &[(&str, &str)]) -> Diff {
    let added = (1..).zip(lines).map(|(n, (path, text))| added(1, path, n, text)).collect();
    Diff { commits: vec![commit(1, "Do it")], added, ..Diff::default() }
}

/// A diff of one commit that adds this text to this file.
pub fn text_in(path: &str, text: &str) -> Diff {
    one_commit(&text.lines().map(|l| (path, l)).collect::<Vec<_>>())
}

/// A small new text file.
pub fn file(path: &str) -> FileChange {
    FileChange {
        path: path.into(),
        change: Change::Added,
        bytes: 10,
        binary: false,
        executable_added: false,
        symlink: false,
        submodule: false,
    }
}

/// The gates that refuse the diff under the default rules.
pub fn gates_of(diff: &Diff) -> Vec<&'static str> {
    refusals(diff, &Rules::default()).into_iter().map(|f| f.gate).collect()
}
