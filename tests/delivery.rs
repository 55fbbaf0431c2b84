//! Messages into a terminal: whole, once, and not while somebody else has the keys.

use crate::stage::Stage;
use std::fs;

/// Asks a person, then keeps every line that comes in beside its phase file.
const KEEPER: &str = r#"
printf 'PHASE:escalate\nReason: tell me\n' > "$PHASE_FILE"
while IFS= read -r line; do printf '%s\n' "$line" >> "$SCRATCH_FILE"; done
"#;

fn keeper() -> (Stage, u64) {
    let s = Stage::with().style("interactive").agent(KEEPER).set();
    let n = s.issue("Ask", "", &["backlog"]);
    s.until_phase(n, "escalated");
    (s, n)
}

fn kept(s: &Stage, n: u64) -> String {
    fs::read_to_string(s.run_folder(n).join("session/scratch.md")).unwrap_or_default()
}

fn say(s: &Stage, n: u64, text: &str) {
    s.run("agent", &["say", "--as", "maria", &n.to_string(), text]).ends(0);
}

/// The lines between the frame of the only message.
fn only_message(kept: &str) -> String {
    assert_eq!(kept.matches("[drover message ").count(), 1, "{kept}");
    let body = kept.split_once("]\n").unwrap().1;
    body.split_once("[end of message ").unwrap().0.to_string()
}

#[test]
fn the_same_word_said_twice_in_a_moment_is_one_and_later_another() {
    let (s, n) = keeper();
    say(&s, n, "Port 8080.");
    s.until("it has arrived", |s| kept(s, n).contains("Port 8080."));
    let words = |s: &Stage| s.messages(n).iter().filter(|m| m["text"] == "maria says:\nPort 8080.").count();
    say(&s, n, "Port 8080.");
    assert_eq!(words(&s), 1);
    s.later(61);
    say(&s, n, "Port 8080.");
    assert_eq!(words(&s), 2);
}

#[test]
fn a_long_text_of_many_lines_arrives_whole_and_once() {
    let (s, n) = keeper();
    let text: String =
        (0..60).map(|k| format!("{k} /slash é 🚀 \"quoted\" $HOME `x` {}\n", "y".repeat(300))).collect();
    say(&s, n, text.trim_end());
    s.until("it has arrived", |s| kept(s, n).contains("[end of message "));
    for _ in 0..3 {
        s.poll();
    }
    assert_eq!(only_message(&kept(&s, n)), format!("maria says:\n{}\n", text.trim_end()));
    assert_eq!(s.messages(n)[0]["state"]["delivered"]["by"], "pasted");
}

#[test]
fn nothing_is_put_in_while_the_pane_is_in_copy_mode() {
    let (s, n) = keeper();
    let pane = format!("=dev-proj-{n}:");
    assert_eq!(s.tmux(&["copy-mode", "-t", &pane]).code, 0);
    say(&s, n, "hello");
    s.poll();
    assert_eq!(s.messages(n)[0]["state"], "queued");
    assert_eq!(kept(&s, n), "");
    assert_eq!(s.tmux(&["send-keys", "-t", &pane, "-X", "cancel"]).code, 0);
    s.until("it has arrived", |s| kept(s, n).contains("[end of message "));
    assert_eq!(only_message(&kept(&s, n)), "maria says:\nhello\n");
}

#[test]
fn what_waits_together_goes_in_together() {
    let (s, n) = keeper();
    let pane = format!("=dev-proj-{n}:");
    s.tmux(&["copy-mode", "-t", &pane]);
    say(&s, n, "one");
    say(&s, n, "two");
    s.tmux(&["send-keys", "-t", &pane, "-X", "cancel"]);
    s.until("both have arrived", |s| kept(s, n).contains("[end of message "));
    assert_eq!(only_message(&kept(&s, n)), "maria says:\none\n\nmaria says:\ntwo\n");
}

#[test]
fn a_text_with_terminal_escapes_is_put_in_without_them() {
    let (s, n) = keeper();
    say(&s, n, "a\u{1b}[201~b\u{3}c");
    s.until("it has arrived", |s| kept(s, n).contains("[end of message "));
    assert!(!only_message(&kept(&s, n)).contains(['\u{1b}', '\u{3}']), "{:?}", kept(&s, n));
}

#[test]
fn a_message_found_half_delivered_is_looked_for_before_it_is_put_in_again() {
    let (s, n) = keeper();
    say(&s, n, "hello");
    s.until("it has arrived", |s| kept(s, n).contains("[end of message "));
    let path = s.run_folder(n).join("messages/0001.json");
    let mut message = s.json(&path);
    let nonce = kept(&s, n).split_once("[drover message ").unwrap().1[..12].to_string();
    message["state"] = serde_json::json!({"sending": {"nonce": nonce, "spawn": 1}});
    fs::write(&path, message.to_string()).unwrap();
    s.until("it counts as delivered", |s| s.messages(n)[0]["state"]["delivered"]["by"] == "seen in the pane");
    assert_eq!(kept(&s, n).matches("[drover message ").count(), 1);
}
