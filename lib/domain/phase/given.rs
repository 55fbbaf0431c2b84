//! For tests of single steps: a run that has just entered a phase, and what is seen when all is well.

use super::Phase;
use super::enter::begin_wait;
use super::seen::{Asked, Fact, IssueSeen, PullSeen, Refused, Seen, VerifySeen, WorkSeen};
use super::step::{Step, step};
use crate::domain::ids::{IssueNo, PullNo, Sha};
use crate::domain::landing::{Hold, Landing};
use crate::domain::life::Life;
use crate::domain::policy::Policy;
use crate::domain::request::{Request, Stamp};
use crate::domain::run::{Run, SessionRef};
use crate::domain::time::Timestamp;

/// When the phase was entered.
pub const NOW: Timestamp = Timestamp(1_000_000);

/// A commit's id, made of one digit.
pub fn sha(digit: char) -> Sha {
    digit.to_string().repeat(40).parse().unwrap()
}

/// The run's head.
pub fn head() -> Sha {
    sha('a')
}

/// The defaults.
pub fn policy() -> Policy {
    Policy::plain("p")
}

/// A run that has just entered `phase`: its session is up, its head published, its pull open.
pub fn entered(phase: Phase) -> Run {
    let mut run = Run::new("p", IssueNo(1), "Title", "fix/issue-1".into(), NOW);
    (run.head, run.published, run.pull) = (Some(head()), Some(head()), Some(PullNo(7)));
    (run.session, run.spawns) = (Some(session()), 3);
    begin_wait(&mut run, phase, &Seen::nothing(NOW, 0), &policy());
    run
}

fn session() -> SessionRef {
    SessionRef {
        name: "dev-p-1".into(),
        spawn: 3,
        started: NOW,
        boot_id: "b".into(),
        server_pid: None,
        server_start: None,
    }
}

/// All is well, `awake` seconds after the phase was entered.
pub fn well(awake: u64) -> Seen {
    let mut seen = Seen::nothing(NOW.plus(awake), awake);
    seen.issue = Fact::Known(IssueSeen { open: true, in_progress: true, needs_human: true });
    seen.pull = Fact::Known(Some(a_pull()));
    seen.life = Life::Working;
    seen.work = Fact::Known(work(head(), 1));
    seen.gates = Fact::Known(vec![]);
    seen.verify = VerifySeen::Running;
    seen.remote = Fact::Known(Some(head()));
    seen
}

/// An open pull of the run's head; whether it merges is still being found out.
pub fn a_pull() -> PullSeen {
    PullSeen {
        number: PullNo(7),
        open: true,
        merged: false,
        head: Some(head()),
        head_extends_ours: false,
        landing: Landing::Hold(Hold::MergeUnknown("computing".into())),
        changes: None,
    }
}

/// A pull held back by this.
pub fn held(hold: Hold) -> Fact<Option<PullSeen>> {
    Fact::Known(Some(PullSeen { landing: Landing::Hold(hold), ..a_pull() }))
}

/// A clean worktree.
pub fn work(head: Sha, ahead: usize) -> WorkSeen {
    WorkSeen { head: Some(head), ahead, dirty: vec![] }
}

/// A request not taken yet.
pub fn asked(request: Request) -> Option<Asked> {
    let stamp = Stamp { inode: 1, mtime_ns: 2, size: 3, hash: 4 };
    Some(Asked { stamp, request, refusal: None })
}

/// A refusal not taken yet.
pub fn declined(refusal: Refused) -> Option<Asked> {
    asked(Request::Refused).map(|a| Asked { refusal: Some(refusal), ..a })
}

/// A look that failed.
pub fn failed<T>() -> Fact<T> {
    Fact::Unknown("timeout".into())
}

/// The row that fires, nothing if none does.
pub fn fires(run: &Run, seen: &Seen) -> &'static str {
    fired(run, seen).0
}

/// The row that fires, and the run after it.
pub fn fired(run: &Run, seen: &Seen) -> (&'static str, Run) {
    match step(run, seen, &policy()) {
        Step::Fire(fired) => {
            assert_eq!(fired.from, run.phase);
            (fired.row, fired.run)
        }
        Step::Stay => ("", run.clone()),
    }
}
