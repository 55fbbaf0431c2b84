//! Issues, labels, comments and assignees.

use super::convert;
use super::seen::{Labelled, SeenIssue, is_settled};
use super::wire::{CommentRow, IssueRow, Label, TimelineRow, User};
use super::{Forgejo, ISSUE_DETAILS};
use crate::domain::ids::IssueNo;
use crate::domain::issue::{Comment, Issue};
use crate::http::{Fault, Kind, Method};
use crate::world::NewIssue;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::json;

/// Colours of the labels that we make; any other is grey.
const COLOURS: &[(&str, &str)] = &[
    ("backlog", "#0075ca"),
    ("priority", "#f59e0b"),
    ("in-progress", "#e4e669"),
    ("blocked", "#d73a4a"),
    ("needs-human", "#d876e3"),
    ("underspecified", "#fbca04"),
];

/// An issue that another waits for; only of our own repository can we tell when it is closed.
#[derive(Deserialize)]
struct DependencyRow {
    number: u64,
    #[serde(default)]
    state: String,
    #[serde(default)]
    repository: Option<RepositoryName>,
}

#[derive(Deserialize)]
struct RepositoryName {
    #[serde(default)]
    full_name: String,
}

impl Forgejo {
    /// Open issues with one of the labels. Who put the labels there is asked for where it matters, and only so many
    /// times a look: the rest is known a few looks later, and nobody is believed meanwhile.
    pub(super) fn open_issues(&self, labels: &[&str]) -> Result<Vec<Issue>> {
        let mut seen = self.look_at_issues()?;
        let wanted = |s: &SeenIssue| s.row.labels.iter().any(|l| labels.contains(&l.name.as_str()));
        let numbers: Vec<u64> = seen.issues.values().filter(|s| wanted(s)).map(|s| s.row.number).collect();
        let trusted = self.trusted()?;
        let mut asked = 0;
        for number in &numbers {
            let Some(known) = seen.issues.get_mut(number) else { continue };
            let strange = !trusted.contains(&known.row.user.login);
            if strange && known.labelled.is_none() && asked < ISSUE_DETAILS {
                known.labelled = Some(self.who_labelled(*number)?);
                asked += 1;
            }
        }
        let shown = numbers.iter().filter_map(|n| seen.issues.get(n)).map(shown).collect();
        if asked > 0 {
            let now = self.client.server_now();
            let fresh = |s: &&mut SeenIssue| !is_settled(s.row.updated_at, now);
            seen.issues.values_mut().filter(fresh).for_each(|s| s.labelled = None);
            self.remember(&seen);
        }
        Ok(shown)
    }

    /// One issue as it is now.
    pub(super) fn one_issue(&self, number: IssueNo) -> Result<Option<Issue>> {
        let row: Option<IssueRow> = self.client.read(&format!("{}/issues/{number}", self.repo))?;
        let Some(row) = row.filter(|row| row.pull_request.is_none()) else { return Ok(None) };
        if row.state != "open" || self.trusted()?.contains(&row.user.login) {
            return Ok(Some(convert::issue(&row)));
        }
        // Its text is as old as our first look at it, which may be this one.
        let mut seen = self.seen();
        seen.take_issue(row, self.client.server_now());
        let Some(known) = seen.issues.get_mut(&number.0) else { return Ok(None) };
        if known.labelled.is_none() {
            known.labelled = Some(self.who_labelled(number.0)?);
        }
        Ok(Some(shown(known)))
    }

    /// All issues, newest first.
    pub(super) fn every_issue(&self, limit: usize) -> Result<Vec<Issue>> {
        let path = format!("{}/issues?state=all&type=issues", self.repo);
        let mut rows: Vec<IssueRow> = self.client.list(&path, |row: &IssueRow| row.number.to_string())?;
        rows.retain(|row| row.pull_request.is_none());
        rows.sort_by_key(|row| std::cmp::Reverse(row.number));
        Ok(rows.iter().take(limit).map(convert::issue).collect())
    }

    /// Who put each label on an issue, the latest of each. A server without a timeline (Gitea before 1.17) knows nobody.
    fn who_labelled(&self, number: u64) -> Result<Vec<Labelled>, Fault> {
        let path = format!("{}/issues/{number}/timeline", self.repo);
        let rows = match self.client.list(&path, |row: &TimelineRow| row.id.to_string()) {
            Err(fault) if fault.kind == Kind::Missing => return Ok(vec![]),
            other => other?,
        };
        let mut found: Vec<Labelled> = Vec::new();
        for row in rows.into_iter().filter(|row| row.kind == "label" && row.body == "1") {
            let Some(label) = row.label else { continue };
            found.retain(|l| l.name != label.name);
            found.push(Labelled { name: label.name, by: row.user.login, at: row.created_at });
        }
        Ok(found)
    }

    /// What the forge itself knows an issue to wait for.
    pub(super) fn native_dependencies(&self, issue: &Issue) -> Result<Vec<IssueNo>> {
        let known = |s: &mut SeenIssue| s.depends_on.clone().filter(|_| s.row.updated_at == issue.updated);
        if let Some(on) = self.seen_issue(issue.number.0, known).flatten() {
            return Ok(on);
        }
        if self.asked_dependencies.get() >= ISSUE_DETAILS {
            bail!("not asked yet what the forge knows #{} to depend on: the next ticks do", issue.number);
        }
        self.asked_dependencies.set(self.asked_dependencies.get() + 1);
        let on = self.ask_dependencies(issue.number)?;
        if is_settled(issue.updated, self.client.server_now()) {
            let keep = |s: &mut SeenIssue| {
                if s.row.updated_at == issue.updated {
                    s.depends_on = Some(on.clone());
                }
            };
            self.seen_issue(issue.number.0, keep);
            self.unsaved.set(true);
        }
        Ok(on)
    }

    fn ask_dependencies(&self, number: IssueNo) -> Result<Vec<IssueNo>> {
        let path = format!("{}/issues/{number}/dependencies", self.repo);
        let rows = match self.client.list(&path, |row: &DependencyRow| {
            format!("{}#{}", row.repository.as_ref().map_or("", |r| r.full_name.as_str()), row.number)
        }) {
            // A server without them (Gitea before 1.20), or a repository that does not use them.
            Err(fault) if fault.kind == Kind::Missing => return Ok(vec![]),
            other => other?,
        };
        let ours = |row: &DependencyRow| {
            row.repository.as_ref().is_none_or(|r| r.full_name.eq_ignore_ascii_case(&self.full_name))
        };
        if let Some(far) = rows.iter().find(|row| !ours(row) && row.state == "open") {
            let of = far.repository.as_ref().map_or("", |r| r.full_name.as_str());
            bail!("it depends on {of}#{}, which is open and in another repository", far.number);
        }
        Ok(rows.iter().filter(|row| ours(row)).map(|row| IssueNo(row.number)).collect())
    }

    pub(super) fn comments_of(&self, number: u64) -> Result<Vec<Comment>> {
        // All of them come at once, whatever page is asked for: a second page would be the first again.
        let path = format!("{}/issues/{number}/comments", self.repo);
        let mut rows: Vec<CommentRow> = self.client.list(&path, |row: &CommentRow| row.id.to_string())?;
        rows.sort_by_key(|row| row.id);
        Ok(rows.into_iter().map(convert::comment).collect())
    }

    pub(super) fn add_comment(&self, number: u64, body: &str) -> Result<()> {
        let path = format!("{}/issues/{number}/comments", self.repo);
        self.client.order_or_fault(Method::Post, &path, Some(json!({ "body": body })))?;
        Ok(())
    }

    /// Files an issue. Labels that the account may not set on filing are put on afterwards, or it is an error.
    pub(super) fn file_issue(&self, new: &NewIssue) -> Result<IssueNo> {
        let ids = self.ids_of(&new.labels)?;
        let path = format!("{}/issues", self.repo);
        let body = json!({ "title": new.title, "body": new.body, "labels": ids });
        let answer = self.client.order_or_fault(Method::Post, &path, Some(body))?;
        let row: IssueRow = self.client.body(&path, &answer)?;
        let missing: Vec<String> =
            new.labels.iter().filter(|l| !row.labels.iter().any(|have| have.name == **l)).cloned().collect();
        if !missing.is_empty() {
            self.change_labels(IssueNo(row.number), &missing, &[])
                .with_context(|| format!("issue #{} is filed, without its labels", row.number))?;
        }
        Ok(IssueNo(row.number))
    }

    /// Adds labels by their ids, since names are ignored by some servers and refused by others, and takes off every
    /// label that has one of the other names.
    pub(super) fn change_labels(&self, issue: IssueNo, add: &[String], remove: &[String]) -> Result<()> {
        let path = format!("{}/issues/{issue}/labels", self.repo);
        if !add.is_empty() {
            self.add_labels(&path, add)?;
        }
        if remove.is_empty() {
            return Ok(());
        }
        let there: Vec<Label> = self.client.must(&path)?;
        for label in there.iter().filter(|l| remove.contains(&l.name)) {
            let answer = self.client.order(Method::Delete, &format!("{path}/{}", label.id), None)?;
            // 404 and 422: somebody was quicker.
            if !answer.ok() && !matches!(answer.status, 404 | 422) {
                bail!("taking the label {} off #{issue}: {} ({})", label.name, answer.said, answer.status);
            }
        }
        Ok(())
    }

    fn add_labels(&self, path: &str, add: &[String]) -> Result<()> {
        for attempt in 0..2 {
            let body = json!({ "labels": self.ids_of(add)? });
            let answer = self.client.order(Method::Post, path, Some(body))?;
            if answer.ok() {
                let there: Vec<Label> = self.client.body(path, &answer)?;
                let missing: Vec<&String> =
                    add.iter().filter(|a| !there.iter().any(|l| l.name == **a)).collect();
                if missing.is_empty() {
                    return Ok(());
                }
                // Some servers leave out an id that is none without a word.
            } else if !matches!(answer.status, 404 | 422) {
                bail!("adding labels: {} ({})", answer.said, answer.status);
            }
            if attempt == 0 {
                self.forget_labels();
            }
        }
        bail!("the forge did not take the labels {}", add.join(", "))
    }

    /// The ids of labels by their names, made where there are none.
    pub(super) fn ids_of(&self, names: &[String]) -> Result<Vec<u64>> {
        if names.is_empty() {
            return Ok(vec![]);
        }
        let mut ids = self.label_ids()?;
        if names.iter().any(|n| !ids.contains_key(n)) {
            // Made by somebody within the last hour?
            self.forget_labels();
            ids = self.label_ids()?;
        }
        for name in names.iter().filter(|n| !ids.contains_key(*n)).collect::<Vec<_>>() {
            let colour =
                COLOURS.iter().find(|(known, _)| known == name).map_or("#cccccc", |(_, colour)| colour);
            let body = json!({ "name": name, "color": colour, "description": "" });
            let path = format!("{}/labels", self.repo);
            let answer = self
                .client
                .order_or_fault(Method::Post, &path, Some(body))
                .with_context(|| format!("making the label {name}"))?;
            ids.insert(name.clone(), self.client.body::<Label>(&path, &answer)?.id);
            self.forget_labels();
        }
        Ok(names.iter().filter_map(|n| ids.get(n)).copied().collect())
    }

    /// Puts us among the assignees or takes us out; the others stay.
    pub(super) fn assign_us(&self, issue: IssueNo, assigned: bool) -> Result<()> {
        let path = format!("{}/issues/{issue}", self.repo);
        let me = self.my_name()?;
        let row: IssueRow = self.client.must(&path)?;
        let mut names: Vec<String> =
            row.assignees.into_iter().map(|u| u.login).filter(|n| *n != me).collect();
        if assigned {
            names.push(me.clone());
        }
        let answer = self.client.order_or_fault(Method::Patch, &path, Some(json!({ "assignees": names })))?;
        let row: IssueRow = self.client.body(&path, &answer)?;
        if row.assignees.iter().any(|u: &User| u.login == me) != assigned {
            bail!("the forge did not change the assignees of #{issue}");
        }
        Ok(())
    }

    pub(super) fn open_or_close_issue(&self, issue: IssueNo, open: bool) -> Result<()> {
        let state = if open { "open" } else { "closed" };
        let path = format!("{}/issues/{issue}", self.repo);
        let answer = self.client.order(Method::Patch, &path, Some(json!({ "state": state })))?;
        match answer.status {
            _ if answer.ok() => Ok(()),
            412 => bail!("#{issue} cannot be closed while it depends on open issues: {}", answer.said),
            status => bail!("#{issue} could not be set to {state}: {} ({status})", answer.said),
        }
    }
}

/// An issue with what we know of its labels and of the age of its text.
fn shown(known: &SeenIssue) -> Issue {
    let mut issue = convert::issue(&known.row);
    // Within one second nobody can tell what came first.
    issue.edited = known.text_since.plus(1);
    for label in &mut issue.labels {
        let put = known.labelled.iter().flatten().find(|l| l.name == label.name);
        label.by = put.map(|l| l.by.clone());
        label.at = put.map(|l| l.at);
    }
    issue
}
