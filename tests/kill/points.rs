//! The points of `lib/effect.rs` as they stand in the source.

use std::fs;
use std::path::{Path, PathBuf};

/// The file that defines the markers.
const DEFINES: &str = "lib/effect.rs";

/// Production sources of the library and the binaries: path below the package, and text without its tests.
pub fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = vec![root.join("lib"), root.join("bins")];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
            continue;
        }
        let name = path.strip_prefix(root).unwrap().display().to_string();
        if name.ends_with(".rs") && !name.ends_with("tests.rs") && name != DEFINES {
            let text = fs::read_to_string(&path).unwrap();
            found.push((name, text.split("#[cfg(test)]").next().unwrap_or_default().to_string()));
        }
    }
    found.sort();
    found
}

/// Every marker: its name, and where it stands.
pub fn points() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (path, text) in sources() {
        for (at, _) in text.match_indices("effect::at(").chain(text.match_indices("effect::on(")) {
            let rest = text[at + "effect::at(".len()..].trim_start();
            let line = text[..at].lines().count();
            let name = rest.strip_prefix('"').and_then(|r| r.split('"').next());
            let name = name.unwrap_or_else(|| panic!("{path}:{line}: the name of a marker is a literal"));
            all.push((name.to_string(), format!("{path}:{line}")));
        }
    }
    all.sort();
    all
}
