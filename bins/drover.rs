//! `drover`: the front door. `drover X …` runs `X …`; what needs several of them is here.

use clap::Parser;
use drover::cli::commands::drover::{Args, NAMES, SHORT, Verb};
use drover::cli::{Common, Exit, Failure, backup, care, demo, doctor, exit, init, out, run, setup};
use drover::ops::{control, pulse};
use drover::world::Files;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let args = Args::parse();
    exit::run("drover", || match args.verb {
        Verb::Demo(demo) => demo::run(&demo),
        Verb::Doctor { args: doctor, json } => doctor::all(&doctor, &args.common, json),
        Verb::On => switch(&args.common, true),
        Verb::Off => switch(&args.common, false),
        Verb::Pause { why } => pause(&args.common, Some(&why.join(" "))),
        Verb::Unpause => pause(&args.common, None),
        Verb::Init(init) => init::run(&init, &args.common),
        Verb::Backup(backup) => backup::run(&backup, &args.common),
        Verb::Gc(gc) => care::run(&gc, &args.common),
        Verb::Run(run) => run::run(&run, &args.common),
        Verb::WatchHeartbeat { after } => watch(&args.common, after * 60),
        Verb::Other(words) => hand_over(&words, &args.common),
    })
}

fn hand_over(words: &[OsString], common: &Common) -> anyhow::Result<Exit> {
    let word = words[0].to_string_lossy().into_owned();
    let short = SHORT.iter().find(|(_, verbs)| verbs.contains(&word.as_str()));
    let (name, words) = match short {
        Some((name, _)) => (name.to_string(), words),
        None => (word, &words[1..]),
    };
    if !NAMES.contains(&name.as_str()) {
        return Err(Failure::new(
            Exit::Usage,
            format!("there is no command '{name}'"),
            "`drover --help` lists them",
        )
        .into());
    }
    let path = setup::libexec()?.join(&name);
    let error = Command::new(&path).args(common.to_args()).args(words).exec();
    Err(anyhow::Error::from(error).context(format!("starting {}", path.display())))
}

fn switch(common: &Common, on: bool) -> anyhow::Result<Exit> {
    let path = setup::root(common)?.guard();
    let disk = drover::store::disk::Disk;
    if on {
        disk.write(&path, b"")?
    } else {
        disk.remove(&path)?
    }
    out::say(if on { "new work is switched on" } else { "new work is switched off; runs at work go on" });
    Ok(Exit::Done)
}

fn pause(common: &Common, why: Option<&str>) -> anyhow::Result<Exit> {
    let world = setup::on_disk(common)?;
    match why {
        None => control::unpause(&world)?,
        Some(why) => {
            let who = setup::owner(&world.project.repo_root).unwrap_or_else(|| "somebody".into());
            control::pause(&world, &who, why)?;
        }
    }
    Ok(Exit::Done)
}

/// Looks at the ticks of all projects, or the one that is named. Quiet while they come; what they are told cron mails too
/// where that is how people are reached.
fn watch(common: &Common, limit: u64) -> anyhow::Result<Exit> {
    let mut worst = Exit::Done;
    for (file, project) in setup::projects(common, &[])? {
        // Whether the forge can be asked is what ticks find out, not who looks after them.
        let seen = project
            .and_then(|p| setup::world_as_far(p, common))
            .and_then(|(world, _)| pulse::watch(&world, limit));
        let code = match seen {
            Ok(None) => Exit::Done,
            Ok(Some(words)) => {
                out::say(&words);
                Exit::Person
            }
            Err(error) => exit::report("drover", &error.context(format!("project {}", file.display()))),
        };
        worst = if worst == Exit::Done { code } else { worst };
    }
    Ok(worst)
}
