//! `poll`: one cron tick.

use clap::Parser;
use drover::cli::commands::poll::Args;
use drover::cli::{Common, Exit, exit, out, setup};
use drover::domain::schedule::Decision;
use drover::ops::{tick, views};
use drover::world::World;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    exit::run("poll", || {
        let projects = setup::projects(&args.common, &args.projects)?;
        let loaded: Vec<_> = projects.iter().filter_map(|(_, p)| p.as_ref().ok().cloned()).collect();
        drover::config::check_unique(&loaded)?;
        let mut worst = Exit::Done;
        for (file, project) in projects {
            // One project's trouble is that project's alone.
            let done =
                project.and_then(|p| setup::world_of(p, &args.common)).and_then(|world| one(&world, &args));
            if let Err(error) = done {
                let code = exit::report("poll", &error.context(format!("project {}", file.display())));
                worst = if worst == Exit::Done { code } else { worst };
            }
        }
        Ok(worst)
    })
}

/// What a tick would do, as commands for a shell, and why the rest would not be done.
fn dry_run(world: &World, args: &Args) -> anyhow::Result<()> {
    let common = Common { project: Some(world.project.name.clone()), ..args.common.clone() };
    let given: Vec<String> = common.to_args().iter().map(|a| out::quoted(&a.to_string_lossy())).collect();
    for row in views::why(world, None)? {
        let text = if row.code == "do" {
            format!("drover {} {}", row.words, given.join(" "))
        } else {
            format!("# {}: {} ({})", row.subject, row.words, row.code)
        };
        out::line(&text)?;
    }
    Ok(())
}

fn one(world: &World, args: &Args) -> anyhow::Result<()> {
    if args.dry_run {
        return dry_run(world, args);
    }
    let ticked = tick::tick(world)?;
    if ticked.busy {
        out::say(&format!("{}: another poll is at it", world.project.name));
    }
    for (issue, problem) in &ticked.bad_runs {
        eprintln!("drover poll: the run on #{issue} cannot be read and is left alone: {problem}");
    }
    let guard_off =
        ticked.verdicts.iter().any(|v| matches!(&v.decision, Decision::Skip(r) if r.code == "guard_off"));
    if guard_off {
        out::say(&format!(
            "{}: new work is switched off (touch {} to switch it on)",
            world.project.name,
            world.store.paths.guard().display()
        ));
    }
    for (job, code) in &ticked.jobs {
        out::say(&format!(
            "{}: {job}{}",
            world.project.name,
            code.map_or(" (still at work)".into(), |c| if c == 0 {
                String::new()
            } else {
                format!(" → {c}")
            })
        ));
    }
    if ticked.outage {
        out::say(&format!("{}: {} could not be asked", world.project.name, world.project.forge_url));
        return Ok(());
    }
    let mut problems = ticked.unrenewed;
    if !ticked.unseen.is_empty() {
        let words: Vec<&str> = ticked.unseen.iter().map(|reason| reason.words.as_str()).collect();
        problems.insert(0, format!("nothing new is started: {}", words.join("; ")));
    }
    if problems.is_empty() { Ok(()) } else { anyhow::bail!(problems.join("; ")) }
}
