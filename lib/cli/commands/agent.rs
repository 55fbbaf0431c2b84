//! Arguments of `agent`.

use crate::cli::Common;
use crate::domain::ids::IssueNo;
use clap::{Parser, Subcommand};

/// Start, resume, retry, stop, attach to or say something to one issue's session
#[derive(Parser)]
#[command(name = "agent", version)]
pub struct Args {
    #[command(subcommand)]
    pub verb: Verb,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Subcommand)]
pub enum Verb {
    /// Start work on an issue
    Start {
        /// The issue
        issue: IssueNo,
        /// Only if a tick made now would start it (this is how poll calls it)
        #[arg(long)]
        planned: bool,
    },
    /// Let a stopped or escalated run go on where it stood
    Resume {
        /// The issue
        issue: IssueNo,
    },
    /// Take up a run again that has ended, as its next attempt
    Retry {
        /// The issue
        issue: IssueNo,
    },
    /// Say something to the session; an escalated run goes back to work with it
    Say {
        /// The issue
        issue: IssueNo,
        /// The words
        #[arg(required = true)]
        text: Vec<String>,
        /// Who says it [default: your git name]
        #[arg(long = "as", value_name = "NAME")]
        who: Option<String>,
    },
    /// Attach this terminal to the session (detach: Ctrl-b d)
    Attach {
        /// The issue
        issue: IssueNo,
    },
    /// Stop the session and everything it started; the run waits for you
    Stop {
        /// The issue
        issue: IssueNo,
    },
    /// The first process of a session (started by agent start)
    #[command(hide = true)]
    Host {
        /// The issue
        issue: IssueNo,
    },
}
