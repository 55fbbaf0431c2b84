//! An agent in its own interface that tells by hooks what it does, played by a stand-in, mostly for Claude Code. With the real
//! programs: `make test-agents`.

use crate::stage::Stage;
use crate::stage::person::Person;
use drover::process::tree;
use std::fs;

/// Does one commit for each text, then asks to go on.
const WORKS: &str = r#"
cat > "$WORKTREE/.git/last"
n=$(git rev-list --count HEAD)
echo "work $n" > work.txt; git add -A; git commit -qm "work $n"
echo "PHASE:awaiting_ci" > "$PHASE_FILE"
"#;

fn stage() -> Stage {
    Stage::with().screen(WORKS).set()
}

/// The texts that it took in.
fn taken(s: &Stage, n: u64) -> Vec<String> {
    let text = fs::read_to_string(s.worktree(n).join(".git/taken")).unwrap_or_default();
    // A line may be half written.
    text.split_inclusive('\n')
        .filter(|l| l.ends_with('\n'))
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

fn goes_wrong(s: &Stage, what: &str, times: usize) {
    fs::write(s.path(what), "x\n".repeat(times)).unwrap();
}

fn review(s: &Stage, n: u64, words: &str) {
    s.forge("rob", &["pull", "reject", &s.pull(n).to_string(), words]).ends(0);
}

fn reworked(s: &Stage, n: u64, rounds: u64) {
    s.until("it has reworked", |s| {
        s.phase(n) == "awaiting_review" && s.record(n)["counters"]["rounds"] == rounds
    });
}

#[test]
fn it_works_through_a_review_to_a_landed_pull_in_one_session() {
    let s = stage();
    let n = s.issue("Add a thing", "Please.", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    review(&s, n, "Not blue.");
    reworked(&s, n, 1);
    let texts = taken(&s, n);
    assert_eq!(texts.len(), 2, "{texts:#?}");
    assert!(texts[0].starts_with("[drover message prompt-1]\nYou work on issue #1"), "{}", texts[0]);
    assert!(texts[1].contains("Not blue."));
    let by = s.messages(n)[0]["state"]["delivered"]["by"].clone();
    assert_eq!(by, "told by the agent's hook");
    assert_eq!(s.record(n)["spawns"], 1);
    s.until("its turn is over", |s| s.run("status", &["show", "1"]).out.contains("known by: hook Stop, "));
    s.approve(s.pull(n));
    s.until_phase(n, "done");
}

#[test]
fn one_that_a_person_interrupts_is_known_by_its_screen_where_nothing_else_tells() {
    let s = Stage::with().screen("exec sleep 300").set();
    let n = s.issue("Add a thing", "Please.", &["backlog"]);
    let known =
        |s: &Stage, by: &str| s.run("status", &["show", "1"]).out.contains(&format!("known by: {by}"));
    s.until("it works", |s| known(s, "hook UserPromptSubmit"));
    let target = format!("={}:", s.record(n)["session"]["name"].as_str().unwrap());
    s.tmux(&["send-keys", "-t", &target, "C-c"]).ends(0);
    s.until("it is at its prompt", |s| known(s, "its screen, which shows its prompt and stands still"));
    assert!(s.run("status", &["ps"]).out.contains("idle"));
    s.run("agent", &["say", "--as", "maria", "1", "Go on."]).ends(0);
    s.until("it was told", |s| taken(s, n).last().is_some_and(|t| t.contains("Go on.")));
    s.until("it works again", |s| known(s, "hook UserPromptSubmit"));
}

#[test]
fn a_person_who_types_is_not_typed_over_and_what_they_typed_is_sent_along() {
    let s = stage();
    let n = s.issue("Add a thing", "Please.", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    s.until("it is at its prompt", |s| s.run("status", &["ps"]).out.contains("idle"));
    let person = Person::attach(&s, n);
    person.types("half a te");
    review(&s, n, "Not blue.");
    for _ in 0..3 {
        s.poll();
        let state = s.messages(n).first().map(|m| m["state"].clone());
        assert!(state.is_none_or(|state| state == "queued"), "{:?}", s.messages(n));
    }
    reworked(&s, n, 1);
    let texts = taken(&s, n);
    let last = texts.last().unwrap();
    assert!(last.starts_with("half a te") && last.contains("Not blue."), "{texts:#?}");
    assert_eq!(texts.len(), 2);
}

#[test]
fn one_that_is_halted_is_a_persons_with_the_command_that_lets_it_go_on() {
    let s = Stage::with().screen(&format!("until [ -e .git/go ]; do sleep 0.1; done\n{WORKS}")).set();
    let n = s.issue("Add a thing", "Please.", &["backlog"]);
    s.until("it works", |s| s.run("status", &["ps"]).out.contains("working"));
    let agent = s.agent_processes(n).into_iter().next().unwrap();
    tree::signal(&agent, rustix::process::Signal::STOP);
    s.until_phase(n, "escalated");
    s.until("it is said", |s| !s.comments(n).is_empty());
    let said = s.comments(n)[0].clone();
    let command = said.split('`').find(|w| w.starts_with("kill -CONT")).unwrap_or_else(|| panic!("{said}"));
    let done = std::process::Command::new("sh").args(["-c", command]).status().unwrap();
    assert!(done.success(), "{command}");
    fs::write(s.worktree(n).join(".git/go"), "").unwrap();
    s.until_phase(n, "awaiting_review");
}

#[test]
fn what_is_lost_on_the_way_into_it_is_put_in_again_and_nothing_twice() {
    for (lost, times) in [("loses-enter", 1), ("loses-paste", 1), ("loses-enter", 3), ("loses-paste", 2)] {
        let s = stage();
        let n = s.issue("Add a thing", "Please.", &["backlog"]);
        s.until_phase(n, "awaiting_review");
        goes_wrong(&s, lost, times);
        review(&s, n, "Not blue.");
        s.until("it was put in", |s| {
            s.messages(n).first().is_some_and(|m| m["state"]["sending"]["put"].is_string())
        });
        for _ in 0..8 {
            s.later(11);
            s.poll();
        }
        reworked(&s, n, 1);
        let texts = taken(&s, n);
        assert_eq!(texts.iter().filter(|t| t.contains("Not blue.")).count(), 1, "{lost} {times}: {texts:#?}");
    }
}

#[test]
fn what_comes_while_it_is_at_work_waits_in_its_queue_and_is_not_put_in_again() {
    let slow =
        format!("[ -e \"$WORKTREE/.git/go\" ] || while [ -e \"$TURN.slow\" ]; do sleep 0.05; done\n{WORKS}");
    let s = Stage::with().screen(&slow).set();
    fs::write(s.path("turn.sh.slow"), "").unwrap();
    let n = s.issue("Add a thing", "Please.", &["backlog"]);
    s.until_phase(n, "working");
    s.run("agent", &["say", "--as", "maria", "1", "Make it blue."]).ends(0);
    s.until("it has it", |s| taken(s, n).len() == 2);
    for _ in 0..3 {
        s.later(60);
        s.poll();
    }
    fs::remove_file(s.path("turn.sh.slow")).unwrap();
    s.until_phase(n, "awaiting_review");
    // What the first turn asked for may be looked at while the second one has files changed, and then it is told so.
    let texts = taken(&s, n);
    assert_eq!(texts.iter().filter(|t| t.contains("Make it blue.")).count(), 1, "{texts:#?}");
}

#[test]
fn a_turn_that_ends_without_a_request_is_told_so_once_by_its_hook() {
    let forgets = r#"
text=$(cat); printf '%s\n' "$text" >> "$WORKTREE/.git/heard"
case "$text" in
*"stopped without a request"*) git commit -q --allow-empty -m "work"; echo x > x; git add -A; git commit -qm x; echo "PHASE:awaiting_ci" > "$PHASE_FILE" ;;
esac
"#;
    let s = Stage::with().screen(forgets).set();
    let n = s.issue("Add a thing", "Please.", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    assert_eq!(taken(&s, n).len(), 1, "no message of ours was needed");
    assert_eq!(
        fs::read_to_string(s.worktree(n).join(".git/heard")).unwrap().matches("without a request").count(),
        1
    );
}

#[test]
fn one_that_goes_on_forgetting_waits_at_its_prompt_and_is_reminded_by_a_message() {
    let s = Stage::with().screen("cat > /dev/null").set();
    let n = s.issue("Add a thing", "Please.", &["backlog"]);
    s.until("it is idle", |s| s.run("status", &["ps"]).out.contains("idle"));
    s.pass(16 * 60);
    s.until("it was reminded", |s| taken(s, n).len() == 2);
    s.pass(20 * 60);
    assert_eq!(taken(&s, n).len(), 2, "once");
}

#[test]
fn a_question_of_its_own_on_its_screen_is_a_persons_within_a_minute_with_the_screen_shown() {
    let s = stage();
    goes_wrong(&s, "dialog", 1);
    let n = s.issue("Add a thing", "Please.", &["backlog"]);
    s.until("its session is up", |s| s.run("status", &["ps"]).out.contains("starting"));
    s.until("it asks", |s| s.run("status", &["logs", "1"]).out.contains("Do you trust"));
    // What moves on a screen is timed by the terminal's own clock.
    s.pass(2 * 60);
    s.until_phase(n, "escalated");
    s.until("it is said", |s| !s.comments(n).is_empty());
    let said = &s.comments(n)[0];
    assert!(said.contains("screen stands still") && said.contains("Do you trust this folder?"), "{said}");
    s.run("agent", &["resume", "1"]).ends(0);
    s.until_phase(n, "awaiting_review");
}

#[test]
fn a_limit_ends_it_and_it_goes_on_in_its_conversation_when_that_is_over() {
    let limited = format!("[ -e \"$TURN.limit\" ] && {{ rm \"$TURN.limit\"; exit 75; }}\n{WORKS}");
    let s = Stage::with().screen(&limited).set();
    fs::write(s.path("turn.sh.limit"), "").unwrap();
    let n = s.issue("Add a thing", "Please.", &["backlog"]);
    s.until_phase(n, "limited");
    s.pass(16 * 60);
    s.until_phase(n, "awaiting_review");
    let calls = fs::read_to_string(s.worktree(n).join(".git/calls")).unwrap();
    let calls: Vec<&str> = calls.lines().collect();
    let name = calls[0].split("--session-id ").nth(1).unwrap();
    assert!(calls.len() == 2 && calls[1].ends_with(&format!("--resume {name}")), "{calls:?}");
    let record = s.record(n);
    assert_eq!((record["counters"]["resumes"].as_u64(), record["attempt"].as_u64()), (Some(0), Some(1)));
}

#[test]
fn without_the_end_of_a_turn_nothing_is_put_in_twice_and_its_request_is_taken() {
    let s = stage();
    goes_wrong(&s, "loses-stop", 1);
    let n = s.issue("Add a thing", "Please.", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    review(&s, n, "Not blue.");
    reworked(&s, n, 1);
    assert_eq!(taken(&s, n).len(), 2);
}

#[test]
fn slow_hooks_and_killed_ones_do_no_harm() {
    for (what, times) in [("slow-hook", 4), ("kills-hook", 1)] {
        let s = stage();
        goes_wrong(&s, what, times);
        let n = s.issue("Add a thing", "Please.", &["backlog"]);
        s.until_phase(n, "awaiting_review");
        review(&s, n, "Not blue.");
        reworked(&s, n, 1);
        assert_eq!(taken(&s, n).len(), 2, "{what}");
    }
}

#[test]
fn without_any_hook_its_requests_are_taken_and_what_it_should_be_told_is_a_persons() {
    let s = stage();
    goes_wrong(&s, "loses-hook", 1000);
    let n = s.issue("Add a thing", "Please.", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    review(&s, n, "Not blue.");
    s.until_phase(n, "working");
    s.pass(2 * 60);
    s.until_phase(n, "escalated");
    s.until("it is said", |s| s.comments(n).iter().any(|c| c.contains("screen stands still")));
}

#[test]
fn its_own_file_is_made_right_and_everything_else_in_it_stays() {
    let s = stage();
    fs::create_dir(s.path("home")).unwrap();
    fs::write(s.path("real.json"), r#"{"numStartups":7}"#).unwrap();
    std::os::unix::fs::symlink(s.path("real.json"), s.path("home/.claude.json")).unwrap();
    let n = s.issue("Add a thing", "Please.", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    let told = s.json(&s.path("real.json"));
    assert_eq!((told["numStartups"].as_u64(), &told["hasCompletedOnboarding"]), (Some(7), &true.into()));
    assert_eq!(told["projects"][s.worktree(n).to_str().unwrap()]["hasTrustDialogAccepted"], true);
    assert!(s.path("home/.claude.json").is_symlink());
}

/// Texts of every kind; the number makes each another.
fn text(k: usize) -> String {
    let bodies = [
        "x".to_string(),
        "/compact\n/exit".into(),
        "a\r\nb\rc".into(),
        "\tindented\t\n  \u{1f680} é 漢字 \u{1f9d1}\u{200d}\u{1f680}".into(),
        "$(touch x) `id` \"quoted\" 'single' \\ ~ !".into(),
        "y".repeat(4000),
        format!("{}\n", "line of text ".repeat(20)).repeat(60),
        "z".repeat(60_000),
    ];
    format!("text {k}, {}, the end of {k}.", bodies[k % bodies.len()])
}

/// Each word is said by a command that may be killed at any moment, and then said again by a person who looks whether it was
/// taken down. `DELIVERIES` says how many (`make stress`: 2,000).
fn every_text_arrives_once(agent: &'static str) {
    let many: usize = std::env::var("DELIVERIES").ok().and_then(|n| n.parse().ok()).unwrap_or(16);
    let s = Stage::with()
        .screen_of(agent, "cat > /dev/null; printf 'PHASE:escalate\\nReason: next\\n' > \"$PHASE_FILE\"")
        .set();
    let killed: usize = (0..many).step_by(ONE_RUN).map(|k| talk(&s, k..many.min(k + ONE_RUN))).sum();
    println!("{agent}: {many} texts, {killed} commands killed, all taken in once");
}

/// As many as one run is told: more than any is told in earnest, and each look reads them all.
const ONE_RUN: usize = 200;

/// Says these to a run of its own; how many commands were killed.
fn talk(s: &Stage, texts: std::ops::Range<usize>) -> usize {
    let n = s.issue("Talk", "", &["backlog"]);
    s.until_phase(n, "escalated");
    let mut dice = 0x5eed_u64 + texts.start as u64;
    let mut killed = 0;
    for k in texts.clone() {
        let (said, end) = (text(k), format!("the end of {k}."));
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let wait = (k % 3 == 2).then(|| std::time::Duration::from_millis((dice >> 33) % 40));
        killed += usize::from(wait.is_some());
        let down = |s: &Stage| s.messages(n).iter().any(|m| m["text"].as_str().unwrap().contains(&end));
        let say = ["say", "--as", "maria", &n.to_string(), &said];
        if s.run_for(wait, "agent", &say) && !down(s) {
            s.run("agent", &say);
        }
        s.until("it was taken in", |s| {
            // What may have been put in by a command that was killed is put in again after ten seconds.
            s.later(2);
            taken(s, n).iter().any(|t| t.contains(&end))
        });
        s.until("it asks again", |s| s.phase(n) == "escalated");
    }
    let all = taken(s, n);
    for k in texts {
        let times: usize = all.iter().map(|t| t.matches(&format!("the end of {k}.")).count()).sum();
        assert_eq!(times, 1, "text {k}");
    }
    s.run("agent", &["stop", &n.to_string()]).ends(0);
    killed
}

#[test]
fn every_text_arrives_once_in_claude_code() {
    every_text_arrives_once("claude");
}

#[test]
fn every_text_arrives_once_in_codex() {
    every_text_arrives_once("codex");
}

#[test]
fn every_text_arrives_once_in_opencode() {
    every_text_arrives_once("opencode");
}

#[test]
fn a_later_attempt_is_shown_what_a_closed_pull_had_changed_and_where_the_repository_speaks_to_agents() {
    let s = stage();
    fs::write(s.repo().join("AGENTS.md"), "Tabs, please.\n").unwrap();
    crate::stage::git(&s.repo(), &["add", "-A"]);
    crate::stage::git(&s.repo(), &["commit", "-q", "-m", "notes"]);
    let n = s.issue("Add a thing", "Please.", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    assert!(taken(&s, n)[0].contains("stands in AGENTS.md in that folder"), "{}", taken(&s, n)[0]);
    s.forge("maria", &["pull", "close", &s.pull(n).to_string()]).ends(0);
    s.until_phase(n, "abandoned");
    let branch = format!("refs/heads/fix/issue-{n}");
    crate::stage::git(&s.project().join("repo.git"), &["update-ref", "-d", &branch]);
    // Where its folder is still there, it goes on from that.
    fs::remove_dir_all(s.worktree(n)).unwrap();
    s.run("agent", &["retry", "1"]).ends(0);
    let second = |s: &Stage| taken(s, n).into_iter().find(|t| t.starts_with("[drover message prompt-2]"));
    s.until("it has begun again", |s| second(s).is_some());
    let told = second(&s).unwrap();
    assert!(told.contains("was closed without being merged") && told.contains("+work 2"), "{told}");
}

#[test]
fn an_answer_that_stood_in_a_prompt_which_was_never_taken_in_is_told_again() {
    let s = Stage::with()
        .screen("cat > /dev/null; printf 'PHASE:escalate\\nReason: next\\n' > \"$PHASE_FILE\"")
        .set();
    let n = s.issue("Talk", "Please.", &["backlog"]);
    s.until_phase(n, "escalated");
    goes_wrong(&s, "dialog", 1);
    for process in s.agent_processes(n) {
        tree::signal(&process, rustix::process::Signal::KILL);
    }
    s.run("agent", &["say", "--as", "maria", "1", "Port 8080."]);
    s.until("it stands in a prompt", |s| {
        s.messages(n)[0]["state"]["delivered"]["by"]
            .as_str()
            .is_some_and(|by| by.starts_with("part of the prompt"))
    });
    let asked = |s: &Stage| s.comments(n).iter().any(|c| c.contains("has not taken in its prompt"));
    s.until("its dialog is a person's", |s| {
        s.later(20);
        s.phase(n) == "escalated" && asked(s)
    });
    assert_eq!((s.record(n)["spawns"].as_u64(), taken(&s, n).len()), (Some(2), 1));
    s.run("agent", &["say", "--as", "maria", "1", "I have seen to it."]).ends(0);
    s.until("it was told", |s| taken(s, n).last().is_some_and(|t| t.contains("I have seen to it.")));
    assert!(taken(&s, n).iter().any(|t| t.contains("Port 8080.")), "{:#?}", taken(&s, n));
}
