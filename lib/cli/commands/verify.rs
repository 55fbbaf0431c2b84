//! Arguments of `verify`.

use crate::cli::Common;
use clap::Parser;

/// Run the project's own checks on one commit, in a checkout of its own; the result is a file
#[derive(Parser)]
#[command(name = "verify", version)]
pub struct Args {
    /// The commit, in full or shortened
    pub commit: String,
    /// Not more often than a tick would: what died three times on a commit is a person's
    #[arg(long)]
    pub planned: bool,
    #[command(flatten)]
    pub common: Common,
}
