//! A room that the people of a project and each of its hosts share: what is told there, what people say in it, and what
//! becomes of that. It stands on a server of its own, which keeps what it was given.

use super::core::Core;
use anyhow::Result;
use drover::config::Channel;
use drover::domain::ids::IssueNo;
use drover::domain::notice::NoticeKind;
use drover::world::*;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A host's room.
pub struct Chat {
    core: Rc<Core>,
    /// Notices, by their keys: sent again one is the same message.
    pub told: RefCell<BTreeMap<String, Tidings>>,
    /// What people have said, in order.
    pub said: RefCell<Vec<Said>>,
    /// Up to where a host has remembered to have heard.
    pub heard: Cell<usize>,
    /// What was put below words: that they have arrived, or why not.
    pub answers: RefCell<BTreeMap<String, Option<String>>>,
}

impl Chat {
    pub fn new(core: Rc<Core>) -> Chat {
        Chat {
            core,
            told: RefCell::default(),
            said: RefCell::default(),
            heard: Cell::new(0),
            answers: RefCell::default(),
        }
    }

    /// Somebody says something in an issue's thread, or puts a sign on a question there.
    pub fn says(&self, who: &str, issue: IssueNo, words: String) {
        let asked = |word: &&Tidings| {
            let kind = matches!(word.kind, NoticeKind::Escalation | NoticeKind::Question);
            kind && word.about.as_ref().is_some_and(|(of, _)| *of == issue)
        };
        let told = self.told.borrow();
        let mut questions: Vec<&Tidings> = told.values().filter(asked).collect();
        questions.sort_by_key(|word| word.at);
        // Somebody may scroll back.
        let question = if self.core.aside.chance(300) { questions.first() } else { questions.last() };
        let question = question.copied().filter(|_| self.core.aside.chance(300));
        let mut said = self.said.borrow_mut();
        let id = format!("said-{}-{words}", said.len());
        let sign = if self.core.aside.chance(500) { "\u{2705}" } else { "\u{274c}" };
        said.push(match question {
            Some(word) => Said {
                id,
                who: who.into(),
                issue: Some(issue),
                text: sign.into(),
                to: Some(word.key.clone()),
            },
            None => Said { id, who: who.into(), issue: Some(issue), text: words, to: None },
        });
    }
}

impl People for Chat {
    fn channel(&self) -> Channel {
        Channel::Matrix
    }

    fn tell(&self, word: &Tidings) -> Result<bool> {
        // Now and then the server has no room for more.
        if self.core.aside.chance(50) && self.core.rates.get().refused > 0 {
            return Ok(false);
        }
        self.told.borrow_mut().entry(word.key.clone()).or_insert_with(|| word.clone());
        Ok(true)
    }

    /// Some of it may come again, and not all of it at once.
    fn hear(&self, _: u64) -> Result<Option<Hearing>> {
        let said = self.said.borrow();
        let mut from = self.heard.get();
        let mut until = said.len();
        if self.core.rates.get().lost > 0 && self.core.aside.chance(300) {
            from = self.core.aside.below(from as u64 + 1) as usize;
            until = until.min(self.heard.get() + 1);
        }
        let said = said[from..until].to_vec();
        Ok(Some(Hearing { said, until: until.to_string(), anew: false }))
    }

    fn take_in(&self, hearing: &Hearing) -> Result<()> {
        self.heard.set(self.heard.get().max(hearing.until.parse()?));
        Ok(())
    }

    fn acknowledge(&self, said: &Said, answer: Option<&str>) -> Result<bool> {
        // Each has a name of its own: sent again it is the same.
        self.answers.borrow_mut().entry(said.id.clone()).or_insert_with(|| answer.map(String::from));
        Ok(true)
    }

    fn is_prompt(&self) -> bool {
        false
    }

    fn reach(&self) -> Result<String> {
        Ok("in a room".into())
    }
}
