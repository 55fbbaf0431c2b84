//! Files that a run must not publish for their name, their size, their kind or their place, and text that was
//! left half merged.

use super::{Addition, Finding, Rules, additions, finding};
use crate::domain::diff::{Change, Diff, FileChange};
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// All findings about files.
pub fn refusals(diff: &Diff, rules: &Rules) -> Vec<Finding> {
    let sizes = added_bytes(diff);
    let mut found = Vec::new();
    for file in &diff.files {
        found.extend(protected(file, rules));
        if !rules.allows(&file.path) && file.change != Change::Deleted {
            found.extend(forbidden(file));
            found.extend(oversize(file, sizes.get(file.path.as_str()).copied().unwrap_or(0), rules));
            found.extend(odd_kind(file));
        }
    }
    found.extend(passing_through(diff, rules));
    found.extend(additions(diff, rules).iter().filter_map(conflict_marker));
    found
}

fn protected(file: &FileChange, rules: &Rules) -> Option<Finding> {
    let remedy = "Undo this change; if the issue needs it, ask a person with `PHASE:escalate` and say why.";
    rules
        .protects(&file.path)
        .then(|| finding("file.protected", &file.path, "this project lets no run change it", remedy))
}

/// Whether the name is new here: what the base has already is not for this run to clean up.
fn named_anew(file: &FileChange) -> bool {
    matches!(file.change, Change::Added | Change::Renamed)
}

const UNCOMMIT: &str = "Take it out of the commit that adds it (amend or rebase, so that no commit holds it) and add it to .gitignore.";

fn forbidden(file: &FileChange) -> Option<Finding> {
    if named_anew(file) && escapes(&file.path) {
        let remedy = "Give it a path inside the repository.";
        return Some(finding(
            "file.path",
            &file.path,
            "its path leads out of the repository or into .git",
            remedy,
        ));
    }
    let kind = named_anew(file).then(|| secret_name(&file.path)).flatten()?;
    Some(finding("file.forbidden", &file.path, format!("files of this name usually hold {kind}"), UNCOMMIT))
}

fn escapes(path: &str) -> bool {
    path.split(['/', '\\']).any(|part| part == ".." || part.eq_ignore_ascii_case(".git"))
        || path.starts_with('/')
}

/// A file that one commit adds and a later one takes away: the head lacks it, but the history would have it.
fn passing_through(diff: &Diff, rules: &Rules) -> Vec<Finding> {
    let at_head: BTreeSet<&str> = diff.files.iter().map(|f| f.path.as_str()).collect();
    let gone = additions(diff, rules).into_iter().filter(|a| !at_head.contains(a.path()));
    let judged = gone.filter_map(|a| {
        let kind = secret_name(a.path())?;
        let what = format!(
            "files of this name usually hold {kind}; a later commit removes it, but the history keeps it"
        );
        Some(finding("file.forbidden", &a.place(0), what, UNCOMMIT))
    });
    judged.collect()
}

/// What files of this name usually hold, if it is a secret.
fn secret_name(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let sample = NO_SECRET.is_match(&name);
    NAMES.iter().find(|(pattern, _)| !sample && pattern.is_match(&name)).map(|(_, kind)| *kind)
}

static NO_SECRET: LazyLock<Regex> = LazyLock::new(|| {
    literal(r"\.pub$|(?:^|[._-])(?:example|sample|template|tmpl|dist|defaults?)(?:$|[._-])")
});

static NAMES: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    let table = [
        (r"^\.envrc$|^\.env(?:$|[._-])", "passwords and tokens"),
        (r"\.(?:pem|key|ppk|p8)$|^id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?(?:$|[._-])", "private keys"),
        (r"\.(?:p12|pfx|kdbx|jks|keystore)$", "private keys"),
        (
            r"^(?:\.npmrc|\.pypirc|\.netrc|_netrc|\.htpasswd|\.git-credentials|\.pgpass|\.dockercfg|\.my\.cnf)$",
            "credentials",
        ),
        (r"^kubeconfig(?:$|\.)|\.kubeconfig$", "credentials of a cluster"),
        (r"\.tfstate(?:$|\.)", "the secrets of an infrastructure"),
        (
            r"^credentials(?:\.(?:json|ya?ml|toml|ini|cfg|conf|csv|xml|txt|db))?$|^client_secret.*\.json$",
            "credentials",
        ),
        (r"service[._-]?account.*\.json$", "the key of a service account"),
    ];
    table.into_iter().map(|(pattern, kind)| (literal(pattern), kind)).collect()
});

fn literal(pattern: &str) -> Regex {
    Regex::new(pattern).expect("literal pattern")
}

/// Files that tools write and that are meant to be committed whatever their size.
const LOCK_FILES: &[&str] = &[
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "go.sum",
    "packages.lock.json",
    "bun.lockb",
    "gradle.lockfile",
    "paket.lock",
    "Package.resolved",
];

/// Whether the path is that of a package manager's lock file.
pub fn is_lock_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.ends_with(".lock") || LOCK_FILES.contains(&name)
}

/// How much text the commits add to each file, in bytes.
fn added_bytes(diff: &Diff) -> BTreeMap<&str, u64> {
    let mut sizes = BTreeMap::new();
    for line in &diff.added {
        *sizes.entry(line.path.as_str()).or_insert(0) += line.text.len() as u64 + 1;
    }
    sizes
}

/// A text file that was large before is judged by what is added to it, all others by their size.
fn oversize(file: &FileChange, added: u64, rules: &Rules) -> Option<Finding> {
    let bytes = if file.change == Change::Added || file.binary { file.bytes } else { added.min(file.bytes) };
    let too_large = bytes > rules.max_file_bytes && !is_lock_file(&file.path);
    let what = || format!("{bytes} bytes are more than the {} that a file may bring", rules.max_file_bytes);
    let remedy =
        "Leave it out of the commits (amend or rebase) if it is generated or data; else make it smaller.";
    too_large.then(|| finding("file.oversize", &file.path, what(), remedy))
}

/// Links and submodules: where they lead is not in the diff.
fn odd_kind(file: &FileChange) -> Option<Finding> {
    let remedy = "Commit the file itself instead; if the issue needs it, ask a person with `PHASE:escalate`.";
    if file.symlink && file.change != Change::Renamed {
        return Some(finding("file.symlink", &file.path, "a symbolic link is added or changed", remedy));
    }
    let added = file.submodule && named_anew(file);
    added
        .then(|| finding("file.submodule", &file.path, "a submodule or a nested repository is added", remedy))
}

fn conflict_marker(addition: &Addition<'_>) -> Option<Finding> {
    let marks = |mark: &str| {
        addition.lines.iter().position(|l| {
            l.text.strip_prefix(mark).is_some_and(|r| r.trim_end().is_empty() || r.starts_with(' '))
        })
    };
    // `=======` alone underlines a title.
    let first = [marks("<<<<<<<"), marks(">>>>>>>")].into_iter().flatten().min()?;
    let what = match marks("=======") {
        Some(_) => "a merge conflict was committed as it stood",
        None => "a marker of a merge conflict was left",
    };
    let remedy = "Resolve it and fold that into the same commit (amend, or rebase with a fixup), so that no commit holds it.";
    Some(finding("text.conflict_marker", &addition.place(first), what, remedy))
}

#[cfg(test)]
mod tests {
    use super::super::cases::{added, commit, file, gates_of, one_commit, text_in};
    use super::*;

    fn with(files: Vec<FileChange>) -> Diff {
        Diff { files, ..one_commit(&[]) }
    }

    fn changed(path: &str, change: Change) -> FileChange {
        FileChange { change, ..file(path) }
    }

    #[test]
    fn files_that_usually_hold_secrets_are_refused_by_name() {
        for path in [
            ".env",
            "a/.env.staging",
            ".env.local",
            ".envrc",
            ".ENV",
            "server.pem",
            "a/b/tls.key",
            "x.P12",
            "x.pfx",
            "pw.kdbx",
            "app.jks",
            "id_rsa",
            "ssh/id_ed25519",
            "id_ecdsa_sk",
            "id_rsa.bak",
            ".npmrc",
            ".pypirc",
            ".netrc",
            "web/.htpasswd",
            ".git-credentials",
            "kubeconfig",
            "kubeconfig.yaml",
            "prod.tfstate",
            "x.tfstate.backup",
            "credentials",
            ".aws/credentials",
            "credentials.json",
            "my-service-account.json",
            "service_account_key.json",
            "client_secret_1.json",
        ] {
            assert_eq!(gates_of(&with(vec![file(path)])), ["file.forbidden"], "{path}");
        }
    }

    #[test]
    fn names_that_only_resemble_those_are_fine() {
        for path in [
            ".env.example",
            ".env.sample",
            ".env.template",
            "example.env",
            "environment.ts",
            ".environment",
            "id_rsa.pub",
            "id_map.rs",
            "id_generator.py",
            "keys.rs",
            "key",
            "monkey.keys",
            "pem.rs",
            "credentials.rs",
            "credentials.md",
            "credentials_test.go",
            "tfstate.md",
            "kubeconfig_parser.go",
            "npmrc",
            "service_account.rs",
            "src/env.rs",
            ".env/readme",
        ] {
            assert_eq!(gates_of(&with(vec![file(path)])), [] as [&str; 0], "{path}");
        }
    }

    #[test]
    fn a_name_that_the_base_has_is_not_this_runs_fault() {
        for (change, refused) in [
            (Change::Added, true),
            (Change::Renamed, true),
            (Change::Modified, false),
            (Change::Deleted, false),
        ] {
            assert_eq!(!gates_of(&with(vec![changed(".env", change)])).is_empty(), refused, "{change:?}");
        }
    }

    #[test]
    fn a_file_that_comes_and_goes_is_in_the_history_all_the_same() {
        let mut diff = one_commit(&[("conf/.env", "A=b"), ("conf/.env", "C=d"), ("tmp.txt", "x")]);
        diff.commits.push(commit(2, "Remove it"));
        assert_eq!(gates_of(&diff), ["file.forbidden"]);
        diff.files = vec![changed("conf/.env", Change::Deleted)];
        assert_eq!(gates_of(&diff), [] as [&str; 0], "the base had it");
    }

    #[test]
    fn large_files_are_refused_unless_they_are_lock_files() {
        let sized = |path: &str, bytes: u64| with(vec![FileChange { bytes, ..file(path) }]);
        assert_eq!(gates_of(&sized("a.bin", 1_000_001)), ["file.oversize"]);
        assert_eq!(gates_of(&sized("a.bin", 1_000_000)), [] as [&str; 0]);
        for path in
            ["Cargo.lock", "web/package-lock.json", "pnpm-lock.yaml", "yarn.lock", "go.sum", "uv.lock"]
        {
            assert_eq!(gates_of(&sized(path, 9_000_000)), [] as [&str; 0], "{path}");
        }
        let rules = Rules { max_file_bytes: 5, ..Rules::default() };
        assert_eq!(
            super::super::refusals(&sized("a", 6), &rules)[0].what,
            "6 bytes are more than the 5 that a file may bring"
        );
    }

    #[test]
    fn a_large_file_of_the_base_may_be_edited_but_not_grown_by_as_much() {
        let big =
            |binary: bool, change: Change| FileChange { bytes: 5_000_000, binary, ..changed("data", change) };
        assert_eq!(gates_of(&with(vec![big(false, Change::Modified)])), [] as [&str; 0]);
        assert_eq!(gates_of(&with(vec![big(true, Change::Modified)])), ["file.oversize"]);
        assert_eq!(gates_of(&with(vec![big(true, Change::Deleted)])), [] as [&str; 0]);
        let mut diff = one_commit(&[("data", &"x".repeat(1_500_000))]);
        diff.files = vec![big(false, Change::Modified)];
        assert_eq!(gates_of(&diff), ["file.oversize"]);
    }

    #[test]
    fn links_and_submodules_are_for_a_person_to_allow() {
        let link = |change| FileChange { symlink: true, ..changed("l", change) };
        let module = |change| FileChange { submodule: true, ..changed("m", change) };
        for change in [Change::Added, Change::Modified] {
            assert_eq!(gates_of(&with(vec![link(change)])), ["file.symlink"]);
        }
        assert_eq!(gates_of(&with(vec![module(Change::Added)])), ["file.submodule"]);
        assert_eq!(
            gates_of(&with(vec![
                link(Change::Deleted),
                link(Change::Renamed),
                module(Change::Modified),
                module(Change::Deleted)
            ])),
            [] as [&str; 0]
        );
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        for path in ["../x", "a/../../x", "/etc/passwd", ".git/hooks/x", "a/.GIT/config", "a\\..\\b"] {
            assert_eq!(gates_of(&with(vec![file(path)])), ["file.path"], "{path}");
        }
        assert_eq!(
            gates_of(&with(vec![file(".github/x"), file("a..b"), file(".gitignore")])),
            [] as [&str; 0]
        );
    }

    #[test]
    fn protected_paths_may_not_change_in_any_way() {
        let rules = Rules {
            protected_paths: vec![".github/workflows/**".into(), "LICENSE".into()],
            ..Rules::default()
        };
        for change in [Change::Added, Change::Modified, Change::Deleted, Change::Renamed] {
            let diff = with(vec![
                changed(".github/workflows/ci.yml", change),
                changed("LICENSE", change),
                changed("src/x", change),
            ]);
            let found = super::super::refusals(&diff, &rules);
            assert_eq!(
                found.iter().map(|f| f.gate).collect::<Vec<_>>(),
                ["file.protected", "file.protected"]
            );
        }
    }

    /// A marker line; whole, it would stop other tools.
    fn mark(c: char, behind: &str) -> String {
        c.to_string().repeat(7) + behind
    }

    #[test]
    fn conflict_markers_are_found_once_a_file() {
        let conflict =
            [mark('<', " HEAD"), "a".into(), mark('=', ""), "b".into(), mark('>', " main")].join("\n");
        let found = super::super::refusals(
            &text_in("a.rs", &format!("x\n{conflict}\n{conflict}")),
            &Rules::default(),
        );
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].gate, found[0].what.as_str()),
            ("text.conflict_marker", "a merge conflict was committed as it stood")
        );
        assert!(found[0].place.starts_with("a.rs:2 in commit "), "{}", found[0].place);
    }

    #[test]
    fn one_side_of_a_conflict_is_enough_and_an_underline_is_not() {
        for text in [mark('<', " HEAD"), mark('>', " 1234abc (Do it)"), mark('>', "")] {
            assert_eq!(gates_of(&text_in("a", &text)), ["text.conflict_marker"], "{text}");
        }
        for text in [
            mark('=', ""),
            format!("Title\n{}", mark('=', "")),
            mark('<', "<"),
            format!(" {}", mark('<', " x")),
            mark('>', ">> x"),
            format!("1 {}", mark('<', " 2")),
        ] {
            assert_eq!(gates_of(&text_in("a", &text)), [] as [&str; 0], "{text}");
        }
    }

    #[test]
    fn markers_are_found_in_files_with_windows_line_ends() {
        let lines = [mark('<', " HEAD\r"), mark('=', "\r"), mark('>', "\r")];
        let found = super::super::refusals(
            &one_commit(&lines.each_ref().map(|l| ("a", l.as_str()))),
            &Rules::default(),
        );
        assert_eq!(found[0].what, "a merge conflict was committed as it stood");
    }

    #[test]
    fn markers_of_two_commits_are_two_findings() {
        let mut diff = text_in("a", &mark('<', " x"));
        diff.commits.push(commit(2, "m"));
        diff.added.push(added(2, "a", 5, &mark('>', " x")));
        assert_eq!(gates_of(&diff).len(), 2);
    }
}
