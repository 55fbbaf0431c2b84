//! Changing issues of the local forge.

use super::LocalForge;
use super::records::IssueRecord;
use crate::domain::ids::{IssueNo, PullNo};
use crate::domain::issue::{Comment, Issue, Label};
use crate::world::NewIssue;
use anyhow::{Context, Result, bail};

impl LocalForge {
    pub(super) fn file_issue(&self, new: &NewIssue) -> Result<IssueNo> {
        let title = new.title.trim();
        if title.is_empty() {
            bail!("an issue needs a title");
        }
        let _held = self.lock()?;
        let now = self.clock.now();
        let number = IssueNo(self.next_number()?);
        let label = |name: &String| Label { name: name.clone(), by: Some(self.me.clone()), at: Some(now) };
        let issue = Issue {
            number,
            title: title.lines().next().unwrap_or_default().to_string(),
            body: new.body.clone(),
            author: self.me.clone(),
            open: true,
            labels: new.labels.iter().map(label).collect(),
            assignees: vec![],
            depends_on: vec![],
            created: now,
            edited: now,
            updated: now,
        };
        self.write_issue(&IssueRecord { version: 1, issue, comments: vec![], rest: Default::default() })?;
        Ok(number)
    }

    /// Changes one issue under the lock.
    pub(super) fn change_issue(&self, issue: IssueNo, change: impl FnOnce(&mut IssueRecord)) -> Result<()> {
        let _held = self.lock()?;
        let mut record = self.issue_record(issue)?.with_context(|| format!("there is no issue #{issue}"))?;
        change(&mut record);
        record.issue.updated = self.clock.now();
        self.write_issue(&record)
    }

    /// Changes an issue's text; what somebody vouched for before is not vouched for any more.
    pub fn edit_issue(&self, issue: IssueNo, title: Option<&str>, body: Option<&str>) -> Result<()> {
        let now = self.clock.now();
        self.change_issue(issue, |record| {
            if let Some(title) = title {
                record.issue.title = title.to_string();
            }
            if let Some(body) = body {
                record.issue.body = body.to_string();
            }
            record.issue.edited = now;
        })
    }

    /// Sets what an issue depends on.
    pub fn depend(&self, issue: IssueNo, on: &[IssueNo]) -> Result<()> {
        self.change_issue(issue, |record| record.issue.depends_on = on.to_vec())
    }

    pub(super) fn change_labels(&self, issue: IssueNo, add: &[String], remove: &[String]) -> Result<()> {
        let (me, now) = (self.me.clone(), self.clock.now());
        self.change_issue(issue, |record| {
            let labels = &mut record.issue.labels;
            labels.retain(|l| !remove.contains(&l.name));
            for name in add {
                let new = Label { name: name.clone(), by: Some(me.clone()), at: Some(now) };
                // Put on again it is the word of whoever does it now, for the text as it is now.
                match labels.iter_mut().find(|l| l.name == *name) {
                    Some(old) => *old = new,
                    None => labels.push(new),
                }
            }
        })
    }

    pub(super) fn add_comment(&self, number: u64, body: &str) -> Result<()> {
        let (author, at) = (self.me.clone(), self.clock.now());
        let add = |comments: &mut Vec<Comment>| {
            let id = comments.iter().map(|c| c.id).max().unwrap_or(0).max(comments.len() as u64) + 1;
            comments.push(Comment { id, author, at, body: body.to_string() });
        };
        if self.issue_record(IssueNo(number))?.is_some() {
            return self.change_issue(IssueNo(number), |record| add(&mut record.comments));
        }
        self.change_pull(PullNo(number), |record| {
            add(&mut record.comments);
            Ok(())
        })
    }
}
