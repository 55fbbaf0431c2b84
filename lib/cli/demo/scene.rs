//! The stage: a folder with a root, two git repositories, two mirrors and a scripted agent.

use super::cast::{CASTS, Cast, Part};
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
}

/// Sets the stage.
pub fn set(dir: Option<PathBuf>) -> Result<Scene> {
    let folder = match dir {
        Some(dir) if dir.exists() => bail!("{} exists already: name a folder that does not", dir.display()),
        Some(dir) => std::path::absolute(dir)?,
        None => std::env::temp_dir().join(format!("drover-demo-{}", std::process::id())),
    };
    let scene = Scene { root: folder.join("root"), libexec: setup::libexec()?, folder };
    for sub in ["projects", "state"] {
        fs::create_dir_all(scene.root.join(sub))
            .with_context(|| format!("making {}", scene.root.display()))?;
    }
    fs::write(scene.root.join("state/.drover"), "")?;
    let agent = scene.folder.join("agent.sh");
    fs::write(&agent, AGENT)?;
    fs::set_permissions(&agent, fs::Permissions::from_mode(0o755))?;
    for cast in CASTS {
        scene.repository(cast)?;
        scene.project(cast, &agent)?;
        scene.issues(cast)?;
    }
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
        let text = format!(
            "name = \"{name}\"\nforge = \"local\"\nrepo_root = \"{repo}\"\nprimary_branch = \"main\"\n\
             worktree_root = \"{worktrees}\"\npipeline = \"overlap\"\n\n\
             [agent]\nstyle = \"{style}\"\ncommand = [\"{agent}\", \"{style}\"]\n\n\
             [verify]\ntest = \"sh check.sh\"\n\n[limits]\nsessions = {sessions}\nmemory_mb = 0\ndisk_mb = 0\n\n\
             [people]\nmaintainers = [\"maria\"]\nreviewers = [\"rob\"]\n\n[mirrors]\nbackup = \"{mirror}\"\n",
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
            let mut args = vec!["--as", "maria", "issue", "new", role.title, "--body", role.body];
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
            self.of(cast.name, "forge", &["--as", "gardener", "pull", "new", branch])?;
        }
        Ok(())
    }

    /// Runs one of our binaries for one project; gives what it prints.
    pub fn of(&self, project: &str, binary: &str, args: &[&str]) -> Result<String> {
        let mut all: Vec<&str> = args.to_vec();
        all.extend(["--project", project]);
        self.ours(binary, &all)
    }

    /// Runs one of our binaries; exit codes that mean "nothing to do" or "waiting" are fine.
    pub fn ours(&self, binary: &str, args: &[&str]) -> Result<String> {
        let path = self.libexec.join(binary);
        let done = Command::new(&path)
            .args(args)
            .arg("--root")
            .arg(&self.root)
            .env_remove("PROJECT_NAME")
            .env_remove("FACTORY_ROOT")
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

/// Runs git in a folder, with the user's hooks and configuration out of the way.
pub fn git(folder: &Path, args: &[&str]) -> Result<()> {
    let done = Command::new("git")
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
