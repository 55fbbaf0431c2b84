//! Black-box stories: the binaries as their user runs them, against real git and real tmux.

mod stage;

mod crashes;
mod main_loop;
mod waiting;
