//! Coding agents. What differs between them stands behind one trait: the command lines of a first and of a later turn,
//! the variables that keep the program quiet, and the files that have to be right before it starts. What they print and tell
//! is read in `domain::agent`.

pub mod claude;
pub mod codex;
pub mod command;
pub mod opencode;

use crate::domain::agent::Kind;
use crate::domain::agent::hooks::Event;
use crate::domain::launch::{PROMPT, Style};
use anyhow::Result;
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
    /// How it tells what it does, where it has an interface of its own.
    pub telling: Telling,
}

/// How an agent tells what it does while it works in its own interface.
#[derive(Clone, Debug)]
pub struct Telling {
    /// Our program that its hooks call.
    pub hook: String,
    /// The folder that the session may write.
    pub session: PathBuf,
    /// Which start of the session it is.
    pub spawn: u32,
    /// A folder for what the agent is given to make it tell.
    pub folder: PathBuf,
}

impl Telling {
    /// The command of a hook, as a line for the shell.
    fn command(&self, event: &str) -> String {
        let session = self.session.display().to_string();
        let words = [self.hook.as_str(), &session, &self.spawn.to_string(), event].map(quoted);
        words.join(" ")
    }

    /// All events that are asked for, and the command of each.
    fn commands(&self) -> impl Iterator<Item = (&'static str, String)> {
        Event::ASKED_FOR.iter().map(|(name, _)| (*name, self.command(name)))
    }
}

/// Seconds that an agent waits for a hook, which needs some thousandths of one.
const HOOK_LIMIT: u64 = 10;

/// A word for the shell, whatever is in it.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// A file that has to hold something before the agent starts.
pub struct Wanted {
    /// Which.
    pub path: PathBuf,
    /// What it should hold, given what it holds; none: it is right as it is.
    pub make: Make,
}

/// Turns what a file holds into what it should hold.
pub type Make = Box<dyn Fn(Option<&str>) -> Result<Option<String>>>;

impl Wanted {
    /// A file of ours.
    fn whole(path: PathBuf, text: String) -> Wanted {
        let make = move |old: Option<&str>| Ok((old != Some(text.as_str())).then(|| text.clone()));
        Wanted { path, make: Box::new(make) }
    }
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
    /// Variables by which it tells what it does.
    fn telling_env(&self, _context: &Context) -> BTreeMap<String, String> {
        BTreeMap::new()
    }
    /// The files that have to be right before it starts with this environment.
    fn wants(&self, _context: &Context, _env: &BTreeMap<String, String>) -> Vec<Wanted> {
        vec![]
    }
    /// Whether it tells what it does, so that what has reached it is known and not only what was put into its terminal.
    fn tells(&self) -> bool {
        self.kind() != Kind::Command && self.style() == Style::Interactive
    }
    /// Whether a new conversation gets its name from us.
    fn takes_a_name(&self) -> bool {
        false
    }
}

/// A program of a known agent, with what the project adds to its command line.
#[derive(Clone, Debug)]
pub struct Program {
    /// How messages reach it.
    pub style: Style,
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
        Program { style: Style::Turns, command: text(&["/bin/it"]), args: text(args) }
    }

    /// The same in its own interface.
    pub fn screen(args: &[&str]) -> Program {
        Program { style: Style::Interactive, ..program(args) }
    }

    pub fn context(resume: bool, conversation: Option<&str>, model: Option<&str>) -> Context {
        Context {
            issue: 7,
            worktree: "/w".into(),
            prompt_file: "/p.md".into(),
            model: model.map(String::from),
            resume,
            conversation: conversation.map(String::from),
            telling: Telling {
                hook: "/bin/hook".into(),
                session: "/s/it's".into(),
                spawn: 3,
                folder: "/run".into(),
            },
        }
    }

    #[test]
    fn a_hook_is_called_whatever_is_in_the_path() {
        let all: Vec<(&str, String)> = context(false, None, None).telling.commands().collect();
        assert!(all.contains(&("Stop", r"'/bin/hook' '/s/it'\''s' '3' 'Stop'".into())), "{all:?}");
    }

    #[test]
    fn a_file_of_ours_is_written_only_where_it_is_another() {
        let wanted = Wanted::whole("/x".into(), "a".into());
        let make = |old| (wanted.make)(old).unwrap();
        assert_eq!(
            (make(None), make(Some("b")), make(Some("a"))),
            (Some("a".into()), Some("a".into()), None)
        );
    }
}
