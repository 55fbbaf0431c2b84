//! Starting and ending sessions.

use super::{MARK, OURS, Tmux};
use crate::effect;
use crate::process::tree;
use crate::world::{SessionSpec, Started};
use anyhow::{Context, Result, bail};
use std::fs::DirBuilder;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::time::Duration;

/// How long the processes of a session get to end by themselves.
const GRACE: Duration = Duration::from_secs(2);

impl Tmux {
    /// Starts a session whose pane runs `argv`; one of that name from an earlier start is ended first.
    pub(crate) fn new_session(&self, spec: &SessionSpec) -> Result<Started> {
        self.private_folder()?;
        let target = format!("={}", spec.name);
        if self.call(&["has-session", "-t", &target])?.ok {
            let kill = ["kill-session", "-t", &target];
            effect::at("session: before an earlier one is ended");
            self.change(&kill, None)?.good(&kill)?;
            effect::at("session: earlier one ended");
        }
        let folder = spec.folder.to_str().context("the folder's path is not UTF-8")?;
        // How much of its output a pane keeps is settled when the pane is made.
        let mut args: Vec<String> = [
            "start-server",
            ";",
            "set-option",
            "-g",
            "history-limit",
            "5000",
            ";",
            "new-session",
            "-d",
            "-s",
            &spec.name,
            "-x",
            "200",
            "-y",
            "50",
            "-c",
            folder,
        ]
        .map(String::from)
        .into();
        // The server hands its own environment to every session; `env -i` makes the pane's exactly ours.
        args.push("--".into());
        args.extend(["env".into(), "-i".into()]);
        args.extend(spec.env.iter().map(|(k, v)| format!("{k}={v}")));
        args.extend(spec.argv.iter().cloned());
        let spawn = spec.spawn.to_string();
        let pane = format!("{target}:");
        let more = [
            ";",
            "set-option",
            "-t",
            &pane,
            "@spawn",
            &spawn,
            ";",
            "set-option",
            "-w",
            "-t",
            &pane,
            "remain-on-exit",
            "on",
            ";",
            "display-message",
            "-p",
            "-t",
            &pane,
            "#{pid}",
        ];
        args.extend(more.iter().map(|s| s.to_string()));
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        effect::at("session: before its start");
        let text = self.change(&args, None)?.good(&args)?;
        effect::at("session: started");
        let server_pid = text.trim().parse().ok();
        Ok(Started {
            server_pid,
            server_start: server_pid.and_then(tree::start_time),
            boot_id: tree::boot_id().unwrap_or_default(),
        })
    }

    /// The socket's folder must be ours alone: whoever can reach the socket can type into every session.
    fn private_folder(&self) -> Result<()> {
        let folder = self.socket.parent().context("the tmux socket has no folder")?;
        if !folder.exists() {
            effect::at("session: before the socket's folder is made");
            let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.with_context(|| format!("making {}", folder.display()))?;
            effect::at("session: socket's folder made");
        }
        let meta = std::fs::symlink_metadata(folder)?;
        if !meta.is_dir() || meta.uid() != rustix::process::getuid().as_raw() || meta.mode() & 0o077 != 0 {
            bail!("{} must be a folder of yours with mode 0700: remove it and try again", folder.display());
        }
        Ok(())
    }

    /// Ends a session: first everything it started, found below its pane and by its mark, then the session.
    pub(crate) fn end_session(&self, name: &str, mark: &str) -> Result<()> {
        let target = format!("={name}:");
        let said = self.call(&["list-panes", "-s", "-t", &target, "-F", "#{pane_pid}"])?;
        let roots: Vec<u32> =
            if said.ok { said.text.lines().filter_map(|l| l.parse().ok()).collect() } else { vec![] };
        let ended = tree::end_all(|| processes(&roots, mark), GRACE);
        if !ended.left.is_empty() {
            let names: Vec<String> = ended.left.iter().map(|p| format!("{} ({})", p.pid, p.name)).collect();
            bail!("processes of the session {name} do not end: {}", names.join(", "));
        }
        let exact = format!("={name}");
        if self.call(&["has-session", "-t", &exact])?.ok {
            let kill = ["kill-session", "-t", &exact];
            effect::at("session: before it is ended");
            self.change(&kill, None)?.good(&kill)?;
            effect::at("session: ended");
        }
        Ok(())
    }

    /// What a pane shows.
    pub(crate) fn screen(&self, name: &str) -> Result<String> {
        self.run(&["capture-pane", "-p", "-t", &format!("={name}:")])
    }

    /// The last lines of a pane, scrolled-off ones included.
    pub(crate) fn capture(&self, name: &str, lines: u32) -> Result<String> {
        let from = format!("-{lines}");
        let text = self.run(&["capture-pane", "-p", "-J", "-t", &format!("={name}:"), "-S", &from])?;
        // A screen on which little was shown is mostly empty.
        let all: Vec<&str> = text.trim_end().lines().skip_while(|l| l.trim().is_empty()).collect();
        let keep = usize::try_from(lines).unwrap_or(usize::MAX);
        Ok(all[all.len().saturating_sub(keep)..].join("\n"))
    }
}

/// Everything that a session started. Below its host hang our own binaries too, those that the host woke and
/// what they started: they are told by their mark and left alone, since the one that ends the session is one of them.
fn processes(roots: &[u32], mark: &str) -> Vec<tree::Proc> {
    // The mark alone could be put on by anybody: only programs from our own folder are spared for it.
    let folder = std::env::current_exe().ok().and_then(|me| me.parent().map(std::path::Path::to_path_buf));
    let is_ours = |p: &tree::Proc| {
        tree::carries(p.pid, OURS, "1")
            && tree::program(p.pid).is_some_and(|exe| exe.parent() == folder.as_deref())
    };
    let mut all: Vec<tree::Proc> =
        roots.iter().flat_map(|root| tree::descendants_but(*root, is_ours)).collect();
    all.extend(tree::marked(MARK, mark).into_iter().filter(|p| !roots.contains(&p.pid)));
    all.sort_by_key(|p| p.pid);
    all.dedup_by_key(|p| p.pid);
    all
}
