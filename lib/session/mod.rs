//! tmux sessions, and the first process in each.

pub mod host;
pub mod tmux;

use crate::domain::life::{SessionSeen, Sessions};
use crate::domain::run::SessionRef;
use crate::world::{Delivery, SessionSpec, SessionsPart, Started};
use anyhow::Result;

impl SessionsPart for tmux::Tmux {
    fn list(&self, known: &[SessionRef]) -> Sessions {
        self.look(known)
    }

    fn start(&self, spec: &SessionSpec) -> Result<Started> {
        self.new_session(spec)
    }

    fn stop(&self, name: &str, mark: &str) -> Result<()> {
        self.end_session(name, mark)
    }

    fn deliver(&self, seen: &SessionSeen, text: &str) -> Result<Delivery> {
        self.paste(seen, text)
    }

    fn pane(&self, name: &str, lines: u32) -> Result<String> {
        self.capture(name, lines)
    }
}
