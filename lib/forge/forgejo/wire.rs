//! What the API gives, as far as we read it: Forgejo and Gitea, API v1. Fields that a version lacks, and `null` where
//! others have a value, are read as nothing.

use crate::domain::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// An account.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct User {
    /// Its name.
    #[serde(default)]
    pub login: String,
}

/// A label of the repository or of its organisation.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Label {
    /// What calls that change labels want.
    pub id: u64,
    /// What people see.
    #[serde(default)]
    pub name: String,
}

/// An issue, or a pull as an issue.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct IssueRow {
    pub number: u64,
    #[serde(default)]
    pub title: String,
    #[serde(default, deserialize_with = "or_default")]
    pub body: String,
    #[serde(default, deserialize_with = "or_default")]
    pub user: User,
    #[serde(default, deserialize_with = "or_default")]
    pub labels: Vec<Label>,
    #[serde(default, deserialize_with = "or_default")]
    pub assignees: Vec<User>,
    #[serde(default)]
    pub state: String,
    #[serde(deserialize_with = "time")]
    pub created_at: Timestamp,
    #[serde(deserialize_with = "time")]
    pub updated_at: Timestamp,
    /// Something: it is a pull.
    #[serde(default)]
    pub pull_request: Option<Value>,
}

/// A comment.
#[derive(Clone, Debug, Deserialize)]
pub struct CommentRow {
    pub id: u64,
    #[serde(default, deserialize_with = "or_default")]
    pub user: User,
    #[serde(default, deserialize_with = "or_default")]
    pub body: String,
    #[serde(deserialize_with = "time")]
    pub created_at: Timestamp,
}

/// One side of a pull.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct Side {
    /// The branch's name, also when the branch is gone.
    #[serde(default)]
    pub label: String,
    /// The branch; `refs/pull/N/head` when it is gone.
    #[serde(default, rename = "ref")]
    pub name: String,
    #[serde(default)]
    pub sha: String,
    /// -1 or 0: the repository is gone.
    #[serde(default)]
    pub repo_id: i64,
}

/// A pull.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct PullRow {
    pub number: u64,
    #[serde(default)]
    pub title: String,
    #[serde(default, deserialize_with = "or_default")]
    pub body: String,
    #[serde(default, deserialize_with = "or_default")]
    pub user: User,
    #[serde(default)]
    pub state: String,
    /// Newer versions say so; older ones only by the title.
    #[serde(default, deserialize_with = "or_default")]
    pub draft: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub merged: bool,
    #[serde(default)]
    pub merge_commit_sha: Option<String>,
    /// False also while the server is still finding out, and for drafts.
    #[serde(default, deserialize_with = "or_default")]
    pub mergeable: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub head: Side,
    #[serde(default, deserialize_with = "or_default")]
    pub base: Side,
    #[serde(deserialize_with = "time")]
    pub created_at: Timestamp,
    #[serde(deserialize_with = "time")]
    pub updated_at: Timestamp,
}

/// A review.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ReviewRow {
    pub id: u64,
    /// None for a request to a team.
    #[serde(default)]
    pub user: Option<User>,
    /// `APPROVED`, `REQUEST_CHANGES`, `COMMENT`, `PENDING` or `REQUEST_REVIEW`.
    #[serde(default)]
    pub state: String,
    #[serde(default, deserialize_with = "or_default")]
    pub body: String,
    #[serde(default, deserialize_with = "or_default")]
    pub commit_id: String,
    /// Whether it counts for the branch protection.
    #[serde(default, deserialize_with = "or_default")]
    pub official: bool,
    /// Given before the content changed.
    #[serde(default, deserialize_with = "or_default")]
    pub stale: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub dismissed: bool,
    #[serde(default)]
    pub comments_count: u32,
    #[serde(deserialize_with = "time")]
    pub submitted_at: Timestamp,
}

/// A comment on a line, part of a review.
#[derive(Clone, Debug, Deserialize)]
pub struct LineComment {
    #[serde(default, deserialize_with = "or_default")]
    pub body: String,
    #[serde(default)]
    pub path: String,
    /// The line in the new file; 0 where it is one of the old file.
    #[serde(default)]
    pub position: u64,
    #[serde(default)]
    pub original_position: u64,
    /// Somebody: it is resolved.
    #[serde(default)]
    pub resolver: Option<User>,
}

/// A status of a commit.
#[derive(Clone, Debug, Deserialize)]
pub struct StatusRow {
    pub id: u64,
    #[serde(default)]
    pub context: String,
    /// `pending`, `success`, `failure`, `error`, `warning`, `skipped`.
    #[serde(default)]
    pub status: String,
    #[serde(default, deserialize_with = "or_default")]
    pub target_url: String,
    #[serde(default, deserialize_with = "or_default")]
    pub description: String,
    #[serde(deserialize_with = "time")]
    pub updated_at: Timestamp,
}

/// The newest status of each context of a commit. The server's own sum of them is of one page only, hides what is
/// pending behind what is a warning, and is not read.
#[derive(Clone, Debug, Deserialize)]
pub struct CombinedStatus {
    #[serde(default, deserialize_with = "or_default")]
    pub statuses: Vec<StatusRow>,
}

/// Something that happened to an issue.
#[derive(Clone, Debug, Deserialize)]
pub struct TimelineRow {
    pub id: u64,
    #[serde(default, rename = "type")]
    pub kind: String,
    #[serde(default, deserialize_with = "or_default")]
    pub user: User,
    /// `1`: the label was put on; empty: taken off.
    #[serde(default, deserialize_with = "or_default")]
    pub body: String,
    #[serde(default)]
    pub label: Option<Label>,
    #[serde(deserialize_with = "time")]
    pub created_at: Timestamp,
}

/// The server's version.
#[derive(Clone, Debug, Deserialize)]
pub struct Version {
    pub version: String,
}

/// `null` is the same as nothing.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

/// A time with any offset; none at all, or `0001-01-01`, is the beginning of time.
fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    let text = Option::<String>::deserialize(from)?.unwrap_or_default();
    if text.is_empty() {
        return Ok(Timestamp(0));
    }
    // Our own cache holds what we wrote: the same form with Z.
    let at = chrono::DateTime::parse_from_rfc3339(&text).map_err(serde::de::Error::custom)?;
    Ok(Timestamp(at.timestamp().max(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_any_offset_and_may_be_missing() {
        let of = |text: &str| {
            let json = format!("{{\"number\":1,\"created_at\":{text},\"updated_at\":null}}");
            serde_json::from_str::<IssueRow>(&json).map(|i| i.created_at)
        };
        assert_eq!(of("\"2026-11-21T10:00:00+01:00\"").unwrap(), of("\"2026-11-21T09:00:00Z\"").unwrap());
        assert_eq!(of("\"0001-01-01T00:00:00Z\"").unwrap(), Timestamp(0));
        assert!(of("\"yesterday\"").is_err());
    }

    #[test]
    fn what_is_null_or_missing_is_nothing() {
        let json = r#"{"number":1,"user":null,"labels":null,"assignees":null,"body":null,
                       "created_at":"2026-11-21T09:00:00Z","updated_at":"2026-11-21T09:00:00Z"}"#;
        let row: IssueRow = serde_json::from_str(json).unwrap();
        assert!(row.labels.is_empty() && row.assignees.is_empty() && row.body.is_empty());
        assert!(row.user.login.is_empty() && row.pull_request.is_none());
    }
}
