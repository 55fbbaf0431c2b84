//! Turning a look into a fact.

use crate::domain::phase::seen::Fact;
use anyhow::Result;

/// A failed look keeps the whole chain of causes.
pub fn look<T>(result: Result<T>) -> Fact<T> {
    result.map_or_else(|e| Fact::Unknown(format!("{e:#}")), Fact::Known)
}
