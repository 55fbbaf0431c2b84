//! Who plays what: the issues of the demo, what their agent is told, and how each must end.

/// What the reviewer and the person do about an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Its pull is approved.
    Approve,
    /// Changes are requested once, then it is approved.
    RejectOnce,
    /// The person answers its question, then its pull is approved.
    Answer,
    /// The person closes it while the session works.
    CloseHalfway,
    /// Nobody has to do anything.
    Nothing,
}

/// One issue.
#[derive(Clone, Copy, Debug)]
pub struct Role {
    /// Its number in its project: they are filed in this order.
    pub number: u64,
    /// Its title.
    pub title: &'static str,
    /// Its description.
    pub body: &'static str,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// What people do about it.
    pub part: Part,
    /// The phase it must end in.
    pub ends: &'static str,
    /// Phases that it must have been in.
    pub through: &'static [&'static str],
}

/// A project of the demo.
#[derive(Clone, Copy, Debug)]
pub struct Cast {
    /// Its name.
    pub name: &'static str,
    /// How messages reach its agent.
    pub style: &'static str,
    /// How many sessions may be at work.
    pub sessions: u32,
    /// Its issues.
    pub roles: &'static [Role],
    /// A branch that lands without an issue.
    pub chore: Option<&'static str>,
    /// The issue that must land before all others.
    pub first: Option<u64>,
}

const fn role(number: u64, title: &'static str, body: &'static str, part: Part) -> Role {
    Role {
        number,
        title,
        body,
        labels: &["backlog"],
        part,
        ends: "done",
        through: &["working", "awaiting_review"],
    }
}

/// The whole cast.
pub const CASTS: &[Cast] = &[
    Cast {
        name: "alpha",
        style: "turns",
        sessions: 1,
        chore: Some("chore/gardener-tidy"),
        first: Some(4),
        roles: &[
            role(1, "Add a note", "A plain issue.", Part::Approve),
            Role {
                through: &["working", "verifying"],
                ..role(2, "Fix the check", "DEMO: break the check first", Part::Approve)
            },
            role(3, "Build on the note", "Depends on #1.", Part::Approve),
            Role {
                labels: &["backlog", "priority"],
                ..role(4, "Urgent: add a note now", "Filed later, lands first.", Part::Approve)
            },
            Role {
                ends: "refused",
                through: &["working"],
                ..role(5, "Say hello", "DEMO: done before", Part::Nothing)
            },
        ],
    },
    Cast {
        name: "beta",
        style: "interactive",
        sessions: 5,
        chore: None,
        first: None,
        roles: &[
            role(1, "Add a note that needs work", "The reviewer will want changes.", Part::RejectOnce),
            Role {
                through: &["working", "escalated"],
                ..role(2, "Open a port", "DEMO: ask a person", Part::Answer)
            },
            role(3, "Change the shared line", "DEMO: change the shared line", Part::Approve),
            role(4, "Change the shared line too", "DEMO: change the shared line", Part::Approve),
            Role {
                ends: "abandoned",
                through: &["working"],
                ..role(5, "Think for an hour", "DEMO: take very long", Part::CloseHalfway)
            },
        ],
    },
];
