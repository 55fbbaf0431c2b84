//! What is known of an agent in its own interface from one look to the next: what it told, whether that has settled, and,
//! where it has fallen silent at work, what its screen says. A person who interrupts it before its first word is told
//! of by nothing else.

use super::Kind;
use super::moment::{Doing, Moment, Watched};

/// Milliseconds after which what it told counts: its record is written, and a dialog shown, a little after its hooks
/// were called.
const SETTLED: i64 = 1500;

/// Milliseconds without a word of it after which its screen is looked at.
const SILENT: i64 = 2000;

/// Milliseconds between two looks at its screen.
const BETWEEN: i64 = 2000;

/// Milliseconds after which a screen that shows its prompt stands still: at work it moves every second.
const STILL: i64 = 2000;

/// The same where it shows nothing that is known.
const STILL_UNKNOWN: i64 = 60_000;

/// What stands on a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// That it works.
    Work,
    /// Its prompt, and no sign of work.
    Prompt,
    /// Neither: a dialog, a menu, a version that shows other things.
    Else,
}

/// What is known of an agent, and since when, in milliseconds of one clock that only runs forward.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    /// What it was seen doing at the look before, and since when.
    before: Option<Moment>,
    since: i64,
    /// The time of its last word, by its own clock, and when that was heard.
    word: i64,
    heard: i64,
    /// Its screen at the last look at it, since when it is the same, and when that look was.
    picture: String,
    same_since: i64,
    looked: i64,
    /// What the screen says against its last word.
    screen: Option<Moment>,
}

impl Sight {
    /// What it does, and whether that is so for long enough to count.
    pub fn look(&mut self, watched: &Watched, now: i64) -> Option<(Moment, bool)> {
        if watched.heard != self.word {
            (self.word, self.heard, self.screen) = (watched.heard, now, None);
        }
        let told = watched.moment();
        let at_work = told.is_some_and(|m| m.doing == Doing::Working);
        let moment = self.screen.as_ref().filter(|_| at_work).or(told).cloned();
        if moment != self.before {
            (self.before, self.since) = (moment.clone(), now);
        }
        // What a screen says has been looked at for long enough.
        let settled = now - self.since >= SETTLED || self.screen.is_some();
        moment.map(|moment| (moment, settled))
    }

    /// Whether its screen should be looked at now.
    pub fn wants_screen(&self, watched: &Watched, now: i64) -> bool {
        let at_work = watched.moment().is_some_and(|m| m.doing == Doing::Working);
        at_work && now - self.heard >= SILENT && now - self.looked >= BETWEEN
    }

    /// Takes in its screen.
    pub fn screen(&mut self, kind: Kind, picture: &str, now: i64) {
        self.looked = now;
        if picture != self.picture {
            (self.picture, self.same_since) = (picture.to_string(), now);
        }
        let still = now - self.same_since.max(self.heard);
        let says = |doing, by: &str| Some(Moment { at: now, doing, by: by.into() });
        match shows(kind, picture) {
            Shows::Work => self.screen = None,
            _ if self.screen.is_some() => {}
            Shows::Prompt if still >= STILL => {
                self.screen = says(Doing::AtPrompt, "its screen, which shows its prompt and stands still");
            }
            Shows::Else if still >= STILL_UNKNOWN => {
                let what = "its screen stands still and shows neither work nor its prompt";
                self.screen = says(Doing::AtDialog(what.into()), "its screen, which stands still");
            }
            Shows::Prompt | Shows::Else => {}
        }
    }
}

/// How many of the last lines of a screen are read: what the agent says scrolls away above them.
const LAST: usize = 16;

/// Among how many of them its prompt stands; above them the same line can be of something said.
const BOTTOM: usize = 4;

/// What stands on the screen of an agent, as the versions that were tried show it (docs/agents.md).
pub fn shows(kind: Kind, screen: &str) -> Shows {
    let lines: Vec<&str> = screen.lines().map(str::trim_end).filter(|l| !l.trim().is_empty()).collect();
    let last = &lines[lines.len().saturating_sub(LAST)..];
    if last.iter().any(|l| is_work(kind, l)) {
        return Shows::Work;
    }
    // A choice stands where the prompt would.
    let choice = last.iter().any(|l| CHOICES.iter().any(|c| l.trim_start().starts_with(c)));
    let bottom = &last[last.len().saturating_sub(BOTTOM)..];
    if !choice && bottom.iter().any(|l| is_prompt(kind, l)) { Shows::Prompt } else { Shows::Else }
}

fn is_work(kind: Kind, line: &str) -> bool {
    match kind {
        Kind::Claude => line.contains("esc to interrupt") || is_wheel(line),
        Kind::Codex => line.contains("esc to interrupt"),
        Kind::Opencode => line.contains("esc interrupt") || line.contains("[retrying"),
        Kind::Command => false,
    }
}

fn is_prompt(kind: Kind, line: &str) -> bool {
    match kind {
        Kind::Claude => is_rule(line),
        Kind::Codex => line.starts_with('›'),
        // The lower edge of its box.
        Kind::Opencode => line.trim_start().starts_with("╹▀▀▀"),
        Kind::Command => false,
    }
}

/// How the first entry of a choice begins, chosen.
const CHOICES: &[&str] = &["❯ 1.", "› 1."];

/// Claude Code's wheel and its word: `✻ Baking… (50s · ↓ 21 tokens)`.
fn is_wheel(line: &str) -> bool {
    let mut chars = line.trim_start().chars();
    chars.next().is_some_and(|c| "·✢✳✶✻✽*".contains(c)) && chars.next() == Some(' ') && line.contains('…')
}

/// The line below what is typed.
fn is_rule(line: &str) -> bool {
    line.chars().count() >= 20 && line.chars().all(|c| c == '─')
}

#[cfg(test)]
#[path = "sight_tests.rs"]
mod tests;
