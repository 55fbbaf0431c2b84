//! The fake against the recording of a real server: the same calls in the same order, and every reply of the same
//! status and shape.

use crate::fake::{Fake, GitDir};
use drover::http::{Method, Request};
use serde_json::Value;
use std::collections::BTreeMap;

const RECORDED: &str = include_str!("recorded/gitea-1.22.json");

struct Replay {
    fake: Fake,
    git: GitDir,
    /// Commits of the recording, and ours in their places.
    shas: BTreeMap<String, String>,
    _folder: tempfile::TempDir,
}

fn replay() -> Replay {
    let folder = tempfile::tempdir().unwrap();
    let bare = folder.path().join("r.git");
    git2::Repository::init_bare(&bare).unwrap();
    let git = GitDir(bare.clone());
    git.put("main", "main", "README.md", "notes\n");
    let fake = Fake::new("root1/notes", Box::new(GitDir(bare)), Box::new(|| 1_795_287_600));
    {
        let mut state = fake.state.lock().unwrap();
        for name in ["root1", "bot", "reviewer", "maria", "eve"] {
            state.account(name, false);
        }
        state.tokens.insert("bot, read only".into(), "bot-".into());
    }
    Replay { fake, git, shas: BTreeMap::new(), _folder: folder }
}

impl Replay {
    fn set_up(&mut self, step: &Value) {
        let text = |key: &str| step[key].as_str().unwrap_or_default().to_string();
        let mut state = self.fake.state.lock().unwrap();
        match step["setup"].as_str().unwrap() {
            "writer" => drop(state.writers.insert(text("login"))),
            "put" => {
                let new = step["new"].as_str().map(String::from);
                let branch = new.unwrap_or_else(|| text("branch"));
                self.git.put(&branch, &text("branch"), &text("path"), &text("text"));
            }
            "protect" => {
                let contexts = step["contexts"].as_array().unwrap();
                let contexts = contexts.iter().map(|c| c.as_str().unwrap().to_string()).collect();
                let approvals = step["approvals"].as_u64().unwrap() as usize;
                state.protection = Some(crate::fake::state::Protection { contexts, approvals });
            }
            "tested" => {
                state.issues.values_mut().filter_map(|i| i.pull.as_mut()).for_each(|p| p.tested = true)
            }
            "rename" => {
                let old = std::mem::replace(&mut state.name, text("name"));
                state.old_name = Some(old);
            }
            "archive" => state.archived = true,
            other => panic!("what is {other}?"),
        }
    }

    fn ours(&self, text: &str) -> String {
        self.shas.iter().fold(text.to_string(), |text, (theirs, ours)| text.replace(theirs, ours))
    }

    /// Which of our commits stand where theirs do.
    fn learn(&mut self, theirs: &Value, ours: &Value) {
        match (theirs, ours) {
            (Value::Object(a), Value::Object(b)) => {
                a.iter().filter_map(|(k, v)| Some((v, b.get(k)?))).for_each(|(v, w)| self.learn(v, w));
            }
            (Value::Array(a), Value::Array(b)) => a.iter().zip(b).for_each(|(v, w)| self.learn(v, w)),
            (Value::String(a), Value::String(b)) if a.len() == 40 && b.len() == 40 && a != b => {
                self.shas.entry(a.clone()).or_insert_with(|| b.clone());
            }
            _ => {}
        }
    }
}

/// Where two replies differ in shape: a key that one lacks, or another type. `null` stands for a value that is not
/// there.
fn differences(at: &str, theirs: &Value, ours: &Value, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys()) {
                let place = format!("{at}.{key}");
                match (a.get(key), b.get(key)) {
                    (Some(v), Some(w)) => differences(&place, v, w, found),
                    // Of these two lists the server leaves out the second's key for people, not for machines.
                    _ if ["email", "avatar_url", "last_login"].contains(&key.as_str()) => {}
                    (Some(_), None) => found.push(format!("{place} is missing")),
                    _ => found.push(format!("{place} is invented")),
                }
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            if a.len() != b.len() && !at.ends_with("requested_reviewers") {
                found.push(format!("{at} has {} rows, not {}", b.len(), a.len()));
            }
            a.iter()
                .zip(b)
                .enumerate()
                .for_each(|(n, (v, w))| differences(&format!("{at}[{n}]"), v, w, found));
        }
        (Value::Null, _) | (_, Value::Null) => {}
        (a, b) if std::mem::discriminant(a) != std::mem::discriminant(b) => {
            found.push(format!("{at} is {b}, not {a}"));
        }
        _ => {}
    }
}

/// What has to be equal, not only alike. `mergeable` is not: it is false as well while the server is finding out.
fn same_values(theirs: &Value, ours: &Value) -> Vec<String> {
    let keys = [
        "number",
        "state",
        "title",
        "body",
        "merged",
        "official",
        "stale",
        "dismissed",
        "context",
        "status",
        "name",
        "comments_count",
        "enable_status_check",
        "required_approvals",
        "login",
        "status_check_contexts",
        "type",
        "protected",
        "user_can_push",
        "user_can_merge",
    ];
    let differs =
        |key: &&&str| theirs.get(**key).is_some_and(|v| !v.is_null()) && theirs.get(**key) != ours.get(**key);
    keys.iter().filter(differs).map(|k| format!("{k}: {} for {}", ours[*k], theirs[*k])).collect()
}

pub fn every_reply_has_the_status_and_the_shape_of_a_real_servers() {
    let recorded: Value = serde_json::from_str(RECORDED).unwrap();
    let mut replay = replay();
    let mut wrong = Vec::new();
    let (mut compared, mut kinds) = (0, std::collections::BTreeSet::new());
    for step in recorded["replies"].as_array().unwrap() {
        if step.get("setup").is_some() {
            replay.set_up(step);
            continue;
        }
        let method = match step["method"].as_str().unwrap() {
            "GET" => Method::Get,
            "POST" => Method::Post,
            "PATCH" => Method::Patch,
            "PUT" => Method::Put,
            _ => Method::Delete,
        };
        let path = replay.ours(&format!("/api/v1{}", step["path"].as_str().unwrap()));
        let body = (!step["request"].is_null())
            .then(|| serde_json::from_str(&replay.ours(&step["request"].to_string())).unwrap());
        let answer = replay.fake.answer(step["as"].as_str(), &Request { method, path, body }).unwrap();
        let theirs = &step["body"];
        let ours: Value = serde_json::from_slice(&answer.body).unwrap_or_else(|_| "".into());
        replay.learn(theirs, &ours);
        let kind = step["kind"].as_str().unwrap();
        let mut found = Vec::new();
        if u64::from(answer.status) != step["status"].as_u64().unwrap() {
            found.push(format!("status {}, not {}", answer.status, step["status"]));
        }
        if theirs.is_object() || theirs.is_array() {
            differences("", theirs, &ours, &mut found);
            let rows = |v: &Value| v.as_array().cloned().unwrap_or_else(|| vec![v.clone()]);
            rows(theirs).iter().zip(rows(&ours)).for_each(|(v, w)| found.extend(same_values(v, &w)));
        }
        for header in ["x-total-count", "location"] {
            let named = step["headers"][header].as_str();
            if named != answer.header(header) {
                found.push(format!("{header}: {:?}, not {named:?}", answer.header(header)));
            }
        }
        wrong.extend(found.into_iter().map(|f| format!("{kind}: {f}")));
        compared += 1;
        kinds.insert(kind.to_string());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 90 && kinds.len() > 80, "{compared} replies of {} kinds", kinds.len());
}
