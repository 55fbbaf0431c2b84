//! `drover init`: from a repository to a project file, with as few questions as there can be.

mod found;
mod guess;
mod plan;
mod schedule;
mod text;

use super::args::Common;
use super::ask::Asking;
use super::exit::{self, Exit, Failure};
use super::{out, setup};
use crate::config::{self, Env, Project, Root};
use crate::store::disk::Disk;
use crate::world::Files;
use anyhow::Result;
use clap::ValueEnum;
use found::Found;
use guess::{Checks, Place};
use plan::{Plan, Schedule};
use std::path::{Path, PathBuf};

/// Arguments of `drover init`: each answers a question.
#[derive(clap::Args)]
pub struct InitArgs {
    /// A folder in the repository
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Take what is proposed, ask nothing, write it
    #[arg(long, short)]
    yes: bool,
    /// The project's name
    #[arg(long)]
    name: Option<String>,
    /// The branch that pulls land on
    #[arg(long)]
    branch: Option<String>,
    /// Where issues and pulls are: `local`, or the address of a repository on a Forgejo or Gitea
    #[arg(long, value_name = "local|URL")]
    forge: Option<String>,
    /// The agent: claude, codex or opencode
    #[arg(long)]
    agent: Option<String>,
    /// The command that builds; "" for none
    #[arg(long, value_name = "COMMAND")]
    build: Option<String>,
    /// The command that lints; "" for none
    #[arg(long, value_name = "COMMAND")]
    lint: Option<String>,
    /// The command that tests; "" for none
    #[arg(long, value_name = "COMMAND")]
    test: Option<String>,
    /// Whose issues and words count; more than once for more
    #[arg(long, value_name = "NAME")]
    maintainer: Vec<String>,
    /// Whose approval counts; more than once for more
    #[arg(long, value_name = "NAME")]
    reviewer: Vec<String>,
    /// How ticks come
    #[arg(long, value_enum)]
    schedule: Option<Schedule>,
    /// Switch new work on
    #[arg(long)]
    on: bool,
}

/// Looks, asks, shows, writes.
///
/// # Errors
/// Where there is no repository, an answer makes no project, or nobody is there to be asked.
pub fn run(args: &InitArgs, common: &Common) -> Result<Exit> {
    let root = root(common)?;
    let found = found::look(&args.folder)?;
    if let Some(file) = known(&root, &found.repo) {
        // Whoever was cut off gives the same command again: what is still missing of it is done.
        out::line(&format!(
            "{} is set up already; {} is left as it is",
            found.repo.display(),
            file.display()
        ))?;
        started(&root, args.on, args.schedule.unwrap_or(Schedule::Print))?;
        return Ok(Exit::Done);
    }
    let asking = Asking::unless(args.yes);
    let plan = planned(args, &asking, &root, &found)?;
    eprint!("\n{}", plan.summary());
    if let Some(ci) = found.ci.filter(|_| plan.place.is_none()) {
        eprintln!("  ({ci} is not asked on the local forge: its checks are those above)");
    }
    if !found.agents.contains(&plan.agent.as_str()) {
        eprintln!("  ({} is not installed yet)", plan.agent);
    }
    if !asking.agrees("\nWrite this?", "--yes")? {
        eprintln!("Nothing is written.");
        return Ok(Exit::Nothing);
    }
    let project = written(&root, &plan)?;
    started(&root, plan.on, plan.schedule)?;
    let has_token = project.tokens.forge.is_some();
    labels(project, common);
    next(&root, &plan, has_token)?;
    Ok(Exit::Done)
}

/// The root that projects go into: one that is there, else the one in the XDG folders; of `--root` one that need not be there.
fn root(common: &Common) -> Result<Root> {
    let env = Env::from_process();
    let here = std::env::current_dir()?;
    let mut root = match &common.root {
        Some(dir) => Root::at(&std::path::absolute(here.join(dir))?),
        None => Root::find(None, &env, &here).or_else(|error| Root::xdg(&env).ok_or(error))?,
    };
    if let Some(state) = &common.state {
        root.state = state.clone();
    }
    Ok(root)
}

/// The file of the project that works on a repository already.
fn known(root: &Root, repo: &Path) -> Option<PathBuf> {
    let env = Env::from_process();
    let is_it = |file: &PathBuf| {
        let project = config::load(root, file, &env, &[]);
        project.is_ok_and(|p| p.repo_root.canonicalize().is_ok_and(|folder| folder == repo))
    };
    root.list().into_iter().find(is_it)
}

fn planned(args: &InitArgs, asking: &Asking<'_>, root: &Root, found: &Found) -> Result<Plan> {
    let proposed =
        guess::name(&found.repo.file_name().unwrap_or_default().to_string_lossy().replace(".git", ""));
    let given = |flag: &Option<String>, question: &str, name: &str, proposal: &str| match flag {
        Some(value) => Ok(value.trim().to_string()),
        None => asking.line(question, name, Some(proposal)),
    };
    let name = given(&args.name, "Name of the project?", "--name", &proposed)?;
    let file = root.projects_dir().join(format!("{name}.toml"));
    if !config::is_name(&name) {
        return Err(wrong(
            &format!("\"{name}\" is no name of a project"),
            "letters, digits, '.', '_' and '-': --name",
        ));
    }
    if file.exists() {
        return Err(wrong(
            &format!("{} is there already", file.display()),
            "give this one another name: --name",
        ));
    }
    let branch = given(&args.branch, "Branch that pulls land on?", "--branch", &found.branch)?;
    if !found::has_branch(&found.repo, &branch) {
        let hint = "name one that is there: --branch";
        return Err(wrong(&format!("{} has no branch \"{branch}\"", found.repo.display()), hint));
    }
    let place = place(args, asking, found)?;
    let agent = found.agents.first().copied().unwrap_or("claude");
    let agent = given(&args.agent, "Agent (claude, codex, opencode)?", "--agent", agent)?;
    if !found::AGENTS.contains(&agent.as_str()) {
        let hint = "claude, codex or opencode; any other program by hand: docs/agents.md";
        return Err(wrong(&format!("drover does not know the agent \"{agent}\""), hint));
    }
    let command = |flag: &Option<String>, question: &str, name: &str, proposal: &Option<String>| {
        let command = given(flag, question, name, proposal.as_deref().unwrap_or_default())?;
        Ok::<_, anyhow::Error>(Some(command).filter(|c| !c.is_empty()))
    };
    let checks = Checks {
        build: command(&args.build, "Command that builds?", "--build", &found.checks.build)?,
        lint: command(&args.lint, "Command that lints?", "--lint", &found.checks.lint)?,
        test: command(&args.test, "Command that tests?", "--test", &found.checks.test)?,
        ..found.checks.clone()
    };
    Ok(Plan {
        file,
        name,
        repo_root: found.repo.display().to_string(),
        branch,
        place,
        agent,
        checks,
        maintainers: args.maintainer.clone(),
        reviewers: args.reviewer.clone(),
        schedule: schedule(args, asking)?,
        on: args.on || starts(asking)?,
    })
}

/// How ticks are to come.
fn schedule(args: &InitArgs, asking: &Asking<'_>) -> Result<Schedule> {
    if let Some(schedule) = args.schedule {
        return Ok(schedule);
    }
    let answer = asking.line("How do ticks come (crontab, systemd, print)?", "--schedule", Some("print"))?;
    let hint =
        "crontab: the lines are added to yours; systemd: timers of your user; print: they are shown to you";
    Schedule::from_str(&answer, true).map_err(|_| wrong(&format!("ticks do not come by \"{answer}\""), hint))
}

/// Whether new work is switched on at once, in all projects of the root.
fn starts(asking: &Asking<'_>) -> Result<bool> {
    let answer = asking.line("Switch new work on now (yes, no)?", "--on", Some("no"))?.to_lowercase();
    Ok(matches!(answer.as_str(), "y" | "yes"))
}

fn wrong(what: &str, hint: &str) -> anyhow::Error {
    Failure::new(Exit::Usage, what, hint).into()
}

/// Where issues and pulls are to be: on the server that a remote leads to, if drover works with it, else in files.
fn place(args: &InitArgs, asking: &Asking<'_>, found: &Found) -> Result<Option<Place>> {
    let answer = match &args.forge {
        Some(forge) => forge.clone(),
        None => asking.line(
            "Forge (local, or the address of the repository)?",
            "--forge",
            Some(&proposed_place(found)),
        )?,
    };
    if answer == "local" {
        return Ok(None);
    }
    let place = Place::of(&answer).filter(|_| answer.contains("://")).ok_or_else(|| {
        wrong(
            &format!("\"{answer}\" is no address of a repository"),
            "as in --forge https://forge.example/owner/name",
        )
    })?;
    match place.unsupported() {
        Some(name) => {
            Err(wrong(&format!("this version does not work with {name}"), "--forge local needs no server"))
        }
        None => Ok(Some(place)),
    }
}

fn proposed_place(found: &Found) -> String {
    for place in &found.places {
        match place.unsupported() {
            Some(name) => eprintln!("({} is on {name}, with which this version does not work)", place.repo),
            None if found::is_forgejo(&place.server) => return format!("{}/{}", place.server, place.repo),
            None => {}
        }
    }
    "local".into()
}

/// Writes the project, and reads it as every binary will.
fn written(root: &Root, plan: &Plan) -> Result<Project> {
    Disk.make_folder(&root.projects_dir())?;
    setup::mark(root)?;
    Disk.write(&plan.file, text::project(plan).as_bytes())?;
    // A file that is none would be in the way of every tick.
    match config::load(root, &plan.file, &Env::from_process(), &[]) {
        Ok(project) => Ok(project),
        Err(error) => Disk.remove(&plan.file).and(Err(error.into())),
    }
}

/// Lets ticks come, and start new work, as far as that is wanted and not so yet.
fn started(root: &Root, on: bool, schedule: Schedule) -> Result<()> {
    if on && !root.guard().exists() {
        Disk.write(&root.guard(), b"")?;
    }
    match schedule {
        Schedule::Print => Ok(()),
        Schedule::Crontab => schedule::crontab(root),
        Schedule::Systemd => schedule::systemd(root),
    }
}

/// Makes the labels that people put on issues. Without a token that is done when they are first needed.
fn labels(project: Project, common: &Common) {
    if project.tokens.forge.is_none() {
        return;
    }
    let made = setup::world_of(project, common).and_then(|world| {
        let l = world.policy.labels.clone();
        world.forge.make_labels(&[
            l.queue,
            l.priority,
            l.in_progress,
            l.blocked,
            l.needs_human,
            l.underspecified,
        ])
    });
    if let Err(error) = made {
        exit::report("init", &error.context("making the labels"));
    }
}

/// What to do now.
fn next(root: &Root, plan: &Plan, has_token: bool) -> Result<()> {
    out::line(&format!("{} is written.", plan.file.display()))?;
    if plan.place.is_some() && !has_token {
        out::line(&format!(
            "Put the forge's token into {} (mode 0600): FORGE_TOKEN=…",
            root.dotenv().display()
        ))?;
    }
    out::line("Now:")?;
    out::line("  drover doctor              what is missing, and what to do")?;
    out::line("  drover run --title \"…\"     work on something now, and watch")?;
    if !plan.on {
        out::line("  drover on                  let ticks start new work by themselves")?;
    }
    if plan.schedule == Schedule::Print {
        let lines = schedule::lines(root)?.join("\n  ");
        out::line(&format!(
            "and in your crontab (`crontab -e`), or by `drover init --schedule crontab`:\n  {lines}"
        ))?;
    }
    Ok(())
}
