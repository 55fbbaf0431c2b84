//! A stage whose project lives on a server: a Forgejo on loopback, and the bare repository behind it.

use crate::fake::listen::Listener;
use crate::fake::woodpecker::Woodpecker;
use crate::fake::{Fake, GitDir, Refs};
use crate::stage::{Builder, Stage, git};
use drover::http::{Method, Request};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// The server of a stage.
pub struct Site {
    pub fake: Fake,
    pub ci: Woodpecker,
    bare: GitDir,
    _listeners: Vec<Listener>,
}

/// Sets a stage with its server; the repository behind it is `user.git`.
pub fn set(builder: Builder) -> Stage {
    let keys = "forge = \"forgejo\"\nforge_url = \"@URL@\"\nrepo = \"acme/notes\"\ngit_remote = \"@BARE@\"";
    let mut s = builder.forge(keys).toml("[ci]\nsettle = 0").set();
    let (bare, clock) = (s.path("user.git"), s.path("clock"));
    git(s.dir.path(), &["clone", "-q", "--bare", "repo", "user.git"]);
    let now = move || {
        let text = fs::read_to_string(&clock).unwrap_or_default();
        text.trim().parse::<drover::domain::time::Timestamp>().map_or(1_795_287_600, |t| t.0)
    };
    let fake = Fake::new("acme/notes", Box::new(GitDir(bare.clone())), Box::new(now));
    {
        let mut state = fake.state.lock().unwrap();
        for writer in ["acme", "bot", "maria", "rob"] {
            state.account(writer, true);
        }
        state.account("eve", false);
    }
    let listener = Listener::start(fake.clone());
    let toml = fs::read_to_string(s.toml_file()).unwrap();
    let toml = toml.replace("@URL@", &listener.url).replace("@BARE@", &bare.display().to_string());
    fs::write(s.toml_file(), toml).unwrap();
    let env = s.root().join(".env");
    fs::write(&env, "FORGE_TOKEN=bot\nFORGE_REVIEW_TOKEN=rob\n").unwrap();
    fs::set_permissions(&env, fs::Permissions::from_mode(0o600)).unwrap();
    s.keep = Some(Box::new(Site {
        fake,
        ci: Woodpecker::default(),
        bare: GitDir(bare),
        _listeners: vec![listener],
    }));
    s
}

/// Another root that works on the same server's repository, with a clone and a clock of its own.
pub fn second(builder: Builder, first: &Stage) -> Stage {
    let s = builder.set();
    let bare = &of(first).bare.0;
    fs::remove_dir_all(s.repo()).unwrap();
    git(s.dir.path(), &["clone", "-q", &bare.display().to_string(), "repo"]);
    let keys = |text: &str, name: &str| {
        let line = text.lines().find(|l| l.starts_with(name)).unwrap().to_string();
        format!("{line}\n")
    };
    let (theirs, ours) = (fs::read_to_string(first.toml_file()), fs::read_to_string(s.toml_file()));
    let (theirs, ours) = (theirs.unwrap(), ours.unwrap());
    let ours = ["repo_root", "worktree_root", "command"].map(|name| (keys(&theirs, name), keys(&ours, name)));
    let text = ours.iter().fold(theirs.clone(), |text, (old, new)| text.replace(old, new));
    fs::write(s.toml_file(), text).unwrap();
    fs::copy(first.root().join(".env"), s.root().join(".env")).unwrap();
    s
}

/// A Woodpecker beside the server: its checks are pipelines.
pub fn woodpecker(s: &mut Stage) -> Woodpecker {
    let server = Woodpecker::default();
    let listener = Listener::start(server.clone());
    let text = fs::read_to_string(s.toml_file()).unwrap();
    let keys = format!("[ci]\nserver = \"{}\"\nwoodpecker_repo_id = 7\nsettle = 0", listener.url);
    fs::write(s.toml_file(), text.replace("[ci]\nsettle = 0", &keys)).unwrap();
    let env = fs::read_to_string(s.root().join(".env")).unwrap();
    fs::write(s.root().join(".env"), format!("{env}WOODPECKER_TOKEN=ci-token\n")).unwrap();
    let site: &mut Site = s.keep.as_mut().and_then(|kept| kept.downcast_mut()).unwrap();
    site.ci = server.clone();
    site._listeners.push(listener);
    server
}

/// The server of this stage.
pub fn of(s: &Stage) -> &Site {
    at(s).unwrap()
}

/// The server of this stage, if it has one.
pub fn at(s: &Stage) -> Option<&Site> {
    s.keep.as_ref().and_then(|kept| kept.downcast_ref())
}

impl Site {
    /// One call of the API as somebody.
    pub fn ask(&self, who: &str, method: Method, path: &str, body: Value) -> Value {
        let path = format!("/api/v1/repos/acme/notes{path}");
        let answer = self.fake.answer(Some(who), &Request { method, path, body: Some(body) }).unwrap();
        assert!(answer.status < 300, "{}", String::from_utf8_lossy(&answer.body));
        serde_json::from_slice(&answer.body).unwrap_or(Value::Null)
    }

    /// Files an issue with the queue label.
    pub fn issue(&self, who: &str, title: &str) -> u64 {
        let made = self.fake.state.lock().unwrap().labels.iter().find(|l| l.name == "backlog").map(|l| l.id);
        let id = made.unwrap_or_else(|| {
            self.ask("maria", Method::Post, "/labels", json!({"name": "backlog"}))["id"].as_u64().unwrap()
        });
        let body = json!({"title": title, "body": "Please.", "labels": [id]});
        self.ask(who, Method::Post, "/issues", body)["number"].as_u64().unwrap()
    }

    /// The open pull of an issue, once there is one.
    pub fn pull(&self, issue: u64) -> Option<(u64, String)> {
        let state = self.fake.state.lock().unwrap();
        let branch = format!("fix/issue-{issue}");
        let of =
            |i: &&crate::fake::state::Issue| i.open && i.pull.as_ref().is_some_and(|p| p.branch == branch);
        state.issues.values().find(of).map(|i| (i.number, state.head(i)))
    }

    pub fn labels(&self, issue: u64) -> Vec<String> {
        let state = self.fake.state.lock().unwrap();
        let ids = state.issues[&issue].labels.clone();
        ids.iter().filter_map(|id| state.label(*id)).map(|l| l.name.clone()).collect()
    }

    pub fn is_open(&self, number: u64) -> bool {
        self.fake.state.lock().unwrap().issues[&number].open
    }

    /// Reports on a commit.
    pub fn status(&self, sha: &str, state: &str) {
        let body = json!({"context": "ci/test", "state": state, "description": "error: failed on BROKEN"});
        self.ask("acme", Method::Post, &format!("/statuses/{sha}"), body);
    }

    /// Reviews a pull as rob.
    pub fn review(&self, pull: u64, sha: &str, event: &str) {
        let body = json!({"event": event, "body": "look again", "commit_id": sha});
        self.ask("rob", Method::Post, &format!("/pulls/{pull}/reviews"), body);
    }

    /// What a branch of the server is at.
    pub fn head(&self, branch: &str) -> String {
        self.bare.head(branch).unwrap_or_default()
    }

    /// A commit with one file on a branch of the server, which begins at the primary one; its id.
    pub fn put(&self, branch: &str, file: &str, text: &str) -> String {
        self.bare.put(branch, "main", file, text)
    }

    /// Moves a branch of the server to any commit, as a forced push does.
    pub fn force(&self, branch: &str, to: &str) {
        GitDir(self.bare.0.clone()).set(branch, to);
    }

    /// Whether a commit of the server contains another.
    pub fn holds(&self, new: &str, old: &str) -> bool {
        git(&self.bare.0, &["rev-list", new]).lines().any(|l| l == old)
    }

    /// The claims that the repository holds.
    pub fn claims(&self) -> Vec<Value> {
        let refs = git(&self.bare.0, &["for-each-ref", "--format=%(contents)", "refs/drover/claims"]);
        refs.lines().filter(|l| !l.is_empty()).map(|l| serde_json::from_str(l).unwrap()).collect()
    }

    /// What people see of an issue or a pull: one line, and one for each comment.
    pub fn picture(&self) -> Vec<String> {
        let state = self.fake.state.lock().unwrap();
        let mut lines = Vec::new();
        for issue in state.issues.values() {
            let labels: Vec<&str> =
                issue.labels.iter().filter_map(|id| state.label(*id)).map(|l| l.name.as_str()).collect();
            let pull = issue.pull.as_ref().map(|p| {
                let reviews: Vec<String> =
                    p.reviews.iter().map(|r| format!("{} by {}", r.state, r.by)).collect();
                format!(", {} into {}, merged {}, {reviews:?}", p.branch, p.base, p.merged.is_some())
            });
            lines.push(format!(
                "on the server {}: {:?} by {}, open {}, {labels:?}, {:?}{}",
                issue.number,
                issue.title,
                issue.by,
                issue.open,
                issue.assignees,
                pull.unwrap_or_default()
            ));
            lines.extend(issue.comments.iter().map(|c| format!("on the server: {} says {:?}", c.by, c.body)));
        }
        let pipelines = self.ci.all().into_iter();
        lines.extend(pipelines.map(|(number, of, status)| format!("pipeline {number}, of {of}: {status}")));
        lines
    }
}
