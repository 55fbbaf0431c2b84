//! Each law by itself: what keeps it passes, and each way to break it is named with the law's number.

use super::*;
use crate::domain::effect::Effect;
use crate::domain::evidence::{CheckItem, Required};
use crate::domain::message::MessageKind;
use crate::domain::phase::SPECS;
use crate::domain::run::{Escalation, SessionRef};
use crate::domain::time::Timestamp;

fn sha(c: char) -> Sha {
    c.to_string().repeat(40).parse().unwrap()
}

fn law(held: Result<(), Breach>) -> u8 {
    held.map_or_else(|b| b.law, |()| 0)
}

fn review(author: &str, verdict: Verdict, head: char) -> Review {
    let (id, at, body) = (1, Timestamp(0), String::new());
    Review { id, author: author.into(), verdict, sha: sha(head), at, dismissed: false, body }
}

fn pull() -> Pull {
    Pull {
        number: PullNo(1),
        title: "fix: x (#1)".into(),
        body: String::new(),
        branch: "fix/issue-1".into(),
        base: "main".into(),
        author: "drover".into(),
        state: PullState::Open,
        draft: false,
        from_fork: false,
        head: Some(sha('a')),
        created: Timestamp(0),
        reviews: vec![review("rob", Verdict::Approve, 'a')],
    }
}

fn checks(colour: Option<Colour>, head: char) -> Evidence {
    let item = |colour| CheckItem { context: "ci".into(), colour, at: Timestamp(0), detail: String::new() };
    let items = colour.map(item).into_iter().collect();
    Evidence::reduce(sha(head), Timestamp(9), items, &Required::AllSeen { settle: 0 })
}

fn policy() -> Policy {
    Policy { reviewers: vec!["rob".into(), "ann".into(), "drover".into()], ..Policy::plain("p") }
}

#[test]
fn a_session_that_tells_is_given_nothing_twice() {
    assert!(given_once(IssueNo(1), false).is_ok());
    assert_eq!(given_once(IssueNo(1), true).unwrap_err().law, 7);
}

#[test]
fn a_proven_head_of_an_open_pull_may_land() {
    assert_eq!(law(only_proven(&pull(), &checks(Some(Colour::Green), 'a'), &sha('a'), &policy())), 0);
    // A head that the forge does not tell is not another one.
    let untold = Pull { head: None, ..pull() };
    assert_eq!(law(only_proven(&untold, &checks(Some(Colour::Green), 'a'), &sha('a'), &policy())), 0);
    let without = Policy { without_checks: true, ..policy() };
    assert_eq!(law(only_proven(&pull(), &checks(None, 'a'), &sha('a'), &without)), 0);
}

#[test]
fn each_thing_that_a_landing_lacks_breaks_law_1() {
    let green = checks(Some(Colour::Green), 'a');
    let with = |reviews: Vec<Review>| Pull { reviews, ..pull() };
    let dismissed = Review { dismissed: true, ..review("rob", Verdict::Approve, 'a') };
    let pulls = [
        ("merged", Pull { state: PullState::Merged { sha: None }, ..pull() }),
        ("a draft", Pull { draft: true, ..pull() }),
        ("of a fork", Pull { from_fork: true, ..pull() }),
        ("for another branch", Pull { base: "next".into(), ..pull() }),
        ("moved", Pull { head: Some(sha('b')), ..pull() }),
        ("unreviewed", with(vec![])),
        ("approved at another head", with(vec![review("rob", Verdict::Approve, 'b')])),
        ("approved by a stranger", with(vec![review("eve", Verdict::Approve, 'a')])),
        ("approved by us", with(vec![review("drover", Verdict::Approve, 'a')])),
        ("approved by its author", Pull { author: "rob".into(), ..pull() }),
        ("approval dismissed", with(vec![dismissed])),
        ("only commented", with(vec![review("rob", Verdict::Comment, 'a')])),
        ("taken back", with(vec![review("rob", Verdict::Approve, 'a'), review("rob", Verdict::Reject, 'a')])),
        (
            "another stands against it",
            with(vec![review("rob", Verdict::Approve, 'a'), review("ann", Verdict::Reject, 'b')]),
        ),
    ];
    for (what, pull) in pulls {
        assert_eq!(law(only_proven(&pull, &green, &sha('a'), &policy())), 1, "{what}");
    }
    let strict = policy();
    for (what, evidence) in [
        ("red", checks(Some(Colour::Red), 'a')),
        ("pending", checks(Some(Colour::Pending), 'a')),
        ("none", checks(None, 'a')),
        ("of another head", checks(Some(Colour::Green), 'b')),
    ] {
        assert_eq!(law(only_proven(&pull(), &evidence, &sha('a'), &strict)), 1, "{what}");
    }
    // Without checks means: none are there, not: whatever they say.
    let without = Policy { without_checks: true, ..policy() };
    assert_eq!(law(only_proven(&pull(), &checks(Some(Colour::Red), 'a'), &sha('a'), &without)), 1);
}

#[test]
fn an_approval_after_a_comment_and_one_after_a_rejection_count() {
    let words = |verdicts: &[Verdict]| verdicts.iter().map(|v| review("rob", *v, 'a')).collect();
    for reviews in [words(&[Verdict::Approve, Verdict::Comment]), words(&[Verdict::Reject, Verdict::Approve])]
    {
        let pull = Pull { reviews, ..pull() };
        assert_eq!(law(only_proven(&pull, &checks(Some(Colour::Green), 'a'), &sha('a'), &policy())), 0);
    }
}

#[test]
fn no_number_of_approvals_outweighs_one_who_stands_against_it() {
    let all = [("rob", Verdict::Reject), ("ann", Verdict::Approve), ("eva", Verdict::Approve)];
    let pull = Pull { reviews: all.map(|(who, verdict)| review(who, verdict, 'a')).into(), ..pull() };
    let three = Policy { reviewers: ["rob", "ann", "eva"].map(String::from).into(), ..policy() };
    assert_eq!(law(only_proven(&pull, &checks(Some(Colour::Green), 'a'), &sha('a'), &three)), 1);
}

#[test]
fn a_receipt_wants_a_merge() {
    assert_eq!(law(receipt_is_true(PullNo(1), true)), 0);
    assert_eq!(law(receipt_is_true(PullNo(1), false)), 1);
}

#[test]
fn one_issue_one_session_and_no_more_than_there_is_room_for() {
    let issues = |numbers: &[u64]| numbers.iter().map(|n| IssueNo(*n)).collect::<Vec<_>>();
    assert_eq!(law(one_each("x", &issues(&[]))), 0);
    assert_eq!(law(one_each("x", &issues(&[1, 2, 3]))), 0);
    assert_eq!(law(one_each("x", &issues(&[1, 2, 1]))), 2);
    assert_eq!(law(within_room(&issues(&[1, 2]), 2)), 0);
    assert_eq!(law(within_room(&issues(&[1, 2, 3]), 2)), 2);
}

#[test]
fn what_was_made_can_be_reached_and_what_others_pushed_stays() {
    let made = [sha('a'), sha('b')];
    assert_eq!(law(nothing_lost(&made, |_| true)), 0);
    assert_eq!(law(nothing_lost(&made, |s| *s == sha('a'))), 3);
    let was = sha('c');
    for (was, ours, kept, broken) in [
        (None, false, false, 0),
        (Some(&was), true, false, 0),
        (Some(&was), false, true, 0),
        (Some(&was), false, false, 3),
    ] {
        assert_eq!(law(push_keeps("b", was, ours, kept)), broken);
    }
}

fn run(phase: Phase) -> Run {
    let run = Run::new("p", IssueNo(1), "t", "fix/issue-1".into(), Timestamp(0));
    Run { phase, owner: "session".into(), clears_when: "it asks".into(), deadline: Some(5), ..run }
}

#[test]
fn at_rest_nothing_is_pending() {
    assert_eq!(law(at_rest(&run(Phase::Working))), 0);
    assert_eq!(law(at_rest(&Run { pending: vec![Effect::CloseIssue], ..run(Phase::Working) })), 4);
}

fn message(state: MessageState) -> Message {
    Message {
        version: 1,
        key: "k".into(),
        kind: MessageKind::Ci,
        about: None,
        text: " red \n".into(),
        queued: Timestamp(0),
        state,
        rest: serde_json::Map::new(),
    }
}

fn sending(nonce: &str, spawn: u32) -> Message {
    message(MessageState::Sending { nonce: nonce.into(), spawn, put: None, tries: 0 })
}

#[test]
fn a_message_counts_as_delivered_where_it_is() {
    let delivered = message(MessageState::Delivered { at: Timestamp(0), by: "turn 1".into() });
    assert_eq!(law(delivered_is_there(IssueNo(1), &delivered, ["x", "it is red here"])), 0);
    assert_eq!(law(delivered_is_there(IssueNo(1), &delivered, ["x"])), 4);
    assert_eq!(law(delivered_is_there(IssueNo(1), &message(MessageState::Queued), [])), 0);
}

#[test]
fn what_a_session_had_when_it_asked_answers_nothing() {
    let put_in = ["text with n1".to_string()];
    let answered = |waiting: &[Message]| law(answered_by_news(IssueNo(1), waiting.iter(), &put_in));
    assert_eq!(answered(&[message(MessageState::Queued)]), 0);
    assert_eq!(answered(&[sending("n1", 1)]), 4);
    assert_eq!(answered(&[sending("n2", 1)]), 0);
    assert_eq!(answered(&[sending("n1", 1), message(MessageState::Queued)]), 0);
    assert_eq!(answered(&[]), 4);
}

#[test]
fn what_has_arrived_is_not_put_in_again() {
    let (once, again) = (sending("n1", 1), sending("n2", 1));
    let put_in = ["text with n1"];
    assert_eq!(law(delivered_once(IssueNo(1), &once, &again, put_in)), 7);
    assert_eq!(law(delivered_once(IssueNo(1), &once, &again, ["text without"])), 0);
    assert_eq!(law(delivered_once(IssueNo(1), &once, &once, put_in)), 0, "written again as it was");
    assert_eq!(law(delivered_once(IssueNo(1), &once, &sending("n2", 2), put_in)), 0, "another session");
    assert_eq!(law(delivered_once(IssueNo(1), &message(MessageState::Queued), &again, put_in)), 0);
}

#[test]
fn a_wait_has_an_owner_a_way_out_and_a_deadline() {
    assert_eq!(law(wait_is_written(&run(Phase::Working))), 0);
    for broken in [
        Run { owner: String::new(), ..run(Phase::Working) },
        Run { clears_when: String::new(), ..run(Phase::Working) },
        Run { deadline: None, ..run(Phase::Working) },
        Run { deadline: None, ..run(Phase::Limited) },
        Run { deadline: None, until: Some(Timestamp(9)), ..run(Phase::Working) },
    ] {
        assert_eq!(law(wait_is_written(&broken)), 5);
    }
    let named = Run { deadline: None, until: Some(Timestamp(9)), ..run(Phase::Limited) };
    assert_eq!(law(wait_is_written(&named)), 0);
    assert_eq!(law(wait_is_written(&Run { owner: String::new(), deadline: None, ..run(Phase::Done) })), 0);
}

#[test]
fn an_end_and_a_person_are_somewhere() {
    for phase in SPECS.iter().map(|s| s.phase) {
        let somewhere =
            phase.is_terminal() || matches!(phase, Phase::AwaitingReview | Phase::Escalated | Phase::Stopped);
        assert_eq!(law(has_come_somewhere(&run(phase))), if somewhere { 0 } else { 5 }, "{phase}");
    }
}

#[test]
fn only_what_is_so_is_concluded() {
    let own = Truth { own_request: true, ..Truth::default() };
    let working = run(Phase::Working);
    let done = |truth| law(concluded(Some(&working), &run(Phase::Done), truth));
    assert_eq!(done(own), 8);
    assert_eq!(done(Truth { merged: true, ..own }), 0);
    let abandoned = |truth| law(concluded(Some(&working), &run(Phase::Abandoned), truth));
    assert_eq!(abandoned(own), 6);
    assert_eq!(abandoned(Truth { given_up: true, ..own }), 0);
    assert_eq!(abandoned(Truth { taken_over: true, ..own }), 0);
    assert_eq!(abandoned(Truth { merged: true, ..own }), 0);
    // What stood there before was judged when it was concluded.
    assert_eq!(law(concluded(Some(&run(Phase::Done)), &run(Phase::Done), own)), 0);
    assert_eq!(law(concluded(None, &run(Phase::Done), own)), 8);
    assert_eq!(law(concluded(None, &working, Truth { own_request: false, ..own })), 6);
}

#[test]
fn who_lives_is_not_taken_for_dead() {
    let session = SessionRef {
        name: "s".into(),
        spawn: 1,
        started: Timestamp(0),
        boot_id: String::new(),
        server_pid: None,
        server_start: None,
    };
    let before = Run { spawns: 1, session: Some(session), ..run(Phase::Working) };
    let after = Run { spawns: 2, died: Some("exit 1".into()), ..run(Phase::Working) };
    let truth = |alive| Truth { alive, own_request: true, ..Truth::default() };
    let asked = |before: &Run, after: &Run, alive| law(concluded(Some(before), after, truth(alive)));
    assert_eq!(asked(&before, &after, true), 6);
    assert_eq!(asked(&before, &after, false), 0);
    assert_eq!(asked(&before, &Run { spawns: 1, ..after.clone() }, true), 0, "no new start");
    assert_eq!(asked(&before, &Run { died: None, ..after.clone() }, true), 0, "not for that reason");
    assert_eq!(asked(&Run { session: None, ..before }, &after, true), 0, "there was none");
}

#[test]
fn said_once_and_without_secrets() {
    assert_eq!(law(said_once("a comment", ["a", "b"])), 0);
    assert_eq!(law(said_once("a comment", ["a", "b", "a"])), 7);
    let secrets = ["hunter2".to_string(), "swordfish".to_string()];
    assert_eq!(law(keyless("a text", "nothing here", &secrets)), 0);
    assert_eq!(law(keyless("a text", "it is swordfish", &secrets)), 8);
}

#[test]
fn people_are_bothered_with_what_is_theirs_and_with_all_of_it() {
    for (key, kind, broken) in [
        ("1:1:landed", NoticeKind::Landed, 0),
        ("1:1:landed", NoticeKind::Trouble, 9),
        ("1:1:refused:1", NoticeKind::Trouble, 9),
        ("1:1:started", NoticeKind::Escalation, 9),
        ("1:1:escalated:1:2", NoticeKind::Escalation, 0),
        ("landing_closed:4", NoticeKind::Trouble, 0),
    ] {
        assert_eq!(law(worth_a_mail(key, kind)), broken, "{key} {kind:?}");
    }
    assert_eq!([0, 1, 2].map(|n| law(is_heard_once("Blue.", n))), [0, 0, 7]);
    assert_eq!([0, 1, 2].map(|n| law(is_nobodys("Blue.", n))), [0, 8, 8]);
    assert_eq!([(0, 0), (0, 1), (1, 0), (1, 1)].map(|(m, a)| law(is_answered("Blue.", m, a))), [9, 0, 0, 0]);
    assert_eq!([0, 1, 2].map(|n| law(told_is_told("7:1:landed", n))), [9, 0, 0]);
    let waits = |phase, notice: &str, answered| {
        let (reason, notice) = ("which port".into(), notice.into());
        let escalation = Escalation { reason, head: None, at: Timestamp(0), answered, notice };
        Run { escalation: Some(escalation), ..run(phase) }
    };
    let asked = |run: &Run| law(is_still_asked(Some(run), "7:1:escalated:1:3"));
    assert_eq!(asked(&waits(Phase::Escalated, "7:1:escalated:1:3", false)), 0);
    assert_eq!(asked(&waits(Phase::Escalated, "7:1:escalated:1:5", false)), 6);
    assert_eq!(asked(&waits(Phase::Escalated, "7:1:escalated:1:3", true)), 6);
    assert_eq!(asked(&waits(Phase::Working, "7:1:escalated:1:3", false)), 6);
    assert_eq!((asked(&run(Phase::Escalated)), law(is_still_asked(None, "x"))), (6, 6));
    let asks = |phase, untold, told| law(asks_are_told(&Run { questions: 2, ..run(phase) }, untold, told));
    assert_eq!([(0, 2), (0, 3), (1, 2), (0, 1)].map(|(u, t)| asks(Phase::Working, u, t)), [0, 0, 9, 9]);
    assert_eq!(asks(Phase::Blocked, 1, 0), 0);
    let told = |what: &str| what == "#1";
    for phase in SPECS.iter().map(|s| s.phase) {
        let needs = matches!(phase, Phase::Escalated | Phase::Blocked);
        assert_eq!(law(is_told(&run(phase), told)), 0);
        assert_eq!(law(is_told(&run(phase), |_| false)), if needs { 9 } else { 0 }, "{phase}");
    }
}

fn event(row: &str) -> Effect {
    Effect::Event { key: format!("1:2:{row}:1"), kind: row.into(), detail: String::new() }
}

#[test]
fn a_budget_is_used_up_by_one_where_a_row_says_so_and_nowhere_else() {
    let before = run(Phase::Working);
    let after = |row: &str, resumes: u32| {
        let mut after = Run { entry: 1, pending: vec![event(row)], ..run(Phase::Working) };
        after.counters.resumes = resumes;
        after
    };
    assert_eq!(law(spent_once(&before, &after("died", 1))), 0);
    for wrong in [after("died", 0), after("died", 2), after("round", 1)] {
        assert_eq!(law(spent_once(&before, &wrong)), 4, "{wrong:?}");
    }
    assert_eq!(law(spent_once(&before, &after("round", 0))), 0);
    // What has run out is not used any further; a new attempt begins with all of it.
    let mut out = run(Phase::Working);
    out.counters.resumes = 3;
    assert_eq!(law(spent_once(&out, &after("died", 3))), 0);
    assert_eq!(law(spent_once(&out, &after("died", 4))), 4);
    assert_eq!(law(spent_once(&before, &Run { attempt: 2, ..after("round", 2) })), 0);
}

#[test]
fn a_request_is_not_taken_in_silence() {
    let before = run(Phase::Working);
    let taken = Run { request_at: Some(Timestamp(7)), ..run(Phase::Working) };
    assert_eq!(law(taken_is_told(&before, &taken)), 6);
    assert_eq!(law(taken_is_told(&before, &Run { pending: vec![event("words")], ..taken.clone() })), 0);
    assert_eq!(law(taken_is_told(&taken, &taken)), 0);
}

#[test]
fn labels_say_what_became_of_it() {
    let names = policy().labels;
    let fit = |phase, on: &[&str]| law(labels_fit(&run(phase), on, &names));
    for (phase, on) in [
        (Phase::Done, &["bug"][..]),
        (Phase::Blocked, &["blocked", "priority"]),
        (Phase::Abandoned, &["blocked"]),
        (Phase::Refused, &["backlog"]),
        (Phase::Refused, &["underspecified"]),
        (Phase::Refused, &[]),
        (Phase::Working, &["in-progress", "needs-human"]),
    ] {
        assert_eq!(fit(phase, on), 0, "{phase} {on:?}");
    }
    for (phase, on) in [
        (Phase::Done, &["in-progress"][..]),
        (Phase::Done, &["blocked"]),
        (Phase::Blocked, &[]),
        (Phase::Blocked, &["blocked", "in-progress"]),
        (Phase::Abandoned, &["backlog"]),
        (Phase::Refused, &["backlog", "underspecified"]),
        (Phase::Refused, &["needs-human"]),
    ] {
        assert_eq!(fit(phase, on), 7, "{phase} {on:?}");
    }
}

#[test]
fn an_end_is_explained_once() {
    let blocked = run(Phase::Blocked);
    let said = super::super::text::marker("blocked:1");
    let other = super::super::text::marker("blocked:2");
    assert_eq!(law(is_explained(&blocked, [said.as_str(), other.as_str()])), 0);
    assert_eq!(law(is_explained(&blocked, [other.as_str()])), 7);
    assert_eq!(law(is_explained(&blocked, [said.as_str(), said.as_str()])), 7);
    assert_eq!(law(is_explained(&run(Phase::Refused), [said.as_str()])), 7);
    assert_eq!(law(is_explained(&run(Phase::Done), [])), 0);
}

#[test]
fn what_is_shown_is_text_and_nothing_more() {
    for fine in ["words", "a\tb\n", "````\n```\n````\nmore", "```\ncode\n```"] {
        assert_eq!(law(harmless("x", fine)), 0, "{fine:?}");
    }
    for bad in ["\u{1b}[31mred", "a\u{202e}b", "nul\0", "```\nopen", "```\n````\n"] {
        assert_eq!(law(harmless("x", bad)), 8, "{bad:?}");
    }
}

#[test]
fn a_breach_says_which_law_and_how() {
    let breach = receipt_is_true(PullNo(3), false).unwrap_err();
    assert_eq!(breach.to_string(), "law 1: pull #3 has a receipt and is not merged");
}
