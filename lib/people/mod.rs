//! How people are reached and heard, a file or folder each.

pub mod comments;
pub mod mail;
pub mod matrix;
pub mod payload;
pub mod post;
pub mod program;
#[cfg(test)]
mod scene;
pub mod silent;
pub mod telegram;
pub mod trouble;
