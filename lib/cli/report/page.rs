//! The whole page.

use super::parts::moment;
use super::{Report, project, run};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Looks of the page. Colours are chosen for a contrast of at least 4.5 in both themes.
const STYLE: &str = include_str!("style.css");

/// Nothing is ever fetched, whatever stands in a text.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The page as a text.
pub fn page(report: &Report) -> String {
    let whole: Markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="referrer" content="no-referrer";
                meta name="robots" content="noindex";
                meta name="color-scheme" content="light dark";
                title { "drover: " (report.projects.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")) }
                // Ours alone: no word of anybody else's is in it.
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#content" { "To the content" }
                header {
                    h1 id="top" { "drover" }
                    p { "As of " (moment(report.now)) " UTC, looking back " (report.days) " days. All times are UTC." }
                    (contents(report))
                }
                main id="content" tabindex="-1" {
                    div.overview {
                        @if report.projects.is_empty() { p { "There is no project. " code { "drover init" } " inside of a repository sets one up." } }
                        @for (name, seen) in &report.projects { (project::project(report, name, seen)) }
                    }
                    @for (name, seen) in &report.projects {
                        @if let Ok(seen) = seen {
                            @for one in &seen.runs { (run::section(report, name, seen, one)) }
                        }
                    }
                }
            }
        }
    };
    whole.into_string()
}

fn contents(report: &Report) -> Markup {
    html! {
        @if report.projects.len() > 1 {
            nav aria-label="Projects" { ul.plain { @for (name, _) in &report.projects { li { a href={"#project-" (name)} { (name) } } } } }
        }
    }
}
