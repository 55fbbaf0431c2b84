//! The ledger's two lines of a turn: what it may use at most before it begins, what it used after.

use crate::domain::agent::output::Usage;
use crate::domain::launch::Launch;
use crate::domain::time::Timestamp;
use crate::store::Store;
use crate::store::journal::{Entry, LedgerLine};
use anyhow::Result;

/// Books the reservation and gives the time at which the turn began.
pub fn reserve(store: &Store, id: &str, launch: &Launch, now: Timestamp) -> Result<Timestamp> {
    let (seconds, usage) = (launch.reserve, Usage::default());
    store.book(&LedgerLine { id: id.into(), entry: Entry::Reserve, at: now, seconds, usage })?;
    Ok(now)
}

/// Books what was used.
pub fn settle(store: &Store, id: &str, began: Timestamp, now: Timestamp, usage: Usage) -> Result<()> {
    let seconds = now.since(began);
    store.book(&LedgerLine { id: id.into(), entry: Entry::Settle, at: now, seconds, usage })
}
