//! Where the credentials come from: a variable, or a file that holds nothing else. Never the project file.

use super::dotenv::is_variable;
use super::error::ConfigError;
use super::given::Given;
use super::keys::{Effect, KEYS, Kind};
use super::parts::Tokens;
use super::root::Root;
use super::rules;
use super::secret::Secret;
use super::vars::Vars;
use std::fs;

/// Which keys and variables give one credential.
struct Names {
    env_key: &'static str,
    file_key: &'static str,
    vars: &'static [&'static str],
}

const FORGE: Names =
    Names { env_key: "token_env", file_key: "token_file", vars: &["FORGE_TOKEN", "CODEBERG_TOKEN"] };
const REVIEW: Names = Names {
    env_key: "review_token_env",
    file_key: "review_token_file",
    vars: &["FORGE_REVIEW_TOKEN", "REVIEW_BOT_TOKEN"],
};
const CI: Names = Names { env_key: "ci.token_env", file_key: "ci.token_file", vars: &["WOODPECKER_TOKEN"] };
const MATRIX: Names =
    Names { env_key: "matrix.token_env", file_key: "matrix.token_file", vars: &["MATRIX_TOKEN"] };

const TELEGRAM: Names =
    Names { env_key: "telegram.token_env", file_key: "telegram.token_file", vars: &["TELEGRAM_TOKEN"] };
const NTFY: Names = Names { env_key: "ntfy.token_env", file_key: "ntfy.token_file", vars: &["NTFY_TOKEN"] };
const WEBHOOK: Names =
    Names { env_key: "webhook.secret_env", file_key: "webhook.secret_file", vars: &["WEBHOOK_SECRET"] };

/// Reads the credentials of the forge and of the CI server. One that is not there is none: `preflight env` says
/// what then cannot be done.
pub fn read(given: &Given, root: &Root, vars: &Vars) -> Result<Tokens, ConfigError> {
    Ok(Tokens {
        forge: token(given, root, vars, &FORGE)?,
        review: token(given, root, vars, &REVIEW)?,
        woodpecker: token(given, root, vars, &CI)?,
        others: vars.secrets(),
    })
}

/// Reads the Matrix token.
pub fn matrix(given: &Given, root: &Root, vars: &Vars) -> Result<Option<Secret>, ConfigError> {
    token(given, root, vars, &MATRIX)
}

/// Reads the token of the Telegram bot.
pub fn telegram(given: &Given, root: &Root, vars: &Vars) -> Result<Option<Secret>, ConfigError> {
    token(given, root, vars, &TELEGRAM)
}

/// Reads the token of the ntfy server.
pub fn ntfy(given: &Given, root: &Root, vars: &Vars) -> Result<Option<Secret>, ConfigError> {
    token(given, root, vars, &NTFY)
}

/// Reads the secret that notices are signed with.
pub fn webhook(given: &Given, root: &Root, vars: &Vars) -> Result<Option<Secret>, ConfigError> {
    token(given, root, vars, &WEBHOOK)
}

/// A project that names its variable or file gets that one or none: falling back to another account's token would
/// act in the wrong name.
fn token(given: &Given, root: &Root, vars: &Vars, names: &Names) -> Result<Option<Secret>, ConfigError> {
    match (given.text(names.env_key), given.text(names.file_key)) {
        (Some(_), Some(_)) => {
            let problem = format!("is given together with {}", names.env_key);
            Err(given.problem(names.file_key, problem, "keep one of the two"))
        }
        (Some(var), None) if is_variable(&var) => Ok(vars.get(&var).map(Secret::new)),
        (Some(_), None) => Err(given.problem(
            names.env_key,
            // What stands there may be the token itself, so it is not shown.
            "expected the name of a variable, such as FORGE_TOKEN",
            "put the token into .env beside projects/ (mode 0600) and write the name of its variable here",
        )),
        (None, Some(file)) => from_file(given, root, vars, names.file_key, &file).map(Some),
        (None, None) => Ok(vars.first(names.vars).map(|found| Secret::new(found.value))),
    }
}

fn from_file(given: &Given, root: &Root, vars: &Vars, key: &str, file: &str) -> Result<Secret, ConfigError> {
    let path = rules::absolute(file, vars.get("HOME")).unwrap_or_else(|| root.config.join(file));
    let hint = "let the file hold the token and nothing else";
    let cannot = |why: String| given.problem(key, format!("{} {why}", path.display()), hint);
    let text = fs::read_to_string(&path).map_err(|e| cannot(format!("cannot be read: {e}")))?;
    match text.trim() {
        "" => Err(cannot("is empty".to_string())),
        token if token.contains(char::is_whitespace) => Err(cannot("holds more than one word".to_string())),
        token => Ok(Secret::new(token)),
    }
}

/// Variables that would let a session push, approve or merge, beside those of our own table.
const FOREIGN: &[&str] = &[
    "SSH_AUTH_SOCK",
    "SSH_ASKPASS",
    "GIT_ASKPASS",
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "GH_ENTERPRISE_TOKEN",
    "GITHUB_ENTERPRISE_TOKEN",
    "GITEA_TOKEN",
    "FORGEJO_TOKEN",
    "AZURE_DEVOPS_EXT_PAT",
];

/// Fails if a session would be given one of our credentials under `key` (law 8).
pub fn keep_from_session<'a>(
    given: &Given,
    key: &str,
    names: impl IntoIterator<Item = &'a String>,
) -> Result<(), ConfigError> {
    let named: Vec<String> = [FORGE, REVIEW, CI, MATRIX, TELEGRAM, NTFY, WEBHOOK]
        .iter()
        .filter_map(|names| given.text(names.env_key))
        .collect();
    let ours = |name: &str| {
        let secret = |k: &&super::keys::Key| k.kind == Kind::Secret && k.vars.contains(&name);
        let of_agent = name == "ANTHROPIC_API_KEY";
        !of_agent
            && (KEYS.iter().any(|k| secret(&k)) || FOREIGN.contains(&name) || named.iter().any(|n| n == name))
    };
    for name in names {
        if !is_variable(name) {
            return Err(given.bad_item(key, "names of variables", name, "write letters, digits and _ only"));
        }
        if ours(name) {
            let problem = format!("{name} may not be given to a session: it could push, approve or merge");
            return Err(given.problem(key, problem, "take it out; drover itself pushes for the session"));
        }
    }
    Ok(())
}

/// Where each variable without a key came from, for those that have an effect.
pub fn sources(vars: &Vars) -> impl Iterator<Item = (String, &'static str)> {
    let used = KEYS.iter().filter(|k| k.path.is_empty() && k.effect == Effect::Used);
    used.map(|k| (k.name().to_string(), if vars.first(k.vars).is_some() { "env" } else { "default" }))
}
