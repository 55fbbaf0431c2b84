//! `events` and `cost`: what has happened, and what it used.

use crate::domain::ids::IssueNo;
use crate::domain::time::Timestamp;
use crate::store::journal::{Event, LedgerLine, Used, used};
use crate::world::World;
use anyhow::Result;
use std::collections::BTreeMap;

/// Events, oldest first; those of one issue only if one is given.
///
/// # Errors
/// Where they cannot be read.
pub fn events(world: &World, issue: Option<IssueNo>) -> Result<Vec<Event>> {
    let all = world.store.events()?;
    Ok(all.into_iter().filter(|e| issue.is_none() || e.issue == issue).collect())
}

/// A ledger, added up.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    /// What each issue used.
    pub used: BTreeMap<IssueNo, Used>,
    /// When the first session of an attempt began.
    pub began: BTreeMap<(IssueNo, u32), Timestamp>,
}

/// Adds a ledger up by issue. Lines whose id names none are passed over.
pub fn sums(lines: &[LedgerLine]) -> Sums {
    let mut by_issue: BTreeMap<IssueNo, Vec<&LedgerLine>> = BTreeMap::new();
    let mut began = BTreeMap::new();
    for line in lines {
        let mut parts = line.id.split('/');
        let Some(issue) = parts.next().and_then(|i| i.parse().ok()) else { continue };
        by_issue.entry(issue).or_default().push(line);
        if let Some(attempt) = parts.next().and_then(|a| a.parse().ok()) {
            began.entry((issue, attempt)).or_insert(line.at);
        }
    }
    Sums { used: by_issue.into_iter().map(|(issue, lines)| (issue, used(lines))).collect(), began }
}

/// What was used, by issue.
///
/// # Errors
/// Where the ledger cannot be read.
pub fn cost(world: &World) -> Result<BTreeMap<IssueNo, Used>> {
    Ok(sums(&world.store.ledger()?).used)
}
