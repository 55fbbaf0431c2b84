//! The history of a second project that is set up, with ticks by cron and by systemd, and of an issue that somebody
//! watches.

use crate::play::Play;
use crate::stage::{Said, Stage, git, make_repo};
use std::fs;
use std::path::Path;

/// crontab(1), as far as it is spoken to.
const CRONTAB: &str = "if [ \"$1\" = -l ]; then cat TABLE; else cat > TABLE.new && mv TABLE.new TABLE; fi\n";

pub fn stage() -> Stage {
    let mut s = Stage::with().set();
    make_repo(&s.path("second"));
    fs::create_dir(s.path("bin")).unwrap();
    s.script("bin/crontab", &CRONTAB.replace("TABLE", s.path("crontab").to_str().unwrap()));
    let path = format!("{}:{}", s.path("bin").display(), std::env::var("PATH").unwrap());
    s.vars.push(("PATH".into(), path));
    s.vars.push(("XDG_CONFIG_HOME".into(), s.path("config").display().to_string()));
    s
}

pub fn play(p: &Play) {
    let second = p.s.path("second").display().to_string();
    for schedule in ["crontab", "systemd"] {
        p.person("drover", &["init", &second, "--yes", "--on", "--agent", "codex", "--schedule", schedule]);
    }
    // Only this one: its agent is there.
    fs::rename(p.s.root().join("projects/second.toml"), p.s.path("second.toml")).unwrap();
    let filed = |s: &Stage| !s.issue_record(1).is_null();
    for _ in 0..20 {
        let said = p.s.run("drover", &["run", "-d", "--title", "Add a note"]);
        assert!(matches!(said.code, -1 | 0) || busy(p, &said), "{said:?}");
        if filed(&p.s) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    watched(p);
    p.until_phase(1, "awaiting_review");
    fs::create_dir_all(p.s.path("web")).unwrap();
    p.person("drover", &["report", "--out", &p.s.path("web/index.html").display().to_string()]);
    for _ in 0..4 {
        p.s.later(300);
        // It ends with 5 where it has told somebody; one that was killed comes again, as cron has it.
        while p.s.run("drover", &["watch-heartbeat"]).code == -1 {}
    }
    let archive = p.s.path("backup.tar");
    p.unless(|_| archive.exists(), "drover", &["backup", archive.to_str().unwrap()]);
    // What was half-written by one that was cut off goes with the next.
    let second = p.s.path("second.tar");
    p.unless(|_| second.exists(), "drover", &["backup", second.to_str().unwrap()]);
    p.approve(1);
    p.until_phase(1, "done");
    p.until("all of it is done", |s| s.record(1)["pending"].as_array().is_none_or(Vec::is_empty));
    p.person("drover", &["gc", "--days", "0"]);
}

/// What an archive holds, by its names; what comes and goes with each tick is left out.
fn held(archive: &Path) -> Vec<String> {
    let Ok(file) = fs::File::open(archive) else { return vec![] };
    let mut tar = tar::Archive::new(file);
    let names = tar.entries().unwrap().map(|e| e.unwrap().path().unwrap().display().to_string());
    let lasting = |name: &String| {
        name.ends_with("run.json")
            || name.contains("/forge/")
            || name.ends_with(".toml")
            || name.ends_with("packed-refs")
    };
    let mut names: Vec<String> = names.filter(lasting).collect();
    names.sort();
    names
}

/// Git that a killed `drover` has started is still at it.
fn busy(p: &Play, said: &Said) -> bool {
    let words = ["copying the branch main", "repo.new: Directory not empty"];
    said.code == 1 && p.killed().is_some() && words.iter().any(|w| said.err.contains(w))
}

/// Somebody watches until it is ready, or until they have been cut off. They may be told that the repository cannot be copied
/// just now: git that a killed `drover` has started is still at it.
fn watched(p: &Play) {
    for _ in 0..20 {
        let said = p.s.run("drover", &["run", "1", "--until", "review"]);
        assert!(matches!(said.code, -1 | 0 | 3) || busy(p, &said), "{said:?}");
        if !p.s.record(1).is_null() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("it is never started");
}

/// What was set up.
pub fn picture(s: &Stage) -> Vec<String> {
    let text = |file: &Path| fs::read_to_string(file).unwrap_or_default();
    let units =
        ["drover.service", "drover-watch.service"].map(|unit| s.path("config/systemd/user").join(unit));
    let files = units
        .into_iter()
        .chain(["crontab", "second.toml"].map(|file| s.path(file)))
        .filter(|file| file.exists());
    let mut lines: Vec<String> = files.map(|file| format!("{}: {}", file.display(), text(&file))).collect();
    lines.push(format!("backup: {:?}", held(&s.path("backup.tar"))));
    // Whole, and nothing beside it. What it says of times is each time another.
    let web = s.path("web").read_dir().into_iter().flatten().flatten();
    lines.extend(web.map(|e| format!("web: {:?} {}", e.file_name(), text(&e.path()).ends_with("</html>\n"))));
    if s.path("second").exists() {
        lines.push(format!("second: {}", git(&s.path("second"), &["status", "--porcelain"])));
    }
    lines
}
