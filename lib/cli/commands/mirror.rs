//! Arguments of `mirror`.

use crate::cli::Common;
use clap::Parser;

/// Push the primary branch and tags to the mirrors, forward only
#[derive(Parser)]
#[command(name = "mirror", version)]
pub struct Args {
    /// Only this mirror, whether it is its turn or not [default: all that are due]
    pub name: Option<String>,
    #[command(flatten)]
    pub common: Common,
}
