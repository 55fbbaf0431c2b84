//! The smaller parts: our own binaries, the project's checks, people, the machine, time and chance.

use crate::config::Channel;
use crate::domain::ci::CiSeen;
use crate::domain::ids::{IssueNo, Sha};
use crate::domain::notice::NoticeKind;
use crate::domain::schedule::{Claim, MachineSeen};
use crate::domain::time::Timestamp;
use crate::domain::verify::StepResult;
use anyhow::Result;
use std::collections::BTreeMap;
use std::path::Path;

/// One of our binaries at work.
pub trait Job {
    /// Its exit code once it has ended.
    fn ended(&mut self) -> Option<i32>;
    /// What it is, for logs.
    fn name(&self) -> &str;
}

/// Our own binaries. The only way to start one.
pub trait Jobs {
    /// Starts a binary with arguments, in a process group and with a log of its own.
    fn start(&self, argv: &[&str]) -> Result<Box<dyn Job>>;
}

/// The project's own checks.
pub trait Checks {
    /// Runs all steps in a checkout of `sha`; `log` takes what they print.
    fn run(&self, folder: &Path, sha: &Sha, log: &Path) -> Result<Vec<StepResult>>;
}

/// What CI itself knows, beyond the results that the forge shows.
pub trait Ci {
    /// Where it is, if it can be asked.
    fn reach(&self) -> Result<String>;
    /// What failed of a commit whose checks are red, and what it printed. A look that failed stands in the answer.
    fn failures(&self, sha: &Sha) -> CiSeen;
    /// Has a pipeline of a commit run again, unless a later one of the same kind is there.
    fn run_again(&self, sha: &Sha, pipeline: u64) -> Result<()>;
}

/// What people are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tidings {
    /// What makes it the same, however often it is told.
    pub key: String,
    /// The issue that it is about, and its title.
    pub about: Option<(IssueNo, String)>,
    /// Why people are told.
    pub kind: NoticeKind,
    /// The name of whom it is for; none: whoever is told first.
    pub to: Option<String>,
    /// One line.
    pub text: String,
    /// Where more stands: the addresses of the issue and its pull, as far as they have any.
    pub links: Vec<String>,
    /// When it arose.
    pub at: Timestamp,
}

/// What somebody said in the channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The channel's name for it: the same, however often it is heard.
    pub id: String,
    /// The channel's name for who said it. Anybody may.
    pub who: String,
    /// The issue that the words about which they answer are about; none: elsewhere.
    pub issue: Option<IssueNo>,
    /// Their words.
    pub text: String,
    /// What a yes or no of one sign is about: the key of what they were told.
    pub to: Option<String>,
}

/// What was heard, and up to where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hearing {
    /// In the order in which it was said.
    pub said: Vec<Said>,
    /// Where the next hearing begins.
    pub until: String,
    /// Where this one had to begin is not known: some of it may have been dealt with before.
    pub anew: bool,
}

/// One channel to the people of the project.
pub trait People {
    /// Which one it is, as in `people.channels`.
    fn channel(&self) -> Channel;
    /// Passes a word on; false if it has to wait, and with it all that comes after.
    fn tell(&self, word: &Tidings) -> Result<bool>;
    /// What they have said since what was last [taken in](People::take_in), waiting so many seconds for it; none if that
    /// cannot be known now.
    fn hear(&self, _wait: u64) -> Result<Option<Hearing>> {
        Ok(Some(Hearing::default()))
    }
    /// Remembers that all of this has been dealt with.
    fn take_in(&self, _hearing: &Hearing) -> Result<()> {
        Ok(())
    }
    /// Whether what was taken in is heard again as long as it stands there, so that any binary of ours may listen at any
    /// time.
    fn hears_again(&self) -> bool {
        false
    }
    /// Shows that their words have reached the run; or answers, where they stand. False if that has to wait.
    fn acknowledge(&self, _said: &Said, _answer: Option<&str>) -> Result<bool> {
        Ok(true)
    }
    /// Whether any binary of ours reaches them now, not the tick alone.
    fn is_prompt(&self) -> bool;
    /// Says, once, where cron mails it, that they cannot be told: the tick's alone to call.
    fn complain(&self) -> Result<()> {
        Ok(())
    }
    /// How they are reached, in words; an error if they cannot be.
    fn reach(&self) -> Result<String>;
}

/// A process, told from a later one with the same number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessId {
    /// Its number.
    pub pid: u32,
    /// When it started, in clock ticks since boot.
    pub start_time: u64,
}

/// How a limit of memory is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// The words before the command that it holds for; none: nothing is limited.
    pub words: Vec<String>,
    /// By what, for people.
    pub by: &'static str,
}

/// The machine.
pub trait Machine {
    /// Memory, disk (under the state folder) and load.
    fn seen(&self) -> MachineSeen;
    /// This boot.
    fn boot_id(&self) -> String;
    /// Whether a process lives; none if that cannot be told.
    fn alive(&self, process: &ProcessId) -> Option<bool>;
    /// Whether we are root.
    fn is_root(&self) -> bool;
    /// This host's name.
    fn host(&self) -> String;
    /// What of our own environment a session may have: names on a fixed list, none of them secret.
    fn session_env(&self) -> BTreeMap<String, String>;
    /// What of our own environment a session's host hands on to the handlers that it wakes.
    fn host_env(&self) -> BTreeMap<String, String>;
    /// Where a program is, looked for on the PATH that sessions get.
    fn find_program(&self, name: &str) -> Option<String>;
    /// The absolute path of one of our binaries.
    fn binary(&self, name: &str) -> String;
    /// What a program prints that only tells something, in the environment that sessions get and for ten seconds at most.
    fn ask(&self, argv: &[&str]) -> Result<String>;
    /// How a limit of memory is put around a program: what comes before its command.
    fn fence(&self, memory_mb: u64) -> Fence;
    /// Our home folder as the list of users has it; none if that cannot be asked.
    fn home(&self) -> Option<String>;
}

/// Time.
pub trait Clock {
    /// The wall clock.
    fn now(&self) -> Timestamp;
    /// Minutes since local midnight.
    fn minute_of_day(&self) -> u32;
    /// Waits.
    fn sleep_ms(&self, milliseconds: u64);
}

/// Chance.
pub trait Dice {
    /// Twelve hex digits that nobody can guess.
    fn nonce(&self) -> String;
}

/// Who works on which issue.
pub trait Claims {
    /// What this host and root are called in a claim.
    fn owner(&self) -> String;
    /// Whose an issue is at `now`; a claim that has lapsed is nobody's.
    fn look(&self, issue: IssueNo, now: Timestamp) -> Claim;
    /// Whether our claim on it keeps others away at `now`, and for a while. One that cannot be read is no sign that it
    /// does not.
    fn holds(&self, issue: IssueNo, now: Timestamp) -> bool;
    /// Takes it for this host and root: how many times it has been taken by anybody. None if it is another's.
    fn take(&self, issue: IssueNo, now: Timestamp) -> Result<Option<u32>>;
    /// Holds on to it for longer, if it is ours.
    fn renew(&self, issue: IssueNo, now: Timestamp) -> Result<()>;
    /// Gives it back, if it is ours.
    fn release(&self, issue: IssueNo) -> Result<()>;
}
