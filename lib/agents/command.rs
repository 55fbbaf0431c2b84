//! Any command as the agent; its contract is a page in `docs/agents.md`. In *turns* style it runs once for each
//! message, the text on its stdin and in `$PROMPT_FILE`; in *interactive* style it runs once, finds its prompt in
//! `$PROMPT_FILE`, and further messages are put into its terminal.

use super::{Agent, Context};
use crate::domain::agent::Kind;
use crate::domain::launch::Style;

/// A command from the configuration.
#[derive(Clone, Debug)]
pub struct Command {
    /// How messages reach it.
    pub style: Style,
    /// The command line, with places to fill in.
    pub command: Vec<String>,
    /// The command line to continue with, if that is another.
    pub resume: Option<Vec<String>>,
}

impl Agent for Command {
    fn kind(&self) -> Kind {
        Kind::Command
    }

    fn style(&self) -> Style {
        self.style
    }

    fn argv(&self, context: &Context) -> Vec<String> {
        let resume = self.resume.as_ref().filter(|_| context.resume);
        resume.unwrap_or(&self.command).iter().map(|word| fill(word, context)).collect()
    }
}

/// Fills the places of one word. A place's value is never looked at again, so that a path with braces in it
/// stays what it is.
fn fill(word: &str, context: &Context) -> String {
    let places = [
        ("{prompt_file}", context.prompt_file.display().to_string()),
        ("{worktree}", context.worktree.display().to_string()),
        ("{issue}", context.issue.to_string()),
        ("{model}", context.model.clone().unwrap_or_default()),
    ];
    let mut out = String::new();
    let mut rest = word;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match places.iter().find(|(place, _)| rest.starts_with(place)) {
            Some((place, value)) => {
                out.push_str(value);
                rest = &rest[place.len()..];
            }
            None => {
                out.push('{');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(resume: bool) -> Context {
        Context { worktree: "/w/{issue}".into(), ..super::super::given::context(resume, None, Some("m")) }
    }

    fn agent(resume: Option<Vec<String>>) -> Command {
        let command = ["a", "--in={worktree}", "{prompt_file}", "{model}", "{x}", "#{issue}"]
            .map(String::from)
            .to_vec();
        Command { style: Style::Turns, command, resume }
    }

    #[test]
    fn places_are_filled_once_and_unknown_ones_left() {
        assert_eq!(agent(None).argv(&context(false)), ["a", "--in=/w/{issue}", "/p.md", "m", "{x}", "#7"]);
    }

    #[test]
    fn continuing_uses_its_own_command_where_there_is_one() {
        let resume = vec!["a".to_string(), "--continue".to_string()];
        assert_eq!(agent(Some(resume.clone())).argv(&context(true)), resume);
        assert_eq!(agent(Some(resume)).argv(&context(false)).len(), 6);
        assert_eq!(agent(None).argv(&context(true)).len(), 6);
    }
}
