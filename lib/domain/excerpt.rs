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
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `n` lines that say nothing, from `line 0` on.
    fn noise(n: usize) -> String {
        (0..n).map(|i| format!("line {i} of the build goes by\n")).collect()
    }

    #[test]
    fn a_log_that_fits_is_shown_whole_and_plain() {
        assert_eq!(excerpt("a\nb\n", 10), "a\nb\n");
        assert_eq!(excerpt("\u{1b}[31ma\u{1b}[0m\r\n\tb\u{8}", 10), "a\n\tb\n");
        assert_eq!(excerpt("", 0), "");
    }

    #[test]
    fn a_long_log_shows_head_first_error_and_tail_with_marks_between() {
        let log = format!(
            "start\n{}error: it broke\n{}error: second\n{}the end\n",
            noise(500),
            noise(500),
            noise(500)
        );
        let shown = excerpt(&log, 2000);
        let at = |what: &str| shown.find(what).unwrap_or_else(|| panic!("no {what} in\n{shown}"));
        assert!(
            at("start") < at("left out") && at("left out") < at("it broke") && at("it broke") < at("the end")
        );
        assert_eq!(shown.matches("lines left out …]").count(), 2);
        assert!(
            shown.contains("line 497 of") && shown.contains("line 499 of") && shown.contains("line 2 of")
        );
        assert!(shown.len() <= 2000 && shown.len() > 1700, "{}", shown.len());
    }

    #[test]
    fn marks_count_exactly_what_is_missing() {
        let log = format!("{}error: x\n{}", noise(300), noise(300));
        let shown = excerpt(&log, 1500);
        let missing: usize = shown
            .lines()
            .filter_map(|l| l.strip_prefix("[… ")?.split(' ').next()?.parse::<usize>().ok())
            .sum();
        let kept = shown.lines().filter(|l| !l.starts_with("[…")).count();
        assert_eq!(missing + kept, 601);
    }

    #[test]
    fn without_an_error_there_are_head_and_tail() {
        let shown = excerpt(&noise(1000), 1000);
        assert!(shown.starts_with("line 0 ") && shown.ends_with("line 999 of the build goes by\n"));
        assert_eq!(shown.matches("left out").count(), 1);
    }

    #[test]
    fn lines_of_errors_are_told_from_others() {
        for line in [
            "error: cannot find x",
            "error[E0308]: mismatched types",
            "src/a.rs:3:7: error: bad",
            "main.c:10: error: expected ';'",
            "a.ts(3,7): error TS2304: x",
            "  3:7  error  'x' is not defined  no-undef",
            "test a::b ... FAILED",
            "--- FAIL: TestX (0.00s)",
            "FAIL src/a.test.js",
            "FAILED tests/a.py::b - x",
            "thread 'main' panicked at src/main.rs:1:1:",
            "panic: runtime error",
            "Traceback (most recent call last):",
            "E   AssertionError: 1 != 2",
            "ValueError: bad",
            "not ok 3 - works",
            "npm ERR! code 1",
            "npm error code ELIFECYCLE",
            "fatal: not a git repository",
            "sh: line 1: foo: command not found",
            "/bin/sh: foo: not found",
            "make: *** [all] Error 2",
            "make[1]: *** [x] Error 1",
            "ld: undefined reference to `x'",
            "[ERROR] Failed to execute goal",
            "ERROR: could not install",
            "2026-01-01T00:00:00Z error: late",
            "[build:12] error: late",
            "##[error]Process completed with exit code 1.",
            "java.lang.NullPointerException: x",
            "Segmentation fault (core dumped)",
            "  \u{2717} does a thing",
            "ERR_PNPM_NO_LOCKFILE x",
            "Error: Cannot find module 'x'",
            "x.go:3:1: Error: y",
            "error TS1005: ';' expected.",
        ] {
            assert_eq!(first_error(["all well", line].into_iter()), Some(1), "{line}");
        }
        for line in [
            "test error_paths ... ok",
            "0 errors, 0 failed",
            "Compiling thiserror v2",
            "errors: 0",
            "no failures",
            "warning: unused",
            "not ok 3 # TODO later",
            "FAILED: 0",
            "git log --format=x",
        ] {
            assert_eq!(first_error([line].into_iter()), None, "{line}");
        }
    }

    #[test]
    fn a_sure_error_counts_before_one_that_may_be() {
        let lines = ["cat: .nvmrc: No such file or directory", "1 failed", "error: real"];
        assert_eq!(first_error(lines.into_iter()), Some(2));
        assert_eq!(first_error(lines[..2].iter().copied()), Some(0));
    }

    #[test]
    fn the_error_is_shown_even_where_it_is_as_long_as_the_room() {
        let log = format!("{}error: {}\n{}", noise(200), "x".repeat(5000), noise(200));
        let shown = excerpt(&log, 1000);
        assert!(
            shown.contains("error: xxx") && shown.contains("characters left out") && shown.len() <= 1000,
            "{shown}"
        );
    }

    #[test]
    fn long_lines_are_cut_in_the_middle() {
        let line = shortened(&format!("{}{}{}", "a".repeat(300), "é".repeat(5000), "z".repeat(300)));
        assert!(
            line.starts_with("aaa")
                && line.ends_with("zzz")
                && line.contains("[… 5260 characters left out …]"),
            "{line}"
        );
        assert!(line.chars().count() <= LONG_LINE);
        assert_eq!(shortened(&"é".repeat(LONG_LINE)), "é".repeat(LONG_LINE));
    }

    #[test]
    fn a_progress_bar_shows_its_last_state() {
        assert_eq!(excerpt("  1%\r 50%\r100%\r\ndone\n", 100), "100%\ndone\n");
        assert_eq!(excerpt("fetch 3%\rerror: gone\n", 100), "error: gone\n");
    }

    #[test]
    fn the_smallest_limits_are_kept() {
        let log = format!("{}error: ü\n", noise(100));
        for limit in 0..400 {
            assert!(excerpt(&log, limit).len() <= limit);
        }
        assert_eq!(excerpt(&log, 9), "error: ü");
    }

    #[test]
    fn head_and_tail_of_lines_are_whole_lines() {
        let text = noise(100);
        let cut = head_and_tail(&text, 500);
        assert!(
            cut.starts_with("line 0 of the build goes by\n")
                && cut.ends_with("\nline 99 of the build goes by\n")
        );
        let shown = cut.lines().filter(|l| l.starts_with("line ")).count();
        assert!(cut.contains(&format!("[… {} lines left out …]", 100 - shown)), "{cut}");
        assert_eq!(head_and_tail(&text, text.len()), text);
    }

    #[test]
    fn head_and_tail_of_one_line_are_cut_between_characters() {
        let cut = head_and_tail(&"日".repeat(1000), 200);
        assert!(
            cut.starts_with('日')
                && cut.ends_with('日')
                && cut.contains("characters left out")
                && cut.len() <= 200
        );
        assert_eq!(head_and_tail("日本語", 4), "日");
        assert_eq!(head_and_tail("日本語", 0), "");
    }

    #[test]
    fn a_long_log_is_read_in_one_go() {
        let log = noise(50_000) + "error: at last\n" + &"y".repeat(500_000);
        let shown = excerpt(&log, 4000);
        assert!(shown.contains("error: at last") && shown.len() <= 4000);
    }

    proptest! {
        #[test]
        fn no_excerpt_is_longer_than_its_limit_or_unsafe(log in "(?s).{0,400}|((error: )?[a日\r\u{1b}]{0,30}\n){0,60}", limit in 0usize..1200) {
            let shown = excerpt(&log, limit);
            prop_assert!(shown.len() <= limit);
            prop_assert!(!shown.contains(['\x1b', '\r']));
        }

        #[test]
        fn head_and_tail_keep_both_ends(text in "(?s).{0,300}|([a日]{0,9}\n){0,80}", limit in 0usize..600) {
            let cut = head_and_tail(&text, limit);
            prop_assert!(cut.len() <= limit);
            if limit > 100 {
                prop_assert_eq!(cut.chars().next(), text.chars().next());
                prop_assert_eq!(cut.chars().next_back(), text.chars().next_back());
            }
        }
    }
}
