//! A few histories told by hand, without chance: what a reader can follow.

use super::agents::Manner;
use super::folk;
use super::history::Projects;
use super::host::Setting;
use super::picture;
use super::universe::{Task, Universe};
use drover::domain::effect::Effect;
use drover::domain::evidence::Colour;
use drover::domain::ids::IssueNo;
use drover::domain::message::MessageState;
use drover::domain::phase::Phase;
use drover::domain::pull::Verdict;
use drover::ops::effects;
use drover::world::{Git, Merge, NewReview};

/// One host with a local forge, on which nothing goes wrong.
struct Calm(Universe);

impl Calm {
    fn new() -> Calm {
        let universe = Universe::new(
            1,
            Setting { faultless: true, ..Setting::of(true, 1, Projects::new().local) },
            false,
        );
        universe.folk.set(false);
        Calm(universe)
    }

    /// One host and a server that is spoken to over HTTP.
    fn wired() -> Calm {
        let setting =
            Setting { faultless: true, wired: true, ..Setting::of(false, 1, Projects::new().server) };
        let universe = Universe::new(1, setting, false);
        universe.folk.set(false);
        Calm(universe)
    }

    fn issue(&self, manner: Manner) -> IssueNo {
        folk::file_for(&self.0, manner).unwrap()
    }

    /// A tick, and everything that follows from it.
    fn tick(&self) {
        self.0.spawn(0, Task::Tick);
        self.0.settle(2_000);
        assert_eq!(*self.0.watch.breaches.borrow(), []);
    }

    fn later(&self, seconds: i64) {
        self.0.pass(seconds * 1000);
        self.tick();
    }

    fn phase(&self, issue: IssueNo) -> Option<Phase> {
        self.0.hosts[0].store().run(issue).unwrap().map(|r| r.phase)
    }

    fn until(&self, issue: IssueNo, phase: Phase) {
        for _ in 0..20 {
            if self.phase(issue) == Some(phase) {
                return;
            }
            self.tick();
        }
        panic!("#{issue} is {:?} and never {phase}", self.phase(issue));
    }

    fn approve(&self) {
        for pull in folk::pulls(&self.0) {
            let review =
                NewReview { verdict: Verdict::Approve, sha: pull.head.unwrap(), body: String::new() };
            self.0.hosts[0].forge_as("rob").review(pull.number, &review).unwrap();
        }
    }

    fn comments(&self, issue: IssueNo) -> usize {
        self.0.hosts[0].forge_as("rob").comments(issue.0).unwrap().len()
    }

    /// How often a row has fired for an issue.
    fn rows(&self, issue: IssueNo, row: &str) -> usize {
        let events = self.0.hosts[0].store().events().unwrap();
        events.iter().filter(|e| e.issue == Some(issue) && e.key.contains(&format!(":{row}"))).count()
    }
}

#[test]
fn an_issue_lands_once_it_is_approved() {
    let calm = Calm::new();
    let issue = calm.issue(Manner::Good);
    calm.until(issue, Phase::AwaitingReview);
    let on_main = || {
        let server = &calm.0.server;
        server.pool.files(&server.remote.borrow().primary).contains_key("work-1.txt")
    };
    assert!(!on_main(), "nothing lands without an approval");
    calm.approve();
    calm.until(issue, Phase::Done);
    assert!(on_main());
    assert!(!calm.0.hosts[0].forge_as("rob").issue(issue).unwrap().unwrap().open);
    assert!(calm.0.hosts[0].tmux.sessions.borrow().is_empty());
}

#[test]
fn a_red_check_is_fixed() {
    let calm = Calm::new();
    let issue = calm.issue(Manner::BrokenFirst);
    calm.until(issue, Phase::AwaitingReview);
    assert_eq!(calm.rows(issue, "verify_red"), 1);
}

#[test]
fn an_agent_that_dies_is_resumed_three_times_and_then_given_up() {
    let calm = Calm::new();
    let issue = calm.issue(Manner::Dies);
    calm.until(issue, Phase::Blocked);
    assert_eq!(calm.rows(issue, "died"), 4, "three that resume it, and the one that gives up");
    assert_eq!(calm.0.hosts[0].tmux.started.get(), 4);
}

#[test]
fn a_question_waits_for_a_day_and_is_said_once() {
    let calm = Calm::new();
    let issue = calm.issue(Manner::Asks);
    calm.until(issue, Phase::Escalated);
    let comments = calm.comments(issue);
    (0..5).for_each(|_| calm.later(1800));
    assert_eq!(calm.comments(issue), comments);
    (0..30).for_each(|_| calm.later(3600));
    assert_eq!(calm.phase(issue), Some(Phase::Blocked));
    assert_eq!(calm.comments(issue), comments + 1);
}

#[test]
fn a_week_asleep_lets_no_deadline_pass() {
    let calm = Calm::new();
    let issue = calm.issue(Manner::Asks);
    calm.until(issue, Phase::Escalated);
    calm.later(7 * 86_400);
    calm.later(-3600);
    assert_eq!(calm.phase(issue), Some(Phase::Escalated));
}

#[test]
fn ticks_in_a_row_change_nothing() {
    for manner in [Manner::Good, Manner::BrokenFirst, Manner::Asks] {
        let calm = Calm::new();
        let issue = calm.issue(manner);
        (0..6).for_each(|_| calm.tick());
        let before = picture::of(&calm.0);
        calm.tick();
        calm.tick();
        assert_eq!(
            picture::difference(&before, &picture::of(&calm.0)),
            None,
            "{manner:?}, {:?}",
            calm.phase(issue)
        );
    }
}

#[test]
fn over_http_it_lands_once_ci_has_passed_and_somebody_approved() {
    let calm = Calm::wired();
    let issue = calm.issue(Manner::Good);
    calm.until(issue, Phase::AwaitingCi);
    folk::pulls(&calm.0)
        .iter()
        .for_each(|p| folk::report(&calm.0, p.head.as_ref().unwrap(), Colour::Green, false));
    // Another check may yet begin.
    calm.later(600);
    calm.until(issue, Phase::AwaitingReview);
    // Until the session is parked and all there is to see has been seen.
    (0..30).for_each(|_| calm.later(60));
    let fake = &calm.0.server.wired.as_ref().unwrap().fake;
    fake.forget();
    calm.later(60);
    assert_eq!(fake.asked().len(), 2, "{:?}", fake.asked());
    calm.approve();
    calm.until(issue, Phase::Done);
    assert!(!calm.0.hosts[0].forge_as("rob").issue(issue).unwrap().unwrap().open);
}

#[test]
fn what_was_merged_while_its_branch_was_pushed_is_not_opened_again() {
    let calm = Calm::wired();
    let issue = calm.issue(Manner::Good);
    calm.until(issue, Phase::AwaitingCi);
    let [pull] = &folk::pulls(&calm.0)[..] else { panic!() };
    let host = &calm.0.hosts[0];
    assert!(matches!(
        host.forge_as("maria").merge(pull.number, pull.head.as_ref().unwrap()).unwrap(),
        Merge::Merged(_)
    ));
    // A handler that was cut off after its push goes on with what it had meant to do.
    let mut run = host.store().run(issue).unwrap().unwrap();
    let (branch, title, body) = (run.branch.clone(), "Add it".to_string(), String::new());
    run.pending = vec![Effect::OpenPull { branch, title, body }];
    host.store().save_run(&run).unwrap();
    calm.until(issue, Phase::Done);
    assert_eq!(calm.0.server.pulls().len(), 1);
}

#[test]
fn what_is_on_the_primary_branch_already_needs_no_pull() {
    let calm = Calm::wired();
    let issue = calm.issue(Manner::Good);
    calm.until(issue, Phase::AwaitingCi);
    let host = &calm.0.hosts[0];
    let mut run = host.store().run(issue).unwrap().unwrap();
    host.forge_as("maria").set_pull_open(run.pull.unwrap(), false).unwrap();
    calm.0.server.remote.borrow_mut().primary = run.head.clone().unwrap();
    host.git.sync().unwrap();
    run.pull = None;
    let effect = Effect::OpenPull { branch: run.branch.clone(), title: "Add it".into(), body: String::new() };
    effects::perform(&host.world(), &mut run, &effect).unwrap();
    assert_eq!((run.pull, calm.0.server.pulls().len()), (None, 1));
}

#[test]
fn what_an_attempt_had_still_to_do_is_done_when_a_person_wants_the_next_one() {
    let calm = Calm::new();
    let issue = calm.issue(Manner::Fails);
    calm.until(issue, Phase::Blocked);
    // As whoever is cut off right after the write leaves it.
    let store = calm.0.hosts[0].store();
    let mut run = store.run(issue).unwrap().unwrap();
    run.pending = vec![Effect::Comment { marker: "why".into(), text: "It was late.".into() }];
    store.save_run(&run).unwrap();
    calm.0.spawn(0, Task::Retry(issue));
    calm.0.settle(2_000);
    let comments = calm.0.hosts[0].forge_as("rob").comments(issue.0).unwrap();
    assert_eq!(comments.iter().filter(|c| c.body.contains("It was late.")).count(), 1);
    assert_eq!(store.run(issue).unwrap().unwrap().attempt, 2);
}

#[test]
fn a_message_that_was_acted_on_before_it_was_marked_counts_as_delivered() {
    let calm = Calm::new();
    let issue = calm.issue(Manner::BrokenFirst);
    calm.until(issue, Phase::AwaitingReview);
    let store = calm.0.hosts[0].store();
    let told = store.messages(issue).unwrap().pop().unwrap();
    assert_ne!(told.message.about, store.run(issue).unwrap().unwrap().head, "it was about the head before");
    // As a handler leaves it that is killed between the turn's file and the mark.
    let turns = store.paths.run(issue).turns();
    let turn = store.files.list(&turns).unwrap().pop().unwrap();
    let text = String::from_utf8(store.files.read(&turns.join(turn)).unwrap().unwrap()).unwrap();
    let nonce = text.strip_prefix("[drover message ").unwrap().split(']').next().unwrap().to_string();
    let spawn = store.run(issue).unwrap().unwrap().session.unwrap().spawn;
    store.mark(&told, MessageState::Sending { nonce, spawn, put: None, tries: 0 }).unwrap();
    calm.tick();
    let now = store.messages(issue).unwrap().pop().unwrap().message.state;
    assert!(matches!(now, MessageState::Delivered { .. }), "{now:?}");
}
