//! Files in memory against those on disk.

use super::super::core::Rng;
use super::super::files::MemFiles;
use super::{Pair, STEPS, Said, alike, core, words};
use drover::domain::request::Stamp;
use drover::store::disk::Disk;
use drover::world::{Files, Untrusted};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

struct Both {
    memory: MemFiles,
    real: Disk,
    root: tempfile::TempDir,
    /// The last stamp of each file, in memory and on disk.
    stamps: BTreeMap<PathBuf, (Stamp, Stamp)>,
}

const NAMES: &[&str] = &["a", "b/c", "b/d", "b/e/f", "g"];

impl Both {
    fn new() -> Both {
        let root = tempfile::tempdir().unwrap();
        Both { memory: MemFiles::new(core()), real: Disk, root, stamps: BTreeMap::new() }
    }

    fn on<T: std::fmt::Debug>(&self, act: impl Fn(&dyn Files) -> anyhow::Result<T>) -> (Said, Said) {
        (words(act(&self.memory)), words(act(&self.real)))
    }

    /// Text, and whether it was written since the last look: the stamps themselves are each part's own.
    fn look(&mut self, path: &Path) -> (Said, Said) {
        let (memory, real) =
            (self.memory.untrusted(path, 20).unwrap(), self.real.untrusted(path, 20).unwrap());
        let before = self.stamps.get(path).cloned();
        let said = |seen: &Untrusted, old: Option<&Stamp>| match seen {
            Untrusted::Text { stamp, text } => {
                format!("{text:?}, size {}, new {}", stamp.size, old != Some(stamp))
            }
            other => format!("{other:?}"),
        };
        let said = (said(&memory, before.as_ref().map(|b| &b.0)), said(&real, before.as_ref().map(|b| &b.1)));
        if let (Untrusted::Text { stamp: m, .. }, Untrusted::Text { stamp: r, .. }) = (memory, real) {
            self.stamps.insert(path.into(), (m, r));
        }
        said
    }
}

impl Pair for Both {
    fn step(&mut self, rng: &Rng) -> (String, Said, Said) {
        let path = self.root.path().join(rng.pick(NAMES).unwrap());
        let text = format!("text {}", rng.below(50));
        let draw = rng.below(8);
        let (memory, real) = match draw {
            0 => self.on(|f| f.write(&path, text.as_bytes())),
            1 => self.on(|f| f.write_soft(&path, text.as_bytes())),
            2 => self.on(|f| f.append(&path, &text)),
            3 => self.on(|f| f.append_durable(&path, &text)),
            4 => self.on(|f| f.remove(&path)),
            5 => self.on(|f| f.list(path.parent().unwrap())),
            6 => self.look(&path),
            _ => self.on(|f| f.read(&path)),
        };
        (format!("{draw} {}", path.display()), memory, real)
    }
}

#[test]
fn files() {
    (0..60).for_each(|seed| alike(seed, STEPS, Both::new()));
}
