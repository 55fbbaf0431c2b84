//! The parts in memory against the real ones: the same operations, drawn from a seed, on both, and what comes back
//! held side by side. What differs is a mistake of the part in memory, and everything that the simulator says rests
//! on there being none.

mod files;
mod git;
mod locks;
mod tmux;

use super::core::{Core, Rng};
use std::rc::Rc;

/// Operations in one sequence.
const STEPS: usize = 60;

/// What an operation gave, in words that leave out what may differ.
type Said = String;

/// Two parts that are to behave alike.
trait Pair {
    /// Draws one operation, does it to both and says in words what was done and what each of them gave.
    fn step(&mut self, rng: &Rng) -> (String, Said, Said);
}

/// Plays a sequence of operations; panics where the two differ, with everything that was done before.
fn alike(seed: u64, steps: usize, mut pair: impl Pair) {
    let rng = Rng::new(seed);
    let mut done = vec![];
    for _ in 0..steps {
        let (what, memory, real) = pair.step(&rng);
        done.push(format!("{what}: {real}"));
        assert_eq!(
            memory,
            real,
            "seed {seed}: in memory (left) otherwise than for real (right)\n{}",
            done.join("\n")
        );
    }
}

/// An answer in words; of an error only that it is one.
fn words<T: std::fmt::Debug>(answer: anyhow::Result<T>) -> Said {
    answer.map_or_else(|e| format!("error {e:#}"), |value| format!("{value:?}"))
}

fn core() -> Rc<Core> {
    Rc::new(Core::new(1, false))
}
