//! The agent as a child of the host: in the pane's terminal, with exactly the environment it was given.

use super::reader::Reader;
use crate::domain::launch::Launch;
use crate::domain::life::AgentState;
use crate::effect;
use crate::process::end::signal_name;
use crate::process::tree::{self, memory_kills};
use anyhow::{Context, Result};
use signal_hook::consts::{SIGINT, SIGQUIT, SIGTSTP};
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// Killed, and meanwhile the kernel has killed for want of memory.
    OutOfMemory,
    /// By its host, since the claim on its issue lapses.
    Lapsed,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ended::Code(code) => write!(f, "ended with exit code {code}"),
            Ended::Signal(9) => write!(f, "was killed (SIGKILL)"),
            Ended::OutOfMemory => {
                write!(f, "was killed (SIGKILL), most likely since the machine ran out of memory")
            }
            Ended::Lapsed => {
                write!(
                    f,
                    "was ended: no tick has held on to its issue for so long that another host may take it"
                )
            }
            Ended::Signal(number) => write!(f, "was ended by {}", signal_name(*number)),
        }
    }
}

/// What a signal's end was, if the kernel had killed so often for want of memory before and after.
fn by_signal(signal: i32, before: Option<u64>, after: Option<u64>) -> Ended {
    if signal == 9 && before.zip(after).is_some_and(|(before, after)| after > before) {
        return Ended::OutOfMemory;
    }
    Ended::Signal(signal)
}

/// The keys that interrupt a program are for the agent, not for its host. They reach both, since both share the
/// terminal; a handler that does nothing keeps the host alive, and unlike "ignore" a child does not inherit it.
pub fn keep_keys_from_us() -> Result<()> {
    for signal in [SIGINT, SIGQUIT, SIGTSTP] {
        signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)))
            .context("keeping Ctrl-C for the agent")?;
    }
    Ok(())
}

/// The agent, running.
pub struct AgentChild {
    child: Child,
    reader: Option<Reader>,
    /// How often the kernel had killed for want of memory when it was started.
    killed: Option<u64>,
}

impl AgentChild {
    /// Starts it, with `input` on its stdin, or with the terminal. What it prints goes to the pane, by way of a reader where
    /// it is lines of JSON.
    pub fn start(argv: &[String], launch: &Launch, input: Option<&Path>) -> Result<AgentChild> {
        let (program, args) = argv.split_first().context("the agent's command is empty")?;
        let mut command = Command::new(program);
        command.args(args).current_dir(&launch.folder).env_clear().envs(&launch.env);
        if let Some(path) = input {
            command.env("PROMPT_FILE", path);
            let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
            command.stdin(Stdio::from(file));
        }
        let read = input.is_some() && (launch.agent.prints_json() || launch.patterns.are_given());
        if read {
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
        }
        effect::at("agent: before its start");
        let killed = memory_kills();
        let mut child =
            command.spawn().with_context(|| format!("starting {program} in {}", launch.folder.display()))?;
        effect::at("agent: started");
        let mut streams: Vec<Box<dyn Read + Send>> = vec![];
        streams.extend(child.stdout.take().map(|s| Box::new(s) as Box<dyn Read + Send>));
        streams.extend(child.stderr.take().map(|s| Box::new(s) as Box<dyn Read + Send>));
        let reader = read.then(|| Reader::new(launch.agent, streams));
        Ok(AgentChild { child, reader, killed })
    }

    /// What reads along, if something does.
    pub fn reader(&self) -> Option<&Reader> {
        self.reader.as_ref()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, once it has.
    pub fn ended(&mut self) -> Option<Ended> {
        // An error of `wait` means that nobody can tell any more; that it is gone is all there is to say.
        let status =
            self.child.try_wait().unwrap_or_else(|_| Some(std::process::ExitStatus::from_raw(0xff00)))?;
        effect::at("agent: ended");
        Some(match status.code() {
            Some(code) => Ended::Code(code),
            None => by_signal(status.signal().unwrap_or(0), self.killed, memory_kills()),
        })
    }

    /// What it is while it is halted (Ctrl-Z in its interface): no shell is there that could let it go on.
    pub fn halted(&self) -> Option<AgentState> {
        tree::halted(self.pid()).map(|group| AgentState::Asks {
            what: format!("its process is halted; `kill -CONT -{group}` lets it go on"),
        })
    }

    /// Ends it and everything below it.
    pub fn end(&mut self) {
        let pid = self.pid();
        let this =
            tree::start_time(pid).map(|start_time| tree::Proc { pid, start_time, name: "agent".into() });
        tree::end_all(
            || {
                let mut all = tree::descendants(pid);
                all.extend(this.clone().filter(|p| tree::alive(p.pid, p.start_time) == Some(true)));
                all
            },
            Duration::from_secs(2),
        );
        drop(self.child.try_wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kill_is_laid_to_want_of_memory_only_where_the_kernel_has_killed_for_it_meanwhile() {
        assert_eq!(by_signal(9, Some(3), Some(4)), Ended::OutOfMemory);
        for (signal, before, after) in [(9, Some(3), Some(3)), (15, Some(3), Some(4)), (9, None, Some(4))] {
            assert_eq!(by_signal(signal, before, after), Ended::Signal(signal));
        }
        assert!(Ended::OutOfMemory.to_string().contains("memory"));
        assert!(memory_kills().is_some(), "a kernel since 4.13 counts them");
    }
}
