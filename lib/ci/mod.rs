//! Where the results of checks come from, and what is to be known of those that are red.

pub mod actions;
mod none;
pub mod verify;
pub mod woodpecker;

pub use none::NoCi;
