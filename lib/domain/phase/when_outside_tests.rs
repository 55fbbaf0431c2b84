//! Conditions on git, the forge, the checks and the time: seen to hold, and seen not to hold by what is nearest.

use super::*;
use crate::domain::phase::Phase::{
    AwaitingCi, AwaitingReview, Claimed, Escalated, Publishing, Stopped, Verifying,
};
use crate::domain::phase::given::*;
use crate::domain::phase::seen::{Fact, PullSeen};
use crate::domain::run::Run;
use crate::domain::time::DAY;

fn with_pull(pull: PullSeen) -> Seen {
    Seen { pull: Fact::Known(Some(pull)), ..well(MINUTE) }
}

fn remote(at: Option<char>) -> Seen {
    Seen { remote: Fact::Known(at.map(sha)), ..well(MINUTE) }
}

#[test]
fn verifying_ends_with_a_result_and_open_gates() {
    let run = entered(Verifying);
    let row = |verify: VerifySeen, gates| fires(&run, &Seen { verify, gates, ..well(MINUTE) });
    let (open, shut) = (|| Fact::Known(vec![]), || Fact::Known(vec!["a key".to_string()]));
    assert_eq!(row(VerifySeen::Green, open()), "verified");
    assert_eq!(row(VerifySeen::Green, shut()), "gate");
    assert_eq!(row(VerifySeen::Running, shut()), "gate");
    assert_eq!(row(VerifySeen::Green, failed()), "");
    assert_eq!(row(VerifySeen::Running, open()), "");
    assert_eq!(row(VerifySeen::Red("r".into()), failed()), "verify_red");
    assert_eq!(row(VerifySeen::Missing, failed()), "verify");
    assert_eq!(row(VerifySeen::Died, open()), "verify");
    assert_eq!(row(VerifySeen::Unknown("u".into()), open()), "verify_unknown");
}

#[test]
fn published_is_pushed_at_the_head_with_an_open_pull() {
    let run = entered(Publishing);
    assert_eq!(fires(&run, &remote(Some('a'))), "published");
    let no_pull = Seen { pull: Fact::Known(None), ..remote(Some('a')) };
    assert_eq!(fires(&run, &no_pull), "publish");
    assert_eq!(fires(&run, &Seen { pull: failed(), ..remote(Some('a')) }), "");
    assert_eq!(fires(&run, &Seen { issue: failed(), ..remote(None) }), "");
    assert_eq!(fires(&run, &remote(None)), "publish");
    assert_eq!(fires(&run, &Seen { remote: failed(), ..well(MINUTE) }), "");
    let headless = Run { head: None, ..run };
    assert_eq!(fires(&headless, &remote(None)), "publish");
}

#[test]
fn commits_of_others_are_on_top_or_something_else() {
    let run = Run { published: Some(sha('0')), ..entered(Publishing) };
    let on_top = |at| Seen { remote_extends: true, ..remote(at) };
    assert_eq!(fires(&run, &on_top(Some('d'))), "others_on_top");
    assert_eq!(fires(&run, &on_top(Some('a'))), "published");
    assert_eq!(fires(&run, &on_top(None)), "publish");
    assert_eq!(fires(&run, &remote(Some('d'))), "diverged");
    assert_eq!(fires(&run, &remote(Some('0'))), "publish", "what we published last is no surprise");
    assert_eq!(fires(&run, &remote(Some('a'))), "published");
    let asks = |at, verify| Seen { remote_extends: verify, ..remote(at) };
    assert_eq!(fires(&entered(AwaitingCi), &asks(Some('d'), true)), "ci_others");
    assert_eq!(fires(&entered(AwaitingCi), &asks(Some('d'), false)), "");
}

#[test]
fn a_published_branch_that_is_gone_is_published_anew() {
    for (phase, wanted) in [
        (AwaitingCi, "ci_branch_gone"),
        (AwaitingReview, "review_branch_gone"),
        (Phase::Landing, "landing_branch_gone"),
    ] {
        assert_eq!(fires(&entered(phase), &remote(None)), wanted);
        assert_eq!(fires(&entered(phase), &remote(Some('a'))), "");
        assert_eq!(fires(&entered(phase), &Seen { issue: failed(), ..remote(None) }), "");
        assert_eq!(fires(&entered(phase), &Seen { remote: failed(), ..well(MINUTE) }), "");
    }
}

#[test]
fn checks_count_for_the_head_that_the_pull_is_at() {
    let row = |colour, at: Option<char>| {
        let pull = Fact::Known(Some(PullSeen { head: at.map(sha), ..a_pull() }));
        fires(&entered(AwaitingCi), &Seen { checks: colour, pull, ..well(MINUTE) })
    };
    assert_eq!(row(Colour::Green, Some('a')), "ci_green");
    assert_eq!(row(Colour::Red, Some('a')), "ci_red");
    for colour in [Colour::Pending, Colour::None, Colour::Unknown] {
        assert_eq!(row(colour, Some('a')), "", "{colour:?}");
    }
    for colour in [Colour::Green, Colour::Red] {
        assert_eq!(row(colour, Some('d')), "", "{colour:?}");
        assert_eq!(row(colour, None), "", "{colour:?}");
    }
    let headless = Run { head: None, ..entered(AwaitingCi) };
    let nowhere = with_pull(PullSeen { head: None, ..a_pull() });
    assert_eq!(fires(&headless, &Seen { checks: Colour::Green, ..nowhere }), "");
}

#[test]
fn no_checks_at_all_are_fine_only_where_the_project_says_so() {
    let holds = |without_checks, checks| {
        let policy = Policy { without_checks, ..policy() };
        When::CiGreen.holds(&entered(AwaitingCi), &Seen { checks, ..well(MINUTE) }, &policy)
    };
    assert!(holds(true, Colour::None) && holds(true, Colour::Green) && holds(false, Colour::Green));
    assert!(!holds(false, Colour::None) && !holds(true, Colour::Pending) && !holds(true, Colour::Unknown));
}

#[test]
fn a_review_moves_the_run_as_the_landing_says() {
    let row = |phase, hold| fires(&entered(phase), &Seen { pull: held(hold), ..well(MINUTE) });
    let conflict = || Hold::Conflict(vec!["f".into()]);
    assert_eq!(row(AwaitingReview, conflict()), "review_conflict");
    assert_eq!(row(Phase::Landing, conflict()), "conflict");
    assert_eq!(row(AwaitingReview, Hold::Behind), "");
    assert_eq!(row(Phase::Landing, Hold::NoApproval), "approval_gone");
    assert_eq!(row(Phase::Landing, Hold::Checks(Colour::Pending)), "approval_gone");
    assert_eq!(row(Phase::Landing, Hold::Checks(Colour::None)), "approval_gone");
    for hold in [Hold::Checks(Colour::Unknown), Hold::Checks(Colour::Red), Hold::MergeUnknown("w".into())] {
        assert_eq!(row(Phase::Landing, hold), "");
    }
    for hold in
        [Hold::OtherBase("dev".into()), Hold::Draft, Hold::Fork, Hold::OutOfScope, Hold::Stopped("w".into())]
    {
        assert_eq!(row(Phase::Landing, hold), "not_allowed");
    }
    let elsewhere = PullSeen { landing: Landing::Hold(Hold::Draft), head: Some(sha('d')), ..a_pull() };
    assert_eq!(fires(&entered(Phase::Landing), &with_pull(elsewhere)), "");
    let changes = PullSeen { changes: Some((3, "rob".into(), "text".into())), ..a_pull() };
    assert_eq!(fires(&entered(AwaitingReview), &with_pull(changes.clone())), "changes");
    assert_eq!(fires(&entered(Phase::Landing), &with_pull(changes)), "second_thoughts");
}

#[test]
fn deadlines_act_on_the_second_and_only_after_a_look_that_succeeded() {
    for (phase, limit, wanted) in [
        (Claimed, 10 * MINUTE, "never_up"),
        (Publishing, 10 * MINUTE, "publish_late"),
        (AwaitingCi, 30 * MINUTE, "ci_late"),
        (AwaitingReview, 7 * DAY, "review_late"),
        (Phase::Landing, 15 * MINUTE, "landing_late"),
        (Escalated, DAY, "unanswered"),
        (Stopped, 7 * DAY, "left_stopped"),
    ] {
        let run = Run {
            said: ["escalation_reminder:1", "review_reminder:1"].map(String::from).into(),
            ..entered(phase)
        };
        let at = |awake| Seen { life: Life::Starting, remote: failed(), ..well(awake) };
        assert_eq!(fires(&run, &at(limit - 1)), "", "{phase}");
        assert_eq!(fires(&run, &at(limit)), wanted, "{phase}");
        for blind in [
            Seen { issue: failed(), ..at(limit) },
            Seen { pull: failed(), ..at(limit) },
            Seen { life: Life::Unknown { why: "w".into() }, ..at(limit) },
        ] {
            assert_eq!(fires(&run, &blind), "", "{phase}");
            let twice = Seen { awake: 2 * limit, ..blind };
            assert_eq!(fires(&run, &twice), if phase == Escalated { "" } else { "blind" }, "{phase}");
        }
    }
}

#[test]
fn an_issue_that_another_host_works_on_is_given_up_wherever_its_run_stands() {
    let theirs = Seen { taken_by: Some("host 2".into()), ..well(MINUTE) };
    for phase in [Claimed, Verifying, AwaitingCi, AwaitingReview, Escalated, Stopped] {
        assert_eq!(fires(&entered(phase), &theirs), "taken_over", "{phase}");
        assert_ne!(fires(&entered(phase), &well(MINUTE)), "taken_over", "{phase}");
    }
}

#[test]
fn a_head_that_lacks_what_others_have_pushed_is_not_published() {
    let run = Run { published: Some(sha('0')), ..entered(Publishing) };
    let lacks = |at| Seen { drops_theirs: true, ..remote(at) };
    assert_eq!(fires(&run, &remote(Some('0'))), "publish");
    assert_eq!(fires(&run, &lacks(Some('0'))), "diverged");
    assert_eq!(fires(&run, &lacks(None)), "publish", "with the branch gone there is nothing to lose");
}

#[test]
fn an_end_may_last() {
    assert!(allowed(&entered(Phase::Done), &policy()) > 1000 * DAY);
    assert_eq!(allowed(&entered(Claimed), &policy()), Claimed.seconds(&policy()).unwrap());
}
