//! Which issues an issue waits for, read from its text. Whether those are closed only the forge can say: a
//! ticked box counts like any other item. What stands in code, comments and sections named `Related` says
//! nothing.

mod blocks;

use super::ids::IssueNo;
use super::link::reference_at;
use super::text::prose;
use blocks::{Block, Shape, blocks};
use regex::{Captures, Regex};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// More dependencies than this nobody means; the lowest numbers stay.
const MOST: usize = 50;

/// The issues that the issue `own` with this description waits for: sorted, each once, never itself, at most
/// 50.
///
/// They are named by `Depends on #5, #6 and #7` or `Blocked by …` anywhere, or as list items of a section
/// named Dependencies, Depends on or Blocked by.
pub fn dependencies(body: &str, own: IssueNo) -> Vec<IssueNo> {
    let mut found = BTreeSet::new();
    let mut sections: Vec<Section> = Vec::new();
    for block in blocks(&prose(body)) {
        read(&block, &mut sections, &mut found);
    }
    found.remove(&own);
    found.into_iter().take(MOST).collect()
}

/// What a section is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Topic {
    Dependencies,
    /// Named for information only.
    Related,
}

/// A section that has not ended yet.
struct Section {
    topic: Topic,
    level: usize,
}

fn read(block: &Block, sections: &mut Vec<Section>, found: &mut BTreeSet<IssueNo>) {
    while sections.last().is_some_and(|s| s.level >= block.level) {
        sections.pop();
    }
    let inside = sections.last().map(|s| s.topic);
    if inside == Some(Topic::Related) {
        return;
    }
    if let Some((topic, rest)) = topic_of(block) {
        if topic == Topic::Dependencies {
            found.extend(first_run(rest).map(|(_, run)| run).unwrap_or_default());
        } else if block.shape == Shape::Heading {
            // What follows a sub-heading `Related` is no part of the section above it any more.
            sections.clear();
        }
        sections.push(Section { topic, level: block.level });
        return;
    }
    let mut not_meant = BTreeSet::new();
    for (numbers, meant) in keyword_runs(&block.text) {
        if meant { &mut *found } else { &mut not_meant }.extend(numbers);
    }
    if inside == Some(Topic::Dependencies) {
        found.extend(entries(block).into_iter().filter(|n| !not_meant.contains(n)));
    }
}

/// The topic of a block that opens a section, and what else stands in its line.
fn topic_of(block: &Block) -> Option<(Topic, &str)> {
    let text = match block.shape {
        // Headings may be numbered or begin with a picture.
        Shape::Heading => block.text.trim_start_matches(|c: char| !c.is_alphabetic()),
        Shape::Item => block.text.trim_start_matches(['*', '_']),
        Shape::Paragraph => return None,
    };
    let name = TOPIC.captures(text)?;
    let rest = &text[name.get(0)?.end()..];
    let topic = if name.get(1).is_some() { Topic::Dependencies } else { Topic::Related };
    // An item opens a section for the items below it only if it says nothing but the name; one that is
    // related says nothing whatever else it holds.
    let bare = rest.trim_matches(|c: char| c.is_whitespace() || "*_:".contains(c)).is_empty();
    let whole_name = !rest.starts_with(char::is_alphanumeric);
    let opens = match (block.shape, topic) {
        (Shape::Heading, Topic::Dependencies) => whole_name && of_section(rest),
        (Shape::Heading, Topic::Related) => whole_name,
        (_, Topic::Dependencies) => bare,
        (_, Topic::Related) => bare || rest.trim_start_matches(['*', '_']).starts_with(':'),
    };
    opens.then_some((topic, rest))
}

static TOPIC: LazyLock<Regex> = LazyLock::new(|| {
    literal(r"(?i)^(?:(dependenc(?:ies|y)|depends[\s-]+on|blocked[\s-]+by)|related|see also)")
});

/// Whether a heading with this behind the name is still about dependencies: `(hard)`, `and blockers`, `on
/// issue #5`, but not `upgrade policy`.
fn of_section(rest: &str) -> bool {
    let rest = rest.trim_start();
    let word: String = rest.chars().take_while(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
    ["", "and", "on", "issue", "issues", "pr", "prs"].contains(&word.as_str())
}

/// The numbers that a block within a section of dependencies lists.
fn entries(block: &Block) -> Vec<IssueNo> {
    match block.shape {
        Shape::Item => first_run(&block.text).map(|(_, run)| run).unwrap_or_default(),
        Shape::Paragraph => block.text.lines().filter_map(only_numbers).flatten().collect(),
        Shape::Heading => Vec::new(),
    }
}

/// The numbers of a line that holds nothing else: a list without marks.
fn only_numbers(line: &str) -> Option<Vec<IssueNo>> {
    let (end, run) = run_at(line);
    (!run.is_empty()
        && line[end..].trim_matches(|c: char| c.is_whitespace() || "*_.,;".contains(c)).is_empty())
    .then_some(run)
}

/// Where the first numbers of a text begin, and those that follow it without other words between.
fn first_run(text: &str) -> Option<(usize, Vec<IssueNo>)> {
    let at = text.match_indices('#').map(|(at, _)| at).find(|at| reference_at(text, *at).is_some())?;
    let mut run: Vec<IssueNo> = reference_at(text, at).map(|(n, _)| n).into_iter().collect();
    let (_, end) = reference_at(text, at)?;
    run.extend(more(text, end).1);
    Some((at, run))
}

/// For each `depends on` and `blocked by`: the numbers directly behind it, and whether it is meant so.
fn keyword_runs(text: &str) -> impl Iterator<Item = (Vec<IssueNo>, bool)> {
    KEYWORD.captures_iter(text).filter_map(|found: Captures<'_>| {
        let all = found.get(0)?;
        let (_, run) = run_at(&text[all.end()..]);
        Some((run, !negated(&text[..all.start()], found.get(1).is_some())))
    })
}

static KEYWORD: LazyLock<Regex> = LazyLock::new(|| {
    literal(r"(?i)(?:\b|_)(?:depends[\s-]+on|(blocked)[\s-]+by|dependenc(?:ies|y)[*_]*:)[*_]*\s*:?")
});

/// The numbers with which a text begins, and where they end.
fn run_at(text: &str) -> (usize, Vec<IssueNo>) {
    let lead = LEAD.find(text).map_or(0, |m| m.end());
    match reference_at(text, lead) {
        Some((first, end)) => {
            let (end, mut run) = more(text, end);
            run.insert(0, first);
            (end, run)
        }
        None => (0, Vec::new()),
    }
}

/// The numbers that go on a list whose last one ended at `end`.
fn more(text: &str, mut end: usize) -> (usize, Vec<IssueNo>) {
    let mut run = Vec::new();
    while let Some(gap) = SEPARATOR.find(&text[end..]) {
        let Some((number, next)) = reference_at(text, end + gap.end()) else { break };
        run.push(number);
        end = next;
    }
    (end, run)
}

/// What may stand between a keyword or separator and a number.
static LEAD: LazyLock<Regex> =
    LazyLock::new(|| literal(r"(?i)^[\s*_~(]*(?:(?:issues?|prs?|pulls?)\s+)?[\s*_~\[(]*"));

/// What may stand between two numbers of one list: the rest of a link or of emphasis, a remark in
/// parentheses, a comma, `and` or `&`, and again what leads to a number.
static SEPARATOR: LazyLock<Regex> = LazyLock::new(|| {
    let link = r"(?:\]\([^)\s]{0,500}\))?";
    let remark = r"(?:\s*\([^()#\n]{0,80}\))?";
    literal(&format!(
        r"(?i)^{link}[*_~]*{remark}\s*(?:,\s*(?:and\b|&)?|and\b|&)[\s*_~\[(]*(?:(?:issues?|prs?|pulls?)\s+)?[*_~\[(]*"
    ))
});

fn literal(pattern: &str) -> Regex {
    Regex::new(pattern).expect("literal pattern")
}

/// Whether the words right before a statement take it back: `no longer`, `isn't`, and for a participle
/// (`was blocked by`) a past tense as well.
pub(crate) fn negated(before: &str, participle: bool) -> bool {
    let from = before.char_indices().rev().nth(80).map_or(0, |(at, _)| at);
    let clause =
        before[from..].rsplit(['.', ',', ';', ':', '!', '?', '(', ')', '–', '—']).next().unwrap_or_default();
    let mut present = false;
    for word in clause.split_whitespace().rev().take(4) {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase().replace('’', "'");
        if word.is_empty() || OTHER_CLAUSE.contains(&word.as_str()) {
            return false;
        }
        if NO.contains(&word.as_str()) || word.ends_with("n't") {
            return true;
        }
        present |= ["is", "are", "now", "still", "being"].contains(&word.as_str());
        if participle && !present && PAST.contains(&word.as_str()) {
            return true;
        }
    }
    false
}

const NO: &[&str] =
    &["no", "not", "never", "nothing", "none", "neither", "nor", "without", "un", "cannot", "isnt", "doesnt"];
const PAST: &[&str] = &["was", "were", "had", "formerly", "previously", "originally", "initially", "used"];
/// Words that begin another thought: what is denied before them is not what is said after them.
const OTHER_CLAUSE: &[&str] = &[
    "and", "but", "because", "since", "as", "so", "until", "while", "which", "that", "this", "it", "it's",
    "they", "we", "if",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The numbers found in the body of issue 1000.
    fn deps(body: &str) -> Vec<u64> {
        dependencies(body, IssueNo(1000)).into_iter().map(|n| n.0).collect()
    }

    fn all_give(bodies: &[&str], expected: &[u64]) {
        for body in bodies {
            assert_eq!(deps(body), expected, "{body:?}");
        }
    }

    #[test]
    fn a_line_of_numbers_in_a_section_lists_them_and_one_with_words_does_not() {
        all_give(&["## Dependencies\n\n#3, #4. \n#5 is the parser\n*#6*\n\n"], &[3, 4, 6]);
    }

    #[test]
    fn a_keyword_in_any_case_names_the_numbers_right_behind_it() {
        all_give(
            &[
                "Depends on #5",
                "depends on #5",
                "DEPENDS ON #5.",
                "This depends on: #5",
                "Blocked by #5",
                "It is blocked by #5!",
                "**Depends on** #5",
                "**Depends on:** #5",
                "**Depends on**: #5",
                "_blocked by_ #5",
                "blocked by **#5**",
                "Depends on issue #5",
                "depends\non #5",
                "Depends on\n#5",
                "Depends-On: #5",
                "(depends on #5)",
                "blocked by (#5)",
                "Depends on [#5](https://forge/o/r/issues/5)",
                "> Blocked by #5",
                "- Depends on #5",
                "1. [ ] blocked by #5",
                "## Step two (blocked by #5)",
                "Dependencies: #5",
                "**Dependencies:** #5",
                "Depends on #5\r\n",
                "| x | depends on #5 |",
            ],
            &[5],
        );
    }

    #[test]
    fn lists_of_numbers_go_on_over_commas_and_ands() {
        all_give(
            &[
                "depends on #5, #6 and #7",
                "Depends on #7,#6,#5",
                "blocked by #5 and #6, and #7",
                "Depends on #5 & #6 & #7",
                "Depends on: **#5**, **#6**, #7",
                "depends on #5 (parser), #6 (lexer) and #7",
                "Depends on #5,\n#6 and\n#7",
                "Depends on [#5](u), [#6](u) and [#7](u)",
                "depends on issues #5 and #6 and PR #7",
                "depends on #5, #5, #6, and #7",
                "Depends on #5 AND #6. Blocked by #7.",
                "Depends on: #5, blocked by: #6 and #7",
            ],
            &[5, 6, 7],
        );
    }

    #[test]
    fn other_numbers_of_the_sentence_do_not_count() {
        all_give(
            &[
                "depends on #1, see #77",
                "Blocked by #1 (see #77)",
                "#77 explains why this depends on #1",
                "depends on #1 #77",
                "Depends on #1; #77 is related",
                "depends on #1, which #77 needs",
                "depends on #1.\n#77",
                "depends on #1 or #77",
            ],
            &[1],
        );
        all_give(
            &[
                "depends on the parser (#5)",
                "blocked by Bob, see #5",
                "see #5",
                "#5",
                "dependencies of #5",
                "depends on",
            ],
            &[],
        );
    }

    #[test]
    fn sections_of_any_level_case_and_form_list_dependencies() {
        for heading in [
            "# Dependencies",
            "## dependencies",
            "###### DEPENDENCIES",
            "### Depends on",
            "## Blocked by",
            "## Dependencies:",
            "##Dependencies",
            "## Depends on ##",
            "## **Dependencies**",
            "## 🔗 Dependencies",
            "## 3. Dependencies",
            "## Dependencies (hard)",
            "## Dependencies and blockers",
            "**Dependencies**",
            "**Depends on:**",
            "__Blocked by__:",
            "Dependencies:",
            "depends on:",
            "Blocked by:",
            "Dependencies\n====",
            "Dependencies\n---",
            "Dependencies:\n---",
        ] {
            for list in [
                "- #5\n- #6",
                "* [ ] #5\n* [x] #6",
                "1. #5\n2. #6",
                "- #5, #6",
                "#5\n#6",
                "#5, #6",
                "- the parser (#5)\n- [#6](u) too",
            ] {
                for gap in ["\n", "\n\n"] {
                    let body = format!("Intro, see #9.\n\n{heading}{gap}{list}\n");
                    assert_eq!(deps(&body), [5, 6], "{body:?}");
                    assert_eq!(deps(&body.replace('\n', "\r\n")), [5, 6], "{body:?} with CRLF");
                }
            }
        }
    }

    #[test]
    fn numbers_on_the_heading_line_count() {
        all_give(
            &[
                "## Depends on #12",
                "## Depends on #12\ntext",
                "### Dependencies (#12)",
                "# Blocked by: #12",
                "## Depends on issue #12",
                "**Depends on #12**",
            ],
            &[12],
        );
        all_give(&["## Depends on #12 and #13\n\n- #14"], &[12, 13, 14]);
    }

    #[test]
    fn ticked_open_and_missing_boxes_are_the_same() {
        all_give(&["## Dependencies\n- [x] #5\n- [ ] #6\n- [X] #7\n- #8"], &[5, 6, 7, 8]);
    }

    #[test]
    fn only_the_first_numbers_of_an_item_count() {
        all_give(
            &[
                "## Dependencies\n- #5 must land first, see #77\n- the lexer (#6), cf. #78",
                "## Dependencies\n- #5,\n  #6\n\nas told in #9",
            ],
            &[5, 6],
        );
        all_give(
            &[
                "## Dependencies\nWe looked at #5 and did not need it.",
                "## Dependencies\nNone",
                "## Dependencies\n- none",
            ],
            &[],
        );
    }

    #[test]
    fn keyword_lines_count_within_sections_too() {
        all_give(&["## Dependencies\nIt is blocked by #5 for now.\n- depends on #6"], &[5, 6]);
    }

    #[test]
    fn a_line_of_one_mark_makes_no_heading() {
        for line in ["=", "-"] {
            assert_eq!(deps(&format!("Dependencies\n{line}\n#3")), Vec::<u64>::new(), "{line}");
        }
        assert_eq!(deps("Dependencies\n==\n#3"), [3]);
    }

    #[test]
    fn a_bold_heading_has_something_in_it() {
        assert_eq!(deps("Dependencies:\n\n****\n\n- #3"), [3]);
    }

    #[test]
    fn an_indented_line_belongs_to_the_section_above_it() {
        assert_eq!(deps("Dependencies:\n\n  #3"), [3]);
    }

    #[test]
    fn a_section_ends_at_the_next_heading_of_its_level_or_above() {
        all_give(
            &[
                "## Dependencies\n- #5\n## Notes\n- #9",
                "## Dependencies\n- #5\n# Notes\n- #9",
                "## Dependencies\n- #5\n\nNotes\n---\n- #9",
                "**Dependencies**\n- #5\n\n**Notes**\n- #9",
                "**Dependencies**\n- #5\n### Notes\n- #9",
                "Dependencies:\n- #5\n\nNotes:\n- #9",
                "Depends on:\n- #5\n\n**Notes**\n\n- #9",
                "- Depends on:\n  - #5\n- Notes:\n  - #9",
                "- Depends on:\n  - #5\n\nThen\n\n  - #9",
            ],
            &[5],
        );
    }

    #[test]
    fn a_deeper_heading_does_not_end_a_section_unless_it_says_related() {
        all_give(
            &[
                "## Dependencies\n### Hard\n- #5\n### Soft\n- #6",
                "# Dependencies\n**Hard**\n- #5\n\nSoft:\n- #6",
                "**Dependencies**\nMust land first:\n- #5\n- #6",
            ],
            &[5, 6],
        );
        all_give(
            &[
                "## Dependencies\n- #5\n### Related\n- #9\n### More\n- #10",
                "## Dependencies\n- #5\n\n**Related**\n- #9",
                "## Dependencies\n- #5\n- Related: #9",
            ],
            &[5],
        );
    }

    #[test]
    fn nested_items_belong_to_the_item_that_names_them() {
        all_give(
            &[
                "Plan:\n- Depends on:\n  - #5\n  - [ ] #6\n- Related:\n  - #9\n- see #10",
                "## Dependencies\n- #5\n- Related:\n  - #9\n- #6",
            ],
            &[5, 6],
        );
    }

    #[test]
    fn related_sections_are_inert() {
        all_give(
            &[
                "## Related\n- #9\n- depends on #10",
                "## Related issues\n- blocked by #9",
                "# Related\n## Dependencies\n- #9",
                "**Related**\n- #9",
                "Related: #9",
                "## See also\n- #9",
            ],
            &[],
        );
        all_give(
            &["## Related\n- #9\n## Depends on\n- #5", "## Related\n- #9\n## Next\ndepends on #5"],
            &[5],
        );
    }

    #[test]
    fn other_headings_are_no_sections_of_dependencies() {
        all_give(
            &[
                "## Dependency upgrade policy\n- #9",
                "## Dependencies upgrade\n- #9",
                "## No dependencies\n- #9",
                "## Dependencieses\n- #9",
                "## No longer blocked by\n- #9",
                "> ## Dependencies\n> - #9",
                "Dependencies\n- #9",
            ],
            &[],
        );
    }

    #[test]
    fn code_says_nothing() {
        for fence in ["```", "~~~~", "  ```", "\t~~~", "      ```"] {
            all_give(
                &[
                    &format!("{fence}\ndepends on #9\n{fence}\nblocked by #5"),
                    &format!("## Dependencies\n{fence}\n- #9\n## x\n{fence}\n- #5"),
                ],
                &[5],
            );
        }
        all_give(
            &[
                "`depends on #9` but blocked by #5",
                "``blocked by ` #9`` depends on #5",
                "- `depends on` #9\n- depends on #5",
            ],
            &[5],
        );
        all_give(&["## Dependencies\n- `#9`\n- #5", "depends on #5, `#9`"], &[5]);
    }

    #[test]
    fn comments_say_nothing() {
        all_give(
            &[
                "<!-- depends on #9 -->\ndepends on #5",
                "<!--\n## Dependencies\n- #9\n-->\nblocked by #5",
                "depends on <!-- #9 --> #5",
                "## Dependencies\n<!-- e.g.\n- #9 -->\n- #5",
                "depends on #5 <!-- and #9 -->",
            ],
            &[5],
        );
    }

    #[test]
    fn what_is_denied_or_past_is_no_dependency() {
        all_give(
            &[
                "no longer blocked by #10",
                "No longer depends on #10",
                "This is not blocked by #10",
                "not yet blocked by #10",
                "never blocked by #10",
                "it isn't blocked by #10",
                "It isn’t really blocked by #10",
                "doesn't depend on #10",
                "It does not, depend on #10",
                "was blocked by #10",
                "This was originally blocked by #10.",
                "previously blocked by #10",
                "used to be blocked by #10",
                "is **not** blocked by #10",
                "no\nlonger blocked by #10",
                "unblocked by #10",
                "un-blocked by #10",
                "## No longer blocked by #10",
                "Nothing here is blocked by #10",
                "## Dependencies\n- no longer blocked by #10",
            ],
            &[],
        );
    }

    #[test]
    fn a_denial_of_something_else_leaves_it_standing() {
        all_give(
            &[
                "Not urgent, blocked by #5",
                "Do not start: blocked by #5",
                "Can't start because it's blocked by #5",
                "Was open long. Blocked by #5",
                "This was reported by Bob and is blocked by #5",
                "Was and still is blocked by #5",
                "Not ready – blocked by #5",
                "What was found is blocked by #5",
                "What was asked depends on #5",
                "no longer blocked by #10, blocked by #5",
                "## Dependencies\n- #5 (no longer blocked by #10)",
            ],
            &[5],
        );
    }

    #[test]
    fn other_projects_words_and_the_issue_itself_are_no_dependencies() {
        all_give(
            &[
                "depends on owner/repo#10",
                "depends on #1000",
                "depends on #0",
                "depends on #5x",
                "depends on #99999999999999999999",
                "depends on C#7",
                "depends on \\#7",
                "unpredepends on #7",
            ],
            &[],
        );
        all_give(
            &["## Dependencies\n- owner/repo#10\n- #1000\n- #5\n- https://f/o/r/issues/5#issuecomment-7"],
            &[5],
        );
    }

    #[test]
    fn at_most_fifty_come_back_sorted_and_each_once() {
        let body: String = (1..=70)
            .rev()
            .flat_map(|n| [format!("blocked by #{n}\n"), format!("depends on #{n}\n")])
            .collect();
        assert_eq!(deps(&body), (1..=50).collect::<Vec<_>>());
    }

    #[test]
    fn a_megabyte_of_anything_is_read() {
        for part in [
            "depends on #5, ",
            "blocked by ",
            "## Dependencies\n- #5\n",
            "- #",
            "`",
            "<!--",
            "#",
            "**",
            "> ",
            "(",
            "not ",
            "[#5](",
            "#5, ",
            "Related:\n",
            "- a\n  ",
            "    - Depends on:\n",
            "a",
            "\n",
            "```\n",
            "— ",
            "depends on #5 (",
        ] {
            let body = format!("## Dependencies\n- {}", part.repeat(100_000 / part.len()));
            assert!(deps(&body).len() <= 50);
        }
        assert_eq!(deps(&"- blocked by #5, ".repeat(60_000)), [5]);
        let nested: String = (0..500).map(|n| format!("{}- Depends on:\n", " ".repeat(n))).collect();
        assert_eq!(deps(&nested), [] as [u64; 0]);
    }

    proptest! {
        #[test]
        fn any_text_gives_a_sorted_list_without_the_issue_itself(
            body in "(?s).{0,300}|([#\\->*`~ \n:,()\\[\\]x]|[1-9]|Depends on|Dependencies|not|Related|<!--){0,60}",
            own in 1u64..20,
        ) {
            let found = dependencies(&body, IssueNo(own));
            prop_assert!(found.len() <= MOST && found.is_sorted() && !found.contains(&IssueNo(own)));
        }

        #[test]
        fn whatever_is_listed_is_found(numbers in proptest::collection::btree_set(1u64..500, 1..20)) {
            let list: Vec<String> = numbers.iter().map(|n| format!("#{n}")).collect();
            let expected: Vec<u64> = numbers.into_iter().collect();
            prop_assert_eq!(deps(&format!("Depends on {}", list.join(", "))), expected.clone());
            prop_assert_eq!(deps(&format!("### Blocked by\n\n- {}\n", list.join("\n- "))), expected);
        }
    }
}
