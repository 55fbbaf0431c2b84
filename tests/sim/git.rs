//! Git in memory: commits are trees of files, merges are made file by file. One pool of commits for the whole
//! universe; one remote; a repository, worktrees and mirrors for each host.

use anyhow::{Result, anyhow, bail};
use drover::domain::diff::{CommitFacts, Diff};
use drover::domain::ids::{IssueNo, Sha};
use drover::world::{Git, Landed, MergeTry, Mirrored, PushAnswer, Removal, Worktree, WorktreeSpec};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

pub type Tree = BTreeMap<String, String>;

struct Commit {
    parents: Vec<Sha>,
    tree: Rc<Tree>,
    message: String,
    /// Itself and all its ancestors, one bit each.
    history: Vec<u64>,
    at: usize,
}

/// All commits and trees there are.
#[derive(Default)]
pub struct Pool {
    commits: RefCell<BTreeMap<Sha, Rc<Commit>>>,
    order: RefCell<Vec<Sha>>,
    trees: RefCell<BTreeMap<Sha, Rc<Tree>>>,
}

/// A name made of content: the same content, the same name.
fn name(content: &str) -> Sha {
    let a = drover::store::disk::fnv(content.as_bytes());
    let b = a.rotate_left(17).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ content.len() as u64;
    format!("{a:016x}{b:016x}{:08x}", a as u32).parse().unwrap()
}

impl Pool {
    pub fn add(&self, parents: &[&Sha], tree: Rc<Tree>, message: &str) -> Sha {
        let id = name(&format!("{parents:?}{tree:?}{message}"));
        if self.commits.borrow().contains_key(&id) {
            return id;
        }
        let at = self.order.borrow().len();
        let mut history = vec![0u64; at / 64 + 1];
        for parent in parents {
            for (word, bits) in self.get(parent).unwrap().history.iter().enumerate() {
                history[word] |= bits;
            }
        }
        history[at / 64] |= 1 << (at % 64);
        let parents = parents.iter().map(|p| (*p).clone()).collect();
        let commit = Commit { parents, tree, message: message.into(), history, at };
        self.commits.borrow_mut().insert(id.clone(), Rc::new(commit));
        self.order.borrow_mut().push(id.clone());
        id
    }

    fn get(&self, sha: &Sha) -> Result<Rc<Commit>> {
        self.commits.borrow().get(sha).cloned().ok_or_else(|| anyhow!("no commit {sha}"))
    }

    pub fn files(&self, sha: &Sha) -> Rc<Tree> {
        self.get(sha).unwrap().tree.clone()
    }

    pub fn has(&self, new: &Sha, old: &Sha) -> bool {
        let (Ok(new), Ok(old)) = (self.get(new), self.get(old)) else { return false };
        new.history.get(old.at / 64).is_some_and(|word| word >> (old.at % 64) & 1 == 1)
    }

    /// Whether its own checks would pass: the one truth about a commit.
    pub fn is_sound(&self, sha: &Sha) -> bool {
        self.files(sha).values().all(|t| !t.contains("BROKEN"))
    }

    fn between(&self, base: &Sha, head: &Sha) -> Result<Vec<Sha>> {
        let (base, head) = (self.get(base)?, self.get(head)?);
        let order = self.order.borrow();
        let has = |h: &Vec<u64>, n: usize| h.get(n / 64).is_some_and(|w| w >> (n % 64) & 1 == 1);
        let new = (0..order.len()).rev().filter(|n| has(&head.history, *n) && !has(&base.history, *n));
        Ok(new.map(|n| order[n].clone()).collect())
    }

    /// Where two commits part; none if they share nothing.
    pub fn parting(&self, a: &Sha, b: &Sha) -> Result<Option<Sha>> {
        let (a, b) = (self.get(a)?, self.get(b)?);
        let mut shared = a.history.iter().zip(&b.history).map(|(x, y)| x & y).enumerate();
        let Some((word, bits)) = shared.rfind(|(_, w)| *w != 0) else { return Ok(None) };
        let at = word * 64 + 63 - bits.leading_zeros() as usize;
        Ok(Some(self.order.borrow()[at].clone()))
    }

    fn keep_tree(&self, tree: Rc<Tree>) -> Sha {
        let id = name(&format!("tree{tree:?}"));
        self.trees.borrow_mut().insert(id.clone(), tree);
        id
    }

    pub fn merge(&self, base: &Sha, head: &Sha) -> Result<MergeTry> {
        let (ours, theirs, old) =
            (self.get(base)?.tree.clone(), self.get(head)?.tree.clone(), self.parting(base, head)?);
        let old = old.map(|sha| self.files(&sha)).unwrap_or_default();
        let (mut merged, mut conflicts) = (Tree::new(), vec![]);
        let paths: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
        for path in paths {
            let (o, t, b) = (ours.get(path), theirs.get(path), old.get(path));
            let chosen = if o == t || t == b { o } else { t };
            if o != t && t != b && o != b {
                conflicts.push(path.clone());
            } else if let Some(text) = chosen {
                merged.insert(path.clone(), text.clone());
            }
        }
        Ok(if conflicts.is_empty() {
            MergeTry::Clean(self.keep_tree(Rc::new(merged)))
        } else {
            MergeTry::Conflict(conflicts)
        })
    }

    fn tree(&self, id: &Sha) -> Result<Rc<Tree>> {
        self.trees.borrow().get(id).cloned().ok_or_else(|| anyhow!("no tree {id}"))
    }

    /// The merge that a server makes, if it can.
    pub fn merge_commit(&self, base: &Sha, head: &Sha, message: &str) -> Option<Sha> {
        match self.merge(base, head).unwrap() {
            MergeTry::Clean(tree) => Some(self.add(&[base, head], self.tree(&tree).unwrap(), message)),
            MergeTry::Conflict(_) => None,
        }
    }
}

/// Branches: of the remote, or of what a host last saw of it.
#[derive(Clone)]
pub struct Refs {
    pub primary: Sha,
    pub branches: BTreeMap<String, Sha>,
}

/// A session's worktree.
#[derive(Clone)]
pub struct WorkFolder {
    pub head: Sha,
    pub dirty: Vec<String>,
}

/// One host's git.
pub struct HostGit {
    pub pool: Rc<Pool>,
    pub remote: Rc<RefCell<Refs>>,
    /// On the local forge the branches of runs are our own; the primary branch is the user's.
    pub local: bool,
    pub seen: RefCell<Refs>,
    pub worktrees: RefCell<BTreeMap<IssueNo, WorkFolder>>,
    pub kept: RefCell<BTreeSet<Sha>>,
    pub mirrors: RefCell<BTreeMap<String, Sha>>,
    pub mirror_down: Cell<bool>,
    pub folder_dirty: Cell<bool>,
    /// Told what a push moved, and whence.
    pub pushed: RefCell<Vec<(String, Option<Sha>, Sha)>>,
    /// Told of a landing: from where to where.
    pub landed: RefCell<Vec<(Sha, Sha)>>,
}

impl HostGit {
    pub fn new(pool: Rc<Pool>, remote: Rc<RefCell<Refs>>, local: bool) -> HostGit {
        let seen = RefCell::new(remote.borrow().clone());
        HostGit {
            seen,
            pool,
            remote,
            local,
            worktrees: RefCell::default(),
            kept: RefCell::default(),
            mirrors: RefCell::default(),
            mirror_down: Cell::new(false),
            folder_dirty: Cell::new(false),
            pushed: RefCell::default(),
            landed: RefCell::default(),
        }
    }

    /// A session's commit: one file changed.
    pub fn work(&self, issue: IssueNo, file: &str, text: &str) -> Option<Sha> {
        let head = self.worktrees.borrow().get(&issue)?.head.clone();
        let mut tree = (*self.pool.files(&head)).clone();
        tree.insert(file.into(), text.into());
        let id = self.pool.add(&[&head], Rc::new(tree), "work");
        self.worktrees.borrow_mut().get_mut(&issue)?.head = id.clone();
        Some(id)
    }

    /// The branches as one host sees them.
    fn branches<T>(&self, look: impl FnOnce(&BTreeMap<String, Sha>) -> T) -> T {
        if self.local { look(&self.remote.borrow().branches) } else { look(&self.seen.borrow().branches) }
    }
}

impl Git for HostGit {
    fn sync(&self) -> Result<()> {
        *self.seen.borrow_mut() = self.remote.borrow().clone();
        Ok(())
    }

    fn primary(&self) -> Result<Sha> {
        Ok(self.seen.borrow().primary.clone())
    }

    fn branch(&self, name: &str) -> Result<Option<Sha>> {
        Ok(self.branches(|b| b.get(name).cloned()))
    }

    fn push(&self, branch: &str, sha: &Sha, lease: Option<&Sha>) -> Result<PushAnswer> {
        let now = self.remote.borrow().branches.get(branch).cloned();
        self.seen.borrow_mut().branches.clone_from(&self.remote.borrow().branches);
        if now.as_ref() == Some(sha) {
            return Ok(PushAnswer::Already);
        }
        if now.as_ref() != lease {
            return Ok(PushAnswer::Moved(now));
        }
        self.remote.borrow_mut().branches.insert(branch.into(), sha.clone());
        self.seen.borrow_mut().branches.insert(branch.into(), sha.clone());
        self.pushed.borrow_mut().push((branch.into(), now, sha.clone()));
        Ok(PushAnswer::Pushed)
    }

    fn drop_branch(&self, branch: &str, at: &Sha) -> Result<bool> {
        let there = self.remote.borrow().branches.get(branch) == Some(at);
        if there {
            self.remote.borrow_mut().branches.remove(branch);
            self.seen.borrow_mut().branches.remove(branch);
        }
        Ok(there)
    }

    fn adopt(&self, branch: &str) -> Result<Option<Sha>> {
        self.branch(branch)
    }

    fn make_worktree(&self, spec: &WorktreeSpec) -> Result<PathBuf> {
        let fresh = || WorkFolder { head: spec.start.clone(), dirty: vec![] };
        self.worktrees.borrow_mut().entry(spec.issue).or_insert_with(fresh);
        Ok(self.worktree_path(spec.issue))
    }

    fn worktree_path(&self, issue: IssueNo) -> PathBuf {
        PathBuf::from(format!("/worktrees/{issue}"))
    }

    fn worktree(&self, issue: IssueNo, base: &Sha) -> Result<Option<Worktree>> {
        let Some(tree) = self.worktrees.borrow().get(&issue).cloned() else { return Ok(None) };
        let ahead = self.ahead(base, &tree.head)?;
        Ok(Some(Worktree {
            path: self.worktree_path(issue),
            head: Some(tree.head),
            ahead,
            dirty: tree.dirty,
        }))
    }

    fn rescue(&self, issue: IssueNo, _: u32) -> Result<Option<Sha>> {
        let head = self.worktrees.borrow().get(&issue).map(|t| t.head.clone());
        self.kept.borrow_mut().extend(head.clone());
        Ok(head)
    }

    fn forward_worktree(&self, issue: IssueNo, to: &Sha) -> Result<bool> {
        let mut trees = self.worktrees.borrow_mut();
        let Some(tree) = trees.get_mut(&issue) else { return Ok(false) };
        let behind = tree.dirty.is_empty() && self.pool.has(to, &tree.head);
        if behind {
            tree.head = to.clone();
        }
        Ok(behind)
    }

    fn remove_worktree(&self, issue: IssueNo) -> Result<Removal> {
        let Some(tree) = self.worktrees.borrow().get(&issue).cloned() else { return Ok(Removal::Absent) };
        let primary = self.seen.borrow().primary.clone();
        let on_remote =
            self.branches(|b| b.values().chain([&primary]).any(|head| self.pool.has(head, &tree.head)));
        if !on_remote || !tree.dirty.is_empty() {
            return Ok(Removal::Kept("it holds what is nowhere else".into()));
        }
        self.worktrees.borrow_mut().remove(&issue);
        Ok(Removal::Removed)
    }

    fn ahead(&self, base: &Sha, head: &Sha) -> Result<usize> {
        Ok(self.pool.between(base, head)?.len())
    }

    fn contains(&self, new: &Sha, old: &Sha) -> Result<bool> {
        Ok(self.pool.has(new, old))
    }

    fn find(&self, id: &str) -> Result<Option<Sha>> {
        let commits = self.pool.commits.borrow();
        Ok(commits.keys().find(|c| id.len() >= 7 && c.as_str().starts_with(id)).cloned())
    }

    fn subjects(&self, base: &Sha, head: &Sha) -> Result<Vec<String>> {
        self.pool.between(base, head)?.iter().map(|c| Ok(self.pool.get(c)?.message.clone())).collect()
    }

    fn diff(&self, base: &Sha, head: &Sha) -> Result<Diff> {
        let who = || "a <a@b>".to_string();
        let facts = |sha: Sha| CommitFacts {
            parents: 1,
            sha,
            author: who(),
            committer: who(),
            message: "work".into(),
        };
        Ok(Diff {
            commits: self.pool.between(base, head)?.into_iter().map(facts).collect(),
            ..Diff::default()
        })
    }

    fn patch(&self, _: &Sha, head: &Sha) -> Result<String> {
        Ok(format!("{:?}", self.pool.files(head)))
    }

    fn try_merge(&self, base: &Sha, head: &Sha) -> Result<MergeTry> {
        self.pool.merge(base, head)
    }

    fn replay(&self, head: &Sha, base: &Sha) -> Result<Option<Sha>> {
        let MergeTry::Clean(tree) = self.try_merge(base, head)? else { return Ok(None) };
        self.commit(&tree, &[base], "replayed").map(Some)
    }

    fn commit(&self, tree: &Sha, parents: &[&Sha], message: &str) -> Result<Sha> {
        Ok(self.pool.add(parents, self.pool.tree(tree)?, message))
    }

    fn tree(&self, commit: &Sha) -> Result<Sha> {
        Ok(self.pool.keep_tree(self.pool.get(commit)?.tree.clone()))
    }

    fn first_parent(&self, commit: &Sha) -> Result<Sha> {
        self.pool.get(commit)?.parents.first().cloned().ok_or_else(|| anyhow!("{commit} has no parent"))
    }

    fn land(&self, from: &Sha, to: &Sha) -> Result<Landed> {
        if !self.local {
            bail!("the primary branch of a server is not ours to move");
        }
        let now = self.remote.borrow().primary.clone();
        if now == *to {
            self.sync()?;
            return Ok(Landed::Landed);
        }
        if now != *from {
            return Ok(Landed::BaseMoved);
        }
        if self.folder_dirty.get() {
            return Ok(Landed::Dirty("/repo".into(), vec!["README.md".into()]));
        }
        self.remote.borrow_mut().primary = to.clone();
        self.landed.borrow_mut().push((from.clone(), to.clone()));
        self.sync()?;
        Ok(Landed::Landed)
    }

    fn checkout(&self, slot: u32, sha: &Sha, _: bool) -> Result<PathBuf> {
        self.pool.get(sha)?;
        Ok(PathBuf::from(format!("/checkouts/{slot}")))
    }

    fn changed(&self, _: &Path) -> Result<Vec<String>> {
        Ok(vec![])
    }

    fn try_push(&self) -> Result<()> {
        Ok(())
    }

    fn try_mirror(&self, _: &str, _: &str, _: u64) -> Result<Mirrored> {
        Ok(Mirrored::Done)
    }

    fn mirror(&self, name: &str, _: &str, _: u64) -> Result<Mirrored> {
        if self.mirror_down.get() {
            return Ok(Mirrored::Failed("no route to host".into()));
        }
        let main = self.primary()?;
        self.mirrors.borrow_mut().insert(name.into(), main);
        Ok(Mirrored::Done)
    }
}
