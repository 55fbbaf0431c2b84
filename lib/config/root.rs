//! Where the projects are and where the state goes.

use super::env::Env;
use super::error::ConfigError;
use std::fs;
use std::path::{Path, PathBuf};

/// The two folders that everything else lies in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// Holds `projects/` and `.env`.
    pub config: PathBuf,
    /// Holds all that changes at run time.
    pub state: PathBuf,
}

impl Root {
    /// Finds the root: `explicit` (of `--root`), else `$FACTORY_ROOT`, else the nearest parent of `cwd` that
    /// holds both `projects/` and `state/.drover`, else the XDG folders. Fails when there is none, or when what
    /// was named is no root.
    pub fn find(explicit: Option<&Path>, env: &Env, cwd: &Path) -> Result<Root, ConfigError> {
        if let Some(dir) = explicit {
            return named("--root", dir, env, cwd);
        }
        if let Some(dir) = env.get("FACTORY_ROOT") {
            return named("FACTORY_ROOT", Path::new(dir), env, cwd);
        }
        let marked = |dir: &&Path| dir.join("projects").is_dir() && dir.join("state/.drover").exists();
        if let Some(dir) = cwd.ancestors().find(marked) {
            return Ok(Root::at(&real(dir)));
        }
        match Root::xdg(env) {
            Some(root) if root.projects_dir().is_dir() => Ok(root),
            _ => Err(ConfigError::new(
                "root",
                "",
                "found none: no parent folder holds projects/ and state/.drover, and there is no ~/.config/drover/projects",
                "make a folder that holds projects/ and state/.drover, and work in it or name it with --root or FACTORY_ROOT",
            )),
        }
    }

    /// The root that lies in one folder. Nothing is looked at.
    pub fn at(dir: &Path) -> Root {
        Root { config: dir.to_path_buf(), state: dir.join("state") }
    }

    /// The root in the XDG folders of this environment; none without a home. Nothing is looked at.
    pub fn xdg(env: &Env) -> Option<Root> {
        // The XDG standard says that relative paths are to be ignored.
        let folder = |var: &str, below_home: &str| {
            let given = env.get(var).map(PathBuf::from).filter(|p| p.is_absolute());
            given.or_else(|| env.get("HOME").map(|home| Path::new(home).join(below_home)))
        };
        Some(Root {
            config: folder("XDG_CONFIG_HOME", ".config")?.join("drover"),
            state: folder("XDG_STATE_HOME", ".local/state")?.join("drover"),
        })
    }

    /// The folder of the project files.
    pub fn projects_dir(&self) -> PathBuf {
        self.config.join("projects")
    }

    /// The file that marks a state folder as ours.
    pub fn marker(&self) -> PathBuf {
        self.state.join(".drover")
    }

    /// The file without which no new work starts.
    pub fn guard(&self) -> PathBuf {
        self.state.join(".dev-active")
    }

    /// The file of variables that cron does not give us.
    pub fn dotenv(&self) -> PathBuf {
        self.config.join(".env")
    }

    /// Every project file, sorted by name. Hidden files are left out, as a shell would. A folder that cannot be
    /// read gives none; [`super::find`] tells the difference.
    pub fn list(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.projects_dir()).into_iter().flatten().flatten();
        let hidden = |p: &Path| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        let is_project =
            |p: &PathBuf| p.extension().is_some_and(|e| e == "toml") && !hidden(p) && p.is_file();
        let mut files: Vec<PathBuf> = entries.map(|e| e.path()).filter(is_project).collect();
        files.sort();
        files
    }
}

/// The root that somebody named. Links are followed, so that one folder has one path whatever way it is named:
/// the tmux socket and the folder of the worktrees are computed from it.
fn named(by: &str, dir: &Path, env: &Env, cwd: &Path) -> Result<Root, ConfigError> {
    // A crontab does not expand the tilde.
    let home = env.get("HOME").map(Path::new);
    let dir = match (dir.strip_prefix("~"), home) {
        (Ok(below), Some(home)) => home.join(below),
        _ => cwd.join(dir),
    };
    if !dir.is_dir() {
        let problem = format!("{} is no folder", dir.display());
        return Err(ConfigError::new(by, "", problem, "name the folder that holds projects/"));
    }
    if !dir.join("projects").is_dir() {
        let problem = format!("{} holds no projects/ folder", dir.display());
        return Err(ConfigError::new(
            by,
            "",
            problem,
            "name another folder, or make `projects/` in this one",
        ));
    }
    Ok(Root::at(&real(&dir)))
}

fn real(dir: &Path) -> PathBuf {
    fs::canonicalize(dir).unwrap_or_else(|_| dir.to_path_buf())
}
