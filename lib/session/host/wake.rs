//! Waking the handler: a process of its own, outside the session's process group, one at a time.

use crate::effect;
use crate::session::tmux;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// Starts the handler on request.
pub struct Waker {
    argv: Vec<String>,
    running: Option<Child>,
    again: bool,
}

impl Waker {
    /// Wakes with this command.
    pub fn new(argv: Vec<String>) -> Waker {
        Waker { argv, running: None, again: false }
    }

    /// Starts the handler. One that is at work may have looked before this change: another follows it.
    pub fn wake(&mut self) {
        if self.is_running() {
            self.again = true;
        } else {
            self.start();
        }
    }

    /// The children to be left alone by whoever reaps; starts the one that is due.
    pub fn children(&mut self) -> Option<u32> {
        if !self.is_running() && std::mem::take(&mut self.again) {
            self.start();
        }
        self.running.as_ref().map(Child::id)
    }

    fn is_running(&mut self) -> bool {
        let alive = self.running.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)));
        if !alive {
            self.running = None;
        }
        alive
    }

    /// A handler that cannot be started is no harm: the next tick does its work.
    fn start(&mut self) {
        let Some((program, args)) = self.argv.split_first() else { return };
        let mut command = Command::new(program);
        command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).current_dir("/");
        command.env_remove(tmux::MARK).env(tmux::OURS, "1").process_group(0);
        effect::at("host: before it wakes the handler");
        self.running = command.spawn().ok();
        effect::at("host: handler woken");
    }
}
