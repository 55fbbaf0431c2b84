//! Makes the sections of a project, one function each.

use super::error::ConfigError;
use super::given::Given;
use super::parts::{AgentConfig, CiConfig, LandingConfig, Limits, VerifyConfig, WorktreeConfig};
use super::secret::Secret;
use super::vars::Vars;
use super::words::Update;
use super::{rules, tokens};
use crate::domain::agent::Kind;
use crate::domain::agent::limit::Patterns;
use crate::domain::launch::Style;
use crate::domain::policy::Scope;
use crate::domain::template::Templates;
use regex::Regex;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A word as the value of its enum.
pub fn word<T>(given: &Given, key: &str, of: impl Fn(&str) -> Option<T>) -> Result<T, ConfigError> {
    let word = given.some_text(key)?;
    of(&word).ok_or_else(|| given.bad(key, "one of its words", "docs/config.md lists them"))
}

/// An address, without the slashes at its end.
pub fn server(given: &Given, key: &str) -> Result<String, ConfigError> {
    let url = given.some_text(key)?;
    let url = url.trim_end_matches('/');
    let hint = "write the whole address, for example: https://forge.example.org";
    if rules::is_server(url) {
        Ok(url.to_string())
    } else {
        Err(given.bad(key, "an address that begins with http:// or https://", hint))
    }
}

/// `[agent]`.
pub fn agent(given: &Given, vars: &Vars) -> Result<AgentConfig, ConfigError> {
    let name = given.some_text("agent.name")?;
    if !rules::is_name(&name) {
        return Err(given.bad(
            "agent.name",
            "the name of an adapter",
            "write for example: name = \"command\"",
        ));
    }
    let (env, pass_env) = (given.table("agent.env"), given.list("agent.pass_env"));
    tokens::keep_from_session(given, "agent.env", env.keys())?;
    tokens::keep_from_session(given, "agent.pass_env", &pass_env)?;
    let kind = Kind::named(&name);
    let mut command = argv(given, "agent.command")?;
    if command.is_empty() {
        command.extend(kind.program().map(String::from));
    }
    Ok(AgentConfig {
        name,
        kind,
        style: style(given, kind, &env)?,
        command,
        resume: argv(given, "agent.resume")?,
        args: given.list("agent.args"),
        patterns: Patterns {
            limited: patterns(given, "agent.limited")?,
            refused: patterns(given, "agent.refused")?,
        },
        templates: templates(given, vars)?,
        fallback: fallback(given, &given.some_text("agent.name")?)?,
        model: given.text("agent.model"),
        env,
        passed: passed(&pass_env, vars),
        pass_env,
        work_limit: given.int("agent.timeout").filter(|seconds| *seconds > 0),
    })
}

/// What is said, else what suits the agent. In its own interface an agent tells what it does by a setting that it can be given
/// once: Claude Code by an argument, opencode by a variable.
fn style(given: &Given, kind: Kind, env: &BTreeMap<String, String>) -> Result<Style, ConfigError> {
    let style = match given.text("agent.style") {
        None => kind.style(),
        Some(_) => word(given, "agent.style", Style::from_word)?,
    };
    if style == Style::Turns {
        return Ok(style);
    }
    let settings = |arg: &String| arg == CLAUDE_SETTINGS || arg.starts_with(&format!("{CLAUDE_SETTINGS}="));
    if kind == Kind::Claude && given.list("agent.args").iter().any(settings) {
        let problem =
            format!("{CLAUDE_SETTINGS} is what drover gives its own settings by in interactive style");
        return Err(given.problem("agent.args", problem, "put yours into ~/.claude/settings.json"));
    }
    if kind == Kind::Opencode && env.contains_key(OPENCODE_CONFIG) {
        let problem =
            format!("{OPENCODE_CONFIG} is what drover gives its own settings by in interactive style");
        return Err(given.problem(
            "agent.env",
            problem,
            "put yours into a file and name it by OPENCODE_CONFIG",
        ));
    }
    Ok(style)
}

/// Agents that drover knows, and others than the project's own.
fn fallback(given: &Given, own: &str) -> Result<Vec<String>, ConfigError> {
    let names = given.list("agent.fallback");
    let hint = "write for example: fallback = [\"codex\"]";
    match names.iter().find(|name| Kind::named(name) == Kind::Command || *name == own) {
        Some(name) => Err(given.bad_item(
            "agent.fallback",
            "one of claude, codex and opencode, and not the agent itself",
            name,
            hint,
        )),
        None => Ok(names),
    }
}

/// Regular expressions, as they are written.
fn patterns(given: &Given, key: &str) -> Result<Vec<String>, ConfigError> {
    let all = given.list(key);
    let hint = "write for example: limited = [\"rate limit\"]";
    match all.iter().find(|pattern| Regex::new(pattern).is_err()) {
        Some(wrong) => Err(given.bad_item(key, "regular expressions", wrong, hint)),
        None => Ok(all),
    }
}

/// The texts of prompts: ours, and in their place the files of the same names in the folder that is named.
fn templates(given: &Given, vars: &Vars) -> Result<Templates, ConfigError> {
    let mut templates = Templates::default();
    let Some(named) = given.text("agent.prompts") else { return Ok(templates) };
    let hint = format!("the folder holds one or more of {}", Templates::FILES.join(", "));
    let folder = rules::absolute(&named, vars.get("HOME"));
    let Some(folder) = folder.filter(|folder| folder.is_dir()) else {
        return Err(given.bad("agent.prompts", "the whole path of a folder", &hint));
    };
    let mut found = false;
    for file in Templates::FILES {
        let path = folder.join(file);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
            Err(e) => {
                return Err(given.problem(
                    "agent.prompts",
                    format!("{} cannot be read: {e}", path.display()),
                    &hint,
                ));
            }
        };
        let wrong = |why| {
            given.problem(
                "agent.prompts",
                format!("{} {why}", path.display()),
                "begin with the file of that name below lib/prompts/",
            )
        };
        templates.replace(file, &text).map_err(wrong)?;
        found = true;
    }
    match found {
        true => Ok(templates),
        false => Err(given.problem(
            "agent.prompts",
            format!("{} holds none of its files", folder.display()),
            &hint,
        )),
    }
}

/// By this argument Claude Code takes settings; of two the last counts.
const CLAUDE_SETTINGS: &str = "--settings";

/// By this variable opencode takes settings beside those of its files.
const OPENCODE_CONFIG: &str = "OPENCODE_CONFIG_CONTENT";

/// Program and arguments; nothing at all is no mistake, a nameless program is.
fn argv(given: &Given, key: &str) -> Result<Vec<String>, ConfigError> {
    let argv = given.list(key);
    if argv.first().is_some_and(|program| program.trim().is_empty()) {
        let hint = "write for example: command = [\"claude\", \"-p\"]";
        return Err(given.bad_item(key, "a program and its arguments", "", hint));
    }
    Ok(argv)
}

/// An agent that updates itself or reports home in the middle of a run is never wanted, so that one variable has
/// a default.
const QUIET: &str = "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC";

fn passed(names: &[String], vars: &Vars) -> BTreeMap<String, Secret> {
    let value = |name: &str| vars.get(name).or((name == QUIET).then_some("1"));
    names.iter().filter_map(|name| Some((name.clone(), Secret::new(value(name)?)))).collect()
}

/// `[verify]`.
pub fn verify(given: &Given) -> Result<VerifyConfig, ConfigError> {
    let env = given.table("verify.env");
    tokens::keep_from_session(given, "verify.env", env.keys())?;
    Ok(VerifyConfig {
        pre: given.text("verify.pre"),
        build: given.text("verify.build"),
        test: given.text("verify.test"),
        lint: given.text("verify.lint"),
        format: given.text("verify.format"),
        timeout: given.whole("verify.timeout"),
        clean: given.flag("verify.clean"),
        slots: given.small("verify.slots"),
        output_mb: given.whole("verify.output_mb"),
        env,
    })
}

/// `[limits]`.
pub fn limits(given: &Given) -> Result<Limits, ConfigError> {
    let hint = "write for example: window = \"22:00-07:00\"";
    let window = match given.text("limits.window").map(|text| text.parse()) {
        Some(Ok(window)) => Some(window),
        Some(Err(_)) => return Err(given.bad("limits.window", "hours such as 22:00-07:00", hint)),
        None => None,
    };
    Ok(Limits {
        sessions: given.small("limits.sessions"),
        memory_mb: given.whole("limits.memory_mb"),
        session_memory_mb: given.whole("limits.session_memory_mb"),
        disk_mb: given.whole("limits.disk_mb"),
        load: given.number("limits.load"),
        window,
        park_minutes: given.whole("limits.park_minutes"),
        calls: given.small("limits.calls"),
        file_kb: given.whole("limits.file_kb"),
    })
}

/// `[landing]`.
pub fn landing(given: &Given) -> Result<LandingConfig, ConfigError> {
    let chores = given.list("landing.chores");
    let compile = |pattern: &String| {
        // The pattern is tried alone first: `)(` is none, though it would be one inside of the group.
        let whole = Regex::new(pattern).and_then(|_| Regex::new(&format!("^(?:{pattern})$")));
        whole.map_err(|_| {
            let hint = "write for example: chores = [\"chore/deps-.*\"]";
            given.bad_item("landing.chores", "regular expressions", pattern, hint)
        })
    };
    Ok(LandingConfig {
        scope: word(given, "landing.scope", Scope::from_word)?,
        patterns: chores.iter().map(compile).collect::<Result<_, _>>()?,
        chores,
        without_checks: given.flag("landing.without_checks"),
        update: word(given, "landing.update", Update::from_word)?,
        up_to_date: given.flag("landing.up_to_date"),
        delete_branch: given.flag("landing.delete_branch"),
        required: given.list("landing.required"),
    })
}

/// `[ci]`.
pub fn ci(given: &Given) -> Result<CiConfig, ConfigError> {
    Ok(CiConfig {
        woodpecker_repo_id: given.int("ci.woodpecker_repo_id"),
        server: server(given, "ci.server")?,
        timeout: given.whole("ci.timeout"),
        settle: given.whole("ci.settle"),
    })
}

/// `[mirrors]`.
pub fn mirrors(given: &Given) -> Result<BTreeMap<String, String>, ConfigError> {
    let all = given.table("mirrors");
    for (name, url) in &all {
        let hint = "write for example: github = \"git@github.com:owner/name.git\"";
        if !rules::is_name(name) {
            return Err(given.bad_item("mirrors", "names of letters, digits, '.', '_' and '-'", name, hint));
        }
        if !rules::is_remote(url) {
            return Err(given.bad_item("mirrors", &format!("a git URL for {name}"), url, hint));
        }
    }
    Ok(all)
}

/// `[worktree]`.
pub fn worktree(given: &Given) -> Result<WorktreeConfig, ConfigError> {
    let copy: Vec<PathBuf> = given.list("worktree.copy").into_iter().map(PathBuf::from).collect();
    if let Some(bad) = copy.iter().find(|path| !rules::is_below(path)) {
        let hint = "write for example: copy = [\".env.test\"]";
        return Err(given.bad_item("worktree.copy", "paths below repo_root", &bad.to_string_lossy(), hint));
    }
    Ok(WorktreeConfig {
        copy,
        setup: given.text("worktree.setup"),
        setup_timeout: given.whole("worktree.setup_timeout"),
    })
}
