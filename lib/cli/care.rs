//! `drover gc`: making room, and saying what stays.

use super::args::Common;
use super::exit::{self, Exit};
use super::{out, setup};
use crate::ops::gc::{Line, Mode, gc};
use anyhow::Result;

/// Arguments of `drover gc`.
#[derive(Clone, Debug, clap::Args)]
pub struct GcArgs {
    /// Only of what ended at least so many days ago
    #[arg(long, default_value_t = 30)]
    days: u64,
    /// Say what would go, and remove nothing
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Makes room in all projects of the root, or in the one that is named.
///
/// # Errors
/// Where the root cannot be read.
pub fn run(args: &GcArgs, common: &Common) -> Result<Exit> {
    let mode = if args.dry_run { Mode::Look } else { Mode::Remove };
    let (mut worst, mut all) = (Exit::Done, Vec::new());
    for (file, project) in setup::projects(common, &[])? {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let done = project
            .and_then(|p| setup::on_disk_of(p, common))
            .and_then(|world| Ok((world.project.name.clone(), gc(&world, args.days, mode)?)));
        match done {
            Ok(done) => all.push(done),
            Err(e) => worst = exit::report("drover", &e.context(format!("project {name}"))),
        }
    }
    if args.json {
        let rows: Vec<_> =
            all.iter().map(|(p, lines)| serde_json::json!({"project": p, "lines": lines})).collect();
        out::json(&serde_json::json!({"version": 1, "projects": rows}))?;
        return Ok(worst);
    }
    for (project, lines) in &all {
        lines.iter().try_for_each(|line| out::line(&format!("{project}: {}", words(line, mode))))?;
        if lines.is_empty() {
            out::say(&format!("{project}: there is nothing to remove"));
        }
    }
    Ok(worst)
}

fn words(line: &Line, mode: Mode) -> String {
    match (line.removed, mode) {
        (false, _) => format!("kept {}: {}", line.what, line.why),
        (true, Mode::Remove) => format!("removed {}", line.what),
        (true, Mode::Look) => format!("would remove {}", line.what),
    }
}
