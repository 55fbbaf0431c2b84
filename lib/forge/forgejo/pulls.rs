//! Pulls and their reviews.

use super::wire::{CombinedStatus, PullRow, StatusRow};
use super::{Forgejo, convert, merge};
use crate::domain::evidence::CheckItem;
use crate::domain::ids::{PullNo, Sha};
use crate::domain::pull::{Pull, PullState, Verdict};
use crate::http::Method;
use crate::world::{Merge, NewPull, NewReview};
use anyhow::{Result, bail};
use serde_json::json;

/// Milliseconds after which a pull is asked for again while the server says that it does not know the branch: Gitea takes pushes
/// in by a queue, which took 1.4 s on a machine that had nothing else to do (1.22).
const LATE: [u64; 6] = [100, 200, 400, 800, 1600, 3200];

impl Forgejo {
    /// Open pulls. Their heads are left to git, which knows them newer: a push does not make a row a changed one.
    pub(super) fn open_pulls(&self) -> Result<Vec<Pull>> {
        let seen = self.look_at_pulls()?;
        let shown = |s: &super::seen::SeenPull| {
            let pull = convert::pull(&s.row, &s.reviews);
            let head = pull.head.clone().filter(|_| pull.from_fork);
            Pull { head, ..pull }
        };
        Ok(seen.pulls.values().map(shown).collect())
    }

    /// One pull with its reviews as they are now. One that was found ended stays so until a listing shows it open.
    pub(super) fn one_pull(&self, number: PullNo) -> Result<Option<Pull>> {
        match self.seen_ended(number.0) {
            Some(ended) => Ok(Some(convert::pull(&ended.row, &ended.reviews))),
            None => self.read_pull(number),
        }
    }

    fn read_pull(&self, number: PullNo) -> Result<Option<Pull>> {
        let Some(row) = self.pull_row(number)? else { return Ok(None) };
        let reviews = self.reviews_of(number.0)?;
        let pull = convert::pull(&row, &reviews);
        if !pull.is_open() {
            self.keep_ended(row, reviews);
        }
        Ok(Some(pull))
    }

    fn pull_row(&self, number: PullNo) -> Result<Option<PullRow>> {
        Ok(self.client.read(&format!("{}/pulls/{number}", self.repo))?)
    }

    /// The open pull of a branch of ours, from a listing made now.
    pub(super) fn open_pull_of(&self, branch: &str) -> Result<Option<Pull>> {
        let path = format!("{}/pulls?state=open&sort=recentupdate", self.repo);
        let rows: Vec<PullRow> = self.client.list(&path, |row: &PullRow| row.number.to_string())?;
        let of_branch = |row: &&PullRow| {
            let pull = convert::pull(row, &[]);
            pull.branch == branch && !pull.from_fork && pull.base == self.primary
        };
        match rows.iter().filter(of_branch).max_by_key(|row| row.number) {
            None => Ok(None),
            Some(row) => Ok(self.read_pull(PullNo(row.number))?.filter(Pull::is_open)),
        }
    }

    /// Opens a pull; one that is open for the branch already is the answer.
    pub(super) fn file_pull(&self, new: &NewPull) -> Result<PullNo> {
        let path = format!("{}/pulls", self.repo);
        let body = json!({ "head": new.branch, "base": new.base, "title": new.title, "body": new.body });
        let mut answer = self.client.order(Method::Post, &path, Some(body.clone()))?;
        // A branch that was pushed a moment ago is there for git before it is for the API.
        for pause in LATE {
            if answer.status != 404 {
                break;
            }
            self.clock.sleep_ms(pause);
            answer = self.client.order(Method::Post, &path, Some(body.clone()))?;
        }
        match answer.status {
            _ if answer.ok() => Ok(PullNo(self.client.body::<PullRow>(&path, &answer)?.number)),
            409 => match self.open_pull_of(&new.branch)? {
                Some(open) => Ok(open.number),
                None => bail!("the forge knows an open pull of {} and does not show it", new.branch),
            },
            404 => bail!("the branch {} or {} is not on the forge: {}", new.branch, new.base, answer.said),
            status => bail!("opening a pull of {}: {} ({status})", new.branch, answer.said),
        }
    }

    pub(super) fn give_review(&self, number: PullNo, new: &NewReview) -> Result<()> {
        let pull = self.one_pull(number)?;
        let me = self.my_name()?;
        // Given again, because nobody knows whether the first call got through, it is the same review.
        let last = pull.iter().flat_map(|p| &p.reviews).rfind(|r| r.author == me && !r.dismissed);
        if last.is_some_and(|r| (r.verdict, &r.sha, &r.body) == (new.verdict, &new.sha, &new.body)) {
            return Ok(());
        }
        let event = match new.verdict {
            Verdict::Approve => "APPROVED",
            Verdict::Reject => "REQUEST_CHANGES",
            Verdict::Comment => "COMMENT",
        };
        let body = json!({ "event": event, "body": new.body, "commit_id": new.sha.as_str() });
        let path = format!("{}/pulls/{number}/reviews", self.repo);
        self.client.order_or_fault(Method::Post, &path, Some(body))?;
        Ok(())
    }

    pub(super) fn dismiss_review(&self, number: PullNo, review: u64) -> Result<()> {
        let path = format!("{}/pulls/{number}/reviews/{review}/dismissals", self.repo);
        self.client.order_or_fault(Method::Post, &path, Some(json!({ "message": "withdrawn" })))?;
        Ok(())
    }

    pub(super) fn open_or_close_pull(&self, number: PullNo, open: bool) -> Result<()> {
        let path = format!("{}/pulls/{number}", self.repo);
        let state = if open { "open" } else { "closed" };
        self.forget_ended(number.0);
        let answer = self.client.order(Method::Patch, &path, Some(json!({ "state": state })))?;
        if answer.ok() {
            return Ok(());
        }
        bail!("pull #{number} could not be set to {state}: {} ({})", answer.said, answer.status)
    }

    /// Asks for a merge, and believes only what the pull says afterwards.
    pub(super) fn ask_merge(&self, number: PullNo, head: &Sha) -> Result<Merge> {
        let path = format!("{}/pulls/{number}/merge", self.repo);
        let answer = self.client.order(Method::Post, &path, Some(merge::request("merge", head)));
        let Some(row) = self.pull_row(number)? else { bail!("there is no pull #{number}") };
        let pull = convert::pull(&row, &[]);
        match (pull.state, answer) {
            (PullState::Merged { sha }, Ok(answer)) if answer.ok() => Ok(Merge::Merged(sha)),
            // Another was quicker, or ours went through all the same: a refusal may come after the merge.
            (PullState::Merged { .. }, _) => Ok(Merge::AlreadyMerged),
            (PullState::Closed { .. }, _) => Ok(Merge::Closed),
            (PullState::Open, Ok(answer)) if answer.ok() => {
                Ok(Merge::NotReady(format!("the forge said yes ({}) and has not merged it", answer.status)))
            }
            (PullState::Open, Ok(_)) if pull.head.as_ref() != Some(head) => Ok(Merge::HeadMoved),
            (PullState::Open, Ok(answer)) => Ok(merge::refusal(&answer)),
            (PullState::Open, Err(fault)) => Err(fault.into()),
        }
    }

    /// The newest status of every context of a commit. Asked for all statuses, Gitea 1.22 fails on the second page;
    /// of the newest ones there is seldom a second page anyway.
    pub(super) fn checks_of(&self, sha: &Sha) -> Result<Vec<CheckItem>> {
        let path = format!("{}/commits/{sha}/status", self.repo);
        let rows = |page: CombinedStatus| page.statuses;
        let items =
            convert::checks(self.client.list_in(&path, |row: &StatusRow| row.id.to_string(), rows)?);
        self.keep_checks(sha, &items);
        Ok(items)
    }

    /// The same, as it was up to an hour ago if all of it had passed then.
    pub(super) fn checks_lately_of(&self, sha: &Sha) -> Result<Vec<CheckItem>> {
        match self.seen_checks(sha) {
            Some(items) => Ok(items),
            None => self.checks_of(sha),
        }
    }
}
