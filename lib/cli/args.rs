//! Arguments that every binary takes.

use std::ffi::OsString;
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

    /// Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]
    #[arg(long, short = 'p', global = true, value_name = "NAME")]
    pub project: Option<String>,

    /// Set a configuration key for this call
    #[arg(long, global = true, value_name = "KEY=VALUE", hide_short_help = true)]
    pub set: Vec<String>,
}

impl Common {
    /// The same as arguments, for a binary that goes on with them.
    pub fn to_args(&self) -> Vec<OsString> {
        let mut args = Vec::new();
        let paths = [("--root", &self.root), ("--state", &self.state)];
        for (name, path) in paths {
            args.extend(path.iter().flat_map(|p| [name.into(), p.clone().into_os_string()]));
        }
        args.extend(self.project.iter().flat_map(|p| ["--project".into(), OsString::from(p)]));
        args.extend(self.set.iter().flat_map(|s| ["--set".into(), OsString::from(s)]));
        args
    }
}
