//! What is made of an agent's hooks and of its record of a conversation.

use super::*;
use serde_json::json;

fn hook(at: i64, event: Event, source: Option<&str>, words: Option<&str>) -> Line {
    Line { source: source.map(String::from), words: words.map(String::from), ..Line::new(at, 1, event) }
}

fn doing(lines: &[Line]) -> Option<Doing> {
    let mut watched = Watched::default();
    lines.iter().for_each(|line| watched.hook(line));
    watched.moment().map(|m| m.doing.clone())
}

/// 2026-11-28T15:40:00Z and so many milliseconds.
fn record(kind: Kind, watched: &mut Watched, ms: i64, rest: Value) {
    let mut line = json!({"timestamp": chrono::DateTime::from_timestamp_millis(ms).unwrap().to_rfc3339()});
    line.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    watched.line(kind, &line.to_string(), 0);
}

#[test]
fn each_hook_tells_what_the_agent_does_or_nothing() {
    use Event::*;
    let table: &[(Event, Option<&str>, Option<Doing>)] = &[
        (SessionStart, Some("startup"), None),
        (SessionStart, Some("resume"), None),
        (SessionStart, Some("compact"), None),
        (UserPromptSubmit, None, Some(Doing::Working)),
        (PreToolUse, Some("Bash"), Some(Doing::Working)),
        (PostToolUse, Some("Bash"), Some(Doing::Working)),
        (PermissionRequest, Some("Bash"), Some(Doing::AtDialog("it asks whether it may use Bash".into()))),
        (Notification, Some("permission_prompt"), Some(Doing::AtDialog("permission_prompt".into()))),
        (Notification, Some("elicitation_dialog"), Some(Doing::AtDialog("elicitation_dialog".into()))),
        (Notification, Some("idle_prompt"), Some(Doing::AtPrompt)),
        (Notification, Some("auth_success"), None),
        (Stop, None, Some(Doing::AtPrompt)),
        (StopFailure, Some("rate_limit"), Some(Doing::Failed("rate_limit".into()))),
        (Retry, Some("3"), Some(Doing::Working)),
        (Retry, Some("4"), Some(Doing::Tries("4".into()))),
        (PreCompact, Some("auto"), None),
        (SessionEnd, Some("other"), None),
        (Other, None, None),
    ];
    for (event, source, expected) in table {
        assert_eq!(doing(&[hook(1, *event, *source, None)]), *expected, "{event:?} {source:?}");
        // What tells nothing leaves what was told before.
        let before = hook(0, UserPromptSubmit, None, None);
        let then = expected.clone().unwrap_or(Doing::Working);
        assert_eq!(doing(&[before, hook(1, *event, *source, None)]), Some(then), "{event:?}");
    }
    assert_eq!(doing(&[Line { goes_on: true, ..Line::new(1, 1, Stop) }]), Some(Doing::Working));
    let failed = hook(1, StopFailure, Some("rate_limit"), Some("You've hit your limit"));
    assert_eq!(doing(&[failed]), Some(Doing::Failed("You've hit your limit".into())));
}

#[test]
fn the_record_stands_in_for_a_hook_that_did_not_come() {
    let mut w = Watched::default();
    w.hook(&hook(1000, Event::UserPromptSubmit, None, None));
    record(Kind::Claude, &mut w, 1500, json!({"type": "assistant"}));
    assert_eq!(w.moment().unwrap().doing, Doing::Working);
    record(Kind::Claude, &mut w, 2000, json!({"type": "system", "subtype": "turn_duration"}));
    assert_eq!(
        (&w.moment().unwrap().doing, w.moment().unwrap().by.as_str()),
        (&Doing::AtPrompt, "record turn_duration")
    );
    w.hook(&hook(3000, Event::UserPromptSubmit, None, None));
    assert_eq!(w.moment().unwrap().doing, Doing::Working);
    record(Kind::Claude, &mut w, 4000, json!({"type": "user", "interruptedMessageId": "m"}));
    assert_eq!((&w.moment().unwrap().doing, w.heard), (&Doing::AtPrompt, 4000));
}

#[test]
fn a_failure_of_codex_stands_in_its_record_alone() {
    let event = |rest: Value| json!({"type": "event_msg", "payload": rest});
    let mut w = Watched::default();
    w.hook(&hook(1000, Event::UserPromptSubmit, None, None));
    record(Kind::Codex, &mut w, 2000, event(json!({"type": "task_complete", "error": {"message": "429"}})));
    assert_eq!(w.moment().unwrap().doing, Doing::Failed("429".into()));
    w.hook(&hook(3000, Event::UserPromptSubmit, None, None));
    record(Kind::Codex, &mut w, 4000, event(json!({"type": "turn_aborted"})));
    assert_eq!(w.moment().unwrap().doing, Doing::AtPrompt);
    record(Kind::Codex, &mut w, 5000, event(json!({"type": "task_complete", "error": null})));
    assert_eq!(w.moment().unwrap().doing, Doing::AtPrompt);
    record(
        Kind::Codex,
        &mut w,
        6000,
        json!({"type": "other", "payload": {"type": "task_complete", "error": {"message": "x"}}}),
    );
    assert_eq!(w.moment().unwrap().doing, Doing::AtPrompt);
}

#[test]
fn a_failure_stands_until_it_works_again() {
    let mut w = Watched::default();
    w.hook(&hook(1000, Event::StopFailure, None, Some("529")));
    w.hook(&hook(1050, Event::Stop, None, None));
    w.hook(&hook(1060, Event::Notification, Some("idle_prompt"), None));
    record(Kind::Claude, &mut w, 1100, json!({"type": "system", "subtype": "turn_duration"}));
    assert_eq!(w.moment().unwrap().doing, Doing::Failed("529".into()));
    w.hook(&hook(1200, Event::UserPromptSubmit, None, None));
    assert_eq!(w.moment().unwrap().doing, Doing::Working);
}

#[test]
fn what_answers_used_is_counted_once_and_only_since_it_was_last_asked() {
    let mut w = Watched::default();
    let answer = |id: &str, output: u64| {
        json!({"type": "assistant", "message": {"id": id, "usage":
            {"input_tokens": 10, "cache_read_input_tokens": 5, "cache_creation_input_tokens": 2, "output_tokens": output}}})
    };
    for (id, output) in [("a", 1), ("a", 7), ("b", 3)] {
        record(Kind::Claude, &mut w, 1000, answer(id, output));
    }
    w.line(
        Kind::Claude,
        &json!({"timestamp": "1970-01-01T00:00:00Z", "message": {"id": "z", "usage": {"output_tokens": 9}}})
            .to_string(),
        500,
    );
    let mut told = Usage::default();
    let used = w.used(&mut told);
    assert_eq!(used, Usage { input: 34, cached: 10, output: 10, micro_usd: None });
    assert_eq!((w.used(&mut told), told), (Usage::default(), Usage::default()));
}

#[test]
fn sums_over_a_conversation_are_counted_from_the_last_one_on() {
    let mut w = Watched::default();
    let total = |input: u64| {
        json!({"type": "event_msg", "payload": {"type": "token_count", "info": {"total_token_usage":
        {"input_tokens": input, "cached_input_tokens": 4, "output_tokens": 2}}}})
    };
    let mut told = Usage { input: 30, cached: 1, output: 1, micro_usd: None };
    record(Kind::Codex, &mut w, 1000, total(50));
    assert_eq!(w.used(&mut told), Usage { input: 20, cached: 3, output: 1, micro_usd: None });
    assert_eq!(w.used(&mut told).input, 0);
    record(Kind::Codex, &mut w, 2000, json!({"type": "event_msg", "payload": {"type": "task_started"}}));
    record(Kind::Claude, &mut w, 3000, total(90));
    assert_eq!(w.used(&mut told).input, 0, "a line without a sum, and another agent's, change none");
}

#[test]
fn what_a_turn_used_can_be_told_with_its_end() {
    let mut w = Watched::default();
    let used = Usage { input: 60, cached: 0, output: 1, micro_usd: Some(5) };
    for at in [1, 2] {
        w.hook(&Line { used: Some(used), ..Line::new(at, 1, Event::Stop) });
    }
    let mut told = Usage::default();
    assert_eq!(w.used(&mut told), used.plus(&used));
    assert_eq!((w.used(&mut told), told), (Usage::default(), Usage::default()));
}

#[test]
fn the_conversation_and_its_record_are_told_by_hooks_and_an_odd_name_is_not_believed() {
    let mut w = Watched::default();
    let named = |id: &str| Line {
        conversation: Some(id.into()),
        transcript: Some("/t".into()),
        ..Line::new(1, 1, Event::SessionStart)
    };
    w.hook(&named("--resume-me"));
    assert_eq!(w.conversation, None);
    w.hook(&named("0192-abcd"));
    w.hook(&Line::new(2, 1, Event::Stop));
    assert_eq!((w.conversation.as_deref(), w.transcript.as_deref()), (Some("0192-abcd"), Some("/t")));
}

#[test]
fn what_it_does_on_the_side_says_nothing() {
    let mut w = Watched::default();
    let of = |id: &str, event| Line { conversation: Some(id.into()), ..Line::new(1, 1, event) };
    let ours = |id: &str| Line { nonces: vec!["a9".into()], ..of(id, Event::UserPromptSubmit) };
    w.hook(&of("first-one", Event::SessionStart));
    w.hook(&of("title-one", Event::SessionStart));
    w.hook(&ours("first-one"));
    w.hook(&of("title-one", Event::Stop));
    assert_eq!(
        (w.moment().unwrap().doing.clone(), w.conversation.as_deref()),
        (Doing::Working, Some("first-one"))
    );
    w.hook(&of("first-one", Event::Stop));
    assert_eq!(w.moment().unwrap().doing, Doing::AtPrompt);
    w.hook(&ours("other-one"));
    assert_eq!(
        (w.moment().unwrap().doing.clone(), w.conversation.as_deref()),
        (Doing::Working, Some("other-one"))
    );
}

#[test]
fn what_is_known_is_known_by_a_name_and_the_same_instant_is_the_hooks() {
    let by = |event, source| {
        let mut w = Watched::default();
        w.hook(&hook(1000, event, source, None));
        w.moment().unwrap().by.clone()
    };
    assert_eq!(by(Event::UserPromptSubmit, None), "hook UserPromptSubmit");
    assert_eq!(by(Event::Notification, Some("idle_prompt")), "hook Notification idle_prompt");
    assert_eq!(by(Event::PreToolUse, Some("Bash")), "hook PreToolUse");
    let mut w = Watched::default();
    w.hook(&hook(1000, Event::UserPromptSubmit, None, None));
    record(Kind::Claude, &mut w, 1000, json!({"type": "system", "subtype": "turn_duration"}));
    assert_eq!(w.moment().unwrap().doing, Doing::Working, "of one time it is the hooks'");
    // What a person says is no interruption.
    record(Kind::Claude, &mut w, 2000, json!({"type": "user"}));
    assert_eq!(w.moment().unwrap().doing, Doing::Working);
}
