//! Looking: what is going on, what should be looked at, what waits for what, where something was said.

use crate::stage::{Stage, bin};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command};
use std::sync::mpsc;
use std::time::Duration;

/// The lines of a process that stays, as they come.
fn lines(child: &mut Child) -> mpsc::Receiver<String> {
    let (send, receive) = mpsc::channel();
    let out = BufReader::new(child.stdout.take().unwrap());
    std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
    receive
}

/// The next line that holds a part.
fn next(lines: &mpsc::Receiver<String>, part: &str) -> String {
    let mut seen = vec![];
    loop {
        match lines.recv_timeout(Duration::from_secs(30)) {
            Ok(line) if line.contains(part) => return line,
            Ok(line) => seen.push(line),
            Err(e) => panic!("{part} did not come: {e}\n{}", seen.join("\n")),
        }
    }
}

fn end(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Changes a run's record as it lies on disk.
fn alter(s: &Stage, issue: u64, change: impl Fn(&mut Value)) {
    let file = s.run_folder(issue).join("run.json");
    let mut record = s.json(&file);
    change(&mut record);
    fs::write(file, record.to_string()).unwrap();
}

fn json(s: &Stage, args: &[&str]) -> Value {
    let said = s.run("status", &[args, &["--json"]].concat()).ends(0);
    serde_json::from_str(&said.out).unwrap()
}

#[test]
fn what_should_be_looked_at_stands_below_its_run() {
    let s = Stage::with().agent("sleep 1000\n").style("interactive").set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "working");
    s.rests();
    let quiet = s.run("status", &["ps"]).ends(0).out;
    assert!(!quiet.contains('!'), "{quiet}");
    s.later(20 * 60);
    let told = s.run("status", &["ps"]).ends(0).out;
    assert!(
        told.contains("  ! nothing seen of its session for ") && told.contains("(quiet_session)"),
        "{told}"
    );
    alter(&s, n, |run| run["counters"]["resumes"] = 3.into());
    s.later(80 * 60);
    let ps = json(&s, &["ps"]);
    let row = &ps["runs"][0];
    let codes: Vec<&str> =
        row["warnings"].as_array().unwrap().iter().map(|w| w["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["crash_loop", "quiet_session"], "{row}");
    assert!(row["began"].is_string() && row["used"]["turns"] == 1, "{row}");
    // Times of files are for programs, and of tables for people.
    assert!(row["since"].as_str().unwrap().ends_with('Z'), "{row}");
    s.run("status", &["show", &n.to_string()]).ends(0).says("! nothing seen of its session for 1h ");
}

#[test]
fn the_history_says_how_long_each_phase_took() {
    let s = Stage::new();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    s.rests();
    s.later(2 * 3600);
    let shown = s.run("status", &["show", &n.to_string()]).ends(0).out;
    let line = |part: &str| {
        shown.lines().find(|l| l.contains(part)).unwrap_or_else(|| panic!("{part}: {shown}")).to_string()
    };
    assert!(line(" awaiting_review ").contains("for 2h"), "{shown}");
    assert!(line(" claimed ").contains("ago") && !line(" claimed ").contains("for 2h"), "{shown}");
    assert!(line("used: ").contains("cost unknown"), "{shown}");
    s.approve(s.pull(n));
    s.until_phase(n, "done");
    s.later(3600);
    let steps = json(&s, &["show", &n.to_string()])["events"].clone();
    let of = |kind: &str| steps.as_array().unwrap().iter().find(|e| e["kind"] == kind).cloned().unwrap();
    assert!(of("awaiting_review")["seconds"].as_u64().unwrap() >= 7200, "{steps}");
    assert!(of("done")["seconds"].is_null() && of("landed")["seconds"].is_null(), "{steps}");
}

#[test]
fn whoever_watches_sees_what_changes() {
    let s = Stage::new();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.poll();
    let mut table = s.spawn("status", &["ps", "--watch"]);
    let mut objects = s.spawn("status", &["ps", "-w", "--json"]);
    let mut events = s.spawn("status", &["events", "--follow"]);
    let mut other = s.spawn("status", &["events", "99", "-f", "--json"]);
    let (drawn, object, told, of_other) =
        (lines(&mut table), lines(&mut objects), lines(&mut events), lines(&mut other));
    next(&drawn, "Add a thing");
    s.until_phase(n, "awaiting_review");
    next(&drawn, "awaiting_review");
    let line = next(&object, "\"phase\":\"awaiting_review\"");
    assert_eq!(serde_json::from_str::<Value>(&line).unwrap()["version"], 1);
    next(&told, "publishing → awaiting_ci");
    s.approve(s.pull(n));
    s.until_phase(n, "done");
    next(&drawn, "no runs at work");
    next(&told, " landed ");
    assert!(of_other.try_recv().is_err(), "nothing of another issue");
    [table, objects, events, other].into_iter().for_each(end);
}

#[test]
fn a_terminal_is_drawn_over_and_nothing_is_wider_than_it() {
    let s = Stage::with().agent("sleep 1000\n").set();
    let title = format!("A thing {}", "with a long title ".repeat(9));
    let n = s.issue(&title, "", &["backlog"]);
    s.until_phase(n, "working");
    let socket = s.path("screen");
    let tmux = |args: &[&str]| {
        let done = Command::new("tmux")
            .arg("-S")
            .arg(&socket)
            .args(["-f", "/dev/null"])
            .args(args)
            .output()
            .unwrap();
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    let command = format!(
        "DROVER_NOW_FILE='{}' '{}' ps --watch --root '{}'",
        s.path("clock").display(),
        bin("status").display(),
        s.root().display()
    );
    tmux(&["new-session", "-d", "-s", "t", "-x", "90", "-y", "12", &command]);
    let shows = |part: &str| {
        let seen = || tmux(&["capture-pane", "-p", "-t", "t"]);
        let mut last = String::new();
        for _ in 0..600 {
            last = seen();
            if last.contains(part) {
                return last;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{part} is not shown: {last}");
    };
    let first = shows("working");
    assert!(first.starts_with("ISSUE") && first.contains('…'), "{first}");
    s.run("agent", &["stop", &n.to_string()]).ends(0);
    let second = shows("stopped");
    assert_eq!(second.matches("ISSUE").count(), 1, "drawn over, not below: {second}");
    tmux(&["kill-server"]);
}

#[test]
fn a_log_is_followed_until_its_run_has_ended() {
    let s = Stage::with().agent("echo first words\nsleep 1000\n").set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "working");
    let number = n.to_string();
    let mut child = s.spawn("status", &["logs", &number, "-f"]);
    let told = lines(&mut child);
    next(&told, "first words");
    s.run("agent", &["stop", &number]).ends(0);
    s.forge("maria", &["issue", "close", &number]).ends(0);
    s.until_phase(n, "abandoned");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    s.run("status", &["logs", &number, "--attempt", "1"]).ends(0).says("first words");
    s.run("status", &["logs", &number, "--attempt", "2"])
        .ends(1)
        .says("nothing was kept of a session of attempt 2");
    s.run("status", &["logs", &number, "--checks"]).ends(1).says("no checks of ours");
    s.run("status", &["logs", &number, "-f", "--attempt", "1"]).ends(2);
    s.run("status", &["logs", &number, "-f", "--json"]).ends(2).says("followed is not JSON");
    s.run("status", &["graph", "--dot", "--json"]).ends(2).says("not JSON");
}

#[test]
fn checks_have_a_log_of_their_own() {
    let s = Stage::with().verify(Some("echo all twelve hold")).set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    s.run("status", &["logs", &n.to_string(), "--checks"]).ends(0).says("all twelve hold");
}

#[test]
fn what_waits_for_what_is_a_tree_and_a_graph() {
    let s = Stage::with().agent("sleep 1000\n").sessions(1).set();
    let first = s.issue("Lay the floor", "", &["backlog"]);
    let second = s.issue("Raise the \"walls\"", &format!("Depends on #{first}"), &["backlog"]);
    let third = s.issue("Put the roof on", &format!("Depends on #{second}"), &["backlog"]);
    s.until_phase(first, "working");
    let tree = s.run("status", &["graph"]).ends(0).out;
    let wanted = format!(
        "#{third} Put the roof on [dependencies]: waits for #{second}\n  waits for #{second} Raise the \"walls\" [dependencies]: waits for #{first}\n    waits for #{first} Lay the floor [working]: session's move\n"
    );
    let shape =
        |text: &str| text.lines().map(|l| l.split(" [").next().unwrap().to_string()).collect::<Vec<_>>();
    assert_eq!(shape(&tree), shape(&wanted), "{tree}");
    assert!(tree.contains("[working]: session's move"), "{tree}");
    let dot = s.run("status", &["graph", "--dot"]).ends(0).out;
    assert!(dot.starts_with("digraph") && dot.contains(&format!("  {third} -> {second};")), "{dot}");
    assert!(dot.contains("Raise the \\\"walls\\\""), "{dot}");
    let graph = json(&s, &["graph"]);
    assert_eq!(graph["edges"][0], serde_json::json!({"issue": second, "on": first, "open": true}));
    let queue = json(&s, &["queue"]);
    let subjects: Vec<&str> =
        queue["verdicts"].as_array().unwrap().iter().map(|v| v["subject"].as_str().unwrap()).collect();
    assert_eq!(subjects, [format!("issue {second}"), format!("issue {third}")], "{queue}");
}

#[test]
fn words_are_found_wherever_they_were_said() {
    let agent = "echo 'the screen says Kiwi'; echo 'notes of kiwi' > \"$SCRATCH_FILE\"\n";
    let mut s = Stage::with().agent(&format!("{agent}sleep 1000\n")).set();
    let n = s.issue("Plant a KIWI", "The kiwi needs sun.", &["backlog"]);
    s.until_phase(n, "working");
    s.rests();
    s.wait("the screen shows it", |s| s.run("status", &["logs", &n.to_string()]).out.contains("Kiwi"));
    s.run("agent", &["say", &n.to_string(), "which kiwi?"]).ends(0);
    let found = json(&s, &["search", "kiwi"]);
    let places: BTreeSet<&str> =
        found["hits"].as_array().unwrap().iter().map(|h| h["place"].as_str().unwrap()).collect();
    for place in ["title", "prompt.md", "session/scratch.md", "screen", "messages/0001.json"] {
        assert!(places.contains(place), "{place} in {places:?}");
    }
    s.run("status", &["search", "SCREEN", "kiwi"]).ends(0).says(&format!("#{n} screen:"));
    s.run("status", &["search", "no such words"]).ends(3).says("no line of any run holds no such words");
    s.run("status", &["search"]).ends(2);
    // What is kept of an ended session is found too, and a secret is not shown.
    let secret = format!("s3cret-{}", "k".repeat(20));
    let kept = s.run_folder(n).join("attempts/01/pane.txt");
    fs::create_dir_all(kept.parent().unwrap()).unwrap();
    fs::write(&kept, format!("kept: {secret}\n")).unwrap();
    s.vars.push(("FORGE_TOKEN".into(), secret.clone()));
    let said = s.run("status", &["search", "kept:"]);
    assert!(said.out.contains("attempts/01/pane.txt:1: kept: "), "{}", said.out);
    assert!(!said.out.contains(&secret), "{}", said.out);
}

#[test]
fn a_report_is_replaced_in_one_go_and_readable_for_a_web_server() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let s = Stage::new();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    s.rests();
    let (web, page) = (s.path("web"), s.path("web/index.html"));
    let report = |out: &Path| s.run("status", &["report", "--out", out.to_str().unwrap()]);
    report(&page).ends(2).says("there is no folder").says("hint: make it first");
    fs::create_dir(&web).unwrap();
    report(&web).ends(2).says("is a folder");
    // Half a page of a writer that was cut off, as `kill -9` leaves it.
    fs::write(web.join(".new-index.html-0-4194305"), "half").unwrap();
    report(&page).ends(0);
    let first = fs::metadata(&page).unwrap();
    report(&page).ends(0);
    assert_ne!(
        fs::metadata(&page).unwrap().ino(),
        first.ino(),
        "another file in its place: no reader sees half of one"
    );
    assert_eq!(first.permissions().mode() & 0o444, 0o444);
    let names: Vec<_> = web.read_dir().unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["index.html"]);
    let text = fs::read_to_string(&page).unwrap();
    assert_eq!(text.trim_end(), s.run("status", &["report"]).ends(0).out.trim_end());
    assert!(text.contains("Add a thing") && text.contains("the agent works"));
    for days in ["6", "91"] {
        s.run("status", &["report", "--days", days]).ends(2);
    }
    s.run("status", &["report", "--json"]).ends(2).says("a report is a page, not JSON");
}

#[test]
fn a_project_that_cannot_be_shown_is_told_on_the_page_beside_the_others() {
    let s = Stage::new();
    s.issue("Add a thing", "", &["backlog"]);
    fs::write(s.root().join("projects/other.toml"), "name = \"other\"\nnonsense = 1\n").unwrap();
    let said = s.run("status", &["report"]).ends(2);
    assert!(said.out.contains("It cannot be shown: ") && said.out.contains("Add a thing"), "{}", said.err);
    assert!(said.err.contains("project other"), "{}", said.err);
    let one = s.run("status", &["report", "-p", "proj"]).ends(0);
    assert!(!one.out.contains("nonsense") && one.out.contains("<title>drover: proj</title>"));
}

#[test]
fn what_keeps_everything_back_stands_in_the_queue_too() {
    let s = Stage::new();
    s.issue("Add a thing", "", &["backlog"]);
    let first = |s: &Stage| json(s, &["queue"])["verdicts"][0].clone();
    assert_eq!((first(&s)["code"].as_str(), first(&s)["title"].as_str()), (Some("do"), Some("Add a thing")));
    s.run("drover", &["pause", "a release"]).ends(0);
    let paused = s.run("status", &["queue"]).ends(0).out;
    assert!(paused.contains("a release"), "{paused}");
    let page = s.run("status", &["report"]).ends(0).out;
    assert!(page.contains("paused") && page.contains("a release"));
}

#[test]
fn a_run_is_found_on_the_page_whatever_its_file_is_called_and_no_password_is_on_it() {
    let s = Stage::new();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    let text = fs::read_to_string(s.toml_file()).unwrap();
    let site = "forge = \"forgejo\"\nforge_url = \"http://bot:hunter2secret@127.0.0.1:9\"\nrepo = \"a/b\"";
    fs::write(
        s.root().join("projects/far.toml"),
        text.replace("\"proj\"", "\"far\"").replace("forge = \"local\"", site),
    )
    .unwrap();
    fs::write(s.root().join(".env"), "FORGE_TOKEN=t\n").unwrap();
    fs::set_permissions(s.root().join(".env"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    fs::rename(s.toml_file(), s.root().join("projects/site.toml")).unwrap();
    let page = s.run("status", &["report"]);
    assert!(
        page.out.contains("href=\"#run-proj-1\"") && page.out.contains("id=\"run-proj-1\""),
        "{}",
        page.out
    );
    let doctor = s.run("drover", &["doctor"]);
    for said in [&page.out, &page.err, &doctor.out, &doctor.err] {
        assert!(!said.contains("hunter2secret"), "{said}");
    }
    // What is no file is never put in the place of; a link is followed.
    s.run("status", &["report", "--out", "/dev/null"]).ends(2).says("is no file");
    let (link, target) = (s.path("link.html"), s.path("target.html"));
    fs::write(&target, "").unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    s.run("status", &["report", "-p", "proj", "--out", link.to_str().unwrap()]).ends(0);
    assert!(link.is_symlink() && fs::read_to_string(&target).unwrap().contains("Add a thing"));
    fs::remove_file(s.root().join("projects/far.toml")).unwrap();
    fs::rename(s.root().join("projects/site.toml"), s.toml_file()).unwrap();
}

/// Every name that stands in an object, wherever it lies.
fn names(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(name, value)| {
            into.insert(name.clone());
            names(value, into);
        }),
        Value::Array(all) => all.iter().for_each(|v| names(v, into)),
        _ => {}
    }
}

#[test]
fn every_name_in_our_json_is_documented() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md")).unwrap();
    let s = Stage::new();
    let n = s.issue("Add a thing", "", &["backlog"]).to_string();
    s.issue("Another", "Depends on #1", &["backlog"]);
    s.until_phase(1, "awaiting_review");
    s.rests();
    alter(&s, 1, |run| run["counters"]["resumes"] = 3.into());
    fs::create_dir_all(s.run_folder(77)).unwrap();
    fs::write(s.run_folder(77).join("run.json"), "{").unwrap();
    let mut all = BTreeSet::new();
    for args in [
        vec!["ps", "--all"],
        vec!["why"],
        vec!["queue"],
        vec!["logs", &n],
        vec!["cost"],
        vec!["graph"],
        vec!["search", "thing"],
    ] {
        names(&json(&s, &args), &mut all);
    }
    let mut shown = json(&s, &["show", &n]);
    // The record is the file, which docs/protocol.md is about.
    shown.as_object_mut().unwrap().remove("record");
    shown.as_object_mut().unwrap().remove("messages");
    names(&shown, &mut all);
    for line in s.run("status", &["events", "--json"]).out.lines() {
        names(&serde_json::from_str(line).unwrap(), &mut all);
    }
    let missing: Vec<&String> = all.iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(
        missing.is_empty() && all.len() > 30,
        "docs/json.md does not say what these are: {missing:?} of {all:?}"
    );
}

#[test]
fn the_runs_of_all_projects_stand_in_one_table_and_a_broken_one_hides_no_other() {
    let s = Stage::with().agent("sleep 1000\n").style("interactive").set();
    let text = fs::read_to_string(s.toml_file()).unwrap();
    let second = s.path("second");
    crate::stage::git(s.dir.path(), &["clone", "-q", "repo", second.to_str().unwrap()]);
    let text = text
        .replace("name = \"proj\"", "name = \"other\"")
        .replace(&s.path("worktrees").display().to_string(), &s.path("others").display().to_string())
        .replace(&s.repo().display().to_string(), &second.display().to_string());
    fs::write(s.root().join("projects/other.toml"), text).unwrap();
    let file = |project: &str, title: &str| -> u64 {
        let args = ["--project", project, "--as", "maria", "issue", "new", title, "--label", "backlog"];
        s.run("forge", &args).ends(0).out.trim().parse().unwrap()
    };
    let (n, m) = (file("proj", "Add a thing"), file("other", "Paint a door"));
    s.until("both are at work", |s| {
        let rows = json(s, &["ps", "--everywhere"])["runs"].as_array().unwrap().clone();
        rows.len() == 2 && rows.iter().all(|r| r["phase"] == "working")
    });
    let everywhere = s.run("status", &["ps", "--everywhere"]).ends(0).out;
    let lines: Vec<&str> = everywhere.lines().collect();
    assert!(lines[0].starts_with("PROJECT  ISSUE"), "{everywhere}");
    assert!(lines[1].starts_with("other ") && lines[1].contains("Paint a door"), "{everywhere}");
    assert!(lines[2].starts_with("proj ") && lines[2].contains("Add a thing"), "{everywhere}");
    let one = s.run("status", &["ps", "--project", "proj"]).ends(0).out;
    assert!(one.starts_with("ISSUE") && !one.contains("Paint a door"), "{one}");
    let rows = json(&s, &["ps", "--everywhere"])["runs"].as_array().unwrap().clone();
    let named: Vec<(&str, u64)> =
        rows.iter().map(|r| (r["project"].as_str().unwrap(), r["issue"].as_u64().unwrap())).collect();
    assert_eq!(named, [("other", m), ("proj", n)]);
    let ledger = s.state().join("other/ledger.jsonl");
    fs::rename(&ledger, s.path("ledger")).unwrap();
    fs::create_dir(&ledger).unwrap();
    let said = s.run("status", &["ps", "--everywhere"]).ends(1);
    assert!(said.out.contains("Add a thing") && said.err.contains("project other: "), "{said:?}");
    fs::remove_dir(&ledger).unwrap();
    fs::rename(s.path("ledger"), &ledger).unwrap();
    fs::write(s.root().join("projects/third.toml"), "nonsense = 1\n").unwrap();
    let said = s.run("status", &["ps", "--everywhere"]).ends(2);
    assert_eq!(said.out.lines().count(), 3, "{said:?}");
    assert!(said.err.contains("third.toml") && said.err.contains("nonsense"), "{said:?}");
    for project in ["proj", "other", "third"] {
        fs::remove_file(s.root().join(format!("projects/{project}.toml"))).unwrap();
    }
    s.run("status", &["ps", "--everywhere"]).ends(2).says("there is no project");
}
