//! Coding agents. What differs between them stands behind one trait; today there is one, any command.

pub mod command;

use crate::domain::launch::Style;
use std::path::PathBuf;

/// What a command line is made for.
#[derive(Clone, Debug)]
pub struct Context {
    /// The issue's number.
    pub issue: u64,
    /// The session's folder.
    pub worktree: PathBuf,
    /// The file with the prompt.
    pub prompt_file: PathBuf,
    /// The model asked for, if any.
    pub model: Option<String>,
    /// Whether an earlier session of the run is to be continued.
    pub resume: bool,
}

/// An agent.
pub trait Agent {
    /// Its name in the configuration.
    fn name(&self) -> &str;
    /// How messages reach it.
    fn style(&self) -> Style;
    /// The command that starts it.
    fn argv(&self, context: &Context) -> Vec<String>;
}
