//! `agent`: the sessions of issues.

use clap::Parser;
use drover::cli::commands::agent::{Args, Verb};
use drover::cli::{Exit, Failure, exit, out, setup};
use drover::domain::ids::IssueNo;
use drover::ops::control::{self, Answer};
use drover::ops::start::{Asker, StartOutcome, start};
use drover::session::host::Host;
use drover::world::World;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let args = Args::parse();
    exit::run("agent", || {
        // Who sits in a session, or looks at one, has nothing to ask of the forge.
        let world = match args.verb {
            Verb::Attach { .. } | Verb::Host { .. } => setup::on_disk(&args.common)?,
            _ => setup::world(&args.common)?,
        };
        match args.verb {
            Verb::Start { issue, planned } => begin(&world, issue, planned),
            Verb::Resume { issue } => answer(issue, control::resume(&world, issue)?),
            Verb::Retry { issue } => answer(issue, control::retry(&world, issue)?),
            Verb::Say { issue, text, who } => {
                let who = who
                    .or_else(|| setup::owner(&world.project.repo_root))
                    .unwrap_or_else(|| "somebody".into());
                answer(issue, control::say(&world, issue, &who, &text.join(" "))?)
            }
            Verb::Stop { issue } => answer(issue, control::stop(&world, issue)?),
            Verb::Attach { issue } => attach(&world, issue),
            Verb::Host { issue } => {
                Host::new(world.store.clone(), issue, world.clock.clone(), world.claims)?.run()?;
                Ok(Exit::Done)
            }
        }
    })
}

fn begin(world: &World, issue: IssueNo, planned: bool) -> anyhow::Result<Exit> {
    let (asker, wait) = if planned { (Asker::Tick, 5) } else { (Asker::Person, control::PATIENCE) };
    match start(world, issue, asker, wait)? {
        StartOutcome::Started(attempt) => {
            out::say(&format!(
                "#{issue}: attempt {attempt} started; watch it with `drover agent attach {issue}`"
            ));
            Ok(Exit::Done)
        }
        StartOutcome::Declined(reason) => {
            eprintln!("drover agent: #{issue} is not started: {} ({})", reason.words, reason.code);
            Ok(Exit::Nothing)
        }
    }
}

fn answer(issue: IssueNo, answer: Answer) -> anyhow::Result<Exit> {
    match answer {
        Answer::Done(phase) => {
            out::say(&format!("#{issue} is {phase}"));
            Ok(Exit::Done)
        }
        Answer::Later(why) => {
            eprintln!("drover agent: taken down for #{issue}; the next tick passes it on, since now: {why}");
            Ok(Exit::Done)
        }
        Answer::Pointless(reason) => {
            eprintln!("drover agent: {} ({})", reason.words, reason.code);
            Ok(Exit::Nothing)
        }
    }
}

fn attach(world: &World, issue: IssueNo) -> anyhow::Result<Exit> {
    let session = world.store.run(issue)?.and_then(|r| r.session).ok_or_else(|| {
        Failure::new(
            Exit::Nothing,
            format!("#{issue} has no session"),
            format!("`status show {issue}` tells where the run stands"),
        )
    })?;
    let socket = drover::session::tmux::Tmux::for_state(&world.project.root.state).socket;
    let error = Command::new("tmux")
        .arg("-S")
        .arg(socket)
        .args(["attach-session", "-t", &format!("={}", session.name)])
        .exec();
    Err(anyhow::Error::from(error).context("starting tmux"))
}
