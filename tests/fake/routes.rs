//! Which call does what.

use super::quirks::Quirks;
use super::reply::{Reply, missing, refusal, template};
use super::rows;
use super::state::{Comment, Happened, Issue, Issues, Label, Pull, Review, State, Status};
use drover::http::{Method, Request};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One call, taken apart.
struct Call<'a> {
    method: Method,
    parts: Vec<String>,
    query: BTreeMap<String, String>,
    body: Value,
    me: String,
    quirks: &'a Quirks,
}

impl Call<'_> {
    fn text(&self, key: &str) -> Option<String> {
        self.body[key].as_str().map(String::from)
    }

    fn flag(&self, key: &str) -> &str {
        self.query.get(key).map_or("", String::as_str)
    }
}

/// The server's reply.
pub fn reply(quirks: &Quirks, state: &mut State, token: Option<&str>, request: &Request) -> Reply {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let Some(path) = path.strip_prefix("/api/v1/") else {
        return Reply::of(404, "404 page not found".into());
    };
    let parts: Vec<String> = path.split('/').map(unquoted).collect();
    let query =
        query.split('&').filter_map(|p| p.split_once('=')).map(|(n, v)| (n.into(), unquoted(v))).collect();
    let names: Vec<&str> = parts.iter().map(String::as_str).collect();
    if names == ["version"] {
        return Reply::of(200, json!({ "version": quirks.version.unwrap_or("1.22.0+dev") }));
    }
    let Some(account) = token.and_then(|t| state.tokens.get(t)).cloned() else {
        return refusal(401, "user does not exist [uid: 0, name: , keyid: 0]");
    };
    let reads_only = account.ends_with('-');
    let me = account.trim_end_matches('-').to_string();
    if reads_only && (request.method != Method::Get) {
        return refusal(403, "token does not have at least one of required scope(s): [write:issue]");
    }
    state.notice_pushes();
    let body = request.body.clone().unwrap_or(Value::Null);
    let call = Call { method: request.method, parts: parts.clone(), query, body, me, quirks };
    match names.as_slice() {
        ["user"] => Reply::of(200, rows::user(&call.me)),
        ["settings", "api"] => Reply::of(200, template("settings")),
        ["orgs", _, "labels"] => Reply::of(404, template("orgs labels missing")),
        ["repos", owner, name, rest @ ..] if *owner == state.owner => {
            if state.old_name.as_deref() == Some(*name) {
                let to = format!("/api/v1/repos/{owner}/{}/{}", state.name, rest.join("/"));
                let mut moved = Reply::of(307, "<a>Temporary Redirect</a>".into());
                moved.headers.push(("location", to));
                return moved;
            }
            if !name.eq_ignore_ascii_case(&state.name) {
                return missing();
            }
            if state.archived && call.method != Method::Get {
                let text = format!("<Repository 1:{}/{}> is archived", state.owner, state.name);
                return refusal(423, &text);
            }
            repository(&call, state, rest)
        }
        ["repos", ..] => missing(),
        _ => Reply::of(404, "404 page not found".into()),
    }
}

fn unquoted(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let hex = |b: u8| (b as char).to_digit(16).map(|d| d as u8);
        match byte {
            b'%' => {
                let pair = (bytes.next().and_then(hex), bytes.next().and_then(hex));
                out.push(pair.0.unwrap_or(0) * 16 + pair.1.unwrap_or(0));
            }
            b'+' => out.push(b' '),
            other => out.push(other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn repository(call: &Call<'_>, state: &mut State, rest: &[&str]) -> Reply {
    use Method::*;
    let number = |text: &str| text.parse::<u64>().unwrap_or(0);
    match (call.method, rest) {
        (Get, []) => {
            let mut row = template("repository");
            row["full_name"] = format!("{}/{}", state.owner, state.name).into();
            row["archived"] = state.archived.into();
            row["permissions"]["push"] = state.writers.contains(&call.me).into();
            Reply::of(200, row)
        }
        (Get, ["assignees"]) => Reply::of(200, state.writers.iter().map(|n| rows::user(n)).collect()),
        (Get, ["branches", name]) => branch(call, state, name),
        (Delete, ["branches", name]) => remove_branch(state, name),
        (Get, ["branch_protections"]) if !state.admins.contains(&call.me) => {
            refusal(403, "user should be an owner or a collaborator with admin write of a repository")
        }
        (Get, ["labels"]) => {
            let all: Vec<Value> = state.labels.iter().map(|l| rows::label(state, l.id)).collect();
            listing(call, state, all)
        }
        (Post, ["labels"]) if !state.writers.contains(&call.me) => {
            refusal(403, "user should have a permission to write to a repo")
        }
        (Post, ["labels"]) if call.text("name").is_none() => refusal(422, "[Name]: Required"),
        (Post, ["labels"]) => make_label(call, state),
        (Get, ["issues"]) => issues(call, state),
        (Post, ["issues"]) => make_issue(call, state),
        (Get, ["issues", n]) => match state.issues.get(&number(n)) {
            Some(issue) => Reply::of(200, rows::issue(state, issue)),
            None => missing(),
        },
        (Patch, ["issues" | "pulls", n]) => change_issue(call, state, number(n)),
        (_, ["issues", n, "labels", ..]) => issue_labels(call, state, number(n), rest.get(3)),
        (Get, ["issues", n, "comments"]) => match state.issues.get(&number(n)) {
            // Never paged.
            Some(issue) => {
                let all: Vec<Value> = issue.comments.iter().map(rows::comment).collect();
                let mut reply = Reply::of(200, all.clone().into());
                reply.headers.push(("x-total-count", all.len().to_string()));
                reply
            }
            None => missing(),
        },
        (Post, ["issues", n, "comments"]) => add_comment(call, state, number(n)),
        (Get, ["issues", _, "timeline"]) if call.quirks.no_timeline => missing(),
        (Get, ["issues", n, "timeline"]) => match state.issues.get(&number(n)) {
            Some(issue) => {
                let all: Vec<Value> = issue.timeline.iter().map(|h| rows::happened(state, h)).collect();
                listing(call, state, all)
            }
            None => missing(),
        },
        (_, ["issues", _, "dependencies"]) if call.quirks.no_dependencies => missing(),
        (_, ["issues", n, "dependencies"]) => dependencies(call, state, number(n)),
        (Get, ["pulls"]) => pulls(call, state),
        (Post, ["pulls"]) if call.text("head") == call.text("base") => {
            refusal(422, "Invalid PullRequest: There are no changes between the head and the base")
        }
        (Post, ["pulls"]) => make_pull(call, state),
        (Get, ["pulls", n]) => match state.issues.get(&number(n)).filter(|i| i.pull.is_some()) {
            Some(issue) => Reply::of(200, rows::pull(state, issue)),
            None => missing(),
        },
        (_, ["pulls", n, "reviews", ..]) => reviews(call, state, number(n), &rest[3..]),
        (Post, ["pulls", n, "merge"]) => merge(call, state, number(n)),
        (Post, ["pulls", n, "update"]) => update(call, state, number(n)),
        (Get, ["commits", sha, "statuses"]) => {
            let mut all: Vec<&Status> = state.statuses.iter().filter(|s| s.sha == *sha).collect();
            // By time alone: two of one second stand in the order in which they came.
            all.sort_by_key(|s| std::cmp::Reverse(s.at));
            let all: Vec<Value> = all.into_iter().map(rows::status).collect();
            listing(call, state, all)
        }
        (Get, ["commits", sha, "status"]) => combined(call, state, sha),
        (Post, ["statuses", sha]) => set_status(call, state, sha),
        _ => Reply::of(404, "404 page not found".into()),
    }
}

/// One page of a listing, as far as the switches allow.
fn listing(call: &Call<'_>, _state: &State, all: Vec<Value>) -> Reply {
    let limit = call.flag("limit").parse().unwrap_or(30usize).clamp(1, 50);
    let page = call.flag("page").parse().unwrap_or(1usize).max(1);
    let total = all.len();
    if call.quirks.never_pages {
        return Reply::of(200, all.into());
    }
    let page = if call.quirks.ignores_page { 1 } else { page };
    let mut from = (page - 1) * limit;
    if call.quirks.repeats_rows && from > 0 {
        from -= 1;
    }
    let to = (page * limit).min(total);
    let rows: Vec<Value> = all.into_iter().skip(from).take(to.saturating_sub(from)).collect();
    let body = if rows.is_empty() && call.quirks.null_lists { Value::Null } else { rows.into() };
    let mut reply = Reply::of(200, body);
    if !call.quirks.no_paging_headers {
        reply.headers.push(("x-total-count", total.to_string()));
        let pages = total.div_ceil(limit);
        if page < pages {
            let next = format!(
                "<http://forge.test/x?page={}>; rel=\"next\",<http://forge.test/x?page={pages}>; rel=\"last\"",
                page + 1
            );
            reply.headers.push(("link", next));
        }
    }
    reply
}

/// The issues as listings show them: of now, or of a while ago.
fn listed<'a>(call: &Call<'a>, state: &'a State) -> &'a Issues {
    if let Some(frozen) = &call.quirks.frozen {
        return frozen;
    }
    let back = state.before.len().checked_sub(call.quirks.stale + 1);
    match back.and_then(|at| state.before.get(at)) {
        Some(old) if call.quirks.stale > 0 => old,
        _ => &state.issues,
    }
}

fn sorted<'a>(call: &Call<'_>, mut rows: Vec<&'a Issue>) -> Vec<&'a Issue> {
    rows.sort_by_key(|i| std::cmp::Reverse((i.created, i.number)));
    if call.quirks.ignores_sort {
        return rows;
    }
    match call.flag("sort") {
        "oldest" => rows.sort_by_key(|i| (i.created, i.number)),
        "recentupdate" => rows.sort_by_key(|i| std::cmp::Reverse((i.updated, i.number))),
        _ => {}
    }
    rows
}

fn issues<'a>(call: &Call<'a>, state: &'a State) -> Reply {
    let since = chrono::DateTime::parse_from_rfc3339(call.flag("since")).map_or(i64::MIN, |t| t.timestamp());
    // Names of labels that there are not are dropped without a word.
    let wanted: Vec<u64> = call
        .flag("labels")
        .split(',')
        .filter_map(|name| state.labels.iter().find(|l| l.name == name).map(|l| l.id))
        .collect();
    let rows = listed(call, state).values().filter(|i| {
        let state_fits = match call.flag("state") {
            "all" => true,
            "closed" => !i.open,
            _ => i.open,
        };
        let kind_fits = match call.flag("type") {
            "issues" => i.pull.is_none(),
            "pulls" => i.pull.is_some(),
            _ => true,
        };
        let since_fits = call.quirks.ignores_sort || i.updated >= since;
        state_fits && kind_fits && since_fits && wanted.iter().all(|id| i.labels.contains(id))
    });
    // The issues' listing of the recorded version knows no `sort`.
    let mut rows: Vec<&Issue> = rows.collect();
    rows.sort_by_key(|i| std::cmp::Reverse((i.created, i.number)));
    let rows = rows.into_iter().map(|i| rows::issue(state, i)).collect();
    listing(call, state, rows)
}

fn pulls<'a>(call: &Call<'a>, state: &'a State) -> Reply {
    let fits = |i: &&Issue| match call.flag("state") {
        "all" => true,
        "closed" => !i.open,
        _ => i.open,
    };
    let rows: Vec<&Issue> = listed(call, state).values().filter(|i| i.pull.is_some()).filter(fits).collect();
    let rows = sorted(call, rows).into_iter().map(|i| rows::pull(state, i)).collect();
    listing(call, state, rows)
}

fn make_label(call: &Call<'_>, state: &mut State) -> Reply {
    let id = state.labels.iter().map(|l| l.id).max().unwrap_or(0) + 1;
    let name = call.text("name").unwrap_or_default();
    let color = call.text("color").unwrap_or_default().trim_start_matches('#').to_string();
    state.labels.push(Label { id, name, color });
    Reply::of(201, rows::label(state, id))
}

fn new_issue(call: &Call<'_>, state: &State) -> Issue {
    let now = state.now();
    Issue {
        number: state.next_number(),
        title: call.text("title").unwrap_or_default(),
        body: call.text("body").unwrap_or_default(),
        by: call.me.clone(),
        labels: vec![],
        assignees: vec![],
        open: true,
        created: now,
        updated: now,
        comments: vec![],
        timeline: vec![],
        depends_on: vec![],
        pull: None,
    }
}

fn make_issue(call: &Call<'_>, state: &mut State) -> Reply {
    let issue = new_issue(call, state);
    if issue.title.is_empty() {
        return refusal(422, "[Title]: Required");
    }
    let number = issue.number;
    state.issues.insert(number, issue);
    let ids: Vec<u64> =
        call.body["labels"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
    // Whoever may not write has his labels left out without a word.
    if state.writers.contains(&call.me) {
        put_on(state, number, &ids, &call.me);
    }
    Reply::of(201, rows::issue(state, &state.issues[&number]))
}

fn put_on(state: &mut State, number: u64, ids: &[u64], by: &str) {
    let now = state.now();
    for id in ids.iter().filter(|id| state.label(**id).is_some()).copied().collect::<Vec<_>>() {
        let event = Happened {
            id: state.id(),
            kind: "label",
            by: by.into(),
            body: "1".into(),
            label: Some(id),
            at: now,
        };
        let Some(issue) = state.issues.get_mut(&number) else { return };
        if !issue.labels.contains(&id) {
            issue.labels.push(id);
            issue.timeline.push(event);
            issue.updated = now;
        }
    }
}

fn issue_labels(call: &Call<'_>, state: &mut State, number: u64, id: Option<&&str>) -> Reply {
    let Some(issue) = state.issues.get(&number) else { return missing() };
    let shown = |state: &State| Reply::of(200, rows::labels(state, &state.issues[&number].labels));
    if call.method == Method::Get {
        return Reply::of(200, rows::labels(state, &issue.labels));
    }
    if !state.writers.contains(&call.me) {
        return refusal(403, "");
    }
    if call.method == Method::Delete {
        let id: u64 = id.and_then(|id| id.parse().ok()).unwrap_or(0);
        if state.label(id).is_none() {
            return refusal(422, "label does not exist [label_id: 0]");
        }
        if issue.labels.contains(&id) && !call.quirks.label_lies {
            let now = state.now();
            let event = Happened {
                id: state.id(),
                kind: "label",
                by: call.me.clone(),
                body: String::new(),
                label: Some(id),
                at: now,
            };
            if let Some(issue) = state.issues.get_mut(&number) {
                issue.labels.retain(|l| *l != id);
                issue.timeline.push(event);
                issue.updated = now;
            }
        }
        return Reply::empty(204);
    }
    let wanted = call.body["labels"].as_array().cloned().unwrap_or_default();
    if wanted.iter().any(|l| !l.is_u64()) {
        let text = "[]: json: cannot unmarshal number \" into Go struct field IssueLabelsOption.Labels of type int64";
        return refusal(422, text);
    }
    let ids: Vec<u64> = wanted.iter().filter_map(Value::as_u64).collect();
    if !call.quirks.label_lies {
        put_on(state, number, &ids, &call.me);
    }
    shown(state)
}

fn add_comment(call: &Call<'_>, state: &mut State, number: u64) -> Reply {
    let (id, at) = (state.id(), state.now());
    let new = Comment { id, by: call.me.clone(), body: call.text("body").unwrap_or_default(), at };
    let Some(issue) = state.issues.get_mut(&number) else { return missing() };
    let row = rows::comment(&new);
    let body = new.body.clone();
    issue.timeline.push(Happened { id, kind: "comment", by: call.me.clone(), body, label: None, at });
    issue.comments.push(new);
    issue.updated = at;
    Reply::of(201, row)
}

fn change_issue(call: &Call<'_>, state: &mut State, number: u64) -> Reply {
    let Some(issue) = state.issues.get(&number) else { return missing() };
    let is_pull = issue.pull.is_some();
    if (call.parts.get(3).map(String::as_str) == Some("pulls")) != is_pull && !is_pull {
        return missing();
    }
    if !state.writers.contains(&call.me) && issue.by != call.me {
        return Reply::of(403, json!(""));
    }
    let names: Option<Vec<String>> = call.body["assignees"]
        .as_array()
        .map(|a| a.iter().filter_map(Value::as_str).map(String::from).collect());
    if let Some(names) = &names {
        if !state.writers.contains(&call.me) {
            return Reply::empty(403);
        }
        if names.iter().any(|n| !state.writers.contains(n)) {
            return refusal(500, "");
        }
    }
    let wanted = call.text("state").map(|s| s == "open");
    let merged = issue.pull.as_ref().is_some_and(|p| p.merged.is_some());
    if wanted == Some(true) && merged {
        return refusal(412, "cannot change state of this pull request, it was already merged");
    }
    let waits = issue.depends_on.iter().any(|n| state.issues.get(n).is_some_and(|i| i.open));
    if wanted == Some(false) && issue.open && waits {
        return refusal(412, "cannot close this issue because it still has open dependencies");
    }
    let (now, id) = (state.now(), state.id());
    let head = state.head(&state.issues[&number]);
    if let Some(issue) = state.issues.get_mut(&number) {
        if let Some(title) = call.text("title") {
            issue.title = title;
        }
        if let Some(body) = call.text("body") {
            issue.body = body;
        }
        if let Some(names) = names {
            let by = call.me.clone();
            issue.timeline.push(Happened {
                id,
                kind: "assignees",
                by,
                body: String::new(),
                label: None,
                at: now,
            });
            issue.assignees = names;
        }
        if let Some(open) = wanted {
            issue.open = open;
            if let Some(pull) = issue.pull.as_mut() {
                pull.head = head;
            }
        }
        issue.updated = now;
    }
    let issue = &state.issues[&number];
    Reply::of(201, if is_pull { rows::pull(state, issue) } else { rows::issue(state, issue) })
}

fn dependencies(call: &Call<'_>, state: &mut State, number: u64) -> Reply {
    if !state.issues.contains_key(&number) {
        return missing();
    }
    if call.method == Method::Post {
        let on = call.body["index"].as_u64().unwrap_or(0);
        if !state.issues.contains_key(&on) {
            return missing();
        }
        let now = state.now();
        let event = Happened {
            id: state.id(),
            kind: "add_dependency",
            by: call.me.clone(),
            body: String::new(),
            label: None,
            at: now,
        };
        if let Some(issue) = state.issues.get_mut(&number) {
            issue.depends_on.push(on);
            issue.timeline.push(event);
            issue.updated = now;
        }
        return Reply::of(201, rows::issue(state, &state.issues[&number]));
    }
    let on = state.issues[&number].depends_on.clone();
    Reply::of(200, on.iter().filter_map(|n| state.issues.get(n)).map(|i| rows::issue(state, i)).collect())
}

fn branch(call: &Call<'_>, state: &State, name: &str) -> Reply {
    let Some(head) = state.refs.head(name) else { return missing() };
    let protection = state.protection.as_ref().filter(|_| name == state.primary);
    let mut row = template(if protection.is_some() { "branch protected" } else { "branch" });
    row["name"] = name.into();
    row["commit"]["id"] = head.into();
    let contexts: Vec<&str> = protection.iter().flat_map(|p| p.contexts.iter().map(String::as_str)).collect();
    row["enable_status_check"] = (!contexts.is_empty()).into();
    row["status_check_contexts"] = contexts.into();
    row["required_approvals"] = protection.map_or(0, |p| p.approvals).into();
    row["user_can_push"] = (protection.is_none() && state.writers.contains(&call.me)).into();
    row["user_can_merge"] = state.writers.contains(&call.me).into();
    Reply::of(200, row)
}

fn remove_branch(state: &mut State, name: &str) -> Reply {
    if name == state.primary {
        return refusal(403, "can not delete default branch");
    }
    state.refs.remove(name);
    Reply::empty(204)
}

fn make_pull(call: &Call<'_>, state: &mut State) -> Reply {
    let (head, base) = (call.text("head").unwrap_or_default(), call.text("base").unwrap_or_default());
    let (Some(at), Some(onto)) = (state.refs.head(&head), state.refs.head(&base)) else { return missing() };
    if state.refs.contains(&onto, &at) {
        return refusal(422, "Invalid PullRequest: There are no changes between the head and the base");
    }
    let same = |p: &Pull| p.branch == head && p.base == base && p.head_repo == 1;
    if state.issues.values().any(|i| i.open && i.pull.as_ref().is_some_and(same)) {
        return refusal(409, "pull request already exists for these targets");
    }
    let pull =
        Pull { branch: head, base, head_repo: 1, head: at, merged: None, reviews: vec![], tested: false };
    let issue = Issue { pull: Some(pull), ..new_issue(call, state) };
    let number = issue.number;
    state.issues.insert(number, issue);
    Reply::of(201, rows::pull(state, &state.issues[&number]))
}

fn reviews(call: &Call<'_>, state: &mut State, number: u64, rest: &[&str]) -> Reply {
    let Some(pull) = state.issues.get(&number).and_then(|i| i.pull.as_ref()) else { return missing() };
    match (call.method, rest) {
        (Method::Get, []) => {
            let all: Vec<Value> = pull.reviews.iter().map(rows::review).collect();
            listing(call, state, all)
        }
        (Method::Post, []) => give_review(call, state, number),
        (Method::Get, [id, "comments"]) => match pull.reviews.iter().find(|r| r.id.to_string() == **id) {
            Some(review) => Reply::of(200, review.lines.iter().map(|l| rows::line(review, l)).collect()),
            None => missing(),
        },
        (Method::Post, [id, "dismissals"]) => {
            if !state.admins.contains(&call.me) {
                return refusal(403, "Must be repo admin");
            }
            let (id, now) = (id.to_string(), state.now());
            let Some(issue) = state.issues.get_mut(&number) else { return missing() };
            issue.updated = now;
            let found =
                issue.pull.as_mut().and_then(|p| p.reviews.iter_mut().find(|r| r.id.to_string() == id));
            let Some(review) = found else { return missing() };
            review.dismissed = true;
            Reply::of(200, rows::review(review))
        }
        _ => missing(),
    }
}

fn give_review(call: &Call<'_>, state: &mut State, number: u64) -> Reply {
    let issue = &state.issues[&number];
    let event = call.text("event").unwrap_or_default();
    let body = call.text("body").unwrap_or_default();
    let verdict = matches!(event.as_str(), "APPROVED" | "REQUEST_CHANGES");
    if verdict && issue.by == call.me {
        let what = if event == "APPROVED" { "approve" } else { "reject" };
        return refusal(422, &format!("{what} your own pull is not allowed"));
    }
    let lines = call.body["comments"].as_array().cloned().unwrap_or_default();
    if event != "APPROVED" && body.is_empty() && lines.is_empty() {
        return refusal(422, &format!("review event {event} requires a body"));
    }
    let head = state.head(issue);
    state.reviews += 1;
    let id = state.reviews;
    let sha = call.text("commit_id").filter(|s| !s.is_empty()).unwrap_or_else(|| head.clone());
    let mut said = Vec::new();
    for line in &lines {
        let text = |key: &str| line[key].as_str().unwrap_or_default().to_string();
        said.push((state.id(), text("path"), line["new_position"].as_u64().unwrap_or(0), text("body")));
    }
    let now = state.now();
    let official = verdict && state.writers.contains(&call.me);
    let new = Review {
        id,
        by: call.me.clone(),
        state: event,
        body,
        stale: sha != head,
        sha,
        official,
        dismissed: false,
        lines: said,
        at: now,
    };
    let row = rows::review(&new);
    if let Some(issue) = state.issues.get_mut(&number) {
        issue.updated = now;
        if let Some(pull) = issue.pull.as_mut() {
            // A new verdict takes the weight from the same person's older ones.
            if official {
                pull.reviews.iter_mut().filter(|r| r.by == call.me).for_each(|r| r.official = false);
            }
            pull.reviews.push(new);
        }
    }
    Reply::of(200, row)
}

/// A glob of a required context.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => name.starts_with(before) && name.ends_with(after),
    }
}

/// Why the protection does not let a pull in.
fn protected(state: &State, issue: &Issue, head: &str) -> Option<&'static str> {
    let protection = state.protection.as_ref()?;
    let newest = |context: &str| {
        state.statuses.iter().rfind(|s| s.sha == head && fits(context, &s.context)).map(|s| s.state.as_str())
    };
    if protection.contexts.iter().any(|c| newest(c) != Some("success")) {
        return Some("not allowed to merge [reason: Not all required status checks successful]");
    }
    let pull = issue.pull.as_ref()?;
    let counts = |r: &&Review| r.official && !r.dismissed && !r.stale && r.state == "APPROVED";
    if pull.reviews.iter().filter(counts).count() < protection.approvals {
        return Some("not allowed to merge [reason: Does not have enough approvals]");
    }
    let rejected = |r: &Review| r.official && !r.dismissed && r.state == "REQUEST_CHANGES";
    pull.reviews.iter().any(rejected).then_some("not allowed to merge [reason: There are requested changes]")
}

fn merge(call: &Call<'_>, state: &mut State, number: u64) -> Reply {
    let Some(issue) = state.issues.get(&number).filter(|i| i.pull.is_some()).cloned() else {
        return missing();
    };
    let Some(pull) = issue.pull.clone() else { return missing() };
    if let Some((status, words)) = call.quirks.merge_says {
        return refusal(status, words);
    }
    if pull.merged.is_some() {
        return refusal(405, "");
    }
    if !issue.open {
        return missing();
    }
    if !state.writers.contains(&call.me) {
        return refusal(405, "User not allowed to merge PR");
    }
    if rows::is_draft(&issue) {
        return refusal(405, "Work in progress PRs cannot be merged");
    }
    let head = state.head(&issue);
    let base = state.refs.head(&pull.base).unwrap_or_default();
    let made = state.refs.merge(&base, &head, &format!("Merge pull request '{}' (#{number})\n", issue.title));
    if pull.tested && made.is_none() {
        return refusal(405, "Please try again later");
    }
    if let Some(why) = protected(state, &issue, &head) {
        return refusal(405, why);
    }
    let wanted = call.text("head_commit_id").filter(|s| !s.is_empty());
    if !call.quirks.ignores_head && wanted.is_some_and(|w| w != head) {
        return refusal(409, "head out of date");
    }
    let Some(made) = made else {
        if let Some(pull) = state.issues.get_mut(&number).and_then(|i| i.pull.as_mut()) {
            pull.tested = true;
        }
        return Reply::of(409, template("merge: conflict, not tested yet"));
    };
    if call.quirks.merge_lies {
        return Reply::empty(200);
    }
    let now = state.now();
    state.refs.set(&pull.base, &made);
    close_named(state, &format!("{}\n{}", issue.title, issue.body), now);
    if let Some(issue) = state.issues.get_mut(&number) {
        (issue.open, issue.updated) = (false, now);
        if let Some(pull) = issue.pull.as_mut() {
            pull.head = head;
            pull.merged = Some(made);
        }
    }
    if call.quirks.merge_then_403 {
        return refusal(403, "branch protected");
    }
    Reply::empty(200)
}

/// A merge closes the issues that it says it fixes.
fn close_named(state: &mut State, text: &str, now: i64) {
    for issue in state.issues.values_mut().filter(|i| i.pull.is_none() && i.open) {
        let named = format!("fixes #{}", issue.number);
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_digit());
        if text.to_ascii_lowercase().split_once(&named).is_some_and(|(_, rest)| ends(rest)) {
            (issue.open, issue.updated) = (false, now);
        }
    }
}

fn update(call: &Call<'_>, state: &mut State, number: u64) -> Reply {
    let Some(issue) = state.issues.get(&number).cloned() else { return missing() };
    let Some(pull) = issue.pull.clone() else { return missing() };
    if pull.merged.is_some() || !issue.open {
        return refusal(422, "%!s(<nil>)");
    }
    if !state.writers.contains(&call.me) {
        return Reply::empty(403);
    }
    let head = state.head(&issue);
    let base = state.refs.head(&pull.base).unwrap_or_default();
    if state.refs.contains(&head, &base) {
        return refusal(500, "");
    }
    match state.refs.merge(&head, &base, &format!("Merge branch '{}' into {}\n", pull.base, pull.branch)) {
        Some(made) => {
            state.refs.set(&pull.branch, &made);
            state.notice_pushes();
            Reply::empty(200)
        }
        None => refusal(409, "merge failed because of conflict"),
    }
}

/// The newest of each context, a page of them, and the sum of that page.
fn combined(call: &Call<'_>, state: &State, sha: &str) -> Reply {
    let mut newest: BTreeMap<&str, &Status> = BTreeMap::new();
    for status in state.statuses.iter().filter(|s| s.sha == sha) {
        newest.insert(&status.context, status);
    }
    let total = newest.len();
    let rows: Vec<Value> = newest.values().map(|s| rows::status(s)).collect();
    let mut reply = listing(call, state, rows);
    let page = reply.body.take().unwrap_or_default();
    let mut row = template("combined");
    row["total_count"] = page.as_array().map_or(0, Vec::len).into();
    row["state"] = newest.values().next_back().map_or("", |s| s.state.as_str()).into();
    row["statuses"] = if page.as_array().is_some_and(|p| !p.is_empty()) { page } else { Value::Null };
    // The recorded version names no next page here, and no total where there is nothing.
    reply.headers.retain(|(name, _)| *name == "x-total-count" && total > 0);
    reply.body = Some(row);
    reply
}

fn set_status(call: &Call<'_>, state: &mut State, sha: &str) -> Reply {
    if !state.writers.contains(&call.me) {
        return refusal(403, "");
    }
    state.status_ids += 1;
    let new = Status {
        id: state.status_ids,
        sha: sha.into(),
        context: call.text("context").unwrap_or_default(),
        state: call.text("state").unwrap_or_default(),
        url: call.text("target_url").unwrap_or_default(),
        description: call.text("description").unwrap_or_default(),
        at: state.now(),
    };
    let row = rows::status(&new);
    state.statuses.push(new);
    Reply::of(201, row)
}
