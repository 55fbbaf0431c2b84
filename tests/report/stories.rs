//! What a reader of the report can rely on, whatever browser they have and whatever its texts are.

use crate::browser::Browser;
use crate::site::{hostile, stage, write_runs};
use crate::stage::Stage;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const AXE: &str = "axe-4.14.1/node_modules/axe-core/axe.min.js";

/// The checker, as `tests/report/install.sh` has brought it.
fn axe() -> String {
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache/drover-report"));
    let cache =
        std::env::var_os("REPORT_CACHE").map(PathBuf::from).or_else(home).unwrap_or("/var/tmp".into());
    fs::read_to_string(cache.join(AXE)).expect("axe-core is not installed: `make test-report` does it")
}

/// A page, in a folder of its own, and the stage that it is about.
struct Page {
    stage: Stage,
    _folder: TempDir,
    file: PathBuf,
}

impl Page {
    /// Written of a stage; afterwards the runs that were only written are taken away again, since no law holds for them.
    fn of(stage: Stage, written: std::ops::Range<u64>) -> Page {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("index.html");
        stage.run("status", &["report", "--out", file.to_str().unwrap()]).ends(0);
        written.for_each(|n| drop(fs::remove_dir_all(stage.run_folder(n))));
        Page { stage, _folder: folder, file }
    }
}

/// A page of a project in which one issue was really worked on, and many texts are hostile.
fn page() -> Page {
    let s = stage();
    let n = s.issue("Add a note", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    s.rests();
    write_runs(
        &s,
        &hostile(),
        &["done", "blocked", "working", "escalated", "awaiting_review", "refused"],
        100,
    );
    for title in hostile() {
        let typed: String = title.chars().filter(|c| *c != '\0').take(200).collect();
        s.issue(&typed, "", &["backlog", "action"]);
    }
    fs::create_dir_all(s.run_folder(200)).unwrap();
    fs::write(s.run_folder(200).join("run.json"), "{<script>").unwrap();
    Page::of(s, 100..201)
}

fn url(file: &Path) -> String {
    format!("file://{}", file.display())
}

/// What the checker holds against what is shown now.
fn faults(b: &Browser) -> Vec<String> {
    let run = "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})\
               .then(r => r.violations.map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.target + ' ' + n.failureSummary).join(' | ')))";
    let found = b.value(run);
    found.as_array().unwrap().iter().map(|f| f.as_str().unwrap().to_string()).collect()
}

/// By how many pixels the page is wider than what is seen.
fn sideways(b: &Browser) -> i64 {
    b.value("document.documentElement.scrollWidth - document.documentElement.clientWidth").as_i64().unwrap()
}

#[test]
fn it_is_readable_on_a_phone_and_a_screen_in_both_themes() {
    let page = page();
    let file = &page.file;
    let (b, axe) = (Browser::start(), axe());
    for (width, theme) in [(360, "light"), (360, "dark"), (1280, "light"), (1280, "dark")] {
        b.looks(width, theme);
        b.open(&url(file));
        let ground = b.value("getComputedStyle(document.body).backgroundColor");
        assert_eq!(ground == "rgb(255, 255, 255)", theme == "light", "{theme}: {ground}");
        b.value(&axe);
        for place in ["", "#run-notes-1", "#run-notes-100", "#run-notes-103"] {
            b.value(&format!(
                "location.hash = '{place}'; document.querySelectorAll('details').forEach(d => d.open = true)"
            ));
            assert_eq!((sideways(&b), faults(&b)), (0, vec![]), "{place} at {width} px, {theme}");
        }
    }
    // The checker finds what is there to be found.
    b.value("document.body.insertAdjacentHTML('beforeend', '<p style=\"color:#999;background:#aaa\">faint</p><div style=\"width:3000px\">wide</div>')");
    assert!(sideways(&b) > 0 && faults(&b).iter().any(|f| f.starts_with("color-contrast")));
}

#[test]
fn it_asks_nobody_and_says_nothing_on_the_console() {
    let page = page();
    let file = &page.file;
    let b = Browser::start();
    // A new browser shows a page of its own first.
    b.open("about:blank");
    b.requests();
    b.console();
    b.looks(1280, "light");
    b.open(&url(file));
    for n in 100..106 {
        b.value(&format!("location.hash = '#run-notes-{n}'"));
    }
    let asked: BTreeSet<String> =
        b.requests().into_iter().map(|r| r.split('#').next().unwrap().to_string()).collect();
    assert_eq!(asked, BTreeSet::from([url(file)]));
    assert_eq!(b.console(), Vec::<String>::new());
    // A page that does would be found out.
    fs::write(file.with_file_name("bad.html"), "<img src='http://127.0.0.1:9/x.png'>").unwrap();
    b.open(&url(&file.with_file_name("bad.html")));
    assert!(b.requests().iter().any(|r| r.contains("127.0.0.1:9")) && !b.console().is_empty());
}

#[test]
fn no_text_is_more_than_a_text() {
    let page = page();
    let file = &page.file;
    let b = Browser::start();
    b.looks(1280, "light");
    b.open(&url(file));
    assert_eq!(b.value("document.scripts.length + document.images.length + document.querySelectorAll('iframe,form,input,object,embed,link,#evil').length"), 0);
    assert_eq!(b.value("typeof window.hacked"), "undefined");
    let odd = "[...document.querySelectorAll('*')].flatMap(e => [...e.attributes].map(a => a.name)).filter(n => n.startsWith('on') || n == 'style').length";
    assert_eq!(b.value(odd), 0);
    let links = "[...document.links].map(l => l.protocol).filter(p => p != 'file:').length";
    assert_eq!(b.value(links), 0, "a local project links nowhere but into the page");
    let heading = |n: u64| b.value(&format!("document.getElementById('run-notes-{n}-title').textContent"));
    assert!(
        heading(100)
            .as_str()
            .unwrap()
            .ends_with("#100 <script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>")
    );
    assert!(heading(105).as_str().unwrap().contains("{{7*7}} ${7*7} <%= 7*7 %> &amp; &lt;b&gt; 🦀"));
    // What turns the direction of a text is taken out, or at least ends with it.
    let turned = "[...document.body.querySelectorAll('*')].filter(e => [...e.childNodes].some(n => n.nodeType == 3 && /[\\u202a-\\u202e\\u2066-\\u2069\\u0000-\\u0008\\u001b]/.test(n.data))).length";
    assert_eq!(b.value(turned), 0);
    let text = fs::read_to_string(file).unwrap();
    assert!(text.len() < 400_000, "a long title is cut: {} bytes", text.len());
}

#[test]
fn it_can_be_used_without_a_mouse() {
    let page = page();
    let file = &page.file;
    let b = Browser::start();
    b.looks(1280, "light");
    b.open(&url(file));
    b.press("Tab");
    assert_eq!(b.value("document.activeElement.textContent"), "To the content");
    assert!(
        b.value("document.activeElement.getBoundingClientRect().left").as_f64().unwrap() >= 0.0,
        "it is seen"
    );
    let mut seen = BTreeSet::new();
    for _ in 0..200 {
        b.press("Tab");
        let at = b.value("document.activeElement.getAttribute('href')");
        if let Some(href) = at.as_str() {
            let outline = b.value("getComputedStyle(document.activeElement).outlineStyle");
            assert_ne!(outline, "none", "{href}");
            if !seen.insert(href.to_string()) && href == "#content" {
                break;
            }
        }
        if at == "#run-notes-1" && !seen.contains("opened") {
            seen.insert("opened".into());
            b.press("Enter");
            assert_eq!(b.value("location.hash"), "#run-notes-1");
            let shown = "getComputedStyle(document.getElementById('run-notes-1')).display + getComputedStyle(document.querySelector('.overview')).display";
            assert_eq!(b.value(shown), "blocknone", "the run's page is shown in the place of the overview");
            b.press("Tab");
            assert_eq!(
                b.value("document.activeElement.getAttribute('href')"),
                "#top",
                "its reader goes on there"
            );
            b.press("Enter");
            assert_eq!(b.value("getComputedStyle(document.querySelector('.overview')).display"), "block");
        }
    }
    assert!(seen.contains("opened"), "{seen:?}");
}

#[test]
fn it_holds_what_status_shows() {
    let page = page();
    let (s, file) = (&page.stage, &page.file);
    let b = Browser::start();
    b.looks(1280, "light");
    b.open(&url(file));
    let text = |place: &str| {
        b.value(&format!("document.querySelector({place:?}).textContent")).as_str().unwrap().to_string()
    };
    let over = text(".overview");
    for part in [
        "New work on",
        "#1 Add a note",
        "awaiting review",
        "The run on #200 cannot be read",
        "half landed within",
        "$1.50",
        "its session has died 3 times",
    ] {
        assert!(over.contains(part), "{part} in {over}");
    }
    let run = text("#run-notes-1");
    let shown: Value = serde_json::from_str(&s.run("status", &["show", "1", "--json"]).ends(0).out).unwrap();
    for event in shown["events"].as_array().unwrap() {
        assert!(run.contains(&event["kind"].as_str().unwrap().replace('_', " ")), "{event} in {run}");
    }
    assert!(run.contains("test: passed"), "what its checks printed: {run}");
    assert_eq!(b.value("document.querySelectorAll('.gantt svg').length"), 7);
}

/// Pictures for the docs, taken of a project that looks like one.
#[test]
#[ignore = "it writes docs/: `make pictures`"]
fn pictures_for_the_docs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let s = stage();
    let n = s.issue("Add a note", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    s.rests();
    let titles = [
        "Read the port from the environment",
        "Time zones in the weekly mail",
        "Sort notes by date",
        "A dark theme",
        "Say what is wrong with a bad date",
        "Drop the old importer",
        "Speed up the search",
        "Notes with pictures",
        "Undo for deletions",
        "A shorter start page",
        "Backups each night",
        "Translate the help",
    ];
    write_runs(
        &s,
        &titles.map(String::from),
        &["working", "awaiting_review", "escalated", "done", "done", "blocked"],
        2,
    );
    s.issue("Export as PDF", "Depends on #2", &["backlog"]);
    let page = Page::of(s, 2..14);
    let b = Browser::start();
    for (width, theme, name, most) in [(1100, "light", "report", 2300), (360, "dark", "report-phone", 1400)] {
        b.looks(width, theme);
        b.open(&url(&page.file));
        b.picture(&folder.join(format!("{name}.png")), most);
    }
}
