//! Coding agents. What differs between them stands behind one trait: the command lines of a first and of a later turn,
//! and the variables that keep the program quiet. What they print is read in `domain::agent`.

pub mod claude;
pub mod codex;
pub mod command;
pub mod opencode;

use crate::domain::agent::Kind;
use crate::domain::launch::Style;
use std::collections::BTreeMap;
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
    /// What the agent calls the conversation: the one to go on with, or for an agent that lets itself be told, the name
    /// of the new one.
    pub conversation: Option<String>,
}

/// An agent.
pub trait Agent {
    /// Which one it is.
    fn kind(&self) -> Kind;
    /// How messages reach it.
    fn style(&self) -> Style;
    /// The command that starts it.
    fn argv(&self, context: &Context) -> Vec<String>;
    /// Variables that it is given unless the project gives them: nothing of it calls home, updates itself or asks.
    fn env(&self) -> BTreeMap<String, String> {
        BTreeMap::new()
    }
    /// Whether a new conversation gets its name from us.
    fn takes_a_name(&self) -> bool {
        false
    }
}

/// A program of a known agent, with what the project adds to its command line.
#[derive(Clone, Debug)]
pub struct Program {
    /// Program and leading words.
    pub command: Vec<String>,
    /// Words added to every call.
    pub args: Vec<String>,
}

impl Program {
    /// The command line: the program, `words`, what lets it work without asking unless the project has its own word about
    /// that, the model, the project's words, and `last`.
    fn line(
        &self,
        words: &[&str],
        free: &Free,
        model: (&str, &Option<String>),
        last: &[&str],
    ) -> Vec<String> {
        let own_word = self.args.iter().any(|a| free.instead.contains(&a.split('=').next().unwrap_or(a)));
        let free = free.words.iter().filter(|_| !own_word);
        let model = model.1.iter().flat_map(|m| [model.0.to_string(), m.clone()]);
        let text = |words: &[&str]| words.iter().map(|w| w.to_string()).collect::<Vec<_>>();
        let mut line = self.command.clone();
        line.extend(text(words));
        line.extend(free.map(|w| w.to_string()));
        line.extend(model);
        line.extend(self.args.iter().cloned());
        line.extend(text(last));
        line
    }
}

/// What lets an agent edit files and run commands without asking anybody: at night there is nobody.
struct Free {
    words: &'static [&'static str],
    /// Options by which a project says otherwise.
    instead: &'static [&'static str],
}

fn vars(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect()
}

#[cfg(test)]
pub(crate) mod given {
    //! What the tests of the adapters begin with.

    use super::*;

    pub fn program(args: &[&str]) -> Program {
        let text = |words: &[&str]| words.iter().map(|w| w.to_string()).collect();
        Program { command: text(&["/bin/it"]), args: text(args) }
    }

    pub fn context(resume: bool, conversation: Option<&str>, model: Option<&str>) -> Context {
        Context {
            issue: 7,
            worktree: "/w".into(),
            prompt_file: "/p.md".into(),
            model: model.map(String::from),
            resume,
            conversation: conversation.map(String::from),
        }
    }
}
