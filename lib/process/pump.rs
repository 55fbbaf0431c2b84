//! Moves bytes between us and a running program in one thread: input to it, output from it, whatever is ready
//! first. Nothing here ever blocks on the program.

use super::capture::{Captured, Keeper, Spool};
use super::deadline::Deadline;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionbio};
use std::io::{self, ErrorKind, PipeReader, Read, Write};
use std::os::fd::BorrowedFd;
use std::process::ChildStdin;
use std::time::Duration;

/// What one read takes at most: what a pipe holds by default.
const CHUNK: usize = 64 * 1024;

/// One output of the program.
#[derive(Debug)]
struct Source {
    pipe: Option<PipeReader>,
    kept: Keeper,
}

/// What the program has yet to read.
#[derive(Debug)]
struct Feed {
    pipe: ChildStdin,
    bytes: Vec<u8>,
    done: usize,
}

/// All streams of one program.
#[derive(Debug)]
pub(super) struct Pump {
    sources: Vec<Source>,
    feed: Option<Feed>,
    spool: Option<Spool>,
    total: u64,
    buffer: Vec<u8>,
}

impl Pump {
    /// A pump that also writes what it reads to `spool`.
    pub(super) fn new(spool: Option<Spool>) -> Pump {
        Pump { sources: Vec::new(), feed: None, spool, total: 0, buffer: vec![0; CHUNK] }
    }

    /// Reads this pipe too, keeping `keep` bytes of each end.
    pub(super) fn read(&mut self, pipe: PipeReader, keep: usize) -> io::Result<()> {
        ioctl_fionbio(&pipe, true)?;
        self.sources.push(Source { pipe: Some(pipe), kept: Keeper::new(keep) });
        Ok(())
    }

    /// Writes `bytes` to the program, then closes its input.
    pub(super) fn write(&mut self, pipe: ChildStdin, bytes: Vec<u8>) {
        // FIONBIO on a pipe of ours cannot fail; if it did, nothing written is better than blocking.
        if ioctl_fionbio(&pipe, true).is_ok() && !bytes.is_empty() {
            self.feed = Some(Feed { pipe, bytes, done: 0 });
        }
    }

    /// How many bytes the program has written so far.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// Moves what is ready, waiting at most `most` for something to be, or for `also` to become readable.
    pub(super) fn turn(&mut self, also: Option<BorrowedFd<'_>>, most: Duration) -> io::Result<()> {
        if !self.wait(also, most)? {
            return Ok(());
        }
        for at in 0..self.sources.len() {
            self.take(at)?;
        }
        self.give();
        Ok(())
    }

    /// Reads on until every output is closed, at most for `most`.
    pub(super) fn drain(&mut self, most: Duration) -> io::Result<()> {
        let deadline = Deadline::after(most);
        self.feed = None;
        while self.sources.iter().any(|s| s.pipe.is_some()) {
            let Some(left) = deadline.left() else { break };
            self.turn(None, left)?;
        }
        Ok(())
    }

    /// Sleeps for `time` while bytes keep moving.
    pub(super) fn pass(&mut self, time: Duration) -> io::Result<()> {
        let deadline = Deadline::after(time);
        while let Some(left) = deadline.left() {
            self.turn(None, left)?;
        }
        Ok(())
    }

    /// What was kept of each output, in the order they were added, and why the spool stopped early, if it did.
    pub(super) fn finish(self) -> (Vec<Captured>, Option<io::Error>) {
        let kept = self.sources.into_iter().map(|s| s.kept.finish()).collect();
        (kept, self.spool.and_then(Spool::finish))
    }

    /// True if something may be ready, false if the time is over.
    fn wait(&self, also: Option<BorrowedFd<'_>>, most: Duration) -> io::Result<bool> {
        let pipes = self.sources.iter().filter_map(|s| s.pipe.as_ref());
        let mut fds: Vec<PollFd<'_>> = pipes.map(|p| PollFd::new(p, PollFlags::IN)).collect();
        fds.extend(self.feed.as_ref().map(|f| PollFd::new(&f.pipe, PollFlags::OUT)));
        fds.extend(also.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
        let most = Timespec::try_from(most).ok();
        match poll(&mut fds, most.as_ref()) {
            Ok(ready) => Ok(ready > 0),
            Err(Errno::INTR) => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    /// One read of one output. One only, so that a flood on it delays neither the others nor the time limit.
    fn take(&mut self, at: usize) -> io::Result<()> {
        let source = &mut self.sources[at];
        let Some(pipe) = source.pipe.as_mut() else { return Ok(()) };
        match pipe.read(&mut self.buffer) {
            Ok(0) => source.pipe = None,
            Ok(n) => {
                let bytes = &self.buffer[..n];
                self.total += n as u64;
                source.kept.push(bytes);
                if let Some(spool) = self.spool.as_mut() {
                    spool.push(bytes);
                }
            }
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(e) => return Err(e),
        }
        Ok(())
    }

    /// One write of input. A program that wants no more of it is no error.
    fn give(&mut self) {
        let Some(feed) = self.feed.as_mut() else { return };
        match feed.pipe.write(&feed.bytes[feed.done..]) {
            Ok(n) => feed.done += n,
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => return,
            Err(_) => feed.done = feed.bytes.len(),
        }
        if feed.done == feed.bytes.len() {
            self.feed = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;
    use std::time::Instant;

    #[test]
    fn drain_ends_with_the_writer_or_the_time() {
        let (reader, mut writer) = io::pipe().unwrap();
        let mut pump = Pump::new(None);
        pump.read(reader, 10).unwrap();
        writer.write_all(b"abc").unwrap();
        pump.drain(Duration::from_millis(20)).unwrap();
        assert_eq!(pump.total(), 3);
        drop(writer);
        let started = Instant::now();
        pump.drain(Duration::from_secs(60)).unwrap();
        assert!(started.elapsed() < Duration::from_secs(30));
        assert_eq!(pump.finish().0[0].text(), "abc");
    }

    #[test]
    fn another_descriptor_wakes_it() {
        let (reader, _writer) = io::pipe().unwrap();
        let (also, mut bell) = io::pipe().unwrap();
        let mut pump = Pump::new(None);
        pump.read(reader, 10).unwrap();
        bell.write_all(b"!").unwrap();
        let started = Instant::now();
        pump.turn(Some(also.as_fd()), Duration::from_secs(60)).unwrap();
        assert!(started.elapsed() < Duration::from_secs(30));
    }
}
