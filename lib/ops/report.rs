//! What a report shows of one project: all that `status` shows, of the runs of a while, as plain values.

use super::verify;
use super::views::{self, BadRun, PsRow, Step, WhyRow};
use crate::config::ForgeKind;
use crate::domain::excerpt::head_and_tail;
use crate::domain::ids::IssueNo;
use crate::domain::message::MessageState;
use crate::domain::redact::Redactor;
use crate::domain::run::Run;
use crate::domain::tally::{self, Attempt};
use crate::domain::time::{DAY, Timestamp};
use crate::domain::timeline::{Stretch, stretches};
use crate::http::without_password;
use crate::store::journal::{Event, counting};
use crate::world::{Untrusted, World};
use anyhow::Result;
use std::collections::BTreeMap;

/// Bytes shown of one text: a page has to stay one that a phone can open.
const TEXT: usize = 4096;

/// Messages of one run that are shown, the newest.
const MESSAGES: usize = 20;

/// One project.
pub struct Project {
    /// Its name.
    pub name: String,
    /// Where its repository is on the web, if it is.
    pub link: Option<String>,
    /// When the last tick was, and how it went.
    pub tick: Option<(Timestamp, String)>,
    /// Whether new work may start at all.
    pub on: bool,
    /// Why no new work is started here, if it is paused.
    pub paused: Option<String>,
    /// Runs that have not ended.
    pub now: Vec<PsRow>,
    /// Runs that cannot be read.
    pub bad: Vec<BadRun>,
    /// What would start next, and why the rest would not; or why that is not known.
    pub queue: Result<Vec<WhyRow>, String>,
    /// All runs of the while, the newest first.
    pub runs: Vec<OneRun>,
    /// All attempts that are known of.
    pub attempts: Vec<Attempt>,
    /// What was spent in the while.
    pub spent: Vec<Spent>,
}

/// One run with its history.
pub struct OneRun {
    /// As it stands.
    pub row: PsRow,
    /// What happened, oldest first.
    pub steps: Vec<Step>,
    /// Where it stood and for how long.
    pub stretches: Vec<Stretch>,
    /// Texts for its session, oldest first, and how many before them are not shown.
    pub messages: (usize, Vec<Told>),
    /// What the session said last of its work.
    pub summary: String,
    /// What the project's own checks of its head printed.
    pub checks: String,
}

/// A text for a session.
pub struct Told {
    /// What it is about.
    pub about: String,
    /// When it was queued.
    pub at: Timestamp,
    /// How far it has come.
    pub state: &'static str,
    /// What it says.
    pub text: String,
}

/// What a turn used.
pub struct Spent {
    /// When.
    pub at: Timestamp,
    /// Of the agent's time.
    pub seconds: u64,
    /// Money in millionths of a dollar, where it is known.
    pub micro_usd: Option<u64>,
}

/// Looks at what is on disk of a project, and at its runs of so many days.
///
/// # Errors
/// Where our own files cannot be read.
pub fn project(world: &World, days: u32, queue: Result<Vec<WhyRow>>) -> Result<Project> {
    let store = &world.store;
    let since = Timestamp(world.clock.now().0.saturating_sub(i64::from(days) * DAY as i64));
    let (rows, bad) = views::ps(world, true)?;
    let mut events: BTreeMap<IssueNo, Vec<Event>> = BTreeMap::new();
    for event in store.events()? {
        if let Some(issue) = event.issue {
            events.entry(issue).or_default().push(event);
        }
    }
    let all: BTreeMap<IssueNo, Vec<Stretch>> = events.iter().map(|(issue, e)| (*issue, of(e))).collect();
    let redactor = Redactor::new(world.project.secrets());
    let recent = |row: &&PsRow| {
        let last = events.get(&row.issue).and_then(|e| e.last()).map_or(row.since, |e| e.at);
        last >= since || !row.has_ended()
    };
    let mut shown: Vec<&PsRow> = rows.iter().filter(recent).collect();
    shown.sort_by_key(|row| std::cmp::Reverse(row.since));
    let runs = shown.into_iter().map(|row| {
        let happened = events.get(&row.issue).cloned().unwrap_or_default();
        one_run(world, row.clone(), happened, &redactor)
    });
    Ok(Project {
        name: world.project.name.clone(),
        link: (world.project.forge != ForgeKind::Local)
            .then(|| format!("{}/{}", world.project.forge_url.trim_end_matches('/'), world.project.repo))
            .map(|link| without_password(&link)),
        tick: store.heartbeat().map(|h| (h.at, h.outcome)),
        on: store.files.read(&store.paths.guard())?.is_some(),
        paused: store.switch(&store.paths.paused())?,
        runs: runs.collect::<Result<_>>()?,
        now: rows.iter().filter(|r| !r.has_ended()).cloned().collect(),
        bad,
        queue: queue.map_err(|e| redactor.redact(&format!("{e:#}"))),
        attempts: all.iter().flat_map(|(issue, s)| tally::attempts(*issue, s)).collect(),
        spent: spent(world, since)?,
    })
}

fn of(events: &[Event]) -> Vec<Stretch> {
    stretches(events.iter().map(|e| (e.at, e.kind.as_str(), e.key.as_str())))
}

fn one_run(world: &World, row: PsRow, events: Vec<Event>, redactor: &Redactor) -> Result<OneRun> {
    let store = &world.store;
    // Cut after what is secret is out: half a secret would not be found.
    let plain = |text: &str| head_and_tail(&redactor.redact(text), TEXT);
    let all = store.messages(row.issue)?;
    let left_out = all.len().saturating_sub(MESSAGES);
    let told = all.iter().skip(left_out).map(|m| Told {
        about: m.message.key.clone(),
        at: m.message.queued,
        state: match m.message.state {
            MessageState::Queued => "waits",
            MessageState::Sending { .. } => "is being put in",
            MessageState::Delivered { .. } => "delivered",
            MessageState::Void { .. } => "not needed any more",
        },
        text: plain(&m.message.text),
    });
    Ok(OneRun {
        messages: (left_out, told.collect()),
        summary: plain(&store.summary(row.issue)?),
        checks: plain(&checks(world, row.issue)?),
        stretches: of(&events),
        steps: views::steps(events, world.clock.now()),
        row,
    })
}

/// Both ends of what the checks of a run's head printed: a log may be as long as `verify.output_mb` lets it be.
fn checks(world: &World, issue: IssueNo) -> Result<String> {
    let head = world.store.run(issue)?.and_then(|run: Run| run.head);
    let Some(head) = head else { return Ok(String::new()) };
    let log = world.store.paths.checks().join(verify::job_name(world, &head)).join("log");
    Ok(match world.store.files.untrusted(&log, 4 * TEXT)? {
        Untrusted::Text { text, .. } => text,
        _ => String::new(),
    })
}

fn spent(world: &World, since: Timestamp) -> Result<Vec<Spent>> {
    let lines = world.store.ledger()?;
    let counted = counting(&lines).into_iter().filter(|line| line.at >= since);
    let of = |line: &crate::store::journal::LedgerLine| Spent {
        at: line.at,
        seconds: line.seconds,
        micro_usd: line.usage.micro_usd,
    };
    Ok(counted.map(of).collect())
}
