//! What of a Markdown text its reader sees: comments and code told apart from prose. Only as much of Markdown
//! as that takes, line by line; any text will do and the time is linear in its length.

use std::collections::HashMap;

/// A Markdown text without its HTML comments. What stands in code is left as it is.
pub fn strip_comments(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    parts(markdown, |part, text| match part {
        // The blank keeps the two sides from becoming something that neither was.
        Part::Comment if !out.ends_with(char::is_whitespace) && !out.is_empty() => out.push(' '),
        Part::Comment => {}
        _ => out.push_str(text),
    });
    out
}

/// What a Markdown text says to its reader in words: comments are gone, fenced code is empty lines, a code
/// span is a bare pair of backticks. Lines keep their numbers.
pub fn prose(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    parts(markdown, |part, text| match part {
        Part::Text => out.push_str(text),
        Part::Fence => out.push('\n'),
        Part::Span => out.push_str("``"),
        Part::Comment => {
            out.push(' ');
            out.extend(text.chars().filter(|c| *c == '\n'));
        }
    });
    out
}

#[derive(Clone, Copy)]
enum Part {
    Text,
    /// A whole line of a fenced code block, or its fence.
    Fence,
    /// A code span within a line.
    Span,
    /// A comment, or what of it stands on one line.
    Comment,
}

/// An open code fence.
struct Fence {
    mark: char,
    length: usize,
    quoted: bool,
}

/// Gives every stretch of `markdown` to `emit`, in order and without gaps.
fn parts(markdown: &str, mut emit: impl FnMut(Part, &str)) {
    let last_end = markdown.rfind("-->");
    let mut fence: Option<Fence> = None;
    let mut in_comment = false;
    let mut offset = 0;
    for line in markdown.split_inclusive('\n') {
        // A fence within a quotation ends with it.
        fence = fence.filter(|f| !f.quoted || line.trim_start().starts_with('>'));
        if let Some(open) = &fence {
            emit(Part::Fence, line);
            if closes(open, line) {
                fence = None;
            }
        } else if let Some(open) = opens(line).filter(|_| !in_comment) {
            emit(Part::Fence, line);
            fence = Some(open);
        } else {
            in_comment =
                line_parts(line, in_comment, last_end.and_then(|e| e.checked_sub(offset)), &mut emit);
        }
        offset += line.len();
    }
}

fn opens(line: &str) -> Option<Fence> {
    let inner = line.trim_start_matches(|c: char| c.is_whitespace() || c == '>');
    let inner = list_item(inner).unwrap_or(inner).trim_start();
    let mark = inner.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let rest = inner.trim_start_matches(mark);
    let length = inner.len() - rest.len();
    let quoted = line.trim_start().starts_with('>');
    (length >= 3 && !(mark == '`' && rest.contains('`'))).then_some(Fence { mark, length, quoted })
}

fn closes(open: &Fence, line: &str) -> bool {
    let inner = line.trim_start_matches(|c: char| c.is_whitespace() || c == '>').trim_end();
    inner.len() >= open.length && inner.chars().all(|c| c == open.mark)
}

/// What stands behind the mark of a list item (`-`, `*`, `+`, `1.`, `1)`), if the text begins with one.
pub(crate) fn list_item(text: &str) -> Option<&str> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = match digits {
        0 => text.strip_prefix(['-', '*', '+'])?,
        1..=9 => text[digits..].strip_prefix(['.', ')'])?,
        _ => return None,
    };
    (rest.is_empty() || rest.starts_with(char::is_whitespace)).then_some(rest)
}

/// Gives out one line; `last_end` is where in it, or how far behind it, the text's last `-->` begins. Returns
/// whether a comment is still open at the end.
fn line_parts(
    line: &str,
    in_comment: bool,
    last_end: Option<usize>,
    emit: &mut impl FnMut(Part, &str),
) -> bool {
    let runs = last_runs(line);
    let indent = line.len() - line.trim_start().len();
    let mut comment_from = in_comment.then_some(0);
    let (mut at, mut text_from) = (0, 0);
    loop {
        if let Some(from) = comment_from.take() {
            let Some(end) = line[at..].find("-->").map(|e| at + e + 3) else {
                emit(Part::Comment, &line[from..]);
                return true;
            };
            emit(Part::Comment, &line[from..end]);
            (at, text_from) = (end, end);
        }
        let Some(next) = next_mark(line, at) else { break };
        at = next + 1;
        if line[next..].starts_with('`') {
            let (end, closed) = span_end(line, next, &runs);
            if closed {
                emit(Part::Text, &line[text_from..next]);
                emit(Part::Span, &line[next..end]);
                text_from = end;
            }
            at = end;
        } else if next <= indent || last_end.is_some_and(|end| end >= next + 2) {
            emit(Part::Text, &line[text_from..next]);
            comment_from = Some(next);
            // The shortest comment is `<!-->`: its end may share the dashes.
            at = next + 2;
        }
    }
    emit(Part::Text, &line[text_from..]);
    false
}

/// Where the next backtick or comment begins.
fn next_mark(line: &str, at: usize) -> Option<usize> {
    let found = line[at..].char_indices().find(|(i, c)| match c {
        '`' => !line[..at + i].ends_with('\\'),
        '<' => line[at + i..].starts_with("<!--"),
        _ => false,
    });
    found.map(|(i, _)| at + i)
}

/// For each length of a run of backticks, where the last such run begins: it tells without a search whether a
/// run has a partner.
fn last_runs(line: &str) -> HashMap<usize, usize> {
    let mut last = HashMap::new();
    let mut at = 0;
    while let Some(start) = line[at..].find('`').map(|s| at + s) {
        at = start + run_length(line, start);
        last.insert(at - start, start);
    }
    last
}

fn run_length(line: &str, start: usize) -> usize {
    line[start..].bytes().take_while(|b| *b == b'`').count()
}

/// The end of the code span that begins at `start` and true, or the end of the run there and false.
fn span_end(line: &str, start: usize, last: &HashMap<usize, usize>) -> (usize, bool) {
    let length = run_length(line, start);
    let mut at = start + length;
    if last.get(&length).is_none_or(|l| *l <= start) {
        return (at, false);
    }
    while let Some(next) = line[at..].find('`').map(|s| at + s) {
        at = next + run_length(line, next);
        if at - next == length {
            return (at, true);
        }
    }
    (start + length, false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_comment_that_nothing_ends_is_text() {
        assert_eq!(strip_comments("<!-- a -->\none\ntwo <!-- open\nthree"), "\none\ntwo <!-- open\nthree");
    }

    #[test]
    fn comments_go_and_the_words_around_them_stay_apart() {
        assert_eq!(strip_comments("a<!-- x -->b"), "a b");
        assert_eq!(strip_comments("a <!-- x\ny\n --> b"), "a  b");
        assert_eq!(strip_comments("<!-- template -->\nText"), "\nText");
        assert_eq!(strip_comments("<!--><!--->x"), "x");
        assert_eq!(strip_comments("<!-<!-- a -->- b -->"), "<!- - b -->");
    }

    #[test]
    fn a_comment_that_nobody_ends_hides_the_rest_only_at_the_start_of_a_line() {
        assert_eq!(strip_comments("a\n <!-- b\nc"), "a\n ");
        assert_eq!(strip_comments("write <!-- to begin\nc"), "write <!-- to begin\nc");
        assert_eq!(strip_comments("<!-- a --> b <!-- c"), " b <!-- c");
    }

    #[test]
    fn what_looks_like_a_comment_in_code_is_code() {
        for code in
            ["`<!-- x -->`", "```\n<!-- x -->\n```\n", "~~~ html\n<!--\n~~~\nafter", "``a ` <!-- x -->``"]
        {
            assert_eq!(strip_comments(code), code);
        }
        assert_eq!(strip_comments("`<!-- x -->"), "` ", "a lone backtick opens nothing");
        assert_eq!(strip_comments("<!-- ` -->`x`"), "`x`");
        assert_eq!(strip_comments("\\`<!-- x -->`"), "\\` `");
    }

    #[test]
    fn prose_has_neither_code_nor_comments_and_as_many_lines() {
        let text = "one `two` three\n```rust\nfour\n```\nfive <!-- six\nseven --> eight\n  ~~~~\n~~~\nnine\n  ~~~~\nten";
        let expected = "one `` three\n\n\n\nfive  \n  eight\n\n\n\n\nten";
        assert_eq!(prose(text), expected);
        assert_eq!(prose(text).lines().count(), text.lines().count());
    }

    #[test]
    fn fences_may_be_indented_listed_and_quoted() {
        assert_eq!(prose("\t```\nx\n      ```\ny").trim(), "y");
        assert_eq!(prose("- ```\n  x\n  ```\ny").trim(), "y");
        assert_eq!(prose("12. ~~~\n  x\n  ~~~\ny").trim(), "y");
        assert_eq!(prose("> ```\n> x\ny").trim(), "y", "it ends with the quotation");
        assert_eq!(prose("> ```\n> x\n> ```\n> y").trim(), "> y");
    }

    #[test]
    fn a_fence_ends_at_its_own_kind_and_length() {
        assert_eq!(prose("````\n```\nx\n~~~~\n````` \ny").trim(), "y");
        assert_eq!(prose("```\n``` rust\nx\n```\ny").trim(), "y");
        assert_eq!(prose("```\nnever closed\nx").trim(), "");
        assert_eq!(prose("``` a ` b\ny"), "``` a ` b\ny", "that is no fence");
        assert_eq!(prose("```a```\ny"), "``\ny");
    }

    #[test]
    fn list_marks_are_told_from_other_text() {
        for (text, rest) in
            [("- a", Some(" a")), ("*", Some("")), ("12) x", Some(" x")), ("**b**", None), ("1.5", None)]
        {
            assert_eq!(list_item(text), rest, "{text}");
        }
    }

    #[test]
    fn a_megabyte_of_the_worst_kind_is_done_at_once() {
        let backticks: String = (1..1400).map(|n| "`".repeat(n) + " ").collect();
        let blanks = " ".repeat(500_000) + &"<!---->".repeat(70_000);
        for worst in [
            backticks,
            blanks,
            "<!--".repeat(250_000),
            "a <!--".repeat(150_000),
            "\\``".repeat(300_000),
            "`".repeat(1_000_000),
        ] {
            assert!(prose(&worst).len() <= worst.len() + 2);
            strip_comments(&worst);
        }
    }

    proptest! {
        #[test]
        fn any_text_keeps_its_lines_and_grows_no_longer(text in "(?s).{0,200}|[`~<!>\\- \n\\\\a]{0,80}") {
            prop_assert!(prose(&text).len() <= text.len() * 2);
            prop_assert_eq!(prose(&text).matches('\n').count() >= text.matches('\n').count(), true);
            prop_assert!(strip_comments(&text).len() <= text.len());
        }

        #[test]
        fn text_without_marks_is_left_alone(text in "[a-z #0-9\n>*-]{0,200}") {
            prop_assert_eq!(prose(&text), text.clone());
            prop_assert_eq!(strip_comments(&text), text);
        }
    }
}
