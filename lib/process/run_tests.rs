//! What a call promises, shown on programs that do their worst.

use super::*;
use crate::process::tree;
use std::collections::BTreeMap;
use std::fs;
use std::time::SystemTime;

fn shell(script: &str) -> Call {
    Call::new("bash").args(["-c", script])
}

fn run(script: &str) -> Finished {
    shell(script).run().unwrap()
}

fn seconds(n: f64) -> Duration {
    Duration::from_secs_f64(n)
}

/// A value nobody else has, for the marker of one test.
fn unique(name: &str) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    format!("{name}-{}-{}", std::process::id(), now.as_nanos())
}

#[test]
fn the_end_is_told_apart() {
    assert_eq!(run("exit 0").end, End::Exit(0));
    assert!(run("exit 0").ok() && !run("exit 3").ok());
    assert_eq!(run("exit 3").end, End::Exit(3));
    assert_eq!(run("kill -SEGV $$").end.to_string(), "ended by SIGSEGV");
    assert_eq!(run("kill -KILL $$").end, End::Signal(9));
}

#[test]
fn both_outputs_come_in_the_order_written() {
    let done = run("echo one; echo two >&2; echo three");
    assert_eq!((done.output.text().as_str(), done.written), ("one\ntwo\nthree\n", 14));
    let done = shell("echo one; echo two >&2; echo three").separate().run().unwrap();
    assert_eq!((done.output.text().as_str(), done.errors.text().as_str()), ("one\nthree\n", "two\n"));
}

#[test]
fn input_of_any_size_arrives() {
    let input = b"0123456789".repeat(300_000);
    let done = Call::new("cat").input(input.clone()).keep(4_000_000).run().unwrap();
    assert!(done.ok() && done.output.head == input);
    assert_eq!(Call::new("cat").input("").run().unwrap().written, 0);
    assert_eq!(Call::new("cat").run().unwrap().written, 0);
}

#[test]
fn a_program_that_wants_no_input_may_refuse_it() {
    let started = Instant::now();
    assert!(Call::new("true").input(vec![0; 5_000_000]).run().unwrap().ok());
    assert!(shell("exec <&-; sleep 0.1").input(vec![0; 5_000_000]).run().unwrap().ok());
    assert!(started.elapsed() < seconds(20.0));
}

#[test]
fn the_environment_is_what_was_given() {
    let given = BTreeMap::from([("ONE", "1"), ("TWO", "a b")]);
    let done = Call::new("/usr/bin/env").clear_env().envs(&given).run().unwrap();
    assert_eq!(done.output.text(), "ONE=1\nTWO=a b\n");
    let done = shell("echo $ONE; test -n \"$PATH\"").env("ONE", "2").run().unwrap();
    assert!(done.ok() && done.output.text() == "2\n");
}

#[test]
fn what_is_missing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = Call::new("no-such-program-here").folder(folder.path()).run().unwrap_err();
    assert!(
        matches!(&error, SpawnError::NotFound { program } if program == "no-such-program-here"),
        "{error}"
    );
    let error = Call::new("true").folder(folder.path().join("gone")).run().unwrap_err();
    assert!(matches!(&error, SpawnError::NoFolder { folder, .. } if folder.ends_with("gone")), "{error}");
    fs::write(folder.path().join("plain"), "no program").unwrap();
    assert!(matches!(Call::new(folder.path().join("plain")).run(), Err(SpawnError::Start { .. })));
    let error = Call::new("true").spool(folder.path().join("no/log"), 1).run().unwrap_err();
    assert!(matches!(error, SpawnError::Spool { .. }));
}

#[test]
fn it_runs_in_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let done = Call::new("pwd").arg("-P").folder(folder.path()).run().unwrap();
    assert_eq!(Path::new(done.output.text().trim_end()), folder.path().canonicalize().unwrap());
}

#[test]
fn the_time_limit_ends_the_whole_group() {
    let done = shell("echo $$; sleep 47 & sleep 47 | sleep 47").limit(seconds(0.3)).run().unwrap();
    assert_eq!(done.end, End::TimedOut);
    assert!(done.took >= seconds(0.3) && done.took < seconds(2.0), "{:?}", done.took);
    assert_eq!(tree::group(done.output.text().trim().parse().unwrap()), []);
}

#[test]
fn a_child_that_stays_in_the_background_holds_nothing_up() {
    let done = shell("echo $$; sleep 47 & exit 3").limit(seconds(30.0)).run().unwrap();
    assert_eq!(done.end, End::Exit(3));
    assert!(done.took < seconds(5.0), "{:?}", done.took);
    assert_eq!(tree::group(done.output.text().trim().parse().unwrap()), []);
}

#[test]
fn a_daemon_that_keeps_the_output_open_holds_nothing_up() {
    let mark = unique("daemon");
    let calls = [("setsid sleep 47 & exit 4", End::Exit(4)), ("setsid -w sleep 47", End::TimedOut)];
    for (script, end) in calls {
        let done = shell(script).env("H3_RUN", &mark).limit(seconds(1.0)).run().unwrap();
        assert_eq!(done.end, end);
        assert!(done.took < seconds(4.0), "{:?}", done.took);
    }
    let ended = tree::end_all(|| tree::marked("H3_RUN", &mark), seconds(5.0));
    assert!(ended.terminated.len() == 2 && ended.left.is_empty(), "{ended:?}");
}

#[test]
fn who_ignores_sigterm_gets_sigkill() {
    let script = "trap '' TERM; echo $$; while :; do sleep 0.02; done";
    let done = shell(script).limit(seconds(0.2)).run().unwrap();
    assert_eq!(done.end, End::TimedOut);
    assert!(done.took >= seconds(2.0) && done.took < seconds(5.0), "{:?}", done.took);
    assert_eq!(tree::group(done.output.text().trim().parse().unwrap()), []);
}

#[test]
fn a_stopped_program_ends_at_once_too() {
    let done = shell("kill -STOP $$").limit(seconds(0.2)).run().unwrap();
    assert!(done.end == End::TimedOut && done.took < seconds(1.9), "{done:?}");
}

#[test]
fn last_words_are_heard() {
    let done = shell("trap 'echo bye; exit 1' TERM; sleep 47 & wait").limit(seconds(0.3)).run().unwrap();
    assert_eq!((done.end, done.output.text().as_str()), (End::TimedOut, "bye\n"));
}

#[test]
fn output_without_end_does_not_move_the_limit() {
    let done = Call::new("yes").limit(seconds(0.3)).run().unwrap();
    assert!(done.end == End::TimedOut && done.took < seconds(3.0), "{:?}", done.took);
    let done = shell("echo $$; yes & exit 0").run().unwrap();
    assert!(done.ok() && done.took < seconds(5.0), "{:?}", done.took);
}

#[test]
fn two_hundred_megabytes_leave_their_ends() {
    let done = shell("echo first; head -c 200000000 /dev/zero; echo last").keep(1000).run().unwrap();
    assert!(done.ok());
    assert_eq!((done.output.head.len(), done.output.tail.len()), (1000, 1000));
    assert_eq!(done.output.dropped, 200_000_011 - 2000);
    assert!(done.output.head.starts_with(b"first\n") && done.output.tail.ends_with(b"last\n"));
}

#[test]
fn a_line_of_five_megabytes_is_no_trouble() {
    let done = shell("head -c 5000000 /dev/zero | tr '\\0' x").run().unwrap();
    assert_eq!((done.end, done.written), (End::Exit(0), 5_000_000));
    assert!(done.output.text().len() < 70_000);
}

#[test]
fn binary_output_is_kept_as_it_is_and_shown_as_text() {
    let done = Call::new("printf").arg("a\\377\\000\\200z").run().unwrap();
    assert_eq!(done.output.head, b"a\xff\0\x80z");
    assert_eq!(done.output.text(), "a\u{fffd}\0\u{fffd}z");
}

#[test]
fn too_much_output_ends_it() {
    let done = Call::new("yes").output_limit(1_000_000).run().unwrap();
    assert!(done.end == End::OutputLimit && done.written > 1_000_000 && done.took < seconds(5.0));
    assert_eq!(Call::new("echo").arg("123").output_limit(4).run().unwrap().end, End::Exit(0));
    assert_eq!(Call::new("echo").arg("1234").output_limit(4).run().unwrap().end, End::OutputLimit);
}

#[test]
fn a_file_takes_the_output_up_to_its_cap() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let done = shell("echo one; echo two >&2; echo three").spool(&log, 10).keep(1).run().unwrap();
    assert!(done.ok() && done.spool_error.is_none());
    assert_eq!(fs::read_to_string(&log).unwrap(), "one\ntwo\nth");
}

#[test]
fn a_full_disk_ends_the_file_and_not_the_program() {
    let done = shell("echo one; sleep 0.01; echo two").spool("/dev/full", 1000).run().unwrap();
    assert!(done.ok() && done.spool_error.is_some() && done.output.text() == "one\ntwo\n");
}

#[test]
fn any_limit_will_do() {
    assert_eq!(Call::new("true").limit(Duration::MAX).run().unwrap().end, End::Exit(0));
    assert_eq!(Call::new("sleep").arg("47").limit(Duration::ZERO).run().unwrap().end, End::TimedOut);
}
