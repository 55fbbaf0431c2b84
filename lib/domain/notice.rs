//! What people are told, by kind: who has to act on it, and what may be left out or wait until morning.

use super::window::Window;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Why people are told something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoticeKind {
    /// A session has begun to work on an issue.
    Started,
    /// A pull is open.
    Pull,
    /// Checks are red, and the session was told.
    Ci,
    /// A pull waits for a review, or a review asks for changes.
    Review,
    /// The session asks something and goes on.
    Question,
    /// A run waits for a person.
    Escalation,
    /// It has waited for long.
    Reminder,
    /// A run was given up on.
    Blocked,
    /// A pull has landed.
    Landed,
    /// The session declined an issue.
    Refused,
    /// Somebody's own words, from a shell.
    Word,
    /// Something of drover's own is in the way: a mirror, the forge, a landing.
    #[default]
    Trouble,
}

/// What a kind is like.
struct Spec {
    kind: NoticeKind,
    name: &'static str,
    /// Whether somebody has to do something.
    urgent: bool,
    /// Whether `people.notices` may leave it out.
    optional: bool,
}

const fn spec(kind: NoticeKind, name: &'static str, urgent: bool, optional: bool) -> Spec {
    Spec { kind, name, urgent, optional }
}

/// All kinds, in the order in which a run may come to them.
const KINDS: [Spec; 12] = [
    spec(NoticeKind::Started, "started", false, true),
    spec(NoticeKind::Pull, "pull", false, true),
    spec(NoticeKind::Ci, "ci", false, true),
    spec(NoticeKind::Review, "review", false, true),
    spec(NoticeKind::Question, "question", true, false),
    spec(NoticeKind::Escalation, "escalation", true, false),
    spec(NoticeKind::Reminder, "reminder", true, true),
    spec(NoticeKind::Blocked, "blocked", true, false),
    spec(NoticeKind::Landed, "landed", false, true),
    spec(NoticeKind::Refused, "refused", false, true),
    spec(NoticeKind::Word, "word", false, false),
    spec(NoticeKind::Trouble, "trouble", true, false),
];

impl NoticeKind {
    fn spec(self) -> &'static Spec {
        // The table holds each: a test says so.
        KINDS.iter().find(|spec| spec.kind == self).unwrap_or(&KINDS[0])
    }

    /// Its name, as in `people.notices`.
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<NoticeKind> {
        KINDS.iter().find(|spec| spec.name == name).map(|spec| spec.kind)
    }

    /// All kinds.
    pub fn all() -> impl Iterator<Item = NoticeKind> {
        KINDS.iter().map(|spec| spec.kind)
    }

    /// Whether somebody has to do something: then they are rung for.
    pub fn is_urgent(self) -> bool {
        self.spec().urgent
    }

    /// Whether it may be left out.
    pub fn is_optional(self) -> bool {
        self.spec().optional
    }

    /// Whether it is told at any hour: a run stands still until somebody answers.
    pub fn is_for_any_hour(self) -> bool {
        matches!(self, NoticeKind::Escalation | NoticeKind::Question)
    }
}

/// What a project's people want to be told, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The optional kinds that are told; none: all.
    pub kinds: Option<BTreeSet<NoticeKind>>,
    /// Hours in which only escalations are told.
    pub quiet: Option<Window>,
}

/// What to do with a notice now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// Tell it.
    Now,
    /// Tell it once the hours of quiet are over.
    Later,
    /// Nobody wants to know.
    Never,
}

impl Wanted {
    /// Whether a notice of this kind is told at this minute of the day.
    pub fn telling(&self, kind: NoticeKind, minute_of_day: u32) -> Telling {
        if kind.is_optional() && self.kinds.as_ref().is_some_and(|kinds| !kinds.contains(&kind)) {
            return Telling::Never;
        }
        let quiet = self.quiet.is_some_and(|window| window.contains(minute_of_day));
        if quiet && !kind.is_for_any_hour() { Telling::Later } else { Telling::Now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use NoticeKind::*;

    #[test]
    fn each_kind_has_its_row_and_is_found_by_its_name() {
        let all: Vec<NoticeKind> = NoticeKind::all().collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), KINDS.len());
        for kind in all {
            assert_eq!(kind.spec().kind, kind);
            assert_eq!(NoticeKind::named(kind.name()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
        assert_eq!(NoticeKind::named("mail"), None);
    }

    #[test]
    fn what_needs_a_person_cannot_be_left_out_but_its_reminder_can() {
        let nothing = Wanted { kinds: Some(BTreeSet::new()), quiet: None };
        let told: Vec<NoticeKind> =
            NoticeKind::all().filter(|kind| nothing.telling(*kind, 0) == Telling::Now).collect();
        assert_eq!(told, [Question, Escalation, Blocked, Word, Trouble]);
        let urgent: Vec<NoticeKind> = NoticeKind::all().filter(|kind| kind.is_urgent()).collect();
        assert_eq!(urgent, [Question, Escalation, Reminder, Blocked, Trouble]);
        let some = Wanted { kinds: Some(BTreeSet::from([Landed])), quiet: None };
        assert_eq!((some.telling(Landed, 0), some.telling(Started, 0)), (Telling::Now, Telling::Never));
        assert!(NoticeKind::all().all(|kind| Wanted::default().telling(kind, 0) == Telling::Now));
    }

    #[test]
    fn in_hours_of_quiet_only_what_a_run_stands_still_for_is_told() {
        let night = Wanted { kinds: None, quiet: Some("22:00-07:00".parse().unwrap()) };
        for kind in NoticeKind::all() {
            let awaited = matches!(kind, Escalation | Question);
            let at_night = if awaited { Telling::Now } else { Telling::Later };
            for (minute, telling) in
                [(22 * 60, at_night), (0, at_night), (7 * 60 - 1, at_night), (7 * 60, Telling::Now)]
            {
                assert_eq!(night.telling(kind, minute), telling, "{kind:?} {minute}");
            }
        }
        let none = Wanted { kinds: Some(BTreeSet::new()), ..night };
        assert_eq!(none.telling(Landed, 0), Telling::Never, "nothing waits that nobody wants");
    }
}
