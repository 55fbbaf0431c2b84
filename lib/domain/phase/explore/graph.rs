//! All states that a run can get into, breadth first to the fixpoint, by the real [`step()`]. From each state
//! every choice of facts is tried, and time passing.

use super::super::Phase;
use super::super::enter::{Cause, enter};
use super::super::seen::Seen;
use super::super::step::{self, Fired, Step, step};
use super::super::table::{Act, Row, TABLE, When};
use super::facts::{Value, calm, groups, looks_at, seen, values};
use super::state::{BASE, State, policy, pushes, used_up};
use crate::domain::effect::Effect;
use crate::domain::ids::{IssueNo, PullNo};
use crate::domain::policy::Policy;
use crate::domain::run::Run;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

/// What a state comes to under one choice of facts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// No row holds.
    Stay,
    /// A row of the table, by its place there, leads to this state.
    Fire(u16, u32),
}

/// The choices that bear on a phase.
struct Bearing {
    all: Vec<usize>,
    /// For every choice its place among them, from 1; 0 for those that do not bear.
    places: Vec<usize>,
}

impl Bearing {
    fn of(phase: Phase, session: bool, values: &[Value]) -> Bearing {
        let groups = groups(phase, session);
        let all: Vec<usize> = (0..values.len()).filter(|v| groups.contains(&values[*v].group)).collect();
        let place = |v| all.iter().position(|b| *b == v).map_or(0, |at| at + 1);
        let places = (0..values.len()).map(place).collect();
        Bearing { all, places }
    }
}

/// From which state another was found first, by its number (none: it is a beginning), under which choices and by
/// which row (none: time passed).
type Found = (u32, Vec<usize>, Option<usize>);

/// A state that is being looked at from all sides.
struct Here {
    id: u32,
    state: State,
    run: Run,
    calm: Seen,
    /// How many rows fired here, and what each led to: its place, the choices that it looks at, whether a pull
    /// was seen.
    fires: usize,
    known: HashMap<(usize, Vec<usize>, bool), u32>,
}

/// The states, and how they hang together.
pub struct Explored {
    pub policy: Policy,
    pub values: Vec<Value>,
    pub states: Vec<State>,
    found: Vec<Found>,
    ids: HashMap<State, u32>,
    /// For each state what each pair of choices leads to; see [`Explored::next`].
    out: Vec<Vec<Next>>,
    /// For each state the same one at the next moment that counts.
    pub later: Vec<Option<u32>>,
    /// From, to, and the row that leads there; all ends that a row can have, and time passing.
    pub edges: HashSet<(u32, u32, Option<usize>)>,
    /// For a phase, without a session and with one, the choices that bear on it.
    bearing: Vec<[Bearing; 2]>,
}

/// Explores everything. What is broken at a single step is said at once, with the path that leads there.
pub fn explore() -> Explored {
    let values = values();
    let of = |phase| [false, true].map(|session| Bearing::of(phase, session, &values));
    let bearing = super::super::SPECS.iter().map(|spec| of(spec.phase)).collect();
    let mut all = Explored {
        policy: policy(),
        values,
        states: vec![],
        found: vec![],
        ids: HashMap::new(),
        out: vec![],
        later: vec![],
        edges: HashSet::new(),
        bearing,
    };
    for run in roots(&all.policy) {
        let state = State::of(&run, 0, true, &all.policy);
        all.add(state, || (u32::MAX, vec![], None));
    }
    let mut at = 0;
    while at < all.states.len() {
        all.expand(at);
        at += 1;
    }
    all
}

/// How a run begins: a first attempt, and a later one that takes over an open pull.
fn roots(policy: &Policy) -> [Run; 2] {
    [false, true].map(|again| {
        let mut run = Run::new("p", IssueNo(1), "Title", "fix/issue-1".into(), BASE);
        if again {
            (run.head, run.pull) = (Some(super::state::sha("a")), Some(PullNo(7)));
        }
        let now = Seen::nothing(BASE, 0);
        let mut effects = enter(&mut run, Phase::Claimed, "claim", Cause::Claim, &now, policy);
        effects.push(Effect::StartSession { spawn: 1, resume: again });
        run.pending = effects;
        run
    })
}

impl Explored {
    fn add(&mut self, state: State, from: impl FnOnce() -> Found) -> u32 {
        if let Some(id) = self.ids.get(&state) {
            return *id;
        }
        let id = u32::try_from(self.states.len()).unwrap();
        self.ids.insert(state.clone(), id);
        self.states.push(state);
        self.found.push(from());
        id
    }

    fn expand(&mut self, at: usize) {
        let state = self.states[at].clone();
        let (run, calm) = (state.run(), calm(&state));
        let id = u32::try_from(at).unwrap();
        let mut here = Here { id, state, run, calm, fires: 0, known: HashMap::new() };
        let bearing = self.bearing[here.state.phase as usize][usize::from(here.state.session)].all.clone();
        let width = bearing.len() + 1;
        let mut out = vec![Next::Stay; width * width];
        out[0] = self.fire(&mut here, &[]);
        for (a, first) in bearing.iter().enumerate() {
            out[a + 1] = self.fire(&mut here, &[*first]);
            for (b, second) in bearing.iter().enumerate().skip(a + 1) {
                if self.values[*first].group != self.values[*second].group {
                    out[(a + 1) * width + b + 1] = self.fire(&mut here, &[*first, *second]);
                }
            }
        }
        self.out.push(out);
        let later = here.state.later(&self.policy);
        let later = later.map(|later| self.add(later, || (here.id, vec![], None)));
        self.edges.extend(later.map(|to| (here.id, to, None)));
        self.later.push(later);
    }

    /// One step, and everything that it can come to. What a row does depends on the run, on the facts that it
    /// looks at and on whether a pull was seen: the same again is not carried out again, but for some, to see
    /// that this is so.
    fn fire(&mut self, here: &mut Here, chosen: &[usize]) -> Next {
        let choices: Vec<&Value> = chosen.iter().map(|c| &self.values[*c]).collect();
        let seen = seen(&here.state, &here.calm, &choices);
        let Some(row) = step::row(&here.run, &seen, &self.policy) else { return Next::Stay };
        let at = TABLE.iter().position(|r| r.id == row.id).unwrap();
        let looked_at = looks_at(row.when);
        let bears = chosen.iter().filter(|c| looked_at.contains(&self.values[**c].group)).copied().collect();
        let key = (at, bears, seen.pull().is_some_and(|p| p.open || p.merged));
        here.fires += 1;
        let known = here.known.get(&key).copied();
        if let Some(to) = known.filter(|_| !here.fires.is_multiple_of(32)) {
            return Next::Fire(u16::try_from(at).unwrap(), to);
        }
        let to = self.carry_out(here, &seen, chosen, at);
        assert!(
            known.is_none_or(|k| k == to),
            "{} looks at more than is said:{}",
            row.id,
            self.path(here.id)
        );
        here.known.insert(key, to);
        Next::Fire(u16::try_from(at).unwrap(), to)
    }

    /// The step itself, and where it spends a counter, the same with nothing left of it.
    fn carry_out(&mut self, here: &Here, seen: &Seen, chosen: &[usize], row: usize) -> u32 {
        let spent = Run { counters: used_up(), ..here.run.clone() };
        let mut to = 0;
        for run in [&spent, &here.run].into_iter().skip(usize::from(TABLE[row].spends.is_none())) {
            let Step::Fire(fired) = step(run, seen, &self.policy) else { panic!("{} held", TABLE[row].id) };
            to = self.follow(here, seen, &fired, chosen, row);
        }
        to
    }

    /// Takes in the run as it stands after a step, with its effects carried out.
    fn follow(&mut self, here: &Here, seen: &Seen, fired: &Fired, chosen: &[usize], row: usize) -> u32 {
        self.check(here.id, seen, fired, chosen, &TABLE[row]);
        let mut to = 0;
        let ways: &[bool] = if pushes(&fired.run) { &[false, true] } else { &[true] };
        for pushed in ways {
            let next = State::of(&fired.run, seen.awake, *pushed, &self.policy);
            to = self.add(next, || (here.id, chosen.to_vec(), Some(row)));
            self.edges.insert((here.id, to, Some(row)));
        }
        to
    }

    /// What must hold of every single step.
    fn check(&self, id: u32, seen: &Seen, fired: &Fired, chosen: &[usize], row: &Row) {
        let run = &fired.run;
        let here = || format!("{}\n  then {:?}: {}", self.path(id), self.names(chosen), row.id);
        if row.once && run.phase == fired.from {
            let again = step::row(run, seen, &self.policy);
            assert!(again.is_none_or(|r| r.id != row.id), "said twice in one stay:\n{}", here());
        }
        if fired.from.is_terminal() {
            let known = matches!(row.when, When::PullMerged | When::ClosedByPerson);
            assert!(known && run.phase.is_terminal(), "a run that had ended went on:\n{}", here());
        }
    }

    /// What state `id` comes to under choices that hold whatever the phase, given in rising order; choices that
    /// do not bear on its phase change nothing.
    pub fn next(&self, id: u32, chosen: &[usize]) -> Next {
        let state = &self.states[id as usize];
        let bearing = &self.bearing[state.phase as usize][usize::from(state.session)];
        let at = |k: usize| chosen.get(k).map_or(0, |c| bearing.places[*c]);
        // One that does not bear, or is not there, has place 0: a single choice stands in the first column.
        let (first, second) = if at(1) == 0 { (0, at(0)) } else { (at(0), at(1)) };
        self.out[id as usize][first * (bearing.all.len() + 1) + second]
    }

    /// Whether a choice bears on the phase of a state.
    pub fn bears(&self, id: u32, choice: usize) -> bool {
        let state = &self.states[id as usize];
        self.bearing[state.phase as usize][usize::from(state.session)].places[choice] > 0
    }

    /// All choices that can be made together, of at most two groups.
    pub fn environments(&self) -> Vec<Vec<usize>> {
        let n = self.values.len();
        let differ = |a: usize, b: usize| self.values[a].group != self.values[b].group;
        let pairs = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b))).filter(|(a, b)| differ(*a, *b));
        let single = (0..n).map(|a| vec![a]);
        std::iter::once(vec![]).chain(single).chain(pairs.map(|(a, b)| vec![a, b])).collect()
    }

    /// The choices in words.
    pub fn names(&self, chosen: &[usize]) -> Vec<&'static str> {
        chosen.iter().map(|c| self.values[*c].name).collect()
    }

    /// How a state was first reached, a line a step.
    pub fn path(&self, id: u32) -> String {
        let mut lines = vec![format!("  {:?}", self.states[id as usize])];
        let mut at = id;
        while let Some((from, chosen, row)) = self.found.get(at as usize).filter(|f| f.0 != u32::MAX) {
            let row = row.map_or("time passes", |r| TABLE[r].id);
            lines.push(format!("    {row} {:?}", self.names(chosen)));
            lines.push(format!("  {:?}", self.states[*from as usize]));
            at = *from;
        }
        lines.reverse();
        lines.iter().fold(String::new(), |mut text, line| {
            let _ = write!(text, "\n{line}");
            text
        })
    }
}

/// Whether a row that fired is news by itself: a counter that will run out, a request, commits of others, or a
/// person's word that is taken once.
pub fn is_news(row: &Row) -> bool {
    let once = matches!(row.when, When::StopAsked | When::ResumeAsked);
    let request = row.when.is_about_a_request() && row.when != When::AnyRequest;
    row.spends.is_some() || request || once || row.acts.contains(&Act::TakeRemoteHead)
}
