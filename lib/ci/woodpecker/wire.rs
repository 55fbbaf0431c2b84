//! What Woodpecker's API says, as far as we read it.

use crate::domain::ci::FailedStep;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

#[derive(Deserialize)]
pub struct Repository {
    pub id: u64,
    #[serde(default)]
    pub full_name: String,
}

/// A pipeline, as listings have it.
#[derive(Deserialize)]
pub struct Pipeline {
    pub number: u64,
    #[serde(default)]
    pub event: String,
    #[serde(default)]
    pub status: String,
    #[serde(default)]
    pub commit: String,
}

impl Pipeline {
    /// Whether it says something of a commit: not one of a closed pull, a tag, a release.
    pub fn is_check(&self) -> bool {
        matches!(self.event.as_str(), "push" | "pull_request" | "pull_request_metadata" | "manual")
    }

    /// `blocked` waits for somebody to approve it.
    pub fn is_running(&self) -> bool {
        matches!(self.status.as_str(), "pending" | "running" | "blocked" | "created")
    }

    pub fn has_failed(&self) -> bool {
        has_failed(&self.status)
    }
}

fn has_failed(state: &str) -> bool {
    matches!(state, "failure" | "error" | "killed" | "canceled" | "declined")
}

/// A pipeline with its steps.
#[derive(Deserialize)]
pub struct Detail {
    #[serde(default)]
    errors: Option<Vec<ConfigError>>,
    #[serde(default)]
    workflows: Option<Vec<Workflow>>,
}

/// What is wrong with a pipeline's configuration; a warning does not stop it.
#[derive(Deserialize)]
struct ConfigError {
    #[serde(default)]
    message: String,
    #[serde(default)]
    is_warning: bool,
}

#[derive(Deserialize)]
struct Workflow {
    #[serde(default)]
    name: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    children: Option<Vec<Step>>,
}

#[derive(Deserialize)]
pub struct Step {
    pub id: u64,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub state: String,
    #[serde(default)]
    pub exit_code: i32,
    #[serde(default)]
    pub error: String,
    #[serde(default, rename = "type")]
    pub kind: String,
}

impl Detail {
    /// What failed, with the numbers of the steps that have a log. A workflow that failed without a step, and a
    /// configuration that could not be read, count as a step without one.
    pub fn failed(&self) -> Vec<(Option<u64>, FailedStep)> {
        let bare = |of: &str, error: &str| {
            let (of, error, name) = (of.to_string(), error.to_string(), "set-up".to_string());
            (None, FailedStep { of, name, error, ..FailedStep::default() })
        };
        let errors = self.errors.iter().flatten().filter(|e| !e.is_warning);
        let mut all: Vec<_> = errors.map(|e| bare("the pipeline's configuration", &e.message)).collect();
        for workflow in self.workflows.iter().flatten().filter(|w| has_failed(&w.state)) {
            let steps = workflow.children.iter().flatten().filter(|s| has_failed(&s.state));
            let failed: Vec<_> = steps
                .map(|s| (Some(s.id), FailedStep { of: workflow.name.clone(), ..FailedStep::from(s) }))
                .collect();
            match failed.is_empty() {
                true => all.push(bare(&workflow.name, &workflow.error)),
                false => all.extend(failed),
            }
        }
        all
    }
}

/// A line of a log.
#[derive(Deserialize)]
pub struct LogLine {
    #[serde(default)]
    line: i64,
    /// Base64.
    #[serde(default)]
    data: Option<String>,
    /// 0 and 1 are what the step printed; others are the server's own notes.
    #[serde(default, rename = "type")]
    kind: u8,
}

/// The log as text. A line that is no base64 is shown as it came.
pub fn text(mut lines: Vec<LogLine>) -> String {
    lines.sort_by_key(|l| l.line);
    let decoded = |data: &str| match STANDARD.decode(data) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) => data.to_string(),
    };
    let printed = lines.iter().filter(|l| l.kind <= 1).filter_map(|l| l.data.as_deref());
    let texts: Vec<String> =
        printed.map(|data| decoded(data).trim_end_matches(['\r', '\n']).to_string()).collect();
    texts.join("\n")
}
