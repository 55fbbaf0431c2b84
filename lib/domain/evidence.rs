//! What is known of the checks of one commit. Five values, each bound to a SHA and the time it was seen:
//! "no checks" and "unknown" are values of their own and never green (law 1).

use super::ids::Sha;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The outcome of one check, or of all of them together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    /// Ran to its end and passed.
    Green,
    /// Ran to its end and did not pass.
    Red,
    /// Queued or running.
    Pending,
    /// Nothing has reported for this commit.
    None,
    /// The look itself failed.
    Unknown,
}

/// One named result on a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckItem {
    /// The context the forge or `verify` reports it under.
    pub context: String,
    /// Its outcome.
    pub colour: Colour,
    /// When it was reported.
    pub at: Timestamp,
    /// What to show of it: the tail of a log, or a link.
    #[serde(default)]
    pub detail: String,
}

/// All that is known of the checks of one commit at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The commit it speaks of.
    pub sha: Sha,
    /// When it was looked at.
    pub seen: Timestamp,
    /// The outcome over all that count.
    pub colour: Colour,
    /// The results it was made from.
    pub items: Vec<CheckItem>,
}

/// Which contexts decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Required {
    /// Those named by the branch protection or the project, as names or patterns; one that is missing is pending.
    Named(Vec<String>),
    /// All that were seen, once the newest is this many seconds old (`ci_settle`).
    AllSeen {
        /// Seconds during which a further context may still appear.
        settle: u64,
    },
}

impl Evidence {
    /// Reduces single results to one outcome for `sha`.
    pub fn reduce(sha: Sha, seen: Timestamp, items: Vec<CheckItem>, required: &Required) -> Evidence {
        let colour = match required {
            Required::Named(names) => named(names, &items),
            Required::AllSeen { settle } => all_seen(&items, seen, *settle),
        };
        Evidence { sha, seen, colour, items }
    }

    /// A look that failed: unknown, with the reason as its only item.
    pub fn unknown(sha: Sha, seen: Timestamp, why: &str) -> Evidence {
        let item =
            CheckItem { context: "look".into(), colour: Colour::Unknown, at: seen, detail: why.into() };
        Evidence { sha, seen, colour: Colour::Unknown, items: vec![item] }
    }

    /// True only if green and about this very commit.
    pub fn proves(&self, head: &Sha) -> bool {
        self.colour == Colour::Green && &self.sha == head
    }
}

fn named(names: &[String], items: &[CheckItem]) -> Colour {
    let of = |name: &String| {
        let fitting: Vec<Colour> =
            items.iter().filter(|i| fits(name, &i.context)).map(|i| i.colour).collect();
        if fitting.is_empty() { Colour::Pending } else { worst(fitting.into_iter()) }
    };
    worst(names.iter().map(of))
}

/// Whether a context is one that this demands: its name, or a pattern in which `*` stands for any characters and `?`
/// for one. All that fit have to be green, and at least one has to be there.
fn fits(pattern: &str, context: &str) -> bool {
    if !pattern.contains(['*', '?']) {
        return pattern == context;
    }
    let escaped = regex::escape(pattern).replace(r"\*", ".*").replace(r"\?", ".");
    regex::Regex::new(&format!("^(?s:{escaped})$")).is_ok_and(|r| r.is_match(context))
}

fn all_seen(items: &[CheckItem], seen: Timestamp, settle: u64) -> Colour {
    let colour = worst(items.iter().map(|i| i.colour));
    let newest = items.iter().map(|i| i.at).max();
    let settled = newest.is_none_or(|at| seen.since(at) >= settle);
    if colour == Colour::Green && !settled { Colour::Pending } else { colour }
}

/// Red beats unknown beats pending beats none beats green; nothing at all is none.
fn worst(colours: impl Iterator<Item = Colour>) -> Colour {
    let rank = |c: &Colour| match c {
        Colour::Green => 0,
        Colour::None => 1,
        Colour::Pending => 2,
        Colour::Unknown => 3,
        Colour::Red => 4,
    };
    colours.max_by_key(rank).unwrap_or(Colour::None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sha() -> Sha {
        "a".repeat(40).parse().unwrap()
    }

    fn item(context: &str, colour: Colour, at: i64) -> CheckItem {
        CheckItem { context: context.into(), colour, at: Timestamp(at), detail: String::new() }
    }

    #[test]
    fn nothing_reported_is_none_and_never_green() {
        let e = Evidence::reduce(sha(), Timestamp(100), vec![], &Required::AllSeen { settle: 60 });
        assert_eq!(e.colour, Colour::None);
        assert!(!e.proves(&sha()));
    }

    #[test]
    fn a_named_context_that_is_missing_is_pending() {
        let required = Required::Named(vec!["build".into(), "test".into()]);
        let e = Evidence::reduce(sha(), Timestamp(9), vec![item("build", Colour::Green, 1)], &required);
        assert_eq!(e.colour, Colour::Pending);
    }

    #[test]
    fn a_pattern_wants_all_that_fit_it_green_and_at_least_one() {
        let of = |pattern: &str, items: &[(&str, Colour)]| {
            let items = items.iter().map(|(name, colour)| item(name, *colour, 1)).collect();
            Evidence::reduce(sha(), Timestamp(9), items, &Required::Named(vec![pattern.into()])).colour
        };
        let (green, red) = (Colour::Green, Colour::Red);
        assert_eq!(of("ci/*", &[("ci/test", green), ("ci/lint", green), ("docs", red)]), green);
        assert_eq!(of("ci/*", &[("ci/test", green), ("ci/lint", red)]), red);
        assert_eq!(of("ci/*", &[("docs", green)]), Colour::Pending);
        assert_eq!(of("ci/te?t", &[("ci/test", green)]), green);
        assert_eq!(of("ci/te?t", &[("ci/tet", green)]), Colour::Pending);
        assert_eq!(of("a.c (x)", &[("abc (x)", green)]), Colour::Pending, "nothing else is special");
        assert_eq!(of("a.*", &[("a.c", green)]), green);
    }

    #[test]
    fn a_named_context_alone_decides() {
        let required = Required::Named(vec!["build".into()]);
        let items = vec![item("build", Colour::Green, 1), item("optional", Colour::Red, 1)];
        assert_eq!(Evidence::reduce(sha(), Timestamp(9), items, &required).colour, Colour::Green);
    }

    #[test]
    fn green_waits_until_the_newest_context_has_settled() {
        let required = Required::AllSeen { settle: 60 };
        let items = vec![item("build", Colour::Green, 50)];
        let at = |now| Evidence::reduce(sha(), Timestamp(now), items.clone(), &required).colour;
        assert_eq!(at(60), Colour::Pending);
        assert_eq!(at(110), Colour::Green);
    }

    #[test]
    fn red_beats_everything_and_unknown_beats_green() {
        let required = Required::AllSeen { settle: 0 };
        let of = |colours: &[Colour]| {
            let items = colours.iter().map(|c| item("x", *c, 0)).collect();
            Evidence::reduce(sha(), Timestamp(9), items, &required).colour
        };
        assert_eq!(of(&[Colour::Green, Colour::Red, Colour::Unknown]), Colour::Red);
        assert_eq!(of(&[Colour::Green, Colour::Unknown, Colour::Pending]), Colour::Unknown);
        assert_eq!(of(&[Colour::Green, Colour::Pending]), Colour::Pending);
    }

    #[test]
    fn evidence_of_another_commit_proves_nothing() {
        let e = Evidence::reduce(
            sha(),
            Timestamp(9),
            vec![item("x", Colour::Green, 0)],
            &Required::AllSeen { settle: 0 },
        );
        assert!(e.proves(&sha()));
        assert!(!e.proves(&"b".repeat(40).parse().unwrap()));
    }
}
