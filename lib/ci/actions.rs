//! Actions of Gitea 1.25 and later: the jobs of a commit that failed, and their logs. Servers before that, and Forgejo,
//! have no call that leads from a commit to its logs: there the result's link is all that is told.

use crate::domain::ci::{CiSeen, FailedStep};
use crate::domain::ids::Sha;
use crate::http::{Client, Fault, Kind, quoted};
use crate::world::Ci;
use anyhow::{Result, bail};
use serde::Deserialize;
use std::rc::Rc;

/// Jobs whose logs are read.
const LOGS: usize = 4;

/// A repository's Actions.
pub struct Actions {
    client: Rc<Client>,
    /// `/api/v1/repos/owner/name/actions`.
    base: String,
}

#[derive(Deserialize)]
struct Runs {
    #[serde(default)]
    workflow_runs: Option<Vec<Run>>,
}

#[derive(Deserialize)]
struct Run {
    id: u64,
    #[serde(default)]
    head_sha: String,
    #[serde(default)]
    status: String,
}

#[derive(Deserialize)]
struct Jobs {
    #[serde(default)]
    jobs: Option<Vec<Job>>,
}

#[derive(Deserialize)]
struct Job {
    id: u64,
    #[serde(default)]
    name: String,
    #[serde(default)]
    conclusion: Option<String>,
    #[serde(default)]
    steps: Option<Vec<Step>>,
}

#[derive(Deserialize)]
struct Step {
    #[serde(default)]
    name: String,
    #[serde(default)]
    conclusion: Option<String>,
}

impl Actions {
    /// The actions of `owner/name`, through `client`.
    pub fn new(client: Rc<Client>, repo: &str) -> Actions {
        let name: Vec<String> = repo.split('/').map(quoted).collect();
        Actions { client, base: format!("/api/v1/repos/{}/actions", name.join("/")) }
    }

    fn look(&self, sha: &Sha) -> Result<CiSeen, Fault> {
        let path = format!("{}/runs?head_sha={sha}&limit=50", self.base);
        // A server that has no such call.
        let Some(runs) = self.client.read::<Runs>(&path)? else { return Ok(CiSeen::default()) };
        let runs = runs.workflow_runs.unwrap_or_default();
        let ours: Vec<&Run> = runs.iter().filter(|run| run.head_sha == sha.as_str()).collect();
        let mut seen = CiSeen::default();
        for run in &ours {
            let jobs: Jobs = self.client.must(&format!("{}/runs/{}/jobs", self.base, run.id))?;
            for job in jobs.jobs.unwrap_or_default().iter().filter(|job| has_failed(&job.conclusion)) {
                let log = if seen.steps.len() < LOGS { self.log(job.id)? } else { String::new() };
                seen.steps.push(failed(job, log));
            }
        }
        seen.running = seen.steps.is_empty() && ours.iter().any(|run| run.status != "completed");
        Ok(seen)
    }

    /// A log that is gone, or not there yet, is none.
    fn log(&self, job: u64) -> Result<String, Fault> {
        match self.client.text(&format!("{}/jobs/{job}/logs", self.base)) {
            Err(fault) if !matches!(fault.kind, Kind::Server(_)) => Err(fault),
            answer => Ok(answer.ok().flatten().unwrap_or_default()),
        }
    }
}

fn has_failed(conclusion: &Option<String>) -> bool {
    matches!(conclusion.as_deref(), Some("failure" | "cancelled" | "timed_out"))
}

fn failed(job: &Job, log: String) -> FailedStep {
    let step = job.steps.iter().flatten().find(|step| has_failed(&step.conclusion));
    let name = step.map_or("job", |step| step.name.as_str()).to_string();
    FailedStep { of: job.name.clone(), name, log, ..FailedStep::default() }
}

impl Ci for Actions {
    fn reach(&self) -> Result<String> {
        Ok("the forge's statuses; logs of its Actions, where its API has them".into())
    }

    fn failures(&self, sha: &Sha) -> CiSeen {
        self.look(sha)
            .unwrap_or_else(|fault| CiSeen { trouble: Some(fault.to_string()), ..CiSeen::default() })
    }

    fn run_again(&self, sha: &Sha, pipeline: u64) -> Result<()> {
        bail!("run {pipeline} of {} cannot be run again by this API", sha.short())
    }
}
