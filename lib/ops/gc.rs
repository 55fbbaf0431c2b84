//! Making room: of runs that ended a while ago, what nobody needs any more and what is elsewhere too. Records, messages, events, the
//! ledger and every commit stay (law 3); a worktree goes only if all of it is on the remote.

use super::verify;
use crate::domain::ids::IssueNo;
use crate::domain::run::Run;
use crate::domain::time::{DAY, Timestamp, human};
use crate::world::{LockName, Removal, Untrusted, World};
use anyhow::Result;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What became of one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Whether it went, or would go.
    pub removed: bool,
    /// What.
    pub what: String,
    /// Why it stays; empty where it goes.
    pub why: String,
}

/// Whether things are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// They are.
    Remove,
    /// It is only said what would be.
    Look,
}

/// One pass over a project.
struct Pass<'a> {
    world: &'a World,
    now: Timestamp,
    days: u64,
    mode: Mode,
    lines: Vec<Line>,
}

/// Makes room in a project: of what ended at least so many days ago.
///
/// # Errors
/// Where our own files cannot be read or removed.
pub fn gc(world: &World, days: u64, mode: Mode) -> Result<Vec<Line>> {
    let mut pass = Pass { world, now: world.clock.now(), days, mode, lines: vec![] };
    let (runs, bad) = world.store.runs()?;
    for (issue, why) in &bad {
        pass.kept(format!("all of #{issue}"), format!("its record cannot be read: {why}"));
    }
    for run in &runs {
        // What went before is told all the same, and the next goes on.
        if let Err(e) = pass.run(run) {
            pass.kept(format!("what is left of #{}", run.issue), format!("{e:#}"));
        }
    }
    pass.checks(&runs)?;
    pass.old_logs()?;
    pass.strangers()?;
    Ok(pass.lines)
}

impl Pass<'_> {
    fn kept(&mut self, what: String, why: impl Into<String>) {
        self.lines.push(Line { removed: false, what, why: why.into() });
    }

    fn gone(&mut self, what: String) {
        self.lines.push(Line { removed: true, what, why: String::new() });
    }

    fn is_old(&self, at: Timestamp) -> bool {
        self.now.since(at) >= self.days.saturating_mul(DAY)
    }

    fn run(&mut self, run: &Run) -> Result<()> {
        let held = self.world.locks.try_take(&LockName::Run(run.issue))?;
        // As it is now that nobody else can change it.
        let now = self.world.store.run(run.issue)?;
        match self.stays(now.as_ref().unwrap_or(run), held.is_some()) {
            Some(why) => self.kept(format!("all of #{}", run.issue), why),
            None => {
                self.worktree(run.issue)?;
                self.files(run)?;
            }
        }
        Ok(())
    }

    /// Why nothing of a run is touched, if nothing is.
    fn stays(&self, run: &Run, ours: bool) -> Option<String> {
        if !run.phase.is_terminal() {
            return Some(format!("it is {}", run.phase));
        }
        if !self.is_old(run.since) {
            return Some(format!("it ended {} ago", human(self.now.since(run.since))));
        }
        if !ours {
            return Some("somebody is at it".into());
        }
        (!run.pending.is_empty()).then(|| "something of it is still to be done".into())
    }

    fn worktree(&mut self, issue: IssueNo) -> Result<()> {
        let what = format!("worktree {}", self.world.git.worktree_path(issue).display());
        let removal = match self.mode {
            Mode::Remove => self.world.with_repo(|git| git.remove_worktree(issue))?,
            Mode::Look => self.would_remove(issue)?,
        };
        match removal {
            Removal::Absent => {}
            Removal::Removed if self.mode == Mode::Look => {
                self.gone(format!("{what}, if its commits are elsewhere"))
            }
            Removal::Removed => self.gone(what),
            Removal::Kept(why) => self.kept(what, why),
        }
        Ok(())
    }

    /// What a removal would come to, as far as a look tells.
    fn would_remove(&self, issue: IssueNo) -> Result<Removal> {
        let base = self.world.git.primary()?;
        Ok(match self.world.git.worktree(issue, &base) {
            Ok(None) => Removal::Absent,
            Ok(Some(tree)) if tree.dirty.is_empty() => Removal::Removed,
            Ok(Some(tree)) => Removal::Kept(format!("uncommitted: {}", tree.dirty.join(", "))),
            Err(e) => Removal::Kept(format!("{e:#}")),
        })
    }

    /// What sessions were given and showed. `launch.json` holds the values of `pass_env` too.
    fn files(&mut self, run: &Run) -> Result<()> {
        let paths = self.world.store.paths.run(run.issue);
        let turns = paths.turns();
        let mut files: Vec<PathBuf> =
            self.world.store.files.list(&turns)?.iter().map(|name| turns.join(name)).collect();
        files.extend((1..=run.attempt).map(|attempt| paths.attempt(attempt).join("pane.txt")));
        files.extend([paths.prompt(), paths.hooks(), paths.folder.join("launch.json")]);
        let there = self.remove(files);
        if there > 0 {
            self.gone(format!("{there} files of the sessions of #{}", run.issue));
        }
        Ok(())
    }

    /// Removes what is there of these; how many that was. What cannot be removed is named, and the rest goes on.
    fn remove(&mut self, files: Vec<PathBuf>) -> usize {
        let mut count = 0;
        for file in files {
            match self.remove_one(&file) {
                Ok(true) => count += 1,
                Ok(false) => {}
                Err(e) => self.kept(file.display().to_string(), format!("{e:#}")),
            }
        }
        count
    }

    /// Whether it was there.
    fn remove_one(&self, file: &Path) -> Result<bool> {
        match self.world.store.files.untrusted(file, 2)? {
            Untrusted::Absent => return Ok(false),
            Untrusted::NotAFile => anyhow::bail!("it is no file"),
            Untrusted::Text { .. } => {}
        }
        if self.mode == Mode::Remove {
            self.world.store.files.remove(file)?;
        }
        Ok(true)
    }

    /// What checks printed. Their results stay: on the local forge they are what the commits' statuses are made of.
    fn checks(&mut self, runs: &[Run]) -> Result<()> {
        let heads = runs.iter().filter(|r| !r.phase.is_terminal()).filter_map(|r| r.head.as_ref());
        let needed: BTreeSet<String> = heads.map(|head| verify::job_name(self.world, head)).collect();
        let folder = self.world.store.paths.checks();
        let mut count = 0;
        for job in self.world.store.files.list(&folder)? {
            let old = self.world.store.verify_result(&job).is_some_and(|result| self.is_old(result.at));
            if old && !needed.contains(&job) && !self.world.locks.is_held(&LockName::Check(job.clone()))? {
                count += self.remove(vec![folder.join(&job).join("log")]);
            }
        }
        if count > 0 {
            self.gone(format!("what {count} checks printed"));
        }
        Ok(())
    }

    fn old_logs(&mut self) -> Result<()> {
        let folder = self.world.store.paths.logs();
        let names = self.world.store.files.list(&folder)?;
        let old: Vec<PathBuf> =
            names.iter().filter(|n| n.ends_with(".old")).map(|n| folder.join(n)).collect();
        let count = self.remove(old);
        if count > 0 {
            self.gone(format!("{count} logs of drover's own that had been put by"));
        }
        Ok(())
    }

    /// Folders among the worktrees that are nobody's: what was set aside holds what somebody's session had done.
    fn strangers(&mut self) -> Result<()> {
        let root: &Path = &self.world.project.worktree_root;
        let names = self.world.store.files.list(root)?;
        // Asked for after these: a run that has begun meanwhile is one.
        let ours: BTreeSet<String> = self.world.store.run_issues()?.iter().map(|i| i.to_string()).collect();
        for name in names.into_iter().filter(|name| !ours.contains(name) && !name.starts_with('.')) {
            self.kept(
                root.join(name).display().to_string(),
                "it belongs to no run: look into it, then remove it yourself",
            );
        }
        Ok(())
    }
}
