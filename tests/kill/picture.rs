//! The final picture of a history: everything that people, the forge and git can see of it. Left out is what must
//! differ where a process was killed: times, ids, the numbers of starts, which turn or prompt took a message, and what
//! was on the screen of a session.

use crate::site;
use crate::stage::{Stage, bin, git};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// The lines of the picture.
pub fn of(s: &Stage) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, record) in records(s, "forge/issues") {
        lines.push(issue(&name, &record));
        lines.extend(comments(s, "issue", &name, &record));
    }
    for (name, record) in records(s, "forge/pulls") {
        lines.push(pull(&name, &record));
        lines.extend(comments(s, "pull", &name, &record));
    }
    for (name, receipt) in records(s, "receipts") {
        lines.push(format!("receipt {name}: approved by {}", receipt["approved_by"]));
    }
    let server = site::at(s).map(site::Site::picture).unwrap_or_default();
    lines.extend(server.iter().map(|l| plain(s, l)));
    lines.extend(runs(s));
    for (name, notice) in records(s, "outbox") {
        let told = if notice["told"].is_null() { "not told" } else { "told" };
        // That ticks had stopped is told with the time of the last.
        let name = if name.starts_with("ticks-stopped") { "ticks-stopped" } else { &name };
        lines.push(format!("notice {}: {}, {told}", plain(s, name), notice["kind"]));
    }
    lines.extend(crate::people::picture(s).iter().map(|l| plain(s, l)));
    lines.extend(crate::desk::picture(s).iter().map(|l| plain(s, l)));
    lines.extend(repositories(s));
    lines.extend(left_over(s));
    lines
}

/// The JSON files of a folder of the project, by name.
fn records(s: &Stage, folder: &str) -> Vec<(String, Value)> {
    let mut all: Vec<(String, Value)> = names(&s.project().join(folder))
        .into_iter()
        .filter_map(|n| Some((n.strip_suffix(".json")?.to_string(), n)))
        .map(|(name, file)| (name, s.json(&s.project().join(folder).join(file))))
        .collect();
    all.sort_by_key(|(name, _)| (name.len(), name.clone()));
    all
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn issue(name: &str, record: &Value) -> String {
    let mut labels: Vec<&str> =
        record["labels"].as_array().into_iter().flatten().filter_map(|l| l["name"].as_str()).collect();
    labels.sort_unstable();
    format!("issue {name}: open {}, labels {labels:?}, assigned {}", record["open"], record["assignees"])
}

fn pull(name: &str, record: &Value) -> String {
    let state = &record["state"];
    let state = match state.as_object().and_then(|o| o.keys().next()) {
        Some(word) => word.clone(),
        None => state.as_str().unwrap_or("?").to_string(),
    };
    // A review that was given again because its command was killed is one review.
    let reviews: Vec<String> = record["reviews"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|r| format!("{} by {}", r["verdict"].as_str().unwrap_or("?"), r["author"]))
        .collect();
    format!("pull {name}: {state}, {} into {}, reviews {reviews:?}", record["branch"], record["base"])
}

fn comments(s: &Stage, of: &str, name: &str, record: &Value) -> Vec<String> {
    let all = record["comments"].as_array().into_iter().flatten();
    let line = |c: &Value| {
        let body = plain(s, &without_screen(c["body"].as_str().unwrap_or("?")));
        format!("comment on {of} {name} by {}: {body}", c["author"])
    };
    let mut lines: Vec<String> = all.map(line).collect();
    // What is asked aside is told as a notice: when, beside what the run itself says, is nobody's promise.
    lines.sort_by_key(|line| line.contains(" asks: "));
    lines
}

/// A comment without the last lines of the session.
fn without_screen(text: &str) -> String {
    let screen = text.split_once("<details><summary>The last lines").and_then(|(before, rest)| {
        let (_, after) = rest.split_once("</details>")?;
        Some(format!("{before}(the screen){after}"))
    });
    screen.unwrap_or_else(|| text.to_string())
}

fn runs(s: &Stage) -> Vec<String> {
    let mut lines = Vec::new();
    for name in names(&s.project().join("runs")) {
        let number: u64 = name.parse().unwrap();
        let run = s.record(number);
        lines.push(format!(
            "run {name}: {}, attempt {}, pull {}, pending {}, session {}",
            run["phase"], run["attempt"], run["pull"], run["pending"], run["session"]
        ));
        for message in s.messages(number) {
            let state = match &message["state"] {
                Value::Object(o) => o.keys().next().cloned().unwrap_or_default(),
                other => other.as_str().unwrap_or_default().to_string(),
            };
            let key = message["key"].as_str().unwrap_or("?");
            // A chat counts its messages, those too that were sent again; a room counts what is said at once in any order.
            let place = [("reply:telegram", "the chat"), ("reply:$event", "the room")];
            let place = place.iter().find(|(begin, _)| key.starts_with(begin)).map(|(_, place)| *place);
            let key = place.unwrap_or(key);
            lines.push(format!("message {name} {}: {state}", plain(s, key)));
        }
    }
    let landed = s.events().into_iter().filter(|(kind, _)| kind == "landed");
    lines.extend(landed.map(|(_, issue)| format!("event: landed #{issue}")));
    lines
}

/// The repository that pulls land in: a bare one, if the history has one.
fn user(s: &Stage) -> PathBuf {
    let bare = s.path("user.git");
    if bare.exists() { bare } else { s.repo() }
}

/// What the repositories hold.
fn repositories(s: &Stage) -> Vec<String> {
    let user = user(s);
    let mut subjects: Vec<String> =
        git(&user, &["log", "--first-parent", "--format=%s", "main"]).lines().map(|l| plain(s, l)).collect();
    // Two pulls that wait for each other land in either order.
    subjects.sort();
    let mut lines = vec![format!("main: {}", subjects.join("; "))];
    // Where a submodule lies, and its commit, differ from stage to stage.
    let files = git(&user, &["ls-tree", "-r", "main"]);
    let same = |l: &&str| !l.ends_with("\t.gitmodules") && !l.contains(" commit ");
    lines.extend(files.lines().filter(same).map(|l| format!("main has {l}")));
    if user == s.repo() {
        lines.push(format!("folder: {}", git(&user, &["status", "--porcelain"])));
    }
    lines.push(format!(
        "locks of git: {:?}",
        find(&user.join(if user == s.repo() { ".git" } else { "" }), "lock")
    ));
    for mirror in names(s.dir.path()).iter().filter(|n| n.starts_with("mirror")) {
        let even = s.head(&s.path(mirror), "main") == s.head(&user, "main");
        let tags = git(&s.path(mirror), &["tag"]) == git(&user, &["tag"]);
        lines.push(format!("{mirror}: even {even}, tags {tags}"));
    }
    let heads = git(&s.project().join("repo.git"), &["for-each-ref", "--format=%(refname)", "refs/heads"]);
    lines.push(format!("published: {}", heads.lines().collect::<Vec<_>>().join(" ")));
    let whole = git(&s.project().join("repo.git"), &["fsck", "--connectivity-only", "--no-dangling"]);
    lines.push(format!("fsck: {whole}"));
    lines
}

/// What should not be there any more, and what was kept.
fn left_over(s: &Stage) -> Vec<String> {
    let mut stray = find(&s.state(), ".new");
    stray.extend(find(&s.worktrees(), ".trash"));
    stray.extend(names(&s.worktrees()).into_iter().filter(|n| n.starts_with(".new")));
    stray.extend(names(&s.project()).into_iter().filter(|n| n.starts_with("landing.")));
    let sessions = s.tmux(&["list-sessions", "-F", "#{session_name}"]).out;
    let kept: Vec<String> = names(&s.worktrees()).into_iter().filter(|n| !n.starts_with('.')).collect();
    vec![
        format!("left over: {stray:?}"),
        format!("claims: {:?}", names(&s.project().join("claims"))),
        format!("sessions: {:?}", sessions.lines().collect::<Vec<_>>()),
        format!("worktrees: {kept:?}"),
        format!("processes: {:?}", processes(s)),
    ]
}

/// Files under a folder whose name begins or ends with a part, checkouts and object stores left out.
fn find(folder: &Path, part: &str) -> Vec<String> {
    let mut found = Vec::new();
    for name in names(folder) {
        let path = folder.join(&name);
        if name.starts_with(part) || name.ends_with(&format!(".{}", part.trim_start_matches('.'))) {
            found.push(name.clone());
        }
        let skipped = ["objects", "checkouts", "lab"].contains(&name.as_str());
        if path.is_dir() && !path.is_symlink() && !skipped {
            found.extend(find(&path, part));
        }
    }
    found
}

/// Processes that were started for the stage and are still there.
fn processes(s: &Stage) -> Vec<String> {
    let folder = s.dir.path().display().to_string();
    let all = fs::read_dir("/proc").unwrap().flatten();
    let lines = all.filter_map(|e| {
        let pid: u32 = e.file_name().to_str()?.parse().ok()?;
        let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let text = String::from_utf8_lossy(&line).replace('\0', " ");
        let ours =
            drover::process::tree::program(pid).is_some_and(|exe| exe.parent() == bin("poll").parent());
        (text.contains(&folder) && ours).then_some(text)
    });
    lines.collect()
}

/// A text without what differs from one history to the next.
fn plain(s: &Stage, text: &str) -> String {
    let text = text.replace(&s.dir.path().display().to_string(), "DIR");
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars().chain([' ']) {
        if c.is_ascii_alphanumeric() {
            word.push(c);
            continue;
        }
        let id = word.len() >= 7
            && word.bytes().all(|b| b.is_ascii_hexdigit())
            && word.bytes().any(|b| b.is_ascii_digit());
        out.push_str(if id { "ID" } else { &word });
        word.clear();
        out.push(c);
    }
    out.trim_end().to_string()
}
