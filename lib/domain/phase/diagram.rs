//! The table in words: the diagram and the list of transitions in the docs, and the reasons that `status why`
//! prints. Generated, so that they cannot say something else than what happens.

use super::table::{From, Row, TABLE, To, When};
use super::{Phase, SPECS};
use std::collections::BTreeMap;
use std::fmt::Write as _;

impl When {
    /// The condition in words.
    pub fn words(self) -> &'static str {
        use When::*;
        match self {
            PullMerged => "the forge says that the pull is merged",
            ClosedByPerson => "the issue or the pull was closed",
            ClaimTakenOff => "the in-progress label was taken off",
            TakenOver => "another host has taken the issue over",
            StopAsked => "a person stops it",
            Blind => "twice the deadline passed, and a look at the forge or the session still fails",
            HostUp => "the host says that the agent is up",
            AnyRequest => "a request was made",
            Dead => "the session is dead",
            SessionAbsent => "there is no session",
            FinishedWithoutWork => "finished, with nothing ahead of the base",
            FinishedDirty => "finished, with uncommitted files",
            Finished => "finished, with commits",
            FinishedNewHead => "finished, with a new head",
            FinishedSameHead => "a request with the same head",
            AskedEscalate => "the session asks for a person",
            RefusedTooLarge => "declined: too large",
            RefusedDependency => "declined: an open issue has to come first",
            RefusedDependencyUnnamed => "declined: something has to come first, but no open issue is named",
            RefusedDone => "declined: done already, and what it names has landed",
            RefusedDoneUnproven => "declined: done already, but nothing it names has landed",
            RefusedUnreadable => "declined, without readable JSON",
            AskedFailed => "the session cannot go on",
            ClaimsDone => "the session claims that all is done",
            Garbage => "a word that the protocol does not know",
            LimitNamed => "the agent named a limit",
            AnotherFree => "the agent named a limit, and one to fall back on has named none",
            AgentAsks => "the agent cannot go on before a person has seen to it",
            Unasked => "15 minutes at the prompt without a request",
            WorkLimit => "longer at work than the project allows",
            Progress => "at the deadline, but there was progress",
            GateRefused => "a gate holds something against publishing",
            VerifyGreen => "the project's own checks passed",
            VerifyRed => "the project's own checks failed",
            VerifyMissing => "no result, and nobody is at it",
            VerifyUnknown => "the checks cannot be brought to a result",
            Published => "pushed, and the pull is open",
            RemoteExtends => "others have pushed on top",
            RemoteDiverged => "others have pushed something else",
            Unpublished => "not pushed yet",
            BranchGone => "the published branch is gone",
            CiGreen => "checks green",
            CiMachine => "checks red by the machine's doing",
            CiRed => "checks red",
            ChangesRequested => "a reviewer asks for changes",
            Approved => "approved, green and mergeable",
            Conflict => "it conflicts with the base",
            Behind => "the base must be brought in first",
            ApprovalGone => "the approval or the checks no longer hold",
            LandingRefused => "it may not land",
            Reply => "a person answers",
            ReplyParked => "a person's words wait for a parked session",
            ResumeAsked => "a person resumes it, or takes the label off",
            TimeCame => "the time has come",
            ReviewReminder => "3 hours without a review",
            EscalationReminder => "6 hours without an answer",
            SecondOfLadder => "12 hours without an answer, and `people.ladder` has a second person",
            ThirdOfLadder => "18 hours without an answer, and it has a third",
            ParkTime => "it only waits, and nobody is attached",
            Deadline => "the deadline passed",
        }
    }
}

/// The state diagram in Mermaid: one arrow for each pair of phases, with the row ids that lead along it.
pub fn mermaid() -> String {
    let mut arrows: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
    for row in TABLE {
        for (from, to) in ends(row) {
            arrows.entry((from, to)).or_default().push(row.id);
        }
    }
    let mut out = String::from("stateDiagram-v2\n    [*] --> claimed\n");
    for ((from, to), ids) in arrows {
        let _ = writeln!(out, "    {from} --> {to}: {}", ids.join(", "));
    }
    out
}

fn ends(row: &Row) -> Vec<(String, String)> {
    let from = match row.from {
        From::In(phase) => phase.name().to_string(),
        From::Live | From::Any | From::Parkable => "any_phase".to_string(),
    };
    match row.to {
        To::Phase(to) => vec![(from, to.name().to_string())],
        To::Back => vec![(from, "where_it_came_from".to_string())],
        To::Stay => vec![],
    }
}

/// The phases and the transitions as two Markdown tables.
pub fn markdown() -> String {
    let mut out = String::from("| phase | whose move | ends when |\n|---|---|---|\n");
    for spec in SPECS.iter().filter(|s| !s.phase.is_terminal()) {
        let _ = writeln!(out, "| {} | {} | {} |", spec.name, spec.owner.name(), spec.clears);
    }
    out.push_str("\n| row | in | when | → | uses up |\n|---|---|---|---|---|\n");
    for row in TABLE {
        let spends = row.spends.map_or("", |c| c.words());
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {spends} |",
            row.id,
            from(row.from),
            row.when.words(),
            to(row.to)
        );
    }
    out
}

fn from(from: From) -> &'static str {
    match from {
        From::In(phase) => phase.name(),
        From::Live => "every phase that is not terminal",
        From::Any => "every phase",
        From::Parkable => "phases that only wait",
    }
}

fn to(to: To) -> &'static str {
    match to {
        To::Phase(phase) => phase.name(),
        To::Back => "the phase it came from",
        To::Stay => "–",
    }
}

/// What a run in this phase waits for, in one line.
pub fn waits_for(phase: Phase) -> String {
    let spec = phase.spec();
    if phase.is_terminal() {
        phase.name().to_string()
    } else {
        format!("{}'s move: {}", spec.owner.name(), spec.clears)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_condition_has_words_of_its_own() {
        let conditions: BTreeSet<When> = TABLE.iter().map(|r| r.when).collect();
        let words: BTreeSet<&str> = conditions.iter().map(|w| w.words()).collect();
        assert_eq!(words.len(), conditions.len());
        assert!(words.iter().all(|w| w.len() > 4), "{words:?}");
    }

    #[test]
    fn the_diagram_has_an_arrow_for_each_way_and_none_for_what_stays() {
        let text = mermaid();
        assert!(text.starts_with("stateDiagram-v2\n    [*] --> claimed\n"));
        for arrow in [
            "    claimed --> working: up, asked_at_once\n",
            "    any_phase --> done: merged\n",
            "    stopped --> where_it_came_from: continued\n",
        ] {
            assert!(text.contains(arrow), "{arrow}{text}");
        }
        assert!(!text.contains("nudge") && !text.contains("reply_unparks"));
    }

    #[test]
    fn the_tables_have_a_line_for_each_phase_that_lasts_and_each_row() {
        let text = markdown();
        for line in [
            "| claimed | agent | the session's host says that the agent is up |\n",
            "| merged | every phase | the forge says that the pull is merged | done |  |\n",
            "| stop | every phase that is not terminal | a person stops it | stopped |  |\n",
            "| died | working | the session is dead | – | restarts of a dead session |\n",
            "| continued | stopped | a person resumes it, or takes the label off | the phase it came from |  |\n",
            "| park | phases that only wait | it only waits, and nobody is attached | – |  |\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
        assert!(!text.contains("| blocked | nobody"));
        let lasting = SPECS.iter().filter(|s| !s.phase.is_terminal()).count();
        assert_eq!(text.lines().filter(|l| l.starts_with("| ")).count(), TABLE.len() + lasting + 2);
    }

    #[test]
    fn what_a_run_waits_for_names_whose_move_it_is() {
        assert_eq!(waits_for(Phase::Stopped), "person's move: a person resumes it");
        assert_eq!(waits_for(Phase::Done), "done");
    }
}
