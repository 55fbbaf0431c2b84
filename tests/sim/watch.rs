//! Watching a universe: what really happened, held against the laws after every step.

use super::agents::{Deed, has_lapsed};
use super::core::Core;
use super::host::{Host, Setting};
use super::parts::Session;
use super::server::Server;
use drover::domain::effect::Effect;
use drover::domain::evidence::{Colour, Evidence};
use drover::domain::ids::{IssueNo, PullNo, Sha};
use drover::domain::issue::Comment;
use drover::domain::launch::Style;
use drover::domain::laws::{self, Breach, Truth};
use drover::domain::link;
use drover::domain::message::{Message, MessageKind};
use drover::domain::phase::Phase;
use drover::domain::phase::table::TABLE;
use drover::domain::pull::{Pull, PullState};
use drover::domain::question;
use drover::domain::run::Run;
use drover::domain::text;
use drover::domain::time::Timestamp;
use drover::forge::local::records::{IssueRecord, PullRecord};
use drover::store::state::{BegunLanding, Notice, Receipt};
use drover::world::Said;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// What is remembered of what really happened.
#[derive(Default)]
struct Memory {
    /// The last record of each host's run.
    runs: BTreeMap<(usize, IssueNo), Run>,
    /// The last step at which a head was proven for a pull.
    proven: BTreeMap<(PullNo, Sha), u64>,
    /// Since when a landing that was begun may count on what it had seen.
    begun: BTreeMap<PullNo, u64>,
    given_up: BTreeSet<IssueNo>,
    /// Issues whose labels a person has changed.
    relabelled: BTreeSet<IssueNo>,
    /// Commits that sessions made, and those that are other people's.
    made: BTreeSet<Sha>,
    theirs: BTreeSet<Sha>,
    /// Which session wrote which write of a host's files, and sessions that were ended.
    requests: BTreeMap<(usize, u64), u64>,
    ended: BTreeSet<(usize, u64)>,
    /// Runs that a person sent back to work though there was no room.
    forced: BTreeSet<(usize, IssueNo)>,
    told: usize,
    /// The local forge's records, as last written.
    pulls: BTreeMap<PullNo, Pull>,
    comments: BTreeMap<u64, Vec<Comment>>,
    /// Texts that the sessions of each run were given, and each message as last written.
    put_in: BTreeMap<(usize, IssueNo), Vec<String>>,
    messages: BTreeMap<(usize, String), Message>,
    /// The messages that what was said in a host's room became, by its name there.
    passed_on: BTreeMap<(usize, String), BTreeSet<String>>,
    /// How often a person answered each issue's run, and questions that were asked, with what was so then.
    replies: BTreeMap<IssueNo, u64>,
    questions: BTreeMap<(usize, IssueNo, u32, Option<Sha>, String), u64>,
    /// Every notice that was written, by its key.
    notices: BTreeMap<(usize, String), String>,
    /// Runs of CI that were asked for again: by which host, for which run's which stay.
    again: Vec<String>,
    /// How many comments of each issue were looked at.
    read: BTreeMap<u64, usize>,
}

/// The issue whose run's folder a path lies in.
fn issue_in(path: &str) -> Option<IssueNo> {
    path.split("/runs/").nth(1)?.split('/').next()?.parse().ok()
}

/// What somebody said, by its name.
struct Words {
    id: String,
    who: String,
    text: String,
    /// The key of the notice that it is a yes or no to.
    to: Option<String>,
}

fn chat_id(number: i64) -> String {
    format!("message {number} of the chat")
}

fn remark_id(issue: IssueNo, comment: &Comment) -> String {
    format!("comment {} on #{issue}", comment.id)
}

/// Words became a message: of somebody who has a say, and the only one.
fn passed_on(host: usize, path: &str, words: Words, memory: &mut Memory) -> Result<(), Breach> {
    let all = memory.passed_on.entry((host, words.id)).or_default();
    all.insert(path.to_string());
    laws::is_heard_once(&words.text, all.len())?;
    laws::is_nobodys(&words.text, if words.who == "maria" { 0 } else { all.len() })
}

/// The watcher.
pub struct Watch {
    core: Rc<Core>,
    setting: Setting,
    server: Rc<Server>,
    memory: RefCell<Memory>,
    hosts: RefCell<Vec<std::rc::Weak<Host>>>,
    /// The host and the step of birth of the actor at work.
    actor: Cell<(usize, u64)>,
    pub crashes: Cell<u64>,
    seen: Cell<u64>,
    pub breaches: RefCell<Vec<Breach>>,
}

impl Watch {
    pub fn new(core: Rc<Core>, setting: Setting, server: Rc<Server>) -> Watch {
        Watch {
            core,
            setting,
            server,
            memory: RefCell::default(),
            hosts: RefCell::default(),
            actor: Cell::new((0, 0)),
            crashes: Cell::new(0),
            seen: Cell::new(u64::MAX),
            breaches: RefCell::default(),
        }
    }

    /// Watches the files of a host.
    pub fn over(self: &Rc<Self>, host: &Rc<Host>) {
        self.hosts.borrow_mut().push(Rc::downgrade(host));
        let (me, number) = (Rc::downgrade(self), host.number);
        let watcher = move |path: &str, content: &[u8]| {
            if let Some(me) = me.upgrade() {
                me.written(number, path, content);
            }
        };
        *host.files.watcher.borrow_mut() = Some(Rc::new(watcher));
    }

    fn host(&self, number: usize) -> Rc<Host> {
        self.hosts.borrow()[number].upgrade().unwrap()
    }

    fn law(&self, held: Result<(), Breach>) {
        if let Err(breach) = held {
            self.core.say(|| format!("BREACH {breach}"));
            self.breaches.borrow_mut().push(breach);
        }
    }

    pub fn begins(&self, host: usize, born: u64) {
        self.actor.set((host, born));
    }

    pub fn give_up(&self, issue: IssueNo, done: anyhow::Result<()>) {
        if done.is_ok() {
            self.memory.borrow_mut().given_up.insert(issue);
        }
    }

    pub fn relabelled(&self, issue: IssueNo) {
        self.memory.borrow_mut().relabelled.insert(issue);
    }

    pub fn theirs(&self, sha: &Sha) {
        self.memory.borrow_mut().theirs.insert(sha.clone());
    }

    pub fn wrote(&self, host: usize, _: IssueNo, write: u64, session: u64) {
        self.memory.borrow_mut().requests.insert((host, write), session);
    }

    pub fn did(&self, host: &Host, issue: IssueNo, deed: &Deed) {
        let name = host.tmux.sessions.borrow().values().find(|s| s.issue == issue).map(|s| s.id);
        let mut memory = self.memory.borrow_mut();
        memory.made.extend(deed.commit.clone());
        if let (Some(write), Some(session)) = (deed.request, name) {
            memory.requests.insert((host.number, write), session);
        }
        drop(memory);
        if let Some(text) = &deed.given {
            self.law(laws::keyless("a text for a session", text, &self.setting.secrets));
            self.law(laws::given_once(issue, deed.again));
        }
    }

    pub fn ended(&self, host: usize, issue: IssueNo, session: u64) -> bool {
        let lives =
            self.host(host).tmux.sessions.borrow().values().any(|s| s.id == session && s.issue == issue);
        !lives || self.memory.borrow().ended.contains(&(host, session))
    }

    pub fn issue_of(&self, pull: &Pull) -> Option<IssueNo> {
        link::issue_of(&pull.branch, &pull.title, &pull.body, &self.setting.policy.branch)
    }

    /// Pulls as they really are.
    fn true_pulls(&self) -> Vec<Pull> {
        let mut all: Vec<Pull> = match self.setting.local {
            true => self.memory.borrow().pulls.values().cloned().collect(),
            false => self.server.pulls(),
        };
        let remote = self.server.remote.borrow();
        all.iter_mut().for_each(|p| p.head = remote.branches.get(&p.branch).cloned());
        all
    }

    fn evidence(&self, head: &Sha) -> Evidence {
        let now = Timestamp(self.core.time.get() / 1000 + 86_400 * 50);
        match self.setting.local {
            true => {
                let colour = if self.server.pool.is_sound(head) { Colour::Green } else { Colour::Red };
                Evidence { sha: head.clone(), seen: now, colour, items: vec![] }
            }
            false => {
                let items = self.server.statuses(head);
                Evidence::reduce(head.clone(), now, items, &self.setting.policy.required)
            }
        }
    }

    /// Remembers which heads are proven now: what was so a moment ago may have been looked at by somebody.
    pub fn proofs(&self) {
        for pull in self.true_pulls() {
            let Some(head) = pull.head.clone() else { continue };
            if laws::only_proven(&pull, &self.evidence(&head), &head, &self.setting.policy).is_ok() {
                self.memory.borrow_mut().proven.insert((pull.number, head), self.core.step.get());
            }
        }
    }

    /// Checks every law that can be checked now.
    pub fn check(&self, hosts: &[Rc<Host>]) {
        if self.seen.replace(self.core.changes.get()) == self.core.changes.get() {
            return;
        }
        self.landings(hosts);
        self.proofs();
        self.pushes(hosts);
        self.sessions(hosts);
        self.commits(hosts);
        self.notices(hosts);
        self.comments();
    }

    fn landings(&self, hosts: &[Rc<Host>]) {
        let mut landed: Vec<(PullNo, Sha)> = vec![];
        for made in self.server.made.borrow_mut().drain(..).filter(|m| m.by == self.setting.policy.me) {
            landed.push((made.pull, made.head));
        }
        for host in hosts {
            for (_, to) in host.git.landed.borrow_mut().drain(..) {
                let begun: Option<BegunLanding> =
                    host.store().read_json(&host.store().paths.landing()).ok().flatten();
                let of = begun.filter(|b| b.merge.as_ref() == Some(&to)).map(|b| (b.pull, b.head));
                landed.extend(of);
            }
        }
        for (pull, head) in landed {
            let memory = self.memory.borrow();
            let since = memory.begun.get(&pull).copied().unwrap_or(u64::MAX).min(self.actor.get().1);
            // Over HTTP only listings lag, and nothing lands by a listing.
            let lag = self.server.behind().filter(|_| !self.setting.wired).unwrap_or(since).min(since);
            let proven = memory.proven.get(&(pull, head.clone())).is_some_and(|at| *at + 1 >= lag);
            drop(memory);
            if !proven && !self.server.ignores_head() {
                let truth = self.true_pulls().into_iter().find(|p| p.number == pull);
                let state = truth.map(|p| Pull { state: PullState::Open, head: Some(head.clone()), ..p });
                let why =
                    state.map(|p| laws::only_proven(&p, &self.evidence(&head), &head, &self.setting.policy));
                let fallback = Breach { law: 1, what: format!("pull #{pull} landed at {head} unproven") };
                self.law(why.unwrap_or(Ok(())).and(Err(fallback)));
            }
        }
    }

    fn pushes(&self, hosts: &[Rc<Host>]) {
        for host in hosts {
            for (branch, was, to) in host.git.pushed.borrow_mut().drain(..) {
                let ours = was.as_ref().is_none_or(|w| !self.memory.borrow().theirs.contains(w));
                // What was taken over before is kept in our repository, whatever a session makes of it.
                let refs = host.git.kept.borrow();
                let kept = was
                    .as_ref()
                    .is_none_or(|w| [&to].into_iter().chain(refs.iter()).any(|h| self.server.pool.has(h, w)));
                self.law(laws::push_keeps(&branch, was.as_ref(), ours, kept));
            }
        }
    }

    fn sessions(&self, hosts: &[Rc<Host>]) {
        let mut live = vec![];
        for host in hosts {
            // One that is about to come up looks at its claim first.
            let is_live = |s: &&Session| s.lives() && (s.state.is_some() || !has_lapsed(host, s.issue));
            live.extend(host.tmux.sessions.borrow().values().filter(is_live).map(|s| s.issue));
            for name in host.tmux.usurped.borrow_mut().drain(..) {
                self.law(Err(Breach {
                    law: 2,
                    what: format!("{name} was started while another of that name works"),
                }));
            }
            for env in host.tmux.environments.borrow_mut().drain(..) {
                let text: String = env.iter().map(|(k, v)| format!("{k}={v}\n")).collect();
                self.law(laws::keyless("the environment of a session", &text, &self.setting.secrets));
            }
        }
        self.law(laws::one_each("live sessions", &live));
        let me = &self.setting.policy.me;
        let open: Vec<IssueNo> = self
            .true_pulls()
            .iter()
            .filter(|p| p.is_open() && &p.author == me)
            .filter_map(|p| self.issue_of(p))
            .collect();
        self.law(laws::one_each("open pulls of ours", &open));
        for pull in self.true_pulls().iter().filter(|p| &p.author == me) {
            self.law(laws::keyless(
                "a pull",
                &format!("{} {}", pull.title, pull.body),
                &self.setting.secrets,
            ));
        }
        let memory = self.memory.borrow();
        for host in hosts {
            let at_work = memory.runs.iter().filter(|((h, i), r)| {
                *h == host.number
                    && matches!(r.phase, Phase::Claimed | Phase::Working)
                    && !memory.forced.contains(&(*h, *i))
            });
            let at_work: Vec<IssueNo> = at_work.map(|((_, i), _)| *i).collect();
            self.law(laws::within_room(&at_work, self.setting.policy.sessions));
        }
    }

    fn commits(&self, hosts: &[Rc<Host>]) {
        let pool = &self.server.pool;
        let mut heads: Vec<Sha> = {
            let remote = self.server.remote.borrow();
            remote.branches.values().chain([&remote.primary]).cloned().collect()
        };
        for host in hosts {
            heads.extend(host.git.worktrees.borrow().values().map(|t| t.head.clone()));
            heads.extend(host.git.kept.borrow().iter().cloned());
        }
        let memory = self.memory.borrow();
        // What a session threw away before it asked for anything was never given to us.
        let given = memory.made.iter().filter(|s| memory.runs.values().any(|r| r.head.as_ref() == Some(s)));
        self.law(laws::nothing_lost(given, |sha| heads.iter().any(|h| pool.has(h, sha))));
    }

    fn notices(&self, hosts: &[Rc<Host>]) {
        let mut all: Vec<String> = vec![];
        for host in hosts {
            all.extend(host.ears.0.borrow().iter().map(|(_, text)| text.clone()));
        }
        if all.len() == self.memory.borrow().told {
            return;
        }
        self.memory.borrow_mut().told = all.len();
        for text in &all {
            self.law(laws::keyless("a notice", text, &self.setting.secrets));
            self.law(laws::harmless("a notice", text));
        }
        // Who is killed between telling and writing that down tells again: that is the lesser evil.
        if self.setting.faultless {
            let mut left = self.memory.borrow().notices.values().cloned().collect::<Vec<String>>();
            for text in &all {
                match left.iter().position(|t| t == text) {
                    Some(at) => drop(left.swap_remove(at)),
                    None => self.law(laws::said_once("a notice", [text.as_str(), text.as_str()])),
                }
            }
        }
    }

    fn comments(&self) {
        let me = &self.setting.policy.me;
        let numbers: Vec<u64> = self.memory.borrow().runs.keys().map(|(_, i)| i.0).collect();
        for number in numbers {
            let all = self.comments_of(number);
            let known = self.memory.borrow_mut().read.insert(number, all.len()).unwrap_or(0);
            if known == all.len() {
                continue;
            }
            let ours: Vec<String> = all.into_iter().filter(|c| &c.author == me).map(|c| c.body).collect();
            let markers: Vec<&str> = ours.iter().filter_map(|b| b.rsplit("<!--").next()).collect();
            if self.setting.hosts == 1 && !self.in_doubt() {
                self.law(laws::said_once("a comment", markers.iter().copied()));
            }
            for body in &ours {
                self.law(laws::keyless("a comment", body, &self.setting.secrets));
                self.law(laws::harmless("a comment", body));
            }
        }
    }

    /// The same question again at the same head, more often than somebody has answered. Each host asks for itself: one
    /// that takes an issue over knows nothing of what the other has asked.
    fn questions(&self, host: usize, run: &Run) {
        for effect in &run.pending {
            let Effect::Comment { text, .. } = effect else { continue };
            if !text.contains("needs a person") {
                continue;
            }
            let mut memory = self.memory.borrow_mut();
            let answers = memory.replies.get(&run.issue).copied().unwrap_or(0);
            let key = (host, run.issue, run.attempt, run.head.clone(), text.clone());
            // Asked after another one it is a question of its own.
            memory.questions.retain(|k, _| *k == key || (k.0, k.1) != (host, run.issue));
            let asked = memory.questions.entry(key).or_default();
            *asked += 1;
            let again = *asked > 1 + answers;
            drop(memory);
            if again {
                self.law(laws::said_once("a question", [text.as_str(), text]));
            }
        }
    }

    /// A file of ours was written.
    fn written(&self, host: usize, path: &str, content: &[u8]) {
        if path.contains("/forge/pulls/") {
            if let Ok(record) = serde_json::from_slice::<PullRecord>(content) {
                self.memory.borrow_mut().pulls.insert(record.pull.number, record.pull);
            }
        } else if path.contains("/forge/issues/") {
            if let Ok(record) = serde_json::from_slice::<IssueRecord>(content) {
                self.memory.borrow_mut().comments.insert(record.issue.number.0, record.comments);
            }
        } else if path.ends_with("/run.json") {
            if let Ok(run) = serde_json::from_slice::<Run>(content) {
                self.moved(host, run);
            }
        } else if path.ends_with("/landing.json") {
            if let Ok(begun) = serde_json::from_slice::<BegunLanding>(content) {
                let lag = self.server.behind().filter(|_| !self.setting.wired).unwrap_or(u64::MAX);
                self.memory.borrow_mut().begun.insert(begun.pull, self.actor.get().1.min(lag));
            }
        } else if path.contains("/receipts/") {
            if let Ok(receipt) = serde_json::from_slice::<Receipt>(content) {
                // On the local forge the record follows the receipt.
                let merged = self.setting.local || self.is_merged(receipt.pull);
                self.law(laws::receipt_is_true(receipt.pull, merged));
            }
        } else if path.contains("/outbox/") {
            if let Ok(notice) = serde_json::from_slice::<Notice>(content) {
                self.law(laws::worth_a_mail(&notice.key, notice.kind));
                self.memory.borrow_mut().notices.insert((host, notice.key), notice.text);
            }
        } else if path.contains("/messages/") {
            if let (Some(issue), Ok(message)) = (issue_in(path), serde_json::from_slice::<Message>(content)) {
                self.message(host, issue, path, message);
            }
        } else if path.contains("/turns/") || path.ends_with("/prompt.md") {
            if let Some(issue) = issue_in(path) {
                self.put_in(host, issue, &String::from_utf8_lossy(content));
            }
        } else if path.ends_with("/launch.json") {
            let text = String::from_utf8_lossy(content);
            self.law(laws::keyless("the launch file of a session", &text, &self.setting.secrets));
        }
    }

    fn put_in(&self, host: usize, issue: IssueNo, text: &str) {
        self.law(laws::keyless("a text for a session", text, &self.setting.secrets));
        self.memory.borrow_mut().put_in.entry((host, issue)).or_default().push(text.to_string());
    }

    fn message(&self, host: usize, issue: IssueNo, path: &str, message: Message) {
        for (issue, text) in self.host(host).tmux.pasted.borrow_mut().drain(..) {
            self.put_in(host, issue, &text);
        }
        let remarks = self.comments_of(issue.0);
        let mut memory = self.memory.borrow_mut();
        let before = memory.messages.insert((host, path.to_string()), message.clone());
        // A word that was said before the question and reaches the session after it answers it too.
        let arrives = before.as_ref().is_none_or(|b| b.waits() && !message.waits());
        if message.kind == MessageKind::Reply && arrives {
            *memory.replies.entry(issue).or_default() += 1;
        }
        let words =
            self.words_in(host, &message, issue, &remarks).filter(|_| message.kind == MessageKind::Reply);
        let escalation = words.as_ref().and_then(|w| w.to.as_ref()).filter(|key| !key.contains(":question:"));
        let is_asked = match escalation.filter(|_| before.is_none()) {
            Some(key) => laws::is_still_asked(memory.runs.get(&(host, issue)), key),
            None => Ok(()),
        };
        let passed_on = words.map_or(Ok(()), |words| passed_on(host, path, words, &mut memory));
        let put_in = memory.put_in.get(&(host, issue)).cloned().unwrap_or_default();
        drop(memory);
        self.law(passed_on);
        self.law(is_asked);
        let texts = || put_in.iter().map(String::as_str);
        self.law(laws::delivered_is_there(issue, &message, texts()));
        if let Some(before) = before {
            self.law(laws::delivered_once(issue, &before, &message, texts()));
        }
    }

    /// What was said in the room or on the forge that a message holds.
    fn words_in(&self, host: usize, message: &Message, issue: IssueNo, remarks: &[Comment]) -> Option<Words> {
        let host = self.host(host);
        let is = |text: &str| message.text.ends_with(&format!("says:\n{text}"));
        let said = host.chat.said.borrow();
        let in_room = said.iter().find(|s| message.key.ends_with(&s.id) || s.to.is_none() && is(&s.text));
        let words = |s: &Said| {
            let (id, who, text) = (s.id.clone(), s.who.clone(), s.text.clone());
            Words { id, who, text, to: s.to.clone() }
        };
        let remark = |c: &Comment| {
            let (id, who, text) = (remark_id(issue, c), c.author.clone(), c.body.clone());
            Words { id, who, text, to: None }
        };
        let in_chat = || {
            let said = host.posts.said();
            let found = said.into_iter().find(|words| is(&words.text))?;
            let who = if found.is_maria { "maria" } else { "stranger" };
            Some(Words { id: chat_id(found.number), who: who.into(), text: found.text, to: None })
        };
        in_room.map(words).or_else(|| remarks.iter().find(|c| is(&c.body)).map(remark)).or_else(in_chat)
    }

    /// In a terminal a text may be put in and swallowed: there nobody knows what a session had.
    fn answered_by_news(&self, host: usize, issue: IssueNo) -> Result<(), Breach> {
        if self.setting.project.agent.style == Style::Interactive {
            return Ok(());
        }
        let memory = self.memory.borrow();
        let of_run = |path: &str| issue_in(path) == Some(issue);
        let all = memory.messages.iter().filter(|((at, path), _)| *at == host && of_run(path));
        let waiting = all.map(|(_, m)| m).filter(|m| m.kind == MessageKind::Reply && m.waits());
        let put_in = memory.put_in.get(&(host, issue)).cloned().unwrap_or_default();
        laws::answered_by_news(issue, waiting, &put_in)
    }

    fn is_merged(&self, pull: PullNo) -> bool {
        let found = self.true_pulls().into_iter().find(|p| p.number == pull);
        found.is_some_and(|p| matches!(p.state, PullState::Merged { .. }))
    }

    fn moved(&self, host: usize, run: Run) {
        self.core.say(|| format!("run #{} on host {host}: {} attempt {}", run.issue, run.phase, run.attempt));
        let before = self.memory.borrow().runs.get(&(host, run.issue)).cloned();
        let changed = before
            .as_ref()
            .is_none_or(|b| b.phase != run.phase || b.spawns != run.spawns || b.request != run.request);
        if changed {
            self.law(laws::wait_is_written(&run));
            self.law(laws::concluded(before.as_ref(), &run, self.truth(host, before.as_ref(), &run)));
        }
        if let Some(before) = &before {
            self.law(laws::spent_once(before, &run));
            self.law(laws::taken_is_told(before, &run));
        }
        if before.as_ref().is_none_or(|b| b.entry != run.entry) {
            self.questions(host, &run);
        }
        let answered = |run: &Run| run.escalation.as_ref().is_some_and(|e| e.answered);
        if answered(&run) && !before.as_ref().is_some_and(answered) {
            self.law(self.answered_by_news(host, run.issue));
        }
        let asks = |run: &Run| run.pending.iter().any(|e| matches!(e, Effect::RunCiAgain { .. }));
        if asks(&run) && !before.as_ref().is_some_and(asks) {
            self.again(host, &run);
        }
        let mut memory = self.memory.borrow_mut();
        let key = (host, run.issue);
        if !matches!(run.phase, Phase::Claimed | Phase::Working | Phase::Verifying | Phase::Publishing) {
            memory.forced.remove(&key);
        } else if before.as_ref().is_some_and(|b| matches!(b.phase, Phase::Stopped | Phase::Escalated))
            || run.attempt > 1
        {
            memory.forced.insert(key);
        }
        memory.runs.insert(key, run);
    }

    /// CI is run again once a stay, whatever the machine does.
    fn again(&self, host: usize, run: &Run) {
        let mut memory = self.memory.borrow_mut();
        memory.again.push(format!("{host}: #{} attempt {} stay {}", run.issue, run.attempt, run.entry));
        self.law(laws::said_once("to run CI again", memory.again.iter().map(String::as_str)));
    }

    fn truth(&self, host: usize, before: Option<&Run>, run: &Run) -> Truth {
        let place = self.host(host);
        let spawn = before.and_then(|b| b.session.as_ref()).map(|s| s.spawn);
        let alive =
            |s: &Session| s.issue == run.issue && Some(s.spawn) == spawn && s.lives() && s.state.is_some();
        let merged = run.pull.is_some_and(|p| self.is_merged(p))
            || self
                .true_pulls()
                .iter()
                .any(|p| p.branch == run.branch && matches!(p.state, PullState::Merged { .. }));
        let theirs = place.claims().look(run.issue, Timestamp(0));
        // Who took it over may have come to an end with it by now.
        let elsewhere = self.memory.borrow().runs.keys().any(|(h, i)| *h != host && *i == run.issue);
        Truth {
            merged,
            given_up: self.memory.borrow().given_up.contains(&run.issue),
            taken_over: elsewhere || matches!(theirs, drover::domain::schedule::Claim::Theirs(_)),
            alive: place.tmux.sessions.borrow().values().any(alive),
            own_request: self.own_request(host, before, run, spawn),
        }
    }

    /// Whether the request that a row acted on, if one did, was made by the session that the run had.
    fn own_request(&self, host: usize, before: Option<&Run>, run: &Run, spawn: Option<u32>) -> bool {
        let Some(before) = before.filter(|b| b.request != run.request && b.entry != run.entry) else {
            return true;
        };
        let acted = run.pending.iter().any(|e| match e {
            Effect::Event { key, .. } => TABLE
                .iter()
                .any(|row| key.ends_with(&format!(":{}", row.id)) && row.when.is_about_a_request()),
            _ => false,
        });
        let (Some(stamp), Some(spawn), true) = (&run.request, spawn, acted) else { return true };
        let memory = self.memory.borrow();
        let Some(author) = memory.requests.get(&(host, stamp.inode)).copied() else { return true };
        let place = self.host(host);
        let sessions = place.tmux.sessions.borrow();
        let now = sessions.values().find(|s| s.issue == before.issue && s.spawn == spawn);
        now.is_none_or(|s| s.id == author)
    }

    /// Runs that have not come to an end or to a person, each with its attempt.
    pub fn moving(&self) -> Vec<(usize, IssueNo, u32)> {
        let all = self.runs();
        let moving =
            all.iter().filter(|(_, r)| laws::has_come_somewhere(r).is_err() && !self.waits_wrongly(r));
        moving.map(|(host, run)| (*host, run.issue, run.attempt)).collect()
    }

    /// How many phases each run has entered.
    pub fn entries(&self) -> Vec<(usize, IssueNo, u32, u32)> {
        self.runs().iter().map(|(host, run)| (*host, run.issue, run.attempt, run.entry)).collect()
    }

    /// A time that a wrong clock named: that wait ends a day after it would have been over.
    fn waits_wrongly(&self, run: &Run) -> bool {
        run.phase == Phase::Limited && run.until.is_some_and(|until| until.0 > self.core.time.get() / 1000)
    }

    /// Every run as it is on disk, and its host.
    fn runs(&self) -> Vec<(usize, Run)> {
        let numbers: Vec<(usize, IssueNo)> = self.memory.borrow().runs.keys().copied().collect();
        let read = |(host, issue)| Some((host, self.host(host).store().run(issue).ok()??));
        numbers.into_iter().filter_map(read).collect()
    }

    /// What an issue shows of a run that has ended, unless people have changed it.
    fn ends_well(&self, run: &Run) {
        let me = &self.setting.policy.me;
        let comments = self.comments_of(run.issue.0);
        let ours: Vec<&str> = comments.iter().filter(|c| &c.author == me).map(|c| c.body.as_str()).collect();
        if !self.in_doubt() {
            self.law(laws::is_explained(run, ours.iter().copied()));
        }
        let Ok(Some(issue)) = self.host(0).forge_as("maria").issue(run.issue) else { return };
        if !self.memory.borrow().relabelled.contains(&run.issue) {
            let on: Vec<&str> = issue.labels.iter().map(|l| l.name.as_str()).collect();
            self.law(laws::labels_fit(run, &on, &self.setting.policy.labels));
        }
    }

    /// Whether comments may stand twice: whoever posts, is cut off and then reads an old list cannot know that it has posted,
    /// and what something in between sends again is posted again.
    fn in_doubt(&self) -> bool {
        self.core.twice.get() || (self.server.lagged.get() && !self.setting.faultless)
    }

    fn comments_of(&self, number: u64) -> Vec<Comment> {
        match self.setting.local {
            true => self.memory.borrow().comments.get(&number).cloned().unwrap_or_default(),
            false => self.server.comments(number),
        }
    }

    /// What must be so when nothing goes wrong any more and all has come to rest.
    pub fn at_rest(&self, hosts: &[Rc<Host>]) {
        // Whoever has told it: one that takes an issue over tells what becomes of it, and the other no more.
        let told = |what: &str| {
            hosts.iter().any(|h| h.ears.0.borrow().iter().any(|(urgent, t)| *urgent && t.contains(what)))
        };
        for (host, run) in self.runs() {
            if !self.waits_wrongly(&run) {
                self.law(laws::has_come_somewhere(&run));
            }
            self.law(laws::at_rest(&run));
            self.law(self.asks(&self.host(host), &run));
            self.answers_count(host, &run);
            self.law(laws::is_told(&run, told));
            // Where several hosts come by, each says what it did, and the last one what became of it.
            if self.setting.hosts == 1 {
                self.ends_well(&run);
            }
        }
        for host in hosts {
            self.all_is_heard(host);
            self.all_is_heard_in_the_chat(host);
            let store = host.store();
            let begun: Option<BegunLanding> = store.read_json(&store.paths.landing()).ok().flatten();
            let dirty = host.git.folder_dirty.get();
            if let Some(begun) = begun.filter(|_| !dirty) {
                self.law(Err(Breach {
                    law: 4,
                    what: format!("the landing of pull #{} was begun and never ended", begun.pull),
                }));
            }
        }
    }

    /// What the sessions of a run have asked aside stands in the room.
    fn asks(&self, host: &Host, run: &Run) -> Result<(), Breach> {
        let text = host.store().questions(run.issue).unwrap_or_default();
        let untold = question::after(&text, run.questions).len();
        let of = |key: &&String| key.starts_with(&format!("{}:", run.issue)) && key.contains(":question:");
        laws::asks_are_told(run, untold, host.chat.told.borrow().keys().filter(of).count())
    }

    /// What was said on the forge in answer to what a run still waits for has reached it.
    fn answers_count(&self, host: usize, run: &Run) {
        let waits = run.escalation.as_ref().filter(|e| run.phase == Phase::Escalated && !e.answered);
        let Some(escalation) = waits.filter(|_| self.setting.comments) else { return };
        let key = escalation.notice.split(':').skip(2).collect::<Vec<_>>().join(":");
        let comments = self.comments_of(run.issue.0);
        let asked = |c: &Comment| c.author == self.setting.policy.me && text::has_marker(&c.body, &key);
        let Some(at) = comments.iter().rposition(asked) else { return };
        for answer in comments[at..].iter().filter(|c| c.author == "maria") {
            let id = (host, remark_id(run.issue, answer));
            let messages = self.memory.borrow().passed_on.get(&id).map_or(0, BTreeSet::len);
            self.law(laws::is_answered(&answer.body, messages, 0));
        }
    }

    /// The same in the chat; and whatever the room was told, the webhook was told too, once where nothing goes wrong.
    fn all_is_heard_in_the_chat(&self, host: &Host) {
        if !self.setting.posts {
            return;
        }
        for words in host.posts.said().iter().filter(|words| words.is_maria && words.answers) {
            let id = (host.number, chat_id(words.number));
            let messages = self.memory.borrow().passed_on.get(&id).map_or(0, BTreeSet::len);
            self.law(laws::is_answered(&words.text, messages, host.posts.answers_to(words.number)));
        }
        let posted = host.posts.posted();
        for notice in host.store().notices().unwrap_or_default().iter().filter(|n| n.told.is_some()) {
            self.law(laws::told_is_told(
                &notice.key,
                posted.iter().filter(|key| **key == notice.key).count(),
            ));
        }
        if self.setting.faultless && self.crashes.get() == 0 {
            self.law(laws::said_once("a notice", posted.iter().map(String::as_str)));
        }
        let broken = host.posts.heard.borrow().broken.first().cloned();
        self.law(broken.map_or(Ok(()), |what| Err(Breach { law: 9, what })));
    }

    /// What was said by whoever has a say has reached its run, or was answered.
    fn all_is_heard(&self, host: &Host) {
        let answers = host.chat.answers.borrow();
        for said in host.chat.said.borrow().iter().filter(|said| said.who == "maria") {
            let memory = self.memory.borrow();
            let messages = memory.passed_on.get(&(host.number, said.id.clone())).map_or(0, BTreeSet::len);
            drop(memory);
            let answered = usize::from(answers.get(&said.id).is_some_and(Option::is_some));
            self.law(laws::is_answered(&said.text, messages, answered));
        }
    }
}
