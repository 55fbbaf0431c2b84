//! Readers of text that others write, run over the same texts as the fuzz targets (`make fuzz`) and over texts made
//! of them: no panic, what is read is kept, and no reader takes more than its time grows with.

mod cases;
#[path = "../../fuzz/entries.rs"]
mod entries;
#[path = "../../fuzz/worst.rs"]
mod worst;

use entries::TARGETS;
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;
use worst::{Case, effort, seeds, worst};

/// How many texts are made, over all readers.
const CASES: u32 = 20_000;
/// What a session may write at most; without optimisation a quarter of it, which shows the same.
const LARGE: usize = if cfg!(debug_assertions) { 16 * 1024 } else { 64 * 1024 };
/// 50 times what a reader of the release build may take for so much: the bench has the figure itself.
const TOO_LONG: Duration = Duration::from_millis(500 * LARGE as u64 / (64 * 1024));

fn reader(name: &str) -> fn(&[u8]) {
    TARGETS.iter().find(|(target, _)| *target == name).unwrap_or_else(|| panic!("no reader {name}")).1
}

fn reads(name: &str, case: &Case) {
    let read = reader(name);
    if catch_unwind(AssertUnwindSafe(|| read(&case.bytes))).is_err() {
        panic!("{name}: {} is too much for it", case.name);
    }
}

/// The texts that lie there, then as many of this reader's share as are made of them.
fn takes_anything(name: &str) {
    seeds(name).iter().for_each(|case| reads(name, case));
    let config = Config {
        cases: CASES.div_ceil(TARGETS.len() as u32),
        failure_persistence: None,
        ..Config::default()
    };
    let read = reader(name);
    let run = TestRunner::new(config).run(&cases::texts(name), |bytes| {
        read(&bytes);
        Ok(())
    });
    if let Err(e) = run {
        panic!("{name}: {e}");
    }
}

/// The least of three.
fn least(read: fn(&[u8]), bytes: &[u8]) -> Duration {
    (0..3).map(|_| effort(|| read(bytes))).min().unwrap_or_default()
}

/// Four times the text may take four times as long, and not sixteen. A text that is read quickly is not looked at
/// any further.
fn takes_its_time(name: &str) {
    let read = reader(name);
    for (at, case) in worst(name, LARGE).iter().enumerate() {
        if effort(|| reads(name, case)) < TOO_LONG / 5 {
            continue;
        }
        let (long, short) = (least(read, &case.bytes), least(read, &worst(name, LARGE / 4)[at].bytes));
        let grows = long.as_secs_f64() / short.as_secs_f64();
        assert!(
            long < TOO_LONG || grows < 8.0,
            "{name}: {}: {long:?}, {grows:.1} times a quarter's",
            case.name
        );
    }
}

macro_rules! readers {
    ($($name:ident)*) => {
        const TESTED: &[&str] = &[$(stringify!($name)),*];
        $(mod $name {
            #[test]
            fn takes_anything() {
                super::takes_anything(stringify!($name));
            }

            #[test]
            fn takes_no_longer_than_its_text_is() {
                super::takes_its_time(stringify!($name));
            }
        })*
    };
}

readers! { phase refusal dependencies shown agent hooks redact project run message issue pull journal result host small }

#[test]
fn every_reader_has_its_tests_its_fuzz_target_and_its_texts() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let listed = |folder: &str| -> BTreeSet<String> {
        let entries = std::fs::read_dir(home.join(folder)).unwrap();
        entries.map(|e| e.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()).collect()
    };
    let names: BTreeSet<String> = TARGETS.iter().map(|(name, _)| name.to_string()).collect();
    assert_eq!(TESTED.iter().map(|n| n.to_string()).collect::<BTreeSet<_>>(), names);
    assert_eq!(listed("fuzz_targets"), names);
    assert_eq!(listed("corpus"), names);
    let manifest = std::fs::read_to_string(home.join("Cargo.toml")).unwrap();
    assert!(names.iter().all(|n| manifest.contains(&format!("path = \"fuzz_targets/{n}.rs\""))));
}
