//! What people can have done from their channel, in words of their own line. Anything else that they say is an answer.

use super::ids::IssueNo;

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Where all runs stand.
    Status,
    /// Why nothing happens with an issue or a pull.
    Why(u64),
    /// Stop a run's session.
    Stop(IssueNo),
    /// Let a stopped or escalated run go on.
    Resume(IssueNo),
    /// Take an ended run up again.
    Retry(IssueNo),
    /// Put an issue before the others.
    Priority(IssueNo),
    /// Tell a run that what it asked for is granted.
    Approve(IssueNo),
    /// Tell a run that it is not, and why.
    Reject(IssueNo, String),
    /// Start no new work in this project, with a reason.
    Pause(String),
    /// Take that back.
    Unpause,
    /// Which commands there are.
    Help,
}

/// All commands, as they are written.
pub const USAGE: &str = "status, why N, stop N, resume N, retry N, priority N, approve N, reject N REASON, pause [REASON], unpause, help";

/// Reads a command. It is one line, begins with its word in any case, and has what belongs to it and nothing else.
pub fn parse(text: &str) -> Option<Command> {
    let line = text.trim();
    if line.contains('\n') {
        return None;
    }
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let (first, more) = rest.trim().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
    let more = more.trim();
    let number = || first.strip_prefix('#').unwrap_or(first).parse::<u64>().ok().filter(|n| *n > 0);
    let of =
        |command: fn(IssueNo) -> Command| number().filter(|_| more.is_empty()).map(|n| command(IssueNo(n)));
    let alone = |command: Command| rest.is_empty().then_some(command);
    match word.to_lowercase().as_str() {
        "status" => alone(Command::Status),
        "help" => alone(Command::Help),
        "unpause" => alone(Command::Unpause),
        "pause" => Some(Command::Pause(rest.trim().into())),
        "why" => number().filter(|_| more.is_empty()).map(Command::Why),
        "stop" => of(Command::Stop),
        "resume" => of(Command::Resume),
        "retry" => of(Command::Retry),
        "priority" => of(Command::Priority),
        "approve" => of(Command::Approve),
        "reject" => number().filter(|_| !more.is_empty()).map(|n| Command::Reject(IssueNo(n), more.into())),
        _ => None,
    }
}

/// What a single sign on a question says: yes, or no. Senders add what shows it as a picture, or a shade.
pub fn verdict(sign: &str) -> Option<bool> {
    match sign.chars().next()? {
        '\u{2705}' | '\u{2714}' | '\u{1f44d}' => Some(true),
        '\u{274c}' | '\u{2716}' | '\u{1f44e}' => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_has_its_word_and_what_belongs_to_it() {
        let seven = IssueNo(7);
        for (text, command) in [
            ("status", Command::Status),
            (" HELP \n", Command::Help),
            ("unpause", Command::Unpause),
            ("pause", Command::Pause(String::new())),
            ("Pause until  Monday", Command::Pause("until  Monday".into())),
            ("why 7", Command::Why(7)),
            ("why #7", Command::Why(7)),
            ("stop 7", Command::Stop(seven)),
            ("resume  7", Command::Resume(seven)),
            ("retry 7", Command::Retry(seven)),
            ("priority 7", Command::Priority(seven)),
            ("approve 7", Command::Approve(seven)),
            ("reject 7 not in this release", Command::Reject(seven, "not in this release".into())),
        ] {
            assert_eq!(parse(text), Some(command), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_one_is_an_answer() {
        for text in [
            "",
            "stop",
            "stop it",
            "stop 7 please",
            "why not",
            "why 7 8",
            "why 0",
            "why -1",
            "why ##7",
            "reject 7",
            "status of 7",
            "approve",
            "Resume the old way.",
            "unpause now",
            "help me",
            "status\nand more",
            "stop 7x",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_tick_is_a_yes_and_a_cross_a_no() {
        for (sign, said) in [
            ("✅", Some(true)),
            ("✔️", Some(true)),
            ("👍🏽", Some(true)),
            ("❌", Some(false)),
            ("✖", Some(false)),
            ("👎", Some(false)),
            ("🎉", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(verdict(sign), said, "{sign}");
        }
    }

    #[test]
    fn every_command_stands_in_its_usage() {
        for usage in USAGE.split(", ") {
            let text = usage.replace(['[', ']'], "").replace('N', "7").replace("REASON", "so");
            assert!(parse(&text).is_some(), "{text}");
        }
    }
}
