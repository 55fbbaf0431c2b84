//! What CI servers say of red checks, and running them again.

use crate::backends::Standing;
use crate::fake::woodpecker::{Direct, Step, Woodpecker as Server, step};
use crate::{holds, same};
use drover::ci::actions::Actions;
use drover::ci::woodpecker::Woodpecker;
use drover::domain::ci::CiSeen;
use drover::domain::ids::Sha;
use drover::http::{Client, NoAnswer, Request, Response, Wire};
use drover::store::disk::Disk;
use drover::store::{Paths, Store};
use drover::world::{Ci, Clock};
use serde_json::{Value, json};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

pub const ALL: &[(&str, fn())] = &[
    ("woodpecker: failed steps and their decoded logs", failed_steps),
    ("woodpecker: the newest pipeline of each kind counts", newest),
    ("woodpecker: a commit on a later page", later_page),
    ("woodpecker: run again once", again),
    ("woodpecker: what the machine did and what the work did", machine),
    ("woodpecker: a configuration that cannot be read", misconfigured),
    ("woodpecker: asked for by name or by number", by_name),
    ("woodpecker: out of reach", out_of_reach),
    ("actions: failed jobs and their logs", actions),
    ("actions: a server that has no such call", no_actions),
];

fn sha(c: char) -> Sha {
    c.to_string().repeat(40).parse().unwrap()
}

fn client(folder: &tempfile::TempDir, wire: Rc<dyn Wire>) -> Rc<Client> {
    let store = Store { files: Rc::new(Disk), paths: Paths::new(folder.path(), "p") };
    let clock: Rc<dyn Clock> = Rc::new(Standing(Arc::new(AtomicI64::new(1_795_287_600))));
    Rc::new(Client::new(wire, store, clock, 1000))
}

fn look(server: &Server, of: char) -> CiSeen {
    let folder = tempfile::tempdir().unwrap();
    Woodpecker::new(client(&folder, Rc::new(Direct(server.clone()))), "acme/notes", Some(7))
        .failures(&sha(of))
}

fn run_again(server: &Server, of: char, pipeline: u64) {
    let folder = tempfile::tempdir().unwrap();
    let ci = Woodpecker::new(client(&folder, Rc::new(Direct(server.clone()))), "acme/notes", Some(7));
    ci.run_again(&sha(of), pipeline).unwrap();
}

const CLONE: Step = Step { name: "clone", kind: "clone", exit: 128, error: "", log: "fatal: could not read" };

fn failed_steps() {
    let server = Server::default();
    let passed = Step { exit: 0, ..step("lint", 0, "fine") };
    let steps = [passed, step("test", 101, "running 2 tests\ntest a ... FAILED\n\nétat: 1 failed")];
    let number = server.run(sha('a').as_str(), "pull_request", "failure", &steps);
    server.run(sha('b').as_str(), "pull_request", "success", &[]);
    let seen = look(&server, 'a');
    same!((seen.running, seen.pipelines.clone(), seen.trouble.clone()), (false, vec![number], None));
    same!(seen.steps.len(), 1);
    same!(seen.steps[0].log, "running 2 tests\ntest a ... FAILED\n\nétat: 1 failed");
    same!(seen.text().lines().next().unwrap(), "step test of build failed with exit code 101");
    same!(look(&server, 'b'), CiSeen::default());
    same!(look(&server, 'c'), CiSeen::default(), "a commit that nobody knows");
}

fn newest() {
    let server = Server::default();
    let red = [step("test", 1, "no")];
    server.run(sha('a').as_str(), "push", "failure", &red);
    let push = server.run(sha('a').as_str(), "push", "success", &[]);
    let pull = server.run(sha('a').as_str(), "pull_request", "failure", &red);
    holds!(push < pull);
    server.run(sha('a').as_str(), "pull_request_closed", "failure", &red);
    server.run(sha('a').as_str(), "tag", "failure", &red);
    same!(look(&server, 'a').pipelines, vec![pull]);
    let later = server.run(sha('a').as_str(), "pull_request", "running", &[]);
    same!((look(&server, 'a').running, look(&server, 'a').pipelines), (true, vec![]));
    for (status, running, failed) in [
        ("pending", true, false),
        ("blocked", true, false),
        ("killed", false, true),
        ("error", false, true),
        ("declined", false, true),
        ("canceled", false, true),
        ("skipped", false, false),
        ("success", false, false),
    ] {
        server.ends(later, status, &[]);
        let seen = look(&server, 'a');
        same!((seen.running, seen.pipelines == [later]), (running, failed), "{status}");
    }
}

fn later_page() {
    let server = Server::default();
    let number = server.run(sha('a').as_str(), "push", "failure", &[step("test", 1, "no")]);
    (0..120).for_each(|_| assert!(server.run(sha('b').as_str(), "push", "success", &[]) > number));
    same!(look(&server, 'a').pipelines, vec![number]);
    same!(server.asked.lock().unwrap().iter().filter(|a| a.contains("pipelines?")).count(), 3);
}

fn again() {
    let server = Server::default();
    let number = server.run(sha('a').as_str(), "push", "failure", &[CLONE]);
    run_again(&server, 'a', number);
    run_again(&server, 'a', number);
    let wanted = [(1, 0, "failure".to_string()), (2, 1, "pending".to_string())];
    same!(server.all(), wanted, "asked twice it is run once");
    same!(look(&server, 'a').running, true);
    server.ends(2, "success", &[]);
    run_again(&server, 'a', 2);
    same!(server.all().len(), 2, "what has passed is not run again");
}

fn machine() {
    let server = Server::default();
    server.run(sha('a').as_str(), "push", "failure", &[CLONE]);
    let why = look(&server, 'a').machine_failed();
    same!(why.as_deref(), Some("clone of build could not fetch the commit (128)"));
    server.run(sha('b').as_str(), "push", "failure", &[CLONE, step("test", 1, "assertion failed")]);
    same!(look(&server, 'b').machine_failed(), None);
    server.run(sha('c').as_str(), "push", "killed", &[step("test", 137, "")]);
    same!(look(&server, 'c').machine_failed().as_deref(), Some("test of build was killed (137)"));
}

fn misconfigured() {
    let server = Server::default();
    server.misconfigured(sha('a').as_str(), "steps: invalid");
    let seen = look(&server, 'a');
    holds!(
        seen.text().contains("set-up of the pipeline's configuration (steps: invalid)"),
        "{}",
        seen.text()
    );
    same!(seen.machine_failed(), None);
}

fn by_name() {
    let server = Server::default();
    let number = server.run(sha('a').as_str(), "push", "failure", &[step("test", 1, "no")]);
    let folder = tempfile::tempdir().unwrap();
    let client = client(&folder, Rc::new(Direct(server.clone())));
    let ci = Woodpecker::new(Rc::clone(&client), "acme/notes", None);
    same!(ci.failures(&sha('a')).pipelines, vec![number]);
    same!(ci.failures(&sha('a')).pipelines, vec![number]);
    let lookups = server.asked.lock().unwrap().iter().filter(|a| a.contains("lookup")).count();
    same!(lookups, 1, "its number is asked for once");
    let other = Woodpecker::new(client, "acme/other", None).failures(&sha('a'));
    holds!(other.trouble.unwrap().contains("not there"));
}

/// Nobody listens.
struct Nobody;

impl Wire for Nobody {
    fn send(&self, _: &Request) -> Result<Response, NoAnswer> {
        Err(NoAnswer("connection refused".into()))
    }

    fn address(&self) -> &str {
        "http://ci.test"
    }
}

fn out_of_reach() {
    let folder = tempfile::tempdir().unwrap();
    let ci = Woodpecker::new(client(&folder, Rc::new(Nobody)), "acme/notes", Some(7));
    let seen = ci.failures(&sha('a'));
    holds!(
        seen.text().starts_with("(no logs: GET /api/repos/7/pipelines of http://ci.test: no answer"),
        "{seen:?}"
    );
    holds!(ci.run_again(&sha('a'), 1).is_err());
}

/// Actions as Gitea 1.25 shows them, by its source.
struct ActionsServer;

impl Wire for ActionsServer {
    fn send(&self, request: &Request) -> Result<Response, NoAnswer> {
        let path = request.path.trim_start_matches("/api/v1/repos/acme/notes/actions");
        let failed = sha('a');
        let json = |value: Value| (200, value.to_string());
        let (status, body) = match path {
            p if p.starts_with("/runs?head_sha=") => json(json!({"total_count": 2, "workflow_runs": [
                {"id": 5, "head_sha": failed.as_str(), "status": "completed", "conclusion": "failure"},
                {"id": 6, "head_sha": sha('b').as_str(), "status": "in_progress"}]})),
            "/runs/5/jobs" => json(json!({"total_count": 2, "jobs": [
                {"id": 51, "name": "lint", "conclusion": "success", "steps": []},
                {"id": 52, "name": "test", "conclusion": "failure", "steps": [
                    {"name": "Set up job", "conclusion": "success"}, {"name": "cargo test", "conclusion": "failure"}]},
                {"id": 53, "name": "docs", "conclusion": "failure", "steps": null}]})),
            "/runs/6/jobs" => json(json!({"total_count": 0, "jobs": null})),
            "/jobs/52/logs" => (200, "2026-11-21T09:00:00Z error[E0308]: mismatched types\n".to_string()),
            // A log that was cleared away answers so.
            "/jobs/53/logs" => (500, json!({"message": ""}).to_string()),
            _ => (404, json!({"message": "not found"}).to_string()),
        };
        Ok(Response { status, headers: vec![], body: body.into_bytes() })
    }

    fn address(&self) -> &str {
        "http://forge.test"
    }
}

fn actions() {
    let folder = tempfile::tempdir().unwrap();
    let ci = Actions::new(client(&folder, Rc::new(ActionsServer)), "acme/notes");
    let seen = ci.failures(&sha('a'));
    let steps: Vec<(&str, &str)> = seen.steps.iter().map(|s| (s.of.as_str(), s.name.as_str())).collect();
    same!(steps, [("test", "cargo test"), ("docs", "job")]);
    holds!(seen.text().contains("error[E0308]: mismatched types"), "{}", seen.text());
    same!(seen.machine_failed(), None, "nothing here can be run again");
    let later = Actions::new(client(&tempfile::tempdir().unwrap(), Rc::new(ActionsServer)), "acme/notes");
    same!(later.failures(&sha('b')), CiSeen { running: true, ..CiSeen::default() });
    holds!(ci.run_again(&sha('a'), 5).is_err());
}

fn no_actions() {
    let server = crate::backends::Server::new();
    let folder = tempfile::tempdir().unwrap();
    let ci = Actions::new(client(&folder, Rc::new(server.fake.wire("bot"))), "acme/notes");
    same!(ci.failures(&sha('a')), CiSeen::default());
}
