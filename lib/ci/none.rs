//! No CI to be asked: what the forge shows, or our own `verify`, is all there is.

use crate::domain::ci::CiSeen;
use crate::domain::ids::Sha;
use crate::world::Ci;
use anyhow::{Result, bail};

/// Nobody to ask.
pub struct NoCi;

impl Ci for NoCi {
    fn reach(&self) -> Result<String> {
        Ok("none: the project's own checks decide".into())
    }

    fn failures(&self, _: &Sha) -> CiSeen {
        CiSeen::default()
    }

    fn run_again(&self, sha: &Sha, pipeline: u64) -> Result<()> {
        bail!("pipeline {pipeline} of {} cannot be run again: no CI server is configured", sha.short())
    }
}
