//! `drover run`: one issue, worked on while its user watches, without waiting for cron.

use super::args::Common;
use super::ask::Asking;
use super::exit::{self, Exit, Failure};
use super::{out, setup};
use crate::domain::ids::IssueNo;
use crate::domain::phase::Phase;
use crate::domain::text::plain_line;
use crate::ops::start::{Asker, StartOutcome, start};
use crate::ops::views::{self, PsRow};
use crate::ops::{control, tick};
use crate::store::disk::Disk;
use crate::store::journal::Event;
use crate::store::{Paths, Store};
use crate::world::{NewIssue, World};
use anyhow::Result;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Between two ticks.
const TICK: Duration = Duration::from_secs(1);

/// Between two looks at what has happened.
const LOOK: Duration = Duration::from_millis(100);

/// Arguments of `drover run`.
#[derive(clap::Args)]
pub struct RunArgs {
    /// An issue that is there already; without one a new one is filed
    issue: Option<IssueNo>,
    /// What is to be done, in one line
    #[arg(long, conflicts_with = "issue")]
    title: Option<String>,
    /// More about it
    #[arg(long, conflicts_with = "issue")]
    description: Option<String>,
    /// Return at once; prints the issue's number, which all other commands take
    #[arg(long, short)]
    detach: bool,
    /// How far to wait
    #[arg(long, value_enum, default_value_t = Until::Landed)]
    until: Until,
}

/// How far somebody waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Until {
    /// Until it has landed
    Landed,
    /// Until its pull is green and waits for a review
    Review,
}

/// Files the issue if there is none yet, starts it and waits for what becomes of it.
///
/// # Errors
/// Where the project, the forge or the machine does not do.
pub fn run(args: &RunArgs, common: &Common) -> Result<Exit> {
    let world = setup::world(common)?;
    let issue = match args.issue {
        Some(issue) => issue,
        None => filed(&world, args)?,
    };
    if let Some(exit) = begun(&world, issue)? {
        return Ok(exit);
    }
    if args.detach {
        out::line(&issue.to_string())?;
        return Ok(Exit::Done);
    }
    eprintln!("Ctrl-C leaves it: cron goes on with it, or `drover run {issue}` does.");
    followed(&world, issue, args.until)
}

/// Files an issue in the words that were given, or asked for.
fn filed(world: &World, args: &RunArgs) -> Result<IssueNo> {
    let asking = Asking::of_terminal();
    let title = match &args.title {
        Some(title) => title.trim().to_string(),
        None => asking.line("What is to be done?", "--title", None)?,
    };
    if title.is_empty() {
        let hint = "say in a line what is to be done: drover run --title \"…\"";
        return Err(Failure::new(Exit::Usage, "the issue has no title", hint).into());
    }
    let body = match &args.description {
        Some(text) => text.clone(),
        None if args.title.is_none() => asking.line("More about it?", "--description", Some(""))?,
        None => String::new(),
    };
    let new = NewIssue { title, body, labels: vec![world.policy.labels.queue.clone()] };
    let issue = match (world.is_local(), setup::owner(&world.project.repo_root)) {
        (true, Some(owner)) => crate::world::Forge::new_issue(&setup::forge_as(world, &owner), &new)?,
        _ => world.forge.new_issue(&new)?,
    };
    eprintln!("{}: issue #{issue} is filed", world.project.name);
    Ok(issue)
}

/// Starts work on it, unless it is at work; gives how to end where it cannot be.
fn begun(world: &World, issue: IssueNo) -> Result<Option<Exit>> {
    if let Some(run) = world.store.run(issue)?.filter(|run| !run.phase.is_terminal()) {
        eprintln!("{}: attempt {} on #{issue} is {}", world.project.name, run.attempt, run.phase);
        return Ok(None);
    }
    match start(world, issue, Asker::Person, control::PATIENCE)? {
        StartOutcome::Started(attempt) => {
            eprintln!("{}: attempt {attempt} on #{issue} begins", world.project.name);
        }
        // Cron was there first.
        StartOutcome::Declined(reason) if reason.code == "run_active" => {}
        StartOutcome::Declined(reason) => {
            eprintln!("{}: #{issue} is not started: {} ({})", world.project.name, reason.words, reason.code);
            return Ok(Some(Exit::Nothing));
        }
    }
    if world.store.files.read(&world.store.paths.guard())?.is_none() {
        eprintln!("New work is switched off (`drover on`): cron starts nothing, but this is worked on.");
    }
    Ok(None)
}

/// Ticks, as cron would, and tells what happens until there is nothing to wait for.
fn followed(world: &World, issue: IssueNo, until: Until) -> Result<Exit> {
    let told = world.store.events()?.len();
    let over = AtomicBool::new(false);
    let (folder, name) = (world.project.root.state.clone(), world.project.name.clone());
    std::thread::scope(|scope| {
        let teller = scope.spawn(|| tell_events(&Paths::new(&folder, &name), issue, told, &over));
        let ended = ticked(world, issue, until);
        over.store(true, Ordering::Relaxed);
        // What it could not read it has not told: that changes nothing of how the run ended.
        drop(teller.join());
        let (exit, words) = ended?;
        eprintln!("{}: #{issue} {words}", world.project.name);
        Ok(exit)
    })
}

fn ticked(world: &World, issue: IssueNo, until: Until) -> Result<(Exit, String)> {
    let mut has_asked = false;
    loop {
        // What goes wrong in one tick may be well in the next, as under cron.
        if let Err(error) = tick::tick(world) {
            exit::report("run", &error);
        }
        let (rows, _) = views::ps(world, true)?;
        let row = rows.iter().find(|row| row.issue == issue);
        let phase = world.store.run(issue)?.map(|run| run.phase);
        if let Some(end) = row.zip(phase).and_then(|(row, phase)| ending(row, phase, until)) {
            return Ok(end);
        }
        if phase == Some(Phase::AwaitingReview) && !has_asked {
            has_asked = true;
            let pull = row.and_then(|row| row.pull).map(|pull| format!(" #{pull}")).unwrap_or_default();
            let who = world.policy.reviewers.join(" or ");
            let how = if world.is_local() {
                format!(": `drover forge pull approve{}`", pull.replace('#', ""))
            } else {
                String::new()
            };
            eprintln!("{}: pull{pull} waits for the review of {who}{how}", world.project.name);
        }
        std::thread::sleep(TICK);
    }
}

/// How somebody who waits for a run is let go, in which words; none while it goes on.
fn ending(row: &PsRow, phase: Phase, until: Until) -> Option<(Exit, String)> {
    let n = row.issue;
    let reason = row.reason.as_deref().map(|r| format!(": {}", plain_line(r, 300))).unwrap_or_default();
    let pull = row.pull.map(|pull| format!("pull #{pull}")).unwrap_or_else(|| "its pull".into());
    let person = |words: &str| Some((Exit::Person, format!("{words}{reason}")));
    let answer = format!("Answer with `drover say {n} \"…\"`, then `drover run {n}`.");
    match phase {
        Phase::Done => Some((Exit::Done, format!("has landed with {pull}"))),
        Phase::AwaitingReview if until == Until::Review => {
            Some((Exit::Done, format!("is ready: {pull} is green and waits for a review")))
        }
        Phase::Escalated => person("needs you").map(|(exit, words)| (exit, format!("{words}\n{answer}"))),
        Phase::Blocked => person(&format!("is blocked (`drover retry {n}` tries again)")),
        Phase::Stopped => person(&format!("is stopped (`drover resume {n}` goes on)")),
        Phase::Refused => Some((Exit::Refused, format!("is refused{reason}"))),
        Phase::Abandoned => Some((Exit::Nothing, format!("was given up{reason}"))),
        Phase::Limited => Some((Exit::Waiting, format!("waits for its agent's limit to end{reason}"))),
        _ => None,
    }
}

/// Tells each event of an issue as it comes, until it is over.
fn tell_events(paths: &Paths, issue: IssueNo, told: usize, over: &AtomicBool) -> Result<()> {
    let store = Store { files: Rc::new(Disk), paths: paths.clone() };
    let mut told = told;
    loop {
        let last = over.load(Ordering::Relaxed);
        let all = store.events()?;
        for event in all.iter().skip(told).filter(|e| e.issue == Some(issue)) {
            eprintln!("{}", line(event));
        }
        told = told.max(all.len());
        if last {
            return Ok(());
        }
        std::thread::sleep(LOOK);
    }
}

fn line(event: &Event) -> String {
    let at = event.at.to_string();
    // The time of day is enough while somebody looks on.
    let time = at.get(11..19).unwrap_or(&at);
    format!("{time}  {:<16} {}", event.kind, plain_line(&event.detail, 200))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::PullNo;
    use crate::domain::phase::SPECS;
    use crate::domain::time::Timestamp;

    fn row(reason: Option<&str>) -> PsRow {
        PsRow {
            project: "p".into(),
            issue: IssueNo(7),
            title: "t".into(),
            phase: String::new(),
            since: Timestamp(0),
            owner: String::new(),
            clears_when: String::new(),
            seconds_left: None,
            attempt: 1,
            pull: Some(PullNo(9)),
            life: String::new(),
            reason: reason.map(String::from),
            began: None,
            used: crate::store::journal::Used::default(),
            warnings: vec![],
        }
    }

    #[test]
    fn whoever_waits_is_let_go_where_nothing_goes_on_by_itself() {
        let exit = |phase, until| ending(&row(None), phase, until).map(|(exit, _)| exit.code());
        for phase in SPECS.iter().map(|spec| spec.phase) {
            let code = match phase {
                Phase::Done => Some(0),
                Phase::Abandoned => Some(3),
                Phase::Refused => Some(4),
                Phase::Escalated | Phase::Blocked | Phase::Stopped => Some(5),
                Phase::Limited => Some(6),
                _ => None,
            };
            assert_eq!(exit(phase, Until::Landed), code, "{phase}");
            let ready = if phase == Phase::AwaitingReview { Some(0) } else { code };
            assert_eq!(exit(phase, Until::Review), ready, "{phase}");
        }
    }

    #[test]
    fn what_it_waits_for_is_said_with_what_to_do() {
        let (_, words) = ending(&row(Some("which port?")), Phase::Escalated, Until::Landed).unwrap();
        assert_eq!(words, "needs you: which port?\nAnswer with `drover say 7 \"…\"`, then `drover run 7`.");
    }
}
