//! From arguments to a world made of real parts.

use super::args::Common;
use super::channels::Made;
use super::exit::{Exit, Failure};
use super::rules::{self, ME};
use super::servers;
use crate::ci::NoCi;
use crate::ci::verify::OwnChecks;
use crate::config::{self, Channel, Env, ForgeKind, Project, Root};
use crate::domain::launch::keyless;
use crate::forge::local::LocalForge;
use crate::git::Repo;
use crate::machine::{Binaries, KernelDice, ThisMachine, WallClock};
use crate::people::silent::Silent;
use crate::session::tmux::Tmux;
use crate::store::disk::Disk;
use crate::store::lock::FileLocks;
use crate::store::{Paths, Store};
use crate::world::{Ci, Clock, Files, Forge, Locks, Machine, World};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The root that the arguments name.
pub fn root(common: &Common) -> Result<Root> {
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
    let mut root = Root::find(common.root.as_deref(), &Env::from_process(), &here)?;
    if let Some(state) = &common.state {
        root.state = state.clone();
    }
    mark(&root)?;
    Ok(root)
}

/// Marks a root's state folder as ours.
///
/// # Errors
/// Where it cannot be written.
pub fn mark(root: &Root) -> Result<()> {
    match root.marker().exists() {
        true => Ok(()),
        false => Disk.write(&root.marker(), b"drover keeps its state here\n"),
    }
}

/// The settings given with `--set`.
fn sets(common: &Common) -> Result<Vec<(String, String)>> {
    let pair = |text: &String| {
        let (key, value) = text.split_once('=').ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                format!("--set {text}: there is no = in it"),
                "write --set key=value, as in --set limits.sessions=2",
            )
        })?;
        Ok((key.to_string(), value.to_string()))
    };
    common.set.iter().map(pair).collect()
}

/// The one project that the arguments name.
pub fn project(common: &Common) -> Result<Project> {
    let root = root(common)?;
    let file = match common
        .project
        .clone()
        .or_else(|| std::env::var("PROJECT_TOML").ok())
        .or_else(|| std::env::var("PROJECT_NAME").ok())
    {
        Some(name) => config::find(&root, &name)?,
        None => project_here(&root)?,
    };
    Ok(config::load(&root, &file, &Env::from_process(), &sets(common)?)?)
}

/// The project whose repository, or worktree of a session, we stand in, else the only one.
fn project_here(root: &Root) -> Result<PathBuf> {
    let mut all = root.list();
    if all.len() > 1 {
        let env = Env::from_process();
        let here = std::env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_default();
        let depth = |file: &PathBuf| {
            let project = config::load(root, file, &env, &[]).ok()?;
            let folders = [project.repo_root, project.worktree_root];
            let real = folders.into_iter().filter_map(|folder| folder.canonicalize().ok());
            real.filter(|folder| here.starts_with(folder)).map(|folder| folder.components().count()).max()
        };
        // Of repositories one in the other it is the inner one.
        if let Some((_, file)) = all.iter().filter_map(|file| Some((depth(file)?, file))).max() {
            return Ok(file.clone());
        }
    }
    match all.len() {
        1 => Ok(all.remove(0)),
        0 => Err(no_project(root)),
        _ => {
            let names: Vec<String> =
                all.iter().filter_map(|p| Some(p.file_stem()?.to_str()?.to_string())).collect();
            Err(Failure::new(
                Exit::Usage,
                "which project?",
                format!("work in its repository, or add --project with one of: {}", names.join(", ")),
            )
            .into())
        }
    }
}

/// What is wrong where nothing is set up.
pub fn no_project(root: &Root) -> anyhow::Error {
    let what = format!("there is no project in {}", root.projects_dir().display());
    Failure::new(Exit::Usage, what, "`drover init` inside of your repository sets one up").into()
}

/// Every project of the root, each loaded or with what is wrong with it.
pub fn projects(common: &Common, named: &[String]) -> Result<Vec<(PathBuf, Result<Project>)>> {
    let root = root(common)?;
    let files = match named {
        [] => match &common.project {
            Some(name) => vec![config::find(&root, name)?],
            None => root.list(),
        },
        names => names.iter().map(|n| config::find(&root, n)).collect::<Result<Vec<_>, _>>()?,
    };
    let sets = sets(common)?;
    let env = Env::from_process();
    Ok(files
        .into_iter()
        .map(|f| (f.clone(), config::load(&root, &f, &env, &sets).map_err(Into::into)))
        .collect())
}

/// The world of the project that the arguments name.
pub fn world(common: &Common) -> Result<World> {
    world_of(project(common)?, common)
}

/// The folder of our binaries: that of the one running.
pub fn libexec() -> Result<PathBuf> {
    let me = std::env::current_exe().context("finding our own program")?;
    let folder = me.parent().map(Path::to_path_buf).unwrap_or_default();
    // `drover` lies on the PATH and the others in libexec, as with git; in a build folder all lie together.
    let beside = folder.join("../libexec/drover");
    Ok(if folder.join("phase-handler").exists() { folder } else { beside.canonicalize().unwrap_or(folder) })
}

/// The world of a project, made of real parts.
/// What was given with `--set` for this call holds for the binaries that it starts too.
pub fn world_of(project: Project, given: &Common) -> Result<World> {
    match world_as_far(project, given)? {
        (world, None) => Ok(world),
        (_, Some(silent)) => Err(silent),
    }
}

/// The same as far as it goes, and why its forge cannot be asked, where that is so: then it has the people alone that the
/// configuration names, and nothing on the forge is known.
pub fn world_as_far(project: Project, given: &Common) -> Result<(World, Option<anyhow::Error>)> {
    assembled(project, given, true)
}

/// The world of the project that the arguments name, for whoever has to do with what is on disk alone.
pub fn on_disk(common: &Common) -> Result<World> {
    on_disk_of(project(common)?, common)
}

/// The world of a project for whoever has to do with what is on disk alone: its forge is not asked, and needs no token.
pub fn on_disk_of(project: Project, given: &Common) -> Result<World> {
    Ok(assembled(project, given, false)?.0)
}

fn assembled(project: Project, given: &Common, asks: bool) -> Result<(World, Option<anyhow::Error>)> {
    supported(&project)?;
    let store = Store { files: Rc::new(Disk), paths: Paths::new(&project.root.state, &project.name) };
    store.files.make_folder(store.paths.project())?;
    let locks: Rc<dyn Locks> = Rc::new(FileLocks::of(&store.paths));
    let clock: Rc<dyn Clock> = Rc::new(WallClock::from_env());
    let machine = ThisMachine { state: project.root.state.clone(), libexec: libexec()? };
    session_tools(&machine)?;
    let local = || LocalForge {
        me: ME.into(),
        store: store.clone(),
        locks: Rc::clone(&locks),
        clock: Rc::clone(&clock),
    };
    let is_local = project.forge == ForgeKind::Local;
    let account = (!is_local).then(|| servers::account(&project, &store, &clock));
    let (forge, ci): (Rc<dyn Forge>, Box<dyn Ci>) = match &account {
        None => (Rc::new(local()), Box::new(NoCi)),
        Some((account, _)) => {
            let ci = servers::ci(&project, account, &store, &clock);
            (Rc::new(servers::forgejo(&project, account, &store, &clock)), ci)
        }
    };
    let missing = account.and_then(|(_, missing)| missing);
    let (policy, silent) = rules::known(&project, forge.as_ref(), missing, asks);
    let parts = Made { project: &project, store: &store, clock: &clock, forge: &forge, policy: &policy };
    let mut people = parts.channels();
    if silent.is_some() || (!is_local && !asks) {
        let on_forge = people.iter_mut().filter(|c| c.channel() == Channel::Forge);
        on_forge.for_each(|c| *c = Box::new(Silent(Channel::Forge)));
    }
    let repo = repo(&project, &store)?;
    let common = passed_on(&project, given);
    let world = World {
        forge,
        claims: servers::claims(&repo, &store, &machine),
        git: Box::new(repo),
        sessions: Box::new(Tmux::for_state(&project.root.state)),
        jobs: Box::new(Binaries { libexec: libexec()?, logs: store.paths.logs(), common }),
        checks: Box::new(own_checks(&project, &machine)),
        ci,
        people,
        locks,
        clock,
        dice: Box::new(KernelDice),
        machine: Box::new(machine),
        store,
        policy,
        project,
    };
    Ok((world, silent))
}

/// Whether this version works with the project's kind of forge.
fn supported(project: &Project) -> Result<()> {
    if !matches!(project.forge, ForgeKind::Local | ForgeKind::Forgejo) {
        return Err(Failure::new(
            Exit::Usage,
            format!(
                "{}: forge = \"{}\" is not supported by this version",
                project.file.display(),
                project.forge.as_str()
            ),
            "this version speaks to Forgejo, Gitea and the local forge: set forge = \"forgejo\" or \"local\"",
        )
        .into());
    }
    Ok(())
}

/// The arguments by which our other binaries find the same project, with what was set for this call.
fn passed_on(project: &Project, given: &Common) -> Vec<String> {
    let root = &project.root;
    let mut common: Vec<String> = [
        "--root",
        &root.config.display().to_string(),
        "--state",
        &root.state.display().to_string(),
        "--project",
        &project.file.display().to_string(),
    ]
    .map(String::from)
    .to_vec();
    common.extend(given.set.iter().flat_map(|s| ["--set".to_string(), s.clone()]));
    common
}

/// What a session finds on its PATH of ours: `phase` alone, since names such as `merge` are to take nobody's place.
fn session_tools(machine: &ThisMachine) -> Result<()> {
    let (link, target) = (machine.state.join("bin/phase"), machine.libexec.join("phase"));
    if std::fs::read_link(&link).is_ok_and(|to| to == target) {
        return Ok(());
    }
    Disk.link(&target, &link)
}

/// A local forge that acts as `who`.
pub fn forge_as(world: &World, who: &str) -> LocalForge {
    let locks: Rc<dyn Locks> = Rc::new(FileLocks::of(&world.store.paths));
    LocalForge { me: who.into(), store: world.store.clone(), locks, clock: Rc::new(WallClock::from_env()) }
}

fn repo(project: &Project, store: &Store) -> Result<Repo> {
    Ok(Repo {
        bare: store.paths.repo(),
        user: project.repo_root.clone(),
        primary: project.primary_branch.clone(),
        worktrees: project.worktree_root.clone(),
        checkouts: store.paths.project().join("checkouts"),
        remote: servers::remote(project)?,
        opened: Default::default(),
    })
}

fn own_checks(project: &Project, machine: &ThisMachine) -> OwnChecks {
    let mut env = machine.session_env();
    env.extend(keyless());
    env.extend(project.verify.env.clone());
    OwnChecks {
        steps: project
            .verify
            .steps()
            .into_iter()
            .map(|(name, command)| (name, command.to_string()))
            .collect(),
        limit: project.verify.timeout,
        output: project.verify.output_mb << 20,
        env,
    }
}

/// Whoever the repository's commits are made by.
pub fn owner(repo_root: &Path) -> Option<String> {
    let config = git2::Repository::open(repo_root)
        .and_then(|r| r.config())
        .or_else(|_| git2::Config::open_default())
        .ok()?;
    config.get_string("user.name").ok().filter(|n| !n.is_empty())
}
