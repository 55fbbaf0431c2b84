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
/// Of a longer line what comes behind so many bytes is left out, and of JSON all of it: it could not be read.
const PIECE: u64 = 1 << 20;
/// How many characters of a line are kept.
const KEPT: usize = 2000;
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
    /// What it said last.
    pub fn last_words(&self) -> String {
        self.last.iter().cloned().collect::<Vec<_>>().join(" ")
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
    let mut goes_on = false;
    while let Ok(1..) = (&mut lines).take(PIECE).read_until(b'\n', &mut bytes) {
        let ends = bytes.last() == Some(&b'\n') || (bytes.len() as u64) < PIECE;
        let broken_off = !ends && bytes.first() == Some(&b'{');
        if !goes_on && !broken_off {
            hear(kind, &String::from_utf8_lossy(&bytes), heard);
        }
        goes_on = !ends;
        bytes.clear();
    }
}

fn hear(kind: Kind, line: &str, heard: &Mutex<Heard>) {
    let line = line.trim_end();
    take(kind, line, &mut lock(heard));
    if let Some(words) = shown(kind, line) {
        println!("{}", plain_text(&words));
    }
}

fn take(kind: Kind, line: &str, heard: &mut Heard) {
    heard.turn.take(kind, line);
    if !line.starts_with('{') && !line.trim().is_empty() {
        heard.last.push_back(line.chars().take(KEPT).collect());
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
        assert_eq!(heard.last_words(), "line 3 line 4 line 5 line 6 line 7");
        assert_eq!(heard.turn.conversation.as_deref(), Some("01a22260-0688"));
        let failed = "{\"type\":\"turn.failed\",\"error\":{\"message\":\"no\"}}\n";
        assert_eq!(all(format!("{said}{failed}")).turn.failed.as_deref(), Some("no"));
    }

    #[test]
    fn a_line_that_is_too_long_is_left_out_and_the_next_one_read() {
        let long =
            format!("{{\"type\":\"error\",\"message\":\"{}\"}}\nlast\n", "rate limit ".repeat(300_000));
        let heard = Reader::new(Kind::Codex, vec![Box::new(std::io::Cursor::new(long.into_bytes()))]).all();
        assert_eq!((heard.turn.failed.as_deref(), heard.last_words().as_str()), (None, "last"));
    }
}
