//! An agent with an interface of its own, to be played on a stage: it has its terminal in raw mode, takes bracketed pastes and
//! Enter, queues what comes while it is at work, and tells what it does as one of the agents that drover knows: by the hooks
//! that Claude Code's settings or Codex's command line name, or by the lines that the plugin writes in opencode. What goes wrong
//! with it stands in `mischief` beside its folder's git data.

use drover::domain::agent::Kind;
use drover::domain::agent::hooks::nonces;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::stdio::stdin;
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::fs;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// By this variable a binary of ours knows that it is to be the agent.
const ARGUMENTS: &str = "SCREEN_ARGUMENTS";

/// A script that becomes the agent: this very binary, with its arguments in the environment.
pub fn launcher() -> String {
    let me = std::env::current_exe().unwrap();
    format!(
        "SCREEN_ARGUMENTS=$(for a; do printf '%s\\037' \"$a\"; done; printf x)\nexport SCREEN_ARGUMENTS\nexec \"{}\" stage::screen::screen --exact --nocapture\n",
        me.display()
    )
}

/// Is the agent, where this process was started as one.
pub fn play_if_asked() -> bool {
    let Ok(arguments) = std::env::var(ARGUMENTS) else { return false };
    let words: Vec<String> = arguments.trim_end_matches('x').split('\u{1f}').map(String::from).collect();
    Screen::new(&words[..words.len() - 1]).run();
    true
}

/// A test binary is the agent by running this one test.
#[test]
fn screen() {
    play_if_asked();
}

struct Screen {
    kind: Kind,
    /// The hooks by event, each as settings hold it; none in opencode.
    hooks: Value,
    conversation: String,
    /// What stands in its box, not submitted yet.
    typed: String,
    /// Bytes that may be the beginning of a sequence.
    held: Vec<u8>,
    queue: VecDeque<String>,
    turn: Option<Child>,
    /// The turn was begun by a hook's answer.
    again: bool,
}

impl Screen {
    fn new(words: &[String]) -> Screen {
        let calls = format!("{}\n", words[..words.len() - 1].join(" "));
        let mut file = fs::OpenOptions::new().create(true).append(true).open(beside("calls")).unwrap();
        file.write_all(calls.as_bytes()).unwrap();
        let after = |option: &str| words.iter().position(|w| w == option).map(|at| words[at + 1].clone());
        let last = words.last().unwrap().clone();
        let fresh = format!("conversation-{}", std::process::id());
        let (kind, hooks, conversation, typed) = if let Some(settings) = after("--settings") {
            let settings: Value = serde_json::from_str(&fs::read_to_string(settings).unwrap()).unwrap();
            let conversation = after("--session-id").or(after("--resume")).expect("a conversation");
            (Kind::Claude, settings["hooks"].clone(), conversation, last)
        } else if let Some(hooks) = hooks_of_words(words) {
            let resumed = (words[0] == "resume").then(|| words[words.len() - 2].clone());
            (Kind::Codex, hooks, resumed.unwrap_or(fresh), last)
        } else {
            let prompt = || fs::read_to_string(std::env::var("PROMPT_FILE").unwrap()).unwrap();
            let typed = after("--prompt").unwrap_or_else(prompt);
            (Kind::Opencode, Value::Null, after("--session").unwrap_or(fresh), typed)
        };
        let (held, queue, turn) = (vec![], VecDeque::new(), None);
        Screen { kind, hooks, conversation, typed, held, queue, turn, again: false }
    }

    fn run(mut self) {
        let mut mode = tcgetattr(stdin()).unwrap();
        mode.make_raw();
        tcsetattr(stdin(), OptionalActions::Now, &mode).unwrap();
        print!("\x1b[?2004hready\r\n");
        std::io::stdout().flush().unwrap();
        self.hook("SessionStart", json!({"source": "startup"}));
        while mischief("dialog") {
            print!("Do you trust this folder? ❯ No, exit\r\n");
            std::io::stdout().flush().unwrap();
            std::thread::sleep(Duration::from_secs(3600));
        }
        self.submit();
        loop {
            self.end_turn();
            if self.turn.is_none()
                && let Some(text) = self.queue.pop_front()
            {
                self.turn = Some(begin(&text, self.kind));
            }
            let wait = Timespec::try_from(Duration::from_millis(10)).unwrap();
            let ready =
                poll(&mut [PollFd::from_borrowed_fd(stdin(), PollFlags::IN)], Some(&wait)).unwrap_or(0);
            if ready == 0 {
                continue;
            }
            let mut bytes = [0; 4096];
            match std::io::stdin().read(&mut bytes) {
                Ok(0) | Err(_) => return,
                Ok(n) => self.take(&bytes[..n]),
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
        while !self.held.is_empty() {
            let text = String::from_utf8_lossy(&self.held).into_owned();
            let (begin, end) = ("\x1b[200~", "\x1b[201~");
            if let Some(rest) = text.strip_prefix(begin) {
                // Whole, or wait for the rest.
                let Some((pasted, after)) = rest.split_once(end) else { return };
                if !mischief("loses-paste") {
                    self.typed.push_str(&pasted.replace("\r\n", "\n").replace('\r', "\n"));
                }
                self.held = after.as_bytes().to_vec();
            } else if text.starts_with('\x1b')
                && begin.starts_with(&text[..text.len().min(begin.len())])
                && text.len() < begin.len()
            {
                return;
            } else if let Some(rest) = text.strip_prefix('\x03') {
                // As Claude Code at an Escape before its first word: no hook is called.
                if let Some(mut turn) = self.turn.take() {
                    drop((turn.kill(), turn.wait()));
                    show(looks(self.kind).1);
                }
                self.held = rest.as_bytes().to_vec();
            } else if let Some(rest) = text.strip_prefix('\r') {
                if !mischief("loses-enter") {
                    self.submit();
                }
                self.held = rest.as_bytes().to_vec();
            } else {
                let first = text.chars().next().unwrap();
                self.typed.push(first);
                self.held = text.as_bytes()[first.len_utf8()..].to_vec();
            }
        }
    }

    fn submit(&mut self) {
        let text = std::mem::take(&mut self.typed);
        if text.trim().is_empty() {
            return;
        }
        let pasted = format!("\n\n<pasted_content id=\"0\">\n{text}\n</pasted_content id=\"0\">\n");
        self.hook("UserPromptSubmit", json!({"prompt": pasted}));
        let mut file = fs::OpenOptions::new().create(true).append(true).open(beside("taken")).unwrap();
        file.write_all(format!("{}\n", json!(text)).as_bytes()).unwrap();
        self.queue.push_back(text);
    }

    fn end_turn(&mut self) {
        let Some(child) = &mut self.turn else { return };
        let Ok(Some(status)) = child.try_wait() else { return };
        self.turn = None;
        show(looks(self.kind).1);
        if status.code() == Some(75) {
            self.hook(
                "StopFailure",
                json!({"error": "rate_limit", "last_assistant_message": "API Error: Request rejected (429)"}),
            );
            return;
        }
        // What waits is taken in before a turn is over.
        if !self.queue.is_empty() || mischief("loses-stop") {
            return;
        }
        let said =
            self.hook("Stop", json!({"stop_hook_active": self.again, "last_assistant_message": "Done."}));
        self.again = said["decision"] == "block";
        if self.again {
            self.queue.push_back(format!("Stop hook feedback: {}", said["reason"].as_str().unwrap()));
        }
    }

    /// Calls a hook as its settings say; what it answered.
    fn hook(&self, event: &str, more: Value) -> Value {
        let mut input =
            json!({"session_id": self.conversation, "hook_event_name": event, "transcript_path": "/nowhere"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        if mischief("loses-hook") {
            return Value::Null;
        }
        if self.kind == Kind::Opencode {
            self.tell(event, &input);
            return Value::Null;
        }
        let command = self.hooks[event][0]["hooks"][0]["command"].as_str().unwrap_or("true");
        let mut child = Command::new("sh")
            .args(["-c", command])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        if mischief("kills-hook") {
            drop(child.kill());
        }
        if mischief("slow-hook") {
            std::thread::sleep(Duration::from_millis(700));
        }
        drop(child.stdin.take().unwrap().write_all(input.to_string().as_bytes()));
        let done = child.wait_with_output().unwrap();
        serde_json::from_slice(&done.stdout).unwrap_or_default()
    }
}

impl Screen {
    /// Writes the line that the plugin writes.
    fn tell(&self, event: &str, input: &Value) {
        let at = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
        let spawn: u32 = std::env::var("DROVER_HOOKS_START").unwrap().parse().unwrap();
        let mut line = json!({"at": at as u64, "spawn": spawn, "event": event});
        let more = line.as_object_mut().unwrap();
        if event != "SessionStart" {
            more.insert("conversation".into(), json!(self.conversation));
        }
        match event {
            "UserPromptSubmit" => {
                more.insert("nonces".into(), json!(nonces(input["prompt"].as_str().unwrap())))
            }
            "StopFailure" => more.insert("words".into(), input["last_assistant_message"].clone()),
            _ => None,
        };
        let file = std::env::var("DROVER_HOOKS_FILE").unwrap();
        let mut file = fs::OpenOptions::new().create(true).append(true).open(file).unwrap();
        file.write_all(format!("{line}\n").as_bytes()).unwrap();
    }
}

/// What it shows at work and at its prompt.
fn looks(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Codex => ("• Working (1s • esc to interrupt)\r\n", "› Ask for anything\r\n"),
        Kind::Opencode => ("  ⬝⬝■■  esc interrupt\r\n", "  ╹▀▀▀▀▀▀▀▀▀▀\r\n"),
        _ => ("✻ Working…\r\n", "────────────────────────────\r\n❯\r\n────────────────────────────\r\n"),
    }
}

/// The hooks that Codex is given as settings of its command line.
fn hooks_of_words(words: &[String]) -> Option<Value> {
    let given = words.iter().filter(|w| w.starts_with("hooks."));
    let tables = given.map(|w| toml::from_str::<Value>(w).unwrap()["hooks"].as_object().unwrap().clone());
    let all: serde_json::Map<String, Value> = tables.flatten().collect();
    (!all.is_empty()).then_some(Value::Object(all))
}

/// Shows this and nothing else.
fn show(what: &str) {
    print!("\x1b[2J\x1b[H{what}");
    drop(std::io::stdout().flush());
}

fn begin(text: &str, kind: Kind) -> Child {
    show(looks(kind).0);
    let mut child =
        Command::new("sh").arg(std::env::var("TURN").unwrap()).stdin(Stdio::piped()).spawn().unwrap();
    drop(child.stdin.take().unwrap().write_all(text.as_bytes()));
    child
}

/// A file beside the folder's git data.
fn beside(name: &str) -> PathBuf {
    PathBuf::from(std::env::var("WORKTREE").unwrap()).join(".git").join(name)
}

/// Whether this goes wrong now: so often as its file has lines.
fn mischief(name: &str) -> bool {
    let path = PathBuf::from(std::env::var("TURN").unwrap()).with_file_name(name);
    let Ok(text) = fs::read_to_string(&path) else { return false };
    let mut lines: Vec<&str> = text.lines().collect();
    let goes_wrong = lines.pop().is_some();
    fs::write(path, lines.iter().map(|l| format!("{l}\n")).collect::<String>()).unwrap();
    goes_wrong
}
