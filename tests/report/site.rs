//! What the reports of these tests are about: a project in which everything has happened, and one full of malice.

use crate::stage::Stage;
use serde_json::{Value, json};
use std::fs;
use std::io::Write;

/// A title that would be a script, an image, an end of everything, or turn the text around it.
pub fn hostile() -> Vec<String> {
    vec![
        "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>".into(),
        "</title></style></script><h1 id=evil>Evil</h1><a href='javascript:window.hacked=3'>x</a>".into(),
        "\u{202e}txet sdrawkcab\u{202c} \u{2066}isolated\u{0}\u{1b}[31m red".into(),
        format!("{}{}", "W".repeat(10_000), "العربية ".repeat(50)),
        "\" onmouseover=\"window.hacked=4\" style=\"position:fixed".into(),
        "{{7*7}} ${7*7} <%= 7*7 %> &amp; &lt;b&gt; 🦀 e\u{301}".into(),
    ]
}

/// A stage whose agent does what it should.
pub fn stage() -> Stage {
    Stage::with().name("notes").set()
}

/// Runs that are not played but written: as many as titles, each with a history and messages, ended in turn as `ends` say.
pub fn write_runs(s: &Stage, titles: &[String], ends: &[&str], first: u64) {
    let template: Value = s.record(1);
    let clock: drover::domain::time::Timestamp =
        fs::read_to_string(s.path("clock")).unwrap().parse().unwrap();
    let mut events =
        fs::OpenOptions::new().append(true).create(true).open(s.project().join("events.jsonl")).unwrap();
    let mut ledger =
        fs::OpenOptions::new().append(true).create(true).open(s.project().join("ledger.jsonl")).unwrap();
    for (k, title) in titles.iter().enumerate() {
        let issue = first + k as u64;
        let end = *ends.get(k).unwrap_or(&"done");
        let mut run = template.clone();
        let is_over = ["done", "blocked", "refused"].contains(&end);
        let began = clock.0 - (k as i64 % 25 + 1) * 46_000;
        let at = |after: i64| drover::domain::time::Timestamp(began + after).to_string();
        for (name, value) in [
            ("issue", json!(issue)),
            ("title", json!(title)),
            ("phase", json!(end)),
            ("session", Value::Null),
            ("since", json!(at(7000))),
            (
                "owner",
                json!(match end {
                    "working" => "session",
                    "awaiting_review" => "reviewer",
                    "escalated" => "person",
                    _ => "nobody",
                }),
            ),
            ("clears_when", json!(if is_over { "" } else { title.as_str() })),
            ("reason", if ["blocked", "escalated"].contains(&end) { json!(title) } else { Value::Null }),
            ("deadline", if is_over { Value::Null } else { json!(100_000) }),
            ("counters", json!({"resumes": if end == "working" { 3 } else { 0 }})),
        ] {
            run[name] = value;
        }
        let folder = s.run_folder(issue);
        fs::create_dir_all(folder.join("messages")).unwrap();
        fs::create_dir_all(folder.join("session")).unwrap();
        fs::write(folder.join("run.json"), run.to_string()).unwrap();
        fs::write(folder.join("session/summary.md"), title).unwrap();
        let message = json!({"version": 1, "key": format!("ci:{title:.40}"), "kind": "ci", "about": null, "text": title,
            "queued": at(3000), "state": {"void": {"why": title}}});
        fs::write(folder.join("messages/0001.json"), message.to_string()).unwrap();
        for (n, kind) in
            ["claimed", "working", "verifying", "publishing", "awaiting_ci", "awaiting_review", end]
                .iter()
                .enumerate()
        {
            let event = json!({"at": at(n as i64 * 1000), "issue": issue, "kind": kind, "key": format!("1:{n}:died"), "detail": title});
            writeln!(events, "{event}").unwrap();
        }
        let line = json!({"id": format!("{issue}/1/1"), "entry": "settle", "at": at(2000), "seconds": 900, "input": 1000, "cached": 0,
            "output": 100, "micro_usd": 250_000});
        writeln!(ledger, "{line}").unwrap();
    }
}
