//! Forges, all behind [`crate::world::Forge`]. The local one is the reference model for the others.

pub mod forgejo;
pub mod local;
