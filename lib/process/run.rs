//! Runs one program to its end, within limits that hold whatever it does: a time limit though a grandchild
//! keeps its output open, bounded memory however much it writes, and no member of its group left behind.

use super::capture::Spool;
use super::deadline::Deadline;
pub use super::end::{End, Finished, SpawnError, signal_name};
use super::follow::Running;
use super::pump::Pump;
use super::reaper::Owned;
use crate::effect;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A program about to run. Unless said otherwise: our environment, no input, 60 s, 32 KB kept of each end of
/// the output, standard error within it, any amount of it.
#[derive(Debug)]
pub struct Call {
    program: OsString,
    args: Vec<OsString>,
    folder: Option<PathBuf>,
    clear: bool,
    env: Vec<(OsString, OsString)>,
    input: Option<Vec<u8>>,
    limit: Duration,
    keep: usize,
    separate: bool,
    spool: Option<(PathBuf, u64)>,
    most: Option<u64>,
    changes: bool,
}

impl Call {
    /// A call of this program: a path, or a name to be found on the PATH that the program gets.
    pub fn new(program: impl Into<OsString>) -> Call {
        Call {
            program: program.into(),
            args: Vec::new(),
            folder: None,
            clear: false,
            env: Vec::new(),
            input: None,
            limit: Duration::from_secs(60),
            keep: 32 * 1024,
            separate: false,
            spool: None,
            most: None,
            changes: false,
        }
    }

    /// One more argument.
    pub fn arg(mut self, arg: impl Into<OsString>) -> Call {
        self.args.push(arg.into());
        self
    }

    /// More arguments.
    pub fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Call {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// The folder to run in.
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Call {
        self.folder = Some(folder.into());
        self
    }

    /// Nothing of our environment, only what is given to this call.
    pub fn clear_env(mut self) -> Call {
        self.clear = true;
        self
    }

    /// One more variable, over ours of the same name.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Call {
        self.env.push((name.into(), value.into()));
        self
    }

    /// More variables.
    pub fn envs<N: AsRef<OsStr>, V: AsRef<OsStr>>(mut self, vars: impl IntoIterator<Item = (N, V)>) -> Call {
        self.env.extend(vars.into_iter().map(|(n, v)| (n.as_ref().into(), v.as_ref().into())));
        self
    }

    /// Its standard input.
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Call {
        self.input = Some(bytes.into());
        self
    }

    /// How long it may run; then its whole group is ended.
    pub fn limit(mut self, limit: Duration) -> Call {
        self.limit = limit;
        self
    }

    /// How many bytes to keep of each end of the output.
    pub fn keep(mut self, bytes: usize) -> Call {
        self.keep = bytes;
        self
    }

    /// Keep standard error apart.
    pub fn separate(mut self) -> Call {
        self.separate = true;
        self
    }

    /// Append its output to this file too, the first `cap` bytes of it.
    pub fn spool(mut self, path: impl Into<PathBuf>, cap: u64) -> Call {
        self.spool = Some((path.into(), cap));
        self
    }

    /// How many bytes it may write; with one more its whole group is ended.
    pub fn output_limit(mut self, bytes: u64) -> Call {
        self.most = Some(bytes);
        self
    }

    /// It changes something outside: whoever calls marks that (see [`effect`]), and here is marked that it began.
    pub fn changes(mut self) -> Call {
        self.changes = true;
        self
    }

    /// Runs it in a process group of its own and waits for its end. Returns at the latest 5 s after the limit;
    /// by then nothing of the group is left, but what gave itself a group of its own may be.
    ///
    /// # Errors
    /// It did not start, or how it ended is not known.
    pub fn run(mut self) -> Result<Finished, SpawnError> {
        let started = Instant::now();
        let deadline = Deadline::after(self.limit);
        let mut pump = Pump::new(self.open_spool()?);
        let child = self.start(&mut pump).map_err(|e| self.explain(e))?;
        let running = Running::new(child, pump, deadline, self.most);
        let (end, pump) =
            running.finish().map_err(|source| SpawnError::Lost { program: self.name(), source })?;
        let written = pump.total();
        let (kept, spool_error) = pump.finish();
        let mut kept = kept.into_iter();
        let (output, errors) = (kept.next().unwrap_or_default(), kept.next().unwrap_or_default());
        Ok(Finished { end, output, errors, took: started.elapsed(), written, spool_error })
    }

    fn open_spool(&self) -> Result<Option<Spool>, SpawnError> {
        let Some((path, cap)) = &self.spool else { return Ok(None) };
        let spool = Spool::open(path, *cap);
        spool.map(Some).map_err(|source| SpawnError::Spool { path: path.clone(), source })
    }

    /// Starts it with its streams in the pump. Our copies of its ends of the pipes are closed on return, else
    /// we would wait for ourselves to close them.
    fn start(&mut self, pump: &mut Pump) -> io::Result<Owned> {
        let mut command = self.command();
        let (reader, writer) = io::pipe()?;
        pump.read(reader, self.keep)?;
        if self.separate {
            let (reader, errors) = io::pipe()?;
            pump.read(reader, self.keep)?;
            command.stderr(errors);
        } else {
            command.stderr(writer.try_clone()?);
        }
        command.stdout(writer);
        command.stdin(if self.input.is_some() { Stdio::piped() } else { Stdio::null() });
        let mut owned = Owned::spawn(&mut command)?;
        if self.changes {
            effect::on("program: at work", Path::new(&self.program));
        }
        if let (Some(pipe), Some(bytes)) = (owned.child.stdin.take(), self.input.take()) {
            pump.write(pipe, bytes);
        }
        Ok(owned)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).process_group(0);
        if self.clear {
            command.env_clear();
        }
        command.envs(self.env.iter().map(|(n, v)| (n, v)));
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command
    }

    /// The system's one "not found" means the program or the folder; people need to know which.
    fn explain(&self, source: io::Error) -> SpawnError {
        let program = self.name();
        match &self.folder {
            Some(folder) if !Path::is_dir(folder) => SpawnError::NoFolder { program, folder: folder.clone() },
            _ if source.kind() == io::ErrorKind::NotFound => SpawnError::NotFound { program },
            _ => SpawnError::Start { program, source },
        }
    }

    fn name(&self) -> String {
        self.program.to_string_lossy().into_owned()
    }
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
