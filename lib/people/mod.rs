//! The human channel: a Matrix room, or what cron makes of what `poll` prints.

pub mod mail;
pub mod matrix;
