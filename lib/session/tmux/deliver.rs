//! Putting a text into a pane: never while a person types or a mode takes the keys; the text as one bracketed
//! paste, Enter apart.

use super::Tmux;
use crate::domain::life::SessionSeen;
use crate::effect;
use crate::world::Delivery;
use anyhow::Result;

impl Tmux {
    /// Pastes `text` and presses Enter; without a text only that.
    pub(crate) fn paste(&self, seen: &SessionSeen, text: &str) -> Result<Delivery> {
        if seen.in_mode {
            return Ok(Delivery::Busy("its pane is in copy mode".into()));
        }
        if seen.attached && self.somebody_typed_lately(seen)? {
            return Ok(Delivery::Busy("a person is typing in it".into()));
        }
        let target = format!("={}:", seen.name);
        if text.is_empty() {
            let enter = ["send-keys", "-t", &target, "Enter"];
            effect::at("paste: before Enter alone");
            self.change(&enter, None)?.good(&enter)?;
            effect::at("paste: Enter alone done");
            return Ok(Delivery::Done);
        }
        let buffer = format!("drover-{}", seen.name);
        // One call: each is a process more between a word and its arrival. tmux goes on once it has read the text.
        let paste = [
            "load-buffer",
            "-b",
            &buffer,
            "-",
            ";",
            "paste-buffer",
            "-p",
            "-d",
            "-r",
            "-b",
            &buffer,
            "-t",
            &target,
            ";",
            "send-keys",
            "-t",
            &target,
            "Enter",
        ];
        effect::at("paste: before the text is put in");
        self.change(&paste, Some(text.as_bytes()))?.good(&paste)?;
        effect::at("paste: done");
        Ok(Delivery::Done)
    }

    /// Whether a client attached to the session had a key in the last ten seconds.
    fn somebody_typed_lately(&self, seen: &SessionSeen) -> Result<bool> {
        let target = format!("={}", seen.name);
        let text = self.run(&["list-clients", "-t", &target, "-F", "#{client_activity}"])?;
        let now = chrono::Utc::now().timestamp();
        Ok(text.lines().filter_map(|l| l.parse::<i64>().ok()).any(|at| now - at < 10))
    }
}
