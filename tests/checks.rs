//! The project's own checks, and what surrounds a session: its environment, its clone, its remote.

use crate::stage::{GOOD_AGENT, Said, Stage, git};
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Variables that open doors; none of them may reach a check or a session.
const KEYS: &[&str] = &[
    "FORGE_TOKEN",
    "FORGE_REVIEW_TOKEN",
    "CODEBERG_TOKEN",
    "WOODPECKER_TOKEN",
    "MATRIX_TOKEN",
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "GITLAB_TOKEN",
    "AWS_SECRET_ACCESS_KEY",
];

/// A stage with these lines under `[verify]`.
fn stage(lines: &str) -> Stage {
    Stage::with().verify(None).toml(&format!("[verify]\n{lines}")).set()
}

/// The commit that the checks run on.
fn tip(s: &Stage) -> String {
    s.head(&s.repo(), "main")
}

fn verify(s: &Stage) -> Said {
    s.run("verify", &[&tip(s)])
}

/// The folder of the one job.
fn job(s: &Stage) -> PathBuf {
    let mut all = fs::read_dir(s.project().join("checks")).unwrap();
    all.next().unwrap().unwrap().path()
}

/// What the checks wrote to `../../side`: a file beside the checkouts.
fn side(s: &Stage) -> Vec<String> {
    let text = fs::read_to_string(s.project().join("side")).unwrap_or_default();
    text.lines().map(str::to_string).collect()
}

#[test]
fn steps_run_in_order_whatever_the_file_says_first() {
    let s = stage(
        "lint = 'echo lint >> ../../side'\nformat = 'echo format >> ../../side'\ntest = 'echo test >> ../../side'\n\
         build = 'echo build >> ../../side'\npre = 'echo pre >> ../../side'",
    );
    verify(&s).ends(0);
    assert_eq!(side(&s), ["pre", "build", "test", "lint", "format"]);
    let result = s.json(&job(&s).join("result.json"));
    assert_eq!((&result["version"], &result["sha"]), (&1.into(), &tip(&s).into()));
    let names: Vec<&str> =
        result["steps"].as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["pre", "build", "test", "lint", "format"]);
    let log = fs::read_to_string(job(&s).join("log")).unwrap();
    assert!(log.contains("== build: echo build") && log.contains("== lint: passed"), "{log}");
}

#[test]
fn the_first_failure_ends_the_round() {
    let s = stage("build = 'echo it broke; exit 3'\ntest = 'echo test >> ../../side'");
    verify(&s).ends(1).says("step build").says("exit code 3").says("it broke");
    assert_eq!(side(&s), Vec::<String>::new());
    verify(&s).ends(1).says("step build");
}

#[test]
fn a_failure_inside_a_pipe_counts() {
    verify(&stage("test = 'false | true'")).ends(1).says("exit code 1");
}

#[test]
fn the_limit_holds_though_a_child_keeps_the_pipe() {
    let s = stage("test = 'sleep 1000 & sleep 1000'\ntimeout = 1");
    let began = Instant::now();
    verify(&s).ends(1).says("step test").says("timed out after 1 s");
    assert!(began.elapsed() < Duration::from_secs(30));
    assert_eq!(left_in(&s.project().join("checkouts/0")), 0);
}

#[test]
fn a_step_is_over_when_it_ends_though_a_child_keeps_the_pipe() {
    let s = stage("test = 'sleep 1000 & echo done'\ntimeout = 300");
    let began = Instant::now();
    verify(&s).ends(0);
    assert!(began.elapsed() < Duration::from_secs(60));
    assert_eq!(left_in(&s.project().join("checkouts/0")), 0);
}

/// How many processes work in a folder.
fn left_in(folder: &std::path::Path) -> usize {
    let all = fs::read_dir("/proc").unwrap().flatten();
    all.filter(|p| fs::read_link(p.path().join("cwd")).is_ok_and(|cwd| cwd == folder)).count()
}

#[test]
fn much_output_and_a_long_line_are_kept_small() {
    let s = stage(
        "test = 'head -c 5000000 /dev/zero | tr \"\\0\" x; head -c 50000000 /dev/zero | tr \"\\0\" \"\\n\"'\noutput_mb = 60",
    );
    verify(&s).ends(0);
    assert!(fs::metadata(job(&s).join("result.json")).unwrap().len() < 500_000);
    assert!(fs::metadata(job(&s).join("log")).unwrap().len() > 50_000_000);
    let s = stage("test = 'yes'\noutput_mb = 1");
    let said = verify(&s).ends(1).says("printed more than");
    assert!(said.out.len() < 20_000);
}

#[test]
fn a_formatter_fails_nothing_and_is_named() {
    let s = stage("format = 'echo formatted > README.md; exit 1'");
    verify(&s).ends(0);
    let result = s.json(&job(&s).join("result.json"));
    assert_eq!(result["reformatted"][0], "README.md");
    git(&s.repo(), &["commit", "-q", "--allow-empty", "-m", "next"]);
    s.run("poll", &[]).ends(0);
    verify(&s).ends(0);
    assert_eq!(fs::read_to_string(s.repo().join("README.md")).unwrap(), "hello\n");
}

#[test]
fn one_commit_is_verified_once_whoever_asks() {
    let s = stage("test = 'echo once >> ../../side; while [ ! -e ../../go ]; do sleep 0.02; done'");
    let sha = tip(&s);
    s.run("status", &["why"]).ends(0);
    let mut first = s.spawn("verify", &[&sha]);
    s.wait("it runs", |s| side(s).len() == 1);
    s.run("verify", &[&sha]).ends(6);
    s.run("verify", &[&sha[..10]]).ends(6);
    fs::write(s.project().join("go"), "").unwrap();
    assert!(first.wait().unwrap().success());
    verify(&s).ends(0);
    assert_eq!(side(&s).len(), 1);
}

#[test]
fn a_run_and_the_tick_ask_for_the_same_result() {
    let s = Stage::with().verify(Some("echo x$DROVER_SHA >> ../../side")).set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    for _ in 0..3 {
        s.poll();
    }
    assert_eq!(side(&s), [format!("x{}", s.record(n)["head"].as_str().unwrap())]);
}

#[test]
fn one_slot_is_one_job_at_a_time() {
    let s = stage("test = 'mkdir ../../busy && sleep 0.3 && rmdir ../../busy && echo x >> ../../side'");
    let first = tip(&s);
    git(&s.repo(), &["commit", "-q", "--allow-empty", "-m", "next"]);
    let second = tip(&s);
    s.run("status", &["why"]).ends(0);
    let mut jobs = [s.spawn("verify", &[&first]), s.spawn("verify", &[&second])];
    let ends: Vec<bool> = jobs.iter_mut().map(|j| j.wait().unwrap().success()).collect();
    assert_eq!(ends, [true, true]);
    assert_eq!(side(&s).len(), 2);
}

/// Names of the variables in a file that `env` wrote, and their values.
fn variables(path: PathBuf) -> Vec<(String, String)> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().filter_map(|l| l.split_once('=')).map(|(k, v)| (k.to_string(), v.to_string())).collect()
}

fn has_no_keys(variables: &[(String, String)]) {
    for (name, value) in variables {
        assert!(!KEYS.contains(&name.as_str()), "{name}");
        assert!(!value.contains("s3kr3t"), "{name}={value}");
    }
}

fn poll_with_keys(s: &Stage) {
    let mut poll = s.command("poll", &[]);
    poll.envs(KEYS.iter().map(|k| (*k, "s3kr3t"))).env("GIT_ASKPASS", "/s3kr3t").env("EDITOR", "s3kr3t");
    assert!(poll.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success());
}

#[test]
fn neither_the_checks_nor_the_session_have_keys() {
    let agent =
        format!("env > ../../session-env\n(git push origin HEAD; echo $?) > ../../push 2>&1\n{GOOD_AGENT}");
    let s = Stage::with().agent(&agent).verify(Some("env > ../../side")).set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until("it waits for review", |s| {
        poll_with_keys(s);
        s.phase(n) == "awaiting_review"
    });
    has_no_keys(&variables(s.project().join("side")));
    let session = variables(s.path("session-env"));
    has_no_keys(&session);
    for name in [
        "PHASE_FILE",
        "SUMMARY_FILE",
        "SCRATCH_FILE",
        "PROMPT_FILE",
        "ISSUE",
        "PROJECT_NAME",
        "BRANCH",
        "PRIMARY_BRANCH",
        "HOME",
        "PATH",
    ] {
        assert!(session.iter().any(|(k, v)| k == name && !v.is_empty()), "{name} is missing");
    }
    let of = |name: &str| session.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str());
    assert_eq!((of("ISSUE"), of("BRANCH")), (Some("1"), Some("fix/issue-1")));
    assert_eq!((of("PROJECT_NAME"), of("PRIMARY_BRANCH")), (Some("proj"), Some("main")));
    assert_eq!(of("GIT_ASKPASS"), Some("/bin/false"));
    let push = fs::read_to_string(s.path("push")).unwrap();
    assert!(push.contains("drover-publishes-for-you") && !push.trim_end().ends_with("\n0"), "{push}");
}

#[test]
fn copied_files_are_there_and_never_committed() {
    let agent = format!("cat .env.local > ../../copied; cat conf/deep.txt >> ../../copied\n{GOOD_AGENT}");
    let s = Stage::with().agent(&agent).toml("[worktree]\ncopy = [\".env.local\", \"conf/deep.txt\"]").set();
    fs::write(s.repo().join(".env.local"), "port=1\n").unwrap();
    fs::create_dir(s.repo().join("conf")).unwrap();
    fs::write(s.repo().join("conf/deep.txt"), "deep\n").unwrap();
    fs::write(s.repo().join(".git/info/exclude"), ".env.local\nconf\n").unwrap();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    assert_eq!(fs::read_to_string(s.path("copied")).unwrap(), "port=1\ndeep\n");
    let head = s.record(n)["head"].as_str().unwrap().to_string();
    let files = git(&s.project().join("repo.git"), &["ls-tree", "-r", "--name-only", &head]);
    assert_eq!(files, "README.md\ncheck.sh\nshared.txt\nwork-1.txt");
    s.approve(s.pull(n));
    s.until_phase(n, "done");
}

#[test]
fn the_set_up_runs_once_before_the_agent() {
    let agent = format!("test -e made && echo seen >> ../../seen\n{GOOD_AGENT}");
    let s = Stage::with()
        .agent(&agent)
        .toml("[worktree]\nsetup = 'echo x > made; echo made >> .git/info/exclude; echo x >> ../../setups'")
        .set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    s.forge("rob", &["pull", "reject", &s.pull(n).to_string(), "More."]);
    s.until("a second round waits", |s| s.count("awaiting_review", n) == 2);
    assert_eq!(fs::read_to_string(s.path("seen")).unwrap(), "seen\nseen\n");
    assert_eq!(fs::read_to_string(s.path("setups")).unwrap(), "x\n");
}

#[test]
fn no_agent_works_in_a_clone_that_was_not_set_up() {
    let agent = format!("test -e made && echo seen >> ../../seen || echo bare >> ../../seen\n{GOOD_AGENT}");
    let setup =
        "echo made >> .git/info/exclude; test -e ../../again || { touch ../../again; exit 1; }; touch made";
    let s = Stage::with().agent(&agent).toml(&format!("[worktree]\nsetup = '{setup}'")).set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    assert_eq!(fs::read_to_string(s.path("seen")).unwrap(), "seen\n");
}

#[test]
fn a_set_up_that_fails_blocks_the_run_and_is_named() {
    let s = Stage::with().toml("[worktree]\nsetup = 'echo no such package; exit 7'").set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "blocked");
    let said = s.comments(n).join("\n");
    assert!(said.contains("set-up of the worktree") && said.contains("no such package"), "{said}");
    assert_eq!(s.labels(n), ["blocked"]);
}

#[test]
fn a_file_to_copy_that_is_missing_is_named() {
    let s = Stage::with().toml("[worktree]\ncopy = [\"no-such\"]").set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.poll();
    let log = fs::read_to_string(s.project().join("logs/agent.log")).unwrap();
    assert!(log.contains("[worktree] copy") && log.contains("no-such"), "{log}");
    fs::write(s.repo().join("no-such"), "x\n").unwrap();
    s.until_phase(n, "awaiting_review");
}

#[test]
fn submodules_are_there_for_the_session_and_for_the_checks() {
    let s = with_submodule();
    let url = s.path("inner-repo").display().to_string();
    brings_it_along(&s, &url);
}

#[test]
fn the_address_of_a_submodule_may_be_relative() {
    brings_it_along(&with_submodule(), "../inner-repo");
}

/// A stage with a second repository, an agent and checks that want it as `sub`.
fn with_submodule() -> Stage {
    let agent = format!("cat sub/inner.txt > ../../inner\n{GOOD_AGENT}");
    let s = Stage::with().agent(&agent).verify(Some("cat sub/inner.txt >> ../../side")).set();
    let inner = s.path("inner-repo");
    crate::stage::make_repo(&inner);
    fs::write(inner.join("inner.txt"), "inside\n").unwrap();
    git(&inner, &["add", "-A"]);
    git(&inner, &["commit", "-q", "-m", "inner"]);
    s
}

/// Adds the second repository under this address and sees a run through.
fn brings_it_along(s: &Stage, url: &str) {
    // A home of its own: sessions, and the handlers that they wake, have no other variable from us.
    fs::create_dir(s.path("home")).unwrap();
    let config = "[protocol \"file\"]\nallow = always\n[user]\nname = maria\nemail = maria@example.org\n";
    fs::write(s.path("home/.gitconfig"), config).unwrap();
    git(&s.repo(), &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url, "sub"]);
    git(&s.repo(), &["commit", "-q", "-m", "with a part"]);
    let n = s.issue("Add a thing", "", &["backlog"]);
    let poll = |s: &Stage| {
        let mut poll = s.command("poll", &[]);
        poll.env("HOME", s.path("home"));
        assert!(poll.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success());
    };
    s.wait("it waits for review", |s| {
        poll(s);
        s.phase(n) == "awaiting_review"
    });
    assert_eq!(fs::read_to_string(s.path("inner")).unwrap(), "inside\n");
    assert_eq!(side(s), ["inside"]);
}

/// A clone of our bare repository with a run's branch checked out, as a person would make it.
fn hand(s: &Stage) -> PathBuf {
    let bare = s.project().join("repo.git").display().to_string();
    git(s.dir.path(), &["clone", "-q", "-b", "fix/issue-1", &bare, "hand"]);
    let hand = s.path("hand");
    git(&hand, &["config", "user.name", "ann"]);
    git(&hand, &["config", "user.email", "ann@example.org"]);
    hand
}

#[test]
fn a_persons_commit_on_top_is_taken_over_and_verified() {
    let s = Stage::with().verify(Some("echo $DROVER_SHA >> ../../side")).set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    let hand = hand(&s);
    fs::write(hand.join("theirs.txt"), "x\n").unwrap();
    git(&hand, &["add", "-A"]);
    git(&hand, &["commit", "-q", "-m", "theirs"]);
    git(&hand, &["push", "-q", "origin", "HEAD"]);
    let theirs = s.head(&hand, "HEAD");
    s.until("it waits with the new head", |s| {
        s.record(n)["head"] == theirs.as_str() && s.phase(n) == "awaiting_review"
    });
    assert_eq!(side(&s).last(), Some(&theirs));
    assert_eq!(s.head(&s.worktree(n), "HEAD"), theirs, "the session's clone is brought along");
    s.approve(s.pull(n));
    s.until_phase(n, "done");
    assert_eq!(git(&s.repo(), &["rev-parse", "main^2"]), theirs);
}

#[test]
fn a_branch_that_was_rewritten_is_told_to_the_session_and_not_overwritten() {
    let agent = r#"
case "$(cat "$PROMPT_FILE")" in
*"make it better"*) echo better >> a.txt ;;
*"does not have"*) exit 0 ;;
*) echo first > a.txt ;;
esac
git add -A && git commit -qm "work" && echo PHASE:awaiting_ci > "$PHASE_FILE"
"#;
    let s = Stage::with().agent(agent).set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    let hand = hand(&s);
    git(&hand, &["commit", "-q", "--amend", "-m", "theirs"]);
    git(&hand, &["push", "-q", "--force", "origin", "HEAD"]);
    let theirs = s.head(&hand, "HEAD");
    s.forge("rob", &["pull", "reject", &s.pull(n).to_string(), "make it better"]);
    s.until("the session is told", |s| {
        s.messages(n).iter().any(|m| m["key"].as_str().unwrap().starts_with("moved:"))
    });
    let bare = s.project().join("repo.git");
    assert_eq!(s.head(&bare, "fix/issue-1"), theirs, "never overwritten");
    let text = s.messages(n).iter().map(|m| m["text"].to_string()).collect::<String>();
    assert!(text.contains("fix/issue-1"), "{text}");
}

#[test]
fn a_branch_checked_twice_at_once_is_no_trouble() {
    let s = stage("test = 'echo x >> ../../side; sleep 0.2'");
    let sha = tip(&s);
    let mut all: Vec<_> = (0..4).map(|_| s.spawn("verify", &[&sha])).collect();
    let codes: Vec<i32> = all.iter_mut().map(|j| j.wait().unwrap().code().unwrap()).collect();
    assert!(codes.iter().all(|c| [0, 6].contains(c)) && codes.contains(&0), "{codes:?}");
    assert_eq!(side(&s), ["x"]);
}

#[test]
fn a_check_that_cannot_be_ended_by_its_group_is_ended_by_its_mark() {
    let s = stage("test = 'setsid sleep 1000 > /dev/null 2>&1 & echo ok'");
    verify(&s).ends(0);
    assert_eq!(left_in(&s.project().join("checkouts/0")), 0);
}
