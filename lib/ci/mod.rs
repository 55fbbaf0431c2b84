//! Where the results of checks come from.

pub mod verify;
