//! How people are reached beside the room: each channel with servers and programs of its own, and what all have in common.

use crate::messengers::{CHAT, Messengers, SECRET, TOKEN};
use crate::site;
use crate::stage::{Builder, GOOD_AGENT, Stage};
use drover::http::Method;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// Asks once, works when it is told "Blue.", and asks again for anything else.
fn asks_for_blue() -> String {
    format!(
        "if grep -q 'Blue' \"$PROMPT_FILE\"; then\n{GOOD_AGENT}\nelse\nprintf 'PHASE:escalate\\nReason: which colour?\\n' > \"$PHASE_FILE\"\nfi\n"
    )
}

/// A stage whose people are reached so; `keys` go into `[people]`.
fn stage(builder: Builder, keys: &str, sections: &str) -> Stage {
    let s = builder
        .toml(&format!("[people.maria]\ntelegram = \"42\"\n[people.rob]\ntelegram = \"43\"\n{sections}"))
        .set();
    with_people(&s, keys);
    s
}

/// Puts more keys into `[people]`.
fn with_people(s: &Stage, keys: &str) {
    let text = fs::read_to_string(s.toml_file()).unwrap();
    fs::write(s.toml_file(), text.replacen("[people]\n", &format!("[people]\n{keys}\n"), 1)).unwrap();
}

fn secrets(s: &Stage, lines: &str) {
    let file = s.root().join(".env");
    let before = fs::read_to_string(&file).unwrap_or_default();
    fs::write(&file, format!("{before}{lines}")).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Where the forge of a stage is.
fn forge_url(s: &Stage) -> String {
    let text = fs::read_to_string(s.toml_file()).unwrap();
    let line = text.lines().find_map(|l| l.strip_prefix("forge_url = ")).unwrap();
    line.trim_matches('"').to_string()
}

/// What the channel `command` was given, where it writes that down.
fn given(s: &Stage) -> Vec<Value> {
    let text = fs::read_to_string(s.path("told")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Writes down what it is given.
fn writes_down(s: &Stage) -> String {
    format!("channels = [\"command\"]\ncommand = \"cat >> {}\"", s.path("told").display())
}

fn kinds(told: &[Value]) -> Vec<&str> {
    told.iter().map(|n| n["kind"].as_str().unwrap()).collect()
}

fn chat(m: &Messengers) -> (String, String) {
    let keys = "channels = [\"telegram\"]".to_string();
    (keys, format!("[telegram]\nchat_id = \"{CHAT}\"\nserver = \"{}\"\n", m.url))
}

#[test]
fn a_chat_on_telegram_is_told_and_its_answers_and_commands_count() {
    let m = Messengers::start();
    let (keys, section) = chat(&m);
    let s = stage(Stage::with().agent(&asks_for_blue()), &keys, &section);
    s.run("status", &["ps"]).says("people.channels: telegram is not set up: there is no TELEGRAM_TOKEN");
    secrets(&s, &format!("TELEGRAM_TOKEN={TOKEN}\n"));
    s.run("preflight", &["env"]).says("@drover_bot in the chat Night shift; answers are taken from maria");
    s.run("notify", &["listen"]).ends(0);
    let n = s.issue("Add <b>it</b>", "Please.", &["backlog"]);
    s.until("it is asked there", |_| m.of_bot().len() >= 2);
    let (asked, text) = m.of_bot().pop().unwrap();
    assert!(text.starts_with("proj #1 needs a person: which colour? (Add <b>it</b>)\n"), "{text}");
    assert!(text.ends_with("Reply to this message to answer."), "{text}");
    // Neither a stranger nor somebody without a say; and not what is said beside it.
    m.says(77, "Blue.", Some(asked));
    m.says(43, "Blue.", Some(asked));
    m.says(42, "Blue.", None);
    m.says(42, "/status@drover_bot", None);
    s.run("notify", &["listen"]).ends(0);
    assert_eq!(s.phase(n), "escalated");
    let answer = m.of_bot().pop().unwrap().1;
    assert!(answer.contains("#1 escalated for"), "{answer}");
    m.says(42, "Blue.", Some(asked));
    for _ in 0..2 {
        s.run("notify", &["listen"]).ends(0);
    }
    s.until_phase(n, "awaiting_review");
    let replies: Vec<Value> = s.messages(n).into_iter().filter(|m| m["kind"] == "reply").collect();
    assert_eq!(replies.len(), 1, "{replies:?}");
    assert_eq!(m.heard.lock().unwrap().reactions.len(), 1);
    assert_eq!(m.broken(), [] as [String; 0]);
}

#[test]
fn a_chat_that_is_busy_or_away_is_waited_for_and_nobody_sees_the_bots_token() {
    let m = Messengers::start();
    let (keys, section) = chat(&m);
    let s = stage(Stage::with().agent(&asks_for_blue()), &keys, &section);
    secrets(&s, &format!("TELEGRAM_TOKEN={TOKEN}\n"));
    m.heard.lock().unwrap().busy = 1;
    let n = s.issue("Add a note", "", &["backlog"]);
    s.until_phase(n, "escalated");
    assert!(m.of_bot().is_empty(), "it has asked for a pause");
    m.heard.lock().unwrap().down = true;
    let mut said = String::new();
    for _ in 0..9 {
        s.later(600);
        let tick = s.poll();
        said.push_str(&(tick.out + &tick.err));
    }
    assert_eq!(said.matches("nobody can be told in the Telegram chat -1001 since").count(), 1, "{said}");
    assert!(!said.contains(TOKEN), "{said}");
    m.heard.lock().unwrap().down = false;
    // Somebody who was under way may have met it down a moment ago, and leaves it alone for a while from now on.
    s.until("all is told", |s| {
        s.later(600);
        m.of_bot().len() >= 2
    });
    let texts: Vec<String> = m.of_bot().into_iter().map(|(_, text)| text).collect();
    assert!(texts[0].contains("is being worked on") && texts[1].contains("needs a person"), "{texts:?}");
    for file in walk(&s.state()) {
        let text = String::from_utf8_lossy(&fs::read(&file).unwrap_or_default()).into_owned();
        assert!(!text.contains(TOKEN), "{}", file.display());
    }
}

/// All files below a folder.
fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
    entries.flat_map(|p| if p.is_dir() && !p.is_symlink() { walk(&p) } else { vec![p] }).collect()
}

#[test]
fn two_projects_with_one_bot_are_refused() {
    let m = Messengers::start();
    let (keys, section) = chat(&m);
    let s = stage(Stage::with(), &keys, &section);
    secrets(&s, &format!("TELEGRAM_TOKEN={TOKEN}\n"));
    let text = fs::read_to_string(s.toml_file()).unwrap();
    let other = s.root().join("projects/other.toml");
    fs::write(&other, text.replace("name = \"proj\"", "name = \"other\"")).unwrap();
    s.run("notify", &["listen"]).says("share a Telegram bot").says("telegram.token_env");
    fs::remove_file(other).unwrap();
}

#[test]
fn each_channel_is_told_everything_once_and_one_that_is_down_keeps_nothing_back() {
    let m = Messengers::start();
    let sections = format!(
        "[ntfy]\ntopic = \"night\"\nserver = \"{0}\"\n[webhook]\nurl = \"{0}/hook\"\n[matrix]\nroom_id = \"!r:x\"\nhomeserver = \"http://127.0.0.1:1\"\n",
        m.url
    );
    let s = stage(Stage::with().agent(&asks_for_blue()), "", &sections);
    let command = format!("command = \"cat >> {}\"", s.path("told").display());
    with_people(&s, &format!("channels = [\"matrix\", \"webhook\", \"ntfy\", \"command\"]\n{command}"));
    secrets(&s, &format!("MATRIX_TOKEN=x\nWEBHOOK_SECRET={SECRET}\n"));
    let n = s.issue("Add a note", "", &["backlog"]);
    s.until_phase(n, "escalated");
    s.until("all are told", |s| given(s).len() >= 2);
    for _ in 0..3 {
        s.later(60);
        s.poll();
    }
    let heard = m.heard.lock().unwrap();
    for told in [&heard.posted, &given(&s)] {
        assert_eq!(kinds(told), ["started", "escalation"], "{told:?}");
    }
    assert_eq!(given(&s), heard.posted);
    let asked = &heard.posted[1];
    assert_eq!(
        (&asked["project"], &asked["issue"], &asked["title"]),
        (&json!("proj"), &json!(1), &json!("Add a note"))
    );
    assert_eq!((&asked["key"], &asked["urgent"]), (&json!("proj:1:1:escalated:1:3"), &json!(true)));
    let shown: Vec<(&Value, &Value)> =
        heard.published.iter().map(|p| (&p["title"], &p["priority"])).collect();
    assert_eq!(shown, [(&json!("proj #1 Add a note"), &json!(3)), (&json!("proj #1 Add a note"), &json!(4))]);
    assert_eq!(heard.broken, [] as [String; 0]);
}

#[test]
fn whoever_is_at_a_shell_tells_people_something_too() {
    let s = stage(Stage::with(), "", "");
    with_people(&s, &writes_down(&s));
    s.run("notify", &["send", "the", "disk", "is full", "--urgent"]).ends(0);
    s.run("notify", &["send", "thanks", "--issue", "7"]).ends(0);
    let told: Vec<(Value, Value, Value)> =
        given(&s).into_iter().map(|n| (n["text"].clone(), n["urgent"].clone(), n["issue"].clone())).collect();
    assert_eq!(
        told,
        [
            (json!("proj: the disk is full"), json!(true), Value::Null),
            (json!("proj #7: thanks"), json!(false), json!(7))
        ]
    );
    with_people(&s, "quiet = \"00:00-00:00\"");
    s.run("notify", &["send", "good night"]).ends(75);
    assert_eq!(given(&s).len(), 2);
}

#[test]
fn however_much_waits_for_the_morning_what_does_not_is_told() {
    let s = stage(Stage::with(), "", "");
    let keys = writes_down(&s);
    with_people(&s, &format!("{keys}\nquiet = \"00:00-00:00\""));
    let outbox = s.project().join("outbox");
    fs::create_dir_all(&outbox).unwrap();
    let note = |n: i64, kind: &str| {
        let at = drover::domain::time::Timestamp(1_795_000_000 + n).to_string();
        let notice = json!({"key": format!("k:{n}"), "kind": kind, "text": format!("word {n}"), "at": at});
        fs::write(outbox.join(format!("k-{n}.json")), notice.to_string()).unwrap();
    };
    (0..230).for_each(|n| note(n, "landed"));
    note(230, "escalation");
    s.poll().ends(0);
    assert_eq!(kinds(&given(&s)), ["escalation"]);
    let text = fs::read_to_string(s.toml_file()).unwrap();
    fs::write(s.toml_file(), text.replace("quiet = \"00:00-00:00\"\n", "")).unwrap();
    s.poll().ends(0);
    assert_eq!(given(&s).len(), 201, "two hundred in one go");
    s.poll().ends(0);
    assert_eq!(given(&s).len(), 231);
}

#[test]
fn a_program_that_fails_is_given_the_same_again_and_that_is_said_once() {
    let s = stage(Stage::with().agent(&asks_for_blue()), "", "");
    let fails = format!("[ -e {0} ] && exit 0; echo no paper >&2; exit 3", s.path("paper").display());
    with_people(
        &s,
        &format!("channels = [\"command\"]\ncommand = \"cat >> {}; {fails}\"", s.path("told").display()),
    );
    let n = s.issue("Add a note", "", &["backlog"]);
    s.until_phase(n, "escalated");
    let mut said = String::new();
    for _ in 0..9 {
        s.later(600);
        said.push_str(&s.poll().out);
    }
    assert_eq!(said.matches("nobody can be told in the program of people.command").count(), 1, "{said}");
    assert!(said.contains("exit code 3: no paper"), "{said}");
    assert!(kinds(&given(&s)).iter().all(|kind| *kind == "started"), "in order");
    fs::write(s.path("paper"), "").unwrap();
    s.until("all is told", |s| kinds(&given(s)).contains(&"escalation"));
}

#[test]
fn a_comment_of_a_maintainer_answers_on_the_forge_once_and_nobody_elses_does() {
    let s = site::set(Stage::with().agent(&asks_for_blue()));
    with_people(&s, &writes_down(&s).replace("[\"command\"]", "[\"forge\", \"command\"]"));
    let site = site::of(&s);
    let n = site.issue("maria", "Add a note");
    let comment = |who: &str, text: &str| {
        site.ask(who, Method::Post, &format!("/issues/{n}/comments"), json!({"body": text}));
    };
    comment("maria", "Mind the colour.");
    s.until_phase(n, "escalated");
    let comments = || -> Vec<String> {
        let all = site.ask("maria", Method::Get, &format!("/issues/{n}/comments"), Value::Null);
        all.as_array().unwrap().iter().map(|c| c["body"].as_str().unwrap().to_string()).collect()
    };
    s.until("it is asked", |_| comments().len() >= 2);
    assert!(comments()[1].starts_with("@maria **drover needs a person**"), "{:?}", comments());
    let page = format!("{}/acme/notes/issues/{n}", forge_url(&s));
    assert_eq!(given(&s).last().unwrap()["links"], json!([page]));
    comment("eve", "Blue.");
    for _ in 0..3 {
        s.later(60);
        s.poll();
    }
    assert_eq!(s.phase(n), "escalated");
    comment("maria", "stop 1 is no command here: Blue.");
    s.until_phase(n, "awaiting_ci");
    for _ in 0..3 {
        s.later(60);
        s.poll();
    }
    let replies: Vec<Value> = s.messages(n).into_iter().filter(|m| m["kind"] == "reply").collect();
    assert_eq!(replies.len(), 1, "{replies:?}");
    assert_eq!(replies[0]["text"], "maria says:\nstop 1 is no command here: Blue.");
}

#[test]
fn what_the_dead_mans_switch_cannot_say_on_the_forge_waits_until_it_is_known_who_speaks() {
    let s = site::set(Stage::with());
    with_people(&s, &writes_down(&s).replace("[\"command\"]", "[\"forge\", \"command\"]"));
    let n = site::of(&s).issue("maria", "Add a note");
    s.until_phase(n, "awaiting_ci");
    // Nobody is at work who could tell it with the token that there was.
    s.run("agent", &["stop", &n.to_string()]).ends(0);
    s.poll().ends(0);
    s.rests();
    let told = || {
        let all = site::of(&s).ask("maria", Method::Get, &format!("/issues/{n}/comments"), Value::Null);
        all.to_string().matches("Which blue?").count()
    };
    let outbox = s.project().join("outbox");
    let key = format!("{n}:1:question:9");
    let notice = json!({"at": fs::read_to_string(s.path("clock")).unwrap(), "issue": n, "kind": "question", "key": key, "text": "Which blue?"});
    fs::create_dir_all(&outbox).unwrap();
    let file = outbox.join(format!("{n}-1-question-9.json"));
    fs::write(&file, notice.to_string()).unwrap();
    let env = s.root().join(".env");
    let with_token = fs::read_to_string(&env).unwrap();
    // Without a token, and with one that nobody knows any more.
    for (without, seconds) in [("", 0), ("FORGE_TOKEN=an-old-one\n", 2 * 24 * 3600)] {
        fs::write(&env, without).unwrap();
        s.later(seconds);
        for _ in 0..4 {
            s.run("drover", &["watch-heartbeat"]);
            s.later(300);
        }
        let now = s.json(&file);
        assert_eq!((&now["told"], told()), (&Value::Null, 0), "{without}: {now}");
    }
    fs::write(&env, with_token).unwrap();
    s.until("it is told", |_| told() == 1);
    let channels = |s: &Stage| s.json(&file)["told"].is_string();
    s.until("in all channels", channels);
    assert_eq!(told(), 1);
}

#[test]
fn one_issue_that_cannot_be_read_keeps_no_others_answer_back() {
    let s = stage(Stage::with().agent(&asks_for_blue()), "channels = [\"forge\"]", "");
    let (first, second) = (s.issue("Add a note", "", &["backlog"]), s.issue("Add more", "", &["backlog"]));
    s.until_phase(first, "escalated");
    s.until_phase(second, "escalated");
    for n in [first, second] {
        s.forge("maria", &["issue", "comment", &n.to_string(), "Blue."]);
    }
    let file = s.project().join(format!("forge/issues/{first}.json"));
    let whole = fs::read_to_string(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    s.until("the other one has heard it", |s| s.phase(second) != "escalated");
    assert_eq!(s.phase(first), "escalated");
    fs::write(&file, whole).unwrap();
    s.until_phase(first, "awaiting_review");
    s.until_phase(second, "awaiting_review");
}

#[test]
fn a_wait_goes_up_the_ladder_and_at_night_only_questions_are_told() {
    let s = stage(Stage::with().agent(&asks_for_blue()), "", "");
    let keys = writes_down(&s);
    with_people(
        &s,
        &format!("{keys}\nladder = [\"maria\", \"rob\"]\nquiet = \"00:00-00:00\"\nnotices = [\"reminder\"]"),
    );
    let text = fs::read_to_string(s.toml_file()).unwrap();
    fs::write(s.toml_file(), text.replace("maintainers = [\"maria\"]", "maintainers = [\"maria\", \"rob\"]"))
        .unwrap();
    let n = s.issue("Add a note", "", &["backlog"]);
    s.until_phase(n, "escalated");
    s.until("it is asked", |s| !given(s).is_empty());
    s.pass(13 * 3600);
    assert_eq!(kinds(&given(&s)), ["escalation"], "all day is night: {:?}", given(&s));
    let text = fs::read_to_string(s.toml_file()).unwrap();
    fs::write(s.toml_file(), text.replace("quiet = \"00:00-00:00\"\n", "")).unwrap();
    s.pass(3600);
    let told: Vec<(String, Value)> =
        given(&s).iter().map(|n| (n["kind"].as_str().unwrap().into(), n["to"].clone())).collect();
    let want = |kind: &str, to: &str| (kind.to_string(), json!(to));
    assert_eq!(told, [want("escalation", "maria"), want("reminder", "maria"), want("reminder", "rob")]);
    s.pass(12 * 3600);
    assert_eq!(s.phase(n), "blocked");
    assert_eq!(kinds(&given(&s))[3..], ["blocked"]);
}

#[test]
fn a_run_tells_of_its_way_as_far_as_people_want_to_know() {
    let red = "[ -e .git/again ] || echo BROKEN > broken.txt; [ -e .git/again ] && rm -f broken.txt; touch .git/again\n";
    let s = stage(Stage::with().agent(&format!("{red}{GOOD_AGENT}")), "", "");
    with_people(&s, &writes_down(&s));
    let n = s.issue("Add a note", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    s.approve(s.pull(n));
    s.until_phase(n, "done");
    s.until("it is told", |s| kinds(&given(s)).contains(&"landed"));
    assert_eq!(kinds(&given(&s)), ["started", "ci", "pull", "review", "landed"], "{:#?}", given(&s));
    let texts: Vec<String> = given(&s).iter().map(|n| n["text"].as_str().unwrap().to_string()).collect();
    assert!(
        texts[1].contains("is red: the project's own checks at ") && texts[1].contains("step test: "),
        "{texts:?}"
    );
    assert!(texts[2].contains(&format!("has pull #{}", s.pull(n))), "{texts:?}");
}

#[test]
fn a_session_asks_aside_goes_on_and_has_its_answer_as_a_message() {
    let agent = "if [ ! -e .git/asked ]; then touch .git/asked\nphase ask Blue or red '?' || exit 1\nphase ask '' 2>> .git/said\nfi\n";
    let s = stage(Stage::with().agent(&format!("{agent}{GOOD_AGENT}")), "", "");
    with_people(&s, &writes_down(&s));
    let n = s.issue("Add a note", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    s.until("it is told", |s| kinds(&given(s)).contains(&"question"));
    for _ in 0..3 {
        s.later(60);
        s.poll();
    }
    let told = given(&s);
    let asked: Vec<&Value> = told.iter().filter(|n| n["kind"] == "question").collect();
    assert_eq!(asked.len(), 1, "{told:?}");
    assert_eq!(asked[0]["text"], "proj #1 asks: Blue or red ?");
    let said = fs::read_to_string(s.worktree(n).join(".git/said")).unwrap();
    assert!(said.contains("there is no question") && said.contains("phase ask \"Blue or red?\""), "{said}");
    assert_eq!(s.count("escalated", n), 0, "nothing waits for it");
    s.run("agent", &["say", "1", "Blue."]).ends(0);
    let replies: Vec<Value> = s.messages(n).into_iter().filter(|m| m["kind"] == "reply").collect();
    assert_eq!(replies.len(), 1);
}
