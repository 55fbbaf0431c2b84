//! `drover doctor` and `preflight env`: would it work, here, or where cron would run it?

use super::args::Common;
use super::exit::Exit;
use super::{exit, out, setup};
use crate::config::Project;
use crate::domain::crontab::{self, Line};
use crate::domain::redact::Redactor;
use crate::ops::doctor::{self, EnvCheck};
use crate::process::run::Call;
use anyhow::{Context, Result};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Arguments of both.
#[derive(Clone, Debug, clap::Args)]
pub struct DoctorArgs {
    /// In the environment that cron gives: the PATH and the variables of your crontab, and nothing of this shell
    #[arg(long)]
    simulate_cron: bool,
    /// What was found where cron's lines may stand; set by ourselves
    #[arg(long, hide = true, value_name = "JSON")]
    as_cron: Option<String>,
}

/// What a project's checks came to.
#[derive(serde::Serialize)]
struct Looked {
    project: String,
    checks: Vec<EnvCheck>,
}

/// All projects of the root, or the one that is named.
///
/// # Errors
/// Where the root cannot be read.
pub fn all(args: &DoctorArgs, common: &Common, json: bool) -> Result<Exit> {
    if args.simulate_cron {
        return Err(under_cron(common, &["doctor"], json));
    }
    let projects = setup::projects(common, &[])?;
    if projects.is_empty() {
        return Err(setup::no_project(&setup::root(common)?));
    }
    let mut looked = Vec::new();
    for (file, project) in projects {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let secrets = project.as_ref().map(|p| p.secrets()).unwrap_or_default();
        let checks = match project.and_then(|p| looked_at(p, common)) {
            Ok(checks) => checks,
            Err(e) => {
                let failed = doctor::failed("project", &e, exit::hint(&e));
                vec![EnvCheck { found: Redactor::new(secrets).redact(&failed.found), ..failed }]
            }
        };
        looked.push(Looked { project: name, checks });
    }
    let cron = given(args)?;
    let failed = looked.iter().flat_map(|l| &l.checks).chain(&cron).any(|c| c.ok == Some(false));
    if json {
        out::json(&serde_json::json!({"version": 1, "cron": cron, "projects": looked}))?;
    } else {
        print(&cron)?;
        for l in &looked {
            out::line(&l.project)?;
            print(&l.checks)?;
        }
    }
    Ok(if failed { Exit::Refused } else { Exit::Done })
}

/// What is found about a project, as far as it can be looked at.
fn looked_at(project: Project, common: &Common) -> Result<Vec<EnvCheck>> {
    let (world, silent) = setup::world_as_far(project, common)?;
    Ok(doctor::env(&world, silent, exit::hint))
}

/// One project.
///
/// # Errors
/// Where it cannot be read.
pub fn one(args: &DoctorArgs, common: &Common, json: bool) -> Result<Exit> {
    if args.simulate_cron {
        return Err(under_cron(common, &["env"], json));
    }
    let mut checks = given(args)?;
    checks.extend(looked_at(setup::project(common)?, common)?);
    if json {
        out::json(&serde_json::json!({"version": 1, "checks": checks}))?;
    } else {
        print(&checks)?;
    }
    Ok(if checks.iter().any(|c| c.ok == Some(false)) { Exit::Refused } else { Exit::Done })
}

fn print(checks: &[EnvCheck]) -> Result<()> {
    for c in checks {
        let mark = match c.ok {
            Some(true) => "ok  ",
            Some(false) => "FAIL",
            None => "note",
        };
        out::line(&format!("{mark}  {:<11} {}", c.id, c.found))?;
        if !c.remedy.is_empty() {
            out::line(&format!("      {:<11} hint: {}", "", c.remedy))?;
        }
    }
    Ok(())
}

/// What was found before the environment was changed.
fn given(args: &DoctorArgs) -> Result<Vec<EnvCheck>> {
    let Some(text) = &args.as_cron else { return Ok(vec![]) };
    let told: Told = serde_json::from_str(text).context("--as-cron is for ourselves")?;
    Ok(vec![match (told.ok, told.remedy) {
        (Some(false), remedy) => doctor::failed("cron", &anyhow::anyhow!(told.found), remedy),
        (ok, remedy) => EnvCheck { ok, ..doctor::note("cron", told.found, remedy) },
    }])
}

/// The check of the crontab, handed on.
#[derive(serde::Serialize, serde::Deserialize)]
struct Told {
    ok: Option<bool>,
    found: String,
    remedy: String,
}

/// Becomes ourselves anew, as cron would start us.
fn under_cron(common: &Common, words: &[&str], json: bool) -> anyhow::Error {
    match prepared(common, words, json) {
        Ok(mut command) => anyhow::Error::from(command.exec()).context("starting ourselves anew"),
        Err(e) => e,
    }
}

fn prepared(common: &Common, words: &[&str], json: bool) -> Result<Command> {
    let root = setup::root(common)?;
    let (tab, user) = (tab()?, account()?);
    let lines = crontab::ticks(&tab);
    let line = lines.iter().find(|line| is_of(line, &root.config, &user.home));
    let told = told(line, &tab, &root.config);
    let me = std::env::current_exe().context("finding our own program")?;
    let mut command = Command::new(me);
    // What it is about is the one that was asked about, whatever cron would find.
    let common = Common {
        root: Some(root.config.clone()),
        state: Some(root.state.clone()),
        project: asked_about(common, words)?,
        ..common.clone()
    };
    command.args(words).args(common.to_args()).args(json.then_some("--json"));
    command.args(["--as-cron", &serde_json::to_string(&told)?]);
    command.env_clear().current_dir(&user.home);
    command.env("PATH", "/usr/bin:/bin").env("SHELL", "/bin/sh").env("HOME", &user.home);
    command.env("LOGNAME", &user.name).env("USER", &user.name);
    command.envs(line.iter().flat_map(|l| &l.vars).map(|(name, value)| (name, value)));
    // The tests' own clock is no part of an environment.
    command.envs(std::env::var_os("DROVER_NOW_FILE").map(|file| ("DROVER_NOW_FILE", file)));
    Ok(command)
}

/// The project that is meant, in words that mean the same in any folder and with no variable of this shell.
fn asked_about(common: &Common, words: &[&str]) -> Result<Option<String>> {
    if words == ["doctor"] && common.project.is_none() {
        return Ok(None);
    }
    let file = std::path::absolute(setup::project(common)?.file)?;
    Ok(Some(file.display().to_string()))
}

/// The user's crontab; empty where there is none, or no crontab(1).
fn tab() -> Result<String> {
    match Call::new("crontab").arg("-l").separate().run() {
        Ok(done) if done.ok() => Ok(done.output.text()),
        _ => Ok(String::new()),
    }
}

/// Whom cron runs us as, and where.
struct Account {
    name: String,
    home: String,
}

fn account() -> Result<Account> {
    let user = rustix::process::geteuid().as_raw().to_string();
    let done = Call::new("getent").args(["passwd", &user]).separate().run().context("asking who you are")?;
    let text = done.output.text();
    let fields: Vec<&str> = text.trim().split(':').collect();
    match fields.as_slice() {
        [name, _, _, _, _, home, ..] => Ok(Account { name: name.to_string(), home: home.to_string() }),
        _ => anyhow::bail!("user {user} is not in the list of users (getent passwd)"),
    }
}

/// Whether a line is about a root, as cron's shell would read it.
fn is_of(line: &Line, root: &Path, home: &str) -> bool {
    // Where a line names none it is that of the XDG folders.
    let config = || line.var("XDG_CONFIG_HOME").map_or(format!("{home}/.config"), String::from);
    let given = line.option("--root").or(line.var("FACTORY_ROOT"));
    let given = given.map_or_else(|| format!("{}/drover", config()), String::from);
    let whole = given.replace("${HOME}", home).replace("$HOME", home);
    let whole = whole.strip_prefix("~/").map_or(whole.clone(), |rest| format!("{home}/{rest}"));
    // Both as they are without links; one that is not there is no root.
    PathBuf::from(whole).canonicalize().is_ok_and(|line| root.canonicalize().is_ok_and(|root| root == line))
}

fn told(line: Option<&Line>, tab: &str, root: &Path) -> Told {
    let told = |ok, found: String, remedy: &str| Told { ok, found, remedy: remedy.into() };
    if let Some(line) = line {
        let path = line.var("PATH").unwrap_or("/usr/bin:/bin, which is cron's own");
        let found = format!("your crontab has a line for {}; its PATH is {path}", root.display());
        return match line.only().as_slice() {
            [] => told(Some(true), found, ""),
            only => told(None, format!("{found}; it ticks only {}", only.join(", ")), ""),
        };
    }
    let timers = ["/etc/systemd/user", "/usr/lib/systemd/user"].map(PathBuf::from);
    let own = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config/systemd/user"));
    let timer = timers.into_iter().chain(own).map(|f| f.join("drover.timer")).find(|file| file.exists());
    if let Some(timer) = timer {
        let found = format!(
            "no line of your crontab is for {}, but there is a timer: {}",
            root.display(),
            timer.display()
        );
        let remedy = "`systemctl --user list-timers` tells whether it runs; here cron's own PATH is taken";
        return told(None, found, remedy);
    }
    if !crontab::ticks(tab).is_empty() {
        let found = format!("your crontab ticks, but none of its lines names {}", root.display());
        let remedy = format!(
            "add --root {} to one: cron knows nothing of this shell's folder and variables",
            root.display()
        );
        return told(Some(false), found, &remedy);
    }
    // A script of somebody's own may do anything.
    if tab.lines().any(|l| l.contains("drover") && !l.trim_start().starts_with('#')) {
        let found =
            "your crontab speaks of drover, in a way that is not understood here; cron's own PATH is taken";
        return told(None, found.into(), "does that line call `poll` with --root?");
    }
    let found = "no line of your crontab starts drover's ticks, and there is no drover.timer";
    told(
        Some(false),
        found.into(),
        "`drover init --schedule crontab` adds one, or `--schedule systemd` a timer",
    )
}
