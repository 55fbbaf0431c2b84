//! `docs/config.md`, written from the table of keys.

use super::keys::{Effect, Fallback, KEYS, Key, Kind};
use std::fmt::Write;

const HEAD: &str = "\
# Configuration

<!-- Written from lib/config/keys.rs. After a change: UPDATE_DOCS=1 cargo test --test config -->

A project is one TOML file in `projects/` below the root. An unknown key or a value of the wrong type is an error
that names the file, the key and what was expected; only that project is then skipped. `projects/example.toml.example`
is a file to start from.

**Which value holds:** `--set key=value` of one call, then the project file, then the environment, then the default.
The environment is the process's own and, below it, the file `.env`; a variable that is empty counts as not set.

**The root** is the folder of `--root`, else of `$FACTORY_ROOT`, else the nearest parent that holds both `projects/`
and `state/.drover`, else `~/.config/drover` with its state in `~/.local/state/drover`.

**Secrets** never stand in a project file. They come from a variable (its usual name below, or the one that
`token_env` names), from a file of their own (`token_file`), or from `.env` beside `projects/`. That file has lines
`KEY=VALUE`, with `export`, quotes and comments as in a shell; its mode must be 0600, and inside the agents' container
(`DISINTO_CONTAINER=1`) it is not read. A session is given none of ours.

With `--set`, a list is separated by commas or written as in TOML: `--set people.reviewers=maria,jo`.
";

/// The whole page.
pub fn markdown() -> String {
    let mut page = HEAD.to_string();
    for section in sections() {
        let rows: Vec<&Key> = used().filter(|k| section_of(k) == section).collect();
        page.push_str(&section_table(section, &rows));
    }
    page.push_str(&variables());
    page.push_str(&accepted());
    let _ = write!(page, "\n## Example\n\n```toml\n{}```\n", EXAMPLE);
    page
}

/// The example of the page: small, and it loads.
pub const EXAMPLE: &str = "\
repo = \"acme/website\"
forge_url = \"https://forge.example.org\"
repo_root = \"~/website\"
primary_branch = \"main\"

[agent]
command = [\"claude\", \"-p\", \"--output-format\", \"stream-json\"]

[verify]
test = \"cargo test\"
lint = \"cargo clippy -- -D warnings\"

[limits]
sessions = 2
window = \"22:00-07:00\"

[people]
maintainers = [\"maria\"]
reviewers = [\"maria\", \"jo\"]

[people.maria]
matrix = \"@maria:example.org\"

[mirrors]
github = \"git@github.com:acme/website.git\"
";

fn used() -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(|k| k.effect == Effect::Used && !k.path.is_empty())
}

/// The sections in the order of the table; the keys outside of any come first, under the empty name.
fn sections() -> Vec<&'static str> {
    let mut all = vec![""];
    for key in used() {
        if !all.contains(&section_of(key)) {
            all.push(section_of(key));
        }
    }
    all
}

/// A table of texts is a section of its own if it stands at the top.
fn section_of(key: &Key) -> &'static str {
    match key.path.split_once('.') {
        Some((section, _)) => section,
        None if key.kind == Kind::Table => key.path,
        None => "",
    }
}

fn section_table(section: &str, rows: &[&Key]) -> String {
    let title =
        if section.is_empty() { "Keys outside of any section".to_string() } else { format!("`[{section}]`") };
    let mut text =
        format!("\n## {title}\n\n| key | type | default | variable | meaning |\n|---|---|---|---|---|\n");
    for key in rows {
        let below = key.path.strip_prefix(section).and_then(|p| p.strip_prefix('.'));
        let inside = below.unwrap_or(if key.path == section { "<name>" } else { key.path });
        let mut names = format!("`{inside}`");
        for alias in key.aliases {
            let _ = write!(names, ", at the top `{alias}`");
        }
        let (kind, default, doc) = (kind(key.kind), default(key), key.doc);
        let row = format!("| {names} | {kind} | {default} | {} | {} |", variable_names(key), cell(doc));
        text.push_str(&row);
        text.push('\n');
    }
    text
}

fn variables() -> String {
    let mut text =
        "\n## Variables without a key\n\n| variable | default | meaning |\n|---|---|---|\n".to_string();
    for key in KEYS.iter().filter(|k| k.effect == Effect::Used && k.path.is_empty()) {
        let _ = writeln!(text, "| {} | {} | {} |", variable_names(key), default(key), cell(key.doc));
    }
    text
}

fn accepted() -> String {
    let mut text = "\n## Accepted without effect\n\nFiles and environments of the system that drover follows may hold \
                    these. They are read over, whatever their value.\n\n| key or variable | why |\n|---|---|\n"
        .to_string();
    for key in KEYS.iter().filter(|k| k.effect == Effect::Accepted) {
        let path = if key.path.is_empty() { String::new() } else { format!("`{}`", key.path) };
        let names: Vec<String> = [path, variable_names(key)].into_iter().filter(|n| !n.is_empty()).collect();
        let _ = writeln!(text, "| {} | {} |", names.join(", "), cell(key.doc));
    }
    text
}

fn variable_names(key: &Key) -> String {
    let name = |(i, v): (usize, &&str)| if i == 0 { format!("`{v}`") } else { format!("else `{v}`") };
    key.vars.iter().enumerate().map(name).collect::<Vec<_>>().join(", ")
}

fn kind(kind: Kind) -> String {
    match kind {
        Kind::Text | Kind::Secret => "text".to_string(),
        Kind::Word(words) => words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", "),
        Kind::Int(low, high) => format!("{low} to {high}"),
        Kind::Number => "number".to_string(),
        Kind::Bool => "true, false".to_string(),
        Kind::List => "list of texts".to_string(),
        Kind::Table => "table of texts".to_string(),
    }
}

fn default(key: &Key) -> String {
    match key.default {
        Fallback::None => "–".to_string(),
        Fallback::Computed(how) => cell(how),
        Fallback::Value("") => "empty".to_string(),
        Fallback::Value(value) if key.kind == Kind::List => {
            value.split(',').map(|item| cell(&format!("`{item}`"))).collect::<Vec<_>>().join(", ")
        }
        Fallback::Value(value) => cell(&format!("`{value}`")),
    }
}

/// A text inside of a table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
