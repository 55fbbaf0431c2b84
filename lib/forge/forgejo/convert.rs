//! From what the API gives to what drover means by it. Nothing here asks anything.

use super::wire::{CommentRow, IssueRow, PullRow, ReviewRow, StatusRow};
use crate::domain::evidence::{CheckItem, Colour};
use crate::domain::ids::{IssueNo, PullNo, Sha};
use crate::domain::issue::{Comment, Issue, Label};
use crate::domain::pull::{Pull, PullState, Review, Verdict};
use crate::domain::text::plain_line;

/// Longest title that we keep.
const TITLE: usize = 500;

/// An issue. Who put its labels there and when its text changed last is not in the row.
pub fn issue(row: &IssueRow) -> Issue {
    Issue {
        number: IssueNo(row.number),
        title: plain_line(&row.title, TITLE),
        body: row.body.clone(),
        author: row.user.login.clone(),
        open: row.state == "open",
        labels: row.labels.iter().map(|l| Label { name: l.name.clone(), by: None, at: None }).collect(),
        assignees: row.assignees.iter().map(|u| u.login.clone()).collect(),
        depends_on: vec![],
        created: row.created_at,
        // At the latest; who has seen the text before puts that time here.
        edited: row.updated_at,
        updated: row.updated_at,
    }
}

/// A comment.
pub fn comment(row: CommentRow) -> Comment {
    Comment { id: row.id, author: row.user.login, at: row.created_at, body: row.body }
}

/// A pull with its reviews.
pub fn pull(row: &PullRow, reviews: &[ReviewRow]) -> Pull {
    let head: Option<Sha> = row.head.sha.parse().ok();
    Pull {
        number: PullNo(row.number),
        title: plain_line(&row.title, TITLE),
        body: row.body.clone(),
        branch: branch(row),
        base: row.base.name.clone(),
        author: row.user.login.clone(),
        state: state(row),
        draft: row.draft || is_draft_title(&row.title),
        from_fork: row.head.repo_id != row.base.repo_id,
        head,
        created: row.created_at,
        reviews: reviews.iter().filter_map(review).collect(),
    }
}

/// When the branch is gone its name is still in the label, with the account before it if it came from a fork.
fn branch(row: &PullRow) -> String {
    if row.head.name.starts_with("refs/pull/") && !row.head.label.is_empty() {
        return row.head.label.rsplit(':').next().unwrap_or_default().to_string();
    }
    row.head.name.clone()
}

fn state(row: &PullRow) -> PullState {
    match (row.merged, row.state.as_str()) {
        (true, _) => PullState::Merged { sha: row.merge_commit_sha.as_deref().and_then(|s| s.parse().ok()) },
        (false, "open") => PullState::Open,
        (false, _) => PullState::Closed { by: None },
    }
}

/// Drafts are told by their titles (setting `WORK_IN_PROGRESS_PREFIXES`, here its default).
fn is_draft_title(title: &str) -> bool {
    let title = title.trim_start().to_ascii_uppercase();
    ["WIP:", "[WIP]"].iter().any(|prefix| title.starts_with(prefix))
}

/// A review that says something; requests and what has not been sent are none. One that the server does not count
/// for the branch protection (`official`) is a word like any other and no verdict.
fn review(row: &ReviewRow) -> Option<Review> {
    let author = row.user.as_ref()?.login.clone();
    let verdict = match (row.state.as_str(), row.official) {
        ("APPROVED", true) => Verdict::Approve,
        // The server takes `official` from a request for changes when its author gives another verdict, and never
        // gives it to whoever may not write: either way it holds nothing back.
        ("REQUEST_CHANGES", true) => Verdict::Reject,
        ("APPROVED" | "REQUEST_CHANGES" | "COMMENT", _) => Verdict::Comment,
        _ => return None,
    };
    let sha: Sha = row.commit_id.parse().ok()?;
    Some(Review {
        id: row.id,
        author,
        verdict,
        sha,
        at: row.submitted_at,
        // Content that changed since makes an approval void, whatever commit it names.
        dismissed: row.dismissed || (row.stale && verdict == Verdict::Approve),
        body: row.body.clone(),
    })
}

/// The newest status of each context, in whatever order they come.
pub fn checks(mut rows: Vec<StatusRow>) -> Vec<CheckItem> {
    rows.sort_by_key(|row| std::cmp::Reverse(row.id));
    let mut seen = std::collections::BTreeSet::new();
    rows.retain(|row| seen.insert(row.context.clone()));
    rows.sort_by(|a, b| a.context.cmp(&b.context));
    rows.into_iter().map(check).collect()
}

fn check(row: StatusRow) -> CheckItem {
    let detail = [row.description.as_str(), row.target_url.as_str()];
    let detail: Vec<String> = detail.iter().filter(|t| !t.is_empty()).map(|t| plain_line(t, 500)).collect();
    CheckItem {
        colour: colour(&row.status),
        context: row.context,
        at: row.updated_at,
        detail: detail.join("\n"),
    }
}

/// A warning is a check that ran and passed; one that was skipped had nothing to say.
fn colour(status: &str) -> Colour {
    match status {
        "success" | "warning" | "skipped" => Colour::Green,
        "failure" | "error" => Colour::Red,
        "pending" => Colour::Pending,
        _ => Colour::Unknown,
    }
}

#[cfg(test)]
#[path = "convert_tests.rs"]
mod tests;
