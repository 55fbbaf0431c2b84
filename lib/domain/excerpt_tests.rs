//! Excerpts: what of a long text is shown, and that limits are kept to the byte.

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
    let log =
        format!("start\n{}error: it broke\n{}error: second\n{}the end\n", noise(500), noise(500), noise(500));
    let shown = excerpt(&log, 2000);
    let at = |what: &str| shown.find(what).unwrap_or_else(|| panic!("no {what} in\n{shown}"));
    assert!(
        at("start") < at("left out") && at("left out") < at("it broke") && at("it broke") < at("the end")
    );
    assert_eq!(shown.matches("lines left out …]").count(), 2);
    assert!(shown.contains("line 497 of") && shown.contains("line 499 of") && shown.contains("line 2 of"));
    assert!(shown.len() <= 2000 && shown.len() > 1700, "{}", shown.len());
}

#[test]
fn marks_count_exactly_what_is_missing() {
    let log = format!("{}error: x\n{}", noise(300), noise(300));
    let shown = excerpt(&log, 1500);
    let missing: usize =
        shown.lines().filter_map(|l| l.strip_prefix("[… ")?.split(' ').next()?.parse::<usize>().ok()).sum();
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
        line.starts_with("aaa") && line.ends_with("zzz") && line.contains("[… 5260 characters left out …]"),
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
        cut.starts_with("line 0 of the build goes by\n") && cut.ends_with("\nline 99 of the build goes by\n")
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

#[test]
fn a_log_fits_with_its_line_breaks() {
    let log = "123456789\n".repeat(10);
    assert_eq!(excerpt(&log, 100), log);
    assert_eq!(excerpt(&log, 99), log.trim_end());
}

#[test]
fn three_parts_are_shown_as_soon_as_there_is_room_for_them() {
    assert!(excerpt(&noise(100), 6 * MARK).contains("left out"));
    assert!(!excerpt(&noise(100), 6 * MARK - 1).contains("left out"));
}

/// A log with the error in its middle, and lines of this length around it.
fn around(length: usize) -> String {
    let line = |name: &str, n: usize| format!("{name} {n}{}\n", ".".repeat(length));
    let before: String = (1..=9).rev().map(|n| line("before", n)).collect();
    let after: String = (1..=9).map(|n| line("after", n)).collect();
    format!("{}{before}error: x\n{after}{}", noise(300), noise(300))
}

#[test]
fn three_lines_before_and_after_the_error_belong_to_it() {
    let shown = excerpt(&around(1), 1500);
    for n in 1..=9 {
        for name in ["before", "after"] {
            assert_eq!(shown.contains(&format!("{name} {n}.")), n <= 3, "{name} {n} in\n{shown}");
        }
    }
}

#[test]
fn the_error_takes_three_fifths_of_the_room_and_leaves_the_rest_to_the_ends() {
    let shown = excerpt(&around(300), 2000);
    // Of 1856 bytes 1113 are the error's: two lines of some 310 fit with it, a third does not.
    for (name, there) in [("after 1", true), ("before 1", true), ("after 2", true), ("before 2", false)] {
        assert_eq!(shown.contains(&format!("{name}.")), there, "{name} in\n{shown}");
    }
    assert!(shown.starts_with("line 0 ") && shown.ends_with("line 299 of the build goes by\n"));
    assert!((1800..=2000).contains(&shown.len()), "{}", shown.len());
}

#[test]
fn a_quarter_of_the_room_is_the_heads_and_the_tail_has_what_is_left() {
    let shown = excerpt(&"123456789\n".repeat(500), 1144);
    let (head, tail) = shown.split_once("[… 400 lines left out …]\n").expect(&shown);
    assert_eq!((head.lines().count(), tail.lines().count()), (20, 80), "no more than 20 lines of the head");
    let shown = excerpt(&format!("{}\n", "x".repeat(99)).repeat(50), 1144);
    let (head, tail) = shown.split_once("[… 40 lines left out …]\n").expect(&shown);
    assert_eq!((head.lines().count(), tail.lines().count()), (2, 8));
}

#[test]
fn one_line_left_out_is_one_line() {
    let mut out = String::new();
    push_mark(&mut out, 0);
    assert_eq!(out, "");
    push_mark(&mut out, 1);
    push_mark(&mut out, 2);
    assert_eq!(out, "[… 1 line left out …]\n[… 2 lines left out …]\n");
}

#[test]
fn head_and_tail_give_up_part_of_a_line_but_not_most_of_what_there_is_room_for() {
    let cut = head_and_tail(&format!("ab\n{}\nyz", "x".repeat(1000)), 250);
    assert_eq!(cut.matches('x').count(), 2 * 100 - "ab\n\nyz".len());
    assert!(cut.contains("x\n[… ") && cut.contains(" characters left out …]\nx"), "{cut}");
    let lines = |n: usize| format!("{}\n", "x".repeat(59)).repeat(n);
    let cut = head_and_tail(&lines(5), 250);
    assert!(cut.starts_with(&lines(1)) && cut.ends_with(&lines(1)), "{cut}");
    assert!(cut.contains("[… 3 lines left out …]"), "{cut}");
    assert!(head_and_tail(&lines(3)[..170], 150).contains(" characters left out"));
    assert_eq!(head_and_tail(&lines(2), MARK + 3), "x".repeat(MARK + 3));
    assert!(head_and_tail(&lines(2), MARK + 4).starts_with("x\n[… "));
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

/// The half of what is left for head and tail.
fn half(limit: usize) -> usize {
    (limit - MARK - 2) / 2
}

#[test]
fn head_and_tail_have_each_half_of_what_the_mark_leaves() {
    let (limit, text) = (300, "x".repeat(1000));
    let cut = head_and_tail(&text, limit);
    let (head, rest) = cut.split_once('\n').unwrap();
    let (mark, tail) = rest.split_once('\n').unwrap();
    assert_eq!((head.len(), tail.len()), (half(limit), half(limit)));
    assert_eq!(mark, format!("[… {} characters left out …]", 1000 - 2 * half(limit)));
}

#[test]
fn a_part_is_cut_at_a_line_break_that_leaves_more_than_half_of_it() {
    let (limit, filler) = (300, "y".repeat(2000));
    let half = half(limit);
    // A break that leaves exactly half, or less, is not worth it; one more character is.
    for (kept, whole) in [(half / 2 - 1, false), (half / 2, false), (half / 2 + 1, true), (half - 1, true)] {
        let head = format!("{}\n{filler}", "a".repeat(kept - 1));
        let shown = head_and_tail(&head, limit);
        let begins = shown.split("[…").next().unwrap().trim_end_matches('\n').len();
        assert_eq!(begins, if whole { kept - 1 } else { half }, "head {kept}");
        let tail = format!("{filler}\n{}", "b".repeat(kept));
        let shown = head_and_tail(&tail, limit);
        let ends = shown.rsplit("…]\n").next().unwrap().len();
        assert_eq!(ends, if whole { kept } else { half }, "tail {kept}");
    }
}
