//! Issues as any forge tells of them.

use super::agent::choice::{self, Choice};
use super::ids::IssueNo;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A label on an issue, with who put it there where the forge says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// The label's text, exactly.
    pub name: String,
    /// Who added it, if the forge tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When it was added, if the forge tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// One issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// Its number.
    pub number: IssueNo,
    /// Its title: one line of untrusted text.
    pub title: String,
    /// Its description: untrusted text.
    #[serde(default)]
    pub body: String,
    /// Who filed it.
    pub author: String,
    /// Whether it is open.
    pub open: bool,
    /// Its labels.
    #[serde(default)]
    pub labels: Vec<Label>,
    /// Who it is assigned to.
    #[serde(default)]
    pub assignees: Vec<String>,
    /// What the forge itself knows it to depend on, where a listing tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<IssueNo>,
    /// When it was filed.
    pub created: Timestamp,
    /// When its title or body last changed.
    pub edited: Timestamp,
    /// When anything of it last changed.
    pub updated: Timestamp,
}

impl Issue {
    /// Whether it carries the label of exactly this name.
    pub fn has(&self, label: &str) -> bool {
        self.labels.iter().any(|l| l.name == label)
    }

    /// The agent and the model that its labels ask for; `configured` is the project's own agent.
    pub fn choice(&self, configured: &str) -> Result<Choice, String> {
        choice::of(self.labels.iter().map(|l| l.name.as_str()), configured)
    }

    /// Whether somebody trusted stands for the text as it is now: its author, or one who put `queue_label` on
    /// it after the last edit. `trusted` is the list of those people.
    pub fn vouched(&self, queue_labels: &[&str], trusted: &[String]) -> bool {
        let trusts = |who: &str| trusted.iter().any(|t| t == who);
        let stands_for = |l: &Label| {
            queue_labels.contains(&l.name.as_str())
                && l.by.as_deref().is_some_and(trusts)
                && l.at.is_some_and(|at| at >= self.edited)
        };
        trusts(&self.author) || self.labels.iter().any(stands_for)
    }
}

/// A comment on an issue or a pull.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// The forge's name for it, among those of its issue or pull.
    #[serde(default)]
    pub id: u64,
    /// Who wrote it.
    pub author: String,
    /// When.
    pub at: Timestamp,
    /// Its text: untrusted unless the author is ours.
    pub body: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issue(author: &str, edited: i64, labels: Vec<Label>) -> Issue {
        let t = Timestamp(0);
        Issue {
            number: IssueNo(1),
            title: "t".into(),
            body: String::new(),
            author: author.into(),
            open: true,
            labels,
            assignees: vec![],
            depends_on: vec![],
            created: t,
            edited: Timestamp(edited),
            updated: t,
        }
    }

    fn label(by: &str, at: i64) -> Label {
        Label { name: "backlog".into(), by: Some(by.into()), at: Some(Timestamp(at)) }
    }

    #[test]
    fn a_stranger_is_vouched_for_only_by_a_label_after_the_last_edit() {
        let trusted = vec!["maria".to_string()];
        let vouched = |i: Issue| i.vouched(&["backlog"], &trusted);
        assert!(vouched(issue("maria", 0, vec![])));
        assert!(!vouched(issue("eve", 0, vec![])));
        assert!(vouched(issue("eve", 5, vec![label("maria", 5)])));
        assert!(!vouched(issue("eve", 6, vec![label("maria", 5)])));
        assert!(!vouched(issue("eve", 0, vec![label("eve", 5)])));
    }

    #[test]
    fn its_labels_choose_the_agent() {
        let codex = Label { name: "agent:codex".into(), ..label("maria", 0) };
        let chosen = issue("maria", 0, vec![codex]).choice("claude").unwrap();
        assert_eq!(chosen.agent.as_deref(), Some("codex"));
    }

    #[test]
    fn a_label_is_known_by_its_whole_name() {
        let one = issue("maria", 0, vec![label("maria", 0)]);
        assert!(one.has("backlog") && !one.has("back") && !one.has("backlog2"));
        let other = Label { name: "priority".into(), ..label("maria", 5) };
        assert!(!issue("eve", 0, vec![other]).vouched(&["backlog"], &["maria".into()]));
        let unnamed = Label { by: None, ..label("maria", 5) };
        assert!(!issue("eve", 0, vec![unnamed]).vouched(&["backlog"], &["maria".into()]));
    }
}
