//! A person at the terminal of a session: attached to it from a tmux of their own, typing there.

use super::Stage;
use std::path::PathBuf;
use std::process::Command;

/// Attached until dropped.
pub struct Person {
    socket: PathBuf,
}

impl Person {
    /// Attaches to the session of a run.
    pub fn attach(s: &Stage, issue: u64) -> Person {
        let person = Person { socket: s.path("person") };
        let name = s.record(issue)["session"]["name"].as_str().unwrap().to_string();
        let socket = s.socket();
        let attach = format!("env -u TMUX tmux -S '{}' attach -t '={name}'", socket.display());
        person.tmux(&["new-session", "-d", "-s", "own", "-x", "150", "-y", "40", &attach]);
        let clients = || s.tmux(&["list-clients", "-t", &format!("={name}")]).out;
        for _ in 0..200 {
            if !clients().is_empty() {
                return person;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        panic!("the person did not get in");
    }

    /// Types this.
    pub fn types(&self, text: &str) {
        self.tmux(&["send-keys", "-t", "=own:", "-l", text]);
    }

    fn tmux(&self, args: &[&str]) {
        let done = Command::new("tmux")
            .args(["-f", "/dev/null", "-S"])
            .arg(&self.socket)
            .args(args)
            .output()
            .unwrap();
        assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        drop(Command::new("tmux").arg("-S").arg(&self.socket).arg("kill-server").output());
    }
}
