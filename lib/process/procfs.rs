//! Reading `/proc/PID/stat`. Its second field is a name that may hold anything, brackets and newlines too.

use std::fs;
use std::io;

/// One process as `/proc` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) pid: u32,
    pub(super) name: String,
    pub(super) state: u8,
    pub(super) parent: u32,
    pub(super) group: u32,
    pub(super) threads: u64,
    pub(super) start_time: u64,
}

impl Stat {
    /// True if it has ended, whether or not its parent has taken note. A first thread that has ended while
    /// others work on shows the same letter, hence the count.
    pub(super) fn ended(&self) -> bool {
        matches!(self.state, b'Z' | b'X' | b'x') && self.threads <= 1
    }
}

/// Reads one process. Not found: there is none that we may see.
pub(super) fn stat(pid: u32) -> io::Result<Stat> {
    let bytes = fs::read(format!("/proc/{pid}/stat")).map_err(gone)?;
    parse(&bytes).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "unreadable /proc stat"))
}

/// A process that ends between open and read gives ESRCH, which std has no kind for.
fn gone(error: io::Error) -> io::Error {
    match rustix::io::Errno::from_io_error(&error) {
        Some(rustix::io::Errno::SRCH) => io::ErrorKind::NotFound.into(),
        _ => error,
    }
}

/// All processes that we can see, in no order. Those that end while we look are left out.
pub(super) fn all() -> Vec<Stat> {
    pids().into_iter().filter_map(|pid| stat(pid).ok()).collect()
}

/// The ids of all processes that we can see.
fn pids() -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|e| e.file_name().to_str()?.parse().ok()).collect()
}

fn parse(bytes: &[u8]) -> Option<Stat> {
    let open = bytes.iter().position(|b| *b == b'(')?;
    let close = bytes.iter().rposition(|b| *b == b')')?;
    let pid = std::str::from_utf8(&bytes[..open]).ok()?.trim().parse().ok()?;
    let name = String::from_utf8_lossy(bytes.get(open + 1..close)?).into_owned();
    let fields: Vec<&str> = std::str::from_utf8(&bytes[close + 1..]).ok()?.split_ascii_whitespace().collect();
    // Counted from the state, which is the third field of proc(5).
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(Stat {
        pid,
        name,
        state: *fields.first()?.as_bytes().first()?,
        parent: u32::try_from(number(1)?).ok()?,
        group: u32::try_from(number(2)?).ok()?,
        threads: number(17)?,
        start_time: number(19)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_brackets_and_newlines() {
        let line = b"42 (a) R 1 (\n) S 7 8 9 0 -1 4 1 2 3 4 5 6 7 8 20 0 3 0 1234 99 1";
        let stat = parse(line).unwrap();
        assert_eq!((stat.pid, stat.name.as_str(), stat.state), (42, "a) R 1 (\n", b'S'));
        assert_eq!((stat.parent, stat.group, stat.threads, stat.start_time), (7, 8, 3, 1234));
    }

    #[test]
    fn what_is_cut_short_is_no_process() {
        for bad in [&b""[..], b"1", b"1 (x", b"1 (x)", b"1 (x) S 1 2", b") (", b"1 (x) S - - -"] {
            assert!(parse(bad).is_none());
        }
    }

    #[test]
    fn we_see_ourselves() {
        let us = stat(std::process::id()).unwrap();
        assert!(!us.ended() && all().iter().any(|s| (s.pid, s.start_time) == (us.pid, us.start_time)));
        assert_eq!(stat(u32::MAX).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
