//! Untrusted text made safe to show, and our marks in comments. Everything here takes any text whatever and
//! runs in time linear in its length.

mod markdown;

pub(crate) use markdown::list_item;
pub use markdown::{prose, strip_comments};

use crate::twin::{self, Twin};

const ESCAPE: char = '\u{1b}';

/// Where in a terminal sequence we are.
#[derive(Clone, Copy)]
enum Mode {
    Text,
    /// Behind an ESC.
    Escape,
    /// In a control sequence, `ESC [ … letter`.
    Control,
    /// In a string for the terminal (title, hyperlink, …) that a BEL or ST ends.
    Command,
}

/// Drops what a reader does not see, one character after the other.
struct Filter {
    mode: Mode,
    /// The last character given out stood for a `\r`, so that a `\n` now belongs to it.
    returned: bool,
}

impl Filter {
    fn new() -> Filter {
        Filter { mode: Mode::Text, returned: false }
    }

    /// The character that stands for `c` in the output, if any.
    fn take(&mut self, c: char) -> Option<char> {
        let (mode, shown) = match (self.mode, c) {
            (_, ESCAPE) => (Mode::Escape, false),
            (Mode::Text, '\u{9b}') | (Mode::Escape, '[') => (Mode::Control, false),
            (Mode::Text, '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}') => (Mode::Command, false),
            (Mode::Escape, ']' | 'P' | 'X' | '^' | '_') => (Mode::Command, false),
            (Mode::Escape, ' '..='/') => (Mode::Escape, false),
            (Mode::Escape, '0'..='~') => (Mode::Text, false),
            (Mode::Control, ' '..='?') => (Mode::Control, false),
            (Mode::Control, '@'..='~') => (Mode::Text, false),
            (Mode::Command, '\u{7}' | '\u{9c}') => (Mode::Text, false),
            // A string that nobody ends hides no more than its own line.
            (Mode::Command, c) if !line_break(c) => (Mode::Command, false),
            _ => (Mode::Text, true),
        };
        self.mode = mode;
        if shown { self.show(c) } else { None }
    }

    fn show(&mut self, c: char) -> Option<char> {
        let rest_of_break = c == '\n' && self.returned;
        if rest_of_break || invisible(c) {
            self.returned &= !rest_of_break;
            return None;
        }
        self.returned = c == '\r';
        Some(if line_break(c) { '\n' } else { c })
    }
}

fn line_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Characters without a width of their own, or that change how others are shown: they can make a text look
/// like another one, or carry words that only a machine reads.
fn invisible(c: char) -> bool {
    match c {
        '\t' => false,
        c if line_break(c) => false,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => true,
        '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => true,
        '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' => true,
        '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' => true,
        '\u{e0000}'..='\u{e0fff}' => true,
        c => c.is_control(),
    }
}

/// Untrusted text as it may be shown: without terminal sequences, control, zero-width and direction-changing
/// characters. Tabs stay; line breaks of every kind come out as `\n`.
pub fn plain_text(text: &str) -> String {
    let mut filter = Filter::new();
    text.chars().filter_map(|c| filter.take(c)).collect()
}

/// Untrusted text as one line of at most `max_chars` characters: what [`plain_text`] keeps, with all white
/// space folded into single blanks and a cut shown by `…`.
pub fn plain_line(text: &str, max_chars: usize) -> String {
    let mut filter = Filter::new();
    let mut line = String::new();
    let (mut length, mut gap) = (0, false);
    for c in text.chars().filter_map(|c| filter.take(c)) {
        if c.is_whitespace() {
            gap = length > 0;
            continue;
        }
        // A character needs its own place and, before it, that of the blank.
        if length + 1 + usize::from(gap) > max_chars {
            return with_ellipsis(line, length, max_chars);
        }
        if gap {
            line.push(' ');
            length += 1;
        }
        line.push(c);
        length += 1;
        gap = false;
    }
    line
}

fn with_ellipsis(mut line: String, length: usize, max_chars: usize) -> String {
    if max_chars == 0 {
        return String::new();
    }
    if length == max_chars {
        line.pop();
    }
    line.push('…');
    line
}

/// Untrusted text as a Markdown code block: what [`plain_text`] keeps, behind a fence that is longer than any run of
/// backticks in it, so that nothing in it ends the block.
pub fn fenced(text: &str) -> String {
    if twin::is(Twin::Unescaped) {
        return format!("```\n{text}\n```");
    }
    let text = plain_text(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}\n{text}{end}{fence}")
}

/// The HTML comment by which we find a comment of ours again. Characters of the key outside of
/// `A-Z a-z 0-9 : . _ / -` are percent-encoded, so that no key ends the comment and no two keys look alike.
pub fn marker(key: &str) -> String {
    let mut coded = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b':' | b'.' | b'_' | b'/' | b'-' => {
                coded.push(char::from(byte))
            }
            _ => coded.push_str(&format!("%{byte:02X}")),
        }
    }
    format!("<!-- drover: {coded} -->")
}

/// Whether the text carries the mark of exactly this key. Anyone can write a mark: ask for the author as
/// well.
pub fn has_marker(body: &str, key: &str) -> bool {
    body.contains(&marker(key))
}

/// The lines by which a text that grows at its end, and may lose some at its beginning, has become longer.
/// Where the two have nothing in common it is all of them.
pub fn news<'a>(before: &str, now: &'a str) -> Vec<&'a str> {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), now.lines().collect());
    // The longest end of the old text that the new one begins with.
    let gone = (0..=old.len()).find(|gone| new.starts_with(&old[*gone..])).unwrap_or(old.len());
    new[old.len() - gone..].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_text_that_grows_only_the_new_lines_are_news() {
        let cases: &[(&str, &str, &[&str])] = &[
            ("", "a\nb", &["a", "b"]),
            ("a\nb", "a\nb", &[]),
            ("a\nb", "a\nb\nc", &["c"]),
            ("a\nb", "b\nc", &["c"]),
            ("a\nb", "x\ny", &["x", "y"]),
            ("a\na", "a\na\na", &["a"]),
            ("a\nb", "", &[]),
        ];
        for (before, now, new) in cases {
            assert_eq!(news(before, now), *new, "{before:?} {now:?}");
        }
    }
    use proptest::prelude::*;

    #[test]
    fn terminal_sequences_leave_no_trace() {
        for (raw, plain) in [
            ("\u{1b}[31merror\u{1b}[0m: x", "error: x"),
            ("\u{1b}[38;2;1;2;3mcolour\u{1b}[m", "colour"),
            ("\u{1b}]0;title\u{7}after", "after"),
            ("\u{1b}]8;;https://x\u{1b}\\link\u{1b}]8;;\u{1b}\\ end", "link end"),
            ("\u{1b}(Bplain\u{1b}=", "plain"),
            ("\u{1b}Pdcs\u{1b}\\x", "x"),
            ("\u{9b}2Jc1", "c1"),
            ("\u{9d}0;t\u{9c}c1", "c1"),
            ("a\u{1b}", "a"),
            ("a\u{1b}[", "a"),
            ("\u{1b}\u{1b}[1mb", "b"),
            ("\u{1b}[12é", "é"),
        ] {
            assert_eq!(plain_text(raw), plain, "{raw:?}");
        }
    }

    #[test]
    fn a_title_that_nobody_ends_hides_only_its_own_line() {
        assert_eq!(plain_text("\u{1b}]0;evil\nkept"), "\nkept");
        assert_eq!(plain_text("\u{90}evil\r\nkept"), "\nkept");
    }

    #[test]
    fn line_breaks_of_every_kind_become_one_newline_each() {
        assert_eq!(plain_text("a\r\nb\rc\nd\u{2028}e\u{85}f"), "a\nb\nc\nd\ne\nf");
        assert_eq!(plain_text("a\r\n\r\nb"), "a\n\nb");
        assert_eq!(plain_text("a\n\nb\r\rc"), "a\n\nb\n\nc");
        assert_eq!(plain_text("a\r\u{1b}[K\nb"), "a\nb");
    }

    #[test]
    fn characters_that_deceive_are_dropped_and_ordinary_ones_stay() {
        assert_eq!(plain_text("ad\u{202e}min\u{2066}\u{200b}\u{feff}\u{ad}"), "admin");
        assert_eq!(plain_text("say\u{e0041}\u{e0042} hi\u{0}\u{8}\u{7f}"), "say hi");
        assert_eq!(plain_text("tab\tgrün 日本 🎉 naïve"), "tab\tgrün 日本 🎉 naïve");
    }

    #[test]
    fn a_line_is_folded_trimmed_and_cut_with_a_sign() {
        assert_eq!(plain_line("  a \t\r\n  b\u{a0}c  ", 80), "a b c");
        assert_eq!(plain_line("abcdef", 6), "abcdef");
        assert_eq!(plain_line("abcdef  ", 6), "abcdef");
        assert_eq!(plain_line("abcdefg", 6), "abcde…");
        assert_eq!(plain_line("abcde fg", 6), "abcde…");
        assert_eq!(plain_line("abcdef gh", 6), "abcde…");
        assert_eq!(plain_line("日本語の題", 3), "日本…");
        assert_eq!((plain_line("abc", 1).as_str(), plain_line("abc", 0).as_str()), ("…", ""));
        assert_eq!(plain_line(" \u{200b}\n ", 10), "");
    }

    #[test]
    fn nothing_inside_ends_a_fence() {
        assert_eq!(fenced("a"), "```\na\n```");
        assert_eq!(fenced("a\n"), "```\na\n```");
        assert_eq!(fenced(""), "```\n```");
        assert_eq!(fenced("```\nx\n```"), "````\n```\nx\n```\n````");
        assert!(fenced(&"`".repeat(9)).starts_with(&format!("{}\n", "`".repeat(10))));
    }

    #[test]
    fn a_mark_is_found_by_its_own_key_only() {
        assert_eq!(marker("blocked:12/3"), "<!-- drover: blocked:12/3 -->");
        let body = format!("Hello\n\n{}\n", marker("review:7"));
        assert!(has_marker(&body, "review:7"));
        for other in ["review:", "review:77", "eview:7", "", "review:7 "] {
            assert!(!has_marker(&body, other), "{other}");
        }
    }

    #[test]
    fn a_key_cannot_end_the_comment() {
        for key in ["a --> b", "-->", "--!>", "a\nb", "<!--", "é"] {
            let mark = marker(key);
            let inside = mark.strip_prefix("<!-- drover: ").and_then(|m| m.strip_suffix(" -->")).unwrap();
            assert!(!inside.contains(['<', '>', '!', ' ', '\n']), "{mark}");
            assert!(has_marker(&mark, key));
        }
        assert_eq!(marker("a b%é"), "<!-- drover: a%20b%25%C3%A9 -->");
        assert_ne!(marker("a b"), marker("a%20b"));
    }

    fn safe(c: char) -> bool {
        c == '\n' || c == '\t' || !invisible(c)
    }

    #[test]
    fn a_line_break_of_two_characters_is_one_and_what_follows_it_another() {
        for (text, plain) in [
            ("a\r\nb", "a\nb"),
            ("a\r\n\nb", "a\n\nb"),
            ("a\r\r\nb", "a\n\nb"),
            ("a\r\u{200b}\nb", "a\nb"),
            ("a\r\n\r\nb", "a\n\nb"),
        ] {
            assert_eq!(plain_text(text), plain, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_becomes_safe_and_stays_as_it_is_the_second_time(text in "(?s).{0,200}|[\u{1b}\\[\\]0-9m;\r\n\u{9b}\u{90}\u{7}\\\\a]{0,60}") {
            let plain = plain_text(&text);
            prop_assert!(plain.chars().all(safe) && plain.len() <= text.len() + 1);
            prop_assert_eq!(plain_text(&plain), plain.clone());
        }

        #[test]
        fn a_line_is_never_longer_than_asked_for(text in "(?s).{0,120}|[ab \n]{0,40}", max in 0usize..40) {
            let line = plain_line(&text, max);
            prop_assert!(line.chars().count() <= max && !line.contains(['\n', '\r', '\t', ESCAPE]));
            prop_assert!(!line.contains("  ") && line.trim() == line);
            let whole = plain_line(&text, usize::MAX);
            prop_assert_eq!(line == whole, whole.chars().count() <= max);
        }

        #[test]
        fn no_line_of_a_fenced_text_is_its_fence(text in "(?s)[`a\n ]{0,60}|.{0,80}") {
            let block = fenced(&text);
            let fence = block.lines().next().unwrap();
            let shown = plain_text(&text);
            prop_assert!(!shown.contains(fence) && block.ends_with(fence) && block.contains(&shown));
            prop_assert_eq!(plain_text(&block), block);
        }

        #[test]
        fn a_mark_is_a_comment_and_gives_its_key_away_to_itself_only(key in "(?s).{0,30}", other in "(?s).{0,30}") {
            let mark = marker(&key);
            prop_assert!(mark.find("-->") == Some(mark.len() - 3) && mark.is_ascii());
            prop_assert_eq!(has_marker(&mark, &other), key == other);
        }
    }
}
