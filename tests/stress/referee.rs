//! What proves that a holder was alone, by other means than locks: a file of its own in a folder where nobody
//! else's may be, and a counter that is read, changed and written back in steps.

use drover::process::tree;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// The files of one crowd.
pub struct Arena {
    folder: PathBuf,
}

/// One process, as its sentinel names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    pub pid: u32,
    start: u64,
}

impl Owner {
    fn us() -> Owner {
        let pid = std::process::id();
        Owner { pid, start: tree::start_time(pid).expect("our own start time") }
    }

    fn read(name: &str) -> Option<Owner> {
        let (pid, start) = name.split_once('-')?;
        Some(Owner { pid: pid.parse().ok()?, start: start.parse().ok()? })
    }

    fn name(self) -> String {
        format!("{}-{}", self.pid, self.start)
    }

    /// Whether it lives and is not on its way out. The kernel gives back the locks of a process that is killed
    /// after it has marked it as exiting and before it shows as a zombie, so this tells exactly: whoever got
    /// the lock by the death of another sees at least the mark.
    fn lives(self) -> bool {
        const EXITING: u64 = 0x4;
        let Ok(stat) = fs::read_to_string(format!("/proc/{}/stat", self.pid)) else { return false };
        let Some((_, fields)) = stat.rsplit_once(')') else { return false };
        let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
        let number = |at: usize| fields.get(at).and_then(|f| f.parse::<u64>().ok()).unwrap_or(0);
        let ended = matches!(fields.first(), None | Some(&"Z" | &"X" | &"x"));
        number(19) == self.start && !ended && number(6) & EXITING == 0
    }
}

impl Arena {
    pub fn new(folder: &Path) -> Arena {
        Arena { folder: folder.to_path_buf() }
    }

    pub fn set_up(&self) {
        fs::create_dir_all(self.inside()).unwrap();
    }

    pub fn locks(&self) -> PathBuf {
        self.folder.join("locks")
    }

    fn inside(&self) -> PathBuf {
        self.folder.join("inside")
    }

    /// Those whose sentinel lies there.
    pub fn owners(&self) -> Vec<Owner> {
        let names =
            fs::read_dir(self.inside()).unwrap().filter_map(|e| e.ok()?.file_name().into_string().ok());
        names.filter_map(|n| Owner::read(&n)).collect()
    }

    /// A holder comes in. What a dead one left behind is cleared away; a living one is a fault.
    pub fn enter(&self) -> Visit<'_> {
        let us = Owner::us();
        for other in self.owners() {
            if other == us || other.lives() {
                self.fault(&format!("{us:?} came in while {other:?} was inside"));
            } else {
                drop(fs::remove_file(self.inside().join(other.name())));
                self.note("died-holding", "");
            }
        }
        if let Err(e) = OpenOptions::new().write(true).create_new(true).open(self.inside().join(us.name())) {
            self.fault(&format!("{us:?}: no sentinel of its own: {e}"));
        }
        // Two that come in at once may both have seen an empty folder, but not after both have signed.
        for other in self.owners().into_iter().filter(|o| *o != us) {
            self.fault(&format!("{us:?} and {other:?} came in together"));
        }
        Visit { arena: self, us, seen: self.number("counter") }
    }

    /// A number in a file; 0 if there is none yet, or its first writer was cut off before it wrote.
    pub fn number(&self, name: &str) -> u64 {
        match fs::read_to_string(self.folder.join(name)) {
            Ok(text) if text.is_empty() => 0,
            Ok(text) => text.trim().parse().unwrap_or_else(|e| panic!("{name}: {text:?}: {e}")),
            Err(e) if e.kind() == ErrorKind::NotFound => 0,
            Err(e) => panic!("{name}: {e}"),
        }
    }

    /// In one small write at a fixed length: a writer that is killed leaves the old or the new number.
    pub fn set_number(&self, name: &str, number: u64) {
        let path = self.folder.join(name);
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path).unwrap();
        file.write_all_at(format!("{number:020}\n").as_bytes(), 0).unwrap();
    }

    pub fn fault(&self, text: &str) {
        self.note("faults", text);
    }

    pub fn note(&self, file: &str, text: &str) {
        let path = self.folder.join(file);
        let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
        file.write_all(format!("{text}\n").as_bytes()).unwrap();
    }

    pub fn notes(&self, file: &str) -> Vec<String> {
        let text = fs::read_to_string(self.folder.join(file)).unwrap_or_default();
        text.lines().map(str::to_string).collect()
    }
}

/// A holder that is inside.
pub struct Visit<'a> {
    arena: &'a Arena,
    us: Owner,
    seen: u64,
}

impl Visit<'_> {
    /// Counts itself and goes: the number must be the one that it found, and its sentinel must still be there.
    pub fn leave(self, slot: u64) {
        let progress = format!("done-{slot}");
        let now = self.arena.number("counter");
        if now != self.seen {
            self.arena
                .fault(&format!("{:?}: the counter went from {} to {now} meanwhile", self.us, self.seen));
        }
        self.arena.set_number("counter", self.seen + 1);
        self.arena.set_number(&progress, self.arena.number(&progress) + 1);
        if let Err(e) = fs::remove_file(self.arena.inside().join(self.us.name())) {
            self.arena.fault(&format!("{:?}: its sentinel: {e}", self.us));
        }
    }
}
