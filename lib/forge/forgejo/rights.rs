//! What our account may do, asked so that nothing changes: calls that lack what they need are refused with 422 by a server that
//! would have let us, and with 403 by one that would not, since scopes and permissions are looked at first (Gitea 1.19 and on,
//! any Forgejo; older ones know no scopes and look at permissions alone).

use super::Forgejo;
use crate::http::{Fault, Method, quoted};
use crate::world::Rights;
use serde::Deserialize;
use serde_json::json;

/// The repository, as far as it tells of our rights.
#[derive(Deserialize)]
struct RepositoryRow {
    #[serde(default)]
    archived: bool,
}

/// The primary branch, as our account sees it.
#[derive(Deserialize)]
struct BranchRow {
    #[serde(default)]
    protected: bool,
    #[serde(default)]
    required_approvals: u64,
    #[serde(default)]
    user_can_push: bool,
    #[serde(default)]
    user_can_merge: bool,
}

impl Forgejo {
    /// Asks it all anew: whoever wants to know has just changed something.
    pub(super) fn what_we_may(&self) -> Result<Rights, Fault> {
        let repository: RepositoryRow = self.client.must(&self.repo)?;
        let branch: BranchRow =
            self.client.must(&format!("{}/branches/{}", self.repo, quoted(&self.primary)))?;
        Ok(Rights {
            issues: self.may("labels")?,
            pulls: self.may("pulls")?,
            archived: repository.archived,
            protected: branch.protected,
            pushes_primary: branch.user_can_push,
            merges_primary: branch.user_can_merge,
            approvals: branch.required_approvals,
        })
    }

    /// Whether something could be made here, by trying to make nothing.
    fn may(&self, what: &str) -> Result<Result<(), String>, Fault> {
        let answer = self.client.order(Method::Post, &format!("{}/{what}", self.repo), Some(json!({})))?;
        Ok(match answer.status {
            401 | 403 | 404 => Err(answer.said),
            _ => Ok(()),
        })
    }
}
