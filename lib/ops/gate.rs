//! The gates on what a run would publish, in the words of the project's rules.

use crate::domain::diff::Diff;
use crate::gates::{Finding, Rules, describe, refusals};
use crate::world::World;

/// What the gates hold against publishing, one line each and not more than a screen of them.
pub fn findings(world: &World, diff: &Diff) -> Vec<String> {
    describe(&list(world, diff)).lines().map(str::to_string).collect()
}

/// The same as data.
pub fn list(world: &World, diff: &Diff) -> Vec<Finding> {
    let rules = Rules { max_file_bytes: world.project.limits.file_kb * 1000, ..Rules::default() };
    refusals(diff, &rules)
}
