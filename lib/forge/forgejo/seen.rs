//! What was seen of issues and pulls, so that a tick asks only for what has changed: `forge/seen.json`. It serves
//! listings; what is about to be acted on is read directly.

use super::Forgejo;
use super::wire::{IssueRow, LineComment, PullRow, ReviewRow};
use crate::domain::evidence::{CheckItem, Colour};
use crate::domain::ids::{IssueNo, Sha};
use crate::domain::time::{HOUR, MINUTE, Timestamp};
use crate::http::Fault;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far back a look for changes reaches beyond the last one: servers that index issues show changes late.
const OVERLAP: u64 = 5 * MINUTE;

/// Seconds by the forge's clock after which a row's time tells every later change from those before it: times are
/// whole seconds, and a proxy's clock may differ a little.
const SETTLED: u64 = MINUTE;

/// `forge/seen.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Seen {
    #[serde(default)]
    version: u32,
    /// Which server, repository and token.
    #[serde(default)]
    of: String,
    /// When everything was listed last, by our clock.
    #[serde(default)]
    issues_full: Option<Timestamp>,
    #[serde(default)]
    pulls_full: Option<Timestamp>,
    #[serde(default)]
    issues_to: Newest,
    #[serde(default)]
    pulls_to: Newest,
    /// Open issues.
    #[serde(default)]
    pub issues: BTreeMap<u64, SeenIssue>,
    /// Open pulls.
    #[serde(default)]
    pub pulls: BTreeMap<u64, SeenPull>,
    /// Pulls that were asked after one by one and had ended: until a listing shows them open, and for an hour.
    #[serde(default)]
    ended: BTreeMap<u64, Lately<SeenPull>>,
    /// Checks that had all passed, by commit; for an hour.
    #[serde(default)]
    passed: BTreeMap<Sha, Lately<Vec<CheckItem>>>,
}

/// What is believed for an hour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Lately<T> {
    /// When it was read, by our clock.
    at: Timestamp,
    what: T,
}

/// An open issue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SeenIssue {
    pub row: IssueRow,
    /// The latest moment at which its title or body can have changed, by the forge's clock: when we first saw them as
    /// they are, or when anything of it had changed last, whatever is later.
    pub text_since: Timestamp,
    /// Who put each label there, if that was asked since the issue last changed.
    #[serde(default)]
    pub labelled: Option<Vec<Labelled>>,
    /// What it depends on, by the same rule.
    #[serde(default)]
    pub depends_on: Option<Vec<IssueNo>>,
}

/// Who put a label on an issue, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Labelled {
    pub name: String,
    pub by: String,
    pub at: Timestamp,
}

/// An open pull with its reviews.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SeenPull {
    pub row: PullRow,
    pub reviews: Vec<ReviewRow>,
    /// The reviews were read when its last change was long ago: another one shows in its time.
    #[serde(default)]
    pub settled: bool,
}

/// Whether a change at `updated` is so long ago that the next one bears another time.
pub(super) fn is_settled(updated: Timestamp, server_now: Timestamp) -> bool {
    server_now.since(updated) >= SETTLED
}

impl Seen {
    /// Takes an issue in as it is now.
    pub fn take_issue(&mut self, row: IssueRow, server_now: Timestamp) {
        let text_since = server_now.max(row.updated_at);
        if row.pull_request.is_some() {
            return;
        }
        if row.state != "open" {
            self.issues.remove(&row.number);
            return;
        }
        let new = match self.issues.remove(&row.number) {
            Some(old) if old.row.updated_at == row.updated_at && same_text(&old.row, &row) => {
                SeenIssue { row, ..old }
            }
            Some(old) if same_text(&old.row, &row) => {
                SeenIssue { row, text_since: old.text_since, labelled: None, depends_on: None }
            }
            _ => SeenIssue { row, text_since, labelled: None, depends_on: None },
        };
        self.issues.insert(new.row.number, new);
    }
}

/// The newest change that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Newest {
    /// When it was made, by the forge's clock.
    at: Timestamp,
    /// When we saw it first, by ours.
    seen: Timestamp,
    /// When we last looked, by ours.
    #[serde(default = "never")]
    looked: Timestamp,
}

fn never() -> Timestamp {
    Timestamp(0)
}

impl Default for Newest {
    fn default() -> Newest {
        Newest { at: never(), seen: never(), looked: never() }
    }
}

impl Newest {
    fn take(&mut self, at: Timestamp, now: Timestamp) {
        if at > self.at {
            (self.at, self.seen) = (at, now);
        }
    }

    fn settled(&self) -> bool {
        self.looked.since(self.seen) > OVERLAP
    }

    /// A look was made. Once it makes no difference any more it is not noted, so that there is nothing to write.
    fn look(&mut self, now: Timestamp) {
        if !self.settled() {
            self.looked = now;
        }
    }

    /// Where a look for changes begins: behind the newest one, or before it until a look was made so long after it that
    /// no older one, and none of the same second, can have come to light since.
    fn since(&self) -> Timestamp {
        let at = if self.settled() {
            self.at.0.saturating_add(1)
        } else {
            self.at.0.saturating_sub(OVERLAP as i64)
        };
        Timestamp(at.max(0))
    }
}

fn same_text(a: &IssueRow, b: &IssueRow) -> bool {
    a.title == b.title && a.body == b.body
}

/// Whether everything is to be listed: an hour has passed, or a clock was wrong.
fn is_due(full: Option<Timestamp>, now: Timestamp) -> bool {
    full.is_none_or(|at| at > now || now.since(at) >= HOUR)
}

fn of_late<T: Clone>(kept: Option<&Lately<T>>, now: Timestamp) -> Option<T> {
    kept.filter(|kept| !is_due(Some(kept.at), now)).map(|kept| kept.what.clone())
}

impl Forgejo {
    /// The open issues as they are now: all of them once an hour, else what has changed.
    pub(super) fn look_at_issues(&self) -> Result<Seen, Fault> {
        let mut seen = self.seen();
        let now = self.clock.now();
        let id = |row: &IssueRow| row.number.to_string();
        // Without one that is open nothing tells where changes begin, and there is little to list.
        if is_due(seen.issues_full, now) || seen.issues.is_empty() {
            let path = format!("{}/issues?state=open&type=issues&sort=oldest", self.repo);
            let rows: Vec<IssueRow> = self.client.list(&path, id)?;
            let open: Vec<u64> = rows.iter().map(|row| row.number).collect();
            seen.issues.retain(|number, _| open.contains(number));
            self.take_issues(&mut seen, rows);
            seen.issues_full = Some(now);
        } else {
            let since = seen.issues_to.since();
            let path = format!("{}/issues?state=all&type=issues&sort=recentupdate&since={since}", self.repo);
            let rows: Vec<IssueRow> = self.client.list(&path, id)?;
            self.take_issues(&mut seen, rows);
        }
        seen.issues_to.look(now);
        self.remember(&seen);
        Ok(seen)
    }

    fn take_issues(&self, seen: &mut Seen, rows: Vec<IssueRow>) {
        for row in rows {
            // By the times in the rows alone: a proxy before the forge may tell another time in its headers.
            seen.issues_to.take(row.updated_at, self.clock.now());
            seen.take_issue(row, self.client.server_now());
        }
    }

    /// The open pulls with their reviews, by the same rule. Reviews are read of those that have changed.
    pub(super) fn look_at_pulls(&self) -> Result<Seen, Fault> {
        let mut seen = self.seen();
        let now = self.clock.now();
        let id = |row: &PullRow| row.number.to_string();
        let full = is_due(seen.pulls_full, now) || seen.pulls.is_empty();
        let since = seen.pulls_to.since();
        let rows: Vec<PullRow> = if full {
            self.client.list(&format!("{}/pulls?state=open&sort=recentupdate", self.repo), id)?
        } else {
            // Closed ones too: one that is missing may be on a page that was not read.
            let path = format!("{}/pulls?state=all&sort=recentupdate", self.repo);
            self.client.list_while(&path, id, |row| row.updated_at >= since)?
        };
        if full {
            let open: Vec<u64> = rows.iter().map(|row| row.number).collect();
            seen.pulls.retain(|number, _| open.contains(number));
            seen.pulls_full = Some(now);
        }
        for row in rows {
            seen.pulls_to.take(row.updated_at, now);
            if row.state != "open" {
                seen.pulls.remove(&row.number);
                continue;
            }
            seen.ended.remove(&row.number);
            let settled = is_settled(row.updated_at, self.client.server_now());
            let known =
                seen.pulls.get(&row.number).filter(|s| s.settled && s.row.updated_at == row.updated_at);
            let reviews = match known {
                Some(old) => old.reviews.clone(),
                None => self.reviews_of(row.number)?,
            };
            seen.pulls.insert(row.number, SeenPull { row, reviews, settled });
        }
        seen.pulls_to.look(now);
        self.remember(&seen);
        Ok(seen)
    }

    /// All reviews of a pull, oldest first; those that ask for changes with what they say of single lines.
    pub(super) fn reviews_of(&self, number: u64) -> Result<Vec<ReviewRow>, Fault> {
        let path = format!("{}/pulls/{number}/reviews", self.repo);
        let mut rows: Vec<ReviewRow> = self.client.list(&path, |row: &ReviewRow| row.id.to_string())?;
        rows.sort_by_key(|row| row.id);
        for row in &mut rows {
            let matters = row.state == "REQUEST_CHANGES" && row.official && !row.dismissed;
            if matters && row.comments_count > 0 {
                let path = format!("{path}/{}/comments", row.id);
                let lines: Vec<LineComment> = self.client.must(&path)?;
                row.body = with_lines(&row.body, &lines);
            }
        }
        Ok(rows)
    }

    /// A pull that had ended when it was read last.
    pub(super) fn seen_ended(&self, number: u64) -> Option<SeenPull> {
        let now = self.clock.now();
        self.recalled(|seen| of_late(seen.ended.get(&number), now))
    }

    pub(super) fn keep_ended(&self, row: PullRow, reviews: Vec<ReviewRow>) {
        let (at, number) = (self.clock.now(), row.number);
        self.note(|seen| {
            seen.ended.retain(|_, kept| !is_due(Some(kept.at), at));
            seen.ended.insert(number, Lately { at, what: SeenPull { row, reviews, settled: true } });
        });
    }

    pub(super) fn forget_ended(&self, number: u64) {
        self.note(|seen| drop(seen.ended.remove(&number)));
    }

    /// The checks of a commit, if they had all passed within the last hour.
    pub(super) fn seen_checks(&self, sha: &Sha) -> Option<Vec<CheckItem>> {
        let now = self.clock.now();
        self.recalled(|seen| of_late(seen.passed.get(sha), now))
    }

    pub(super) fn keep_checks(&self, sha: &Sha, items: &[CheckItem]) {
        let at = self.clock.now();
        let passed = !items.is_empty() && items.iter().all(|i| i.colour == Colour::Green);
        self.note(|seen| {
            seen.passed.retain(|of, kept| of != sha && !is_due(Some(kept.at), at));
            if passed {
                seen.passed.insert(sha.clone(), Lately { at, what: items.to_vec() });
            }
        });
    }

    /// Looks something up in what this process has seen.
    fn recalled<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        if self.memory.borrow().is_none() {
            self.seen();
        }
        look(self.memory.borrow_mut().get_or_insert_default())
    }

    /// Changes it; it is written with the next listing, or when this process has done.
    fn note(&self, change: impl FnOnce(&mut Seen)) {
        self.recalled(change);
        self.unsaved.set(true);
    }

    /// What any process has seen last.
    pub(super) fn seen(&self) -> Seen {
        self.save();
        let seen: Option<Seen> = self.store.read_json(&self.seen_file()).ok().flatten();
        let seen = seen.filter(|s| s.of == self.fingerprint).unwrap_or_default();
        *self.memory.borrow_mut() = Some(seen.clone());
        seen
    }

    /// One issue as this process has seen it.
    pub(super) fn seen_issue<T>(&self, number: u64, look: impl FnOnce(&mut SeenIssue) -> T) -> Option<T> {
        self.recalled(|seen| seen.issues.get_mut(&number).map(look))
    }

    /// What cannot be remembered is asked for again; what is remembered already is not written again.
    pub(super) fn remember(&self, seen: &Seen) {
        if !self.unsaved.get() && self.memory.borrow().as_ref() == Some(seen) {
            return;
        }
        let seen = Seen { version: 1, of: self.fingerprint.clone(), ..seen.clone() };
        drop(self.store.write_json_soft(&self.seen_file(), &seen));
        *self.memory.borrow_mut() = Some(seen);
        self.unsaved.set(false);
    }

    /// Writes what was found out since.
    pub(super) fn save(&self) {
        if !self.unsaved.get() {
            return;
        }
        let seen = self.memory.borrow().clone();
        seen.iter().for_each(|seen| self.remember(seen));
    }

    fn seen_file(&self) -> std::path::PathBuf {
        self.store.paths.forge().join("seen.json")
    }
}

/// A review's text with its comments on lines that nobody has resolved.
fn with_lines(body: &str, lines: &[LineComment]) -> String {
    let mut text = body.trim_end().to_string();
    for line in lines.iter().filter(|l| l.resolver.is_none()) {
        let at = if line.position > 0 { line.position } else { line.original_position };
        text.push_str(&format!("\n\n{}:{at}: {}", line.path, line.body.trim_end()));
    }
    text.trim_start().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(state: &str, title: &str, updated: &str) -> IssueRow {
        serde_json::from_value(json!({
            "number": 1, "title": title, "state": state, "created_at": "2026-11-21T09:00:00Z", "updated_at": updated
        }))
        .unwrap()
    }

    #[test]
    fn a_text_is_as_old_as_our_first_look_at_it() {
        let mut seen = Seen::default();
        let (first, later) = ("2026-11-21T09:00:00Z", "2026-11-21T10:00:00Z");
        let at = |n: i64| Timestamp(1_800_000_000 + n);
        seen.take_issue(row("open", "a", first), at(10));
        seen.issues.get_mut(&1).unwrap().labelled = Some(vec![]);
        seen.take_issue(row("open", "a", first), at(20));
        assert_eq!((seen.issues[&1].text_since, seen.issues[&1].labelled.is_some()), (at(10), true));
        seen.take_issue(row("open", "a", later), at(30));
        assert_eq!((seen.issues[&1].text_since, seen.issues[&1].labelled.is_some()), (at(10), false));
        seen.take_issue(row("open", "b", later), at(40));
        assert_eq!(seen.issues[&1].text_since, at(40));
        seen.take_issue(row("closed", "b", later), at(50));
        assert!(seen.issues.is_empty());
        seen.take_issue(row("open", "a", later), at(60));
        assert_eq!(seen.issues[&1].text_since, at(60), "closed and opened again it is looked at anew");
        seen.take_issue(row("open", "c", later), Timestamp(5));
        assert_eq!(
            seen.issues[&1].text_since,
            "2026-11-21T10:00:00Z".parse().unwrap(),
            "whatever a proxy's clock says"
        );
    }

    #[test]
    fn a_look_for_changes_reaches_back_until_nothing_older_can_come() {
        let mut newest = Newest::default();
        newest.take(Timestamp(5000), Timestamp(100));
        newest.take(Timestamp(4000), Timestamp(200));
        let after = |newest: &mut Newest, looked: i64| {
            newest.look(Timestamp(looked));
            newest.since()
        };
        // Whenever the next look is: what counts is that there was one long enough after.
        assert_eq!(after(&mut newest, 100), Timestamp(4700));
        assert_eq!(after(&mut newest, 400), Timestamp(4700));
        assert_eq!(after(&mut newest, 401), Timestamp(5001));
        newest.take(Timestamp(5002), Timestamp(402));
        assert_eq!(after(&mut newest, 402), Timestamp(4702));
    }

    #[test]
    fn everything_is_listed_once_an_hour_and_after_a_clock_was_wrong() {
        assert!(is_due(None, Timestamp(0)));
        assert!(!is_due(Some(Timestamp(100)), Timestamp(3699)));
        assert!(is_due(Some(Timestamp(100)), Timestamp(3700)));
        assert!(is_due(Some(Timestamp(100)), Timestamp(99)));
    }

    #[test]
    fn what_a_review_says_of_lines_is_part_of_its_text() {
        let line = |path: &str, position, resolved: bool| -> LineComment {
            let resolver = resolved.then(|| json!({"login": "maria"}));
            let json = json!({"id": 1, "body": "why?\n", "path": path, "position": position,
                              "original_position": 7, "resolver": resolver});
            serde_json::from_value(json).unwrap()
        };
        let lines = [line("a.rs", 3, false), line("b.rs", 0, false), line("c.rs", 1, true)];
        assert_eq!(with_lines("Please:\n", &lines), "Please:\n\na.rs:3: why?\n\nb.rs:7: why?");
        assert_eq!(with_lines("", &lines[..1]), "a.rs:3: why?");
    }
}
