//! Makes a project of the merged values: computes what depends on others and checks what the kind of a key
//! cannot say.

use super::error::ConfigError;
use super::given::Given;
use super::keys::{Effect, KEYS};
use super::project::{Labels, Project};
use super::root::Root;
use super::vars::Vars;
use super::words::ForgeKind;
use super::{people, rules, sections, tokens};
use crate::domain::policy::Pipeline;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Makes the project. The first value found wrong is the error.
pub fn project(root: &Root, file: &Path, given: &Given, vars: &Vars) -> Result<Project, ConfigError> {
    let forge = forge(given)?;
    let (matrix, messengers) = (people::matrix(given, root, vars)?, people::messengers(given, root, vars)?);
    let name = name(given, file)?;
    let repo_root = repo_root(given, vars, &name)?;
    Ok(Project {
        slug: rules::slug(&name),
        file: file.to_path_buf(),
        root: root.clone(),
        forge,
        repo: repo(given, forge)?,
        forge_url: forge_url(given, forge)?,
        git_remote: given.text("git_remote"),
        primary_branch: primary_branch(given)?,
        worktree_root: worktree_root(given, vars, root, (&name, &repo_root))?,
        branch: branch(given)?,
        labels: labels(given)?,
        agent: sections::agent(given, vars)?,
        verify: sections::verify(given)?,
        limits: sections::limits(given)?,
        landing: sections::landing(given)?,
        ci: sections::ci(given)?,
        people: people::people(given, &matrix, &messengers)?,
        mirrors: sections::mirrors(given)?,
        mirror_timeout: given.whole("mirror_timeout"),
        pipeline: sections::word(given, "pipeline", Pipeline::from_word)?,
        worktree: sections::worktree(given)?,
        bots: given.list("bots"),
        matrix,
        messengers,
        tokens: tokens::read(given, root, vars)?,
        sources: sources(given, vars),
        name,
        repo_root,
    })
}

/// The name: given, else the last part of the repository, else the file's.
fn name(given: &Given, file: &Path) -> Result<String, ConfigError> {
    let of_repo = || given.text("repo").and_then(|r| r.rsplit('/').next().map(str::to_string));
    let of_file = || file.file_stem().map(|s| s.to_string_lossy().into_owned());
    let name = given.text("name").or_else(of_repo).or_else(of_file).unwrap_or_default();
    if rules::is_name(&name) {
        return Ok(name);
    }
    let expected = "a letter or digit, then at most 63 letters, digits, '.', '_' or '-'";
    Err(given.bad_item("name", expected, &name, "write for example: name = \"website\""))
}

/// A project that names neither a repository nor a server needs no server.
fn forge(given: &Given) -> Result<ForgeKind, ConfigError> {
    if given.text("forge").is_some() {
        return sections::word(given, "forge", ForgeKind::from_word);
    }
    let remote = given.is_own("repo") || given.is_own("forge_url");
    Ok(if remote { ForgeKind::Forgejo } else { ForgeKind::Local })
}

fn repo(given: &Given, forge: ForgeKind) -> Result<String, ConfigError> {
    let hint = "write for example: repo = \"owner/name\"";
    match given.text("repo") {
        Some(repo) if rules::is_repo(forge, &repo) => Ok(repo),
        Some(_) => Err(given.bad("repo", "owner/name", hint)),
        None if forge == ForgeKind::Local => Ok(String::new()),
        None => Err(given.problem("repo", format!("is missing, and forge = \"{forge}\" needs one"), hint)),
    }
}

fn forge_url(given: &Given, forge: ForgeKind) -> Result<String, ConfigError> {
    let default = match forge {
        ForgeKind::Local | ForgeKind::Forgejo => "http://localhost:3000",
        ForgeKind::Github => "https://github.com",
        ForgeKind::Azure => "https://dev.azure.com",
    };
    match given.text("forge_url") {
        Some(_) => sections::server(given, "forge_url"),
        None => Ok(default.to_string()),
    }
}

fn repo_root(given: &Given, vars: &Vars, name: &str) -> Result<PathBuf, ConfigError> {
    match (given.text("repo_root"), vars.first(&["USER", "LOGNAME"])) {
        (Some(_), _) => path(given, vars, "repo_root"),
        (None, Some(user)) => Ok(Path::new("/home").join(user.value).join(name)),
        (None, None) => Err(given.problem(
            "repo_root",
            "is missing, and without USER in the environment there is no default",
            "write for example: repo_root = \"/home/maria/website\"",
        )),
    }
}

/// An absolute path that is given.
fn path(given: &Given, vars: &Vars, key: &str) -> Result<PathBuf, ConfigError> {
    let text = given.text(key).unwrap_or_default();
    rules::absolute(&text, vars.get("HOME")).ok_or_else(|| {
        let hint = format!("write the path in full, for example: {key} = \"/home/maria/website\"");
        given.bad(key, "an absolute path without ..", &hint)
    })
}

/// The folder of the clones; `project` is its name and its `repo_root`.
fn worktree_root(
    given: &Given,
    vars: &Vars,
    root: &Root,
    project: (&str, &Path),
) -> Result<PathBuf, ConfigError> {
    let (name, repo_root) = project;
    let folder = match (given.text("worktree_root"), vars.get("HOME")) {
        (Some(_), _) => path(given, vars, "worktree_root")?,
        (None, Some(home)) => {
            let hash = rules::stable_hash(root.state.as_os_str().as_encoded_bytes());
            Path::new(home).join(".local/share/drover").join(hash).join(name)
        }
        (None, None) => {
            let problem = "is missing, and without HOME in the environment there is no default";
            let hint = "write for example: worktree_root = \"/var/lib/drover/website\"";
            return Err(given.problem("worktree_root", problem, hint));
        }
    };
    if folder.starts_with(repo_root) {
        let problem = format!("{} lies inside of repo_root", folder.display());
        return Err(given.problem("worktree_root", problem, "name a folder outside of every repository"));
    }
    Ok(folder)
}

fn primary_branch(given: &Given) -> Result<String, ConfigError> {
    let name = given.some_text("primary_branch")?;
    let hint = "write for example: primary_branch = \"main\"";
    if rules::is_branch(&name) {
        Ok(name)
    } else {
        Err(given.bad("primary_branch", "the name of a branch", hint))
    }
}

fn branch(given: &Given) -> Result<String, ConfigError> {
    let template = given.some_text("branch")?;
    if rules::is_branch_template(&template) {
        return Ok(template);
    }
    let hint = "write for example: branch = \"fix/issue-{issue}\"";
    Err(given.bad("branch", "the name of a branch with {issue} in it once", hint))
}

/// Two labels of one name would make one situation look like another.
fn labels(given: &Given) -> Result<Labels, ConfigError> {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut label = |key: &str| {
        let path = format!("labels.{key}");
        let text = given.some_text(&path)?;
        match seen.insert(text.clone(), path.clone()) {
            Some(twin) => {
                let problem = format!("\"{text}\" is also {twin}");
                Err(given.problem(&path, problem, "give every label a name of its own"))
            }
            None => Ok(text),
        }
    };
    Ok(Labels {
        queue: label("queue")?,
        priority: label("priority")?,
        in_progress: label("in_progress")?,
        blocked: label("blocked")?,
        needs_human: label("needs_human")?,
        underspecified: label("underspecified")?,
        skip: given.list("labels.skip"),
    })
}

/// Where every value came from: one row for each key that has an effect.
fn sources(given: &Given, vars: &Vars) -> BTreeMap<String, &'static str> {
    let keys = KEYS.iter().filter(|k| k.effect == Effect::Used && !k.path.is_empty() && !k.is_pattern());
    let mut all: BTreeMap<String, &'static str> = keys.map(|k| (k.path.to_string(), "default")).collect();
    all.extend(tokens::sources(vars));
    all.extend(given.entries.iter().map(|(path, entry)| (path.clone(), entry.source)));
    all
}
