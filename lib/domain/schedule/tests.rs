//! The plan of a tick, case by case: what is started in which order, and each coded reason why not.

use super::*;
use crate::domain::issue::Label;
use crate::domain::landing::Hold;
use crate::domain::phase::seen::Seen;
use crate::domain::policy::Pipeline;
use crate::domain::run::Run;
use proptest::prelude::*;

fn issue(n: u64, labels: &[&str]) -> Issue {
    let t = Timestamp(1000 + n as i64);
    let label = |name: &&str| Label { name: name.to_string(), by: Some("maria".into()), at: Some(t) };
    Issue {
        number: IssueNo(n),
        title: format!("issue {n}"),
        body: String::new(),
        author: "maria".into(),
        open: true,
        labels: labels.iter().map(label).collect(),
        assignees: vec![],
        depends_on: vec![],
        created: t,
        edited: t,
        updated: t,
    }
}

fn run(n: u64, phase: Phase) -> RunRow {
    let new = Run::new("p", IssueNo(n), "", format!("fix/issue-{n}"), Timestamp(0));
    let run = Run { phase, deadline: Some(u64::MAX), entry: 1, ..new };
    let mut seen = Seen::nothing(Timestamp(0), 0);
    seen.life = crate::domain::life::Life::Working;
    RunRow { run, seen, deliverable: false }
}

fn snapshot(issues: Vec<Issue>) -> Snapshot {
    Snapshot {
        now: Timestamp(100_000),
        minute_of_day: 12 * 60,
        guard: true,
        unseen: vec![],
        paused: None,
        issues: Fact::Known(issues),
        dependencies: BTreeMap::new(),
        claims: BTreeMap::new(),
        pulls: Fact::Known(vec![]),
        runs: vec![],
        machine: MachineSeen { memory_mb: Some(4000), disk_mb: Some(4000), load: Some(1.0) },
        cooling: BTreeMap::new(),
        unverified: vec![],
        mirrors_due: vec![],
    }
}

fn policy() -> Policy {
    let mut p = Policy::plain("p");
    p.trusted = vec!["maria".into()];
    p.sessions = 10;
    p.labels.skip = vec!["vision".into()];
    p
}

fn started(snapshot: &Snapshot, policy: &Policy) -> Vec<u64> {
    let start = |v: Verdict| match v.decision {
        Decision::Do(Action::Start(n)) => Some(n.0),
        _ => None,
    };
    plan(snapshot, policy).into_iter().filter_map(start).collect()
}

fn code(snapshot: &Snapshot, policy: &Policy, n: u64) -> &'static str {
    let about = plan(snapshot, policy).into_iter().find(|v| v.subject == Subject::Issue(IssueNo(n)));
    match about.map(|v| v.decision) {
        Some(Decision::Skip(reason)) => {
            assert!(!reason.words.is_empty());
            reason.code
        }
        Some(Decision::Do(_)) => "do",
        None => "nothing",
    }
}

#[test]
fn orphans_first_then_priority_then_the_oldest() {
    let issues = vec![
        issue(4, &["backlog"]),
        issue(2, &["backlog"]),
        issue(3, &["backlog", "priority"]),
        issue(5, &["in-progress"]),
    ];
    assert_eq!(started(&snapshot(issues), &policy()), [5, 3, 2, 4]);
}

#[test]
fn no_more_are_started_than_sessions_are_free() {
    let mut s = snapshot(vec![issue(1, &["backlog"]), issue(2, &["backlog"]), issue(3, &["backlog"])]);
    s.runs = vec![run(9, Phase::Working), run(8, Phase::Escalated)];
    let mut p = policy();
    p.sessions = 2;
    assert_eq!(started(&s, &p), [1]);
    assert_eq!(code(&s, &p, 2), "capacity");
}

/// A change to a snapshot of one startable issue, and the code it must be skipped with.
type Spoiler = (&'static str, fn(&mut Snapshot, &mut Policy));

#[test]
fn each_reason_not_to_start_has_its_code() {
    fn first(s: &mut Snapshot) -> &mut Issue {
        match &mut s.issues {
            Fact::Known(all) => &mut all[0],
            Fact::Unknown(_) => unreachable!(),
        }
    }
    fn depends(s: &mut Snapshot, open: Fact<bool>) {
        s.dependencies.insert(IssueNo(1), vec![Dependency { on: IssueNo(2), open }]);
    }
    fn cools(s: &mut Snapshot, agent: &str, until: i64) {
        s.cooling.insert(agent.into(), (Timestamp(until), "limit".into()));
    }
    let rows: Vec<Spoiler> = vec![
        ("do", |_, _| {}),
        ("guard_off", |s, _| s.guard = false),
        ("paused", |s, _| s.paused = Some("release".into())),
        ("cooldown", |s, _| cools(s, "command", 200_000)),
        ("do", |s, _| cools(s, "command", 99_999)),
        ("do", |s, _| cools(s, "command", 100_000)),
        ("do", |s, _| cools(s, "codex", 200_000)),
        ("cooldown", |s, _| {
            cools(s, "codex", 200_000);
            first(s).labels.push(Label { name: "agent:codex".into(), by: None, at: None });
        }),
        ("do", |s, _| {
            cools(s, "command", 200_000);
            first(s).labels.push(Label { name: "agent:codex".into(), by: None, at: None });
        }),
        ("do", |_, p| (p.memory_mb, p.disk_mb, p.load) = (4000, 4000, 1.0)),
        ("outside_window", |_, p| p.window = Some("22:00-07:00".parse().unwrap())),
        ("low_memory", |_, p| p.memory_mb = 4001),
        ("low_disk", |_, p| p.disk_mb = 4001),
        ("high_load", |_, p| p.load = 0.5),
        ("do", |s, p| (s.machine.memory_mb, p.memory_mb) = (None, 4001)),
        ("drain", |s, _| s.runs = vec![run(9, Phase::AwaitingReview)]),
        ("do", |s, p| (s.runs, p.pipeline) = (vec![run(9, Phase::AwaitingReview)], Pipeline::Overlap)),
        ("do", |s, _| s.runs = vec![run(9, Phase::Escalated)]),
        ("agent_unknown", |s, _| {
            let label = Label { name: "agent:gemini".into(), ..first(s).labels[0].clone() };
            first(s).labels.push(label);
        }),
        ("do", |s, _| {
            let label = Label { name: "agent:codex".into(), ..first(s).labels[0].clone() };
            first(s).labels.push(label);
        }),
        ("capacity", |_, p| p.sessions = 0),
        ("skip_label", |s, _| first(s).labels.push(Label { name: "vision".into(), by: None, at: None })),
        ("not_queued", |s, _| first(s).labels.clear()),
        ("not_vouched", |s, p| (first(s).author, p.trusted) = ("eve".into(), vec!["ann".into()])),
        ("claimed_elsewhere", |s, _| first(s).assignees = vec!["bob".into()]),
        ("claimed_elsewhere", |s, _| drop(s.claims.insert(IssueNo(1), Claim::Theirs("host2".into())))),
        ("claim_unknown", |s, _| drop(s.claims.insert(IssueNo(1), Claim::Unknown("timeout".into())))),
        ("held_back", |s, _| depends(s, Fact::Known(true))),
        ("do", |s, _| depends(s, Fact::Known(false))),
        ("dependency_unknown", |s, _| depends(s, Fact::Unknown("timeout".into()))),
        ("has_pull", |s, _| s.pulls = Fact::Known(vec![pull_row("patch-1", Some(1))])),
        ("do", |s, _| s.pulls = Fact::Known(vec![pull_row("fix/issue-1", Some(1))])),
        ("do", |s, _| s.pulls = Fact::Known(vec![pull_row("patch-1", Some(2))])),
        ("pulls_unknown", |s, _| s.pulls = Fact::Unknown("timeout".into())),
    ];
    for (want, spoil) in rows {
        let (mut s, mut p) = (snapshot(vec![issue(1, &["backlog"])]), policy());
        spoil(&mut s, &mut p);
        assert_eq!(code(&s, &p, 1), want);
    }
}

fn pull_row(branch: &str, issue: Option<u64>) -> PullRow {
    let pull = Pull {
        number: PullNo(50),
        title: String::new(),
        body: String::new(),
        branch: branch.into(),
        base: "main".into(),
        author: "bob".into(),
        state: crate::domain::pull::PullState::Open,
        draft: false,
        from_fork: false,
        head: None,
        created: Timestamp(0),
        reviews: vec![],
    };
    PullRow { pull, issue: issue.map(IssueNo), landing: Landing::Hold(Hold::NoHead) }
}

#[test]
fn a_claim_without_an_owner_is_left_alone_for_ten_minutes() {
    let mut claimed = issue(1, &["in-progress"]);
    claimed.updated = Timestamp(100_000 - 599);
    assert_eq!(code(&snapshot(vec![claimed.clone()]), &policy(), 1), "claim_grace");
    claimed.updated = Timestamp(100_000 - 600);
    assert_eq!(code(&snapshot(vec![claimed]), &policy(), 1), "do");
}

#[test]
fn a_circle_of_dependencies_is_named() {
    let mut s = snapshot(vec![issue(1, &["backlog"]), issue(2, &["backlog"]), issue(3, &["backlog"])]);
    for (a, b) in [(1, 2), (2, 3), (3, 1)] {
        s.dependencies.insert(IssueNo(a), vec![Dependency { on: IssueNo(b), open: Fact::Known(true) }]);
    }
    assert_eq!(code(&s, &policy(), 2), "dependency_cycle");
    assert_eq!(dependency_cycle(IssueNo(1), &s.dependencies).unwrap().len(), 4);
}

#[test]
fn an_issue_with_a_live_run_is_never_started() {
    for phase in
        [Phase::Claimed, Phase::Working, Phase::Verifying, Phase::Escalated, Phase::Stopped, Phase::Limited]
    {
        let mut s = snapshot(vec![issue(1, &["backlog", "in-progress"])]);
        s.runs = vec![run(1, phase)];
        assert!(started(&s, &policy()).is_empty(), "{phase}");
    }
}

#[test]
fn an_ended_run_is_taken_up_again_when_its_issue_is_queued_again() {
    for phase in [Phase::Done, Phase::Blocked, Phase::Refused, Phase::Abandoned] {
        let mut s = snapshot(vec![issue(1, &["backlog"])]);
        s.runs = vec![run(1, phase)];
        assert_eq!(started(&s, &policy()), [1], "{phase}");
        s.runs[0].run.pending = vec![crate::domain::effect::Effect::CloseIssue];
        assert!(started(&s, &policy()).is_empty(), "{phase} with effects pending");
    }
}

#[test]
fn nothing_is_started_when_the_issues_could_not_be_read() {
    let mut s = snapshot(vec![]);
    s.issues = Fact::Unknown("timeout".into());
    assert!(started(&s, &policy()).is_empty());
    assert!(matches!(&plan(&s, &policy())[0].decision, Decision::Skip(r) if r.code == "issues_unknown"));
}

#[test]
fn pending_effects_are_finished_before_anything_else() {
    let mut s = snapshot(vec![]);
    s.runs = vec![run(1, Phase::Working)];
    s.runs[0].run.pending = vec![crate::domain::effect::Effect::CloseIssue];
    assert_eq!(code(&s, &policy(), 1), "do");
    s.runs[0].run.pending.clear();
    assert_eq!(code(&s, &policy(), 1), "forge_unknown");
}

fn sha(c: char) -> Sha {
    c.to_string().repeat(40).parse().unwrap()
}

/// A pull that lands at `a` on Rob's word, with these reviews: verdict, head, author, time, dismissed.
fn landing(number: u64, reviews: &[(crate::domain::pull::Verdict, char, &str, i64, bool)]) -> PullRow {
    let mut row = pull_row(&format!("b{number}"), None);
    row.pull.number = PullNo(number);
    row.landing = Landing::Land { head: sha('a'), approved_by: vec!["rob".into()] };
    let review = |(verdict, head, author, at, dismissed): &(_, char, &str, i64, bool)| Review {
        id: 1,
        author: author.to_string(),
        verdict: *verdict,
        sha: sha(*head),
        at: Timestamp(*at),
        dismissed: *dismissed,
        body: String::new(),
    };
    row.pull.reviews = reviews.iter().map(review).collect();
    row
}

#[test]
fn what_may_land_lands_in_the_order_of_the_approvals_that_count() {
    use crate::domain::pull::Verdict::{Approve, Comment};
    let rows = vec![
        landing(1, &[(Approve, 'a', "rob", 50, false)]),
        // None of the earlier ones counts: another verdict, another head, another person, taken back.
        landing(
            2,
            &[
                (Comment, 'a', "rob", 1, false),
                (Approve, 'b', "rob", 2, false),
                (Approve, 'a', "eve", 3, false),
                (Approve, 'a', "rob", 4, true),
                (Approve, 'a', "rob", 60, false),
            ],
        ),
        landing(3, &[(Approve, 'a', "rob", 70, false), (Approve, 'a', "rob", 40, false)]),
        pull_row("held", None),
    ];
    let mut s = snapshot(vec![]);
    s.pulls = Fact::Known(rows);
    let verdicts = plan(&s, &policy());
    let order: Vec<Subject> = verdicts.iter().map(|v| v.subject).collect();
    assert_eq!(order, [50, 3, 1, 2].map(|n| Subject::Pull(PullNo(n))));
    assert!(matches!(&verdicts[0].decision, Decision::Skip(r) if r.code == "no_head"));
    assert_eq!(verdicts[1].decision, Decision::Do(Action::Land { pull: PullNo(3), sha: sha('a') }));
}

#[test]
fn mirrors_are_pushed_to_where_one_is_behind() {
    let mut s = snapshot(vec![]);
    let mirrors =
        |s: &Snapshot| plan(s, &policy()).iter().any(|v| v.decision == Decision::Do(Action::Mirror));
    assert!(!mirrors(&s));
    s.mirrors_due = vec!["github".into()];
    assert!(mirrors(&s));
}

#[test]
fn a_run_that_waits_says_for_what() {
    let about = |row: RunRow| match of_run(&row, &policy()).decision {
        Decision::Skip(reason) => (reason.code, reason.words),
        other => panic!("{other:?}"),
    };
    let sure = |mut row: RunRow| {
        let is = crate::domain::phase::seen::IssueSeen { open: true, in_progress: true, needs_human: true };
        row.run.head = Some(sha('a'));
        (row.seen.issue, row.seen.pull, row.seen.remote) =
            (Fact::Known(is), Fact::Known(None), Fact::Known(Some(sha('a'))));
        row
    };
    assert_eq!(about(sure(run(1, Phase::Done))).0, "done");
    assert_eq!(about(sure(run(1, Phase::Abandoned))).0, "ended");
    assert_eq!(about(sure(run(1, Phase::Working))).0, "waiting");
    assert_eq!(about(run(1, Phase::Working)).0, "forge_unknown");
    for (phase, told) in [(Phase::Abandoned, true), (Phase::Escalated, true), (Phase::Working, false)] {
        let mut row = sure(run(1, phase));
        row.run.reason = Some("which port?".into());
        assert_eq!(about(row).1.contains("(which port?)"), told, "{phase}");
    }
    for (phase, told) in [(Phase::AwaitingReview, true), (Phase::AwaitingCi, false)] {
        let mut row = sure(run(1, phase));
        row.seen.pull = Fact::Known(Some(crate::domain::phase::seen::PullSeen {
            number: PullNo(7),
            open: true,
            merged: false,
            head: row.run.head.clone(),
            head_extends_ours: false,
            landing: Landing::Hold(Hold::MergeUnknown("computing".into())),
            changes: None,
        }));
        assert_eq!(about(row).1.contains("pull #7: merge_unknown"), told, "{phase}");
    }
}

proptest! {
    /// However the world looks: never more sessions than allowed, no issue twice, none with a live run.
    #[test]
    fn a_plan_never_oversteps(
        labels in proptest::collection::vec(proptest::collection::vec(0..4usize, 0..3), 0..8),
        runs in proptest::collection::vec((1..10u64, 0..14usize), 0..5),
        sessions in 0..4u32, guard: bool, drain: bool,
    ) {
        let names = ["backlog", "priority", "in-progress", "vision"];
        let issues = labels.iter().enumerate().map(|(n, of)| issue(n as u64 + 1, &of.iter().map(|l| names[*l]).collect::<Vec<_>>())).collect();
        let mut s = snapshot(issues);
        s.guard = guard;
        s.runs = runs.iter().map(|(n, phase)| run(*n, crate::domain::phase::SPECS[*phase].phase)).collect();
        s.runs.dedup_by_key(|r| r.run.issue);
        let mut p = policy();
        p.sessions = sessions;
        p.pipeline = if drain { Pipeline::Drain } else { Pipeline::Overlap };
        let mut starts = started(&s, &p);
        let at_work = s.runs.iter().filter(|r| r.run.phase.takes_place()).count();
        prop_assert!(starts.is_empty() || starts.len() + at_work <= sessions as usize);
        prop_assert!(guard || starts.is_empty());
        for n in &starts {
            prop_assert!(!s.runs.iter().any(|r| r.run.issue.0 == *n && !r.run.phase.is_terminal()));
        }
        let all = starts.len();
        starts.sort_unstable();
        starts.dedup();
        prop_assert_eq!(all, starts.len());
    }
}
