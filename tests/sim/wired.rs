//! The server over HTTP: the model that the suite of forges uses, with drover's own adapter before it. What goes wrong
//! goes wrong at single requests, and between any two of them another may go on or the asker be killed.

use super::core::Core;
use super::fake::{self, Fake, state};
use super::files::MemFiles;
use super::git::{Pool, Refs};
use super::host::Host;
use super::parts::HostClock;
use super::server::{Made, Server};
use drover::domain::evidence::{CheckItem, Colour};
use drover::domain::ids::{PullNo, Sha};
use drover::domain::issue::Comment;
use drover::domain::pull::{Pull, PullState, Review, Verdict};
use drover::domain::time::Timestamp;
use drover::forge::forgejo::{Forgejo, Site};
use drover::http::{Client, Method, NoAnswer, Request, Response, Wire};
use drover::store::{Paths, Store};
use drover::world::Clock;
use send_wrapper::SendWrapper;
use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;

/// A call of the forge is some requests: each fails so many times less often than a call of another part.
const SHARE: u64 = 6;

/// The server's own side.
pub struct Wired {
    pub fake: Fake,
}

impl Wired {
    pub fn new(core: &Rc<Core>, pool: &Rc<Pool>, remote: &Rc<RefCell<Refs>>) -> Wired {
        let refs =
            PoolRefs { pool: SendWrapper::new(pool.clone()), remote: SendWrapper::new(remote.clone()) };
        let time = SendWrapper::new(core.clone());
        let fake = Fake::new("o/r", Box::new(refs), Box::new(move || time.time.get() / 1000));
        {
            let mut state = fake.state.lock().unwrap();
            for (name, writes) in
                [("drover", true), ("maria", true), ("rob", true), ("ci", true), ("stranger", false)]
            {
                state.account(name, writes);
            }
            state.admins.extend(["maria".to_string(), "rob".to_string()]);
        }
        fake.quirks.lock().unwrap().tags = core.rng.chance(200);
        Wired { fake }
    }

    /// Listings show from now on what is so now, or what is so.
    pub fn freeze(&self, on: bool) {
        let issues = on.then(|| self.fake.state.lock().unwrap().issues.clone());
        self.fake.quirks.lock().unwrap().frozen = issues;
    }

    /// Pulls as they really are.
    pub fn pulls(&self) -> Vec<Pull> {
        let state = self.fake.state.lock().unwrap();
        state.issues.values().filter_map(|issue| pull(&state, issue)).collect()
    }

    /// The comments of an issue or a pull.
    pub fn comments(&self, number: u64) -> Vec<Comment> {
        let state = self.fake.state.lock().unwrap();
        let of = |c: &state::Comment| Comment {
            id: c.id,
            author: c.by.clone(),
            at: Timestamp(c.at),
            body: c.body.clone(),
        };
        state.issues.get(&number).map(|i| i.comments.iter().map(of).collect()).unwrap_or_default()
    }

    /// CI says something of a commit.
    pub fn report(&self, sha: &Sha, item: &CheckItem) {
        let mut state = self.fake.state.lock().unwrap();
        state.status_ids += 1;
        let word = match item.colour {
            Colour::Green => "success",
            Colour::Red => "failure",
            _ => "pending",
        };
        let status = state::Status {
            id: state.status_ids,
            sha: sha.to_string(),
            context: item.context.clone(),
            state: word.into(),
            url: String::new(),
            description: item.detail.clone(),
            at: state.now(),
        };
        state.statuses.push(status);
    }

    /// The adapter as one of our processes uses it.
    pub fn ours(&self, host: &Host, store: &Store, clock: &Rc<dyn Clock>) -> Forgejo {
        self.adapter(host, &host.setting.policy.me, store, clock, true)
    }

    /// The forge as a person uses it, with whom nothing goes wrong.
    pub fn person(&self, host: &Host, who: &str) -> Forgejo {
        let files = Rc::new(MemFiles::new(host.core.clone()));
        let store = Store { files, paths: Paths::new(Path::new("/person"), "sim") };
        let clock = HostClock { core: host.core.clone(), offset: Rc::new(Cell::new(0)) };
        self.adapter(host, who, &store, &(Rc::new(clock) as Rc<dyn Clock>), false)
    }

    fn adapter(
        &self,
        host: &Host,
        who: &str,
        store: &Store,
        clock: &Rc<dyn Clock>,
        can_fail: bool,
    ) -> Forgejo {
        let project = &host.setting.project;
        let inner = self.fake.wire(who);
        let wire = SimWire { server: host.server.clone(), me: who.into(), can_fail, inner };
        let client = Client::new(Rc::new(wire), store.clone(), clock.clone(), project.limits.calls);
        let site = Site {
            url: project.forge_url.clone(),
            repo: project.repo.clone(),
            primary: project.primary_branch.clone(),
            trusted: project.people.maintainer_accounts(),
            has_ci: true,
            token: who.into(),
        };
        Forgejo::new(&site, Rc::new(client), store.clone(), clock.clone())
    }
}

/// A pull as it really is. Whoever has given another verdict since takes the older one back.
fn pull(state: &fake::State, issue: &state::Issue) -> Option<Pull> {
    let of = issue.pull.as_ref()?;
    let sha = |text: &str| text.parse::<Sha>().ok();
    let review = |r: &state::Review| {
        let verdict = match (r.state.as_str(), r.official) {
            ("APPROVED", true) => Verdict::Approve,
            ("REQUEST_CHANGES", true) => Verdict::Reject,
            _ => Verdict::Comment,
        };
        Some(Review {
            id: r.id,
            author: r.by.clone(),
            verdict,
            sha: sha(&r.sha)?,
            at: Timestamp(r.at),
            dismissed: r.dismissed,
            body: r.body.clone(),
        })
    };
    Some(Pull {
        number: PullNo(issue.number),
        title: issue.title.clone(),
        body: issue.body.clone(),
        branch: of.branch.clone(),
        base: of.base.clone(),
        author: issue.by.clone(),
        state: match (&of.merged, issue.open) {
            (Some(merged), _) => PullState::Merged { sha: sha(merged) },
            (None, true) => PullState::Open,
            (None, false) => PullState::Closed { by: None },
        },
        draft: false,
        from_fork: false,
        head: sha(&state.head(issue)),
        created: Timestamp(issue.created),
        reviews: of.reviews.iter().filter_map(review).collect(),
    })
}

/// The branches of the universe, as the server's repository.
struct PoolRefs {
    pool: SendWrapper<Rc<Pool>>,
    remote: SendWrapper<Rc<RefCell<Refs>>>,
}

fn id(sha: &str) -> Sha {
    sha.parse().unwrap()
}

impl fake::Refs for PoolRefs {
    fn head(&self, branch: &str) -> Option<String> {
        let remote = self.remote.borrow();
        match branch {
            "main" => Some(remote.primary.to_string()),
            other => remote.branches.get(other).map(Sha::to_string),
        }
    }

    fn contains(&self, new: &str, old: &str) -> bool {
        self.pool.has(&id(new), &id(old))
    }

    fn merge_base(&self, a: &str, b: &str) -> String {
        self.pool.parting(&id(a), &id(b)).unwrap().map(|sha| sha.to_string()).unwrap_or_default()
    }

    fn merge(&self, onto: &str, other: &str, message: &str) -> Option<String> {
        self.pool.merge_commit(&id(onto), &id(other), message).map(|sha| sha.to_string())
    }

    fn set(&mut self, branch: &str, to: &str) {
        let mut remote = self.remote.borrow_mut();
        match branch {
            "main" => remote.primary = id(to),
            other => drop(remote.branches.insert(other.into(), id(to))),
        }
    }

    fn remove(&mut self, branch: &str) {
        self.remote.borrow_mut().branches.remove(branch);
    }
}

/// The way to the server.
struct SimWire {
    server: Rc<Server>,
    me: String,
    can_fail: bool,
    inner: fake::InMemory,
}

impl SimWire {
    fn core(&self) -> &Core {
        &self.server.core
    }

    fn goes_wrong(&self, rate: u64) -> bool {
        self.can_fail && self.core().rng.chance(rate.div_ceil(SHARE))
    }

    fn carry(
        &self,
        request: &Request,
        send: impl Fn() -> Result<Response, NoAnswer>,
    ) -> Result<Response, NoAnswer> {
        if std::thread::panicking() {
            return Err(NoAnswer("killed".into()));
        }
        let (core, rates) = (self.core(), self.core().rates.get());
        if self.can_fail {
            core.calls.set(core.calls.get() + 1);
            core.pause();
            core.note(&request.path);
        }
        let name = || format!("{} {}", request.method.as_str(), request.path);
        if self.goes_wrong(rates.refused) {
            core.say(|| format!("{}: does not get through", name()));
            return Err(NoAnswer("connection timed out".into()));
        }
        // Servers compute on their own time what can be merged.
        let busy = if self.can_fail && rates.switch > 0 { 150 } else { 0 };
        if request.path.ends_with("/merge") && core.rng.chance(busy) {
            return Ok(Response {
                status: 405,
                headers: vec![],
                body: b"{\"message\": \"Please try again later\"}".to_vec(),
            });
        }
        let before = self.merged(request);
        let mut answer = send();
        // Something in between has sent it again: the answer is that to the second.
        if request.method != Method::Get && self.goes_wrong(rates.twice) {
            core.say(|| format!("{}: gets there twice", name()));
            core.twice.set(true);
            answer = send();
        }
        let after = self.merged(request).filter(|_| before.is_none());
        self.server.made.borrow_mut().extend(after);
        if request.method != Method::Get && self.can_fail {
            core.changed();
            core.say(|| format!("{}: {:?}", name(), answer.as_ref().map(|a| a.status)));
            core.pause();
        }
        if self.goes_wrong(rates.lost) {
            core.say(|| format!("{}: the answer is lost", name()));
            let body = b"<html><title>502 Bad Gateway</title></html>".to_vec();
            let bad = Response { status: 502, headers: vec![], body };
            return if core.rng.chance(500) { Ok(bad) } else { Err(NoAnswer("connection reset".into())) };
        }
        answer
    }

    /// The merge that a request asks for, if it has been made.
    fn merged(&self, request: &Request) -> Option<Made> {
        let number: u64 =
            request.path.strip_suffix("/merge")?.rsplit('/').next().and_then(|n| n.parse().ok())?;
        let fake = &self.server.wired.as_ref()?.fake;
        let state = fake.state.lock().unwrap();
        let pull = state.issues.get(&number)?.pull.as_ref()?;
        pull.merged.as_ref()?;
        Some(Made { pull: PullNo(number), head: pull.head.parse().ok()?, by: self.me.clone() })
    }
}

impl Wire for SimWire {
    fn send(&self, request: &Request) -> Result<Response, NoAnswer> {
        self.carry(request, || self.inner.send(request))
    }

    fn send_unless(&self, request: &Request, etag: &str) -> Result<Response, NoAnswer> {
        self.carry(request, || self.inner.send_unless(request, etag))
    }

    fn address(&self) -> &str {
        "https://forge.example"
    }
}
