//! What `status` shows: read-only, made from the same records and the same decisions that everything else uses.

mod graph;
mod history;
mod logs;
mod ps;
mod search;
mod why;

pub use graph::graph;
pub use history::{Sums, cost, events, sums};
pub use logs::{Source, logs};
pub use ps::{BadRun, PsRow, Show, Step, ps, run, show, steps, tokens};
pub use search::{Hit, search};
pub use why::{WhyRow, forge_known, queue, why};
