//! The environment as a plain map, so that nothing below reads the process's own.

use std::collections::BTreeMap;

/// Variables and their values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Env(pub BTreeMap<String, String>);

impl Env {
    /// The variables of this process. Those that are not UTF-8 are left out: none of ours can be.
    pub fn from_process() -> Env {
        let text = |s: std::ffi::OsString| s.into_string().ok();
        Env(std::env::vars_os().filter_map(|(k, v)| Some((text(k)?, text(v)?))).collect())
    }

    /// A variable's value; one that is empty counts as not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|v| !v.is_empty())
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Env {
    fn from(pairs: [(&str, &str); N]) -> Env {
        Env(pairs.into_iter().map(|(k, v)| (k.to_string(), v.to_string())).collect())
    }
}
