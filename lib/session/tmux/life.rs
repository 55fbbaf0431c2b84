//! Looking at all sessions in one call, and telling "no server" from "cannot be seen".

use super::Tmux;
use crate::domain::life::{SessionSeen, Sessions};
use crate::domain::run::SessionRef;
use crate::domain::time::Timestamp;
use crate::process::tree;
use anyhow::Result;
use rustix::process::Signal;

const FORMAT: &str = "#{session_name}\t#{@spawn}\t#{pane_dead}\t#{pane_dead_status}\t#{window_activity}\t#{session_attached}\t#{pane_in_mode}";

impl Tmux {
    /// All sessions on our socket.
    pub(crate) fn look(&self, known: &[SessionRef]) -> Sessions {
        match self.list() {
            Ok(Some(all)) => Sessions::Listed(all),
            Ok(None) => self.without_server(known),
            Err(e) => Sessions::Unknown(format!("{e:#}")),
        }
    }

    /// None if there is no server to ask.
    fn list(&self) -> Result<Option<Vec<SessionSeen>>> {
        let said = self.call(&["list-panes", "-a", "-F", FORMAT])?;
        if said.ok {
            return Ok(Some(said.text.lines().filter_map(session).collect()));
        }
        // The last: it ended, as it does with its last session, while it was asked.
        let nobody =
            ["no server running", "error connecting", "no current target", "no sessions", "server exited"];
        if nobody.iter().any(|n| said.text.contains(n)) {
            return Ok(None);
        }
        anyhow::bail!("tmux list-panes failed: {}", said.text.trim())
    }

    /// Nobody answers on the socket. That means dead only if the server's process is gone or the machine was
    /// booted since; a server whose socket was removed is asked to open it again, and looked at once more.
    fn without_server(&self, known: &[SessionRef]) -> Sessions {
        let alive = known.iter().filter(|s| tree::boot_id().is_none_or(|now| now == s.boot_id));
        let mut asked = false;
        for session in alive {
            let (Some(pid), Some(start)) = (session.server_pid, session.server_start) else { continue };
            match tree::alive(pid, start) {
                Some(false) => {}
                Some(true) if !asked => {
                    asked = true;
                    reopen(pid, start);
                }
                Some(true) => {}
                None => return Sessions::Unknown("whether the tmux server lives cannot be told".into()),
            }
        }
        if !asked {
            return Sessions::NoServer;
        }
        for _ in 0..20 {
            if let Ok(Some(all)) = self.list() {
                return Sessions::Listed(all);
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        Sessions::Unknown("the tmux server lives but does not answer on its socket".into())
    }
}

/// tmux opens its socket again on SIGUSR1. If the server has ended meanwhile there is nothing to wake, and the
/// next look says so.
fn reopen(pid: u32, start_time: u64) {
    tree::signal(&tree::Proc { pid, start_time, name: "tmux".into() }, Signal::USR1);
}

fn session(line: &str) -> Option<SessionSeen> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [name, spawn, dead, status, activity, attached, mode] = fields[..] else { return None };
    Some(SessionSeen {
        name: name.to_string(),
        spawn: spawn.parse().unwrap_or(0),
        pane_ended: (dead == "1").then(|| status.parse().unwrap_or(-1)),
        last_output: Timestamp(activity.parse().unwrap_or(0)),
        attached: attached.parse::<u32>().unwrap_or(0) > 0,
        in_mode: mode != "0" && !mode.is_empty(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_listing_is_read_and_a_foreign_one_passed_over() {
        let seen = session("dev-p-1\t3\t1\t137\t1700000000\t2\t1").unwrap();
        assert_eq!((seen.spawn, seen.pane_ended, seen.attached, seen.in_mode), (3, Some(137), true, true));
        assert_eq!(session("dev-p-1\t\t0\t\t5\t0\t0").unwrap().pane_ended, None);
        assert!(session("something else").is_none());
    }
}
