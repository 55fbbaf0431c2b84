//! Woodpecker's API, as far as it is asked: the shapes are those of its source (server/model, 3.17), not recorded.

use super::listen::Answers;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use drover::http::{Method, NoAnswer, Request, Response, Wire};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A step, as a test says it.
#[derive(Clone)]
pub struct Step {
    pub name: &'static str,
    pub kind: &'static str,
    pub exit: i32,
    pub error: &'static str,
    pub log: &'static str,
}

/// A step that fails.
pub const fn step(name: &'static str, exit: i32, log: &'static str) -> Step {
    Step { name, kind: "commands", exit, error: "", log }
}

#[derive(Clone)]
struct Pipeline {
    number: u64,
    event: String,
    commit: String,
    status: String,
    parent: u64,
    steps: Vec<Step>,
    errors: Vec<String>,
}

/// What the server keeps; clones are the same one. It knows one repository, `acme/notes`, by the number 7.
#[derive(Clone, Default)]
pub struct Woodpecker {
    pipelines: Arc<Mutex<Vec<Pipeline>>>,
    pub asked: Arc<Mutex<Vec<String>>>,
    /// The token's account may not run anything again.
    pub reads_only: Arc<AtomicBool>,
}

impl Woodpecker {
    /// A pipeline of a commit; its number.
    pub fn run(&self, commit: &str, event: &str, status: &str, steps: &[Step]) -> u64 {
        let mut all = self.pipelines.lock().unwrap();
        let number = all.len() as u64 + 1;
        let (commit, event, status) = (commit.into(), event.into(), status.into());
        let steps = steps.to_vec();
        all.push(Pipeline { number, event, commit, status, parent: 0, steps, errors: vec![] });
        number
    }

    /// One whose configuration is wrong.
    pub fn misconfigured(&self, commit: &str, error: &str) {
        let number = self.run(commit, "push", "error", &[]);
        self.pipelines.lock().unwrap()[number as usize - 1].errors.push(error.into());
    }

    /// How a pipeline ends.
    pub fn ends(&self, number: u64, status: &str, steps: &[Step]) {
        let mut all = self.pipelines.lock().unwrap();
        let pipeline = &mut all[number as usize - 1];
        (pipeline.status, pipeline.steps) = (status.into(), steps.to_vec());
    }

    /// Number, number of the one it was made from, and status of each.
    pub fn all(&self) -> Vec<(u64, u64, String)> {
        let all = self.pipelines.lock().unwrap();
        all.iter().map(|p| (p.number, p.parent, p.status.clone())).collect()
    }

    fn reply(&self, request: &Request) -> (u16, Value) {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let parts: Vec<&str> = path.trim_start_matches("/api/repos/").split('/').collect();
        let number = |text: &str| text.parse::<u64>().unwrap_or(0);
        match (request.method, parts.as_slice()) {
            (Method::Get, ["lookup", "acme", "notes"]) => {
                (200, json!({"id": 7, "full_name": "acme/notes", "active": true}))
            }
            (Method::Get, ["7"]) => (200, json!({"id": 7, "full_name": "acme/notes", "active": true})),
            (Method::Get, ["7", "pipelines"]) => (200, self.page(query)),
            (Method::Get, ["7", "pipelines", n]) => self.one(number(n), detail),
            (Method::Get, ["7", "logs", n, id]) => self.one(number(n), |p| log(p, number(id))),
            (Method::Post, _) if self.reads_only.load(Ordering::SeqCst) => {
                (403, json!({"message": "User not authorized"}))
            }
            (Method::Post, ["7", "pipelines", n]) => self.again(number(n)),
            _ => (404, json!({"message": "not found"})),
        }
    }

    fn one(&self, number: u64, show: impl Fn(&Pipeline) -> Value) -> (u16, Value) {
        let all = self.pipelines.lock().unwrap();
        all.iter().find(|p| p.number == number).map_or((404, Value::Null), |p| (200, show(p)))
    }

    /// Newest first; no workflows in listings.
    fn page(&self, query: &str) -> Value {
        let value = |name: &str| {
            let found = query.split('&').filter_map(|p| p.split_once('=')).find(|(n, _)| *n == name);
            found.and_then(|(_, v)| v.parse::<usize>().ok())
        };
        let (page, size) = (value("page").unwrap_or(1), value("perPage").unwrap_or(50).min(50));
        let all = self.pipelines.lock().unwrap();
        let rows: Vec<Value> = all.iter().rev().skip((page - 1) * size).take(size).map(row).collect();
        json!(rows)
    }

    /// A new pipeline of the same commit.
    fn again(&self, number: u64) -> (u16, Value) {
        let mut all = self.pipelines.lock().unwrap();
        let Some(old) = all.iter().find(|p| p.number == number).cloned() else { return (404, Value::Null) };
        if old.status == "blocked" {
            return (400, json!({"message": "cannot restart a pipeline with status blocked"}));
        }
        let next = all.len() as u64 + 1;
        all.push(Pipeline { number: next, parent: number, status: "pending".into(), steps: vec![], ..old });
        (200, row(&all[next as usize - 1]))
    }
}

fn row(p: &Pipeline) -> Value {
    json!({"id": 100 + p.number, "number": p.number, "parent": p.parent, "event": p.event, "status": p.status,
           "commit": p.commit, "branch": "main", "errors": errors(p)})
}

fn errors(p: &Pipeline) -> Value {
    let one =
        |message: &String| json!({"type": "linter", "message": message, "is_warning": false, "data": null});
    if p.errors.is_empty() { Value::Null } else { json!(p.errors.iter().map(one).collect::<Vec<_>>()) }
}

fn id(p: &Pipeline, n: usize) -> u64 {
    p.number * 1000 + n as u64
}

fn detail(p: &Pipeline) -> Value {
    let child = |(n, s): (usize, &Step)| {
        let state = if s.exit == 0 && s.error.is_empty() { "success" } else { "failure" };
        json!({"id": id(p, n), "pid": n + 2, "ppid": 1, "name": s.name, "state": state, "exit_code": s.exit,
               "error": s.error, "type": s.kind})
    };
    let children: Vec<Value> = p.steps.iter().enumerate().map(child).collect();
    let mut shown = row(p);
    shown["workflows"] =
        json!([{"id": 1, "pid": 1, "name": "build", "state": p.status, "error": "", "children": children}]);
    shown
}

/// Lines come in any order; the data is base64; the last tells the exit code.
fn log(p: &Pipeline, step: u64) -> Value {
    let Some(found) = p.steps.iter().enumerate().find(|(n, _)| id(p, *n) == step) else { return Value::Null };
    let line = |(n, text): (usize, &str)| json!({"id": n, "step_id": step, "time": 0, "line": n, "data": STANDARD.encode(text), "type": n % 2});
    let mut lines: Vec<Value> = found.1.log.lines().enumerate().map(line).collect();
    lines.reverse();
    lines.push(
        json!({"id": 99, "step_id": step, "time": 0, "line": 9999, "data": STANDARD.encode("1"), "type": 2}),
    );
    json!(lines)
}

impl Answers for Woodpecker {
    fn answer(&self, token: Option<&str>, request: &Request) -> Result<Response, NoAnswer> {
        self.asked.lock().unwrap().push(format!("{} {}", request.method.as_str(), request.path));
        let (status, body) = match token {
            Some("ci-token") => self.reply(request),
            _ => (401, json!({"message": "User not authorized"})),
        };
        let headers = vec![("content-type".to_string(), "application/json; charset=utf-8".to_string())];
        Ok(Response { status, headers, body: body.to_string().into_bytes() })
    }
}

/// The server without a network between.
pub struct Direct(pub Woodpecker);

impl Wire for Direct {
    fn send(&self, request: &Request) -> Result<Response, NoAnswer> {
        self.0.answer(Some("ci-token"), request)
    }

    fn address(&self) -> &str {
        "http://ci.test"
    }
}
