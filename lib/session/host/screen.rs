//! An agent in its own interface that tells what it does: started once, listened to, and what it does noted for the others.

use super::child::AgentChild;
use super::ear::{Ear, News};
use super::{Host, books};
use crate::domain::agent::moment::{Doing, Moment};
use crate::domain::agent::sight::Sight;
use crate::domain::agent::state;
use crate::domain::launch::{LONGEST_PROMPT, PROMPT};
use crate::domain::life::AgentState;
use crate::domain::time::Timestamp;
use crate::session::tmux::Tmux;
use anyhow::{Context, Result};

/// How often it is noted that an agent was heard of which goes on doing the same, in seconds.
const AGAIN: u64 = 30;

/// What is known of it from one look to the next.
struct Screen {
    ear: Ear,
    /// The turn that is under way: its name in the ledger, and when it began.
    turn: Option<(String, Timestamp)>,
    known: Sight,
    /// What was noted.
    noted: Option<Moment>,
    /// When it was last heard of, in milliseconds since 1970.
    heard: i64,
}

impl Host {
    /// Runs it until it ends or cannot go on, and lingers.
    pub(super) fn on_its_screen(&mut self) -> Result<()> {
        let paths = self.store.paths.run(self.issue);
        let prompt = std::fs::read_to_string(paths.prompt()).context("reading the prompt")?;
        let argv = with_prompt(&self.launch.argv, prompt, &paths.prompt().display().to_string());
        let ear = Ear::new(self.launch.agent, self.launch.spawn, paths.hooks());
        let mut child = match AgentChild::start(&argv, &self.launch, None) {
            Ok(child) => child,
            Err(e) => {
                return self
                    .linger(AgentState::Ended { how: format!("the agent could not be started: {e:#}") });
            }
        };
        self.say(AgentState::Launched)?;
        let mut sight = Screen { ear, turn: None, known: Sight::default(), noted: None, heard: 0 };
        loop {
            let ended = self.ended(&mut child);
            let last = match ended {
                Some(how) => {
                    self.listen(&mut sight)?;
                    Some(self.after(how, None))
                }
                None => match child.halted() {
                    Some(state) => {
                        sight.noted = None;
                        self.say(state)?;
                        None
                    }
                    None => self.look(&mut sight)?,
                },
            };
            if let Some(state) = last {
                self.end_turn(&mut sight)?;
                // Another session goes on in its conversation: until then nothing may go on by itself.
                if ended.is_none() {
                    child.end();
                }
                return self.linger(state);
            }
            self.beat(&[child.pid()]);
        }
    }

    /// Listens, and begins and ends turns in the ledger.
    fn listen(&mut self, sight: &mut Screen) -> Result<()> {
        let News { prompts, took_ours } = sight.ear.listen();
        for _ in 0..prompts {
            self.end_turn(sight)?;
            let id =
                format!("{}/{}/s{}.{}", self.issue, self.launch.attempt, self.launch.spawn, self.turns + 1);
            sight.turn =
                Some((id.clone(), books::reserve(&self.store, &id, &self.launch, self.clock.now())?));
        }
        if took_ours {
            // What was put into its terminal has arrived.
            self.waker.wake();
        }
        self.conversation = sight.ear.watched.conversation.clone();
        Ok(())
    }

    /// Notes what it does; gives the state that it cannot go on from, if it has come to one.
    fn look(&mut self, sight: &mut Screen) -> Result<Option<AgentState>> {
        self.listen(sight)?;
        if let Some((moment, settled)) = self.known(sight) {
            if settled && Ear::is_at_rest(&moment) {
                self.end_turn(sight)?;
            }
            let shown = settled || !matches!(moment.doing, Doing::AtDialog(_));
            if shown && sight.noted.as_ref() != Some(&moment) {
                let state = state::of(self.launch.agent, &moment.doing, &self.local());
                self.by = Some(moment.by.clone());
                sight.noted = Some(moment);
                if matches!(state, AgentState::Ended { .. } | AgentState::Limited { .. }) {
                    return Ok(Some(state));
                }
                self.say(state)?;
            }
        }
        if sight.ear.watched.heard > sight.heard {
            sight.heard = sight.ear.watched.heard;
            self.note_again()?;
        }
        Ok(None)
    }

    fn end_turn(&mut self, sight: &mut Screen) -> Result<()> {
        let Some((id, began)) = sight.turn.take() else { return Ok(()) };
        self.turns += 1;
        let used = sight.ear.watched.used(&mut self.told);
        books::settle(&self.store, &id, began, self.clock.now(), used)
    }

    /// What it does, if that has settled, or cannot be anything else a moment later.
    fn known(&mut self, sight: &mut Screen) -> Option<(Moment, bool)> {
        let now = self.since();
        if sight.known.wants_screen(&sight.ear.watched, now) {
            let picture = Tmux::for_state(self.store.paths.state()).screen(&self.launch.session);
            // Where there is none, as in a session that is being ended, its hooks are all there is.
            if let Ok(picture) = picture {
                sight.known.screen(self.launch.agent, &picture, now);
            }
        }
        sight.known.look(&sight.ear.watched, now)
    }

    /// Milliseconds of a clock that only runs forward.
    fn since(&self) -> i64 {
        i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    /// From time to time it is noted that an agent is still heard of.
    fn note_again(&mut self) -> Result<()> {
        if self.now().since(self.noted) < AGAIN {
            return Ok(());
        }
        self.noted = self.now();
        self.write(self.said.clone().unwrap_or(AgentState::Running))
    }
}

/// The command line with the prompt in its place; of one that is too long for a word, where it stands.
fn with_prompt(argv: &[String], prompt: String, file: &str) -> Vec<String> {
    let text = if prompt.len() <= LONGEST_PROMPT {
        prompt
    } else {
        let first = prompt.lines().next().unwrap_or_default();
        let last = prompt.lines().last().unwrap_or_default();
        format!("{first}\nWhat you have to do stands in the file {file}. Read all of it, then do it.\n{last}")
    };
    argv.iter().map(|word| if word == PROMPT { text.clone() } else { word.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_a_word_of_the_command_line_and_a_long_one_is_told_of() {
        let argv = ["claude", "--x", PROMPT].map(String::from);
        assert_eq!(with_prompt(&argv, "do\nit".into(), "/p"), ["claude", "--x", "do\nit"]);
        let long = format!("[drover message a9]\n{}\n[end of message a9]", "x".repeat(LONGEST_PROMPT));
        let told = with_prompt(&argv, long, "/p").pop().unwrap();
        assert!(told.starts_with("[drover message a9]\n") && told.ends_with("[end of message a9]"), "{told}");
        assert!(told.contains("/p") && told.len() < 300);
    }
}
