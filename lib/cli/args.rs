//! Arguments that every binary takes.

use std::path::PathBuf;

/// Which root and which project.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Common {
    /// Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]
    #[arg(long, global = true, value_name = "DIR")]
    pub root: Option<PathBuf>,

    /// State folder, where it does not lie in the root
    #[arg(long, global = true, value_name = "DIR", hide_short_help = true)]
    pub state: Option<PathBuf>,

    /// Project: its name, or the path of its TOML [default: the only one]
    #[arg(long, short = 'p', global = true, value_name = "NAME")]
    pub project: Option<String>,

    /// Set a configuration key for this call
    #[arg(long, global = true, value_name = "KEY=VALUE", hide_short_help = true)]
    pub set: Vec<String>,
}
