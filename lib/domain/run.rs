//! A run: the work on one issue, as `run.json` holds it. Whoever holds the run's lock is its only writer.

use super::effect::Effect;
use super::ids::{IssueNo, PullNo, Sha};
use super::phase::Phase;
use super::request::Stamp;
use super::time::Timestamp;
use crate::twin::{self, Twin};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The format version that this program writes.
pub const VERSION: u32 = 1;

/// The version of a file that names none.
pub fn first_version() -> u32 {
    1
}

/// What can run out. A new attempt clears them; a person's reply grants one more of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counter {
    /// Messages about red checks since the last green.
    CiFixes,
    /// Reviews that asked for changes.
    Rounds,
    /// Conflicts and updates.
    Updates,
    /// Starts after the session died.
    Resumes,
    /// Starts of a session that never came up.
    Starts,
    /// Requests with nothing new committed.
    Empty,
    /// Times that the agent itself could not go on (a limit, a login) since it last finished a round.
    Limits,
}

impl Counter {
    /// All of them.
    pub const ALL: [Counter; 7] = [
        Counter::CiFixes,
        Counter::Rounds,
        Counter::Updates,
        Counter::Resumes,
        Counter::Starts,
        Counter::Empty,
        Counter::Limits,
    ];

    /// How many there are before a person is asked.
    pub fn limit(self) -> u32 {
        match self {
            Counter::CiFixes => 3,
            Counter::Rounds => 5,
            Counter::Updates => 5,
            Counter::Resumes => 3,
            Counter::Starts => 1,
            Counter::Empty => 1,
            // A day of quarters of an hour, which is what an agent gets that names no time.
            Counter::Limits => 96,
        }
    }

    /// Its name in words.
    pub fn words(self) -> &'static str {
        match self {
            Counter::CiFixes => "fixes of red checks",
            Counter::Rounds => "review rounds",
            Counter::Updates => "updates from the base",
            Counter::Resumes => "restarts of a dead session",
            Counter::Starts => "starts of the session",
            Counter::Empty => "requests without new work",
            Counter::Limits => "waits for the agent's limit",
        }
    }
}

/// What has been used of each counter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counters {
    /// See [`Counter::CiFixes`].
    pub ci_fixes: u32,
    /// See [`Counter::Rounds`].
    pub rounds: u32,
    /// See [`Counter::Updates`].
    pub updates: u32,
    /// See [`Counter::Resumes`].
    pub resumes: u32,
    /// See [`Counter::Starts`].
    pub starts: u32,
    /// See [`Counter::Empty`].
    pub empty: u32,
    /// See [`Counter::Limits`].
    pub limits: u32,
    /// How many more of each a person has granted.
    pub granted: u32,
}

impl Counters {
    fn slot(&mut self, counter: Counter) -> &mut u32 {
        match counter {
            Counter::CiFixes => &mut self.ci_fixes,
            Counter::Rounds => &mut self.rounds,
            Counter::Updates => &mut self.updates,
            Counter::Resumes => &mut self.resumes,
            Counter::Starts => &mut self.starts,
            Counter::Empty => &mut self.empty,
            Counter::Limits => &mut self.limits,
        }
    }

    /// How many of one have been used.
    pub fn used(&self, counter: Counter) -> u32 {
        match counter {
            Counter::CiFixes => self.ci_fixes,
            Counter::Rounds => self.rounds,
            Counter::Updates => self.updates,
            Counter::Resumes => self.resumes,
            Counter::Starts => self.starts,
            Counter::Empty => self.empty,
            Counter::Limits => self.limits,
        }
    }

    /// Uses one up, unless it has run out.
    pub fn spend(&mut self, counter: Counter) -> Result<u32, Counter> {
        if twin::is(Twin::SpendsNothing) {
            return Ok(self.used(counter));
        }
        let limit = counter.limit().saturating_add(self.granted);
        let used = self.slot(counter);
        if *used >= limit && !(counter == Counter::Resumes && twin::is(Twin::ResumesForever)) {
            return Err(counter);
        }
        *used += 1;
        Ok(*used)
    }

    /// Sets one back to nothing used.
    pub fn clear(&mut self, counter: Counter) {
        *self.slot(counter) = 0;
    }
}

/// Where a run's session is, with what tells "dead" from "cannot be seen".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRef {
    /// The tmux session's name.
    pub name: String,
    /// Which start of the run it is.
    pub spawn: u32,
    /// When it was started.
    pub started: Timestamp,
    /// The boot it was started in.
    pub boot_id: String,
    /// The tmux server's process, once known.
    #[serde(default)]
    pub server_pid: Option<u32>,
    /// When that process started, in clock ticks since boot.
    #[serde(default)]
    pub server_start: Option<u64>,
}

/// Why a run escalated, and the head at that time: the same reason at the same head is said once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// In words.
    pub reason: String,
    /// The head then.
    pub head: Option<Sha>,
    /// When it was first said.
    pub at: Timestamp,
    /// Whether a person has answered since: asked again after that, it is said again.
    #[serde(default)]
    pub answered: bool,
    /// The key of what people were told of it: what their yes or no has to be about.
    #[serde(default)]
    pub notice: String,
}

/// An effect that could not be carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stuck {
    /// Since when, in awake seconds.
    pub since: u64,
    /// Why, as it was said last.
    pub why: String,
}

fn is_none(count: &u32) -> bool {
    *count == 0
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Format version; see [`VERSION`].
    #[serde(default = "crate::domain::run::first_version")]
    pub version: u32,
    /// The project's name.
    pub project: String,
    /// The issue worked on.
    pub issue: IssueNo,
    /// Its title when the attempt began.
    pub title: String,
    /// Which try this is, from 1.
    pub attempt: u32,
    /// Where the run stands.
    pub phase: Phase,
    /// Where it stood before it was escalated, limited or stopped.
    #[serde(default)]
    pub came_from: Option<Phase>,
    /// When the issue's text was last changed before somebody stood for it: a text that was changed later by
    /// somebody who is not trusted is not shown to a session.
    #[serde(default)]
    pub vouched: Option<Timestamp>,
    /// Since when it stands there.
    pub since: Timestamp,
    /// The same in awake seconds (see the heartbeat).
    pub since_awake: u64,
    /// Whose move it is, in a word.
    pub owner: String,
    /// What ends the wait, in words.
    pub clears_when: String,
    /// Awake second at which the wait is over; none in a terminal phase.
    pub deadline: Option<u64>,
    /// Counts the phases entered, so that what was said in one is told from the next.
    #[serde(default)]
    pub entry: u32,
    /// The branch published.
    pub branch: String,
    /// The pull, once open.
    #[serde(default)]
    pub pull: Option<PullNo>,
    /// The head of the current round.
    #[serde(default)]
    pub head: Option<Sha>,
    /// What the remote's branch was last seen at: the lease of the next push.
    #[serde(default)]
    pub published: Option<Sha>,
    /// The last head that was taken over from others: what is published has to hold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theirs: Option<Sha>,
    /// The head of an earlier attempt whose pull was closed without being merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior: Option<Sha>,
    /// The session, unless none was started or we stopped it.
    #[serde(default)]
    pub session: Option<SessionRef>,
    /// How many sessions were started for this run.
    #[serde(default)]
    pub spawns: u32,
    /// How many questions of this attempt's sessions people were told.
    #[serde(default, skip_serializing_if = "is_none")]
    pub questions: u32,
    /// How the session before this one ended, if nobody had stopped it: its successor is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub died: Option<String>,
    /// The agent that the issue's labels asked for, if another than the project's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The model that they asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The agent's name for the conversation, if it has one.
    #[serde(default)]
    pub conversation: Option<String>,
    /// What has been used up.
    #[serde(default)]
    pub counters: Counters,
    /// The write of the phase file that was last taken.
    #[serde(default)]
    pub request: Option<Stamp>,
    /// When that was: a message delivered later has not been answered yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_at: Option<Timestamp>,
    /// Why it stands where it stands, if there is a reason in words.
    #[serde(default)]
    pub reason: Option<String>,
    /// The time a limit named.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// The issue a refusal named as to be done first.
    #[serde(default)]
    pub held_by: Option<IssueNo>,
    /// What was last escalated.
    #[serde(default)]
    pub escalation: Option<Escalation>,
    /// Rows of the phase table that have fired once and shall not again.
    #[serde(default)]
    pub said: BTreeSet<String>,
    /// Files left uncommitted when the work went on, named in the pull.
    #[serde(default)]
    pub left_behind: Vec<String>,
    /// Review ids already passed on.
    #[serde(default)]
    pub reviews_seen: BTreeSet<u64>,
    /// Effects decided on and not yet known to be done.
    #[serde(default)]
    pub pending: Vec<Effect>,
    /// Why they could not be carried out, if they could not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stuck: Option<Stuck>,
    /// Fields of a newer version, kept as they are.
    #[serde(flatten)]
    pub rest: serde_json::Map<String, serde_json::Value>,
}

impl Run {
    /// A run before its first phase is entered: attempt 1, nothing done, nothing used.
    pub fn new(project: &str, issue: IssueNo, title: &str, branch: String, now: Timestamp) -> Run {
        Run {
            version: VERSION,
            project: project.into(),
            issue,
            title: title.into(),
            attempt: 1,
            phase: Phase::Claimed,
            came_from: None,
            vouched: None,
            since: now,
            since_awake: 0,
            owner: String::new(),
            clears_when: String::new(),
            deadline: None,
            entry: 0,
            branch,
            pull: None,
            head: None,
            published: None,
            theirs: None,
            prior: None,
            session: None,
            died: None,
            spawns: 0,
            questions: 0,
            agent: None,
            model: None,
            conversation: None,
            counters: Counters::default(),
            request: None,
            request_at: None,
            reason: None,
            until: None,
            held_by: None,
            escalation: None,
            said: BTreeSet::new(),
            left_behind: Vec::new(),
            reviews_seen: BTreeSet::new(),
            pending: Vec::new(),
            stuck: None,
            rest: serde_json::Map::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_runs_out() {
        use Counter::*;
        for counter in [CiFixes, Rounds, Updates, Resumes, Starts, Empty, Limits] {
            let mut c = Counters::default();
            let spent = (0..1000).take_while(|_| c.spend(counter).is_ok()).count();
            assert_eq!(spent as u32, counter.limit(), "{counter:?}");
            assert_eq!(c.spend(counter), Err(counter));
        }
    }

    #[test]
    fn a_counter_runs_out_and_a_grant_gives_one_more() {
        let mut c = Counters::default();
        for k in 1..=3 {
            assert_eq!(c.spend(Counter::CiFixes), Ok(k));
        }
        assert_eq!(c.spend(Counter::CiFixes), Err(Counter::CiFixes));
        c.granted = 1;
        assert_eq!(c.spend(Counter::CiFixes), Ok(4));
        assert_eq!(c.spend(Counter::CiFixes), Err(Counter::CiFixes));
        c.clear(Counter::CiFixes);
        assert_eq!(c.spend(Counter::CiFixes), Ok(1));
    }

    #[test]
    fn each_counter_counts_for_itself_and_has_words_of_its_own() {
        use Counter::*;
        let all = [CiFixes, Rounds, Updates, Resumes, Starts, Empty, Limits];
        let words: BTreeSet<&str> = all.iter().map(|c| c.words()).collect();
        assert!(words.len() == all.len() && words.contains("review rounds"), "{words:?}");
        for counter in all {
            let mut c = Counters::default();
            c.spend(counter).unwrap();
            let used = serde_json::to_value(&c).unwrap();
            let name = serde_json::to_value(counter).unwrap();
            assert_eq!(used[name.as_str().unwrap()], 1, "{counter:?}");
            assert_eq!(used.as_object().unwrap().values().filter(|v| **v == 1).count(), 1, "{counter:?}");
        }
    }

    #[test]
    fn a_record_without_a_version_is_of_the_first() {
        let run = Run::new("p", IssueNo(1), "t", "b".into(), Timestamp(0));
        let mut json = serde_json::to_value(&run).unwrap();
        json.as_object_mut().unwrap().remove("version");
        assert_eq!(serde_json::from_value::<Run>(json).unwrap(), run);
    }
}
