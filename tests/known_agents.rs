//! Agents that drover knows by name, played by a script that prints what such an agent prints. With the real programs:
//! `make test-agents`.

use crate::stage::Stage;
use drover::process::tree;
use drover::session::tmux::MARK;
use std::fs;

/// A Codex that notes how it was called, tells the name of its conversation, and does one commit a turn. `odd` comes in
/// between.
fn codex(odd: &str) -> Stage {
    let script = format!(
        r#"
echo "$@" >> "$WORKTREE/.git/calls"
cat > "$WORKTREE/.git/told"
{odd}
echo '{{"type":"thread.started","thread_id":"thread-{{}}-0001"}}'
n=$(git rev-list --count HEAD)
echo "work $n" > work.txt; git add -A; git commit -qm "work $n"
echo '{{"type":"item.completed","item":{{"type":"agent_message","text":"Work is done."}}}}'
# As the real one does, it tells the sum over its conversation.
echo "{{\"type\":\"turn.completed\",\"usage\":{{\"input_tokens\":$((n*100)),\"cached_input_tokens\":60,\"output_tokens\":$((n*7))}}}}"
echo "PHASE:awaiting_ci" > "$PHASE_FILE"
"#
    );
    Stage::with().known_agent("codex", None).agent(&script.replace("{}", "abcd")).set()
}

fn calls(s: &Stage) -> Vec<String> {
    let text = fs::read_to_string(s.worktree(1).join(".git/calls")).unwrap_or_default();
    text.lines().map(|l| l.split("sandbox").last().unwrap().trim().to_string()).collect()
}

#[test]
fn a_later_turn_goes_on_in_the_conversation_that_the_first_has_named() {
    let s = codex("");
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    assert!(s.run("status", &["logs", "1"]).out.contains("Work is done."), "words and no JSON in the pane");
    s.forge("rob", &["pull", "reject", &s.pull(n).to_string(), "Not blue."]).ends(0);
    s.until("it has reworked", |s| s.phase(n) == "awaiting_review" && s.record(n)["counters"]["rounds"] == 1);
    assert_eq!(calls(&s), ["-", "resume thread-abcd-0001 -"]);
    assert!(fs::read_to_string(s.worktree(1).join(".git/told")).unwrap().contains("Not blue."));
    let cost = s.run("status", &["cost"]).ends(0).out;
    assert!(cost.contains("200") && cost.contains("14") && cost.contains("unknown"), "{cost}");
}

#[test]
fn after_a_stop_and_a_killed_host_it_goes_on_in_the_same_conversation() {
    let s = codex("");
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    s.run("agent", &["stop", "1"]).ends(0);
    s.forge("rob", &["pull", "reject", &s.pull(n).to_string(), "Not blue."]).ends(0);
    s.run("agent", &["resume", "1"]).ends(0);
    s.until("it has reworked", |s| s.phase(n) == "awaiting_review" && s.record(n)["counters"]["rounds"] == 1);
    assert_eq!(calls(&s), ["-", "resume thread-abcd-0001 -"]);
    let told = fs::read_to_string(s.worktree(1).join(".git/told")).unwrap();
    assert!(told.contains("You were interrupted") && told.contains("Not blue."), "{told}");
    assert!(!told.contains("How to say where you stand"), "it knows that already: {told}");
    for process in tree::marked(MARK, &format!("{}/{n}", s.project().display())) {
        tree::signal(&process, rustix::process::Signal::KILL);
    }
    s.forge("rob", &["pull", "reject", &s.pull(n).to_string(), "Still not blue."]).ends(0);
    s.until("it has reworked again", |s| {
        s.phase(n) == "awaiting_review" && s.record(n)["counters"]["rounds"] == 2
    });
    assert_eq!(calls(&s).last().unwrap(), "resume thread-abcd-0001 -");
}

#[test]
fn a_conversation_that_is_not_there_any_more_is_begun_anew() {
    let s = codex(
        r#"[ -e "$WORKTREE/.git/lost" ] && case "$*" in *resume*) echo "no such thread" >&2; exit 1 ;; esac"#,
    );
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    fs::write(s.worktree(n).join(".git/lost"), "").unwrap();
    s.run("agent", &["stop", "1"]).ends(0);
    s.forge("rob", &["pull", "reject", &s.pull(n).to_string(), "Not blue."]).ends(0);
    s.run("agent", &["resume", "1"]).ends(0);
    s.until("it has reworked", |s| s.phase(n) == "awaiting_review" && s.record(n)["counters"]["rounds"] == 1);
    assert_eq!(calls(&s), ["-", "resume thread-abcd-0001 -", "-"]);
    let told = fs::read_to_string(s.worktree(1).join(".git/told")).unwrap();
    for part in ["How to say where you stand", "no such thread", "Not blue."] {
        assert!(told.contains(part), "{part} in {told}");
    }
}

#[test]
fn a_limit_lasts_as_long_as_it_says_and_costs_nothing() {
    let words = "You have hit your usage limit. Try again in 45 minutes.";
    let fails = format!(r#"echo '{{"type":"turn.failed","error":{{"message":"{words}"}}}}'; exit 1"#);
    let s = codex(&format!(r#"[ -e "$WORKTREE/.git/over" ] || {{ touch "$WORKTREE/.git/over"; {fails}; }}"#));
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "limited");
    let other = s.issue("Another", "", &["backlog"]);
    s.pass(44 * 60);
    assert_eq!(s.phase(n), "limited");
    let why = s.run("status", &["why", &other.to_string()]).out;
    assert!(why.contains("cool"), "nothing new starts meanwhile: {why}");
    s.pass(2 * 60);
    s.until_phase(n, "awaiting_review");
    let record = s.record(n);
    assert_eq!((record["counters"]["resumes"].as_u64(), record["attempt"].as_u64()), (Some(0), Some(1)));
}

#[test]
fn an_agent_that_is_not_logged_in_asks_a_person_once_and_goes_on_when_told_to() {
    let s = codex(
        r#"[ -e "$WORKTREE/../login" ] || { echo "Not logged in. Please run codex login" >&2; exit 1; }"#,
    );
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "escalated");
    s.until("it is said", |s| s.comments(n).len() == 1);
    assert!(
        s.comments(n)[0].contains("the agent itself needs a person: Not logged in"),
        "{:?}",
        s.comments(n)
    );
    for _ in 0..3 {
        s.poll();
    }
    assert_eq!((s.comments(n).len(), s.record(n)["counters"]["resumes"].as_u64()), (1, Some(0)));
    fs::write(s.worktrees().join("login"), "").unwrap();
    s.run("agent", &["resume", "1"]).ends(0);
    s.until_phase(n, "awaiting_review");
}

/// A Claude Code whose conversations have been removed: it names the one that it does not find.
const CLAUDE: &str = r#"
echo "$@" >> "$WORKTREE/.git/calls"
cat > "$WORKTREE/.git/told"
for id; do :; done
case "$*" in *--resume*)
    echo '{"type":"result","subtype":"error_during_execution","is_error":true,"num_turns":0,"session_id":"'$id'","errors":["No conversation found with session ID: '$id'"]}'
    exit 1 ;;
esac
echo '{"type":"system","subtype":"init","session_id":"'$id'","apiKeySource":"ANTHROPIC_API_KEY"}'
n=$(git rev-list --count HEAD)
echo "work $n" > work.txt; git add -A; git commit -qm "work $n"
echo '{"type":"result","is_error":false,"num_turns":2,"result":"Done.","session_id":"'$id'","total_cost_usd":0.5,"usage":{"input_tokens":9,"output_tokens":1}}'
echo "PHASE:awaiting_ci" > "$PHASE_FILE"
"#;

#[test]
fn a_conversation_that_claude_code_has_removed_is_begun_anew_under_another_name() {
    let s = Stage::with().known_agent("claude", None).agent(CLAUDE).set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    s.run("agent", &["stop", "1"]).ends(0);
    s.forge("rob", &["pull", "reject", &s.pull(n).to_string(), "Not blue."]).ends(0);
    s.run("agent", &["resume", "1"]).ends(0);
    s.until("it has reworked", |s| s.phase(n) == "awaiting_review" && s.record(n)["counters"]["rounds"] == 1);
    let text = fs::read_to_string(s.worktree(n).join(".git/calls")).unwrap();
    let ids: Vec<&str> = text.lines().filter_map(|l| l.split(' ').next_back()).collect();
    assert!(ids.len() == 3 && ids[0] == ids[1] && ids[1] != ids[2], "{text}");
    assert!(text.lines().nth(1).unwrap().contains("--resume"), "{text}");
    assert_eq!(s.record(n)["counters"]["resumes"], 1);
    let cost = s.run("status", &["cost"]).ends(0).out;
    assert!(cost.contains("$1.00"), "two conversations of half a dollar: {cost}");
}

/// An opencode on the PATH of sessions, whose work is done.
const OPENCODE: &str = r#"
echo "$@" >> "$WORKTREE/.git/relief"
cat > "$WORKTREE/.git/told"
echo '{"type":"step_start","sessionID":"ses_relief_1"}'
n=$(git rev-list --count HEAD)
echo "work $n" > work.txt; git add -A; git commit -qm "work $n"
echo "PHASE:awaiting_ci" > "$PHASE_FILE"
"#;

#[test]
fn while_a_limit_lasts_another_agent_takes_over_and_is_told_everything() {
    let limited = r#"[ -e "$WORKTREE/../limit" ] && { echo '{"type":"turn.failed","error":{"message":"usage limit reached, try again in 45 minutes"}}'; exit 1; }"#;
    let s = codex(limited);
    fs::create_dir(s.path("bin")).unwrap();
    s.script("bin/opencode", OPENCODE);
    let path = format!("{}:{}", s.path("bin").display(), std::env::var("PATH").unwrap());
    let toml = fs::read_to_string(s.toml_file()).unwrap();
    let toml = toml.replace("name = \"codex\"", "name = \"codex\"\nfallback = [\"opencode\"]");
    fs::write(s.toml_file(), format!("{toml}[agent.env]\nPATH = \"{path}\"\n")).unwrap();
    fs::create_dir_all(s.worktrees()).unwrap();
    fs::write(s.worktrees().join("limit"), "").unwrap();
    let n = s.issue("Add a thing", "Please.", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    let record = s.record(n);
    assert_eq!(
        (record["agent"].as_str(), record["counters"]["resumes"].as_u64()),
        (Some("opencode"), Some(0))
    );
    let told = fs::read_to_string(s.worktree(n).join(".git/told")).unwrap();
    assert!(told.contains("How to say where you stand") && told.contains("Add a thing"), "{told}");
    let cooldown = s.json(&s.project().join("cooldown/codex"));
    assert!(cooldown["why"].as_str().unwrap().contains("usage limit reached"), "{cooldown}");
    // What is new begins with it too, and not before it is over with the other.
    let other = s.issue("Another", "", &["backlog"]);
    s.until_phase(other, "awaiting_review");
    assert_eq!(s.record(other)["agent"], "opencode");
    s.pass(46 * 60);
    fs::remove_file(s.worktrees().join("limit")).unwrap();
    let later = s.issue("A third", "", &["backlog"]);
    s.until_phase(later, "awaiting_review");
    assert!(s.record(later)["agent"].is_null(), "{}", s.record(later));
}

#[test]
fn an_issue_that_asks_for_an_agent_waits_for_its_limit_alone() {
    let s = codex("");
    fs::create_dir_all(s.project().join("cooldown")).unwrap();
    let until = "2100-01-01T00:00:00Z";
    fs::write(
        s.project().join("cooldown/claude"),
        format!("{{\"until\":\"{until}\",\"why\":\"a person says so\"}}"),
    )
    .unwrap();
    let waits = s.issue("Add a thing", "", &["backlog", "agent:claude"]);
    let goes = s.issue("Another", "", &["backlog"]);
    s.until_phase(goes, "awaiting_review");
    let why = s.run("status", &["why", &waits.to_string()]).out;
    assert!(why.contains("claude cools down until") && why.contains("a person says so"), "{why}");
}

#[test]
fn a_program_that_drover_does_not_know_is_described_in_the_toml_alone() {
    let script = r#"
[ -e "$WORKTREE/../over" ] || { echo "litellm.RateLimitError: too fast, try again in 30 minutes" >&2; exit 1; }
[ -e "$WORKTREE/../login" ] || { echo "AuthenticationError: no such key" >&2; exit 1; }
n=$(git rev-list --count HEAD); echo "$n" > work.txt; git add -A; git commit -qm "work $n"
echo "Work is done."
echo "PHASE:awaiting_ci" > "$PHASE_FILE"
"#;
    let s = Stage::with().agent(script).set();
    let toml = fs::read_to_string(s.toml_file()).unwrap();
    let described = "limited = [\"ratelimiterror\"]\nrefused = [\"AuthenticationError\"]";
    fs::write(s.toml_file(), toml.replace("name = \"command\"", &format!("name = \"aider\"\n{described}")))
        .unwrap();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "limited");
    assert!(s.record(n)["reason"].as_str().unwrap().contains("RateLimitError"), "{}", s.record(n));
    s.pass(29 * 60);
    assert_eq!(s.phase(n), "limited");
    fs::write(s.worktrees().join("over"), "").unwrap();
    s.pass(2 * 60);
    s.until_phase(n, "escalated");
    fs::write(s.worktrees().join("login"), "").unwrap();
    s.run("agent", &["resume", "1"]).ends(0);
    s.until_phase(n, "awaiting_review");
    assert!(s.run("status", &["logs", "1"]).out.contains("Work is done."));
}

#[test]
fn an_agent_that_waits_for_its_server_for_ever_is_ended_and_waited_for() {
    let waits = r#"[ -e "$WORKTREE/../there" ] || while sleep 0.2; do
        echo '{"type":"error","message":"Reconnecting... waiting for network (Connection failed: error sending request)"}'
    done"#;
    let s = codex(waits);
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "limited");
    fs::write(s.worktrees().join("there"), "").unwrap();
    s.pass(16 * 60);
    s.until_phase(n, "awaiting_review");
    assert_eq!(s.record(n)["counters"]["resumes"], 0);
}

#[test]
fn an_agent_that_gets_through_after_all_is_left_to_think() {
    let s =
        codex(r#"echo '{"type":"error","message":"Reconnecting... 1/5 (stream disconnected)"}'; sleep 33"#);
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    assert_eq!(calls(&s), ["-"]);
}

#[test]
fn an_agent_that_is_to_take_over_and_is_not_there_is_found_before_the_night() {
    let s = codex("");
    let toml = fs::read_to_string(s.toml_file()).unwrap();
    let with = |names: &str| {
        fs::write(s.toml_file(), toml.replace("[agent]\n", &format!("[agent]\nfallback = [{names}]\n")))
            .unwrap();
        s.run("preflight", &["env"])
    };
    let missing = with("\"opencode\"");
    assert_ne!(missing.code, 0);
    let line = missing.out.lines().find(|l| l.contains("fallback")).unwrap();
    assert!(
        line.contains("opencode") && missing.out.contains("take it out of agent.fallback"),
        "{}",
        missing.out
    );
    assert!(!with("").out.contains("fallback"));
}
