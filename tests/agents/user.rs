//! An ordinary user in a network with loopback alone: agents refuse root, and whatever calls another host gets nowhere.

use std::process::{Command, ExitCode};

const NAME: &str = "drover-agents";
const THERE: &str = "DROVER_AGENTS_THERE";

/// Where root has started the tests: plays them as another user, and gives how they ended.
pub fn elsewhere() -> Option<ExitCode> {
    if !rustix::process::geteuid().is_root() || std::env::var_os(THERE).is_some() {
        return None;
    }
    if !Command::new("id").arg(NAME).output().is_ok_and(|o| o.status.success()) {
        let made = Command::new("useradd").args(["--create-home", "--shell", "/bin/bash", NAME]).status();
        assert!(made.is_ok_and(|s| s.success()), "useradd {NAME}");
    }
    let tests = std::env::current_exe().unwrap();
    let script = format!(
        "ip link set lo up 2>/dev/null || ifconfig lo up; exec setpriv --reuid {NAME} --regid {NAME} --init-groups \
         env -i {THERE}=1 HOME=/home/{NAME} USER={NAME} LANG=C.UTF-8 PATH=/usr/local/bin:/usr/bin:/bin TMPDIR=/tmp \"$0\" \"$@\""
    );
    let ended = Command::new("unshare")
        .args(["--net", "sh", "-c", &script])
        .arg(tests)
        .args(std::env::args().skip(1))
        .status()
        .expect("unshare runs");
    Some(if ended.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
