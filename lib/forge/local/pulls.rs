//! Changing pulls of the local forge.

use super::LocalForge;
use super::records::PullRecord;
use crate::domain::ids::{PullNo, Sha};
use crate::domain::pull::{Pull, PullState, Review};
use crate::world::{NewPull, NewReview};
use anyhow::{Context, Result, bail};

impl LocalForge {
    /// Opens a pull; one that is open for the branch already is the answer.
    pub(super) fn file_pull(&self, new: &NewPull) -> Result<PullNo> {
        let _held = self.lock()?;
        if let Some(open) =
            self.pull_records()?.into_iter().map(|r| r.pull).find(|p| p.is_open() && p.branch == new.branch)
        {
            return Ok(open.number);
        }
        let number = PullNo(self.next_number()?);
        let pull = Pull {
            number,
            title: new.title.clone(),
            body: new.body.clone(),
            branch: new.branch.clone(),
            base: new.base.clone(),
            author: self.me.clone(),
            state: PullState::Open,
            draft: false,
            from_fork: false,
            head: None,
            created: self.clock.now(),
            reviews: vec![],
        };
        self.write_pull(&PullRecord { version: 1, pull, comments: vec![], rest: Default::default() })?;
        Ok(number)
    }

    /// Changes one pull under the lock.
    pub(super) fn change_pull(
        &self,
        pull: PullNo,
        change: impl FnOnce(&mut PullRecord) -> Result<()>,
    ) -> Result<()> {
        let _held = self.lock()?;
        let mut record = self.pull_record(pull)?.with_context(|| format!("there is no pull #{pull}"))?;
        change(&mut record)?;
        self.write_pull(&record)
    }

    pub(super) fn add_review(&self, pull: PullNo, new: &NewReview) -> Result<()> {
        let (me, now) = (self.me.clone(), self.clock.now());
        self.change_pull(pull, |record| {
            if !record.pull.is_open() {
                bail!("pull #{pull} is not open");
            }
            // Given again, because nobody knows whether the first call got through, it is the same review.
            let last = record.pull.reviews.iter().rfind(|r| r.author == me && !r.dismissed);
            if last.is_some_and(|r| (r.verdict, &r.sha, &r.body) == (new.verdict, &new.sha, &new.body)) {
                return Ok(());
            }
            // Review ids are unique over the forge, as on a real one: they are keys of messages.
            let id = pull.0 * 1000 + record.pull.reviews.len() as u64 + 1;
            let review = Review {
                id,
                author: me,
                verdict: new.verdict,
                sha: new.sha.clone(),
                at: now,
                dismissed: false,
                body: new.body.clone(),
            };
            record.pull.reviews.push(review);
            Ok(())
        })
    }

    pub(super) fn dismiss_review(&self, pull: PullNo, review: u64) -> Result<()> {
        self.change_pull(pull, |record| {
            let found = record.pull.reviews.iter_mut().find(|r| r.id == review);
            found.with_context(|| format!("pull #{pull} has no review {review}"))?.dismissed = true;
            Ok(())
        })
    }

    pub(super) fn change_pull_state(&self, pull: PullNo, open: bool) -> Result<()> {
        let by = Some(self.me.clone());
        self.change_pull(pull, |record| {
            record.pull.state = match (&record.pull.state, open) {
                (PullState::Merged { .. }, _) => bail!("pull #{pull} is merged"),
                (_, true) => PullState::Open,
                (_, false) => PullState::Closed { by },
            };
            Ok(())
        })
    }

    pub(super) fn mark_merged(&self, pull: PullNo, merged: &Sha) -> Result<()> {
        self.change_pull(pull, |record| {
            record.pull.state = PullState::Merged { sha: Some(merged.clone()) };
            Ok(())
        })
    }
}
