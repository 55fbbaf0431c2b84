//! Asking whoever is at a terminal. Where nobody is, the flag that answers is named.

use super::exit::{Exit, Failure};
use anyhow::Result;
use std::cell::RefCell;
use std::io::{BufRead, IsTerminal, Write};

/// Where questions go and answers come from.
pub struct Asking<'a> {
    /// Whether somebody is there.
    is_there: bool,
    /// Whether whatever has a proposal is not asked; none: that cannot be chosen here.
    takes_defaults: Option<bool>,
    answers: RefCell<Box<dyn BufRead + 'a>>,
}

impl<'a> Asking<'a> {
    /// Our own terminal.
    pub fn of_terminal() -> Asking<'static> {
        Asking {
            is_there: std::io::stdin().is_terminal(),
            takes_defaults: None,
            answers: RefCell::new(Box::new(std::io::stdin().lock())),
        }
    }

    /// The same, where proposals are taken without asking if `yes`.
    pub fn unless(yes: bool) -> Asking<'static> {
        Asking { takes_defaults: Some(yes), ..Asking::of_terminal() }
    }

    /// One line; an empty answer is the proposal. `flag` is what answers it on the command line.
    ///
    /// # Errors
    /// Where nobody is there to answer, or the terminal goes away.
    pub fn line(&self, question: &str, flag: &str, proposal: Option<&str>) -> Result<String> {
        if let Some(proposal) = proposal.filter(|_| self.takes_defaults == Some(true)) {
            return Ok(proposal.to_string());
        }
        if !self.is_there {
            let what = format!("nobody is there to be asked: {question}");
            let or_yes = match proposal.filter(|_| self.takes_defaults.is_some()) {
                Some("") | None => String::new(),
                Some(proposal) => format!("; --yes takes what is proposed ({proposal})"),
            };
            return Err(Failure::new(Exit::Usage, what, format!("answer with {flag}{or_yes}")).into());
        }
        let shown = proposal.filter(|p| !p.is_empty()).map(|p| format!(" [{p}]")).unwrap_or_default();
        eprint!("{question}{shown} ");
        std::io::stderr().flush()?;
        let mut answer = String::new();
        if self.answers.borrow_mut().read_line(&mut answer)? == 0 {
            let what = format!("no answer: {question}");
            return Err(Failure::new(Exit::Usage, what, format!("answer with {flag}")).into());
        }
        let answer = answer.trim();
        Ok(if answer.is_empty() { proposal.unwrap_or_default() } else { answer }.to_string())
    }

    /// Yes or no, where an empty answer is yes.
    ///
    /// # Errors
    /// As of [`Asking::line`].
    pub fn agrees(&self, question: &str, flag: &str) -> Result<bool> {
        let answer = self.line(question, flag, Some("yes"))?.to_lowercase();
        Ok(matches!(answer.as_str(), "y" | "yes"))
    }

    #[cfg(test)]
    fn with(answers: &'a [u8], yes: bool) -> Asking<'a> {
        Asking { is_there: true, takes_defaults: Some(yes), answers: RefCell::new(Box::new(answers)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_answer_is_the_proposal_and_no_answer_is_an_error() {
        let asking = Asking::with(b"blue\n\nno\nY\n", false);
        assert_eq!(asking.line("Colour?", "--colour", Some("red")).unwrap(), "blue");
        assert_eq!(asking.line("Colour?", "--colour", Some("red")).unwrap(), "red");
        assert!(!asking.agrees("Go?", "--yes").unwrap());
        assert!(asking.agrees("Go?", "--yes").unwrap());
        assert!(asking.line("Colour?", "--colour", Some("red")).is_err());
    }

    #[test]
    fn whoever_takes_the_proposals_is_asked_only_what_has_none() {
        let asking = Asking::with(b"blue\n", true);
        assert_eq!(asking.line("Colour?", "--colour", Some("red")).unwrap(), "red");
        assert_eq!(asking.line("Colour?", "--colour", None).unwrap(), "blue");
        assert!(asking.agrees("Go?", "--yes").unwrap());
    }

    #[test]
    fn where_nobody_is_the_flag_is_named() {
        let nobody = Asking { is_there: false, ..Asking::with(b"", false) };
        let error = nobody.line("Colour?", "--colour", Some("red")).unwrap_err();
        let failure = error.downcast_ref::<Failure>().unwrap();
        assert_eq!(
            (failure.exit, failure.hint.as_str()),
            (Exit::Usage, "answer with --colour; --yes takes what is proposed (red)")
        );
        let error = nobody.line("Colour?", "--colour", None).unwrap_err();
        assert_eq!(error.downcast_ref::<Failure>().unwrap().hint, "answer with --colour");
    }
}
