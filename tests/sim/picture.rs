//! A picture of a universe: every file of ours, the server's records, branches, worktrees, sessions and what people
//! were told, without what differs each time: times, and names that chance has chosen.

use super::host::Host;
use super::universe::Universe;
use regex::Regex;
use serde::Serialize;
use serde_json::Value;
use std::sync::LazyLock;

/// Fields of our files that are times, or come of them.
const TIMES: &[&str] = &[
    "at",
    "since",
    "since_awake",
    "deadline",
    "queued",
    "created",
    "updated",
    "edited",
    "seen",
    "started",
    "began",
    "told",
    "until",
    "pushed",
    "done",
    "awake",
    "mtime_ns",
    "inode",
    "nonce",
    "tried",
];

/// How something came to where it is.
const WAY: &[&str] = &["entry", "came_from"];

/// Its lines, in no order that matters.
pub fn of(u: &Universe) -> Vec<String> {
    drawn(u, true)
}

/// The same without the way there: by chance of timing a run may pass through a phase or go past it.
pub fn of_end(u: &Universe) -> Vec<String> {
    drawn(u, false)
}

fn drawn(u: &Universe, way: bool) -> Vec<String> {
    let mut lines: Vec<String> = u.hosts.iter().flat_map(|h| host(h, way)).collect();
    lines.extend(server(u));
    lines.sort();
    lines
}

fn host(host: &Host, way: bool) -> Vec<String> {
    let n = host.number;
    let mut lines = vec![];
    for (path, text) in host.files.all() {
        // The heartbeat is nothing but times; of a session's own files its host is the writer.
        if path.ends_with("/heartbeat") || path.ends_with("/host.json") {
            continue;
        }
        match path.ends_with(".jsonl") {
            true if !way => {}
            // Two processes side by side write what happened in either order.
            true => lines.extend(text.lines().map(|l| format!("{n} {path}: {}", plain(l, way)))),
            false => lines.push(format!("{n} {path}: {}", plain(&text, way))),
        }
    }
    for (name, session) in &*host.tmux.sessions.borrow() {
        let (spawn, texts, inbox) = (session.spawn, session.texts.len(), session.inbox.len());
        lines.push(format!("{n} session {name}: spawn {spawn}, {texts} texts and {inbox} to come"));
    }
    for (issue, tree) in &*host.git.worktrees.borrow() {
        lines.push(format!("{n} worktree of #{issue}: {} {:?}", tree.head, tree.dirty));
    }
    lines.extend(host.git.mirrors.borrow().iter().map(|(m, at)| format!("{n} mirror {m}: {at}")));
    lines.extend(host.ears.0.borrow().iter().map(|(urgent, text)| format!("{n} told {urgent}: {text}")));
    lines.extend(host.chat.told.borrow().keys().map(|key| format!("{n} told in the room: {key}")));
    lines.extend(host.chat.answers.borrow().iter().map(|(said, words)| format!("{n} {said}: {words:?}")));
    lines.push(format!("{n} has heard {}", host.chat.heard.get()));
    lines
}

fn server(u: &Universe) -> Vec<String> {
    let now = u.server.now.borrow();
    let mut lines: Vec<String> = now.issues.values().map(|i| format!("issue {}", record(i))).collect();
    lines.extend(now.pulls.values().map(|p| format!("pull {}", record(p))));
    for (number, comments) in &now.comments {
        lines.extend(comments.iter().map(|c| format!("comment on {number}: {}", record(c))));
    }
    let remote = u.server.remote.borrow();
    lines.push(format!("main: {}", remote.primary));
    lines.extend(remote.branches.iter().map(|(name, at)| format!("branch {name}: {at}")));
    let pipelines = u.server.pipelines.borrow();
    lines.extend(pipelines.iter().map(|(sha, p)| format!("pipeline {} of {sha}: {:?}", p.number, p.state)));
    lines.extend(u.server.claims.borrow().iter().map(|(issue, (host, _))| format!("claim {issue}: {host}")));
    lines
}

fn record(what: &impl Serialize) -> String {
    plain(&serde_json::to_string(what).unwrap(), true)
}

/// A text in one line without its times and nonces; one that is JSON in a form that does not depend on its layout.
fn plain(text: &str, way: bool) -> String {
    let text = match serde_json::from_str::<Value>(text) {
        Ok(mut value) if value.is_object() => {
            forget(&mut value, way);
            value.to_string()
        }
        _ => text.replace('\n', "\\n"),
    };
    let text = NAMES.replace_all(&text, "NAME");
    let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    words
        .map(
            |w| if is_nonce(w.trim_end_matches(|c: char| !c.is_ascii_alphanumeric())) { "NONCE " } else { w },
        )
        .collect()
}

/// Names of conversations, drawn at random.
static NAMES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}").unwrap());

fn is_nonce(word: &str) -> bool {
    word.len() == 12 && word.bytes().all(|b| b.is_ascii_hexdigit())
}

fn forget(value: &mut Value, way: bool) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, value| !TIMES.contains(&name.as_str()) || value.is_object());
            fields.retain(|name, _| way || !WAY.contains(&name.as_str()));
            fields.values_mut().for_each(|v| forget(v, way));
        }
        Value::Array(all) => all.iter_mut().for_each(|v| forget(v, way)),
        _ => {}
    }
}

/// What one picture has and the other has not.
pub fn difference(a: &[String], b: &[String]) -> Option<String> {
    let more = |x: &[String], y: &[String]| -> Vec<String> {
        let mut rest = y.to_vec();
        let new = x.iter().filter(|l| match rest.iter().position(|r| r == *l) {
            Some(at) => {
                rest.swap_remove(at);
                false
            }
            None => true,
        });
        new.cloned().collect()
    };
    let (gone, new) = (more(a, b), more(b, a));
    let list = |sign: &str, lines: Vec<String>| {
        lines.iter().map(|l| format!("{sign} {:.900}\n", l)).collect::<String>()
    };
    (!gone.is_empty() || !new.is_empty()).then(|| format!("{}{}", list("-", gone), list("+", new)))
}
