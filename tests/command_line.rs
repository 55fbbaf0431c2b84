//! The command line: what every binary has in common, exit codes, streams, views.

use crate::stage::{Said, Stage, bin, git, make_repo};
use serde_json::Value;
use std::fs;
use std::process::{Command, Stdio};

/// Every binary of the toolkit.
const ALL: &[&str] = &[
    "poll",
    "agent",
    "phase-handler",
    "verify",
    "merge",
    "mirror",
    "preflight",
    "phase",
    "status",
    "forge",
    "drover",
];

/// Runs a command to its end, as it is.
fn said(command: &mut Command) -> Said {
    let done = command.stdin(Stdio::null()).output().unwrap();
    Said {
        code: done.status.code().unwrap_or(-1),
        out: String::from_utf8(done.stdout).unwrap(),
        err: String::from_utf8(done.stderr).unwrap(),
    }
}

/// Runs a binary with these arguments and no others.
fn bare(name: &str, args: &[&str]) -> Said {
    said(Command::new(bin(name)).args(args).env_remove("FACTORY_ROOT"))
}

/// A call of a binary for a root that is not the stage's.
fn with_root(name: &str, args: &[&str], root: &std::path::Path) -> Said {
    said(Command::new(bin(name)).args(args).arg("--root").arg(root).env_remove("PROJECT_NAME"))
}

/// A chore's pull with green checks; its number.
fn chore(s: &Stage) -> (u64, String) {
    let tree = git(&s.repo(), &["rev-parse", "main^{tree}"]);
    let head = git(&s.repo(), &["commit-tree", &tree, "-p", "main", "-m", "tidy up"]);
    git(&s.repo(), &["branch", "chore/gardener-a", &head]);
    let pull = s.forge("ann", &["pull", "new", "chore/gardener-a"]).out.trim().parse().unwrap();
    (pull, head)
}

#[test]
fn every_binary_explains_itself() {
    for name in ALL {
        for flag in ["-h", "--help"] {
            let help = bare(name, &[flag]).ends(0);
            assert!(help.out.contains("Usage: ") && help.err.is_empty(), "{name} {flag}");
        }
        let short = bare(name, &["-h"]).out;
        assert!(short.lines().count() <= 45, "{name}: {} lines", short.lines().count());
        let version = bare(name, &["--version"]).ends(0).out;
        assert_eq!(version, format!("{name} {}\n", env!("CARGO_PKG_VERSION")));
    }
}

#[test]
fn what_nobody_knows_is_wrong_usage() {
    for name in ALL {
        let said = bare(name, &["--no-such-option"]).ends(2);
        assert!(said.out.is_empty() && !said.err.is_empty(), "{name}");
    }
    for (name, args) in
        [("merge", vec!["x"]), ("merge", vec![]), ("agent", vec!["start", "-1"]), ("status", vec!["nope"])]
    {
        bare(name, &args).ends(2);
    }
}

#[test]
fn the_front_door_hands_over() {
    let s = Stage::new();
    s.issue("A thing", "", &[]);
    for (name, args) in [
        ("status", vec!["ps"]),
        ("status", vec!["why", "--json"]),
        ("forge", vec!["issue", "list"]),
        ("merge", vec!["99"]),
        ("mirror", vec![]),
        ("poll", vec!["--dry-run"]),
    ] {
        let own = s.run(name, &args);
        let mut all = vec![name];
        all.extend(&args);
        let through = s.run("drover", &all);
        assert_eq!((through.code, through.out, through.err), (own.code, own.out, own.err), "{name} {args:?}");
    }
    for name in ALL.iter().filter(|n| **n != "drover") {
        bare("drover", &[name, "--help"]).ends(0).says("Usage: ");
    }
    let root = s.root().display().to_string();
    let before = bare("drover", &["--root", &root, "forge", "issue", "list"]).ends(0);
    assert!(before.out.contains("A thing"), "options before the name count too");
    bare("drover", &["pol"]).ends(2).says("there is no command 'pol'").says("hint: ");
}

#[test]
fn errors_name_the_binary_and_say_what_to_do() {
    let s = Stage::new();
    s.issue("A thing", "", &[]);
    for (name, args, code) in [
        ("merge", vec!["99"], 1),
        ("verify", vec!["0123456789"], 2),
        ("status", vec!["show", "1"], 1),
        ("status", vec!["why", "99"], 1),
        ("status", vec!["logs", "1"], 1),
        ("agent", vec!["attach", "1"], 3),
        ("agent", vec!["start", "99"], 1),
        ("agent", vec!["stop", "1"], 1),
        ("phase-handler", vec!["1"], 1),
        ("forge", vec!["issue", "show", "99"], 1),
        ("forge", vec!["issue", "close", "99"], 1),
        ("forge", vec!["pull", "show", "99"], 1),
        ("forge", vec!["pull", "approve", "99"], 1),
        ("forge", vec!["pull", "new", "no-such-branch"], 1),
        ("preflight", vec!["run", "1"], 1),
        ("preflight", vec!["pull", "99"], 1),
        ("status", vec!["ps", "-p", "nope"], 2),
        ("status", vec!["ps", "--set", "limits.sessions"], 2),
        ("status", vec!["ps", "--set", "limits.sesions=2"], 2),
        ("status", vec!["ps", "--set", "limits.sessions=x"], 2),
    ] {
        let said = s.run(name, &args);
        let what = format!("{name} {args:?}: {} {} {}", said.code, said.out, said.err);
        assert_eq!(said.code, code, "{what}");
        assert!(said.out.is_empty(), "{what}");
        let mut lines = said.err.lines();
        assert!(lines.next().is_some_and(|l| l.starts_with(&format!("drover {name}: "))), "{what}");
        assert!(lines.any(|l| l.starts_with("hint: ")), "{what}");
    }
}

#[test]
fn exit_codes_say_how_it_ended() {
    let s = Stage::with().agent("sleep 1000").set();
    s.run("mirror", &[]).ends(3);
    s.run("poll", &[]).ends(0);
    s.run("preflight", &["issue", "99"]).ends(1);
    let n = s.issue("A thing", "", &[]);
    let number = n.to_string();
    s.run("preflight", &["issue", &number]).ends(4);
    let (pull, head) = chore(&s);
    let pull = pull.to_string();
    s.run("merge", &[&pull]).ends(5);
    s.forge("rob", &["pull", "approve", &pull]);
    s.run("merge", &[&pull]).ends(6);
    s.run("verify", &[&head]).ends(0);
    s.run("merge", &[&pull, "--head", &"0".repeat(40)]).ends(75).says(&head);
    s.run("merge", &[&pull]).ends(0);
    s.run("merge", &[&pull]).ends(0);
    s.run("agent", &["start", &number, "--planned"]).ends(3);
    s.run("agent", &["start", &number]).ends(0);
    s.run("agent", &["start", &number]).ends(3);
    s.until_phase(n, "working");
    s.run("phase-handler", &[&number]).ends(3);
    s.run("agent", &["stop", &number]).ends(0);
    assert_eq!(s.phase(n), "stopped");
    s.run("preflight", &["env"]).ends(0);
    let s = Stage::with().verify(None).set();
    let head = s.head(&s.repo(), "main");
    s.run("verify", &[&head]).ends(3);
}

#[test]
fn a_closed_pull_is_nothing_to_do() {
    let s = Stage::new();
    let (pull, _) = chore(&s);
    s.forge("ann", &["pull", "close", &pull.to_string()]);
    s.run("merge", &[&pull.to_string()]).ends(3).says("not_open");
}

#[test]
fn phase_speaks_only_inside_a_session_and_only_words_of_the_protocol() {
    let s = Stage::new();
    bare("phase", &["done"]).ends(2).says("PHASE_FILE").says("hint: ");
    let file = s.path("phase-file");
    let inside = |args: &[&str]| said(Command::new(bin("phase")).args(args).env("PHASE_FILE", &file));
    inside(&["nonsense"]).ends(2).says("awaiting_ci");
    assert!(!file.exists());
    inside(&["escalate", "which", "one?"]).ends(0);
    assert_eq!(fs::read_to_string(&file).unwrap(), "PHASE:escalate\nReason: which one?\n");
    assert_eq!(inside(&[]).ends(0).out, "PHASE:escalate\nReason: which one?\n");
    inside(&["awaiting_ci"]).ends(0);
    assert_eq!(fs::read_to_string(&file).unwrap(), "PHASE:awaiting_ci\n");
}

#[test]
fn every_view_is_also_json() {
    let s = Stage::new();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.issue("Another", "", &["backlog", "action"]);
    s.until_phase(n, "awaiting_review");
    let (number, pull) = (n.to_string(), s.pull(n).to_string());
    for (name, args) in [
        ("status", vec![]),
        ("status", vec!["ps", "--all"]),
        ("status", vec!["show", &number]),
        ("status", vec!["why"]),
        ("status", vec!["why", &number]),
        ("status", vec!["queue"]),
        ("status", vec!["logs", &number]),
        ("status", vec!["cost"]),
        ("forge", vec!["issue", "list"]),
        ("forge", vec!["issue", "show", &number]),
        ("forge", vec!["pull", "list"]),
        ("forge", vec!["pull", "show", &pull]),
        ("preflight", vec!["env"]),
        ("preflight", vec!["issue", "2"]),
        ("preflight", vec!["run", &number]),
        ("preflight", vec!["pull", &pull]),
    ] {
        let mut all = args.clone();
        all.push("--json");
        let said = s.run(name, &all);
        let value: Value = serde_json::from_str(&said.out).unwrap_or_else(|e| panic!("{name} {args:?}: {e}"));
        assert_eq!(value["version"], 1, "{name} {args:?}");
        assert!(said.err.is_empty(), "{name} {args:?}: {}", said.err);
    }
    let events = s.run("status", &["events", "--json"]).ends(0).out;
    assert!(events.lines().count() > 5);
    for line in events.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        assert!(event["kind"].is_string() && event["at"].is_string(), "{line}");
    }
    for view in
        [vec!["ps"], vec!["show", &number], vec!["logs", &number], vec!["events", &number], vec!["cost"]]
    {
        let said = s.run("status", &view).ends(0);
        assert!(!said.out.is_empty() && said.err.is_empty(), "{view:?}");
        assert!(!said.out.contains('\u{1b}'), "no colour in a pipe");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let s = Stage::new();
    let line = "{\"version\":1,\"at\":\"2026-01-01T00:00:00Z\",\"issue\":1,\"kind\":\"noted\",\"key\":\"k\",\"detail\":\"x\"}\n";
    s.run("status", &["ps"]).ends(0);
    let many: String = (0..20_000).map(|k| line.replace("\"k\"", &format!("\"k{k}\""))).collect();
    fs::write(s.project().join("events.jsonl"), many).unwrap();
    let script = format!(
        "{{ '{}' events --root '{}'; echo \"ended $?\" >&2; }} | head -n 1",
        bin("status").display(),
        s.root().display()
    );
    let said = said(Command::new("sh").args(["-c", &script]));
    assert_eq!((said.out.lines().count(), said.err.as_str()), (1, "ended 0\n"));
    for name in ALL {
        let script = format!("'{}' --help | true", bin(name).display());
        let done = Command::new("sh").args(["-c", &script]).output().unwrap();
        assert!(!String::from_utf8_lossy(&done.stderr).contains("panicked"), "{name}");
    }
}

#[test]
fn poll_is_quiet_when_all_is_well() {
    let s = Stage::new();
    let n = s.issue("Add a thing", "", &["backlog"]);
    let mut printed = String::new();
    for _ in 0..200 {
        let said = s.poll().ends(0);
        printed.push_str(&said.out);
        printed.push_str(&said.err);
        match s.phase(n).as_str() {
            "awaiting_review" => s.approve(s.pull(n)),
            "done" => break,
            _ => {}
        }
    }
    assert_eq!((s.phase(n).as_str(), printed.as_str()), ("done", ""));
    let word = s.run("agent", &["retry", &n.to_string()]);
    assert!(word.out.is_empty(), "data only: {}", word.out);
}

#[test]
fn a_dry_run_prints_commands_that_work_and_does_nothing() {
    let s = Stage::new();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.issue("Skipped", "", &["backlog", "action"]);
    let text = s.run("poll", &["--dry-run"]).ends(0).out;
    assert!(s.run_folder(n).read_dir().is_err() && s.events().is_empty(), "nothing was done");
    let commands: Vec<&str> = text.lines().filter(|l| !l.starts_with('#')).collect();
    assert_eq!(commands.len(), 1, "{text}");
    assert!(text.contains("# issue 2: ") && text.contains("skip_label"), "{text}");
    // A shell of its own, elsewhere, with only the PATH that an installation gives.
    let path = format!("{}:{}", bin("drover").parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", commands[0]]).env("PATH", path).env("DROVER_NOW_FILE", s.path("clock"));
    said(shell.current_dir("/").env_remove("FACTORY_ROOT")).ends(0);
    assert!(!s.phase(n).is_empty(), "it was started by the command");
    s.until_phase(n, "awaiting_review");
}

#[test]
fn why_has_a_code_for_everything() {
    let s = Stage::with().sessions(1).agent("sleep 1000").set();
    let plain = s.issue("No label", "", &[]);
    let skipped = s.issue("Skipped", "", &["backlog", "action"]);
    let closed = s.issue("Closed", "", &["backlog"]);
    s.forge("maria", &["issue", "close", &closed.to_string()]);
    let (pull, _) = chore(&s);
    let code = |number: u64| {
        let text = s.run("status", &["why", &number.to_string(), "--json"]).ends(0).out;
        let rows: Value = serde_json::from_str(&text).unwrap();
        rows["verdicts"][0]["code"].as_str().unwrap().to_string()
    };
    assert_eq!(code(plain), "not_queued");
    assert_eq!(code(skipped), "skip_label");
    assert_eq!(code(closed), "closed");
    assert_eq!(code(pull), "no_approval");
    let first = s.issue("First", "", &["backlog"]);
    s.later(1);
    let second = s.issue("Second", "", &["backlog"]);
    assert_eq!((code(first), code(second)), ("do".into(), "capacity".into()));
    s.run("drover", &["pause", "for", "lunch"]).ends(0);
    assert_eq!(code(first), "paused");
    s.run("status", &["why", &first.to_string()]).ends(0).says("for lunch");
    s.run("drover", &["unpause"]).ends(0);
    s.run("drover", &["off"]).ends(0);
    assert_eq!(code(first), "guard_off");
    s.poll().ends(0);
    assert_eq!(s.phase(first), "");
    s.run("drover", &["on"]).ends(0);
    assert_eq!(code(first), "do");
    s.until_phase(first, "working");
    assert_eq!((code(first), code(second)), ("waiting".into(), "capacity".into()));
}

#[test]
fn without_a_project_there_is_a_hint() {
    let empty = tempfile::tempdir().unwrap();
    let root = empty.path();
    for folder in ["projects", "state"] {
        fs::create_dir(root.join(folder)).unwrap();
    }
    with_root("poll", &[], root).ends(0);
    for (name, args) in [("status", vec!["ps"]), ("merge", vec!["1"]), ("forge", vec!["issue", "list"])] {
        with_root(name, &args, root).ends(2).says(&format!("drover {name}: ")).says("hint: ");
    }
}

#[test]
fn with_two_projects_the_hint_lists_them() {
    let s = Stage::new();
    let text = fs::read_to_string(s.toml_file()).unwrap();
    make_repo(&s.path("repo2"));
    let second = text.replace("name = \"proj\"", "name = \"other\"").replace("/worktrees\"", "/worktrees2\"");
    let second = second.replace("/repo\"", "/repo2\"");
    fs::write(s.root().join("projects/other.toml"), second).unwrap();
    s.run("status", &["ps"]).ends(2).says("which project?").says("hint: ").says("other, proj");
    s.run("status", &["ps", "-p", "other"]).ends(0);
    s.run("poll", &[]).ends(0);
    s.run("poll", &["other"]).ends(0);
}

#[test]
fn a_bad_configuration_names_file_key_and_type_and_skips_only_that_project() {
    let s = Stage::new();
    fs::write(s.root().join("projects/bad.toml"), "forge = \"local\"\n[limits]\nsessions = \"two\"\n")
        .unwrap();
    let n = s.issue_in("proj");
    let said = s.run("poll", &[]).ends(2);
    for part in ["bad.toml", "limits.sessions", "hint: "] {
        assert!(said.err.contains(part), "{}", said.err);
    }
    s.wait("the other one goes on", |s| {
        s.poll();
        s.phase(n) == "awaiting_review"
    });
}

impl Stage {
    /// Files a queued issue in a project that is not the only one; its number.
    fn issue_in(&self, project: &str) -> u64 {
        let said = self.forge("maria", &["-p", project, "issue", "new", "A thing", "--label", "backlog"]);
        said.out.trim().parse().unwrap()
    }
}

#[test]
fn what_is_set_for_a_call_holds_for_what_it_starts() {
    let s = Stage::with().sessions(1).agent("sleep 1000").set();
    let (a, b) = (s.issue("A", "", &["backlog"]), s.issue("B", "", &["backlog"]));
    s.run("poll", &["--set", "limits.sessions=2"]).ends(0);
    assert!(!s.phase(a).is_empty() && !s.phase(b).is_empty(), "{} {}", s.phase(a), s.phase(b));
}

#[test]
fn no_help_text_is_coloured_not_even_on_a_terminal() {
    let line = format!("'{}' --help", bin("status").display());
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).env("TERM", "xterm-256color").env_remove("NO_COLOR");
    let said = said(&mut script).ends(0).says("Usage: status").out;
    assert!(!said.contains('\u{1b}'), "{said:?}");
}

#[test]
fn a_pipeline_that_drains_says_so_and_a_dotted_name_is_a_session() {
    let s = Stage::with().name("my.app").pipeline("drain").set();
    let first = s.issue("First", "", &["backlog"]);
    s.until_phase(first, "awaiting_review");
    assert_eq!(s.tmux(&["has-session", "-t", &format!("=dev-my_app-{first}")]).code, 0);
    let second = s.issue("Second", "", &["backlog"]);
    s.poll().ends(0);
    assert_eq!(s.phase(second), "");
    s.run("status", &["why", &second.to_string()]).ends(0).says(" drain ").says("#1 is awaiting_review");
}
