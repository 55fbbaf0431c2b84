//! A forge for `bench/run.py`: the fake of the tests on a free port of loopback, with so many issues and pulls. Prints its
//! address and serves until its standard input ends.
//!
//! usage: forge REPOSITORY ISSUES PULLS

#[allow(dead_code)]
#[path = "../tests/fake/mod.rs"]
mod fake;

use drover::http::{Method, Request};
use fake::listen::Listener;
use fake::{Fake, GitDir};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

fn ask(fake: &Fake, who: &str, method: Method, path: &str, body: Value) -> Value {
    let path = format!("/api/v1/repos/acme/notes{path}");
    let answer = fake.answer(Some(who), &Request { method, path, body: Some(body) }).unwrap();
    assert!(answer.status < 300, "{}", String::from_utf8_lossy(&answer.body));
    serde_json::from_slice(&answer.body).unwrap_or(Value::Null)
}

fn main() {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let [repository, issues, pulls] = given.as_slice() else { panic!("REPOSITORY ISSUES PULLS") };
    let count = |text: &str| text.parse::<usize>().expect("a number");
    let bare = PathBuf::from(repository);
    // Everything is as old as it gets: what changed within the last minute is looked at again.
    let began = SystemTime::now();
    let now = move || {
        let real = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
        let setting = began.elapsed().is_ok_and(|age| age.as_secs() < 1);
        if setting { real - 86_400 } else { real }
    };
    let fake = Fake::new("acme/notes", Box::new(GitDir(bare.clone())), Box::new(now));
    for writer in ["acme", "bot", "maria", "rob"] {
        fake.state.lock().unwrap().account(writer, true);
    }
    let label = ask(&fake, "maria", Method::Post, "/labels", json!({"name": "backlog"}))["id"].clone();
    for n in 0..count(issues) {
        let body = json!({"title": format!("issue {n}"), "body": "Please.", "labels": [label], "assignees": ["maria"]});
        ask(&fake, "maria", Method::Post, "/issues", body);
    }
    for n in 0..count(pulls) {
        let branch = format!("topic-{n}");
        GitDir(bare.clone()).put(&branch, "main", &format!("{branch}.txt"), "x");
        let body = json!({"head": branch, "base": "main", "title": branch});
        ask(&fake, "maria", Method::Post, "/pulls", body);
    }
    let listener = Listener::start(fake);
    println!("{}", listener.url);
    std::io::read_to_string(std::io::stdin()).unwrap();
}
