//! `drover demo`: the main job, for real, in a throw-away folder. Two projects with a git repository, a mirror and
//! issues of their own; a scripted agent; a driver that runs nothing but `drover poll` and, as the reviewer and
//! the person, `forge` and `agent say`. Everything else happens by itself.

mod cast;
mod driver;
mod report;
mod scene;

use super::{Exit, Failure};
use anyhow::Result;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Arguments of `drover demo`.
#[derive(clap::Args)]
pub struct DemoArgs {
    /// Folder to make and work in [default: a new one in $TMPDIR]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Remove the folder when all went as it should
    #[arg(long)]
    clean: bool,
}

/// Far beyond what it takes; a demo that hangs must end too.
const LIMIT: Duration = Duration::from_secs(240);

/// Runs the demo; an error if anything ended other than expected.
pub fn run(args: &DemoArgs) -> Result<Exit> {
    let began = Instant::now();
    let scene = scene::set(args.dir.clone())?;
    eprintln!("drover demo: working in {}", scene.folder.display());
    let played = driver::play(&scene, began + LIMIT);
    let told = played.and_then(|()| report::tell(&scene, began.elapsed()));
    scene.stop_sessions();
    let wrong = told?;
    if wrong.is_empty() {
        if args.clean {
            std::fs::remove_dir_all(&scene.folder)?;
        }
        return Ok(Exit::Done);
    }
    wrong.iter().for_each(|w| eprintln!("drover demo: {w}"));
    let hint = format!("look around in {}", scene.folder.display());
    Err(Failure::new(Exit::Failed, format!("{} things ended other than expected", wrong.len()), hint).into())
}
