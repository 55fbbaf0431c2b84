//! The `git` program: always with a time limit, never with a prompt, never with a hook.

use crate::process::run::{Call, End};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::time::Duration;

/// Bytes kept of the head and of the tail of what git prints: more than any listing that we ask for.
const KEEP: usize = 16 << 20;

/// What a call of git printed, and how it ended.
#[derive(Clone, Debug)]
pub struct Said {
    /// Exit code 0.
    pub ok: bool,
    /// Its standard output.
    pub text: String,
    /// Its standard error.
    pub errors: String,
}

impl Said {
    /// What it complained of, for an error's text.
    pub fn complaint(&self) -> &str {
        if self.errors.trim().is_empty() { self.text.trim() } else { self.errors.trim() }
    }
}

/// Asks git something in `folder` for at most `seconds`; an error only if it could not be run or did not end in time.
pub fn ask(folder: &Path, args: &[&str], seconds: u64) -> Result<Said> {
    ask_with(folder, args, &[], seconds)
}

/// The same with configuration that must not stand on a command line, since everybody can read those.
pub fn ask_with(folder: &Path, args: &[&str], config: &[(&str, &str)], seconds: u64) -> Result<Said> {
    finish(prepare(folder, args).envs(config_env(config)), args, seconds)
}

/// Makes git change something. Whoever calls puts a marker ([`crate::effect`]) on either side. `config` as above.
pub fn try_change(folder: &Path, args: &[&str], config: &[(&str, &str)], seconds: u64) -> Result<Said> {
    finish(prepare(folder, args).envs(config_env(config)).changes(), args, seconds)
}

fn prepare(folder: &Path, args: &[&str]) -> Call {
    Call::new("git")
        .args(["-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", "-c", "maintenance.auto=false"])
        .args(args.iter().copied())
        .folder(folder)
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("LC_ALL", "C")
        .separate()
        .keep(KEEP)
}

fn finish(call: Call, args: &[&str], seconds: u64) -> Result<Said> {
    let what = || format!("git {}", args.first().copied().unwrap_or_default());
    let done = call.limit(Duration::from_secs(seconds)).run().with_context(what)?;
    match done.end {
        End::Exit(code) => Ok(Said { ok: code == 0, text: done.output.text(), errors: done.errors.text() }),
        End::TimedOut => bail!("{} did not end within {seconds} s", what()),
        other => bail!("{} {other}: {}", what(), done.errors.text().trim()),
    }
}

fn config_env(config: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut env = vec![("GIT_CONFIG_COUNT".to_string(), config.len().to_string())];
    for (n, (key, value)) in config.iter().enumerate() {
        env.push((format!("GIT_CONFIG_KEY_{n}"), key.to_string()));
        env.push((format!("GIT_CONFIG_VALUE_{n}"), value.to_string()));
    }
    env
}

/// Asks git something, where anything but exit code 0 is an error.
pub fn run(folder: &Path, args: &[&str], seconds: u64) -> Result<String> {
    good(ask(folder, args, seconds)?, folder, args)
}

/// Makes git change something, where anything but exit code 0 is an error.
pub fn change(folder: &Path, args: &[&str], seconds: u64) -> Result<String> {
    good(try_change(folder, args, &[], seconds)?, folder, args)
}

fn good(said: Said, folder: &Path, args: &[&str]) -> Result<String> {
    if !said.ok {
        bail!(
            "git {} in {} failed: {}",
            args.first().copied().unwrap_or_default(),
            folder.display(),
            said.complaint()
        );
    }
    Ok(said.text)
}
