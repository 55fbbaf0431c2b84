//! What came of the project's own checks on one commit.

use super::evidence::{CheckItem, Colour};
use super::excerpt::excerpt;
use super::ids::Sha;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How one step ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepEnd {
    /// Exit code 0.
    Passed,
    /// Another exit code.
    Failed {
        /// It.
        exit: i32,
    },
    /// Ended by a signal.
    Signalled {
        /// Which.
        signal: i32,
    },
    /// Did not end in time.
    TimedOut {
        /// The limit.
        seconds: u64,
    },
    /// Printed more than may be kept.
    TooMuchOutput {
        /// The limit.
        bytes: u64,
    },
    /// Could not be started.
    NotStarted {
        /// Why.
        why: String,
    },
}

/// One step that was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepResult {
    /// `pre`, `build`, `test`, `lint` or `format`.
    pub name: String,
    /// The command, as configured.
    pub command: String,
    /// How it ended.
    pub end: StepEnd,
    /// How long it took.
    pub seconds: u64,
    /// Head and tail of what it printed.
    pub output: String,
}

/// `result.json` of a verify job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyResult {
    /// Format version.
    #[serde(default = "crate::domain::run::first_version")]
    pub version: u32,
    /// The commit.
    pub sha: Sha,
    /// When it was finished.
    pub at: Timestamp,
    /// The steps that were run, in order.
    pub steps: Vec<StepResult>,
    /// Files that the `format` step changed; never a reason to fail.
    #[serde(default)]
    pub reformatted: Vec<String>,
    /// Fields of a newer version, kept as they are.
    #[serde(flatten)]
    pub rest: serde_json::Map<String, serde_json::Value>,
}

impl fmt::Display for StepEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StepEnd::Passed => f.write_str("passed"),
            StepEnd::Failed { exit } => write!(f, "failed with exit code {exit}"),
            StepEnd::Signalled { signal } => write!(f, "was ended by signal {signal}"),
            StepEnd::TimedOut { seconds } => write!(f, "timed out after {seconds} s"),
            StepEnd::TooMuchOutput { bytes } => write!(f, "printed more than {bytes} bytes"),
            StepEnd::NotStarted { why } => write!(f, "could not be started: {why}"),
        }
    }
}

impl StepResult {
    /// Whether the steps as a whole failed by this one. `format` never does.
    pub fn fails(&self) -> bool {
        self.end != StepEnd::Passed && self.name != "format"
    }
}

impl VerifyResult {
    /// The step that failed, if one did.
    pub fn failed(&self) -> Option<&StepResult> {
        self.steps.iter().find(|s| s.fails())
    }

    /// Green or red.
    pub fn colour(&self) -> Colour {
        if self.failed().is_some() { Colour::Red } else { Colour::Green }
    }

    /// What to tell the session of a failure, within `limit` bytes.
    pub fn text(&self, limit: usize) -> String {
        match self.failed() {
            None => String::new(),
            Some(s) => {
                let head = format!("step {}: `{}` {}\n", s.name, s.command, s.end);
                let rest = limit.saturating_sub(head.len());
                format!("{head}{}", excerpt(&s.output, rest))
            }
        }
    }

    /// The result as a check on the commit, for the local forge.
    pub fn item(&self) -> CheckItem {
        CheckItem { context: "verify".into(), colour: self.colour(), at: self.at, detail: self.text(8000) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(steps: &[(&str, StepEnd)]) -> VerifyResult {
        let step = |(name, end): &(&str, StepEnd)| StepResult {
            name: name.to_string(),
            command: "make".into(),
            end: end.clone(),
            seconds: 1,
            output: "error: no such thing".into(),
        };
        VerifyResult {
            version: 1,
            sha: "a".repeat(40).parse().unwrap(),
            at: Timestamp(0),
            steps: steps.iter().map(step).collect(),
            reformatted: vec![],
            rest: Default::default(),
        }
    }

    #[test]
    fn every_end_but_passed_is_red_and_format_never_is() {
        assert_eq!(result(&[("test", StepEnd::Passed)]).colour(), Colour::Green);
        for end in [
            StepEnd::Failed { exit: 1 },
            StepEnd::Signalled { signal: 9 },
            StepEnd::TimedOut { seconds: 5 },
            StepEnd::TooMuchOutput { bytes: 9 },
            StepEnd::NotStarted { why: "x".into() },
        ] {
            assert_eq!(result(&[("test", end.clone())]).colour(), Colour::Red, "{end:?}");
            assert_eq!(result(&[("test", StepEnd::Passed), ("format", end)]).colour(), Colour::Green);
        }
    }

    #[test]
    fn the_text_names_step_command_and_end_and_keeps_the_limit() {
        let text = result(&[("test", StepEnd::Failed { exit: 7 })]).text(300);
        assert!(text.starts_with("step test: `make` failed with exit code 7\n"), "{text}");
        assert!(text.contains("no such thing") && text.len() <= 300);
    }

    #[test]
    fn the_first_step_that_failed_is_the_result() {
        let ends = [
            ("format", StepEnd::Failed { exit: 1 }),
            ("build", StepEnd::Passed),
            ("test", StepEnd::Signalled { signal: 9 }),
            ("lint", StepEnd::TimedOut { seconds: 5 }),
        ];
        assert_eq!(result(&ends).failed().map(|s| s.name.as_str()), Some("test"));
        assert_eq!((result(&ends[..2]).failed(), result(&ends[..2]).text(300)), (None, String::new()));
        let item = VerifyResult { at: Timestamp(7), ..result(&ends) }.item();
        assert_eq!((item.context.as_str(), item.colour, item.at), ("verify", Colour::Red, Timestamp(7)));
        assert!(item.detail.starts_with("step test: `make` was ended by signal 9\n"));
    }

    #[test]
    fn each_end_is_told_in_words() {
        for (end, words) in [
            (StepEnd::Passed, "passed"),
            (StepEnd::TimedOut { seconds: 5 }, "timed out after 5 s"),
            (StepEnd::TooMuchOutput { bytes: 9 }, "printed more than 9 bytes"),
            (StepEnd::NotStarted { why: "gone".into() }, "could not be started: gone"),
        ] {
            assert_eq!(end.to_string(), words);
        }
    }
}
