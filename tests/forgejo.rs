//! The main job on a forge with a server: nothing but `poll`, real git, real tmux, and a Forgejo that speaks over
//! loopback.

use crate::site;
use crate::stage::Stage;
use serde_json::json;

#[test]
fn a_labelled_issue_becomes_a_merged_pull_on_a_server() {
    let s = &site::set(Stage::with());
    let site = site::of(s);
    let issue = site.issue("maria", "Add a note");
    let before = site.head("main");
    s.until("a pull is open", |_| site.pull(issue).is_some());
    s.until_phase(issue, "awaiting_ci");
    let (pull, head) = site.pull(issue).unwrap();
    assert_eq!(site.labels(issue), ["in-progress"]);
    assert_eq!(site.fake.state.lock().unwrap().issues[&issue].assignees, ["bot"]);
    assert_eq!(site.head(&format!("fix/issue-{issue}")), head);
    s.later(60);
    s.poll();
    assert_eq!(s.phase(issue), "awaiting_ci", "no checks is not green");
    site.status(&head, "success");
    s.until_phase(issue, "awaiting_review");
    assert_eq!(site.head("main"), before, "nothing lands without an approval");
    site.review(pull, &head, "APPROVED");
    s.until_phase(issue, "done");
    assert!(!site.is_open(pull) && !site.is_open(issue));
    let merged = site.fake.state.lock().unwrap().issues[&pull].pull.as_ref().unwrap().merged.clone();
    assert_eq!(merged, Some(site.head("main")));
    let receipt = s.json(&s.project().join(format!("receipts/{pull}.json")));
    assert_eq!(
        (receipt["head"].as_str(), receipt["merge"].as_str()),
        (Some(head.as_str()), merged.as_deref())
    );
    assert_eq!(receipt["approved_by"], json!(["rob"]));
    // The user's own clone is left alone: there is a server that shows what has landed.
    assert_eq!(s.head(&s.repo(), "main"), before);
}
