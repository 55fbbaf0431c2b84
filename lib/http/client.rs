//! One server's API: every call goes through here, is counted, and honours the pause that the server or its failing
//! has brought about, over all processes.

use super::backoff::{self, Pause};
use super::kept::Kept;
use super::pages::{LIMIT, Next, Pages, told};
use super::{Fault, Kind, Method, Request, Response, Wire};
use crate::domain::brackets;
use crate::domain::time::Timestamp;
use crate::effect;
use crate::store::Store;
use crate::world::Clock;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::cell::Cell;
use std::path::PathBuf;
use std::rc::Rc;

/// What a server decided about a change: any status that says whether it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The server's words, if it said why.
    pub said: String,
    /// The body, as it came.
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether it was done.
    pub fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// The API of one server.
pub struct Client {
    wire: Rc<dyn Wire>,
    store: Store,
    clock: Rc<dyn Clock>,
    limit: u32,
    calls: Cell<u32>,
    /// Seconds that the server's clock is ahead of ours, as of its last answer.
    skew: Cell<Option<i64>>,
    kept: Kept,
}

impl Client {
    /// A server's API, asked at most `limit` times by this process.
    pub fn new(wire: Rc<dyn Wire>, store: Store, clock: Rc<dyn Clock>, limit: u32) -> Client {
        let kept = Kept::new(store.clone());
        Client { wire, store, clock, limit, calls: Cell::new(0), skew: Cell::new(None), kept }
    }

    /// How many calls this process has made.
    pub fn calls(&self) -> u32 {
        self.calls.get()
    }

    /// By how many seconds the server's clock is ahead of ours, as its last answer said; none: it has not answered yet.
    pub fn skew(&self) -> Option<i64> {
        self.skew.get()
    }

    /// The time by the server's clock, as far as it has told.
    pub fn server_now(&self) -> Timestamp {
        Timestamp(self.clock.now().0.saturating_add(self.skew.get().unwrap_or(0)))
    }

    /// Reads one thing; none if it is not there (404).
    pub fn read<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, Fault> {
        let request = Request { method: Method::Get, path: path.into(), body: None };
        match self.get(&request) {
            Err(fault) if fault.kind == Kind::Missing => Ok(None),
            Err(fault) => Err(fault),
            Ok(page) => self.decode(&request, &page.body).map(Some),
        }
    }

    /// Reads something that has to be there.
    pub fn must<T: DeserializeOwned>(&self, path: &str) -> Result<T, Fault> {
        let request = Request { method: Method::Get, path: path.into(), body: None };
        self.decode(&request, &self.get(&request)?.body)
    }

    /// Reads something as it is, such as a log; none if it is not there.
    pub fn text(&self, path: &str) -> Result<Option<String>, Fault> {
        let request = Request { method: Method::Get, path: path.into(), body: None };
        match self.get(&request) {
            Err(fault) if fault.kind == Kind::Missing => Ok(None),
            Err(fault) => Err(fault),
            Ok(page) => Ok(Some(String::from_utf8_lossy(&page.body).into_owned())),
        }
    }

    /// Reads a whole listing, every row once by its `id`. `path` has a query already, or none.
    pub fn list<T: DeserializeOwned>(&self, path: &str, id: impl Fn(&T) -> String) -> Result<Vec<T>, Fault> {
        self.list_while(path, id, |_| true)
    }

    /// The same, but only as long as `wanted` says so of a page's last row: for listings sorted by time.
    pub fn list_while<T: DeserializeOwned>(
        &self,
        path: &str,
        id: impl Fn(&T) -> String,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<Vec<T>, Fault> {
        // An empty listing is `null` on some servers.
        self.pages(path, id, wanted, |rows: Option<Vec<T>>| rows.unwrap_or_default())
    }

    /// The same of a listing that is part of something, which `rows` takes it out of.
    pub fn list_in<P: DeserializeOwned, T>(
        &self,
        path: &str,
        id: impl Fn(&T) -> String,
        rows: impl Fn(P) -> Vec<T>,
    ) -> Result<Vec<T>, Fault> {
        self.pages(path, id, |_| true, rows)
    }

    fn pages<P: DeserializeOwned, T>(
        &self,
        path: &str,
        id: impl Fn(&T) -> String,
        wanted: impl Fn(&T) -> bool,
        part: impl Fn(P) -> Vec<T>,
    ) -> Result<Vec<T>, Fault> {
        let mut pages = Pages::default();
        let mut rows = Vec::new();
        let joint = if path.contains('?') { '&' } else { '?' };
        for number in 1.. {
            let path = format!("{path}{joint}limit={LIMIT}&page={number}");
            let request = Request { method: Method::Get, path, body: None };
            let page = self.get(&request)?;
            let these: Vec<T> = part(self.decode(&request, &page.body)?);
            let ids: Vec<String> = these.iter().map(&id).collect();
            let (fresh, next) = pages.take(&ids, told(&page));
            let more = these.last().is_some_and(&wanted);
            rows.extend(these.into_iter().zip(fresh).filter(|(_, new)| *new).map(|(row, _)| row));
            match next {
                Next::Read if more => {}
                Next::Read | Next::Complete => break,
                Next::Broken(why) => return Err(Fault::new(Kind::Unsteady, self.call(&request), &why)),
            }
        }
        Ok(rows)
    }

    /// Asks for a change. An answer that leaves open whether it was made is a fault, and the caller's to read back.
    pub fn order(&self, method: Method, path: &str, body: Option<Value>) -> Result<Answer, Fault> {
        let request = Request { method, path: path.into(), body };
        effect::at("http: before a change is asked for");
        let answer = self.send(&request, None);
        effect::at("http: change asked for");
        let page = answer?;
        let fault = self.fault(&request, &page);
        match fault.map(|f| (f.is_ambiguous() || f.kind == Kind::Unauthorized, f)) {
            Some((true, fault)) => Err(fault),
            _ => Ok(Answer { status: page.status, said: said(&page), body: page.body }),
        }
    }

    /// The same where only success will do.
    pub fn order_or_fault(&self, method: Method, path: &str, body: Option<Value>) -> Result<Answer, Fault> {
        let answer = self.order(method, path, body)?;
        match classify(answer.status) {
            None => Ok(answer),
            Some(kind) => Err(Fault::new(kind, self.name(method, path), &answer.said)),
        }
    }

    /// What an answer with success says nevertheless: that we may not.
    pub fn refused(&self, path: &str, why: &str) -> Fault {
        Fault::new(Kind::Forbidden, self.name(Method::Get, path), why)
    }

    /// What came with an answer, decoded.
    pub fn body<T: DeserializeOwned>(&self, path: &str, answer: &Answer) -> Result<T, Fault> {
        let request = Request { method: Method::Post, path: path.into(), body: None };
        self.decode(&request, &answer.body)
    }

    fn get(&self, request: &Request) -> Result<Response, Fault> {
        let page = self.changed(request);
        let fault = match &page {
            Ok(page) => self.fault(request, page),
            Err(fault) => Some(fault.clone()),
        };
        match fault {
            None => page,
            Some(fault) => {
                // What a failing server answers to a change is read back, and that read is the one that counts.
                if matches!(fault.kind, Kind::Unreachable | Kind::Server(_)) {
                    self.stay_away(None, &fault.to_string());
                }
                Err(fault)
            }
        }
    }

    /// Reads something, or has it said that it is as it was.
    fn changed(&self, request: &Request) -> Result<Response, Fault> {
        let url = format!("{}{}", self.wire.address(), request.path);
        let known = self.kept.known(&url);
        let page = self.send(request, known.as_ref().map(|k| k.etag.as_str()))?;
        match known.filter(|_| page.status == 304) {
            Some(known) => Ok(known.response()),
            None => {
                if page.status == 200 {
                    self.kept.keep(&url, &page, self.clock.now());
                }
                Ok(page)
            }
        }
    }

    fn send(&self, request: &Request, etag: Option<&str>) -> Result<Response, Fault> {
        let now = self.clock.now();
        let pause = self.pause();
        if let Some(pause) = pause.as_ref().filter(|p| backoff::holds(p, now)) {
            return Err(Fault::new(Kind::Pausing(pause.until), self.call(request), &pause.why));
        }
        if self.calls.get() >= self.limit {
            let why = format!("this process has made {} calls, limits.calls", self.limit);
            return Err(Fault::new(Kind::OverBudget, self.call(request), &why));
        }
        self.calls.set(self.calls.get() + 1);
        let answer = match etag {
            Some(etag) => self.wire.send_unless(request, etag),
            None => self.wire.send(request),
        };
        let page = answer.map_err(|e| Fault::new(unanswered(&e.0), self.call(request), &e.0))?;
        if let Some(date) = page.header("date").and_then(backoff::http_date) {
            self.skew.set(Some(date.0.saturating_sub(self.clock.now().0)));
        }
        let asked = backoff::asked(page.header("retry-after"), page.header("date"))
            .or_else(|| backoff::asked_in(&page.body).filter(|_| page.status == 429));
        if page.status == 429 || (page.status == 503 && asked.is_some()) {
            let fault = Fault::new(Kind::Limited, self.call(request), &said(&page));
            self.stay_away(asked, &fault.to_string());
            return Err(fault);
        }
        if pause.is_some() && page.status < 500 {
            // Forgotten or not: a file that cannot be removed costs nobody anything.
            drop(self.store.files.remove(&self.pause_file()));
        }
        Ok(page)
    }

    fn fault(&self, request: &Request, page: &Response) -> Option<Fault> {
        let kind = match classify(page.status)? {
            Kind::Moved(_) => Kind::Moved(page.header("location").unwrap_or_default().into()),
            kind => kind,
        };
        Some(Fault::new(kind, self.call(request), &said(page)))
    }

    fn decode<T: DeserializeOwned>(&self, request: &Request, body: &[u8]) -> Result<T, Fault> {
        let not_api = |why: &str| Fault::new(Kind::NotApi, self.call(request), why);
        if brackets::too_many(body) {
            return Err(not_api("little else than brackets"));
        }
        serde_json::from_slice(body).map_err(|e| not_api(&looks_like(body, &e.to_string())))
    }

    fn pause_file(&self) -> PathBuf {
        self.store.paths.pause(self.wire.address())
    }

    /// A pause that cannot be read is none: it would be one for ever.
    fn pause(&self) -> Option<Pause> {
        self.store.read_json(&self.pause_file()).ok().flatten()
    }

    /// A pause that cannot be written holds nobody, and the next failure tries again.
    fn stay_away(&self, asked: Option<u64>, why: &str) {
        let pause = backoff::after(self.pause().as_ref(), self.clock.now(), asked, why);
        drop(self.store.write_json(&self.pause_file(), &pause));
    }

    fn call(&self, request: &Request) -> String {
        self.name(request.method, &request.path)
    }

    fn name(&self, method: Method, path: &str) -> String {
        let path = path.split('?').next().unwrap_or_default();
        format!("{} {path} of {}", method.as_str(), without_password(self.wire.address()))
    }
}

/// An address as people may see it: without whom it is for, and their password.
pub fn without_password(address: &str) -> String {
    match address.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            let path = path.map_or(String::new(), |path| format!("/{path}"));
            format!("{scheme}://{host}{path}")
        }
        None => address.to_string(),
    }
}

/// Why there is no answer: a certificate wants a person (the words are those of rustls), all else may pass.
fn unanswered(why: &str) -> Kind {
    if why.contains("invalid peer certificate") { Kind::Certificate } else { Kind::Unreachable }
}

fn classify(status: u16) -> Option<Kind> {
    Some(match status {
        200..=299 => return None,
        300..=399 => Kind::Moved(String::new()),
        401 => Kind::Unauthorized,
        403 => Kind::Forbidden,
        404 => Kind::Missing,
        410 | 423 => Kind::Archived,
        429 => Kind::Limited,
        500.. => Kind::Server(status),
        _ => Kind::Refused(status),
    })
}

/// The words of an answer: the API's own, or what kind of thing it is instead.
fn said(page: &Response) -> String {
    let value: Option<Value> = serde_json::from_slice(&page.body).ok();
    let text = |key: &str| value.as_ref()?.get(key)?.as_str().filter(|t| !t.is_empty()).map(String::from);
    match text("message").or_else(|| text("error")).or_else(|| text("description")) {
        Some(message) => message,
        None if page.body.is_empty() => String::new(),
        None => looks_like(&page.body, ""),
    }
}

/// What a text is that is not what was expected.
fn looks_like(body: &[u8], otherwise: &str) -> String {
    let head = String::from_utf8_lossy(&body[..body.len().min(2000)]).into_owned();
    let start = head.trim_start().to_ascii_lowercase();
    if start.starts_with("<!doctype") || start.starts_with("<html") {
        let title = head.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
        return format!("a web page{}", title.map(|(t, _)| format!(" ({})", t.trim())).unwrap_or_default());
    }
    if otherwise.is_empty() { head } else { otherwise.to_string() }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
