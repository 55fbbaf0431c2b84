//! From a name to a project file, and several projects side by side.

use super::error::ConfigError;
use super::project::Project;
use super::root::Root;
use super::words::ForgeKind;
use std::path::{Path, PathBuf, absolute};

/// The file of a project: `name_or_path` is a path to a TOML file, the name of a file in `projects/` without its
/// ending, or the `name` that one of them gives. An unknown one is an error that lists what there is.
pub fn find(root: &Root, name_or_path: &str) -> Result<PathBuf, ConfigError> {
    if name_or_path.ends_with(".toml") || name_or_path.contains('/') {
        return by_path(root, Path::new(name_or_path));
    }
    let dir = root.projects_dir();
    if let Err(e) = dir.read_dir() {
        let problem = format!("{} cannot be read: {e}", dir.display());
        return Err(ConfigError::new(
            "projects",
            "",
            problem,
            "make the folder, or name the root with --root",
        ));
    }
    let files = root.list();
    let stem = |f: &PathBuf| f.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let found = files.iter().find(|f| stem(f) == name_or_path);
    let found = found.or_else(|| files.iter().find(|f| written_name(f).as_deref() == Some(name_or_path)));
    found.cloned().ok_or_else(|| {
        let names: Vec<String> = files.iter().map(stem).collect();
        let hint = match names.as_slice() {
            [] => "there are none yet: copy projects/example.toml.example there".to_string(),
            names => format!("there are: {}", names.join(", ")),
        };
        ConfigError::new("projects", "", format!("there is no project \"{name_or_path}\""), hint)
    })
}

/// A path as given, or below the root.
fn by_path(root: &Root, path: &Path) -> Result<PathBuf, ConfigError> {
    let here = absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let found = [here, root.config.join(path)].into_iter().find(|p| p.is_file());
    found.ok_or_else(|| {
        let hint = format!("the project files of this root are in {}", root.projects_dir().display());
        ConfigError::new(path.display().to_string(), "", "there is no such file", hint)
    })
}

/// The name that a file gives itself, if it can be read at all.
fn written_name(file: &Path) -> Option<String> {
    let table: toml::Table = toml::from_str(&std::fs::read_to_string(file).ok()?).ok()?;
    table.get("name")?.as_str().map(str::to_string)
}

/// Fails if two projects would share a tmux name, a folder of clones, or the branches of one repository.
pub fn check_unique(projects: &[Project]) -> Result<(), ConfigError> {
    for (i, project) in projects.iter().enumerate() {
        for other in &projects[..i] {
            check_pair(project, other)?;
        }
    }
    Ok(())
}

fn check_pair(project: &Project, other: &Project) -> Result<(), ConfigError> {
    let (file, twin) = (project.shown_file(), other.shown_file());
    let error =
        |key: &str, problem: String, hint: &str| Err(ConfigError::new(file.as_str(), key, problem, hint));
    if project.slug == other.slug {
        let problem = format!(
            "\"{}\" gives the slug {}, as \"{}\" in {twin} does",
            project.name, project.slug, other.name
        );
        return error("name", problem, "give one of them another name; '.' and '_' count as the same");
    }
    let (a, b) = (&project.worktree_root, &other.worktree_root);
    if a.starts_with(b) || b.starts_with(a) {
        let problem = format!("{} is shared with {} of {twin}", a.display(), b.display());
        return error("worktree_root", problem, "give each project a folder of its own");
    }
    if project.branch == other.branch && repository(project) == repository(other) {
        let problem = format!("\"{}\" is also the branch of {twin}, on the same repository", project.branch);
        return error(
            "branch",
            problem,
            "give one of them another branch, for example: branch = \"docs/issue-{issue}\"",
        );
    }
    Ok(())
}

/// What makes two projects work on the same branches.
fn repository(project: &Project) -> (ForgeKind, String) {
    match project.forge {
        ForgeKind::Local => (ForgeKind::Local, project.repo_root.display().to_string()),
        // The forges take either case for the same repository.
        forge => (forge, format!("{}/{}", project.forge_url, project.repo).to_lowercase()),
    }
}
