//! Runs a project's own checks in a folder, one after the other, and says of each how it ended. A step can
//! hang, flood, fail inside a pipe or leave daemons behind: none of that gets past its end.

use crate::domain::verify::{StepEnd, StepResult};
use crate::effect;
use crate::process::run::{Call, End, Finished, SpawnError};
use crate::process::tree;
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The step that formats: it runs last and its failure is none.
pub const FORMAT: &str = "format";
/// The longest output text in a result, in bytes. The log has more.
pub const OUTPUT_TEXT: usize = 64 * 1024;
/// Room in it for the line that says how much was left out.
const GAP: usize = 64;
/// How long what a step left behind may take to go after SIGTERM.
const GRACE: Duration = Duration::from_secs(2);

/// One check of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// `pre`, `build`, `test`, `lint` or `format`.
    pub name: &'static str,
    /// What the shell runs. Blank: there is no such step.
    pub command: String,
}

/// What holds for every step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepRules {
    /// How long each may take.
    pub limit: Duration,
    /// How many bytes each may write; with one more it is ended.
    pub output_cap: u64,
    /// The whole environment of the steps, but for the marker. PATH is in here or there is none.
    pub env: BTreeMap<String, String>,
    /// A variable and a value that no other job has: by it, what a step leaves behind is found and ended.
    pub marker: (String, String),
    /// The file that takes the output, appended to.
    pub log: PathBuf,
}

/// Runs the steps in `folder`, in the order given but for `format`, which comes last. Blank ones are skipped;
/// after one that fails none runs, so the last result is the one to show. No results: there was nothing to run,
/// which is not the same as passed.
pub fn run_steps(steps: &[Step], folder: &Path, rules: &StepRules) -> Vec<StepResult> {
    let (last, first): (Vec<&Step>, Vec<&Step>) =
        steps.iter().filter(|s| !s.command.trim().is_empty()).partition(|s| s.name == FORMAT);
    let mut results = Vec::new();
    for step in first.into_iter().chain(last) {
        let result = run_step(step, folder, rules);
        let stop = result.fails();
        results.push(result);
        if stop {
            break;
        }
    }
    results
}

fn run_step(step: &Step, folder: &Path, rules: &StepRules) -> StepResult {
    let done = note(&rules.log, &format!("== {}: {}", step.name, step.command))
        .map_err(|e| format!("cannot write {}: {e}", rules.log.display()))
        .and_then(|()| {
            shell(&step.command, folder, rules).map_err(|e| format!("{:#}", anyhow::Error::new(e)))
        });
    let strays = end_strays(rules);
    let mut result = StepResult {
        name: step.name.to_string(),
        command: step.command.clone(),
        end: StepEnd::Passed,
        seconds: 0,
        output: String::new(),
    };
    match done {
        Ok(done) => {
            result.end = end_of(&done, rules);
            result.seconds = done.took.as_secs();
            result.output = done.output.text_within(OUTPUT_TEXT);
        }
        Err(why) => result.end = StepEnd::NotStarted { why },
    }
    // The log is for people; that its last line is missing changes no result.
    let _ = note(&rules.log, &format!("{strays}== {}: {} ({}s)", step.name, result.end, result.seconds));
    result
}

fn end_of(done: &Finished, rules: &StepRules) -> StepEnd {
    match done.end {
        End::Exit(0) => StepEnd::Passed,
        End::Exit(exit) => StepEnd::Failed { exit },
        End::Signal(signal) => StepEnd::Signalled { signal },
        End::TimedOut => StepEnd::TimedOut { seconds: rules.limit.as_secs() },
        End::OutputLimit => StepEnd::TooMuchOutput { bytes: rules.output_cap },
    }
}

/// Runs a command line with bash, where a failure inside a pipe counts, or with sh if there is no bash.
fn shell(line: &str, folder: &Path, rules: &StepRules) -> Result<Finished, SpawnError> {
    let call = |program: &str, options: &[&str]| {
        Call::new(program)
            .args(options)
            .arg(line)
            .folder(folder)
            .clear_env()
            .envs(&rules.env)
            .env(&rules.marker.0, &rules.marker.1)
            .limit(rules.limit)
            .keep(OUTPUT_TEXT / 2 - GAP)
            .spool(&rules.log, rules.output_cap)
            .output_limit(rules.output_cap)
            .changes()
            .run()
    };
    effect::at("check: before a step");
    let done = match call("bash", &["-o", "pipefail", "-c"]) {
        Err(SpawnError::NotFound { .. }) => call("sh", &["-c"]),
        done => done,
    };
    effect::at("check: step ended");
    done
}

/// Ends what the step left behind outside of its process group, and says so in lines for the log.
fn end_strays(rules: &StepRules) -> String {
    let (var, value) = &rules.marker;
    let ended = tree::end_all(|| tree::marked(var, value), GRACE);
    let gone = ended.terminated.iter().chain(&ended.killed).map(|p| ("ended", p));
    let left = ended.left.iter().map(|p| ("could not end", p));
    gone.chain(left).map(|(what, p)| format!("== {what} what was left: {} ({})\n", p.name, p.pid)).collect()
}

/// Adds lines to the log, on a line of their own whatever the output before ended with.
fn note(log: &Path, lines: &str) -> io::Result<()> {
    effect::at("check: before a line in its log");
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(log)?;
    let gap = if file.metadata()?.len() > 0 { "\n" } else { "" };
    file.write_all(format!("{gap}{lines}\n").as_bytes())?;
    effect::at("check: line in its log");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::time::{Instant, SystemTime};

    /// A folder to run in, its rules and a log.
    struct Place {
        folder: tempfile::TempDir,
        rules: StepRules,
    }

    impl Place {
        fn new() -> Place {
            let folder = tempfile::tempdir().unwrap();
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos();
            let rules = StepRules {
                limit: Duration::from_secs(30),
                output_cap: 1_000_000,
                env: BTreeMap::from([("PATH".to_string(), std::env::var("PATH").unwrap())]),
                marker: ("STEPS_TEST".into(), format!("{}-{now}-{:p}", std::process::id(), &folder)),
                log: folder.path().join("log"),
            };
            Place { folder, rules }
        }

        fn run(&self, steps: &[(&'static str, &str)]) -> Vec<StepResult> {
            let step = |(name, command): &(&'static str, &str)| Step { name, command: command.to_string() };
            let steps: Vec<Step> = steps.iter().map(step).collect();
            run_steps(&steps, self.folder.path(), &self.rules)
        }

        fn one(&self, command: &str) -> StepResult {
            let mut results = self.run(&[("test", command)]);
            assert_eq!(results.len(), 1);
            results.remove(0)
        }

        fn log(&self) -> String {
            String::from_utf8_lossy(&fs::read(&self.rules.log).unwrap()).into_owned()
        }

        fn strays(&self) -> usize {
            tree::marked(&self.rules.marker.0, &self.rules.marker.1).len()
        }
    }

    fn names(results: &[StepResult]) -> Vec<&str> {
        results.iter().map(|r| r.name.as_str()).collect()
    }

    #[test]
    fn steps_run_in_order_and_format_last() {
        let place = Place::new();
        let steps = [
            ("format", "echo f >> seen"),
            ("pre", "echo p >> seen"),
            ("build", " "),
            ("test", "echo t >> seen"),
        ];
        let results = place.run(&steps);
        assert_eq!(names(&results), ["pre", "test", "format"]);
        assert!(results.iter().all(|r| r.end == StepEnd::Passed));
        assert_eq!(fs::read_to_string(place.folder.path().join("seen")).unwrap(), "p\nt\nf\n");
    }

    #[test]
    fn the_first_failure_is_the_last_step() {
        let place = Place::new();
        let results = place.run(&[("format", "true"), ("build", "exit 3"), ("test", "true")]);
        assert_eq!(names(&results), ["build"]);
        assert!(results[0].end == StepEnd::Failed { exit: 3 } && results[0].fails());
        assert!(place.run(&[("build", "")]).is_empty());
    }

    #[test]
    fn a_format_that_fails_fails_nothing() {
        let results = Place::new().run(&[("test", "true"), ("format", "exit 1")]);
        assert_eq!(results[1].end, StepEnd::Failed { exit: 1 });
        assert!(!results.iter().any(StepResult::fails));
    }

    #[test]
    fn a_failure_inside_a_pipe_counts() {
        assert_eq!(Place::new().one("false | true").end, StepEnd::Failed { exit: 1 });
    }

    #[test]
    fn a_signal_is_told_from_an_exit() {
        let result = Place::new().one("kill -KILL $$");
        assert_eq!(result.end, StepEnd::Signalled { signal: 9 });
        assert_eq!(result.end.to_string(), "was ended by signal 9");
        assert_eq!(Place::new().one("bash -c 'kill -KILL $$'; exit $?").end, StepEnd::Failed { exit: 137 });
    }

    #[test]
    fn the_environment_is_what_the_rules_say_and_the_marker() {
        let mut place = Place::new();
        place.rules.env.insert("GIVEN".into(), "a b".into());
        let result = place.one("env | grep -v -e '^_=' -e '^PWD=' -e '^SHLVL=' | cut -d= -f1 | sort");
        assert_eq!(result.output, "GIVEN\nPATH\nSTEPS_TEST\n");
    }

    #[test]
    fn the_time_limit_ends_all_of_a_step() {
        let mut place = Place::new();
        place.rules.limit = Duration::from_secs(1);
        for command in ["sleep 47 & wait", "setsid sleep 47 & (setsid sleep 47 &); setsid -w sleep 47; true"]
        {
            let started = Instant::now();
            assert_eq!(place.one(command).end, StepEnd::TimedOut { seconds: 1 });
            assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
            assert_eq!(place.strays(), 0);
        }
    }

    #[test]
    fn what_a_step_leaves_behind_is_ended() {
        let place = Place::new();
        let result = place.one(
            "sleep 1000 & disown; (setsid sleep 1000 &) ; setsid nohup sleep 1000 >/dev/null & sleep 0.2",
        );
        assert_eq!((result.end, place.strays()), (StepEnd::Passed, 0));
        assert_eq!(place.log().matches("== ended what was left: sleep").count(), 2, "{}", place.log());
    }

    #[test]
    fn the_log_has_a_header_the_output_and_the_end_of_each() {
        let place = Place::new();
        place.run(&[("build", "echo built; echo loud >&2"), ("test", "printf half; exit 2")]);
        let want = "== build: echo built; echo loud >&2\nbuilt\nloud\n\n== build: passed (0s)\n\n\
                    == test: printf half; exit 2\nhalf\n== test: failed with exit code 2 (0s)\n";
        assert_eq!(place.log(), want);
    }

    #[test]
    fn too_much_output_is_cut_off() {
        let place = Place::new();
        let result = place.one("echo first; yes");
        assert_eq!(result.end, StepEnd::TooMuchOutput { bytes: 1_000_000 });
        assert!(result.output.starts_with("first\ny\n") && result.output.contains("bytes left out"));
        assert!(result.output.len() <= OUTPUT_TEXT && place.log().len() < 1_001_000);
    }

    #[test]
    fn output_is_text_of_bounded_length_whatever_was_written() {
        let mut place = Place::new();
        place.rules.output_cap = 10_000_000;
        for command in [
            "head -c 300000 /dev/zero | tr '\\0' '\\377'",
            "head -c 5000000 /dev/zero | tr '\\0' x",
            "head -c 90000 /dev/urandom",
        ] {
            let result = place.one(command);
            assert!(
                result.end == StepEnd::Passed
                    && result.output.len() <= OUTPUT_TEXT
                    && result.output.len() > 50_000
            );
        }
    }

    #[test]
    fn what_cannot_run_says_why() {
        let mut place = Place::new();
        let results =
            run_steps(&[Step { name: "test", command: "true".into() }], Path::new("/no/such"), &place.rules);
        assert!(
            matches!(&results[0].end, StepEnd::NotStarted { why } if why.contains("/no/such")),
            "{results:?}"
        );
        place.rules.log = place.folder.path().join("no/log");
        let result = place.one("true");
        assert!(
            matches!(&result.end, StepEnd::NotStarted { why } if why.contains("no/log")) && result.fails()
        );
    }

    #[test]
    fn without_bash_sh_will_do() {
        let mut place = Place::new();
        let bin = place.folder.path().join("bin");
        fs::create_dir(&bin).unwrap();
        place.rules.env.insert("PATH".into(), bin.display().to_string());
        assert!(matches!(place.one("exit 4").end, StepEnd::NotStarted { .. }));
        std::os::unix::fs::symlink("/bin/sh", bin.join("sh")).unwrap();
        assert_eq!(place.one("exit 4").end, StepEnd::Failed { exit: 4 });
    }

    #[test]
    fn a_result_is_read_back_from_its_file() {
        let result = Place::new().one("echo hello; exit 5");
        let text = serde_json::to_string(&result).unwrap();
        assert!(text.contains(r#""end":{"failed":{"exit":5}}"#), "{text}");
        assert_eq!(serde_json::from_str::<StepResult>(&text).unwrap(), result);
    }
}
