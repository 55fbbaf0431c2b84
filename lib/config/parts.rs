//! The sections of a project, one struct each.

use super::secret::Secret;
use super::words::Update;
use crate::domain::agent::Kind;
use crate::domain::agent::limit::Patterns;
use crate::domain::launch::Style;
use crate::domain::policy::Scope;
use crate::domain::template::Templates;
use crate::domain::window::Window;
use regex::Regex;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// `[agent]`: the coding agent and what it is given.
#[derive(Clone, Debug)]
pub struct AgentConfig {
    /// Its name; also that of its cool-down file.
    pub name: String,
    /// Which agent that is.
    pub kind: Kind,
    /// How it is talked to.
    pub style: Style,
    /// Program and arguments of a first turn. Empty: nothing can be started.
    pub command: Vec<String>,
    /// Program and arguments of a later turn; empty: as the first.
    pub resume: Vec<String>,
    /// Arguments added to each call.
    pub args: Vec<String>,
    /// How the words of a program that drover does not know are read.
    pub patterns: Patterns,
    /// The texts of its prompts.
    pub templates: Templates,
    /// Agents that take over while it has reached a limit, the first that has not.
    pub fallback: Vec<String>,
    /// The model to ask for, if not the agent's own choice.
    pub model: Option<String>,
    /// Variables of the session, with their values.
    pub env: BTreeMap<String, String>,
    /// Names of variables that are handed on to the session.
    pub pass_env: Vec<String>,
    /// What was found for `pass_env`, in the environment and in `.env`.
    pub passed: BTreeMap<String, Secret>,
    /// Seconds of work after which a run is blocked; none: no such limit.
    pub work_limit: Option<u64>,
}

/// `[verify]`: the project's own checks, each a shell command.
#[derive(Clone, Debug)]
pub struct VerifyConfig {
    /// Before the others, such as fetching dependencies.
    pub pre: Option<String>,
    /// Builds.
    pub build: Option<String>,
    /// Tests.
    pub test: Option<String>,
    /// Lints.
    pub lint: Option<String>,
    /// Checks the format.
    pub format: Option<String>,
    /// Seconds that one step may take.
    pub timeout: u64,
    /// Whether the checkout is emptied before each job.
    pub clean: bool,
    /// How many jobs run at once.
    pub slots: u32,
    /// MB that one step may print.
    pub output_mb: u64,
    /// Variables of the steps.
    pub env: BTreeMap<String, String>,
}

impl VerifyConfig {
    /// The steps that are configured, in the order in which they run.
    pub fn steps(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("pre", &self.pre),
            ("build", &self.build),
            ("test", &self.test),
            ("lint", &self.lint),
            ("format", &self.format),
        ];
        all.into_iter().filter_map(|(name, step)| Some((name, step.as_deref()?))).collect()
    }
}

/// `[limits]`: when new work may start, and how much.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How many sessions may be at work.
    pub sessions: u32,
    /// Least free memory, in MB.
    pub memory_mb: u64,
    /// The most that a session may take, in MB; 0: no limit.
    pub session_memory_mb: u64,
    /// Least free disk, in MB.
    pub disk_mb: u64,
    /// Highest load average of one minute; 0 is no limit.
    pub load: f64,
    /// Hours of the day, local time; none: always.
    pub window: Option<Window>,
    /// Minutes that a run may wait before its session is stopped until there is news.
    pub park_minutes: u64,
    /// Calls of the forge's API that one binary may make.
    pub calls: u32,
    /// Largest file, in KB, that a run may add.
    pub file_kb: u64,
}

/// `[landing]`: what may land, and how.
#[derive(Clone, Debug)]
pub struct LandingConfig {
    /// Which pulls.
    pub scope: Scope,
    /// Branches that may land without an issue, as written; see [`LandingConfig::chore_patterns`].
    pub chores: Vec<String>,
    /// Land what is approved even where there are no checks at all.
    pub without_checks: bool,
    /// How a branch takes in its base.
    pub update: Update,
    /// A pull must hold the newest base before it lands.
    pub up_to_date: bool,
    /// On a server, remove a run's branch once its pull has been merged.
    pub delete_branch: bool,
    /// Contexts that must be green, beside those the forge demands.
    pub required: Vec<String>,
    pub(super) patterns: Vec<Regex>,
}

impl LandingConfig {
    /// `chores` compiled, each for the whole name of a branch.
    pub fn chore_patterns(&self) -> &[Regex] {
        &self.patterns
    }
}

/// `[ci]`: the CI server and how long it is waited for.
#[derive(Clone, Debug)]
pub struct CiConfig {
    /// The repository's number on the Woodpecker server; `Some(0)`: this project has no CI; none: ask the forge.
    pub woodpecker_repo_id: Option<u64>,
    /// The Woodpecker server's address, without a slash at its end.
    pub server: String,
    /// Minutes until a person is asked.
    pub timeout: u64,
    /// Seconds that the newest result must be old when no list says which ones are required.
    pub settle: u64,
}

impl CiConfig {
    /// Whether the project says that it has no CI.
    pub fn none(&self) -> bool {
        self.woodpecker_repo_id == Some(0)
    }
}

/// `[worktree]`: what happens to a session's clone before the session starts.
#[derive(Clone, Debug)]
pub struct WorktreeConfig {
    /// Files of `repo_root` to copy into it, relative; never committed.
    pub copy: Vec<PathBuf>,
    /// Command to run in it.
    pub setup: Option<String>,
    /// Seconds that the command may take.
    pub setup_timeout: u64,
}

/// The credentials of a project. Never in its TOML, never given to a session.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Of the account that comments, pushes, opens and merges.
    pub forge: Option<Secret>,
    /// Of the account that reviews; a different one.
    pub review: Option<Secret>,
    /// Of the CI server.
    pub woodpecker: Option<Secret>,
    /// Whatever else looks like a secret in the environment and in `.env`: only to be redacted.
    pub others: Vec<Secret>,
}
