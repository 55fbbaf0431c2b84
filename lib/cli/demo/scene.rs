//! The stage: a folder with a root, two git repositories, two mirrors and a scripted agent; beside it a real forge, or
//! the local one.

use super::cast::{CASTS, Cast, Part};
use super::server::Server;
use crate::cli::setup;
use anyhow::{Context, Result, bail};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const AGENT: &str = include_str!("agent.sh");

/// Passes unless a file holds the word that the second issue's first try writes.
const CHECK: &str = "#!/bin/sh\nif grep -rn BROKEN notes 2>/dev/null; then echo 'error: a note is broken'; exit 1; fi\necho all notes are whole\n";

/// The stage, set.
pub struct Scene {
    /// All lies in here.
    pub folder: PathBuf,
    /// The root.
    pub root: PathBuf,
    /// Our binaries.
    pub libexec: PathBuf,
    /// The forge, where it is not the local one.
    pub server: Option<Server>,
}

/// Sets the stage.
pub fn set(dir: Option<PathBuf>, forge: Option<&str>) -> Result<Scene> {
    let folder = match dir {
        Some(dir) if dir.exists() => bail!("{} exists already: name a folder that does not", dir.display()),
        Some(dir) => std::path::absolute(dir)?,
        None => std::env::temp_dir().join(format!("drover-demo-{}", std::process::id())),
    };
    let root = folder.join("root");
    for sub in ["projects", "state"] {
        fs::create_dir_all(root.join(sub)).with_context(|| format!("making {}", root.display()))?;
    }
    fs::write(root.join("state/.drover"), "")?;
    let server = forge.map(|url| Server::reach(url, &root.join("state"))).transpose()?;
    let scene = Scene { libexec: setup::libexec()?, root, folder, server };
    if let Some(server) = &scene.server {
        let env = scene.root.join(".env");
        fs::write(&env, "")?;
        fs::set_permissions(&env, fs::Permissions::from_mode(0o600))?;
        fs::write(&env, server.dotenv())?;
    }
    let agent = scene.folder.join("agent.sh");
    fs::write(&agent, AGENT)?;
    fs::set_permissions(&agent, fs::Permissions::from_mode(0o755))?;
    let done = CASTS.iter().try_for_each(|cast| scene.set_project(cast, &agent));
    if let (Err(_), Some(server)) = (&done, &scene.server) {
        // Made a moment ago, and nothing has happened in them.
        CASTS.iter().for_each(|cast| drop(server.delete(cast.name)));
    }
    done?;
    scene.ours("drover", &["on"])?;
    Ok(scene)
}

impl Scene {
    /// The user's repository of a project.
    pub fn repo(&self, project: &str) -> PathBuf {
        self.folder.join(project)
    }

    /// The mirror of a project.
    pub fn mirror(&self, project: &str) -> PathBuf {
        self.folder.join(format!("{project}-mirror.git"))
    }

    fn set_project(&self, cast: &Cast, agent: &Path) -> Result<()> {
        self.repository(cast)?;
        if let Some(server) = &self.server {
            server.make(cast.name)?;
            server.publish(&self.repo(cast.name), cast.name)?;
        }
        self.project(cast, agent)?;
        self.issues(cast)
    }

    fn repository(&self, cast: &Cast) -> Result<()> {
        let repo = self.repo(cast.name);
        fs::create_dir_all(&repo)?;
        git(&repo, &["init", "-q", "-b", "main"])?;
        git(&repo, &["config", "user.name", "maria"])?;
        git(&repo, &["config", "user.email", "maria@example.org"])?;
        fs::write(repo.join("README.md"), format!("# {}\n\nhello\n", cast.name))?;
        fs::write(repo.join("check.sh"), CHECK)?;
        fs::write(repo.join("shared.txt"), "shared = nobody\n")?;
        git(&repo, &["add", "-A"])?;
        git(&repo, &["commit", "-q", "-m", "begin"])?;
        if let Some(branch) = cast.chore {
            git(&repo, &["checkout", "-q", "-b", branch])?;
            fs::write(repo.join("CHORES.md"), "tidied\n")?;
            git(&repo, &["add", "-A"])?;
            git(&repo, &["commit", "-q", "-m", "tidy up"])?;
            git(&repo, &["checkout", "-q", "main"])?;
        }
        git(&self.folder, &["init", "-q", "--bare", &self.mirror(cast.name).display().to_string()])
    }

    fn project(&self, cast: &Cast, agent: &Path) -> Result<()> {
        let (forge, maintainer, reviewer) = match &self.server {
            None => ("forge = \"local\"".to_string(), "maria", "rob"),
            Some(server) => {
                let (url, repo) = (&server.url, server.repo(cast.name));
                let keys = format!("forge = \"forgejo\"\nforge_url = \"{url}\"\nrepo = \"{repo}\"");
                (keys, server.author.as_str(), server.reviewer.as_str())
            }
        };
        // No CI is set up for the demo's repositories: its own checks decide.
        let ci = if self.server.is_some() { "[ci]\nwoodpecker_repo_id = 0\n\n" } else { "" };
        let text = format!(
            "name = \"{name}\"\n{forge}\nrepo_root = \"{repo}\"\nprimary_branch = \"main\"\n\
             worktree_root = \"{worktrees}\"\npipeline = \"overlap\"\n\n\
             [agent]\nstyle = \"{style}\"\ncommand = [\"{agent}\", \"{style}\"]\n\n\
             [verify]\ntest = \"sh check.sh\"\n\n[limits]\nsessions = {sessions}\nmemory_mb = 0\ndisk_mb = 0\n\n\
             {ci}[people]\nmaintainers = [\"{maintainer}\"]\nreviewers = [\"{reviewer}\"]\n\n[mirrors]\nbackup = \"{mirror}\"\n",
            name = cast.name,
            repo = self.repo(cast.name).display(),
            worktrees = self.folder.join("worktrees").join(cast.name).display(),
            style = cast.style,
            agent = agent.display(),
            sessions = cast.sessions,
            mirror = self.mirror(cast.name).display(),
        );
        let file = self.root.join(format!("projects/{}.toml", cast.name));
        fs::write(&file, text).with_context(|| format!("writing {}", file.display()))
    }

    fn issues(&self, cast: &Cast) -> Result<()> {
        for role in cast.roles {
            let mut args = self.named("maria");
            args.extend(["issue", "new", role.title, "--body", role.body]);
            role.labels.iter().for_each(|l| args.extend(["--label", l]));
            let number = self.of(cast.name, "forge", &args)?;
            if number.trim() != role.number.to_string() {
                bail!(
                    "the issue '{}' got the number {} instead of {}",
                    role.title,
                    number.trim(),
                    role.number
                );
            }
        }
        if let Some(branch) = cast.chore {
            let mut args = self.named("gardener");
            args.extend(["pull", "new", branch]);
            self.of(cast.name, "forge", &args)?;
        }
        Ok(())
    }

    /// Who acts, in the words of `forge`: on a server the token says so.
    pub fn named(&self, who: &'static str) -> Vec<&str> {
        if self.server.is_some() { vec![] } else { vec!["--as", who] }
    }

    /// The commit that the primary branch is at, where the project lives.
    pub fn primary(&self, project: &str) -> Result<Option<String>> {
        let repo = self.repo(project);
        let name = match &self.server {
            None => "refs/heads/main",
            Some(server) => {
                server.fetch(&repo)?;
                "refs/remotes/origin/main"
            }
        };
        Ok(head(&repo, name))
    }

    /// Runs one of our binaries for one project; gives what it prints.
    pub fn of(&self, project: &str, binary: &str, args: &[&str]) -> Result<String> {
        let mut all: Vec<&str> = args.to_vec();
        all.extend(["--project", project]);
        self.ours(binary, &all)
    }

    /// Runs one of our binaries; exit codes that mean "nothing to do" or "waiting" are fine.
    pub fn ours(&self, binary: &str, args: &[&str]) -> Result<String> {
        // The front door lies elsewhere where drover is installed: it is the one that plays this.
        let path = match binary {
            "drover" => std::env::current_exe().context("finding our own program")?,
            part => self.libexec.join(part),
        };
        let done = Command::new(&path)
            .args(args)
            .arg("--root")
            .arg(&self.root)
            .env_remove("PROJECT_NAME")
            .env_remove("FACTORY_ROOT")
            .env_remove("FORGE_TOKEN")
            .env_remove("FORGE_REVIEW_TOKEN")
            .output()
            .with_context(|| format!("starting {}", path.display()))?;
        if matches!(done.status.code(), Some(0 | 3 | 5 | 6 | 75)) {
            return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
        }
        bail!("{binary} {}: {} {}", args.join(" "), done.status, String::from_utf8_lossy(&done.stderr).trim())
    }

    /// Ends what is left, so that a demo that went wrong leaves no process behind.
    pub fn stop_sessions(&self) {
        for cast in CASTS {
            for role in cast.roles.iter().filter(|r| r.part != Part::Nothing) {
                // Most have ended long ago, and saying so is all that stop does then.
                drop(self.of(cast.name, "agent", &["stop", &role.number.to_string()]));
            }
        }
        let socket = crate::session::tmux::Tmux::for_state(&self.root.join("state")).socket;
        drop(Command::new("tmux").arg("-S").arg(socket).arg("kill-server").output());
    }
}

/// The commit that a ref of a repository is at.
pub fn head(repo: &Path, name: &str) -> Option<String> {
    Some(git2::Repository::open(repo).ok()?.refname_to_id(name).ok()?.to_string())
}

/// Runs git in a folder, with the user's hooks and configuration out of the way.
pub fn git(folder: &Path, args: &[&str]) -> Result<()> {
    git_with(folder, args, &[])
}

/// The same with configuration that must not stand on a command line.
pub fn git_with(folder: &Path, args: &[&str], config: &[(&str, &str)]) -> Result<()> {
    let pair = |(n, (key, value)): (usize, &(&str, &str))| {
        [
            (format!("GIT_CONFIG_KEY_{n}"), key.to_string()),
            (format!("GIT_CONFIG_VALUE_{n}"), value.to_string()),
        ]
    };
    let done = Command::new("git")
        .env("GIT_CONFIG_COUNT", config.len().to_string())
        .envs(config.iter().enumerate().flat_map(pair))
        .env("GIT_TERMINAL_PROMPT", "0")
        .arg("-C")
        .arg(folder)
        .args(["-c", "core.hooksPath=/dev/null"])
        .args(args)
        .output()
        .context("starting git")?;
    if done.status.success() {
        return Ok(());
    }
    bail!("git {}: {}", args.join(" "), String::from_utf8_lossy(&done.stderr).trim())
}
