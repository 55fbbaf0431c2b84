//! What a person should look at before it becomes a fault: of one run, from what is on disk and its session's life.

use super::life::Life;
use super::phase::Phase;
use super::policy::Policy;
use super::run::{Counter, Run};
use super::time::{DAY, MINUTE, human};
use serde::Serialize;

/// Seconds after which a session at work that shows nothing is worth a look.
const QUIET: u64 = 15 * MINUTE;

/// Seconds after which an attempt is long.
const LONG: u64 = DAY;

/// Restarts of a dead session after which more are not chance.
const CRASHES: u32 = 2;

/// One thing to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// A stable word.
    pub code: &'static str,
    /// What it is, for people.
    pub words: String,
}

/// What is looked at.
pub struct Look<'a> {
    /// The run.
    pub run: &'a Run,
    /// Its session.
    pub life: &'a Life,
    /// Seconds since anything was seen of the session.
    pub quiet: u64,
    /// Seconds since the attempt's first session began, if one has.
    pub age: Option<u64>,
    /// Awake seconds.
    pub awake: u64,
}

/// Whether four fifths of it are used.
fn is_near(used: u64, whole: u64) -> bool {
    whole > 0 && used.saturating_mul(5) >= whole.saturating_mul(4)
}

/// All that there is to say of a run that has not ended.
pub fn warnings(look: &Look<'_>, policy: &Policy) -> Vec<Warning> {
    if look.run.phase.is_terminal() {
        return vec![];
    }
    let all = [
        stuck(look),
        crash_loop(look),
        quiet_session(look),
        deadline_near(look, policy),
        work_limit_near(look, policy),
        long_running(look),
    ];
    all.into_iter().flatten().chain(budgets_near(look.run)).collect()
}

fn warning(code: &'static str, words: String) -> Option<Warning> {
    Some(Warning { code, words })
}

fn stuck(look: &Look<'_>) -> Option<Warning> {
    let stuck = look.run.stuck.as_ref()?;
    let since = human(look.awake.saturating_sub(stuck.since));
    warning("stuck", format!("cannot go on for {since}: {}", stuck.why))
}

fn crash_loop(look: &Look<'_>) -> Option<Warning> {
    let (used, limit) = budget(look.run, Counter::Resumes);
    (used >= CRASHES).then_some(())?;
    warning("crash_loop", format!("its session has died {used} times ({limit} restarts at most)"))
}

fn quiet_session(look: &Look<'_>) -> Option<Warning> {
    let at_work = look.run.phase == Phase::Working && look.life.is_up();
    (at_work && look.quiet >= QUIET && look.quiet < u64::MAX).then_some(())?;
    warning("quiet_session", format!("nothing seen of its session for {}", human(look.quiet)))
}

/// A limit's end and a stop that a person asked for come as they were meant to.
fn deadline_near(look: &Look<'_>, policy: &Policy) -> Option<Warning> {
    let run = look.run;
    let meant = matches!(run.phase, Phase::Limited | Phase::Stopped);
    let left = run.deadline.filter(|_| !meant)?.saturating_sub(look.awake);
    let whole = run.phase.seconds(policy)?;
    is_near(whole.saturating_sub(left), whole).then_some(())?;
    warning("deadline_near", format!("{} left of {}", human(left), human(whole)))
}

fn work_limit_near(look: &Look<'_>, policy: &Policy) -> Option<Warning> {
    let limit = policy.work_limit.filter(|_| look.run.phase == Phase::Working)?;
    let used = look.awake.saturating_sub(look.run.since_awake);
    is_near(used, limit).then_some(())?;
    warning("budget_near", format!("{} of {} of work used", human(used), human(limit)))
}

fn long_running(look: &Look<'_>) -> Option<Warning> {
    // What only waits for a review may do so for days.
    let age = look.age.filter(|age| *age >= LONG && look.run.phase.takes_place())?;
    warning("long_running", format!("attempt {} has gone on for {}", look.run.attempt, human(age)))
}

fn budget(run: &Run, counter: Counter) -> (u32, u32) {
    (run.counters.used(counter), counter.limit().saturating_add(run.counters.granted))
}

/// Of what may happen once, the first time is no warning.
fn budgets_near(run: &Run) -> impl Iterator<Item = Warning> {
    let counted = Counter::ALL.into_iter().filter(|c| *c != Counter::Resumes && c.limit() > 1);
    counted.filter_map(|counter| {
        let (used, limit) = budget(run, counter);
        is_near(used.into(), limit.into()).then_some(())?;
        warning("budget_near", format!("{used} of {limit} {} used", counter.words()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::IssueNo;
    use crate::domain::run::Stuck;
    use crate::domain::time::{HOUR, Timestamp};

    fn run() -> Run {
        let mut run = Run::new("p", IssueNo(7), "t", "b".into(), Timestamp(0));
        (run.phase, run.deadline) = (Phase::Working, Some(2 * HOUR));
        run
    }

    /// Of a run: codes, at an awake second, with a quiet session and an age.
    fn codes(run: &Run, life: &Life, quiet: u64, age: u64, awake: u64) -> Vec<&'static str> {
        let policy = Policy { work_limit: Some(10 * HOUR), ..Policy::plain("p") };
        let look = Look { run, life, quiet, age: Some(age), awake };
        warnings(&look, &policy).into_iter().map(|w| w.code).collect()
    }

    #[test]
    fn what_goes_well_is_quiet() {
        assert_eq!(codes(&run(), &Life::Working, 0, 0, 0), [""; 0]);
        let ended = Run { phase: Phase::Blocked, ..run() };
        assert_eq!(codes(&ended, &Life::Absent, 9 * HOUR, 9 * DAY, 9 * DAY), [""; 0]);
    }

    #[test]
    fn each_warning_begins_at_its_mark() {
        let at = |change: &dyn Fn(&mut Run), quiet, age, awake| {
            let mut run = run();
            change(&mut run);
            codes(&run, &Life::Working, quiet, age, awake)
        };
        let none = |_: &mut Run| ();
        assert_eq!(at(&none, 15 * 60 - 1, 0, 0), [""; 0]);
        assert_eq!(at(&none, 15 * 60, 0, 0), ["quiet_session"]);
        assert_eq!(at(&none, 0, LONG - 1, 0), [""; 0]);
        assert_eq!(at(&none, 0, LONG, 0), ["long_running"]);
        assert_eq!(at(&none, 0, 0, 96 * MINUTE - 1), [""; 0]);
        assert_eq!(at(&none, 0, 0, 96 * MINUTE), ["deadline_near"]);
        // Progress moves the deadline, not the beginning.
        let moved = |r: &mut Run| r.deadline = Some(10 * HOUR);
        assert_eq!(at(&moved, 0, 0, 8 * HOUR - 1), [""; 0]);
        assert_eq!(at(&moved, 0, 0, 8 * HOUR), ["budget_near"]);
        assert_eq!(at(&|r| r.counters.resumes = 1, 0, 0, 0), [""; 0]);
        assert_eq!(at(&|r| r.counters.resumes = 2, 0, 0, 0), ["crash_loop"]);
        assert_eq!(at(&|r| r.counters.rounds = 3, 0, 0, 0), [""; 0]);
        assert_eq!(at(&|r| r.counters.rounds = 4, 0, 0, 0), ["budget_near"]);
        assert_eq!(at(&|r| (r.counters.rounds, r.counters.granted) = (4, 1), 0, 0, 0), [""; 0]);
        assert_eq!(at(&|r| (r.counters.starts, r.counters.empty) = (1, 1), 0, 0, 0), [""; 0]);
        let stuck = |r: &mut Run| r.stuck = Some(Stuck { since: 0, why: "no".into() });
        assert_eq!(at(&stuck, 0, 0, 0), ["stuck"]);
    }

    #[test]
    fn four_fifths_are_near_and_nothing_of_nothing_is_not() {
        assert_eq!([3, 4, 5, 6].map(|used| is_near(used, 5)), [false, true, true, true]);
        assert!(!is_near(0, 0) && !is_near(1, 0));
    }

    #[test]
    fn a_session_that_is_not_there_or_has_nothing_to_do_is_not_quiet() {
        assert_eq!(codes(&run(), &Life::Absent, HOUR, 0, 0), [""; 0]);
        assert_eq!(codes(&run(), &Life::Working, u64::MAX, 0, 0), [""; 0]);
        let waits = Run { phase: Phase::AwaitingReview, deadline: Some(7 * DAY), ..run() };
        assert_eq!(codes(&waits, &Life::Idle, HOUR, 3 * DAY, 0), [""; 0]);
    }

    #[test]
    fn a_wait_that_was_meant_has_no_deadline_to_fear() {
        for phase in [Phase::Limited, Phase::Stopped] {
            let run = Run { phase, deadline: Some(1), ..run() };
            assert_eq!(codes(&run, &Life::Absent, 0, 0, 9 * DAY), [""; 0]);
        }
    }
}
