//! What the decisions need to know of a project: its labels, limits and rules, as plain values.

use super::evidence::Required;
use super::ids::IssueNo;
use super::time::{HOUR, MINUTE};
use super::window::Window;

/// The names of the labels we read and write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelNames {
    /// An issue that may be worked on.
    pub queue: String,
    /// In addition to `queue`: before the others.
    pub priority: String,
    /// Being worked on.
    pub in_progress: String,
    /// Given up on; a person has to look.
    pub blocked: String,
    /// A person is asked.
    pub needs_human: String,
    /// Too large or not clear enough.
    pub underspecified: String,
    /// Issues with one of these are never touched.
    pub skip: Vec<String>,
}

impl Default for LabelNames {
    fn default() -> Self {
        LabelNames {
            queue: "backlog".into(),
            priority: "priority".into(),
            in_progress: "in-progress".into(),
            blocked: "blocked".into(),
            needs_human: "needs-human".into(),
            underspecified: "underspecified".into(),
            skip: Vec::new(),
        }
    }
}

/// Which pulls may land.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Opened for a run, or from a branch that matches `chores`.
    Ours,
    /// Any that names an issue, and those of `Ours`.
    Linked,
    /// All.
    All,
}

/// Whether new work starts while a pull waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pipeline {
    /// No.
    Drain,
    /// Yes.
    Overlap,
}

/// One project's rules.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The project's name.
    pub project: String,
    /// Our own name on the forge.
    pub me: String,
    /// See [`LabelNames`].
    pub labels: LabelNames,
    /// The name of the project's own agent.
    pub agent: String,
    /// The branch that pulls land on.
    pub primary: String,
    /// Template of a run's branch, with `{issue}`.
    pub branch: String,
    /// People whose words count: who may file, answer and command.
    pub trusted: Vec<String>,
    /// Who is told of a wait for a person when it lasts, one after the other; the first is asked at once.
    pub ladder: Vec<String>,
    /// The forge accounts that comments name which need a person.
    pub call: Vec<String>,
    /// People whose approval counts.
    pub reviewers: Vec<String>,
    /// See [`Scope`].
    pub scope: Scope,
    /// Patterns of branches that may land without an issue.
    pub chores: Vec<regex::Regex>,
    /// Land what is approved even where there are no checks at all.
    pub without_checks: bool,
    /// Which contexts decide.
    pub required: Required,
    /// A pull must hold the base before it lands.
    pub up_to_date: bool,
    /// See [`Pipeline`].
    pub pipeline: Pipeline,
    /// How many sessions may be at work.
    pub sessions: u32,
    /// Least free memory, in MB, to start with.
    pub memory_mb: u64,
    /// Least free disk, in MB, to start with.
    pub disk_mb: u64,
    /// Highest load to start with; 0 is none.
    pub load: f64,
    /// Hours in which new work may start.
    pub window: Option<Window>,
    /// Seconds to wait for CI.
    pub ci_timeout: u64,
    /// Seconds that `verify` may take in all.
    pub verify_timeout: u64,
    /// Seconds of work after which a run is blocked; none: no such limit.
    pub work_limit: Option<u64>,
    /// Seconds a run may wait before its session is parked.
    pub park_after: u64,
    /// Whether `verify` has steps at all.
    pub verifies: bool,
}

impl Policy {
    /// A policy with the defaults of `docs/config.md`, for tests and for the demo's checks.
    pub fn plain(project: &str) -> Policy {
        Policy {
            project: project.into(),
            me: "drover".into(),
            labels: LabelNames::default(),
            agent: "command".into(),
            primary: "main".into(),
            branch: "fix/issue-{issue}".into(),
            trusted: Vec::new(),
            ladder: Vec::new(),
            call: Vec::new(),
            reviewers: Vec::new(),
            scope: Scope::Ours,
            chores: Vec::new(),
            without_checks: false,
            required: Required::AllSeen { settle: 0 },
            up_to_date: false,
            pipeline: Pipeline::Drain,
            sessions: 1,
            memory_mb: 0,
            disk_mb: 0,
            load: 0.0,
            window: None,
            ci_timeout: 30 * MINUTE,
            verify_timeout: HOUR,
            work_limit: None,
            park_after: 15 * MINUTE,
            verifies: true,
        }
    }

    /// The branch of a run.
    pub fn branch_of(&self, issue: IssueNo) -> String {
        self.branch.replace("{issue}", &issue.to_string())
    }

    /// Whether a branch is one that runs publish.
    pub fn is_run_branch(&self, branch: &str) -> bool {
        let Some((before, after)) = self.branch.split_once("{issue}") else { return false };
        let number = branch.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    }

    /// Whether a branch is one of the chores.
    pub fn is_chore(&self, branch: &str) -> bool {
        self.chores.iter().any(|c| c.is_match(branch))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_policy_has_the_times_of_the_documentation() {
        let plain = Policy::plain("p");
        assert_eq!((plain.ci_timeout, plain.verify_timeout, plain.park_after), (1800, 3600, 900));
    }

    #[test]
    fn a_runs_branch_is_the_template_with_a_number() {
        let policy = Policy { branch: "fix/issue-{issue}-x".into(), ..Policy::plain("p") };
        assert_eq!(policy.branch_of(IssueNo(12)), "fix/issue-12-x");
        assert!(policy.is_run_branch("fix/issue-12-x"));
        for other in ["fix/issue--x", "fix/issue-1a-x", "fix/issue-12", "issue-12-x", "main", ""] {
            assert!(!policy.is_run_branch(other), "{other}");
        }
        assert!(!Policy { branch: "work".into(), ..policy }.is_run_branch("work"), "it names no issue");
    }

    #[test]
    fn a_chore_matches_one_of_the_patterns() {
        let chores = ["^chore/(a|b)-", "^docs/"].map(|p| regex::Regex::new(p).unwrap()).to_vec();
        let policy = Policy { chores, ..Policy::plain("p") };
        assert!(policy.is_chore("chore/b-1") && policy.is_chore("docs/x"));
        assert!(!policy.is_chore("chore/c-1") && !Policy::plain("p").is_chore("chore/a-1"));
    }
}
