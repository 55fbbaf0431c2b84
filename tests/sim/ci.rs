//! CI's own server, in memory: the newest pipeline of each commit, which fails by the work's doing or by the machine's,
//! and can be run again.

use super::server::Server;
use drover::domain::ci::{CiSeen, FailedStep};
use drover::domain::evidence::Colour;
use drover::domain::ids::Sha;
use drover::world::Ci;
use std::rc::Rc;

/// How a commit's newest pipeline stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Running,
    Passed,
    /// With the exit code of a step.
    Failed(i32),
}

/// A commit's newest pipeline.
#[derive(Clone, Copy, Debug)]
pub struct Pipeline {
    pub number: u64,
    pub state: State,
}

impl Pipeline {
    /// What it is at after CI has said something of the commit; `machine`: what is red is the machine's doing.
    pub fn told(before: Option<Pipeline>, colour: Colour, machine: bool) -> Pipeline {
        let state = match colour {
            Colour::Green => State::Passed,
            Colour::Red => State::Failed(if machine { 137 } else { 1 }),
            _ => State::Running,
        };
        Pipeline { number: before.map_or(1, |p| p.number), state }
    }
}

/// CI's server, asked by one of ours.
pub struct PipelineCi(pub Rc<Server>);

impl Ci for PipelineCi {
    fn reach(&self) -> anyhow::Result<String> {
        Ok("in memory".into())
    }

    fn failures(&self, sha: &Sha) -> CiSeen {
        let Some(pipeline) = self.0.pipelines.borrow().get(sha).copied() else { return CiSeen::default() };
        let seen = CiSeen { running: pipeline.state == State::Running, ..CiSeen::default() };
        match pipeline.state {
            State::Failed(exit) => {
                let step = FailedStep { name: "test".into(), exit: Some(exit), ..FailedStep::default() };
                CiSeen { steps: vec![step], pipelines: vec![pipeline.number], ..seen }
            }
            _ => seen,
        }
    }

    fn run_again(&self, sha: &Sha, pipeline: u64) -> anyhow::Result<()> {
        let mut all = self.0.pipelines.borrow_mut();
        let newest = all.get_mut(sha).filter(|p| p.number == pipeline && matches!(p.state, State::Failed(_)));
        if let Some(failed) = newest {
            *failed = Pipeline { number: pipeline + 1, state: State::Running };
        }
        Ok(())
    }
}
