//! A look that failed is no answer: whatever the state and whatever else is seen, no row concludes anything from
//! it (law 6).

use super::super::table::{TABLE, When};
use super::ALL;
use super::graph::Next;

/// Rows that fire in some state while `look` fails, whatever else is seen.
fn fired_without(look: &str) -> Vec<(&'static str, When)> {
    let place = ALL.values.iter().position(|v| v.name == look).unwrap();
    let mut fired = vec![false; TABLE.len()];
    for chosen in ALL.environments().iter().filter(|c| c.contains(&place)) {
        for id in 0..u32::try_from(ALL.states.len()).unwrap() {
            // A state on which this look has no bearing is seen as it is without it.
            if let (true, Next::Fire(row, _)) = (ALL.bears(id, place), ALL.next(id, chosen)) {
                fired[row as usize] = true;
            }
        }
    }
    let rows = TABLE.iter().zip(fired).filter(|(_, fired)| *fired);
    rows.map(|(row, _)| (row.id, row.when)).collect()
}

#[test]
fn without_a_look_at_the_forge_nothing_of_it_is_concluded() {
    use When::*;
    for (id, when) in fired_without("forge unknown") {
        let of_forge = matches!(
            when,
            PullMerged
                | ClosedByPerson
                | ClaimTakenOff
                | Deadline
                | Published
                | Unpublished
                | BranchGone
                | CiGreen
                | CiMachine
                | CiRed
                | ChangesRequested
                | Approved
                | Conflict
                | Behind
                | ApprovalGone
                | LandingRefused
        );
        assert!(!of_forge, "{id} fires though the forge cannot be read");
    }
}

#[test]
fn without_a_look_at_the_session_it_is_neither_up_nor_dead_nor_late() {
    use When::*;
    for (id, when) in fired_without("life unknown") {
        let of_life = matches!(
            when,
            HostUp
                | Dead
                | SessionAbsent
                | LimitNamed
                | AnotherFree
                | Unasked
                | ParkTime
                | ReplyParked
                | Deadline
        );
        assert!(!of_life, "{id} fires though the session cannot be looked at");
    }
}

#[test]
fn what_cannot_be_read_of_git_moves_nothing() {
    use When::*;
    for (id, when) in fired_without("remote unknown") {
        let of_remote = matches!(when, Published | Unpublished | BranchGone | RemoteExtends | RemoteDiverged);
        assert!(!of_remote, "{id} fires though the remote cannot be read");
    }
    for (id, when) in fired_without("gates unknown") {
        assert!(!matches!(when, GateRefused | VerifyGreen), "{id} fires though the gates said nothing");
    }
    for (id, when) in fired_without("finished, work unreadable") {
        let of_work = when.is_about_a_request() && when != AnyRequest;
        assert!(!of_work, "{id} fires though the work cannot be read");
    }
    for (id, when) in fired_without("checks unknown") {
        assert!(!matches!(when, CiGreen | CiMachine | CiRed), "{id} fires though the checks cannot be read");
    }
}
