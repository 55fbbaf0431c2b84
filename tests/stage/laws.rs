//! The laws of the design, asked of everything that a story leaves on disk, whatever the story was about.

use super::Stage;
use drover::domain::ids::{IssueNo, Sha};
use drover::domain::laws::{self, Breach};
use drover::domain::pull::PullState;
use drover::domain::run::Run;
use drover::forge::local::records::{IssueRecord, PullRecord};
use drover::store::state::{Notice, Receipt};
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Who drover is on the local forge.
const ME: &str = "drover";

/// What is broken in any project of a stage.
pub fn broken(s: &Stage) -> Vec<Breach> {
    let projects = entries(&s.state()).into_iter().filter(|p| p.join("forge").is_dir());
    let asked = projects.flat_map(|project| {
        let runs: Vec<Run> =
            entries(&project.join("runs")).iter().filter_map(|run| read(&run.join("run.json"))).collect();
        [
            pulls(s, &project),
            comments(s, &project),
            told(s, &project, &runs),
            waits(&runs),
            commits(s, &project, &runs),
        ]
    });
    asked.flatten().filter_map(Result::err).collect()
}

type Asked = Vec<Result<(), Breach>>;

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    all.sort();
    all
}

/// A record, unless a story has made it unreadable.
fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

fn all<T: DeserializeOwned>(folder: &Path) -> Vec<T> {
    entries(folder).iter().filter_map(|path| read(path)).collect()
}

/// Values of the stage's environment that nobody may ever read.
fn secrets(s: &Stage) -> Vec<String> {
    let secret = |name: &str| name.contains("TOKEN") || name.contains("KEY");
    s.vars
        .iter()
        .filter(|(name, value)| secret(name) && value.len() >= 6)
        .map(|(_, value)| value.clone())
        .collect()
}

fn pulls(s: &Stage, project: &Path) -> Asked {
    let pulls: Vec<PullRecord> = all(&project.join("forge/pulls"));
    let ours = pulls.iter().filter(|p| p.pull.author == ME);
    let branches = ours.clone().filter(|p| p.pull.is_open()).map(|p| p.pull.branch.rsplit('-').next());
    let open: Vec<IssueNo> = branches.filter_map(|n| n?.parse().ok()).collect();
    let mut asked = vec![laws::one_each("open pulls of ours", &open)];
    asked.extend(
        ours.map(|p| laws::keyless("a pull", &format!("{}\n{}", p.pull.title, p.pull.body), &secrets(s))),
    );
    let receipts: Vec<Receipt> = all(&project.join("receipts"));
    for receipt in receipts {
        let Some(found) = pulls.iter().find(|p| p.pull.number == receipt.pull) else { continue };
        // Cut off between the two, the landing is finished by whoever comes next.
        let begun = project.join("landing.json").exists();
        asked.push(laws::receipt_is_true(
            receipt.pull,
            begun || matches!(found.pull.state, PullState::Merged { .. }),
        ));
    }
    asked
}

fn comments(s: &Stage, project: &Path) -> Asked {
    let issues: Vec<IssueRecord> = all(&project.join("forge/issues"));
    let mut asked = vec![];
    for issue in issues {
        let ours: Vec<&str> =
            issue.comments.iter().filter(|c| c.author == ME).map(|c| c.body.as_str()).collect();
        let markers = ours.iter().filter(|b| b.contains("<!--")).filter_map(|b| b.rsplit("<!--").next());
        asked.push(laws::said_once("a comment", markers));
        asked.extend(ours.iter().map(|body| laws::keyless("a comment", body, &secrets(s))));
    }
    asked
}

fn told(s: &Stage, project: &Path, runs: &[Run]) -> Asked {
    let notices: Vec<Notice> = all(&project.join("outbox"));
    let mut asked: Asked = runs
        .iter()
        .filter(|r| r.pending.is_empty())
        .map(|r| laws::is_told(r, |what| notices.iter().any(|n| n.kind.is_urgent() && n.text.contains(what))))
        .collect();
    for notice in &notices {
        asked.push(laws::worth_a_mail(&notice.key, notice.kind));
        asked.push(laws::keyless("a notice", &notice.text, &secrets(s)));
    }
    asked
}

fn waits(runs: &[Run]) -> Asked {
    runs.iter().map(laws::wait_is_written).collect()
}

/// Every commit that a session has handed over can still be reached from some branch, ref or worktree.
fn commits(s: &Stage, project: &Path, runs: &[Run]) -> Asked {
    let heads: Vec<&Sha> = runs.iter().filter_map(|r| r.head.as_ref()).collect();
    let own = project.join("repo.git");
    if heads.is_empty() || !own.exists() {
        return vec![];
    }
    let mut there: BTreeSet<String> = BTreeSet::new();
    // What is being removed is not where commits are kept.
    let kept = |folder: &PathBuf| !folder.file_name().unwrap_or_default().to_string_lossy().starts_with('.');
    let folders = [own, s.repo()].into_iter().chain(entries(&s.worktrees()).into_iter().filter(kept));
    let is_there = |folder: &Path| folder.join("HEAD").exists() || folder.join(".git").exists();
    for folder in folders.filter(|f| is_there(f)) {
        let listed =
            Command::new("git").arg("-C").arg(&folder).args(["rev-list", "--all", "HEAD"]).output().unwrap();
        // A worktree may be removed while we look, when its run has ended: what it held is in `repo.git`, or is missed below.
        assert!(listed.status.success() || !is_there(&folder), "{}: {listed:?}", folder.display());
        there.extend(String::from_utf8_lossy(&listed.stdout).lines().map(str::to_string));
    }
    vec![laws::nothing_lost(heads, |sha| there.contains(sha.as_str()))]
}
