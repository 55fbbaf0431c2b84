//! What is wrong with a configuration: one line that names file, key and what was expected, and a remedy.

/// The first thing found wrong. Shown as `file: key: problem`; the remedy is apart, see [`ConfigError::hint`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {}{problem}", if .key.is_empty() { String::new() } else { format!("{key}: ") })]
pub struct ConfigError {
    /// The file, `--set`, or `environment`.
    pub file: String,
    /// The dotted key or the variable; empty where the whole file is meant.
    pub key: String,
    /// What is wrong with it.
    pub problem: String,
    /// What to do about it.
    pub hint: String,
}

impl ConfigError {
    /// An error about one key.
    pub fn new(
        file: impl Into<String>,
        key: impl Into<String>,
        problem: impl Into<String>,
        hint: impl Into<String>,
    ) -> ConfigError {
        ConfigError { file: file.into(), key: key.into(), problem: problem.into(), hint: hint.into() }
    }

    /// What to do about it: one line, never empty.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}
