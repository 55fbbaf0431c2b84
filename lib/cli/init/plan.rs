//! What is to be written, as it was found and answered.

use super::guess::{Checks, Place};
use std::fmt::Write;
use std::path::PathBuf;

/// How ticks come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Schedule {
    /// The line for the crontab is printed
    Print,
    /// The line is put into your crontab
    Crontab,
    /// A timer is put into ~/.config/systemd/user
    Systemd,
}

/// A project as it will be.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The file that it is written to.
    pub file: PathBuf,
    /// Its name.
    pub name: String,
    /// The repository, as it stands in the file.
    pub repo_root: String,
    /// The branch that pulls land on.
    pub branch: String,
    /// Its forge; none: the local one.
    pub place: Option<Place>,
    /// Its agent.
    pub agent: String,
    /// Its own checks.
    pub checks: Checks,
    /// Whose issues and words count; none: the default.
    pub maintainers: Vec<String>,
    /// Whose approval counts; none: the default.
    pub reviewers: Vec<String>,
    /// How ticks come.
    pub schedule: Schedule,
    /// Whether new work is switched on.
    pub on: bool,
}

impl Plan {
    /// Whether there is nothing that could be green: neither own checks nor a server's.
    pub fn has_no_checks(&self) -> bool {
        let own = [&self.checks.build, &self.checks.lint, &self.checks.test];
        self.place.is_none() && own.into_iter().all(Option::is_none)
    }

    /// What is about to happen, for people.
    pub fn summary(&self) -> String {
        let mut out = format!("{}\n", self.file.display());
        let mut row = |name: &str, value: &str| _ = writeln!(out, "  {name:<12} {value}");
        row("name", &self.name);
        row("repository", &format!("{}, {}", self.repo_root, self.branch));
        match &self.place {
            None => row("forge", "local: issues and pulls are files"),
            Some(place) => row("forge", &format!("{}/{}", place.server, place.repo)),
        }
        row("agent", &self.agent);
        let own = [&self.checks.setup, &self.checks.build, &self.checks.lint, &self.checks.test];
        let commands: Vec<&str> = own.into_iter().flatten().map(String::as_str).collect();
        let none = if self.place.is_none() { "none: what is approved lands" } else { "those of the forge" };
        row("checks", if commands.is_empty() { none.into() } else { commands.join(", then ") }.as_str());
        row(
            "ticks",
            match self.schedule {
                Schedule::Print => "not yet: the line for your crontab is printed",
                Schedule::Crontab => "each minute, by your crontab",
                Schedule::Systemd => "each minute, by a timer of systemd",
            },
        );
        row("new work", if self.on { "is switched on" } else { "stays off until `drover on`" });
        out
    }
}
