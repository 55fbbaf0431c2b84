//! One history of all that is rare: what lies in the way when work begins, a branch of a person's, a rewritten
//! branch, an update by us, files that stand in the user's folder already.

use crate::histories::{at, mirror, stage as any_stage};
use crate::play::Play;
use crate::stage::{Stage, git, make_repo};
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;

/// A process that cannot be there: the kernel gives no such number.
const NOBODY: u32 = 1 << 30;

/// Reworks by rewriting its commit.
const REWRITES: &str = r#"
case "$step" in
"") echo one > work.txt; publish 1 ;;
1) if told 'asks for changes'; then
        rm -f .git/index.lock
        echo two > work.txt; git add -A; git commit -q --amend -m "step 2 (#$ISSUE)"
        publish 2
    else publish 1; fi ;;
*) publish "$step" ;;
esac
"#;

const TOML: &str = r#"
[landing]
up_to_date = true
[worktree]
copy = ["local.env"]
setup = "true"
"#;

pub fn stage() -> Stage {
    let mut s = any_stage(REWRITES, TOML);
    // A home of its own: git takes submodules from files only if its user says so.
    fs::create_dir(s.path("home")).unwrap();
    let config = "[protocol \"file\"]\nallow = always\n[user]\nname = maria\nemail = maria@example.org\n";
    fs::write(s.path("home/.gitconfig"), config).unwrap();
    s.vars.push(("HOME".into(), s.path("home").display().to_string()));
    make_repo(&s.path("inner"));
    mirror(&s, "mirror.git");
    let (repo, state) = (s.repo(), s.project());
    let inner = s.path("inner").display().to_string();
    git(&repo, &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &inner, "sub"]);
    fs::write(repo.join(".gitignore"), "local.env\n").unwrap();
    git(&repo, &["add", "-A"]);
    git(&repo, &["commit", "-qm", "ignore"]);
    git(&repo, &["tag", "v1"]);
    fs::write(repo.join("local.env"), "A=1\n").unwrap();
    git(&repo, &["checkout", "-qb", "chore/gardener-tidy"]);
    fs::write(repo.join("CHORES.md"), "tidied\n").unwrap();
    git(&repo, &["add", "-A"]);
    git(&repo, &["commit", "-qm", "tidy up"]);
    git(&repo, &["checkout", "-q", "main"]);
    // A step of the checks that leaves something running in its group.
    let text = fs::read_to_string(s.toml_file()).unwrap();
    fs::write(s.toml_file(), text.replace("sh check.sh", "sleep 60 & sh check.sh")).unwrap();
    // Half a copy of the repository, half a file, a folder in place of the worktree, a log that is full.
    fs::create_dir_all(state.join("repo.new")).unwrap();
    fs::create_dir_all(state.join("logs")).unwrap();
    fs::write(state.join(format!(".new-old-{NOBODY}")), "").unwrap();
    fs::write(state.join("logs/phase-handler.log"), "x".repeat(1_100_000)).unwrap();
    fs::create_dir_all(s.worktree(1)).unwrap();
    s
}

pub fn play(p: &Play) {
    // A session of the same name that is not ours.
    DirBuilder::new().mode(0o700).create(p.s.socket().parent().unwrap()).unwrap();
    p.s.tmux(&["-f", "/dev/null", "new-session", "-d", "-s", "dev-proj-1", "sleep 60"]);
    p.issue(1, "Add a thing", "Please.");
    p.until("the first round waits for review", |s| at(s, 1, "1", "awaiting_review"));
    p.forge("rob", &["pull", "reject", &p.s.pull(1).to_string(), "Rework it."]);
    p.until("the second round waits for review", |s| at(s, 1, "2", "awaiting_review"));
    let before = p.s.record(1)["head"].clone();
    let opened = |s: &Stage| s.project().join("forge/pulls/3.json").exists();
    p.unless(opened, "forge", &["--as", "gardener", "pull", "new", "chore/gardener-tidy"]);
    p.until("the chore is checked", |s| s.json(&s.project().join("forge/pulls/3.json"))["state"] == "open");
    p.forge("rob", &["pull", "approve", "3"]);
    p.until("the chore has landed", |s| s.repo().join("CHORES.md").exists());
    // Behind by one now: approved, it is brought up to date by us, and wants another approval.
    p.approve(1);
    p.until("it was updated", |s| s.record(1)["head"] != before && s.phase(1) == "awaiting_review");
    // What will land stands in the user's folder already.
    fs::write(p.s.repo().join("work.txt"), "two\n").unwrap();
    p.approve(1);
    p.until_phase(1, "done");
}
