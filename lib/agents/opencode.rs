//! opencode. In *turns* style one process a turn, `opencode run --format json`, the text on its stdin; in *interactive* style
//! its own interface, with a plugin of ours that tells what it does. It names the conversation itself. Tried with 1.18.33.

use super::{Agent, Context, Free, PROMPT, Program, Telling, Wanted, vars};
use crate::domain::agent::Kind;
use crate::domain::launch::Style;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What it may do without asking is a variable.
const FREE: Free = Free { words: &[], instead: &[] };

/// The variable that adds to its configuration.
pub const CONFIG: &str = "OPENCODE_CONFIG_CONTENT";

/// The plugin. It writes the lines that `hook` writes for the others.
const PLUGIN: &str = include_str!("opencode.js");

/// opencode.
#[derive(Clone, Debug)]
pub struct Opencode(pub Program);

impl Agent for Opencode {
    fn kind(&self) -> Kind {
        Kind::Opencode
    }

    fn style(&self) -> Style {
        self.0.style
    }

    fn argv(&self, context: &Context) -> Vec<String> {
        let conversation = context.conversation.as_deref().filter(|_| context.resume);
        let mut last = conversation.map(|id| vec!["--session", id]).unwrap_or_default();
        let words: &[&str] = match self.0.style {
            Style::Turns => &["run", "--format", "json"],
            Style::Interactive => &[],
        };
        // Beside --session it passes over --prompt: then the plugin gives it its prompt.
        if self.0.style == Style::Interactive && conversation.is_none() {
            last.extend(["--prompt", PROMPT]);
        }
        self.0.line(words, &FREE, ("--model", &context.model), &last)
    }

    fn env(&self) -> BTreeMap<String, String> {
        vars(&[
            ("OPENCODE_DISABLE_AUTOUPDATE", "1"),
            ("OPENCODE_DISABLE_SHARE", "1"),
            ("OPENCODE_PERMISSION", r#"{"*":"allow"}"#),
        ])
    }

    fn telling_env(&self, context: &Context) -> BTreeMap<String, String> {
        let telling = &context.telling;
        let plugin = format!("file://{}", plugin_file(telling).display());
        let config = serde_json::json!({"plugin": [plugin]}).to_string();
        let (file, spawn) =
            (telling.session.join("hooks.jsonl").display().to_string(), telling.spawn.to_string());
        let mut env = vars(&[
            (CONFIG, &config),
            ("DROVER_HOOK", &telling.hook),
            ("DROVER_HOOKS_FILE", &file),
            ("DROVER_HOOKS_START", &spawn),
        ]);
        let conversation = context.conversation.as_deref().filter(|_| context.resume);
        env.extend(conversation.map(|id| ("DROVER_GO_ON_IN".to_string(), id.to_string())));
        env
    }

    fn wants(&self, context: &Context, _env: &BTreeMap<String, String>) -> Vec<Wanted> {
        let plugin = || Wanted::whole(plugin_file(&context.telling), PLUGIN.into());
        (self.0.style == Style::Interactive).then(plugin).into_iter().collect()
    }
}

fn plugin_file(telling: &Telling) -> PathBuf {
    telling.folder.join("opencode-plugin.js")
}

#[cfg(test)]
mod tests {
    use super::super::given::{context, program};
    use super::*;

    #[test]
    fn a_conversation_is_resumed_where_it_is_known() {
        let opencode = Opencode(program(&[]));
        let first = opencode.argv(&context(false, Some("ses_1"), Some("a/b")));
        assert_eq!(first.join(" "), "/bin/it run --format json --model a/b");
        let later = opencode.argv(&context(true, Some("ses_1"), None));
        assert_eq!(later.join(" "), "/bin/it run --format json --session ses_1");
    }

    #[test]
    fn its_interface_is_given_a_plugin_and_its_first_prompt() {
        let opencode = Opencode(super::super::given::screen(&[]));
        assert_eq!(opencode.argv(&context(false, None, None)).join(" "), "/bin/it --prompt {prompt}");
        let c = context(true, Some("ses_1"), None);
        assert_eq!(opencode.argv(&c).join(" "), "/bin/it --session ses_1");
        let env = opencode.telling_env(&c);
        assert_eq!(env["DROVER_GO_ON_IN"], "ses_1");
        assert!(!opencode.telling_env(&context(false, None, None)).contains_key("DROVER_GO_ON_IN"));
        assert_eq!(env[CONFIG], r#"{"plugin":["file:///run/opencode-plugin.js"]}"#);
        assert_eq!(env["DROVER_HOOK"], "/bin/hook");
        assert_eq!(
            (env["DROVER_HOOKS_FILE"].as_str(), env["DROVER_HOOKS_START"].as_str()),
            ("/s/it's/hooks.jsonl", "3")
        );
        assert_eq!(opencode.wants(&c, &env).len(), 1);
        assert!(Opencode(program(&[])).wants(&c, &env).is_empty());
    }
}
