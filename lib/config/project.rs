//! One project as the rest of drover sees it: every value present, checked and in its own type.

use super::parts::{AgentConfig, CiConfig, LandingConfig, Limits, Tokens, VerifyConfig, WorktreeConfig};
use super::people::{MatrixConfig, Messengers, People};
use super::root::Root;
use super::secret::Secret;
use super::words::ForgeKind;
use crate::domain::policy::{LabelNames, Pipeline};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// The labels of a project; the decisions use the same type.
pub type Labels = LabelNames;

/// One project, validated. Made by [`super::load`] only.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its name: unique below one root, part of file names.
    pub name: String,
    /// The name with `.` and `:` as `_`, for tmux; unique below one root.
    pub slug: String,
    /// The file it was read from.
    pub file: PathBuf,
    /// The root it belongs to.
    pub root: Root,
    /// Which kind of forge it lives on.
    pub forge: ForgeKind,
    /// `owner/name` on the forge; empty only on the local forge.
    pub repo: String,
    /// The forge's address, without a slash at its end.
    pub forge_url: String,
    /// Where git fetches and pushes on a forge with a server: an address, or the name of a remote of `repo_root`.
    pub git_remote: Option<String>,
    /// The user's clone. Absolute; not looked at.
    pub repo_root: PathBuf,
    /// The branch that pulls land on.
    pub primary_branch: String,
    /// The folder of the sessions' clones, of this project alone. Absolute; not looked at.
    pub worktree_root: PathBuf,
    /// Template of a run's branch, with `{issue}` once.
    pub branch: String,
    /// The labels we read and write.
    pub labels: Labels,
    /// The coding agent.
    pub agent: AgentConfig,
    /// The project's own checks.
    pub verify: VerifyConfig,
    /// When new work may start, and how much.
    pub limits: Limits,
    /// What may land.
    pub landing: LandingConfig,
    /// The CI server.
    pub ci: CiConfig,
    /// Who may do what.
    pub people: People,
    /// Where the primary branch and tags are pushed to: name → URL.
    pub mirrors: BTreeMap<String, String>,
    /// Seconds that one push to a mirror may take.
    pub mirror_timeout: u64,
    /// Whether new work starts while a pull waits.
    pub pipeline: Pipeline,
    /// How a session's clone is set up.
    pub worktree: WorktreeConfig,
    /// Accounts whose issue comments are not shown to the agent.
    pub bots: Vec<String>,
    /// The Matrix room.
    pub matrix: MatrixConfig,
    /// The other ways to reach people.
    pub messengers: Messengers,
    /// The credentials. No session is given one.
    pub tokens: Tokens,
    /// For every key that has an effect, and for variables without a key: `set`, `toml`, `env` or `default`.
    pub sources: BTreeMap<String, &'static str>,
}

/// Shorter texts are not redacted: they would blank out half of any log.
const SHORTEST_SECRET: usize = 8;

impl Project {
    /// Its file's name for people: below the root where it lies there.
    pub fn shown_file(&self) -> String {
        super::shown(&self.root, &self.file)
    }

    /// Every secret value known, for redaction: each once, the longest first, so that one that holds another is
    /// replaced whole.
    pub fn secrets(&self) -> Vec<String> {
        let t = &self.tokens;
        let named = [&t.forge, &t.review, &t.woodpecker, &self.matrix.token].into_iter().flatten();
        let known = named.chain(&t.others).chain(self.messengers.secrets()).map(Secret::expose);
        let urls = self.mirrors.values().chain([&self.forge_url]).filter_map(|url| password(url));
        let all: BTreeSet<&str> = known.chain(urls).filter(|s| s.len() >= SHORTEST_SECRET).collect();
        let mut all: Vec<String> = all.into_iter().map(str::to_string).collect();
        all.sort_by_key(|s| std::cmp::Reverse(s.len()));
        all
    }
}

/// The password in `scheme://user:password@host`, or the lone user part, which is where forges take a token.
fn password(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (user, _) = authority.rsplit_once('@')?;
    Some(user.split_once(':').map_or(user, |(_, password)| password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_a_url_is_found() {
        assert_eq!(password("https://me:hunter22@host/x"), Some("hunter22"));
        assert_eq!(password("https://ghp_token@host"), Some("ghp_token"));
        for none in ["https://host/x@y", "git@host:x/y.git", "/a/path", "https://host"] {
            assert_eq!(password(none), None, "{none}");
        }
    }
}
