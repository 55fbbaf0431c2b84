//! A notice as JSON, for programs: what `webhook` and `command` are given (docs/people.md).

use crate::world::Tidings;
use serde_json::{Value, json};

/// A notice of a project. `key` is the same however often it is sent.
pub fn payload(project: &str, word: &Tidings) -> Value {
    let (issue, title) = match &word.about {
        Some((issue, title)) => (Some(issue.0), Some(title.as_str())),
        None => (None, None),
    };
    json!({
        "version": 1,
        "key": format!("{project}:{}", word.key),
        "project": project,
        "issue": issue,
        "title": title,
        "kind": word.kind.name(),
        "urgent": word.kind.is_urgent(),
        "to": word.to,
        "text": word.text,
        "links": word.links,
        "at": word.at.to_string(),
    })
}
