//! What names, branches, repositories and paths may look like.

use super::words::ForgeKind;
use std::path::{Component, Path, PathBuf};

/// Whether a text can be the name of a project, of an agent or of a mirror: it becomes a part of file names.
pub fn is_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    let begins = name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    begins && name.len() <= 64 && name.bytes().all(plain)
}

/// Whether ntfy takes a text as a topic.
pub fn is_topic(topic: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    (1..=64).contains(&topic.len()) && topic.bytes().all(plain)
}

/// A name as tmux takes it: there `.` and `:` part a target.
pub fn slug(name: &str) -> String {
    name.replace(['.', ':'], "_")
}

/// Whether git takes a text as the name of a branch.
pub fn is_branch(name: &str) -> bool {
    let part = |p: &str| !p.is_empty() && !p.starts_with('.') && !p.ends_with(".lock") && !p.ends_with('.');
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || "~^:?*[\\".contains(c);
    let odd = name.contains("..") || name.contains("@{") || name == "@" || name.starts_with('-');
    !odd && !name.contains(forbidden) && name.split('/').all(part)
}

/// Whether a template of a branch holds `{issue}` once and gives a branch.
pub fn is_branch_template(template: &str) -> bool {
    template.matches("{issue}").count() == 1 && is_branch(&template.replace("{issue}", "1"))
}

/// Whether a text names a repository on this forge: `owner/name`, on Azure also `organisation/project/name`.
pub fn is_repo(forge: ForgeKind, repo: &str) -> bool {
    let parts: Vec<&str> = repo.split('/').collect();
    let counts: &[usize] = if forge == ForgeKind::Azure { &[2, 3] } else { &[2] };
    // Azure's names may hold blanks; the others' may not.
    let forbidden =
        |c: char| c.is_control() || "?#%\\".contains(c) || (c.is_whitespace() && forge != ForgeKind::Azure);
    let part = |p: &&str| !p.trim().is_empty() && *p != "." && *p != ".." && !p.contains(forbidden);
    counts.contains(&parts.len()) && parts.iter().all(part)
}

/// Whether a text is the address of a server.
pub fn is_server(url: &str) -> bool {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    rest.is_some_and(|r| !r.is_empty() && !r.starts_with('/')) && !url.contains(char::is_whitespace)
}

/// Whether git takes a text as a remote and not as an option.
pub fn is_remote(url: &str) -> bool {
    !url.is_empty() && !url.starts_with('-') && !url.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// Whether a path stays below the folder it is relative to.
pub fn is_below(path: &Path) -> bool {
    let mut parts = path.components().peekable();
    parts.peek().is_some() && parts.all(|p| matches!(p, Component::Normal(_)))
}

/// A path with `~/` put in full, without `.` and doubled slashes; none if it is then not absolute, or climbs.
pub fn absolute(path: &str, home: Option<&str>) -> Option<PathBuf> {
    let full = match (path.strip_prefix('~'), home) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
            PathBuf::from(format!("{home}{rest}"))
        }
        _ => PathBuf::from(path),
    };
    let climbs = full.components().any(|p| p == Component::ParentDir);
    (full.is_absolute() && !climbs).then(|| full.components().collect())
}

/// A 64-bit hash (FNV-1a) in 16 hex digits that is the same in every build and on every machine.
pub fn stable_hash(bytes: &[u8]) -> String {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    format!("{:016x}", bytes.iter().fold(0xcbf2_9ce4_8422_2325, step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_become_file_names() {
        for good in ["a", "disinto", "a.b-c_9", "0x"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", ".a", "-a", "a/b", "a b", "ä", "a\n", &"x".repeat(65)] {
            assert!(!is_name(bad), "{bad}");
        }
        assert_eq!(slug("a.b:c-d"), "a_b_c-d");
    }

    #[test]
    fn branches_are_those_of_git() {
        for good in ["main", "fix/issue-1", "a.b", "ü"] {
            assert!(is_branch(good), "{good}");
        }
        for bad in
            ["", "-a", "a b", "a..b", "a//b", "/a", "a/", ".a", "a/.b", "a.lock", "a~1", "@", "a@{b", "a."]
        {
            assert!(!is_branch(bad), "{bad}");
        }
        let templates = ["fix/issue-{issue}", "x", "{issue}-{issue}", "{issue}.lock"].map(is_branch_template);
        assert_eq!(templates, [true, false, false, false]);
    }

    #[test]
    fn repositories_have_an_owner() {
        assert!(is_repo(ForgeKind::Forgejo, "me/x.y"));
        assert!(is_repo(ForgeKind::Azure, "org/My Project/x"));
        for bad in ["", "x", "/x", "x/", "a/b/c", "a/..", "a b/c", "a/b?c"] {
            assert!(!is_repo(ForgeKind::Github, bad), "{bad}");
        }
    }

    #[test]
    fn paths_are_made_absolute_and_kept_below() {
        let at = |p| absolute(p, Some("/home/me")).map(|p| p.display().to_string());
        assert_eq!(at("~/x/"), Some("/home/me/x".into()));
        assert_eq!(at("/a/./b//c"), Some("/a/b/c".into()));
        assert_eq!((at("a"), at("~you/x"), at("/a/../b")), (None, None, None));
        assert_eq!(absolute("~/x", None), None);
        assert!(is_below(Path::new("a/b")));
        assert!(["", "/a", "../a", "a/../../b"].iter().all(|p| !is_below(Path::new(p))));
    }

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(stable_hash(b""), "cbf29ce484222325");
        assert_eq!(stable_hash(b"a"), "af63dc4c8601ec8c");
        assert_eq!(stable_hash(b"foobar"), "85944171f73967e8");
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "(?s).{0,40}") {
            let _ = (is_branch_template(&text), is_repo(ForgeKind::Azure, &text), absolute(&text, Some("/h")));
            if is_name(&text) {
                prop_assert!(is_name(&slug(&text)));
            }
        }
    }
}
