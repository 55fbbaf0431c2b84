//! The forges that the stories are played on, each made anew for every story.

use crate::fake::{Fake, GitDir};
use drover::domain::ids::Sha;
use drover::forge::forgejo::{Forgejo, Site};
use drover::forge::local::LocalForge;
use drover::http::{Agent, Client, Credentials, Method, Request, Wire};
use drover::machine::WallClock;
use drover::store::disk::Disk;
use drover::store::lock::FileLocks;
use drover::store::{Paths, Store};
use drover::world::{Clock, Forge, Locks};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;

/// A kind of forge.
#[derive(Clone)]
pub enum Backend {
    Local,
    Fake,
    Real,
}

/// What a story finds: a forge spoken to as two people, and what happens beside it.
pub struct Scene {
    pub author: Box<dyn Forge>,
    pub reviewer: Box<dyn Forge>,
    pub stage: Box<dyn Stage>,
    /// Whether there is a server that merges, pages and checks.
    pub server: bool,
    _folder: TempDir,
}

/// What others do on the forge: push, report, protect.
pub trait Stage {
    /// A commit with one file on a branch, which begins at the primary one.
    fn put(&self, branch: &str, file: &str, text: &str) -> Sha;
    /// What a branch is at.
    fn head(&self, branch: &str) -> Sha;
    /// The primary branch.
    fn primary(&self) -> Sha;
    /// A status of a commit.
    fn status(&self, sha: &Sha, context: &str, state: &str);
    /// The primary branch takes only what has these contexts and an approval.
    fn protect(&self, contexts: &[&str]);
    /// One issue waits for another.
    fn depend(&self, issue: u64, on: u64);
    /// A pull's new title.
    fn title(&self, pull: u64, title: &str);
    /// Time goes on, so that what changes is newer.
    fn later(&self);
}

impl Backend {
    pub fn all() -> [Backend; 3] {
        [Backend::Local, Backend::Fake, Backend::Real]
    }

    pub fn name(&self) -> &'static str {
        match self {
            Backend::Local => "local",
            Backend::Fake => "forgejo (as recorded)",
            Backend::Real => "forgejo (DROVER_FORGEJO_URL)",
        }
    }

    /// Why it cannot be played on.
    pub fn why_not(&self) -> Option<String> {
        let wanted = ["DROVER_FORGEJO_URL", "FORGE_TOKEN", "FORGE_REVIEW_TOKEN"];
        match self {
            Backend::Real => {
                wanted.iter().find(|v| std::env::var(v).is_err()).map(|v| format!("{v} is not set"))
            }
            _ => None,
        }
    }

    pub fn scene(&self) -> Scene {
        match self {
            Backend::Local => local(),
            Backend::Fake => Server::new().scene(),
            Backend::Real => real(),
        }
    }
}

fn store(folder: &TempDir, name: &str) -> Store {
    Store { files: Rc::new(Disk), paths: Paths::new(&folder.path().join(name), "p") }
}

fn local() -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder, "state");
    let as_who = |who: &str| {
        let locks: Rc<dyn Locks> = Rc::new(FileLocks::new(store.paths.locks()));
        Box::new(LocalForge {
            me: who.into(),
            store: store.clone(),
            locks,
            clock: Rc::new(WallClock::from_env()),
        })
    };
    let git = bare(&folder);
    let stage = LocalStage { git, forge: as_who("bot") };
    Scene {
        author: as_who("bot"),
        reviewer: as_who("reviewer"),
        stage: Box::new(stage),
        server: false,
        _folder: folder,
    }
}

struct LocalStage {
    git: GitDir,
    forge: Box<LocalForge>,
}

impl Stage for LocalStage {
    fn put(&self, branch: &str, file: &str, text: &str) -> Sha {
        self.git.put(branch, "main", file, text).parse().unwrap()
    }

    fn head(&self, branch: &str) -> Sha {
        head(&self.git, branch)
    }

    fn primary(&self) -> Sha {
        head(&self.git, "main")
    }

    fn status(&self, _sha: &Sha, _context: &str, _state: &str) {}

    fn protect(&self, _contexts: &[&str]) {}

    fn depend(&self, issue: u64, on: u64) {
        let on = drover::domain::ids::IssueNo(on);
        self.forge.depend(drover::domain::ids::IssueNo(issue), &[on]).unwrap();
    }

    fn title(&self, _pull: u64, _title: &str) {}

    fn later(&self) {}
}

fn head(git: &GitDir, branch: &str) -> Sha {
    use crate::fake::Refs;
    git.head(branch).unwrap().parse().unwrap()
}

fn bare(folder: &TempDir) -> GitDir {
    let path = folder.path().join("r.git");
    git2::Repository::init_bare(&path).unwrap();
    let git = GitDir(path);
    git.put("main", "main", "README.md", "notes\n");
    git
}

/// A clock that stands still until it is told to go on.
#[derive(Clone)]
pub struct Standing(pub Arc<AtomicI64>);

impl Standing {
    pub fn go_on(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Standing {
    fn now(&self) -> drover::domain::time::Timestamp {
        drover::domain::time::Timestamp(self.0.load(Ordering::SeqCst))
    }

    fn minute_of_day(&self) -> u32 {
        0
    }

    fn sleep_ms(&self, _milliseconds: u64) {}
}

/// A fake server, with everything at hand that a story about servers changes.
pub struct Server {
    pub fake: Fake,
    pub clock: Standing,
    pub folder: TempDir,
    pub path: PathBuf,
}

impl Server {
    pub fn new() -> Server {
        let folder = tempfile::tempdir().unwrap();
        let path = bare(&folder).0;
        let clock = Standing(Arc::new(AtomicI64::new(1_795_287_600)));
        let told = clock.clone();
        let fake = Fake::new(
            "acme/notes",
            Box::new(GitDir(path.clone())),
            Box::new(move || told.0.load(Ordering::SeqCst)),
        );
        {
            let mut state = fake.state.lock().unwrap();
            state.account("acme", true);
            state.account("bot", true);
            state.account("reviewer", true);
            state.account("eve", false);
            state.tokens.insert("read".into(), "bot-".into());
            // A project whose bot administers nothing cannot take reviews back.
            state.admins.insert("reviewer".into());
        }
        Server { fake, clock, folder, path }
    }

    pub fn git(&self) -> GitDir {
        GitDir(self.path.clone())
    }

    /// Changes the switches.
    pub fn quirks(&self, change: impl FnOnce(&mut crate::fake::Quirks)) {
        change(&mut self.fake.quirks.lock().unwrap());
    }

    /// The forge as whoever has this token, in a state folder of this name.
    pub fn forge(&self, token: &str) -> Forgejo {
        self.forge_over(Rc::new(self.fake.wire(token)), token, true)
    }

    pub fn forge_over(&self, wire: Rc<dyn Wire>, token: &str, has_ci: bool) -> Forgejo {
        self.forge_with(&format!("state-{token}"), wire, token, has_ci)
    }

    /// The same with a state folder of another name.
    pub fn forge_in(&self, state: &str, wire: Rc<dyn Wire>, token: &str) -> Forgejo {
        self.forge_with(state, wire, token, true)
    }

    fn forge_with(&self, state: &str, wire: Rc<dyn Wire>, token: &str, has_ci: bool) -> Forgejo {
        let store = store(&self.folder, state);
        let clock: Rc<dyn Clock> = Rc::new(self.clock.clone());
        let client = Rc::new(Client::new(wire, store.clone(), Rc::clone(&clock), 1000));
        Forgejo::new(&site("http://forge.test", "acme/notes", token, has_ci), client, store, clock)
    }

    pub fn scene(self) -> Scene {
        let (author, reviewer) = (Box::new(self.forge("bot")), Box::new(self.forge("reviewer")));
        let stage = FakeStage { fake: self.fake.clone(), git: self.git(), clock: self.clock.clone() };
        Scene { author, reviewer, stage: Box::new(stage), server: true, _folder: self.folder }
    }
}

fn site(url: &str, repo: &str, token: &str, has_ci: bool) -> Site {
    Site {
        url: url.into(),
        repo: repo.into(),
        primary: "main".into(),
        trusted: vec![],
        has_ci,
        token: token.into(),
    }
}

struct FakeStage {
    fake: Fake,
    git: GitDir,
    clock: Standing,
}

impl FakeStage {
    fn ask(&self, method: Method, path: &str, body: Value) {
        let request = Request { method, path: format!("/api/v1/repos/acme/notes{path}"), body: Some(body) };
        let answer = self.fake.answer(Some("acme"), &request).unwrap();
        assert!(answer.status < 300, "{path}: {}", answer.status);
    }
}

impl Stage for FakeStage {
    fn put(&self, branch: &str, file: &str, text: &str) -> Sha {
        self.git.put(branch, "main", file, text).parse().unwrap()
    }

    fn head(&self, branch: &str) -> Sha {
        head(&self.git, branch)
    }

    fn primary(&self) -> Sha {
        head(&self.git, "main")
    }

    fn status(&self, sha: &Sha, context: &str, state: &str) {
        self.ask(Method::Post, &format!("/statuses/{sha}"), json!({"context": context, "state": state}));
    }

    fn protect(&self, contexts: &[&str]) {
        let contexts = contexts.iter().map(|c| c.to_string()).collect();
        let protection = crate::fake::state::Protection { contexts, approvals: 1 };
        self.fake.state.lock().unwrap().protection = Some(protection);
    }

    fn depend(&self, issue: u64, on: u64) {
        let body = json!({"owner": "acme", "repo": "notes", "index": on});
        self.ask(Method::Post, &format!("/issues/{issue}/dependencies"), body);
    }

    fn title(&self, pull: u64, title: &str) {
        self.ask(Method::Patch, &format!("/pulls/{pull}"), json!({ "title": title }));
    }

    fn later(&self) {
        self.clock.go_on(2);
    }
}

/// A real server, by the variables; each story in a repository of its own below the author's account.
struct RealStage {
    wire: Agent,
    repo: String,
}

fn real() -> Scene {
    let var = |name: &str| std::env::var(name).unwrap();
    let (url, author, reviewer) = (var("DROVER_FORGEJO_URL"), var("FORGE_TOKEN"), var("FORGE_REVIEW_TOKEN"));
    let wire = |token: &str| Agent::new(&url, Credentials::Header(format!("token {token}")));
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().file_name().unwrap().to_string_lossy().replace('.', "drover-");
    let me = |wire: &Agent| ask(wire, Method::Get, "/user", None)["login"].as_str().unwrap().to_string();
    let (owner, other) = (me(&wire(&author)), me(&wire(&reviewer)));
    let made = json!({"name": name, "auto_init": true, "default_branch": "main", "private": true});
    let repo = format!("{owner}/{name}");
    let stage = RealStage { wire: wire(&author), repo: format!("/repos/{repo}") };
    ask(&stage.wire, Method::Post, "/user/repos", Some(made));
    let path = format!("{}/collaborators/{other}", stage.repo);
    ask(&stage.wire, Method::Put, &path, Some(json!({"permission": "admin"})));
    let forge = |token: &str, folder: &TempDir, state: &str| {
        let store = store(folder, state);
        let clock: Rc<dyn Clock> = Rc::new(WallClock::from_env());
        let wire: Rc<dyn Wire> = Rc::new(wire(token));
        let client = Rc::new(Client::new(wire, store.clone(), Rc::clone(&clock), 100_000));
        Box::new(Forgejo::new(&site(&url, &repo, token, true), client, store, clock))
    };
    let (author, reviewer) = (forge(&author, &folder, "author"), forge(&reviewer, &folder, "reviewer"));
    Scene { author, reviewer, stage: Box::new(stage), server: true, _folder: folder }
}

fn ask(wire: &Agent, method: Method, path: &str, body: Option<Value>) -> Value {
    let answer = wire.send(&Request { method, path: format!("/api/v1{path}"), body }).unwrap();
    assert!(answer.status < 300, "{} {path}: {}", method.as_str(), String::from_utf8_lossy(&answer.body));
    serde_json::from_slice(&answer.body).unwrap_or(Value::Null)
}

impl RealStage {
    fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        ask(&self.wire, method, &format!("{}{path}", self.repo), body)
    }

    fn at(&self, branch: &str) -> Option<Sha> {
        let path = format!("/api/v1{}/branches/{}", self.repo, drover::http::quoted(branch));
        let answer = self.wire.send(&Request { method: Method::Get, path, body: None }).unwrap();
        let found: Value = serde_json::from_slice(&answer.body).ok()?;
        found["commit"]["id"].as_str()?.parse().ok()
    }
}

impl Drop for RealStage {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.ask(Method::Delete, "", None);
        }
    }
}

impl Stage for RealStage {
    fn put(&self, branch: &str, file: &str, text: &str) -> Sha {
        let content = base64(text.as_bytes());
        let before = self.at(branch);
        let there = before.is_some();
        let from = if there { branch } else { "main" };
        let path = format!("/contents/{file}");
        let files = self.ask(Method::Get, &format!("/contents?ref={}", drover::http::quoted(from)), None);
        let old = files.as_array().unwrap().iter().find(|f| f["name"] == file).map(|f| f["sha"].clone());
        let mut body = json!({"content": content, "message": "put", "branch": from});
        if !there {
            body["new_branch"] = branch.into();
        }
        let method = match old {
            Some(sha) => {
                body["sha"] = sha;
                Method::Put
            }
            None => Method::Post,
        };
        self.ask(method, &path, Some(body));
        // The server takes a push in, and looks at pulls anew, some moments later.
        for _ in 0..60 {
            std::thread::sleep(std::time::Duration::from_millis(250));
            if let Some(head) = self.at(branch).filter(|head| Some(head) != before.as_ref()) {
                return head;
            }
        }
        panic!("{branch} did not move");
    }

    fn head(&self, branch: &str) -> Sha {
        self.at(branch).unwrap()
    }

    fn primary(&self) -> Sha {
        self.at("main").unwrap()
    }

    fn status(&self, sha: &Sha, context: &str, state: &str) {
        self.ask(
            Method::Post,
            &format!("/statuses/{sha}"),
            Some(json!({"context": context, "state": state})),
        );
    }

    fn protect(&self, contexts: &[&str]) {
        let rule = json!({"rule_name": "main", "branch_name": "main", "enable_status_check": !contexts.is_empty(),
                          "status_check_contexts": contexts, "required_approvals": 1, "block_on_rejected_reviews": true});
        self.ask(Method::Post, "/branch_protections", Some(rule));
    }

    fn depend(&self, issue: u64, on: u64) {
        let (owner, repo) = self.repo.trim_start_matches("/repos/").split_once('/').unwrap();
        let body = json!({"owner": owner, "repo": repo, "index": on});
        self.ask(Method::Post, &format!("/issues/{issue}/dependencies"), Some(body));
    }

    fn title(&self, pull: u64, title: &str) {
        self.ask(Method::Patch, &format!("/pulls/{pull}"), Some(json!({ "title": title })));
    }

    fn later(&self) {
        std::thread::sleep(std::time::Duration::from_millis(1100));
    }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = (0..3).fold(0u32, |w, i| w << 8 | u32::from(*chunk.get(i).unwrap_or(&0)));
        for i in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * i)) as usize & 63] as char;
            out.push(if i <= chunk.len() { letter } else { '=' });
        }
    }
    out
}
