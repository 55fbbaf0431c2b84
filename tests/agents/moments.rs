//! What an agent does at a moment is told right: at work, at its prompt, at a dialog, with a server that fails, dead. With
//! `MOMENTS=<folder>` what was seen is written there, and becomes the corpus `tests/moments/`.

use crate::film::Film;
use crate::model::{Fault, Model};
use crate::programs::Program;
use crate::stories::{Scene, at, given, on, scene, stage};
use rustix::process::Signal;
use serde_json::Value;
use std::fs;

/// Milliseconds after something has come to be so.
const BRIEFLY: &[u64] = &[300, 2500];
const A_WHILE: &[u64] = &[200, 1200, 3000, 7000, 13_000];
const LONG: &[u64] = &[300, 2500, 6000, 11_000, 16_000, 24_000];

type Part = fn(&Program) -> Vec<Value>;

const PARTS: &[(&str, Part)] = &[
    ("rounds", rounds),
    ("escape", escape),
    ("person", person),
    ("faults", faults),
    ("dialog", dialog),
    ("ends", ends),
];

/// Whether moments of it are to be recorded.
pub fn wanted(program: &Program) -> bool {
    program.style == "interactive" && given("MOMENTS").is_some()
}

pub fn told(program: &Program) {
    let folder = given("MOMENTS").unwrap();
    let only = std::env::var("PARTS").unwrap_or_default();
    for (name, part) in PARTS.iter().filter(|(name, _)| only.is_empty() || only.contains(name)) {
        println!("{}: {name}", program.name);
        let text: String = part(program).iter().map(|v| format!("{v}\n")).collect();
        fs::write(format!("{folder}/{}-{name}.jsonl", program.name), text).unwrap();
    }
}

/// A session that comes up with its first answer held.
fn held<'a>(name: &'static str, scene: &'a Scene) -> Film<'a> {
    scene.model.fails(Fault::Hold, 1);
    let film = Film::begin(name, scene);
    film.held(0);
    film
}

fn go_on(film: &Film<'_>, answers: u64) {
    film.scene.model.release();
    film.answered(answers);
}

/// Three rounds: waiting for its model, in its shell, at its prompt.
fn rounds(program: &Program) -> Vec<Value> {
    let scene = scene(program);
    scene.model.fails(Fault::Hold, 1);
    let mut film = Film::begin("three rounds", &scene);
    film.shoot("starting", &[300]);
    film.held(0);
    film.shoot("working", LONG);
    for round in 1..=3u64 {
        film.slow(if round == 1 { 8 } else { 4 });
        film.scene.model.release();
        film.tool();
        film.shoot("working", if round == 1 { &[300, 2000, 4500, 6500] } else { BRIEFLY });
        film.answered(2 * round);
        film.shoot("idle", if round == 1 { LONG } else { A_WHILE });
        if round < 3 {
            let before = film.scene.model.hanging();
            film.hold();
            film.keys(&["go on, please", "Enter"]);
            film.held(before);
            film.shoot("working", A_WHILE);
        }
    }
    film.end(program)
}

/// Interrupted by a person: before a word came, and in its shell.
fn escape(program: &Program) -> Vec<Value> {
    let mut all = Vec::new();
    let keys: &[&str] = if program.name == "opencode" { &["Escape", "Escape"] } else { &["Escape"] };
    let first = scene(program);
    let mut film = held("interrupted before a word came", &first);
    film.shoot("working", BRIEFLY);
    film.keys(keys);
    film.shoot("idle", LONG);
    all.extend(film.end(program));
    let second = scene(program);
    let mut film = held("interrupted in its shell", &second);
    film.slow(60);
    film.scene.model.release();
    film.tool();
    film.shoot("working", BRIEFLY);
    film.keys(keys);
    film.shoot("idle", LONG);
    all.extend(film.end(program));
    all
}

/// A person is at its screen: types half a text, looks back, opens a menu, leaves it.
fn person(program: &Program) -> Vec<Value> {
    let scene = scene(program);
    let mut film = held("a person at its screen", &scene);
    film.copy_mode(true);
    film.shoot("working", BRIEFLY);
    film.copy_mode(false);
    film.keys(&["half a te"]);
    film.shoot("working", BRIEFLY);
    go_on(&film, 2);
    film.shoot("idle", BRIEFLY);
    film.copy_mode(true);
    film.shoot("idle", BRIEFLY);
    film.copy_mode(false);
    film.keys(&["xt"]);
    film.shoot("idle", LONG);
    film.end(program)
}

/// A server that fails in every way.
fn faults(program: &Program) -> Vec<Value> {
    let mut all = Vec::new();
    for (name, status, truth) in [
        ("429", 429, "limited"),
        ("500", 500, "limited"),
        ("529", 529, "limited"),
        ("401", 401, "refused"),
        ("402", 402, "no money"),
    ] {
        let scene = scene(program);
        scene.model.fails(Fault::Status(status), 60);
        let mut film = Film::begin(name, &scene);
        film.scene.model.faulted();
        film.shoot(truth, A_WHILE);
        all.extend(film.end(program));
    }
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = at(stage(program, ""), program, Model::new(), &format!("http://{free}"));
    let mut film = Film::begin("nobody there", &nobody);
    film.shoot("starting", &[300]);
    film.shoot("trying", &[8000, 12_000, 20_000]);
    all.extend(film.end(program));
    all
}

/// A question of its own.
fn dialog(program: &Program) -> Vec<Value> {
    let more = match program.name {
        "claude" => "args = [\"--permission-mode\", \"default\"]\n",
        "codex" => "args = [\"--sandbox\", \"read-only\", \"--ask-for-approval\", \"on-request\"]\n",
        _ => "",
    };
    let scene = on(stage(program, more), program);
    if program.name == "opencode" {
        let toml = fs::read_to_string(scene.s.toml_file()).unwrap();
        fs::write(scene.s.toml_file(), format!("{toml}OPENCODE_PERMISSION = '{{\"*\":\"ask\"}}'\n")).unwrap();
    }
    scene.model.asks();
    let mut film = held("may it use its shell", &scene);
    film.shoot("working", BRIEFLY);
    film.scene.model.release();
    film.answered(1);
    film.shoot("dialog", LONG);
    film.slow(2);
    film.keys(&["Enter"]);
    film.tool();
    film.shoot("working", &[300]);
    film.answered(2);
    film.shoot("idle", A_WHILE);
    film.end(program)
}

/// Its end, by itself and by others; and one that was only halted.
fn ends(program: &Program) -> Vec<Value> {
    let mut all = Vec::new();
    for (name, signal) in [("killed", Signal::KILL), ("ended", Signal::TERM)] {
        let scene = scene(program);
        let mut film = held(name, &scene);
        film.shoot("working", BRIEFLY);
        let _alone = film.alone();
        film.signal(signal);
        film.gone();
        film.shoot("dead", BRIEFLY);
        all.extend(film.end(program));
    }
    let first = scene(program);
    let mut film = held("halted", &first);
    film.shoot("working", BRIEFLY);
    film.signal(Signal::STOP);
    film.shoot("halted", LONG);
    film.signal(Signal::CONT);
    film.shoot("working", BRIEFLY);
    all.extend(film.end(program));
    let second = scene(program);
    let mut film = held("sent away", &second);
    go_on(&film, 2);
    film.shoot("idle", BRIEFLY);
    let _alone = film.alone();
    film.keys(&["/exit", "Enter"]);
    film.gone();
    film.shoot("dead", BRIEFLY);
    all.extend(film.end(program));
    all
}
