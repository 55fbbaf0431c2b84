//! The forge itself: comments on the issue that name whom they are for, and comments of maintainers as answers.

use super::trouble::{Hints, Reach, Way};
use crate::config::{self, Channel};
use crate::domain::ids::IssueNo;
use crate::domain::notice::NoticeKind;
use crate::domain::phase::Phase;
use crate::domain::run::Run;
use crate::domain::text::{has_marker, marker};
use crate::http::Fault;
use crate::world::{Forge, Hearing, People, Said, Tidings};
use anyhow::Result;
use std::rc::Rc;

/// What to do about trouble with comments.
pub const HINTS: Hints = Hints {
    token: "put a valid token into FORGE_TOKEN in <root>/.env",
    place: "may the account comment on issues?",
    server: "is forge_url right and the server up?",
};

/// The issues of a project.
pub struct Comments {
    /// How well they can be reached.
    pub reach: Reach,
    /// The forge.
    pub forge: Rc<dyn Forge>,
    /// Our own account there.
    pub me: String,
    /// The accounts of people, by name.
    pub people: config::People,
    /// The accounts whose comments are answers.
    pub trusted: Vec<String>,
}

impl Comments {
    /// What needs a person and has no comment of its own yet.
    fn is_for_here(kind: NoticeKind) -> bool {
        matches!(kind, NoticeKind::Question | NoticeKind::Reminder | NoticeKind::Trouble)
    }

    fn say(&self, issue: IssueNo, key: &str, text: &str) -> Result<()> {
        let comments = self.forge.comments(issue.0)?;
        if comments.iter().any(|c| c.author == self.me && has_marker(&c.body, key)) {
            return Ok(());
        }
        self.forge.comment(issue.0, &format!("{text}\n\n{}", marker(key)))
    }

    fn text(&self, word: &Tidings) -> String {
        let name = word.to.as_deref().and_then(|name| self.people.account(Channel::Forge, name));
        let call = name.map(|name| format!("@{name} ")).unwrap_or_default();
        let how = if word.kind == NoticeKind::Trouble { "" } else { "\n\nAnswer with a comment." };
        format!("{call}{}{how}", word.text)
    }

    /// The comments on a run's issue after the first that asks for them: what has arrived already is known, and what answers
    /// one question while another is put there, or the same twice, is lost otherwise.
    fn answers(&self, run: &Run) -> Result<Vec<Said>> {
        let asked = Self::asked(run);
        let comments = self.forge.comments(run.issue.0)?;
        let ours = |body: &str| asked.iter().any(|key| has_marker(body, key));
        let Some(at) = comments.iter().position(|c| c.author == self.me && ours(&c.body)) else {
            return Ok(vec![]);
        };
        let later = comments.into_iter().skip(at + 1);
        let answers = later.filter(|c| c.author != self.me && self.trusted.contains(&c.author));
        let said = |c: crate::domain::issue::Comment| Said {
            id: format!("comment:{}:{}", run.issue, c.id),
            who: c.author,
            issue: Some(run.issue),
            text: c.body,
            to: None,
        };
        Ok(answers.map(said).collect())
    }

    /// The marks of what a run waits to have answered.
    fn asked(run: &Run) -> Vec<String> {
        let escalated = run.escalation.as_ref().filter(|e| run.phase == Phase::Escalated && !e.answered);
        // A comment on an issue need not say which one: its mark is the rest.
        let prefix = format!("{}:{}:", run.issue, run.attempt);
        let escalation = escalated.and_then(|e| e.notice.strip_prefix(&prefix)).map(String::from);
        let questions = (1..=run.questions).map(|number| format!("{prefix}question:{number}"));
        escalation.into_iter().chain(questions).collect()
    }

    /// What is said on the issues of all runs that wait, and what went wrong: an issue that cannot be read keeps no other's
    /// answers back.
    fn hearing(&self) -> Result<(Hearing, Result<()>)> {
        let (mut said, mut trouble) = (vec![], Ok(()));
        for run in self.reach.store.runs()?.0.iter().filter(|run| !run.phase.is_terminal()) {
            match if Self::asked(run).is_empty() { Ok(vec![]) } else { self.answers(run) } {
                Ok(answers) => said.extend(answers),
                Err(error) => trouble = Err(error),
            }
        }
        Ok((Hearing { said, until: String::new(), anew: false }, trouble))
    }
}

impl People for Comments {
    fn channel(&self) -> Channel {
        Channel::Forge
    }

    fn tell(&self, word: &Tidings) -> Result<bool> {
        // An escalation and a run that was given up on are a comment already; the rest is to be seen there.
        let Some((issue, _)) = word.about.as_ref().filter(|_| Self::is_for_here(word.kind)) else {
            return Ok(true);
        };
        self.reach.told(self.say(*issue, &word.key, &self.text(word)))
    }

    fn hear(&self, _: u64) -> Result<Option<Hearing>> {
        let (hearing, trouble) = self.hearing()?;
        match trouble {
            // A file of the local forge: said like a server's trouble, since what was heard elsewhere goes on.
            Err(error) if !error.is::<Fault>() => self.reach.note(Way::Hear, format!("{error:#}"), false)?,
            other => drop(self.reach.heard(other.map(|()| Hearing::default()))?),
        }
        Ok(Some(hearing))
    }

    fn hears_again(&self) -> bool {
        true
    }

    /// That it has arrived is to be seen there: a label is taken off, work goes on.
    fn acknowledge(&self, said: &Said, answer: Option<&str>) -> Result<bool> {
        let (Some(issue), Some(words)) = (said.issue, answer) else { return Ok(true) };
        self.reach.answered(self.say(issue, &format!("answer:{}", said.id), words))
    }

    fn is_prompt(&self) -> bool {
        self.reach.is_prompt()
    }

    fn complain(&self) -> Result<()> {
        self.reach.complain()
    }

    fn reach(&self) -> Result<String> {
        Ok(format!("comments on the issue as {}; answers there count", self.me))
    }
}
