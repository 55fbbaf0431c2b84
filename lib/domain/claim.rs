//! Whose an issue is: what a record says, and what it becomes when it is taken, renewed or given back. Where records
//! are kept, and how a change of one is made certain, is the adapters' matter.

use super::ids::IssueNo;
use super::schedule::Claim;
use super::time::{DAY, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Somebody who claims: a host and a root of ours, or a name that stands for both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The host.
    pub host: String,
    /// The root on it; empty where `host` stands for both.
    pub root: String,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.root.as_str() {
            "" => write!(f, "{}", self.host),
            root => write!(f, "{}:{root}", self.host),
        }
    }
}

/// How many seconds before its claim lapses an agent is ended: the clocks of two hosts differ by minutes.
pub const GRACE: u64 = 600;

/// A claim, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimRecord {
    /// Format version.
    #[serde(default = "super::run::first_version")]
    pub version: u32,
    /// The issue.
    pub issue: IssueNo,
    /// Whose host.
    pub host: String,
    /// Whose root.
    #[serde(default)]
    pub root: String,
    /// Counts the takings, whoever's: each is one attempt.
    pub fence: u32,
    /// Not beyond this time without being renewed; 0: given back.
    pub until: Timestamp,
}

impl ClaimRecord {
    fn is_of(&self, owner: &Owner) -> bool {
        self.host == owner.host && self.root == owner.root && self.until != Timestamp(0)
    }

    /// Whether it is ours and keeps others away at `now`, and for a while.
    pub fn holds(&self, me: &Owner, now: Timestamp) -> bool {
        self.is_of(me) && now.plus(GRACE) < self.until
    }

    /// Whose the issue is at `now`. Our own claim is ours until another has it, even when it has lapsed.
    pub fn seen(record: Option<&ClaimRecord>, me: &Owner, now: Timestamp) -> Claim {
        match record {
            Some(r) if r.is_of(me) => Claim::Mine,
            Some(r) if r.until > now => {
                Claim::Theirs(Owner { host: r.host.clone(), root: r.root.clone() }.to_string())
            }
            _ => Claim::Free,
        }
    }

    /// The record after we have taken the issue; none if it is another's. Taken again, what is ours stays the same
    /// taking.
    pub fn taken(
        record: Option<&ClaimRecord>,
        issue: IssueNo,
        me: &Owner,
        now: Timestamp,
    ) -> Option<ClaimRecord> {
        let fence = match ClaimRecord::seen(record, me, now) {
            Claim::Mine => record.map_or(1, |r| r.fence),
            Claim::Free => record.map_or(0, |r| r.fence).saturating_add(1),
            Claim::Theirs(_) | Claim::Unknown(_) => return None,
        };
        let (host, root) = (me.host.clone(), me.root.clone());
        Some(ClaimRecord { version: 1, issue, host, root, fence, until: now.plus(DAY) })
    }

    /// The record held on to for another day; none if it is not ours, or has long to go: a tick that changes nothing
    /// writes nothing.
    pub fn renewed(&self, me: &Owner, now: Timestamp) -> Option<ClaimRecord> {
        let short = self.until < now.plus(DAY / 2);
        (self.is_of(me) && short).then(|| ClaimRecord { until: now.plus(DAY), ..self.clone() })
    }

    /// The record given back; none if it is not ours.
    pub fn released(&self, me: &Owner) -> Option<ClaimRecord> {
        self.is_of(me).then(|| ClaimRecord { until: Timestamp(0), ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(host: &str) -> Owner {
        Owner { host: host.into(), root: String::new() }
    }

    fn taken(record: Option<&ClaimRecord>, host: &str, at: i64) -> Option<ClaimRecord> {
        ClaimRecord::taken(record, IssueNo(7), &owner(host), Timestamp(at))
    }

    #[test]
    fn one_owner_holds_an_issue_until_it_is_given_back() {
        let record = taken(None, "a", 1000).unwrap();
        let now = Timestamp(2000);
        assert_eq!(ClaimRecord::seen(None, &owner("a"), now), Claim::Free);
        assert_eq!(ClaimRecord::seen(Some(&record), &owner("a"), now), Claim::Mine);
        assert_eq!(ClaimRecord::seen(Some(&record), &owner("b"), now), Claim::Theirs("a".into()));
        assert_eq!(taken(Some(&record), "b", 2000), None);
        assert_eq!(record.released(&owner("b")), None, "nobody gives back what is another's");
        let back = record.released(&owner("a")).unwrap();
        for host in ["a", "b"] {
            assert_eq!(ClaimRecord::seen(Some(&back), &owner(host), now), Claim::Free);
        }
        assert_eq!(back.released(&owner("a")), None, "once is enough");
    }

    #[test]
    fn an_agent_is_ended_before_another_may_begin() {
        let record = taken(None, "a", 1000).unwrap();
        let last = Timestamp(record.until.0 - GRACE as i64);
        assert!(record.holds(&owner("a"), Timestamp(last.0 - 1)) && !record.holds(&owner("a"), last));
        assert!(!record.holds(&owner("b"), Timestamp(1000)));
        assert!(!record.released(&owner("a")).unwrap().holds(&owner("a"), Timestamp(1000)));
    }

    #[test]
    fn each_taking_has_a_number_of_its_own_and_taking_again_is_none() {
        let first = taken(None, "a", 1000).unwrap();
        assert_eq!((first.fence, first.until), (1, Timestamp(1000).plus(DAY)));
        let again = taken(Some(&first), "a", 5000).unwrap();
        assert_eq!((again.fence, again.until), (1, Timestamp(5000).plus(DAY)));
        let back = again.released(&owner("a")).unwrap();
        assert_eq!(taken(Some(&back), "a", 6000).unwrap().fence, 2);
        assert_eq!(taken(Some(&back), "b", 6000).unwrap().fence, 2, "whoever takes it");
    }

    #[test]
    fn a_claim_lapses_for_others_a_day_after_it_was_renewed_last() {
        let record = taken(None, "a", 1000).unwrap();
        let lapsed = record.until;
        assert_eq!(
            ClaimRecord::seen(Some(&record), &owner("b"), Timestamp(lapsed.0 - 1)),
            Claim::Theirs("a".into())
        );
        assert_eq!(ClaimRecord::seen(Some(&record), &owner("b"), lapsed), Claim::Free);
        assert_eq!(
            ClaimRecord::seen(Some(&record), &owner("a"), lapsed),
            Claim::Mine,
            "until another has it"
        );
        let other = taken(Some(&record), "b", lapsed.0).unwrap();
        assert_eq!((other.fence, other.host.as_str()), (2, "b"));
        assert_eq!(other.renewed(&owner("a"), lapsed), None);
    }

    #[test]
    fn it_is_renewed_when_half_of_its_day_is_over() {
        let record = taken(None, "a", 0).unwrap();
        let half = (DAY / 2) as i64;
        assert_eq!(record.renewed(&owner("a"), Timestamp(half)), None);
        let renewed = record.renewed(&owner("a"), Timestamp(half + 1)).unwrap();
        assert_eq!((renewed.until, renewed.fence), (Timestamp(half + 1).plus(DAY), 1));
    }

    #[test]
    fn an_owner_is_named_by_host_and_root() {
        assert_eq!(owner("a").to_string(), "a");
        assert_eq!(Owner { root: "/srv/x".into(), ..owner("a") }.to_string(), "a:/srv/x");
        let other = Owner { root: "/srv/y".into(), ..owner("a") };
        let record = ClaimRecord::taken(
            None,
            IssueNo(7),
            &Owner { root: "/srv/x".into(), ..owner("a") },
            Timestamp(0),
        );
        assert_eq!(
            ClaimRecord::seen(record.as_ref(), &other, Timestamp(1)),
            Claim::Theirs("a:/srv/x".into())
        );
    }
}
