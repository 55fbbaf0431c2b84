//! The demo's forge, where it is a real one: two accounts, and a repository for each project, made for the occasion.

use super::scene::git_with;
use crate::cli::{Exit, Failure};
use crate::http::{Agent, Client, Credentials, Method, quoted};
use crate::machine::WallClock;
use crate::store::disk::Disk;
use crate::store::{Paths, Store};
use crate::world::Clock;
use anyhow::{Result, bail};
use serde_json::{Value, json};
use std::path::Path;
use std::rc::Rc;

/// Calls that setting the stage may take.
const CALLS: u32 = 1000;

/// A Forgejo or Gitea with the demo's two accounts.
pub struct Server {
    /// Its address.
    pub url: String,
    /// The account that works: it files the issues, too.
    pub author: String,
    /// The account that reviews.
    pub reviewer: String,
    token: String,
    review_token: String,
    client: Client,
    /// What tells this demo's repositories from another's.
    tag: String,
}

impl Server {
    /// The server at `url`, with the tokens of `FORGE_TOKEN` and `FORGE_REVIEW_TOKEN`.
    pub fn reach(url: &str, state: &Path) -> Result<Server> {
        let url = url.trim_end_matches('/').to_string();
        let (token, review_token) = (token("FORGE_TOKEN")?, token("FORGE_REVIEW_TOKEN")?);
        let clock: Rc<dyn Clock> = Rc::new(WallClock::from_env());
        let client = |token: &str| {
            let wire = Rc::new(Agent::new(&url, Credentials::Header(format!("token {token}"))));
            let store = Store { files: Rc::new(Disk), paths: Paths::new(state, "demo") };
            Client::new(wire, store, Rc::clone(&clock), CALLS)
        };
        let who = |client: &Client| -> Result<String> {
            let user: Value = client.must("/api/v1/user")?;
            Ok(user["login"].as_str().unwrap_or_default().to_string())
        };
        let (ours, theirs) = (client(&token), client(&review_token));
        let (author, reviewer) = (who(&ours)?, who(&theirs)?);
        if author == reviewer {
            let hint = "nobody can approve his own pulls: give FORGE_REVIEW_TOKEN of another account";
            let what = format!("both tokens are {author}'s");
            return Err(Failure::new(Exit::Usage, what, hint).into());
        }
        let tag = clock.now().0.to_string();
        Ok(Server { url, author, reviewer, token, review_token, client: ours, tag })
    }

    /// `owner/name` of a project's repository.
    pub fn repo(&self, project: &str) -> String {
        format!("{}/{}", self.author, self.name(project))
    }

    fn name(&self, project: &str) -> String {
        format!("drover-demo-{project}-{}", self.tag)
    }

    /// What drover reads its tokens from.
    pub fn dotenv(&self) -> String {
        format!("FORGE_TOKEN={}\nFORGE_REVIEW_TOKEN={}\n", self.token, self.review_token)
    }

    /// Makes a project's repository, private and empty, and lets the reviewer in.
    pub fn make(&self, project: &str) -> Result<()> {
        let made = json!({"name": self.name(project), "private": true, "default_branch": "main"});
        self.order(Method::Post, "/api/v1/user/repos", Some(made))?;
        let path = format!("/api/v1/repos/{}/collaborators/{}", self.repo(project), quoted(&self.reviewer));
        self.order(Method::Put, &path, Some(json!({"permission": "write"})))
    }

    /// Takes a project's repository away again.
    pub fn delete(&self, project: &str) -> Result<()> {
        self.order(Method::Delete, &format!("/api/v1/repos/{}", self.repo(project)), None)
    }

    fn order(&self, method: Method, path: &str, body: Option<Value>) -> Result<()> {
        let answer = self.client.order(method, path, body)?;
        if !answer.ok() {
            bail!("{} {path} of {}: {} ({})", method.as_str(), self.url, answer.said, answer.status);
        }
        Ok(())
    }

    /// Makes the repository on the server the remote of a clone, and pushes its branches.
    pub fn publish(&self, repo: &Path, project: &str) -> Result<()> {
        let url = format!("{}/{}.git", self.url, self.repo(project));
        git_with(repo, &["remote", "add", "origin", &url], &[])?;
        self.git(repo, &["push", "-q", "origin", "--all"])
    }

    /// Brings what the server has into a clone, as `origin/main`.
    pub fn fetch(&self, repo: &Path) -> Result<()> {
        self.git(repo, &["fetch", "-q", "origin"])
    }

    fn git(&self, repo: &Path, args: &[&str]) -> Result<()> {
        let key = format!("http.{}/.extraHeader", self.url);
        let value = format!("Authorization: token {}", self.token);
        git_with(repo, args, &[(&key, &value)])
    }
}

fn token(variable: &str) -> Result<String> {
    let hint = "with --forge the demo works as one account and reviews as another: give a token of each in \
                FORGE_TOKEN and FORGE_REVIEW_TOKEN, with the scopes write:repository, write:issue and write:user";
    let given = std::env::var(variable).ok().filter(|t| !t.is_empty());
    Ok(given.ok_or_else(|| Failure::new(Exit::Usage, format!("there is no {variable}"), hint))?)
}
