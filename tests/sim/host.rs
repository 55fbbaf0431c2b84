//! One host of a universe: its files, locks, tmux and git, and the worlds that its actors get.

use super::chat::Chat;
use super::ci::PipelineCi;
use super::core::Core;
use super::files::MemFiles;
use super::git::{HostGit, Pool, Refs};
use super::parts::*;
use super::posts::Posts;
use super::server::{Account, Server, SharedClaims};
use super::tap::Tapped;
use drover::config::{self, Channel, Env, Project, Root};
use drover::domain::claim::Owner;
use drover::domain::policy::Policy;
use drover::forge::local::LocalForge;
use drover::people::comments::{self, Comments};
use drover::people::trouble::Reach;
use drover::store::claims::LocalClaims;
use drover::store::{Paths, Store};
use drover::world::*;
use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;

/// What differs between universes.
#[derive(Clone)]
pub struct Setting {
    pub local: bool,
    pub hosts: usize,
    /// The server is spoken to over HTTP, through our own adapter.
    pub wired: bool,
    pub project: Rc<Project>,
    pub policy: Rc<Policy>,
    pub secrets: Rc<Vec<String>>,
    /// People are told and answer on the forge too.
    pub comments: bool,
    /// They are told in a chat, by ntfy and by a webhook too, and answer in the chat.
    pub posts: bool,
    /// Nothing ever goes wrong in it.
    pub faultless: bool,
}

const LOCAL: &str = "forge = \"local\"\n";
const SERVER: &str = "forge = \"forgejo\"\nforge_url = \"https://forge.example\"\nrepo = \"o/r\"\n";
const REST: &str = "repo_root = \"/repo\"\nprimary_branch = \"main\"\nworktree_root = \"/worktrees\"\n\
    [agent]\ncommand = [\"agent\"]\n[verify]\ntest = \"check\"\n[limits]\nmemory_mb = 0\ndisk_mb = 0\n\
    [people]\nmaintainers = [\"maria\"]\nreviewers = [\"rob\", \"maria\"]\n[people.maria]\nmatrix = \"maria\"\ntelegram = \"42\"\n[mirrors]\nm = \"https://m.example/r\"\n";

/// A project read as the binaries read it; `secret` is its forge token.
pub fn project(local: bool, secret: &str) -> Project {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sim.toml");
    std::fs::write(&file, format!("{}{REST}", if local { LOCAL } else { SERVER })).unwrap();
    let root = Root { config: folder.path().into(), state: "/state".into() };
    let env = Env::from([("USER", "maria"), ("HOME", "/home"), ("FORGE_TOKEN", secret)]);
    config::load(&root, &file, &env, &[]).unwrap()
}

/// One host.
pub struct Host {
    pub number: usize,
    pub core: Rc<Core>,
    pub setting: Setting,
    pub files: Rc<MemFiles>,
    pub locks: Rc<HostLocks>,
    pub tmux: Rc<HostTmux>,
    pub git: Rc<HostGit>,
    pub jobs: Rc<HostJobs>,
    pub ears: Rc<Ears>,
    pub chat: Rc<Chat>,
    pub posts: Rc<Posts>,
    pub offset: Rc<Cell<i64>>,
    pub server: Rc<Server>,
    /// Powered off until this true time.
    pub off_until: Cell<i64>,
}

impl Host {
    pub fn new(number: usize, core: &Rc<Core>, setting: &Setting, server: &Rc<Server>) -> Host {
        let git = HostGit::new(server.pool.clone(), server.remote.clone(), setting.local);
        let files = Rc::new(MemFiles::new(core.clone()));
        let host = Host {
            number,
            core: core.clone(),
            setting: setting.clone(),
            files: files.clone(),
            locks: Rc::new(HostLocks::new(core.clone())),
            tmux: Rc::new(HostTmux::new(core.clone(), files)),
            git: Rc::new(git),
            jobs: Rc::new(HostJobs::new(core.clone())),
            ears: Rc::default(),
            chat: Rc::new(Chat::new(core.clone())),
            posts: Rc::default(),
            offset: Rc::default(),
            server: server.clone(),
            off_until: Cell::new(0),
        };
        host.files.put(&host.store().paths.guard(), b"");
        host
    }

    /// Its store, read and written without a tap: for people, and for looking at it.
    pub fn store(&self) -> Store {
        Store { files: self.files.clone(), paths: Paths::new(Path::new("/state"), "sim") }
    }

    pub fn clock(&self) -> Rc<HostClock> {
        Rc::new(HostClock { core: self.core.clone(), offset: self.offset.clone() })
    }

    /// The forge as somebody else sees it.
    pub fn forge_as(&self, who: &str) -> Box<dyn Forge> {
        match self.setting.local {
            true => Box::new(LocalForge {
                me: who.into(),
                store: self.store(),
                locks: self.locks.clone(),
                clock: self.clock(),
            }),
            false => match &self.server.wired {
                Some(wired) => Box::new(wired.person(self, who)),
                None => Box::new(Account { server: self.server.clone(), me: who.into() }),
            },
        }
    }

    fn owner(&self) -> Owner {
        Owner { host: format!("host-{}", self.number), root: "/state".into() }
    }

    /// Its claims, read without a tap.
    pub fn claims(&self) -> Box<dyn Claims> {
        match self.setting.local {
            true => Box::new(LocalClaims { store: self.store(), me: self.owner() }),
            false => Box::new(SharedClaims { server: self.server.clone(), host: self.number }),
        }
    }

    /// A world for an actor: every call of a part goes through a tap.
    pub fn world(&self) -> World {
        let files: Rc<dyn Files> = Rc::new(self.tap(false, self.files.clone() as Rc<dyn Files>));
        let locks: Rc<dyn Locks> = Rc::new(self.tap(false, self.locks.clone() as Rc<dyn Locks>));
        let store = Store { files, paths: Paths::new(Path::new("/state"), "sim") };
        let clock: Rc<dyn Clock> = self.clock();
        let remote = !self.setting.local;
        let forge: Rc<dyn Forge> = match self.setting.local {
            true => Rc::new(LocalForge {
                me: self.setting.policy.me.clone(),
                store: store.clone(),
                locks: locks.clone(),
                clock: clock.clone(),
            }),
            false => match &self.server.wired {
                Some(wired) => Rc::new(wired.ours(self, &store, &clock)),
                None => Rc::new(Account { server: self.server.clone(), me: self.setting.policy.me.clone() }),
            },
        };
        let claims: Rc<dyn Claims> = match self.setting.local {
            true => Rc::new(LocalClaims { store: store.clone(), me: self.owner() }),
            false => Rc::new(SharedClaims { server: self.server.clone(), host: self.number }),
        };
        // Over HTTP each request can fail.
        let forge: Rc<dyn Forge> = Rc::new(self.tap(remote && !self.setting.wired, forge));
        World {
            people: self.people(&forge, &store, &clock),
            project: (*self.setting.project).clone(),
            policy: (*self.setting.policy).clone(),
            forge,
            claims: Box::new(self.tap(remote, claims)),
            git: Box::new(self.tap(remote, self.git.clone() as Rc<dyn Git>)),
            sessions: Box::new(self.tap(true, self.tmux.clone() as Rc<dyn SessionsPart>)),
            store,
            locks,
            jobs: Box::new(self.tap(false, self.jobs.clone() as Rc<dyn Jobs>)),
            checks: Box::new(self.tap(false, Rc::new(PoolChecks(self.git.pool.clone())) as Rc<dyn Checks>)),
            ci: Box::new(self.tap(remote, Rc::new(PipelineCi(self.server.clone())) as Rc<dyn Ci>)),
            machine: Box::new(HostMachine { number: self.number, tmux: self.tmux.clone() }),
            clock,
            dice: Box::new(CoreDice(self.core.clone())),
        }
    }

    /// By mail, in a room, and where it is so on the forge: there with our own adapter.
    fn people(&self, forge: &Rc<dyn Forge>, store: &Store, clock: &Rc<dyn Clock>) -> Vec<Box<dyn People>> {
        let mut channels: Vec<Box<dyn People>> = vec![
            Box::new(self.tap(true, self.ears.clone() as Rc<dyn People>)),
            Box::new(self.tap(true, self.chat.clone() as Rc<dyn People>)),
        ];
        if self.setting.comments {
            let reach = Reach {
                store: store.clone(),
                clock: clock.clone(),
                project: self.setting.project.name.clone(),
                channel: Channel::Forge,
                place: "comments".into(),
                hints: comments::HINTS,
                mail: |_| Ok(()),
            };
            channels.push(Box::new(Comments {
                reach,
                forge: forge.clone(),
                me: self.setting.policy.me.clone(),
                people: self.setting.project.people.clone(),
                trusted: self.setting.policy.trusted.clone(),
            }));
        }
        if self.setting.posts {
            channels.extend(self.posts.channels(self, store, clock));
        }
        channels
    }

    fn tap<P: ?Sized>(&self, remote: bool, part: Rc<P>) -> Tapped<P> {
        Tapped { core: self.core.clone(), remote, part }
    }
}

/// The server of a universe: with a forge of its own, or only the branches of the local one.
pub fn server(core: &Rc<Core>, wired: bool) -> Rc<Server> {
    let pool = Rc::new(Pool::default());
    let first = pool.add(&[], Rc::new([("README.md".to_string(), "hello".to_string())].into()), "begin");
    let remote = Rc::new(RefCell::new(Refs { primary: first, branches: Default::default() }));
    Rc::new(Server::new(core.clone(), pool, remote, wired))
}
