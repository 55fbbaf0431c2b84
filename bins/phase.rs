//! `phase`: inside a session, say where you stand, ask a person something, or print where you stand.

use clap::Parser;
use drover::cli::commands::phase::Args;
use drover::cli::{Exit, Failure, exit, out};
use drover::domain::question;
use drover::domain::request::{Request, WORDS, parse};
use drover::store::disk::Disk;
use drover::world::Files;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    exit::run("phase", || {
        if args.word.as_deref() == Some("ask") {
            return ask(&args.reason.join(" "));
        }
        let path = file("PHASE_FILE")?;
        let Some(word) = args.word else {
            let text = Disk.read(&path)?.unwrap_or_default();
            out::line(String::from_utf8_lossy(&text).trim_end())?;
            return Ok(Exit::Done);
        };
        let text = format!(
            "PHASE:{word}\n{}",
            if args.reason.is_empty() {
                String::new()
            } else {
                format!("Reason: {}\n", args.reason.join(" "))
            }
        );
        if matches!(parse(&text), Request::Garbage(_)) {
            let known: Vec<&str> = WORDS.iter().map(|(w, _)| *w).collect();
            return Err(Failure::new(
                Exit::Usage,
                format!("'{word}' is no word of the protocol"),
                format!("one of: {}", known.join(", ")),
            )
            .into());
        }
        Disk.write(&path, text.as_bytes())?;
        Ok(Exit::Done)
    })
}

/// A file that sessions know by a variable.
fn file(variable: &str) -> anyhow::Result<PathBuf> {
    let missing = || {
        Failure::new(
            Exit::Usage,
            format!("{variable} is not set"),
            "phase works inside a session; outside, `status show N` tells where a run stands",
        )
    };
    Ok(std::env::var_os(variable).map(PathBuf::from).ok_or_else(missing)?)
}

/// Asks a person something that need not stop the session.
fn ask(words: &str) -> anyhow::Result<Exit> {
    let path = file("QUESTIONS_FILE")?;
    let known = Disk.read(&path)?.unwrap_or_default();
    let (asked, line) = question::line(&String::from_utf8_lossy(&known), words);
    let line = line.ok_or_else(|| {
        Failure::new(Exit::Usage, "there is no question", "write it behind: phase ask \"Blue or red?\"")
    })?;
    if asked >= question::MOST {
        return Err(Failure::new(
            Exit::Usage,
            format!("{asked} questions were asked already, which is the most"),
            "go on with what you have, or give up the round: phase escalate \"…\"",
        )
        .into());
    }
    Disk.append(&path, &line)?;
    Ok(Exit::Done)
}
