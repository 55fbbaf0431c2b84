//! Without a messenger it is the mail that cron makes of what `poll` prints: urgent notices only, each once.

use crate::config::Channel;
use crate::effect;
use crate::world::{People, Tidings};
use anyhow::Result;
use std::io::Write;

/// Notices as lines on stdout.
#[derive(Clone, Copy, Debug, Default)]
pub struct CronMail;

impl CronMail {
    /// Prints a line.
    pub fn say(&self, text: &str) -> Result<()> {
        effect::at("notice: before it is told");
        writeln!(std::io::stdout(), "{text}")?;
        effect::at("notice: told");
        Ok(())
    }
}

impl People for CronMail {
    fn channel(&self) -> Channel {
        Channel::Mail
    }

    fn tell(&self, word: &Tidings) -> Result<bool> {
        if word.kind.is_urgent() {
            self.say(&word.text)?;
        }
        Ok(true)
    }

    /// Cron mails what a tick prints, and nothing else.
    fn is_prompt(&self) -> bool {
        false
    }

    fn reach(&self) -> Result<String> {
        Ok("what poll prints, which cron mails: what is urgent".into())
    }
}
