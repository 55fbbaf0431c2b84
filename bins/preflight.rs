//! `preflight`: is an environment, an issue, a run or a pull fit to go on?

use clap::Parser;
use drover::cli::commands::preflight::{Args, What};
use drover::cli::doctor::{self};
use drover::cli::{Exit, exit, out, setup};
use drover::domain::ids::{IssueNo, PullNo};
use drover::domain::landing::Landing;
use drover::gates::{Finding, describe};
use drover::ops::preflight;
use drover::world::World;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    exit::run("preflight", || {
        let world = || setup::world(&args.common);
        match args.what {
            What::Env(env) => doctor::one(&env, &args.common, args.json),
            What::Issue { issue } => of_issue(&world()?, issue, args.json),
            What::Run { issue } => {
                let (head, found) = preflight::run(&world()?, issue)?;
                findings(head.as_str(), &found, args.json)
            }
            What::Pull { pull } => of_pull(&world()?, pull, args.json),
        }
    })
}

fn of_issue(world: &World, issue: IssueNo, json: bool) -> anyhow::Result<Exit> {
    let rows = preflight::issue(world, issue)?;
    if json {
        out::json(&serde_json::json!({"version": 1, "verdicts": rows}))?;
    } else {
        rows.iter().try_for_each(|r| out::line(&format!("{}: {} ({})", r.subject, r.words, r.code)))?;
    }
    Ok(if rows.iter().any(|r| r.code == "do") { Exit::Done } else { Exit::Refused })
}

fn of_pull(world: &World, pull: PullNo, json: bool) -> anyhow::Result<Exit> {
    let (head, found, landing) = preflight::pull(world, pull)?;
    let exit = findings(head.as_str(), &found, json)?;
    if let (Landing::Hold(hold), false) = (&landing, json) {
        out::line(&format!("it does not land now: {} ({})", hold.words(&world.policy), hold.code()))?;
    }
    Ok(exit)
}

fn findings(head: &str, found: &[Finding], json: bool) -> anyhow::Result<Exit> {
    if json {
        let rows: Vec<_> = found
            .iter()
            .map(
                |f| serde_json::json!({"gate": f.gate, "place": f.place, "what": f.what, "remedy": f.remedy}),
            )
            .collect();
        out::json(&serde_json::json!({"version": 1, "head": head, "findings": rows}))?;
    } else if found.is_empty() {
        out::line(&format!("{head}: the gates hold nothing against it"))?;
    } else {
        out::line(&describe(found))?;
    }
    Ok(if found.is_empty() { Exit::Done } else { Exit::Refused })
}
