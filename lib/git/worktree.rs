//! Sessions' worktrees: clones with a `.git` of their own that borrow our objects. Whatever a session does to its
//! hooks, config and refs touches nobody else, because the `git` program never runs in it again once the session
//! has started: git2 reads it, and git2 runs nothing.

use super::sync::path_text;
use super::{Repo, oid, program, sha};
use crate::domain::ids::{IssueNo, Sha};
use crate::effect;
use crate::world::{Removal, Worktree, WorktreeSpec};
use anyhow::{Context, Result};
use git2::{Repository, RepositoryOpenFlags, StatusOptions};
use std::fs;
use std::path::{Path, PathBuf};

/// Seconds that making a worktree may take, checkout and submodules included.
const LIMIT: u64 = 55;

impl Repo {
    /// Makes a worktree beside its place and moves it there when it is complete; leaves one that is there.
    pub(super) fn build_worktree(&self, spec: &WorktreeSpec) -> Result<PathBuf> {
        self.ensure()?;
        let path = self.worktrees.join(spec.issue.to_string());
        if path.join(".git").exists() && open_closed(&path).is_ok() {
            return Ok(path);
        }
        set_aside(&path)?;
        let new = self.worktrees.join(format!(".new-{}", spec.issue));
        remove_folder(&new)?;
        effect::at("worktree: before its folder is made");
        fs::create_dir_all(&self.worktrees)
            .with_context(|| format!("making {}", self.worktrees.display()))?;
        self.clone_into(&new, spec)?;
        self.copy_files(&new, &spec.copy)?;
        effect::at("worktree: before it is put in place");
        fs::rename(&new, &path).with_context(|| format!("putting {} in place", path.display()))?;
        effect::at("worktree: in place");
        Ok(path)
    }

    fn clone_into(&self, new: &Path, spec: &WorktreeSpec) -> Result<()> {
        let args = ["clone", "--quiet", "--shared", "--no-checkout", path_text(&self.bare)?, path_text(new)?];
        effect::at("worktree: before the clone");
        program::change(&self.worktrees, &args, LIMIT)?;
        effect::at("worktree: cloned");
        self.configure_worktree(new, spec)?;
        let checkout = ["checkout", "--quiet", "--no-track", "-B", &spec.branch, spec.start.as_str()];
        effect::at("worktree: before the checkout");
        program::change(new, &checkout, LIMIT)?;
        effect::at("worktree: checked out");
        self.fill_submodules(new)
    }

    /// Fetches a fresh clone's submodules. Relative addresses are meant from where the user cloned from.
    pub(super) fn fill_submodules(&self, clone: &Path) -> Result<()> {
        if !clone.join(".gitmodules").exists() {
            return Ok(());
        }
        let user = self.user()?;
        let origin = user.find_remote("origin").ok().and_then(|r| r.url().ok().map(str::to_string));
        let origin = origin.map_or_else(|| path_text(&self.user).map(str::to_string), Ok)?;
        let address = format!("remote.origin.url={origin}");
        let args = ["-c", &address, "submodule", "--quiet", "update", "--init", "--recursive"];
        effect::at("submodules: before they are fetched");
        program::change(clone, &args, LIMIT)?;
        effect::at("submodules: fetched");
        Ok(())
    }

    fn configure_worktree(&self, new: &Path, spec: &WorktreeSpec) -> Result<()> {
        let mut config = Repository::open(new)?.config()?;
        // An address that no program knows: `git push` fails and says why, in its own words.
        config.set_str("remote.origin.pushurl", "drover-publishes-for-you://no-push")?;
        config.set_str("credential.helper", "")?;
        config.set_str("push.default", "nothing")?;
        // Written down, since the session may have another HOME.
        let known = self.user()?.config()?.snapshot()?;
        let of_user = |key| known.get_string(key).ok();
        let (name, email) = match (of_user("user.name"), of_user("user.email")) {
            (Some(name), Some(email)) => (name, email),
            _ => spec.identity.clone(),
        };
        config.set_str("user.name", &name)?;
        config.set_str("user.email", &email)?;
        let lfs = self.user()?.path().join("lfs");
        if lfs.exists() {
            config.set_str("lfs.storage", path_text(&lfs)?)?;
        }
        Ok(())
    }

    /// Copies files of the user's folder that git does not hold, and keeps them out of commits.
    fn copy_files(&self, new: &Path, names: &[String]) -> Result<()> {
        let source = self.user()?.workdir().map(Path::to_path_buf).unwrap_or_else(|| self.user.clone());
        let mut exclude = String::new();
        for name in names {
            let (from, to) = (source.join(name), new.join(name));
            if !from.exists() {
                anyhow::bail!("[worktree] copy: {} does not exist", from.display());
            }
            effect::at("worktree: before a file is copied");
            copy_tree(&from, &to).with_context(|| format!("copying {}", from.display()))?;
            effect::at("worktree: file copied");
            exclude.push_str(&format!("/{name}\n"));
        }
        if !exclude.is_empty() {
            let path = new.join(".git/info/exclude");
            effect::at("worktree: before copies are kept out of commits");
            fs::create_dir_all(new.join(".git/info"))?;
            fs::write(&path, exclude).with_context(|| format!("writing {}", path.display()))?;
            effect::at("worktree: copies kept out of commits");
        }
        Ok(())
    }

    /// What a worktree holds now.
    pub(super) fn look_at_worktree(&self, issue: IssueNo, base: &Sha) -> Result<Option<Worktree>> {
        let path = self.worktrees.join(issue.to_string());
        if !path.exists() {
            return Ok(None);
        }
        let repo = open_closed(&path)?;
        let head = repo.head().ok().and_then(|h| h.target());
        // The worktree borrows our objects, so it knows the base even if it has not fetched it.
        let ahead =
            head.map(|h| repo.graph_ahead_behind(h, oid(base)?).map_err(anyhow::Error::from)).transpose()?;
        let dirty = dirty(&repo)?;
        Ok(Some(Worktree { path, head: head.map(sha).transpose()?, ahead: ahead.map_or(0, |a| a.0), dirty }))
    }

    /// Removes a worktree, if all its commits are on the remote and nothing in it is uncommitted.
    pub(super) fn discard_worktree(&self, issue: IssueNo) -> Result<Removal> {
        let path = self.worktrees.join(issue.to_string());
        let trash = self.worktrees.join(format!(".trash-{issue}"));
        // Of a removal that was cut off, all of it was on the remote.
        remove_folder(&trash)?;
        if !path.exists() {
            return Ok(Removal::Absent);
        }
        let repo = match open_closed(&path) {
            Ok(repo) => repo,
            Err(e) => return Ok(Removal::Kept(format!("{e:#}"))),
        };
        let dirty = dirty(&repo)?;
        if !dirty.is_empty() {
            return Ok(Removal::Kept(format!("uncommitted: {}", dirty.join(", "))));
        }
        for (name, tip) in super::rescue::tips(&repo)? {
            if !self.is_on_the_remote(&sha(tip)?)? {
                return Ok(Removal::Kept(format!("{name} holds commits that are nowhere else")));
            }
        }
        drop(repo);
        effect::at("discard: before the worktree is set aside");
        fs::rename(&path, &trash).with_context(|| format!("setting {} aside", path.display()))?;
        effect::at("discard: worktree set aside");
        remove_folder(&trash)?;
        Ok(Removal::Removed)
    }

    fn is_on_the_remote(&self, tip: &Sha) -> Result<bool> {
        let repo = self.bare()?;
        let Ok(id) = oid(tip).and_then(|id| Ok(repo.find_commit(id)?.id())) else { return Ok(false) };
        for reference in repo.references_glob("refs/heads/*")? {
            let Some(head) = reference?.target() else { continue };
            if head == id || repo.graph_descendant_of(head, id)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Opens exactly this folder, looking neither above it nor at the environment. What a session wrote may say that
/// its repository, its refs or its files lie elsewhere; whoever followed that would read and write there.
pub(super) fn open_closed(path: &Path) -> Result<Repository> {
    let git = path.join(".git");
    let own = fs::symlink_metadata(&git).is_ok_and(|m| m.is_dir()) && !git.join("commondir").exists();
    if !own || has_links(&git).with_context(|| format!("looking through {}", git.display()))? {
        anyhow::bail!("{} has no repository of its own: .git is missing or leads elsewhere", path.display());
    }
    let none: [&str; 0] = [];
    let repo = Repository::open_ext(path, RepositoryOpenFlags::NO_SEARCH, none)
        .with_context(|| format!("opening the worktree {}", path.display()))?;
    repo.set_workdir(path, false)?;
    Ok(repo)
}

/// Whether a link lies where libgit2 may write. Objects are only read here, and hooks never.
fn has_links(folder: &Path) -> std::io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (kind, name) = (entry.file_type()?, entry.file_name());
        let only_read = ["objects", "hooks", "modules", "lfs"].iter().any(|n| name == *n);
        if !only_read && (kind.is_symlink() || (kind.is_dir() && has_links(&entry.path())?)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Files changed or new and not committed, ignored ones left out.
pub(super) fn dirty(repo: &Repository) -> Result<Vec<String>> {
    let mut options = StatusOptions::new();
    options
        .include_untracked(true)
        .recurse_untracked_dirs(false)
        .include_ignored(false)
        .exclude_submodules(true);
    let statuses =
        repo.statuses(Some(&mut options)).with_context(|| format!("looking at {}", repo.path().display()))?;
    Ok(statuses.iter().map(|s| String::from_utf8_lossy(s.path_bytes()).into_owned()).collect())
}

/// A folder that is no worktree of ours stays, under another name.
fn set_aside(path: &Path) -> Result<()> {
    if !path.exists() {
        return Ok(());
    }
    let free = (1..1000).map(|k| path.with_extension(format!("broken-{k}"))).find(|p| !p.exists());
    let aside = free.context("too many broken worktrees set aside")?;
    effect::at("worktree: before a broken one is set aside");
    fs::rename(path, &aside).with_context(|| format!("setting {} aside", path.display()))?;
    effect::at("worktree: broken one set aside");
    Ok(())
}

pub(super) fn remove_folder(path: &Path) -> Result<()> {
    if fs::symlink_metadata(path).is_err_and(|e| e.kind() == std::io::ErrorKind::NotFound) {
        return Ok(());
    }
    effect::on("folder: before its removal", path);
    match fs::remove_dir_all(path) {
        Ok(()) => {
            effect::on("folder: removed", path);
            Ok(())
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(e).with_context(|| format!("removing {}", path.display())),
    }
}

fn copy_tree(from: &Path, to: &Path) -> std::io::Result<()> {
    if from.is_dir() {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            copy_tree(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(from, to).map(|_| ())
}
