//! Crashes: whatever is killed, at whatever moment, the next ticks bring everything to the same end; and two at
//! once do what one does.

use crate::stage::{GOOD_AGENT, Stage, git};
use drover::process::tree;
use drover::session::tmux::MARK;
use drover::store::lock::{Lock, try_lock};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Says which process it is, and stays.
const STAYS: &str = "echo $$ > \"$SCRATCH_FILE\"\nsleep 1000";

fn bare(s: &Stage) -> PathBuf {
    s.project().join("repo.git")
}

fn sessions(s: &Stage) -> Vec<String> {
    s.tmux(&["list-sessions", "-F", "#{session_name}"]).out.lines().map(String::from).collect()
}

/// The pulls of a run's branch, as the local forge has them.
fn pulls(s: &Stage, issue: u64) -> usize {
    let branch = format!("fix/issue-{issue}");
    let files = fs::read_dir(s.project().join("forge/pulls")).into_iter().flatten().flatten();
    files.filter(|f| s.json(&f.path())["branch"] == branch.as_str()).count()
}

/// The number of the start that is up, once all that belongs to it is done.
fn at_work(s: &Stage, issue: u64) -> Option<u64> {
    let run = s.record(issue);
    run["session"]["spawn"].as_u64().filter(|_| run["pending"] == json!([]))
}

fn kill(pid: u32) {
    let start_time = tree::start_time(pid).expect("it lives");
    let process = tree::Proc { pid, start_time, name: String::new() };
    tree::signal(&process, rustix::process::Signal::KILL);
}

fn lives(pid: u32) -> bool {
    tree::start_time(pid).is_some_and(|start| tree::alive(pid, start) == Some(true))
}

/// The number in a file, once somebody has written one.
fn number(path: &Path) -> Option<u32> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// Processes that carry the mark of a run's session.
fn marked(s: &Stage, issue: u64) -> usize {
    tree::marked(MARK, &format!("{}/{issue}", s.project().display())).len()
}

fn end(mut child: Child) {
    drop(child.kill());
    child.wait().unwrap();
}

fn free(path: PathBuf) -> impl Fn(&Stage) -> bool {
    move |_| try_lock(&path).unwrap().is_some()
}

#[test]
fn two_polls_at_once_start_one_session_for_each_issue() {
    for _ in 0..5 {
        let s = Stage::with().sessions(20).verify(None).set();
        let all: Vec<u64> = (0..10).map(|_| started_by_two_polls(&s)).collect();
        s.until("all wait for checks", |s| all.iter().all(|n| s.phase(*n) == "awaiting_ci"));
        let events = s.events();
        for n in &all {
            let run = s.record(*n);
            assert_eq!((run["attempt"].as_u64(), run["spawns"].as_u64()), (Some(1), Some(1)));
            assert_eq!(s.json(&s.project().join(format!("claims/{n}.json")))["fence"], 1);
            assert_eq!(events.iter().filter(|e| **e == ("claimed".to_string(), *n)).count(), 1);
            assert_eq!(pulls(&s, *n), 1);
            assert_eq!(s.issue_record(*n)["assignees"], json!(["drover"]));
        }
        let branches = git(&bare(&s), &["for-each-ref", "--format=%(refname)", "refs/heads/fix"]);
        assert_eq!(branches.lines().count(), 10, "{branches}");
    }
}

/// A new issue and two polls at once; its number.
fn started_by_two_polls(s: &Stage) -> u64 {
    let n = s.issue("One of many", "", &["backlog"]);
    for child in [s.spawn("poll", &[]), s.spawn("poll", &[])] {
        let done = child.wait_with_output().unwrap();
        assert!(done.status.success() && done.stdout.is_empty(), "{done:?}");
    }
    assert_eq!(sessions(s).iter().filter(|x| **x == format!("dev-proj-{n}")).count(), 1);
    n
}

#[test]
fn two_handlers_and_two_merges_at_once_land_once() {
    let s = Stage::new();
    for n in [1, 3, 5, 7] {
        assert_eq!(s.issue("Land me", "", &["backlog"]), n);
        s.until_phase(n, "awaiting_review");
        let pull = s.pull(n).to_string();
        s.approve(s.pull(n));
        let n_text = n.to_string();
        let calls =
            [("merge", &pull), ("phase-handler", &n_text), ("merge", &pull), ("phase-handler", &n_text)];
        let all: Vec<Child> = calls.iter().map(|(name, arg)| s.spawn(name, &[arg])).collect();
        for child in all {
            let done = child.wait_with_output().unwrap();
            assert!([0, 3, 75].contains(&done.status.code().unwrap()), "{done:?}");
        }
        s.until_phase(n, "done");
        assert_eq!((s.count("landed", n), s.count("done", n), s.comments(n).len()), (1, 1, 0));
    }
    let merges = git(&s.repo(), &["rev-list", "--merges", "main"]);
    assert_eq!((merges.lines().count(), receipts(&s).len()), (4, 4));
}

fn receipts(s: &Stage) -> Vec<Value> {
    let files = fs::read_dir(s.project().join("receipts")).into_iter().flatten().flatten();
    files.map(|f| s.json(&f.path())).collect()
}

#[test]
fn two_handlers_at_once_say_a_thing_once() {
    let ask = "printf 'PHASE:escalate\\nReason: help\\n' > \"$PHASE_FILE.new\"; while [ ! -e \"$WORKTREE/.git/go\" ]; do sleep 0.02; done; mv \"$PHASE_FILE.new\" \"$PHASE_FILE\"";
    let s = Stage::with().agent(ask).set();
    let n = s.issue("Ask", "", &["backlog"]);
    s.until_phase(n, "working");
    fs::write(s.worktree(n).join(".git/go"), "").unwrap();
    s.wait("it asks", |s| s.run_folder(n).join("session/phase").exists());
    let all: Vec<Child> = (0..4).map(|_| s.spawn("phase-handler", &["1"])).collect();
    all.into_iter().for_each(|mut c| assert!(c.wait().is_ok()));
    s.until_phase(n, "escalated");
    assert_eq!((s.comments(n).len(), s.count("escalated", n)), (1, 1));
}

#[test]
fn nothing_that_a_start_leaves_behind_holds_a_lock() {
    let s = Stage::with().agent("sleep 1000").set();
    let locks = s.project().join("locks");
    for (n, call) in [(1, vec!["start", "1"]), (2, vec![])] {
        assert_eq!(s.issue("Start", "", &["backlog"]), n);
        let child = s.spawn(if call.is_empty() { "poll" } else { "agent" }, &call);
        s.wait("its session is there", |s| sessions(s).contains(&format!("dev-proj-{n}")));
        end(child);
        s.wait("the run's lock is free", free(locks.join(format!("run-{n}"))));
        for lock in ["tick", "repo", "forge"] {
            s.wait("the other locks are free", free(locks.join(lock)));
        }
        assert!(sessions(&s).contains(&format!("dev-proj-{n}")), "the session lives on");
        s.until_phase(n, "working");
        assert_eq!(s.record(n)["spawns"], 1);
    }
}

#[test]
fn a_killed_agent_is_resumed_three_times_and_then_blocked() {
    let s = Stage::with().agent(STAYS).set();
    let n = s.issue("Fragile", "", &["backlog"]);
    let pid = s.run_folder(n).join("session/scratch.md");
    s.until_phase(n, "working");
    for spawn in 1..=4 {
        s.until("a session is at work", |s| {
            s.record(n)["spawns"] == spawn && number(&pid).is_some_and(lives)
        });
        fs::write(s.worktree(n).join(format!("dirt-{spawn}")), "kept").unwrap();
        kill(number(&pid).unwrap());
        s.until("that was noticed", |s| at_work(s, n) == Some(spawn + 1) || s.phase(n) == "blocked");
        let prompt = fs::read_to_string(s.run_folder(n).join("prompt.md")).unwrap();
        assert!(spawn == 4 || prompt.contains("was killed"), "{prompt}");
        assert!(spawn == 4 || prompt.contains(&format!("dirt-{spawn}")), "{prompt}");
    }
    s.until_phase(n, "blocked");
    assert_eq!(s.comments(n).len(), 1);
    assert!(s.comments(n)[0].contains("was killed"), "{}", s.comments(n)[0]);
    assert_eq!(marked(&s, n), 0, "nothing of it is left");
    assert!((1..=4).all(|k| s.worktree(n).join(format!("dirt-{k}")).exists()), "nothing is lost");
}

/// Works at first; told of a review it stays until it is resumed.
fn stays_after_a_review() -> String {
    format!(
        "case \"$(cat \"$PROMPT_FILE\")\" in\n*'has ended'*) ;;\n*'asks for changes'*) {STAYS} ;;\nesac\n{GOOD_AGENT}"
    )
}

/// A run that is at work again after a review, its pull open.
fn under_review(s: &Stage) -> u64 {
    let n = s.issue("Fragile", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    s.forge("rob", &["pull", "reject", &s.pull(n).to_string(), "More of it."]);
    s.until("it works on the review", |s| {
        number(&s.run_folder(n).join("session/scratch.md")).is_some_and(lives) && s.phase(n) == "working"
    });
    n
}

/// The run goes on with its one pull and lands.
fn ends_well(s: &Stage, n: u64) {
    s.until("it is resumed", |s| at_work(s, n) == Some(2));
    let prompt = fs::read_to_string(s.run_folder(n).join("prompt.md")).unwrap();
    let pull = s.pull(n);
    assert!(prompt.contains(&format!("The pull #{pull} exists already")), "{prompt}");
    s.until("there is a second head", |s| s.count("verifying", n) == 2 && s.phase(n) == "awaiting_review");
    s.approve(pull);
    s.until_phase(n, "done");
    assert_eq!((pulls(s, n), s.count("landed", n)), (1, 1));
}

#[test]
fn an_agent_killed_with_its_pull_open_is_told_of_the_pull() {
    let s = Stage::with().agent(&stays_after_a_review()).set();
    let n = under_review(&s);
    kill(number(&s.run_folder(n).join("session/scratch.md")).unwrap());
    ends_well(&s, n);
}

#[test]
fn a_killed_host_is_noticed_and_its_agent_does_not_live_on() {
    let s = Stage::with().agent(&stays_after_a_review()).set();
    let n = under_review(&s);
    let agent = number(&s.run_folder(n).join("session/scratch.md")).unwrap();
    kill(u32::try_from(s.json(&s.run_folder(n).join("host.json"))["pid"].as_u64().unwrap()).unwrap());
    s.until("it is resumed", |s| at_work(s, n) == Some(2));
    assert!(!lives(agent), "two agents in one folder");
    ends_well(&s, n);
}

#[test]
fn a_killed_tmux_server_is_noticed_and_no_second_pull_opened() {
    let s = Stage::with().agent(&stays_after_a_review()).set();
    let n = under_review(&s);
    let agent = number(&s.run_folder(n).join("session/scratch.md")).unwrap();
    kill(u32::try_from(s.record(n)["session"]["server_pid"].as_u64().unwrap()).unwrap());
    s.until("it is resumed", |s| at_work(s, n) == Some(2));
    assert!(!lives(agent), "two agents in one folder");
    ends_well(&s, n);
}

/// Numbers that differ from run to run; the first is named where a test fails.
struct Random(u64);

impl Random {
    fn new() -> Random {
        let seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
        println!("seed {seed}");
        Random(seed | 1)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// A call of one of our binaries that makes sense, more or less, where a run stands.
fn some_call(s: &Stage, issue: u64, dice: &mut Random) -> Child {
    let (run, issue) = (s.record(issue), issue.to_string());
    let pull = run["pull"].as_u64().map(|p| p.to_string());
    match (dice.below(5), pull, run["head"].as_str()) {
        (0, Some(pull), _) => s.spawn("merge", &[&pull]),
        (1, _, Some(head)) => s.spawn("verify", &[head]),
        (2, ..) => s.spawn("poll", &[]),
        _ if run.is_null() => s.spawn("agent", &["start", &issue, "--planned"]),
        _ => s.spawn("phase-handler", &[&issue]),
    }
}

fn approve_what_waits(s: &Stage, issues: &[u64]) {
    for n in issues.iter().filter(|n| s.phase(**n) == "awaiting_review") {
        // It may land between the look and the approval; then there is nothing to approve.
        s.run("forge", &["--as", "rob", "pull", "approve", &s.pull(*n).to_string()]);
    }
}

#[test]
fn killed_at_any_moment_every_issue_still_ends_done() {
    let s = Stage::new();
    let mut dice = Random::new();
    let issues: Vec<u64> = (0..4).map(|k| s.issue(&format!("Issue {k}"), "", &["backlog"])).collect();
    for _ in 0..30 {
        let issue = issues[dice.below(issues.len() as u64) as usize];
        let child = some_call(&s, issue, &mut dice);
        std::thread::sleep(Duration::from_millis(dice.below(60)));
        end(child);
        approve_what_waits(&s, &issues);
    }
    s.until("all are done", |s| {
        approve_what_waits(s, &issues);
        issues.iter().all(|n| s.phase(*n) == "done")
    });
    for n in &issues {
        let comments = s.comments(*n);
        assert_eq!((pulls(&s, *n), comments.len()), (1, 0), "{comments:?}");
    }
    proves_its_landings(&s, issues.len());
    git(&bare(&s), &["fsck", "--full"]);
    assert_eq!(git(&s.repo(), &["status", "--porcelain"]), "");
}

/// Every commit that landed has a receipt, and every receipt a commit.
fn proves_its_landings(s: &Stage, count: usize) {
    let merges = git(&s.repo(), &["rev-list", "--first-parent", "--merges", "main"]);
    let mut landed: Vec<String> = merges.lines().map(String::from).collect();
    let mut proven: Vec<String> =
        receipts(s).iter().map(|r| r["merge"].as_str().unwrap().to_string()).collect();
    landed.sort();
    proven.sort();
    assert_eq!((&landed, landed.len()), (&proven, count));
}

/// Ends what the verify jobs of a stage run.
struct EndsChecks<'a>(&'a Stage);

impl Drop for EndsChecks<'_> {
    fn drop(&mut self) {
        let folder = self.0.project().join("checkouts/0").display().to_string();
        tree::end_all(|| tree::marked("DROVER_VERIFY", &folder), Duration::from_millis(100));
    }
}

/// The process that holds the lock of a run's verify job.
fn verifier(s: &Stage) -> Option<u32> {
    let mut locks = fs::read_dir(s.project().join("locks")).ok()?.flatten();
    let lock = locks.find(|f| f.file_name().to_string_lossy().starts_with("check-"))?.path();
    let text = fs::read_to_string(&lock).ok()?;
    let pid = text.split_whitespace().nth(2)?.parse().ok()?;
    lives(pid).then_some(pid)
}

fn steps(s: &Stage) -> usize {
    tree::marked("DROVER_VERIFY", &s.project().join("checkouts/0").display().to_string()).len()
}

/// How often the one verify job of a stage was begun.
fn tries(s: &Stage) -> usize {
    let jobs = fs::read_dir(s.project().join("checks")).into_iter().flatten().flatten();
    jobs.map(|job| fs::read_to_string(job.path().join("tries")).unwrap_or_default().lines().count()).sum()
}

#[test]
fn a_killed_verify_is_started_again_and_after_three_a_person_is_asked() {
    let s = Stage::with().verify(Some("exec sleep 1000")).set();
    let _ends = EndsChecks(&s);
    let n = s.issue("Unlucky", "", &["backlog"]);
    s.until_phase(n, "verifying");
    for begun in 1..=3 {
        // What the one before had started lives on until the next one ends it, so a step alone does not say that this
        // one has come as far as to count itself.
        s.until("verify works", |s| tries(s) == begun && verifier(s).is_some() && steps(s) == 1);
        let pid = verifier(&s).unwrap();
        kill(pid);
        // A second one that was on its way may have taken its place already.
        s.wait("it is gone", |_| !lives(pid));
    }
    s.until_phase(n, "escalated");
    assert!(s.comments(n)[0].contains("begun 3 times"), "{:?}", s.comments(n));
    // One that was planned before the last one died, and comes late, does not begin a fourth time.
    let head = s.record(n)["head"].as_str().unwrap().to_string();
    s.run("verify", &[&head, "--planned"]).ends(3).says("begun 3 times");
    for _ in 0..3 {
        s.poll();
    }
    assert_eq!((verifier(&s), s.comments(n).len(), tries(&s)), (None, 1, 3));
}

/// Leaves daemons behind: one in a session of its own, and one more whose environment was emptied.
const LEAVES_DAEMONS: &str = r#"
cd "$WORKTREE/.git"
setsid sh -c 'sleep 1001 & echo $! > daemon-1.new; mv daemon-1.new daemon-1' </dev/null >/dev/null 2>&1 &
env -i "PATH=$PATH" setsid sh -c '(sleep 1002 & echo $! > daemon-2.new; mv daemon-2.new daemon-2) &' </dev/null >/dev/null 2>&1 &
while [ ! -e daemon-1 ] || [ ! -e daemon-2 ]; do sleep 0.02; done
cd "$WORKTREE"
"#;

fn daemons(s: &Stage, issue: u64) -> Vec<u32> {
    (1..=2).filter_map(|k| number(&s.worktree(issue).join(format!(".git/daemon-{k}")))).collect()
}

#[test]
fn a_stop_ends_the_daemons_of_a_session_too() {
    let s = Stage::with().agent(&format!("{LEAVES_DAEMONS}\nsleep 1000")).set();
    let n = s.issue("Daemons", "", &["backlog"]);
    s.until("its daemons are there", |s| daemons(s, n).len() == 2 && s.phase(n) == "working");
    let pids = daemons(&s, n);
    assert!(pids.iter().all(|p| lives(*p)));
    s.run("agent", &["stop", "1"]).ends(0);
    assert_eq!(pids.iter().filter(|p| lives(**p)).count(), 0);
    assert_eq!(marked(&s, n), 0);
}

#[test]
fn parking_ends_the_daemons_of_a_session_too() {
    let s = Stage::with().agent(&format!("{LEAVES_DAEMONS}{GOOD_AGENT}")).set();
    let n = s.issue("Daemons", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    let pids = daemons(&s, n);
    assert!(pids.len() == 2 && pids.iter().all(|p| lives(*p)));
    s.pass(16 * 60);
    assert!(sessions(&s).is_empty());
    assert_eq!(pids.iter().filter(|p| lives(**p)).count(), 0);
    s.approve(s.pull(n));
    s.until_phase(n, "done");
}

#[test]
fn a_stop_leaves_the_verify_job_of_the_run_alone() {
    let s = Stage::with().verify(Some("while [ ! -e ../../go ]; do sleep 0.05; done")).set();
    let _ends = EndsChecks(&s);
    let n = s.issue("Checked", "", &["backlog"]);
    s.poll();
    // No ticks: the handler that starts the job was woken by the session's host and hangs below it.
    s.wait("its checks run", |s| s.phase(n) == "verifying" && verifier(s).is_some() && steps(s) > 0);
    let pid = verifier(&s).unwrap();
    s.run("agent", &["stop", "1"]).ends(0);
    assert!(sessions(&s).is_empty());
    assert!(lives(pid) && steps(&s) > 0, "the job is nobody's session");
    fs::write(s.project().join("go"), "").unwrap();
    s.wait("it has a result", |s| verifier(s).is_none());
    s.run("agent", &["resume", "1"]).ends(0);
    s.until_phase(n, "awaiting_review");
    assert_eq!(tries(&s), 1);
}

#[test]
fn as_many_sessions_as_there_is_room_for() {
    let s = Stage::with().agent("sleep 1000").sessions(2).set();
    let all: Vec<u64> = (0..4).map(|_| s.issue("Many", "", &["backlog"])).collect();
    s.until("two are at work", |s| all.iter().filter(|n| s.phase(**n) == "working").count() == 2);
    for _ in 0..3 {
        s.poll();
    }
    assert_eq!(sessions(&s).len(), 2);
    assert_eq!((s.phase(all[0]).as_str(), s.phase(all[1]).as_str()), ("working", "working"), "oldest first");
    s.run("status", &["why", &all[2].to_string()]).says("capacity");
    s.forge("maria", &["issue", "close", &all[0].to_string()]);
    s.until_phase(all[2], "working");
    assert_eq!((sessions(&s).len(), s.phase(all[3]).as_str()), (2, ""));
}

#[test]
fn an_orphan_is_left_alone_for_ten_minutes_and_then_taken() {
    let s = Stage::new();
    let n = s.issue("Orphan", "", &["in-progress"]);
    for _ in 0..3 {
        s.later(3 * 60);
        s.poll();
        assert_eq!(s.phase(n), "");
    }
    s.run("status", &["why", "1"]).says("claim_grace");
    s.later(61);
    s.poll();
    assert_ne!(s.phase(n), "");
    s.until_phase(n, "awaiting_review");
}

#[test]
fn what_is_assigned_to_somebody_else_is_left_alone() {
    let s = Stage::new();
    let queued = s.issue("Mine", "", &["backlog"]);
    let begun = s.issue("Mine too", "", &["in-progress"]);
    for n in [queued, begun] {
        let path = s.project().join(format!("forge/issues/{n}.json"));
        let mut record = s.json(&path);
        record["assignees"] = json!(["alex"]);
        fs::write(path, record.to_string()).unwrap();
        s.run("status", &["why", &n.to_string()]).says("claimed_elsewhere").says("alex");
    }
    s.pass(3 * 3600);
    assert_eq!((s.phase(queued), s.phase(begun)), (String::new(), String::new()));
    s.run("agent", &["start", "1"]).ends(3).says("assigned to alex");
}

/// Approves a run's pull, makes its merge and writes down, as `merge` does, that it is begun; nothing is moved.
/// Gives the merge, and the run's lock: a handler that is still about would land the pull by itself.
fn begin_landing(s: &Stage, user: &Path, issue: u64) -> (String, Lock) {
    let lock = s.project().join(format!("locks/run-{issue}"));
    let held = std::cell::Cell::new(None);
    s.wait("no handler is at it", |_| {
        let taken = try_lock(&lock).unwrap();
        let is_ours = taken.is_some();
        held.set(taken);
        is_ours
    });
    s.approve(s.pull(issue));
    let (ours, base) = (bare(s), s.head(user, "main"));
    let head = s.record(issue)["head"].as_str().unwrap().to_string();
    git(&ours, &["fetch", "-q", user.to_str().unwrap(), "main"]);
    let tree = git(&ours, &["merge-tree", "--write-tree", &base, &head]);
    let who = ["-c", "user.name=drover", "-c", "user.email=drover@localhost"];
    let commit = ["commit-tree", &tree, "-p", &base, "-p", &head, "-m", "Merge"];
    let merge = git(&ours, &[&who[..], &commit[..]].concat());
    let begun = json!({"pull": s.pull(issue), "head": head, "base": base, "merge": merge,
        "approved_by": ["rob"], "at": "2026-01-01T00:00:00Z"});
    fs::write(s.project().join("landing.json"), begun.to_string()).unwrap();
    git(user, &["fetch", "-q", ours.to_str().unwrap(), &merge]);
    (merge, held.take().unwrap())
}

fn landed_as(s: &Stage, user: &Path, issue: u64, merge: &str) {
    s.until_phase(issue, "done");
    assert_eq!(s.head(user, "main"), merge);
    let receipt = s.json(&s.project().join(format!("receipts/{}.json", s.pull(issue))));
    assert_eq!((receipt["merge"].as_str(), receipt["approved_by"][0].as_str()), (Some(merge), Some("rob")));
    assert!(!s.project().join("landing.json").exists());
}

/// Adds, changes and removes files.
const CHANGES_FILES: &str = r#"
echo one > a.txt; echo two > b.txt; echo "shared = $ISSUE" > shared.txt; git rm -q README.md
git add -A && git commit -qm "files (#$ISSUE)" && echo PHASE:awaiting_ci > "$PHASE_FILE"
"#;

#[test]
fn a_landing_cut_off_between_files_and_ref_is_finished() {
    let s = Stage::with().agent(CHANGES_FILES).set();
    let n = s.issue("Files", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    let (merge, held) = begin_landing(&s, &s.repo(), n);
    fs::write(s.repo().join("a.txt"), "one\n").unwrap();
    fs::write(s.repo().join("shared.txt"), "shared = 1\n").unwrap();
    fs::write(s.repo().join("mine.txt"), "a file of maria's own\n").unwrap();
    drop(held);
    s.poll();
    landed_as(&s, &s.repo(), n, &merge);
    assert_eq!(git(&s.repo(), &["status", "--porcelain"]), "?? mine.txt");
    assert!(s.repo().join("b.txt").exists() && !s.repo().join("README.md").exists());
}

#[test]
fn a_landing_cut_off_is_finished_even_if_the_approval_is_gone_since() {
    let s = Stage::with().agent(CHANGES_FILES).set();
    let n = s.issue("Files", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    let (merge, held) = begin_landing(&s, &s.repo(), n);
    git(&s.repo(), &["merge", "-q", "--ff-only", &merge]);
    let review =
        s.json(&s.project().join(format!("forge/pulls/{}.json", s.pull(n))))["reviews"][0]["id"].clone();
    s.forge("rob", &["pull", "dismiss", &s.pull(n).to_string(), &review.to_string()]);
    drop(held);
    s.poll();
    landed_as(&s, &s.repo(), n, &merge);
}

#[test]
fn a_landing_cut_off_in_a_bare_repository_is_finished_on_either_side_of_the_ref() {
    for moved in [false, true] {
        let s = Stage::with().agent(CHANGES_FILES).set();
        let user = s.path("user.git");
        git(&s.repo(), &["clone", "-q", "--bare", s.repo().to_str().unwrap(), user.to_str().unwrap()]);
        let text = fs::read_to_string(s.toml_file()).unwrap();
        let (old, new) = (
            format!("repo_root = \"{}\"", s.repo().display()),
            format!("repo_root = \"{}\"", user.display()),
        );
        fs::write(s.toml_file(), text.replace(&old, &new)).unwrap();
        let n = s.issue("Files", "", &["backlog"]);
        s.until_phase(n, "awaiting_review");
        let (merge, held) = begin_landing(&s, &user, n);
        if moved {
            git(&user, &["update-ref", "refs/heads/main", &merge]);
        }
        drop(held);
        s.poll();
        landed_as(&s, &user, n, &merge);
    }
}
