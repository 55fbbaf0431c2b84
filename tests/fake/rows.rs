//! Rows of the memory as the API shows them.

use super::reply::template;
use super::state::{Comment, Happened, Issue, Review, State, Status};
use serde_json::{Value, json};

pub fn time(at: i64) -> Value {
    let at = chrono::DateTime::from_timestamp(at, 0).unwrap_or_default();
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string().into()
}

/// An account; one that was deleted is the ghost.
pub fn user(name: &str) -> Value {
    let mut row = template("user");
    let shown = if name.is_empty() { "Ghost" } else { name };
    row["login"] = shown.into();
    row["username"] = shown.into();
    row["id"] = if name.is_empty() { json!(-1) } else { json!(1) };
    row
}

pub fn label(state: &State, id: u64) -> Value {
    let mut row = template("label made");
    let found = state.label(id);
    row["id"] = id.into();
    row["name"] = found.map_or("", |l| l.name.as_str()).into();
    row["color"] = found.map_or("", |l| l.color.as_str()).into();
    row
}

pub fn labels(state: &State, ids: &[u64]) -> Value {
    ids.iter().map(|id| label(state, *id)).collect()
}

fn users(names: &[String]) -> Value {
    if names.is_empty() { Value::Null } else { names.iter().map(|n| user(n)).collect() }
}

fn common(row: &mut Value, state: &State, issue: &Issue) {
    row["number"] = issue.number.into();
    row["title"] = issue.title.as_str().into();
    row["body"] = issue.body.as_str().into();
    row["user"] = user(&issue.by);
    row["labels"] = labels(state, &issue.labels);
    row["assignees"] = users(&issue.assignees);
    row["assignee"] = issue.assignees.first().map_or(Value::Null, |n| user(n));
    row["state"] = if issue.open { "open" } else { "closed" }.into();
    row["comments"] = issue.comments.len().into();
    row["created_at"] = time(issue.created);
    row["updated_at"] = time(issue.updated);
    row["closed_at"] = if issue.open { Value::Null } else { time(issue.updated) };
}

pub fn issue(state: &State, issue: &Issue) -> Value {
    let mut row = template(if issue.pull.is_some() { "pull as an issue" } else { "issue" });
    common(&mut row, state, issue);
    row["repository"]["owner"] = state.owner.as_str().into();
    row["repository"]["name"] = state.name.as_str().into();
    row["repository"]["full_name"] = format!("{}/{}", state.owner, state.name).into();
    row
}

pub fn pull(state: &State, issue: &Issue) -> Value {
    let Some(pull) = &issue.pull else { return Value::Null };
    let mut row = template(if pull.merged.is_some() { "pull merged" } else { "pull" });
    common(&mut row, state, issue);
    let head = state.head(issue);
    let gone = pull.head_repo != 1 || state.refs.head(&pull.branch).is_none();
    let base = state.refs.head(&pull.base).unwrap_or_default();
    row["head"]["label"] = pull.branch.as_str().into();
    row["head"]["ref"] =
        if gone { format!("refs/pull/{}/head", issue.number) } else { pull.branch.clone() }.into();
    row["head"]["sha"] = head.as_str().into();
    row["head"]["repo_id"] = pull.head_repo.into();
    row["base"]["label"] = pull.base.as_str().into();
    row["base"]["ref"] = pull.base.as_str().into();
    row["base"]["sha"] = base.as_str().into();
    row["base"]["repo_id"] = 1.into();
    row["merge_base"] = state.refs.merge_base(&base, &head).into();
    row["merged"] = pull.merged.is_some().into();
    row["merge_commit_sha"] = pull.merged.as_deref().map_or(Value::Null, Into::into);
    let conflicts = pull.tested && state.refs.merge(&base, &head, "").is_none();
    row["mergeable"] = (!conflicts && !is_draft(issue)).into();
    row
}

pub fn is_draft(issue: &Issue) -> bool {
    let title = issue.title.to_ascii_uppercase();
    title.starts_with("WIP:") || title.starts_with("[WIP]")
}

pub fn comment(comment: &Comment) -> Value {
    let mut row = template("comment made");
    row["id"] = comment.id.into();
    row["user"] = user(&comment.by);
    row["body"] = comment.body.as_str().into();
    row["created_at"] = time(comment.at);
    row["updated_at"] = time(comment.at);
    row
}

pub fn happened(state: &State, what: &Happened) -> Value {
    let mut row = template("timeline");
    row["id"] = what.id.into();
    row["type"] = what.kind.into();
    row["user"] = user(&what.by);
    row["body"] = what.body.as_str().into();
    row["label"] = what.label.map_or(Value::Null, |id| label(state, id));
    row["created_at"] = time(what.at);
    row["updated_at"] = time(what.at);
    row
}

pub fn review(review: &Review) -> Value {
    let mut row = template("review made");
    row["id"] = review.id.into();
    row["user"] = user(&review.by);
    row["state"] = review.state.as_str().into();
    row["body"] = review.body.as_str().into();
    row["commit_id"] = review.sha.as_str().into();
    row["official"] = review.official.into();
    row["stale"] = review.stale.into();
    row["dismissed"] = review.dismissed.into();
    row["comments_count"] = review.lines.len().into();
    row["submitted_at"] = time(review.at);
    row["updated_at"] = time(review.at);
    row
}

pub fn line(review: &Review, line: &(u64, String, u64, String)) -> Value {
    let mut row = template("line comments");
    row["id"] = line.0.into();
    row["path"] = line.1.as_str().into();
    row["position"] = line.2.into();
    row["body"] = line.3.as_str().into();
    row["user"] = user(&review.by);
    row["pull_request_review_id"] = review.id.into();
    row
}

pub fn status(status: &Status) -> Value {
    let mut row = template("status made");
    row["id"] = status.id.into();
    row["context"] = status.context.as_str().into();
    row["status"] = status.state.as_str().into();
    row["target_url"] = status.url.as_str().into();
    row["description"] = status.description.as_str().into();
    row["created_at"] = time(status.at);
    row["updated_at"] = time(status.at);
    row
}
