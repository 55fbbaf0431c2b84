//! The gate before anything of a run is published: what its commits must not hold. It judges the facts of a
//! [`Diff`] and nothing else, so the same commits always get the same answer.

#[cfg(test)]
mod cases;
mod files;
mod glob;
mod placeholder;
mod secrets;

use crate::domain::diff::{AddedLine, Diff};
use crate::domain::redact::Redactor;
use crate::domain::text::plain_line;
use std::collections::{HashMap, HashSet};

/// One reason not to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which gate it is: a stable id such as `secret.github` or `file.oversize`.
    pub gate: &'static str,
    /// Where: a path, with line and commit where there are any. Safe to show.
    pub place: String,
    /// What is wrong. Never holds a secret: of one it has the first characters and the length.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

/// What a project allows and protects. Patterns are paths with `*` for any part of a name and `**` for any
/// number of folders; one without `/` means files of that name in any folder, one that ends in `/` all that
/// is below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// No new file may be larger, in bytes; lock files may.
    pub max_file_bytes: u64,
    /// Files that are not judged by name, size or content.
    pub allow_paths: Vec<String>,
    /// Files that a run may not touch, whatever else allows them.
    pub protected_paths: Vec<String>,
}

impl Default for Rules {
    fn default() -> Self {
        Rules { max_file_bytes: 1_000_000, allow_paths: Vec::new(), protected_paths: Vec::new() }
    }
}

impl Rules {
    fn allows(&self, path: &str) -> bool {
        glob::any(&self.allow_paths, path)
    }

    fn protects(&self, path: &str) -> bool {
        glob::any(&self.protected_paths, path)
    }
}

/// Everything that speaks against publishing these commits; nothing: they may be published.
pub fn refusals(diff: &Diff, rules: &Rules) -> Vec<Finding> {
    let mut found = whole(diff);
    found.extend(files::refusals(diff, rules));
    found.extend(secrets::refusals(diff, rules));
    let mut seen = HashSet::new();
    found.retain(|f| seen.insert((f.gate, f.place.clone(), f.what.clone())));
    found
}

fn whole(diff: &Diff) -> Vec<Finding> {
    let mut found = Vec::new();
    if diff.commits.is_empty() {
        found.push(finding(
            "diff.empty",
            "the branch",
            "it has no commit that the base lacks",
            "Commit the work on this branch.",
        ));
    }
    if diff.truncated {
        let what = "it changes more than can be checked, so nothing of it was let through";
        found.push(finding(
            "diff.truncated",
            "the branch",
            what,
            "Make it smaller: leave out generated and copied files.",
        ));
    }
    found
}

/// A finding that is safe to show: paths are untrusted and may hold anything, a token as well.
fn finding(gate: &'static str, place: &str, what: impl Into<String>, remedy: &str) -> Finding {
    let place = Redactor::default().redact(&plain_line(place, 240));
    Finding { gate, place, what: what.into(), remedy: remedy.to_string() }
}

/// The lines that one commit adds to one file.
struct Addition<'a> {
    lines: Vec<&'a AddedLine>,
}

impl Addition<'_> {
    fn path(&self) -> &str {
        self.lines.first().map_or("", |l| &l.path)
    }

    /// Where the line at `index` of them is, for people.
    fn place(&self, index: usize) -> String {
        let of = |l: &AddedLine| format!("{}:{} in commit {}", l.path, l.line, l.commit.short());
        self.lines.get(index).or(self.lines.last()).map(|l| of(l)).unwrap_or_default()
    }
}

/// What each commit adds to each file that is not allowed anyway, in order.
fn additions<'a>(diff: &'a Diff, rules: &Rules) -> Vec<Addition<'a>> {
    let mut all: Vec<Addition<'a>> = Vec::new();
    let mut index = HashMap::new();
    for line in &diff.added {
        let at = *index.entry((&line.commit, &line.path)).or_insert_with(|| {
            all.push(Addition { lines: Vec::new() });
            all.len() - 1
        });
        all[at].lines.push(line);
    }
    all.retain(|a| !rules.allows(a.path()));
    all
}

/// How many lines a description has at most.
const MOST_LINES: usize = 20;

/// The findings as a list for a message, a line each and 20 lines at most.
pub fn describe(findings: &[Finding]) -> String {
    let shown = if findings.len() > MOST_LINES { MOST_LINES - 1 } else { findings.len() };
    let line =
        |f: &Finding| plain_line(&format!("- [{}] {}: {}. {}", f.gate, f.place, f.what, f.remedy), 600);
    let mut lines: Vec<String> = findings.iter().take(shown).map(line).collect();
    if findings.len() > shown {
        lines.push(format!("- and {} more", findings.len() - shown));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::cases::{added, commit, file, gates_of, one_commit, sha};
    use super::*;
    use crate::domain::redact::samples::an;
    use proptest::prelude::*;

    #[test]
    fn ordinary_work_passes() {
        let mut diff =
            one_commit(&[("src/a.rs", "fn main() {}"), ("README.md", "# Title"), ("README.md", "=======")]);
        diff.files = vec![file("src/a.rs"), file("README.md")];
        assert_eq!(refusals(&diff, &Rules::default()), []);
        assert_eq!(describe(&[]), "");
    }

    #[test]
    fn nothing_to_publish_is_refused_and_so_is_what_could_not_be_read_whole() {
        assert_eq!(gates_of(&Diff::default()), ["diff.empty"]);
        let mut diff = one_commit(&[]);
        diff.truncated = true;
        assert_eq!(gates_of(&diff), ["diff.truncated"]);
    }

    #[test]
    fn the_same_thing_is_said_once() {
        let token = format!("ghp_{}", an(36, 1));
        let line = format!("{token} {token}");
        assert_eq!(gates_of(&one_commit(&[("a", &line)])), ["secret.github"]);
        assert_eq!(gates_of(&one_commit(&[("a", &line), ("a", &token), ("b", &token)])).len(), 3);
    }

    #[test]
    fn allowed_paths_are_not_judged_but_protected_ones_still_are() {
        let token = format!("ghp_{}", an(36, 1));
        let mut diff = one_commit(&[("fixtures/a/.env", &token)]);
        diff.files = vec![file("fixtures/a/.env")];
        assert_eq!(gates_of(&diff), ["file.forbidden", "secret.github"]);
        let mut rules = Rules { allow_paths: vec!["fixtures/**".into()], ..Rules::default() };
        assert_eq!(refusals(&diff, &rules), []);
        rules.protected_paths = vec!["fixtures/".into()];
        assert_eq!(refusals(&diff, &rules).iter().map(|f| f.gate).collect::<Vec<_>>(), ["file.protected"]);
    }

    #[test]
    fn places_are_safe_to_show() {
        let token = format!("ghp_{}", an(36, 1));
        let path = format!("a\n\u{1b}[31m{token}/.env");
        let mut diff = one_commit(&[]);
        diff.files = vec![file(&path)];
        let found = refusals(&diff, &Rules::default());
        assert_eq!(found[0].place, "a [redacted]/.env");
    }

    #[test]
    fn a_description_has_a_line_for_each_and_twenty_at_most() {
        let many: Vec<Finding> =
            (0..50).map(|n| finding("file.path", &format!("f{n}"), "w\nx", "R.")).collect();
        assert_eq!(describe(&many[..2]), "- [file.path] f0: w x. R.\n- [file.path] f1: w x. R.");
        assert_eq!(describe(&many[..20]).lines().count(), 20);
        let text = describe(&many);
        assert_eq!(text.lines().count(), 20);
        assert!(text.ends_with("- and 31 more"), "{text}");
    }

    #[test]
    fn the_lines_of_a_commit_and_a_file_stay_together() {
        let mut diff = one_commit(&[("a", "1"), ("b", "2"), ("a", "3")]);
        diff.commits.push(commit(2, "m"));
        diff.added.push(added(2, "a", 9, "4"));
        let all = additions(&diff, &Rules::default());
        let texts: Vec<Vec<&str>> =
            all.iter().map(|a| a.lines.iter().map(|l| l.text.as_str()).collect()).collect();
        assert_eq!(texts, [vec!["1", "3"], vec!["2"], vec!["4"]]);
        assert_eq!(all[2].place(0), format!("a:9 in commit {}", sha(2).short()));
        assert_eq!(all[2].place(7), all[2].place(0));
    }

    proptest! {
        #[test]
        fn any_diff_has_a_bounded_answer(lines in proptest::collection::vec(("(?s).{0,12}|[.a/]{0,6}", "(?s).{0,60}|(<<<<<<< |=======|password|=|\"|[a-z0-9]{9}|ghp_){0,6}"), 0..20), message in "(?s).{0,60}") {
            let lines: Vec<(&str, &str)> = lines.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
            let mut diff = one_commit(&lines);
            diff.files = lines.iter().map(|(p, _)| file(p)).collect();
            diff.commits[0].message = message;
            let found = refusals(&diff, &Rules::default());
            prop_assert!(found.iter().all(|f| !f.place.contains('\n') && f.place.chars().count() <= 260));
            let text = describe(&found);
            prop_assert!(text.lines().count() <= MOST_LINES && text.chars().count() <= MOST_LINES * 601);
        }
    }
}
