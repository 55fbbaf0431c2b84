//! Woodpecker: the pipelines of a commit, the logs of the steps that failed, and running one again. By its API as
//! servers 2.8 to 3.17 have it; what was tried stands in docs/forges.md.

mod wire;

use crate::domain::ci::{CiSeen, FailedStep};
use crate::domain::ids::Sha;
use crate::http::{Client, Fault, Method, quoted};
use crate::world::Ci;
use anyhow::{Result, bail};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use wire::{Detail, LogLine, Pipeline, Repository};

/// Pipelines of a page, and pages that are read: a commit that is waited for is among the newest.
const PAGE: usize = 50;
const PAGES: usize = 4;
/// Steps whose logs are read.
const LOGS: usize = 4;

/// A project on a Woodpecker server.
pub struct Woodpecker {
    client: Rc<Client>,
    /// `owner/name`, as the forge knows it.
    repo: String,
    /// The server's number of it; asked for where it is not configured.
    id: OnceCell<u64>,
}

impl Woodpecker {
    /// The repository `repo`, or the one with the number `id`, through `client`.
    pub fn new(client: Rc<Client>, repo: &str, id: Option<u64>) -> Woodpecker {
        Woodpecker { client, repo: repo.into(), id: id.map_or_else(OnceCell::new, OnceCell::from) }
    }

    fn base(&self) -> Result<String, Fault> {
        let id = match self.id.get() {
            Some(id) => *id,
            None => {
                let name: Vec<String> = self.repo.split('/').map(quoted).collect();
                let found: Repository = self.client.must(&format!("/api/repos/lookup/{}", name.join("/")))?;
                *self.id.get_or_init(|| found.id)
            }
        };
        Ok(format!("/api/repos/{id}"))
    }

    /// Of each kind of event the newest pipeline of a commit. There is no filter for commits.
    fn newest(&self, sha: &Sha) -> Result<Vec<Pipeline>, Fault> {
        let base = self.base()?;
        let mut newest: BTreeMap<String, Pipeline> = BTreeMap::new();
        for page in 1..=PAGES {
            let path = format!("{base}/pipelines?page={page}&perPage={PAGE}");
            let rows: Vec<Pipeline> = self.client.must::<Option<Vec<Pipeline>>>(&path)?.unwrap_or_default();
            let last = rows.len() < PAGE;
            for row in rows.into_iter().filter(|row| row.commit == sha.as_str() && row.is_check()) {
                let old = newest.get(&row.event).map_or(0, |p| p.number);
                if row.number > old {
                    newest.insert(row.event.clone(), row);
                }
            }
            if last || !newest.is_empty() {
                break;
            }
        }
        Ok(newest.into_values().collect())
    }

    fn look(&self, sha: &Sha) -> Result<CiSeen, Fault> {
        let mut seen = CiSeen::default();
        let newest = self.newest(sha)?;
        for pipeline in newest.iter().filter(|p| p.has_failed()) {
            seen.pipelines.push(pipeline.number);
            self.steps(pipeline.number, &mut seen)?;
        }
        seen.running = seen.pipelines.is_empty() && newest.iter().any(Pipeline::is_running);
        Ok(seen)
    }

    fn steps(&self, number: u64, seen: &mut CiSeen) -> Result<(), Fault> {
        let base = self.base()?;
        let detail: Detail = self.client.must(&format!("{base}/pipelines/{number}"))?;
        for (step, mut failed) in detail.failed() {
            if let Some(step) = step.filter(|_| seen.steps.len() < LOGS) {
                failed.log = self.log(number, step)?;
            }
            seen.steps.push(failed);
        }
        Ok(())
    }

    fn log(&self, number: u64, step: u64) -> Result<String, Fault> {
        let path = format!("{}/logs/{number}/{step}", self.base()?);
        let lines: Option<Option<Vec<LogLine>>> = self.client.read(&path)?;
        Ok(wire::text(lines.flatten().unwrap_or_default()))
    }
}

impl Ci for Woodpecker {
    fn reach(&self) -> Result<String> {
        let found: Repository = self.client.must(&self.base()?)?;
        Ok(format!(
            "the forge's statuses; logs of Woodpecker's repository {} ({})",
            found.id, found.full_name
        ))
    }

    fn failures(&self, sha: &Sha) -> CiSeen {
        self.look(sha)
            .unwrap_or_else(|fault| CiSeen { trouble: Some(fault.to_string()), ..CiSeen::default() })
    }

    fn run_again(&self, sha: &Sha, pipeline: u64) -> Result<()> {
        // The newest of its kind: another number means that somebody, maybe we, has run it again.
        if !self.newest(sha)?.iter().any(|p| p.number == pipeline && p.has_failed()) {
            return Ok(());
        }
        let path = format!("{}/pipelines/{pipeline}", self.base()?);
        let answer = self.client.order(Method::Post, &path, None)?;
        if !answer.ok() {
            bail!("running pipeline {pipeline} again: {} ({})", answer.said, answer.status);
        }
        Ok(())
    }
}

impl From<&wire::Step> for FailedStep {
    fn from(step: &wire::Step) -> FailedStep {
        FailedStep {
            of: String::new(),
            name: step.name.clone(),
            exit: Some(step.exit_code).filter(|code| *code != 0),
            fetches: step.kind == "clone" || step.name == "clone",
            error: step.error.clone(),
            log: String::new(),
        }
    }
}
