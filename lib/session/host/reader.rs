//! What a turn prints, where that is lines of JSON: read as it comes, told in words in the pane, and kept as far as it says
//! how the turn went.

use crate::domain::agent::Kind;
use crate::domain::agent::output::{Turn, shown};
use crate::domain::text::plain_text;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Lines that are no JSON, of which the last are kept: what a program says before it gives up.
const LAST: usize = 5;
/// A longer line comes in pieces of this many bytes.
const PIECE: u64 = 1 << 20;
/// How long after the agent has ended its last lines may take; a process it left behind may keep its pipes open for ever.
const REST: Duration = Duration::from_secs(2);

/// What was heard of a turn.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// What its lines of JSON tell.
    pub turn: Turn,
    last: VecDeque<String>,
}

impl Heard {
    /// Why it failed, in its own words: a failure that it reported, else the last that it said.
    pub fn words(&self) -> String {
        let last = || self.last.iter().cloned().collect::<Vec<_>>().join(" ");
        self.turn.failed.clone().unwrap_or_else(last)
    }
}

/// Reads along.
pub struct Reader {
    heard: Arc<Mutex<Heard>>,
    open: Arc<AtomicUsize>,
}

impl Reader {
    /// Reads these until they end.
    pub fn new(kind: Kind, streams: Vec<Box<dyn Read + Send>>) -> Reader {
        let (heard, open) = (Arc::new(Mutex::default()), Arc::new(AtomicUsize::new(streams.len())));
        for stream in streams {
            let (heard, open) = (Arc::clone(&heard), Arc::clone(&open));
            std::thread::spawn(move || {
                read(kind, stream, &heard);
                open.fetch_sub(1, Ordering::Release);
            });
        }
        Reader { heard, open }
    }

    /// What was heard so far.
    pub fn so_far(&self) -> Heard {
        lock(&self.heard).clone()
    }

    /// What was heard in all, once the agent has ended.
    pub fn all(&self) -> Heard {
        let end = Instant::now() + REST;
        while self.open.load(Ordering::Acquire) > 0 && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.so_far()
    }
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read(kind: Kind, stream: Box<dyn Read + Send>, heard: &Mutex<Heard>) {
    let mut lines = BufReader::new(stream);
    let mut bytes = Vec::new();
    // An error is an end: there is nobody to tell, and how the agent ended is told by its exit.
    while let Ok(1..) = (&mut lines).take(PIECE).read_until(b'\n', &mut bytes) {
        let line = String::from_utf8_lossy(&bytes);
        let line = line.trim_end();
        take(kind, line, &mut lock(heard));
        if let Some(words) = shown(kind, line) {
            println!("{}", plain_text(&words));
        }
        bytes.clear();
    }
}

fn take(kind: Kind, line: &str, heard: &mut Heard) {
    heard.turn.take(kind, line);
    if !line.starts_with('{') && !line.trim().is_empty() {
        heard.last.push_back(line.chars().take(500).collect());
        if heard.last.len() > LAST {
            heard.last.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_last_tells_why_unless_a_failure_was_reported() {
        let said = (1..=7).map(|n| format!("line {n}\n")).collect::<String>();
        let started = "{\"type\":\"thread.started\",\"thread_id\":\"01a22260-0688\"}\n";
        let all = |text: String| {
            Reader::new(Kind::Codex, vec![Box::new(std::io::Cursor::new(text.into_bytes()))]).all()
        };
        let heard = all(format!("{started}{said}"));
        assert_eq!(heard.words(), "line 3 line 4 line 5 line 6 line 7");
        assert_eq!(heard.turn.conversation.as_deref(), Some("01a22260-0688"));
        let failed = "{\"type\":\"turn.failed\",\"error\":{\"message\":\"no\"}}\n";
        assert_eq!(all(format!("{said}{failed}")).words(), "no");
    }
}
