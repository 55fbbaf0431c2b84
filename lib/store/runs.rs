//! Runs on disk.

use super::{BadFile, Store};
use crate::domain::ids::IssueNo;
use crate::domain::life::HostRecord;
use crate::domain::run::Run;
use crate::world::Untrusted;
use anyhow::Result;

/// Bytes read of a file that a session wrote.
pub const UNTRUSTED_LIMIT: usize = 64 * 1024;

/// How much is read of what an agent's hooks have told.
pub const HOOKS_LIMIT: usize = 1 << 20;

/// An issue whose run cannot be read, and why.
pub type BadRun = (IssueNo, String);

impl Store {
    /// One run; none if there is none. A record is never written empty: one that is has lost what it held, and a
    /// run taken for absent would be started a second time.
    pub fn run(&self, issue: IssueNo) -> Result<Option<Run>> {
        let path = self.paths.run(issue).record();
        let run = self.read_json(&path)?;
        if run.is_none() && self.files.read(&path)?.is_some() {
            return Err(BadFile { path: path.display().to_string(), problem: "it is empty".into() }.into());
        }
        Ok(run)
    }

    /// Writes a run durably. Only the holder of its lock may.
    pub fn save_run(&self, run: &Run) -> Result<()> {
        self.write_json(&self.paths.run(run.issue).record(), run)
    }

    /// The issues that have a run, lowest first.
    pub fn run_issues(&self) -> Result<Vec<IssueNo>> {
        let mut issues: Vec<IssueNo> =
            self.files.list(&self.paths.runs())?.iter().filter_map(|n| n.parse().ok()).collect();
        issues.sort();
        Ok(issues)
    }

    /// All runs that can be read, and what is wrong with the others.
    pub fn runs(&self) -> Result<(Vec<Run>, Vec<BadRun>)> {
        let (mut runs, mut bad) = (Vec::new(), Vec::new());
        for issue in self.run_issues()? {
            match self.run(issue) {
                Ok(Some(run)) => runs.push(run),
                Ok(None) => {}
                Err(e) => bad.push((issue, format!("{e:#}"))),
            }
        }
        Ok((runs, bad))
    }

    /// What the host of a run's session last said. A file that cannot be read says nothing.
    pub fn host(&self, issue: IssueNo) -> Option<HostRecord> {
        self.read_json(&self.paths.run(issue).host()).ok().flatten()
    }

    /// What lies in the phase file of a run.
    pub fn phase_file(&self, issue: IssueNo) -> Result<Untrusted> {
        self.files.untrusted(&self.paths.run(issue).phase(), UNTRUSTED_LIMIT)
    }

    /// What the agent's hooks have told, as far as it is read: both ends of a long one.
    pub fn hooks(&self, issue: IssueNo) -> Result<String> {
        text(self.files.untrusted(&self.paths.run(issue).hooks(), HOOKS_LIMIT)?)
    }

    /// The session's summary; empty if there is none.
    pub fn summary(&self, issue: IssueNo) -> Result<String> {
        text(self.files.untrusted(&self.paths.run(issue).summary(), UNTRUSTED_LIMIT)?)
    }

    /// What the session asks people while it goes on, a line each.
    pub fn questions(&self, issue: IssueNo) -> Result<String> {
        text(self.files.untrusted(&self.paths.run(issue).questions(), UNTRUSTED_LIMIT)?)
    }

    /// The session's notes; empty if there are none.
    pub fn scratch(&self, issue: IssueNo) -> Result<String> {
        text(self.files.untrusted(&self.paths.run(issue).scratch(), 8 * 1024)?)
    }
}

fn text(file: Untrusted) -> Result<String> {
    match file {
        Untrusted::Text { text, .. } => Ok(text),
        Untrusted::Absent | Untrusted::NotAFile => Ok(String::new()),
    }
}
