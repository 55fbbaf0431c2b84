//! Which row of the table a dotted path means.

use super::error::ConfigError;
use super::keys::{KEYS, Key};
use super::suggest::nearest;
use super::vars::looks_secret;

/// What a path is.
#[derive(Debug)]
pub enum Place {
    /// A key; the path is its own name, whatever alias was used, with the given names in a pattern.
    Key(&'static Key, String),
    /// The beginning of keys.
    Section,
    /// Neither.
    Unknown,
}

/// Looks a path up.
pub fn lookup(path: &[String]) -> Place {
    for key in KEYS.iter().filter(|k| !k.path.is_empty()) {
        for pattern in key.aliases.iter().chain([&key.path]) {
            // Most differ in their first name already.
            if begins(pattern, path) && pattern.split('.').count() == path.len() {
                let own = if key.is_pattern() { path.join(".") } else { key.path.to_string() };
                return Place::Key(key, own);
            }
        }
    }
    let section = KEYS.iter().any(|k| !k.path.is_empty() && begins(k.path, path));
    if section && !path.is_empty() { Place::Section } else { Place::Unknown }
}

/// Whether a pattern begins with this path.
fn begins(pattern: &str, path: &[String]) -> bool {
    let mut parts = pattern.split('.');
    path.iter()
        .all(|name| parts.next().is_some_and(|p| p == name || (p.starts_with('<') && !name.is_empty())))
}

/// The error for a path that means nothing; `file` names the place it was found in.
pub fn unknown(file: &str, path: &str) -> ConfigError {
    let near = nearest(path);
    let secret = path.rsplit('.').next().is_some_and(looks_secret);
    let hint = match (secret, near.split_last()) {
        (true, _) => {
            "a secret never stands in a project file: put it into .env beside projects/ (mode 0600) and name its \
             variable with token_env"
                .to_string()
        }
        (false, None) => "docs/config.md lists every key".to_string(),
        (false, Some((last, []))) => format!("did you mean {last}?"),
        (false, Some((last, others))) => format!("did you mean {} or {last}?", others.join(", ")),
    };
    ConfigError::new(file, path, "unknown key", hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(path: &str) -> String {
        let path: Vec<String> = path.split('.').map(str::to_string).collect();
        match lookup(&path) {
            Place::Key(_, own) => own,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn paths_aliases_patterns_and_sections_are_told_apart() {
        for (path, is) in [
            ("limits.sessions", "limits.sessions"),
            ("verify_slots", "verify.slots"),
            ("people.maria.forge", "people.maria.forge"),
            ("people.maintainers", "people.maintainers"),
            ("people.maria", "Section"),
            ("limits", "Section"),
            ("people.maria.forge.x", "Unknown"),
            ("", "Unknown"),
            ("limits.sessions.x", "Unknown"),
        ] {
            assert_eq!(place(path), is, "{path}");
        }
    }

    #[test]
    fn no_two_rows_share_a_path_or_a_variable() {
        let names = KEYS.iter().flat_map(|k| k.aliases.iter().chain(k.vars).chain([&k.path]));
        let mut names: Vec<&str> = names.copied().filter(|n| !n.is_empty()).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
