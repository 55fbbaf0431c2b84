//! What of a long text a message shows: a few lines of the head, the first error with what surrounds it, and
//! the tail, with marks where something is left out.

use super::text::plain_text;
use regex::Regex;
use std::sync::LazyLock;

/// Lines longer than this many characters are cut in the middle.
const LONG_LINE: usize = 400;
/// Room for one mark with any number in it, with its line break.
const MARK: usize = 48;
/// How many lines around the first error belong to it, on each side.
const AROUND: usize = 3;
/// No more lines of the head than this: it tells what ran, the tail how it ended.
const HEAD_LINES: usize = 20;

/// What of a check's log a message shows, in at most `limit` bytes: the whole if it fits, else its head, the
/// first error with three lines before and after it, and its tail. The result is plain (see [`plain_text`]);
/// secrets must be taken out by the caller.
pub fn excerpt(log: &str, limit: usize) -> String {
    let plain = as_on_screen(log);
    let lines: Vec<String> = plain.lines().map(shortened).collect();
    let size: usize = lines.iter().map(|l| l.len() + 1).sum();
    if size <= limit {
        return lines.iter().flat_map(|l| [l.as_str(), "\n"]).collect();
    }
    if limit < 6 * MARK {
        // No room for three parts: how it ended tells most.
        return suffix(&lines.join("\n"), limit).to_string();
    }
    rendered(&lines, &chosen(&lines, first_error(plain.lines()), limit - 3 * MARK), limit)
}

/// The text with progress bars as a terminal would leave them: a line written over is not shown.
fn as_on_screen(log: &str) -> String {
    let last_state = |line: &str| -> String {
        let line = line.trim_end_matches('\r');
        plain_text(line.rsplit('\r').next().unwrap_or(line))
    };
    log.split('\n').map(last_state).collect::<Vec<_>>().join("\n")
}

fn shortened(line: &str) -> String {
    let count = line.chars().count();
    if count <= LONG_LINE {
        return line.to_string();
    }
    let (front, back) = (LONG_LINE * 3 / 5, LONG_LINE / 4);
    let head: String = line.chars().take(front).collect();
    let tail: String = line.chars().skip(count - back).collect();
    format!("{head}[… {} characters left out …]{tail}", count - front - back)
}

/// Which lines are shown, if they may take `room` bytes: the error first, then head and tail with what is
/// left.
fn chosen(lines: &[String], error: Option<usize>, room: usize) -> Vec<bool> {
    let mut pick = Pick { lines, shown: vec![false; lines.len()], room };
    if let Some(at) = error {
        pick.room = room * 3 / 5;
        pick.take(at);
        for step in 1..=AROUND {
            pick.take(at + step);
            if let Some(before) = at.checked_sub(step) {
                pick.take(before);
            }
        }
        pick.room += room - room * 3 / 5;
    }
    let rest = pick.room;
    pick.room = rest / 4;
    (0..lines.len().min(HEAD_LINES)).all(|at| pick.take(at));
    pick.room += rest - rest / 4;
    (0..lines.len()).rev().all(|at| pick.take(at));
    pick.shown
}

struct Pick<'a> {
    lines: &'a [String],
    shown: Vec<bool>,
    room: usize,
}

impl Pick<'_> {
    /// Shows one more line if there is room; false if there is none.
    fn take(&mut self, at: usize) -> bool {
        let Some(line) = self.lines.get(at) else { return false };
        if self.shown[at] {
            return true;
        }
        let Some(left) = self.room.checked_sub(line.len() + 1) else { return false };
        self.room = left;
        self.shown[at] = true;
        true
    }
}

fn rendered(lines: &[String], shown: &[bool], limit: usize) -> String {
    let mut out = String::new();
    let mut left_out = 0;
    for (line, shown) in lines.iter().zip(shown) {
        if !shown {
            left_out += 1;
            continue;
        }
        push_mark(&mut out, left_out);
        left_out = 0;
        out.push_str(line);
        out.push('\n');
    }
    push_mark(&mut out, left_out);
    // Never needed as long as MARK is room enough.
    prefix(&out, limit).to_string()
}

fn push_mark(out: &mut String, left_out: usize) {
    if left_out > 0 {
        out.push_str(&format!("[… {left_out} line{} left out …]\n", if left_out == 1 { "" } else { "s" }));
    }
}

/// The number of the first line that says what went wrong: one that surely does, else one that may.
fn first_error<'a>(lines: impl Iterator<Item = &'a str>) -> Option<usize> {
    let mut maybe = None;
    for (at, line) in lines.enumerate().filter(|(_, l)| !NO_ERROR.is_match(l)) {
        if ERROR.is_match(line) {
            return Some(at);
        }
        if maybe.is_none() && MAYBE.is_match(line) {
            maybe = Some(at);
        }
    }
    maybe
}

/// What lines say that report an error, each alone. Logs of CI put times and names of steps before any of
/// them.
const ERRORS: &[&str] = &[
    r"(?:^|[\s\]|>])(?i:error|fatal error|internal compiler error)(?:\[[A-Za-z]+[0-9]+\]| [A-Z]+[0-9]+)?:(?:\s|$)",
    r"(?:^|[\s\]|])(?:fatal|Fatal|FATAL|CRITICAL):(?:\s|$)",
    r"^\s*\[?ERROR\]?(?:\s|:|$)",
    r"##\[error\]|^::error",
    r":[0-9]+(?::[0-9]+)?:?\s+(?i:(?:fatal )?error)\b",
    r"\([0-9]+,[0-9]+\): (?i:error)\b",
    r"^\s*[0-9]+:[0-9]+\s+error\s",
    r"\bpanicked at\b|^panic: |^\s*goroutine [0-9]+ \[running\]",
    r"Traceback \(most recent call last\)",
    r"\bAssertionError\b|\bAssertion failed\b|\bassertion `",
    r"(?:^|[\s(])(?:[a-z_]\w*\.)*[A-Z]\w*(?:Error|Exception)(?::\s|:?$)",
    r"^Exception in thread|\bUnhandled (?:exception|rejection)\b|\bUncaught\b",
    r"\bFAILED\b|^\s*(?:---\s+|\S+\s\|\s+)?FAIL\b|\bBUILD FAILURE\b",
    r"(?:^|\s)not ok [0-9]+",
    r"^\s*[✗✘×]\s|^\s*[0-9]+\) \S+.*\bfailed\b",
    r"\bnpm (?:ERR!|error)|\bERR_PNPM_|^error Command failed|\bELIFECYCLE\b",
    r"\bcommand not found\b|^\S*sh: .*: not found$",
    r"^g?make(?:\[[0-9]+\])?: \*\*\* |^ninja: build stopped",
    r"\bundefined reference to\b|\bunresolved external symbol\b|cannot find -l",
    r"(?i:\bsegmentation fault\b|\bcore dumped\b|\bout of memory\b|\bstack overflow\b)",
    r"^Caused by:|^\* What went wrong:",
];

/// What may report an error where nothing of [`ERRORS`] is found.
const MAYBES: &[&str] = &[
    r"(?i:no such file or directory|permission denied|connection refused|no space left on device)",
    r"(?i:\btimed? ?out\b|\bkilled\b|\baborted\b)",
    r"(?i:\bexit(?:ed)?(?: with)?(?: code| status)?:? [1-9])",
    r"(?i:\berrors?\b|\bfail(?:ed|ures?)?\b)",
];

/// Lines that speak of errors because there are none, or that count them.
const NO_ERRORS: &[&str] = &[
    r"(?i)\b(?:0|no) (?:errors?|failures?|failed)\b",
    r"(?i)\b(?:errors?|failures?|failed)\s*[:=]\s*0\b",
    r"(?i)\bnot ok [0-9]+.*# *(?:todo|skip)\b",
    r"(?i)\bxfail|\bshould_panic\b|\bexpected failure",
];

static ERROR: LazyLock<Regex> = LazyLock::new(|| any_of(ERRORS));
static MAYBE: LazyLock<Regex> = LazyLock::new(|| any_of(MAYBES));
static NO_ERROR: LazyLock<Regex> = LazyLock::new(|| any_of(NO_ERRORS));

fn any_of(patterns: &[&str]) -> Regex {
    let all: Vec<String> = patterns.iter().map(|p| format!("(?:{p})")).collect();
    Regex::new(&all.join("|")).expect("literal pattern")
}

/// A text of at most `limit` bytes: the whole if it fits, else its head and its tail in equal parts, at line
/// breaks where there are any near, with a mark between that says how much is missing. Nothing else is
/// changed.
pub fn head_and_tail(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_string();
    }
    let Some(half) = limit.checked_sub(MARK + 2).map(|room| room / 2).filter(|half| *half > 0) else {
        return prefix(text, limit).to_string();
    };
    let (head, tail) = (prefix(text, half), suffix(text, half));
    // A whole line is worth losing up to half of the part for.
    let head = head.rfind('\n').map(|at| &head[..=at]).filter(|h| h.len() > half / 2).unwrap_or(head);
    let tail = tail.find('\n').map(|at| &tail[at + 1..]).filter(|t| t.len() > half / 2).unwrap_or(tail);
    let missing = &text[head.len()..text.len() - tail.len()];
    let gap = if head.ends_with('\n') { "" } else { "\n" };
    let mark = match missing.lines().count() {
        0..=2 => format!("[… {} characters left out …]", missing.chars().count()),
        lines => format!("[… {lines} lines left out …]"),
    };
    format!("{head}{gap}{mark}\n{tail}")
}

/// The longest beginning of a text that has at most `limit` bytes.
fn prefix(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The longest end of a text that has at most `limit` bytes.
fn suffix(text: &str, limit: usize) -> &str {
    let mut start = text.len().saturating_sub(limit);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}

#[cfg(test)]
#[path = "excerpt_tests.rs"]
mod tests;
