//! The ledger's two lines of a turn: what it may use at most before it begins, what it used after.

use crate::domain::launch::Launch;
use crate::domain::time::Timestamp;
use crate::store::Store;
use crate::store::journal::{Entry, LedgerLine};
use anyhow::Result;

/// Books the reservation and gives the time at which the turn began.
pub fn reserve(store: &Store, id: &str, launch: &Launch, now: Timestamp) -> Result<Timestamp> {
    let line =
        LedgerLine { id: id.into(), entry: Entry::Reserve, at: now, seconds: launch.reserve, micro_usd: 0 };
    store.book(&line)?;
    Ok(now)
}

/// Books what was used.
pub fn settle(store: &Store, id: &str, began: Timestamp, now: Timestamp) -> Result<()> {
    let line =
        LedgerLine { id: id.into(), entry: Entry::Settle, at: now, seconds: now.since(began), micro_usd: 0 };
    store.book(&line)
}
