//! How long it takes until an agent has taken in a text, how much of that is ours and how much the program's own, and how
//! many turns a landed issue needs. With `MEASURES=<folder>` only; `make bench` does.

use crate::programs::Program;
use crate::stage::Stage;
use crate::stories::{STEP, Scene, given, now_ms, on, stage};
use drover::domain::message::bundle;
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

const STARTS: usize = 7;
const MESSAGES: usize = 15;

/// Notes when it is started, then is the program itself.
const STAMPED: &str = "date +%s%3N >> STAMPS\nexec PROGRAM \"$@\"\n";

/// A shell that asks for something at once.
const ASKS: &str = "printf 'PHASE:escalate\\nReason: next\\n' > \"$PHASE_FILE\"\n";

/// Whether it is to be measured.
pub fn wanted(_: &Program) -> bool {
    given("MEASURES").is_some()
}

pub fn taken(program: &Program) {
    let folder = given("MEASURES").unwrap();
    let mut rows = starts(program);
    rows.extend(messages(program));
    rows.push(turns(program));
    let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
    fs::write(format!("{folder}/{}-{}.jsonl", program.name, program.style), text).unwrap();
}

fn row(program: &Program, what: &str, unit: &str, target: &str, values: Vec<i64>) -> Value {
    let name = format!("{}, {}: {what}", program.name, program.style);
    json!({"name": name, "unit": unit, "target": target, "values": values})
}

fn stamped(program: &Program) -> Scene {
    let s = stage(program, "");
    let text = STAMPED
        .replace("STAMPS", s.path("stamps").to_str().unwrap())
        .replace("PROGRAM", program.path().to_str().unwrap());
    s.script("stamped.sh", &text);
    let toml = fs::read_to_string(s.toml_file()).unwrap();
    let there = program.path().display().to_string();
    assert!(toml.contains(&there));
    fs::write(s.toml_file(), toml.replace(&there, s.path("stamped.sh").to_str().unwrap())).unwrap();
    on(s, program)
}

/// When the program was last started.
fn stamp(s: &Stage) -> i64 {
    fs::read_to_string(s.path("stamps")).ok().and_then(|t| t.lines().last()?.parse().ok()).unwrap_or(0)
}

fn wait<T>(what: &str, found: impl Fn() -> Option<T>) -> T {
    for _ in 0..30_000 {
        if let Some(found) = found() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("{what} never came")
}

/// When a text was last taken in since a time: told by its hook, or where it has none by its model.
fn taken_in(scene: &Scene, program: &Program, issue: u64, since: i64) -> Option<i64> {
    if program.style == "turns" {
        return scene.model.asked().filter(|at| *at >= since);
    }
    let text = fs::read_to_string(scene.s.run_folder(issue).join("session/hooks.jsonl")).ok()?;
    let last = text.lines().rfind(|l| l.contains("UserPromptSubmit"))?;
    serde_json::from_str::<Value>(last).ok()?["at"].as_i64().filter(|at| *at >= since)
}

/// Whether the last turn has ended by what its hooks tell, of which its host knows a moment later; without hooks it has.
fn has_stopped(s: &Stage, issue: u64) -> bool {
    let told = fs::read_to_string(s.run_folder(issue).join("session/hooks.jsonl")).unwrap_or_default();
    let last = |event: &str| told.rfind(&format!("\"{event}\""));
    last("Stop") >= last("UserPromptSubmit")
}

fn starts(program: &Program) -> Vec<Value> {
    let scene = stamped(program);
    let s = &scene.s;
    s.script("step.sh", ASKS);
    let (mut ours, mut own) = (vec![], vec![]);
    for _ in 0..STARTS {
        let n = s.issue("Add a thing", "Please.", &["backlog"]);
        let began = now_ms();
        s.run("agent", &["start", &n.to_string()]).ends(0);
        let started = wait("the program", || Some(stamp(s)).filter(|at| *at >= began));
        let taken = wait("the first prompt", || taken_in(&scene, program, n, began));
        ours.push(started - began);
        own.push(taken - started);
        s.until_phase(n, "escalated");
        s.run("agent", &["stop", &n.to_string()]).ends(0);
    }
    vec![
        row(program, "`agent start` → its program runs", "ms", "< 300 ms", ours),
        row(program, "its program → first prompt taken in", "ms", "its own", own),
    ]
}

fn messages(program: &Program) -> Vec<Value> {
    let scene = stamped(program);
    let s = &scene.s;
    s.script("step.sh", ASKS);
    let n = s.issue("Talk", "Please.", &["backlog"]);
    s.until_phase(n, "escalated");
    let rests = || {
        s.until("it rests", |s| {
            s.phase(n) == "escalated"
                && has_stopped(s, n)
                && s.json(&s.run_folder(n).join("host.json"))["agent"]["state"] == "between"
        });
    };
    let (mut whole, mut own) = (vec![], vec![]);
    for k in 0..MESSAGES {
        rests();
        let began = now_ms();
        s.run("agent", &["say", "--as", "maria", &n.to_string(), &format!("word {k}")]).ends(0);
        if program.style == "turns" {
            whole.push(wait("the program", || Some(stamp(s)).filter(|at| *at >= began)) - began);
            continue;
        }
        let noted = || {
            let all = s.messages(n);
            all.iter().any(|m| {
                let its = m["text"].as_str().unwrap().contains(&format!("word {k}"));
                its && m["state"]["delivered"].is_object()
            })
        };
        wait("its note", || noted().then_some(()));
        whole.push(now_ms() - began);
        rests();
        own.push(pasted(&scene, program, n));
    }
    if program.style == "turns" {
        return vec![row(program, "`agent say` → the turn's program runs", "ms", "< 100 ms", whole)];
    }
    let mut sorted = own.clone();
    sorted.sort_unstable();
    let median = sorted[sorted.len() / 2];
    let ours = whole.iter().map(|ms| ms - median).collect();
    vec![
        row(program, "a text pasted by hand → taken in", "ms", "its own", own),
        row(program, "`agent say` → its arrival is noted, less that", "ms", "< 100 ms", ours),
    ]
}

/// Milliseconds that the program itself takes for a text.
fn pasted(scene: &Scene, program: &Program, issue: u64) -> i64 {
    let s = &scene.s;
    let target = format!("={}:", s.record(issue)["session"]["name"].as_str().unwrap());
    let mut load = Command::new("tmux")
        .arg("-S")
        .arg(s.socket())
        .args(["load-buffer", "-b", "by-hand", "-"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    // As drover's own texts are: of several lines, which some programs take longer for.
    let text = bundle(&["maria says:\na word by hand"], "by-hand");
    load.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(load.wait().unwrap().success());
    let began = now_ms();
    s.tmux(&[
        "paste-buffer",
        "-p",
        "-d",
        "-r",
        "-b",
        "by-hand",
        "-t",
        &target,
        ";",
        "send-keys",
        "-t",
        &target,
        "Enter",
    ])
    .ends(0);
    wait("the text", || taken_in(scene, program, issue, began)) - began
}

/// Asks a person first, in the issue of that name.
const QUESTION: &str = r#"
case "$(cat ASK)$(cat .git/step 2>/dev/null)" in
1) printf 'PHASE:escalate\nReason: which colour?\n' > "$PHASE_FILE"; echo 0 > .git/step; exit 0;;
esac
"#;

/// Turns of the model and rounds of work of each story.
fn turns(program: &Program) -> Value {
    let scene = stamped(program);
    let s = &scene.s;
    s.script("step.sh", &format!("{}{STEP}", QUESTION.replace("ASK", s.path("asks").to_str().unwrap())));
    let mut of = serde_json::Map::new();
    for (story, rounds) in [("at once", 1), ("red checks", 2), ("changes asked for", 2), ("a question", 2)] {
        fs::write(s.path("asks"), if story == "a question" { "1" } else { "0" }).unwrap();
        drop(fs::remove_file(s.path("breaks")));
        if story == "red checks" {
            fs::write(s.path("breaks"), "").unwrap();
        }
        let before = scene.model.turns().len();
        let n = s.issue("Add a thing", "Please.", &["backlog"]);
        if story == "a question" {
            s.until_phase(n, "escalated");
            s.run("agent", &["say", "--as", "maria", &n.to_string(), "Blue."]).ends(0);
        }
        s.until_phase(n, "awaiting_review");
        if story == "changes asked for" {
            s.forge("rob", &["pull", "reject", &s.pull(n).to_string(), "Not blue enough."]).ends(0);
            s.until("it has reworked", |s| {
                s.phase(n) == "awaiting_review" && s.record(n)["counters"]["rounds"] == 1
            });
        }
        s.approve(s.pull(n));
        s.until_phase(n, "done");
        of.insert(story.into(), json!({"turns": scene.model.turns().len() - before, "rounds": rounds}));
    }
    let more = of.values().map(|v| v["turns"].as_i64().unwrap() - v["rounds"].as_i64().unwrap()).collect();
    let mut row = row(program, "turns of the model beyond the rounds of work, by story", "", "0", more);
    row["of"] = of.into();
    row
}
