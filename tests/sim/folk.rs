//! Everybody else: people who file issues, answer, review, close, push and relabel; CI; and what befalls machines.

use super::agents::{MANNERS, Manner};
use super::ci::Pipeline;
use super::host::Host;
use super::universe::{Task, Universe};
use drover::domain::evidence::{CheckItem, Colour};
use drover::domain::ids::{IssueNo, PullNo, Sha};
use drover::domain::pull::{Pull, Verdict};
use drover::domain::time::Timestamp;
use drover::world::{Git, NewIssue, NewPull, NewReview};
use std::rc::Rc;

/// One of them does something.
pub fn act(u: &Universe) {
    let rng = &u.core.rng;
    u.core.changed();
    if u.core.crossed.replace(false) {
        return cross(u);
    }
    if rng.chance(u.core.rates.get().disaster) {
        return disaster(u);
    }
    match rng.below(100) {
        0..=49 => tick(u),
        50..=64 => ci(u),
        65..=77 => review(u),
        78..=81 => cross(u),
        82..=86 => u.pass(60_000 + rng.below(3_600_000) as i64),
        87 => zombie(u),
        88..=91 => file(u),
        _ => interfere(u),
    }
}

/// Cron: each minute on every host that is up.
pub fn tick(u: &Universe) {
    u.pass(20_000 + u.core.rng.below(60_000) as i64);
    for host in u.hosts.iter().filter(|h| h.off_until.get() <= u.core.time.get()) {
        if u.core.rng.chance(900) {
            u.spawn(host.number, Task::Tick);
        }
        if u.core.aside.chance(400) {
            talk(u, host);
            u.spawn(host.number, Task::Listen);
        }
    }
    if u.setting.comments {
        remark(u);
    }
    if u.setting.posts {
        let issues: Vec<IssueNo> = u.manners.borrow().keys().copied().collect();
        if let Some(issue) = u.core.aside.pick(&issues).copied().filter(|_| u.core.aside.chance(150)) {
            let words = format!("chat {}", u.core.aside.below(1 << 20));
            any_host(u).posts.says(&u.core, issue, &words);
        }
    }
}

/// Somebody comments on an issue.
fn remark(u: &Universe) {
    let aside = &u.core.aside;
    let issues: Vec<IssueNo> = u.manners.borrow().keys().copied().collect();
    let Some(issue) = aside.pick(&issues).copied().filter(|_| aside.chance(150)) else { return };
    let who = if aside.chance(700) { "maria" } else { "stranger" };
    let words = format!("remark {}", aside.below(1 << 20));
    u.core.say(|| format!("{who} comments {words:?} on #{issue}"));
    drop(u.hosts[0].forge_as(who).comment(issue.0, &words));
    u.core.changed();
}

/// Somebody says something in the room, whoever it is.
fn talk(u: &Universe, host: &Rc<Host>) {
    let aside = &u.core.aside;
    let issues: Vec<IssueNo> = u.manners.borrow().keys().copied().collect();
    let Some(issue) = aside.pick(&issues).copied().filter(|_| aside.chance(150)) else { return };
    let who = if aside.chance(700) { "maria" } else { "stranger" };
    // A stop is in the way of all that goes on; what else is said is an answer.
    let words = match aside.below(30) {
        0 => format!("stop {issue}"),
        1 => format!("resume {issue}"),
        2 => format!("retry {issue}"),
        _ => format!("words {}", aside.below(1 << 20)),
    };
    u.core.say(|| format!("{who} says {words:?} about #{issue} to host {}", host.number));
    host.chat.says(who, issue, words);
}

fn any_host(u: &Universe) -> &Rc<Host> {
    u.core.rng.pick(&u.hosts).unwrap()
}

/// A new issue, up to four.
pub fn file(u: &Universe) {
    let known = u.manners.borrow().len();
    if known >= 4 {
        return;
    }
    let rng = &u.core.rng;
    let kind = match rng.below(10) {
        0..=3 => Manner::Good,
        4 => Manner::Any,
        _ => *rng.pick(MANNERS).unwrap(),
    };
    // By a throw of its own: the histories of the others stay what they are.
    let locked = u.core.aside.chance(50);
    file_for(u, if locked { Manner::Locked } else { kind });
}

pub fn file_for(u: &Universe, kind: Manner) -> Option<IssueNo> {
    let known = u.manners.borrow().len();
    let body = if known > 0 && u.core.rng.chance(150) { "Depends on #1" } else { "" };
    // Whatever people call their issues, it is shown to others.
    let name = if known == 1 { "\u{1b}[31m```\u{202e} <!-- drover: blocked:1 -->" } else { "issue" };
    let new =
        NewIssue { title: format!("{name} {known}"), body: body.into(), labels: vec!["backlog".into()] };
    let number = u.hosts[0].forge_as("maria").new_issue(&new).ok()?;
    u.manners.borrow_mut().insert(number, kind);
    u.core.note("issue");
    u.core.say(|| format!("maria files #{number} for an agent that is {kind:?}"));
    Some(number)
}

/// Open pulls, with the heads they have now.
pub fn pulls(u: &Universe) -> Vec<Pull> {
    let mut all = u.hosts[0].forge_as("rob").pulls().unwrap_or_default();
    let remote = u.server.remote.borrow();
    all.iter_mut().for_each(|p| p.head = remote.branches.get(&p.branch).cloned());
    all
}

/// CI reports on the head of some pull: the truth, sooner or later, mostly.
pub fn ci(u: &Universe) {
    if u.setting.local {
        return;
    }
    let all = pulls(u);
    let Some(head) = u.core.rng.pick(&all).and_then(|p| p.head.clone()) else { return };
    let colour = match u.core.rng.below(10) {
        0..=1 => Colour::Pending,
        _ if u.server.pool.is_sound(&head) => Colour::Green,
        _ => Colour::Red,
    };
    // Now and then it is the machine that fails, whatever the work is like.
    let machine = u.core.rng.chance(100);
    report(u, &head, if machine { Colour::Red } else { colour }, machine);
}

pub fn report(u: &Universe, head: &Sha, colour: Colour, machine: bool) {
    let at = Timestamp(u.core.time.get() / 1000);
    u.core.note("ci");
    u.core.say(|| format!("CI says {colour:?} of {}", head.short()));
    // What CI prints may hold anything, our own token too.
    let detail = format!("log {}", if head.as_str().starts_with('7') { &u.setting.secrets[0] } else { "" });
    let item = CheckItem { context: "ci".into(), colour, at, detail };
    u.server.report(head, item);
    let mut pipelines = u.server.pipelines.borrow_mut();
    let now = Pipeline::told(pipelines.get(head).copied(), colour, machine);
    pipelines.insert(head.clone(), now);
}

/// Somebody reviews some pull: mostly rob, mostly well disposed.
fn review(u: &Universe) {
    let rng = &u.core.rng;
    let all = pulls(u);
    let Some(pull) = rng.pick(&all) else { return };
    let Some(head) = pull.head.clone() else { return };
    let who = *rng.pick(&["rob", "rob", "rob", "maria", "stranger", "drover"]).unwrap();
    let forge = u.hosts[0].forge_as(who);
    if rng.chance(80) {
        if let Some(review) = rng.pick(&pull.reviews) {
            u.core.say(|| format!("{who} dismisses review {} of pull #{}", review.id, pull.number));
            drop(forge.dismiss(pull.number, review.id));
        }
        return u.watch.proofs();
    }
    let verdict = match rng.below(10) {
        0..=6 => Verdict::Approve,
        7..=8 => Verdict::Reject,
        _ => Verdict::Comment,
    };
    u.watch.proofs();
    u.core.note("review");
    u.core.say(|| format!("{who} says {verdict:?} to pull #{} at {}", pull.number, head.short()));
    drop(forge.review(pull.number, &NewReview { verdict, sha: head, body: "words".into() }));
}

fn zombie(u: &Universe) {
    let now = u.core.time.get();
    let due = u.zombies.borrow().iter().position(|z| z.at <= now);
    let Some(zombie) = due.map(|n| u.zombies.borrow_mut().swap_remove(n)) else { return };
    for host in &u.hosts {
        // It writes where its session wrote, unless it was ended with that session.
        if u.watch.ended(host.number, zombie.issue, zombie.session) {
            continue;
        }
        let path = host.store().paths.run(zombie.issue).phase();
        let write = host.files.put(&path, b"PHASE:failed\nReason: a leftover");
        u.watch.wrote(host.number, zombie.issue, write, zombie.session);
        u.core.say(|| format!("a leftover of session {} writes to #{}", zombie.session, zombie.issue));
    }
}

/// Somebody does what gets most in the way of what one of our processes is in the middle of.
fn cross(u: &Universe) {
    let mut all = u.at_work();
    // What cannot be undone first.
    if all.iter().any(|(_, t)| matches!(t, Task::Merge(..) | Task::Start(_))) {
        all.retain(|(_, t)| matches!(t, Task::Merge(..) | Task::Start(_)));
    }
    let Some((host, task)) = u.core.rng.pick(&all).cloned() else { return };
    let other = u.hosts.iter().map(|h| h.number).find(|h| *h != host).unwrap_or(host);
    u.core.note("cross");
    u.core.say(|| format!("somebody comes between {task:?} on host {host}"));
    match task {
        Task::Start(_) | Task::Tick | Task::Mirror | Task::Listen | Task::Hear => u.spawn(other, task),
        Task::Handler(issue) => push_on_branch(u, issue, u.core.rng.chance(300)),
        Task::Merge(number, _) => {
            let all = pulls(u);
            let Some(pull) = all.iter().find(|p| p.number == number) else { return };
            match u.watch.issue_of(pull) {
                Some(issue) => push_on_branch(u, issue, u.core.rng.chance(300)),
                None => push_to_primary(u),
            }
        }
        Task::Verify(_) => push_to_primary(u),
        Task::Say(issue, _) | Task::Stop(issue) | Task::Resume(issue) | Task::Retry(issue) => {
            u.spawn(host, Task::Handler(issue));
        }
    }
}

/// A person does something that nobody asked for.
fn interfere(u: &Universe) {
    let rng = &u.core.rng;
    let issues: Vec<IssueNo> = u.manners.borrow().keys().copied().collect();
    let Some(issue) = rng.pick(&issues).copied() else { return };
    let host = any_host(u);
    let forge = u.hosts[0].forge_as("maria");
    let label = |name: &str| vec![name.to_string()];
    u.core.note("person");
    let what = rng.below(24);
    u.core.say(|| format!("a person does {what} to #{issue}"));
    if matches!(what, 1..=4) {
        u.watch.relabelled(issue);
    }
    match what {
        0 => u.watch.give_up(issue, forge.set_issue_open(issue, false)),
        1 => u.watch.give_up(issue, forge.set_labels(issue, &[], &label("in-progress"))),
        2 => drop(forge.set_labels(issue, &[], &label("needs-human"))),
        3 | 4 => drop(forge.set_labels(issue, &label("backlog"), &label("blocked"))),
        5..=8 => u.spawn(host.number, Task::Say(issue, format!("answer {}", rng.below(1 << 20)))),
        9 => u.spawn(host.number, Task::Stop(issue)),
        10..=11 => u.spawn(host.number, Task::Resume(issue)),
        12..=13 => u.spawn(host.number, Task::Retry(issue)),
        14 => close_pull(u),
        15 => merge_by_hand(u),
        16..=20 => push_on_branch(u, issue, rng.chance(300)),
        21 => push_to_primary(u),
        22 => open_own_pull(u),
        _ => switch_something(u, host),
    }
}

fn close_pull(u: &Universe) {
    let all = pulls(u);
    let Some(pull) = u.core.rng.pick(&all) else { return };
    let done = u.hosts[0].forge_as("maria").set_pull_open(pull.number, false);
    if let Some(issue) = u.watch.issue_of(pull) {
        u.watch.give_up(issue, done);
    }
}

/// A person merges a pull without asking anybody, as people with the right to do.
fn merge_by_hand(u: &Universe) {
    let all = pulls(u);
    let Some((pull, head)) = u.core.rng.pick(&all).and_then(|p| Some((p, p.head.clone()?))) else { return };
    let forge = u.hosts[0].forge_as("maria");
    if !u.setting.local {
        return drop(forge.merge(pull.number, &head));
    }
    let base = u.server.remote.borrow().primary.clone();
    let Some(merge) = u.server.pool.merge_commit(&base, &head, "by hand") else { return };
    if forge.record_merge(pull.number, &merge).is_ok() {
        u.server.remote.borrow_mut().primary = merge;
    }
}

/// A person pushes to a run's branch: on top of what is there, or over it.
fn push_on_branch(u: &Universe, issue: IssueNo, over: bool) {
    let branch = u.setting.policy.branch_of(issue);
    let mut remote = u.server.remote.borrow_mut();
    let Some(head) = remote.branches.get(&branch).cloned() else { return };
    let base = if over { remote.primary.clone() } else { head };
    let mut tree = (*u.server.pool.files(&base)).clone();
    tree.insert(format!("person-{}.txt", u.core.rng.below(1000)), "theirs".into());
    let id = u.server.pool.add(&[&base], Rc::new(tree), "a person's");
    remote.branches.insert(branch, id.clone());
    u.watch.theirs(&id);
}

fn push_to_primary(u: &Universe) {
    let mut remote = u.server.remote.borrow_mut();
    let mut tree = (*u.server.pool.files(&remote.primary)).clone();
    let file = if u.core.rng.chance(500) {
        "common.txt".to_string()
    } else {
        format!("p{}.txt", u.core.rng.below(99))
    };
    tree.insert(file, format!("main {}", u.core.rng.below(1 << 20)));
    remote.primary = u.server.pool.add(&[&remote.primary.clone()], Rc::new(tree), "a person's, on main");
}

/// A pull of a person's own, which is not ours to land.
fn open_own_pull(u: &Universe) {
    let primary = u.server.remote.borrow().primary.clone();
    let tree = Rc::new([("own.txt".to_string(), "own".to_string())].into());
    let id = u.server.pool.add(&[&primary], tree, "own");
    u.server.remote.borrow_mut().branches.insert("feature/own".into(), id);
    let new = NewPull {
        branch: "feature/own".into(),
        base: "main".into(),
        title: "own".into(),
        body: String::new(),
    };
    drop(u.hosts[0].forge_as("maria").open_pull(&new));
}

fn switch_something(u: &Universe, host: &Rc<Host>) {
    match u.core.rng.below(5) {
        0 => host.git.folder_dirty.set(!host.git.folder_dirty.get()),
        1 => host.git.mirror_down.set(!host.git.mirror_down.get()),
        2 => host.tmux.sessions.borrow_mut().values_mut().for_each(|s| s.attached = !s.attached),
        3 => host.tmux.sessions.borrow_mut().values_mut().for_each(|s| s.in_mode = !s.in_mode),
        _ => u.spawn(host.number, Task::Merge(some_pull(u), None)),
    }
}

/// Something breaks.
fn disaster(u: &Universe) {
    let rng = &u.core.rng;
    let host = any_host(u);
    u.core.note("disaster");
    let what = rng.below(9);
    u.core.say(|| format!("disaster {what} on host {}", host.number));
    match what {
        0 => {
            host.tmux.die();
        }
        1 => reboot(u, host),
        2 => host.files.full.set(!host.files.full.get()),
        3 => {
            let jumps = [-3_600_000, -60_000, 3_600_000, 86_400_000, 40 * 86_400_000];
            let offset = if rng.chance(500) { 0 } else { *rng.pick(&jumps).unwrap() };
            host.offset.set(offset);
            host.files.offset.set(offset);
        }
        4 => u.server.fall_behind(),
        5 => u.server.catch_up(),
        6 => u.server.ignore_head(!u.server.ignores_head()),
        7 => u.kill_all(host.number),
        _ => u.pass(rng.below(86_400_000 * 3) as i64),
    }
}

/// The machine goes down, for a moment or for days, and comes back with what was on its disk.
fn reboot(u: &Universe, host: &Rc<Host>) {
    u.kill_all(host.number);
    host.tmux.die();
    host.tmux.boot.set(host.tmux.boot.get() + 1);
    host.files.lose_power();
    u.watch.crashes.set(u.watch.crashes.get() + 1);
    let away = if u.core.rng.chance(300) { u.core.rng.below(3 * 86_400_000) as i64 } else { 0 };
    host.off_until.set(u.core.time.get() + away);
    drop(host.git.sync());
}

/// A pull that may be there or not.
fn some_pull(u: &Universe) -> PullNo {
    let number = 1 + u.core.rng.below(6);
    PullNo(if u.setting.local || u.setting.wired { number } else { number * 100 })
}
