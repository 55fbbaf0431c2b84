//! Black-box stories: the binaries as their user runs them, against real git and real tmux.

#[allow(dead_code)]
#[path = "fake/mod.rs"]
mod fake;
mod forgejo;
#[allow(dead_code)]
mod messengers;
#[allow(dead_code)]
mod site;
mod stage;

mod bad_input;
mod bad_sessions;
mod care;
mod certificates;
mod channels;
mod checks;
mod command_line;
mod crashes;
mod delivery;
mod desk;
mod doctor;
mod known_agents;
mod landing;
mod laws;
mod main_loop;
mod mirrors;
mod own_screen;
mod views;
mod waiting;
