//! Finding and ending processes, shown on ones that these tests start themselves.

use super::*;
use std::process::{Child, Command, Stdio};
use std::time::{Instant, SystemTime};

const VAR: &str = "H3_TREE";
const SOON: Duration = Duration::from_secs(10);

/// Waits until `is` holds; fails if that takes too long.
fn until(what: &str, is: impl Fn() -> bool) {
    let started = Instant::now();
    while !is() {
        assert!(started.elapsed() < SOON, "{what}: waited too long");
        thread::sleep(Duration::from_millis(3));
    }
}

fn unique(name: &str) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    format!("{name}-{}-{}", process::id(), now.as_nanos())
}

fn shell(script: &str, mark: &str) -> Child {
    let mut command = Command::new("bash");
    command.args(["-c", script]).env(VAR, mark).stdin(Stdio::null()).stdout(Stdio::null());
    command.spawn().unwrap()
}

fn proc_of(child: &Child) -> Proc {
    procfs::stat(child.id()).unwrap().into()
}

fn finish(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn children_of_children_are_found() {
    let mark = unique("nested");
    let child = shell("bash -c 'sleep 47; true' & wait", &mark);
    until("both levels", || descendants(child.id()).iter().any(|p| p.name == "sleep"));
    assert_eq!(descendants(child.id()).len(), 2);
    let ended = end_all(|| descendants(child.id()), SOON);
    assert!(ended.left.is_empty() && ended.killed.is_empty() && ended.terminated.len() == 2, "{ended:?}");
    finish(child);
}

#[test]
fn what_hangs_below_a_spared_one_is_spared_however_the_list_is_ordered() {
    let stat = |pid: u32, parent: u32, name: &str| Stat {
        pid,
        name: name.into(),
        state: b'S',
        parent,
        group: pid,
        threads: 1,
        start_time: 1,
    };
    // A host with an agent and a handler of ours, each with programs below it; a ring of reused pids; a stranger.
    let mut all = vec![
        stat(10, 1, "host"),
        stat(11, 10, "agent"),
        stat(12, 10, "ours"),
        stat(13, 12, "git"),
        stat(14, 13, "helper"),
        stat(15, 11, "make"),
        stat(16, 15, "ours"),
        stat(20, 21, "ring"),
        stat(21, 20, "ring"),
        stat(30, 1, "stranger"),
    ];
    for _ in 0..2 {
        let mut names: Vec<String> = below(&all, 10, |p| p.pid == 12).into_iter().map(|p| p.name).collect();
        names.sort();
        assert_eq!(names, ["agent", "make", "ours"]);
        assert_eq!(below(&all, 20, |_| false).len(), 1);
        all.reverse();
    }
}

#[test]
fn a_double_fork_is_found_by_its_mark() {
    let mark = unique("double");
    // Not through a call: it would end its group before the daemon has left it.
    assert!(shell("(setsid sleep 47 &) ; exit 0", &mark).wait().unwrap().success());
    until("the daemon", || marked(VAR, &mark).iter().any(|p| p.name == "sleep"));
    assert_eq!(marked(VAR, &mark[..mark.len() - 1]), [], "only the whole value counts");
    assert_eq!(marked("3_TREE", &mark), [], "only the whole name counts");
    let ended = end_all(|| marked(VAR, &mark), SOON);
    assert_eq!((ended.terminated.len(), ended.killed.len(), ended.left.len()), (1, 0, 0), "{ended:?}");
    assert_eq!(marked(VAR, &mark), []);
}

#[test]
fn who_ignores_sigterm_is_killed_after_the_grace() {
    let mark = unique("stubborn");
    let mut child = shell("trap '' TERM; echo; while :; do read -t 9 < <(:) ; sleep 0.02; done", &mark);
    until("the trap", || marked(VAR, &mark).iter().any(|p| p.name == "sleep"));
    let ended = end_all(|| marked(VAR, &mark), Duration::from_millis(100));
    assert!(ended.left.is_empty(), "{ended:?}");
    assert!(ended.killed.iter().any(|p| p.pid == child.id()), "{ended:?}");
    child.wait().unwrap();
}

#[test]
fn who_forks_faster_than_one_look_is_caught_too() {
    let mark = unique("forks");
    let mut child = shell("trap '(sleep 47 &) ; (setsid sleep 47 &) ; exit' TERM; sleep 47 & wait", &mark);
    until("the first sleep", || marked(VAR, &mark).iter().any(|p| p.name == "sleep"));
    let ended = end_all(|| marked(VAR, &mark), SOON);
    assert!(ended.left.is_empty() && ended.terminated.len() >= 4, "{ended:?}");
    assert_eq!(marked(VAR, &mark), []);
    child.wait().unwrap();
}

#[test]
fn a_stopped_process_ends_without_sigkill() {
    let mark = unique("stopped");
    let mut child = shell("kill -STOP $$; sleep 47", &mark);
    until("the stop", || procfs::stat(child.id()).unwrap().state == b'T');
    let ended = end_all(|| marked(VAR, &mark), SOON);
    assert!(ended.killed.is_empty() && ended.left.is_empty(), "{ended:?}");
    child.wait().unwrap();
}

#[test]
fn a_reused_pid_is_never_signalled() {
    let child = shell("exec sleep 47", &unique("reused"));
    let real = proc_of(&child);
    let earlier = Proc { start_time: real.start_time - 1, ..real.clone() };
    assert!(!signal(&earlier, Signal::KILL));
    let ended = end_all(|| vec![earlier.clone()], Duration::from_millis(1));
    assert_eq!((ended.terminated, ended.killed.len(), ended.left.len()), (vec![earlier.clone()], 0, 0));
    assert_eq!(alive(real.pid, earlier.start_time), Some(false));
    assert_eq!(alive(real.pid, real.start_time), Some(true));
    assert_eq!(start_time(real.pid), Some(real.start_time));
    finish(child);
}

#[test]
fn we_and_the_first_process_are_never_signalled() {
    let us: Proc = procfs::stat(process::id()).unwrap().into();
    let first = Proc { pid: 1, start_time: start_time(1).unwrap_or(0), name: "init".into() };
    let nobody = Proc { pid: 0, start_time: 0, name: String::new() };
    for p in [&us, &first, &nobody] {
        assert!(!signal(p, Signal::CONT));
    }
    let ended = end_all(|| vec![us.clone(), first.clone(), nobody.clone()], Duration::ZERO);
    assert_eq!(ended, Ended::default());
}

#[test]
fn a_zombie_is_not_alive() {
    let mut child = shell("exit 0", &unique("zombie"));
    let start = start_time(child.id()).unwrap();
    until("the end", || alive(child.id(), start) == Some(false));
    assert_eq!(start_time(child.id()), Some(start), "it is still there, as a zombie");
    assert!(!descendants(process::id()).iter().any(|p| p.pid == child.id()));
    child.wait().unwrap();
    assert_eq!(alive(child.id(), start), Some(false));
}

#[test]
fn of_a_pid_nobody_can_have_we_know_that_it_is_not_alive() {
    assert_eq!(alive(u32::MAX, 1), Some(false));
    assert_eq!(alive(0, 1), Some(false));
    assert_eq!(start_time(u32::MAX), None);
}

#[test]
fn nothing_to_end_is_soon_done() {
    let started = Instant::now();
    assert_eq!(end_all(Vec::new, Duration::MAX), Ended::default());
    assert!(started.elapsed() < SOON);
}

#[test]
fn the_boot_has_an_id() {
    let id = boot_id().unwrap();
    assert!(id.len() == 36 && boot_id() == Some(id));
}
