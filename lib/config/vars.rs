//! The variables that count: the environment's, and below them those of `.env`.

use super::dotenv;
use super::env::Env;
use super::error::ConfigError;
use super::root::Root;
use super::secret::Secret;
use std::collections::BTreeMap;

/// Both layers, asked as one.
#[derive(Debug, Default)]
pub struct Vars {
    real: Env,
    dotenv: Env,
}

/// A variable that is set.
#[derive(Debug)]
pub struct Found<'a> {
    /// The variable.
    pub name: &'a str,
    /// Its value, never empty.
    pub value: &'a str,
    /// `environment` or `.env`.
    pub file: &'static str,
}

impl Vars {
    /// Reads `.env` beside the environment; not in the agents' container, where it belongs to the host.
    pub fn read(root: &Root, env: &Env) -> Result<Vars, ConfigError> {
        let contained = env.get("DISINTO_CONTAINER") == Some("1");
        let file = if contained { BTreeMap::new() } else { dotenv::read(&root.dotenv(), ".env")? };
        Ok(Vars { real: env.clone(), dotenv: Env(file) })
    }

    /// A variable's value; the real environment wins.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.real.get(name).or_else(|| self.dotenv.get(name))
    }

    /// The first of these names that is set.
    pub fn first<'a>(&'a self, names: &[&'a str]) -> Option<Found<'a>> {
        names.iter().find_map(|name| {
            let real = self.real.get(name).map(|value| Found { name, value, file: "environment" });
            real.or_else(|| self.dotenv.get(name).map(|value| Found { name, value, file: ".env" }))
        })
    }

    /// Every value whose variable looks like a secret's.
    pub fn secrets(&self) -> Vec<Secret> {
        let all = self.real.0.iter().chain(&self.dotenv.0);
        all.filter(|(name, value)| looks_secret(name) && !value.is_empty())
            .map(|(_, v)| Secret::new(v))
            .collect()
    }
}

/// Whether a key or variable of this name holds a secret, by its last word.
pub fn looks_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    const ENDS: &[&str] =
        &["token", "secret", "password", "passwd", "passphrase", "apikey", "api_key", "secret_key"];
    ENDS.iter().any(|end| name.ends_with(end))
}
