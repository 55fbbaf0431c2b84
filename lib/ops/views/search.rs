//! `search`: words, over all that is kept of all runs: titles, events, messages, prompts, notes, screens, checks.

use super::history::events;
use super::logs;
use crate::domain::ids::IssueNo;
use crate::domain::redact::Redactor;
use crate::domain::run::Run;
use crate::world::{Untrusted, World};
use anyhow::Result;
use serde::Serialize;

/// Bytes read of one file.
const LIMIT: usize = 4 << 20;

/// Lines looked at on a live screen.
const LINES: u32 = 2000;

/// A line with all words in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hit {
    /// The run's issue.
    pub issue: IssueNo,
    /// Where: a file of the run's folder, `screen`, `checks`, `title` or `events`.
    pub place: String,
    /// Which line there, from 1.
    pub line: usize,
    /// The line.
    pub text: String,
}

/// Every line that holds all the words, in upper or lower case.
///
/// # Errors
/// Where the state folder cannot be read. What of a single run cannot be read is passed over.
pub fn search(world: &World, words: &[String]) -> Result<Vec<Hit>> {
    let wanted: Vec<String> = words.iter().map(|w| w.to_lowercase()).collect();
    let redactor = Redactor::new(world.project.secrets());
    let happened = events(world, None)?;
    let mut hits = Vec::new();
    for run in world.store.runs()?.0 {
        let of_run = happened.iter().filter(|e| e.issue == Some(run.issue));
        let told: Vec<String> = of_run.map(|e| format!("{} {} {}", e.at, e.kind, e.detail)).collect();
        let mut places = vec![("title".to_string(), run.title.clone()), ("events".into(), told.join("\n"))];
        places.extend(texts(world, &run));
        for (place, text) in places {
            let lines = text.lines().enumerate().filter(|(_, line)| holds(line, &wanted));
            hits.extend(lines.map(|(n, line)| Hit {
                issue: run.issue,
                place: place.clone(),
                line: n + 1,
                text: redactor.redact(line),
            }));
        }
    }
    Ok(hits)
}

fn holds(line: &str, words: &[String]) -> bool {
    let line = line.to_lowercase();
    words.iter().all(|word| line.contains(word))
}

/// All texts of one run: where each is from, and what it says.
fn texts(world: &World, run: &Run) -> Vec<(String, String)> {
    let paths = world.store.paths.run(run.issue);
    let mut all: Vec<(String, String)> = world
        .store
        .messages(run.issue)
        .unwrap_or_default()
        .into_iter()
        .map(|m| (within(&m.path, &paths.folder), m.message.text))
        .collect();
    let attempts = (1..=run.attempt).map(|attempt| paths.attempt(attempt).join("pane.txt"));
    let ours = [paths.prompt(), paths.summary(), paths.scratch(), paths.questions()];
    for file in ours.into_iter().chain(attempts) {
        if let Ok(Untrusted::Text { text, .. }) = world.store.files.untrusted(&file, LIMIT) {
            all.push((within(&file, &paths.folder), text));
        }
    }
    let live = logs::pane(world, run, LINES).map(|text| ("screen".to_string(), text));
    let checks = logs::checks(world, run).ok().flatten().map(|text| ("checks".to_string(), text));
    all.into_iter().chain(live).chain(checks).collect()
}

/// A file's name from the run's folder on.
fn within(file: &std::path::Path, folder: &std::path::Path) -> String {
    file.strip_prefix(folder).unwrap_or(file).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_to_hold_all_words_in_any_case() {
        let words = |w: &[&str]| w.iter().map(|w| w.to_string()).collect::<Vec<_>>();
        assert!(holds("Error: Connection REFUSED", &words(&["refused", "error"])));
        assert!(!holds("Error: timed out", &words(&["refused", "error"])));
        assert!(holds("anything", &[]));
    }
}
