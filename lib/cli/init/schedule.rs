//! How ticks come: a line of the user's crontab, or a timer of systemd.

use crate::cli::exit::{Exit, Failure};
use crate::cli::setup::libexec;
use crate::config::Root;
use crate::effect;
use crate::process::run::Call;
use crate::store::disk::Disk;
use crate::world::Files;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// A word as cron's shell wants it: a % would be a line break.
fn word(path: &Path) -> String {
    crate::cli::out::quoted(&path.display().to_string()).replace('%', "\\%")
}

/// How our own programs are told where everything is.
fn roots(root: &Root, word: impl Fn(&Path) -> String) -> String {
    let state = match root.state == root.config.join("state") {
        true => String::new(),
        false => format!(" --state {}", word(&root.state)),
    };
    format!("--root {}{state}", word(&root.config))
}

/// More of a command cron does not take (MAX_COMMAND of Debian's).
const LONGEST: usize = 998;

/// The lines of the crontab: a tick each minute, and a look every five whether there are ticks.
///
/// # Errors
/// Where our own program cannot be found.
pub fn lines(root: &Root) -> Result<[String; 2]> {
    let (path, roots) = (word(&path()), roots(root, word));
    let (poll, drover) = (word(&libexec()?.join("poll")), word(&std::env::current_exe()?));
    let lines = [
        format!("* * * * * PATH={path} {poll} {roots}"),
        format!("*/5 * * * * PATH={path} {drover} watch-heartbeat {roots}"),
    ];
    if lines.iter().any(|line| line.len() > LONGEST) {
        eprintln!(
            "(cron takes no command of more than {LONGEST} characters: shorten the PATH of these lines)"
        );
    }
    Ok(lines)
}

/// Where cron is to find git, tmux and the agent: where we find them.
fn path() -> PathBuf {
    let ours = std::env::var_os("PATH").unwrap_or_default();
    let folders = places(std::env::split_paths(&ours));
    let joined = std::env::join_paths(folders).unwrap_or_default();
    if joined.is_empty() { "/usr/local/bin:/usr/bin:/bin".into() } else { joined.into() }
}

/// Folders that mean the same to cron, which starts us elsewhere, each once: it takes no long line.
fn places(folders: impl Iterator<Item = PathBuf>) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = Vec::new();
    for folder in folders.filter(|f| f.is_absolute()) {
        if !all.contains(&folder) {
            all.push(folder);
        }
    }
    all
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
    let has = |program: &str| {
        let is_it =
            |l: &&str| !l.trim_start().starts_with('#') && l.contains(program) && l.contains(&root_named);
        before.lines().any(|l| is_it(&l))
    };
    let [tick, watch] = lines(root)?;
    let wanted =
        [("poll ", "a tick each minute", tick), ("watch-heartbeat ", "who tells if there are none", watch)];
    let missing = wanted.into_iter().filter(|(program, ..)| !has(program));
    let added: String = missing.map(|(_, what, line)| format!("# drover: {what}\n{line}\n")).collect();
    if added.is_empty() {
        return Ok(());
    }
    let end = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    let after = format!("{before}{end}{added}");
    effect::at("schedule: before the crontab is changed");
    let put = Call::new("crontab").arg("-").input(after).run().context("writing your crontab")?;
    effect::at("schedule: crontab changed");
    if put.ok() { Ok(()) } else { anyhow::bail!("crontab: {}", put.output.text().trim()) }
}

/// The units of systemd as they are shipped, with the binary that each service calls.
const UNITS: [(&str, &str); 4] = [
    ("drover.service", include_str!("../../../cron/drover.service")),
    ("drover.timer", include_str!("../../../cron/drover.timer")),
    ("drover-watch.service", include_str!("../../../cron/drover-watch.service")),
    ("drover-watch.timer", include_str!("../../../cron/drover-watch.timer")),
];

/// Writes the units for the user's systemd; starting them is the user's own word.
///
/// # Errors
/// Where there is no home folder, or it cannot be written, or holds other units of these names.
pub fn systemd(root: &Root) -> Result<()> {
    let home = std::env::var_os("HOME").map(PathBuf::from).context("there is no HOME")?;
    // The XDG standard says that relative paths are to be ignored.
    let config = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = config.unwrap_or_else(|| home.join(".config")).join("systemd/user");
    let poll = escaped(&libexec()?.join("poll"));
    let watch = format!("{} watch-heartbeat", escaped(&std::env::current_exe()?));
    for (name, shipped) in UNITS {
        let program = if name.starts_with("drover-watch") { &watch } else { &poll };
        put(&folder.join(name), &unit(shipped, &format!("{program} {}", roots(root, escaped))))?;
    }
    eprintln!(
        "Start it with:\n  systemctl --user daemon-reload && systemctl --user enable --now drover.timer drover-watch.timer\n  loginctl enable-linger \"$USER\""
    );
    Ok(())
}

/// A word of a unit, where a % is a variable and a space ends the word.
fn escaped(path: &Path) -> String {
    let text = path.display().to_string().replace('%', "%%");
    if text.contains(char::is_whitespace) { format!("\"{text}\"") } else { text }
}

/// A unit as it is shipped, with what it starts and the PATH of here.
fn unit(shipped: &str, starts: &str) -> String {
    let line = |l: &str| match l {
        l if l.starts_with("ExecStart=") => format!("ExecStart={starts}\n"),
        l if l.starts_with("Environment=PATH=") => {
            format!("Environment=\"PATH={}\"\n", path().display().to_string().replace('%', "%%"))
        }
        l => format!("{l}\n"),
    };
    shipped.lines().map(line).collect()
}

/// Writes a file, unless it is there as it should be; another one is somebody's own.
fn put(file: &Path, text: &str) -> Result<()> {
    match Disk.read(file)? {
        None => Disk.write(file, text.as_bytes()),
        Some(there) if there == text.as_bytes() => Ok(()),
        Some(_) => {
            let what = format!("{} is there already, and another one", file.display());
            Err(Failure::new(Exit::Failed, what, "look at it, and remove it first if it is not needed")
                .into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cron_is_told_each_folder_once_and_none_that_depends_on_where_it_starts() {
        let ours = ["/b", "bin", "/a", "/b", "", "/a"].map(PathBuf::from);
        assert_eq!(places(ours.into_iter()), ["/b", "/a"].map(PathBuf::from));
    }
}
