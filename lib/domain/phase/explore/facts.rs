//! What can be seen, cut into classes that the table tells apart. Facts form groups; one input is a choice in at
//! most two groups, the others being as if nothing had happened.
//!
//! Two are enough: a row looks at one group, at two, or at the time, which is part of the state; which row holds
//! is decided by the first that does, so a further group could only bring in a row that another pair brings in
//! as well. What a row then does depends on the run and on the facts of its own group.

use super::super::Phase;
use super::super::seen::{Asked, Fact, IssueSeen, PullSeen, Refused, Seen, VerifySeen, WorkSeen};
use super::super::table::{TABLE, When};
use super::state::{BASE, State, sha};
use crate::domain::ci::{CiSeen, FailedStep};
use crate::domain::evidence::Colour;
use crate::domain::ids::{IssueNo, PullNo, Sha};
use crate::domain::landing::{Hold, Landing};
use crate::domain::life::Life;
use crate::domain::request::{Request, Stamp};
use std::collections::BTreeSet;

/// Facts that are looked at together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// The issue, and whether there is a pull.
    Forge,
    /// The phase file, and the worktree.
    Request,
    /// The session.
    Life,
    /// The project's own checks.
    Verify,
    /// What gates say.
    Gates,
    /// The remote's branch.
    Remote,
    /// The pull's head, reviews and landing.
    Pull,
    /// CI.
    Checks,
    /// A person's words to us.
    Person,
    /// The wall clock.
    Clock,
}

/// One choice in one group.
pub struct Value {
    pub group: Group,
    pub name: &'static str,
    pub set: fn(&mut Seen, &State),
}

/// The groups that a condition looks at.
pub fn looks_at(condition: When) -> &'static [Group] {
    use Group::*;
    match condition {
        When::PullMerged | When::ClosedByPerson | When::ClaimTakenOff => &[Forge],
        When::StopAsked | When::Reply | When::TakenOver => &[Person],
        When::ResumeAsked => &[Person, Forge],
        When::ReplyParked => &[Person, Life],
        When::Blind | When::Deadline => &[Forge, Life],
        When::HostUp
        | When::Dead
        | When::SessionAbsent
        | When::LimitNamed
        | When::AnotherFree
        | When::AgentAsks
        | When::Unasked => &[Life],
        When::ParkTime => &[Life, Person],
        When::Progress | When::WorkLimit => &[Life],
        When::GateRefused => &[Gates],
        When::VerifyGreen => &[Verify, Gates],
        When::VerifyRed | When::VerifyMissing | When::VerifyUnknown => &[Verify],
        When::Published => &[Remote, Forge, Pull],
        When::Unpublished | When::BranchGone => &[Remote, Forge],
        When::RemoteExtends | When::RemoteDiverged => &[Remote],
        When::CiGreen | When::CiMachine | When::CiRed => &[Checks, Pull],
        When::ChangesRequested
        | When::Approved
        | When::Conflict
        | When::Behind
        | When::ApprovalGone
        | When::LandingRefused => &[Pull],
        When::TimeCame => &[Clock],
        When::ReviewReminder | When::EscalationReminder | When::SecondOfLadder | When::ThirdOfLadder => &[],
        request => {
            assert!(request.is_about_a_request(), "{request:?}: say which facts it looks at");
            &[Request]
        }
    }
}

/// The groups that bear on a run in `phase`.
pub fn groups(phase: Phase, session: bool) -> BTreeSet<Group> {
    let rows = TABLE.iter().filter(|r| r.applies_to(phase));
    let all = rows.flat_map(|r| looks_at(r.when)).copied();
    // Without a session there is nothing to be known of its life.
    all.filter(|g| session || *g != Group::Life).collect()
}

/// Nothing has happened, and every look succeeds.
pub fn calm(state: &State) -> Seen {
    let run = state.run();
    let mut seen = Seen::nothing(BASE.plus(state.age), state.age);
    let escalated = state.phase == Phase::Escalated;
    seen.issue = Fact::Known(IssueSeen { open: true, in_progress: true, needs_human: escalated });
    seen.pull = Fact::Known(None);
    if state.pull {
        open(&mut seen, state);
    }
    seen.life = if state.session { Life::Working } else { Life::Absent };
    seen.work = Fact::Known(work(run.head.clone(), 1));
    seen.gates = Fact::Known(vec![]);
    seen.verify = VerifySeen::Running;
    seen.checks = Colour::Pending;
    seen.remote = Fact::Known(run.published);
    seen
}

/// What was seen with some choices made; `calm` is what [`calm`] says of the state.
pub fn seen(state: &State, calm: &Seen, choices: &[&Value]) -> Seen {
    let mut seen = calm.clone();
    for value in choices.iter().filter(|v| v.group != Group::Forge) {
        (value.set)(&mut seen, state);
    }
    // Last, because it takes away what the others look at.
    for value in choices.iter().filter(|v| v.group == Group::Forge) {
        (value.set)(&mut seen, state);
    }
    if !state.session {
        seen.life = Life::Absent;
    }
    seen
}

fn work(head: Option<Sha>, ahead: usize) -> WorkSeen {
    WorkSeen { head, ahead, dirty: vec![] }
}

fn open<'a>(seen: &'a mut Seen, state: &State) -> &'a mut PullSeen {
    let pull = PullSeen {
        number: PullNo(7),
        open: true,
        merged: false,
        head: state.head.then(|| sha("a")),
        head_extends_ours: false,
        landing: Landing::Hold(Hold::NoApproval),
        changes: None,
    };
    if seen.pull().is_none() {
        seen.pull = Fact::Known(Some(pull));
    }
    match &mut seen.pull {
        Fact::Known(Some(pull)) => pull,
        _ => unreachable!("it was put there"),
    }
}

fn hold(seen: &mut Seen, state: &State, hold: Hold) {
    open(seen, state).landing = Landing::Hold(hold);
}

fn issue(seen: &mut Seen, turn: fn(&mut IssueSeen)) {
    if let Fact::Known(issue) = &mut seen.issue {
        turn(issue);
    }
}

fn ask(seen: &mut Seen, request: Request, refusal: Option<Refused>) {
    let stamp = Stamp { inode: 1, mtime_ns: 1, size: 1, hash: 1 };
    seen.asked = Some(Asked { stamp, request, refusal });
}

fn finish(seen: &mut Seen, work: WorkSeen) {
    ask(seen, Request::Finished, None);
    seen.work = Fact::Known(work);
}

fn decline(seen: &mut Seen, refused: Refused) {
    ask(seen, Request::Refused, Some(refused));
}

fn silent(seen: &mut Seen, life: Life) {
    seen.life = life;
    seen.quiet = seen.awake;
}

/// How far off the later of the two times is that an agent names.
pub const NAMED: u64 = 5 * crate::domain::time::HOUR;

const fn value(group: Group, name: &'static str, set: fn(&mut Seen, &State)) -> Value {
    Value { group, name, set }
}

fn why<T>() -> Fact<T> {
    Fact::Unknown("no answer".into())
}

/// All choices.
pub fn values() -> Vec<Value> {
    let mut all = forge();
    all.extend(requests());
    all.extend(lives());
    all.extend(checks());
    all.extend(remotes());
    all.extend(pulls());
    all.extend([
        value(Group::Person, "reply", |s, _| s.reply = true),
        value(Group::Person, "resume", |s, _| s.resume = true),
        value(Group::Person, "stop", |s, _| s.stop = true),
        value(Group::Person, "another host has the issue", |s, _| s.taken_by = Some("b".into())),
        value(Group::Clock, "the clock was set back", |s, _| s.now = BASE),
    ]);
    all
}

fn forge() -> Vec<Value> {
    use Group::Forge;
    vec![
        value(Forge, "issue closed", |s, _| issue(s, |i| i.open = false)),
        value(Forge, "claim taken off", |s, _| issue(s, |i| i.in_progress = false)),
        value(Forge, "needs-human off", |s, _| issue(s, |i| i.needs_human = false)),
        value(Forge, "issue unknown", |s, _| s.issue = why()),
        value(Forge, "pull unknown", |s, _| s.pull = why()),
        value(Forge, "forge unknown", |s, _| (s.issue, s.pull, s.checks) = (why(), why(), Colour::Unknown)),
        value(Forge, "no pull", |s, _| s.pull = Fact::Known(None)),
        value(Forge, "pull merged", |s, st| (open(s, st).open, open(s, st).merged) = (false, true)),
        value(Forge, "pull closed", |s, st| open(s, st).open = false),
    ]
}

fn requests() -> Vec<Value> {
    use Group::Request as R;
    vec![
        value(R, "empty", |s, _| ask(s, Request::Empty, None)),
        value(R, "finished, new head", |s, _| finish(s, work(Some(sha("c")), 2))),
        value(R, "finished, same head", |s, st| finish(s, work(st.run().head, usize::from(st.head)))),
        value(R, "finished, nothing ahead", |s, _| finish(s, work(Some(sha("9")), 0))),
        value(R, "finished, dirty", |s, _| {
            finish(s, WorkSeen { dirty: vec!["f".into()], ..work(Some(sha("c")), 2) });
        }),
        value(R, "finished, work unreadable", |s, _| {
            finish(s, WorkSeen::default());
            s.work = why();
        }),
        value(R, "escalate", |s, _| ask(s, Request::Escalate("why".into()), None)),
        value(R, "failed", |s, _| ask(s, Request::Failed("why".into()), None)),
        value(R, "done", |s, _| ask(s, Request::Done, None)),
        value(R, "garbage", |s, _| ask(s, Request::Garbage("?".into()), None)),
        value(R, "too large", |s, _| decline(s, Refused::TooLarge("r".into()))),
        value(R, "dependency", |s, _| {
            decline(s, Refused::Dependency { reason: "r".into(), on: IssueNo(2) });
        }),
        value(R, "dependency unnamed", |s, _| decline(s, Refused::DependencyUnnamed("r".into()))),
        value(R, "done, proven", |s, _| {
            decline(s, Refused::DoneProven { reason: "r".into(), proof: "p".into() });
        }),
        value(R, "done, unproven", |s, _| decline(s, Refused::DoneUnproven("r".into()))),
        value(R, "refusal unreadable", |s, _| decline(s, Refused::Unreadable("r".into()))),
    ]
}

fn lives() -> Vec<Value> {
    use Group::Life as L;
    vec![
        value(L, "starting", |s, _| silent(s, Life::Starting)),
        value(L, "working, silent", |s, _| silent(s, Life::Working)),
        value(L, "idle", |s, _| silent(s, Life::Idle)),
        value(L, "idle, attached", |s, _| {
            silent(s, Life::Idle);
            s.attached = true;
        }),
        value(L, "limited, over", |s, _| silent(s, Life::Limited { until: s.now, words: "l".into() })),
        value(L, "limited", |s, _| silent(s, Life::Limited { until: s.now.plus(NAMED), words: "l".into() })),
        value(L, "limited, another free", |s, _| {
            silent(s, Life::Limited { until: s.now.plus(NAMED), words: "l".into() });
            s.instead = Some("codex".into());
        }),
        value(L, "the agent asks", |s, _| silent(s, Life::Asks { what: "login".into() })),
        value(L, "dead", |s, _| silent(s, Life::Dead { how: "h".into() })),
        value(L, "life unknown", |s, _| silent(s, Life::Unknown { why: "w".into() })),
    ]
}

fn checks() -> Vec<Value> {
    use Group::{Checks, Gates, Verify};
    vec![
        value(Verify, "verify missing", |s, _| s.verify = VerifySeen::Missing),
        value(Verify, "verify died", |s, _| s.verify = VerifySeen::Died),
        value(Verify, "verify green", |s, _| s.verify = VerifySeen::Green),
        value(Verify, "verify red", |s, _| s.verify = VerifySeen::Red("r".into())),
        value(Verify, "verify unknown", |s, _| s.verify = VerifySeen::Unknown("u".into())),
        value(Gates, "gates refuse", |s, _| s.gates = Fact::Known(vec!["a key".into()])),
        value(Gates, "gates unknown", |s, _| s.gates = why()),
        value(Checks, "checks green", |s, _| s.checks = Colour::Green),
        value(Checks, "checks red", |s, _| s.checks = Colour::Red),
        value(Checks, "checks red, the machine's", |s, _| red_by(s, false)),
        value(Checks, "checks red, at it again", |s, _| red_by(s, true)),
        value(Checks, "checks none", |s, _| s.checks = Colour::None),
        value(Checks, "checks unknown", |s, _| s.checks = Colour::Unknown),
    ]
}

fn red_by(seen: &mut Seen, running: bool) {
    let step = FailedStep { exit: Some(137), ..FailedStep::default() };
    seen.checks = Colour::Red;
    seen.ci = CiSeen { running, steps: vec![step], pipelines: vec![1], trouble: None };
}

fn remotes() -> Vec<Value> {
    use Group::Remote;
    vec![
        value(Remote, "others were there before", |s, _| s.drops_theirs = true),
        value(Remote, "remote at head", |s, st| s.remote = Fact::Known(st.run().head)),
        value(Remote, "remote gone", |s, _| s.remote = Fact::Known(None)),
        value(Remote, "others on top", |s, _| {
            (s.remote, s.remote_extends) = (Fact::Known(Some(sha("d"))), true);
        }),
        value(Remote, "diverged", |s, _| s.remote = Fact::Known(Some(sha("e")))),
        value(Remote, "remote unknown", |s, _| s.remote = why()),
    ]
}

fn pulls() -> Vec<Value> {
    use Group::Pull as P;
    vec![
        value(P, "pull open", |s, st| hold(s, st, Hold::NoApproval)),
        value(P, "approved", |s, st| {
            open(s, st).landing = Landing::Land { head: sha("a"), approved_by: vec!["rob".into()] };
        }),
        value(P, "conflict", |s, st| hold(s, st, Hold::Conflict(vec!["f".into()]))),
        value(P, "behind", |s, st| hold(s, st, Hold::Behind)),
        value(P, "behind, updated", |s, st| {
            hold(s, st, Hold::Behind);
            s.updated = Some(sha("b"));
        }),
        value(P, "landing: checks pending", |s, st| hold(s, st, Hold::Checks(Colour::Pending))),
        value(P, "landing: checks red", |s, st| hold(s, st, Hold::Checks(Colour::Red))),
        value(P, "landing: merge unknown", |s, st| hold(s, st, Hold::MergeUnknown("w".into()))),
        value(P, "landing: draft", |s, st| hold(s, st, Hold::Draft)),
        value(P, "landing: closed here", |s, st| hold(s, st, Hold::Stopped("w".into()))),
        value(P, "another head", |s, st| open(s, st).head = Some(sha("d"))),
        value(P, "changes requested", |s, st| {
            let pull = open(s, st);
            pull.landing = Landing::Hold(Hold::ChangesRequested("rob".into(), 3));
            pull.changes = Some((3, "rob".into(), "text".into()));
        }),
    ]
}

/// Whether it is a look that failed and without which no deadline acts.
pub fn is_blind(value: &Value) -> bool {
    matches!(value.name, "issue unknown" | "pull unknown" | "forge unknown" | "life unknown")
}
