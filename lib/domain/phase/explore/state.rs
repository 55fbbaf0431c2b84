//! A run reduced to what bears on the transition table, so that there are finitely many of them. What is left
//! out only goes into texts (reasons, titles, what was said of an escalation) or tells one start from the next.
//!
//! Counters are left out too: at each row that spends one, both ends are followed, something left and nothing
//! left. Chains in which the real numbers matter are played with real runs in [`super::chains`].

use super::super::Phase;
use super::super::when::{ESCALATION_REMINDER, NUDGE_AFTER, REVIEW_REMINDER};
use crate::domain::effect::Effect;
use crate::domain::ids::{IssueNo, PullNo, Sha};
use crate::domain::policy::Policy;
use crate::domain::run::{Counters, Run, SessionRef};
use crate::domain::time::{HOUR, Timestamp};
use std::fmt;

/// The wall clock when the phase was entered.
pub const BASE: Timestamp = Timestamp(1_000_000);

/// A commit's id made of one digit.
pub fn sha(digit: &str) -> Sha {
    digit.repeat(40).parse().unwrap()
}

/// The rules explored under: the defaults, a limit of work, which is off by default, and a whole ladder.
pub fn policy() -> Policy {
    let ladder = ["maria", "rob", "kim"].map(String::from).to_vec();
    Policy { work_limit: Some(3 * HOUR), ladder, ..Policy::plain("p") }
}

/// What the remote's branch was last seen at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Published {
    Nothing,
    Head,
    Older,
}

/// What bears on the table of a run, and how long it has been in its phase.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct State {
    pub phase: Phase,
    pub owner: String,
    pub clears_when: String,
    /// Read only in phases that go back; entering those from another phase sets it.
    pub came_from: Option<Phase>,
    pub session: bool,
    pub pull: bool,
    pub head: bool,
    pub published: Published,
    pub said: Vec<String>,
    /// Seconds after [`BASE`].
    pub until: Option<u64>,
    /// Awake seconds since the phase was entered.
    pub age: u64,
    /// Awake seconds between entering the phase and the deadline.
    pub deadline: Option<u64>,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.phase)?;
        self.came_from.map_or(Ok(()), |p| write!(f, " from {p}"))?;
        for (yes, word) in [(self.session, "session"), (self.pull, "pull"), (self.head, "head")] {
            if yes {
                write!(f, " +{word}")?;
            }
        }
        write!(f, " published:{:?} said:{:?} age:{}s", self.published, self.said, self.age)?;
        write!(f, " until:{:?} deadline:{:?}", self.until, self.deadline)
    }
}

impl State {
    /// A run that stands for all runs of this state.
    pub fn run(&self) -> Run {
        let mut run = Run::new("p", IssueNo(1), "Title", "fix/issue-1".into(), BASE);
        run.phase = self.phase;
        (run.owner, run.clears_when) = (self.owner.clone(), self.clears_when.clone());
        run.came_from = self.came_from;
        run.session = self.session.then(session);
        run.pull = self.pull.then_some(PullNo(7));
        run.head = self.head.then(|| sha("a"));
        run.published = match self.published {
            Published::Nothing => None,
            Published::Head => run.head.clone(),
            Published::Older => Some(sha("0")),
        };
        run.said = self.said.iter().map(|id| format!("{id}:0")).collect();
        run.until = self.until.map(|s| BASE.plus(s));
        run.deadline = self.deadline;
        run
    }

    /// What `run` comes to at the awake second `awake`, its pending effects carried out; `pushed` says whether
    /// a push among them went through and its pull was opened.
    pub fn of(run: &Run, awake: u64, pushed: bool, policy: &Policy) -> State {
        let starts = run.pending.iter().any(|e| matches!(e, Effect::StartSession { .. }));
        let through = pushed && pushes(run);
        let published = match &run.published {
            _ if through => Published::Head,
            None => Published::Nothing,
            at if *at == run.head => Published::Head,
            _ => Published::Older,
        };
        let goes_back = matches!(run.phase, Phase::Escalated | Phase::Limited | Phase::Stopped);
        let mut said: Vec<String> =
            run.said.iter().map(|key| key.split(':').next().unwrap_or("").to_string()).collect();
        said.sort();
        let state = State {
            phase: run.phase,
            owner: run.owner.clone(),
            clears_when: run.clears_when.clone(),
            came_from: run.came_from.filter(|_| goes_back),
            session: run.session.is_some() || starts,
            pull: run.pull.is_some() || through,
            head: run.head.is_some(),
            published,
            said,
            until: run.until.filter(|_| run.phase == Phase::Limited).map(|t| t.since(run.since)),
            age: awake - run.since_awake,
            deadline: run.deadline.map(|d| d.saturating_sub(run.since_awake)),
        };
        state.capped(policy)
    }

    /// Only whether an age is past the thresholds counts: past the last of those that do not move with the
    /// deadline, the age stays where it is and the deadline comes nearer instead.
    fn capped(mut self, policy: &Policy) -> State {
        let most = self.fixed(policy).into_iter().max().unwrap_or(0);
        let over = self.age.saturating_sub(most);
        self.age -= over;
        self.deadline = self.deadline.map(|d| d.saturating_sub(over));
        if self.phase.is_terminal() {
            self.age = 0;
        }
        self
    }

    /// Ages from which on some condition differs, whatever the deadline.
    fn fixed(&self, policy: &Policy) -> Vec<u64> {
        let mut all: Vec<u64> = self.phase.seconds(policy).into_iter().chain(self.until).collect();
        match self.phase {
            Phase::Working => all.extend([Some(NUDGE_AFTER), policy.work_limit].into_iter().flatten()),
            Phase::AwaitingReview => all.push(REVIEW_REMINDER),
            Phase::Escalated => all.extend([1, 2, 3].map(|turn| turn * ESCALATION_REMINDER)),
            _ => {}
        }
        if self.phase.may_park() {
            all.push(policy.park_after);
        }
        all
    }

    /// The same at the next moment from which on some condition differs; none if there is no such moment.
    pub fn later(&self, policy: &Policy) -> Option<State> {
        let allowed = self.phase.seconds(policy)?;
        let deadline = self.deadline.into_iter().flat_map(|d| [d, d + allowed]);
        let all = self.fixed(policy).into_iter().chain(deadline).chain([2 * allowed]);
        let age = all.filter(|at| *at > self.age).min()?;
        Some(State { age, ..self.clone() })
    }
}

/// A session that was started.
pub fn session() -> SessionRef {
    SessionRef {
        name: "dev-p-1".into(),
        spawn: 1,
        started: BASE,
        boot_id: "b".into(),
        server_pid: None,
        server_start: None,
    }
}

/// Whether a push is among the run's pending effects.
pub fn pushes(run: &Run) -> bool {
    run.pending.iter().any(|e| matches!(e, Effect::Push { .. }))
}

/// Counters with nothing left.
pub fn used_up() -> Counters {
    let most = u32::MAX / 2;
    Counters {
        ci_fixes: most,
        rounds: most,
        updates: most,
        resumes: most,
        starts: most,
        empty: most,
        limits: most,
        granted: 0,
    }
}
