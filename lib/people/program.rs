//! A program of the user's, given each notice as JSON on its input: for mail, a desktop, anything.

use super::payload::payload;
use super::trouble::{Reach, Way};
use crate::config::Channel;
use crate::effect;
use crate::process::run::Call;
use crate::world::{People, Tidings};
use anyhow::Result;
use std::path::PathBuf;
use std::time::Duration;

/// Longest that it may take.
const LIMIT: Duration = Duration::from_secs(30);

/// `people.command`.
pub struct Program {
    /// How well it works.
    pub reach: Reach,
    /// The line for a shell.
    pub command: String,
    /// Where it is run.
    pub folder: PathBuf,
}

impl Program {
    fn run(&self, word: &Tidings) -> Result<Option<String>> {
        let input = format!("{}\n", payload(&self.reach.project, word));
        let call = Call::new("sh").args(["-c", &self.command]).folder(&self.folder).input(input);
        effect::at("program: before it is given a notice");
        let done = call.limit(LIMIT).changes().run();
        effect::at("program: given a notice");
        Ok(match done {
            Ok(done) if done.ok() => None,
            Ok(done) => Some(format!("it {}: {}", done.end, done.output.text_within(500).trim())),
            Err(error) => Some(error.to_string()),
        })
    }
}

impl People for Program {
    fn channel(&self) -> Channel {
        Channel::Command
    }

    fn tell(&self, word: &Tidings) -> Result<bool> {
        match self.run(word)? {
            None => self.reach.reached(Way::Tell).map(|()| true),
            Some(why) => self.reach.note(Way::Tell, why, true).map(|()| false),
        }
    }

    /// It may take half a minute: for the tick.
    fn is_prompt(&self) -> bool {
        false
    }

    fn complain(&self) -> Result<()> {
        self.reach.complain()
    }

    /// It is not run for this: nobody is to be told anything.
    fn reach(&self) -> Result<String> {
        Ok(format!("`{}` takes each notice as JSON", self.command))
    }
}
