//! How ticks come: a line of the user's crontab, or a timer of systemd.

use crate::cli::exit::{Exit, Failure};
use crate::cli::setup::libexec;
use crate::config::Root;
use crate::effect;
use crate::process::run::Call;
use crate::store::disk::Disk;
use crate::world::Files;
use anyhow::{Context, Result};
use std::path::PathBuf;

/// A word as cron's shell wants it: a % would be a line break.
fn word(path: &std::path::Path) -> String {
    crate::cli::out::quoted(&path.display().to_string()).replace('%', "\\%")
}

/// The line of the crontab: a tick each minute.
///
/// # Errors
/// Where our own program cannot be found.
pub fn line(root: &Root) -> Result<String> {
    let poll = libexec()?.join("poll");
    let state = match root.state == root.config.join("state") {
        true => String::new(),
        false => format!(" --state {}", word(&root.state)),
    };
    Ok(format!("* * * * * PATH={} {} --root {}{state}", word(&path()), word(&poll), word(&root.config)))
}

/// Where cron is to find git, tmux and the agent: where we find them.
fn path() -> PathBuf {
    PathBuf::from(std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into()))
}

/// Puts the line into the user's crontab, unless there is one for this root.
///
/// # Errors
/// Where there is no crontab(1), or it cannot be read whole.
pub fn crontab(root: &Root) -> Result<()> {
    let listed = Call::new("crontab").arg("-l").separate().run().context("reading your crontab")?;
    // Without one it says so, and fails.
    let before = if listed.ok() { listed.output.text() } else { String::new() };
    if listed.output.dropped > 0 {
        let hint = "put it there yourself: `crontab -e`";
        return Err(Failure::new(Exit::Failed, "your crontab is too long to be changed by us", hint).into());
    }
    let root_named = format!("--root {}", word(&root.config));
    if before
        .lines()
        .any(|l| !l.trim_start().starts_with('#') && l.contains("poll") && l.contains(&root_named))
    {
        return Ok(());
    }
    let end = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    let after = format!("{before}{end}# drover: a tick each minute\n{}\n", line(root)?);
    effect::at("schedule: before the crontab is changed");
    let put = Call::new("crontab").arg("-").input(after).run().context("writing your crontab")?;
    effect::at("schedule: crontab changed");
    if put.ok() { Ok(()) } else { anyhow::bail!("crontab: {}", put.output.text().trim()) }
}

/// The units of systemd as they are shipped, with this root and our own program.
const SERVICE: &str = include_str!("../../../cron/drover.service");
const TIMER: &str = include_str!("../../../cron/drover.timer");

/// Writes the units for the user's systemd; starting them is the user's own word.
///
/// # Errors
/// Where there is no home folder, or it cannot be written.
pub fn systemd(root: &Root) -> Result<()> {
    let home = std::env::var_os("HOME").map(PathBuf::from).context("there is no HOME")?;
    let config =
        std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).unwrap_or_else(|| home.join(".config"));
    let folder = config.join("systemd/user");
    let escaped = |text: String| text.replace('%', "%%");
    let poll = escaped(libexec()?.join("poll").display().to_string());
    let state = match root.state == root.config.join("state") {
        true => String::new(),
        false => format!(" --state {}", escaped(root.state.display().to_string())),
    };
    let start = format!("ExecStart={poll} --root {}{state}", escaped(root.config.display().to_string()));
    let path = format!("Environment=PATH={}", escaped(path().display().to_string()));
    let service: Vec<String> = SERVICE
        .lines()
        .map(|l| match l {
            l if l.starts_with("ExecStart=") => start.clone(),
            l if l.starts_with("Environment=PATH=") => path.clone(),
            l => l.to_string(),
        })
        .collect();
    for (name, text) in [("drover.service", service.join("\n") + "\n"), ("drover.timer", TIMER.to_string())] {
        let file = folder.join(name);
        if Disk.read(&file)?.is_some_and(|there| there != text.as_bytes()) {
            let hint = "look at it, and remove it first if it is not needed";
            return Err(
                Failure::new(Exit::Failed, format!("{} is there already", file.display()), hint).into()
            );
        }
        Disk.write(&file, text.as_bytes())?;
    }
    eprintln!(
        "Start it with:\n  systemctl --user daemon-reload && systemctl --user enable --now drover.timer\n  loginctl enable-linger \"$USER\""
    );
    Ok(())
}
