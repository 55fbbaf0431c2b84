//! Texts for a session and how far each has come. A key is queued once; a message about an older head is void.

use super::ids::Sha;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Checks failed.
    Ci,
    /// A review asks for changes.
    Review,
    /// A person's words.
    Reply,
    /// A reminder to make a request.
    Nudge,
    /// A conflict, or commits of others on the branch.
    Update,
    /// A request that could not be taken as it was.
    Correction,
}

/// How far a message has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// Waiting for the session.
    Queued,
    /// Being put in; written before the paste.
    Sending {
        /// What the text carries, to find it again after a crash.
        nonce: String,
        /// Which start of the session it was for.
        spawn: u32,
        /// When it was put into a terminal whose agent tells what reaches it, and has not told so yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        put: Option<Timestamp>,
        /// How often it was put in, or Enter pressed for it.
        #[serde(default)]
        tries: u32,
    },
    /// Put in.
    Delivered {
        /// When.
        at: Timestamp,
        /// How that is known.
        by: String,
    },
    /// Not to be delivered any more.
    Void {
        /// Why.
        why: String,
    },
}

/// One message, `messages/NNNN.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Format version.
    #[serde(default = "crate::domain::run::first_version")]
    pub version: u32,
    /// What makes it the same message.
    pub key: String,
    /// What it is about.
    pub kind: MessageKind,
    /// The head it speaks of, if it does.
    pub about: Option<Sha>,
    /// Its text.
    pub text: String,
    /// When it was queued.
    pub queued: Timestamp,
    /// How far it has come.
    pub state: MessageState,
    /// Fields of a newer version, kept as they are.
    #[serde(flatten)]
    pub rest: serde_json::Map<String, serde_json::Value>,
}

impl Message {
    /// Whether it still has to reach the session.
    pub fn waits(&self) -> bool {
        matches!(self.state, MessageState::Queued | MessageState::Sending { .. })
    }

    /// Whether the session it was put into may have ended before acting on it: it has made no request since. A
    /// reminder to make one means nothing to the next session.
    pub fn unanswered(&self, last_request: Option<Timestamp>) -> bool {
        match &self.state {
            MessageState::Delivered { at, .. } if self.kind != MessageKind::Nudge => {
                last_request.is_none_or(|asked| *at >= asked)
            }
            _ => false,
        }
    }

    /// Why it should not be delivered any more, judged against the run's head as it is now.
    pub fn outdated(&self, head: Option<&Sha>) -> Option<String> {
        match (&self.about, head) {
            (Some(about), Some(head)) if about != head => Some(format!("the head is {} now", head.short())),
            _ => None,
        }
    }
}

/// Seconds after which a text that was put into the terminal of an agent at its prompt should have been taken in.
const TAKEN_IN: u64 = 10;

/// What is to be done about a message that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is in, as this tells.
    Arrived(String),
    /// It is in the terminal: the agent takes it in when it gets to it.
    Wait,
    /// It has to be put in.
    Put,
    /// It was put in and nothing came of it: Enter again, in case that alone was lost, else all of it again. The nonce stays,
    /// so that what arrives late after all is known to be the same.
    Again {
        /// The nonce that it has.
        nonce: String,
        /// Whether Enter is enough.
        enter: bool,
        /// How often it was tried.
        tries: u32,
    },
}

impl Message {
    /// What to do next. `arrived` tells by what a nonce is known to have arrived; `idle` whether the agent waits at its prompt,
    /// `spawn` which start of the session is up, `now` the time.
    pub fn next(
        &self,
        arrived: impl Fn(&str) -> Option<String>,
        idle: bool,
        spawn: u32,
        now: Timestamp,
    ) -> Next {
        let MessageState::Sending { nonce, spawn: of, put, tries } = &self.state else { return Next::Put };
        if *of != spawn {
            return Next::Put;
        }
        match (arrived(nonce), put) {
            (Some(by), _) => Next::Arrived(by),
            (None, None) => Next::Put,
            (None, Some(at)) if idle && now.since(*at) >= TAKEN_IN => {
                Next::Again { nonce: nonce.clone(), enter: tries % 2 == 1, tries: *tries }
            }
            // While it works, what is in its terminal may stand in its queue.
            (None, Some(_)) => Next::Wait,
        }
    }
}

/// The text that goes into the session for all messages that wait: one text, one turn. The nonce stands in its
/// first and its last line, so that a reader knows where it ends and we can find it again.
pub fn bundle(texts: &[&str], nonce: &str) -> String {
    format!("[drover message {nonce}]\n{}\n[end of message {nonce}]", texts.join("\n\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(about: Option<&str>) -> Message {
        Message {
            version: 1,
            key: "ci:1".into(),
            kind: MessageKind::Ci,
            about: about.map(|a| a.repeat(40).parse().unwrap()),
            text: "t".into(),
            queued: Timestamp(0),
            state: MessageState::Queued,
            rest: Default::default(),
        }
    }

    #[test]
    fn a_message_about_an_older_head_is_outdated() {
        let head: Sha = "b".repeat(40).parse().unwrap();
        assert!(message(Some("a")).outdated(Some(&head)).is_some());
        assert!(message(Some("b")).outdated(Some(&head)).is_none());
        assert!(message(None).outdated(Some(&head)).is_none());
        assert!(message(Some("a")).outdated(None).is_none());
    }

    #[test]
    fn what_was_delivered_after_the_last_request_is_unanswered() {
        let mut m = message(None);
        assert!(!m.unanswered(None), "it waits");
        m.state = MessageState::Delivered { at: Timestamp(5), by: "turn 2".into() };
        assert!(m.unanswered(None) && m.unanswered(Some(Timestamp(5))));
        assert!(!m.unanswered(Some(Timestamp(6))));
        m.kind = MessageKind::Nudge;
        assert!(!m.unanswered(None));
    }

    #[test]
    fn fields_of_a_newer_version_survive_a_round_trip() {
        let mut json = serde_json::to_value(message(None)).unwrap();
        json["colour"] = "blue".into();
        let back: Message = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(back).unwrap(), json);
    }

    #[test]
    fn a_bundle_says_where_it_begins_and_ends() {
        let text = bundle(&["one", "two"], "7f3a");
        assert!(text.starts_with("[drover message 7f3a]\n") && text.ends_with("\n[end of message 7f3a]"));
        assert!(text.contains("one\n\ntwo"));
    }

    #[test]
    fn what_is_delivered_or_void_waits_no_more() {
        let sending = MessageState::Sending { nonce: "n".into(), spawn: 1, put: None, tries: 0 };
        let delivered = MessageState::Delivered { at: Timestamp(0), by: "pasted".into() };
        let void = MessageState::Void { why: "w".into() };
        for (state, waits) in
            [(MessageState::Queued, true), (sending, true), (delivered, false), (void, false)]
        {
            assert_eq!(Message { state, ..message(None) }.waits(), waits);
        }
        let head = "b".repeat(40).parse().ok();
        assert_eq!(message(Some("a")).outdated(head.as_ref()), Some("the head is bbbbbbbbbb now".into()));
    }

    #[test]
    fn what_is_in_a_terminal_waits_for_the_agent_and_is_put_in_again_only_at_an_idle_prompt() {
        let sending = |spawn, put: Option<i64>, tries| Message {
            state: MessageState::Sending { nonce: "n".into(), spawn, put: put.map(Timestamp), tries },
            ..message(None)
        };
        let (no, yes) = (|_: &str| None, |nonce: &str| (nonce == "n").then(|| "hook".to_string()));
        let at = Timestamp(100);
        let again = |enter, tries| Next::Again { nonce: "n".into(), enter, tries };
        assert_eq!(message(None).next(yes, true, 1, at), Next::Put, "it is queued");
        assert_eq!(sending(1, Some(50), 1).next(yes, false, 1, at), Next::Arrived("hook".into()));
        assert_eq!(sending(1, None, 0).next(yes, false, 1, at), Next::Arrived("hook".into()));
        assert_eq!(sending(1, None, 0).next(no, false, 1, at), Next::Put);
        assert_eq!(sending(1, Some(50), 1).next(no, false, 1, at), Next::Wait, "it may stand in its queue");
        assert_eq!(sending(1, Some(95), 1).next(no, true, 1, at), Next::Wait);
        assert_eq!(sending(1, Some(90), 1).next(no, true, 1, at), again(true, 1));
        assert_eq!(sending(1, Some(90), 2).next(no, true, 1, at), again(false, 2));
        assert_eq!(sending(2, Some(50), 1).next(yes, false, 1, at), Next::Put, "another session");
    }
}
