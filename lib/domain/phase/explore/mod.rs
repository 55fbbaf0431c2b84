//! The table checked on every state that it makes: a small model checker over the real [`step()`](super::step()).
//! [`state`] says what of a run counts, [`facts`] what can be seen, [`graph`] finds the states, [`tests`] say what
//! must hold of all of them and [`looks`] what must not be concluded from a look that failed. [`chains`] plays
//! single runs to their end, with real counters.

mod chains;
mod facts;
mod graph;
mod looks;
mod state;
mod tests;

use graph::{Explored, explore};
use std::sync::LazyLock;

/// Explored once for all tests.
static ALL: LazyLock<Explored> = LazyLock::new(explore);
