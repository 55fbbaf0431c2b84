//! The history with people in a chat and a program that is told: a question aside, a question that is waited on, an answer
//! and a command.

use crate::histories::{BEGIN, at};
use crate::messengers::{CHAT, Messengers, TOKEN};
use crate::play::Play;
use crate::stage::Stage;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// Asks aside and goes on to a question that it waits on; writes what it is told.
const ASKS_TWICE: &str = r#"
case "$step" in
"") [ -s "$QUESTIONS_FILE" ] || phase ask "may I rename it"
    ask 1 'PHASE:escalate\nReason: which port\n' ;;
1) if told 'Port 8080'; then echo 8080 > port.txt; publish 2
   else ask 1 'PHASE:escalate\nReason: which port\n'; fi ;;
*) publish "$step" ;;
esac
"#;

pub fn stage() -> Stage {
    let m = Messengers::start();
    let chat = format!(
        "[people.maria]\ntelegram = \"42\"\n[telegram]\nchat_id = \"{CHAT}\"\nserver = \"{}\"",
        m.url
    );
    let mut s = Stage::with().agent(&format!("{BEGIN}{ASKS_TWICE}")).toml(&chat).set();
    let told = s.path("told").display().to_string();
    let keys = format!("[people]\nchannels = [\"telegram\", \"command\"]\ncommand = \"cat >> {told}\"\n");
    let text = fs::read_to_string(s.toml_file()).unwrap();
    fs::write(s.toml_file(), text.replacen("[people]\n", &keys, 1)).unwrap();
    let env = s.root().join(".env");
    fs::write(&env, format!("TELEGRAM_TOKEN={TOKEN}\n")).unwrap();
    fs::set_permissions(env, fs::Permissions::from_mode(0o600)).unwrap();
    s.keep = Some(Box::new(m));
    s
}

fn of(s: &Stage) -> Option<&Messengers> {
    s.keep.as_ref().and_then(|kept| kept.downcast_ref())
}

pub fn play(p: &Play) {
    let m = of(&p.s).unwrap();
    p.person("notify", &["listen"]);
    p.issue(1, "Open a port", "Please.");
    p.until("it is asked", |s| at(s, 1, "1", "escalated"));
    let asked = || m.of_bot().into_iter().find(|(_, text)| text.contains("needs a person")).map(|(id, _)| id);
    p.until("people are asked", |_| asked().is_some());
    m.says(42, "Port 8080.", asked());
    m.says(42, "help", None);
    m.says(77, "Port 1.", asked());
    p.person("notify", &["listen"]);
    p.until("it has gone on", |s| at(s, 1, "2", "awaiting_review"));
    p.approve(1);
    p.until_phase(1, "done");
}

/// What people were told, each thing once: of a word that was sent and not noted as sent nobody knows.
pub fn picture(s: &Stage) -> Vec<String> {
    let Some(m) = of(s) else { return vec![] };
    let told: BTreeSet<String> = m.of_bot().into_iter().map(|(_, text)| text).collect();
    let program = fs::read_to_string(s.path("told")).unwrap_or_default();
    let notices = program.lines().map(|line| {
        let notice: serde_json::Value = serde_json::from_str(line).unwrap();
        format!("program: {} {}", notice["kind"], notice["text"])
    });
    let mut lines: BTreeSet<String> = told.into_iter().map(|text| format!("chat: {text}")).collect();
    lines.extend(notices);
    lines.extend(m.broken());
    lines.insert(format!("signs: {}", !m.heard.lock().unwrap().reactions.is_empty()));
    lines.into_iter().collect()
}
