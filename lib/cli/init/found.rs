//! What there is: the repository, its remotes, the agents of this machine. Nothing is changed.

use super::guess::{self, Checks, Place};
use crate::cli::exit::{Exit, Failure};
use crate::git;
use crate::http::{Agent, Credentials, Method, Request, Wire};
use anyhow::Result;
use git2::Repository;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The agents that drover knows, by their programs.
pub const AGENTS: [&str; 3] = ["claude", "codex", "opencode"];

/// Branches that are the primary one by custom, where nothing says so.
const CUSTOMARY: [&str; 4] = ["main", "master", "trunk", "develop"];

/// What was found.
pub struct Found {
    /// The repository: its working folder, or where it is bare that folder.
    pub repo: PathBuf,
    /// The primary branch.
    pub branch: String,
    /// Where its remotes lead, `origin` first.
    pub places: Vec<Place>,
    /// The agents that are installed.
    pub agents: Vec<&'static str>,
    /// Its own checks.
    pub checks: Checks,
    /// The CI that it is set up for.
    pub ci: Option<&'static str>,
}

/// Looks at the repository that a folder lies in.
///
/// # Errors
/// Where that is none, or holds no commit.
pub fn look(folder: &Path) -> Result<Found> {
    let repo = Repository::discover(folder).map_err(|_| {
        let what = format!("{} lies in no git repository", folder.display());
        Failure::new(Exit::Usage, what, "work in your clone, or name it: drover init DIR")
    })?;
    let folder = repo.workdir().unwrap_or_else(|| repo.path());
    let folder = folder.canonicalize()?;
    let branch = primary(&repo).ok_or_else(|| {
        let what = format!("{} holds no commit", folder.display());
        Failure::new(Exit::Usage, what, "make a first commit: agents work on branches of something")
    })?;
    let mut remotes = git::remotes(&folder)?;
    remotes.sort_by_key(|(name, _)| (name != "origin", name.clone()));
    let file = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
    Ok(Found {
        branch,
        places: remotes.iter().filter_map(|(_, url)| Place::of(url)).collect(),
        agents: AGENTS.into_iter().filter(|name| is_on_path(name)).collect(),
        checks: guess::checks(&file),
        ci: ci(&folder),
        repo: folder,
    })
}

/// What `origin` calls its own, else a customary one, else the one that is checked out.
fn primary(repo: &Repository) -> Option<String> {
    let of_origin = repo.find_reference("refs/remotes/origin/HEAD").ok();
    let of_origin = of_origin.and_then(|head| {
        Some(head.symbolic_target().ok()??.strip_prefix("refs/remotes/origin/")?.to_string())
    });
    let there = |name: &String| repo.find_branch(name, git2::BranchType::Local).is_ok();
    let customary = || CUSTOMARY.map(String::from).into_iter().find(there);
    let head = || repo.head().ok().filter(|head| head.is_branch())?.shorthand().ok().map(String::from);
    of_origin.filter(there).or_else(customary).or_else(head)
}

/// Whether a repository has a branch of this name.
pub fn has_branch(folder: &Path, name: &str) -> bool {
    Repository::open(folder).is_ok_and(|repo| repo.find_branch(name, git2::BranchType::Local).is_ok())
}

fn ci(folder: &Path) -> Option<&'static str> {
    let files = [
        (".woodpecker", "Woodpecker"),
        (".woodpecker.yml", "Woodpecker"),
        (".woodpecker.yaml", "Woodpecker"),
        (".forgejo/workflows", "Forgejo Actions"),
        (".gitea/workflows", "Gitea Actions"),
        (".github/workflows", "GitHub Actions"),
        (".gitlab-ci.yml", "GitLab CI"),
    ];
    files.into_iter().find(|(file, _)| folder.join(file).exists()).map(|(_, name)| name)
}

/// Whether a program can be started by its name.
fn is_on_path(name: &str) -> bool {
    let own = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let runs =
        |file: PathBuf| file.is_file() && rustix::fs::access(&file, rustix::fs::Access::EXEC_OK).is_ok();
    std::env::split_paths(&path).chain(own).any(|folder| runs(folder.join(name)))
}

/// Whether a server is a Forgejo or a Gitea: those tell their version to anybody, at `/api/v1/version`.
pub fn is_forgejo(server: &str) -> bool {
    let request = Request { method: Method::Get, path: "/api/v1/version".into(), body: None };
    let answer = Agent::new(server, Credentials::None).send(&request);
    let told = answer.ok().filter(|a| matches!(a.status, 200 | 401 | 403));
    told.and_then(|a| serde_json::from_slice::<Value>(&a.body).ok())
        .is_some_and(|v| v["version"].is_string() || v["message"].is_string())
}
