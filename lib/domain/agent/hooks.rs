//! What an agent's own hooks tell while it works in its own interface: one line of JSON each, as `hook` (or for opencode
//! its plugin) appends it to `session/hooks.jsonl`. The session can write that file too: from what stands there follows
//! how the session is treated and what has arrived, never what is done with its work.

use super::output::Usage;
use crate::domain::text::plain_line;
use serde::{Deserialize, Serialize};

/// How much of an agent's words a line keeps, in characters.
const WORDS: usize = 1000;

/// How many messages of ours one prompt can hold.
const NONCES: usize = 20;

/// What a line with a nonce of ours begins with in a text for a session.
const MARK: &str = "[drover message ";

/// What has happened, by the names that Claude Code and Codex give to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// A conversation was begun, resumed or compacted.
    SessionStart,
    /// The agent ends.
    SessionEnd,
    /// A text was taken in: a person's, or ours with its nonce.
    UserPromptSubmit,
    /// A tool is about to be called.
    PreToolUse,
    /// A tool was called.
    PostToolUse,
    /// The agent asks whether it may.
    PermissionRequest,
    /// It tells something, as the source says what.
    Notification,
    /// A turn has ended.
    Stop,
    /// A turn has failed.
    StopFailure,
    /// Its server fails, and it tries again by itself.
    Retry,
    /// The conversation is about to be made shorter.
    PreCompact,
    /// Something else.
    #[serde(other)]
    Other,
}

impl Event {
    /// All that agents are asked to tell of, by their names.
    pub const ASKED_FOR: [(&str, Event); 10] = [
        ("SessionStart", Event::SessionStart),
        ("SessionEnd", Event::SessionEnd),
        ("UserPromptSubmit", Event::UserPromptSubmit),
        ("PreToolUse", Event::PreToolUse),
        ("PostToolUse", Event::PostToolUse),
        ("PermissionRequest", Event::PermissionRequest),
        ("Notification", Event::Notification),
        ("Stop", Event::Stop),
        ("StopFailure", Event::StopFailure),
        ("PreCompact", Event::PreCompact),
    ];

    /// The event of this name.
    pub fn named(name: &str) -> Event {
        Self::ASKED_FOR.iter().find(|(n, _)| *n == name).map_or(Event::Other, |(_, event)| *event)
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// Which start of the session it belongs to.
    pub spawn: u32,
    /// What.
    pub event: Event,
    /// The agent's name for the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
    /// Where it keeps what was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript: Option<String>,
    /// The nonces of messages of ours in the text that was taken in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nonces: Vec<String>,
    /// Of what kind: how a session began, what a notification is about, which tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The agent's last words, or those of a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// Whether it goes on by itself: it was told to by us, or waits for work in its own background.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub goes_on: bool,
    /// What was used since the end of the turn before, where the agent tells that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<Usage>,
}

impl Line {
    /// A line about nothing but the event.
    pub fn new(at: i64, spawn: u32, event: Event) -> Line {
        let (conversation, transcript, nonces, source, words, used) = (None, None, vec![], None, None, None);
        Line { at, spawn, event, conversation, transcript, nonces, source, words, goes_on: false, used }
    }

    /// What an agent gives its hook on stdin, in the form of Claude Code and Codex. Fields that are not there, or something
    /// else than expected, are left out.
    pub fn of_input(at: i64, spawn: u32, event: Event, input: &serde_json::Value) -> Line {
        let text = |names: &[&str]| {
            let found = names.iter().find_map(|n| input[*n].as_str().filter(|t| !t.is_empty()));
            found.map(|t| plain_line(t, WORDS))
        };
        // A start's model and a tool's name are not asked for by these names.
        let source = text(&["source", "reason", "notification_type", "error", "trigger", "tool_name"]);
        let words = text(&["last_assistant_message", "message"]);
        let background = input["background_tasks"].as_array().is_some_and(|tasks| !tasks.is_empty());
        Line {
            conversation: text(&["session_id"]),
            transcript: text(&["transcript_path"]),
            nonces: input["prompt"].as_str().map(nonces).unwrap_or_default(),
            source,
            words,
            goes_on: event == Event::Stop && background,
            ..Line::new(at, spawn, event)
        }
    }
}

impl Line {
    /// Whether its answer depends on what was told before.
    pub fn is_answered(&self) -> bool {
        self.event == Event::Stop
    }
}

/// The nonces of the messages in a text: their first lines, wherever an agent has put them.
pub fn nonces(text: &str) -> Vec<String> {
    let after = text.match_indices(MARK).map(|(at, _)| &text[at + MARK.len()..]);
    let nonce = |rest: &str| {
        let nonce = &rest[..rest.find(']')?];
        let fine = |c: char| c.is_ascii_alphanumeric() || c == '-';
        (!nonce.is_empty() && nonce.len() <= 64 && nonce.chars().all(fine)).then(|| nonce.to_string())
    };
    after.filter_map(nonce).take(NONCES).collect()
}

/// The lines of one start of a session, in the order in which they were written. Half a line, as at the cut of a long
/// file, and what is none are passed over.
pub fn of_spawn(text: &str, spawn: u32) -> Vec<Line> {
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
    lines.filter(|line| line.spawn == spawn).collect()
}

/// Whether the agent has taken in the message of this nonce, in whichever start of the session.
pub fn has_arrived(text: &str, nonce: &str) -> bool {
    let lines = text.lines().filter(|line| line.contains(nonce));
    lines
        .filter_map(|line| serde_json::from_str::<Line>(line).ok())
        .any(|l| l.nonces.iter().any(|n| n == nonce))
}

/// Whether a turn that ends now should be told once that it has asked for nothing: it was about a message of ours, and
/// since that came nothing was written to the phase file. `asked` is when that was last written, in milliseconds since
/// 1970; `again` whether the agent goes on already because it was told so.
pub fn has_forgotten_to_ask(lines: &[Line], stop: &Line, asked: Option<i64>, again: bool) -> bool {
    let ours = lines.iter().rfind(|l| l.event == Event::UserPromptSubmit);
    let Some(ours) = ours.filter(|l| !l.nonces.is_empty()) else { return false };
    !again && !stop.goes_on && asked.is_none_or(|at| at < ours.at)
}

/// Tools of an agent by which it waits for somebody at its screen, and what it is told instead.
const AT_THE_SCREEN: &[&str] = &["AskUserQuestion", "EnterPlanMode", "ExitPlanMode"];

/// What an agent's hook answers, if anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Go on: the turn has asked for nothing.
    GoOn,
    /// The rules again, after the conversation was made shorter.
    Rules,
    /// Not this tool: nobody sits at the screen.
    NobodyThere,
}

/// What to answer to `line`, of which `before` are those before it in this start of the session. For `asked` and `again` see
/// [`has_forgotten_to_ask`].
pub fn answer(before: &[Line], line: &Line, asked: Option<i64>, again: bool) -> Option<Answer> {
    let source = line.source.as_deref();
    match line.event {
        Event::Stop => has_forgotten_to_ask(before, line, asked, again).then_some(Answer::GoOn),
        Event::SessionStart => (source == Some("compact")).then_some(Answer::Rules),
        Event::PreToolUse => {
            source.is_some_and(|tool| AT_THE_SCREEN.contains(&tool)).then_some(Answer::NobodyThere)
        }
        _ => None,
    }
}

impl Answer {
    /// It in the form in which Claude Code and Codex read it on a hook's stdout.
    pub fn json(self, nudge: &str, rules: &str) -> serde_json::Value {
        use serde_json::json;
        match self {
            Answer::GoOn => json!({"decision": "block", "reason": nudge}),
            Answer::Rules => {
                json!({"hookSpecificOutput": {"hookEventName": "SessionStart", "additionalContext": rules}})
            }
            Answer::NobodyThere => json!({"hookSpecificOutput": {
                "hookEventName": "PreToolUse",
                "permissionDecision": "deny",
                "permissionDecisionReason": "Nobody sits at this screen. Decide by yourself, or ask a person with \
                    `PHASE:escalate` and a second line `Reason: …` in the file named by $PHASE_FILE.",
            }}),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn prompt(at: i64, text: &str) -> Line {
        Line::of_input(at, 1, Event::UserPromptSubmit, &json!({"prompt": text}))
    }

    #[test]
    fn a_prompt_tells_which_messages_of_ours_it_holds_and_nothing_of_its_text() {
        let input = json!({"session_id": "s-1", "transcript_path": "/t", "prompt": "\n\n<pasted_content id=\"b\">\n[drover message a9]\r\n/x\n[end of message a9]\n[drover message prompt-3]\n"});
        let line = Line::of_input(5, 2, Event::UserPromptSubmit, &input);
        assert_eq!(
            (line.nonces, line.conversation.as_deref()),
            (vec!["a9".into(), "prompt-3".into()], Some("s-1"))
        );
        assert_eq!((line.words, line.source), (None, None));
        for odd in ["[drover message ]", "[drover message a b]", "[drover message a", "[drover message é]"] {
            assert_eq!(prompt(0, odd).nonces, Vec::<String>::new(), "{odd}");
        }
        assert_eq!(prompt(0, &"[drover message a]".repeat(50)).nonces.len(), 20);
    }

    #[test]
    fn a_line_is_read_as_it_was_written_and_other_starts_are_others() {
        let line = Line { goes_on: true, ..prompt(7, "[drover message a9]") };
        let text = format!(
            "half a li\n{}\n{{\"at\":1}}\n{}\n{}",
            serde_json::to_string(&line).unwrap(),
            serde_json::to_string(&Line { spawn: 2, ..line.clone() }).unwrap(),
            r#"{"at":9,"spawn":1,"event":"SomethingNew"}"#
        );
        let read = of_spawn(&text, 1);
        assert_eq!((read.len(), &read[0], read[1].event), (2, &line, Event::Other));
    }

    #[test]
    fn a_message_has_arrived_when_a_prompt_held_its_nonce_and_not_when_it_is_only_spoken_of() {
        let mut told = Line::new(1, 1, Event::Stop);
        told.words = Some("I saw [drover message b2]".into());
        let text = format!(
            "{}\n{}\n",
            serde_json::to_string(&prompt(1, "[drover message a9]")).unwrap(),
            serde_json::to_string(&told).unwrap()
        );
        assert!(has_arrived(&text, "a9"));
        assert!(!has_arrived(&text, "b2") && !has_arrived(&text, "a") && !has_arrived("", "a9"));
    }

    #[test]
    fn a_turn_about_a_message_of_ours_has_to_ask_for_something_once() {
        let stop = Line::new(30, 1, Event::Stop);
        let forgets = |text: &str, asked, again| {
            has_forgotten_to_ask(&[prompt(1, "[drover message z]"), prompt(20, text)], &stop, asked, again)
        };
        let ours = "[drover message a9]";
        assert!(forgets(ours, None, false) && forgets(ours, Some(19), false));
        assert!(!forgets(ours, Some(20), false), "it has asked");
        assert!(!forgets(ours, None, true), "it was told so");
        assert!(!forgets("and what is this?", None, false), "a person talks with it");
        assert!(!has_forgotten_to_ask(&[], &stop, None, false));
        let background = Line { goes_on: true, ..stop.clone() };
        assert!(!has_forgotten_to_ask(&[prompt(20, ours)], &background, None, false));
    }

    #[test]
    fn what_an_agent_says_is_kept_as_one_plain_line() {
        let input = json!({"last_assistant_message": "a\nb\u{1b}[31m", "error": "rate_limit", "background_tasks": [1]});
        let line = Line::of_input(0, 1, Event::Stop, &input);
        assert_eq!(
            (line.words.as_deref(), line.source.as_deref(), line.goes_on),
            (Some("a b"), Some("rate_limit"), true)
        );
        let odd = Line::of_input(0, 1, Event::Stop, &json!(["x"]));
        assert_eq!(odd, Line::new(0, 1, Event::Stop));
    }

    #[test]
    fn an_input_names_its_conversation_and_its_record_and_only_an_end_is_answered_by_what_was() {
        let input = serde_json::json!({"session_id": "s-1", "transcript_path": "/t/s-1.jsonl"});
        let line = Line::of_input(1, 1, Event::Stop, &input);
        assert_eq!(
            (line.conversation.as_deref(), line.transcript.as_deref()),
            (Some("s-1"), Some("/t/s-1.jsonl"))
        );
        assert!(line.is_answered());
        assert!(!Line::of_input(1, 1, Event::SessionStart, &input).is_answered());
    }

    #[test]
    fn events_have_the_names_that_agents_give_them() {
        for (name, event) in Event::ASKED_FOR {
            assert_eq!(Event::named(name), event);
            assert_eq!(serde_json::to_value(event).unwrap(), name);
        }
        assert_eq!(Event::named("Whatever"), Event::Other);
    }

    #[test]
    fn a_hook_answers_only_where_the_agent_would_stop_forget_or_wait_for_nobody() {
        let of =
            |event, source: Option<&str>| Line { source: source.map(String::from), ..Line::new(9, 1, event) };
        let before = [prompt(1, "[drover message a9]")];
        let told = |line: &Line| answer(&before, line, None, false);
        assert_eq!(told(&of(Event::Stop, None)), Some(Answer::GoOn));
        assert_eq!(answer(&before, &of(Event::Stop, None), Some(5), false), None);
        assert_eq!(told(&of(Event::SessionStart, Some("compact"))), Some(Answer::Rules));
        assert_eq!(told(&of(Event::SessionStart, Some("resume"))), None);
        assert_eq!(told(&of(Event::PreToolUse, Some("AskUserQuestion"))), Some(Answer::NobodyThere));
        for (event, source) in
            [(Event::PreToolUse, Some("Bash")), (Event::UserPromptSubmit, None), (Event::Other, None)]
        {
            assert_eq!(told(&of(event, source)), None);
        }
        assert_eq!(Answer::GoOn.json("n", "r")["reason"], "n");
        assert_eq!(Answer::Rules.json("n", "r")["hookSpecificOutput"]["additionalContext"], "r");
        assert_eq!(Answer::NobodyThere.json("n", "r")["hookSpecificOutput"]["permissionDecision"], "deny");
    }
}
