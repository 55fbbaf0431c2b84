//! Being a subreaper holds for a whole process and would take in the orphans of other tests, so these tests
//! run in a process of their own: this very program, started again for one test.

use super::*;
use crate::process::run::Call;
use std::io::Read;
use std::process::Stdio;
use std::time::{Duration, Instant};

const ALONE: &str = "DROVER_TEST_ALONE";

/// Runs the test `name` of this file in a process of its own. True in that process, false outside.
fn alone(name: &str) -> bool {
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let module = module_path!().split_once("::").unwrap().1;
    let this = std::env::current_exe().unwrap();
    let call = Call::new(this).args(["--exact", &format!("{module}::{name}")]).env(ALONE, "1");
    let done = call.run().unwrap();
    let text = done.output.text();
    assert!(done.ok() && text.contains("1 passed"), "{text}");
    false
}

/// Waits until the process `pid` is a zombie and our child.
fn until_zombie(pid: u32) {
    let started = Instant::now();
    let us = std::process::id();
    while !procfs::stat(pid).is_ok_and(|s| s.ended() && s.parent == us) {
        assert!(started.elapsed() < Duration::from_secs(10), "no zombie");
        std::thread::sleep(Duration::from_millis(3));
    }
}

/// Starts a process whose parent ends at once, and returns its pid. It ends when `hold` is dropped.
fn orphan() -> (u32, std::io::PipeWriter) {
    let (stdin, hold) = std::io::pipe().unwrap();
    let mut command = Command::new("bash");
    command.args(["-c", "exec 3<&0; cat <&3 >/dev/null & echo $!"]).stdin(stdin).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(command);
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    child.wait().unwrap();
    (text.trim().parse().unwrap(), hold)
}

#[test]
fn orphans_are_reaped_and_our_children_are_not() {
    if !alone("orphans_are_reaped_and_our_children_are_not") {
        return;
    }
    become_subreaper().unwrap();
    let (orphan, hold) = orphan();
    let mut ours = Command::new("sh").args(["-c", "exit 7"]).spawn().unwrap();
    until_zombie(ours.id());
    assert_eq!(reap_orphans(&[ours.id()]), [0; 0], "the orphan still runs");
    drop(hold);
    until_zombie(orphan);
    assert_eq!(reap_orphans(&[ours.id()]), [orphan]);
    assert!(procfs::stat(orphan).is_err());
    assert_eq!(ours.wait().unwrap().code(), Some(7));
    assert_eq!(reap_orphans(&[]), [0; 0]);
}

#[test]
fn what_a_call_started_keeps_its_status() {
    if !alone("what_a_call_started_keeps_its_status") {
        return;
    }
    become_subreaper().unwrap();
    let calls = std::thread::spawn(|| {
        (0..40).all(|n| {
            let call = Call::new("sh").args(["-c".into(), format!("(:; :) & exit {n}")]);
            call.run().unwrap().end == crate::process::run::End::Exit(n)
        })
    });
    while !calls.is_finished() {
        reap_orphans(&[]);
        // The lock is not fair: without a pause the calls would hardly get it.
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(calls.join().unwrap());
}
