//! Every part of a world with a tap before it: the one place at which actors are switched or killed, and calls
//! fail. A call that does not get through and an answer that is lost look the same to whoever asked.

use super::core::Core;
use anyhow::{Result, anyhow};
use drover::config::Channel;
use drover::domain::ci::CiSeen;
use drover::domain::diff::Diff;
use drover::domain::evidence::CheckItem;
use drover::domain::ids::{IssueNo, PullNo, Sha};
use drover::domain::issue::{Comment, Issue};
use drover::domain::life::{SessionSeen, Sessions};
use drover::domain::pull::Pull;
use drover::domain::run::SessionRef;
use drover::domain::schedule::Claim;
use drover::domain::time::Timestamp;
use drover::http::{Fault, Kind};
use drover::world::*;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// One actor's access to one part.
pub struct Tapped<P: ?Sized> {
    pub core: Rc<Core>,
    /// Whether the part lies outside the machine: then calls can fail.
    pub remote: bool,
    pub part: Rc<P>,
}

impl<P: ?Sized> Tapped<P> {
    /// A call that changes nothing.
    fn look<T>(&self, name: &str, call: impl FnOnce() -> Result<T>) -> Result<T> {
        self.begin(name)?;
        call()
    }

    /// A call that changes something: it can also be cut off right after.
    fn act<T>(&self, name: &str, call: impl FnOnce() -> Result<T>) -> Result<T> {
        self.begin(name)?;
        let answer = call();
        self.core.changed();
        self.core.say(|| {
            format!("{name}{}", answer.as_ref().err().map(|e| format!(": {e:#}")).unwrap_or_default())
        });
        self.core.pause();
        if self.remote && self.core.rng.chance(self.core.rates.get().lost) {
            self.core.say(|| format!("{name}: the answer is lost"));
            return Err(Fault::new(Kind::Server(502), name, "bad gateway").into());
        }
        answer
    }

    /// The same over a network, where something in between may send it again: the answer is that to the last.
    fn send<T>(&self, name: &str, call: impl Fn() -> Result<T>) -> Result<T> {
        self.act(name, || {
            let answer = call();
            if !self.remote || !self.core.rng.chance(self.core.rates.get().twice) {
                return answer;
            }
            self.core.say(|| format!("{name}: gets there twice"));
            self.core.twice.set(true);
            call()
        })
    }

    fn begin(&self, name: &str) -> Result<()> {
        // Whoever is killed does nothing more, whatever it would do when it ends by itself.
        if std::thread::panicking() {
            return Err(anyhow!("{name}: killed"));
        }
        self.core.calls.set(self.core.calls.get() + 1);
        self.core.pause();
        if matches!(name, "Git.sync" | "Forge.merge") {
            self.core.invite();
        }
        self.core.note(name);
        if self.remote && self.core.rng.chance(self.core.rates.get().refused) {
            self.core.say(|| format!("{name}: does not get through"));
            return Err(Fault::new(Kind::Unreachable, name, "connection timed out").into());
        }
        Ok(())
    }
}

macro_rules! tapped {
    ($part:ident { $($kind:ident $name:ident($($arg:ident: $ty:ty),*) -> $out:ty;)* } $($more:item)*) => {
        impl $part for Tapped<dyn $part> {
            $(fn $name(&self, $($arg: $ty),*) -> Result<$out> {
                self.$kind(concat!(stringify!($part), ".", stringify!($name)), || self.part.$name($($arg),*))
            })*
            $($more)*
        }
    };
}

tapped! { Files {
    look read(path: &Path) -> Option<Vec<u8>>;
    act write(path: &Path, content: &[u8]) -> ();
    act write_soft(path: &Path, content: &[u8]) -> ();
    act append(path: &Path, line: &str) -> ();
    act append_durable(path: &Path, line: &str) -> ();
    look list(folder: &Path) -> Vec<String>;
    act remove(path: &Path) -> ();
    act make_folder(folder: &Path) -> ();
    look untrusted(path: &Path, limit: usize) -> Untrusted;
} }

tapped! { Forge {
    look me() -> String;
    look writers() -> Vec<String>;
    look issues(labels: &[&str]) -> Vec<Issue>;
    look all_issues(limit: usize) -> Vec<Issue>;
    look issue(issue: IssueNo) -> Option<Issue>;
    look dependencies(issue: &Issue) -> Vec<IssueNo>;
    look comments(number: u64) -> Vec<Comment>;
    send comment(number: u64, body: &str) -> ();
    send new_issue(issue: &NewIssue) -> IssueNo;
    send set_labels(issue: IssueNo, add: &[String], remove: &[String]) -> ();
    send assign(issue: IssueNo, assigned: bool) -> ();
    send set_issue_open(issue: IssueNo, open: bool) -> ();
    look pulls() -> Vec<Pull>;
    look pull(pull: PullNo) -> Option<Pull>;
    look pull_of(branch: &str) -> Option<Pull>;
    send open_pull(pull: &NewPull) -> PullNo;
    send review(pull: PullNo, review: &NewReview) -> ();
    send dismiss(pull: PullNo, review: u64) -> ();
    send set_pull_open(pull: PullNo, open: bool) -> ();
    send merge(pull: PullNo, head: &Sha) -> Merge;
    send record_merge(pull: PullNo, merged: &Sha) -> ();
    look checks(sha: &Sha) -> Option<Vec<CheckItem>>;
    look checks_lately(sha: &Sha) -> Option<Vec<CheckItem>>;
    look required() -> Vec<String>;
} }

tapped! { Git {
    act sync() -> ();
    look primary() -> Sha;
    look branch(name: &str) -> Option<Sha>;
    send push(branch: &str, sha: &Sha, lease: Option<&Sha>) -> PushAnswer;
    send drop_branch(branch: &str, at: &Sha) -> bool;
    act adopt(branch: &str) -> Option<Sha>;
    act make_worktree(spec: &WorktreeSpec) -> PathBuf;
    look worktree(issue: IssueNo, base: &Sha) -> Option<Worktree>;
    act rescue(issue: IssueNo, attempt: u32) -> Option<Sha>;
    act forward_worktree(issue: IssueNo, to: &Sha) -> bool;
    act remove_worktree(issue: IssueNo) -> Removal;
    look ahead(base: &Sha, head: &Sha) -> usize;
    look contains(new: &Sha, old: &Sha) -> bool;
    look find(id: &str) -> Option<Sha>;
    look subjects(base: &Sha, head: &Sha) -> Vec<String>;
    look diff(base: &Sha, head: &Sha) -> Diff;
    look patch(base: &Sha, head: &Sha) -> String;
    look try_merge(base: &Sha, head: &Sha) -> MergeTry;
    look replay(head: &Sha, base: &Sha) -> Option<Sha>;
    act commit(tree: &Sha, parents: &[&Sha], message: &str) -> Sha;
    look tree(commit: &Sha) -> Sha;
    look first_parent(commit: &Sha) -> Sha;
    act land(from: &Sha, to: &Sha) -> Landed;
    act checkout(slot: u32, sha: &Sha, clean: bool) -> PathBuf;
    look changed(folder: &Path) -> Vec<String>;
    send mirror(name: &str, url: &str, seconds: u64) -> Mirrored;
    look try_push() -> ();
    look try_mirror(name: &str, url: &str, seconds: u64) -> Mirrored;
}
    fn worktree_path(&self, issue: IssueNo) -> PathBuf {
        self.part.worktree_path(issue)
    }
}

tapped! { SessionsPart {
    act start(spec: &SessionSpec) -> Started;
    act stop(name: &str, mark: &str) -> ();
    act deliver(seen: &SessionSeen, text: &str) -> Delivery;
    look pane(name: &str, lines: u32) -> String;
}
    fn list(&self, known: &[SessionRef]) -> Sessions {
        let answer = self.look("SessionsPart.list", || Ok(self.part.list(known)));
        answer.unwrap_or_else(|e| Sessions::Unknown(e.to_string()))
    }
}

tapped! { Locks {
    act try_take(lock: &LockName) -> Option<Held>;
    look is_held(lock: &LockName) -> bool;
}
    fn holder(&self, lock: &LockName) -> Option<String> {
        self.part.holder(lock)
    }
}

tapped! { Claims {
    send take(issue: IssueNo, now: Timestamp) -> Option<u32>;
    send renew(issue: IssueNo, now: Timestamp) -> ();
    send release(issue: IssueNo) -> ();
}
    fn owner(&self) -> String {
        self.part.owner()
    }
    fn look(&self, issue: IssueNo, now: Timestamp) -> Claim {
        let answer = Tapped::look(self, "Claims.look", || Ok(self.part.look(issue, now)));
        answer.unwrap_or_else(|e| Claim::Unknown(e.to_string()))
    }
    fn holds(&self, issue: IssueNo, now: Timestamp) -> bool {
        self.part.holds(issue, now)
    }
}

impl Ci for Tapped<dyn Ci> {
    fn reach(&self) -> Result<String> {
        self.look("Ci.reach", || self.part.reach())
    }

    fn failures(&self, sha: &Sha) -> CiSeen {
        let answer = self.look("Ci.failures", || Ok(self.part.failures(sha)));
        answer.unwrap_or_else(|e| CiSeen { trouble: Some(e.to_string()), ..CiSeen::default() })
    }

    fn run_again(&self, sha: &Sha, pipeline: u64) -> Result<()> {
        self.send("Ci.run_again", || self.part.run_again(sha, pipeline))
    }
}

tapped! { Jobs { act start(argv: &[&str]) -> Box<dyn Job>; } }
tapped! { People {
    act tell(word: &Tidings) -> bool;
    act complain() -> ();
    look hear(wait: u64) -> Option<Hearing>;
    act take_in(hearing: &Hearing) -> ();
    act acknowledge(said: &Said, answer: Option<&str>) -> bool;
    look reach() -> String;
}
    fn is_prompt(&self) -> bool {
        self.part.is_prompt()
    }
    fn channel(&self) -> Channel {
        self.part.channel()
    }
    fn hears_again(&self) -> bool {
        self.part.hears_again()
    }
}
tapped! { Checks {
    act run(folder: &Path, sha: &Sha, log: &Path) -> Vec<drover::domain::verify::StepResult>;
} }
