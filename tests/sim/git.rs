//! Git in memory: commits are trees of files, merges are made file by file.

use anyhow::{Result, anyhow};
use drover::domain::diff::{CommitFacts, Diff};
use drover::domain::ids::{IssueNo, Sha};
use drover::world::{Git, Landed, MergeTry, Mirrored, PushAnswer, Removal, Worktree, WorktreeSpec};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

type Tree = BTreeMap<String, String>;

#[derive(Clone)]
struct Commit {
    parents: Vec<Sha>,
    tree: Tree,
    message: String,
}

#[derive(Default)]
struct State {
    commits: BTreeMap<Sha, Commit>,
    trees: BTreeMap<Sha, Tree>,
    branches: BTreeMap<String, Sha>,
    worktrees: BTreeMap<IssueNo, Sha>,
    mirrors: BTreeMap<String, Sha>,
    checkouts: BTreeMap<u32, Sha>,
}

/// One repository, shared by whoever holds a handle.
#[derive(Clone, Default)]
pub struct MemGit(Rc<RefCell<State>>);

/// A name made of content: the same content, the same name.
fn name(content: &str) -> Sha {
    let a = drover::store::disk::fnv(content.as_bytes());
    let b = drover::store::disk::fnv(format!("{content}!").as_bytes());
    format!("{a:016x}{b:016x}{:08x}", a as u32).parse().unwrap()
}

impl MemGit {
    /// A repository with one commit on main.
    pub fn new() -> MemGit {
        let git = MemGit::default();
        let first = git.add(vec![], Tree::from([("README.md".into(), "hello".into())]), "begin");
        git.0.borrow_mut().branches.insert("main".into(), first);
        git
    }

    fn add(&self, parents: Vec<Sha>, tree: Tree, message: &str) -> Sha {
        let id = name(&format!("{parents:?}{tree:?}{message}"));
        self.0.borrow_mut().commits.insert(id.clone(), Commit { parents, tree, message: message.into() });
        id
    }

    /// A session's commit: one file changed.
    pub fn work(&self, issue: IssueNo, file: &str, text: &str) {
        let head = self.0.borrow().worktrees[&issue].clone();
        let mut tree = self.commit_of(&head).unwrap().tree;
        tree.insert(file.into(), text.into());
        let id = self.add(vec![head], tree, "work");
        self.0.borrow_mut().worktrees.insert(issue, id);
    }

    /// The text of a file on main.
    pub fn file_on_main(&self, file: &str) -> Option<String> {
        let main = self.0.borrow().branches["main"].clone();
        self.commit_of(&main).unwrap().tree.get(file).cloned()
    }

    /// The text of a file in a slot's checkout.
    pub fn files_of(&self, sha: &Sha) -> Tree {
        self.commit_of(sha).unwrap().tree
    }

    fn commit_of(&self, sha: &Sha) -> Result<Commit> {
        self.0.borrow().commits.get(sha).cloned().ok_or_else(|| anyhow!("no commit {sha}"))
    }

    fn history(&self, from: &Sha) -> BTreeSet<Sha> {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(at) = open.pop() {
            if seen.insert(at.clone()) {
                open.extend(self.commit_of(&at).map(|c| c.parents).unwrap_or_default());
            }
        }
        seen
    }

    fn base(&self, a: &Sha, b: &Sha) -> Tree {
        let of_b = self.history(b);
        let mut open = std::collections::VecDeque::from([a.clone()]);
        while let Some(at) = open.pop_front() {
            let commit = self.commit_of(&at).unwrap();
            if of_b.contains(&at) {
                return commit.tree;
            }
            open.extend(commit.parents);
        }
        Tree::new()
    }

    fn keep_tree(&self, tree: Tree) -> Sha {
        let id = name(&format!("tree{tree:?}"));
        self.0.borrow_mut().trees.insert(id.clone(), tree);
        id
    }
}

impl Git for MemGit {
    fn sync(&self) -> Result<()> {
        Ok(())
    }

    fn primary(&self) -> Result<Sha> {
        Ok(self.0.borrow().branches["main"].clone())
    }

    fn branch(&self, name: &str) -> Result<Option<Sha>> {
        Ok(self.0.borrow().branches.get(name).cloned())
    }

    fn push(&self, branch: &str, sha: &Sha, lease: Option<&Sha>) -> Result<PushAnswer> {
        let now = self.branch(branch)?;
        if now.as_ref() == Some(sha) {
            return Ok(PushAnswer::Already);
        }
        if now.as_ref() != lease {
            return Ok(PushAnswer::Moved(now));
        }
        self.0.borrow_mut().branches.insert(branch.into(), sha.clone());
        Ok(PushAnswer::Pushed)
    }

    fn adopt(&self, branch: &str) -> Result<Option<Sha>> {
        self.branch(branch)
    }

    fn make_worktree(&self, spec: &WorktreeSpec) -> Result<PathBuf> {
        self.0.borrow_mut().worktrees.entry(spec.issue).or_insert_with(|| spec.start.clone());
        Ok(self.worktree_path(spec.issue))
    }

    fn worktree_path(&self, issue: IssueNo) -> PathBuf {
        PathBuf::from(format!("/worktrees/{issue}"))
    }

    fn worktree(&self, issue: IssueNo, base: &Sha) -> Result<Option<Worktree>> {
        let Some(head) = self.0.borrow().worktrees.get(&issue).cloned() else { return Ok(None) };
        let ahead = self.ahead(base, &head)?;
        Ok(Some(Worktree { path: self.worktree_path(issue), head: Some(head), ahead, dirty: vec![] }))
    }

    fn rescue(&self, issue: IssueNo, _: u32) -> Result<Option<Sha>> {
        Ok(self.0.borrow().worktrees.get(&issue).cloned())
    }

    fn forward_worktree(&self, issue: IssueNo, to: &Sha) -> Result<bool> {
        let Some(head) = self.rescue(issue, 0)? else { return Ok(false) };
        let behind = self.contains(to, &head)?;
        if behind {
            self.0.borrow_mut().worktrees.insert(issue, to.clone());
        }
        Ok(behind)
    }

    fn remove_worktree(&self, issue: IssueNo) -> Result<Removal> {
        let Some(head) = self.rescue(issue, 0)? else { return Ok(Removal::Absent) };
        let heads: Vec<Sha> = self.0.borrow().branches.values().cloned().collect();
        if !heads.iter().any(|h| self.history(h).contains(&head)) {
            return Ok(Removal::Kept("nowhere else".into()));
        }
        self.0.borrow_mut().worktrees.remove(&issue);
        Ok(Removal::Removed)
    }

    fn ahead(&self, base: &Sha, head: &Sha) -> Result<usize> {
        let known = self.history(base);
        Ok(self.history(head).iter().filter(|c| !known.contains(c)).count())
    }

    fn contains(&self, new: &Sha, old: &Sha) -> Result<bool> {
        Ok(self.history(new).contains(old))
    }

    fn find(&self, id: &str) -> Result<Option<Sha>> {
        Ok(self.0.borrow().commits.keys().find(|c| id.len() >= 7 && c.as_str().starts_with(id)).cloned())
    }

    fn subjects(&self, base: &Sha, head: &Sha) -> Result<Vec<String>> {
        let known = self.history(base);
        let new = self.history(head).into_iter().filter(|c| !known.contains(c));
        new.map(|c| Ok(self.commit_of(&c)?.message)).collect()
    }

    fn diff(&self, base: &Sha, head: &Sha) -> Result<Diff> {
        let known = self.history(base);
        let facts = |sha: Sha| CommitFacts {
            parents: 1,
            sha,
            author: "a <a@b>".into(),
            committer: "a <a@b>".into(),
            message: "work".into(),
        };
        let commits = self.history(head).into_iter().filter(|c| !known.contains(c)).map(facts).collect();
        Ok(Diff { commits, ..Diff::default() })
    }

    fn patch(&self, _: &Sha, head: &Sha) -> Result<String> {
        Ok(format!("{:?}", self.commit_of(head)?.tree))
    }

    fn try_merge(&self, base: &Sha, head: &Sha) -> Result<MergeTry> {
        let (ours, theirs, old) =
            (self.commit_of(base)?.tree, self.commit_of(head)?.tree, self.base(base, head));
        let (mut merged, mut conflicts) = (Tree::new(), vec![]);
        let paths: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
        for path in paths {
            let (o, t, b) = (ours.get(path), theirs.get(path), old.get(path));
            let chosen = if o == t || t == b {
                o
            } else if o == b {
                t
            } else {
                None
            };
            match chosen {
                Some(text) => drop(merged.insert(path.clone(), text.clone())),
                None if o == b || t == b => {}
                None => conflicts.push(path.clone()),
            }
        }
        Ok(if conflicts.is_empty() {
            MergeTry::Clean(self.keep_tree(merged))
        } else {
            MergeTry::Conflict(conflicts)
        })
    }

    fn replay(&self, head: &Sha, base: &Sha) -> Result<Option<Sha>> {
        let MergeTry::Clean(tree) = self.try_merge(base, head)? else { return Ok(None) };
        self.commit(&tree, &[base], "replayed").map(Some)
    }

    fn commit(&self, tree: &Sha, parents: &[&Sha], message: &str) -> Result<Sha> {
        let files = self.0.borrow().trees.get(tree).cloned().ok_or_else(|| anyhow!("no tree {tree}"))?;
        Ok(self.add(parents.iter().map(|p| (*p).clone()).collect(), files, message))
    }

    fn tree(&self, commit: &Sha) -> Result<Sha> {
        let tree = self.commit_of(commit)?.tree;
        Ok(self.keep_tree(tree))
    }

    fn first_parent(&self, commit: &Sha) -> Result<Sha> {
        Ok(self.commit_of(commit)?.parents[0].clone())
    }

    fn land(&self, from: &Sha, to: &Sha) -> Result<Landed> {
        let now = self.primary()?;
        if now != *from && now != *to {
            return Ok(Landed::BaseMoved);
        }
        self.0.borrow_mut().branches.insert("main".into(), to.clone());
        Ok(Landed::Landed)
    }

    fn checkout(&self, slot: u32, sha: &Sha, _: bool) -> Result<PathBuf> {
        self.0.borrow_mut().checkouts.insert(slot, sha.clone());
        Ok(PathBuf::from(format!("/checkouts/{slot}")))
    }

    fn changed(&self, _: &Path) -> Result<Vec<String>> {
        Ok(vec![])
    }

    fn mirror(&self, name: &str, _: &str, _: u64) -> Result<Mirrored> {
        let main = self.primary()?;
        self.0.borrow_mut().mirrors.insert(name.into(), main);
        Ok(Mirrored::Done)
    }
}
