//! Landing on the local forge: what lands, what does not, and what it leaves alone.

use crate::stage::{Stage, git, make_repo};
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// Commits a file to a branch of the user's repository, from a clone of its own; the commit.
fn push_file(s: &Stage, branch: &str, file: &str, text: &str) -> String {
    let hand = s.path("hand");
    if !hand.exists() {
        let repo = s.repo().display().to_string();
        git(s.dir.path(), &["clone", "-q", &repo, "hand"]);
        git(&hand, &["config", "user.name", "ann"]);
        git(&hand, &["config", "user.email", "ann@example.org"]);
    }
    git(&hand, &["fetch", "-q", "origin"]);
    let there = git(&hand, &["branch", "-r", "--list", &format!("origin/{branch}")]);
    let from = if there.is_empty() { "origin/main".to_string() } else { format!("origin/{branch}") };
    git(&hand, &["checkout", "-q", "-B", branch, &from]);
    fs::write(hand.join(file), text).unwrap();
    git(&hand, &["add", "-A"]);
    git(&hand, &["commit", "-q", "-m", &format!("add {file}")]);
    git(&hand, &["push", "-q", "origin", branch]);
    git(&hand, &["rev-parse", "HEAD"])
}

/// Opens ann's pull for a branch of hers.
fn open(s: &Stage, branch: &str) -> u64 {
    s.forge("ann", &["pull", "new", branch]).out.trim().parse().unwrap()
}

/// A chore's pull that brings one file, with green checks; its number and head.
fn green(s: &Stage, name: &str) -> (u64, String) {
    let branch = format!("chore/gardener-{name}");
    let head = push_file(s, &branch, &format!("{name}.txt"), &format!("{name}\n"));
    let pull = open(s, &branch);
    s.run("verify", &[&head]).ends(0);
    (pull, head)
}

/// The same, approved by rob.
fn ready(s: &Stage, name: &str) -> (u64, String) {
    let (pull, head) = green(s, name);
    s.approve(pull);
    (pull, head)
}

/// Runs `merge N`.
fn merge(s: &Stage, pull: u64) -> crate::stage::Said {
    s.run("merge", &[&pull.to_string()])
}

/// The code that `status why` gives for a number.
fn why(s: &Stage, number: u64) -> String {
    let text = s.run("status", &["why", &number.to_string(), "--json"]).ends(0).out;
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    all["verdicts"][0]["code"].as_str().unwrap().to_string()
}

fn main_of(s: &Stage) -> String {
    s.head(&s.repo(), "main")
}

#[test]
fn lands_in_a_bare_repository() {
    let s = Stage::new();
    let repo = s.repo().display().to_string();
    git(s.dir.path(), &["clone", "-q", "--bare", &repo, "bare"]);
    fs::remove_dir_all(s.repo()).unwrap();
    fs::rename(s.path("bare"), s.repo()).unwrap();
    let (pull, head) = ready(&s, "a");
    merge(&s, pull).ends(0).says("landed as");
    assert_eq!(git(&s.repo(), &["rev-parse", "main^2"]), head);
}

#[test]
fn a_checked_out_repository_gets_files_index_and_ref() {
    let s = Stage::new();
    let (pull, _) = ready(&s, "a");
    merge(&s, pull).ends(0);
    assert_eq!(fs::read_to_string(s.repo().join("a.txt")).unwrap(), "a\n");
    assert_eq!(git(&s.repo(), &["status", "--porcelain"]), "");
    merge(&s, pull).ends(0).says("landed before");
}

#[test]
fn another_branch_that_is_checked_out_is_left_alone() {
    let s = Stage::new();
    git(&s.repo(), &["checkout", "-q", "-b", "other"]);
    fs::write(s.repo().join("README.md"), "half done\n").unwrap();
    let (pull, head) = ready(&s, "a");
    merge(&s, pull).ends(0);
    assert_eq!(git(&s.repo(), &["rev-parse", "main^2"]), head);
    assert_eq!(git(&s.repo(), &["branch", "--show-current"]), "other");
    assert_eq!(git(&s.repo(), &["status", "--porcelain"]), "M README.md");
    assert!(!s.repo().join("a.txt").exists());
}

#[test]
fn the_primary_branch_in_a_linked_worktree_moves_there() {
    let s = Stage::new();
    git(&s.repo(), &["checkout", "-q", "-b", "other"]);
    let linked = s.path("linked");
    git(&s.repo(), &["worktree", "add", "-q", &linked.display().to_string(), "main"]);
    let (pull, _) = ready(&s, "a");
    merge(&s, pull).ends(0);
    assert!(linked.join("a.txt").exists() && !s.repo().join("a.txt").exists());
    assert_eq!(git(&linked, &["status", "--porcelain"]), "");
    assert_eq!(git(&s.repo(), &["status", "--porcelain"]), "");
}

#[test]
fn a_dirty_folder_is_a_wait_said_once_and_ends_when_it_is_clean() {
    let s = Stage::new();
    let before = main_of(&s);
    let (pull, _) = ready(&s, "a");
    fs::write(s.repo().join("README.md"), "half done\n").unwrap();
    merge(&s, pull).ends(5).says("README.md");
    s.poll().ends(0).says("Commit or stash");
    for _ in 0..2 {
        assert_eq!(s.poll().ends(0).out, "", "said once");
    }
    assert_eq!(main_of(&s), before);
    assert_eq!(fs::read_to_string(s.repo().join("README.md")).unwrap(), "half done\n");
    git(&s.repo(), &["stash", "-q"]);
    s.poll().ends(0);
    assert!(s.repo().join("a.txt").exists());
    git(&s.repo(), &["stash", "pop", "-q"]);
    assert_eq!(fs::read_to_string(s.repo().join("README.md")).unwrap(), "half done\n");
}

#[test]
fn a_dirty_folder_that_is_committed_lands_on_top() {
    let s = Stage::new();
    let (pull, head) = ready(&s, "a");
    fs::write(s.repo().join("README.md"), "mine\n").unwrap();
    merge(&s, pull).ends(5);
    git(&s.repo(), &["commit", "-q", "-a", "-m", "mine"]);
    let mine = main_of(&s);
    merge(&s, pull).ends(0);
    assert_eq!(git(&s.repo(), &["log", "-1", "--format=%P", "main"]), format!("{mine} {head}"));
    assert_eq!(fs::read_to_string(s.repo().join("README.md")).unwrap(), "mine\n");
}

#[test]
fn an_untracked_file_in_the_way_is_not_overwritten() {
    let s = Stage::new();
    let before = main_of(&s);
    let (pull, _) = ready(&s, "a");
    fs::write(s.repo().join("a.txt"), "the user's\n").unwrap();
    merge(&s, pull).ends(5).says("a.txt");
    assert_eq!(fs::read_to_string(s.repo().join("a.txt")).unwrap(), "the user's\n");
    assert_eq!(main_of(&s), before);
}

#[test]
fn an_ignored_file_in_the_way_is_not_overwritten_either() {
    let s = Stage::new();
    let (pull, _) = ready(&s, "a");
    fs::write(s.repo().join(".git/info/exclude"), "a.txt\n").unwrap();
    fs::write(s.repo().join("a.txt"), "the user's\n").unwrap();
    merge(&s, pull).ends(5).says("a.txt");
    assert_eq!(fs::read_to_string(s.repo().join("a.txt")).unwrap(), "the user's\n");
    fs::remove_file(s.repo().join("a.txt")).unwrap();
    merge(&s, pull).ends(0);
}

#[test]
fn a_file_that_is_there_already_hides_no_other_that_is_in_the_way() {
    let s = Stage::new();
    push_file(&s, "chore/gardener-a", "a.txt", "a\n");
    let head = push_file(&s, "chore/gardener-a", "b.txt", "b\n");
    let pull = open(&s, "chore/gardener-a");
    s.run("verify", &[&head]).ends(0);
    s.approve(pull);
    fs::write(s.repo().join("a.txt"), "a\n").unwrap();
    fs::write(s.repo().join(".git/info/exclude"), "b.txt\n").unwrap();
    fs::write(s.repo().join("b.txt"), "the user's\n").unwrap();
    merge(&s, pull).ends(5).says("b.txt");
    assert_eq!(fs::read_to_string(s.repo().join("b.txt")).unwrap(), "the user's\n");
    fs::remove_file(s.repo().join("b.txt")).unwrap();
    merge(&s, pull).ends(0);
    assert_eq!(git(&s.repo(), &["status", "--porcelain"]), "");
}

#[test]
fn several_that_land_at_once_land_each_pull_once() {
    let s = Stage::new();
    let ((a, _), (b, _)) = (ready(&s, "a"), ready(&s, "b"));
    let (a, b) = (a.to_string(), b.to_string());
    let mut all: Vec<_> = [&a, &b, &a, &b].iter().map(|n| s.spawn("merge", &[n])).collect();
    all.push(s.spawn("poll", &[]));
    all.push(s.spawn("poll", &[]));
    for job in &mut all {
        assert!(job.wait().unwrap().success());
    }
    let subjects = git(&s.repo(), &["log", "--first-parent", "--format=%s", "main"]);
    assert_eq!(subjects.lines().count(), 3, "{subjects}");
    assert_eq!(git(&s.repo(), &["status", "--porcelain"]), "");
}

#[test]
fn unrelated_untracked_files_are_no_obstacle_and_survive() {
    let s = Stage::new();
    let (pull, _) = ready(&s, "a");
    fs::create_dir(s.repo().join("notes")).unwrap();
    fs::write(s.repo().join("notes/mine ü.txt"), "mine\n").unwrap();
    merge(&s, pull).ends(0);
    assert_eq!(fs::read_to_string(s.repo().join("notes/mine ü.txt")).unwrap(), "mine\n");
}

#[test]
fn a_staged_change_survives() {
    let s = Stage::new();
    let (pull, _) = ready(&s, "a");
    fs::write(s.repo().join("README.md"), "staged\n").unwrap();
    git(&s.repo(), &["add", "README.md"]);
    fs::write(s.repo().join("README.md"), "on top\n").unwrap();
    merge(&s, pull).ends(5);
    assert_eq!(git(&s.repo(), &["show", ":README.md"]), "staged");
    assert_eq!(fs::read_to_string(s.repo().join("README.md")).unwrap(), "on top\n");
}

#[test]
fn a_head_that_moved_after_the_approval_needs_a_new_one() {
    let s = Stage::new();
    let before = main_of(&s);
    let (pull, old) = ready(&s, "a");
    let head = push_file(&s, "chore/gardener-a", "more.txt", "more\n");
    assert_eq!(open(&s, "chore/gardener-a"), pull, "one pull a branch");
    s.run("verify", &[&head]).ends(0);
    assert_eq!(why(&s, pull), "no_approval");
    s.run("merge", &[&pull.to_string(), "--head", &old]).ends(75).says(&head);
    s.poll().ends(0);
    assert_eq!(main_of(&s), before);
    s.approve(pull);
    s.run("merge", &[&pull.to_string(), "--head", &old]).ends(75).says(&head);
    s.run("merge", &[&pull.to_string(), "--head", &head]).ends(0);
    assert_eq!(git(&s.repo(), &["rev-parse", "main^2"]), head);
}

#[test]
fn only_approvals_that_count_land_a_pull() {
    let s = Stage::with().toml("[people.ann]\nforge = \"ann\"").set();
    let before = main_of(&s);
    let (pull, _) = green(&s, "a");
    let number = pull.to_string();
    for who in ["ann", "drover", "eve"] {
        s.forge(who, &["pull", "approve", &number]);
        assert_eq!(why(&s, pull), "no_approval", "{who}");
        merge(&s, pull).ends(5).says("no_approval");
    }
    s.approve(pull);
    let shown = s.forge("rob", &["pull", "show", &number, "--json"]).out;
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let review = shown["pull"]["reviews"][3]["id"].to_string();
    s.forge("rob", &["pull", "dismiss", &number, &review]);
    assert_eq!(why(&s, pull), "no_approval");
    s.poll().ends(0);
    assert_eq!(main_of(&s), before);
    s.approve(pull);
    merge(&s, pull).ends(0);
}

#[test]
fn a_reviewer_cannot_approve_a_pull_of_their_own() {
    let s = Stage::new();
    let head = push_file(&s, "chore/gardener-a", "a.txt", "a\n");
    let said = s.forge("rob", &["pull", "new", "chore/gardener-a"]);
    let pull: u64 = said.out.trim().parse().unwrap();
    s.run("verify", &[&head]).ends(0);
    s.approve(pull);
    assert_eq!(why(&s, pull), "no_approval");
    merge(&s, pull).ends(5);
}

#[test]
fn without_checks_nothing_lands_unless_the_project_says_so() {
    let s = Stage::with().verify(None).set();
    push_file(&s, "chore/gardener-a", "a.txt", "a\n");
    let pull = open(&s, "chore/gardener-a");
    s.approve(pull);
    assert_eq!(why(&s, pull), "checks_none");
    merge(&s, pull).ends(4).says("checks_none");
    s.run("merge", &[&pull.to_string(), "--set", "landing.without_checks=true"]).ends(0);
}

#[test]
fn red_and_unfinished_checks_hold_a_pull() {
    let s = Stage::new();
    let head = push_file(&s, "chore/gardener-a", "a.txt", "BROKEN\n");
    let pull = open(&s, "chore/gardener-a");
    s.approve(pull);
    assert_eq!(why(&s, pull), "checks_pending");
    merge(&s, pull).ends(6).says("checks_pending");
    s.run("verify", &[&head]).ends(1).says("BROKEN found");
    assert_eq!(why(&s, pull), "checks_red");
    merge(&s, pull).ends(4).says("checks_red");
}

#[test]
fn scope_says_which_branches_land() {
    let s = Stage::new();
    let n = s.issue("A thing", "", &[]);
    for (branch, file) in [("feature/free", "free.txt"), ("feature/linked", "linked.txt")] {
        let head = push_file(&s, branch, file, "x\n");
        let body = if file == "linked.txt" { format!("Fixes #{n}") } else { String::new() };
        let said = s.forge("ann", &["pull", "new", branch, "--body", &body]);
        s.run("verify", &[&head]).ends(0);
        s.approve(said.out.trim().parse().unwrap());
    }
    let (free, linked) = ((n + 1).to_string(), (n + 2).to_string());
    s.run("merge", &[&free]).ends(4).says("out_of_scope");
    s.run("merge", &[&linked]).ends(4).says("out_of_scope");
    assert_eq!(why(&s, n + 1), "out_of_scope");
    s.run("merge", &[&free, "--set", "landing.scope=linked"]).ends(4).says("out_of_scope");
    s.run("merge", &[&linked, "--set", "landing.scope=linked"]).ends(0);
    s.run("merge", &[&free, "--set", "landing.scope=all"]).ends(0);
}

#[test]
fn a_persons_pull_for_an_issue_keeps_a_second_answer_away() {
    let s = Stage::new();
    push_file(&s, "feature", "a.txt", "a\n");
    let n = s.issue("A thing", "", &[]);
    let said = s.forge("ann", &["pull", "new", "feature", "--body", &format!("Fixes #{n}")]);
    s.forge("maria", &["issue", "label", &n.to_string(), "backlog"]);
    s.poll();
    s.poll();
    assert_eq!((s.phase(n), why(&s, n)), (String::new(), "has_pull".into()));
    s.forge("ann", &["pull", "close", said.out.trim()]);
    s.until("it is started", |s| !s.phase(n).is_empty());
}

#[test]
fn behind_the_base_it_lands_as_it_is() {
    let s = Stage::new();
    let (pull, head) = ready(&s, "a");
    push_file(&s, "other", "other.txt", "x\n");
    git(&s.repo(), &["merge", "-q", "--ff-only", "other"]);
    let base = main_of(&s);
    merge(&s, pull).ends(0);
    assert_eq!(git(&s.repo(), &["log", "-1", "--format=%P", "main"]), format!("{base} {head}"));
}

#[test]
fn up_to_date_brings_the_base_in_and_verifies_again() {
    let s = Stage::with().toml("[landing]\nup_to_date = true").set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    let first = s.record(n)["head"].as_str().unwrap().to_string();
    push_file(&s, "other", "other.txt", "x\n");
    git(&s.repo(), &["merge", "-q", "--ff-only", "other"]);
    let base = main_of(&s);
    s.approve(s.pull(n));
    s.until("the update waits for review", |s| {
        s.phase(n) == "awaiting_review" && s.record(n)["head"] != first.as_str()
    });
    let head = s.record(n)["head"].as_str().unwrap().to_string();
    let bare = s.project().join("repo.git");
    assert_eq!(git(&bare, &["log", "-1", "--format=%P", &head]), format!("{first} {base}"));
    assert_eq!(main_of(&s), base, "what nobody approved does not land");
    s.run("verify", &[&head]).ends(0);
    s.approve(s.pull(n));
    s.until_phase(n, "done");
}

#[test]
fn an_update_by_rebase_makes_the_commits_anew_on_the_base() {
    let s = Stage::with().toml("[landing]\nup_to_date = true\nupdate = \"rebase\"").set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    let first = s.record(n)["head"].as_str().unwrap().to_string();
    push_file(&s, "other", "other.txt", "x\n");
    git(&s.repo(), &["merge", "-q", "--ff-only", "other"]);
    let base = main_of(&s);
    s.approve(s.pull(n));
    s.until("the update waits for review", |s| {
        s.phase(n) == "awaiting_review" && s.record(n)["head"] != first.as_str()
    });
    let head = s.record(n)["head"].as_str().unwrap().to_string();
    let bare = s.project().join("repo.git");
    assert_eq!(git(&bare, &["log", "-1", "--format=%P", &head]), base, "one parent: the base");
    let subject = |sha: &str| git(&bare, &["log", "-1", "--format=%an %s", sha]);
    assert_eq!(subject(&head), subject(&first), "author and message stay");
    s.approve(s.pull(n));
    s.until_phase(n, "done");
}

#[test]
fn a_text_that_a_stranger_changed_later_is_not_shown_to_a_session() {
    let s = Stage::with().agent("sleep 1000").set();
    let n = s.issue_as("eve", "Add a thing", "The first text.", &[]);
    s.forge("maria", &["issue", "label", &n.to_string(), "backlog"]);
    s.until_phase(n, "working");
    s.later(5);
    s.forge("eve", &["issue", "edit", &n.to_string(), "--body", "Now do something else."]);
    s.tmux(&["kill-session", "-t", &format!("=dev-proj-{n}")]);
    s.until("a second session was started", |s| {
        s.record(n)["spawns"] == 2 && s.record(n)["pending"].as_array().is_some_and(Vec::is_empty)
    });
    let prompt = std::fs::read_to_string(s.run_folder(n).join("prompt.md")).unwrap();
    assert!(!prompt.contains("something else") && prompt.contains("is not shown"), "{prompt}");
}

#[test]
fn a_session_at_work_delays_no_landing() {
    let s = Stage::with().agent("sleep 1000").set();
    let n = s.issue("Long", "", &["backlog"]);
    s.until_phase(n, "working");
    let (_, head) = ready(&s, "a");
    s.poll().ends(0);
    assert_eq!(git(&s.repo(), &["rev-parse", "main^2"]), head);
    assert_eq!(s.phase(n), "working");
}

#[test]
fn the_oldest_approval_that_counts_lands_first() {
    let s = Stage::new();
    let ((a, _), (b, _)) = (green(&s, "a"), green(&s, "b"));
    s.forge("eve", &["pull", "approve", &a.to_string()]);
    s.later(10);
    s.approve(b);
    s.later(10);
    s.approve(a);
    s.until("both are in", |s| s.repo().join("a.txt").exists() && s.repo().join("b.txt").exists());
    let subjects = git(&s.repo(), &["log", "--first-parent", "--reverse", "--format=%s", "main"]);
    assert_eq!(
        subjects.lines().skip(1).collect::<Vec<_>>(),
        [format!("Merge pull #{b}: add b.txt"), format!("Merge pull #{a}: add a.txt")]
    );
}

#[test]
fn landings_that_are_stopped_stay_stopped_until_a_person_removes_the_file() {
    let s = Stage::new();
    let before = main_of(&s);
    let (pull, _) = ready(&s, "a");
    fs::write(s.project().join("landing.closed"), "the tree was another\n").unwrap();
    merge(&s, pull).ends(5).says("the tree was another");
    assert_eq!(why(&s, pull), "landing_closed");
    s.poll().ends(0);
    assert_eq!(main_of(&s), before);
    fs::remove_file(s.project().join("landing.closed")).unwrap();
    merge(&s, pull).ends(0);
}

#[test]
fn a_receipt_can_be_checked_with_git_alone() {
    let s = Stage::new();
    let base = main_of(&s);
    let (pull, head) = ready(&s, "a");
    merge(&s, pull).ends(0);
    let receipt = s.json(&s.project().join(format!("receipts/{pull}.json")));
    let merged = main_of(&s);
    assert_eq!(receipt["merge"], merged);
    assert_eq!((&receipt["base"], &receipt["head"]), (&base.as_str().into(), &head.as_str().into()));
    assert_eq!(receipt["tree"], git(&s.repo(), &["merge-tree", "--write-tree", &base, &head]));
    assert_eq!(receipt["tree"], git(&s.repo(), &["rev-parse", &format!("{merged}^{{tree}}")]));
    assert_eq!(receipt["checks"][0], "verify: green");
    let message = git(&s.repo(), &["log", "-1", "--format=%P%n%B", "main"]);
    let text = format!("{base} {head}\nMerge pull #{pull}: add a.txt\n\nReviewed-by: rob");
    assert_eq!(message, text);
}

#[test]
fn the_users_hooks_are_not_run() {
    let s = Stage::new();
    let (pull, _) = ready(&s, "a");
    let hooks = [
        "pre-merge-commit",
        "post-merge",
        "reference-transaction",
        "post-checkout",
        "pre-commit",
        "commit-msg",
        "prepare-commit-msg",
        "post-index-change",
        "update",
        "post-rewrite",
    ];
    for folder in [s.repo().join(".git/hooks"), s.path("hooks")] {
        fs::create_dir_all(&folder).unwrap();
        for hook in hooks {
            let text = format!("#!/bin/sh\necho {hook} >> '{}'\nexit 1\n", s.path("hook-ran").display());
            fs::write(folder.join(hook), text).unwrap();
            fs::set_permissions(folder.join(hook), fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
    merge(&s, pull).ends(0);
    let (pull, _) = {
        git(&s.repo(), &["config", "core.hooksPath", &s.path("hooks").display().to_string()]);
        fs::remove_dir_all(s.repo().join(".git/hooks")).unwrap();
        let head = commit_aside(&s, "chore/planner-b");
        let pull = open(&s, "chore/planner-b");
        s.run("verify", &[&head]).ends(0);
        s.approve(pull);
        (pull, head)
    };
    merge(&s, pull).ends(0);
    let ran = fs::read_to_string(s.path("hook-ran")).unwrap_or_default();
    assert_eq!(ran, "");
}

/// A commit on a new branch, made without a push: pushing runs hooks of the other side.
fn commit_aside(s: &Stage, branch: &str) -> String {
    let tree = git(&s.repo(), &["rev-parse", "main~1^{tree}"]);
    let head = git(&s.repo(), &["commit-tree", &tree, "-p", "main", "-m", "take it out"]);
    git(&s.repo(), &["branch", branch, &head]);
    head
}

#[test]
fn two_projects_with_equal_issue_numbers_share_nothing() {
    let s = Stage::new();
    make_repo(&s.path("repo2"));
    let text = fs::read_to_string(s.toml_file()).unwrap();
    let text = text
        .replace("name = \"proj\"", "name = \"proj2\"")
        .replace(&format!("\"{}\"", s.repo().display()), &format!("\"{}\"", s.path("repo2").display()))
        .replace("/worktrees\"", "/worktrees2\"");
    fs::write(s.root().join("projects/proj2.toml"), text).unwrap();
    for project in ["proj", "proj2"] {
        let title = format!("thing of {project}");
        let said = s.forge("maria", &["-p", project, "issue", "new", &title, "--label", "backlog"]);
        assert_eq!(said.out.trim(), "1");
    }
    let phase = |project: &str| {
        let record = s.json(&s.state().join(project).join("runs/1/run.json"));
        record["phase"].as_str().unwrap_or_default().to_string()
    };
    s.until("both wait for review", |_| ["proj", "proj2"].iter().all(|p| phase(p) == "awaiting_review"));
    for project in ["proj", "proj2"] {
        assert_eq!(s.tmux(&["has-session", "-t", &format!("=dev-{project}-1")]).code, 0, "{project}");
        let bare = s.state().join(project).join("repo.git");
        assert!(!git(&bare, &["rev-parse", "fix/issue-1"]).is_empty());
    }
    assert!(s.path("worktrees/1").exists() && s.path("worktrees2/1").exists());
    let heads = ["proj", "proj2"].map(|p| s.head(&s.state().join(p).join("repo.git"), "fix/issue-1"));
    let before = main_of(&s);
    s.forge("rob", &["-p", "proj2", "pull", "approve", "2"]);
    s.until("the one that was approved is done", |_| phase("proj2") == "done");
    assert_eq!(git(&s.path("repo2"), &["rev-parse", "main^2"]), heads[1]);
    assert_eq!((phase("proj"), main_of(&s)), ("awaiting_review".into(), before));
}

#[test]
fn an_issue_waits_for_what_it_depends_on() {
    let s = Stage::new();
    let first = s.issue("First", "", &[]);
    let n = s.issue("Second", &format!("Depends on #{first}"), &["backlog"]);
    s.poll();
    s.poll();
    assert_eq!((s.phase(n), why(&s, n)), (String::new(), "held_back".into()));
    s.forge("maria", &["issue", "close", &first.to_string()]);
    s.until("it is started", |s| !s.phase(n).is_empty());
}

#[test]
fn issues_that_wait_for_each_other_are_named() {
    let s = Stage::new();
    let a = s.issue("A", "", &["backlog"]);
    fs::remove_file(s.state().join(".dev-active")).unwrap();
    let b = s.issue("B", &format!("Blocked by #{a}"), &["backlog"]);
    s.forge("maria", &["issue", "depend", &a.to_string(), &b.to_string()]);
    assert_eq!(why(&s, a), "dependency_cycle");
    let said = s.run("status", &["why", &a.to_string()]).ends(0);
    said.says(&format!("#{a} → #{b} → #{a}"));
}

#[test]
fn a_strangers_issue_waits_for_a_maintainers_label() {
    let s = Stage::new();
    let n = s.issue_as("eve", "Do it", "", &["backlog"]);
    s.poll();
    s.poll();
    assert_eq!((s.phase(n), why(&s, n)), (String::new(), "not_vouched".into()));
    s.forge("eve", &["issue", "label", &n.to_string(), "priority"]);
    assert_eq!(why(&s, n), "not_vouched", "a stranger's label vouches for nothing");
    s.forge("maria", &["issue", "label", &n.to_string(), "backlog"]);
    s.until("it is started", |s| !s.phase(n).is_empty());
}

#[test]
fn an_edit_after_the_label_takes_the_word_back() {
    let s = Stage::new();
    fs::remove_file(s.state().join(".dev-active")).unwrap();
    let n = s.issue_as("eve", "Do it", "", &[]);
    s.forge("maria", &["issue", "label", &n.to_string(), "backlog"]);
    assert_eq!(why(&s, n), "guard_off");
    s.later(1);
    s.forge("eve", &["issue", "edit", &n.to_string(), "--body", "rm -rf ~"]);
    assert_eq!(why(&s, n), "not_vouched");
    s.later(1);
    s.forge("maria", &["issue", "label", &n.to_string(), "backlog"]);
    assert_eq!(why(&s, n), "guard_off", "a label put on again is a word for the new text");
}

#[test]
fn forge_inside_a_session_reviews_nothing_and_speaks_for_nobody() {
    let s = Stage::new();
    let (pull, _) = green(&s, "a");
    let inside = |args: &[&str]| -> (i32, String) {
        let done = s.command("forge", args).env("DROVER_SESSION", "x/1").output().unwrap();
        (done.status.code().unwrap(), String::from_utf8(done.stdout).unwrap())
    };
    let number = pull.to_string();
    for args in [
        vec!["--as", "rob", "pull", "approve", &number],
        vec!["--as", "rob", "pull", "reject", &number, "no"],
        vec!["--as", "rob", "pull", "close", &number],
        vec!["--as", "rob", "pull", "dismiss", &number, "1"],
        vec!["--as", "rob", "pull", "new", "chore/gardener-a"],
    ] {
        assert_eq!(inside(&args).0, 4, "{args:?}");
    }
    assert_eq!(inside(&["pull", "show", &number]).0, 0);
    let (code, out) = inside(&["--as", "maria", "issue", "new", "A bug", "--label", "backlog"]);
    assert_eq!(code, 0);
    let n: u64 = out.trim().parse().unwrap();
    assert_eq!(s.issue_record(n)["author"], "session");
    assert_eq!(why(&s, n), "not_vouched");
    assert_eq!(why(&s, pull), "no_approval");
    let done = s.command("merge", &[&number]).env("DROVER_SESSION", "x/1").output().unwrap();
    assert_eq!(done.status.code(), Some(4), "a session lands nothing");
}
