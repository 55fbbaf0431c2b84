//! Black-box stories: the binaries as their user runs them, against real git and real tmux.

mod stage;

mod main_loop;
