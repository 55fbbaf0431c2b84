//! Markers at everything that changes something outside of this process: files, refs, programs, signals. A marker
//! stands directly before each such step and, where it differs, directly after. In a normal build it is nothing.
//! With the feature `lab` it counts, and at the number that a plan names the process kills itself: so the kill
//! sweep (`tests/kill/`) ends every binary at every effect. `tests/layers.rs` holds each primitive to its marker.

use std::path::{Path, PathBuf};

/// Marks a step that changes something outside. The name is a literal that stands nowhere else.
#[inline(always)]
pub fn at(point: &'static str) {
    #[cfg(feature = "lab")]
    lab::count(point, None);
    #[cfg(not(feature = "lab"))]
    let _ = point;
}

/// The same, with the file that it is about: for whoever reads the log of a sweep.
#[inline(always)]
pub fn on(point: &'static str, file: &Path) {
    #[cfg(feature = "lab")]
    lab::count(point, Some(file));
    #[cfg(not(feature = "lab"))]
    let _ = (point, file);
}

/// The variable that names the folder of a sweep's plan and log.
#[cfg(feature = "lab")]
pub const VARIABLE: &str = "DROVER_LAB";

/// The folder of the sweep that this process is part of: none in a normal build.
pub fn lab() -> Option<PathBuf> {
    #[cfg(feature = "lab")]
    return std::env::var_os(VARIABLE).map(PathBuf::from);
    #[cfg(not(feature = "lab"))]
    None
}

#[cfg(feature = "lab")]
mod lab {
    //! `plan` holds a program's name and a number; `log` gets a line for each effect; `count.<program>` a byte.

    use std::fs::{File, OpenOptions};
    use std::io::{Seek, Write};
    use std::path::{Path, PathBuf};
    use std::sync::OnceLock;

    struct Lab {
        folder: PathBuf,
        program: String,
        /// The effect to die at, if it is one of ours.
        last: Option<u64>,
    }

    static LAB: OnceLock<Option<Lab>> = OnceLock::new();

    /// Counts an effect, and dies at the one that the plan names.
    pub fn count(point: &str, file: Option<&Path>) {
        let Some(lab) = LAB.get_or_init(open) else { return };
        let name = file.and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned());
        let done = lab.number().and_then(|number| {
            let dies = lab.last == Some(number);
            let killed = if dies { "\tkilled" } else { "" };
            let line = format!("{}\t{number}\t{point}\t{}{killed}\n", lab.program, name.unwrap_or_default());
            append(&lab.folder.join("log"))?.write_all(line.as_bytes()).map(|()| dies)
        });
        match done {
            Ok(false) => {}
            Ok(true) => die(),
            // The folder goes when the history is over; whoever is late has nothing to count any more.
            Err(_) => {}
        }
    }

    fn open() -> Option<Lab> {
        let folder = super::lab()?;
        let program = program();
        let plan = std::fs::read_to_string(folder.join("plan")).unwrap_or_default();
        let mut words = plan.split_whitespace();
        let ours = words.next() == Some(&program);
        let last = words.next().and_then(|n| n.parse().ok()).filter(|_| ours);
        Some(Lab { folder, program, last })
    }

    /// The host of a session is counted apart from the commands of the binary that it belongs to.
    fn program() -> String {
        let mut args = std::env::args();
        let path = args.next().unwrap_or_default();
        let name = Path::new(&path).file_name().map(|n| n.to_string_lossy().into_owned());
        let host = args.next().is_some_and(|verb| verb == "host");
        if host { "host".into() } else { name.unwrap_or_default() }
    }

    fn append(path: &Path) -> std::io::Result<File> {
        OpenOptions::new().append(true).create(true).open(path)
    }

    impl Lab {
        /// Appending is atomic and leaves us where our own byte ended: no two processes get the same number.
        fn number(&self) -> std::io::Result<u64> {
            let mut file = append(&self.folder.join(format!("count.{}", self.program)))?;
            file.write_all(b".")?;
            file.stream_position()
        }
    }

    fn die() {
        let us = rustix::process::getpid();
        let _ = rustix::process::kill_process(us, rustix::process::Signal::KILL);
        // The signal is on its way; nothing may happen after it.
        loop {
            std::thread::park();
        }
    }
}
