//! Taking a session's commits over into our repository, so that they outlive its folder (law 3). Objects are
//! packed and indexed by libgit2, which checks every hash; the session's config and hooks are not consulted.

use super::worktree::open_closed;
use super::{Repo, sha};
use crate::domain::ids::{IssueNo, Sha};
use crate::effect;
use anyhow::{Context, Result};
use git2::{Oid, Repository};
use std::io::Write;

impl Repo {
    /// Fetches all that a worktree's refs reach; its head becomes `refs/drover/<issue>/<attempt>`. Gives the head.
    pub(super) fn take_over(&self, issue: IssueNo, attempt: u32) -> Result<Option<Sha>> {
        let path = self.worktrees.join(issue.to_string());
        if !path.exists() {
            return Ok(None);
        }
        let (from, to) = (open_closed(&path)?, self.bare()?);
        let tips = tips(&from)?;
        copy_objects(&from, &to, &tips)
            .with_context(|| format!("taking over the commits in {}", path.display()))?;
        let mut head = None;
        for (name, tip) in &tips {
            if name == "HEAD" {
                keep(&to, &format!("refs/drover/{issue}/{attempt}"), *tip, issue, attempt)?;
                head = Some(sha(*tip)?);
            } else {
                let safe = name.replace('/', "-");
                keep(&to, &format!("refs/drover/{issue}/other-{attempt}/{safe}"), *tip, issue, attempt)?;
            }
        }
        Ok(head)
    }
}

/// What a worktree holds of its own: its head and whatever its other refs point to, those of our repository's
/// branches left out.
pub(super) fn tips(repo: &Repository) -> Result<Vec<(String, Oid)>> {
    let mut tips = Vec::new();
    if let Some(head) = repo.head().ok().and_then(|h| h.target()) {
        tips.push(("HEAD".to_string(), head));
    }
    for reference in repo.references()? {
        let Ok(reference) = reference else { continue };
        let name = String::from_utf8_lossy(reference.name_bytes()).into_owned();
        let ours = name.starts_with("refs/remotes/") || name == "HEAD";
        let Some(commit) = reference.peel_to_commit().ok().filter(|_| !ours) else { continue };
        if tips.iter().all(|(_, known)| *known != commit.id()) {
            tips.push((name, commit.id()));
        }
    }
    Ok(tips)
}

fn copy_objects(from: &Repository, to: &Repository, tips: &[(String, Oid)]) -> Result<()> {
    let odb = to.odb()?;
    let missing: Vec<Oid> = tips.iter().map(|t| t.1).filter(|id| !odb.exists(*id)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut walk = from.revwalk()?;
    for tip in &missing {
        walk.push(*tip)?;
    }
    for reference in to.references()? {
        // What we hold need not be sent; a ref of ours that the worktree cannot see is simply not hidden.
        if let Some(id) = reference?.target().filter(|id| from.find_commit(*id).is_ok()) {
            walk.hide(id)?;
        }
    }
    let mut builder = from.packbuilder()?;
    builder.insert_walk(&mut walk)?;
    let mut pack = git2::Buf::new();
    builder.write_buf(&mut pack)?;
    let mut writer = odb.packwriter()?;
    effect::at("rescue: before the pack is written");
    writer.write_all(&pack)?;
    effect::at("rescue: before the pack is put in place");
    writer.commit()?;
    effect::at("rescue: pack in place");
    Ok(())
}

/// Points a ref of ours at `tip`. What it pointed to before stays reachable if `tip` does not contain it.
fn keep(repo: &Repository, name: &str, tip: Oid, issue: IssueNo, attempt: u32) -> Result<()> {
    if let Ok(old) = repo.refname_to_id(name) {
        if old == tip {
            return Ok(());
        }
        if !repo.graph_descendant_of(tip, old)? {
            let aside = format!("refs/drover/{issue}/old-{attempt}/{}", &old.to_string()[..16]);
            effect::at("rescue: before rewritten commits are kept");
            repo.reference(&aside, old, true, "drover: rewritten by the session")?;
            effect::at("rescue: rewritten commits kept");
        }
    }
    effect::at("rescue: before the ref moves");
    repo.reference(name, tip, true, "drover: taken over from the session")?;
    effect::at("rescue: ref moved");
    Ok(())
}
