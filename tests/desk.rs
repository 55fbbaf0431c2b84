//! The first ten minutes: setting a project up, and working on one issue while one watches.

use crate::stage::{GOOD_AGENT, Stage, bin, git};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A home folder with a repository in it.
struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    fn new(files: &[(&str, &str)]) -> Home {
        let home = Home { dir: tempfile::tempdir().unwrap() };
        let repo = home.repo();
        fs::create_dir_all(&repo).unwrap();
        git(&repo, &["init", "-q", "-b", "trunk"]);
        git(&repo, &["config", "user.name", "maria"]);
        git(&repo, &["config", "user.email", "maria@example.org"]);
        for (name, text) in files {
            fs::create_dir_all(repo.join(name).parent().unwrap()).unwrap();
            fs::write(repo.join(name), text).unwrap();
        }
        git(&repo, &["add", "-A"]);
        git(&repo, &["commit", "-q", "--allow-empty", "-m", "begin"]);
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn repo(&self) -> PathBuf {
        self.path("notes")
    }

    fn toml(&self) -> PathBuf {
        self.path(".config/drover/projects/notes.toml")
    }

    /// `drover` in a folder, with nothing of our own environment but the PATH.
    fn command(&self, folder: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(bin("drover"));
        command.args(args).current_dir(folder).env_clear().stdin(Stdio::null());
        command.env("HOME", self.dir.path()).env("USER", "maria").env("PATH", std::env::var("PATH").unwrap());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(&self.repo(), args).output().unwrap()
    }

    /// A program in ~/.local/bin, where sessions find theirs.
    fn program(&self, name: &str, text: &str) {
        let file = self.path(".local/bin").join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, format!("#!/bin/sh\n{text}")).unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// All files below a folder, with their texts.
    fn files(&self, folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = vec![];
        let mut open = vec![self.path(folder)];
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(fs::read_dir(&path).unwrap().flatten().map(|e| e.path()));
            } else if let Ok(text) = fs::read(&path) {
                found.push((path, text));
            }
        }
        found.sort();
        found
    }
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn words(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_repository_is_set_up_without_a_question_and_once() {
    let home = Home::new(&[("Cargo.toml", "[package]\nname = \"notes\"\n")]);
    fs::create_dir(home.repo().join("src")).unwrap();
    // From a folder deep inside of it.
    let set_up = home.command(&home.repo().join("src"), &["init", "--yes"]).output().unwrap();
    assert_eq!(code(&set_up), 0, "{}", words(&set_up));
    let text = fs::read_to_string(home.toml()).unwrap();
    for line in [
        "name = \"notes\"",
        "forge = \"local\"",
        "primary_branch = \"trunk\"",
        "build = \"cargo build\"",
        "test = \"cargo test\"",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} in {text}");
    }
    assert!(words(&set_up).contains("* * * * * PATH="), "{}", words(&set_up));
    let before = home.files(".config");
    let again = home.run(&["init", "--yes"]);
    assert_eq!((code(&again), home.files(".config") == before), (0, true), "{}", words(&again));
    assert!(words(&again).contains("is set up already"), "{}", words(&again));
    // What it wrote is what every binary reads.
    assert_eq!(code(&home.run(&["ps"])), 0);
    assert!(words(&home.run(&["preflight", "env"])).contains("[verify] decides"));
}

#[test]
fn whatever_cannot_be_asked_is_named_with_its_flag_and_nothing_is_written() {
    let home = Home::new(&[]);
    let asked = home.run(&["init"]);
    assert_eq!(code(&asked), 2);
    assert!(
        words(&asked).contains("answer with --name; --yes takes what is proposed (notes)"),
        "{}",
        words(&asked)
    );
    for (args, said) in [
        (vec!["--name", "a b"], "no name of a project"),
        (vec!["--agent", "copilot"], "does not know the agent"),
        (vec!["--forge", "notes"], "no address of a repository"),
        (vec!["--forge", "https://github.com/maria/notes"], "does not work with GitHub"),
        (vec!["--branch", "release"], "has no branch \"release\""),
        (vec!["/"], "lies in no git repository"),
    ] {
        let refused = home.run(&[vec!["init", "--yes"], args].concat());
        assert_eq!(code(&refused), 2, "{}", words(&refused));
        assert!(words(&refused).contains(said), "{}", words(&refused));
    }
    assert!(!home.path(".config").exists() && !home.path(".local").exists());
}

#[test]
fn flags_answer_and_what_has_no_checks_says_so() {
    let home = Home::new(&[("package.json", r#"{"scripts": {"test": "node --test"}}"#)]);
    let forge = ["--forge", "https://code.test/maria/notes"];
    let flags = [
        "--name",
        "other",
        "--agent",
        "opencode",
        "--branch",
        "trunk",
        "--maintainer",
        "maria",
        "--reviewer",
        "rob",
    ];
    let set_up = home.run(&[&["init", "--yes"], &forge[..], &flags[..]].concat());
    assert_eq!(code(&set_up), 0, "{}", words(&set_up));
    let text = fs::read_to_string(home.path(".config/drover/projects/other.toml")).unwrap();
    for line in [
        "forge_url = \"https://code.test\"",
        "repo = \"maria/notes\"",
        "name = \"opencode\"",
        "test = \"npm run test\"",
        "maintainers = [\"maria\"]",
        "reviewers = [\"rob\"]",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} in {text}");
    }
    assert!(words(&set_up).contains("FORGE_TOKEN="), "{}", words(&set_up));
    let bare = Home::new(&[("README.md", "# Notes\n")]);
    // What makes no project is taken away again.
    let odd = bare.run(&["init", "--yes", "--forge", "https://code.test/a/b/c"]);
    assert!(code(&odd) == 2 && words(&odd).contains("repo"), "{}", words(&odd));
    assert!(!bare.toml().exists());
    assert_eq!(code(&bare.run(&["init", "--yes"])), 0);
    assert!(fs::read_to_string(bare.toml()).unwrap().contains("\nwithout_checks = true\n"));
}

#[test]
fn the_timer_of_systemd_is_written_once_and_no_other_is_overwritten() {
    let home = Home::new(&[("go.mod", "")]);
    let set_up = home.run(&["init", "--yes", "--on", "--schedule", "systemd"]);
    assert_eq!(code(&set_up), 0, "{}", words(&set_up));
    let unit = fs::read_to_string(home.path(".config/systemd/user/drover.service")).unwrap();
    assert!(unit.contains(&format!("/poll --root {}", home.path(".config/drover").display())), "{unit}");
    assert!(unit.contains("KillMode=process") && !unit.contains("/usr/local/bin/drover poll"), "{unit}");
    let unit = fs::read_to_string(home.path(".config/systemd/user/drover-watch.service")).unwrap();
    assert!(
        unit.contains(&format!("/drover watch-heartbeat --root {}", home.path(".config/drover").display()))
    );
    assert!(home.path(".config/systemd/user/drover.timer").exists());
    assert!(home.path(".local/state/drover/.dev-active").exists());
    let other = Home::new(&[("go.mod", "")]);
    fs::create_dir_all(other.path(".config/systemd/user")).unwrap();
    fs::write(other.path(".config/systemd/user/drover.service"), "mine").unwrap();
    assert_eq!(code(&other.run(&["init", "--yes", "--schedule", "systemd"])), 1);
    assert_eq!(fs::read_to_string(other.path(".config/systemd/user/drover.service")).unwrap(), "mine");
}

#[test]
fn the_line_is_put_into_the_crontab_below_what_is_there() {
    let home = Home::new(&[("go.mod", "")]);
    // crontab(1), as far as it is spoken to.
    let file = home.path("crontab");
    fs::write(&file, "0 4 * * * backup").unwrap();
    let text = format!(
        "if [ \"$1\" = -l ]; then cat {0}; else cat > {0}.new && mv {0}.new {0}; fi\n",
        file.display()
    );
    home.program("crontab", &text);
    let path = format!("{}:{}", home.path(".local/bin").display(), std::env::var("PATH").unwrap());
    let init = |args: &[&str]| home.command(&home.repo(), args).env("PATH", &path).output().unwrap();
    let set_up = init(&["init", "--yes", "--schedule", "crontab"]);
    assert_eq!(code(&set_up), 0, "{}", words(&set_up));
    let table = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(
        (lines.len(), lines[0], lines[1]),
        (5, "0 4 * * * backup", "# drover: a tick each minute"),
        "{table}"
    );
    assert!(lines[4].starts_with("*/5 ") && lines[4].contains(" watch-heartbeat --root "), "{table}");
    assert!(lines[2].starts_with("* * * * * PATH=") && lines[2].contains("/poll --root "), "{table}");
    // Neither twice, nor for a second project of the same root.
    for _ in 0..2 {
        assert_eq!(code(&init(&["init", "--yes", "--schedule", "crontab"])), 0);
        assert_eq!(fs::read_to_string(&file).unwrap(), table);
        drop(fs::remove_file(home.toml()));
    }
}

#[test]
fn at_a_terminal_it_asks_and_shows_before_it_writes() {
    let home = Home::new(&[("go.mod", "")]);
    let socket = home.path("tmux");
    let tmux = |args: &[&str]| {
        let done = Command::new("tmux").arg("-S").arg(&socket).args(args).output().unwrap();
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    let shell = format!(
        "cd {} && HOME={} XDG_CONFIG_HOME= XDG_STATE_HOME= FACTORY_ROOT= {} init; echo ended $?; sleep 60",
        home.repo().display(),
        home.dir.path().display(),
        bin("drover").display()
    );
    tmux(&[
        "-f",
        "/dev/null",
        "new-session",
        "-d",
        "-s",
        "init",
        "-x",
        "160",
        "-y",
        "50",
        &shell.replace("FACTORY_ROOT= ", ""),
    ]);
    let shows = |words: &str| {
        for _ in 0..600 {
            let pane = tmux(&["capture-pane", "-p", "-J", "-t", "init"]);
            if pane.contains(words) {
                return pane;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("{words} is not shown: {}", tmux(&["capture-pane", "-p", "-J", "-t", "init"]));
    };
    for (question, answer) in [
        ("Name of the project? [notes]", "diary"),
        ("Branch that pulls land on? [trunk]", ""),
        ("Forge (local, or the address of the repository)? [local]", ""),
        ("Agent (claude, codex, opencode)?", "codex"),
        ("Command that builds? [go build ./...]", ""),
        ("Command that lints?", "go vet ./..."),
        ("Command that tests? [go test ./...]", ""),
        ("How do ticks come (crontab, systemd, print)? [print]", ""),
        ("Switch new work on now (yes, no)? [no]", "yes"),
    ] {
        shows(question);
        tmux(&["send-keys", "-t", "init", "-l", answer]);
        tmux(&["send-keys", "-t", "init", "Enter"]);
    }
    shows("Write this? [yes]");
    let file = home.path(".config/drover/projects/diary.toml");
    assert!(!file.exists(), "nothing before that");
    tmux(&["send-keys", "-t", "init", "Enter"]);
    shows("ended 0");
    let text = fs::read_to_string(file).unwrap();
    tmux(&["kill-server"]);
    assert!(text.contains("lint = \"go vet ./...\"") && text.contains("name = \"codex\""), "{text}");
    assert!(home.path(".local/state/drover/.dev-active").exists(), "new work is on");
}

/// A Codex that commits something and asks for a review.
const CODEX: &str = r#"cat > /dev/null
echo '{"type":"thread.started","thread_id":"thread-1"}'
echo note > note.txt; git add -A; git commit -qm "add a note"
echo '{"type":"turn.completed","usage":{"input_tokens":1,"cached_input_tokens":0,"output_tokens":1}}'
echo PHASE:awaiting_ci > "$PHASE_FILE"
"#;

#[test]
fn from_nothing_to_a_landed_change_with_two_commands_and_an_approval() {
    let home = Home::new(&[("Makefile", "test:\n\ttest -e Makefile\n")]);
    home.program("codex", CODEX);
    assert_eq!(code(&home.run(&["init", "--yes", "--agent", "codex"])), 0);
    let ready =
        home.run(&["run", "--title", "Add a note", "--until", "review", "--set", "limits.memory_mb=0"]);
    assert_eq!(code(&ready), 0, "{}", words(&ready));
    let told = words(&ready);
    for words in
        ["issue #1 is filed", "New work is switched off", "claimed → working", "is ready: pull #2 is green"]
    {
        assert!(told.contains(words), "{words} in {told}");
    }
    assert_eq!(code(&home.run(&["forge", "pull", "approve", "2"])), 0);
    let landed = home.run(&["run", "1"]);
    assert_eq!(code(&landed), 0, "{}", words(&landed));
    assert!(words(&landed).contains("#1 has landed with pull #2"), "{}", words(&landed));
    assert!(home.repo().join("note.txt").exists(), "the folder has it");
}

/// An ordinary repository: its files, and what an agent does to it that its own checks notice if it is wrong.
type Ordinary = (&'static str, &'static [(&'static str, &'static str)], &'static str, &'static str);

const ORDINARY: &[Ordinary] = &[
    (
        "Rust",
        &[
            ("Cargo.toml", "[package]\nname = \"sums\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
            (".gitignore", "/target\n"),
            (
                "src/lib.rs",
                "pub fn sum(a: i32, b: i32) -> i32 { a + b }\n#[test]\nfn it_adds_up() { assert_eq!(sum(1, 2), 3); }\n",
            ),
        ],
        "sed -i 's/a + b/b + a/; s/b - a/b + a/' src/lib.rs; cargo generate-lockfile --offline",
        "sed -i 's/b + a/b - a/' src/lib.rs",
    ),
    (
        "Python",
        &[
            ("pyproject.toml", "[project]\nname = \"sums\"\nversion = \"0.1.0\"\n"),
            ("sums.py", "def sum(a, b):\n    return a + b\n"),
            ("tests/__init__.py", ""),
            (
                "tests/test_sums.py",
                "import unittest\nfrom sums import sum\n\nclass Sums(unittest.TestCase):\n    def test_it_adds_up(self):\n        self.assertEqual(sum(1, 2), 3)\n",
            ),
        ],
        "sed -i 's/a + b/b + a/; s/b - a/b + a/' sums.py",
        "sed -i 's/b + a/b - a/' sums.py",
    ),
    (
        "Node",
        &[
            (
                "package.json",
                "{\"name\": \"sums\", \"version\": \"0.1.0\", \"scripts\": {\"test\": \"node test.js\"}}\n",
            ),
            (
                "package-lock.json",
                "{\"name\": \"sums\", \"version\": \"0.1.0\", \"lockfileVersion\": 3, \"requires\": true, \"packages\": {\"\": {\"name\": \"sums\", \"version\": \"0.1.0\"}}}\n",
            ),
            ("sums.js", "exports.sum = (a, b) => a + b;\n"),
            (
                "test.js",
                "const { sum } = require('./sums.js');\nrequire('assert').strictEqual(sum(1, 2), 3);\n",
            ),
        ],
        "sed -i 's/a + b/b + a/; s/b - a/b + a/' sums.js",
        "sed -i 's/b + a/b - a/' sums.js",
    ),
];

/// Its first try is wrong, and its own checks say so; then it is right.
fn mending(right: &str, wrong: &str) -> String {
    let first = format!("if [ ! -s \"$SCRATCH_FILE\" ]; then echo tried > \"$SCRATCH_FILE\"; {wrong}; fi");
    CODEX.replace("echo note > note.txt", &format!("{right}; {first}"))
}

#[test]
fn an_ordinary_repository_needs_no_editing_of_files() {
    for (what, files, right, wrong) in ORDINARY {
        let home = Home::new(files);
        home.program("codex", &mending(right, wrong));
        let tools = |command: &mut Command| {
            // Where the user's toolchain is, which rustup looks for in their home.
            for (name, folder) in [("RUSTUP_HOME", ".rustup"), ("CARGO_HOME", ".cargo")] {
                let own = std::env::var_os("HOME").map(|home| Path::new(&home).join(folder));
                command.envs(std::env::var_os(name).map(Into::into).or(own).map(|folder| (name, folder)));
            }
            command.output().unwrap()
        };
        let drover = |args: &[&str]| tools(&mut home.command(&home.repo(), args));
        let set_up = drover(&["init", "--yes"]);
        assert_eq!(code(&set_up), 0, "{what}: {}", words(&set_up));
        let args = ["run", "--title", "Turn it around", "--until", "review", "--set", "limits.memory_mb=0"];
        let ready = drover(&args);
        assert_eq!(code(&ready), 0, "{what}: {}", words(&ready));
        assert!(
            words(&ready).contains("verifying → working"),
            "{what}: its own checks found it: {}",
            words(&ready)
        );
        assert_eq!(code(&drover(&["forge", "pull", "approve", "2"])), 0, "{what}");
        let landed = drover(&["run", "1"]);
        assert_eq!(code(&landed), 0, "{what}: {}", words(&landed));
        assert!(git(&home.repo(), &["grep", "b + a"]).contains("b + a"), "{what}");
    }
}

#[test]
fn who_watches_is_told_when_a_person_is_needed_and_the_answer_goes_on() {
    let asks = "if grep -q Blue \"$PROMPT_FILE\"; then\nGOOD\nelse printf 'PHASE:escalate\\nReason: which colour?\\n' > \"$PHASE_FILE\"; fi\n";
    let s = Stage::with().agent(&asks.replace("GOOD", GOOD_AGENT)).set();
    fs::remove_file(s.state().join(".dev-active")).unwrap();
    let asked = s.run("drover", &["run", "--title", "Paint it"]);
    assert_eq!(asked.code, 5, "{asked:?}");
    assert!(asked.err.contains("#1 needs you: which colour?"), "{asked:?}");
    assert!(asked.err.contains("drover say 1"), "{asked:?}");
    s.run("drover", &["say", "1", "Blue."]).ends(0);
    s.run("drover", &["run", "1", "--until", "review"]).ends(0);
    // Cron has nothing to start: no other issue was touched.
    let other = s.issue("Another", "", &["backlog"]);
    s.poll();
    assert!(s.record(other).is_null());
    s.run("drover", &["stop", "1"]).ends(0);
    assert_eq!(s.run("drover", &["run", "1"]).code, 5);
    s.run("drover", &["logs", "1"]).ends(0);
    s.run("drover", &["resume", "1"]).ends(0);
    s.approve(s.pull(1));
    s.run("drover", &["run", "1"]).ends(0);
    let closed = s.run("drover", &["run", "1"]);
    assert_eq!(closed.code, 3, "{closed:?}");
}

#[test]
fn detached_it_returns_the_number_at_once() {
    let s = Stage::with().set();
    let started = s.run("drover", &["run", "-d", "--title", "Add a note", "--description", "Please."]);
    assert_eq!((started.code, started.out.as_str()), (0, "1\n"), "{started:?}");
    assert_eq!(s.issue_record(1)["body"], "Please.");
    s.until_phase(1, "awaiting_review");
    let nothing = s.run("drover", &["run"]);
    assert_eq!(nothing.code, 2);
    assert!(nothing.err.contains("answer with --title"), "{nothing:?}");
    assert_eq!(s.run("drover", &["run", "--title", "  "]).code, 2);
}

#[test]
fn the_project_is_that_of_the_repository_one_stands_in() {
    let home = Home::new(&[("go.mod", "")]);
    assert_eq!(code(&home.run(&["init", "--yes"])), 0);
    let second = home.path("diary");
    git(home.dir.path(), &["clone", "-q", "notes", "diary"]);
    let init =
        home.command(&second, &["init", "--yes", "--forge", "local", "--name", "diary"]).output().unwrap();
    assert_eq!(code(&init), 0, "{}", words(&init));
    for (folder, name) in [(home.repo(), "notes"), (second.join(".git"), "diary")] {
        let shown = home.command(&folder, &["ps"]).output().unwrap();
        assert!(words(&shown).starts_with(&format!("{name}: no runs")), "{}", words(&shown));
    }
    let elsewhere = home.command(home.dir.path(), &["ps"]).output().unwrap();
    assert_eq!(code(&elsewhere), 2);
    assert!(words(&elsewhere).contains("--project with one of: diary, notes"), "{}", words(&elsewhere));
}

#[test]
fn ticks_that_stop_are_told_once_and_not_while_nobody_needs_them() {
    let s = Stage::with().set();
    let watch = |minutes: i64| {
        s.later(minutes * 60);
        s.run("drover", &["watch-heartbeat"])
    };
    assert_eq!(watch(0).ends(0).out, "", "there was no tick yet");
    s.poll();
    assert_eq!(watch(5).ends(0).out, "");
    s.poll();
    assert_eq!((watch(5).code, watch(5).code), (0, 0));
    let told = watch(5);
    assert_eq!(told.code, 5, "{told:?}");
    assert!(
        told.out.starts_with("proj: no tick since ") && told.out.contains("nothing new starts"),
        "{told:?}"
    );
    assert_eq!((watch(5).out.as_str(), watch(5).code), ("", 5), "once");
    // Asleep, and up again together with cron.
    s.poll();
    watch(1);
    assert_eq!((watch(600).code, watch(5).code), (0, 0));
    s.run("drover", &["off"]).ends(0);
    assert_eq!((watch(5).code, watch(5).code), (0, 0), "switched off, and nothing is at work");
    // Another standstill is another word, and what is at work needs ticks too.
    s.run("drover", &["on"]).ends(0);
    let n = s.issue("Add a note", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    s.run("drover", &["off"]).ends(0);
    assert_eq!((watch(1).code, watch(5).code), (0, 0));
    let told = watch(5);
    assert!(told.code == 5 && told.out.contains("1 run stands still"), "{told:?}");
}

#[test]
fn a_tick_that_hangs_is_told_with_who_it_is() {
    let s = Stage::with().set();
    s.poll();
    let file = s.project().join("heartbeat");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("\"ok\"", "\"looking\"")).unwrap();
    let told = |minutes: [i64; 3]| {
        let all = minutes.map(|m| {
            s.later(m * 60);
            s.run("drover", &["watch-heartbeat", "--after", "7"])
        });
        all.into_iter().next_back().unwrap()
    };
    let lock = drover::store::lock::FileLocks::of(&drover::store::Paths::new(&s.state(), "proj"));
    let held = drover::world::Locks::try_take(&lock, &drover::world::LockName::Tick).unwrap().unwrap();
    let said = told([1, 4, 4]);
    assert!(
        said.code == 5
            && said.out.contains("a tick hangs since")
            && said.out.contains(&std::process::id().to_string()),
        "{said:?}"
    );
    drop(held);
}
