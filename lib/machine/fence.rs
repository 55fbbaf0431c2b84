//! A session's own limit of memory: a scope of the user's systemd where there is one, which counts all that it starts together;
//! else ulimit(1) on what each of its processes writes to.

use crate::process::run::Call;
use crate::world::Fence;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long systemd may take to say whether it makes scopes.
const ASKED: Duration = Duration::from_secs(5);

/// What makes a scope.
const SCOPE: [&str; 4] = ["systemd-run", "--user", "--scope", "--quiet"];

/// The limit as it can be kept with the programs and variables that sessions get.
pub fn fence(memory_mb: u64, env: &BTreeMap<String, String>) -> Fence {
    if memory_mb == 0 {
        return Fence { words: vec![], by: "nothing" };
    }
    let asks = asking(env);
    if makes_scopes(&asks, env) { scope(asks, memory_mb) } else { ulimit(memory_mb) }
}

fn makes_scopes(words: &[String], env: &BTreeMap<String, String>) -> bool {
    let Some((program, args)) = words.split_first() else { return false };
    let call = Call::new(program).args(args.iter().cloned()).arg("true").clear_env().envs(env);
    call.separate().limit(ASKED).run().is_ok_and(|done| done.ok())
}

/// The call of systemd, told where the user's own is: cron does not say.
fn asking(env: &BTreeMap<String, String>) -> Vec<String> {
    let folder = format!("/run/user/{}", rustix::process::geteuid().as_raw());
    let unknown = !env.contains_key("XDG_RUNTIME_DIR") && std::path::Path::new(&folder).is_dir();
    let told = unknown.then(|| ["env".to_string(), format!("XDG_RUNTIME_DIR={folder}")]);
    told.into_iter().flatten().chain(SCOPE.map(String::from)).collect()
}

/// No swap beyond it either: a session that swaps takes the machine down with it.
fn scope(asks: Vec<String>, memory_mb: u64) -> Fence {
    let limits = [format!("MemoryMax={memory_mb}M"), "MemorySwapMax=0".to_string()];
    let mut words = asks;
    words.extend(limits.into_iter().flat_map(|limit| ["-p".to_string(), limit]));
    words.push("--".into());
    Fence { words, by: "a scope of systemd" }
}

/// Of what is reserved only what could be written to is counted (Linux 4.7 and on): runtimes reserve far more than they use, mostly
/// as memory that nobody may touch.
fn ulimit(memory_mb: u64) -> Fence {
    let line = format!("ulimit -d {} && exec \"$@\"", memory_mb.saturating_mul(1024));
    let words = ["sh", "-c", &line, "sh"].map(String::from).to_vec();
    Fence { words, by: "ulimit, for each process by itself" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_limit_puts_nothing_around_a_program() {
        assert_eq!(fence(0, &BTreeMap::new()).words, Vec::<String>::new());
    }

    #[test]
    fn a_scope_counts_all_of_a_session_and_a_limit_without_one_each_process() {
        let line = scope(SCOPE.map(String::from).to_vec(), 4000).words.join(" ");
        assert_eq!(line, "systemd-run --user --scope --quiet -p MemoryMax=4000M -p MemorySwapMax=0 --");
        assert_eq!(ulimit(4).words, ["sh", "-c", "ulimit -d 4096 && exec \"$@\"", "sh"]);
    }

    #[test]
    fn where_systemd_makes_no_scope_it_is_ulimit() {
        let env = BTreeMap::from([("PATH".to_string(), "/nowhere".to_string())]);
        assert_eq!(fence(5, &env), ulimit(5));
    }
}
