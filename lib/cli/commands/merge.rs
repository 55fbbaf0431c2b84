//! Arguments of `merge`.

use crate::cli::Common;
use crate::domain::ids::PullNo;
use crate::domain::ids::Sha;
use clap::Parser;

/// Land one approved, green pull, or say why not
#[derive(Parser)]
#[command(name = "merge", version)]
pub struct Args {
    /// The pull
    pub pull: PullNo,
    /// Land it at this head and at no other
    #[arg(long, value_name = "SHA")]
    pub head: Option<Sha>,
    #[command(flatten)]
    pub common: Common,
}
