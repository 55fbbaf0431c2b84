//! `status report`: one self-contained page, for any web root. It needs no server, no network and no script.

mod chart;
mod page;
mod parts;
mod project;
mod run;

use super::args::Common;
use super::exit::{self, Exit, Failure};
use super::{out, setup};
use crate::config::Project;
use crate::domain::redact::Redactor;
use crate::domain::time::Timestamp;
use crate::machine::WallClock;
use crate::ops::{report, views};
use crate::store::disk::Disk;
use crate::world::Clock;
use anyhow::Result;
use std::path::{Path, PathBuf};

/// Arguments of `status report`.
#[derive(Clone, Debug, clap::Args)]
pub struct ReportArgs {
    /// How many days it looks back
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(7..=90))]
    days: u32,
    /// The file to write, replaced in one go; - for stdout [default: stdout]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What a page is made of.
pub struct Report {
    /// When it was made.
    pub now: Timestamp,
    /// How many days it looks back.
    pub days: u32,
    /// Each project, or what is wrong with it.
    pub projects: Vec<(String, Result<report::Project, String>)>,
}

/// Writes the page of all projects of the root, or of the one that is named. A project that cannot be shown is told on the page, and
/// its error is how this ends.
///
/// # Errors
/// Where the root cannot be read or the page not be written.
pub fn run(args: &ReportArgs, common: &Common) -> Result<Exit> {
    let out = args.out.as_ref().filter(|file| file.as_os_str() != "-").map(|file| fits(file)).transpose()?;
    let mut worst = Exit::Done;
    let mut projects = Vec::new();
    for (file, project) in setup::projects(common, &[])? {
        let stem = || file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let name = project.as_ref().map_or_else(|_| stem(), |p| p.name.clone());
        let redactor = Redactor::new(project.as_ref().map(|p| p.secrets()).unwrap_or_default());
        let looked = project.and_then(|p| looked_at(p, args.days, common));
        let seen = looked.map_err(|error| {
            let words = redactor.redact(&format!("{error:#}"));
            worst = exit::report("status", &error.context(format!("project {name}")));
            words
        });
        projects.push((name, seen));
    }
    let report = Report { now: WallClock::from_env().now(), days: args.days, projects };
    let page = page::page(&report);
    match &out {
        Some(file) => Disk.publish(file, format!("{page}\n").as_bytes())?,
        None => out::line(&page)?,
    }
    Ok(worst)
}

/// A project from what is on disk, and from its forge the queue, as far as that can be had.
fn looked_at(project: Project, days: u32, common: &Common) -> Result<report::Project> {
    let queue = setup::world_of(project.clone(), common).and_then(|world| views::queue(&world));
    report::project(&setup::on_disk_of(project, common)?, days, queue)
}

/// Where the page goes: a file, or what a link leads to. Nothing else is ever put in the place of.
fn fits(file: &Path) -> Result<PathBuf> {
    let file = file.canonicalize().unwrap_or_else(|_| file.to_path_buf());
    let folder = file.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let wrong = |what: String, hint: &str| Err(Failure::new(Exit::Usage, what, hint).into());
    if file.is_dir() {
        return wrong(format!("{} is a folder", file.display()), "name a file in it: --out …/index.html");
    }
    if !folder.is_dir() {
        return wrong(format!("there is no folder {}", folder.display()), "make it first, or name another");
    }
    if file.symlink_metadata().is_ok_and(|there| !there.is_file()) {
        return wrong(format!("{} is no file", file.display()), "name a file, or - for stdout");
    }
    Ok(file)
}
