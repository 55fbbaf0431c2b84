//! The landing decision, row by row: each rule of the design is broken on its own and must hold the pull back.

use super::*;
use crate::domain::evidence::{CheckItem, Required};
use crate::domain::ids::PullNo;
use crate::domain::time::Timestamp;
use proptest::prelude::*;

fn sha(c: char) -> Sha {
    c.to_string().repeat(40).parse().unwrap()
}

fn review(author: &str, verdict: Verdict, head: char) -> Review {
    Review {
        id: 1,
        author: author.into(),
        verdict,
        sha: sha(head),
        at: Timestamp(0),
        dismissed: false,
        body: String::new(),
    }
}

fn green(head: char) -> Evidence {
    let item = CheckItem {
        context: "verify".into(),
        colour: Colour::Green,
        at: Timestamp(0),
        detail: String::new(),
    };
    Evidence::reduce(sha(head), Timestamp(9), vec![item], &Required::AllSeen { settle: 0 })
}

fn pull() -> Pull {
    Pull {
        number: PullNo(1),
        title: "fix: x (#1)".into(),
        body: String::new(),
        branch: "fix/issue-1".into(),
        base: "main".into(),
        author: "drover".into(),
        state: PullState::Open,
        draft: false,
        from_fork: false,
        head: Some(sha('a')),
        created: Timestamp(0),
        reviews: vec![review("rob", Verdict::Approve, 'a')],
    }
}

fn facts() -> LandingFacts {
    LandingFacts {
        issue: Some(IssueNo(1)),
        ours: true,
        checks: Some(green('a')),
        mergeable: Mergeable::Clean,
        behind: true,
        closed: None,
    }
}

fn policy() -> Policy {
    let mut p = Policy::plain("p");
    p.reviewers = vec!["rob".into(), "ann".into()];
    p.chores = vec![regex::Regex::new("^chore/x$").unwrap()];
    p
}

fn code(pull: &Pull, facts: &LandingFacts, policy: &Policy) -> &'static str {
    match decide(pull, facts, policy) {
        Landing::Land { .. } => "land",
        Landing::Hold(hold) => {
            assert!(!hold.words(policy).is_empty());
            hold.code()
        }
    }
}

#[test]
fn a_green_approved_pull_lands_at_its_head_even_behind_the_base() {
    let want = Landing::Land { head: sha('a'), approved_by: vec!["rob".into()] };
    assert_eq!(decide(&pull(), &facts(), &policy()), want);
}

/// One way to spoil a pull, its facts or the policy, and the code it must be held back with.
type Spoiler = (&'static str, fn(&mut Pull, &mut LandingFacts, &mut Policy));

#[test]
fn each_broken_rule_holds_it_back_on_its_own() {
    let rows: Vec<Spoiler> = vec![
        ("not_open", |p, _, _| p.state = PullState::Closed { by: None }),
        ("not_open", |p, _, _| p.state = PullState::Merged { sha: None }),
        ("other_base", |p, _, _| p.base = "dev".into()),
        ("draft", |p, _, _| p.draft = true),
        ("from_fork", |p, _, _| p.from_fork = true),
        ("out_of_scope", |_, f, _| f.ours = false),
        ("out_of_scope", |_, f, p| (f.ours, f.issue, p.scope) = (false, None, Scope::Linked)),
        ("no_head", |p, _, _| p.head = None),
        ("no_approval", |p, _, _| p.reviews.clear()),
        ("no_approval", |p, _, _| p.reviews[0].sha = sha('b')),
        ("no_approval", |p, _, _| p.reviews[0].dismissed = true),
        ("no_approval", |p, _, _| p.reviews[0].author = "eve".into()),
        ("no_approval", |p, _, _| p.reviews[0].verdict = Verdict::Comment),
        ("no_approval", |p, _, pol| {
            (p.reviews[0].author, pol.reviewers) = ("drover".into(), vec!["drover".into()])
        }),
        ("no_approval", |p, _, _| p.author = "rob".into()),
        ("changes_requested", |p, _, _| p.reviews.push(review("rob", Verdict::Reject, 'a'))),
        ("changes_requested", |p, _, _| p.reviews.push(review("ann", Verdict::Reject, 'a'))),
        ("changes_requested", |p, _, _| p.reviews.insert(0, review("ann", Verdict::Reject, 'b'))),
        ("checks_unknown", |_, f, _| f.checks = None),
        ("checks_unknown", |_, f, _| f.checks = Some(green('b'))),
        ("checks_red", |_, f, _| f.checks.as_mut().unwrap().colour = Colour::Red),
        ("checks_pending", |_, f, _| f.checks.as_mut().unwrap().colour = Colour::Pending),
        ("checks_none", |_, f, _| f.checks.as_mut().unwrap().colour = Colour::None),
        ("checks_unknown", |_, f, _| f.checks.as_mut().unwrap().colour = Colour::Unknown),
        ("checks_red", |_, f, p| (f.checks.as_mut().unwrap().colour, p.without_checks) = (Colour::Red, true)),
        ("checks_unknown", |_, f, p| {
            (f.checks.as_mut().unwrap().colour, p.without_checks) = (Colour::Unknown, true)
        }),
        ("conflict", |_, f, _| f.mergeable = Mergeable::Conflict(vec!["a.rs".into()])),
        ("merge_unknown", |_, f, _| f.mergeable = Mergeable::Unknown("no base".into())),
        ("behind", |_, _, p| p.up_to_date = true),
        ("landing_closed", |_, f, _| f.closed = Some("tree differs".into())),
    ];
    for (want, spoil) in rows {
        let (mut p, mut f, mut pol) = (pull(), facts(), policy());
        spoil(&mut p, &mut f, &mut pol);
        assert_eq!(code(&p, &f, &pol), want);
    }
}

#[test]
fn what_was_mended_lands_again() {
    let rows: Vec<Spoiler> = vec![
        ("a chore needs no run", |p, f, _| (p.branch, f.ours, f.issue) = ("chore/x".into(), false, None)),
        ("linked admits one that names an issue", |_, f, p| (f.ours, p.scope) = (false, Scope::Linked)),
        ("all admits any", |_, f, p| (f.ours, f.issue, p.scope) = (false, None, Scope::All)),
        ("an approval after one's own request for changes", |p, _, _| {
            p.reviews.insert(0, review("rob", Verdict::Reject, 'b'))
        }),
        ("a stranger's request for changes does not count", |p, _, _| {
            p.reviews.push(review("eve", Verdict::Reject, 'a'))
        }),
        ("a comment after the approval takes nothing back", |p, _, _| {
            p.reviews.push(review("rob", Verdict::Comment, 'a'))
        }),
        ("no checks, said to be fine", |_, f, p| {
            (f.checks.as_mut().unwrap().colour, p.without_checks) = (Colour::None, true)
        }),
        ("up to date where that is asked", |_, f, p| (f.behind, p.up_to_date) = (false, true)),
    ];
    for (what, change) in rows {
        let (mut p, mut f, mut pol) = (pull(), facts(), policy());
        change(&mut p, &mut f, &mut pol);
        assert_eq!(code(&p, &f, &pol), "land", "{what}");
    }
}

proptest! {
    /// Whatever else holds: what lands is green for its own head and approved for it by one who may.
    #[test]
    fn nothing_lands_without_green_checks_and_an_approval_of_the_very_head(
        colour in 0..5usize, check_head in "[ab]", review_head in "[ab]", author in "rob|ann|eve|drover",
        verdict in 0..3usize, dismissed: bool, ours: bool, draft: bool, scope in 0..3usize, without: bool,
    ) {
        let colours = [Colour::Green, Colour::Red, Colour::Pending, Colour::None, Colour::Unknown];
        let (mut p, mut f, mut pol) = (pull(), facts(), policy());
        let mut e = green(check_head.chars().next().unwrap());
        e.colour = colours[colour];
        f.checks = Some(e);
        (f.ours, p.draft, pol.without_checks) = (ours, draft, without);
        pol.scope = [Scope::Ours, Scope::Linked, Scope::All][scope];
        let verdict = [Verdict::Approve, Verdict::Reject, Verdict::Comment][verdict];
        p.reviews = vec![Review { dismissed, ..review(&author, verdict, review_head.chars().next().unwrap()) }];
        if let Landing::Land { head, approved_by } = decide(&p, &f, &pol) {
            prop_assert_eq!(&head, &sha('a'));
            prop_assert_eq!(check_head.as_str(), "a");
            prop_assert!(colours[colour] == Colour::Green || (colours[colour] == Colour::None && without));
            prop_assert!(review_head == "a" && verdict == Verdict::Approve && !dismissed && !draft);
            prop_assert!(approved_by.iter().all(|a| a == "rob" || a == "ann"));
        }
    }
}

#[test]
fn a_hold_names_what_it_waits_for() {
    let policy = policy();
    for (hold, part) in [
        (Hold::OtherBase("dev".into()), "it goes into dev, not into main"),
        (Hold::NoApproval, "no approval of this head by rob or ann"),
        (Hold::ChangesRequested("rob".into(), 7), "rob requested changes"),
        (Hold::Conflict(vec!["a.rs".into(), "b.rs".into()]), "it conflicts with main in a.rs, b.rs"),
        (Hold::Behind, "the newest main"),
        (Hold::MergeUnknown("computing".into()), "computing"),
        (Hold::Stopped("look".into()), "look"),
    ] {
        assert!(hold.words(&policy).contains(part), "{}", hold.words(&policy));
    }
    let nobody = Policy { reviewers: vec![], ..policy };
    assert!(Hold::NoApproval.words(&nobody).ends_with("by anyone allowed"));
}

#[test]
fn checks_of_another_commit_are_not_known_checks() {
    let red = Evidence { colour: Colour::Red, ..green('b') };
    assert_eq!(
        code(&pull(), &LandingFacts { checks: Some(red.clone()), ..facts() }, &policy()),
        "checks_unknown"
    );
    let own = Evidence { sha: sha('a'), ..red };
    assert_eq!(code(&pull(), &LandingFacts { checks: Some(own), ..facts() }, &policy()), "checks_red");
    assert_eq!(code(&pull(), &LandingFacts { checks: None, ..facts() }, &policy()), "checks_unknown");
}
