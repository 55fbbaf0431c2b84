//! How a program ended, or why it did not run.

use super::capture::Captured;
use std::path::PathBuf;
use std::time::Duration;
use std::{fmt, io};

/// Why a program did not run.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// There is no such program.
    #[error("there is no program '{program}' on the PATH")]
    NotFound {
        /// Its name or path.
        program: String,
    },
    /// The folder to run in is not there.
    #[error("there is no folder {} to run '{program}' in", folder.display())]
    NoFolder {
        /// The program.
        program: String,
        /// The folder.
        folder: PathBuf,
    },
    /// The file that takes its output cannot be opened.
    #[error("cannot write {}", path.display())]
    Spool {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system did not start it.
    #[error("cannot start '{program}'")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// It was started, but how it ended is not known (SIGCHLD ignored, or another part took its status).
    /// Its group has been ended.
    #[error("cannot follow '{program}'")]
    Lost {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By itself, with this code.
    Exit(i32),
    /// By this signal, not one of ours.
    Signal(i32),
    /// We ended it: its time was over.
    TimedOut,
    /// We ended it: it wrote more than it may.
    OutputLimit,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Exit(code) => write!(f, "exit code {code}"),
            End::Signal(number) => write!(f, "ended by {}", signal_name(*number)),
            End::TimedOut => f.write_str("ended by us: out of time"),
            End::OutputLimit => f.write_str("ended by us: too much output"),
        }
    }
}

/// What people call a signal: `SIGKILL`, or `signal 40`.
pub fn signal_name(number: i32) -> String {
    const NAMES: [&str; 15] = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE",
        "ALRM", "TERM",
    ];
    let index = usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
    match (index.and_then(|i| NAMES.get(i)), number) {
        (Some(name), _) => format!("SIG{name}"),
        (None, 24) => "SIGXCPU".into(),
        (None, 25) => "SIGXFSZ".into(),
        (None, 31) => "SIGSYS".into(),
        (None, _) => format!("signal {number}"),
    }
}

/// A program that ran.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub end: End,
    /// Its standard output; with standard error in it, in the order written, unless asked to be separate.
    pub output: Captured,
    /// Its standard error, if asked to be separate.
    pub errors: Captured,
    /// From its start until nothing of it was left.
    pub took: Duration,
    /// How many bytes it wrote, kept or not.
    pub written: u64,
    /// Why the spool file is shorter than it should be, if it is.
    pub spool_error: Option<io::Error>,
}

impl Finished {
    /// True if it ended by itself with code 0.
    pub fn ok(&self) -> bool {
        self.end == End::Exit(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_have_their_names() {
        let names = [(1, "SIGHUP"), (9, "SIGKILL"), (11, "SIGSEGV"), (15, "SIGTERM"), (25, "SIGXFSZ")];
        names.iter().for_each(|(number, name)| assert_eq!(signal_name(*number), *name));
        assert_eq!(
            (signal_name(0), signal_name(-3), signal_name(40)),
            ("signal 0".into(), "signal -3".into(), "signal 40".into())
        );
        assert_eq!(End::Signal(9).to_string(), "ended by SIGKILL");
    }
}
