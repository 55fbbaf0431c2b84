//! Git in memory against real repositories: ours, the user's, worktrees and a mirror.

use super::super::core::Rng;
use super::super::git::{HostGit, Pool, Refs, Tree};
use super::{Pair, STEPS, Said, alike};
use anyhow::Result;
use drover::domain::ids::{IssueNo, Sha};
use drover::git::Repo;
use drover::world::{Git, Landed, MergeTry, Mirrored, PushAnswer, Removal, WorktreeSpec};
use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

struct Both {
    memory: HostGit,
    real: Repo,
    root: tempfile::TempDir,
    /// The same commits and trees, in memory and for real.
    known: Vec<(Sha, Sha)>,
    /// How many of these our own repository holds for sure.
    trees: Vec<(Sha, Sha)>,
    ours: Vec<usize>,
    n: u64,
}

fn git(folder: &Path, args: &[&str]) -> String {
    let done = Command::new("git").arg("-C").arg(folder).args(args).output().unwrap();
    assert!(done.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().to_string()
}

fn branch(issue: u64) -> String {
    format!("fix/issue-{issue}")
}

impl Both {
    fn new() -> Both {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        let user = at("user");
        fs::create_dir(&user).unwrap();
        git(&user, &["init", "-q", "-b", "main"]);
        git(&user, &["config", "user.name", "maria"]);
        git(&user, &["config", "user.email", "maria@example.org"]);
        fs::write(user.join("README.md"), "hello").unwrap();
        git(&user, &["add", "-A"]);
        git(&user, &["commit", "-qm", "begin"]);
        git(root.path(), &["init", "-q", "--bare", "-b", "main", "mirror"]);
        let real = Repo {
            bare: at("repo.git"),
            user: user.clone(),
            primary: "main".into(),
            worktrees: at("worktrees"),
            checkouts: at("checkouts"),
            remote: None,
            opened: Default::default(),
        };
        let pool = Rc::new(Pool::default());
        let first =
            pool.add(&[], Rc::new(Tree::from([("README.md".to_string(), "hello".to_string())])), "begin");
        let refs = Rc::new(RefCell::new(Refs { primary: first.clone(), branches: Default::default() }));
        let memory = HostGit::new(pool, refs, true);
        real.sync().unwrap();
        let head: Sha = git(&user, &["rev-parse", "HEAD"]).parse().unwrap();
        Both { memory, real, root, known: vec![(first, head)], trees: vec![], ours: vec![0], n: 0 }
    }

    /// What both call this commit.
    fn name(&mut self, memory: Option<&Sha>, real: Option<&Sha>) -> (Said, Said) {
        if let (Some(m), Some(r)) = (memory, real)
            && !self.known.iter().any(|k| k.0 == *m || k.1 == *r)
        {
            self.known.push((m.clone(), r.clone()));
        }
        let of = |at: Option<usize>, there: bool| match (at, there) {
            (_, false) => "none".to_string(),
            (Some(n), true) => format!("commit {n}"),
            (None, true) => "a commit that nobody knows".into(),
        };
        (
            of(self.known.iter().position(|k| Some(&k.0) == memory), memory.is_some()),
            of(self.known.iter().position(|k| Some(&k.1) == real), real.is_some()),
        )
    }

    fn commits(&mut self, memory: Result<Option<Sha>>, real: Result<Option<Sha>>) -> (Said, Said) {
        match (memory, real) {
            (Ok(m), Ok(r)) => self.name(m.as_ref(), r.as_ref()),
            (m, r) => (format!("ok {}", m.is_ok()), format!("ok {} {r:?}", r.is_ok())),
        }
    }

    /// Any commit that our repository holds.
    fn any(&self, rng: &Rng) -> (Sha, Sha) {
        self.known[*rng.pick(&self.ours).unwrap()].clone()
    }

    fn keep(&mut self, sha: Option<&Sha>) {
        let at = self.known.iter().position(|k| Some(&k.1) == sha);
        self.ours.extend(at.filter(|n| !self.ours.contains(n)));
    }

    fn tree(&self, issue: u64) -> PathBuf {
        self.real.worktree_path(IssueNo(issue))
    }

    /// A session commits.
    fn work(&mut self, issue: u64, file: &str) -> (Said, Said) {
        let (folder, text) = (self.tree(issue), format!("text {}", self.n));
        if !folder.exists() {
            return (format!("{:?}", self.memory.work(IssueNo(issue), file, &text)), "None".into());
        }
        fs::write(folder.join(file), &text).unwrap();
        git(&folder, &["add", file]);
        git(&folder, &["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "work"]);
        let memory = self.memory.work(IssueNo(issue), file, &text);
        let real: Sha = git(&folder, &["rev-parse", "HEAD"]).parse().unwrap();
        self.name(memory.as_ref(), Some(&real))
    }

    /// A session leaves a file that it does not commit, or takes it away.
    fn dirty(&mut self, issue: u64, there: bool) {
        let mut trees = self.memory.worktrees.borrow_mut();
        let Some(tree) = trees.get_mut(&IssueNo(issue)) else { return };
        tree.dirty = if there { vec!["left.txt".into()] } else { vec![] };
        let path = self.tree(issue).join("left.txt");
        if there { fs::write(path, "left").unwrap() } else { drop(fs::remove_file(path)) }
    }

    /// A person commits on the primary branch.
    fn push_primary(&mut self, file: &str) -> (Said, Said) {
        let text = format!("main {}", self.n);
        fs::write(self.real.user.join(file), &text).unwrap();
        git(&self.real.user, &["add", file]);
        git(&self.real.user, &["commit", "-qm", "a person's", "--", file]);
        let real: Sha = git(&self.real.user, &["rev-parse", "HEAD"]).parse().unwrap();
        let pool = &self.memory.pool;
        let before = self.memory.remote.borrow().primary.clone();
        let mut tree = (*pool.files(&before)).clone();
        tree.insert(file.into(), text);
        let memory = pool.add(&[&before], Rc::new(tree), "a person's");
        self.memory.remote.borrow_mut().primary = memory.clone();
        self.name(Some(&memory), Some(&real))
    }

    fn try_merge(&mut self, a: &(Sha, Sha), b: &(Sha, Sha)) -> (Said, Said) {
        let said = |answer: &Result<MergeTry>| match answer {
            Ok(MergeTry::Clean(_)) => "clean".to_string(),
            Ok(MergeTry::Conflict(files)) => format!("conflict {files:?}"),
            Err(_) => "error".into(),
        };
        let (memory, real) = (self.memory.try_merge(&a.0, &b.0), self.real.try_merge(&a.1, &b.1));
        if let (Ok(MergeTry::Clean(m)), Ok(MergeTry::Clean(r))) = (&memory, &real) {
            self.trees.push((m.clone(), r.clone()));
        }
        (said(&memory), said(&real))
    }

    /// A merge commit, made and landed.
    fn land(&mut self, rng: &Rng) -> (Said, Said) {
        let head = self.any(rng);
        self.memory.sync().unwrap();
        self.real.sync().unwrap();
        let from = (self.memory.primary().unwrap(), self.real.primary().unwrap());
        let merged = self.try_merge(&from, &head);
        if merged.1 != "clean" {
            return merged;
        }
        let tree = self.trees.last().unwrap().clone();
        let message = format!("Merge {}", self.n);
        let memory = self.memory.commit(&tree.0, &[&from.0, &head.0], &message);
        let real = self.real.commit(&tree.1, &[&from.1, &head.1], &message);
        let (memory, real) = (memory.unwrap(), real.unwrap());
        let named = self.name(Some(&memory), Some(&real));
        self.keep(Some(&real));
        // Sometimes the base has moved meanwhile.
        let base = if rng.chance(300) { self.any(rng) } else { from };
        let said = |answer: Result<Landed>| match answer {
            Ok(Landed::Dirty(..)) => "dirty".to_string(),
            other => super::words(other),
        };
        let (m, r) = (self.memory.land(&base.0, &memory), self.real.land(&base.1, &real));
        (format!("{} {}", named.0, said(m)), format!("{} {}", named.1, said(r)))
    }

    fn push(&mut self, rng: &Rng, issue: u64) -> (Said, Said) {
        let (to, other, name) = (self.any(rng), self.any(rng), branch(issue));
        let now = (self.memory.branch(&name).unwrap(), self.real.branch(&name).unwrap());
        let lease = match rng.below(4) {
            0 => (None, None),
            1 => (Some(other.0), Some(other.1)),
            _ => now,
        };
        let memory = self.memory.push(&name, &to.0, lease.0.as_ref()).unwrap();
        let real = self.real.push(&name, &to.1, lease.1.as_ref()).unwrap();
        match (memory, real) {
            (PushAnswer::Moved(m), PushAnswer::Moved(r)) => self.name(m.as_ref(), r.as_ref()),
            (m, r) => (format!("{m:?}"), format!("{r:?}")),
        }
    }

    fn worktree(&mut self, issue: u64, base: &(Sha, Sha)) -> (Said, Said) {
        let memory = self.memory.worktree(IssueNo(issue), &base.0).unwrap();
        let real = self.real.worktree(IssueNo(issue), &base.1).unwrap();
        let heads = self
            .name(memory.as_ref().and_then(|w| w.head.as_ref()), real.as_ref().and_then(|w| w.head.as_ref()));
        let rest = |w: &Option<drover::world::Worktree>| w.as_ref().map(|w| (w.ahead, w.dirty.clone()));
        (format!("{} {:?}", heads.0, rest(&memory)), format!("{} {:?}", heads.1, rest(&real)))
    }

    fn make_worktree(&mut self, rng: &Rng, issue: u64) -> (Said, Said) {
        let start = self.any(rng);
        let spec = |start: Sha| WorktreeSpec {
            issue: IssueNo(issue),
            branch: branch(issue),
            start,
            copy: vec![],
            identity: ("drover".into(), "drover@localhost".into()),
        };
        self.memory.make_worktree(&spec(start.0)).unwrap();
        self.real.make_worktree(&spec(start.1)).unwrap();
        (String::new(), String::new())
    }

    fn mirror(&mut self) -> (Said, Said) {
        let url = self.root.path().join("mirror").display().to_string();
        let said = |answer: Result<Mirrored>| match answer {
            Ok(Mirrored::Failed(_)) => "failed".to_string(),
            other => super::words(other),
        };
        let real = said(self.real.mirror("m", &url, 30));
        (said(self.memory.mirror("m", &url, 30)), real)
    }

    /// The mirror goes away, or comes back.
    fn move_mirror(&mut self) {
        let (here, away) = (self.root.path().join("mirror"), self.root.path().join("away"));
        let down = !self.memory.mirror_down.get();
        self.memory.mirror_down.set(down);
        let moved = if down { fs::rename(here, away) } else { fs::rename(away, here) };
        moved.unwrap();
    }

    /// The user changes a file and does not commit it, or takes the change back.
    fn dirty_folder(&mut self) {
        let dirty = !self.memory.folder_dirty.get();
        self.memory.folder_dirty.set(dirty);
        if dirty {
            fs::write(self.real.user.join("README.md"), format!("changed {}", self.n)).unwrap();
        } else {
            git(&self.real.user, &["checkout", "--", "README.md"]);
        }
    }
}

impl Pair for Both {
    fn step(&mut self, rng: &Rng) -> (String, Said, Said) {
        self.n += 1;
        let issue = 1 + rng.below(3);
        let (a, b) = (self.any(rng), self.any(rng));
        let file = if rng.chance(300) { "common.txt".to_string() } else { format!("work-{issue}.txt") };
        let number = IssueNo(issue);
        let draw = rng.below(24);
        let (memory, real) = match draw {
            0 => (super::words(self.memory.sync()), super::words(self.real.sync())),
            1 => {
                let primary = (self.memory.primary().map(Some), self.real.primary().map(Some));
                self.commits(primary.0, primary.1)
            }
            2 => {
                let name = branch(issue);
                let (memory, real) = (self.memory.branch(&name), self.real.branch(&name));
                self.commits(memory, real)
            }
            3..=4 => self.push(rng, issue),
            5 => self.make_worktree(rng, issue),
            6 => self.worktree(issue, &a),
            7..=9 => {
                let (memory, real) = (self.memory.rescue(number, 1), self.real.rescue(number, 1));
                let head = real.as_ref().ok().cloned().flatten();
                let said = self.commits(memory, real);
                self.keep(head.as_ref());
                said
            }
            10 => (
                super::words(self.memory.forward_worktree(number, &a.0)),
                super::words(self.real.forward_worktree(number, &a.1)),
            ),
            11 => {
                let said = |answer: Result<Removal>| match answer {
                    Ok(Removal::Kept(_)) => "kept".to_string(),
                    other => super::words(other),
                };
                (said(self.memory.remove_worktree(number)), said(self.real.remove_worktree(number)))
            }
            12 => (super::words(self.memory.ahead(&a.0, &b.0)), super::words(self.real.ahead(&a.1, &b.1))),
            13 => {
                (super::words(self.memory.contains(&a.0, &b.0)), super::words(self.real.contains(&a.1, &b.1)))
            }
            14 => self.try_merge(&a, &b),
            15..=16 => self.land(rng),
            17..=19 => self.work(issue, &file),
            20 => {
                self.dirty(issue, rng.chance(600));
                Default::default()
            }
            21 => self.push_primary(&file),
            22 => self.mirror(),
            _ => {
                match rng.below(3) {
                    0 => self.move_mirror(),
                    1 => self.dirty_folder(),
                    _ => {}
                }
                Default::default()
            }
        };
        (format!("{draw} #{issue} {file}"), memory, real)
    }
}

#[test]
fn git_as_it_is() {
    (0..12).for_each(|seed| alike(seed, STEPS, Both::new()));
}
