//! Reads the merged values in their types, and says whose fault a bad one is.

use super::error::ConfigError;
use super::layers::{Entries, Entry};
use super::value::{Value, short};
use std::collections::BTreeMap;

/// The merged values of one project. A path that the table does not have reads as absent.
#[derive(Debug)]
pub struct Given {
    /// The project file's name in errors.
    pub shown: String,
    /// The values.
    pub entries: Entries,
}

impl Given {
    pub fn value(&self, path: &str) -> Option<&Value> {
        self.entries.get(path).map(|e| &e.value)
    }

    /// A text; one that is empty counts as absent.
    pub fn text(&self, path: &str) -> Option<String> {
        match self.value(path)? {
            Value::Text(text) if !text.trim().is_empty() => Some(text.clone()),
            _ => None,
        }
    }

    /// A text that must not be empty. Its default stands in the table, so only a person can have emptied it.
    pub fn some_text(&self, path: &str) -> Result<String, ConfigError> {
        self.text(path)
            .ok_or_else(|| self.bad(path, "a text that is not empty", "leave the key out for its default"))
    }

    /// A whole number, if given.
    pub fn int(&self, path: &str) -> Option<u64> {
        match self.value(path)? {
            Value::Int(n) => Some(*n),
            _ => None,
        }
    }

    /// A whole number that has a default.
    pub fn whole(&self, path: &str) -> u64 {
        self.int(path).unwrap_or_default()
    }

    /// A small whole number that has a default.
    pub fn small(&self, path: &str) -> u32 {
        u32::try_from(self.whole(path)).unwrap_or(u32::MAX)
    }

    /// A number.
    pub fn number(&self, path: &str) -> f64 {
        match self.value(path) {
            Some(Value::Number(n)) => *n,
            _ => 0.0,
        }
    }

    /// Whether a switch is on.
    pub fn flag(&self, path: &str) -> bool {
        self.value(path) == Some(&Value::Bool(true))
    }

    /// A list.
    pub fn list(&self, path: &str) -> Vec<String> {
        match self.value(path) {
            Some(Value::List(items)) => items.clone(),
            _ => Vec::new(),
        }
    }

    /// A table of texts.
    pub fn table(&self, path: &str) -> BTreeMap<String, String> {
        match self.value(path) {
            Some(Value::Table(entries)) => entries.clone(),
            _ => BTreeMap::new(),
        }
    }

    /// Whether the project file or `--set` gives this key.
    pub fn is_own(&self, path: &str) -> bool {
        self.entries.get(path).is_some_and(|e| matches!(e.source, "set" | "toml"))
    }

    /// The error that the value of this key is not what was expected.
    pub fn bad(&self, path: &str, expected: &str, hint: &str) -> ConfigError {
        let found = match self.value(path) {
            Some(Value::Text(text)) => format!("\"{}\"", short(text)),
            Some(Value::Int(n)) => n.to_string(),
            Some(_) => "another".to_string(),
            None => "none".to_string(),
        };
        self.problem(path, format!("expected {expected}, found {found}"), hint)
    }

    /// The error that one item of this list or table is not what was expected.
    pub fn bad_item(&self, path: &str, expected: &str, item: &str, hint: &str) -> ConfigError {
        self.problem(path, format!("expected {expected}, found \"{}\"", short(item)), hint)
    }

    /// An error about this key, in the place where its value was given.
    pub fn problem(&self, path: &str, problem: impl Into<String>, hint: &str) -> ConfigError {
        let (file, name) = match self.entries.get(path) {
            Some(Entry { file, name, .. }) => (file.as_str(), name.as_str()),
            None => (self.shown.as_str(), path),
        };
        ConfigError::new(file, name, problem, hint)
    }
}
