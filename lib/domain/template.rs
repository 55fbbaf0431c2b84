//! The texts of a prompt that do not depend on what has happened: files below `lib/prompts/`, any of which a project may replace
//! by one of the same name. Places in braces are filled; other braces stay.

use super::request::WORDS;

/// The texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Templates {
    /// What a session is told at first.
    pub head: String,
    /// What one is told that goes on in its conversation.
    pub go_on: String,
    /// How that one is reminded of the protocol.
    pub remind: String,
    /// The protocol.
    pub protocol: String,
}

impl Default for Templates {
    fn default() -> Templates {
        let file = |text: &str| text.trim_end().to_string();
        Templates {
            head: file(include_str!("../prompts/head.md")),
            go_on: file(include_str!("../prompts/go_on.md")),
            remind: file(include_str!("../prompts/remind.md")),
            protocol: file(include_str!("../prompts/protocol.md")),
        }
    }
}

impl Templates {
    /// The names of the files.
    pub const FILES: [&str; 4] = ["head.md", "go_on.md", "remind.md", "protocol.md"];

    /// Takes the text of one file in place of ours. An error says what is wrong with it.
    pub fn replace(&mut self, file: &str, text: &str) -> Result<(), String> {
        let asks = matches!(file, "remind.md" | "protocol.md");
        if asks && !text.contains("$PHASE_FILE") {
            return Err(
                "does not name $PHASE_FILE: a session would not know how to say that it is done".into()
            );
        }
        if text.trim().is_empty() {
            return Err("is empty".into());
        }
        let slot = match file {
            "head.md" => &mut self.head,
            "go_on.md" => &mut self.go_on,
            "remind.md" => &mut self.remind,
            "protocol.md" => &mut self.protocol,
            _ => return Err(format!("is none of {}", Templates::FILES.join(", "))),
        };
        *slot = text.trim_end().to_string();
        Ok(())
    }
}

/// A text with its places filled, each once: what a value holds is never looked at again.
pub fn fill(template: &str, places: &[(&str, &str)]) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let place =
            places.iter().find(|(name, _)| rest[1..].strip_prefix(name).is_some_and(|r| r.starts_with('}')));
        match place {
            Some((name, value)) => {
                out.push_str(value);
                rest = &rest[name.len() + 2..];
            }
            None => {
                out.push('{');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

/// The words of the protocol, one a line.
pub fn words() -> String {
    let line = |(word, what): &(&str, &str)| format!("- `echo \"PHASE:{word}\" > \"$PHASE_FILE\"` – {what}");
    WORDS.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_once_and_other_braces_stand() {
        let places = [("issue", "{branch}"), ("branch", "b")];
        assert_eq!(fill("#{issue} on {branch}, {\"a\": {x}} {", &places), "#{branch} on b, {\"a\": {x}} {");
    }

    #[test]
    fn the_words_of_the_protocol_are_commands_for_a_shell() {
        let words = words();
        assert!(words.starts_with("- `echo \"PHASE:"), "{words}");
        assert_eq!(words.lines().count(), WORDS.len());
        assert!(
            WORDS
                .iter()
                .all(|(word, what)| words.contains(&format!("PHASE:{word}\" >")) && words.contains(what))
        );
    }

    #[test]
    fn a_text_is_replaced_unless_it_would_leave_a_session_speechless() {
        let mut t = Templates::default();
        t.replace("head.md", "Do #{issue}.\n").unwrap();
        assert_eq!(t.head, "Do #{issue}.");
        for (file, text) in
            [("protocol.md", "Just stop."), ("remind.md", "x"), ("head.md", " \n"), ("tail.md", "x")]
        {
            assert!(t.replace(file, text).is_err(), "{file}");
        }
        for file in Templates::FILES {
            Templates::default().replace(file, "see $PHASE_FILE").unwrap();
        }
    }
}
