//! That the laws are asked at all: what every story is held against notices each thing that is planted.

use crate::stage::{Stage, laws};
use serde_json::json;
use std::fs;

fn laws_broken(s: &Stage) -> Vec<u8> {
    laws::broken(s).iter().map(|b| b.law).collect()
}

#[test]
fn each_law_that_a_story_is_held_against_is_noticed() {
    let mut s = Stage::new();
    s.vars.push(("FORGE_TOKEN".into(), "held-by-nobody-else".into()));
    let issue = s.issue("A thing", "", &["backlog"]);
    s.until_phase(issue, "awaiting_review");
    assert_eq!(laws_broken(&s), [] as [u8; 0]);
    let pull = s.pull(issue);
    let record = s.run_folder(issue).join("run.json");
    let issue_file = s.project().join(format!("forge/issues/{issue}.json"));
    let pull_file = s.project().join(format!("forge/pulls/{pull}.json"));
    let marked = json!({"author": "drover", "at": "2026-01-01T00:00:00Z", "body": "x\n\n<!-- drover: k -->"});
    let told = json!({"author": "drover", "at": "2026-01-01T00:00:00Z", "body": "it is held-by-nobody-else"});
    let notice = |kind: &str, key: &str| json!({"key": key, "kind": kind, "text": "x", "at": "2026-01-01T00:00:00Z", "told": null});
    let receipt = json!({"version": 1, "pull": pull, "head": "0".repeat(40), "base": "0".repeat(40), "merge": "0".repeat(40),
        "tree": "0".repeat(40), "approved_by": [], "checks": [], "at": "2026-01-01T00:00:00Z"});
    let planted = [
        (1, s.project().join(format!("receipts/{pull}.json")), receipt),
        (2, s.project().join("forge/pulls/99.json"), s.json(&pull_file)),
        (3, record.clone(), with(&s.json(&record), "head", json!("1".repeat(40)))),
        (5, record.clone(), with(&s.json(&record), "deadline", json!(null))),
        (7, issue_file.clone(), with(&s.json(&issue_file), "comments", json!([marked, marked]))),
        (8, issue_file.clone(), with(&s.json(&issue_file), "comments", json!([told]))),
        (9, record.clone(), with(&s.json(&record), "phase", json!("escalated"))),
        (9, s.project().join("outbox/x.json"), notice("trouble", "1:1:landed")),
    ];
    for (law, path, content) in planted {
        let before = fs::read(&path).ok();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content.to_string()).unwrap();
        assert_eq!(laws_broken(&s), [law], "{}", path.display());
        match before {
            Some(text) => fs::write(&path, text).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
    }
}

fn with(record: &serde_json::Value, field: &str, value: serde_json::Value) -> serde_json::Value {
    let mut record = record.clone();
    record[field] = value;
    record
}
