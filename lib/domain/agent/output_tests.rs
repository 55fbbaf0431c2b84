//! Lines as the programs print them, cut down to what is read of them.

use super::*;

fn turn(kind: Kind, lines: &[&str]) -> Turn {
    let mut turn = Turn::default();
    lines.iter().for_each(|line| turn.take(kind, line));
    turn
}

const CLAUDE: &[&str] = &[
    r#"{"type":"system","subtype":"init","session_id":"11111111-1111-4111-8111-111111111111","apiKeySource":"ANTHROPIC_API_KEY"}"#,
    r#"{"type":"assistant","message":{"content":[{"type":"tool_use","name":"Bash","input":{"command":"make test"}}]},"session_id":"11111111-1111-4111-8111-111111111111"}"#,
    r#"{"type":"user","message":{"content":[{"type":"tool_result","content":"ok"}]},"session_id":"11111111-1111-4111-8111-111111111111"}"#,
    r#"{"type":"assistant","message":{"content":[{"type":"text","text":"All done."}]},"session_id":"11111111-1111-4111-8111-111111111111"}"#,
    r#"{"type":"result","subtype":"success","is_error":false,"result":"All done.","total_cost_usd":0.000376,"usage":{"input_tokens":24,"cache_creation_input_tokens":5,"cache_read_input_tokens":100,"output_tokens":14},"session_id":"11111111-1111-4111-8111-111111111111"}"#,
];

const CODEX: &[&str] = &[
    r#"{"type":"thread.started","thread_id":"01a22260-0688-7343-ad81-11c0b1f71ae1"}"#,
    r#"{"type":"item.completed","item":{"id":"item_0","type":"error","message":"Model metadata for `fake-1` not found."}}"#,
    r#"{"type":"item.started","item":{"id":"item_1","type":"command_execution","command":"/bin/bash -lc 'make'"}}"#,
    r#"{"type":"item.completed","item":{"id":"item_2","type":"agent_message","text":"All done."}}"#,
    r#"{"type":"turn.completed","usage":{"input_tokens":20,"cached_input_tokens":4,"output_tokens":10,"reasoning_output_tokens":3}}"#,
];

const OPENCODE: &[&str] = &[
    r#"{"type":"step_start","sessionID":"ses_ddd9feec4ffegkR5xjoaOPZRvW","part":{"type":"step-start"}}"#,
    r#"{"type":"tool_use","sessionID":"ses_ddd9feec4ffegkR5xjoaOPZRvW","part":{"tool":"bash","state":{"input":{"command":"make"}}}}"#,
    r#"{"type":"step_finish","sessionID":"ses_ddd9feec4ffegkR5xjoaOPZRvW","part":{"tokens":{"input":10,"output":5,"reasoning":1,"cache":{"write":2,"read":7}},"cost":0.0125}}"#,
    r#"{"type":"text","sessionID":"ses_ddd9feec4ffegkR5xjoaOPZRvW","part":{"text":"All done."}}"#,
    r#"{"type":"step_finish","sessionID":"ses_ddd9feec4ffegkR5xjoaOPZRvW","part":{"tokens":{"input":10,"output":5,"reasoning":0,"cache":{"write":0,"read":0}},"cost":0.0125}}"#,
];

#[test]
fn a_turn_tells_its_conversation_and_what_it_used() {
    let claude = turn(Kind::Claude, CLAUDE);
    assert_eq!(claude.conversation.as_deref(), Some("11111111-1111-4111-8111-111111111111"));
    let new = Usage::default();
    let used = claude.used(Kind::Claude, &new);
    assert_eq!(used, Usage { input: 129, cached: 100, output: 14, micro_usd: Some(376) });
    let codex = turn(Kind::Codex, CODEX);
    assert_eq!(codex.conversation.as_deref(), Some("01a22260-0688-7343-ad81-11c0b1f71ae1"));
    let used = codex.used(Kind::Codex, &new);
    assert_eq!(used, Usage { input: 20, cached: 4, output: 10, micro_usd: None });
    let opencode = turn(Kind::Opencode, OPENCODE);
    assert_eq!(opencode.conversation.as_deref(), Some("ses_ddd9feec4ffegkR5xjoaOPZRvW"));
    let used = opencode.used(Kind::Opencode, &new);
    assert_eq!(used, Usage { input: 29, cached: 7, output: 11, micro_usd: Some(25_000) });
    for turn in [claude, codex, opencode] {
        assert_eq!(turn.failed, None);
    }
}

#[test]
fn sums_over_a_conversation_are_counted_once() {
    // Seen: each turn of a resumed conversation tells the sum of all of them.
    let codex = |input: u64| {
        let line = format!(
            r#"{{"type":"turn.completed","usage":{{"input_tokens":{input},"output_tokens":{}}}}}"#,
            input / 2
        );
        turn(Kind::Codex, &[&line])
    };
    let (first, second) = (codex(10), codex(20));
    assert_eq!(second.used(Kind::Codex, &first.told), Usage { input: 10, output: 5, ..Usage::default() });
    assert_eq!(first.used(Kind::Codex, &second.told).input, 10, "less than before is another conversation");
    let claude = |usd: f64| {
        let line = format!(r#"{{"type":"result","total_cost_usd":{usd},"usage":{{"input_tokens":12}}}}"#);
        turn(Kind::Claude, &[CLAUDE[0], &line])
    };
    let (first, second) = (claude(0.000188), claude(0.000376));
    let used = second.used(Kind::Claude, &first.told);
    assert_eq!((used.input, used.micro_usd), (12, Some(188)));
}

#[test]
fn a_conversation_that_is_not_there_is_not_named() {
    let line = r#"{"type":"result","subtype":"error_during_execution","is_error":true,"num_turns":0,"session_id":"11111111-1111-4111-8111-111111111111","errors":["No conversation found with session ID: 1"]}"#;
    let lost = turn(Kind::Claude, &[line]);
    assert_eq!(
        (lost.conversation, lost.failed.as_deref()),
        (None, Some("No conversation found with session ID: 1"))
    );
}

#[test]
fn what_nobody_pays_by_the_token_has_no_cost() {
    let login = CLAUDE[0].replace("ANTHROPIC_API_KEY", "none");
    let by_login = turn(Kind::Claude, &[&login, CLAUDE[4]]);
    assert_eq!(by_login.used(Kind::Claude, &Usage::default()).micro_usd, None);
    let free = OPENCODE[4].replace("0.0125", "0");
    assert_eq!(turn(Kind::Opencode, &[&free]).usage.micro_usd, None);
}

#[test]
fn a_failure_is_told_in_its_words_whatever_else_stands_there() {
    let claude = r#"{"type":"result","subtype":"success","is_error":true,"result":"API Error: 529 x","terminal_reason":"api_error"}"#;
    assert_eq!(turn(Kind::Claude, &[CLAUDE[0], claude]).failed.as_deref(), Some("API Error: 529 x"));
    let reconnects = r#"{"type":"error","message":"Reconnecting... 1/1 (x)"}"#;
    let failed = r#"{"type":"turn.failed","error":{"message":"exceeded retry limit, last status: 429 Too Many Requests"}}"#;
    let codex = turn(Kind::Codex, &[CODEX[0], reconnects, failed]);
    assert_eq!(codex.failed.as_deref(), Some("exceeded retry limit, last status: 429 Too Many Requests"));
    assert_eq!(turn(Kind::Codex, &[reconnects, CODEX[4]]).failed, None, "it got through after all");
    let works = r#"{"type":"item.started","item":{"type":"command_execution","command":"make"}}"#;
    let notes = r#"{"type":"item.completed","item":{"type":"error","message":"Model metadata not found"}}"#;
    let through = turn(Kind::Codex, &[reconnects, reconnects, works]);
    assert_eq!((through.failed, through.failures), (None, 0));
    let still = turn(Kind::Codex, &[reconnects, reconnects, notes]);
    assert_eq!((still.failed.is_some(), still.failures), (true, 2));
    let error = r#"{"type":"error","error":{"name":"APIError","data":{"message":"fake 401","statusCode":401,"isRetryable":false}}}"#;
    assert_eq!(turn(Kind::Opencode, &[error]).failed.as_deref(), Some("401 fake 401"));
}

#[test]
fn a_person_sees_words_and_calls_and_no_json() {
    let seen = |kind, lines: &[&str]| lines.iter().filter_map(|l| shown(kind, l)).collect::<Vec<_>>();
    assert_eq!(seen(Kind::Claude, CLAUDE), ["● Bash: make test", "All done."]);
    let metadata = "Model metadata for `fake-1` not found.";
    assert_eq!(seen(Kind::Codex, CODEX), [metadata, "● exec: /bin/bash -lc 'make'", "All done."]);
    assert_eq!(seen(Kind::Opencode, OPENCODE), ["● bash: make", "All done."]);
    assert_eq!(seen(Kind::Codex, &["WARNING: something", "", "{broken"]), ["WARNING: something", "{broken"]);
}

#[test]
fn what_went_wrong_is_shown_too_and_what_is_of_no_use_is_not() {
    for (kind, line, seen) in [
        (
            Kind::Claude,
            r#"{"type":"system","subtype":"api_retry","error":"overloaded","attempt":2,"max_retries":10}"#,
            Some("… overloaded, try 2 of 10"),
        ),
        (Kind::Claude, r#"{"type":"system","subtype":"init","error":"x"}"#, None),
        (Kind::Claude, r#"{"type":"result","is_error":true,"result":"API Error"}"#, Some("✗ API Error")),
        (Kind::Claude, r#"{"type":"result","is_error":false,"result":"All done."}"#, None),
        (Kind::Codex, r#"{"type":"item.completed","item":{"type":"file_change"}}"#, Some("● files changed")),
        (Kind::Codex, r#"{"type":"turn.failed","error":{"message":"429"}}"#, Some("✗ 429")),
        (Kind::Codex, r#"{"type":"error","message":"Reconnecting"}"#, Some("… Reconnecting")),
        (Kind::Codex, r#"{"type":"turn.started"}"#, None),
        (Kind::Opencode, r#"{"type":"error","error":{"data":{"message":"no"}}}"#, Some("✗ no")),
        (Kind::Opencode, r#"{"type":"step_start"}"#, None),
    ] {
        assert_eq!(shown(kind, line).as_deref(), seen, "{line}");
    }
}

#[test]
fn only_where_a_conversation_was_not_found_is_its_name_not_taken() {
    let id = "11111111-1111-4111-8111-111111111111";
    for (is_error, turns, named) in [(true, 0, false), (true, 1, true), (false, 0, true), (false, 1, true)] {
        let line = format!(
            r#"{{"type":"result","is_error":{is_error},"num_turns":{turns},"session_id":"{id}","result":"r"}}"#
        );
        assert_eq!(turn(Kind::Claude, &[&line]).conversation.is_some(), named, "{line}");
    }
}

#[test]
fn only_its_beginning_says_who_pays() {
    let other = r#"{"type":"system","subtype":"status","apiKeySource":"none"}"#;
    let paid = turn(Kind::Claude, &[CLAUDE[0], other, CLAUDE[4]]);
    assert_eq!(paid.used(Kind::Claude, &Usage::default()).micro_usd, Some(376));
}

#[test]
fn what_goes_well_clears_a_failure_whatever_it_is() {
    let error = r#"{"type":"error","error":{"name":"APIError","data":{"message":"no","statusCode":500}}}"#;
    for well in ["step_start", "text", "tool_use", "step_finish"] {
        let line = format!(r#"{{"type":"{well}"}}"#);
        let through = turn(Kind::Opencode, &[error, &line]);
        assert_eq!((through.failed, through.failures), (None, 0), "{well}");
    }
}

#[test]
fn what_is_no_sum_of_money_costs_nothing_that_is_known() {
    for (usd, micro) in [(0.0125, Some(12_500)), (-0.5, None), (f64::INFINITY, None), (f64::NAN, None)] {
        assert_eq!(super::micro(usd), micro, "{usd}");
    }
}

#[test]
fn a_line_is_read_up_to_its_longest_and_not_if_it_is_none_of_ours() {
    let line = |length: usize| {
        let rest = length - r#"{"a":""}"#.len();
        format!(r#"{{"a":"{}"}}"#, "x".repeat(rest))
    };
    assert!(parse(&line(LINE)).is_some());
    assert!(parse(&line(LINE + 1)).is_none());
    assert!(parse("[1]").is_none(), "a line of theirs is an object");
    assert!(parse(&format!("{{\"a\":{}1{}}}", "[".repeat(5000), "]".repeat(5000))).is_none());
}

#[test]
fn a_conversation_that_could_be_an_option_is_none() {
    for bad in ["--last", "short", "a b c d e f g h", "../../../../etc"] {
        let line = format!(r#"{{"type":"thread.started","thread_id":"{bad}"}}"#);
        assert_eq!(turn(Kind::Codex, &[&line]).conversation, None, "{bad}");
    }
}

proptest::proptest! {
    #[test]
    fn any_line_is_read(line in "(?s).{0,200}") {
        for kind in [Kind::Command, Kind::Claude, Kind::Codex, Kind::Opencode] {
            Turn::default().take(kind, &line);
            shown(kind, &line);
        }
    }
}
