//! The blocks of an issue's text, as far as finding dependencies takes: headings, labels on a line of their
//! own, list items and paragraphs.

use crate::domain::text::list_item;

/// The level of a bold line on its own: below all headings.
pub const BOLD: usize = 7;
/// The level of a line such as `Notes:` on its own.
const LABEL: usize = 8;
/// The level of a list item or paragraph at the margin; each column of indentation makes it deeper.
const TEXT: usize = 9;

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A heading, or a line that stands for one.
    Heading,
    /// A list item, without its mark and its box.
    Item,
    /// Anything else.
    Paragraph,
}

/// One block.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub shape: Shape,
    /// How deep it lies: what is at the same level or higher (a smaller number) ends a section.
    pub level: usize,
    /// Its text; lines that were wrapped are still apart.
    pub text: String,
}

/// The blocks of a text in order. Comments and code must be gone (see [`prose`](crate::domain::text::prose)).
pub fn blocks(prose: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for line in prose.lines().map(str::trim_end) {
        if line.is_empty() || (open && blocks.last_mut().is_some_and(|last| underline(last, line))) {
            open = false;
            continue;
        }
        match (single(line), blocks.last_mut()) {
            (None, Some(last)) if open && last.shape != Shape::Heading => {
                last.text.push('\n');
                last.text.push_str(unquoted(line));
            }
            (block, _) => blocks.push(block.unwrap_or_else(|| paragraph(line))),
        }
        open = true;
    }
    blocks
}

fn paragraph(line: &str) -> Block {
    Block::new(Shape::Paragraph, TEXT + indent(line), unquoted(line))
}

impl Block {
    fn new(shape: Shape, level: usize, text: &str) -> Block {
        Block { shape, level, text: text.trim().to_string() }
    }
}

/// Makes a heading of the lines before a line of `===` or `---`; false if this is no such line.
fn underline(last: &mut Block, line: &str) -> bool {
    let line = line.trim();
    let level = match line.bytes().next() {
        Some(b'=') => 1,
        Some(b'-') => 2,
        _ => return false,
    };
    let one_kind = line.len() > 1 && line.bytes().all(|b| b == line.as_bytes()[0]);
    if one_kind && last.shape != Shape::Item && last.level >= BOLD {
        (last.shape, last.level) = (Shape::Heading, level);
        return true;
    }
    false
}

/// The block that this line begins by its own form, whatever came before it.
fn single(line: &str) -> Option<Block> {
    let inner = line.trim_start();
    if let Some(heading) = heading(inner) {
        return Some(heading);
    }
    if let Some(item) = list_item(inner) {
        return Some(Block::new(Shape::Item, TEXT + indent(line), unboxed(item.trim_start())));
    }
    let bare = inner.trim_end_matches(':');
    let bold = ["**", "__"].iter().any(|m| bare.len() > 4 && bare.starts_with(m) && bare.ends_with(m));
    // A few words and a colon; more of them are a sentence that leads to a list.
    let label = inner.ends_with(':') && !inner.starts_with('>') && inner.split_whitespace().count() <= 3;
    let level = if bold { BOLD } else { LABEL };
    (bold || label).then(|| Block::new(Shape::Heading, level, inner))
}

fn heading(inner: &str) -> Option<Block> {
    let text = inner.trim_start_matches('#');
    let level = inner.len() - text.len();
    // `##Dependencies` is no heading to Markdown, but one to its writer; `#5` is to nobody.
    let apart =
        text.is_empty() || text.starts_with(|c: char| c.is_whitespace() || (level > 1 && c.is_alphabetic()));
    ((1..=6).contains(&level) && apart).then(|| Block::new(Shape::Heading, level, text.trim_end_matches('#')))
}

fn unboxed(item: &str) -> &str {
    ["[ ]", "[x]", "[X]"].iter().find_map(|mark| item.strip_prefix(mark)).unwrap_or(item)
}

/// Quoted lines are paragraphs: headings and lists of somebody else's text have no say in this one.
fn unquoted(line: &str) -> &str {
    line.trim_start().trim_start_matches(['>', ' '])
}

fn indent(line: &str) -> usize {
    line.chars().take_while(|c| c.is_whitespace()).map(|c| if c == '\t' { 4 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Shape::{Heading, Item, Paragraph};

    fn shapes(text: &str) -> Vec<(Shape, usize, String)> {
        blocks(text).into_iter().map(|b| (b.shape, b.level, b.text)).collect()
    }

    fn one(text: &str) -> (Shape, usize, String) {
        let mut all = shapes(text);
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    #[test]
    fn headings_have_their_level() {
        assert_eq!(one("### A b ###"), (Heading, 3, "A b".into()));
        assert_eq!(one("##Tight"), (Heading, 2, "Tight".into()));
        assert_eq!(one("Title\n====="), (Heading, 1, "Title".into()));
        assert_eq!(one("Two\nlines\n--"), (Heading, 2, "Two\nlines".into()));
        assert_eq!(one("**Bold:**"), (Heading, BOLD, "**Bold:**".into()));
        assert_eq!(one("**Bold**:"), (Heading, BOLD, "**Bold**:".into()));
        assert_eq!(one("Notes:"), (Heading, LABEL, "Notes:".into()));
        assert_eq!(one("Notes:\n---"), (Heading, 2, "Notes:".into()));
    }

    #[test]
    fn what_only_resembles_a_heading_is_none() {
        for text in [
            "#5",
            "#5 first",
            "#tag",
            "####### seven",
            "**bold** in text",
            "A whole sentence goes:",
            "> # Q",
            "> Q:",
        ] {
            assert_eq!(one(text).0, Paragraph, "{text}");
        }
        assert_eq!(shapes("a\n\n---\nb")[1].0, Paragraph);
        assert_eq!(shapes("- a\n---")[0].0, Item);
    }

    #[test]
    fn items_lose_their_mark_and_their_box() {
        for line in ["- a", "* a", "+ a", "1. a", "12) a", "- [ ] a", "- [x] a", "* [X] a"] {
            assert_eq!(one(line), (Item, TEXT, "a".into()), "{line}");
        }
        assert_eq!(one("\t- a"), (Item, TEXT + 4, "a".into()));
        assert_eq!(one("-"), (Item, TEXT, String::new()));
    }

    #[test]
    fn wrapped_lines_belong_together_until_something_else_begins() {
        assert_eq!(one("a\nb").2, "a\nb");
        assert_eq!(one("- a\n  b").2, "a\nb");
        assert_eq!(one("> a\n> b").2, "a\nb");
        assert_eq!(shapes("a\n- b\nc\n\nd\n## e\nf").len(), 5);
    }
}
