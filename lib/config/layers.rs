//! The four layers of a configuration, merged by one rule: `--set`, then the project file, then the
//! environment, then the default.

use super::error::ConfigError;
use super::keys::{Effect, Fallback, KEYS, Kind};
use super::lookup::{Place, lookup, unknown};
use super::value::{Mismatch, Value, found};
use super::vars::Vars;
use std::collections::BTreeMap;

/// A value and where it came from.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The value, of its key's kind.
    pub value: Value,
    /// `set`, `toml`, `env` or `default`.
    pub source: &'static str,
    /// For errors: the file, `--set`, `environment` or `.env`.
    pub file: String,
    /// For errors: the key as it was written, or the variable.
    pub name: String,
}

/// The merged values by their keys' own paths. Keys that are only accepted are not among them.
pub type Entries = BTreeMap<String, Entry>;

/// Merges the layers. `shown` is the project file's name in errors.
pub fn merge(
    shown: &str,
    table: &toml::Table,
    vars: &Vars,
    sets: &[(String, String)],
) -> Result<Entries, ConfigError> {
    let mut entries = Entries::new();
    walk(shown, &mut Vec::new(), table, &mut entries)?;
    for (path, entry) in from_sets(sets)? {
        match (entries.get_mut(&path), entry) {
            // One entry of a table leaves the others standing.
            (
                Some(Entry { value: Value::Table(old), source, .. }),
                Entry { value: Value::Table(new), .. },
            ) => {
                old.extend(new);
                *source = "set";
            }
            (_, entry) => drop(entries.insert(path, entry)),
        }
    }
    add_environment(vars, &mut entries)?;
    add_defaults(shown, &mut entries);
    Ok(entries)
}

/// Takes in a table of the project file, and the tables below it.
fn walk(
    file: &str,
    path: &mut Vec<String>,
    table: &toml::Table,
    into: &mut Entries,
) -> Result<(), ConfigError> {
    for (name, value) in table {
        path.push(name.clone());
        match (lookup(path), value) {
            (Place::Key(key, own), _) => {
                if key.effect == Effect::Used {
                    leaf(file, path, (key.kind, own), value, into)?;
                }
            }
            (Place::Section, toml::Value::Table(below)) => walk(file, path, below, into)?,
            (Place::Section, other) => {
                let problem = format!("expected a section, found {}", found(other));
                let hint = format!("write its keys below [{}]", written(path));
                return Err(ConfigError::new(file, written(path), problem, hint));
            }
            (Place::Unknown, value) => {
                path.extend(first_leaf(value));
                return Err(unknown(file, &written(path)));
            }
        }
        path.pop();
    }
    Ok(())
}

/// The names from an unknown section down to its first value: that one tells better what was meant.
fn first_leaf(value: &toml::Value) -> Vec<String> {
    let mut path = Vec::new();
    let mut value = value;
    while let Some((name, below)) = value.as_table().and_then(|t| t.iter().next()) {
        path.push(name.clone());
        value = below;
    }
    path
}

/// Takes in one value of the project file; `key` is its kind and its own path.
fn leaf(
    file: &str,
    path: &[String],
    key: (Kind, String),
    value: &toml::Value,
    into: &mut Entries,
) -> Result<(), ConfigError> {
    let (kind, own) = key;
    let name = written(path);
    let value = kind.from_toml(value).map_err(|wrong| {
        let kind = if wrong.entry.is_some() { Kind::Text } else { kind };
        let whole: Vec<String> = path.iter().cloned().chain(wrong.entry).collect();
        ConfigError::new(file, written(&whole), wrong.problem, example(&whole, kind))
    })?;
    let entry = Entry { value, source: "toml", file: file.to_string(), name: name.clone() };
    match into.insert(own, entry) {
        Some(twin) => {
            let problem = format!("is the same key as {}, which is given too", twin.name);
            Err(ConfigError::new(file, name, problem, "keep one of the two"))
        }
        None => Ok(()),
    }
}

/// How to write a key: `write [limits] sessions = 1`.
fn example(path: &[String], kind: Kind) -> String {
    let (last, section) =
        path.split_last().map_or((String::new(), path), |(l, s)| (written(std::slice::from_ref(l)), s));
    let section = if section.is_empty() { String::new() } else { format!("[{}] ", written(section)) };
    format!("write for example: {section}{last} = {}", kind.example())
}

/// A path as TOML has it: quotes around names that need them, so that an error stays one line.
fn written(path: &[String]) -> String {
    let bare =
        |n: &str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let parts = path.iter().map(|n| if bare(n) { n.clone() } else { format!("{n:?}") });
    parts.collect::<Vec<_>>().join(".")
}

fn from_sets(sets: &[(String, String)]) -> Result<Entries, ConfigError> {
    let mut entries = Entries::new();
    for (name, text) in sets {
        let wrong = |wrong: Mismatch| {
            let hint = "docs/config.md lists every key with its type".to_string();
            ConfigError::new("--set", name, wrong.problem, hint)
        };
        let path: Vec<String> = name.split('.').map(str::to_string).collect();
        let entry = |value| Entry { value, source: "set", file: "--set".to_string(), name: name.clone() };
        match (lookup(&path), table_entry(&path)) {
            (Place::Key(key, own), _) if key.effect == Effect::Used => {
                entries.insert(own, entry(key.kind.from_text(text).map_err(wrong)?));
            }
            (Place::Key(..), _) => {}
            (_, Some((table, below))) => {
                let slot = entries.entry(table).or_insert_with(|| entry(Value::Table(BTreeMap::new())));
                if let Value::Table(all) = &mut slot.value {
                    all.insert(below, text.clone());
                }
            }
            _ => return Err(unknown("--set", name)),
        }
    }
    Ok(entries)
}

/// The table and the name in it, if the path lies in a table of texts. The name may hold dots.
fn table_entry(path: &[String]) -> Option<(String, String)> {
    (1..path.len()).find_map(|cut| match lookup(&path[..cut]) {
        Place::Key(key, own) if key.kind == Kind::Table => Some((own, path[cut..].join("."))),
        _ => None,
    })
}

fn add_environment(vars: &Vars, entries: &mut Entries) -> Result<(), ConfigError> {
    // A variable without a key is nobody's value here: the secrets have rules of their own.
    for key in KEYS.iter().filter(|k| k.effect == Effect::Used && !k.path.is_empty()) {
        if entries.contains_key(key.path) {
            continue;
        }
        let Some(given) = vars.first(key.vars) else { continue };
        let value = key.kind.from_text(given.value).map_err(|wrong| {
            let hint = format!("unset {} or correct it; it stands for {}", given.name, key.path);
            ConfigError::new(given.file, given.name, wrong.problem, hint)
        })?;
        let (file, name) = (given.file.to_string(), given.name.to_string());
        entries.insert(key.path.to_string(), Entry { value, source: "env", file, name });
    }
    Ok(())
}

fn add_defaults(file: &str, entries: &mut Entries) {
    for key in KEYS.iter().filter(|k| k.effect == Effect::Used && !k.path.is_empty()) {
        let Fallback::Value(text) = key.default else { continue };
        // That every default is of its kind is a test of `value`.
        if let Ok(value) = key.kind.from_text(text) {
            let default =
                || Entry { value, source: "default", file: file.to_string(), name: key.path.to_string() };
            entries.entry(key.path.to_string()).or_insert_with(default);
        }
    }
}
