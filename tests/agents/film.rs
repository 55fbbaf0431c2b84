//! Films of an agent at work: what can be seen of it from outside at many moments, and what it did then in truth, which the
//! one who plays its model and its user knows.

use crate::model::Fault;
use crate::programs::Program;
use crate::stories::{Scene, now_ms};
use drover::domain::ids::IssueNo;
use drover::process::tree::{Proc, signal};
use drover::store::lock::FileLocks;
use drover::world::{Held, LockName, Locks};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longer texts in what an agent writes down are cut.
const LONGEST: usize = 60;

/// So many lines of a screen are kept.
const LINES: usize = 20;

/// The shell of a turn: it takes its time, then a request, so that nobody tells the agent that it has forgotten one.
const STEP: &str = r#"
touch .git/tool; sleep "$(cat .git/slow 2>/dev/null || echo 0)"; rm -f .git/tool
printf 'PHASE:escalate\nReason: next\n' > "$PHASE_FILE"
"#;

/// One session of an agent, filmed.
pub struct Film<'a> {
    pub scene: &'a Scene,
    name: &'static str,
    issue: u64,
    moments: Vec<Value>,
    record: Option<PathBuf>,
    /// The screen at the last moment.
    before: Option<Value>,
    /// When its screen was last seen to change.
    changed: i64,
}

impl<'a> Film<'a> {
    /// A session is started; its model holds its first answer.
    pub fn begin(name: &'static str, scene: &'a Scene) -> Film<'a> {
        scene.s.script("step.sh", STEP);
        let issue = scene.s.issue("Add a thing", "Please.", &["backlog"]);
        let film = Film { scene, name, issue, moments: vec![], record: None, before: None, changed: 0 };
        scene.s.poll();
        film
    }

    fn target(&self) -> String {
        format!("={}:", self.scene.s.record(self.issue)["session"]["name"].as_str().unwrap_or_default())
    }

    /// Takes pictures so many milliseconds after it has come to be so.
    pub fn shoot(&mut self, truth: &str, at: &[u64]) {
        let began = now_ms();
        (self.before, self.changed) = (None, began);
        let mut shown = String::new();
        for wait in at {
            while now_ms() < began + *wait as i64 {
                self.watch(&mut shown);
                let left = began + *wait as i64 - now_ms();
                std::thread::sleep(Duration::from_millis(left.clamp(0, 500) as u64));
            }
            self.watch(&mut shown);
            let moment = self.picture(truth, began);
            self.moments.push(moment);
        }
    }

    /// Notes whether its screen has changed.
    fn watch(&mut self, shown: &mut String) {
        let pane = self.scene.s.tmux(&["capture-pane", "-p", "-t", &self.target()]).out;
        if pane != *shown {
            (*shown, self.changed) = (pane, now_ms());
        }
    }

    fn picture(&mut self, truth: &str, since: i64) -> Value {
        let s = &self.scene.s;
        let (hooks, host) = (lines(&self.hooks()), s.json(&s.run_folder(self.issue).join("host.json")));
        let told = hooks.iter().rev().find_map(|l| l["transcript"].as_str().map(PathBuf::from));
        self.record = told.or(self.record.take());
        let record = self.record.as_deref().map(lines).unwrap_or_default().len();
        let format = "#{window_activity} #{pane_dead} #{pane_in_mode}";
        let listed = s.tmux(&["display-message", "-p", "-t", &self.target(), format]).out;
        let seen: Vec<i64> = listed.split_whitespace().filter_map(|w| w.parse().ok()).collect();
        let now = now_ms();
        let pane = s.tmux(&["capture-pane", "-p", "-t", &self.target()]).out;
        let quiet = seen.first().map(|at| (now / 1000 - at).max(0));
        json!({
            "at": now, "truth": truth, "since": now - since, "hooks": hooks.len(), "record": record, "quiet": quiet, "same": now - self.changed,
            "process": process(&host, &self.processes()), "pane": self.screen(&pane), "host": host["agent"],
        })
    }

    /// The lines of a screen that hold something; only those of another look where nothing has changed since.
    fn screen(&mut self, pane: &str) -> Value {
        let text = self.clean(pane);
        let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|l| !l.is_empty()).collect();
        let lines = json!(lines[lines.len().saturating_sub(LINES)..]);
        let same = self.before.as_ref() == Some(&lines);
        self.before = Some(lines.clone());
        if same { Value::Null } else { lines }
    }

    fn hooks(&self) -> PathBuf {
        self.scene.s.run_folder(self.issue).join("session/hooks.jsonl")
    }

    /// No folder of this machine stays in what is kept.
    fn clean(&self, text: &str) -> String {
        let here = self.scene.s.path("");
        let here = here.to_str().unwrap().trim_end_matches('/').to_string();
        // As Claude Code names a folder after another.
        let named: String = here.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        text.replace(&here, "/here").replace(&named, "-here")
    }

    /// What a person types; a name of a key where it is one.
    pub fn keys(&self, keys: &[&str]) {
        for key in keys {
            self.scene.s.tmux(&["send-keys", "-t", &self.target(), key]);
            std::thread::sleep(Duration::from_millis(300));
        }
    }

    pub fn copy_mode(&self, on: bool) {
        let keys: &[&str] = if on { &["copy-mode"] } else { &["send-keys", "-X", "cancel"] };
        let target = self.target();
        let mut words = keys[..1].to_vec();
        words.extend(["-t", &target]);
        words.extend(&keys[1..]);
        self.scene.s.tmux(&words);
    }

    /// The model holds its next answer.
    pub fn hold(&self) {
        self.scene.model.fails(Fault::Hold, 1);
    }

    /// Until a request is held, however many were before.
    pub fn held(&self, before: usize) {
        self.wait("a request is held", || self.scene.model.hanging() > before);
    }

    /// The turn goes on to its end; the shell needs so many seconds.
    pub fn slow(&self, seconds: u32) {
        fs::write(self.git("slow"), seconds.to_string()).unwrap();
    }

    /// Until the shell of the turn runs.
    pub fn tool(&self) {
        self.wait("its shell runs", || self.git("tool").exists());
    }

    fn git(&self, name: &str) -> PathBuf {
        self.scene.s.worktree(self.issue).join(".git").join(name)
    }

    /// Until nothing of it runs any more.
    pub fn gone(&self) {
        self.wait("it ends", || self.processes().is_empty());
    }

    /// Until its model has given so many answers.
    pub fn answered(&self, answers: u64) {
        self.wait("its model has answered", || self.scene.model.answers() >= answers);
    }

    fn wait(&self, what: &str, holds: impl Fn() -> bool) {
        for _ in 0..1200 {
            if holds() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!(
            "{}: {what} never came true\n{}",
            self.name,
            self.scene.s.tmux(&["capture-pane", "-p", "-t", &self.target()]).out
        );
    }

    /// From now on nobody but us moves the run.
    pub fn alone(&self) -> Held {
        let locks = FileLocks::new(self.scene.s.project().join("locks"));
        for _ in 0..200 {
            if let Some(lock) = locks.try_take(&LockName::Run(IssueNo(self.issue))).unwrap() {
                return lock;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the run is busy");
    }

    fn processes(&self) -> Vec<Proc> {
        self.scene.s.agent_processes(self.issue)
    }

    pub fn signal(&self, with: rustix::process::Signal) {
        for process in self.processes() {
            signal(&process, with);
        }
    }

    /// The film, as one line for the whole and one for each moment.
    pub fn end(self, program: &Program) -> Vec<Value> {
        let clean =
            |value: Value| -> Value { serde_json::from_str(&self.clean(&value.to_string())).unwrap() };
        let record: Vec<Value> = self.record.as_deref().map(lines).unwrap_or_default();
        let record: Vec<Value> = record.into_iter().map(|line| clean(gist(line))).collect();
        let hooks: Vec<Value> = lines(&self.hooks()).into_iter().map(clean).collect();
        let head = json!({
            "film": self.name, "agent": program.name, "version": program.version(), "hooks": hooks, "record": record,
        });
        std::iter::once(head).chain(self.moments).collect()
    }
}

/// How the agent's process is: as its host is told by the system.
fn process(host: &Value, all: &[Proc]) -> Value {
    if host["agent"]["state"] == "ended" {
        return host["agent"]["how"].clone();
    }
    let child = all.first();
    let stat = child.and_then(|c| fs::read_to_string(format!("/proc/{}/stat", c.pid)).ok());
    let state = stat.as_deref().and_then(|s| s.rsplit(") ").next()?.chars().next());
    match state {
        Some('T') => "stopped".into(),
        Some(_) => "runs".into(),
        None => "none".into(),
    }
}

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().filter_map(|l| serde_json::from_str(l).ok()).collect()
}

/// What of a line is kept: of what kind it is, when it was written, and what tells how a turn goes.
const KEPT: &[&str] = &[
    "timestamp",
    "type",
    "subtype",
    "isSidechain",
    "interruptedMessageId",
    "message",
    "id",
    "usage",
    "payload",
    "error",
    "info",
    "total_token_usage",
    "input_tokens",
    "output_tokens",
    "cached_input_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
];

fn gist(value: Value) -> Value {
    match value {
        Value::Object(all) => {
            let kept = all.into_iter().filter(|(key, _)| KEPT.contains(&key.as_str()));
            kept.map(|(key, value)| (key, gist(value))).collect::<serde_json::Map<_, _>>().into()
        }
        Value::String(text) if text.len() > LONGEST => text.chars().take(LONGEST).collect::<String>().into(),
        Value::Array(_) => Value::Null,
        other => other,
    }
}
