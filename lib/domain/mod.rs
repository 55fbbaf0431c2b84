//! Pure types and decisions: no I/O, no clock, no environment. Everything a decision needs is an argument.

pub mod brackets;
pub mod deps;
pub mod diff;
pub mod effect;
pub mod evidence;
pub mod excerpt;
pub mod ids;
pub mod issue;
pub mod landing;
pub mod launch;
pub mod laws;
pub mod life;
pub mod link;
pub mod message;
pub mod phase;
pub mod policy;
pub mod prompt;
pub mod pull;
pub mod redact;
pub mod request;
pub mod run;
pub mod schedule;
pub mod text;
pub mod time;
pub mod verify;
pub mod window;
