//! Claims that several hosts share: refs of the forge's repository, `refs/drover/claims/<issue>`. A push with a lease
//! is a compare-and-swap that every git server makes, so of two hosts that take an issue at once one gets it, whatever
//! either has seen. Each ref is a commit without files whose message is the record.

use super::remote::{Remote, borrowed};
use super::sync::read_ref;
use super::{Repo, oid, program};
use crate::domain::claim::{ClaimRecord, Owner};
use crate::domain::ids::{IssueNo, Sha};
use crate::domain::schedule::Claim;
use crate::domain::time::Timestamp;
use crate::effect;
use crate::world::Claims;
use anyhow::{Context, Result, bail};
use git2::{Oid, Repository, Signature};

/// Seconds that a push of a claim may take.
const LIMIT: u64 = 60;

/// Claims in the forge's repository. What it holds is known as of the last fetch.
pub struct SharedClaims {
    repo: Repo,
    remote: Remote,
    me: Owner,
}

impl SharedClaims {
    /// The claims of the forge's repository behind `repo`, for `me`.
    pub fn new(repo: Repo, remote: Remote, me: Owner) -> SharedClaims {
        SharedClaims { repo, remote, me }
    }

    fn read(&self, issue: IssueNo) -> Result<Option<(Sha, ClaimRecord)>> {
        let repo = self.repo.bare()?;
        let name = name(issue);
        let Some(at) = read_ref(&repo, &name)? else { return Ok(None) };
        let commit = repo.find_commit(oid(&at)?).with_context(|| format!("reading {name}"))?;
        let record = serde_json::from_slice(commit.message_bytes())
            .with_context(|| format!("{name} on {} holds no claim", self.remote.shown()))?;
        Ok(Some((at, record)))
    }

    /// Puts a record in the place of the one that was seen; false if that is not there any more.
    fn swap(&self, issue: IssueNo, old: Option<&Sha>, new: &ClaimRecord) -> Result<bool> {
        let repo = self.repo.bare()?;
        let (name, commit) = (name(issue), commit(&repo, new)?);
        let lease = format!("--force-with-lease={name}:{}", old.map_or("", Sha::as_str));
        let spec = format!("{commit}:{name}");
        let args = ["push", "--porcelain", "--no-verify", "--quiet", &lease, "forge", &spec];
        effect::at("claims: before one is pushed");
        let said = program::try_change(&self.repo.bare, &args, &borrowed(&self.remote.config()), LIMIT)?;
        effect::at("claims: one pushed");
        // Refused, or an answer that was lost: what the server has tells.
        let now = if said.ok { None } else { Some(self.there(&name)?) };
        match now {
            Some(now) if now.as_deref() != Some(commit.to_string().as_str()) => {
                if now.as_deref() == old.map(Sha::as_str) {
                    bail!("pushing {name} to {} failed: {}", self.remote.shown(), said.complaint());
                }
                Ok(false)
            }
            _ => {
                // So that who looks before the next fetch sees it.
                repo.reference(&name, commit, true, "drover: claim")?;
                effect::at("claims: one noted");
                Ok(true)
            }
        }
    }

    /// What a claim's ref is at on the server.
    fn there(&self, name: &str) -> Result<Option<String>> {
        let args = ["ls-remote", "forge", name];
        let said = program::ask_with(&self.repo.bare, &args, &borrowed(&self.remote.config()), LIMIT)?;
        if !said.ok {
            bail!("reading {name} on {} failed: {}", self.remote.shown(), said.complaint());
        }
        Ok(said.text.split_whitespace().next().map(str::to_string))
    }
}

fn name(issue: IssueNo) -> String {
    format!("refs/drover/claims/{issue}")
}

/// The commit of a record: no files, no parents, and a time of its own, so that equal records are one commit.
fn commit(repo: &Repository, record: &ClaimRecord) -> Result<Oid> {
    let tree = repo.find_tree(repo.treebuilder(None)?.write()?)?;
    let who = Signature::new("drover", "drover@localhost", &git2::Time::new(record.until.0, 0))?;
    effect::at("claims: before one is written");
    Ok(repo.commit(None, &who, &who, &serde_json::to_string(record)?, &tree, &[])?)
}

impl Claims for SharedClaims {
    fn owner(&self) -> String {
        self.me.to_string()
    }

    fn look(&self, issue: IssueNo, now: Timestamp) -> Claim {
        match self.read(issue) {
            Ok(found) => ClaimRecord::seen(found.as_ref().map(|(_, record)| record), &self.me, now),
            Err(e) => Claim::Unknown(format!("{e:#}")),
        }
    }

    fn holds(&self, issue: IssueNo, now: Timestamp) -> bool {
        match self.read(issue) {
            Ok(found) => found.is_some_and(|(_, record)| record.holds(&self.me, now)),
            Err(_) => true,
        }
    }

    fn take(&self, issue: IssueNo, now: Timestamp) -> Result<Option<u32>> {
        let found = self.read(issue)?;
        let Some(new) = ClaimRecord::taken(found.as_ref().map(|(_, r)| r), issue, &self.me, now) else {
            return Ok(None);
        };
        // Another was quicker, or an answer to us was lost: the next fetch tells.
        Ok(self.swap(issue, found.as_ref().map(|(at, _)| at), &new)?.then_some(new.fence))
    }

    fn renew(&self, issue: IssueNo, now: Timestamp) -> Result<()> {
        let Some((at, record)) = self.read(issue)? else { return Ok(()) };
        match record.renewed(&self.me, now) {
            Some(new) => self.swap(issue, Some(&at), &new).map(|_| ()),
            None => Ok(()),
        }
    }

    fn release(&self, issue: IssueNo) -> Result<()> {
        let Some((at, record)) = self.read(issue)? else { return Ok(()) };
        let Some(new) = record.released(&self.me) else { return Ok(()) };
        if !self.swap(issue, Some(&at), &new)? {
            bail!("the claim on #{issue} has changed meanwhile: it is looked at again");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::DAY;
    use std::path::{Path, PathBuf};
    use std::sync::Barrier;
    use tempfile::TempDir;

    const ISSUE: IssueNo = IssueNo(7);
    const NOW: Timestamp = Timestamp(1_795_287_600);

    /// A server's repository with one commit.
    fn server() -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.git");
        let repo = Repository::init_bare(&path).unwrap();
        let tree = repo.find_tree(repo.treebuilder(None).unwrap().write().unwrap()).unwrap();
        let who = Signature::now("maria", "maria@example.org").unwrap();
        repo.commit(Some("refs/heads/main"), &who, &who, "begin", &tree, &[]).unwrap();
        repo.set_head("refs/heads/main").unwrap();
        (folder, path)
    }

    /// A host that works on the repository of this server.
    fn host(server: &Path, name: &str) -> SharedClaims {
        let folder = server.with_file_name(name);
        let remote = Remote { url: server.display().to_string(), credentials: None };
        let repo = Repo {
            bare: folder.join("repo.git"),
            user: server.to_path_buf(),
            primary: "main".into(),
            worktrees: folder.join("worktrees"),
            checkouts: folder.join("checkouts"),
            remote: Some(remote.clone()),
            opened: Default::default(),
        };
        SharedClaims::new(repo, remote, Owner { host: name.into(), root: String::new() })
    }

    fn fetch(host: &SharedClaims) {
        host.repo.fetch_all(&host.remote).unwrap();
    }

    #[test]
    fn of_two_hosts_one_has_the_issue_whatever_the_other_has_seen() {
        let (_folder, server) = server();
        let (a, b) = (host(&server, "a"), host(&server, "b"));
        assert_eq!((a.look(ISSUE, NOW), b.look(ISSUE, NOW)), (Claim::Free, Claim::Free));
        assert_eq!(a.take(ISSUE, NOW).unwrap(), Some(1));
        assert_eq!(a.look(ISSUE, NOW), Claim::Mine, "before any fetch");
        assert_eq!(b.look(ISSUE, NOW), Claim::Free, "not seen yet");
        assert_eq!(b.take(ISSUE, NOW).unwrap(), None, "and not taken all the same");
        fetch(&b);
        assert_eq!(b.look(ISSUE, NOW), Claim::Theirs("a".into()));
        assert_eq!(a.take(ISSUE, NOW).unwrap(), Some(1), "ours already");
        a.release(ISSUE).unwrap();
        a.release(ISSUE).unwrap();
        fetch(&b);
        assert_eq!(b.look(ISSUE, NOW), Claim::Free);
        assert_eq!(b.take(ISSUE, NOW).unwrap(), Some(2), "takings are counted over all hosts");
        a.renew(ISSUE, NOW.plus(DAY)).unwrap();
        fetch(&a);
        assert_eq!(a.look(ISSUE, NOW), Claim::Theirs("b".into()));
        a.release(ISSUE).unwrap();
        fetch(&b);
        assert_eq!(b.look(ISSUE, NOW), Claim::Mine, "nobody gives back what is another's");
    }

    #[test]
    fn what_is_renewed_does_not_lapse_and_what_is_not_does() {
        let (_folder, server) = server();
        let (a, b) = (host(&server, "a"), host(&server, "b"));
        assert_eq!(a.take(ISSUE, NOW).unwrap(), Some(1));
        a.renew(ISSUE, NOW.plus(DAY - 10)).unwrap();
        fetch(&b);
        assert_eq!(b.take(ISSUE, NOW.plus(DAY + 10)).unwrap(), None);
        assert_eq!(b.take(ISSUE, NOW.plus(2 * DAY)).unwrap(), Some(2));
        // What the first host has seen is old: it neither renews nor gives back what is the other's.
        a.renew(ISSUE, NOW.plus(2 * DAY)).unwrap();
        assert!(a.release(ISSUE).unwrap_err().to_string().contains("has changed meanwhile"));
        fetch(&a);
        assert_eq!(a.look(ISSUE, NOW.plus(2 * DAY)), Claim::Theirs("b".into()));
    }

    #[test]
    fn of_eight_at_once_one_gets_it() {
        let (_folder, server) = server();
        let gate = Barrier::new(8);
        let got: Vec<Option<u32>> = std::thread::scope(|scope| {
            let one = |n: usize| {
                let (server, gate) = (&server, &gate);
                scope.spawn(move || {
                    let host = host(server, &format!("host{n}"));
                    fetch(&host);
                    gate.wait();
                    host.take(ISSUE, NOW).unwrap()
                })
            };
            let all: Vec<_> = (0..8).map(one).collect();
            all.into_iter().map(|h| h.join().unwrap()).collect()
        });
        assert_eq!(got.iter().flatten().collect::<Vec<_>>(), [&1], "{got:?}");
    }

    #[test]
    fn what_is_no_record_is_nobodys_to_take_and_a_server_that_is_gone_an_error() {
        let (_folder, server) = server();
        let a = host(&server, "a");
        let repo = Repository::open(&server).unwrap();
        let main = repo.refname_to_id("refs/heads/main").unwrap();
        repo.reference(&name(ISSUE), main, true, "").unwrap();
        fetch(&a);
        let Claim::Unknown(why) = a.look(ISSUE, NOW) else { panic!() };
        assert!(why.contains("refs/drover/claims/7 on") && why.contains("holds no claim"), "{why}");
        assert!(a.take(ISSUE, NOW).is_err());
        std::fs::rename(&server, server.with_extension("away")).unwrap();
        let why = a.take(IssueNo(8), NOW).unwrap_err().to_string();
        assert!(why.contains("reading refs/drover/claims/8 on"), "{why}");
        assert_eq!(a.look(IssueNo(8), NOW), Claim::Free);
    }
}
