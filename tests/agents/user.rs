//! An ordinary user in a network with loopback alone: agents refuse root, and whatever calls another host gets nowhere.

use crate::programs::CACHE;
use crate::stage::{BINARIES, bin};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const NAME: &str = "drover-agents";
const THERE: &str = "DROVER_AGENTS_THERE";

/// Where root has started the tests: plays them as another user, and gives how they ended.
pub fn elsewhere(cache: &Path) -> Option<ExitCode> {
    if !rustix::process::geteuid().is_root() || std::env::var_os(THERE).is_some() {
        return None;
    }
    if !Command::new("id").arg(NAME).output().is_ok_and(|o| o.status.success()) {
        let made = Command::new("useradd").args(["--create-home", "--shell", "/bin/bash", NAME]).status();
        assert!(made.is_ok_and(|s| s.success()), "useradd {NAME}");
    }
    let folder = tempfile::tempdir_in("/var/tmp").unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let tests = for_all(folder.path());
    let path = with_node();
    let script = format!(
        "ip link set lo up 2>/dev/null; exec setpriv --reuid {NAME} --regid {NAME} --init-groups env -i {THERE}=1 AGENTS_DELIVERIES=$AGENTS_DELIVERIES MEASURES=$MEASURES MOMENTS=$MOMENTS PARTS=$PARTS {CACHE}=\"$1\" \
         {BINARIES}=\"$2\" HOME=/home/{NAME} USER={NAME} LANG=C.UTF-8 PATH={path} TMPDIR=/tmp \
         \"$0\" $WORDS"
    );
    let words: Vec<String> = std::env::args().skip(1).collect();
    let mut call = match Command::new("unshare")
        .args(["--net", "true"])
        .output()
        .is_ok_and(|o| o.status.success())
    {
        true => {
            let mut call = Command::new("unshare");
            call.args(["--net", "sh"]);
            call
        }
        false => {
            println!(
                "no network of its own can be had here: calls to others are noticed only where they use a proxy"
            );
            Command::new("sh")
        }
    };
    let ended = call
        .args(["-c", &script])
        .args([tests.as_path(), cache, folder.path()])
        .env("WORDS", words.join(" "))
        .status()
        .expect("a shell runs");
    Some(if ended.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The usual places, and that of node, which some of the programs are started by.
fn with_node() -> String {
    let all = std::env::var("PATH").unwrap_or_default();
    let node = all.split(':').find(|folder| Path::new(folder).join("node").exists()).unwrap_or("/usr/bin");
    format!("/usr/local/bin:/usr/bin:/bin:{node}")
}

/// The binaries and these tests in a folder that everybody can enter, whoever may enter the one they were built in.
fn for_all(folder: &Path) -> PathBuf {
    let built = bin("drover").parent().unwrap().to_path_buf();
    let runs =
        |p: &PathBuf| p.is_file() && fs::metadata(p).is_ok_and(|m| m.permissions().mode() & 0o111 != 0);
    let mut files: Vec<PathBuf> =
        fs::read_dir(built).unwrap().map(|f| f.unwrap().path()).filter(runs).collect();
    let tests = std::env::current_exe().unwrap();
    files.push(tests.clone());
    for file in &files {
        let there = folder.join(file.file_name().unwrap());
        if fs::hard_link(file, &there).is_err() {
            fs::copy(file, &there).unwrap();
        }
    }
    folder.join(tests.file_name().unwrap())
}
