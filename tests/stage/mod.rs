//! The test environment: a throw-away root with a project, a real git repository, real tmux, a scripted agent, a
//! clock that stands still until it is told to move on, and bounded waits on conditions. Everything is started
//! from the test and ended with it.

pub mod laws;
#[allow(dead_code)]
pub mod person;
pub mod screen;

use drover::process::tree::{self, Proc};
use drover::session::tmux::OURS;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longest that a condition is waited for: far more than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// A well-behaved agent in *turns* style: one commit for each message, then a request.
pub const GOOD_AGENT: &str = r#"
n=$(git rev-list --count HEAD)
echo "work $n on $ISSUE" >> "work-$ISSUE.txt"
git add -A && git commit -qm "work $n (#$ISSUE)"
echo "did it" > "$SUMMARY_FILE"
echo "PHASE:awaiting_ci" > "$PHASE_FILE"
"#;

/// What a binary said and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    /// Panics unless it ended with this code.
    #[track_caller]
    pub fn ends(self, code: i32) -> Said {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.out, self.err);
        self
    }

    /// Panics unless this stands in what it printed, on either stream.
    #[track_caller]
    pub fn says(self, part: &str) -> Said {
        assert!(
            self.out.contains(part) || self.err.contains(part),
            "no '{part}' in\nstdout: {}\nstderr: {}",
            self.out,
            self.err
        );
        self
    }
}

/// A stage to be set.
pub struct Builder {
    agent: String,
    style: &'static str,
    verify: Option<&'static str>,
    sessions: u32,
    pipeline: &'static str,
    extra: String,
    name: String,
    forge: String,
    /// The agent's name in the configuration, and its program if that is not the script.
    known: (&'static str, Option<PathBuf>),
    /// What a played agent does with each text.
    turn: Option<String>,
}

/// A stage: one project in one root.
pub struct Stage {
    pub dir: TempDir,
    pub name: String,
    /// More environment for every binary that is run.
    pub vars: Vec<(String, String)>,
    /// What has to live as long as the stage: a server.
    pub keep: Option<Box<dyn std::any::Any + Send>>,
    /// How long [`Stage::until`] rests after a tick that did not bring what it waits for.
    pub rest: Duration,
}

impl Stage {
    /// A project whose agent does what it should, in *turns* style, with checks that pass.
    pub fn new() -> Stage {
        Stage::with().set()
    }

    /// The same, to be changed first.
    pub fn with() -> Builder {
        Builder {
            agent: GOOD_AGENT.into(),
            style: "turns",
            verify: Some("sh check.sh"),
            sessions: 4,
            pipeline: "overlap",
            extra: String::new(),
            name: "proj".into(),
            forge: "forge = \"local\"".into(),
            known: ("command", None),
            turn: None,
        }
    }
}

impl Builder {
    /// The agent's script (sh), run in the session's folder with the documented environment.
    pub fn agent(mut self, script: &str) -> Builder {
        self.agent = script.into();
        self
    }

    /// An agent that drover knows by name: its program, or the script in its place.
    pub fn known_agent(mut self, name: &'static str, program: Option<PathBuf>) -> Builder {
        self.known = (name, program);
        self
    }

    /// A Claude Code in its own interface, played by `screen`: for each text that it takes in it runs this script (sh), the
    /// text on its stdin.
    pub fn screen(self, turn: &str) -> Builder {
        self.screen_of("claude", turn)
    }

    /// The same of another agent.
    pub fn screen_of(mut self, agent: &'static str, turn: &str) -> Builder {
        self.agent = screen::launcher();
        self.turn = Some(turn.into());
        self.known_agent(agent, None).style("interactive")
    }

    /// `turns` or `interactive`.
    pub fn style(mut self, style: &'static str) -> Builder {
        self.style = style;
        self
    }

    /// The `[verify] test` command; none: no checks at all.
    pub fn verify(mut self, command: Option<&'static str>) -> Builder {
        self.verify = command;
        self
    }

    /// How many sessions may be at work.
    pub fn sessions(mut self, sessions: u32) -> Builder {
        self.sessions = sessions;
        self
    }

    /// `drain` or `overlap`.
    pub fn pipeline(mut self, pipeline: &'static str) -> Builder {
        self.pipeline = pipeline;
        self
    }

    /// More lines for the end of the project's TOML.
    pub fn toml(mut self, text: &str) -> Builder {
        self.extra.push_str(text);
        self.extra.push('\n');
        self
    }

    /// The keys that say where the project lives.
    pub fn forge(mut self, text: &str) -> Builder {
        self.forge = text.into();
        self
    }

    /// The project's name.
    pub fn name(mut self, name: &str) -> Builder {
        self.name = name.into();
        self
    }

    /// Sets the stage.
    pub fn set(self) -> Stage {
        let stage = Stage {
            dir: tempfile::tempdir().unwrap(),
            name: self.name.clone(),
            vars: vec![],
            keep: None,
            rest: Duration::ZERO,
        };
        fs::create_dir_all(stage.root().join("projects")).unwrap();
        fs::create_dir_all(stage.root().join("state")).unwrap();
        fs::write(stage.root().join("state/.drover"), "").unwrap();
        fs::write(stage.root().join("state/.dev-active"), "").unwrap();
        stage.set_clock(now());
        // Asked for its version each that drover knows tells that and does nothing else.
        let version =
            if self.known.0 == "command" { "" } else { "[ \"$1\" = --version ] && echo 1.0 && exit\n" };
        stage.script("agent.sh", &format!("{version}{}", self.agent));
        if let Some(turn) = &self.turn {
            stage.script("turn.sh", turn);
        }
        make_repo(&stage.repo());
        fs::write(stage.toml_file(), self.toml_text(&stage)).unwrap();
        stage
    }

    fn toml_text(&self, stage: &Stage) -> String {
        let verify = self.verify.map_or(String::new(), |v| format!("[verify]\ntest = \"{v}\"\n"));
        let (name, program) = (self.known.0, self.known.1.clone().unwrap_or_else(|| stage.path("agent.sh")));
        format!(
            "name = \"{}\"\n{}\nrepo_root = \"{}\"\nprimary_branch = \"main\"\nworktree_root = \"{}\"\npipeline = \"{}\"\n\
             [agent]\nname = \"{name}\"\nstyle = \"{}\"\ncommand = [\"{}\"]\n[limits]\nsessions = {}\nmemory_mb = 0\ndisk_mb = 0\n\
             [people]\nmaintainers = [\"maria\"]\nreviewers = [\"rob\"]\n{verify}{}{}",
            self.name,
            self.forge,
            stage.repo().display(),
            stage.worktrees().display(),
            self.pipeline,
            self.style,
            program.display(),
            self.sessions,
            self.extra,
            self.turn_env(stage),
        )
    }

    /// Where the played agent finds its script; its settings go to a HOME of its own.
    fn turn_env(&self, stage: &Stage) -> String {
        let file = |name: &str| stage.path(name).display().to_string();
        let env = || format!("[agent.env]\nTURN = \"{}\"\nHOME = \"{}\"\n", file("turn.sh"), file("home"));
        self.turn.as_ref().map(|_| env()).unwrap_or_default()
    }
}

/// The wall clock, in seconds.
fn now() -> i64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64
}

/// A repository with one commit, a passing check and an identity of its own.
pub fn make_repo(repo: &Path) {
    fs::create_dir_all(repo).unwrap();
    git(repo, &["init", "-q", "-b", "main"]);
    git(repo, &["config", "user.name", "maria"]);
    git(repo, &["config", "user.email", "maria@example.org"]);
    fs::write(
        repo.join("check.sh"),
        "if grep -rn BROKEN --include='*.txt' .; then echo 'error: BROKEN found'; exit 1; fi\n",
    )
    .unwrap();
    fs::write(repo.join("README.md"), "hello\n").unwrap();
    fs::write(repo.join("shared.txt"), "shared = nobody\n").unwrap();
    git(repo, &["add", "-A"]);
    git(repo, &["commit", "-q", "-m", "begin"]);
}

/// Runs git in a folder; its output, trimmed.
#[track_caller]
pub fn git(folder: &Path, args: &[&str]) -> String {
    let done = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["-c", "core.hooksPath=/dev/null"])
        .args(args)
        .output()
        .unwrap();
    assert!(done.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim().to_string()
}

/// Where the binaries under test lie, if not where they were built.
pub const BINARIES: &str = "DROVER_BINARIES";

/// A binary under test.
pub fn bin(name: &str) -> PathBuf {
    match std::env::var_os(BINARIES) {
        Some(folder) => Path::new(&folder).join(name),
        None => Path::new(env!("CARGO_BIN_EXE_drover")).with_file_name(name),
    }
}

impl Stage {
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn root(&self) -> PathBuf {
        self.path("root")
    }

    pub fn state(&self) -> PathBuf {
        self.root().join("state")
    }

    /// This project's state.
    pub fn project(&self) -> PathBuf {
        self.state().join(&self.name)
    }

    pub fn repo(&self) -> PathBuf {
        self.path("repo")
    }

    pub fn worktrees(&self) -> PathBuf {
        self.path("worktrees")
    }

    pub fn worktree(&self, issue: u64) -> PathBuf {
        self.worktrees().join(issue.to_string())
    }

    pub fn toml_file(&self) -> PathBuf {
        self.root().join(format!("projects/{}.toml", self.name))
    }

    /// A run's folder.
    pub fn run_folder(&self, issue: u64) -> PathBuf {
        self.project().join(format!("runs/{issue}"))
    }

    /// Writes an executable sh script.
    pub fn script(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::write(&path, format!("#!/bin/sh\n{text}")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn set_clock(&self, at: i64) {
        let text = drover::domain::time::Timestamp(at).to_string();
        let new = self.path("clock.new");
        fs::write(&new, text).unwrap();
        fs::rename(new, self.path("clock")).unwrap();
    }

    /// Moves the clock on by so many seconds.
    pub fn later(&self, seconds: i64) {
        let text = fs::read_to_string(self.path("clock")).unwrap();
        let at: drover::domain::time::Timestamp = text.parse().unwrap();
        self.set_clock(at.0 + seconds);
    }

    /// Lets awake time pass, tick by tick: a tick counts an hour at most.
    pub fn pass(&self, seconds: i64) {
        let mut left = seconds;
        while left > 0 {
            self.later(left.min(3600));
            self.poll();
            left -= 3600;
        }
    }

    /// A call of a binary, not yet started.
    pub fn command(&self, name: &str, args: &[&str]) -> Command {
        let mut command = Command::new(bin(name));
        command.args(args).arg("--root").arg(self.root());
        command.env_remove("PROJECT_NAME").env_remove("FACTORY_ROOT").env_remove("PROJECT_TOML");
        command.env("DROVER_NOW_FILE", self.path("clock")).stdin(Stdio::null());
        command.envs(self.vars.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a binary to its end.
    pub fn run(&self, name: &str, args: &[&str]) -> Said {
        let done = self.command(name, args).output().unwrap();
        Said {
            code: done.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&done.stdout).into_owned(),
            err: String::from_utf8_lossy(&done.stderr).into_owned(),
        }
    }

    /// Starts a binary and leaves it running.
    pub fn spawn(&self, name: &str, args: &[&str]) -> Child {
        self.command(name, args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// One tick.
    pub fn poll(&self) -> Said {
        self.run("poll", &[])
    }

    /// Files an issue as maria; its number.
    pub fn issue(&self, title: &str, body: &str, labels: &[&str]) -> u64 {
        self.issue_as("maria", title, body, labels)
    }

    /// Files an issue as somebody; its number.
    pub fn issue_as(&self, who: &str, title: &str, body: &str, labels: &[&str]) -> u64 {
        let mut args = vec!["--as", who, "issue", "new", title, "--body", body];
        labels.iter().for_each(|l| args.extend(["--label", l]));
        self.run("forge", &args).ends(0).out.trim().parse().unwrap()
    }

    /// Does something with `forge` as somebody.
    #[track_caller]
    pub fn forge(&self, who: &str, args: &[&str]) -> Said {
        let mut all = vec!["--as", who];
        all.extend(args);
        self.run("forge", &all).ends(0)
    }

    /// Approves a pull as rob.
    #[track_caller]
    pub fn approve(&self, pull: u64) {
        self.forge("rob", &["pull", "approve", &pull.to_string()]);
    }

    /// A file as JSON; null if it is not there.
    pub fn json(&self, path: &Path) -> Value {
        fs::read(path).ok().and_then(|b| serde_json::from_slice(&b).ok()).unwrap_or(Value::Null)
    }

    /// A run's record.
    pub fn record(&self, issue: u64) -> Value {
        self.json(&self.run_folder(issue).join("run.json"))
    }

    /// The phase of a run; empty if there is none.
    pub fn phase(&self, issue: u64) -> String {
        self.record(issue)["phase"].as_str().unwrap_or_default().to_string()
    }

    /// A local forge's issue.
    pub fn issue_record(&self, issue: u64) -> Value {
        self.json(&self.project().join(format!("forge/issues/{issue}.json")))
    }

    /// The labels of an issue, sorted.
    pub fn labels(&self, issue: u64) -> Vec<String> {
        let record = self.issue_record(issue);
        let mut labels: Vec<String> = record["labels"]
            .as_array()
            .unwrap()
            .iter()
            .map(|l| l["name"].as_str().unwrap().to_string())
            .collect();
        labels.sort();
        labels
    }

    /// The comments on an issue.
    pub fn comments(&self, issue: u64) -> Vec<String> {
        let record = self.issue_record(issue);
        record["comments"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["body"].as_str().unwrap().to_string())
            .collect()
    }

    /// The number of a run's pull.
    #[track_caller]
    pub fn pull(&self, issue: u64) -> u64 {
        self.record(issue)["pull"].as_u64().expect("the run has a pull")
    }

    /// The messages of a run, oldest first.
    pub fn messages(&self, issue: u64) -> Vec<Value> {
        let Ok(entries) = fs::read_dir(self.run_folder(issue).join("messages")) else { return vec![] };
        let mut paths: Vec<PathBuf> = entries
            .map(|e| e.unwrap().path())
            .filter(|p| p.extension().is_some_and(|e| e == "json"))
            .collect();
        paths.sort();
        paths.iter().map(|p| self.json(p)).collect()
    }

    /// All events: kind and issue.
    pub fn events(&self) -> Vec<(String, u64)> {
        let text = self.run("status", &["events", "--json"]).ends(0).out;
        let event = |l: &str| {
            let v: Value = serde_json::from_str(l).unwrap();
            (v["kind"].as_str().unwrap().to_string(), v["issue"].as_u64().unwrap_or(0))
        };
        text.lines().map(event).collect()
    }

    /// How often something happened to an issue.
    pub fn count(&self, kind: &str, issue: u64) -> usize {
        self.events().iter().filter(|(k, i)| k == kind && *i == issue).count()
    }

    /// Ticks until a condition holds.
    #[track_caller]
    pub fn until(&self, what: &str, holds: impl Fn(&Stage) -> bool) {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if holds(self) {
                return;
            }
            self.poll();
            std::thread::park_timeout(self.rest);
        }
        panic!("never came true: {what}\n{}", self.picture());
    }

    /// Waits until a condition holds, without ticks.
    #[track_caller]
    pub fn wait(&self, what: &str, holds: impl Fn(&Stage) -> bool) {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if holds(self) {
                return;
            }
            std::thread::yield_now();
            std::thread::park_timeout(Duration::from_millis(20));
        }
        panic!("never came true: {what}\n{}", self.picture());
    }

    /// Waits until all that ticks and sessions started on the side, such as checks, has ended. Sessions stay.
    #[track_caller]
    pub fn rests(&self) {
        let clock = self.path("clock").display().to_string();
        let aside = || tree::marked("DROVER_NOW_FILE", &clock).iter().any(|p| p.name != "agent");
        self.wait("all on the side has ended", |_| !aside());
    }

    /// Runs a binary and kills it after so long, if it is still there; whether it was killed.
    pub fn run_for(&self, most: Option<Duration>, name: &str, args: &[&str]) -> bool {
        let Some(most) = most else {
            self.run(name, args);
            return false;
        };
        let mut child = self.command(name, args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let end = Instant::now() + most;
        while Instant::now() < end {
            if child.try_wait().unwrap().is_some() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let _ = child.kill();
        child.wait().unwrap();
        true
    }

    /// Ticks until a run is in a phase.
    #[track_caller]
    pub fn until_phase(&self, issue: u64, phase: &str) {
        self.until(&format!("#{issue} is {phase}"), |s| s.phase(issue) == phase);
    }

    /// Everything about the stage, for the panic of a test that fails.
    pub fn picture(&self) -> String {
        let status = self.run("status", &["ps", "--all"]);
        let events = self.run("status", &["events"]).out;
        let why = self.run("status", &["why"]).out;
        let mut logs = String::new();
        for entry in fs::read_dir(self.project().join("logs")).into_iter().flatten().flatten() {
            logs.push_str(&format!(
                "-- {}\n{}",
                entry.path().display(),
                fs::read_to_string(entry.path()).unwrap_or_default()
            ));
        }
        format!("{}{}\n{events}\n{why}\n{logs}{}", status.out, status.err, self.told_to_sessions())
    }

    /// What each session was told last and has noted, and how its messages stand.
    fn told_to_sessions(&self) -> String {
        let mut text = String::new();
        for run in fs::read_dir(self.project().join("runs")).into_iter().flatten().flatten() {
            let read = |file: &str| fs::read_to_string(run.path().join(file)).unwrap_or_default();
            text.push_str(&format!("-- {}\n", run.path().display()));
            text.push_str(&format!("notes: {:?}\n{}\n", read("session/scratch.md"), read("prompt.md")));
            text.push_str(&read("session/hooks.jsonl"));
            for message in fs::read_dir(run.path().join("messages")).into_iter().flatten().flatten() {
                text.push_str(&fs::read_to_string(message.path()).unwrap_or_default());
            }
        }
        text
    }

    /// The tmux socket of this stage.
    pub fn socket(&self) -> PathBuf {
        let usual = drover::session::tmux::Tmux::for_state(&self.state()).socket;
        match self.vars.iter().find(|(name, _)| name == "DROVER_LAB") {
            Some((_, lab)) => Path::new(lab).join("sockets").join(usual.file_name().unwrap()),
            None => usual,
        }
    }

    /// What runs below the host of a session, none of our own binaries that it has woken.
    pub fn agent_processes(&self, issue: u64) -> Vec<Proc> {
        let host = self.json(&self.run_folder(issue).join("host.json"))["pid"].as_u64();
        let below = |pid: u64| tree::descendants_but(pid as u32, |p| tree::carries(p.pid, OURS, "1"));
        host.map(below).unwrap_or_default()
    }

    /// Runs tmux on this stage's socket.
    pub fn tmux(&self, args: &[&str]) -> Said {
        let done = Command::new("tmux").arg("-S").arg(self.socket()).args(args).output().unwrap();
        Said {
            code: done.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&done.stdout).into_owned(),
            err: String::from_utf8_lossy(&done.stderr).into_owned(),
        }
    }

    /// The commit that a ref of a repository points to.
    pub fn head(&self, repo: &Path, name: &str) -> String {
        git(repo, &["rev-parse", name])
    }
}

/// Our binaries that work for a root, wherever they were started from.
fn workers(root: &Path) -> Vec<drover::process::tree::Proc> {
    let text = root.display().to_string();
    let pids =
        fs::read_dir("/proc").unwrap().flatten().filter_map(|e| e.file_name().to_str()?.parse::<u32>().ok());
    let works = |pid: &u32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let ours =
            drover::process::tree::program(*pid).is_some_and(|exe| exe.parent() == bin("poll").parent());
        ours && String::from_utf8_lossy(&line).contains(&text)
    };
    let proc = |pid| {
        let start_time = drover::process::tree::start_time(pid)?;
        Some(drover::process::tree::Proc { pid, start_time, name: "drover".into() })
    };
    pids.filter(works).filter_map(proc).collect()
}

impl Drop for Stage {
    fn drop(&mut self) {
        // Handlers first: one that is left would start again what is ended here.
        let root = self.root();
        drover::process::tree::end_all(|| workers(&root), Duration::from_millis(200));
        for issue in fs::read_dir(self.project().join("runs")).into_iter().flatten().flatten() {
            let mark = format!("{}/{}", self.project().display(), issue.file_name().to_string_lossy());
            let find = || drover::process::tree::marked(drover::session::tmux::MARK, &mark);
            drover::process::tree::end_all(find, Duration::from_millis(200));
        }
        self.tmux(&["kill-server"]);
        drop(fs::remove_file(self.socket()));
        if !std::thread::panicking() {
            let broken = laws::broken(self);
            assert!(broken.is_empty(), "{broken:?}");
        }
    }
}
