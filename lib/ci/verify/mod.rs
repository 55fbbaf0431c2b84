//! The project's own checks, run by ourselves in a checkout of their own, with a session's environment and never
//! with ours.

pub mod steps;

use crate::domain::ids::Sha;
use crate::domain::verify::StepResult;
use crate::process::tree;
use crate::world::Checks;
use anyhow::Result;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use steps::{Step, StepRules, run_steps};

/// The variable that marks every process of a job.
const MARK: &str = "DROVER_VERIFY";

/// The checks of one project.
#[derive(Clone, Debug)]
pub struct OwnChecks {
    /// Name and command, in order.
    pub steps: Vec<(&'static str, String)>,
    /// Seconds that each may take.
    pub limit: u64,
    /// Bytes that each may print.
    pub output: u64,
    /// The whole environment.
    pub env: BTreeMap<String, String>,
}

impl Checks for OwnChecks {
    fn run(&self, folder: &Path, sha: &Sha, log: &Path) -> Result<Vec<StepResult>> {
        // The same job, cut off earlier, may have left processes: the mark is the same for the same folder.
        let marker = (MARK.to_string(), folder.display().to_string());
        tree::end_all(|| tree::marked(&marker.0, &marker.1), Duration::from_secs(2));
        let mut env = self.env.clone();
        env.insert("DROVER_SHA".into(), sha.to_string());
        let rules = StepRules {
            limit: Duration::from_secs(self.limit),
            output_cap: self.output,
            env,
            marker,
            log: PathBuf::from(log),
        };
        let steps: Vec<Step> =
            self.steps.iter().map(|(name, command)| Step { name, command: command.clone() }).collect();
        Ok(run_steps(&steps, folder, &rules))
    }
}
