//! The layers of the design, checked on the source: who may name what, and whom.

#[path = "kill/points.rs"]
mod points;

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let production = text.split("#[cfg(test)]").next().unwrap().to_string();
            let test = path.file_stem().unwrap().to_string_lossy().contains("tests");
            found.extend((!test).then_some((path, production)));
        }
    }
    assert!(found.len() > 3, "no sources in {folder}");
    found
}

/// Lines of code, comments left out, that hold one of the words.
fn lines_with(folder: &str, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in sources(folder) {
        for (n, line) in text.lines().enumerate().filter(|(_, l)| !l.trim_start().starts_with("//")) {
            if words.iter().any(|w| line.contains(w)) {
                found.push(format!("{}:{}: {}", path.display(), n + 1, line.trim()));
            }
        }
    }
    found
}

#[test]
fn ops_and_domain_reach_the_outside_only_through_the_world() {
    let outside = [
        "std::fs",
        "std::process",
        "std::time",
        "std::env",
        "std::thread",
        "std::net",
        "rustix::",
        "git2::",
        "chrono::Utc",
        "chrono::Local",
        "println!",
        "std::io",
    ];
    for folder in ["lib/ops", "lib/domain"] {
        assert_eq!(lines_with(folder, &outside), Vec::<String>::new());
    }
}

#[test]
fn domain_calls_nobody() {
    let others = [
        "forge", "ci", "agents", "session", "git", "gates", "people", "store", "ops", "config", "cli",
        "world", "process", "machine",
    ];
    let words: Vec<String> = others.iter().map(|o| format!("crate::{o}::")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    assert_eq!(lines_with("lib/domain", &words), Vec::<String>::new());
}

#[test]
fn adapters_never_call_each_other() {
    let adapters = ["forge", "ci", "agents", "session", "git", "gates", "people"];
    for adapter in adapters {
        let others: Vec<String> =
            adapters.iter().filter(|o| **o != adapter).map(|o| format!("crate::{o}::")).collect();
        let mut words: Vec<&str> = others.iter().map(String::as_str).collect();
        words.extend(["crate::ops::", "crate::cli::"]);
        let folder = format!("lib/{adapter}");
        if Path::new(env!("CARGO_MANIFEST_DIR")).join(&folder).is_dir() {
            let found: Vec<String> = sources_with(&folder, &words);
            assert_eq!(found, Vec::<String>::new());
        }
    }
}

fn sources_with(folder: &str, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
            continue;
        }
        let text = fs::read_to_string(&path).unwrap_or_default();
        let production = text.split("#[cfg(test)]").next().unwrap_or_default();
        found.extend(
            production
                .lines()
                .filter(|l| words.iter().any(|w| l.contains(w)))
                .map(|l| format!("{}: {l}", path.display())),
        );
    }
    found
}

#[test]
fn every_file_says_what_it_is_for() {
    for folder in ["lib", "bins", "tests"] {
        for (path, text) in sources(folder) {
            assert!(text.starts_with("//!"), "{} has no purpose line", path.display());
        }
    }
}

/// What changes something outside of the process, as it looks in the source.
const CHANGES: &[&str] = &[
    "fs::write(",
    "fs::rename(",
    "fs::remove_",
    "fs::copy(",
    "fs::hard_link(",
    "fs::symlink(",
    "set_permissions(",
    "create_dir",
    "DirBuilder::new",
    "OpenOptions::new",
    "File::create",
    ".write_all(",
    "writeln!(std::io::stdout",
    ".spawn()",
    "Owned::spawn(",
    ".exec()",
    ".output()",
    ".changes()",
    "program::change(",
    "program::try_change(",
    "self.change(",
    "pidfd_send_signal(",
    "process::kill_process",
    "Repository::init",
    ".reference(",
    ".reference_matching(",
    ".checkout_tree(",
    ".checkout_head(",
    ".checkout_index(",
    ".set_head",
    ".set_str(",
    ".set_bool(",
    ".set_i32(",
    ".delete(",
    "copy_tree(&",
];

/// Lines between a change and its marker, at most.
const NEAR: usize = 6;

/// Who may change something without a marker, and why: path, a part of the line, the reason.
const UNMARKED: &[(&str, &str, &str)] = &[
    ("lib/cli/demo/", "", "sets the demo's stage, as a user would by hand"),
    ("lib/cli/out.rs", "", "what a person's command prints"),
    ("lib/ci/verify/steps.rs", ".changes()", "marked where the step begins and ends"),
    ("lib/git/program.rs", ".changes()", "marked by whoever calls"),
    ("lib/session/tmux/mod.rs", ".changes()", "marked by whoever calls"),
    ("lib/process/reaper.rs", ".spawn()", "marked in `run.rs` once the child is known"),
    ("lib/process/run.rs", "Command::new", "nothing is started yet"),
    ("lib/store/lock.rs", "OpenOptions::new", "an empty lock file is as good as none"),
    ("lib/store/lock.rs", "write_all(US", "says who holds a lock, for people"),
    (
        "lib/store/disk.rs",
        "drop(fs::remove_file(&temporary))",
        "what a full disk cut off, which the sweep does too",
    ),
    ("lib/git/worktree.rs", "config.set_str(", "in a clone that is not in place yet: it is made anew"),
    ("lib/git/worktree.rs", "create_dir_all(", "in a clone that is not in place yet: it is made anew"),
    ("lib/git/worktree.rs", "fs::copy(", "in a clone that is not in place yet: it is made anew"),
    ("lib/store/disk.rs", "truncate(true).mode(mode)", "half of `replace`, which marks it"),
    ("lib/git/worktree.rs", "copy_tree(&entry", "the same, one level down"),
    ("lib/git/slot.rs", "fs::remove_file(&git)", "in a checkout that is made anew"),
    ("lib/http/ascii.rs", ".write_all(", "into memory"),
    (
        "lib/cli/backup.rs",
        "drop(fs::remove_file(&half))",
        "what could not be completed, which the sweep does too",
    ),
    ("bins/", ".exec()", "becomes another program: nothing of ours goes on"),
    ("lib/cli/doctor.rs", ".exec()", "becomes itself anew"),
];

#[test]
fn every_effect_has_a_marker() {
    let mut bare = Vec::new();
    for (path, text) in points::sources() {
        let lines: Vec<&str> = text.lines().collect();
        for (n, line) in lines.iter().enumerate() {
            let code = !line.trim_start().starts_with("//") && !line.trim_start().starts_with("use ");
            if !code || !CHANGES.iter().any(|c| line.contains(c)) {
                continue;
            }
            let exempt = UNMARKED.iter().any(|(p, part, _)| path.starts_with(p) && line.contains(part));
            let around = &lines[n.saturating_sub(NEAR)..(n + NEAR + 1).min(lines.len())];
            if !exempt && !around.iter().any(|l| l.contains("effect::at(") || l.contains("effect::on(")) {
                bare.push(format!("{path}:{}: {}", n + 1, line.trim()));
            }
        }
    }
    assert_eq!(bare, Vec::<String>::new(), "put effect::at(\"…\") beside it (lib/effect.rs)");
}

#[test]
fn only_adapters_have_effects() {
    let may = [
        "lib/store/",
        "lib/git/",
        "lib/session/",
        "lib/ci/",
        "lib/people/",
        "lib/process/",
        "lib/machine/",
        "lib/forge/",
        "lib/http/",
        "lib/cli/",
    ];
    let marks = points::points();
    let elsewhere: Vec<_> = marks.iter().filter(|(_, at)| !may.iter().any(|m| at.starts_with(m))).collect();
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
}

#[test]
fn no_two_markers_share_a_name() {
    let marks = points::points();
    assert!(marks.len() > 100);
    for pair in marks.windows(2) {
        assert_ne!(pair[0].0, pair[1].0, "{} and {}", pair[0].1, pair[1].1);
    }
}

/// Everything that stands in the list of exceptions is still there.
#[test]
fn every_exception_is_needed() {
    let all = points::sources();
    for (path, part, why) in UNMARKED {
        let found = all.iter().any(|(p, text)| p.starts_with(path) && text.contains(part));
        assert!(found, "{path} has no {part} any more ({why})");
    }
}
