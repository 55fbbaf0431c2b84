//! Starting our own binaries: each in a process group of its own, with a log of its own, and none of our locks.

use crate::effect;
use crate::store::disk::Disk;
use crate::world::{Files, Job, Jobs};
use anyhow::{Context, Result};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A log larger than this is begun anew, the old one kept under another name.
const ROTATE_AT: u64 = 1 << 20;

/// Our binaries, for one project.
#[derive(Clone, Debug)]
pub struct Binaries {
    /// The folder they lie in.
    pub libexec: PathBuf,
    /// The folder of their logs.
    pub logs: PathBuf,
    /// What every call of one is followed by: which root, which project.
    pub common: Vec<String>,
}

struct Running {
    name: String,
    child: Child,
}

impl Job for Running {
    fn ended(&mut self) -> Option<i32> {
        // That it cannot be waited for any more means that it has ended; with which code nobody can tell.
        let status =
            self.child.try_wait().unwrap_or_else(|_| Some(std::process::ExitStatus::from_raw(0xff00)))?;
        Some(status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0)))
    }

    fn name(&self) -> &str {
        &self.name
    }
}

impl Jobs for Binaries {
    fn start(&self, argv: &[&str]) -> Result<Box<dyn Job>> {
        let (program, args) = argv.split_first().context("no binary named")?;
        let log = self.log(program)?;
        let path = self.libexec.join(program);
        let mut command = Command::new(&path);
        command.args(args).args(&self.common).stdin(Stdio::null()).current_dir("/");
        command.stdout(Stdio::from(log.try_clone()?)).stderr(Stdio::from(log)).process_group(0);
        command.env_remove(crate::session::tmux::MARK);
        effect::on("job: before its start", &path);
        let child = command.spawn().with_context(|| format!("starting {}", path.display()))?;
        effect::on("job: started", &path);
        Ok(Box::new(Running { name: argv.join(" "), child }))
    }
}

impl Binaries {
    fn log(&self, program: &str) -> Result<std::fs::File> {
        Disk.make_folder(&self.logs)?;
        let path = self.logs.join(format!("{program}.log"));
        if std::fs::metadata(&path).is_ok_and(|m| m.len() > ROTATE_AT) {
            effect::on("log: before it is put by", &path);
            std::fs::rename(&path, path.with_extension("log.old"))
                .with_context(|| format!("rotating {}", path.display()))?;
            effect::on("log: put by", &path);
        }
        let open = OpenOptions::new().append(true).create(true).mode(0o600).open(&path);
        open.with_context(|| format!("opening {}", path.display()))
    }
}
