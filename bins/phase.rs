//! `phase`: inside a session, say where you stand, or print it.

use clap::Parser;
use drover::cli::{Exit, Failure, exit, out};
use drover::domain::request::{Request, WORDS, parse};
use drover::store::disk::Disk;
use drover::world::Files;
use std::path::PathBuf;
use std::process::ExitCode;

/// Inside a session: say where you stand, or print it
#[derive(Parser)]
#[command(name = "phase", version, after_help = "The same as: echo \"PHASE:word\" > \"$PHASE_FILE\"")]
struct Args {
    /// awaiting_ci, awaiting_review, escalate, failed or done; none: print what stands there
    word: Option<String>,
    /// Why, for escalate and failed
    reason: Vec<String>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    exit::run("phase", || {
        let path = std::env::var_os("PHASE_FILE").map(PathBuf::from).ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                "PHASE_FILE is not set",
                "phase works inside a session; outside, `status show N` tells where a run stands",
            )
        })?;
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
