//! The main job: a labelled issue becomes a merged pull, driven by nothing but ticks.

use crate::stage::{Stage, git};

#[test]
fn a_labelled_issue_becomes_a_merged_pull() {
    let s = Stage::new();
    let before = s.head(&s.repo(), "main");
    let n = s.issue("Add a thing", "Please.", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    assert_eq!(s.labels(n), ["in-progress"]);
    assert_eq!(s.head(&s.repo(), "main"), before, "nothing lands without an approval");
    let pull = s.pull(n);
    s.forge("maria", &["pull", "diff", &pull.to_string()]).says("work 1 on 1");
    s.approve(pull);
    s.until_phase(n, "done");
    assert!(s.repo().join("work-1.txt").exists(), "files, index and ref move together");
    assert_eq!(git(&s.repo(), &["status", "--porcelain"]), "");
    assert_eq!(s.labels(n), Vec::<String>::new());
    assert_eq!(s.issue_record(n)["open"], false);
    let receipt = s.json(&s.project().join(format!("receipts/{pull}.json")));
    assert_eq!(receipt["merge"], s.head(&s.repo(), "main"));
    assert_eq!(receipt["approved_by"][0], "rob");
    assert!(!s.worktree(n).exists(), "all of it is on the remote");
}

#[test]
fn the_same_holds_in_interactive_style() {
    let s = Stage::with()
        .style("interactive")
        .agent(&format!("{}\nwhile read -r line; do :; done", crate::stage::GOOD_AGENT))
        .set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    s.approve(s.pull(n));
    s.until_phase(n, "done");
}

#[test]
fn a_red_check_goes_back_to_the_session_with_what_it_printed() {
    let agent = r#"
case "$(cat "$PROMPT_FILE")" in
*"failed on"*) echo fixed > a.txt ;;
*) echo BROKEN > a.txt ;;
esac
git add -A && git commit -qm "try" && echo PHASE:awaiting_ci > "$PHASE_FILE"
"#;
    let s = Stage::with().agent(agent).set();
    let n = s.issue("Break it", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    let messages = s.messages(n);
    assert_eq!(messages.len(), 1);
    assert!(messages[0]["text"].as_str().unwrap().contains("error: BROKEN found"));
    assert!(messages[0]["state"]["delivered"]["by"].as_str().unwrap().starts_with("turn"));
    assert_eq!(s.record(n)["counters"]["ci_fixes"], 0, "green clears the counter");
}

#[test]
fn changes_requested_go_back_once_and_a_new_head_needs_a_new_approval() {
    let s = Stage::new();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    let (pull, first) = (s.pull(n), s.record(n)["head"].clone());
    s.forge("rob", &["pull", "reject", &pull.to_string(), "Name it better."]);
    s.until("a second head waits for review", |s| {
        s.phase(n) == "awaiting_review" && s.record(n)["head"] != first
    });
    for _ in 0..3 {
        s.poll();
    }
    assert_eq!(s.phase(n), "awaiting_review", "the request for changes stands until rob says otherwise");
    assert_eq!(s.messages(n).len(), 1);
    s.approve(pull);
    s.until_phase(n, "done");
}

#[test]
fn a_person_who_closes_the_issue_ends_the_work() {
    let s = Stage::with().agent("sleep 1000").set();
    let n = s.issue("Long", "", &["backlog"]);
    s.until_phase(n, "working");
    s.forge("maria", &["issue", "close", &n.to_string()]);
    s.until_phase(n, "abandoned");
    assert_eq!(s.labels(n), ["blocked"]);
    assert_eq!(s.tmux(&["has-session", "-t", "=dev-proj-1"]).code, 1);
}

#[test]
fn two_that_conflict_both_land_the_second_after_settling() {
    let agent = r#"
case "$(cat "$PROMPT_FILE")" in
*"conflicts with it in"*) git fetch -q origin; git merge -q origin/main || echo "shared = both" > shared.txt ;;
*) echo "shared = $ISSUE" > shared.txt ;;
esac
git add -A && git commit -qm "line of $ISSUE" && echo PHASE:awaiting_ci > "$PHASE_FILE"
"#;
    let s = Stage::with().agent(agent).set();
    let (a, b) = (s.issue("One", "", &["backlog"]), s.issue("Two", "", &["backlog"]));
    s.until("both wait for review", |s| s.phase(a) == "awaiting_review" && s.phase(b) == "awaiting_review");
    s.approve(s.pull(a));
    s.approve(s.pull(b));
    s.until("one is done", |s| s.phase(a) == "done" || s.phase(b) == "done");
    let rest = if s.phase(a) == "done" { b } else { a };
    s.until("the other has a new head to review", |s| {
        s.count("verifying", rest) == 2 && s.phase(rest) == "awaiting_review"
    });
    s.approve(s.pull(rest));
    s.until_phase(rest, "done");
    assert_eq!(std::fs::read_to_string(s.repo().join("shared.txt")).unwrap(), "shared = both\n");
}

#[test]
fn a_later_turn_has_its_own_command_and_its_own_prompt_file() {
    let s = Stage::with().agent("exit 9").set();
    s.script("first.sh", "echo \"first $1\" >> turns.log; git add -A; git commit -qm one; echo PHASE:awaiting_ci > \"$PHASE_FILE\"");
    s.script("later.sh", "echo \"later $(grep -c 'Name it better' \"$1\")\" >> turns.log; git add -A; git commit -qm two; echo PHASE:awaiting_ci > \"$PHASE_FILE\"");
    let text = std::fs::read_to_string(s.toml_file()).unwrap();
    let old = format!("command = [\"{}\"]", s.path("agent.sh").display());
    assert!(text.contains(&old));
    let new = format!(
        "command = [\"{}\", \"{{prompt_file}}\"]\nresume = [\"{}\", \"{{prompt_file}}\"]",
        s.path("first.sh").display(),
        s.path("later.sh").display()
    );
    std::fs::write(s.toml_file(), text.replace(&old, &new)).unwrap();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    s.forge("rob", &["pull", "reject", &s.pull(n).to_string(), "Name it better."]);
    s.until("the second round waits for review", |s| s.count("awaiting_review", n) == 2);
    let log = std::fs::read_to_string(s.worktree(n).join("turns.log")).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    assert!(lines[0].starts_with("first /") && lines[0].ends_with("/turns/0001.md"), "{log}");
    assert_eq!(lines[1], "later 1", "the file of the turn holds the review");
}

#[test]
fn a_session_that_is_stopped_is_settled_with_the_time_it_had() {
    let s = Stage::with().agent("sleep 1000").set();
    let n = s.issue("Long", "", &["backlog"]);
    s.until_phase(n, "working");
    s.later(90);
    s.run("agent", &["stop", &n.to_string()]).ends(0);
    let cost: serde_json::Value =
        serde_json::from_str(&s.run("status", &["cost", "--json"]).ends(0).out).unwrap();
    assert_eq!(cost["cost"][0]["seconds"], 90, "{cost}");
}
