//! Black-box stories: the binaries as their user runs them, against real git and real tmux.

mod stage;

mod bad_input;
mod bad_sessions;
<<<<<<< HEAD
mod checks;
mod command_line;
mod crashes;
mod landing;
=======
mod crashes;
>>>>>>> 384a39c (tests: a project's name with a dot in it)
mod main_loop;
mod mirrors;
mod waiting;
