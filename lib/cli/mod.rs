//! What every binary shares: arguments, setting up the world, exit codes, printing.

pub mod args;
pub mod ask;
pub mod backup;
pub mod care;
mod channels;
pub mod commands;
pub mod demo;
pub mod doctor;
pub mod exit;
pub mod init;
pub mod out;
mod report;
pub mod rules;
pub mod run;
pub mod servers;
pub mod setup;
pub mod status;

pub use args::Common;
pub use exit::{Exit, Failure};
