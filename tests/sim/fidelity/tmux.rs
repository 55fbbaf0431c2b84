//! Sessions in memory against those of a real tmux.

use super::super::core::Rng;
use super::super::files::MemFiles;
use super::super::parts::HostTmux;
use super::{Pair, Said, alike, core, words};
use drover::domain::life::Sessions;
use drover::session::tmux::Tmux;
use drover::world::{SessionSpec, SessionsPart};
use std::rc::Rc;
use std::time::{Duration, Instant};

struct Both {
    memory: HostTmux,
    real: Tmux,
    folder: tempfile::TempDir,
    texts: u64,
}

const NAMES: &[&str] = &["dev-p-1", "dev-p-2"];

impl Both {
    fn new() -> Both {
        let folder = tempfile::tempdir().unwrap();
        let real = Tmux { socket: folder.path().join("private/tmux.sock") };
        let core = core();
        let memory = HostTmux::new(core.clone(), Rc::new(MemFiles::new(core)));
        Both { memory, real, folder, texts: 0 }
    }

    fn mark(&self, name: &str) -> String {
        format!("{}/{}", self.folder.path().display(), name.rsplit('-').next().unwrap())
    }

    fn start(&self, name: &str, spawn: u32) -> (Said, Said) {
        let argv = ["sh", "-c", "stty -echo; while read -r line; do echo \"got $line\"; done", "host", "1"];
        let mut argv: Vec<String> = argv.iter().map(|w| w.to_string()).collect();
        argv[4] = name.rsplit('-').next().unwrap().into();
        let spec = SessionSpec {
            name: name.into(),
            spawn,
            folder: self.folder.path().into(),
            argv,
            env: vec![
                ("PATH".into(), std::env::var("PATH").unwrap()),
                (drover::session::tmux::MARK.into(), self.mark(name)),
            ],
        };
        (words(self.memory.start(&spec).map(drop)), words(self.real.start(&spec).map(drop)))
    }

    fn listed(sessions: Sessions) -> Said {
        match sessions {
            Sessions::Listed(all) => {
                let mut names: Vec<String> = all.iter().map(|s| format!("{} {}", s.name, s.spawn)).collect();
                names.sort();
                format!("{names:?}")
            }
            // To whoever asks, a server without sessions and none at all are one.
            Sessions::NoServer => "[]".into(),
            Sessions::Unknown(why) => format!("unknown: {why}"),
        }
    }

    fn deliver(&mut self, name: &str) -> (Said, Said) {
        self.texts += 1;
        let text = format!("words {}", self.texts);
        let to = |part: &dyn SessionsPart| match part.list(&[]).find(name) {
            Some(seen) => words(part.deliver(seen, &text)),
            None => "no such session".into(),
        };
        let said = (to(&self.memory), to(&self.real));
        if said.1 == "Done" {
            self.arrives(name, &text);
        }
        said
    }

    /// What was put in stands in both panes; the terminal takes its time.
    fn arrives(&self, name: &str, text: &str) {
        assert!(self.memory.pane(name, 100).unwrap().contains(text));
        until("the words arrive", || self.real.pane(name, 100).unwrap().contains(text));
    }
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < end, "never: {what}");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

impl Pair for Both {
    fn step(&mut self, rng: &Rng) -> (String, Said, Said) {
        let name = *rng.pick(NAMES).unwrap();
        let draw = rng.below(10);
        let (memory, real) = match draw {
            0..=2 => {
                let there = |s: Sessions| s.find(name).is_some();
                // A name that is taken is not started again: whoever starts has looked.
                if there(self.real.list(&[])) {
                    (String::new(), String::new())
                } else {
                    self.start(name, rng.below(9) as u32)
                }
            }
            3 => (
                words(self.memory.stop(name, &self.mark(name))),
                words(self.real.stop(name, &self.mark(name))),
            ),
            4 if rng.chance(300) => {
                self.memory.die();
                let socket = self.real.socket.display().to_string();
                drop(std::process::Command::new("tmux").args(["-S", &socket, "kill-server"]).output());
                // A server on its way out answers nobody.
                until("the server is gone", || !matches!(self.real.list(&[]), Sessions::Unknown(_)));
                ("dead".into(), "dead".into())
            }
            4..=6 => self.deliver(name),
            _ => (String::new(), String::new()),
        };
        let sessions = (Self::listed(self.memory.list(&[])), Self::listed(self.real.list(&[])));
        (format!("{draw} {name}"), format!("{memory} {}", sessions.0), format!("{real} {}", sessions.1))
    }
}

impl Drop for Both {
    fn drop(&mut self) {
        NAMES.iter().for_each(|name| drop(self.real.stop(name, &self.mark(name))));
        let socket = self.real.socket.display().to_string();
        drop(std::process::Command::new("tmux").args(["-S", &socket, "kill-server"]).output());
    }
}

#[test]
fn tmux() {
    (0..6).for_each(|seed| alike(seed, 25, Both::new()));
}
