//! The closed list of things a step does outside `run.json`. Each has a key and can be read back, so that a
//! step that was cut off is finished by whoever comes next and nothing is done twice (laws 4 and 7).

use super::ids::{PullNo, Sha};
use super::message::MessageKind;
use super::notice::NoticeKind;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// One effect, as it stands in `run.json` until it is known to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Publish `sha` as `branch`, if the remote's branch is still at `lease` (none: does not exist).
    Push {
        /// The run's own branch.
        branch: String,
        /// What it shall be at.
        sha: Sha,
        /// What it was last seen at.
        lease: Option<Sha>,
    },
    /// Open the run's pull unless one is open for `branch`.
    OpenPull {
        /// The branch it brings in.
        branch: String,
        /// Its title.
        title: String,
        /// Its description.
        body: String,
    },
    /// Put a comment with `marker` on the run's issue unless it is there.
    Comment {
        /// What makes it the same comment.
        marker: String,
        /// Its text, without the marker.
        text: String,
    },
    /// Bring the issue's labels, and our name among its assignees, to this.
    Labels {
        /// Labels it shall have.
        add: Vec<String>,
        /// Labels it shall not have.
        remove: Vec<String>,
        /// Whether it shall be assigned to us; none: leave as it is.
        assign: Option<bool>,
    },
    /// Close the run's issue.
    CloseIssue,
    /// Queue a message for the session.
    Message {
        /// What makes it the same message.
        key: String,
        /// What it is about.
        kind: MessageKind,
        /// The head it speaks of: with another head it becomes void.
        about: Option<Sha>,
        /// Its text.
        text: String,
    },
    /// Start the run's session, as number `spawn`.
    StartSession {
        /// Counts the starts of a run's session, over all attempts.
        spawn: u32,
        /// Whether a conversation is to be continued.
        resume: bool,
    },
    /// Stop the run's session and everything it started.
    StopSession {
        /// Which start of it.
        spawn: u32,
    },
    /// Have the project's own checks run on a commit.
    Verify {
        /// The commit.
        sha: Sha,
    },
    /// Have pipelines of CI run again, those that nobody has run again since.
    RunCiAgain {
        /// The commit that they are of.
        sha: Sha,
        /// Their numbers.
        pipelines: Vec<u64>,
    },
    /// Have a pull landed at this head.
    Merge {
        /// The pull.
        pull: PullNo,
        /// The only head it may land at.
        sha: Sha,
    },
    /// Leave an agent alone until a time.
    CoolDown {
        /// The agent.
        agent: String,
        /// Not before.
        until: Timestamp,
        /// In its words.
        why: String,
    },
    /// Tell the people of the project.
    Notice {
        /// What makes it the same notice.
        key: String,
        /// Why they are told.
        kind: NoticeKind,
        /// The name of whom it is for, where it is not for whoever is asked first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<String>,
        /// Its place among those of the run, which may all be of the same second.
        #[serde(default)]
        order: u32,
        /// Its text.
        text: String,
    },
    /// Write down that something happened.
    Event {
        /// What makes it the same event.
        key: String,
        /// Its type.
        kind: String,
        /// Its particulars, for people.
        detail: String,
    },
}

impl Effect {
    /// One word for logs and for the kill sweep's report.
    pub fn name(&self) -> &'static str {
        match self {
            Effect::Push { .. } => "push",
            Effect::OpenPull { .. } => "open_pull",
            Effect::Comment { .. } => "comment",
            Effect::Labels { .. } => "labels",
            Effect::CloseIssue => "close_issue",
            Effect::Message { .. } => "message",
            Effect::StartSession { .. } => "start_session",
            Effect::StopSession { .. } => "stop_session",
            Effect::Verify { .. } => "verify",
            Effect::RunCiAgain { .. } => "run_ci_again",
            Effect::Merge { .. } => "merge",
            Effect::CoolDown { .. } => "cool_down",
            Effect::Notice { .. } => "notice",
            Effect::Event { .. } => "event",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effect_is_named_as_in_the_file() {
        let sha: Sha = "a".repeat(40).parse().unwrap();
        let text = String::new;
        for effect in [
            Effect::Push { branch: text(), sha: sha.clone(), lease: None },
            Effect::OpenPull { branch: text(), title: text(), body: text() },
            Effect::Comment { marker: text(), text: text() },
            Effect::Labels { add: vec![], remove: vec![], assign: None },
            Effect::CloseIssue,
            Effect::Message { key: text(), kind: MessageKind::Ci, about: None, text: text() },
            Effect::StartSession { spawn: 1, resume: false },
            Effect::StopSession { spawn: 1 },
            Effect::Verify { sha: sha.clone() },
            Effect::RunCiAgain { sha: sha.clone(), pipelines: vec![7] },
            Effect::Merge { pull: PullNo(1), sha },
            Effect::CoolDown { agent: text(), until: Timestamp(1), why: text() },
            Effect::Notice { key: text(), kind: NoticeKind::Landed, to: None, order: 7, text: text() },
            Effect::Event { key: text(), kind: text(), detail: text() },
        ] {
            let json = serde_json::to_value(&effect).unwrap();
            assert_eq!(json["effect"], effect.name());
            assert_eq!(serde_json::from_value::<Effect>(json).unwrap(), effect);
        }
    }
}
