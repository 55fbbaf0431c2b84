//! Which agent and which model an issue asks for by its labels: `agent:codex`, `model:opus`. Without them it is the
//! project's own.

use super::Kind;

/// What the labels of an issue choose; none: the project's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The agent.
    pub agent: Option<String>,
    /// The model.
    pub model: Option<String>,
}

/// Reads it from the labels of an issue; `configured` is the name of the project's own agent. An error says which label
/// is wrong and what would be right.
pub fn of<'a>(labels: impl Iterator<Item = &'a str> + Clone, configured: &str) -> Result<Choice, String> {
    let agent = one(labels.clone(), "agent:")?.filter(|name| *name != configured);
    if let Some(name) = agent.filter(|name| Kind::named(name) == Kind::Command) {
        return Err(format!("the label agent:{name} names none of claude, codex, opencode and {configured}"));
    }
    let model = one(labels, "model:")?;
    if let Some(name) = model.filter(|name| !is_model(name)) {
        return Err(format!("the label model:{name} is no name of a model"));
    }
    Ok(Choice { agent: agent.map(String::from), model: model.map(String::from) })
}

/// What the one label that begins so goes on with.
fn one<'a>(labels: impl Iterator<Item = &'a str>, prefix: &str) -> Result<Option<&'a str>, String> {
    let mut named = labels.filter_map(|label| label.strip_prefix(prefix)).map(str::trim);
    match (named.next(), named.next()) {
        (Some(one), Some(other)) if one != other => {
            Err(format!("it carries both {prefix}{one} and {prefix}{other}: one of them has to go"))
        }
        (one, _) => Ok(one),
    }
}

/// It becomes a word of a command line: nothing that could be an option.
fn is_model(name: &str) -> bool {
    let fine = |c: char| c.is_ascii_alphanumeric() || "._:/@-[]".contains(c);
    !name.is_empty() && name.len() <= 100 && !name.starts_with('-') && name.chars().all(fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_labels(labels: &[&str]) -> Result<Choice, String> {
        of(labels.iter().copied(), "claude")
    }

    #[test]
    fn labels_choose_agent_and_model_and_without_them_nobody_does() {
        assert_eq!(of_labels(&["backlog", "bug"]), Ok(Choice::default()));
        assert_eq!(of_labels(&["agent:claude", "agent:claude"]), Ok(Choice::default()));
        let both = of_labels(&["agent:codex", "backlog", "model: gpt-5.2/high"]).unwrap();
        assert_eq!((both.agent.as_deref(), both.model.as_deref()), (Some("codex"), Some("gpt-5.2/high")));
        // A program of the project's own is known by its name too.
        let own = of(["agent:aider"].into_iter(), "aider");
        assert_eq!(own, Ok(Choice::default()));
    }

    #[test]
    fn a_label_that_chooses_nothing_is_named() {
        for (labels, part) in [
            (&["agent:gemini"][..], "agent:gemini names none of"),
            (&["agent:codex", "agent:opencode"], "both agent:codex and agent:opencode"),
            (&["model:--yolo"], "model:--yolo is no name"),
            (&["model:"], "model: is no name"),
            (&["model:a b"], "model:a b is no name"),
        ] {
            assert!(of_labels(labels).unwrap_err().contains(part), "{labels:?}");
        }
    }
}
