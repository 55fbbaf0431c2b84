//! The ways in which servers differ, fail and lie, one switch each.

use super::routes;
use super::state::{Issues, State};
use drover::http::{Method, NoAnswer, Request, Response};
use serde_json::{Value, json};

/// What is switched on. The default is a server as recorded.
#[derive(Clone, Default)]
pub struct Quirks {
    /// Shows the first page whatever page is asked for.
    pub ignores_page: bool,
    /// Says nothing of totals and next pages.
    pub no_paging_headers: bool,
    /// Shows the last row of a page again on the next.
    pub repeats_rows: bool,
    /// Gives every row at once, as if there were no pages.
    pub never_pages: bool,
    /// Ignores `sort` and `since`.
    pub ignores_sort: bool,
    /// Listings are as they were this many changes ago.
    pub stale: usize,
    /// Listings show this, whatever happens.
    pub frozen: Option<Issues>,
    /// So many changes are made and answered with 502.
    pub fails_after: u32,
    /// So many changes are made and their answers lost.
    pub loses_answers: u32,
    /// So many calls of any kind fail with 500 and do nothing.
    pub fails: u32,
    /// So many calls find nobody there: a server that restarts.
    pub down: u32,
    /// Reading is answered with 200 and an error.
    pub error_as_200: bool,
    /// Everything is answered with a page to sign in.
    pub login_page: bool,
    /// 429 with this `Retry-After`.
    pub limited: Option<String>,
    /// Merges whatever head it is told, as Gitea 1.15 does.
    pub ignores_head: bool,
    /// Seconds that its clock is ahead.
    pub skew: i64,
    /// Gives its answers tags, as a proxy before it may.
    pub tags: bool,
    /// How many answers were "as it was".
    pub unchanged: u32,
    /// Milliseconds before it answers.
    pub slow_ms: u64,
    /// Its version.
    pub version: Option<&'static str>,
    /// No timeline, as Gitea before 1.17.
    pub no_timeline: bool,
    /// No dependencies, as Gitea before 1.20.
    pub no_dependencies: bool,
    /// `null` in place of an empty list.
    pub null_lists: bool,
    /// Says that it merged and does not.
    pub merge_lies: bool,
    /// Merges, then answers that the branch could not be deleted.
    pub merge_then_403: bool,
    /// Takes off and puts on nothing, and says it did.
    pub label_lies: bool,
    /// So many pulls are refused with 404, as if their branches were not there yet.
    pub late_branches: u32,
    /// The next merge is answered so, and not made.
    pub merge_says: Option<(u16, &'static str)>,
}

/// One answer, with what the switches make of it.
pub fn answer(
    quirks: &mut Quirks,
    state: &mut State,
    token: Option<&str>,
    request: &Request,
) -> Result<Response, NoAnswer> {
    if quirks.slow_ms > 0 {
        std::thread::sleep(std::time::Duration::from_millis(quirks.slow_ms));
    }
    if take(&mut quirks.down) {
        return Err(NoAnswer("connection refused".into()));
    }
    state.skew = quirks.skew;
    let path = request.path.split('?').next().unwrap_or_default();
    state.asked.push(format!("{} {path}", request.method.as_str()));
    let changes = request.method != Method::Get;
    if let Some(after) = &quirks.limited {
        return Ok(page(state, 429, &[("retry-after", after)], b"slow down".to_vec()));
    }
    if quirks.login_page {
        let html = b"<!DOCTYPE html><html><head><title>Sign in</title></head></html>".to_vec();
        return Ok(page(state, 200, &[("content-type", "text/html")], html));
    }
    if take(&mut quirks.fails) {
        return Ok(json_page(state, 500, &json!({ "message": "" }), &[]));
    }
    if quirks.error_as_200 && !changes {
        return Ok(json_page(state, 200, &json!({ "message": "database is locked" }), &[]));
    }
    if changes && path.ends_with("/pulls") && take(&mut quirks.late_branches) {
        return Ok(json_page(state, 404, &json!({ "message": "The target couldn't be found." }), &[]));
    }
    let reply = routes::reply(quirks, state, token, request);
    if changes && reply.status < 300 {
        state.changed();
        if take(&mut quirks.fails_after) {
            return Ok(json_page(state, 502, &json!({ "message": "bad gateway" }), &[]));
        }
        if take(&mut quirks.loses_answers) {
            return Err(NoAnswer("connection reset by peer".into()));
        }
    }
    let headers: Vec<(&str, &str)> = reply.headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
    Ok(match &reply.body {
        None => page(state, reply.status, &headers, vec![]),
        Some(body) => json_page(state, reply.status, body, &headers),
    })
}

fn take(count: &mut u32) -> bool {
    let some = *count > 0;
    *count -= u32::from(some);
    some
}

fn json_page(state: &State, status: u16, body: &Value, headers: &[(&str, &str)]) -> Response {
    let mut all = vec![("content-type", "application/json;charset=utf-8")];
    all.extend(headers);
    page(state, status, &all, body.to_string().into_bytes())
}

fn page(state: &State, status: u16, headers: &[(&str, &str)], body: Vec<u8>) -> Response {
    let date = chrono::DateTime::from_timestamp(state.now(), 0).unwrap_or_default();
    let mut all = vec![("date".to_string(), date.format("%a, %d %b %Y %H:%M:%S GMT").to_string())];
    all.extend(headers.iter().map(|(n, v)| (n.to_string(), v.to_string())));
    Response { status, headers: all, body }
}
