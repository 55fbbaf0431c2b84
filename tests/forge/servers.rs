//! What servers do wrong, and what we do then.

pub const ALL: &[(&str, fn())] = &[];
