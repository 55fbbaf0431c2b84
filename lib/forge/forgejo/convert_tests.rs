use super::*;
use serde_json::json;

fn sha(c: &str) -> String {
    c.repeat(40)
}

fn pull_row(over: serde_json::Value) -> PullRow {
    let mut row = json!({
        "number": 9, "title": "fix: it", "user": {"login": "bot"}, "state": "open", "merged": false,
        "head": {"label": "fix/issue-1", "ref": "fix/issue-1", "sha": sha("a"), "repo_id": 1},
        "base": {"label": "main", "ref": "main", "sha": sha("b"), "repo_id": 1},
        "created_at": "2026-11-21T09:00:00Z", "updated_at": "2026-11-21T09:00:00Z"
    });
    row.as_object_mut().unwrap().extend(over.as_object().unwrap().clone());
    serde_json::from_value(row).unwrap()
}

fn review_row(state: &str, official: bool, stale: bool, dismissed: bool) -> ReviewRow {
    serde_json::from_value(json!({
        "id": 5, "user": {"login": "maria"}, "state": state, "commit_id": sha("a"), "official": official,
        "stale": stale, "dismissed": dismissed, "submitted_at": "2026-11-21T09:00:00Z"
    }))
    .unwrap()
}

fn status(id: u64, context: &str, status: &str) -> StatusRow {
    serde_json::from_value(json!({
        "id": id, "context": context, "status": status, "updated_at": "2026-11-21T09:00:00Z"
    }))
    .unwrap()
}

#[test]
fn a_pull_is_what_its_row_says() {
    let plain = pull(&pull_row(json!({})), &[]);
    assert!(plain.is_open() && !plain.draft && !plain.from_fork);
    assert_eq!((plain.branch.as_str(), plain.base.as_str()), ("fix/issue-1", "main"));
    assert_eq!(plain.head.unwrap().as_str(), sha("a"));
    let merged = pull_row(json!({"state": "closed", "merged": true, "merge_commit_sha": sha("c")}));
    assert_eq!(pull(&merged, &[]).state, PullState::Merged { sha: Some(sha("c").parse().unwrap()) });
    let closed = pull_row(json!({"state": "closed"}));
    assert_eq!(pull(&closed, &[]).state, PullState::Closed { by: None });
}

#[test]
fn a_branch_that_is_gone_keeps_its_name() {
    for (label, name) in [("fix/issue-1", "fix/issue-1"), ("eve:fix/issue-1", "fix/issue-1")] {
        let head =
            json!({"head": {"label": label, "ref": "refs/pull/9/head", "sha": sha("a"), "repo_id": 1}});
        assert_eq!(pull(&pull_row(head), &[]).branch, name);
    }
}

#[test]
fn a_pull_from_another_repository_or_from_one_that_is_gone_is_a_forks() {
    for repo in [2, 0, -1] {
        let head = json!({"head": {"label": "x", "ref": "x", "sha": sha("a"), "repo_id": repo}});
        assert!(pull(&pull_row(head), &[]).from_fork, "{repo}");
    }
}

#[test]
fn drafts_are_told_by_title_or_by_the_newer_field() {
    for title in ["WIP: fix", "wip:fix", "[WIP] fix", " [wip]fix"] {
        assert!(pull(&pull_row(json!({"title": title})), &[]).draft, "{title}");
    }
    for title in ["Wipe the disk", "fix WIP: marker", "fix [WIP]"] {
        assert!(!pull(&pull_row(json!({"title": title})), &[]).draft, "{title}");
    }
    assert!(pull(&pull_row(json!({"draft": true})), &[]).draft);
}

#[test]
fn only_a_review_that_counts_for_the_server_is_a_verdict() {
    let of = |state, official, stale, dismissed| {
        let pull = pull(&pull_row(json!({})), &[review_row(state, official, stale, dismissed)]);
        pull.reviews.first().map(|r| (r.verdict, r.dismissed))
    };
    assert_eq!(of("APPROVED", true, false, false), Some((Verdict::Approve, false)));
    assert_eq!(of("APPROVED", true, true, false), Some((Verdict::Approve, true)));
    assert_eq!(of("APPROVED", true, false, true), Some((Verdict::Approve, true)));
    assert_eq!(of("APPROVED", false, false, false), Some((Verdict::Comment, false)));
    assert_eq!(of("REQUEST_CHANGES", true, true, false), Some((Verdict::Reject, false)));
    assert_eq!(of("REQUEST_CHANGES", false, false, false), Some((Verdict::Comment, false)));
    assert_eq!(of("COMMENT", false, false, false), Some((Verdict::Comment, false)));
    for nothing in ["PENDING", "REQUEST_REVIEW", "", "approved"] {
        assert_eq!(of(nothing, true, false, false), None, "{nothing}");
    }
}

#[test]
fn the_newest_status_of_a_context_counts_in_whatever_order_they_come() {
    let rows = vec![
        status(1, "ci/test", "failure"),
        status(3, "ci/test", "success"),
        status(2, "ci/lint", "pending"),
        status(4, "ci/lint", "error"),
    ];
    let items: Vec<(String, Colour)> = checks(rows).into_iter().map(|i| (i.context, i.colour)).collect();
    assert_eq!(items, [("ci/lint".to_string(), Colour::Red), ("ci/test".to_string(), Colour::Green)]);
    assert!(checks(vec![]).is_empty());
    assert_eq!(checks(vec![status(1, "x", "")])[0].colour, Colour::Unknown);
}
