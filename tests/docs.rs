//! Pages of `docs/` that are made from the code: they say what the code says, or these tests fail.
//! `UPDATE_DOCS=1` rewrites them (`make docs`).

use drover::cli::exit::CODES;
use drover::domain::phase::diagram::{markdown, mermaid};
use drover::ops::doctor::CHECKS;
use std::fs;
use std::path::{Path, PathBuf};

/// What stands above the generated part of `docs/phases.md`.
const PHASES: &str = "# Phases\n\n\
    <!-- Made by tests/docs.rs from lib/domain/phase/table.rs. Change the table, then run `make docs`. -->\n\n\
    A run is in exactly one phase. Only drover's own binaries set it; a session asks through its phase file\n\
    ([protocol.md](protocol.md)). For a run in some phase the first row of the second table that applies and\n\
    whose condition holds is what happens. Where none holds, the run waits. `status why N` prints what it waits\n\
    for. A row without a phase behind → does something and the run stays where it is. A row that uses something\n\
    up leads elsewhere when nothing is left: restarts and starts of the session to `blocked`, everything else\n\
    to `escalated`.\n\n";

fn page(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)
}

/// Compares a page with what it should hold, or writes it.
fn holds(name: &str, wanted: &str) {
    let path = page(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, wanted).unwrap();
        return;
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, wanted, "docs/{name} is not what the code says: run `make docs`");
}

/// The page with the lines between its two marks replaced.
fn between_marks(text: &str, name: &str, new: &str) -> String {
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->"));
    let (before, rest) = text.split_once(&begin).expect("the page has the mark that begins the table");
    let (_, after) = rest.split_once(&end).expect("the page has the mark that ends the table");
    format!("{before}{begin}{new}{end}{after}")
}

#[test]
fn the_page_of_phases_is_the_transition_table() {
    holds("phases.md", &format!("{PHASES}{}\n```mermaid\n{}```\n", markdown(), mermaid()));
}

#[test]
fn the_page_of_the_desk_has_every_check_of_the_doctor() {
    let rows: String = CHECKS.iter().map(|(id, fails)| format!("| `{id}` | {fails} |\n")).collect();
    let table = format!("\n| check | fails where |\n|---|---|\n{rows}\n");
    let text = fs::read_to_string(page("desk.md")).unwrap();
    holds("desk.md", &between_marks(&text, "checks", &table));
}

#[test]
fn the_page_of_exit_codes_has_the_table_of_exit_codes() {
    let rows: String =
        CODES.iter().map(|(exit, code, meaning)| format!("| {code} | `{exit:?}` | {meaning} |\n")).collect();
    let table = format!("\n| code | name in the source | meaning |\n|---|---|---|\n{rows}\n");
    let text = fs::read_to_string(page("exit-codes.md")).unwrap();
    holds("exit-codes.md", &between_marks(&text, "codes", &table));
}

/// The whole prompts of a first session, of one that begins anew in a later attempt, and of one that remembers. `make docs` writes them.
#[test]
fn the_prompts_are_those_that_were_looked_at() {
    use drover::domain::ids::PullNo;
    use drover::domain::prompt::{Facts, build};
    let first = Facts {
        issue: 7,
        title: "Add a thing".into(),
        body: "Please.".into(),
        comments: vec![("maria".into(), "In blue.".into())],
        project: "site".into(),
        worktree: "/worktrees/7".into(),
        branch: "fix/issue-7".into(),
        primary: "main".into(),
        attempt: 1,
        notes: vec!["AGENTS.md".into()],
        ..Facts::default()
    };
    let anew = Facts {
        attempt: 2,
        resumed: true,
        died: Some("the agent was killed (SIGKILL)".into()),
        pull: Some(PullNo(8)),
        commits: vec!["1f0c2a9d3e add the thing".into()],
        dirty: vec!["thing.txt".into()],
        prior: "+ the thing".into(),
        scratch: "Blue does not exist.".into(),
        escalated: Some("which blue".into()),
        messages: vec!["The checks are red.".into()],
        ..first.clone()
    };
    let remembers = Facts { remembers: true, ..anew.clone() };
    for (name, facts) in [("first", first), ("anew", anew), ("remembers", remembers)] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/prompts/{name}.md"));
        let text = build(&facts, "n0nce");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(&path, &text).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), text, "make docs writes it anew");
    }
}
