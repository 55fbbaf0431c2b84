//! One file a use case: each reads the world, asks the domain, does what it says. Nothing here names files,
//! processes, time, environment or chance: all of that goes through the [`crate::world::World`].

mod briefing;
pub mod command;
pub mod control;
pub mod deliver;
pub mod doctor;
pub mod effects;
pub mod fact;
pub mod gate;
pub mod gc;
mod guard;
pub mod land;
mod landed;
pub mod listen;
pub mod look;
pub mod mirror;
pub mod notices;
pub mod observe;
pub mod outage;
pub mod preflight;
pub mod pulse;
pub mod report;
pub mod session;
pub mod start;
pub mod step;
pub mod talk;
pub mod tick;
pub mod tidy;
pub mod verify;
pub mod views;
