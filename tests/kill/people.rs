//! The history with people in all channels: a question aside and three that are waited on, one answered in a chat, one by a
//! sign in a room, one by a comment on the forge; a command, strangers, and what is only told.

use crate::histories::{BEGIN, at};
use crate::messengers::matrix::{self, BOTS_TOKEN, ROOM};
use crate::messengers::{CHAT, Heard, Messengers, SECRET, TOKEN};
use crate::play::Play;
use crate::stage::Stage;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// Asks aside, then three times for what it goes on with.
const ASKS: &str = r#"
wants() { ask "$1" "PHASE:escalate\nReason: $2\n"; }
case "$step" in
"") [ -s "$QUESTIONS_FILE" ] || phase ask "may I rename it"
    wants 1 'which port' ;;
1) if told 'Port 8080'; then echo 8080 > port.txt; wants 2 'may I open it'; else wants 1 'which port'; fi ;;
2) if told 'Yes, to: .*may I open it'; then echo open > open.txt; wants 3 'which name'; else wants 2 'may I open it'; fi ;;
3) if told 'Call it harbour'; then echo harbour > name.txt; publish 4; else wants 3 'which name'; fi ;;
*) publish "$step" ;;
esac
"#;

/// What people say on the forge.
const NAME: &str = "Call it harbour.";

pub fn stage() -> Stage {
    let m = Messengers::start();
    let places = format!(
        "[people.maria]\ntelegram = \"42\"\nmatrix = \"@maria:test\"\n\
         [telegram]\nchat_id = \"{CHAT}\"\nserver = \"{0}\"\n\
         [matrix]\nroom_id = \"{ROOM}\"\nhomeserver = \"{0}\"\n\
         [ntfy]\ntopic = \"night\"\nserver = \"{0}\"\n[webhook]\nurl = \"{0}/hook\"\n",
        m.url
    );
    let mut s = Stage::with().agent(&format!("{BEGIN}{ASKS}")).toml(&places).set();
    let told = s.path("told").display().to_string();
    let keys = format!(
        "[people]\nchannels = [\"telegram\", \"matrix\", \"ntfy\", \"webhook\", \"command\", \"forge\"]\n\
         command = \"cat >> {told}\"\n"
    );
    let text = fs::read_to_string(s.toml_file()).unwrap();
    fs::write(s.toml_file(), text.replacen("[people]\n", &keys, 1)).unwrap();
    let env = s.root().join(".env");
    let secrets = format!("TELEGRAM_TOKEN={TOKEN}\nMATRIX_TOKEN={BOTS_TOKEN}\nWEBHOOK_SECRET={SECRET}\n");
    fs::write(&env, secrets).unwrap();
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
    p.until("it has asked again", |s| at(s, 1, "2", "escalated"));
    let asked = || {
        let of_bot = m.heard.lock().unwrap().room.of_bot();
        of_bot.into_iter().find(|(_, text)| text.contains("may I open it")).map(|(id, _)| id)
    };
    p.until("it is asked in the room", |_| asked().is_some());
    for who in ["@eve:test", "@maria:test"] {
        let sign = if who == "@maria:test" { "\u{2705}" } else { "\u{274c}" };
        let relation = json!({"rel_type": "m.annotation", "event_id": asked(), "key": sign});
        m.heard.lock().unwrap().room.put(who, "m.reaction", &json!({"m.relates_to": relation}));
    }
    p.person("notify", &["listen"]);
    p.until("it has asked for a name", |s| at(s, 1, "3", "escalated"));
    p.until("that is to be read on the forge", |s| comments(s).any(|c| c.contains("which name")));
    let said = |s: &Stage| comments(s).any(|c| c == NAME);
    p.unless(said, "forge", &["--as", "maria", "issue", "comment", "1", NAME]);
    p.until("it has gone on", |s| at(s, 1, "4", "awaiting_review"));
    p.approve(1);
    p.until_phase(1, "done");
}

/// The comments on the issue.
fn comments(s: &Stage) -> impl Iterator<Item = String> {
    let all = s.issue_record(1)["comments"].as_array().cloned().unwrap_or_default();
    all.into_iter().map(|c| c["body"].as_str().unwrap().to_string())
}

/// What people were told. In the room each thing is there once; where a server knows no names for what is sent, nobody
/// knows of a word that was sent and not noted as sent: there each thing counts once.
pub fn picture(s: &Stage) -> Vec<String> {
    let Some(m) = of(s) else { return vec![] };
    let program = fs::read_to_string(s.path("told")).unwrap_or_default();
    let told: Vec<Value> = program.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let heard = m.heard.lock().unwrap();
    let mut lines = in_the_room(&heard);
    let mut once = BTreeSet::new();
    for (place, notices) in [("program", &told), ("webhook", &heard.posted)] {
        once.extend(notices.iter().map(|n| format!("{place}: {} {}", n["kind"], n["text"])));
    }
    once.extend(heard.published.iter().map(|p| format!("ntfy: {} {}", p["priority"], p["message"])));
    once.extend(heard.broken.iter().cloned());
    once.insert(format!("signs: {}", !heard.reactions.is_empty()));
    drop(heard);
    once.extend(m.of_bot().into_iter().map(|(_, text)| format!("chat: {text}")));
    lines.extend(once);
    lines
}

fn in_the_room(heard: &Heard) -> Vec<String> {
    let of_bot = heard.room.of_bot();
    let mut lines: Vec<String> = of_bot.into_iter().map(|(_, text)| format!("room: {text}")).collect();
    // What is told on its way may come in another order beside what a person does.
    lines.sort();
    lines.push(format!("signs in the room of {}: {}", matrix::BOT, heard.room.signs_of_bot()));
    lines
}
