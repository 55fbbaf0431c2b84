//! What is fed to the binaries from outside, as bad as it can be: phase files, records, configuration, texts,
//! labels, folders, disks. Nothing is lost, the thing is named, and a later healthy tick goes on.

use crate::stage::{Said, Stage, git};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Does its work, then something bad to the phase file; told of the words, it writes the right one.
fn then_sorry(bad: &str) -> String {
    format!(
        r#"
case "$(cat "$PROMPT_FILE")" in
*"none of the words"*) rm -rf "$PHASE_FILE"; echo PHASE:awaiting_ci > "$PHASE_FILE" ;;
*) echo work > "work-$ISSUE.txt"; git add -A; git commit -qm work; {bad} ;;
esac
"#
    )
}

/// Does its work, waits for the file `go` beside the root, then asks to go on.
pub fn patient(s: &Stage) -> String {
    format!(
        r#"
echo "work on $ISSUE" > "work-$ISSUE.txt"; git add -A; git commit -qm work
while [ ! -e {} ]; do sleep 0.05; done
until echo PHASE:awaiting_ci > "$PHASE_FILE"; do sleep 0.05; done
"#,
        s.path("go").display()
    )
}

/// Whether some file below a folder holds these bytes.
pub fn found_below(folder: &Path, part: &str) -> Option<PathBuf> {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        let hit = if kind.is_dir() {
            found_below(&path, part)
        } else if kind.is_file() {
            let bytes = fs::read(&path).unwrap_or_default();
            bytes.windows(part.len()).any(|w| w == part.as_bytes()).then_some(path)
        } else {
            None
        };
        if hit.is_some() {
            return hit;
        }
    }
    None
}

/// The run waits in a phase and nothing of its step is left to be written.
pub fn until_settled(s: &Stage, issue: u64, phase: &str) {
    s.until(&format!("#{issue} has settled in {phase}"), |s| {
        s.phase(issue) == phase && s.record(issue)["pending"].as_array().is_none_or(Vec::is_empty)
    });
}

/// A session writes something that is no request: one message with all the words, and the run goes on.
fn one_message_then_on(s: &Stage) -> String {
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    let messages = s.messages(n);
    assert_eq!(messages.len(), 1, "{messages:?}");
    let text = messages[0]["text"].as_str().unwrap().to_string();
    for word in ["awaiting_ci", "awaiting_review", "escalate", "needs_human", "failed", "done", "merged"] {
        assert!(text.contains(&format!("PHASE:{word}")), "{word} is not listed in {text}");
    }
    assert!(text.len() < 4000 && !text.contains('\u{1b}') && !text.contains('\0'), "{text:?}");
    assert_eq!(s.record(n)["spawns"], 1, "nothing had to be started again");
    text
}

#[test]
fn an_unknown_phase_word_is_answered_once_and_the_right_one_counts() {
    let s = Stage::with().agent(&then_sorry(r#"echo PHASE:shipped > "$PHASE_FILE""#)).set();
    assert!(one_message_then_on(&s).contains("\"PHASE:shipped\""));
    s.approve(s.pull(1));
    s.until_phase(1, "done");
}

#[test]
fn binary_garbage_in_the_phase_file_is_answered_once() {
    let bad = r#"printf '\000\377\033[31m\376\r\033]0;x\007\n\001PHASE:awaiting_ci' > "$PHASE_FILE""#;
    one_message_then_on(&Stage::with().agent(&then_sorry(bad)).set());
}

#[test]
fn a_pipe_in_place_of_the_phase_file_holds_nobody_up() {
    let s = Stage::with().agent(&then_sorry(r#"mkfifo "$PHASE_FILE""#)).set();
    assert!(one_message_then_on(&s).contains("not a file"));
}

#[test]
fn a_folder_in_place_of_the_phase_file_is_answered_once() {
    let s = Stage::with().agent(&then_sorry(r#"mkdir -p "$PHASE_FILE/x""#)).set();
    assert!(one_message_then_on(&s).contains("not a file"));
}

#[test]
fn what_a_linked_phase_file_points_to_is_shown_to_nobody() {
    let secret = format!("linked-{}", std::process::id());
    let s = Stage::with().set();
    fs::write(s.path("secret"), format!("PHASE:escalate\nReason: {secret}\n")).unwrap();
    s.script("agent.sh", &then_sorry(&format!("ln -s {} \"$PHASE_FILE\"", s.path("secret").display())));
    assert!(one_message_then_on(&s).contains("not a file"));
    assert_eq!(found_below(&s.state(), &secret), None);
    assert!(fs::read_to_string(s.path("secret")).unwrap().contains(&secret), "the file itself is untouched");
}

#[test]
fn a_phase_file_of_ten_megabytes_is_answered_once_and_briefly() {
    let bad = r#"head -c 10485760 /dev/zero | tr '\0' x > "$PHASE_FILE""#;
    one_message_then_on(&Stage::with().agent(&then_sorry(bad)).set());
}

#[test]
fn an_empty_phase_file_is_one_that_is_being_written() {
    let s = Stage::with().set();
    s.script("agent.sh", &format!(": > \"$PHASE_FILE\"\n{}", patient(&s)));
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until("the file is there", |s| s.run_folder(n).join("session/phase").exists());
    for _ in 0..3 {
        s.poll().ends(0);
    }
    assert_eq!((s.phase(n).as_str(), s.messages(n).len()), ("working", 0));
    fs::write(s.path("go"), "").unwrap();
    s.until_phase(n, "awaiting_review");
    assert_eq!(s.messages(n).len(), 0);
}

#[test]
fn folders_in_place_of_the_other_session_files_are_empty_files_to_us() {
    let agent = r#"
rm -rf "$SUMMARY_FILE" "$SCRATCH_FILE"; mkdir -p "$SUMMARY_FILE/a" "$SCRATCH_FILE/b" "$(dirname "$PHASE_FILE")/hooks.jsonl"
echo work >> w.txt; git add -A; git commit -qm work; echo PHASE:awaiting_ci > "$PHASE_FILE"
"#;
    let s = Stage::with().agent(agent).set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    let pull = s.pull(n);
    s.forge("rob", &["pull", "reject", &pull.to_string(), "More."]);
    s.until("a second round", |s| s.count("verifying", n) == 2 && s.phase(n) == "awaiting_review");
    s.approve(pull);
    s.until_phase(n, "done");
}

#[test]
fn a_session_that_removes_its_folder_and_makes_it_anew_is_heard() {
    let agent = r#"
folder=$(dirname "$PHASE_FILE"); rm -rf "$folder"
echo work >> w.txt; git add -A; git commit -qm work
mkdir "$folder"; echo PHASE:awaiting_ci > "$PHASE_FILE"
"#;
    let s = Stage::with().agent(agent).set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
}

/// A record that cannot be read is named and left alone; the others go on; mended, it goes on too.
fn a_bad_record_is_named_and_left(problem: &str, damage: impl Fn(&str) -> String) {
    let s = Stage::new();
    let n = s.issue("First", "", &["backlog"]);
    until_settled(&s, n, "awaiting_review");
    let (pull, labels, file) = (s.pull(n), s.labels(n), s.run_folder(n).join("run.json"));
    let good = fs::read_to_string(&file).unwrap();
    let bad = damage(&good);
    fs::write(&file, &bad).unwrap();
    let other = s.issue("Second", "", &["backlog"]);
    s.poll().says(&format!("the run on #{n} cannot be read")).says("run.json").says(problem);
    s.until_phase(other, "awaiting_review");
    s.approve(s.pull(other));
    s.until_phase(other, "done");
    s.later(3600);
    s.poll().says(&format!("the run on #{n} cannot be read"));
    s.run("status", &["why", &n.to_string()]).ends(0).says("run.json").says(problem);
    s.run("status", &["show", &n.to_string()]).ends(1).says("run.json").says("hint: ");
    s.run("phase-handler", &[&n.to_string()]).ends(1).says(problem);
    assert_eq!(fs::read_to_string(&file).unwrap(), bad, "it is left as it is");
    assert_eq!((s.count("claimed", n), s.labels(n)), (1, labels), "nothing was started or changed on it");
    fs::write(&file, &good).unwrap();
    s.approve(pull);
    s.until_phase(n, "done");
}

#[test]
fn a_truncated_run_record_is_named_and_left_alone() {
    a_bad_record_is_named_and_left("no readable JSON", |good| good[..good.len() / 2].to_string());
}

#[test]
fn an_empty_run_record_is_named_and_left_alone() {
    a_bad_record_is_named_and_left("is empty", |_| String::new());
}

#[test]
fn a_newer_run_record_is_named_and_left_alone() {
    a_bad_record_is_named_and_left("format version 2 is newer", |good| {
        assert!(good.contains("\"version\": 1"));
        good.replacen("\"version\": 1", "\"version\": 2", 1)
    });
}

#[test]
fn fields_that_a_newer_drover_wrote_outlive_a_step() {
    let s = Stage::new();
    let n = s.issue("Add a thing", "", &["backlog"]);
    until_settled(&s, n, "awaiting_review");
    let file = s.run_folder(n).join("run.json");
    let mut record = s.record(n);
    record["from_the_future"] = serde_json::json!({"depth": [1, 2, {"x": "y"}]});
    fs::write(&file, record.to_string()).unwrap();
    s.approve(s.pull(n));
    until_settled(&s, n, "done");
    assert_eq!(s.record(n)["from_the_future"]["depth"][2]["x"], "y");
}

#[test]
fn a_typo_in_one_project_stops_that_project_only() {
    let s = Stage::new();
    let n = s.issue("Add a thing", "", &["backlog"]);
    let good = fs::read_to_string(s.toml_file()).unwrap();
    let file = s.root().join("projects/astray.toml");
    let text = good.replace("\"proj\"", "\"astray\"").replace("primary_branch", "primary_brnch");
    fs::write(&file, &text).unwrap();
    let said = s.poll().ends(2).says("astray.toml").says("primary_brnch").says("hint: ");
    assert!(said.err.contains("primary_branch"), "the nearest key is the hint: {}", said.err);
    s.until_phase(n, "awaiting_review");
    assert!(!s.state().join("astray/runs").exists());
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    fs::remove_file(&file).unwrap();
    s.poll().ends(0);
}

#[test]
fn a_value_of_the_wrong_type_names_key_and_type() {
    let s = Stage::new();
    let good = fs::read_to_string(s.toml_file()).unwrap();
    fs::write(s.toml_file(), good.replace("sessions = 4", "sessions = \"many\"")).unwrap();
    s.poll().ends(2).says("proj.toml").says("limits.sessions").says("number");
    fs::write(s.toml_file(), &good[..good.len() / 2]).unwrap();
    s.poll().ends(2).says("proj.toml").says("hint: ");
    fs::write(s.toml_file(), good).unwrap();
    s.poll().ends(0);
}

/// Runs a binary with something on its stdin.
fn run_with_input(s: &Stage, name: &str, args: &[&str], input: &str) -> Said {
    let mut child = s
        .command(name, args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    Said {
        code: done.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&done.stdout).into_owned(),
        err: String::from_utf8_lossy(&done.stderr).into_owned(),
    }
}

#[test]
fn a_megabyte_of_body_with_terminal_escapes_works_end_to_end_and_reaches_no_terminal() {
    let s = Stage::new();
    let title = "Add \u{1b}[31mred\u{1b}[0m \u{1b}]0;owned\u{7}things";
    let body = "\u{1b}[2J\u{1b}]52;c;ZWNobw==\u{7} words \u{9b}31m and more of them\n".repeat(16_000);
    assert!(body.len() > 600_000);
    let args = ["--as", "maria", "issue", "new", title, "--label", "backlog", "--body", "-"];
    let n: u64 = run_with_input(&s, "forge", &args, &body).ends(0).out.trim().parse().unwrap();
    s.until_phase(n, "awaiting_review");
    let (issue, pull) = (n.to_string(), s.pull(n).to_string());
    let calls: [(&str, &[&str]); 10] = [
        ("forge", &["issue", "show", &issue]),
        ("forge", &["issue", "list"]),
        ("forge", &["pull", "show", &pull]),
        ("forge", &["pull", "list"]),
        ("status", &["ps"]),
        ("status", &["show", &issue]),
        ("status", &["why"]),
        ("status", &["queue"]),
        ("status", &["events"]),
        ("status", &["show", &issue, "--json"]),
    ];
    for (name, args) in calls {
        let said = s.run(name, args).ends(0);
        let text = format!("{}{}", said.out, said.err);
        assert!(!text.contains(['\u{1b}', '\u{9b}', '\u{7}']), "{name} {args:?} prints a terminal's escapes");
    }
    s.run("forge", &["issue", "show", &issue]).says("and more of them");
    s.approve(s.pull(n));
    s.until_phase(n, "done");
    assert!(git(&s.repo(), &["log", "--format=%B"]).find('\u{1b}').is_none());
}

#[test]
fn labels_may_hold_quotes_spaces_and_emoji_and_names_a_dot() {
    let queue = "we\"ird 'queue' 🚀";
    let s = Stage::with().name("odd.name").toml("[labels]\nqueue = \"we\\\"ird 'queue' 🚀\"\n").set();
    let n = s.issue("Add a thing", "", &[queue, "to \"do\"", "área 🐛"]);
    let plain = s.issue("Not this", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    assert_eq!(s.labels(n), ["in-progress", "to \"do\"", "área 🐛"]);
    assert_eq!(s.phase(plain), "", "the usual label means nothing here");
    s.run("status", &["why", &plain.to_string()]).says(queue);
    s.approve(s.pull(n));
    s.until_phase(n, "done");
    assert_eq!(s.labels(n), ["to \"do\"", "área 🐛"]);
}

#[test]
fn a_published_branch_that_vanishes_is_published_anew() {
    let s = Stage::new();
    let n = s.issue("Add a thing", "", &["backlog"]);
    until_settled(&s, n, "awaiting_review");
    let (bare, pull) = (s.project().join("repo.git"), s.pull(n));
    let name = format!("refs/heads/fix/issue-{n}");
    let head = s.head(&bare, &name);
    git(&bare, &["update-ref", "-d", &name]);
    s.until("the branch is back", |_| git(&bare, &["for-each-ref", "--format=%(objectname)", &name]) == head);
    s.until("it waits for review", |s| s.phase(n) == "awaiting_review" && s.pull(n) == pull);
    s.approve(pull);
    s.until_phase(n, "done");
}

#[test]
fn a_persons_pull_whose_branch_is_gone_says_so() {
    let s = Stage::with().toml("[landing]\nscope = \"all\"").set();
    git(&s.repo(), &["branch", "topic"]);
    let pull = s.forge("bob", &["pull", "new", "topic", "--title", "Topic"]).out.trim().to_string();
    git(&s.project().join("repo.git"), &["update-ref", "-d", "refs/heads/topic"]);
    s.run("status", &["why", &pull]).ends(0).says("no_head");
    s.run("forge", &["--as", "rob", "pull", "approve", &pull]).ends(1).says("topic").says("hint: ");
}

/// A tick on a bad repo_root names it and says what to do; with a good one the same project goes on.
fn a_bad_repo_root_is_named(part: &str, hint: &str, spoil: impl Fn(&Stage) -> String) {
    let s = Stage::new();
    let good = fs::read_to_string(s.toml_file()).unwrap();
    let n = s.issue("Add a thing", "", &["backlog"]);
    fs::write(s.toml_file(), spoil(&s)).unwrap();
    for _ in 0..2 {
        let said = s.poll().ends(1).says("proj.toml").says(part).says("hint: ");
        assert!(said.err.contains(hint), "{}", said.err);
    }
    assert_eq!(s.phase(n), "", "nothing is claimed that could not be worked on");
    assert_eq!(s.labels(n), ["backlog"]);
    s.run("preflight", &["env"]).ends(4).says(part);
    fs::write(s.toml_file(), good).unwrap();
    s.until_phase(n, "awaiting_review");
}

fn with_root(s: &Stage, folder: &str) -> String {
    let text = fs::read_to_string(s.toml_file()).unwrap();
    text.replace(
        &format!("repo_root = \"{}\"", s.repo().display()),
        &format!("repo_root = \"{}\"", s.path(folder).display()),
    )
}

#[test]
fn a_repo_root_that_is_no_repository_is_named() {
    a_bad_repo_root_is_named("is no git repository", "repo_root", |s| {
        fs::create_dir(s.path("plain")).unwrap();
        with_root(s, "plain")
    });
}

#[test]
fn a_repo_root_that_does_not_exist_is_named() {
    a_bad_repo_root_is_named("nowhere does not exist", "repo_root", |s| with_root(s, "nowhere"));
}

#[test]
fn a_branch_that_does_not_exist_is_named() {
    a_bad_repo_root_is_named("trunk", "primary_branch", |s| {
        fs::read_to_string(s.toml_file()).unwrap().replace("\"main\"", "\"trunk\"")
    });
}

#[test]
fn a_repository_without_commits_is_named() {
    a_bad_repo_root_is_named("at least one commit", "primary_branch", |s| {
        fs::create_dir(s.path("fresh")).unwrap();
        git(&s.path("fresh"), &["init", "-q", "-b", "main"]);
        with_root(s, "fresh")
    });
}

/// Runs `poll` where all programs of /usr/bin are there but tmux. None if this machine does not let us.
fn poll_without_tmux(s: &Stage) -> Option<Said> {
    let (here, farm) = (s.path("usr-bin"), s.path("farm"));
    fs::create_dir_all(&here).unwrap();
    fs::create_dir_all(&farm).unwrap();
    let script = format!(
        "mount --bind /usr/bin {here} && ln -sf {here}/* {farm}/ && rm {farm}/tmux && mount --bind {farm} /usr/bin \
         && exec \"$@\"",
        here = here.display(),
        farm = farm.display()
    );
    let elsewhere = ["/usr/local/bin/tmux", "/bin/tmux"].map(Path::new);
    let merged = fs::canonicalize("/bin").is_ok_and(|p| p == Path::new("/usr/bin"));
    if elsewhere[0].exists() || (elsewhere[1].exists() && !merged) {
        return None;
    }
    let inner = s.command("poll", &[]);
    let done = Command::new("unshare")
        .args(["-m", "--", "sh", "-c", &script, "sh"])
        .arg(inner.get_program())
        .args(inner.get_args())
        .env("DROVER_NOW_FILE", s.path("clock"))
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let err = String::from_utf8_lossy(&done.stderr).into_owned();
    if err.contains("unshare") || err.contains("mount:") {
        return None;
    }
    Some(Said {
        code: done.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&done.stdout).into_owned(),
        err,
    })
}

#[test]
fn without_tmux_the_tick_says_so_and_with_it_the_work_begins() {
    let s = Stage::new();
    let n = s.issue("Add a thing", "", &["backlog"]);
    for _ in 0..2 {
        let Some(said) = poll_without_tmux(&s) else {
            println!("skipped: no private mounts on this machine");
            return;
        };
        said.ends(1).says("tmux").says("install");
    }
    assert_ne!(s.phase(n), "blocked");
    s.until_phase(n, "awaiting_review");
    assert_eq!(s.count("claimed", n), 1);
}

#[test]
fn a_session_whose_socket_was_removed_is_not_dead_and_is_found_again() {
    let s = Stage::with().set();
    s.script("agent.sh", &patient(&s));
    let n = s.issue("Add a thing", "", &["backlog"]);
    until_settled(&s, n, "working");
    fs::remove_file(s.socket()).unwrap();
    for _ in 0..2 {
        s.poll().ends(0);
    }
    assert_eq!((s.phase(n).as_str(), &s.record(n)["spawns"]), ("working", &serde_json::json!(1)));
    assert!(s.socket().exists(), "the server opened its socket again");
    s.tmux(&["has-session", "-t", "=dev-proj-1"]).ends(0);
    fs::write(s.path("go"), "").unwrap();
    s.until_phase(n, "awaiting_review");
    assert_eq!((s.count("died", n), &s.record(n)["spawns"]), (0, &serde_json::json!(1)));
}

/// A small file system in place of a stage's state, as long as this lives.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(s: &Stage) -> Option<SmallDisk> {
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=12m,mode=0700", "none"])
            .arg(s.state())
            .output()
            .ok()?;
        if !done.status.success() {
            return None;
        }
        fs::write(s.state().join(".drover"), "").unwrap();
        fs::write(s.state().join(".dev-active"), "").unwrap();
        Some(SmallDisk(s.state()))
    }

    fn fill(&self) {
        let mut file = fs::File::create(self.0.join("ballast")).unwrap();
        // Ever smaller pieces: not a byte is left.
        for size in [1 << 20, 4096, 1] {
            let piece = vec![b'x'; size];
            while file.write_all(&piece).is_ok() {}
        }
    }

    fn free(&self) {
        fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.0).output());
    }
}

/// All our files below a folder but logs, locks and the ballast: path and content.
fn records(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|e| e.unwrap()) {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && !["repo.git", "checkouts", "logs", "locks"].contains(&name.as_str()) {
            all.extend(records(&path));
        } else if name.ends_with(".json") {
            all.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
    all.sort();
    all
}

#[test]
fn a_full_disk_is_named_truncates_nothing_and_freed_the_run_lands() {
    let s = Stage::new();
    let Some(disk) = SmallDisk::mount(&s) else {
        println!("skipped: a tmpfs can be mounted by root only");
        return;
    };
    let n = s.issue("Add a thing", "", &["backlog"]);
    until_settled(&s, n, "awaiting_review");
    let pull = s.pull(n);
    let idle = |s: &Stage| s.json(&s.run_folder(n).join("host.json"))["agent"]["state"] == "between";
    s.wait("the session is at rest", idle);
    let before = records(&s.project());
    disk.fill();
    for _ in 0..2 {
        s.poll().ends(1).says("No space left").says("hint: make room");
    }
    let approve = ["--as", "rob", "pull", "approve", &pull.to_string()];
    s.run("forge", &approve).ends(1).says("No space left");
    s.run("status", &["ps"]).ends(0).says("awaiting_review");
    assert_eq!(records(&s.project()), before, "every record is as it was");
    disk.free();
    s.poll().ends(0);
    s.approve(pull);
    s.until_phase(n, "done");
    assert!(s.repo().join(format!("work-{n}.txt")).exists());
}

#[test]
fn a_disk_that_fills_while_the_session_works_costs_no_work() {
    let s = Stage::new();
    let Some(disk) = SmallDisk::mount(&s) else {
        println!("skipped: a tmpfs can be mounted by root only");
        return;
    };
    s.script("agent.sh", &patient(&s));
    let n = s.issue("Add a thing", "", &["backlog"]);
    until_settled(&s, n, "working");
    disk.fill();
    fs::write(s.path("go"), "").unwrap();
    for _ in 0..3 {
        s.poll().ends(1).says("No space left");
    }
    assert_eq!(s.phase(n), "working");
    disk.free();
    s.until_phase(n, "awaiting_review");
    s.approve(s.pull(n));
    s.until_phase(n, "done");
}
