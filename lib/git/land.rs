//! Landing on the local forge: moving the primary branch of the user's repository forward. Where it is checked
//! out, files, index and ref move together; a folder with changes of its own is left alone and said.

use super::sync::{path_text, read_ref};
use super::{Repo, program};
use crate::domain::ids::Sha;
use crate::effect;
use crate::world::Landed;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// Seconds that moving the files of a folder may take.
const LIMIT: u64 = 50;

impl Repo {
    /// Moves the primary branch from `from` to `to`, which holds it. Safe to call again after a crash in between.
    pub(super) fn land_in_user_repository(&self, from: &Sha, to: &Sha) -> Result<Landed> {
        let name = format!("refs/heads/{}", self.primary);
        let now = read_ref(&self.user()?, &name)?;
        if now.as_ref() == Some(to) {
            self.sync_primary()?;
            return Ok(Landed::Landed);
        }
        if now.as_ref() != Some(from) {
            return Ok(Landed::BaseMoved);
        }
        self.lend_objects(to)?;
        let landed = match self.checked_out_in()? {
            None => self.swap_ref(&name, from, to)?,
            Some(folder) => move_folder(&folder, &name, from, to)?,
        };
        if landed == Landed::Landed {
            self.sync_primary()?;
        }
        Ok(landed)
    }

    /// The user's repository must hold the commits before a ref of it can point to them.
    fn lend_objects(&self, to: &Sha) -> Result<()> {
        let bare = path_text(&self.bare)?;
        let args = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", bare, to.as_str()];
        effect::at("land: before the objects are lent");
        program::change(&self.user, &args, LIMIT)?;
        effect::at("land: objects lent");
        Ok(())
    }

    fn swap_ref(&self, name: &str, from: &Sha, to: &Sha) -> Result<Landed> {
        let args = ["update-ref", "-m", "drover: land", name, to.as_str(), from.as_str()];
        effect::at("land: before the bare ref moves");
        let said = program::try_change(&self.user, &args, &[], LIMIT)?;
        effect::at("land: bare ref moved");
        if said.ok {
            return Ok(Landed::Landed);
        }
        if read_ref(&self.user()?, name)?.as_ref() == Some(from) {
            bail!("moving {name} of {} failed: {}", self.user.display(), said.complaint());
        }
        Ok(Landed::BaseMoved)
    }

    /// The folder in which the primary branch is checked out, among the repository's own and its linked ones.
    fn checked_out_in(&self) -> Result<Option<PathBuf>> {
        let text = program::run(&self.user, &["worktree", "list", "--porcelain"], LIMIT)?;
        let wanted = format!("branch refs/heads/{}", self.primary);
        let mut folder = None;
        let mut bare = false;
        for line in text.lines() {
            if let Some(path) = line.strip_prefix("worktree ") {
                (folder, bare) = (Some(PathBuf::from(path)), false);
            }
            bare |= line == "bare";
            if line == wanted && !bare {
                return Ok(folder);
            }
        }
        Ok(None)
    }
}

fn move_folder(folder: &Path, name: &str, from: &Sha, to: &Sha) -> Result<Landed> {
    let changes = changes(folder, from, to)?;
    if !changes.foreign.is_empty() {
        return Ok(Landed::Dirty(folder.to_path_buf(), changes.foreign));
    }
    if changes.half_moved {
        // A crash in the middle of an earlier try: every file that differs is as it will be, so nothing of the
        // user's is overwritten by going on.
        effect::at("land: before half-moved files are completed");
        program::change(folder, &["read-tree", "--reset", "-u", to.as_str()], LIMIT)?;
        effect::at("land: half-moved files completed");
        let args = ["update-ref", "-m", "drover: land", name, to.as_str(), from.as_str()];
        program::change(folder, &args, LIMIT)?;
        effect::at("land: half-moved branch completed");
        return Ok(Landed::Landed);
    }
    // An ignored file in the way is the user's as much as any other: git would overwrite it without a word.
    let merge = ["merge", "--quiet", "--ff-only", "--no-autostash", "--no-overwrite-ignore", to.as_str()];
    effect::at("land: before files, index and branch move");
    let said = program::try_change(folder, &merge, &[], LIMIT)?;
    effect::at("land: files, index and branch moved");
    if said.ok {
        return Ok(Landed::Landed);
    }
    if said.errors.contains("index.lock") {
        let lock = "index.lock (another git is at work there; or one has died, then remove that file)";
        return Ok(Landed::Dirty(folder.to_path_buf(), vec![lock.to_string()]));
    }
    let blocked: Vec<String> =
        said.errors.lines().filter(|l| l.starts_with('\t')).map(|l| l.trim().to_string()).collect();
    if blocked.is_empty() {
        bail!("git merge --ff-only in {} failed: {}", folder.display(), said.complaint());
    }
    Ok(Landed::Dirty(folder.to_path_buf(), blocked))
}

/// What differs from `from` in a folder.
struct Changes {
    /// Files that are neither as they were nor as they will be.
    foreign: Vec<String>,
    /// Some file is as it will be already.
    half_moved: bool,
}

fn changes(folder: &Path, from: &Sha, to: &Sha) -> Result<Changes> {
    let mut out = Changes { foreign: Vec::new(), half_moved: false };
    let status = program::run(
        folder,
        &[
            "-c",
            "core.quotePath=false",
            "status",
            "--porcelain=v1",
            "-z",
            "--untracked-files=all",
            "--no-renames",
        ],
        LIMIT,
    )?;
    let coming = program::run(
        folder,
        &[
            "-c",
            "core.quotePath=false",
            "diff",
            "--name-only",
            "-z",
            "--no-renames",
            from.as_str(),
            to.as_str(),
        ],
        LIMIT,
    )?;
    let coming: Vec<&str> = coming.split('\0').collect();
    for entry in status.split('\0').filter(|e| e.len() > 3) {
        let (kind, path) = entry.split_at(3);
        let comes = coming.contains(&path);
        if comes && is_as_it_will_be(folder, path, to)? {
            out.half_moved = true;
        } else if comes || !kind.starts_with("??") {
            // A new file of the user's that the landing does not touch is in nobody's way.
            out.foreign.push(path.to_string());
        }
    }
    if out.half_moved {
        // What follows would overwrite ignored files, which `status` does not show.
        for path in coming.iter().filter(|p| !p.is_empty() && folder.join(p).exists()) {
            let was = program::ask(folder, &["cat-file", "-e", &format!("{from}:{path}")], LIMIT)?.ok;
            if !was && !out.foreign.iter().any(|f| f == path) && !is_as_it_will_be(folder, path, to)? {
                out.foreign.push(path.to_string());
            }
        }
    }
    Ok(out)
}

fn is_as_it_will_be(folder: &Path, path: &str, to: &Sha) -> Result<bool> {
    let wanted = program::ask(folder, &["rev-parse", "--verify", "--quiet", &format!("{to}:{path}")], LIMIT)?;
    if !folder.join(path).exists() {
        return Ok(!wanted.ok);
    }
    let there = program::ask(folder, &["hash-object", "--", path], LIMIT).context("comparing a file")?;
    Ok(wanted.ok && there.ok && wanted.text.trim() == there.text.trim())
}
