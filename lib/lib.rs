//! drover turns labelled issues into merged pull requests with the coding agent its user already has.
//!
//! The layers, and who may call whom: `bins → ops → {forge, ci, agents, session, git, gates, people, store} →
//! domain`. `world` holds the traits through which `ops` reaches the adapters; `process` is what several
//! adapters need of child processes, `http` what they need of servers. `docs/design.md` is the contract between them.

pub mod agents;
pub mod ci;
pub mod cli;
pub mod config;
pub mod domain;
pub mod effect;
pub mod forge;
pub mod gates;
pub mod git;
pub mod http;
pub mod machine;
pub mod ops;
pub mod people;
pub mod process;
pub mod session;
pub mod store;
pub mod twin;
pub mod world;
