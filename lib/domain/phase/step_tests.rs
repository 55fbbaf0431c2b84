//! What a step does besides leading somewhere: what it takes up, starts, publishes, counts. What holds of all
//! states is checked in [`explore`](super::super::explore).

use super::*;
use crate::domain::ci::{CiSeen, FailedStep};
use crate::domain::evidence::Colour;
use crate::domain::ids::PullNo;
use crate::domain::life::Life;
use crate::domain::notice::NoticeKind;
use crate::domain::phase::given::*;
use crate::domain::phase::seen::{Fact, VerifySeen};
use crate::domain::request::Request;
use crate::domain::run::Escalation;
use crate::domain::time::{DAY, HOUR, MINUTE};

/// The pending effects of this name.
fn pending<'a>(run: &'a Run, name: &str) -> Vec<&'a Effect> {
    run.pending.iter().filter(|e| e.name() == name).collect()
}

fn dead() -> Life {
    Life::Dead { how: "exit code 3".into() }
}

#[test]
fn a_dead_session_is_put_away_and_the_next_one_told_how_it_ended() {
    let (row, after) = fired(&entered(Phase::Working), &Seen { life: dead(), ..well(MINUTE) });
    assert_eq!((row, after.died.as_deref(), after.spawns), ("died", Some("exit code 3"), 4));
    assert_eq!(after.session, None);
    let stop = Effect::StopSession { spawn: 3 };
    assert_eq!(after.pending[..2], [stop, Effect::StartSession { spawn: 4, resume: true }]);
    assert_eq!(after.counters.resumes, 1);
    let note = pending(&after, "event");
    let Effect::Event { kind, detail, .. } = note[0] else { panic!("{note:?}") };
    assert_eq!(
        (kind.as_str(), detail.as_str()),
        ("died", "the session is dead (exit code 3); it is started again")
    );
}

#[test]
fn a_session_that_was_stopped_by_us_is_started_and_not_stopped_again() {
    let parked = Run { session: None, died: Some("before".into()), ..entered(Phase::Working) };
    let (row, after) = fired(&parked, &Seen { life: Life::Absent, ..well(MINUTE) });
    assert_eq!((row, after.died, after.counters.resumes), ("unpark", None, 0));
    assert_eq!(after.pending[0], Effect::StartSession { spawn: 4, resume: true });
    // Its record may still be there though the session never was.
    let recorded = Run { session: entered(Phase::Working).session, ..parked };
    let (_, after) = fired(&recorded, &Seen { life: Life::Absent, ..well(MINUTE) });
    assert_eq!(after.pending[0], Effect::StartSession { spawn: 4, resume: true });
}

#[test]
fn a_first_start_begins_a_conversation_and_a_later_attempt_goes_on_with_it() {
    let absent = Seen { life: Life::Absent, ..well(MINUTE) };
    for (attempt, resume) in [(1, false), (2, true)] {
        let run = Run { session: None, attempt, ..entered(Phase::Claimed) };
        let (row, after) = fired(&run, &absent);
        assert_eq!((row, &after.pending[0]), ("start", &Effect::StartSession { spawn: 4, resume }));
        assert_eq!(after.deadline, Some(11 * MINUTE), "each start has the whole time to come up");
    }
    let (_, after) = fired(&Run { session: None, ..entered(Phase::Working) }, &absent);
    assert_eq!(after.deadline, Some(2 * HOUR), "a start in the middle of the work does not put its end off");
}

#[test]
fn restarts_run_out_and_the_run_is_blocked_with_its_session_stopped() {
    let mut run = entered(Phase::Working);
    run.counters.resumes = 3;
    let (row, after) = fired(&run, &Seen { life: dead(), ..well(MINUTE) });
    assert_eq!((row, after.phase, after.session), ("died", Phase::Blocked, None));
    assert_eq!(after.pending[0], Effect::StopSession { spawn: 3 });
    let reason = "all 3 restarts of a dead session are used up; the last session: exit code 3";
    assert_eq!(after.reason.as_deref(), Some(reason));
    run.counters.granted = 1;
    assert_eq!(fired(&run, &Seen { life: dead(), ..well(MINUTE) }).1.phase, Phase::Working);
}

#[test]
fn a_counter_that_runs_out_at_a_persons_desk_leaves_the_session_up() {
    let mut run = entered(Phase::Working);
    run.counters.empty = 1;
    let nothing = Seen { asked: asked(Request::Done), ..well(MINUTE) };
    let (_, after) = fired(&run, &nothing);
    assert_eq!((after.phase, after.session.is_some()), (Phase::Escalated, true));
    assert!(pending(&after, "stop_session").is_empty());
}

#[test]
fn what_was_verified_is_pushed_with_the_lease_of_what_was_seen_last() {
    let green = |remote| Seen { verify: VerifySeen::Green, remote: Fact::Known(remote), ..well(MINUTE) };
    let run = Run { published: Some(sha('0')), ..entered(Phase::Verifying) };
    let push = |after: &Run| match pending(after, "push")[..] {
        [Effect::Push { branch, sha, lease }] => (branch.clone(), sha.clone(), lease.clone()),
        ref other => panic!("{other:?}"),
    };
    let (row, after) = fired(&run, &green(Some(sha('0'))));
    assert_eq!((row, after.phase), ("verified", Phase::Publishing));
    assert_eq!(push(&after), ("fix/issue-1".into(), head(), Some(sha('0'))));
    assert_eq!(pending(&after, "open_pull").len(), 1);
    let (_, after) = fired(&run, &green(None));
    assert_eq!(push(&after).2, None, "a branch that is gone is published anew");
    let nothing = Run { head: None, ..run };
    assert!(pending(&fired(&nothing, &green(None)).1, "push").is_empty());
}

#[test]
fn an_approved_pull_is_merged_at_the_runs_head_and_no_other() {
    let land = crate::domain::landing::Landing::Land { head: head(), approved_by: vec!["rob".into()] };
    let approved = crate::domain::phase::seen::PullSeen { landing: land, ..a_pull() };
    let seen = Seen { pull: Fact::Known(Some(approved)), ..well(MINUTE) };
    let (row, after) = fired(&entered(Phase::AwaitingReview), &seen);
    assert_eq!((row, after.phase), ("approved", Phase::Landing));
    assert_eq!(pending(&after, "merge"), [&Effect::Merge { pull: PullNo(7), sha: head() }]);
}

#[test]
fn commits_of_others_become_the_head_and_what_is_published() {
    let on_top = Seen { remote: Fact::Known(Some(sha('d'))), remote_extends: true, ..well(MINUTE) };
    for phase in [Phase::Publishing, Phase::AwaitingCi, Phase::AwaitingReview, Phase::Landing] {
        let (_, after) = fired(&entered(phase), &on_top);
        assert_eq!((after.phase, &after.head), (Phase::Verifying, &Some(sha('d'))), "{phase}");
        assert_eq!(after.published, Some(sha('d')));
        assert_eq!(pending(&after, "verify"), [&Effect::Verify { sha: sha('d') }]);
    }
}

#[test]
fn a_base_brought_in_is_the_head_to_be_verified() {
    let behind =
        Seen { pull: held(crate::domain::landing::Hold::Behind), updated: Some(sha('b')), ..well(MINUTE) };
    for (phase, name) in [(Phase::AwaitingReview, "review_behind"), (Phase::Landing, "behind")] {
        let (row, after) = fired(&entered(phase), &behind);
        assert_eq!((row, after.phase, after.head), (name, Phase::Verifying, Some(sha('b'))));
        assert_eq!((after.published, after.counters.updates), (Some(head()), 1));
    }
    assert_eq!(fires(&entered(Phase::Landing), &Seen { updated: None, ..behind }), "");
}

#[test]
fn a_project_without_checks_of_its_own_starts_none() {
    let finished = Seen { asked: asked(Request::Finished), ..well(MINUTE) };
    let none = Policy { verifies: false, ..policy() };
    let Step::Fire(after) = step(&entered(Phase::Working), &finished, &none) else {
        panic!("a round is finished")
    };
    assert_eq!(after.run.phase, Phase::Verifying);
    assert!(pending(&after.run, "verify").is_empty());
    assert_eq!(pending(&fired(&entered(Phase::Working), &finished).1, "verify").len(), 1);
}

#[test]
fn uncommitted_files_are_asked_about_once_and_then_left_behind_by_name() {
    let dirty = crate::domain::phase::seen::WorkSeen { dirty: vec!["notes.txt".into()], ..work(sha('c'), 2) };
    let seen = Seen { work: Fact::Known(dirty), asked: asked(Request::Finished), ..well(MINUTE) };
    let (row, after) = fired(&entered(Phase::Working), &seen);
    assert_eq!((row, after.phase, after.head.clone()), ("dirty", Phase::Working, Some(head())));
    assert_eq!(pending(&after, "message").len(), 1);
    let (row, after) = fired(&after, &seen);
    assert_eq!((row, after.head), ("round", Some(sha('c'))));
    assert_eq!(after.left_behind, ["notes.txt"]);
}

#[test]
fn a_request_is_taken_by_the_row_that_acts_on_it() {
    let seen = |request| Seen { asked: asked(request), ..well(MINUTE) };
    let stamp = asked(Request::Done).map(|a| a.stamp);
    let (row, after) = fired(&entered(Phase::Claimed), &Seen { life: Life::Starting, ..seen(Request::Done) });
    assert_eq!((row, after.phase, &after.request), ("asked_at_once", Phase::Working, &None));
    assert_eq!(fired(&after, &seen(Request::Done)).1.request, stamp);
    let (row, after) = fired(&entered(Phase::AwaitingCi), &seen(Request::Garbage("?".into())));
    assert_eq!((row, after.phase, after.request), ("ci_same_head", Phase::AwaitingCi, stamp));
    let (row, after) = fired(&entered(Phase::Claimed), &Seen { asked: asked(Request::Empty), ..well(0) });
    assert_eq!((row, after.request), ("up", None));
}

#[test]
fn an_answer_grants_one_more_and_counts_as_an_answer_and_a_label_taken_off_does_not() {
    let question =
        Escalation { reason: "r".into(), head: None, at: NOW, answered: false, notice: String::new() };
    let run =
        Run { escalation: Some(question), came_from: Some(Phase::Verifying), ..entered(Phase::Escalated) };
    let (row, after) = fired(&run, &Seen { reply: true, ..well(MINUTE) });
    assert_eq!((row, after.phase, after.counters.granted), ("answered", Phase::Working, 1));
    assert!(after.escalation.unwrap().answered);
    let mut off = well(MINUTE);
    off.issue = Fact::Known(crate::domain::phase::seen::IssueSeen {
        open: true,
        in_progress: true,
        needs_human: false,
    });
    for resumed in [off, Seen { resume: true, ..well(MINUTE) }] {
        let (row, after) = fired(&run, &resumed);
        assert_eq!((row, after.phase, after.counters.granted), ("resumed", Phase::Verifying, 1));
        assert!(!after.escalation.unwrap().answered);
    }
    let lost = Run { came_from: None, ..run };
    assert_eq!(fired(&lost, &Seen { resume: true, ..well(MINUTE) }).1.phase, Phase::Working);
}

#[test]
fn progress_puts_the_end_off_by_what_is_left_since_the_last_sign() {
    let run = entered(Phase::Working);
    for (quiet, left) in [(0, 2 * HOUR), (HOUR, HOUR), (2 * HOUR - 1, 1)] {
        let (row, after) = fired(&run, &Seen { quiet, ..well(2 * HOUR) });
        assert_eq!((row, after.deadline), ("progress", Some(2 * HOUR + left)));
    }
    assert_eq!(fires(&run, &Seen { quiet: 2 * HOUR, ..well(2 * HOUR) }), "no_progress");
}

#[test]
fn green_checks_forget_the_red_ones_before_them() {
    let mut run = entered(Phase::AwaitingCi);
    (run.counters.ci_fixes, run.counters.updates) = (2, 2);
    let green = Seen { checks: crate::domain::evidence::Colour::Green, ..well(MINUTE) };
    let (row, after) = fired(&run, &green);
    assert_eq!((row, after.phase, after.counters.ci_fixes), ("ci_green", Phase::AwaitingReview, 0));
    assert_eq!(after.counters.updates, 2);
}

#[test]
fn what_the_machine_failed_is_run_again_once_and_then_the_sessions() {
    let step = |exit| FailedStep { name: "test".into(), exit: Some(exit), ..FailedStep::default() };
    let ci = |exit| CiSeen { steps: vec![step(exit)], pipelines: vec![5, 6], ..CiSeen::default() };
    let red = |ci| Seen { checks: Colour::Red, ci, ..well(MINUTE) };
    let run = entered(Phase::AwaitingCi);
    let (row, after) = fired(&run, &red(ci(137)));
    assert_eq!((row, after.phase), ("ci_again", Phase::AwaitingCi));
    let wanted = Effect::RunCiAgain { sha: sha('a'), pipelines: vec![5, 6] };
    assert_eq!(pending(&after, "run_ci_again"), [&wanted]);
    let Effect::Event { detail, .. } = pending(&after, "event")[0] else { panic!() };
    assert_eq!(detail, "CI runs again, since test of  was killed (137)");
    let after = Run { pending: vec![], ..after };
    let again = CiSeen { running: true, ..CiSeen::default() };
    assert_eq!(fires(&after, &red(again)), "", "it is at it: what is red is of the first time");
    assert_eq!(fires(&after, &red(ci(137))), "ci_red", "once is enough");
    assert_eq!(fires(&run, &red(ci(1))), "ci_red", "the work's doing");
    assert_eq!(fires(&run, &Seen { checks: Colour::Pending, ..red(ci(137)) }), "");
    let (row, after) = fired(&Run { head: None, ..run }, &red(ci(137)));
    assert_eq!((row, pending(&after, "run_ci_again").len()), ("", 0), "of no head nothing is known");
}

#[test]
fn what_is_said_once_is_said_again_in_the_next_stay() {
    let quiet = Seen { quiet: HOUR, life: Life::Idle, ..well(HOUR) };
    let (name, after) = fired(&entered(Phase::Working), &quiet);
    assert_eq!((name, fires(&after, &quiet)), ("nudge", ""));
    let mut again = Run { entry: after.entry + 1, ..after };
    assert_eq!(fires(&again, &quiet), "nudge");
    again.said.clear();
    assert_eq!(fires(&again, &quiet), "nudge");
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
    let (row, limited) = fired(
        &entered(Phase::Working),
        &Seen { life: Life::Limited { until, words: "429".into() }, ..well(0) },
    );
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
    (seen.work, seen.asked) = (Fact::Known(work(sha('c'), 1)), asked(Request::Finished));
    let (row, after) = fired(&run, &seen);
    assert_eq!((row, after.phase), ("round", Phase::Verifying));
    assert_eq!((after.counters.limits, after.counters.empty, after.counters.rounds), (0, 0, 2));
    assert_eq!(after.request.map(|r| r.mtime_ns), Some(2));
}

#[test]
fn a_run_goes_back_to_work_only_where_there_is_room() {
    let waits = entered(Phase::AwaitingReview);
    let changes = Some((9, "rob".to_string(), "no".to_string()));
    let reviewed = Seen {
        pull: Fact::Known(Some(super::super::seen::PullSeen { changes, ..a_pull() })),
        ..well(MINUTE)
    };
    let full = Seen { room: false, ..reviewed.clone() };
    let back = row(&waits, &reviewed, &policy()).unwrap();
    assert_eq!(back.to, To::Phase(Phase::Working));
    assert!(takes_a_place(back, &waits) && waits_for_room(&waits, &full, &policy()));
    assert!(row(&waits, &full, &policy()).is_none());
    // One that is at work takes up a place already, and what only waits needs none.
    let works = entered(Phase::Working);
    assert!(!takes_a_place(back, &works));
    assert!(!waits_for_room(&waits, &well(MINUTE), &policy()));
    let dead = Seen { room: false, life: dead(), ..well(MINUTE) };
    assert!(row(&works, &dead, &policy()).is_some());
    let ends = TABLE.iter().find(|r| r.to == To::Phase(Phase::Blocked)).unwrap();
    assert!(!takes_a_place(ends, &waits));
}

fn limited() -> Life {
    Life::Limited { until: NOW.plus(HOUR), words: "5-hour limit".into() }
}

#[test]
fn an_agent_at_its_limit_is_left_alone_by_every_run_until_the_time_it_named() {
    let (row, after) = fired(&entered(Phase::Working), &Seen { life: limited(), ..well(MINUTE) });
    assert_eq!((row, after.phase), ("limited", Phase::Limited));
    let agent = policy().agent;
    let cool = Effect::CoolDown { agent, until: NOW.plus(HOUR), why: "5-hour limit".into() };
    assert_eq!(pending(&after, "cool_down"), [&cool]);
    assert_eq!(after.reason.as_deref(), Some("the agent named a limit: 5-hour limit"));
}

#[test]
fn another_agent_takes_over_meanwhile_with_a_model_of_its_own() {
    let other = Seen { life: limited(), instead: Some("codex".into()), ..well(MINUTE) };
    let run = Run { agent: Some("opencode".into()), model: Some("a/b".into()), ..entered(Phase::Working) };
    let (row, after) = fired(&run, &other);
    assert_eq!((row, after.phase), ("fall_back", Phase::Working));
    assert_eq!((after.agent.as_deref(), &after.model), (Some("codex"), &None));
    let Effect::CoolDown { agent, .. } = pending(&after, "cool_down")[0] else { panic!() };
    assert_eq!(agent, "opencode", "the one that is at its limit");
    let back = Seen { instead: Some(policy().agent), ..other };
    assert_eq!(fired(&run, &back).1.agent, None, "the project's own needs no mention");
}

#[test]
fn an_agent_that_asks_is_a_persons_and_is_started_again_when_they_have_answered() {
    let asks = Seen { life: Life::Asks { what: "a login".into() }, ..well(MINUTE) };
    let (row, escalated) = fired(&entered(Phase::Working), &asks);
    assert_eq!((row, escalated.phase), ("agent_asks", Phase::Escalated));
    assert_eq!(escalated.reason.as_deref(), Some("the agent itself needs a person: a login"));
    let answered = |life| fired(&entered(Phase::Escalated), &Seen { reply: true, life, ..well(MINUTE) }).1;
    let after = answered(asks.life);
    assert_eq!((after.phase, after.session.is_some()), (Phase::Working, false));
    assert_eq!(pending(&after, "stop_session"), [&Effect::StopSession { spawn: 3 }]);
    let after = answered(Life::Idle);
    assert!(after.session.is_some() && pending(&after, "stop_session").is_empty(), "it can go on by itself");
}

/// The notices among the pending effects: key, kind, for whom, text.
fn notices(run: &Run) -> Vec<(&str, NoticeKind, Option<&str>, &str)> {
    run.pending
        .iter()
        .filter_map(|e| match e {
            Effect::Notice { key, kind, to, text, .. } => {
                Some((key.as_str(), *kind, to.as_deref(), text.as_str()))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn what_a_session_asks_aside_is_told_and_it_goes_on() {
    let seen = Seen { questions: vec!["Blue?".into(), "Or red?".into()], ..well(MINUTE) };
    let before = Run { questions: 3, ..entered(Phase::Working) };
    let after = ask_aside(&before, &seen).unwrap();
    assert_eq!((after.phase, after.questions, after.entry), (Phase::Working, 5, before.entry));
    let kind = NoticeKind::Question;
    assert_eq!(
        notices(&after),
        [
            ("1:1:question:4", kind, None, "p #1 asks: Blue?"),
            ("1:1:question:5", kind, None, "p #1 asks: Or red?")
        ]
    );
    assert_eq!(ask_aside(&before, &well(MINUTE)), None);
    assert_eq!(ask_aside(&entered(Phase::Blocked), &seen), None, "nobody waits for the answer");
}

#[test]
fn a_wait_goes_up_the_ladder_one_after_the_other() {
    let names = ["maria", "rob", "kim"].map(String::from);
    let mut run = entered(Phase::Escalated);
    let mut told = vec![];
    for hours in 0..24 {
        let policy = Policy { ladder: names.to_vec(), ..policy() };
        while let Step::Fire(fired) = step(&run, &well(hours * HOUR), &policy) {
            run = fired.run;
            told.extend(notices(&run).into_iter().map(|n| (hours, n.0.to_string(), n.2.map(String::from))));
        }
    }
    let want =
        |hours: u64, key: &str, name: &str| (hours, format!("1:1:reminder:1{key}"), Some(name.to_string()));
    assert_eq!(told, [want(6, "", "maria"), want(12, ":1", "rob"), want(18, ":2", "kim")]);
    for (ladder, last) in [(vec![], "escalation_reminder"), (names[..2].to_vec(), "second_of_ladder")] {
        let policy = Policy { ladder, ..policy() };
        let mut run = entered(Phase::Escalated);
        let mut rows = vec![];
        while let Step::Fire(fired) = step(&run, &well(23 * HOUR), &policy) {
            rows.push(fired.row);
            run = fired.run;
        }
        assert_eq!(rows.last(), Some(&last), "nobody else is told");
    }
}
