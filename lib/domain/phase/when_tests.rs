//! Each condition: seen to hold, and seen not to hold by what is nearest to it.

use super::*;
use crate::domain::phase::Phase::{
    Abandoned, AwaitingCi, AwaitingReview, Blocked, Claimed, Done, Escalated, Limited, Publishing, Stopped,
    Verifying, Working,
};
use crate::domain::phase::given::*;
use crate::domain::phase::seen::{Fact, IssueSeen, PullSeen, WorkSeen};
use crate::domain::run::Run;
use crate::domain::time::DAY;

fn life(life: Life) -> Seen {
    Seen { life, ..well(MINUTE) }
}

fn with_pull(pull: PullSeen) -> Seen {
    Seen { pull: Fact::Known(Some(pull)), ..well(MINUTE) }
}

fn with_issue(turn: fn(&mut IssueSeen)) -> Seen {
    let mut issue = IssueSeen { open: true, in_progress: true, needs_human: true };
    turn(&mut issue);
    Seen { issue: Fact::Known(issue), ..well(MINUTE) }
}

#[test]
fn an_answer_is_passed_on_when_the_session_that_it_is_for_can_be_seen() {
    let run = entered(Escalated);
    let answered = |life| Seen { reply: true, life, ..well(MINUTE) };
    assert_eq!(fires(&run, &answered(Life::Asks { what: "login".into() })), "answered");
    assert_eq!(fires(&run, &answered(Life::Absent)), "answered");
    assert_ne!(fires(&run, &answered(Life::Unknown { why: "no answer".into() })), "answered");
}

#[test]
fn what_people_did_on_the_forge_is_seen_in_every_phase() {
    for phase in
        [Claimed, Working, Verifying, Publishing, AwaitingCi, AwaitingReview, Phase::Landing, Stopped]
    {
        let run = entered(phase);
        let row = |seen: &Seen| fires(&run, seen);
        assert_eq!(row(&with_pull(PullSeen { open: false, merged: true, ..a_pull() })), "merged", "{phase}");
        assert_eq!(row(&with_pull(PullSeen { open: false, ..a_pull() })), "closed", "{phase}");
        assert_eq!(row(&with_issue(|i| i.open = false)), "closed", "{phase}");
        assert_eq!(row(&with_issue(|i| i.in_progress = false)), "claim_taken_off", "{phase}");
        let closed_and_taken_off = with_issue(|i| (i.open, i.in_progress) = (false, false));
        assert_eq!(row(&closed_and_taken_off), "closed", "{phase}");
    }
}

#[test]
fn closed_is_said_of_our_own_pull_and_of_an_issue_whose_pull_was_looked_at() {
    let run = entered(Phase::Landing);
    let others = PullSeen { number: crate::domain::ids::PullNo(8), open: false, ..a_pull() };
    assert_eq!(fires(&run, &with_pull(others.clone())), "");
    assert_eq!(
        fires(&Run { pull: None, ..run.clone() }, &with_pull(PullSeen { open: false, ..a_pull() })),
        ""
    );
    let unsure = Seen { pull: failed(), ..with_issue(|i| i.open = false) };
    assert_eq!(fires(&run, &unsure), "");
    assert_eq!(fires(&entered(Blocked), &with_issue(|i| i.open = false)), "closed_later");
    assert_eq!(fires(&entered(Done), &with_pull(PullSeen { open: false, merged: true, ..a_pull() })), "");
    for phase in [Phase::Refused, Abandoned, Blocked] {
        let merged = with_pull(PullSeen { open: false, merged: true, ..a_pull() });
        assert_eq!(fires(&entered(phase), &merged), "merged");
        assert_eq!(fires(&entered(phase), &Seen { stop: true, ..well(0) }), "");
    }
}

#[test]
fn a_person_stops_what_is_not_stopped_and_resumes_what_is() {
    let (stop, resume) = (Seen { stop: true, ..well(0) }, Seen { resume: true, ..well(0) });
    assert_eq!(fires(&entered(Working), &stop), "stop");
    assert_eq!(fires(&entered(Stopped), &stop), "");
    assert_eq!(fires(&entered(Stopped), &resume), "continued");
    assert_eq!(fires(&entered(Working), &resume), "");
    assert_eq!(fires(&entered(Stopped), &with_issue(|i| i.needs_human = false)), "");
}

#[test]
fn the_label_taken_off_an_open_issue_of_ours_means_go_on() {
    let run = entered(Escalated);
    assert_eq!(fires(&run, &with_issue(|i| i.needs_human = false)), "resumed");
    assert_eq!(fires(&run, &well(MINUTE)), "");
    assert_eq!(fires(&run, &Seen { issue: failed(), ..well(MINUTE) }), "");
    assert_eq!(fires(&entered(Working), &with_issue(|i| i.needs_human = false)), "");
}

#[test]
fn a_session_comes_up_dies_is_gone_or_limited() {
    let limited = Life::Limited { until: NOW, words: "429".into() };
    let dead = Life::Dead { how: "h".into() };
    let unknown = Life::Unknown { why: "w".into() };
    for (seen, claimed, working) in [
        (Life::Starting, "", ""),
        (Life::Working, "up", ""),
        (Life::Idle, "up", ""),
        (limited, "up", "limited"),
        (dead, "died_early", "died"),
        (Life::Absent, "start", "unpark"),
        (unknown, "", ""),
    ] {
        assert_eq!(fires(&entered(Claimed), &life(seen.clone())), claimed, "{seen:?}");
        assert_eq!(fires(&entered(Working), &life(seen.clone())), working, "{seen:?}");
    }
}

#[test]
fn a_session_at_its_prompt_is_reminded_after_a_quarter_of_an_hour_of_silence() {
    let run = entered(Working);
    let idle = |awake, quiet| Seen { life: Life::Idle, quiet, ..well(awake) };
    assert_eq!(fires(&run, &idle(15 * MINUTE, 15 * MINUTE)), "nudge");
    assert_eq!(fires(&run, &idle(HOUR, 15 * MINUTE - 1)), "");
    assert_eq!(fires(&run, &idle(15 * MINUTE - 1, HOUR)), "", "silent before it was told to work");
    assert_eq!(fires(&run, &Seen { life: Life::Working, ..idle(HOUR, HOUR) }), "");
}

#[test]
fn requests_in_working_are_taken_by_what_they_say_and_by_what_is_committed() {
    use crate::domain::request::Request::*;
    let why = || "why".to_string();
    let row = |request, found: Option<WorkSeen>| {
        let work = found.map_or_else(failed, Fact::Known);
        fires(&entered(Working), &Seen { asked: asked(request), work, ..well(MINUTE) })
    };
    let ahead = |n| Some(work(head(), n));
    let dirty = |n| ahead(n).map(|w| WorkSeen { dirty: vec!["f".into()], ..w });
    for (request, found, wanted) in [
        (Finished, ahead(0), "nothing_ahead"),
        (Finished, dirty(0), "nothing_ahead"),
        (Finished, dirty(1), "dirty"),
        (Finished, ahead(1), "round"),
        (Finished, None, ""),
        (Escalate(why()), None, "escalate"),
        (Failed(why()), None, "failed"),
        (Done, None, "claims_done"),
        (Garbage(why()), None, "words"),
        (Empty, ahead(1), ""),
    ] {
        assert_eq!(row(request.clone(), found.clone()), wanted, "{request:?} {found:?}");
    }
}

#[test]
fn a_refusal_is_believed_as_far_as_it_was_found_true() {
    use Refused::*;
    let r = || "r".to_string();
    let on = crate::domain::ids::IssueNo(2);
    for (refusal, wanted) in [
        (TooLarge(r()), "too_large"),
        (Dependency { reason: r(), on }, "unmet_dependency"),
        (DependencyUnnamed(r()), "dependency_unnamed"),
        (DoneProven { reason: r(), proof: r() }, "already_done"),
        (DoneUnproven(r()), "done_unproven"),
        (Unreadable(r()), "bad_refusal"),
    ] {
        let seen = Seen { asked: declined(refusal.clone()), ..well(MINUTE) };
        assert_eq!(fires(&entered(Working), &seen), wanted, "{refusal:?}");
    }
    let unchecked = Seen { asked: asked(Request::Refused), ..well(MINUTE) };
    assert_eq!(fires(&entered(Working), &unchecked), "");
    // The words alone are not enough: it has to be a refusal.
    let mut other = declined(TooLarge(r())).unwrap();
    other.request = Request::Empty;
    assert_eq!(fires(&entered(Working), &Seen { asked: Some(other), ..well(MINUTE) }), "");
}

#[test]
fn a_new_head_goes_back_to_be_verified_and_the_same_head_moves_nothing() {
    for (phase, new, same, asks, gives_up) in [
        (AwaitingCi, "ci_new_head", "ci_same_head", "ci_asks", "ci_gives_up"),
        (AwaitingReview, "review_new_head", "review_same_head", "review_asks", "review_gives_up"),
        (Phase::Landing, "landing_new_head", "landing_same_head", "landing_asks", "landing_gives_up"),
    ] {
        let run = entered(phase);
        let row = |request, work| fires(&run, &Seen { asked: asked(request), work, ..well(MINUTE) });
        let at = |c, ahead| Fact::Known(work(sha(c), ahead));
        assert_eq!(row(Request::Finished, at('c', 1)), new);
        assert_eq!(row(Request::Finished, at('a', 1)), same);
        assert_eq!(row(Request::Finished, at('c', 0)), same);
        assert_eq!(
            row(Request::Finished, Fact::Known(WorkSeen { head: None, ahead: 1, dirty: vec![] })),
            same
        );
        assert_eq!(row(Request::Finished, failed()), "");
        assert_eq!(row(Request::Done, at('a', 1)), same);
        assert_eq!(row(Request::Done, at('c', 1)), "");
        assert_eq!(row(Request::Empty, at('a', 1)), "");
        assert_eq!(row(Request::Escalate("w".into()), at('a', 1)), asks);
        assert_eq!(row(Request::Failed("w".into()), at('a', 1)), gives_up);
    }
    let on = Seen { asked: asked(Request::Finished), work: Fact::Known(work(sha('c'), 1)), ..well(MINUTE) };
    assert_eq!(fires(&entered(Verifying), &on), "new_round");
    assert_eq!(fires(&entered(Escalated), &on), "went_on");
}

#[test]
fn people_are_reminded_once_and_at_their_time() {
    let at = |awake| Seen { attached: true, ..well(awake) };
    assert_eq!(fires(&entered(AwaitingReview), &at(3 * HOUR - 1)), "");
    assert_eq!(fires(&entered(AwaitingReview), &at(3 * HOUR)), "review_reminder");
    assert_eq!(fires(&entered(Escalated), &at(6 * HOUR - 1)), "");
    let (row, after) = fired(&entered(Escalated), &at(6 * HOUR));
    assert_eq!((row, fires(&after, &at(7 * HOUR))), ("escalation_reminder", ""));
}

#[test]
fn a_limit_of_work_counts_from_the_beginning_of_the_round() {
    let holds = |limit, awake| {
        let policy = Policy { work_limit: limit, ..policy() };
        When::WorkLimit.holds(&entered(Working), &well(awake), &policy)
    };
    assert!(holds(Some(HOUR), HOUR) && !holds(Some(HOUR), HOUR - 1) && !holds(None, 100 * DAY));
    let later = Run { since_awake: HOUR, ..entered(Working) };
    assert!(!When::WorkLimit.holds(&later, &well(HOUR), &Policy { work_limit: Some(HOUR), ..policy() }));
}

#[test]
fn only_sessions_that_are_up_are_parked_and_only_where_they_wait() {
    let quiet = |life| Seen { life, quiet: HOUR, ..well(HOUR) };
    let limited = Life::Limited { until: NOW, words: "429".into() };
    for up in [Life::Starting, Life::Working, Life::Idle, limited] {
        for phase in [AwaitingCi, AwaitingReview, Phase::Landing, Escalated, Limited] {
            let run = Run { deadline: None, ..entered(phase) };
            assert_eq!(fires(&run, &quiet(up.clone())), "park", "{phase} {up:?}");
        }
        assert_eq!(fires(&Run { deadline: None, ..entered(Verifying) }, &quiet(up)), "");
    }
    for down in [Life::Absent, Life::Dead { how: "h".into() }, Life::Unknown { why: "w".into() }] {
        let run = Run { deadline: None, ..entered(AwaitingCi) };
        assert_eq!(fires(&run, &Seen { awake: 59 * MINUTE, ..quiet(down) }), "");
    }
}
