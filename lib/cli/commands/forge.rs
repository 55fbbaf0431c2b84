//! Arguments of `forge`.

use crate::cli::Common;
use crate::domain::ids::IssueNo;
use crate::domain::ids::PullNo;
use clap::{Parser, Subcommand};

/// Issues and pulls from the shell
#[derive(Parser)]
#[command(name = "forge", version)]
pub struct Args {
    #[command(subcommand)]
    pub what: What,
    /// Who acts, on the local forge [default: your git name]
    #[arg(long = "as", global = true, value_name = "NAME")]
    pub who: Option<String>,
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Subcommand)]
pub enum What {
    /// Issues
    #[command(subcommand)]
    Issue(IssueVerb),
    /// Pull requests
    #[command(subcommand)]
    Pull(PullVerb),
}

#[derive(Subcommand)]
pub enum IssueVerb {
    /// File an issue; prints its number
    New {
        /// One line
        title: String,
        /// The description; - reads it from stdin
        #[arg(long, short, default_value = "")]
        body: String,
        /// A label; may be given several times
        #[arg(long, short)]
        label: Vec<String>,
    },
    /// List open issues
    List {
        /// Closed ones too
        #[arg(long, short)]
        all: bool,
    },
    /// Show an issue with its comments
    Show { issue: IssueNo },
    /// Change its text
    Edit {
        issue: IssueNo,
        #[arg(long)]
        title: Option<String>,
        #[arg(long)]
        body: Option<String>,
    },
    /// Comment on it
    Comment { issue: IssueNo, text: String },
    /// Add labels, and take off those that begin with a minus: label 7 backlog -- -blocked
    Label {
        issue: IssueNo,
        #[arg(required = true)]
        labels: Vec<String>,
    },
    /// Say which issues must be closed first; none: take that back
    Depend { issue: IssueNo, on: Vec<IssueNo> },
    /// Close it
    Close { issue: IssueNo },
    /// Open it again
    Reopen { issue: IssueNo },
}

#[derive(Subcommand)]
pub enum PullVerb {
    /// Open a pull for a branch of your repository; prints its number
    New {
        /// The branch it brings in
        branch: String,
        /// One line [default: the branch's newest commit]
        #[arg(long, short)]
        title: Option<String>,
        #[arg(long, short, default_value = "")]
        body: String,
    },
    /// List open pulls
    List,
    /// Show a pull with its reviews
    Show { pull: PullNo },
    /// Print what it changes
    Diff { pull: PullNo },
    /// Approve its head as it is now
    Approve {
        pull: PullNo,
        #[arg(long, short, default_value = "")]
        message: String,
    },
    /// Request changes
    Reject { pull: PullNo, message: String },
    /// Comment on it
    Comment { pull: PullNo, text: String },
    /// Withdraw a review
    Dismiss { pull: PullNo, review: u64 },
    /// Close it without a merge
    Close { pull: PullNo },
    /// Open it again
    Reopen { pull: PullNo },
}

impl What {
    /// Whether it is the word of a reviewer, who on a server is another account.
    pub fn is_review(&self) -> bool {
        use PullVerb::{Approve, Dismiss, Reject};
        matches!(self, What::Pull(Approve { .. } | Reject { .. } | Dismiss { .. }))
    }
}
