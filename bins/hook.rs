//! `hook`: called by an agent at each event that drover asked it to tell of. It writes the event down, answers in a few
//! milliseconds, takes no lock, and whatever goes wrong is no matter of the agent: it always ends with 0, and what it prints
//! is nothing, or an answer in JSON by the rules that Claude Code and Codex share.

use drover::cli::out;
use drover::domain::agent::hooks::{Answer, Event, Line, answer, of_spawn};
use drover::domain::phase::texts::NUDGE;
use drover::domain::prompt;
use drover::store::disk::Disk;
use drover::world::{Files, Untrusted};
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;
use std::time::UNIX_EPOCH;

/// More than this of what an agent gives is not read: the result of a tool can be of any length.
const INPUT: u64 = 4 << 20;

/// How much of what was told before is looked at.
const BEFORE: usize = 128 << 10;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match &args[..] {
        [session, spawn, event] if spawn.parse::<u32>().is_ok() => {
            let line = take(Path::new(session), spawn.parse().unwrap_or(0), Event::named(event));
            // A full disk, a folder that is gone: the agent is not to suffer for it.
            drop(line);
        }
        [word] if word == "--version" || word == "-V" => println!("hook {}", env!("CARGO_PKG_VERSION")),
        _ => println!(
            "hook SESSION_FOLDER START EVENT: writes down what an agent's own hook tells, as JSON on stdin.\n\
             Called by the agents that drover starts; there is no need to call it yourself."
        ),
    }
    ExitCode::SUCCESS
}

/// Notes the event and answers it.
fn take(session: &Path, spawn: u32, event: Event) -> anyhow::Result<()> {
    let mut bytes = Vec::new();
    std::io::stdin().take(INPUT).read_to_end(&mut bytes)?;
    let input = serde_json::from_slice(&bytes).unwrap_or_default();
    let mut line = Line::of_input(now(), spawn, event, &input);
    let file = session.join("hooks.jsonl");
    let before = match Disk.untrusted(&file, BEFORE)? {
        Untrusted::Text { text, .. } if line.is_answered() => of_spawn(&text, spawn),
        _ => vec![],
    };
    let again = input["stop_hook_active"] == true;
    let said = answer(&before, &line, written(&session.join("phase")), again);
    line.goes_on |= said == Some(Answer::GoOn);
    Disk.append(&file, &serde_json::to_string(&line)?)?;
    if let Some(said) = said {
        let var = |name: &str| std::env::var(name).unwrap_or_default();
        let text = said.json(NUDGE, &prompt::rules(&var("ISSUE"), &var("BRANCH")));
        out::line(&text.to_string())?;
    }
    Ok(())
}

/// The time, as files are stamped with it.
fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(0)
}

/// When the phase file was last written, in milliseconds since 1970.
fn written(file: &Path) -> Option<i64> {
    match Disk.untrusted(file, 1).ok()? {
        Untrusted::Text { stamp, .. } if stamp.size > 0 => Some(stamp.mtime_ns / 1_000_000),
        _ => None,
    }
}
