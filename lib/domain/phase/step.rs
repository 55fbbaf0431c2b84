//! One step of a run: finds the row of the table that holds, and turns it into the run as it will stand and the
//! effects that go with it. Pure: the caller writes the run first and carries the effects out after.

use super::enter::{Cause, enter};
use super::seen::Seen;
use super::table::{Act, Row, TABLE, To, When, exhausted};
use super::{Phase, texts, when};
use crate::domain::effect::Effect;
use crate::domain::life::Life;
use crate::domain::policy::Policy;
use crate::domain::run::{Counter, Run};
use crate::twin::{self, Twin};

/// What a step comes to.
#[derive(Clone, Debug)]
pub enum Step {
    /// The run waits on.
    Stay,
    /// A row holds.
    Fire(Box<Fired>),
}

/// A row that holds, carried through.
#[derive(Clone, Debug)]
pub struct Fired {
    /// The row's id.
    pub row: &'static str,
    /// Where the run stood.
    pub from: Phase,
    /// The run as it stands afterwards, its effects pending.
    pub run: Run,
}

/// The row that would fire now, if any. One that leads back to work holds the run where it is while all of
/// `limits.sessions` are taken: what comes after it in the table is not tried instead.
pub fn row(run: &Run, seen: &Seen, policy: &Policy) -> Option<&'static Row> {
    holding(run, seen, policy).filter(|row| seen.room || !takes_a_place(row, run))
}

/// Whether a run would go back to work if one of `limits.sessions` were free.
pub fn waits_for_room(run: &Run, seen: &Seen, policy: &Policy) -> bool {
    holding(run, seen, policy).is_some_and(|row| takes_a_place(row, run))
}

/// The first row whose condition holds.
fn holding(run: &Run, seen: &Seen, policy: &Policy) -> Option<&'static Row> {
    TABLE.iter().find(|row| {
        row.applies_to(run.phase)
            && !(row.once && run.said.contains(&said_key(row, run)) && !for_ever(row))
            && row.when.holds(run, seen, policy)
    })
}

fn for_ever(row: &Row) -> bool {
    twin::is(Twin::CiForEver) && row.when == When::CiMachine
}

/// Whether it makes a run that takes up none of `limits.sessions` one that does.
pub fn takes_a_place(row: &Row, run: &Run) -> bool {
    let to = match row.to {
        To::Stay => return false,
        To::Phase(phase) => phase,
        To::Back => run.came_from.unwrap_or(Phase::Working),
    };
    to.takes_place() && !run.phase.takes_place()
}

/// The run with what its session asks to be told to people, if it asks anything. That is no step: the session goes on,
/// and so does whatever the run waits for.
pub fn ask_aside(run: &Run, seen: &Seen) -> Option<Run> {
    if seen.questions.is_empty() || run.phase.is_terminal() || twin::is(Twin::AsksUnheard) {
        return None;
    }
    let mut run = run.clone();
    for text in &seen.questions {
        run.questions = run.questions.saturating_add(1);
        let question = texts::question(&run, text);
        run.pending.push(question);
    }
    Some(run)
}

/// Decides one step.
pub fn step(run: &Run, seen: &Seen, policy: &Policy) -> Step {
    match row(run, seen, policy) {
        None => Step::Stay,
        Some(row) => Step::Fire(Box::new(fire(row, run, seen, policy))),
    }
}

fn said_key(row: &Row, run: &Run) -> String {
    format!("{}:{}", row.id, run.entry)
}

fn fire(row: &'static Row, before: &Run, seen: &Seen, policy: &Policy) -> Fired {
    let mut work = Work { run: before.clone(), effects: Vec::new(), row, seen, policy };
    work.take_request();
    if row.once {
        work.run.said.insert(said_key(row, before));
    }
    match row.spends.map(|c| work.run.counters.spend(c)) {
        Some(Err(counter)) => work.run_out(counter),
        _ => work.carry_out(),
    }
    let Work { mut run, effects, .. } = work;
    run.pending = effects;
    Fired { row: row.id, from: before.phase, run }
}

/// A row being carried out.
struct Work<'a> {
    run: Run,
    effects: Vec<Effect>,
    row: &'static Row,
    seen: &'a Seen,
    policy: &'a Policy,
}

impl Work<'_> {
    /// A row about a request takes it, so that it fires once. Entering `working` early leaves it for the next row.
    fn take_request(&mut self) {
        let about_request =
            self.row.when.is_about_a_request() && self.row.when != super::table::When::AnyRequest;
        if let (true, Some(asked)) = (about_request, &self.seen.asked) {
            self.run.request = Some(asked.stamp.clone());
            self.run.request_at = Some(self.seen.now);
        }
    }

    fn run_out(&mut self, counter: Counter) {
        let to = exhausted(counter);
        if to == Phase::Blocked {
            self.act(Act::StopSession);
        }
        self.go(to, Cause::RanOut(counter));
    }

    fn carry_out(&mut self) {
        for act in self.row.acts {
            self.act(*act);
        }
        match self.row.to {
            To::Stay => self.note(),
            To::Phase(phase) => self.go(phase, Cause::Row(self.row.when)),
            To::Back => {
                let phase = self.run.came_from.unwrap_or(Phase::Working);
                self.go(phase, Cause::Row(self.row.when));
            }
        }
    }

    fn go(&mut self, to: Phase, cause: Cause) {
        let effects = enter(&mut self.run, to, self.row.id, cause, self.seen, self.policy);
        self.effects.extend(effects);
    }

    /// An event for what was done without a change of phase.
    fn note(&mut self) {
        if twin::is(Twin::TakesInSilence) {
            return;
        }
        let key = format!("{}:{}:{}:{}", self.run.attempt, self.run.entry, self.row.id, self.run.spawns);
        let detail = texts::note(self.row, self.seen);
        self.effects.push(Effect::Event { key, kind: self.row.id.into(), detail });
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::TakeHead => self.take_head(),
            Act::TakeRemoteHead => self.take_remote_head(),
            Act::LeaveDirty => self.leave_dirty(),
            Act::StartSession => self.start(self.run.attempt > 1),
            Act::ResumeSession => self.start(true),
            Act::StopSession | Act::Park => self.stop(),
            Act::Verify => self.verify(),
            Act::Publish => self.publish(),
            Act::RunCiAgain => self.run_ci_again(),
            Act::Merge => self.merge(),
            Act::Update => self.take_update(),
            Act::Tell(tell) => self.effects.push(texts::message(tell, &self.run, self.seen, self.policy)),
            Act::Remind(turn) => {
                self.effects.push(texts::reminder(&self.run, self.seen, self.policy, turn));
            }
            Act::Grant => self.grant(),
            Act::ClearFixes => self.run.counters.clear(Counter::CiFixes),
            Act::Extend => self.extend(),
            Act::EndStuck => self.end_stuck(),
            Act::CoolDown => self.cool_down(),
            Act::TakeAnother => self.take_another(),
        }
    }

    fn take_head(&mut self) {
        if let Some(head) = self.seen.work.known().and_then(|w| w.head.clone()) {
            self.run.head = Some(head);
        }
        self.run.counters.clear(Counter::Empty);
        self.run.counters.clear(Counter::Limits);
    }

    fn take_remote_head(&mut self) {
        if let Some(Some(head)) = self.seen.remote.known() {
            self.run.head = Some(head.clone());
            self.run.published = Some(head.clone());
            self.run.theirs = Some(head.clone());
        }
    }

    fn take_update(&mut self) {
        if let Some(head) = &self.seen.updated {
            self.run.head = Some(head.clone());
        }
    }

    /// A person has looked: one more of everything; and if in words, the question counts as answered.
    fn grant(&mut self) {
        self.run.counters.granted = self.run.counters.granted.saturating_add(1);
        if let Some(escalation) = self.run.escalation.as_mut().filter(|_| self.seen.reply) {
            escalation.answered = true;
        }
    }

    fn leave_dirty(&mut self) {
        if let Some(work) = self.seen.work.known() {
            self.run.left_behind = work.dirty.clone();
        }
    }

    /// Starts a session; `resume` if an earlier one of this run has worked.
    fn start(&mut self, resume: bool) {
        self.run.died = match &self.seen.life {
            Life::Dead { how } => Some(how.clone()),
            _ => None,
        };
        if let Some(old) = self.run.session.take().filter(|_| !matches!(self.seen.life, Life::Absent)) {
            self.effects.push(Effect::StopSession { spawn: old.spawn });
        }
        self.run.spawns = self.run.spawns.saturating_add(1);
        self.effects.push(Effect::StartSession { spawn: self.run.spawns, resume });
        // Each start has the whole time to come up.
        if self.run.phase == Phase::Claimed {
            self.run.deadline =
                Phase::Claimed.seconds(self.policy).map(|s| self.seen.awake.saturating_add(s));
        }
    }

    fn stop(&mut self) {
        if let Some(session) = self.run.session.take() {
            self.effects.push(Effect::StopSession { spawn: session.spawn });
        }
    }

    /// An agent that could not go on does not go on by itself when a person has seen to it: it is started again.
    fn end_stuck(&mut self) {
        if matches!(self.seen.life, Life::Asks { .. }) {
            self.stop();
        }
    }

    /// The agent is left alone until the time that it named, by every run.
    fn cool_down(&mut self) {
        let Life::Limited { until, words } = &self.seen.life else { return };
        let agent = self.run.agent.as_ref().unwrap_or(&self.policy.agent).clone();
        self.effects.push(Effect::CoolDown { agent, until: *until, why: words.clone() });
    }

    /// A model that was asked for was one of the other's.
    fn take_another(&mut self) {
        let another = self.seen.instead.clone().filter(|name| *name != self.policy.agent);
        (self.run.agent, self.run.model) = (another, None);
    }

    fn verify(&mut self) {
        if let Some(sha) = self.run.head.clone().filter(|_| self.policy.verifies) {
            self.effects.push(Effect::Verify { sha });
        }
    }

    fn publish(&mut self) {
        let Some(sha) = self.run.head.clone() else { return };
        // The lease is what the branch was last seen at; one that is gone is published anew.
        let gone = self.seen.remote.is(Option::is_none);
        let lease = self.run.published.clone().filter(|_| !gone);
        let now = self.seen.remote.known().cloned().flatten();
        let lease = if twin::is(Twin::LeaseOfNow) { now } else { lease };
        let branch = self.run.branch.clone();
        self.effects.push(Effect::Push { branch: branch.clone(), sha, lease });
        let (title, body) = texts::pull(&self.run, self.seen);
        self.effects.push(Effect::OpenPull { branch, title, body });
    }

    fn run_ci_again(&mut self) {
        if let Some(sha) = self.run.head.clone() {
            let pipelines = self.seen.ci.pipelines.clone();
            self.effects.push(Effect::RunCiAgain { sha, pipelines });
        }
    }

    fn merge(&mut self) {
        if let (Some(pull), Some(sha)) = (self.seen.pull(), self.run.head.clone()) {
            self.effects.push(Effect::Merge { pull: pull.number, sha });
        }
    }

    fn extend(&mut self) {
        let left = self
            .run
            .phase
            .seconds(self.policy)
            .unwrap_or(0)
            .saturating_sub(when::quiet(&self.run, self.seen));
        self.run.deadline = Some(self.seen.awake.saturating_add(left.max(1)));
    }
}

#[cfg(test)]
#[path = "step_tests.rs"]
mod tests;
