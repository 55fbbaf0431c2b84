//! tmux, spoken to over a socket of our own whose path follows from the root alone. Its server is started with an
//! empty environment and no configuration; targets are always exact names.

mod deliver;
mod life;
mod start;

use crate::effect;
use crate::process::run::{Call, End};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Seconds that a call of tmux may take.
const LIMIT: u64 = 5;

/// The variable that marks every process of a session, so that daemonised children are found too.
pub const MARK: &str = "DROVER_SESSION";

/// The variable that marks our own binaries where a host has woken them.
pub const OURS: &str = "DROVER_BINARY";

/// tmux on one socket.
#[derive(Clone, Debug)]
pub struct Tmux {
    /// The socket.
    pub socket: PathBuf,
}

/// What a call of tmux printed.
struct Said {
    ok: bool,
    text: String,
}

impl Said {
    /// What it printed; an error unless it went well.
    fn good(self, args: &[&str]) -> Result<String> {
        if !self.ok {
            bail!("tmux {} failed: {}", args.first().copied().unwrap_or_default(), self.text.trim());
        }
        Ok(self.text)
    }
}

impl Tmux {
    /// The socket for a state folder: short (a socket's path must be under 108 bytes), the same for every binary,
    /// and in a folder that only its user can enter.
    pub fn for_state(state: &Path) -> Tmux {
        let hash = crate::store::disk::fnv(state.as_os_str().as_encoded_bytes());
        let uid = rustix::process::getuid().as_raw();
        // The kill sweep has a folder of its own, so that making it is among its effects.
        let folder =
            effect::lab().map_or_else(|| format!("/tmp/drover-{uid}").into(), |lab| lab.join("sockets"));
        Tmux { socket: folder.join(format!("{hash:016x}")) }
    }

    /// Asks tmux something.
    fn call(&self, args: &[&str]) -> Result<Said> {
        self.finish(self.prepare(args)?, args)
    }

    /// Makes tmux change something; `input` goes to its stdin. Whoever calls puts a marker on either side.
    fn change(&self, args: &[&str], input: Option<&[u8]>) -> Result<Said> {
        let mut call = self.prepare(args)?.changes();
        if let Some(bytes) = input {
            call = call.input(bytes.to_vec());
        }
        self.finish(call, args)
    }

    fn prepare(&self, args: &[&str]) -> Result<Call> {
        let socket = self.socket.to_str().context("the tmux socket's path is not UTF-8")?;
        let call = Call::new("tmux")
            .args(["-S", socket, "-f", "/dev/null"])
            .args(args.iter().copied())
            .clear_env()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .env("TERM", "xterm-256color")
            .folder("/")
            .keep(1 << 20)
            .limit(Duration::from_secs(LIMIT));
        Ok(call)
    }

    fn finish(&self, call: Call, args: &[&str]) -> Result<Said> {
        let done = call.run().context("starting tmux (is it installed?)")?;
        match done.end {
            End::Exit(code) => Ok(Said { ok: code == 0, text: done.output.text() }),
            other => bail!("tmux {} did not answer: {other:?}", args.first().copied().unwrap_or_default()),
        }
    }

    fn run(&self, args: &[&str]) -> Result<String> {
        self.call(args)?.good(args)
    }
}
