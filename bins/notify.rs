//! `notify`: what people are told, and what they say to a project's runs.

use clap::Parser;
use drover::cli::commands::notify::{Args, Verb};
use drover::cli::{Common, Exit, Failure, exit, out, setup};
use drover::config::{Channel, Project};
use drover::domain::ids::IssueNo;
use drover::ops::listen::{Listened, Outcome, listen};
use drover::ops::notices;
use drover::world::World;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Seconds of one request at most: what is longer is asked for again.
const ONE: u64 = 20;

fn main() -> ExitCode {
    let args = Args::parse();
    exit::run("notify", || match &args.verb {
        Verb::Listen { projects, wait } => all(&args.common, projects, *wait),
        Verb::Send { text, issue, urgent } => send(&args.common, &text.join(" "), *issue, *urgent),
    })
}

fn send(common: &Common, text: &str, issue: Option<IssueNo>, urgent: bool) -> anyhow::Result<Exit> {
    let world = setup::world(common)?;
    if notices::say(&world, issue, urgent, text)? {
        return Ok(Exit::Done);
    }
    out::say(
        "it waits in the outbox: a channel cannot be reached now, or the hours are quiet; each tick tries again",
    );
    Ok(Exit::Later)
}

/// Listens in all rooms at once.
fn all(common: &Common, named: &[String], wait: u64) -> anyhow::Result<Exit> {
    let mut worst = Exit::Done;
    let mut loaded = vec![];
    for (file, project) in setup::projects(common, named)? {
        match project {
            Ok(project) if project.people.channels.iter().any(|c| ANSWERED.contains(c)) => {
                loaded.push(project);
            }
            Ok(project) if !named.is_empty() => return Err(nowhere(&project).into()),
            Ok(_) => {}
            Err(error) => {
                worst = exit::report("notify", &error.context(format!("project {}", file.display())));
            }
        }
    }
    let nothing = loaded.is_empty();
    // Of all projects, whichever are named.
    let everybody = setup::projects(&Common { project: None, ..common.clone() }, &[])?;
    let rooms: Vec<Option<String>> =
        everybody.into_iter().filter_map(|(_, p)| p.ok()).map(|p| p.matrix.room_id).collect();
    let bots = bots_of_two(&loaded);
    if let Some(failure) = bots {
        return Err(failure.into());
    }
    let each: Vec<(&Project, Channel)> = loaded.iter().flat_map(answered).collect();
    let one = |(project, channel): (&Project, Channel)| {
        let is_shared = rooms.iter().filter(|room| **room == project.matrix.room_id).count() > 1;
        let is_shared = is_shared && channel == Channel::Matrix;
        let world = setup::world_of(project.clone(), common);
        let done = world.and_then(|world| hear(&world, channel, wait, is_shared));
        done.unwrap_or_else(|e| exit::report("notify", &e.context(format!("project {}", project.name))))
    };
    let one = &one;
    let codes: Vec<Exit> = std::thread::scope(|scope| {
        let threads: Vec<_> = each.into_iter().map(|which| scope.spawn(move || one(which))).collect();
        threads.into_iter().map(|t| t.join().unwrap_or(Exit::Failed)).collect()
    });
    worst = codes.into_iter().fold(worst, |worst, code| if worst == Exit::Done { code } else { worst });
    Ok(if nothing && worst == Exit::Done { Exit::Nothing } else { worst })
}

/// The channels in which people can answer.
const ANSWERED: [Channel; 3] = [Channel::Matrix, Channel::Telegram, Channel::Forge];

fn answered(project: &Project) -> impl Iterator<Item = (&Project, Channel)> {
    ANSWERED.into_iter().filter(|c| project.people.channels.contains(c)).map(move |c| (project, c))
}

/// Two projects with one Telegram bot would each take what is meant for the other.
fn bots_of_two(projects: &[Project]) -> Option<Failure> {
    let mut bots: BTreeMap<&str, &str> = BTreeMap::new();
    let chats = projects.iter().filter(|p| p.people.channels.contains(&Channel::Telegram));
    for project in chats {
        let token = project.messengers.telegram_token.as_ref()?.expose();
        if let Some(other) = bots.insert(token, &project.name) {
            return Some(Failure::new(
                Exit::Usage,
                format!("{other} and {} share a Telegram bot, whose updates only one can take", project.name),
                "make a bot for each (@BotFather), and name its variable with telegram.token_env",
            ));
        }
    }
    None
}

fn nowhere(project: &Project) -> Failure {
    Failure::new(
        Exit::Usage,
        format!("{} has no channel in which people could answer", project.file.display()),
        "set matrix.room_id there and MATRIX_TOKEN in <root>/.env, or people.channels (docs/people.md)",
    )
}

/// Until the time is over.
fn hear(world: &World, channel: Channel, wait: u64, is_shared: bool) -> anyhow::Result<Exit> {
    let Some(people) = world.people.iter().find(|p| p.channel() == channel) else { return Ok(Exit::Nothing) };
    // A forge has nothing that could be waited on, and each tick asks it too.
    let wait = if channel == Channel::Forge { 0 } else { wait };
    let end = Instant::now() + Duration::from_secs(wait);
    loop {
        let left = end.saturating_duration_since(Instant::now()).as_secs();
        let name = &world.project.name;
        match listen(world, people.as_ref(), left.min(ONE), is_shared)? {
            Outcome::Heard(listened) => tell(world, listened),
            Outcome::Busy => {
                out::say(&format!("{name}: somebody else listens"));
                return Ok(Exit::Nothing);
            }
            Outcome::Later => {
                out::say(&format!(
                    "{name}: not now: {channel} cannot be reached, which `preflight env` tells of, or a run is busy"
                ));
                return Ok(Exit::Later);
            }
        }
        if left == 0 {
            return Ok(Exit::Done);
        }
    }
}

/// On a terminal; cron is told nothing.
fn tell(world: &World, listened: Listened) {
    let Listened { passed_on, too_late, commands, strangers } = listened;
    if listened != Listened::default() {
        out::say(&format!(
            "{}: {passed_on} answers passed on, {too_late} too late, {commands} commands, {strangers} of strangers",
            world.project.name
        ));
    }
}
