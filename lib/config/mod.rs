//! One validated [`Project`] from a project file, the environment, `--set` and the secrets. Nothing below this
//! module reads the environment, and nothing above it reads a project file.

mod build;
mod docs;
mod dotenv;
mod env;
mod error;
mod given;
mod keys;
mod layers;
mod lookup;
mod parts;
mod people;
mod project;
mod projects;
mod root;
mod rules;
mod secret;
mod sections;
mod suggest;
mod tokens;
mod value;
mod vars;
mod words;

pub use crate::domain::policy::{Pipeline, Scope};
pub use docs::markdown;
pub use env::Env;
pub use error::ConfigError;
pub use keys::{Effect, Fallback, KEYS, Key, Kind};
pub use parts::{AgentConfig, CiConfig, LandingConfig, Limits, Tokens, VerifyConfig, WorktreeConfig};
pub use people::{MatrixConfig, Messengers, People, Person};
pub use project::{Labels, Project};
pub use projects::{check_unique, find};
pub use root::Root;
pub use rules::is_name;
pub use secret::Secret;
pub use words::{Channel, ForgeKind, Update};

use std::path::Path;

/// Reads a project file and everything that goes with it. `sets` are the `key=value` pairs of `--set`. The first
/// thing found wrong is the error.
pub fn load(root: &Root, file: &Path, env: &Env, sets: &[(String, String)]) -> Result<Project, ConfigError> {
    let shown = shown(root, file);
    let text = std::fs::read_to_string(file).map_err(|e| {
        ConfigError::new(&shown, "", format!("cannot be read: {e}"), "name a project file that you may read")
    })?;
    from_text(root, file, &text, env, sets)
}

/// The same for the text of a project file that is at hand already.
pub fn from_text(
    root: &Root,
    file: &Path,
    text: &str,
    env: &Env,
    sets: &[(String, String)],
) -> Result<Project, ConfigError> {
    let shown = shown(root, file);
    of_few_sections(&shown, text)?;
    let table = toml::from_str(text).map_err(|e| syntax(&shown, text, &e))?;
    let vars = vars::Vars::read(root, env)?;
    let entries = layers::merge(&shown, &table, &vars, sets)?;
    build::project(root, file, &given::Given { shown, entries }, &vars)
}

/// Sections that a project file may have: a section costs the reader of TOML thousands of times what a letter costs,
/// and a tick reads every project's file.
const SECTIONS: usize = 500;

fn of_few_sections(shown: &str, text: &str) -> Result<(), ConfigError> {
    let count = text.lines().filter(|line| line.trim_start().starts_with('[')).count();
    if count <= SECTIONS {
        return Ok(());
    }
    let hint = "a person needs no section but for `matrix` or `telegram`: names in `people.maintainers` and `reviewers` will do";
    Err(ConfigError::new(shown, "", format!("has {count} sections, and at most {SECTIONS} are read"), hint))
}

/// A project file's name in errors: below the root where it lies there.
fn shown(root: &Root, file: &Path) -> String {
    file.strip_prefix(&root.config).unwrap_or(file).display().to_string()
}

/// The error of a file that is no TOML, with line and column counted from 1.
fn syntax(shown: &str, text: &str, error: &toml::de::Error) -> ConfigError {
    let at = error.span().map_or(0, |span| span.start);
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let why = value::short(&error.message().replace('\n', ", "));
    let problem = format!("line {line}, column {column}: is no TOML: {why}");
    ConfigError::new(shown, "", problem, "texts need quotes, and every key stands once")
}
