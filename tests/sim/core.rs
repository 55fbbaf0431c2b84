//! What everything in a simulated universe shares: chance, time, the trace, and the switch between actors.

use generator::{Generator, Gn};
use send_wrapper::SendWrapper;
use std::cell::{Cell, RefCell};
use std::sync::{Mutex, PoisonError};

/// Chance: the same seed, the same history.
pub struct Rng(Cell<u64>);

impl Rng {
    pub fn new(seed: u64) -> Rng {
        Rng(Cell::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0xd1b5_4a32_d192_ed03))
    }

    /// SplitMix64.
    pub fn next(&self) -> u64 {
        self.0.set(self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mut z = self.0.get();
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    /// True that many times in a thousand.
    pub fn chance(&self, per_mille: u64) -> bool {
        per_mille > 0 && self.below(1000) < per_mille
    }

    pub fn pick<'a, T>(&self, from: &'a [T]) -> Option<&'a T> {
        if from.is_empty() { None } else { from.get(self.below(from.len() as u64) as usize) }
    }
}

/// How often what goes wrong, in a thousand calls (or steps).
#[derive(Clone, Copy, Debug, Default)]
pub struct Rates {
    /// An actor is interrupted at a call and another goes on.
    pub switch: u64,
    /// A call of something outside the machine does not get through.
    pub refused: u64,
    /// It gets through, but its answer is lost.
    pub lost: u64,
    /// It gets there twice, and the answer is that to the second.
    pub twice: u64,
    /// An interrupted actor is killed.
    pub crash: u64,
    /// The machine, its tmux or its clock go wrong, in a thousand steps.
    pub disaster: u64,
}

/// Shared by all parts of one universe.
pub struct Core {
    pub rng: Rng,
    /// For what came up later, so that seeds that are known stay what they are.
    pub aside: Rng,
    /// True time in milliseconds since 1970.
    pub time: Cell<i64>,
    pub rates: Cell<Rates>,
    /// Scheduler steps so far.
    pub step: Cell<u64>,
    /// A hash over everything that happened.
    pub trace: Cell<u64>,
    /// Somebody is in the middle of something, and whoever comes next comes between.
    pub crossed: Cell<bool>,
    /// Counts what may have changed something.
    pub changes: Cell<u64>,
    /// Calls of parts so far.
    pub calls: Cell<u64>,
    /// Rung when a lock comes free or an actor ends: whoever waits looks again.
    pub bell: Cell<u64>,
    /// The actor that runs now.
    pub current: Cell<Option<u64>>,
    /// When the actor that just slept wants to be woken.
    pub wake: Cell<Option<i64>>,
    /// Whether some call got there twice: then what was said may stand there twice.
    pub twice: Cell<bool>,
    /// What happened, in words, if somebody wants to read it.
    pub log: Option<RefCell<Vec<String>>>,
}

impl Core {
    pub fn new(seed: u64, verbose: bool) -> Core {
        Core {
            rng: Rng::new(seed),
            aside: Rng::new(seed ^ 0xa51de),
            time: Cell::new(1_700_000_000_000),
            rates: Cell::new(Rates::default()),
            step: Cell::new(0),
            crossed: Cell::new(false),
            trace: Cell::new(0xcbf2_9ce4_8422_2325),
            changes: Cell::new(0),
            calls: Cell::new(0),
            bell: Cell::new(0),
            current: Cell::new(None),
            wake: Cell::new(None),
            twice: Cell::new(false),
            log: verbose.then(|| RefCell::new(vec![])),
        }
    }

    /// Takes something into the trace.
    pub fn note(&self, what: &str) {
        let mut hash = self.trace.get() ^ self.current.get().unwrap_or(0);
        for byte in what.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self.trace.set(hash);
    }

    /// Something may be otherwise now.
    pub fn changed(&self) {
        self.changes.set(self.changes.get() + 1);
    }

    /// The same, kept in words for whoever reads a failing history.
    pub fn say(&self, what: impl FnOnce() -> String) {
        if let Some(log) = &self.log {
            let who = self.current.get().map(|a| format!("actor {a}: ")).unwrap_or_default();
            log.borrow_mut().push(format!("{:>4} {who}{}", self.step.get(), what()));
        }
    }

    /// A place at which another actor may go on, and at which this one may be killed.
    pub fn pause(&self) {
        if self.current.get().is_some() && self.rng.chance(self.rates.get().switch) {
            switch();
        }
    }

    /// A place at which it hurts if somebody comes between: a last look is about to be taken, or a merge to be made.
    pub fn invite(&self) {
        if self.current.get().is_some() && self.rates.get().switch > 0 && self.aside.chance(60) {
            self.crossed.set(true);
            switch();
        }
    }

    /// Waits until `ms` have passed or something has changed.
    pub fn sleep(&self, ms: u64) {
        if self.current.get().is_some() {
            self.wake.set(Some(self.time.get() + ms as i64));
            switch();
        }
    }
}

#[allow(deprecated, reason = "the scoped form cannot be reached from inside a part of a world")]
fn switch() {
    generator::yield_with(());
}

/// A piece of work that can be interrupted, and ended by dropping it: locks it holds come free, as those of a
/// process that is killed do.
pub struct Coroutine(Option<Generator<'static, (), ()>>);

impl Coroutine {
    pub fn new(work: impl FnOnce() + 'static) -> Coroutine {
        let boxed: SendWrapper<Box<dyn FnOnce()>> = SendWrapper::new(Box::new(work));
        let work = move || (boxed.take())();
        let Some(mut used) = STACKS.with_borrow_mut(Vec::pop) else {
            return Coroutine(Some(Gn::<()>::new_opt(STACK, work)));
        };
        used.init_code(work);
        Coroutine(Some(used))
    }

    /// Lets it go on until it is interrupted or done.
    pub fn resume(&mut self) {
        if let Some(process) = &mut self.0 {
            process.resume();
        }
    }

    pub fn is_done(&self) -> bool {
        self.0.as_ref().is_none_or(|p| p.is_done())
    }
}

impl Drop for Coroutine {
    fn drop(&mut self) {
        if let Some(mut process) = self.0.take() {
            if !process.is_done() {
                let _alone = ENDING.lock().unwrap_or_else(PoisonError::into_inner);
                process.cancel();
            }
            // A thread that ends has no use for it.
            let _ = STACKS.try_with(|s| s.borrow_mut().push(process));
        }
    }
}

/// To end a coroutine its library exchanges the process's panic hook for a moment: one thread at a time.
static ENDING: Mutex<()> = Mutex::new(());

thread_local! {
    /// Stacks of coroutines that are done: mapping one costs more than what most of them do.
    static STACKS: RefCell<Vec<Generator<'static, (), ()>>> = const { RefCell::new(Vec::new()) };
}

/// Words of stack for one actor: a debug build needs many, and untouched pages cost nothing.
const STACK: usize = 0x2_0000;
