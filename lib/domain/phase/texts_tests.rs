//! What people and sessions read: each text says what it is about, and what comes from outside stays data.

use super::*;
use crate::domain::landing::{Hold, Landing};
use crate::domain::notice::NoticeKind;
use crate::domain::phase::Phase;
use crate::domain::phase::given::{a_pull, asked, entered, failed, head, held, policy, well, work};
use crate::domain::phase::seen::PullSeen;
use crate::domain::phase::table::TABLE;
use crate::domain::time::{HOUR, MINUTE};

/// The key, the kind, the head it is about and the text.
fn told(tell: Tell, run: &Run, seen: &Seen) -> (String, MessageKind, Option<Sha>, String) {
    match message(tell, run, seen, &policy()) {
        Effect::Message { key, kind, about, text } => (key, kind, about, text),
        other => panic!("{other:?}"),
    }
}

fn text(tell: Tell, seen: &Seen) -> String {
    told(tell, &entered(Phase::Working), seen).3
}

fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
}

fn reviewed() -> Seen {
    let changes = Some((9, "rob\u{202e}".to_string(), "```\nno".to_string()));
    Seen { pull: Fact::Known(Some(PullSeen { changes, ..a_pull() })), ..well(MINUTE) }
}

#[test]
fn every_message_says_what_is_wrong_and_what_to_do() {
    let dirty = |n: usize| {
        let files = (0..n).map(|k| format!("f{k}.txt")).collect();
        Seen {
            work: Fact::Known(crate::domain::phase::seen::WorkSeen { dirty: files, ..work(head(), 1) }),
            ..well(0)
        }
    };
    has(
        &text(Tell::NothingAhead, &well(0)),
        &["fix/issue-1 has no commit that main lacks", "PHASE:awaiting_ci"],
    );
    has(&text(Tell::Dirty, &dirty(2)), &["- f0.txt\n- f1.txt\n", "not committed"]);
    let many = text(Tell::Dirty, &dirty(23));
    has(&many, &["- f19.txt\n- … and 3 more"]);
    assert!(!many.contains("f20.txt") && !text(Tell::Dirty, &dirty(20)).contains("more\n"));
    has(&text(Tell::BadRefusal, &well(0)), &["$SUMMARY_FILE holds no JSON", "unmet_dependency"]);
    has(&text(Tell::NotDone, &well(0)), &["no pull of fix/issue-1 has been merged"]);
    let garbage = Seen { asked: asked(Request::Garbage("landed\u{7}".into())), ..well(0) };
    has(&text(Tell::Words, &garbage), &["holds \"landed\"", "PHASE:awaiting_ci  (", "PHASE:escalate  ("]);
    has(&text(Tell::Words, &well(0)), &["holds \"\""]);
    has(&text(Tell::Nudge, &well(0)), &["stopped without a request"]);
    let gates = Seen { gates: Fact::Known(vec!["a key in x".into(), "a key in y".into()]), ..well(0) };
    has(&text(Tell::Gates, &gates), &["a key in x\na key in y", "not published", "When that is committed"]);
    has(&text(Tell::RemoteMoved, &well(0)), &["pushed to fix/issue-1", "git merge origin/fix/issue-1"]);
    let conflict = Seen { pull: held(Hold::Conflict(vec!["a.rs".into(), "b.rs".into()])), ..well(0) };
    has(&text(Tell::Conflict, &conflict), &["main has moved", "- a.rs\n- b.rs", "git merge origin/main"]);
    has(&text(Tell::Review, &reviewed()), &["rob reviewed the pull", "no", "Act on each point"]);
    assert_eq!(text(Tell::Review, &well(0)), "");
}

#[test]
fn red_checks_are_shown_as_data_with_the_head_and_what_is_left() {
    let mut run = entered(Phase::Working);
    (run.counters.ci_fixes, run.counters.granted) = (2, 1);
    let seen =
        Seen { checks_text: "E0308 ```".into(), verify: VerifySeen::Red("exit code 1".into()), ..well(0) };
    has(&told(Tell::CiRed, &run, &seen).3, &["CI failed on aaaaaaaaaa (fix 2 of 4)", "E0308 ```", "````"]);
    has(&told(Tell::VerifyRed, &run, &seen).3, &["The project's own checks failed on", "exit code 1"]);
    let headless = Run { head: None, ..run };
    has(&told(Tell::CiRed, &headless, &seen).3, &["failed on your head"]);
    let none = told(Tell::VerifyRed, &headless, &Seen { verify: VerifySeen::Green, ..seen });
    assert_eq!(none.0, "verify:none");
    assert!(!none.3.contains("exit code 1"));
}

#[test]
fn keys_tell_the_same_message_from_the_next() {
    use MessageKind::*;
    let mut run = entered(Phase::Working);
    run.counters.empty = 1;
    let a = head().to_string();
    for (tell, key, kind, about) in [
        (Tell::NothingAhead, "empty:1:1:1".to_string(), Correction, None),
        (Tell::Dirty, "dirty:1:1".into(), Correction, None),
        (Tell::BadRefusal, "refusal:1:1:1".into(), Correction, None),
        (Tell::NotDone, "notdone:1:1:1".into(), Correction, None),
        (Tell::Words, "words:1:1".into(), Correction, None),
        (Tell::Nudge, "nudge:1:1".into(), Nudge, None),
        (Tell::Gates, format!("gates:{a}"), Ci, Some(head())),
        (Tell::VerifyRed, format!("verify:{a}"), Ci, Some(head())),
        (Tell::CiRed, format!("ci:{a}"), Ci, Some(head())),
        (Tell::Review, "review:9".into(), Review, None),
        (Tell::RemoteMoved, format!("moved:{a}"), Update, Some(head())),
        (Tell::Conflict, format!("conflict:{a}:1:1"), Update, Some(head())),
    ] {
        let found = told(tell, &run, &reviewed());
        assert_eq!((found.0, found.1, found.2), (key, kind, about), "{tell:?}");
    }
    assert_eq!(told(Tell::Review, &run, &well(0)).0, "review:0");
}

#[test]
fn reasons_name_what_happened() {
    let why = |phase, when, seen: &Seen| reason(when, &entered(phase), seen, &policy());
    let closed = Seen {
        issue: Fact::Known(crate::domain::phase::seen::IssueSeen {
            open: false,
            in_progress: true,
            needs_human: false,
        }),
        ..well(0)
    };
    let working = |when, seen: &Seen| why(Phase::Working, when, seen);
    assert_eq!(working(When::ClosedByPerson, &closed), "the issue was closed");
    assert_eq!(working(When::ClosedByPerson, &well(0)), "the pull was closed without a merge");
    assert_eq!(working(When::ClaimTakenOff, &well(0)), "the label in-progress was taken off");
    assert_eq!(working(When::StopAsked, &well(0)), "a person stopped it");
    assert_eq!(working(When::LimitNamed, &well(0)), "the agent named a limit");
    let silent = Seen { life: Life::Limited { until: well(0).now, words: String::new() }, ..well(0) };
    assert_eq!(working(When::LimitNamed, &silent), "the agent named a limit");
    assert_eq!(working(When::Deadline, &well(2 * HOUR)), "no sign of progress for 2h");
    let unread = Seen { asked: asked(Request::Finished), work: failed(), ..well(2 * HOUR) };
    has(
        &working(When::Deadline, &unread),
        &["for 2h; it asked to go on, but its work cannot be read: timeout"],
    );
    let read = Seen { asked: asked(Request::Finished), ..well(2 * HOUR) };
    assert_eq!(working(When::Deadline, &read), "no sign of progress for 2h");
    let ci = why(Phase::AwaitingCi, When::Deadline, &well(HOUR));
    assert_eq!(ci, "awaiting_ci for 1h: waited in vain until the checks of the head have finished");
    let limited = Policy { work_limit: Some(3 * HOUR), ..policy() };
    let long = reason(When::WorkLimit, &entered(Phase::Working), &well(0), &limited);
    assert_eq!(long, "it worked longer than 3h");
    let unknown = Seen { verify: VerifySeen::Unknown("died thrice".into()), ..well(0) };
    let verify = |seen: &Seen| why(Phase::Verifying, When::VerifyUnknown, seen);
    assert_eq!(verify(&unknown), "the project's own checks gave no result: died thrice");
    assert_eq!(verify(&well(0)), "the project's own checks gave no result");
    let draft = Seen { pull: held(Hold::Draft), ..well(0) };
    let landing = |seen: &Seen| why(Phase::Landing, When::LandingRefused, seen);
    assert_eq!(landing(&draft), "it may not land: it is a draft");
    let land = Landing::Land { head: head(), approved_by: vec![] };
    let may = Seen { pull: Fact::Known(Some(PullSeen { landing: land, ..a_pull() })), ..well(0) };
    assert_eq!(landing(&may), "it may not land");
}

#[test]
fn a_look_that_kept_failing_is_named() {
    let run = entered(Phase::Working);
    let blind = |seen: &Seen| reason(When::Blind, &run, seen, &policy());
    let unseen = Seen { life: Life::Unknown { why: "no server".into() }, ..well(HOUR) };
    assert_eq!(blind(&unseen), "working for 1h, and cannot look at the session: no server");
    assert_eq!(
        blind(&Seen { issue: failed(), ..unseen.clone() }),
        "working for 1h, and cannot look at the forge: timeout"
    );
    assert_eq!(
        blind(&Seen { pull: failed(), ..unseen }),
        "working for 1h, and cannot look at the forge: timeout"
    );
}

#[test]
fn refusals_and_last_straws_are_told_apart() {
    let r = || "r".to_string();
    let on = crate::domain::ids::IssueNo(2);
    for (refused, wanted) in [
        (Refused::TooLarge(r()), "too_large: r"),
        (Refused::Dependency { reason: r(), on }, "unmet_dependency on #2: r"),
        (Refused::DependencyUnnamed(r()), "unmet_dependency that names no open issue: r"),
        (Refused::DoneProven { reason: r(), proof: "pull #3".into() }, "already_done (pull #3): r"),
        (Refused::DoneUnproven(r()), "already_done, but nothing it names has landed: r"),
        (Refused::Unreadable(r()), "a refusal that cannot be read: r"),
    ] {
        assert_eq!(refusal(&refused), wanted);
    }
    let dead = Seen { life: Life::Dead { how: "exit code 3".into() }, ..well(0) };
    assert_eq!(last_straw(Counter::Resumes, &dead), "the last session: exit code 3");
    assert_eq!(last_straw(Counter::Starts, &dead), "the last session: exit code 3");
    let straws: std::collections::BTreeSet<String> = [
        Counter::CiFixes,
        Counter::Rounds,
        Counter::Updates,
        Counter::Resumes,
        Counter::Starts,
        Counter::Empty,
        Counter::Limits,
    ]
    .map(|c| last_straw(c, &well(0)))
    .into();
    assert_eq!(straws.len(), 7, "each counter has its own last straw: {straws:?}");
    assert!(last_straw(Counter::CiFixes, &dead).contains("red"));
}

#[test]
fn comments_say_why_and_how_to_go_on_and_quote_strangers_as_data() {
    let run = Run { reason: Some("# no <b>compiler</b> ```".into()), ..entered(Phase::Working) };
    let asks = Seen {
        life: Life::Asks { what: "a question".into() },
        pane: "Do you trust this folder?".into(),
        ..well(0)
    };
    has(&super::escalated(&run, &asks, &policy()), &["Do you trust this folder?", "`agent attach 1`"]);
    let unseen = super::escalated(&run, &Seen { pane: asks.pane, ..well(0) }, &policy());
    assert!(!unseen.contains("Do you trust"), "it is no matter of its screen");
    let escalated = escalated(&run, &well(0), &policy());
    has(
        &escalated,
        &["(attempt 1)", "````\n# no <b>compiler</b> ```\n````", "`agent say 1", "`needs-human`"],
    );
    let pane: String = (1..=60).map(|n| format!("line {n}\n")).collect();
    let gone = blocked(&run, &well(0), &policy());
    has(
        &gone,
        &[
            "attempt | 1 |",
            "`fix/issue-1`",
            "pull | #7 |",
            "(the session was gone)",
            "agent retry 1",
            "`backlog`",
        ],
    );
    let told = blocked(&Run { pull: None, ..run.clone() }, &Seen { pane, ..well(0) }, &policy());
    has(&told, &["pull | none |", "line 11\n", "line 60\n"]);
    assert!(!told.contains("line 10\n") && !told.contains("session was gone"));
    has(&abandoned(&run, &policy()), &["stopped working on this: # no", "`backlog`"]);
    has(&refused(&run, &policy()), &["declined this issue", "no <b>compiler</b>", "`backlog`"]);
    has(&refused(&Run { reason: None, ..run }, &policy()), &["no reason given"]);
}

#[test]
fn a_notice_is_one_line_with_the_reason_if_there_is_one() {
    let run = Run { title: "A\nB".into(), ..entered(Phase::Working) };
    assert_eq!(notice(&run, "landed"), "p #1 landed (A B)");
    assert_eq!(
        notice(&Run { reason: Some("red\nred".into()), ..run }, "blocked"),
        "p #1 blocked: red red (A B)"
    );
}

#[test]
fn a_reminder_names_whom_it_waits_for() {
    let policy =
        Policy { reviewers: vec!["rob".into(), "ann".into()], trusted: vec!["maria".into()], ..policy() };
    let of = |phase, policy: &Policy| match reminder(&entered(phase), &well(3 * HOUR), policy, 0) {
        Effect::Notice { key, kind: NoticeKind::Reminder, to: None, order: 1, text } => (key, text),
        other => panic!("{other:?}"),
    };
    let (key, text) = of(Phase::AwaitingReview, &policy);
    assert_eq!(key, "1:1:reminder:1");
    assert_eq!(text, "p #1 has waited 3h for rob or ann: a reviewer approves or asks for changes");
    has(&of(Phase::Escalated, &policy).1, &["for maria: a person answers"]);
    has(&of(Phase::Escalated, &Policy::plain("p")).1, &["for somebody: "]);
}

#[test]
fn an_event_says_what_was_done() {
    let row = |id| TABLE.iter().find(|r| r.id == id).unwrap();
    let dead = Seen { life: Life::Dead { how: "exit code 3".into() }, ..well(0) };
    assert_eq!(note(row("died"), &dead), "the session is dead (exit code 3); it is started again");
    assert_eq!(note(row("park"), &well(0)), "parked: the session only waits");
    assert_eq!(note(row("unpark"), &dead), "there is no session");
    assert_eq!(note(row("died"), &well(0)), "the session is dead");
}

#[test]
fn a_pull_closes_its_issue_and_names_what_was_left_behind() {
    let run = Run { title: "Mend\nit".into(), ..entered(Phase::Verifying) };
    let with = |summary: &str| pull(&run, &Seen { summary: summary.into(), ..well(0) });
    assert_eq!(with(""), ("fix: Mend it (#1)".into(), "Fixes #1\n".into()));
    assert_eq!(with(" \n").1, "Fixes #1\n");
    assert_eq!(with("{\"status\": 1}").1, "Fixes #1\n", "a refusal is no summary");
    assert_eq!(with(" It was the port. ").1, "Fixes #1\n\n## What the session says\n\nIt was the port.\n");
    assert_eq!(with(&"x".repeat(5000)).1.matches('x').count(), 4000 + 1);
    let left = Run { left_behind: vec!["notes.txt".into()], ..run };
    has(
        &pull(&left, &well(0)).1,
        &["Fixes #1\n", "## Left uncommitted in the session's folder\n\n- notes.txt\n"],
    );
}

#[test]
fn whoever_has_taken_an_issue_over_is_named() {
    let by = |who: Option<&str>| {
        let seen = Seen { taken_by: who.map(String::from), ..well(MINUTE) };
        reason(When::TakenOver, &entered(Phase::Working), &seen, &policy())
    };
    assert_eq!(by(Some("box:/srv/drover")), "box:/srv/drover has taken it over");
    assert_eq!(by(None), "another host has taken it over");
}

#[test]
fn comments_that_need_a_person_name_whom_they_are_for() {
    let run = entered(Phase::Escalated);
    let call = Policy { call: vec!["maria".into(), "rob".into()], ..policy() };
    let comment = escalated(&run, &well(0), &call);
    assert!(comment.starts_with("@maria @rob **drover needs a person**"), "{comment}");
    has(&comment, &["Answer with a comment here, with `agent say 1 \"…\"`, or take the label"]);
    has(&escalated(&run, &well(0), &policy()), &["Answer with `agent say 1 \"…\"`, or take the label"]);
    assert!(blocked(&run, &well(0), &call).starts_with("@maria @rob **drover gave up"));
    assert!(escalated(&run, &well(0), &policy()).starts_with("**drover needs a person**"));
}
