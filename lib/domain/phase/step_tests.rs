//! Single steps: what fires, and what the run is afterwards. What holds of all states is checked in
//! [`super::super::explore`].

use super::*;
use crate::domain::ids::{IssueNo, PullNo, Sha};
use crate::domain::phase::enter::begin_wait;
use crate::domain::phase::seen::{Fact, IssueSeen, VerifySeen};
use crate::domain::time::{DAY, HOUR, MINUTE, Timestamp};

const NOW: Timestamp = Timestamp(1_000_000);

fn head() -> Sha {
    "a".repeat(40).parse().unwrap()
}

/// A run that has just entered `phase`, its session up, its head published.
fn entered(phase: Phase) -> Run {
    let mut run = Run::new("p", IssueNo(1), "Title", "fix/issue-1".into(), NOW);
    (run.head, run.published, run.pull) = (Some(head()), Some(head()), Some(PullNo(7)));
    begin_wait(&mut run, phase, &Seen::nothing(NOW, 0), &Policy::plain("p"));
    run
}

/// All is well, `awake` seconds after the phase was entered.
fn well(awake: u64) -> Seen {
    let mut seen = Seen::nothing(NOW.plus(awake), awake);
    seen.issue = Fact::Known(IssueSeen { open: true, in_progress: true, needs_human: true });
    seen.pull = Fact::Known(None);
    seen.life = Life::Working;
    seen.remote = Fact::Known(Some(head()));
    seen
}

/// The row that fires, and the run after it.
fn fired(run: &Run, seen: &Seen) -> (&'static str, Run) {
    match step(run, seen, &Policy::plain("p")) {
        Step::Fire(fired) => (fired.row, fired.run),
        Step::Stay => ("", run.clone()),
    }
}

#[test]
fn one_failed_look_long_after_the_start_asks_nobody_while_there_is_progress() {
    let run = Run { deadline: Some(7 * HOUR), ..entered(Phase::Working) };
    let look_failed = |awake| Seen { issue: Fact::Unknown("no answer".into()), ..well(awake) };
    assert_eq!(fired(&run, &look_failed(6 * HOUR)).0, "");
    assert_eq!(fired(&run, &look_failed(7 * HOUR)).0, "progress");
    let silent = Seen { quiet: 2 * HOUR, ..look_failed(9 * HOUR) };
    assert_eq!(fired(&run, &silent).0, "blind");
    assert_eq!(fired(&run, &Seen { quiet: 2 * HOUR, ..look_failed(9 * HOUR - 1) }).0, "");
}

#[test]
fn a_session_that_cannot_be_looked_at_is_in_the_end_a_persons_who_is_told_what_failed() {
    let unseen = |awake| Seen { life: Life::Unknown { why: "no server".into() }, ..well(awake) };
    let run = entered(Phase::AwaitingCi);
    assert_eq!(fired(&run, &unseen(HOUR - 1)).0, "");
    let (row, after) = fired(&run, &unseen(HOUR));
    assert_eq!((row, after.phase, after.came_from), ("blind", Phase::Escalated, Some(Phase::AwaitingCi)));
    assert_eq!(
        after.reason.as_deref(),
        Some("awaiting_ci for 1h, and cannot look at the session: no server")
    );
    let forge = Seen { pull: Fact::Unknown("timeout".into()), ..well(HOUR) };
    let (_, after) = fired(&run, &forge);
    assert_eq!(after.reason.as_deref(), Some("awaiting_ci for 1h, and cannot look at the forge: timeout"));
}

#[test]
fn checks_of_our_own_that_never_begin_hold_no_deadline_up() {
    let run = entered(Phase::Verifying);
    let limit = HOUR + 5 * MINUTE;
    for missing in [VerifySeen::Missing, VerifySeen::Died] {
        let at = |awake| Seen { verify: missing.clone(), gates: Fact::Known(vec![]), ..well(awake) };
        let (row, after) = fired(&run, &at(limit - 1));
        assert_eq!(row, "verify");
        assert!(after.pending.contains(&Effect::Verify { sha: head() }));
        assert_eq!(fired(&run, &at(limit)).0, "verify_late");
    }
}

#[test]
fn a_limit_may_last_until_its_time_and_a_day() {
    let until = NOW.plus(5 * DAY);
    let (row, limited) = fired(&entered(Phase::Working), &Seen { life: Life::Limited { until }, ..well(0) });
    assert_eq!((row, limited.phase, limited.until), ("limited", Phase::Limited, Some(until)));
    assert_eq!(limited.deadline, Some(6 * DAY));
    assert_eq!(fired(&limited, &Seen { quiet: HOUR, ..well(5 * DAY - 1) }).0, "park");
    let (row, after) = fired(&limited, &well(5 * DAY));
    assert_eq!((row, after.phase), ("time_came", Phase::Working));
    let clock_set_back = |awake| Seen { now: NOW, attached: true, ..well(awake) };
    assert_eq!(fired(&limited, &clock_set_back(6 * DAY - 1)).0, "");
    assert_eq!(fired(&limited, &clock_set_back(6 * DAY)).0, "still_limited");
}

#[test]
fn a_session_is_parked_when_it_only_waits_and_not_while_words_wait_for_it() {
    let run = entered(Phase::AwaitingReview);
    let quiet = Seen { quiet: HOUR, life: Life::Idle, ..well(15 * MINUTE) };
    assert_eq!(fired(&run, &quiet).0, "park");
    for awake in [Seen { reply: true, ..quiet.clone() }, Seen { attached: true, ..quiet.clone() }] {
        assert_eq!(fired(&run, &awake).0, "");
    }
    assert_eq!(fired(&run, &Seen { quiet: 15 * MINUTE - 1, ..quiet.clone() }).0, "");
    let parked = Seen { reply: true, life: Life::Absent, ..quiet };
    assert_eq!(fired(&run, &parked).0, "reply_unparks");
}

#[test]
fn a_finished_round_forgets_the_limits_before_it() {
    let mut run = entered(Phase::Working);
    (run.counters.limits, run.counters.empty, run.counters.rounds) = (7, 1, 2);
    let mut seen = well(MINUTE);
    seen.work = Fact::Known(crate::domain::phase::seen::WorkSeen {
        head: Some("c".repeat(40).parse().unwrap()),
        ahead: 1,
        dirty: vec![],
    });
    seen.asked = Some(crate::domain::phase::seen::Asked {
        stamp: crate::domain::request::Stamp { inode: 1, mtime_ns: 2, size: 3, hash: 4 },
        request: crate::domain::request::Request::Finished,
        refusal: None,
    });
    let (row, after) = fired(&run, &seen);
    assert_eq!((row, after.phase), ("round", Phase::Verifying));
    assert_eq!((after.counters.limits, after.counters.empty, after.counters.rounds), (0, 0, 2));
    assert_eq!(after.request.map(|r| r.mtime_ns), Some(2));
}
