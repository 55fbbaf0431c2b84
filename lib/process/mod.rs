//! Other processes: running one to its end within limits, finding and ending what it left behind, waking on
//! a change of a file, and taking in orphans. Linux only: all of it rests on `/proc`, pidfds and inotify.

pub mod capture;
mod deadline;
pub mod end;
mod follow;
mod group;
mod procfs;
mod pump;
pub mod reaper;
pub mod run;
pub mod tree;
pub mod watch;
