//! Patterns for paths: `*` stands for any part of a name, `**` for any number of folders.

/// Whether one of the patterns means this path.
pub fn any(patterns: &[String], path: &str) -> bool {
    patterns.iter().any(|p| matches(p, path))
}

/// Whether the pattern means this path. Without a `/` it means files of that name in any folder; with one at
/// the end, all that is below; one at the start adds nothing.
fn matches(pattern: &str, path: &str) -> bool {
    let path: Vec<&str> = path.split('/').collect();
    if !pattern.contains('/') && pattern != "**" {
        return path.last().is_some_and(|name| wild_name(pattern, name));
    }
    let below = if pattern.ends_with('/') { "**" } else { "" };
    let whole = format!("{}{below}", pattern.trim_start_matches('/'));
    let parts: Vec<&str> = whole.split('/').collect();
    wild(&parts, &path, |p| *p == "**", |p, name| wild_name(p, name))
}

fn wild_name(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    wild(&pattern, &name, |p| *p == '*', |p, c| p == c)
}

/// Whether `items` are what `pattern` says, where a star stands for any number of them. It goes back only to
/// the last star, so the time is at most the product of the lengths.
fn wild<P, T>(pattern: &[P], items: &[T], star: impl Fn(&P) -> bool, same: impl Fn(&P, &T) -> bool) -> bool {
    let (mut p, mut i) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while i < items.len() {
        match pattern.get(p) {
            Some(part) if star(part) => {
                back = Some((p, i));
                p += 1;
            }
            Some(part) if same(part, &items[i]) => (p, i) = (p + 1, i + 1),
            _ => {
                let Some((at, taken)) = back else { return false };
                back = Some((at, taken + 1));
                (p, i) = (at + 1, taken + 1);
            }
        }
    }
    pattern[p..].iter().all(star)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stars_stay_in_a_name_and_double_stars_cross_folders() {
        for (pattern, path) in [
            ("docs/*.md", "docs/a.md"),
            ("docs/**", "docs/a/b/c"),
            ("docs/", "docs/a/b"),
            ("**/*.rs", "a/b/c.rs"),
            ("**/*.rs", "c.rs"),
            ("*.rs", "a/b/c.rs"),
            ("Makefile", "sub/Makefile"),
            ("/Makefile/", "Makefile/x"),
            ("a/**/z", "a/z"),
            ("a/**/z", "a/b/c/z"),
            ("a/**/b/*/d", "a/x/b/b/c/d"),
            ("/a/b", "a/b"),
            ("**", "a/b"),
            ("*", "a/b"),
            ("a*b*c", "aXbYbZc"),
            ("ü*", "über"),
        ] {
            assert!(matches(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("docs/*.md", "docs/a/b.md"),
            ("docs/*", "docs/a/b"),
            ("docs/**", "doc/a"),
            ("docs/", "docs2/a"),
            ("a/b", "x/a/b"),
            ("/Makefile", "sub/Makefile"),
            ("*.rs", "a.rsx"),
            ("Makefile", "Makefile/x"),
            ("", "a"),
            ("a/**/z", "a/b"),
            ("a?c", "abc"),
            ("[a]", "a"),
        ] {
            assert!(!matches(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn the_worst_pattern_ends() {
        assert!(!matches(&"*a".repeat(200), &"a".repeat(2000).replace("aaaa", "aaab")));
        assert!(!matches(&"**/a/".repeat(200), &"a/".repeat(150)));
    }

    proptest! {
        #[test]
        fn any_pattern_has_an_answer_and_every_plain_path_means_itself(pattern in "[a*/]{0,12}|.{0,12}", path in "[a/]{0,12}|.{0,12}") {
            matches(&pattern, &path);
            let plain = format!("x/{}", path.replace('*', "_").trim_end_matches('/'));
            prop_assert!(matches(&plain, &plain));
        }
    }
}
