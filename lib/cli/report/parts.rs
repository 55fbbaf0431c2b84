//! Small pieces that all parts of the page are made of.

use crate::domain::phase::Phase;
use crate::domain::text::{plain_line, plain_text};
use crate::domain::time::{Timestamp, human};
use maud::{Markup, html};

/// A moment: in minutes for people, whole for programs.
pub fn moment(at: Timestamp) -> Markup {
    let whole = at.to_string();
    let short = whole.get(..16).map_or(whole.clone(), |day| day.replace('T', " "));
    html! { time datetime=(whole) { (short) } }
}

/// A text of somebody else in one line, with its own direction, so that it turns nothing around it.
pub fn line(text: &str, most: usize) -> Markup {
    html! { bdi { (plain_line(text, most)) } }
}

/// A text of somebody else, as it is.
pub fn block(text: &str) -> Markup {
    html! { pre dir="auto" { (plain_text(text)) } }
}

/// A word with its value.
pub fn fact(name: &str, value: Markup) -> Markup {
    html! { span.fact { span.name { (name) } " " (value) } }
}

/// A length of time.
pub fn length(seconds: u64) -> Markup {
    html! { (human(seconds)) }
}

/// What kind of wait a phase is: a class of the style sheet, which also gives it its colour.
pub fn kind(phase: Phase) -> &'static str {
    match phase {
        Phase::Claimed | Phase::Working => "work",
        Phase::Verifying | Phase::Publishing | Phase::AwaitingCi | Phase::Landing => "checks",
        Phase::AwaitingReview => "review",
        Phase::Escalated | Phase::Stopped => "person",
        Phase::Limited => "limit",
        Phase::Done => "done",
        Phase::Refused | Phase::Blocked | Phase::Abandoned => "ended",
    }
}

/// What each kind is, for the legend.
pub const KINDS: &[(&str, &str)] = &[
    ("work", "the agent works"),
    ("checks", "checks and landing"),
    ("review", "waits for a review"),
    ("person", "waits for a person"),
    ("limit", "waits for a limit to end"),
    ("done", "landed"),
    ("ended", "ended without landing"),
];

/// The name of a run's part of the page.
pub fn anchor(project: &str, issue: u64) -> String {
    format!("run-{project}-{issue}")
}
