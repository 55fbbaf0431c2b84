//! What lies where under the state folder (design §4). Pure: nothing is looked at.

use crate::domain::ids::IssueNo;
use std::path::{Path, PathBuf};

/// The folders and files of one project.
#[derive(Clone, Debug)]
pub struct Paths {
    state: PathBuf,
    project: PathBuf,
}

impl Paths {
    /// The paths of the project `name` under the state folder `state`.
    pub fn new(state: &Path, name: &str) -> Paths {
        Paths { state: state.to_path_buf(), project: state.join(name) }
    }

    /// The state folder of all projects.
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// The pause that a server has brought about, for all projects that live on it.
    pub fn pause(&self, server: &str) -> PathBuf {
        let name: String =
            server.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' }).collect();
        self.state.join(".http").join(format!("{name}.json"))
    }

    /// This project's folder.
    pub fn project(&self) -> &Path {
        &self.project
    }

    /// The file whose presence lets `poll` start new work.
    pub fn guard(&self) -> PathBuf {
        self.state.join(".dev-active")
    }

    /// Where the words about an issue begin in the room of the project.
    pub fn thread(&self, issue: IssueNo) -> PathBuf {
        self.threads().join(format!("{issue}.json"))
    }

    /// The folder of these.
    pub fn threads(&self) -> PathBuf {
        self.project.join("people/threads")
    }

    /// Up to where was heard what people say.
    pub fn heard(&self) -> PathBuf {
        self.project.join("people/heard.json")
    }

    /// Which update of the Telegram bot comes next.
    pub fn chat(&self) -> PathBuf {
        self.project.join("people/telegram.json")
    }

    /// Since when something cannot be done in a channel of the project: `tell`, `hear`, `answer`.
    pub fn unreached(&self, channel: &str, way: &str) -> PathBuf {
        self.project.join(format!("people/{channel}-cannot-{way}.json"))
    }

    /// The file whose presence stops new work in this project.
    pub fn paused(&self) -> PathBuf {
        self.project.join("paused")
    }

    /// The file whose presence stops landings.
    pub fn landing_closed(&self) -> PathBuf {
        self.project.join("landing.closed")
    }

    /// A landing that was begun.
    pub fn landing(&self) -> PathBuf {
        self.project.join("landing.json")
    }

    /// The folder of the lock files.
    pub fn locks(&self) -> PathBuf {
        self.project.join("locks")
    }

    /// The folder of the locks that the projects of this state share.
    pub fn shared_locks(&self) -> PathBuf {
        self.state.join(".locks")
    }

    /// Our bare repository.
    pub fn repo(&self) -> PathBuf {
        self.project.join("repo.git")
    }

    /// The folder of verify jobs.
    pub fn checks(&self) -> PathBuf {
        self.project.join("checks")
    }

    /// The checkouts in which verify works.
    pub fn checkout(&self, slot: u32) -> PathBuf {
        self.project.join(format!("checkouts/{slot}"))
    }

    /// The local forge's records.
    pub fn forge(&self) -> PathBuf {
        self.project.join("forge")
    }

    /// When an agent may be used again.
    pub fn cooldown(&self, agent: &str) -> PathBuf {
        self.project.join("cooldown").join(agent)
    }

    /// What was reserved and spent.
    pub fn ledger(&self) -> PathBuf {
        self.project.join("ledger.jsonl")
    }

    /// Every event.
    pub fn events(&self) -> PathBuf {
        self.project.join("events.jsonl")
    }

    /// Notices waiting to be passed on.
    pub fn outbox(&self) -> PathBuf {
        self.project.join("outbox")
    }

    /// Time and outcome of the last tick.
    pub fn heartbeat(&self) -> PathBuf {
        self.project.join("heartbeat")
    }

    /// What was seen of the ticks by whoever watches them.
    pub fn watch(&self) -> PathBuf {
        self.project.join("watch.json")
    }

    /// What each mirror was last brought to.
    pub fn mirrors(&self) -> PathBuf {
        self.project.join("mirrors.json")
    }

    /// Proofs of landings.
    pub fn receipts(&self) -> PathBuf {
        self.project.join("receipts")
    }

    /// Logs of our own binaries.
    pub fn logs(&self) -> PathBuf {
        self.project.join("logs")
    }

    /// The folder of all runs.
    pub fn runs(&self) -> PathBuf {
        self.project.join("runs")
    }

    /// One run.
    pub fn run(&self, issue: IssueNo) -> RunPaths {
        RunPaths { folder: self.runs().join(issue.to_string()) }
    }
}

/// The files of one run.
#[derive(Clone, Debug)]
pub struct RunPaths {
    /// The run's folder.
    pub folder: PathBuf,
}

impl RunPaths {
    /// Where the run stands.
    pub fn record(&self) -> PathBuf {
        self.folder.join("run.json")
    }

    /// The only folder here that a session may write.
    pub fn session(&self) -> PathBuf {
        self.folder.join("session")
    }

    /// What the session asks for.
    pub fn phase(&self) -> PathBuf {
        self.session().join("phase")
    }

    /// The session's summary, or its refusal.
    pub fn summary(&self) -> PathBuf {
        self.session().join("summary.md")
    }

    /// The session's notes.
    pub fn scratch(&self) -> PathBuf {
        self.session().join("scratch.md")
    }

    /// What the session asks people while it goes on, a line each.
    pub fn questions(&self) -> PathBuf {
        self.session().join("questions")
    }

    /// What the agent's hooks have told.
    pub fn hooks(&self) -> PathBuf {
        self.session().join("hooks.jsonl")
    }

    /// What is given to an agent to make it tell: settings, or a plugin.
    pub fn teller(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Texts for the session.
    pub fn messages(&self) -> PathBuf {
        self.folder.join("messages")
    }

    /// The prompt of the session's current start.
    pub fn prompt(&self) -> PathBuf {
        self.folder.join("prompt.md")
    }

    /// What the host runs in *turns* style.
    pub fn turns(&self) -> PathBuf {
        self.folder.join("turns")
    }

    /// What the host says of its agent.
    pub fn host(&self) -> PathBuf {
        self.folder.join("host.json")
    }

    /// What is kept of an attempt that ended.
    pub fn attempt(&self, attempt: u32) -> PathBuf {
        self.folder.join(format!("attempts/{attempt:02}"))
    }
}
