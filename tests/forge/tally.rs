//! What was checked, counted.

use std::sync::atomic::{AtomicUsize, Ordering};

static CHECKED: AtomicUsize = AtomicUsize::new(0);

pub fn one() {
    CHECKED.fetch_add(1, Ordering::Relaxed);
}

pub fn count() -> usize {
    CHECKED.load(Ordering::Relaxed)
}

/// Two values that have to be the same.
#[macro_export]
macro_rules! same {
    ($left:expr, $right:expr $(, $($words:tt)+)?) => {{
        $crate::tally::one();
        assert_eq!($left, $right $(, $($words)+)?);
    }};
}

/// Something that has to be so.
#[macro_export]
macro_rules! holds {
    ($what:expr $(, $($words:tt)+)?) => {{
        $crate::tally::one();
        assert!($what $(, $($words)+)?);
    }};
}
