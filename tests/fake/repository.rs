//! The branches behind the forge: a bare repository on disk, or whatever else can merge.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;

/// What the forge needs of its repository.
pub trait Refs {
    /// What a branch is at.
    fn head(&self, branch: &str) -> Option<String>;
    /// Whether `new` holds `old`.
    fn contains(&self, new: &str, old: &str) -> bool;
    /// Where two commits part.
    fn merge_base(&self, a: &str, b: &str) -> String;
    /// The merge of two commits, no branch moved; none on a conflict.
    fn merge(&self, onto: &str, other: &str, message: &str) -> Option<String>;
    /// Moves a branch, or makes it.
    fn set(&mut self, branch: &str, to: &str);
    /// Removes a branch.
    fn remove(&mut self, branch: &str);
}

/// A bare repository on disk.
pub struct GitDir(pub PathBuf);

impl GitDir {
    /// Each thread opens it once: a look at every branch for every call adds up.
    fn open(&self) -> Rc<git2::Repository> {
        thread_local! {
            static OPENED: RefCell<HashMap<PathBuf, Rc<git2::Repository>>> = RefCell::default();
        }
        OPENED.with_borrow_mut(|opened| {
            let open = || Rc::new(git2::Repository::open_bare(&self.0).unwrap());
            Rc::clone(opened.entry(self.0.clone()).or_insert_with(open))
        })
    }

    /// Makes a commit on top of a branch, which may be new and then begins at `from`: one file written.
    pub fn put(&self, branch: &str, from: &str, file: &str, text: &str) -> String {
        let repo = self.open();
        let parent = match repo.refname_to_id(&format!("refs/heads/{branch}")) {
            Ok(id) => Some(repo.find_commit(id).unwrap()),
            Err(_) => {
                repo.refname_to_id(&format!("refs/heads/{from}")).ok().map(|id| repo.find_commit(id).unwrap())
            }
        };
        let mut tree = repo.treebuilder(parent.as_ref().map(|p| p.tree().unwrap()).as_ref()).unwrap();
        tree.insert(file, repo.blob(text.as_bytes()).unwrap(), 0o100_644).unwrap();
        let tree = repo.find_tree(tree.write().unwrap()).unwrap();
        let who = git2::Signature::now("somebody", "somebody@example.org").unwrap();
        let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
        let made = repo.commit(None, &who, &who, &format!("{file}\n"), &tree, &parents).unwrap();
        repo.reference(&format!("refs/heads/{branch}"), made, true, "put").unwrap();
        made.to_string()
    }
}

fn id(sha: &str) -> git2::Oid {
    git2::Oid::from_str(sha).unwrap()
}

impl Refs for GitDir {
    fn head(&self, branch: &str) -> Option<String> {
        self.open().refname_to_id(&format!("refs/heads/{branch}")).ok().map(|id| id.to_string())
    }

    fn contains(&self, new: &str, old: &str) -> bool {
        new == old || self.open().graph_descendant_of(id(new), id(old)).unwrap_or(false)
    }

    fn merge_base(&self, a: &str, b: &str) -> String {
        self.open().merge_base(id(a), id(b)).map(|id| id.to_string()).unwrap_or_default()
    }

    fn merge(&self, onto: &str, other: &str, message: &str) -> Option<String> {
        let repo = self.open();
        let (ours, theirs) = (repo.find_commit(id(onto)).ok()?, repo.find_commit(id(other)).ok()?);
        let mut index = repo.merge_commits(&ours, &theirs, None).ok()?;
        if index.has_conflicts() {
            return None;
        }
        let tree = repo.find_tree(index.write_tree_to(&repo).ok()?).ok()?;
        let who = git2::Signature::now("forge", "forge@example.org").ok()?;
        repo.commit(None, &who, &who, message, &tree, &[&ours, &theirs]).ok().map(|id| id.to_string())
    }

    fn set(&mut self, branch: &str, to: &str) {
        self.open().reference(&format!("refs/heads/{branch}"), id(to), true, "forge").unwrap();
    }

    fn remove(&mut self, branch: &str) {
        if let Ok(mut found) = self.open().find_reference(&format!("refs/heads/{branch}")) {
            found.delete().unwrap();
        }
    }
}
