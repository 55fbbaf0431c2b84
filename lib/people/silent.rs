//! A channel in which nobody can speak now, since it is not known as whom: what is to be told there waits.

use crate::config::Channel;
use crate::world::{Hearing, People, Tidings};
use anyhow::{Result, bail};

/// One of the project's channels, out of reach.
#[derive(Clone, Copy, Debug)]
pub struct Silent(pub Channel);

impl People for Silent {
    fn channel(&self) -> Channel {
        self.0
    }

    fn tell(&self, _word: &Tidings) -> Result<bool> {
        Ok(false)
    }

    fn hear(&self, _wait: u64) -> Result<Option<Hearing>> {
        Ok(None)
    }

    fn is_prompt(&self) -> bool {
        false
    }

    fn reach(&self) -> Result<String> {
        bail!("it is not known as whom to speak there")
    }
}
