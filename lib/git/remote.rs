//! The forge's repository, where there is a server: which address it has, and fetching from it and pushing to it.
//! The token is configuration of a call: it stands in no address, on no command line and in no file.

use super::sync::{path_text, read_ref};
use super::{Repo, open_user, program};
use crate::domain::ids::Sha;
use crate::effect;
use crate::http::without_password;
use crate::world::PushAnswer;
use anyhow::{Result, bail};
use std::path::Path;

/// Seconds that a fetch or a push may take.
const LIMIT: u64 = 120;

/// The forge's repository.
#[derive(Clone)]
pub struct Remote {
    /// Its address; a password in it is its user's own doing.
    pub url: String,
    /// The value of `Authorization` for an http address; none: git's own ways.
    pub credentials: Option<String>,
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Remote({})", self.shown())
    }
}

impl Remote {
    /// The address for people: without whatever stands before an `@`.
    pub fn shown(&self) -> String {
        without_password(&self.url)
    }

    /// What git is told beside its arguments. The header goes to this server alone, not to one that it redirects to.
    pub(super) fn config(&self) -> Vec<(String, String)> {
        let mut config = vec![("remote.forge.url".to_string(), self.url.clone())];
        if let (Some(credentials), true) = (&self.credentials, self.url.starts_with("http")) {
            config.push((format!("http.{}.extraHeader", self.url), format!("Authorization: {credentials}")));
            config.push(("http.followRedirects".into(), "false".into()));
        }
        config
    }
}

/// An address taken apart: host, port where it is named and not the usual one, and path without `.git`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Address {
    host: String,
    port: Option<u16>,
    path: String,
}

/// Reads `https://user@host:port/owner/name.git`, `ssh://git@host:22/owner/name` and `git@host:owner/name.git`.
fn address(url: &str) -> Option<Address> {
    let plain = |path: &str| path.trim_matches('/').trim_end_matches(".git").to_ascii_lowercase();
    if let Some((scheme, rest)) = url.split_once("://") {
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.contains(']') => (name, Some(port.parse().ok()?)),
            _ => (host, None),
        };
        let usual = match scheme {
            "http" => 80,
            "https" => 443,
            "ssh" | "git+ssh" => 22,
            _ => return None,
        };
        let port = port.filter(|port| *port != usual);
        return Some(Address { host: name.to_ascii_lowercase(), port, path: plain(path) });
    }
    // `host:path`, unless the colon stands behind a slash: then it is a file's name.
    let (host, path) = url.split_once(':').filter(|(host, _)| !host.contains('/') && !host.is_empty())?;
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    Some(Address { host: host.to_ascii_lowercase(), port: None, path: plain(path) })
}

/// Whether an address is the repository `repo` on the forge at `forge_url`. An ssh address may have any port, and a
/// forge below a path any prefix: the host and the end of the path tell.
fn is_of(url: &str, forge_url: &str, repo: &str) -> bool {
    let (Some(found), Some(forge)) = (address(url), address(forge_url)) else { return false };
    let repo = repo.to_ascii_lowercase();
    let over_http = url.starts_with("http");
    found.host == forge.host
        && (!over_http || found.port == forge.port)
        && (found.path == repo || found.path.ends_with(&format!("/{repo}")))
}

/// Which address git fetches from and pushes to: the one given, else the remote of the user's repository that is
/// this repository on this forge (`origin` before others), else the forge's own way of writing it.
pub fn choose(user: &Path, given: Option<&str>, forge_url: &str, repo: &str) -> Result<String> {
    let found = remotes(user)?;
    if let Some(given) = given {
        let named = found.iter().find(|(name, _)| name == given).map(|(_, url)| url.clone());
        if named.is_none() && !given.contains(['/', ':']) {
            let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
            bail!(
                "git_remote = \"{given}\": {} has no such remote (it has: {})",
                user.display(),
                names.join(", ")
            );
        }
        return Ok(named.unwrap_or_else(|| given.to_string()));
    }
    let mut fitting: Vec<&(String, String)> =
        found.iter().filter(|(_, url)| is_of(url, forge_url, repo)).collect();
    fitting.sort_by_key(|(name, _)| (name != "origin", name.clone()));
    Ok(fitting.first().map_or_else(|| format!("{forge_url}/{repo}.git"), |(_, url)| url.clone()))
}

/// The remotes of the user's repository with the addresses that they push to.
///
/// # Errors
/// Where there is no repository, or its configuration cannot be read.
pub fn remotes(user: &Path) -> Result<Vec<(String, String)>> {
    let repo = open_user(user)?;
    let mut found = Vec::new();
    for name in repo.remotes()?.iter().flatten().flatten() {
        let remote = repo.find_remote(name)?;
        let url = remote
            .pushurl()
            .ok()
            .flatten()
            .map(str::to_string)
            .or_else(|| remote.url().ok().map(str::to_string));
        found.extend(url.map(|url| (name.to_string(), url)));
    }
    Ok(found)
}

impl Repo {
    /// Brings all branches and claims up to date with the forge; those that are gone there go here.
    pub(super) fn fetch_all(&self, remote: &Remote) -> Result<()> {
        self.ensure()?;
        let mut args = vec!["fetch", "--quiet", "--no-tags", "--prune", "--force", "forge"];
        args.extend(["+refs/heads/*:refs/heads/*", "+refs/drover/claims/*:refs/drover/claims/*"]);
        effect::at("remote: before the branches are fetched");
        let said = program::try_change(&self.bare, &args, &borrowed(&remote.config()), LIMIT)?;
        effect::at("remote: branches fetched");
        if !said.ok {
            bail!("fetching from {} failed: {}", remote.shown(), said.complaint());
        }
        Ok(())
    }

    /// Publishes a commit on the forge, if its branch is still at `lease`; ours follows.
    pub(super) fn push_to(
        &self,
        remote: &Remote,
        branch: &str,
        to: &Sha,
        lease: Option<&Sha>,
    ) -> Result<PushAnswer> {
        let guard = format!("--force-with-lease=refs/heads/{branch}:{}", lease.map_or("", Sha::as_str));
        let spec = format!("{to}:refs/heads/{branch}");
        let args = ["push", "--porcelain", "--no-verify", &guard, "forge", &spec];
        effect::at("remote: before the push");
        let said = program::try_change(&self.bare, &args, &borrowed(&remote.config()), LIMIT)?;
        effect::at("remote: pushed");
        // Whatever the answer: what the forge shows now is what counts.
        self.fetch_all(remote)?;
        let now = read_ref(&*self.bare()?, &format!("refs/heads/{branch}"))?;
        let line =
            said.text.lines().find(|l| l.contains(&format!("refs/heads/{branch}"))).unwrap_or_default();
        match (&now, said.ok) {
            (Some(now), true) if now == to && line.starts_with('=') => Ok(PushAnswer::Already),
            (Some(now), _) if now == to => Ok(PushAnswer::Pushed),
            (_, false) if line.contains("stale info") || now.as_ref() != lease => Ok(PushAnswer::Moved(now)),
            (_, true) => Ok(PushAnswer::Moved(now)),
            (_, false) => bail!("pushing {branch} to {} failed: {}", remote.shown(), refusal(&said)),
        }
    }

    /// Asks the forge whether we may push a branch: git goes all the way up to sending it.
    pub(super) fn rehearse_push(&self, remote: &Remote) -> Result<()> {
        self.ensure()?;
        let spec = format!("refs/heads/{}:refs/heads/drover-doctor", self.primary);
        let args = ["push", "--dry-run", "--porcelain", "--no-verify", "forge", &spec];
        let said = program::ask_with(&self.bare, &args, &borrowed(&remote.config()), LIMIT)?;
        if !said.ok {
            bail!("pushing to {} failed: {}", remote.shown(), refusal(&said));
        }
        Ok(())
    }

    /// Removes a branch from the forge, if it is still at `at`; ours follows.
    pub(super) fn remove_from(&self, remote: &Remote, branch: &str, at: &Sha) -> Result<bool> {
        if self.remote_head(branch)?.as_ref() != Some(at) {
            return Ok(false);
        }
        let name = format!("refs/heads/{branch}");
        let (guard, spec) = (format!("--force-with-lease={name}:{at}"), format!(":{name}"));
        let args = ["push", "--porcelain", "--no-verify", &guard, "forge", &spec];
        effect::at("remote: before a branch is removed");
        let said = program::try_change(&self.bare, &args, &borrowed(&remote.config()), LIMIT)?;
        effect::at("remote: branch removed");
        self.fetch_all(remote)?;
        match (said.ok, self.remote_head(branch)?) {
            (true, _) => Ok(true),
            (false, now) if now.as_ref() != Some(at) => Ok(false),
            (false, _) => bail!("removing {branch} from {} failed: {}", remote.shown(), refusal(&said)),
        }
    }

    /// The address that a mirror's tags are fetched from.
    pub(super) fn tags_from(&self) -> Result<(String, Vec<(String, String)>)> {
        match &self.remote {
            Some(remote) => Ok(("forge".into(), remote.config())),
            None => Ok((path_text(&self.user)?.to_string(), vec![])),
        }
    }
}

/// Why a push was refused: the forge's own words before git's.
fn refusal(said: &program::Said) -> String {
    let theirs: Vec<&str> = said
        .errors
        .lines()
        .filter_map(|l| l.strip_prefix("remote: "))
        .filter(|l| !l.trim().is_empty())
        .collect();
    if theirs.is_empty() { said.complaint().to_string() } else { theirs.join(" ") }
}

/// Pairs as calls of git want them.
pub(super) fn borrowed(config: &[(String, String)]) -> Vec<(&str, &str)> {
    config.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_an_address_is_understood() {
        let of = |url: &str| address(url).map(|a| (a.host, a.port, a.path));
        let plain = |port| Some(("forge.example".to_string(), port, "acme/notes".to_string()));
        for url in [
            "https://forge.example/acme/notes.git",
            "https://forge.example:443/acme/notes",
            "https://bot:secret@forge.example/acme/notes/",
            "http://Forge.Example/Acme/Notes.git",
            "ssh://git@forge.example/acme/notes.git",
            "ssh://git@forge.example:22/acme/notes",
            "git@forge.example:acme/notes.git",
            "forge.example:acme/notes",
        ] {
            assert_eq!(of(url), plain(None), "{url}");
        }
        assert_eq!(of("ssh://git@forge.example:2222/acme/notes.git"), plain(Some(2222)));
        for none in ["/srv/git/notes.git", "./a:b", "file:///srv/notes.git", "", "../notes"] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn an_address_is_ours_by_host_and_path() {
        let ours = |url: &str| is_of(url, "https://forge.example", "Acme/notes");
        for url in [
            "https://forge.example/acme/notes.git",
            "git@forge.example:Acme/notes.git",
            "ssh://git@forge.example:2222/acme/notes.git",
            "https://forge.example/git/acme/notes",
        ] {
            assert!(ours(url), "{url}");
        }
        for url in [
            "https://forge.example:3000/acme/notes.git",
            "https://forge.example.org/acme/notes.git",
            "https://evil.example/forge.example/acme/notes.git",
            "https://forge.example/acme/notes2.git",
            "https://forge.example/xacme/notes.git",
            "git@github.com:acme/notes.git",
        ] {
            assert!(!ours(url), "{url}");
        }
        assert!(is_of("http://localhost:3000/acme/notes.git", "http://localhost:3000", "acme/notes"));
    }

    #[test]
    fn what_people_see_holds_no_password() {
        let remote = Remote {
            url: "https://bot:secret@forge.example/a/b".into(),
            credentials: Some("token x".into()),
        };
        assert_eq!(format!("{remote:?}"), "Remote(https://forge.example/a/b)");
        assert!(
            remote
                .config()
                .iter()
                .any(|(name, value)| name.ends_with("extraHeader") && value.ends_with("token x"))
        );
        let ssh = Remote { url: "git@forge.example:a/b".into(), ..remote };
        assert_eq!(ssh.config().len(), 1, "a token is for http alone");
    }

    #[test]
    fn a_branch_is_removed_only_where_it_is_still_at_what_was_published() {
        let folder = tempfile::tempdir().unwrap();
        let server = folder.path().join("server.git");
        let repo = git2::Repository::init_bare(&server).unwrap();
        repo.set_head("refs/heads/main").unwrap();
        let tree = repo.find_tree(repo.treebuilder(None).unwrap().write().unwrap()).unwrap();
        let who = git2::Signature::now("maria", "maria@example.org").unwrap();
        let commit = |name: &str, message: &str| -> Sha {
            let id = repo.commit(None, &who, &who, message, &tree, &[]).unwrap();
            repo.reference(name, id, true, "").unwrap();
            id.to_string().parse().unwrap()
        };
        commit("refs/heads/main", "begin");
        let published = commit("refs/heads/fix/issue-1", "work");
        let remote = Remote { url: server.display().to_string(), credentials: None };
        let ours = Repo {
            bare: folder.path().join("repo.git"),
            user: server.clone(),
            primary: "main".into(),
            worktrees: folder.path().join("worktrees"),
            checkouts: folder.path().join("checkouts"),
            remote: Some(remote.clone()),
            opened: Default::default(),
        };
        ours.fetch_all(&remote).unwrap();
        let newer = commit("refs/heads/fix/issue-1", "somebody's");
        assert!(
            !ours.remove_from(&remote, "fix/issue-1", &published).unwrap(),
            "somebody has pushed meanwhile"
        );
        assert_eq!(ours.remote_head("fix/issue-1").unwrap(), Some(newer.clone()));
        assert!(ours.remove_from(&remote, "fix/issue-1", &newer).unwrap());
        assert_eq!(ours.remote_head("fix/issue-1").unwrap(), None);
        assert!(!ours.remove_from(&remote, "fix/issue-1", &newer).unwrap(), "it is gone already");
    }

    #[test]
    fn the_remote_on_the_forges_host_is_chosen() {
        let folder = tempfile::tempdir().unwrap();
        let repo = git2::Repository::init(folder.path()).unwrap();
        let of = |given: Option<&str>| choose(folder.path(), given, "https://forge.example", "acme/notes");
        assert_eq!(of(None).unwrap(), "https://forge.example/acme/notes.git");
        repo.remote("origin", "https://github.com/acme/notes.git").unwrap();
        repo.remote("work", "git@forge.example:acme/notes.git").unwrap();
        assert_eq!(of(None).unwrap(), "git@forge.example:acme/notes.git");
        assert_eq!(of(Some("origin")).unwrap(), "https://github.com/acme/notes.git");
        assert_eq!(of(Some("/srv/notes.git")).unwrap(), "/srv/notes.git");
        let said = of(Some("upstream")).unwrap_err().to_string();
        assert!(said.contains("no such remote (it has: origin, work)"), "{said}");
    }
}
