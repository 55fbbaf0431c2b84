//! Waits: each has an owner, a clearing condition and a deadline, counted by a clock that the test moves.

use crate::stage::{GOOD_AGENT, Stage};
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// Asks for a person until it is told "blue"; keeps count of its starts and turns in the scratch file.
const ASKS: &str = r#"
case "$(cat "$PROMPT_FILE")" in
*"says:"*blue*) echo blue > colour.txt; git add -A; git commit -qm "blue"; echo PHASE:awaiting_ci > "$PHASE_FILE" ;;
*) printf 'PHASE:escalate\nReason: which colour?\n' > "$PHASE_FILE" ;;
esac
"#;

/// Changes a line of the project's TOML.
fn tweak(s: &Stage, from: &str, to: &str) {
    let text = fs::read_to_string(s.toml_file()).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(s.toml_file(), text.replacen(from, to, 1)).unwrap();
}

/// Awake time in steps of at most an hour; what the ticks printed for cron to mail.
fn ticks(s: &Stage, seconds: i64, step: i64) -> String {
    let mut out = String::new();
    for _ in 0..(seconds / step) {
        s.later(step);
        out.push_str(&s.poll().ends(0).out);
    }
    out
}

fn has_session(s: &Stage, issue: u64) -> bool {
    s.tmux(&["has-session", "-t", &format!("=dev-proj-{issue}")]).code == 0
}

fn blocked_comment(s: &Stage, issue: u64) -> String {
    assert_eq!(s.labels(issue), ["blocked"]);
    let comments = s.comments(issue);
    let of: Vec<&String> = comments.iter().filter(|c| c.contains("drover gave up")).collect();
    assert_eq!(of.len(), 1, "{comments:?}");
    of[0].clone()
}

/// Maria takes the label that asks for a person off.
fn take_label_off(s: &Stage, issue: u64) {
    let mut forge = Command::new(crate::stage::bin("forge"));
    forge.arg("--root").arg(s.root()).args(["--as", "maria", "issue", "label", &issue.to_string()]);
    assert!(forge.args(["--", "-needs-human"]).status().unwrap().success());
    assert!(!s.labels(issue).contains(&"needs-human".to_string()));
}

fn escalations(s: &Stage, issue: u64) -> usize {
    s.comments(issue).iter().filter(|c| c.contains("drover needs a person")).count()
}

#[test]
fn a_session_that_never_comes_up_is_started_once_more_and_then_blocked() {
    let s = Stage::with().toml("[worktree]\nsetup = \"sleep 1000\"\nsetup_timeout = 86400").set();
    let n = s.issue("Never", "", &["backlog"]);
    s.until_phase(n, "claimed");
    s.pass(5 * MINUTE);
    assert_eq!(s.record(n)["spawns"], 1, "ten minutes are not over");
    s.pass(6 * MINUTE);
    assert_eq!((s.phase(n).as_str(), s.record(n)["spawns"].as_u64()), ("claimed", Some(2)));
    s.pass(5 * MINUTE);
    assert_eq!(s.phase(n), "claimed", "the second start has ten minutes of its own");
    s.pass(6 * MINUTE);
    assert_eq!(s.phase(n), "blocked");
    assert!(blocked_comment(&s, n).contains("starts of the session"));
    assert!(!has_session(&s, n));
}

#[test]
fn a_set_up_that_failed_is_made_again_and_one_that_went_well_is_not() {
    let agent = "cat made.txt > seen.txt\ngit add seen.txt; git commit -qm seen; echo PHASE:awaiting_ci > \"$PHASE_FILE\"";
    let s = Stage::with().agent(agent).set();
    let setup =
        format!("echo x >> {0}; test $(wc -l < {0}) -gt 1; echo made >> made.txt", s.path("count").display());
    let setup = format!("set -e; {setup}; echo made.txt >> .git/info/exclude");
    tweak(&s, "[limits]", &format!("[worktree]\nsetup = \"{setup}\"\n[limits]"));
    let n = s.issue("Prepare", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    assert_eq!(fs::read_to_string(s.worktree(n).join("seen.txt")).unwrap(), "made\n");
    assert_eq!(fs::read_to_string(s.path("count")).unwrap(), "x\nx\n");
    s.pass(16 * MINUTE);
    s.forge("rob", &["pull", "reject", &s.pull(n).to_string(), "Again."]);
    s.until("it is back at work", |s| s.record(n)["spawns"] == 3 && s.messages(n).len() == 1);
    s.wait("the agent has run", |s| {
        let host = s.json(&s.run_folder(n).join("host.json"));
        host["spawn"] == 3 && host["turns"].as_u64() >= Some(1)
    });
    assert_eq!(fs::read_to_string(s.path("count")).unwrap(), "x\nx\n", "the worktree was prepared before");
}

#[test]
fn a_session_that_stops_without_a_request_is_reminded_once() {
    let s = Stage::with().agent("true").set();
    let n = s.issue("Quiet", "", &["backlog"]);
    s.until_phase(n, "working");
    s.wait("the turn is over", |s| s.json(&s.run_folder(n).join("host.json"))["turns"] == 1);
    s.pass(14 * MINUTE);
    assert_eq!(s.messages(n).len(), 0);
    s.pass(2 * MINUTE);
    s.until("it is reminded", |s| s.messages(n).len() == 1);
    assert_eq!(s.messages(n)[0]["kind"], "nudge");
    s.until("the reminder was a turn", |s| s.json(&s.run_folder(n).join("host.json"))["turns"] == 2);
    ticks(&s, 40 * MINUTE, 10 * MINUTE);
    assert_eq!((s.messages(n).len(), s.phase(n).as_str()), (1, "working"));
}

#[test]
fn two_hours_without_progress_are_the_end() {
    let s = Stage::with().agent("echo the-last-words; sleep 1000").set();
    let n = s.issue("Stuck", "", &["backlog"]);
    s.until_phase(n, "working");
    s.pass(2 * HOUR - 5 * MINUTE);
    assert_eq!(s.phase(n), "working");
    s.pass(6 * MINUTE);
    assert_eq!(s.phase(n), "blocked");
    let comment = blocked_comment(&s, n);
    assert!(comment.contains("no sign of progress") && comment.contains("the-last-words"), "{comment}");
    assert!(!has_session(&s, n));
}

#[test]
fn a_limit_of_work_ends_even_a_busy_session() {
    let s = Stage::with().agent("sleep 1000").set();
    tweak(&s, "[agent]", "[agent]\ntimeout = 600");
    let n = s.issue("Long", "", &["backlog"]);
    s.until_phase(n, "working");
    s.pass(9 * MINUTE);
    assert_eq!(s.phase(n), "working");
    s.pass(2 * MINUTE);
    assert!(blocked_comment(&s, n).contains("it worked longer than"));
}

#[test]
fn checks_that_nobody_reports_are_a_persons_and_the_label_taken_off_waits_again() {
    let s = Stage::with().verify(None).set();
    let n = s.issue("No CI", "", &["backlog"]);
    s.until_phase(n, "awaiting_ci");
    s.pass(29 * MINUTE);
    assert_eq!(s.phase(n), "awaiting_ci");
    s.pass(2 * MINUTE);
    assert_eq!(s.phase(n), "escalated");
    assert_eq!(s.labels(n), ["in-progress", "needs-human"]);
    take_label_off(&s, n);
    s.until_phase(n, "awaiting_ci");
    assert_eq!(s.labels(n), ["in-progress"]);
    s.pass(29 * MINUTE);
    assert_eq!(s.phase(n), "awaiting_ci", "the wait began anew");
}

/// Ends what a verify job of a stage runs.
struct EndsChecks<'a>(&'a Stage);

impl Drop for EndsChecks<'_> {
    fn drop(&mut self) {
        let folder = self.0.project().join("checkouts/0").display().to_string();
        let find = || drover::process::tree::marked("DROVER_VERIFY", &folder);
        drover::process::tree::end_all(find, Duration::from_millis(100));
    }
}

#[test]
fn checks_of_our_own_that_never_end_are_a_persons() {
    let s = Stage::with().verify(Some("sleep 1000")).set();
    let _ends = EndsChecks(&s);
    let n = s.issue("Slow", "", &["backlog"]);
    s.until_phase(n, "verifying");
    s.pass(14 * MINUTE);
    assert_eq!(s.phase(n), "verifying");
    s.pass(2 * MINUTE);
    assert_eq!((s.phase(n).as_str(), escalations(&s, n)), ("escalated", 1));
}

#[test]
fn a_reviewer_is_reminded_once_and_after_a_week_the_run_is_blocked() {
    let s = Stage::new();
    let n = s.issue("Review me", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    assert_eq!(ticks(&s, 170 * MINUTE, 17 * MINUTE), "", "quiet while all is well");
    let said = ticks(&s, 2 * DAY, HOUR);
    assert_eq!(said.matches("for rob").count(), 1, "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert_eq!(s.phase(n), "awaiting_review");
    assert_eq!(ticks(&s, 4 * DAY, HOUR), "");
    assert_eq!(s.phase(n), "awaiting_review");
    let last = ticks(&s, DAY, HOUR);
    assert_eq!(s.phase(n), "blocked");
    assert_eq!(last.lines().count(), 1, "{last}");
    blocked_comment(&s, n);
    s.approve(s.pull(n));
    s.until_phase(n, "done");
}

#[test]
fn a_question_is_asked_once_reminded_once_and_given_up_after_a_day() {
    let s = Stage::with().agent(ASKS).set();
    let n = s.issue("Ask", "", &["backlog"]);
    let mut said = String::new();
    s.until_phase(n, "escalated");
    assert_eq!((s.labels(n), escalations(&s, n)), (vec!["in-progress".into(), "needs-human".into()], 1));
    said.push_str(&ticks(&s, 5 * HOUR, HOUR));
    assert!(!said.contains("has waited"), "{said}");
    said.push_str(&ticks(&s, 18 * HOUR, HOUR));
    assert_eq!(said.matches("for maria").count(), 1, "{said}");
    assert_eq!((s.phase(n).as_str(), escalations(&s, n)), ("escalated", 1));
    ticks(&s, 2 * HOUR, HOUR);
    assert_eq!(s.phase(n), "blocked");
    assert!(blocked_comment(&s, n).contains("agent retry 1"));
}

#[test]
fn an_answer_takes_the_label_off_and_reaches_the_session() {
    let s = Stage::with().agent(ASKS).set();
    let n = s.issue("Ask", "", &["backlog"]);
    s.until_phase(n, "escalated");
    s.run("agent", &["say", &n.to_string(), "--as", "maria", "make it blue"]).ends(0);
    assert!(!s.labels(n).contains(&"needs-human".to_string()));
    s.until_phase(n, "awaiting_review");
    assert_eq!(s.record(n)["spawns"], 1, "the session was there");
    assert_eq!(s.messages(n).len(), 1);
}

#[test]
fn an_answer_reaches_a_session_that_was_parked_meanwhile() {
    let s = Stage::with().agent(ASKS).set();
    let n = s.issue("Ask", "", &["backlog"]);
    s.until_phase(n, "escalated");
    s.pass(16 * MINUTE);
    assert!(!has_session(&s, n), "parked");
    s.run("agent", &["say", &n.to_string(), "--as", "maria", "make it blue"]).ends(0);
    s.until_phase(n, "awaiting_review");
    assert_eq!(s.record(n)["spawns"], 2);
    assert_eq!(fs::read_to_string(s.worktree(n).join("colour.txt")).unwrap(), "blue\n");
}

#[test]
fn the_same_question_at_the_same_head_is_not_commented_twice() {
    let s = Stage::with().agent(ASKS).set();
    let n = s.issue("Ask", "", &["backlog"]);
    s.until_phase(n, "escalated");
    s.wait("the turn is over", |s| s.json(&s.run_folder(n).join("host.json"))["turns"] == 1);
    s.tmux(&["kill-session", "-t", &format!("=dev-proj-{n}")]);
    take_label_off(&s, n);
    s.until("a new session asked again", |s| s.count("escalated", n) == 2);
    assert_eq!(s.record(n)["spawns"], 2);
    assert_eq!((s.labels(n), escalations(&s, n)), (vec!["in-progress".into(), "needs-human".into()], 1));
}

#[test]
fn a_run_that_waits_is_parked_and_a_review_brings_it_back() {
    let agent = format!("cp \"$PROMPT_FILE\" \"$SCRATCH_FILE\"\n{GOOD_AGENT}");
    let s = Stage::with().agent(&agent).set();
    let n = s.issue("Wait", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    s.pass(14 * MINUTE);
    assert!(has_session(&s, n));
    s.pass(2 * MINUTE);
    assert!(!has_session(&s, n));
    assert_eq!(s.phase(n), "awaiting_review");
    assert!(s.worktree(n).join(".git").exists());
    s.forge("rob", &["pull", "reject", &s.pull(n).to_string(), "Call it colour-of-tea."]);
    s.until("it is reviewed again", |s| s.count("verifying", n) == 2 && s.phase(n) == "awaiting_review");
    let prompt = fs::read_to_string(s.run_folder(n).join("prompt.md")).unwrap();
    assert!(prompt.contains("colour-of-tea") && prompt.contains("exists already"), "{prompt}");
    assert_eq!(s.record(n)["spawns"], 2);
}

/// A tmux client in control mode, as a person who watches; ended with the test.
struct Client(Child);

impl Client {
    fn attach(s: &Stage, name: &str) -> Client {
        let mut tmux = Command::new("tmux");
        tmux.arg("-S").arg(s.socket()).args(["-C", "attach", "-t", &format!("={name}")]);
        Client(tmux.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn a_session_that_somebody_watches_is_not_parked() {
    let s = Stage::new();
    let n = s.issue("Watch", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    let client = Client::attach(&s, "dev-proj-1");
    let attached = |s: &Stage| s.tmux(&["list-sessions", "-F", "#{session_attached}"]).out.trim() == "1";
    s.wait("the client is there", attached);
    s.pass(2 * HOUR);
    assert!(has_session(&s, n));
    drop(client);
    s.wait("the client is gone", |s| !attached(s));
    s.poll();
    assert!(!has_session(&s, n));
}

#[test]
fn words_to_a_parked_run_reach_it() {
    let s = Stage::new();
    let n = s.issue("Wait", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    s.pass(16 * MINUTE);
    assert!(!has_session(&s, n));
    s.run("agent", &["say", &n.to_string(), "--as", "maria", "also the cellar"]).ends(0);
    s.until("it made more of it", |s| s.count("verifying", n) == 2 && s.phase(n) == "awaiting_review");
    assert!(fs::read_to_string(s.run_folder(n).join("prompt.md")).unwrap().contains("also the cellar"));
}

#[test]
fn commands_at_work_and_stopped_say_what_they_did() {
    let s = Stage::with().agent("sleep 1000").set();
    let n = s.issue("Work", "", &["backlog"]);
    let agent = |verb: &str| s.run("agent", &[verb, "1"]);
    agent("stop").ends(1).says("there is no run on #1");
    s.until_phase(n, "working");
    agent("resume").ends(3).says("goes on by itself");
    agent("retry").ends(3).says("only a run that has ended");
    agent("stop").ends(0);
    assert_eq!((s.phase(n).as_str(), has_session(&s, n)), ("stopped", false));
    agent("stop").ends(3).says("#1 is stopped");
    agent("retry").ends(3).says("only a run that has ended");
    s.pass(HOUR);
    assert_eq!(s.phase(n), "stopped", "a person's stop stands");
    agent("resume").ends(0);
    s.until("it works again", |s| s.phase(n) == "working" && has_session(s, n));
    assert_eq!(s.record(n)["attempt"], 1);
}

#[test]
fn commands_to_a_run_that_waits_leave_it_where_it_was() {
    let s = Stage::new();
    let n = s.issue("Wait", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    let agent = |verb: &str| s.run("agent", &[verb, "1"]);
    agent("resume").ends(3).says("goes on by itself");
    agent("stop").ends(0);
    assert_eq!((s.phase(n).as_str(), has_session(&s, n)), ("stopped", false));
    agent("resume").ends(0);
    assert_eq!(s.phase(n), "awaiting_review");
    s.approve(s.pull(n));
    s.until_phase(n, "done");
    agent("stop").ends(3).says("#1 is done");
    agent("resume").ends(3).says("agent retry 1");
    s.run("agent", &["say", "1", "hello"]).ends(3).says("nobody would read it");
    agent("retry").ends(3).says("the issue is closed");
}

#[test]
fn commands_to_a_run_that_asked_or_ended() {
    let s = Stage::with().agent(ASKS).set();
    let n = s.issue("Ask", "", &["backlog"]);
    let agent = |verb: &str| s.run("agent", &[verb, "1"]);
    s.until_phase(n, "escalated");
    agent("retry").ends(3);
    agent("stop").ends(0);
    assert_eq!((s.phase(n), s.labels(n)), ("stopped".into(), vec!["in-progress".to_string()]));
    s.pass(7 * DAY + HOUR);
    assert_eq!(s.phase(n), "blocked");
    agent("stop").ends(3).says("#1 is blocked");
    agent("resume").ends(3).says("agent retry 1");
    agent("retry").ends(0);
    assert_eq!(s.record(n)["attempt"], 2);
    s.until_phase(n, "escalated");
    agent("resume").ends(0);
    assert_eq!(s.phase(n), "working");
}

#[test]
fn without_the_guard_file_nothing_new_starts_and_work_goes_on() {
    let s = Stage::new();
    let n = s.issue("First", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    fs::remove_file(s.state().join(".dev-active")).unwrap();
    let m = s.issue("Second", "", &["backlog"]);
    for _ in 0..3 {
        assert_eq!(s.poll().ends(0).out, "", "cron has nothing to mail");
    }
    assert_eq!(s.phase(m), "");
    s.run("status", &["why", &m.to_string()]).ends(0).says("guard_off");
    s.approve(s.pull(n));
    s.until_phase(n, "done");
    assert_eq!(s.labels(m), ["backlog"]);
    fs::write(s.state().join(".dev-active"), "").unwrap();
    s.until_phase(m, "awaiting_review");
}

#[test]
fn a_paused_project_starts_nothing_and_says_why() {
    let s = Stage::new();
    let n = s.issue("First", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    fs::write(s.project().join("paused"), "maria: holiday").unwrap();
    let m = s.issue("Second", "", &["backlog"]);
    s.approve(s.pull(n));
    s.until_phase(n, "done");
    s.poll().ends(0);
    assert_eq!(s.phase(m), "");
    s.run("status", &["why", &m.to_string()]).says("maria: holiday").says("paused");
    fs::remove_file(s.project().join("paused")).unwrap();
    s.until_phase(m, "awaiting_review");
}

#[test]
fn new_work_starts_inside_its_hours_only() {
    let s = Stage::new();
    let text = fs::read_to_string(s.path("clock")).unwrap();
    let hour: i64 = text[11..13].parse().unwrap();
    let window = format!("window = \"{:02}:00-{:02}:00\"", (hour + 2) % 24, (hour + 4) % 24);
    tweak(&s, "[limits]", &format!("[limits]\n{window}"));
    let tick = || assert!(s.command("poll", &[]).env("TZ", "UTC").status().unwrap().success());
    let n = s.issue("At night", "", &["backlog"]);
    tick();
    assert_eq!(s.phase(n), "");
    let why = s.command("status", &["why", "1"]).env("TZ", "UTC").output().unwrap();
    assert!(String::from_utf8_lossy(&why.stdout).contains("outside_window"));
    s.later(2 * HOUR);
    tick();
    assert_ne!(s.phase(n), "", "inside");
    s.later(2 * HOUR);
    let m = s.issue("Too late", "", &["backlog"]);
    tick();
    assert_eq!(s.phase(m), "");
    assert_ne!(s.phase(n), "blocked", "a run at work goes on outside of the hours");
}

#[test]
fn a_draining_pipeline_starts_the_next_when_the_first_has_landed() {
    let s = Stage::with().pipeline("drain").set();
    let n = s.issue("First", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    let m = s.issue("Second", "", &["backlog"]);
    for _ in 0..3 {
        s.poll();
    }
    assert_eq!(s.phase(m), "");
    s.run("status", &["why", &m.to_string()]).says("drain");
    s.approve(s.pull(n));
    s.until_phase(n, "done");
    s.until_phase(m, "awaiting_review");
}

#[test]
fn a_clock_that_jumps_ends_no_wait() {
    let agent = format!("case $ISSUE in 1) sleep 1000 ;; 2) {ASKS} ;; *) {GOOD_AGENT} ;; esac");
    let s = Stage::with().agent(&agent).set();
    let all: Vec<u64> = ["Works", "Asks", "Waits"].iter().map(|t| s.issue(t, "", &["backlog"])).collect();
    let standing = |s: &Stage| all.iter().map(|n| s.phase(*n)).collect::<Vec<_>>();
    let wanted = ["working", "escalated", "awaiting_review"];
    s.until("each stands where it should", |s| standing(s) == wanted);
    for jump in [-HOUR, 0, 40 * DAY, 0, -40 * DAY, 0] {
        s.later(jump);
        s.poll().ends(0);
        assert_eq!(standing(&s), wanted, "after a jump of {jump} s");
    }
    s.approve(s.pull(all[2]));
    s.until_phase(all[2], "done");
}

#[test]
fn a_lost_heartbeat_ends_no_wait_and_stops_no_clock() {
    let s = Stage::with().agent("sleep 1000").set();
    let n = s.issue("Long", "", &["backlog"]);
    s.until_phase(n, "working");
    s.pass(100 * MINUTE);
    fs::remove_file(s.project().join("heartbeat")).unwrap();
    s.later(30 * MINUTE);
    s.poll().ends(0);
    assert_eq!(s.phase(n), "working");
    fs::write(s.project().join("heartbeat"), "{\"at\": 7").unwrap();
    s.poll().ends(0);
    assert_eq!(s.phase(n), "working");
    s.pass(2 * HOUR + MINUTE);
    assert_eq!(s.phase(n), "blocked");
}

/// Runs into a limit once, then works.
const LIMITED: &str = r#"
test -e "$WORKTREE/.git/again" || { touch "$WORKTREE/.git/again"; exit 75; }
"#;

#[test]
fn an_agent_that_says_try_again_later_is_resumed_after_a_quarter_of_an_hour() {
    let s = Stage::with().agent(&format!("{LIMITED}{GOOD_AGENT}")).set();
    let n = s.issue("Limited", "", &["backlog"]);
    s.until_phase(n, "limited");
    s.pass(10 * MINUTE);
    assert_eq!(s.phase(n), "limited");
    assert_eq!(s.labels(n), ["in-progress"]);
    s.pass(6 * MINUTE);
    s.until_phase(n, "awaiting_review");
    assert_eq!(
        (s.record(n)["spawns"].as_u64(), s.record(n)["counters"]["resumes"].as_u64()),
        (Some(2), Some(0))
    );
}

#[test]
fn a_limit_that_passed_while_nobody_looked_holds_nothing_up() {
    let wait = "while [ ! -e \"$WORKTREE/.git/go\" ]; do sleep 0.05; done";
    let s = Stage::with().agent(&format!("{wait}\n{LIMITED}{GOOD_AGENT}")).set();
    let n = s.issue("Limited", "", &["backlog"]);
    s.until_phase(n, "working");
    let held = drover::store::lock::try_lock(&s.project().join("locks/run-1")).unwrap().unwrap();
    fs::write(s.worktree(n).join(".git/go"), "").unwrap();
    let state = |s: &Stage| s.json(&s.run_folder(n).join("host.json"))["agent"]["state"].clone();
    s.wait("the agent named its limit", |s| state(s) == "limited");
    s.later(20 * MINUTE);
    drop(held);
    s.until_phase(n, "awaiting_review");
}

#[test]
fn an_answer_reaches_a_session_that_has_asked_again_meanwhile() {
    let s = Stage::with().agent("printf 'PHASE:escalate\nReason: which port\n' > \"$PHASE_FILE\"").set();
    let n = s.issue("Open a port", "", &["backlog"]);
    s.until_phase(n, "escalated");
    // As one does that somebody has talked to by hand.
    fs::write(s.run_folder(n).join("session/phase"), "PHASE:escalate\nReason: which port\n").unwrap();
    s.run("agent", &["say", "--as", "maria", &n.to_string(), "Port 8080."]).ends(0);
    let answer = s.messages(n).pop().unwrap();
    assert!(answer["state"]["delivered"].is_object(), "no tick was needed: {answer}");
}
