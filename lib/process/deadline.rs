//! A moment after which one waits no longer. Any length will do: one beyond what the clock can count is a
//! century.

use std::time::{Duration, Instant};

const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// The end of a wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline(Instant);

impl Deadline {
    /// This long from now.
    pub(super) fn after(wait: Duration) -> Deadline {
        Deadline(Instant::now() + wait.min(CENTURY))
    }

    /// What is left; none once it has passed.
    pub(super) fn left(self) -> Option<Duration> {
        Some(self.0.saturating_duration_since(Instant::now())).filter(|left| !left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_length_will_do() {
        assert!(Deadline::after(Duration::ZERO).left().is_none());
        assert!(Deadline::after(Duration::MAX).left().is_some());
    }
}
