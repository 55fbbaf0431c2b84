//! Claude Code. In *turns* style one process a turn, the text on its stdin, lines of JSON on its stdout; in *interactive* style
//! its own interface, which tells by hooks what it does. It is told the name of a new conversation and resumes one by its
//! name. Tried with 2.1.329.

use super::{Agent, Context, Free, HOOK_LIMIT, PROMPT, Program, Telling, Wanted, vars};
use crate::domain::agent::Kind;
use crate::domain::launch::Style;
use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// As root it refuses this one, unless `IS_SANDBOX=1` says that it is in a sandbox; `preflight env` tells.
const FREE: Free = Free {
    words: &["--dangerously-skip-permissions"],
    instead: &["--dangerously-skip-permissions", "--permission-mode"],
};

/// So many of a key's last characters stand for it in its list of keys that were approved.
const KEY_END: usize = 20;

/// Claude Code.
#[derive(Clone, Debug)]
pub struct Claude(pub Program);

impl Agent for Claude {
    fn kind(&self) -> Kind {
        Kind::Claude
    }

    fn style(&self) -> Style {
        self.0.style
    }

    fn argv(&self, context: &Context) -> Vec<String> {
        let option = if context.resume { "--resume" } else { "--session-id" };
        let conversation = context.conversation.as_deref();
        let mut last: Vec<&str> = conversation.map(|id| vec![option, id]).unwrap_or_default();
        let settings = settings_file(&context.telling).display().to_string();
        let words: &[&str] = match self.0.style {
            Style::Turns => &["-p", "--output-format", "stream-json", "--verbose"],
            Style::Interactive => &["--settings", &settings],
        };
        if self.0.style == Style::Interactive {
            last.push(PROMPT);
        }
        self.0.line(words, &FREE, ("--model", &context.model), &last)
    }

    fn env(&self) -> BTreeMap<String, String> {
        vars(&[
            ("DISABLE_AUTOUPDATER", "1"),
            ("DISABLE_TELEMETRY", "1"),
            ("DISABLE_ERROR_REPORTING", "1"),
            // Its interface would fetch a list of plugins.
            ("CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL", "1"),
        ])
    }

    /// Its hooks, and its first-run questions answered in the files where it looks for the answers: steered by keys they would
    /// be a gamble, since their order and what stands chosen differ between versions.
    fn wants(&self, context: &Context, env: &BTreeMap<String, String>) -> Vec<Wanted> {
        if self.0.style == Style::Turns {
            return vec![];
        }
        let mut wanted = vec![Wanted::whole(settings_file(&context.telling), settings(&context.telling))];
        let (folder, key) = (context.worktree.display().to_string(), env.get("ANTHROPIC_API_KEY").cloned());
        let home = env.get("CLAUDE_CONFIG_DIR").or(env.get("HOME")).filter(|home| !home.is_empty());
        wanted.extend(home.map(|home| Wanted {
            path: Path::new(home).join(".claude.json"),
            make: Box::new(move |old| settled(old, &folder, key.as_deref())),
        }));
        wanted
    }

    fn takes_a_name(&self) -> bool {
        true
    }
}

fn settings_file(telling: &Telling) -> std::path::PathBuf {
    telling.folder.join("claude-settings.json")
}

/// The settings of one start: hooks at every event, and no question about working without questions.
fn settings(telling: &Telling) -> String {
    let hook = |(event, command): (&str, String)| {
        let hook = json!({"type": "command", "command": command, "timeout": HOOK_LIMIT});
        (event.to_string(), json!([{"matcher": "", "hooks": [hook]}]))
    };
    let hooks: Map<String, Value> = telling.commands().map(hook).collect();
    format!("{:#}\n", json!({"hooks": hooks, "skipDangerousModePermissionPrompt": true}))
}

/// What its own file has to say so that nothing is asked on its screen: that it was introduced, that this folder is trusted,
/// that this key may be used. Everything else in it stays as it is.
fn settled(old: Option<&str>, folder: &str, key: Option<&str>) -> Result<Option<String>> {
    let before: Value = match old.map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => serde_json::from_str(text)
            .context("Claude Code's own file holds no JSON: mend it, or move it away")?,
        None => json!({}),
    };
    let mut after = before.clone();
    let all = after
        .as_object_mut()
        .context("Claude Code's own file holds no JSON object: mend it, or move it away")?;
    all.insert("hasCompletedOnboarding".into(), true.into());
    object(object(all, "projects")?, folder)?.insert("hasTrustDialogAccepted".into(), true.into());
    if let Some(key) = key.filter(|key| !key.is_empty()) {
        let start = key.char_indices().rev().nth(KEY_END - 1).map_or(0, |(at, _)| at);
        let answers = object(all, "customApiKeyResponses")?;
        let approved = answers.entry("approved").or_insert_with(|| json!([]));
        let list = approved.as_array_mut().context("customApiKeyResponses.approved is no list")?;
        if !list.iter().any(|k| k == &key[start..]) {
            list.push(key[start..].into());
        }
    }
    Ok((after != before || old.is_none()).then(|| format!("{after:#}\n")))
}

fn object<'a>(map: &'a mut Map<String, Value>, key: &str) -> Result<&'a mut Map<String, Value>> {
    let value = map.entry(key).or_insert_with(|| json!({}));
    value
        .as_object_mut()
        .with_context(|| format!("Claude Code's own file: {key} is no object: mend it, or move it away"))
}

impl Claude {
    /// Whether this command line is one that root may not give.
    pub fn refuses_root(&self) -> bool {
        self.0.line(&[], &FREE, ("--model", &None), &[]).iter().any(|word| word == FREE.words[0])
    }
}

#[cfg(test)]
mod tests {
    use super::super::given::{context, program};
    use super::*;

    #[test]
    fn a_new_conversation_is_named_and_an_old_one_resumed_by_its_name() {
        let claude = Claude(program(&["--add-dir", "/x"]));
        let first = claude.argv(&context(false, Some("id-1"), Some("opus")));
        let words = "/bin/it -p --output-format stream-json --verbose --dangerously-skip-permissions --model opus \
                     --add-dir /x --session-id id-1";
        assert_eq!(first.join(" "), words);
        let later = claude.argv(&context(true, Some("id-1"), None));
        assert!(later.join(" ").ends_with("--add-dir /x --resume id-1"), "{later:?}");
    }

    #[test]
    fn a_project_may_say_what_is_allowed() {
        for own in [&["--permission-mode", "acceptEdits"][..], &["--permission-mode=plan"]] {
            let claude = Claude(program(own));
            assert!(!claude.refuses_root(), "{own:?}");
        }
        assert!(Claude(program(&[])).refuses_root());
    }

    #[test]
    fn in_its_own_interface_it_is_given_hooks_and_its_first_prompt() {
        let claude = Claude(super::super::given::screen(&["--add-dir", "/x"]));
        let line = claude.argv(&context(true, Some("id-1"), None)).join(" ");
        let words = "/bin/it --settings /run/claude-settings.json --dangerously-skip-permissions --add-dir /x --resume id-1 {prompt}";
        assert_eq!(line, words);
        assert!(claude.tells() && !Claude(program(&[])).tells());
    }

    fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        vars(pairs)
    }

    #[test]
    fn its_files_are_those_of_its_home_and_only_for_its_own_interface() {
        let paths = |program, env: &BTreeMap<String, String>| {
            let wanted = Claude(program).wants(&context(false, None, None), env);
            wanted.iter().map(|w| w.path.display().to_string()).collect::<Vec<_>>()
        };
        let screen = || super::super::given::screen(&[]);
        assert_eq!(paths(program(&[]), &env(&[("HOME", "/h")])), Vec::<String>::new());
        assert_eq!(
            paths(screen(), &env(&[("HOME", "/h")])),
            ["/run/claude-settings.json", "/h/.claude.json"]
        );
        let other = env(&[("HOME", "/h"), ("CLAUDE_CONFIG_DIR", "/c")]);
        assert_eq!(paths(screen(), &other)[1], "/c/.claude.json");
        assert_eq!(paths(screen(), &env(&[])).len(), 1);
        let told: Value = serde_json::from_str(&settings(&context(false, None, None).telling)).unwrap();
        let stop = &told["hooks"]["Stop"][0]["hooks"][0];
        assert!(stop["command"].as_str().unwrap().ends_with("'3' 'Stop'") && stop["timeout"] == HOOK_LIMIT);
    }

    #[test]
    fn first_run_questions_are_answered_and_everything_else_stays() {
        let old = r#"{"numStartups":5,"projects":{"/a":{"x":1}},"customApiKeyResponses":{"approved":["k"],"rejected":["r"]}}"#;
        let text = settled(Some(old), "/w", Some("sk-0123456789abcdefghij")).unwrap().unwrap();
        let new: Value = serde_json::from_str(&text).unwrap();
        let expected = json!({"numStartups": 5, "projects": {"/a": {"x": 1}, "/w": {"hasTrustDialogAccepted": true}},
            "customApiKeyResponses": {"approved": ["k", "0123456789abcdefghij"], "rejected": ["r"]}, "hasCompletedOnboarding": true});
        assert_eq!(new, expected);
        assert_eq!(
            settled(Some(&text), "/w", Some("sk-0123456789abcdefghij")).unwrap(),
            None,
            "written once"
        );
        for nothing in [None, Some(""), Some(" \n")] {
            let new = settled(nothing, "/w", None).unwrap().unwrap();
            assert!(new.contains("hasTrustDialogAccepted") && !new.contains("customApiKey"), "{new}");
        }
        assert!(settled(Some("{}"), "/w", Some("é")).unwrap().unwrap().contains('é'));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_left_alone_and_named() {
        for odd in ["{", "[]", r#"{"projects":5}"#, r#"{"customApiKeyResponses":{"approved":1}}"#] {
            assert!(settled(Some(odd), "/w", Some("k")).is_err(), "{odd}");
        }
    }
}
