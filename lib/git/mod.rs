//! Git for one project: our bare repository, where everything that counts happens, and the sessions' worktrees,
//! which we only read. git2 does what is local; the `git` program does clones and the network, with hooks off, so
//! that the user's credentials, signing and filters work (design §5).

mod claims;
mod forward;
mod land;
mod mirror;
mod program;
mod publish;
mod read;
mod remote;
mod rescue;
mod slot;
mod sync;
mod worktree;

pub use claims::SharedClaims;
pub use remote::{Remote, choose, remotes};

use crate::domain::diff::Diff;
use crate::domain::ids::{IssueNo, Sha};
use crate::world::{Git, Landed, MergeTry, Mirrored, PushAnswer, Removal, Worktree, WorktreeSpec};
use anyhow::{Context, Result};
use git2::{Oid, Repository};
use std::cell::OnceCell;
use std::fmt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Where a project's repositories are.
#[derive(Clone, Debug)]
pub struct Repo {
    /// Our bare repository.
    pub bare: PathBuf,
    /// The user's repository: the remote of the local forge.
    pub user: PathBuf,
    /// The branch that pulls land on.
    pub primary: String,
    /// The folder of the sessions' worktrees.
    pub worktrees: PathBuf,
    /// The folder of the checkouts in which verify works.
    pub checkouts: PathBuf,
    /// The forge's repository; none on the local forge, where ours and the user's are what it shows.
    pub remote: Option<Remote>,
    /// Our bare repository, once it has been opened.
    pub opened: Opened,
}

/// A repository that is opened once by a process: a look at every pull's branch is a look each. What others change in it
/// meanwhile is seen all the same.
#[derive(Clone, Default)]
pub struct Opened(Rc<OnceCell<Rc<Repository>>>);

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.get().is_some() { "opened" } else { "not opened" })
    }
}

impl Repo {
    fn bare(&self) -> Result<Rc<Repository>> {
        self.ensure()?;
        if let Some(repo) = self.opened.0.get() {
            return Ok(Rc::clone(repo));
        }
        let repo = Rc::new(open(&self.bare)?);
        Ok(Rc::clone(self.opened.0.get_or_init(|| repo)))
    }

    /// The same, opened for whoever gives it a folder of its own.
    fn another_bare(&self) -> Result<Repository> {
        self.ensure()?;
        open(&self.bare)
    }

    /// Where the branches come from, for error texts.
    fn source(&self) -> String {
        self.remote.as_ref().map_or_else(|| self.user.display().to_string(), |r| r.shown())
    }

    fn user(&self) -> Result<Repository> {
        open_user(&self.user)
    }
}

fn open(path: &Path) -> Result<Repository> {
    Repository::open(path).with_context(|| format!("opening the repository {}", path.display()))
}

fn open_user(path: &Path) -> Result<Repository> {
    if !path.exists() {
        anyhow::bail!("repo_root {} does not exist", path.display());
    }
    Repository::open(path).with_context(|| format!("repo_root {} is no git repository", path.display()))
}

fn oid(sha: &Sha) -> Result<Oid> {
    Oid::from_str(sha.as_str()).with_context(|| format!("{sha} is no object id"))
}

fn sha(oid: Oid) -> Result<Sha> {
    Ok(oid.to_string().parse()?)
}

impl Git for Repo {
    fn sync(&self) -> Result<()> {
        match &self.remote {
            Some(remote) => self.fetch_all(remote),
            None => self.sync_primary(),
        }
    }

    fn primary(&self) -> Result<Sha> {
        self.remote_head(&self.primary)?
            .with_context(|| format!("{} has no branch {}", self.source(), self.primary))
    }

    fn branch(&self, name: &str) -> Result<Option<Sha>> {
        self.remote_head(name)
    }

    fn push(&self, branch: &str, sha: &Sha, lease: Option<&Sha>) -> Result<PushAnswer> {
        match &self.remote {
            Some(remote) => self.push_to(remote, branch, sha, lease),
            None => self.publish(branch, sha, lease),
        }
    }

    fn drop_branch(&self, branch: &str, at: &Sha) -> Result<bool> {
        match &self.remote {
            Some(remote) => self.remove_from(remote, branch, at),
            // What the local forge shows of a pull is its branch here.
            None => Ok(false),
        }
    }

    fn adopt(&self, branch: &str) -> Result<Option<Sha>> {
        match &self.remote {
            // A person's branch is on the forge, or is not there.
            Some(_) => self.remote_head(branch),
            None => self.adopt_branch(branch),
        }
    }

    fn make_worktree(&self, spec: &WorktreeSpec) -> Result<PathBuf> {
        self.build_worktree(spec)
    }

    fn worktree_path(&self, issue: IssueNo) -> PathBuf {
        self.worktrees.join(issue.to_string())
    }

    fn worktree(&self, issue: IssueNo, base: &Sha) -> Result<Option<Worktree>> {
        self.look_at_worktree(issue, base)
    }

    fn rescue(&self, issue: IssueNo, attempt: u32) -> Result<Option<Sha>> {
        self.take_over(issue, attempt)
    }

    fn forward_worktree(&self, issue: IssueNo, to: &Sha) -> Result<bool> {
        self.fast_forward(issue, to)
    }

    fn remove_worktree(&self, issue: IssueNo) -> Result<Removal> {
        self.discard_worktree(issue)
    }

    fn ahead(&self, base: &Sha, head: &Sha) -> Result<usize> {
        Ok(self.bare()?.graph_ahead_behind(oid(head)?, oid(base)?)?.0)
    }

    fn contains(&self, new: &Sha, old: &Sha) -> Result<bool> {
        Ok(new == old || self.bare()?.graph_descendant_of(oid(new)?, oid(old)?)?)
    }

    fn find(&self, id: &str) -> Result<Option<Sha>> {
        self.find_commit(id)
    }

    fn subjects(&self, base: &Sha, head: &Sha) -> Result<Vec<String>> {
        self.subject_lines(base, head)
    }

    fn diff(&self, base: &Sha, head: &Sha) -> Result<Diff> {
        self.diff_facts(base, head)
    }

    fn patch(&self, base: &Sha, head: &Sha) -> Result<String> {
        self.patch_text(base, head)
    }

    fn try_merge(&self, base: &Sha, head: &Sha) -> Result<MergeTry> {
        self.merge_in_memory(base, head)
    }

    fn replay(&self, head: &Sha, base: &Sha) -> Result<Option<Sha>> {
        self.rebase_in_memory(head, base)
    }

    fn commit(&self, tree: &Sha, parents: &[&Sha], message: &str) -> Result<Sha> {
        self.make_commit(tree, parents, message)
    }

    fn tree(&self, commit: &Sha) -> Result<Sha> {
        sha(self.bare()?.find_commit(oid(commit)?)?.tree_id())
    }

    fn first_parent(&self, commit: &Sha) -> Result<Sha> {
        sha(self.bare()?.find_commit(oid(commit)?)?.parent_id(0)?)
    }

    fn land(&self, from: &Sha, to: &Sha) -> Result<Landed> {
        self.land_in_user_repository(from, to)
    }

    fn checkout(&self, slot: u32, sha: &Sha, clean: bool) -> Result<PathBuf> {
        self.checkout_slot(slot, sha, clean)
    }

    fn changed(&self, folder: &Path) -> Result<Vec<String>> {
        self.changed_files(folder)
    }

    fn mirror(&self, name: &str, url: &str, seconds: u64) -> Result<Mirrored> {
        self.push_mirror(name, url, seconds)
    }

    fn try_push(&self) -> Result<()> {
        self.remote.as_ref().map_or(Ok(()), |remote| self.rehearse_push(remote))
    }

    fn try_mirror(&self, name: &str, url: &str, seconds: u64) -> Result<Mirrored> {
        self.rehearse_mirror(name, url, seconds)
    }
}
