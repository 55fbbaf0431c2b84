//! One run's part of the page, shown when its link is followed.

use super::Report;
use super::parts::{anchor, block, fact, length, line, moment};
use super::project::phase;
use crate::cli::out::money;
use crate::ops::report::{OneRun, Project};
use crate::ops::views::{PsRow, Step};
use maud::{Markup, html};

/// Everything that is shown of one run.
pub fn section(report: &Report, name: &str, seen: &Project, one: &OneRun) -> Markup {
    let (row, id) = (&one.row, anchor(name, one.row.issue.0));
    html! {
        section.run id=(id) aria-labelledby={(id) "-title"} tabindex="-1" {
            p { a href="#top" { "← Overview" } }
            h2 id={(id) "-title"} { (name) " #" (row.issue) " " (line(&row.title, 300)) }
            p.facts { (phase(row)) (facts(report, seen, row)) }
            @if let Some(reason) = &row.reason { p { "Reason: " (line(reason, 1000)) } }
            @for warning in &row.warnings { p.warning { (line(&warning.words, 300)) } }
            h3 { "What happened" }
            ol.events { @for step in &one.steps { (event(step)) } }
            (messages(one))
            @if !one.summary.is_empty() { h3 { "The session's summary" } (block(&one.summary)) }
            @if !one.checks.is_empty() { h3 { "What the project's own checks printed" } details { summary { "Log" } (block(&one.checks)) } }
        }
    }
}

fn facts(report: &Report, seen: &Project, row: &PsRow) -> Markup {
    let used = &row.used;
    html! {
        (fact("attempt", html! { (row.attempt) }))
        (fact("since", moment(row.since)))
        @if !row.has_ended() {
            (fact("for", length(report.now.since(row.since))))
            (fact("whose move", html! { (line(&row.owner, 30)) ": " (line(&row.clears_when, 100)) }))
            @if let Some(left) = row.seconds_left { (fact("left", length(left))) }
            (fact("session", line(&row.life, 200)))
        }
        @if let Some(pull) = row.pull {
            (fact("pull", html! {
                @match &seen.link {
                    Some(link) => { a href={(link) "/pulls/" (pull)} rel="noreferrer" { "#" (pull) } }
                    None => { "#" (pull) }
                }
            }))
        }
        (fact("turns", html! { (used.turns) }))
        (fact("agent's time", length(used.seconds)))
        (fact("cost", html! { (money(used.usage.micro_usd)) }))
    }
}

fn event(step: &Step) -> Markup {
    let event = &step.event;
    html! {
        li {
            (moment(event.at)) " " strong { (line(&event.kind.replace('_', " "), 60)) }
            @if let Some(seconds) = step.seconds { " for " (length(seconds)) }
            @if !event.detail.is_empty() { ": " (line(&event.detail, 400)) }
        }
    }
}

fn messages(one: &OneRun) -> Markup {
    let (left_out, told) = &one.messages;
    html! {
        @if !told.is_empty() {
            h3 { "Texts for the session" }
            @if *left_out > 0 { p { "The " (left_out) " before these are in its folder." } }
            @for message in told {
                details {
                    summary { (moment(message.at)) " " (line(&message.about, 80)) " (" (message.state) ")" }
                    (block(&message.text))
                }
            }
        }
    }
}
