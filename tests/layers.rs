//! The layers of the design, checked on the source: who may name what, and whom.

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
