//! Mirrors: the primary branch and all tags, forward only. A mirror that holds more than we do is left alone.

use super::sync::path_text;
use super::{Repo, program};
use crate::world::Mirrored;
use anyhow::Result;

impl Repo {
    /// Pushes to one mirror, for at most `seconds`.
    pub(super) fn push_mirror(&self, name: &str, url: &str, seconds: u64) -> Result<Mirrored> {
        self.ensure()?;
        program::run(
            &self.bare,
            &["fetch", "--quiet", path_text(&self.user)?, "refs/tags/*:refs/tags/*"],
            seconds,
        )?;
        let branch = format!("refs/heads/{0}:refs/heads/{0}", self.primary);
        // The address may hold a password: it is configuration of this call, not an argument of it.
        let config = [("remote.mirror.url", url)];
        let args = ["push", "--porcelain", "--no-verify", "mirror", &branch, "refs/tags/*:refs/tags/*"];
        let said = match program::ask_with(&self.bare, &args, &config, seconds) {
            Ok(said) => said,
            Err(e) => return Ok(Mirrored::Failed(format!("{e:#}"))),
        };
        if said.ok {
            return Ok(Mirrored::Done);
        }
        let refused: Vec<&str> = said.text.lines().filter(|l| l.starts_with('!')).collect();
        let forward = |l: &&str| {
            l.contains("non-fast-forward") || l.contains("fetch first") || l.contains("already exists")
        };
        if !refused.is_empty() && refused.iter().all(forward) {
            return Ok(Mirrored::Diverged(format!("{name}: {}", refused.join("; "))));
        }
        Ok(Mirrored::Failed(said.complaint().to_string()))
    }
}
