//! The same sequences of calls, drawn at random, on the local forge and on the fake: what can be seen afterwards has to
//! be the same. What is known to differ stands in docs/forges.md.

use crate::backends::{Backend, Scene};
use crate::same;
use drover::domain::ids::{IssueNo, PullNo, Sha};
use drover::domain::pull::{PullState, Verdict};
use drover::world::{Forge, NewIssue, NewPull, NewReview};
use std::collections::BTreeMap;

/// Sequences, and calls of each.
const SEQUENCES: u64 = 60;
const CALLS: usize = 40;

const LABELS: &[&str] = &["backlog", "in-progress", "blocked", "odd: ü/,"];

/// A row of numbers that looks like chance (xorshift), the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    fn some(&mut self) -> Vec<String> {
        LABELS.iter().filter(|_| self.coin()).map(|l| l.to_string()).collect()
    }
}

/// One call, as words that tell it again, and what it came to.
fn call(s: &Scene, dice: &mut Dice, numbers: &mut Vec<u64>) -> String {
    let at = dice.below(numbers.len() + 1).min(numbers.len().saturating_sub(1));
    let n = numbers.get(at).copied().unwrap_or(4711);
    let forge: &dyn Forge = if dice.coin() { s.author.as_ref() } else { s.reviewer.as_ref() };
    let told = |what: String, result: Result<(), anyhow::Error>| format!("{what}: {}", result.is_ok());
    match dice.below(9) {
        0 | 1 => {
            let labels = dice.some();
            let new = NewIssue { title: format!("issue {}", dice.below(99)), body: "text".into(), labels };
            let made = forge.new_issue(&new).unwrap().0;
            numbers.push(made);
            format!("issue {made} {new:?}")
        }
        2 => {
            let branch = format!("b{}", dice.below(4));
            s.stage.put(&branch, &format!("{branch}.txt"), &format!("{}\n", dice.below(9999)));
            let new = NewPull { branch, base: "main".into(), title: "t".into(), body: String::new() };
            let made = s.author.open_pull(&new).unwrap().0;
            if !numbers.contains(&made) {
                numbers.push(made);
            }
            format!("pull {made} {new:?}")
        }
        3 => {
            let (add, mut remove) = (dice.some(), dice.some());
            remove.retain(|l| !add.contains(l));
            let is_issue = forge.issue(IssueNo(n)).unwrap().is_some();
            if !is_issue {
                return "labels of a pull are not asked for".into();
            }
            told(format!("labels {n} {add:?} {remove:?}"), forge.set_labels(IssueNo(n), &add, &remove))
        }
        4 => told(format!("comment {n}"), forge.comment(n, "said")),
        5 => {
            let on = dice.coin();
            if forge.issue(IssueNo(n)).unwrap().is_none() {
                return "nobody is put on a pull".into();
            }
            told(format!("assign {n} {on}"), forge.assign(IssueNo(n), on))
        }
        6 => {
            let open = dice.coin();
            match forge.issue(IssueNo(n)).unwrap() {
                Some(_) => told(format!("open {n} {open}"), forge.set_issue_open(IssueNo(n), open)),
                None => told(format!("pull open {n} {open}"), forge.set_pull_open(PullNo(n), open)),
            }
        }
        _ => {
            let verdict = [Verdict::Approve, Verdict::Reject, Verdict::Comment][dice.below(3)];
            let open = s.reviewer.pull(PullNo(n)).unwrap().filter(|p| p.is_open());
            let Some(pull) = open else { return "only what is open is reviewed".into() };
            let sha: Sha = s.stage.head(&pull.branch);
            let review = NewReview { verdict, sha, body: format!("words {}", dice.below(3)) };
            told(format!("review {n} {verdict:?}"), s.reviewer.review(PullNo(n), &review))
        }
    }
}

/// All that can be seen.
fn picture(s: &Scene, numbers: &[u64]) -> Vec<String> {
    let mut lines = Vec::new();
    for n in numbers {
        if let Some(issue) = s.author.issue(IssueNo(*n)).unwrap() {
            let mut labels: Vec<&str> = issue.labels.iter().map(|l| l.name.as_str()).collect();
            let mut assignees = issue.assignees.clone();
            labels.sort_unstable();
            assignees.sort();
            let (title, body, by, open) = (&issue.title, &issue.body, &issue.author, issue.open);
            lines.push(format!("{n}: {title:?} {body:?} by {by}, open {open}, {labels:?}, {assignees:?}"));
        }
        if let Some(pull) = s.author.pull(PullNo(*n)).unwrap() {
            let state = match pull.state {
                PullState::Open => "open",
                PullState::Merged { .. } => "merged",
                PullState::Closed { .. } => "closed",
            };
            // A server takes the weight from a person's older verdicts, and from an approval of older content: the
            // last verdict is what counts on both, an approval for the head alone.
            let head = s.stage.head(&pull.branch);
            let verdicts = pull.reviews.iter().filter(|r| r.verdict != Verdict::Comment);
            let mut last: BTreeMap<&str, (Verdict, bool)> = BTreeMap::new();
            for review in verdicts {
                let counts = !review.dismissed && (review.verdict == Verdict::Reject || review.sha == head);
                last.insert(&review.author, (review.verdict, counts));
            }
            last.retain(|_, (_, counts)| *counts);
            lines.push(format!("{n}: {} into {}, {state}, {last:?}", pull.branch, pull.base));
        }
        let said: Vec<String> =
            s.author.comments(*n).unwrap().iter().map(|c| format!("{}: {}", c.author, c.body)).collect();
        lines.push(format!("{n} says {said:?}"));
    }
    let listed = |labels: &[&str]| -> Vec<u64> {
        let mut all: Vec<u64> = s.author.issues(labels).unwrap().iter().map(|i| i.number.0).collect();
        all.sort_unstable();
        all
    };
    lines.push(format!("backlog {:?}, odd {:?}", listed(&["backlog"]), listed(&["odd: ü/,", "blocked"])));
    let mut pulls: Vec<u64> = s.author.pulls().unwrap().iter().map(|p| p.number.0).collect();
    pulls.sort_unstable();
    lines.push(format!("open pulls {pulls:?}"));
    lines.push(format!("of b1: {:?}", s.author.pull_of("b1").unwrap().map(|p| (p.number, p.is_open()))));
    let all: Vec<u64> = s.author.all_issues(5).unwrap().iter().map(|i| i.number.0).collect();
    lines.push(format!("newest {all:?}"));
    lines
}

pub fn both_forges_show_the_same() {
    for seed in 1..=SEQUENCES {
        let (local, fake) = (Backend::Local.scene(), Backend::Fake.scene());
        let mut dice = (Dice(seed * 0x9e37_79b9), Dice(seed * 0x9e37_79b9));
        let mut numbers = (vec![], vec![]);
        let mut story = Vec::new();
        for _ in 0..CALLS {
            let (here, there) =
                (call(&local, &mut dice.0, &mut numbers.0), call(&fake, &mut dice.1, &mut numbers.1));
            story.push(here.clone());
            assert_eq!(here, there, "seed {seed}:\n{}", story.join("\n"));
            if dice.0.below(4) == 0 {
                fake.stage.later();
            }
            dice.1.below(4);
        }
        same!(picture(&local, &numbers.0), picture(&fake, &numbers.1), "seed {seed}:\n{}", story.join("\n"));
    }
}
