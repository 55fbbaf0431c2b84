//! What is known of a session's life, judged from ranked evidence. A look that failed is `Unknown`, and from
//! `Unknown` nothing follows but another look (law 6).

use super::agent::output::Usage;
use super::time::Timestamp;
use crate::twin::{self, Twin};
use serde::{Deserialize, Serialize};

/// The verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "life", rename_all = "snake_case")]
pub enum Life {
    /// No session was ever started, or we stopped the last one ourselves.
    Absent,
    /// Started; the host has not yet said that the agent is up.
    Starting,
    /// The agent runs.
    Working,
    /// The agent waits at its prompt (in *turns* style: between two turns).
    Idle,
    /// The agent named a limit; it can go on at this time.
    Limited {
        /// Not before.
        until: Timestamp,
        /// In its words.
        words: String,
    },
    /// The agent cannot go on before a person has seen to it: a login, a dialog of its own.
    Asks {
        /// What it says, or shows.
        what: String,
    },
    /// The agent or its session has ended.
    Dead {
        /// How: exit code, signal, or what is missing.
        how: String,
    },
    /// The look failed.
    Unknown {
        /// What failed.
        why: String,
    },
}

impl Life {
    /// Whether a session exists that could take a message.
    pub fn is_up(&self) -> bool {
        !matches!(self, Life::Absent | Life::Dead { .. } | Life::Unknown { .. })
    }
}

/// One session as tmux lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSeen {
    /// The session's name.
    pub name: String,
    /// Which start of the run it belongs to, as stamped on it.
    pub spawn: u32,
    /// Whether the first process of its pane has ended, and with which code.
    pub pane_ended: Option<i32>,
    /// When something was last printed in it.
    pub last_output: Timestamp,
    /// Whether a person is attached.
    pub attached: bool,
    /// Whether its pane is in copy mode (or another mode that takes the keys).
    pub in_mode: bool,
}

/// What a look at tmux gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sessions {
    /// The server answered: these are all of them.
    Listed(Vec<SessionSeen>),
    /// There is no server, and proof that none of ours can be alive.
    NoServer,
    /// The look failed, or the server does not answer though its process lives.
    Unknown(String),
}

impl Sessions {
    /// The session of this name, if listed.
    pub fn find(&self, name: &str) -> Option<&SessionSeen> {
        match self {
            Sessions::Listed(all) => all.iter().find(|s| s.name == name),
            _ => None,
        }
    }
}

/// What the host says of its agent, in `host.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostRecord {
    /// Which start of the run this host belongs to.
    pub spawn: u32,
    /// The host's process id.
    pub pid: u32,
    /// When that process started, in clock ticks since boot: tells it from a later one of the same id.
    pub start_time: u64,
    /// The boot it belongs to.
    pub boot_id: String,
    /// What the agent does.
    pub agent: AgentState,
    /// When that was written.
    pub at: Timestamp,
    /// What that is known by, where an agent tells what it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// How many turns have ended, as far as that is told.
    #[serde(default)]
    pub turns: u32,
    /// The agent's name for the conversation, once it has told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
    /// What it told last as the sum over the conversation.
    #[serde(default)]
    pub told: Usage,
}

/// What the host last saw its agent do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AgentState {
    /// The worktree is being set up (`[worktree] setup`).
    Preparing,
    /// The agent was started and has not told anything yet, where it tells what it does.
    Launched,
    /// The agent runs.
    Running,
    /// Between two turns.
    Between,
    /// A limit was named.
    Limited {
        /// Not before.
        until: Timestamp,
        /// In its words.
        #[serde(default)]
        words: String,
    },
    /// It cannot go on before a person has seen to it.
    Asks {
        /// What it says.
        what: String,
    },
    /// It has ended.
    Ended {
        /// How.
        how: String,
    },
}

/// Seconds after which an agent should have told that it took in its prompt.
const UP_BY: u64 = 30;

/// Seconds for which nothing moves on the screen of one that waits for somebody.
const STILL: u64 = 10;

/// Judges the life of the session `name`, started as number `spawn` (none: never, or stopped by us).
pub fn judge(
    name: &str,
    spawn: Option<u32>,
    seen: &Sessions,
    host: Option<&HostRecord>,
    host_alive: Option<bool>,
    now: Timestamp,
) -> Life {
    let Some(spawn) = spawn else { return Life::Absent };
    let host = host.filter(|h| h.spawn == spawn);
    match seen {
        Sessions::Unknown(why) if twin::is(Twin::UnknownIsDead) => Life::Dead { how: why.clone() },
        Sessions::Unknown(why) => Life::Unknown { why: why.clone() },
        Sessions::NoServer => Life::Dead { how: "its tmux server is gone".into() },
        Sessions::Listed(_) => match seen.find(name) {
            None => Life::Dead { how: "its tmux session is gone".into() },
            Some(s) if s.spawn != spawn => {
                Life::Dead { how: format!("another session (start {}) took its place", s.spawn) }
            }
            Some(s) => of_listed(s, host, host_alive, now),
        },
    }
}

fn of_listed(
    session: &SessionSeen,
    host: Option<&HostRecord>,
    host_alive: Option<bool>,
    now: Timestamp,
) -> Life {
    if let Some(HostRecord { agent: AgentState::Ended { how }, .. }) = host {
        return Life::Dead { how: how.clone() };
    }
    if let Some(code) = session.pane_ended {
        return Life::Dead { how: format!("its host ended with code {code}") };
    }
    if host.is_some() && host_alive == Some(false) {
        return Life::Dead { how: "its host is gone".into() };
    }
    if let Some(host) = host.filter(|h| h.agent == AgentState::Launched) {
        let still = now.since(session.last_output) >= STILL && session.last_output <= now;
        return match now.since(host.at) >= UP_BY && still {
            // A question of its own that we do not know, or hooks that do not work: either way somebody has to look.
            true => Life::Asks { what: "it has not taken in its prompt and its screen stands still".into() },
            false => Life::Starting,
        };
    }
    match host.map(|h| &h.agent) {
        None | Some(AgentState::Preparing | AgentState::Launched) => Life::Starting,
        Some(AgentState::Running) => Life::Working,
        Some(AgentState::Between) => Life::Idle,
        Some(AgentState::Limited { until, words }) => Life::Limited { until: *until, words: words.clone() },
        Some(AgentState::Asks { what }) => Life::Asks { what: what.clone() },
        Some(AgentState::Ended { how }) => Life::Dead { how: how.clone() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(spawn: u32, pane_ended: Option<i32>) -> Sessions {
        let t = Timestamp(0);
        Sessions::Listed(vec![SessionSeen {
            name: "dev-p-1".into(),
            spawn,
            pane_ended,
            last_output: t,
            attached: false,
            in_mode: false,
        }])
    }

    fn host(spawn: u32, agent: AgentState) -> HostRecord {
        let (boot_id, at, conversation) = ("b".into(), Timestamp(0), None);
        HostRecord {
            spawn,
            pid: 5,
            start_time: 1,
            boot_id,
            agent,
            at,
            by: None,
            turns: 0,
            conversation,
            told: Usage::default(),
        }
    }

    fn life(spawn: Option<u32>, seen: &Sessions, host: Option<&HostRecord>, alive: Option<bool>) -> Life {
        judge("dev-p-1", spawn, seen, host, alive, Timestamp(0))
    }

    #[test]
    fn an_agent_that_should_have_told_of_its_prompt_and_stands_still_needs_a_person() {
        let at = |now, last_output| {
            let seen = Sessions::Listed(vec![SessionSeen {
                name: "dev-p-1".into(),
                spawn: 1,
                pane_ended: None,
                last_output: Timestamp(last_output),
                attached: false,
                in_mode: false,
            }]);
            let launched = HostRecord { at: Timestamp(100), ..host(1, AgentState::Launched) };
            judge("dev-p-1", Some(1), &seen, Some(&launched), Some(true), Timestamp(now))
        };
        assert_eq!(at(129, 100), Life::Starting);
        assert_eq!(at(130, 121), Life::Starting, "something moves on its screen");
        assert!(matches!(at(130, 120), Life::Asks { .. }));
        assert_eq!(at(130, 131), Life::Starting, "a clock was wrong");
    }

    #[test]
    fn a_look_that_failed_is_never_dead() {
        let running = host(1, AgentState::Running);
        let seen = Sessions::Unknown("no answer in 5 s".into());
        assert!(matches!(life(Some(1), &seen, Some(&running), Some(false)), Life::Unknown { .. }));
    }

    #[test]
    fn what_the_host_says_decides_while_it_lives() {
        let of = |agent| life(Some(1), &listed(1, None), Some(&host(1, agent)), Some(true));
        assert_eq!(of(AgentState::Preparing), Life::Starting);
        assert_eq!(of(AgentState::Running), Life::Working);
        assert_eq!(of(AgentState::Between), Life::Idle);
        let (until, words) = (Timestamp(7), "429".to_string());
        let limited = AgentState::Limited { until, words: words.clone() };
        assert_eq!(of(limited), Life::Limited { until, words });
        assert_eq!(of(AgentState::Asks { what: "login".into() }), Life::Asks { what: "login".into() });
        assert!(
            matches!(of(AgentState::Ended { how: "exit code 3".into() }), Life::Dead { how } if how == "exit code 3")
        );
    }

    #[test]
    fn a_host_record_of_an_earlier_start_says_nothing() {
        let old = host(1, AgentState::Ended { how: "exit code 3".into() });
        assert_eq!(life(Some(2), &listed(2, None), Some(&old), Some(false)), Life::Starting);
    }

    #[test]
    fn death_is_told_by_what_is_missing() {
        let running = host(1, AgentState::Running);
        for seen in [Sessions::NoServer, Sessions::Listed(vec![]), listed(1, Some(137)), listed(2, None)] {
            assert!(
                matches!(life(Some(1), &seen, Some(&running), Some(true)), Life::Dead { .. }),
                "{seen:?}"
            );
        }
        assert!(matches!(life(Some(1), &listed(1, None), Some(&running), Some(false)), Life::Dead { .. }));
    }

    #[test]
    fn a_host_that_cannot_be_looked_at_is_not_dead() {
        assert_eq!(life(Some(1), &listed(1, None), Some(&host(1, AgentState::Running)), None), Life::Working);
    }

    #[test]
    fn without_a_start_there_is_none() {
        assert_eq!(life(None, &listed(1, None), None, None), Life::Absent);
    }

    #[test]
    fn a_session_that_is_up_could_take_a_message() {
        let (limited, asks) =
            (Life::Limited { until: Timestamp(0), words: String::new() }, Life::Asks { what: String::new() });
        for up in [Life::Starting, Life::Working, Life::Idle, limited, asks] {
            assert!(up.is_up(), "{up:?}");
        }
        for down in [Life::Absent, Life::Dead { how: String::new() }, Life::Unknown { why: String::new() }] {
            assert!(!down.is_up(), "{down:?}");
        }
    }

    #[test]
    fn a_session_is_found_by_its_whole_name() {
        assert_eq!(listed(3, None).find("dev-p-1").map(|s| s.spawn), Some(3));
        assert_eq!(listed(3, None).find("dev-p-10"), None);
        assert_eq!(Sessions::NoServer.find("dev-p-1"), None);
    }
}
