//! Which issue a pull belongs to, and how people refer to issues in text.

use super::deps::negated;
use super::ids::IssueNo;
use super::text::prose;
use regex::Regex;
use std::sync::LazyLock;

const PLACE: &str = "{issue}";

/// The branch on which an issue is worked: `template` with the number for `{issue}`. A template without a
/// place for the number gets it at the end, since no two issues may share a branch.
pub fn branch_name(template: &str, issue: IssueNo) -> String {
    if template.contains(PLACE) {
        template.replace(PLACE, &issue.to_string())
    } else {
        format!("{template}-{issue}")
    }
}

/// The issue that a pull belongs to: the one its branch is named for, else the last one its title names, else
/// the first one its description says it closes (`Fixes #5` and the like). Only the branch is a proof of
/// ours; title and description are their author's word.
pub fn issue_of(branch: &str, title: &str, body: &str, template: &str) -> Option<IssueNo> {
    of_branch(branch, template).or_else(|| references(title).last()).or_else(|| closed_by(body))
}

/// The issue for which [`branch_name`] gives exactly this branch.
fn of_branch(branch: &str, template: &str) -> Option<IssueNo> {
    let prefix = template.split(PLACE).next().unwrap_or_default();
    let rest = branch.strip_prefix(prefix)?;
    let rest = if template.contains(PLACE) { rest } else { rest.strip_prefix('-')? };
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let issue: IssueNo = rest[..digits].parse().ok()?;
    (branch_name(template, issue) == branch).then_some(issue)
}

fn closed_by(body: &str) -> Option<IssueNo> {
    let text = prose(body);
    CLOSES.find_iter(&text).find_map(|verb| {
        let after = &text[verb.end()..];
        let at =
            after.len() - after.trim_start_matches(|c: char| c.is_whitespace() || "*_[:".contains(c)).len();
        // `fixes#5` is no word of its own.
        let (issue, _) = reference_at(after, at).filter(|_| at > 0)?;
        (!negated(&text[..verb.start()], false)).then_some(issue)
    })
}

static CLOSES: LazyLock<Regex> =
    LazyLock::new(|| literal(r"(?i)(?:\b|_)(?:fix(?:es|ed)?|close[sd]?|resolve[sd]?)(?:\b|_)"));

fn literal(pattern: &str) -> Regex {
    Regex::new(pattern).expect("literal pattern")
}

/// All references to issues of this project in a text, in order.
pub(crate) fn references(text: &str) -> impl Iterator<Item = IssueNo> {
    text.match_indices('#').filter_map(|(at, _)| reference_at(text, at)).map(|(issue, _)| issue)
}

/// The issue that a `#N` at byte `at` of the text refers to, and where the reference ends. `owner/name#5` is
/// an issue of another project, `a#5` and `#5a` are none at all.
pub(crate) fn reference_at(text: &str, at: usize) -> Option<(IssueNo, usize)> {
    let digits = text.get(at..)?.strip_prefix('#')?;
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    let before = text[..at].chars().next_back();
    let after = digits[length..].chars().next();
    if before.is_some_and(|c| part_of_word(c) || "/#&\\".contains(c)) || after.is_some_and(part_of_word) {
        return None;
    }
    Some((digits[..length].parse().ok()?, at + 1 + length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEMPLATE: &str = "fix/issue-{issue}";

    #[test]
    fn the_branch_counts_before_the_title_and_the_title_before_the_description() {
        assert_eq!(issue_of("fix/issue-3", "x (#4)", "Fixes #5", TEMPLATE), Some(IssueNo(3)));
        assert_eq!(issue_of("feature", "x (#4)", "Fixes #5", TEMPLATE), Some(IssueNo(4)));
        assert_eq!(issue_of("feature", "x", "Fixes #5", TEMPLATE), Some(IssueNo(5)));
        assert_eq!(issue_of("feature", "x", "See #5", TEMPLATE), None);
    }

    #[test]
    fn a_branch_is_ours_only_if_it_is_exactly_what_we_would_name_it() {
        for other in [
            "fix/issue-12-more",
            "fix/issue-12a",
            "fix/issue-",
            "fix/issue-012",
            "fix/issue-0",
            "fix/issue-+12",
            "afix/issue-12",
            "Fix/issue-12",
            "fix/issue-99999999999999999999",
            "fix/issue-１２",
            "",
        ] {
            assert_eq!(issue_of(other, "", "", TEMPLATE), None, "{other}");
        }
        assert_eq!(issue_of("fix/issue-123", "", "", TEMPLATE), Some(IssueNo(123)));
    }

    #[test]
    fn templates_may_have_the_number_anywhere_twice_or_nowhere() {
        for template in ["{issue}", "{issue}/work", "a-{issue}-b", "i{issue}/fix-{issue}", "work"] {
            let branch = branch_name(template, IssueNo(42));
            assert_eq!(issue_of(&branch, "", "", template), Some(IssueNo(42)), "{template}");
        }
        assert_eq!(branch_name("work", IssueNo(7)), "work-7");
        assert_eq!(issue_of("i42/fix-43", "", "", "i{issue}/fix-{issue}"), None);
        assert_eq!(issue_of("work", "", "", "work"), None);
    }

    #[test]
    fn the_last_number_of_a_title_counts() {
        for (title, issue) in [
            ("Repair the parser (#12)", Some(12)),
            ("#12: repair the parser", Some(12)),
            ("After #3, repair (#12)", Some(12)),
            ("Repair (#12) again", Some(12)),
            ("Like owner/repo#9", None),
            ("C#7 and a#8 and #9x and ##10 and &#11;", None),
            ("No number # here #", None),
        ] {
            assert_eq!(issue_of("b", title, "", TEMPLATE), issue.map(IssueNo), "{title}");
        }
    }

    #[test]
    fn twelve_is_not_a_part_of_a_longer_number() {
        assert_eq!(issue_of("b", "x (#123)", "", TEMPLATE), Some(IssueNo(123)));
        assert_eq!(issue_of("b", "", "Fixes #123.", TEMPLATE), Some(IssueNo(123)));
    }

    #[test]
    fn every_usual_form_of_closing_is_understood() {
        for verb in ["fix", "fixes", "fixed", "close", "closes", "closed", "resolve", "resolves", "resolved"]
        {
            for form in
                [format!("{verb} #6"), format!("{}: #6", verb.to_uppercase()), format!("It **{verb}** #6.")]
            {
                assert_eq!(issue_of("b", "t", &form, TEMPLATE), Some(IssueNo(6)), "{form}");
            }
        }
        for form in [
            "Closes [#6](https://forge/o/r/issues/6)",
            "text\r\n\r\nfixes:#6\r\n",
            "- closes\t#6",
            "_Fixes_ #6",
        ] {
            assert_eq!(issue_of("b", "t", form, TEMPLATE), Some(IssueNo(6)), "{form}");
        }
        assert_eq!(issue_of("b", "t", "Closes #6, closes #7", TEMPLATE), Some(IssueNo(6)));
    }

    #[test]
    fn other_words_and_hidden_ones_close_nothing() {
        for body in [
            "prefixes #6",
            "fixes#6",
            "fixing #6",
            "Fix for #6",
            "fixes owner/repo#6",
            "see #6",
            "Does not fix #6",
            "```\nFixes #6\n```",
            "  ~~~\nFixes #6\n  ~~~",
            "<!-- Fixes #6 -->",
            "<!--\nFixes #6\n-->",
            "`Fixes #6`",
        ] {
            assert_eq!(issue_of("b", "t", body, TEMPLATE), None, "{body}");
        }
        assert_eq!(issue_of("b", "t", "<!-- Fixes #6 --> Fixes #7", TEMPLATE), Some(IssueNo(7)));
    }

    proptest! {
        #[test]
        fn any_text_gives_an_answer(branch in ".{0,30}", title in ".{0,60}", body in "(?s).{0,120}", template in ".{0,20}") {
            issue_of(&branch, &title, &body, &template);
        }

        #[test]
        fn a_branch_of_ours_always_finds_its_issue(n in 1u64.., prefix in "[a-z/-]{0,9}", suffix in "[a-z/-]{0,9}") {
            let template = format!("{prefix}{{issue}}{suffix}");
            prop_assert_eq!(issue_of(&branch_name(&template, IssueNo(n)), "#1", "", &template), Some(IssueNo(n)));
        }
    }
}
