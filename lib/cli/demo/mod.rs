//! `drover demo`: the main job, for real, in a throw-away folder. Two projects with a git repository, a mirror and
//! issues of their own; a scripted agent; a driver that runs nothing but `drover poll` and, as the reviewer and
//! the person, `forge` and `agent say`. Everything else happens by itself. With `--forge` the issues, pulls and reviews
//! are on a real server.

mod cast;
mod driver;
mod report;
mod scene;
mod server;

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
    /// Play on this Forgejo or Gitea, in repositories made for it, with the tokens of two accounts in FORGE_TOKEN and
    /// FORGE_REVIEW_TOKEN
    #[arg(long, value_name = "URL")]
    forge: Option<String>,
    /// Delete these repositories when all went as it should
    #[arg(long, requires = "forge")]
    delete: bool,
}

/// Far beyond what it takes; a demo that hangs must end too. A server may be slow.
const LIMIT: Duration = Duration::from_secs(240);
const LIMIT_ON_A_SERVER: Duration = Duration::from_secs(900);

/// Runs the demo; an error if anything ended other than expected.
pub fn run(args: &DemoArgs) -> Result<Exit> {
    let began = Instant::now();
    let scene = scene::set(args.dir.clone(), args.forge.as_deref())?;
    eprintln!("drover demo: working in {}", scene.folder.display());
    let limit = if scene.server.is_some() { LIMIT_ON_A_SERVER } else { LIMIT };
    let played = driver::play(&scene, began + limit);
    let told = played.and_then(|()| report::tell(&scene, began.elapsed()));
    scene.stop_sessions();
    let wrong = told?;
    let cleared = wrong.is_empty() && (args.clean || args.delete);
    if !cleared {
        report::invite(&scene)?;
    }
    if wrong.is_empty() {
        if let Some(server) = scene.server.as_ref().filter(|_| args.delete) {
            cast::CASTS.iter().try_for_each(|cast| server.delete(cast.name))?;
            eprintln!("drover demo: its repositories on {} are deleted", server.url);
        }
        if args.clean {
            std::fs::remove_dir_all(&scene.folder)?;
        }
        return Ok(Exit::Done);
    }
    wrong.iter().for_each(|w| eprintln!("drover demo: {w}"));
    let hint = format!("look around in {}", scene.folder.display());
    Err(Failure::new(Exit::Failed, format!("{} things ended other than expected", wrong.len()), hint).into())
}
