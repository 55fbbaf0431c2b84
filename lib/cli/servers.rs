//! The parts of a world that speak to servers: the forge as one account or the other, its repository, CI.

use super::exit::{Exit, Failure};
use crate::ci::NoCi;
use crate::ci::actions::Actions;
use crate::ci::woodpecker::Woodpecker;
use crate::config::{ForgeKind, Project, Secret};
use crate::domain::claim::Owner;
use crate::forge::forgejo::{Forgejo, Site};
use crate::git::{self, Remote, Repo, SharedClaims};
use crate::http::{Agent, Client, Credentials};
use crate::machine::{ThisMachine, WallClock};
use crate::store::Store;
use crate::store::claims::LocalClaims;
use crate::store::disk::fnv;
use crate::world::{Ci, Claims, Clock, Forge, Machine, World};
use anyhow::Result;
use std::rc::Rc;

/// The forge's API as one account.
pub struct Account {
    token: Secret,
    client: Rc<Client>,
}

impl Account {
    fn new(project: &Project, token: Secret, store: &Store, clock: &Rc<dyn Clock>) -> Account {
        let credentials = Credentials::Header(format!("token {}", token.expose()));
        Account { token, client: client(project, &project.forge_url, credentials, store, clock) }
    }
}

pub(super) fn bearer(token: &Secret) -> Credentials {
    Credentials::Header(format!("Bearer {}", token.expose()))
}

pub(super) fn client(
    project: &Project,
    url: &str,
    credentials: Credentials,
    store: &Store,
    clock: &Rc<dyn Clock>,
) -> Rc<Client> {
    let wire = Rc::new(Agent::new(url, credentials));
    Rc::new(Client::new(wire, store.clone(), Rc::clone(clock), project.limits.calls))
}

/// The account that comments, pushes, opens and merges; and why it cannot, where it has no token: any call is refused then.
pub fn account(project: &Project, store: &Store, clock: &Rc<dyn Clock>) -> (Account, Option<anyhow::Error>) {
    let keys = "token_env or token_file";
    let (token, missing) = match needed(project, project.tokens.forge.as_ref(), "FORGE_TOKEN", keys) {
        Ok(token) => (token.clone(), None),
        Err(missing) => (Secret::new(""), Some(missing)),
    };
    (Account::new(project, token, store, clock), missing)
}

/// The project's server as the reviewer's account.
pub fn reviewer(world: &World) -> Result<Box<dyn Forge>> {
    let keys = "review_token_env or review_token_file";
    let token = needed(&world.project, world.project.tokens.review.as_ref(), "FORGE_REVIEW_TOKEN", keys)?;
    let clock: Rc<dyn Clock> = Rc::new(WallClock::from_env());
    let account = Account::new(&world.project, token.clone(), &world.store, &clock);
    Ok(Box::new(forgejo(&world.project, &account, &world.store, &clock)))
}

/// A Forgejo or Gitea, spoken to as this account.
pub fn forgejo(project: &Project, account: &Account, store: &Store, clock: &Rc<dyn Clock>) -> Forgejo {
    let site = Site {
        url: project.forge_url.clone(),
        repo: project.repo.clone(),
        primary: project.primary_branch.clone(),
        trusted: project.people.maintainer_accounts(),
        has_ci: !project.ci.none(),
        token: account.token.expose().to_string(),
    };
    Forgejo::new(&site, Rc::clone(&account.client), store.clone(), Rc::clone(clock))
}

/// Where logs come from: Woodpecker if there is a token for it, else the forge's own Actions.
pub fn ci(project: &Project, account: &Account, store: &Store, clock: &Rc<dyn Clock>) -> Box<dyn Ci> {
    if project.ci.none() {
        return Box::new(NoCi);
    }
    let Some(token) = &project.tokens.woodpecker else {
        return Box::new(Actions::new(Rc::clone(&account.client), &project.repo));
    };
    let credentials = bearer(token);
    let client = client(project, &project.ci.server, credentials, store, clock);
    Box::new(Woodpecker::new(client, &project.repo, project.ci.woodpecker_repo_id))
}

fn needed<'a>(
    project: &Project,
    token: Option<&'a Secret>,
    variable: &str,
    keys: &str,
) -> Result<&'a Secret> {
    let what = || format!("{}: there is no {variable} for {}", project.file.display(), project.forge_url);
    let hint = || {
        let folder = project.root.config.display();
        format!("put {variable}=… into {folder}/.env (mode 0600), or name another source with {keys}")
    };
    Ok(token.ok_or_else(|| Failure::new(Exit::Usage, what(), hint()))?)
}

/// The forge's repository; none on the local forge.
pub fn remote(project: &Project) -> Result<Option<Remote>> {
    if project.forge == ForgeKind::Local {
        return Ok(None);
    }
    let url =
        git::choose(&project.repo_root, project.git_remote.as_deref(), &project.forge_url, &project.repo)?;
    // The token is for the forge's own host: an address elsewhere gets none.
    let own = url.starts_with(&format!("{}/", project.forge_url));
    let credentials = project.tokens.forge.as_ref().filter(|_| own).map(|t| format!("token {}", t.expose()));
    Ok(Some(Remote { url, credentials }))
}

/// Where claims are kept: in the forge's repository, which other hosts may work on too, else in our own files.
pub fn claims(repo: &Repo, store: &Store, machine: &ThisMachine) -> Box<dyn Claims> {
    let me = Owner { host: machine.host(), root: store.paths.state().display().to_string() };
    let Some(remote) = repo.remote.clone() else {
        return Box::new(LocalClaims { store: store.clone(), me });
    };
    // Whoever may read the repository may read the claims: what this machine is called is nobody's business.
    let id = format!("{:012x}", fnv(me.to_string().as_bytes()) >> 16);
    Box::new(SharedClaims::new(repo.clone(), remote, Owner { host: id, root: String::new() }))
}
