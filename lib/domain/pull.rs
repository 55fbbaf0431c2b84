//! Pull requests and their reviews as any forge tells of them.

use super::ids::{PullNo, Sha};
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a pull stands on its forge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PullState {
    /// Open.
    Open,
    /// Merged, as this commit where the forge tells.
    Merged {
        /// The commit on the base that brought it in.
        sha: Option<Sha>,
    },
    /// Closed without a merge.
    Closed {
        /// Who closed it, if the forge tells.
        by: Option<String>,
    },
}

/// What a review says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The pull may land.
    Approve,
    /// The pull must change.
    Reject,
    /// Words only.
    Comment,
}

/// One review of a pull.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// The forge's id of it.
    pub id: u64,
    /// Who gave it.
    pub author: String,
    /// What it says.
    pub verdict: Verdict,
    /// The head it was given for.
    pub sha: Sha,
    /// When it was given.
    pub at: Timestamp,
    /// Withdrawn by somebody.
    #[serde(default)]
    pub dismissed: bool,
    /// Its text: untrusted.
    #[serde(default)]
    pub body: String,
}

/// One pull request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pull {
    /// Its number.
    pub number: PullNo,
    /// Its title.
    pub title: String,
    /// Its description.
    #[serde(default)]
    pub body: String,
    /// The branch it wants to bring in.
    pub branch: String,
    /// The branch it wants to go into.
    pub base: String,
    /// Who opened it.
    pub author: String,
    /// Open, merged or closed.
    pub state: PullState,
    /// Not yet meant to land.
    #[serde(default)]
    pub draft: bool,
    /// Its branch lives in another repository.
    #[serde(default)]
    pub from_fork: bool,
    /// The commit its branch is at; none if the branch is gone or the look failed.
    #[serde(default)]
    pub head: Option<Sha>,
    /// When it was opened.
    pub created: Timestamp,
    /// All reviews, oldest first.
    #[serde(default)]
    pub reviews: Vec<Review>,
}

impl Pull {
    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.state == PullState::Open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_open_pull_is_open() {
        let of = |state| Pull {
            number: PullNo(1),
            title: String::new(),
            body: String::new(),
            branch: String::new(),
            base: String::new(),
            author: String::new(),
            state,
            draft: false,
            from_fork: false,
            head: None,
            created: Timestamp(0),
            reviews: vec![],
        };
        assert!(of(PullState::Open).is_open());
        assert!(
            !of(PullState::Merged { sha: None }).is_open() && !of(PullState::Closed { by: None }).is_open()
        );
    }
}
