//! Care: room is made without a loss, and what was put by is taken up again.

use crate::stage::{GOOD_AGENT, Stage, git};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

const MONTH: i64 = 31 * 24 * 3600;

fn days(s: &Stage) {
    s.later(MONTH);
}

#[test]
fn of_what_ended_long_ago_only_what_is_elsewhere_too_goes() {
    let agent = format!(
        "case $ISSUE in 2) echo mine > uncommitted.txt; echo 'PHASE:failed' > \"$PHASE_FILE\";; *) {GOOD_AGENT};; esac\n"
    );
    let s = Stage::with().agent(&agent).set();
    let (landed, failed) = (s.issue("Add a thing", "", &["backlog"]), s.issue("Fail", "", &["backlog"]));
    s.until_phase(landed, "awaiting_review");
    s.approve(s.pull(landed));
    s.until_phase(landed, "done");
    s.until_phase(failed, "blocked");
    s.rests();
    // A landed run's worktree goes at once; one that somebody has put there again is looked at like any other.
    let young = s.run("drover", &["gc"]).ends(0).out;
    assert!(young.contains("kept all of #1: it ended ") && !young.contains("removed"), "{young}");
    days(&s);
    let before: BTreeSet<String> = files(&s.project());
    let dry = s.run("drover", &["gc", "--dry-run"]).ends(0).out;
    assert!(dry.contains("would remove") && files(&s.project()) == before, "{dry}");
    fs::create_dir(s.run_folder(landed).join("turns/odd")).unwrap();
    let said = s.run("drover", &["gc"]).ends(0).out;
    assert!(said.contains("turns/odd: it is no file"), "an odd entry ends nothing: {said}");
    assert!(said.contains("removed") && said.contains("files of the sessions of #1"), "{said}");
    assert!(
        said.contains(&format!(
            "kept worktree {}: uncommitted: uncommitted.txt",
            s.worktree(failed).display()
        )),
        "{said}"
    );
    assert_eq!(fs::read_to_string(s.worktree(failed).join("uncommitted.txt")).unwrap(), "mine\n");
    for gone in ["launch.json", "prompt.md", "turns/0001.md"] {
        assert!(!s.run_folder(landed).join(gone).exists(), "{gone}: {said}");
    }
    for stays in ["run.json", "session/summary.md"] {
        assert!(s.run_folder(landed).join(stays).exists(), "{stays}");
    }
    assert!(s.run("drover", &["show", "1"]).ends(0).out.contains("landed"));
    let again = s.run("drover", &["gc"]).ends(0).out;
    assert!(!again.contains("removed"), "twice changes nothing: {again}");
    // Whoever tries again finds the work as it was left.
    s.run("agent", &["retry", &failed.to_string()]).ends(0);
    s.until("it has been tried again", |s| s.record(failed)["attempt"] == 2 && s.phase(failed) == "blocked");
    assert!(s.worktree(failed).join("uncommitted.txt").exists());
}

#[test]
fn what_is_at_work_or_cannot_be_read_is_left_alone() {
    let s = Stage::with().agent("sleep 1000\n").set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "working");
    fs::create_dir_all(s.run_folder(9)).unwrap();
    fs::write(s.run_folder(9).join("run.json"), "{").unwrap();
    fs::create_dir_all(s.worktrees().join("set-aside")).unwrap();
    days(&s);
    let said = s.run("drover", &["gc", "--days", "0"]).ends(0).out;
    for part in [
        "kept all of #1: it is working",
        "kept all of #9: its record cannot be read",
        "set-aside: it belongs to no run",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(!said.contains("removed"), "{said}");
    fs::remove_dir_all(s.run_folder(9)).unwrap();
}

/// All files below a folder, by their names from there on.
fn files(folder: &Path) -> BTreeSet<String> {
    let (mut all, mut open) = (BTreeSet::new(), vec![folder.to_path_buf()]);
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|e| e.path()));
        } else {
            all.insert(path.strip_prefix(folder).unwrap().display().to_string());
        }
    }
    all
}

/// Whether a process names a folder on its command line: one of ours that is still at it.
fn is_named(folder: &Path) -> bool {
    let name = folder.as_os_str().as_encoded_bytes();
    let lines =
        fs::read_dir("/proc").unwrap().flatten().filter_map(|p| fs::read(p.path().join("cmdline")).ok());
    lines.into_iter().any(|line| line.windows(name.len()).any(|part| part == name))
}

/// Ends everything of a stage and takes its state away, as a disk that broke does; what is in the archive comes in its place.
fn restored(s: &Stage, archive: &Path) {
    s.tmux(&["kill-server"]);
    s.wait("all sessions and handlers have ended", |s| {
        (1..9).all(|n| s.agent_processes(n).is_empty()) && !is_named(&s.root())
    });
    fs::remove_dir_all(s.root()).unwrap();
    fs::remove_dir_all(s.worktrees()).unwrap();
    fs::create_dir(s.root()).unwrap();
    let done = Command::new("tar").arg("-xf").arg(archive).arg("-C").arg(s.root()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn what_was_put_by_while_ticks_ran_is_taken_up_again_and_lands() {
    let mut s = Stage::with().agent(&format!("sleep 0.2\n{GOOD_AGENT}")).set();
    let issues: Vec<u64> = (0..6).map(|n| s.issue(&format!("Add thing {n}"), "", &["backlog"])).collect();
    s.rest = std::time::Duration::from_millis(20);
    s.poll();
    // Ticks go on while it is made, several times, at whatever moment.
    let backup = |n: u32| {
        let file = s.path(&format!("backup-{n}.tar"));
        let mut ticks: Vec<_> = (0..3).map(|_| s.spawn("poll", &[])).collect();
        s.run("drover", &["backup", file.to_str().unwrap()]).ends(0);
        ticks.iter_mut().for_each(|tick| drop(tick.wait()));
        s.poll();
        file
    };
    let archives: Vec<_> = (0..5).map(backup).collect();
    for archive in [&archives[0], &archives[4]] {
        assert_eq!(fs::metadata(archive).unwrap().permissions().mode() & 0o777, 0o600);
        restored(&s, archive);
        let fsck = git(&s.project().join("repo.git"), &["fsck", "--connectivity-only"]);
        assert!(!fsck.contains("missing"), "{fsck}");
        for issue in &issues {
            s.until_phase(*issue, "awaiting_review");
        }
        s.rests();
    }
    for issue in &issues {
        s.approve(s.pull(*issue));
        s.until_phase(*issue, "done");
    }
}

#[test]
fn what_has_landed_since_is_landed_again_without_a_change() {
    let s = Stage::new();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    s.rests();
    let file = s.path("before.tar");
    s.run("drover", &["backup", file.to_str().unwrap()]).ends(0);
    s.approve(s.pull(n));
    s.until_phase(n, "done");
    s.rests();
    let tree = git(&s.repo(), &["rev-parse", "main^{tree}"]);
    restored(&s, &file);
    s.approve(s.pull(n));
    s.until_phase(n, "done");
    assert_eq!(git(&s.repo(), &["rev-parse", "main^{tree}"]), tree, "it had landed before");
    assert_eq!(git(&s.repo(), &["status", "--porcelain"]), "");
}

#[test]
fn an_archive_is_whole_or_not_there_and_never_in_the_place_of_another() {
    let s = Stage::new();
    s.issue("Add a thing", "", &["backlog"]);
    s.poll();
    let file = s.path("b.tar");
    fs::write(s.path(".new-b.tar-0-4194305"), "half of one that was cut off").unwrap();
    s.run("drover", &["backup", file.to_str().unwrap()]).ends(0);
    assert!(!s.path(".new-b.tar-0-4194305").exists());
    s.run("drover", &["backup", file.to_str().unwrap()]).ends(2).says("is there already").says("hint: ");
    s.run("drover", &["backup", "/nowhere/b.tar"]).ends(1).says("/nowhere");
    let listed = Command::new("tar").arg("-tf").arg(&file).output().unwrap();
    let names = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(
        names.contains("projects/proj.toml") && names.contains("state/proj/forge/issues/1.json"),
        "{names}"
    );
    // A mistake in one file is no reason to have no backup; and of several at once one gets the name.
    fs::write(s.root().join("projects/broken.toml"), "name = \n").unwrap();
    let other = s.path("c.tar").display().to_string();
    let mut at_once: Vec<_> = (0..3).map(|_| s.spawn("drover", &["backup", &other])).collect();
    let mut codes: Vec<_> = at_once.iter_mut().map(|c| c.wait().unwrap().code()).collect();
    codes.sort();
    assert_eq!(codes, [Some(0), Some(2), Some(2)]);
    assert!(Command::new("tar").arg("-tf").arg(&other).output().unwrap().status.success());
    assert!(
        s.dir.path().read_dir().unwrap().all(|e| !e
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with(".new-"))
    );
    fs::remove_file(s.root().join("projects/broken.toml")).unwrap();
    assert!(!names.contains(".env") && !names.contains("/locks/"), "no secrets, no locks: {names}");
}
