//! The main job on a forge with a server: nothing but `poll`, real git, real tmux, and a Forgejo that speaks over
//! loopback.

use crate::fake::listen::Listener;
use crate::fake::{Fake, GitDir, Refs};
use crate::stage::{Builder, Stage, git};
use drover::http::{Method, Request};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use tempfile::TempDir;

/// A stage whose project lives on a server.
struct Site {
    s: Stage,
    fake: Fake,
    bare: PathBuf,
    _listener: Listener,
    _folder: TempDir,
}

fn site(change: impl FnOnce(Builder) -> Builder) -> Site {
    let folder = tempfile::tempdir().unwrap();
    let bare = folder.path().join("notes.git");
    let clock = folder.path().join("clock-of");
    let told = clock.clone();
    let now = move || {
        let text = fs::read_link(&told).and_then(fs::read_to_string).unwrap_or_default();
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
    let keys = format!(
        "forge = \"forgejo\"\nforge_url = \"{}\"\nrepo = \"acme/notes\"\ngit_remote = \"{}\"",
        listener.url,
        bare.display()
    );
    let s = change(Stage::with().forge(&keys).toml("[ci]\nsettle = 0")).set();
    git(s.dir.path(), &["clone", "-q", "--bare", "repo", bare.to_str().unwrap()]);
    std::os::unix::fs::symlink(s.path("clock"), clock).unwrap();
    fs::write(s.root().join(".env"), "FORGE_TOKEN=bot\n").unwrap();
    fs::set_permissions(s.root().join(".env"), fs::Permissions::from_mode(0o600)).unwrap();
    Site { s, fake, bare, _listener: listener, _folder: folder }
}

impl Site {
    /// One call of the API as somebody.
    fn ask(&self, who: &str, method: Method, path: &str, body: Value) -> Value {
        let path = format!("/api/v1/repos/acme/notes{path}");
        let answer = self.fake.answer(Some(who), &Request { method, path, body: Some(body) }).unwrap();
        assert!(answer.status < 300, "{}", String::from_utf8_lossy(&answer.body));
        serde_json::from_slice(&answer.body).unwrap_or(Value::Null)
    }

    /// Files an issue with the queue label.
    fn issue(&self, who: &str, title: &str) -> u64 {
        let made = self.fake.state.lock().unwrap().labels.iter().find(|l| l.name == "backlog").map(|l| l.id);
        let id = made.unwrap_or_else(|| {
            self.ask("maria", Method::Post, "/labels", json!({"name": "backlog"}))["id"].as_u64().unwrap()
        });
        let body = json!({"title": title, "body": "Please.", "labels": [id]});
        self.ask(who, Method::Post, "/issues", body)["number"].as_u64().unwrap()
    }

    /// The open pull of an issue, once there is one.
    fn pull(&self, issue: u64) -> Option<(u64, String)> {
        let state = self.fake.state.lock().unwrap();
        let branch = format!("fix/issue-{issue}");
        let of = |i: &&crate::fake::state::Issue| i.open && i.pull.as_ref().is_some_and(|p| p.branch == branch);
        state.issues.values().find(of).map(|i| (i.number, state.head(i)))
    }

    fn labels(&self, issue: u64) -> Vec<String> {
        let state = self.fake.state.lock().unwrap();
        let ids = state.issues[&issue].labels.clone();
        ids.iter().filter_map(|id| state.label(*id)).map(|l| l.name.clone()).collect()
    }

    fn is_open(&self, number: u64) -> bool {
        self.fake.state.lock().unwrap().issues[&number].open
    }

    fn green(&self, sha: &str) {
        self.ask("acme", Method::Post, &format!("/statuses/{sha}"), json!({"context": "ci/test", "state": "success"}));
    }

    fn approve(&self, pull: u64, sha: &str) {
        let body = json!({"event": "APPROVED", "body": "fine", "commit_id": sha});
        self.ask("rob", Method::Post, &format!("/pulls/{pull}/reviews"), body);
    }

    fn head(&self, branch: &str) -> String {
        GitDir(self.bare.clone()).head(branch).unwrap_or_default()
    }
}

#[test]
fn a_labelled_issue_becomes_a_merged_pull_on_a_server() {
    let site = site(|b| b);
    let s = &site.s;
    let issue = site.issue("maria", "Add a note");
    let before = site.head("main");
    s.until("a pull is open", |_| site.pull(issue).is_some());
    s.until_phase(issue, "awaiting_ci");
    let (pull, head) = site.pull(issue).unwrap();
    assert_eq!(site.labels(issue), ["in-progress"]);
    assert_eq!(site.fake.state.lock().unwrap().issues[&issue].assignees, ["bot"]);
    assert_eq!(site.head(&format!("fix/issue-{issue}")), head);
    s.later(60);
    s.poll();
    assert_eq!(s.phase(issue), "awaiting_ci", "no checks is not green");
    site.green(&head);
    s.until_phase(issue, "awaiting_review");
    assert_eq!(site.head("main"), before, "nothing lands without an approval");
    site.approve(pull, &head);
    s.until_phase(issue, "done");
    assert!(!site.is_open(pull) && !site.is_open(issue));
    let merged = site.fake.state.lock().unwrap().issues[&pull].pull.as_ref().unwrap().merged.clone();
    assert_eq!(merged, Some(site.head("main")));
    let receipt = s.json(&s.project().join(format!("receipts/{pull}.json")));
    assert_eq!((receipt["head"].as_str(), receipt["merge"].as_str()), (Some(head.as_str()), merged.as_deref()));
    assert_eq!(receipt["approved_by"], json!(["rob"]));
    // The user's own clone is left alone: there is a server that shows what has landed.
    assert_eq!(s.head(&s.repo(), "main"), before);
}
