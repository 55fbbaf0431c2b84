//! Mirrors: forward only, each with its own fate, and never in the way of a landing.

use crate::stage::{Builder, Stage, git};
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

/// A stage whose mirrors are `a` and `b`, beside the repository; neither is there yet.
fn stage() -> Stage {
    with(Stage::with(), &["a", "b"])
}

/// Adds mirrors to a stage by name.
fn with(builder: Builder, names: &[&str]) -> Stage {
    let s = builder.set();
    let lines: Vec<String> =
        names.iter().map(|n| format!("{n} = \"{}\"\n", s.path(&format!("{n}.git")).display())).collect();
    add(&s, &format!("[mirrors]\n{}", lines.concat()));
    s
}

fn add(s: &Stage, lines: &str) {
    let text = fs::read_to_string(s.toml_file()).unwrap();
    fs::write(s.toml_file(), format!("{text}\n{lines}")).unwrap();
}

fn make_mirror(s: &Stage, name: &str) {
    git(s.dir.path(), &["init", "-q", "--bare", "-b", "main", &format!("{name}.git")]);
}

fn refs(repo: &Path) -> String {
    git(repo, &["for-each-ref", "--format=%(refname) %(objectname)"])
}

/// Moves the primary branch on by one commit of the user's.
fn commit(s: &Stage, file: &str) -> String {
    fs::write(s.repo().join(file), "x\n").unwrap();
    git(&s.repo(), &["add", "-A"]);
    git(&s.repo(), &["commit", "-q", "-m", file]);
    s.head(&s.repo(), "main")
}

#[test]
fn the_primary_branch_and_tags_go_to_every_mirror() {
    let s = stage();
    make_mirror(&s, "a");
    make_mirror(&s, "b");
    git(&s.repo(), &["tag", "v1"]);
    git(&s.repo(), &["tag", "-a", "v2", "-m", "second"]);
    git(&s.repo(), &["branch", "private"]);
    s.run("mirror", &[]).ends(0);
    let want = ["refs/heads/main", "refs/tags/v1", "refs/tags/v2"]
        .map(|r| format!("{r} {}", git(&s.repo(), &["rev-parse", r])))
        .join("\n");
    assert_eq!(refs(&s.path("a.git")), want);
    assert_eq!(refs(&s.path("b.git")), want);
    s.run("mirror", &[]).ends(3);
    let next = commit(&s, "next");
    s.poll().ends(0);
    assert_eq!(s.head(&s.path("a.git"), "main"), next);
    assert_eq!(s.head(&s.path("b.git"), "main"), next);
}

#[test]
fn one_that_cannot_be_reached_is_tried_again_and_holds_up_nobody() {
    let s = stage();
    make_mirror(&s, "a");
    let head = commit(&s, "next");
    s.run("mirror", &[]).ends(75).says("b");
    assert_eq!(s.head(&s.path("a.git"), "main"), head);
    assert_eq!(s.count("mirror_failed", 0), 1);
    s.run("mirror", &[]).ends(3);
    s.later(120);
    s.run("mirror", &[]).ends(75);
    assert_eq!(s.count("mirror_failed", 0), 1, "said once");
    make_mirror(&s, "b");
    s.poll().ends(0);
    assert!(refs(&s.path("b.git")).is_empty(), "not before its time");
    s.pass(3600);
    assert_eq!(s.head(&s.path("b.git"), "main"), head);
}

#[test]
fn a_landing_does_not_wait_for_a_mirror() {
    let s = Stage::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    let port = listener.local_addr().unwrap().port();
    add(&s, &format!("[mirrors]\nslow = \"git://127.0.0.1:{port}/x\""));
    let text = fs::read_to_string(s.toml_file()).unwrap();
    fs::write(s.toml_file(), format!("mirror_timeout = 3\n{text}")).unwrap();
    s.approve(s.pull(n));
    s.run("merge", &[&s.pull(n).to_string()]).ends(0);
    assert!(s.repo().join("work-1.txt").exists());
    assert_eq!(s.count("mirror_failed", 0), 0, "it landed before the mirror's time was up");
    s.wait("the mirror's time is up", |s| s.count("mirror_failed", 0) == 1);
}

#[test]
fn one_that_hangs_ends_at_its_time() {
    let s = Stage::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    add(&s, &format!("[mirrors]\nslow = \"git://127.0.0.1:{port}/x\""));
    let began = Instant::now();
    let said = s.run("mirror", &["slow", "--set", "mirror_timeout=1"]).ends(75);
    assert!(said.err.contains("did not end within 1 s"), "{}", said.err);
    assert!(began.elapsed() < Duration::from_secs(30));
    assert_eq!(s.count("mirror_failed", 0), 1);
}

#[test]
fn a_diverged_mirror_is_left_alone_and_said_once() {
    let s = stage();
    for name in ["a", "b"] {
        make_mirror(&s, name);
    }
    s.run("mirror", &[]).ends(0);
    git(s.dir.path(), &["clone", "-q", &s.path("b.git").display().to_string(), "hand"]);
    let hand = s.path("hand");
    git(&hand, &["config", "user.name", "ann"]);
    git(&hand, &["config", "user.email", "ann@example.org"]);
    git(&hand, &["commit", "-q", "--allow-empty", "-m", "theirs"]);
    git(&hand, &["push", "-q", "origin", "main"]);
    let before = refs(&s.path("b.git"));
    let head = commit(&s, "ours");
    git(&s.repo(), &["tag", "v9"]);
    s.run("mirror", &["b"]).ends(5).says("nothing was pushed");
    assert_eq!(refs(&s.path("b.git")), before, "not even a tag");
    assert_eq!(s.count("mirror_diverged", 0), 1);
    s.poll().ends(0).says("the mirror b holds commits");
    assert_eq!(s.head(&s.path("a.git"), "main"), head, "the others go on");
    git(&s.repo(), &["tag", "v10"]);
    commit(&s, "more");
    s.run("mirror", &["b"]).ends(5);
    s.later(3600);
    assert_eq!(s.poll().ends(0).out, "", "said once");
    assert_eq!(refs(&s.path("b.git")), before);
    git(&hand, &["push", "-q", "--force", "origin", "main~1:main"]);
    s.run("mirror", &["b"]).ends(0);
    assert_eq!(s.head(&s.path("b.git"), "main"), s.head(&s.repo(), "main"));
}

#[test]
fn a_tag_that_was_moved_is_not_forced_and_keeps_nothing_else_back() {
    let s = with(Stage::with(), &["a"]);
    make_mirror(&s, "a");
    git(&s.repo(), &["tag", "v1"]);
    s.run("mirror", &[]).ends(0);
    let old = s.head(&s.path("a.git"), "v1");
    let head = commit(&s, "next");
    git(&s.repo(), &["tag", "-f", "v1"]);
    git(&s.repo(), &["tag", "v2"]);
    s.run("mirror", &[]);
    assert_eq!(s.head(&s.path("a.git"), "v1"), old);
    assert_eq!(s.head(&s.path("a.git"), "main"), head);
    assert_eq!(s.head(&s.path("a.git"), "v2"), head);
}

#[test]
fn a_mirror_that_is_not_configured_is_an_error() {
    let s = stage();
    s.run("mirror", &["c"]).ends(2).says("there is no mirror c").says("hint: ");
}
