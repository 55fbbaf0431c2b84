//! This machine: time, chance, memory and disk, processes, and our own binaries.

mod fence;
mod jobs;

pub use jobs::Binaries;

use crate::domain::schedule::MachineSeen;
use crate::domain::text::plain_line;
use crate::domain::time::Timestamp;
use crate::process::run::Call;
use crate::process::tree;
use crate::world::{Clock, Dice, Fence, Machine, ProcessId};
use anyhow::{Context, Result};
use chrono::{Local, Timelike, Utc};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

/// Names of our environment that a session may have.
const SESSION_ENV: &[&str] = &[
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "XDG_RUNTIME_DIR",
    "CARGO_HOME",
    "RUSTUP_HOME",
];

/// Names that a host hands on to the handlers it wakes.
const HOST_ENV: &[&str] = &[
    "DROVER_NOW_FILE",
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
    #[cfg(feature = "lab")]
    crate::effect::VARIABLE,
];

/// How long a program may take that only tells something: some load for seconds.
const ASKED: Duration = Duration::from_secs(10);

/// Where programs are looked for after those of our own PATH.
const STANDARD_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The machine we run on.
#[derive(Clone, Debug)]
pub struct ThisMachine {
    /// The folder whose disk is looked at.
    pub state: PathBuf,
    /// The folder of our binaries.
    pub libexec: PathBuf,
}

impl Machine for ThisMachine {
    fn seen(&self) -> MachineSeen {
        MachineSeen { memory_mb: memory_mb(), disk_mb: disk_mb(&self.state), load: load() }
    }

    fn boot_id(&self) -> String {
        tree::boot_id().unwrap_or_default()
    }

    fn alive(&self, process: &ProcessId) -> Option<bool> {
        tree::alive(process.pid, process.start_time)
    }

    fn is_root(&self) -> bool {
        rustix::process::geteuid().is_root()
    }

    fn host(&self) -> String {
        rustix::system::uname().nodename().to_string_lossy().into_owned()
    }

    fn session_env(&self) -> BTreeMap<String, String> {
        let mut env = of_ours(SESSION_ENV);
        let home = env.get("HOME").map(|h| format!("{h}/.local/bin:")).unwrap_or_default();
        let own = std::env::var("PATH").map(|p| format!("{p}:")).unwrap_or_default();
        let ours = self.state.join("bin");
        env.insert("PATH".into(), format!("{}:{home}{own}{STANDARD_PATH}", ours.display()));
        env.insert("TERM".into(), "screen-256color".into());
        env
    }

    fn host_env(&self) -> BTreeMap<String, String> {
        of_ours(HOST_ENV)
    }

    fn find_program(&self, name: &str) -> Option<String> {
        let path = self.session_env().remove("PATH").unwrap_or_default();
        let places = if name.contains('/') {
            vec![PathBuf::from(name)]
        } else {
            path.split(':').map(|d| PathBuf::from(d).join(name)).collect()
        };
        let runs = |p: &PathBuf| p.is_file() && rustix::fs::access(p, rustix::fs::Access::EXEC_OK).is_ok();
        places.into_iter().find(runs).map(|p| p.display().to_string())
    }

    fn binary(&self, name: &str) -> String {
        self.libexec.join(name).display().to_string()
    }

    fn ask(&self, argv: &[&str]) -> Result<String> {
        let (name, args) = argv.split_first().context("no program named")?;
        let program = self.find_program(name).with_context(|| format!("{name} is not on the PATH"))?;
        let call =
            Call::new(&program).args(args.iter().copied()).separate().limit(ASKED).clear_env().folder("/");
        let done = call.envs(self.session_env()).run().with_context(|| program.clone())?;
        match done.ok() {
            true => Ok(done.output.text()),
            false => anyhow::bail!("{program} {}: {}", done.end, plain_line(&done.errors.text(), 300)),
        }
    }

    fn fence(&self, memory_mb: u64) -> Fence {
        fence::fence(memory_mb, &self.session_env())
    }

    fn home(&self) -> Option<String> {
        let user = rustix::process::geteuid().as_raw().to_string();
        // Not /etc/passwd itself: users may come from elsewhere.
        let line = self.ask(&["getent", "passwd", &user]).ok()?;
        line.trim().split(':').nth(5).map(String::from).filter(|home| !home.is_empty())
    }
}

fn of_ours(names: &[&str]) -> BTreeMap<String, String> {
    names.iter().filter_map(|n| Some((n.to_string(), std::env::var(n).ok()?))).collect()
}

fn memory_mb() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|l| l.starts_with("MemAvailable:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024)
}

fn disk_mb(folder: &std::path::Path) -> Option<u64> {
    let there = folder.ancestors().find(|p| p.exists())?;
    let disk = rustix::fs::statvfs(there).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize) / (1 << 20))
}

fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}

/// The time. `$DROVER_NOW_FILE` may name a file with an RFC 3339 time that stands in for the wall clock: for tests
/// of what happens after days, without waiting for them.
#[derive(Clone, Debug, Default)]
pub struct WallClock {
    stand_in: Option<PathBuf>,
}

impl WallClock {
    /// The clock that the environment asks for.
    pub fn from_env() -> WallClock {
        WallClock { stand_in: std::env::var_os("DROVER_NOW_FILE").map(PathBuf::from) }
    }
}

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        let told = self.stand_in.as_ref().and_then(|p| fs::read_to_string(p).ok());
        told.and_then(|t| t.trim().parse().ok()).unwrap_or_else(|| Timestamp(Utc::now().timestamp()))
    }

    fn minute_of_day(&self) -> u32 {
        let moment = chrono::DateTime::<Utc>::from_timestamp(self.now().0, 0)
            .unwrap_or_default()
            .with_timezone(&Local);
        moment.hour() * 60 + moment.minute()
    }

    fn sleep_ms(&self, milliseconds: u64) {
        std::thread::sleep(Duration::from_millis(milliseconds));
    }
}

/// Chance from the kernel.
#[derive(Clone, Copy, Debug, Default)]
pub struct KernelDice;

impl Dice for KernelDice {
    fn nonce(&self) -> String {
        let mut bytes = [0u8; 6];
        let read = fs::File::open("/dev/urandom").and_then(|mut f| f.read_exact(&mut bytes));
        if read.is_err() {
            // Without /dev/urandom nothing is secret anyway; the name must still be another each time.
            let now = Utc::now().timestamp_nanos_opt().unwrap_or_default().to_le_bytes();
            bytes.copy_from_slice(&now[..6]);
        }
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }
}
