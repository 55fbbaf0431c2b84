//! What every forge has to do, story by story.

use crate::backends::Scene;
use crate::{holds, same};
use drover::domain::evidence::Colour;
use drover::domain::ids::{IssueNo, PullNo, Sha};
use drover::domain::pull::{PullState, Verdict};
use drover::world::{Forge, Merge, NewIssue, NewPull, NewReview};

/// A story: what it is called, and how it goes.
pub type Story = (&'static str, fn(&mut Scene));

pub const ALL: &[Story] = &[
    ("who we are", who_we_are),
    ("an issue is filed and read", filed),
    ("issues are listed by label, all of them", listed),
    ("all issues, newest first", newest_first),
    ("labels", labels),
    ("comments", comments),
    ("assignees", assignees),
    ("closing and opening", closing),
    ("dependencies", dependencies),
    ("a pull is opened once", opened_once),
    ("pulls are listed with their reviews", pulls_listed),
    ("many pulls", many_pulls),
    ("reviews", reviews),
    ("the pull of a branch", pull_of),
    ("closing and opening pulls", pulls_closed),
    ("drafts", drafts),
    ("checks", checks),
    ("what is required", required),
    ("merging", merging),
    ("merges that are refused", refused),
    ("any text", any_text),
];

fn new(title: &str, labels: &[&str]) -> NewIssue {
    NewIssue {
        title: title.into(),
        body: "text".into(),
        labels: labels.iter().map(|l| l.to_string()).collect(),
    }
}

fn names(labels: &[&str]) -> Vec<String> {
    labels.iter().map(|l| l.to_string()).collect()
}

fn review(verdict: Verdict, sha: &Sha, body: &str) -> NewReview {
    NewReview { verdict, sha: sha.clone(), body: body.into() }
}

fn new_pull(branch: &str) -> NewPull {
    NewPull {
        branch: branch.into(),
        base: "main".into(),
        title: format!("fix: {branch}"),
        body: "Fixes it".into(),
    }
}

/// A branch with one commit, and its pull.
fn pull(s: &Scene, branch: &str) -> (PullNo, Sha) {
    let head = s.stage.put(branch, &format!("{}.txt", branch.replace('/', "-")), "text\n");
    (s.author.open_pull(&new_pull(branch)).unwrap(), head)
}

fn labels_of(forge: &dyn Forge, issue: IssueNo) -> Vec<String> {
    let mut all: Vec<String> =
        forge.issue(issue).unwrap().unwrap().labels.into_iter().map(|l| l.name).collect();
    all.sort();
    all
}

fn who_we_are(s: &mut Scene) {
    let (me, other) = (s.author.me().unwrap(), s.reviewer.me().unwrap());
    holds!(!me.is_empty() && me != other);
    let writers = s.author.writers().unwrap();
    holds!(!s.server || (writers.contains(&me) && writers.contains(&other)));
    same!(s.author.me().unwrap(), me, "asked again");
}

fn filed(s: &mut Scene) {
    let number = s.author.new_issue(&new("Add a note", &["backlog", "new here"])).unwrap();
    let issue = s.author.issue(number).unwrap().unwrap();
    same!((issue.number, issue.title.as_str(), issue.body.as_str()), (number, "Add a note", "text"));
    same!(issue.author, s.author.me().unwrap());
    holds!(issue.open && issue.has("backlog") && issue.has("new here") && issue.assignees.is_empty());
    holds!(issue.created.0 > 1_600_000_000 && issue.updated >= issue.created);
    holds!(s.author.issue(IssueNo(4711)).unwrap().is_none());
    holds!(s.author.new_issue(&new("", &[])).is_err(), "an issue needs a title");
    let (pull, _) = pull(s, "fix/issue-1");
    holds!(s.author.issue(IssueNo(pull.0)).unwrap().is_none(), "a pull is no issue");
    let next = s.author.new_issue(&new("Next", &[])).unwrap();
    holds!(next > number && next.0 > pull.0);
}

fn listed(s: &mut Scene) {
    same!(s.author.issues(&["backlog"]).unwrap().len(), 0, "no label, no issue");
    let many = if s.server { 57 } else { 12 };
    for n in 0..many {
        s.author.new_issue(&new(&format!("issue {n}"), &["backlog"])).unwrap();
    }
    let other = s.author.new_issue(&new("other", &["priority"])).unwrap();
    let none = s.author.new_issue(&new("none", &[])).unwrap();
    let both = s.author.new_issue(&new("both", &["priority", "backlog"])).unwrap();
    pull(s, "fix/issue-1");
    let list = |labels: &[&str]| s.author.issues(labels).unwrap();
    same!(list(&["backlog"]).len(), many + 1);
    same!(list(&["backlog", "priority"]).len(), many + 2, "either will do");
    same!(list(&["nobody has it"]).len(), 0);
    same!(list(&["back"]).len(), 0, "a label is its whole name");
    holds!(list(&["priority"]).iter().any(|i| i.number == other && i.title == "other" && i.body == "text"));
    s.stage.later();
    s.author.set_labels(none, &names(&["backlog"]), &[]).unwrap();
    s.author.set_issue_open(both, false).unwrap();
    let now: Vec<IssueNo> = list(&["backlog"]).into_iter().map(|i| i.number).collect();
    holds!(now.contains(&none) && !now.contains(&both) && now.len() == many + 1, "{now:?}");
    s.stage.later();
    s.author.set_issue_open(both, true).unwrap();
    s.author.set_labels(none, &[], &names(&["backlog"])).unwrap();
    let now: Vec<IssueNo> = list(&["backlog"]).into_iter().map(|i| i.number).collect();
    holds!(!now.contains(&none) && now.contains(&both), "{now:?}");
}

fn newest_first(s: &mut Scene) {
    let all: Vec<IssueNo> =
        ["a", "b", "c"].iter().map(|t| s.author.new_issue(&new(t, &[])).unwrap()).collect();
    s.author.set_issue_open(all[1], false).unwrap();
    pull(s, "fix/issue-1");
    let shown = |limit| -> Vec<(IssueNo, bool)> {
        s.author.all_issues(limit).unwrap().into_iter().map(|i| (i.number, i.open)).collect()
    };
    same!(shown(10), [(all[2], true), (all[1], false), (all[0], true)]);
    same!(shown(2), [(all[2], true), (all[1], false)]);
}

fn labels(s: &mut Scene) {
    let issue = s.author.new_issue(&new("a", &["backlog"])).unwrap();
    let set = |add: &[&str], remove: &[&str]| s.author.set_labels(issue, &names(add), &names(remove));
    set(&["in-progress"], &["backlog"]).unwrap();
    same!(labels_of(&*s.author, issue), ["in-progress"]);
    set(&["in-progress"], &["backlog", "nobody has it"]).unwrap();
    same!(labels_of(&*s.author, issue), ["in-progress"], "as it was before");
    set(&["blocked", "a label: new, and odd/ü"], &[]).unwrap();
    same!(labels_of(&*s.author, issue), ["a label: new, and odd/ü", "blocked", "in-progress"]);
    set(&[], &["a label: new, and odd/ü", "blocked", "in-progress"]).unwrap();
    same!(labels_of(&*s.author, issue), Vec::<String>::new());
    set(&[], &[]).unwrap();
    holds!(s.author.set_labels(IssueNo(4711), &names(&["blocked"]), &[]).is_err());
    holds!(s.author.set_labels(IssueNo(4711), &[], &names(&["blocked"])).is_err());
}

fn comments(s: &mut Scene) {
    let issue = s.author.new_issue(&new("a", &[])).unwrap();
    same!(s.author.comments(issue.0).unwrap().len(), 0);
    let many = 55;
    for n in 0..many {
        s.author.comment(issue.0, &format!("number {n}")).unwrap();
    }
    s.reviewer.comment(issue.0, "last").unwrap();
    let all = s.author.comments(issue.0).unwrap();
    same!(all.len(), many + 1);
    same!(all[0].body, "number 0");
    same!((all[many].body.as_str(), &all[many].author), ("last", &s.reviewer.me().unwrap()), "oldest first");
    let (pull, _) = pull(s, "fix/issue-1");
    s.author.comment(pull.0, "on a pull").unwrap();
    same!(s.author.comments(pull.0).unwrap().len(), 1);
    holds!(s.author.comment(4711, "on nothing").is_err());
}

fn assignees(s: &mut Scene) {
    let issue = s.author.new_issue(&new("a", &[])).unwrap();
    let (me, other) = (s.author.me().unwrap(), s.reviewer.me().unwrap());
    let of = || {
        let mut all = s.author.issue(issue).unwrap().unwrap().assignees;
        all.sort();
        all
    };
    s.author.assign(issue, true).unwrap();
    same!(of(), vec![me.clone()]);
    s.author.assign(issue, true).unwrap();
    s.reviewer.assign(issue, true).unwrap();
    let mut both = vec![me, other.clone()];
    both.sort();
    same!(of(), both);
    s.author.assign(issue, false).unwrap();
    same!(of(), [other]);
    s.reviewer.assign(issue, false).unwrap();
    s.reviewer.assign(issue, false).unwrap();
    same!(of(), Vec::<String>::new());
    holds!(s.author.assign(IssueNo(4711), true).is_err());
}

fn closing(s: &mut Scene) {
    let issue = s.author.new_issue(&new("a", &["backlog"])).unwrap();
    let open = || s.author.issue(issue).unwrap().unwrap().open;
    for wanted in [false, false, true, true] {
        s.author.set_issue_open(issue, wanted).unwrap();
        same!(open(), wanted);
    }
    holds!(s.author.set_issue_open(IssueNo(4711), false).is_err());
}

fn dependencies(s: &mut Scene) {
    let (a, b) =
        (s.author.new_issue(&new("a", &["backlog"])).unwrap(), s.author.new_issue(&new("b", &[])).unwrap());
    let of = |n: IssueNo| {
        let listed = s.author.issues(&["backlog"]).unwrap().into_iter().find(|i| i.number == n).unwrap();
        s.author.dependencies(&listed).unwrap()
    };
    same!(of(a), vec![]);
    s.stage.later();
    s.stage.depend(a.0, b.0);
    same!(of(a), vec![b]);
    same!(of(a), vec![b], "asked again");
    s.stage.later();
    s.author.set_issue_open(b, false).unwrap();
    same!(of(a), vec![b], "whether it is open is another question");
}

fn opened_once(s: &mut Scene) {
    let (number, head) = pull(s, "fix/issue-1");
    same!(s.author.open_pull(&new_pull("fix/issue-1")).unwrap(), number);
    let found = s.author.pull(number).unwrap().unwrap();
    same!((found.branch.as_str(), found.base.as_str()), ("fix/issue-1", "main"));
    same!((found.title.as_str(), found.body.as_str()), ("fix: fix/issue-1", "Fixes it"));
    same!(found.author, s.author.me().unwrap());
    holds!(found.is_open() && !found.draft && !found.from_fork && found.reviews.is_empty());
    holds!(!s.server || found.head == Some(head));
    holds!(s.author.pull(PullNo(4711)).unwrap().is_none());
    let issue = s.author.new_issue(&new("a", &[])).unwrap();
    holds!(s.author.pull(PullNo(issue.0)).unwrap().is_none(), "an issue is no pull");
    if s.server {
        holds!(s.author.open_pull(&new_pull("no-such-branch")).is_err());
        holds!(s.author.open_pull(&new_pull("main")).is_err(), "nothing to bring in");
    }
}

fn pulls_listed(s: &mut Scene) {
    same!(s.author.pulls().unwrap().len(), 0);
    let (one, head) = pull(s, "fix/issue-1");
    let (two, _) = pull(s, "fix/issue-2");
    let numbers = || -> Vec<PullNo> { s.author.pulls().unwrap().into_iter().map(|p| p.number).collect() };
    same!(numbers(), [one, two]);
    s.stage.later();
    s.reviewer.review(one, &review(Verdict::Approve, &head, "fine")).unwrap();
    let listed = s.author.pulls().unwrap();
    same!(listed[0].reviews.len(), 1, "a new review is seen");
    same!((listed[0].reviews[0].verdict, &listed[0].reviews[0].sha), (Verdict::Approve, &head));
    same!(listed[1].reviews.len(), 0);
    s.stage.later();
    s.author.set_pull_open(two, false).unwrap();
    same!(numbers(), [one], "a closed one is gone");
    s.stage.later();
    s.author.set_pull_open(two, true).unwrap();
    same!(numbers(), [one, two]);
}

fn many_pulls(s: &mut Scene) {
    let many = if s.server { 53 } else { 5 };
    // One commit will do for all of them.
    for n in 0..many {
        pull(s, &format!("b{n}"));
    }
    same!(s.author.pulls().unwrap().len(), many);
    same!(s.author.pulls().unwrap().len(), many, "and again, from what is known");
}

fn reviews(s: &mut Scene) {
    let (number, head) = pull(s, "fix/issue-1");
    let (me, other) = (s.author.me().unwrap(), s.reviewer.me().unwrap());
    let all = || s.author.pull(number).unwrap().unwrap().reviews;
    s.reviewer.review(number, &review(Verdict::Comment, &head, "well")).unwrap();
    s.reviewer.review(number, &review(Verdict::Reject, &head, "not so")).unwrap();
    s.reviewer.review(number, &review(Verdict::Reject, &head, "not so")).unwrap();
    let given: Vec<(Verdict, String, String)> =
        all().into_iter().map(|r| (r.verdict, r.author, r.body)).collect();
    same!(
        given,
        [
            (Verdict::Comment, other.clone(), "well".to_string()),
            (Verdict::Reject, other.clone(), "not so".to_string())
        ],
        "given again it is the same"
    );
    holds!(all().iter().all(|r| r.sha == head && !r.dismissed && r.at.0 > 1_600_000_000));
    s.reviewer.review(number, &review(Verdict::Approve, &head, "now it is")).unwrap();
    let last = all().pop().unwrap();
    same!((last.verdict, last.author), (Verdict::Approve, other));
    s.reviewer.dismiss(number, last.id).unwrap();
    holds!(all().pop().unwrap().dismissed);
    holds!(s.reviewer.dismiss(number, 987_654).is_err());
    holds!(s.reviewer.review(PullNo(4711), &review(Verdict::Approve, &head, "")).is_err());
    if s.server {
        let own = s.author.review(number, &review(Verdict::Approve, &head, "mine"));
        holds!(format!("{:#}", own.unwrap_err()).contains("own"), "{me} approves what is {me}'s");
        let later = s.stage.put("fix/issue-1", "more.txt", "more\n");
        s.reviewer.review(number, &review(Verdict::Approve, &later, "again")).unwrap();
        same!(all().pop().unwrap().sha, later);
    }
}

fn pull_of(s: &mut Scene) {
    holds!(s.author.pull_of("fix/issue-1").unwrap().is_none());
    let (first, _) = pull(s, "fix/issue-1");
    pull(s, "fix/issue-11");
    same!(s.author.pull_of("fix/issue-1").unwrap().unwrap().number, first);
    s.author.set_pull_open(first, false).unwrap();
    holds!(s.author.pull_of("fix/issue-1").unwrap().is_none(), "it is closed");
    s.stage.later();
    let (second, _) = pull(s, "fix/issue-1");
    holds!(second > first);
    same!(s.author.pull_of("fix/issue-1").unwrap().unwrap().number, second);
}

fn pulls_closed(s: &mut Scene) {
    let (number, _) = pull(s, "fix/issue-1");
    let state = || s.author.pull(number).unwrap().unwrap().state;
    s.author.set_pull_open(number, false).unwrap();
    holds!(matches!(state(), PullState::Closed { .. }));
    s.author.set_pull_open(number, true).unwrap();
    same!(state(), PullState::Open);
    holds!(s.author.set_pull_open(PullNo(4711), false).is_err());
}

fn drafts(s: &mut Scene) {
    if !s.server {
        return;
    }
    let (number, _) = pull(s, "fix/issue-1");
    s.stage.title(number.0, "WIP: fix");
    holds!(s.author.pull(number).unwrap().unwrap().draft);
    s.stage.title(number.0, "fix");
    holds!(!s.author.pull(number).unwrap().unwrap().draft);
}

fn checks(s: &mut Scene) {
    let (_, head) = pull(s, "fix/issue-1");
    let of = || s.author.checks(&head).unwrap();
    if !s.server {
        same!(of(), None);
        return;
    }
    same!(of(), Some(vec![]), "none is a value of its own");
    for (context, state) in
        [("ci/test", "pending"), ("ci/lint", "success"), ("ci/docs", "warning"), ("ci/x", "error")]
    {
        s.stage.status(&head, context, state);
    }
    let colours =
        || -> Vec<(String, Colour)> { of().unwrap().into_iter().map(|i| (i.context, i.colour)).collect() };
    let named = |pairs: [(&str, Colour); 4]| pairs.map(|(n, c)| (n.to_string(), c)).to_vec();
    let (green, red, pending) = (Colour::Green, Colour::Red, Colour::Pending);
    same!(colours(), named([("ci/docs", green), ("ci/lint", green), ("ci/test", pending), ("ci/x", red)]));
    s.stage.status(&head, "ci/test", "success");
    s.stage.status(&head, "ci/x", "failure");
    same!(colours(), named([("ci/docs", green), ("ci/lint", green), ("ci/test", green), ("ci/x", red)]));
    for n in 0..60 {
        s.stage.status(&head, &format!("many/{n}"), "success");
    }
    same!(colours().len(), 64);
    let elsewhere: Sha = "0".repeat(40).parse().unwrap();
    same!(s.author.checks(&elsewhere).unwrap(), Some(vec![]));
}

fn required(s: &mut Scene) {
    if s.server {
        s.stage.protect(&["ci/*", "lint"]);
        same!(s.author.required().unwrap(), ["ci/*", "lint"]);
    } else {
        same!(s.author.required().unwrap(), Vec::<String>::new());
    }
}

/// Merges, as often as a server that is still finding out whether it can asks to be asked again.
fn merged(s: &Scene, number: PullNo, head: &Sha) -> Sha {
    for _ in 0..30 {
        match s.author.merge(number, head).unwrap() {
            Merge::Merged(Some(sha)) => return sha,
            Merge::NotReady(why) if why.contains("try again later") => s.stage.later(),
            other => panic!("{other:?}"),
        }
    }
    panic!("#{number} never became ready");
}

fn merging(s: &mut Scene) {
    let (number, head) = pull(s, "fix/issue-1");
    if !s.server {
        same!(s.author.merge(number, &head).unwrap(), Merge::Ours);
        s.author.record_merge(number, &head).unwrap();
        same!(s.author.pull(number).unwrap().unwrap().state, PullState::Merged { sha: Some(head.clone()) });
        same!(s.author.merge(number, &head).unwrap(), Merge::AlreadyMerged);
        holds!(s.author.set_pull_open(number, true).is_err());
        return;
    }
    let before = s.stage.primary();
    holds!(s.author.record_merge(number, &head).is_err());
    let merged = merged(s, number, &head);
    holds!(merged != before);
    same!(s.stage.primary(), merged);
    let found = s.author.pull(number).unwrap().unwrap();
    same!(found.state, PullState::Merged { sha: Some(merged) });
    same!((found.branch.as_str(), found.head), ("fix/issue-1", Some(head.clone())));
    same!(s.author.merge(number, &head).unwrap(), Merge::AlreadyMerged);
    holds!(s.author.set_pull_open(number, true).is_err(), "merged it stays");
    holds!(s.author.merge(PullNo(4711), &head).is_err());
}

fn refused(s: &mut Scene) {
    let (closed, head) = pull(s, "fix/issue-1");
    s.author.set_pull_open(closed, false).unwrap();
    same!(s.author.merge(closed, &head).unwrap(), Merge::Closed);
    if !s.server {
        return;
    }
    let (draft, draft_head) = pull(s, "fix/issue-2");
    s.stage.title(draft.0, "WIP: fix");
    holds!(matches!(s.author.merge(draft, &draft_head).unwrap(), Merge::NotReady(_)));
    let (moved, old) = pull(s, "fix/issue-3");
    s.stage.put("fix/issue-3", "more.txt", "more\n");
    same!(s.author.merge(moved, &old).unwrap(), Merge::HeadMoved);
    let (torn, torn_head) = pull(s, "fix/issue-4");
    s.stage.put("main", "fix-issue-4.txt", "something else\n");
    let tried = s.author.merge(torn, &torn_head).unwrap();
    holds!(matches!(tried, Merge::Conflict | Merge::NotReady(_)), "{tried:?}");
    s.stage.protect(&["ci/*"]);
    let (held, held_head) = pull(s, "fix/issue-5");
    let why = |merge: Merge| match merge {
        Merge::NotReady(why) => why,
        other => panic!("{other:?}"),
    };
    holds!(why(s.author.merge(held, &held_head).unwrap()).contains("405"), "its checks are missing");
    s.stage.status(&held_head, "ci/test", "success");
    holds!(why(s.author.merge(held, &held_head).unwrap()).contains("405"), "nobody has approved");
    s.reviewer.review(held, &review(Verdict::Approve, &held_head, "fine")).unwrap();
    same!(merged(s, held, &held_head), s.stage.primary());
}

fn any_text(s: &mut Scene) {
    for body in [
        "\r\nlines\r\nof CRLF\r\n",
        "👩‍👩‍👧 ü \u{202e}mirrored",
        "`code` <b>&amp;</b> <!-- hidden -->",
        "#1 @eve",
    ] {
        let new = NewIssue { title: "texts".into(), body: body.into(), labels: vec![] };
        let number = s.author.new_issue(&new).unwrap();
        let read = s.author.issue(number).unwrap().unwrap().body;
        same!(read.replace("\r\n", "\n"), body.replace("\r\n", "\n"));
        s.author.comment(number.0, body).unwrap();
        let said = s.author.comments(number.0).unwrap().pop().unwrap().body;
        same!(said.replace("\r\n", "\n").trim(), body.replace("\r\n", "\n").trim());
    }
    let long = "ü".repeat(200_000);
    let number = s.author.new_issue(&new("long", &[])).unwrap();
    s.author.comment(number.0, &long).unwrap();
    let read = s.author.comments(number.0).unwrap().remove(0).body;
    let odd: Vec<(usize, char)> = read.char_indices().filter(|(_, c)| *c != 'ü').take(9).collect();
    same!((read.len(), odd), (long.len(), vec![]));
    let odd = s.author.new_issue(&new("two\nlines \u{1b}[31mand colour", &[])).unwrap();
    holds!(!s.author.issue(odd).unwrap().unwrap().title.contains('\n'));
}
