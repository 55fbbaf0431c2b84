//! Entering a phase: the labels, the one comment and the one notice that go with it, and what is remembered.

use super::*;
use crate::domain::ids::IssueNo;
use crate::domain::life::Life;
use crate::domain::notice::NoticeKind;
use crate::domain::phase::given::*;
use crate::domain::phase::seen::VerifySeen;
use crate::domain::phase::seen::{Fact, IssueSeen, PullSeen};
use crate::domain::time::{DAY, HOUR, MINUTE};

/// What entering `to` from `from` gives.
fn go(from: Phase, to: Phase, cause: Cause, seen: &Seen) -> (Run, Vec<Effect>) {
    let mut run = entered(from);
    let effects = enter(&mut run, to, "row", cause, seen, &policy());
    (run, effects)
}

fn names(effects: &[Effect]) -> Vec<&'static str> {
    effects.iter().map(Effect::name).collect()
}

/// Labels put on, labels taken off, and the assignee.
fn labels_of(from: Phase, to: Phase, seen: &Seen) -> (String, String, Option<bool>) {
    let (_, effects) = go(from, to, Cause::Row(When::Deadline), seen);
    let found = effects.into_iter().find_map(|e| match e {
        Effect::Labels { add, remove, assign } => Some((add.join(" "), remove.join(" "), assign)),
        _ => None,
    });
    found.unwrap_or_default()
}

fn of(add: &str, remove: &str, assign: Option<bool>) -> (String, String, Option<bool>) {
    (add.into(), remove.into(), assign)
}

#[test]
fn labels_say_where_an_issue_stands() {
    use Phase::*;
    let well = well(MINUTE);
    assert_eq!(
        labels_of(Claimed, Claimed, &well),
        of("in-progress", "backlog blocked needs-human underspecified", Some(true))
    );
    assert_eq!(labels_of(Working, Escalated, &well), of("needs-human", "", None));
    assert_eq!(
        labels_of(Landing, Done, &well),
        of("", "in-progress needs-human backlog blocked underspecified", None)
    );
    for to in [Blocked, Abandoned] {
        assert_eq!(labels_of(Working, to, &well), of("blocked", "in-progress needs-human", Some(false)));
        assert_eq!(labels_of(Escalated, to, &well), of("blocked", "in-progress needs-human", Some(false)));
    }
    for to in [Working, Verifying, Publishing, AwaitingCi, Landing, Limited, Stopped] {
        assert_eq!(labels_of(Working, to, &well), of("", "", None), "{to}");
        assert_eq!(labels_of(Escalated, to, &well), of("", "needs-human", None), "{to}");
    }
    assert_eq!(labels_of(Escalated, Escalated, &well), of("needs-human", "", None));
}

#[test]
fn what_was_declined_leaves_the_queue_unless_it_only_has_to_wait() {
    let seen = |refusal| Seen { asked: declined(refusal), ..well(MINUTE) };
    let r = || "r".to_string();
    let too_large = labels_of(Phase::Working, Phase::Refused, &seen(Refused::TooLarge(r())));
    assert_eq!(too_large, of("underspecified", "in-progress needs-human backlog", Some(false)));
    let dependency = Refused::Dependency { reason: r(), on: IssueNo(4) };
    let waits = labels_of(Phase::Working, Phase::Refused, &seen(dependency.clone()));
    assert_eq!(waits, of("backlog", "in-progress needs-human", Some(false)));
    let proven = Refused::DoneProven { reason: r(), proof: "commit abc".into() };
    let done = labels_of(Phase::Working, Phase::Refused, &seen(proven.clone()));
    assert_eq!(done, of("", "in-progress needs-human backlog", Some(false)));

    let enter = |refusal| go(Phase::Working, Phase::Refused, Cause::Row(When::RefusedDone), &seen(refusal));
    let (run, effects) = enter(proven);
    assert_eq!(names(&effects), ["labels", "comment", "notice", "close_issue", "event"]);
    assert_eq!((run.held_by, run.reason.as_deref()), (None, Some("already_done (commit abc): r")));
    let (run, effects) = enter(dependency);
    assert_eq!(names(&effects), ["labels", "comment", "notice", "event"]);
    assert_eq!((run.held_by, run.reason.as_deref()), (Some(IssueNo(4)), Some("unmet_dependency on #4: r")));
}

#[test]
fn an_end_is_commented_once_under_a_mark_of_its_attempt() {
    let (_, effects) = go(Phase::Working, Phase::Blocked, Cause::Row(When::Deadline), &well(3 * HOUR));
    assert_eq!(names(&effects), ["labels", "comment", "notice", "event"]);
    assert!(matches!(&effects[1], Effect::Comment { marker, .. } if marker == "blocked:1"));
    let Effect::Notice { key, kind, text, .. } = &effects[2] else { panic!("{effects:?}") };
    assert_eq!((key.as_str(), *kind), ("1:1:blocked:1", NoticeKind::Blocked));
    assert_eq!(text, "p #1 blocked: no sign of progress for 3h (Title)");
    let Effect::Event { key, kind, detail } = &effects[3] else { panic!("{effects:?}") };
    assert_eq!((key.as_str(), kind.as_str()), ("1:2:row", "blocked"));
    assert_eq!(detail, "working → blocked: no sign of progress for 3h");
}

#[test]
fn who_closes_an_issue_is_not_told_so() {
    let closed = Cause::Row(When::ClosedByPerson);
    let (_, effects) = go(Phase::Working, Phase::Abandoned, closed, &well(MINUTE));
    assert_eq!(names(&effects), ["labels", "comment", "event"]);
    assert!(matches!(&effects[1], Effect::Comment { marker, .. } if marker == "abandoned:1"));
    let mut blocked = entered(Phase::Blocked);
    let later = enter(&mut blocked, Phase::Abandoned, "closed_later", closed, &well(MINUTE), &policy());
    assert_eq!(names(&later), ["labels", "event"], "it was commented when it was blocked");
}

#[test]
fn a_landed_run_closes_its_issue_if_the_forge_did_not() {
    let open = well(MINUTE);
    let closed = Seen {
        issue: Fact::Known(IssueSeen { open: false, in_progress: true, needs_human: false }),
        ..open.clone()
    };
    let unknown = Seen { issue: failed(), ..open.clone() };
    let merged = |seen| names(&go(Phase::Landing, Phase::Done, Cause::Row(When::PullMerged), seen).1);
    assert_eq!(merged(&open), ["labels", "close_issue", "notice", "event"]);
    assert_eq!(merged(&unknown), ["labels", "close_issue", "notice", "event"]);
    assert_eq!(merged(&closed), ["labels", "notice", "event"]);
    let (run, effects) = go(Phase::Landing, Phase::Done, Cause::Row(When::PullMerged), &open);
    assert!(matches!(&effects[2], Effect::Notice { kind: NoticeKind::Landed, .. }));
    assert_eq!((run.reason, run.deadline, run.owner.as_str()), (None, None, "nobody"));
}

#[test]
fn the_same_question_at_the_same_head_is_asked_once_and_again_after_an_answer() {
    let asks = |reason: &str| Seen { asked: asked(Request::Escalate(reason.into())), ..well(MINUTE) };
    let ask = |run: &mut Run, reason| {
        run.phase = Phase::Working;
        let cause = Cause::Row(When::AskedEscalate);
        names(&enter(run, Phase::Escalated, "escalate", cause, &asks(reason), &policy()))
    };
    let (said, known) = (vec!["labels", "comment", "notice", "event"], vec!["labels", "event"]);
    let mut run = entered(Phase::Working);
    assert_eq!(ask(&mut run, "which port?"), said);
    assert_eq!(run.reason.as_deref(), Some("which port?"));
    assert_eq!(ask(&mut run, "which port?"), known);
    assert_eq!(ask(&mut run, "which host?"), said);
    run.escalation.as_mut().unwrap().answered = true;
    assert_eq!(ask(&mut run, "which host?"), said, "it was answered, and comes back");
    assert_eq!(ask(&mut run, "which host?"), known);
    run.head = Some(sha('c'));
    assert_eq!(ask(&mut run, "which host?"), said);
}

#[test]
fn a_question_is_urgent_and_its_mark_is_of_this_stay() {
    let (run, effects) = go(Phase::Working, Phase::Escalated, Cause::Row(When::Blind), &well(MINUTE));
    assert!(matches!(&effects[1], Effect::Comment { marker, .. } if marker == "escalated:1:2"));
    let Effect::Notice { key, kind, .. } = &effects[2] else { panic!("{effects:?}") };
    assert_eq!((key.as_str(), *kind), ("1:1:escalated:1:2", NoticeKind::Escalation));
    let asked = run.escalation.unwrap();
    assert_eq!(asked.notice, *key);
    assert_eq!((asked.head, asked.at, asked.answered), (Some(head()), NOW.plus(MINUTE), false));
}

#[test]
fn where_a_run_goes_back_to_is_a_phase_of_work() {
    let from = |from, to| go(from, to, Cause::Row(When::Deadline), &well(MINUTE)).0.came_from;
    for to in [Phase::Escalated, Phase::Limited, Phase::Stopped] {
        assert_eq!(from(Phase::AwaitingCi, to), Some(Phase::AwaitingCi), "{to}");
        for between in [Phase::Escalated, Phase::Limited, Phase::Stopped] {
            assert_eq!(from(between, to), None, "{between} to {to}");
        }
    }
    assert_eq!(from(Phase::AwaitingCi, Phase::Working), None);
}

#[test]
fn the_clock_of_a_wait_starts_when_it_is_entered() {
    let mut run = Run { said: ["nudge:1".to_string()].into(), ..entered(Phase::Working) };
    begin_wait(&mut run, Phase::AwaitingReview, &well(HOUR), &policy());
    assert_eq!((run.phase, run.entry, run.said.len()), (Phase::AwaitingReview, 2, 0));
    assert_eq!((run.since, run.since_awake), (NOW.plus(HOUR), HOUR));
    assert_eq!((run.owner.as_str(), run.deadline), ("reviewer", Some(HOUR + 7 * DAY)));
    assert_eq!(run.clears_when, "a reviewer approves or asks for changes");
    run.until = Some(NOW.plus(3 * HOUR));
    begin_wait(&mut run, Phase::Working, &well(HOUR), &policy());
    assert_eq!(run.deadline, Some(3 * HOUR), "the time of a limit long over puts nothing off");
    begin_wait(&mut run, Phase::Limited, &well(HOUR), &policy());
    assert_eq!(run.deadline, Some(HOUR + 2 * HOUR + DAY));
}

#[test]
fn the_pull_and_the_reviews_passed_on_are_remembered() {
    let reviewed = PullSeen { changes: Some((9, "rob".into(), "no".into())), ..a_pull() };
    let seen = Seen { pull: Fact::Known(Some(reviewed)), ..well(MINUTE) };
    let into = |to, seen: &Seen| {
        let mut run = Run { pull: None, published: None, ..entered(Phase::Publishing) };
        enter(&mut run, to, "row", Cause::Row(When::Published), seen, &policy());
        run
    };
    let working = into(Phase::Working, &seen);
    assert_eq!((working.pull, working.reviews_seen.len()), (Some(a_pull().number), 1));
    let ci = into(Phase::AwaitingCi, &seen);
    assert_eq!(
        (ci.reviews_seen.len(), ci.published),
        (0, Some(head())),
        "a review that was not passed on is not seen"
    );
    assert_eq!(working.published, None);
    let gone = PullSeen { open: false, ..a_pull() };
    let closed = Seen { pull: Fact::Known(Some(gone.clone())), ..seen.clone() };
    assert_eq!(into(Phase::Working, &closed).pull, None);
    let merged = Seen { pull: Fact::Known(Some(PullSeen { merged: true, ..gone })), ..seen };
    assert_eq!(into(Phase::Done, &merged).pull, Some(a_pull().number));
}

#[test]
fn the_time_that_a_limit_names_is_kept() {
    let until = NOW.plus(HOUR);
    let seen = Seen { life: Life::Limited { until, words: "429".into() }, ..well(MINUTE) };
    let named = Cause::Row(When::LimitNamed);
    assert_eq!(go(Phase::Working, Phase::Limited, named, &seen).0.until, Some(until));
    assert_eq!(go(Phase::Working, Phase::Stopped, named, &seen).0.until, None);
    let mut again = Run { until: Some(until), ..entered(Phase::Working) };
    enter(&mut again, Phase::Limited, "limited", named, &well(MINUTE), &policy());
    assert_eq!(again.until, Some(until), "a look that does not say keeps what is known");
}

#[test]
fn a_reason_is_given_where_people_ask_for_one_and_the_sessions_own_words_come_first() {
    let says = |request| Seen { asked: asked(request), ..well(MINUTE) };
    let reason = |to, when, seen: &Seen| go(Phase::Working, to, Cause::Row(when), seen).0.reason;
    let failed = says(Request::Failed("no compiler".into()));
    assert_eq!(reason(Phase::Blocked, When::AskedFailed, &failed).as_deref(), Some("no compiler"));
    assert_eq!(reason(Phase::Stopped, When::StopAsked, &failed).as_deref(), Some("a person stopped it"));
    let done = says(Request::Done);
    let plain = reason(Phase::Escalated, When::AskedEscalate, &done);
    assert_eq!(plain.as_deref(), Some("the session makes a request"));
    for to in [Phase::Working, Phase::Verifying, Phase::Done] {
        assert_eq!(reason(to, When::AskedFailed, &failed), None, "{to}");
    }
    let (run, effects) = go(Phase::Claimed, Phase::Claimed, Cause::Claim, &well(0));
    assert_eq!(run.reason, None);
    let Some(Effect::Event { detail, .. }) = effects.last() else { panic!("{effects:?}") };
    assert_eq!(detail, "attempt 1 begins");
    let (_, effects) = go(Phase::Claimed, Phase::Working, Cause::Row(When::HostUp), &well(0));
    let Some(Effect::Event { detail, .. }) = effects.last() else { panic!("{effects:?}") };
    assert_eq!(detail, "claimed → working");
}

#[test]
fn a_counter_that_ran_out_is_named_with_what_was_granted() {
    let mut run = entered(Phase::AwaitingCi);
    run.counters.granted = 2;
    enter(&mut run, Phase::Escalated, "row", Cause::RanOut(Counter::CiFixes), &well(0), &policy());
    let reason = "all 5 fixes of red checks are used up; the checks are still red";
    assert_eq!(run.reason.as_deref(), Some(reason));
}

#[test]
fn a_run_that_goes_well_tells_of_its_beginning_its_pull_its_reds_and_its_reviews() {
    let said = |from, to, when, seen: &Seen| {
        let (_, effects) = go(from, to, Cause::Row(when), seen);
        let notice = effects.into_iter().find_map(|e| match e {
            Effect::Notice { key, kind, to, text, order: 2 } => Some((key, kind, to, text)),
            _ => None,
        });
        notice.map(|(key, kind, to, text)| {
            assert_eq!(to, None);
            (key, kind, text)
        })
    };
    let news = |key: &str, kind, text: &str| Some((format!("1:1:{key}"), kind, text.to_string()));
    let calm = well(MINUTE);
    assert_eq!(
        said(Phase::Claimed, Phase::Working, When::HostUp, &calm),
        news("started", NoticeKind::Started, "p #1 is being worked on (Title)")
    );
    let with_pull = Seen { pull: Fact::Known(Some(a_pull())), ..calm.clone() };
    assert_eq!(
        said(Phase::Publishing, Phase::AwaitingCi, When::Published, &with_pull),
        news("pull", NoticeKind::Pull, "p #1 has pull #7 (Title)")
    );
    let red = Seen { checks_text: "\nstep test of build failed\nlog".into(), ..calm.clone() };
    let at = format!("at {}", head().short());
    assert_eq!(
        said(Phase::AwaitingCi, Phase::Working, When::CiRed, &red),
        news("ci:2", NoticeKind::Ci, &format!("p #1 is red: CI {at}: step test of build failed (Title)"))
    );
    let own = Seen { verify: VerifySeen::Red("test failed".into()), ..calm.clone() };
    let what = format!("p #1 is red: the project's own checks {at}: test failed (Title)");
    assert_eq!(
        said(Phase::Verifying, Phase::Working, When::VerifyRed, &own),
        news("ci:2", NoticeKind::Ci, &what)
    );
    let gates = format!("p #1 is red: the look at its commits {at} (Title)");
    assert_eq!(
        said(Phase::Verifying, Phase::Working, When::GateRefused, &red),
        news("ci:2", NoticeKind::Ci, &gates)
    );
    for when in [When::CiGreen, When::ApprovalGone] {
        let waits = news("review:2", NoticeKind::Review, "p #1 waits for a review (Title)");
        assert_eq!(said(Phase::AwaitingCi, Phase::AwaitingReview, when, &calm), waits);
    }
    let changes = PullSeen { changes: Some((3, "rob".into(), "No.".into())), ..a_pull() };
    let reviewed = Seen { pull: Fact::Known(Some(changes)), ..calm.clone() };
    assert_eq!(
        said(Phase::AwaitingReview, Phase::Working, When::ChangesRequested, &reviewed),
        news("review:2", NoticeKind::Review, "p #1 goes another round: rob asks for changes (Title)")
    );
    for (from, to, when) in [
        (Phase::Escalated, Phase::Working, When::Reply),
        (Phase::Working, Phase::Verifying, When::Finished),
        (Phase::Stopped, Phase::AwaitingReview, When::ResumeAsked),
        (Phase::AwaitingReview, Phase::Working, When::Conflict),
    ] {
        assert_eq!(said(from, to, when, &calm), None, "{from} {to} {when:?}");
    }
}
