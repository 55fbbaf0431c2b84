//! Manual pages and completions, made from the definitions that parse the arguments: they say what these say, or this fails.
//! `UPDATE_DOCS=1` rewrites them (`make docs`).

use clap::Command;
use clap_complete::{Shell, generate};
use clap_mangen::Man;
use drover::cli::commands::drover::NAMES;
use drover::cli::commands::{front, parts, whole};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The files of a folder of `pages/` are these and no others.
fn are(folder: &str, wanted: &BTreeMap<String, Vec<u8>>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pages").join(folder);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(&folder).unwrap();
        wanted.iter().for_each(|(name, text)| fs::write(folder.join(name), text).unwrap());
    }
    let there = fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    let there: BTreeMap<String, Vec<u8>> =
        there.map(|name| (name.clone(), fs::read(folder.join(&name)).unwrap())).collect();
    let names = |of: &BTreeMap<String, Vec<u8>>| of.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&there), names(wanted), "run `make docs`");
    for (name, text) in wanted {
        let (text, there) = (String::from_utf8_lossy(text), String::from_utf8_lossy(&there[name]));
        assert!(text == there, "pages/{name} is not what the code says: run `make docs`");
    }
}

/// The page of a command and those of all below it.
fn manual(command: &Command, name: &str, pages: &mut BTreeMap<String, Vec<u8>>) {
    let shown: &'static str = Box::leak(name.to_string().into_boxed_str());
    let mut text = Vec::new();
    Man::new(command.clone().name(shown).display_name(shown)).source("drover").render(&mut text).unwrap();
    pages.insert(format!("{name}.1"), text);
    for below in command.get_subcommands().filter(|c| !c.is_hide_set() && c.get_name() != "help") {
        manual(below, &format!("{name}-{}", below.get_name()), pages);
    }
}

#[test]
fn the_front_door_knows_every_part_and_no_other() {
    let parts: Vec<String> = parts().iter().map(|part| part.get_name().to_string()).collect();
    assert_eq!(parts, NAMES);
}

#[test]
fn every_command_has_its_manual_page() {
    let mut pages = BTreeMap::new();
    let mut all = whole();
    all.build();
    manual(&all, "drover", &mut pages);
    assert!(pages.len() > 50 && pages.contains_key("drover-agent-start.1"), "{:?}", pages.keys());
    are("man", &pages);
}

#[test]
fn shells_complete_every_command() {
    let mut pages = BTreeMap::new();
    for (shell, name) in [(Shell::Bash, "drover.bash"), (Shell::Zsh, "_drover"), (Shell::Fish, "drover.fish")]
    {
        let mut text = Vec::new();
        generate(shell, &mut front(), "drover", &mut text);
        pages.insert(name.to_string(), text);
    }
    are("completions", &pages);
}
