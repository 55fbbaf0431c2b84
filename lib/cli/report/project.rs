//! A project's part of the page: now, the queue, the timeline, what became of it all.

use super::parts::{KINDS, anchor, fact, kind, length, line, moment};
use super::{Report, chart};
use crate::cli::out::money;
use crate::domain::tally::{self, Bucket};
use crate::domain::time::{DAY, Timestamp, human};
use crate::ops::report::Project;
use crate::ops::views::{PsRow, WhyRow};
use maud::{Markup, html};

/// Runs on the timeline, the newest.
const ROWS: usize = 60;

/// Issues of the queue that are shown.
const QUEUE: usize = 50;

/// Seconds after which a missing tick is worth a word.
const LATE: u64 = 600;

/// One project, or what is wrong with it.
pub fn project(report: &Report, name: &str, seen: &Result<Project, String>) -> Markup {
    html! {
        section aria-labelledby={"project-" (name)} {
            h2 id={"project-" (name)} { (name) }
            @match seen {
                Err(problem) => { p.warning { "It cannot be shown: " (line(problem, 500)) } }
                Ok(seen) => {
                    (state(report, seen))
                    (now(report, seen))
                    (queue(seen))
                    (timeline(report, seen))
                    (outcomes(report, seen))
                    (failures(report, seen))
                    (runs(seen))
                }
            }
        }
    }
}

fn state(report: &Report, seen: &Project) -> Markup {
    let waits = seen.now.iter().filter(|r| r.owner == "person").count();
    html! {
        p.facts {
            (fact("New work", match (&seen.paused, seen.on) {
                (Some(_), _) => html! { "paused" },
                (None, true) => html! { "on" },
                (None, false) => html! { "off" },
            }))
            (fact("Last tick", match &seen.tick {
                Some((at, outcome)) => html! { (moment(*at)) " (" (line(outcome, 30)) ")" },
                None => html! { "none yet" },
            }))
            (fact("At work", html! { (seen.now.len()) }))
            (fact("Waiting for a person", html! { (waits) }))
            @if let Some(link) = &seen.link { (fact("Repository", html! { a href=(link) rel="noreferrer" { (line(link, 100)) } })) }
        }
        @if let Some(why) = &seen.paused { p { "Paused: " (line(why, 300)) } }
        @if let Some((at, _)) = seen.tick.as_ref().filter(|(at, _)| report.now.since(*at) > LATE) {
            p.warning { "There has been no tick for " (human(report.now.since(*at))) "." }
        }
        @for bad in &seen.bad { p.warning { "The run on #" (bad.issue) " cannot be read: " (line(&bad.problem, 300)) } }
    }
}

fn now(report: &Report, seen: &Project) -> Markup {
    html! {
        h3 { "Now" }
        @if seen.now.is_empty() { p { "Nothing is at work." } }
        ul.cards { @for row in &seen.now { li { (card(report.now, &seen.name, row)) } } }
    }
}

fn card(now: Timestamp, project: &str, row: &PsRow) -> Markup {
    html! {
        p.title { a href={"#" (anchor(project, row.issue.0))} { "#" (row.issue) " " (line(&row.title, 200)) } }
        p.facts {
            (phase(row))
            (fact("for", length(now.since(row.since))))
            (fact("move", html! { (line(&row.owner, 30)) }))
            @if let Some(left) = row.seconds_left { (fact("left", length(left))) }
            (fact("session", line(&row.life, 100)))
            @if let Some(pull) = row.pull { (fact("pull", html! { "#" (pull) })) }
            @if row.used.turns > 0 { (fact("cost", html! { (money(row.used.usage.micro_usd)) })) }
        }
        @for warning in &row.warnings { p.warning { (line(&warning.words, 300)) } }
    }
}

/// The phase of a run in its colour, and in words.
pub fn phase(row: &PsRow) -> Markup {
    let kind = crate::domain::timeline::entered(&row.phase).map_or("ended", kind);
    html! { span class={"chip " (kind)} { (row.phase.replace('_', " ")) } }
}

fn queue(seen: &Project) -> Markup {
    let row = |r: &WhyRow| {
        html! { li { (r.subject) " " (line(&r.title, 120)) ": " @if r.code == "do" { strong { "starts next" } } @else { (line(&r.words, 200)) " " code { (r.code) } } } }
    };
    html! {
        h3 { "Queue" }
        @match &seen.queue {
            Err(problem) => { p.warning { "Not known: " (line(problem, 300)) } }
            Ok(rows) if rows.is_empty() => { p { "No issue waits." } }
            Ok(rows) => {
                ol { @for r in rows.iter().take(QUEUE) { (row(r)) } }
                @if rows.len() > QUEUE { p { "And " (rows.len() - QUEUE) " more." } }
            }
        }
    }
}

fn timeline(report: &Report, seen: &Project) -> Markup {
    let begin = begin(report, seen);
    html! {
        h3 { "Timeline" }
        @if seen.runs.is_empty() { p { "No run in this time." } } @else {
            ul.legend aria-label="Colours" { @for (kind, words) in KINDS { li { span class={"swatch " (kind)} {} " " (words) } } }
            p.axis { span { (moment(begin)) } span { (moment(report.now)) } }
            ol.gantt {
                @for one in seen.runs.iter().take(ROWS) {
                    li {
                        a href={"#" (anchor(&seen.name, one.row.issue.0))} { "#" (one.row.issue) " " (line(&one.row.title, 80)) }
                        (chart::bar(&one.stretches, begin, report.now))
                    }
                }
            }
            @if seen.runs.len() > ROWS { p { "The newest " (ROWS) " of " (seen.runs.len()) " runs." } }
        }
    }
}

/// Where the timeline begins: with what is shown, so that a young project is not a line at its right end.
fn begin(report: &Report, seen: &Project) -> Timestamp {
    let back = Timestamp(report.now.0.saturating_sub(i64::from(report.days) * DAY as i64));
    let shown = seen.runs.iter().take(ROWS);
    shown.filter_map(|one| one.stretches.first()).map(|s| s.from).min().map_or(back, |first| first.max(back))
}

fn outcomes(report: &Report, seen: &Project) -> Markup {
    let buckets = tally::buckets(&seen.attempts, report.now, report.days);
    let most = buckets.iter().map(Bucket::sum).max().unwrap_or(0);
    let spent = |b: &Bucket| {
        let in_it = seen.spent.iter().filter(|s| b.holds(s.at));
        in_it.fold((0u64, None), |(seconds, money), s| {
            let sum = s.micro_usd.map(|m| money.unwrap_or(0) + m).or(money);
            (seconds.saturating_add(s.seconds), sum)
        })
    };
    let (seconds, usd) = seen.spent.iter().fold((0u64, None::<u64>), |(t, m), s| {
        (t.saturating_add(s.seconds), s.micro_usd.map(|more| m.unwrap_or(0) + more).or(m))
    });
    let every = if report.days <= 14 { "Day" } else { "Week" };
    html! {
        h3 { "Outcomes and cost" }
        ol.weeks {
            @for b in buckets.iter().rev() {
                @let (seconds, money_of) = spent(b);
                li {
                    p { strong { (every) " from " (day(b.from)) } }
                    (chart::outcome(b, most))
                    p.facts {
                        (fact("landed", html! { (b.landed) }))
                        @for (name, count) in [("refused", b.refused), ("blocked", b.blocked), ("abandoned", b.abandoned)] {
                            @if count > 0 { (fact(name, html! { (count) })) }
                        }
                        @if let Some(middle) = tally::median(&b.lasted) { (fact("half landed within", length(middle))) }
                        @if seconds > 0 { (fact("agent's time", length(seconds))) (fact("cost", html! { (money(money_of)) })) }
                    }
                }
            }
        }
        p.facts { strong { "In all" } (fact("agent's time", length(seconds))) (fact("cost", html! { (money(usd)) })) }
    }
}

fn day(second: i64) -> Markup {
    let whole = Timestamp(second).to_string();
    html! { time datetime=(whole) { (whole.get(..10).unwrap_or(&whole)) } }
}

fn failures(report: &Report, seen: &Project) -> Markup {
    let since = Timestamp(report.now.0.saturating_sub(i64::from(report.days) * DAY as i64));
    let rows = tally::failures(&seen.attempts, since);
    html! {
        h3 { "What did not land" }
        @if rows.is_empty() { p { "Nothing in this time." } }
        ul.classes { @for (phase, row, count) in &rows { li { strong { (count) } " " (phase.name()) ": " (tally::cause(row)) " " code { (row) } } } }
    }
}

fn runs(seen: &Project) -> Markup {
    html! {
        h3 { "Runs" }
        ul.runs {
            @for one in &seen.runs {
                li { a href={"#" (anchor(&seen.name, one.row.issue.0))} { "#" (one.row.issue) " " (line(&one.row.title, 120)) } " " (phase(&one.row)) }
            }
        }
    }
}
