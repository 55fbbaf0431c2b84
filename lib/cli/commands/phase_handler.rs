//! Arguments of `phase-handler`.

use crate::cli::Common;
use crate::domain::ids::IssueNo;
use clap::Parser;

/// Move one run as far as it can go now, one phase and one write at a time; safe to call at any time by anyone
#[derive(Parser)]
#[command(name = "phase-handler", version)]
pub struct Args {
    /// The run's issue
    pub issue: IssueNo,
    #[command(flatten)]
    pub common: Common,
}
