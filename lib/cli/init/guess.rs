//! What a repository's files and remotes tell about how it is to be set up. Pure: files are read by whoever asks.

use serde_json::Value;

/// The project's own checks, as shell commands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checks {
    /// What it took them from, for people.
    pub from: String,
    /// What fetches dependencies into a fresh clone.
    pub setup: Option<String>,
    /// What builds it.
    pub build: Option<String>,
    /// What lints it.
    pub lint: Option<String>,
    /// What tests it.
    pub test: Option<String>,
}

/// The content of a file of the repository's top folder, if it is there.
pub type Files<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// One way to find them.
type Way = fn(&Files<'_>) -> Option<Checks>;

/// The ways to find checks: what a project has written down for people comes before what its language suggests.
const WAYS: &[Way] = &[make, just, cargo, node, python, go, maven, gradle, mix];

/// The checks of a repository.
pub fn checks(files: &Files<'_>) -> Checks {
    WAYS.iter().find_map(|way| way(files)).unwrap_or_default()
}

fn told(from: &str, build: Option<&str>, test: &str) -> Checks {
    let (build, test) = (build.map(String::from), Some(test.to_string()));
    Checks { from: from.into(), build, test, ..Checks::default() }
}

/// Whether a file of rules such as a Makefile has one of this name.
fn has_rule(text: &str, rule: &str) -> bool {
    text.lines().any(|l| l.strip_prefix(rule).is_some_and(|rest| rest.trim_start().starts_with(':')))
}

fn rules(file: &str, tool: &str, text: &str) -> Option<Checks> {
    let rule = |name: &str| has_rule(text, name).then(|| format!("{tool} {name}"));
    let test = Some(rule("test").or_else(|| rule("check"))?);
    Some(Checks { from: file.into(), build: rule("build"), lint: rule("lint"), test, setup: None })
}

fn make(files: &Files<'_>) -> Option<Checks> {
    rules("Makefile", "make", &files("Makefile")?)
}

fn just(files: &Files<'_>) -> Option<Checks> {
    rules("justfile", "just", &files("justfile")?)
}

fn cargo(files: &Files<'_>) -> Option<Checks> {
    files("Cargo.toml").map(|_| told("Cargo.toml", Some("cargo build"), "cargo test"))
}

/// What `npm init` writes where there are no tests.
const NO_TESTS: &str = "no test specified";

fn node(files: &Files<'_>) -> Option<Checks> {
    let package: Value = serde_json::from_str(&files("package.json")?).ok()?;
    let managers = [
        ("pnpm-lock.yaml", "pnpm", "pnpm install --frozen-lockfile"),
        ("yarn.lock", "yarn", "yarn install --frozen-lockfile"),
        ("bun.lock", "bun", "bun install --frozen-lockfile"),
        ("bun.lockb", "bun", "bun install --frozen-lockfile"),
        ("package-lock.json", "npm", "npm ci"),
    ];
    let locked = managers.iter().find(|(file, ..)| files(file).is_some());
    let (_, manager, install) = locked.copied().unwrap_or(("", "npm", "npm install"));
    let needs = |kind: &str| package[kind].as_object().is_some_and(|all| !all.is_empty());
    let script = |name: &str| {
        let text = package["scripts"][name].as_str().filter(|text| !text.contains(NO_TESTS))?;
        (!text.is_empty()).then(|| format!("{manager} run {name}"))
    };
    let setup = (needs("dependencies") || needs("devDependencies")).then(|| install.to_string());
    Some(Checks {
        from: "package.json".into(),
        setup,
        build: script("build"),
        lint: script("lint"),
        test: script("test"),
    })
}

/// What tells a Python project, or what its tests need.
const PYTHON: [&str; 6] =
    ["pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "requirements.txt", "requirements-dev.txt"];

fn python(files: &Files<'_>) -> Option<Checks> {
    let texts = PYTHON.map(files);
    let first = texts.iter().position(Option::is_some)?;
    let pytest = files("pytest.ini").is_some()
        || files("conftest.py").is_some()
        || texts.iter().flatten().any(|text| text.contains("pytest"));
    let test = match (files("uv.lock").is_some(), files("poetry.lock").is_some(), pytest) {
        (true, ..) => "uv run pytest",
        (_, true, _) => "poetry run pytest",
        (.., true) => "python3 -m pytest",
        _ => "python3 -m unittest discover",
    };
    Some(told(PYTHON[first], None, test))
}

fn go(files: &Files<'_>) -> Option<Checks> {
    files("go.mod").map(|_| told("go.mod", Some("go build ./..."), "go test ./..."))
}

fn maven(files: &Files<'_>) -> Option<Checks> {
    files("pom.xml").map(|_| told("pom.xml", None, "mvn -q -B verify"))
}

fn gradle(files: &Files<'_>) -> Option<Checks> {
    let file = ["build.gradle", "build.gradle.kts"].into_iter().find(|file| files(file).is_some())?;
    let test = if files("gradlew").is_some() { "./gradlew test" } else { "gradle test" };
    Some(told(file, None, test))
}

fn mix(files: &Files<'_>) -> Option<Checks> {
    let checks = files("mix.exs").map(|_| told("mix.exs", Some("mix compile"), "mix test"))?;
    Some(Checks { setup: Some("mix deps.get".into()), ..checks })
}

/// Where a remote leads: the web address of its server, and the repository there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// As in `https://forge.example`.
    pub server: String,
    /// As in `owner/name`.
    pub repo: String,
}

impl Place {
    /// Of an address as git takes it; none for a folder. A server that is reached by ssh is taken to answer https at the same
    /// name. Credentials in an address are left out.
    pub fn of(url: &str) -> Option<Place> {
        let (server, path) = match url.split_once("://") {
            Some((scheme, rest)) => {
                let (host, path) = rest.split_once('/')?;
                let host = host.rsplit('@').next()?;
                match scheme {
                    "http" | "https" => (format!("{scheme}://{host}"), path),
                    "ssh" | "git+ssh" => (format!("https://{}", host.split(':').next()?), path),
                    _ => return None,
                }
            }
            // git's short form of an ssh address, user@host:path.
            None => {
                let (host, path) = url.split_once(':').filter(|(host, _)| !host.contains('/'))?;
                (format!("https://{}", host.rsplit('@').next()?), path)
            }
        };
        let path = path.trim_matches('/');
        let repo = path.strip_suffix(".git").unwrap_or(path);
        (repo.split('/').count() >= 2 && !repo.starts_with('~'))
            .then(|| Place { server, repo: repo.to_string() })
    }

    /// The forge that this is by its name, where drover does not work with it.
    pub fn unsupported(&self) -> Option<&'static str> {
        let known = [("github.com", "GitHub"), ("dev.azure.com", "Azure DevOps"), ("gitlab.com", "GitLab")];
        known.into_iter().find(|(host, _)| self.server.ends_with(host)).map(|(_, name)| name)
    }
}

/// A name as a project may have it, made of any text.
pub fn name(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    let name: String = text.chars().map(plain).take(64).collect();
    let name = name.trim_matches(['-', '.']).to_string();
    if name.is_empty() { "project".into() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(all: &[(&str, &str)]) -> Checks {
        checks(&|name| all.iter().find(|(file, _)| *file == name).map(|(_, text)| text.to_string()))
    }

    fn commands(all: &[(&str, &str)]) -> [String; 4] {
        let checks = found(all);
        [checks.setup, checks.build, checks.lint, checks.test].map(Option::unwrap_or_default)
    }

    #[test]
    fn each_kind_of_project_has_its_checks() {
        for (files, [setup, build, lint, test]) in [
            (vec![("Cargo.toml", "")], ["", "cargo build", "", "cargo test"]),
            (
                vec![("Cargo.toml", ""), ("Makefile", "all:\ntest: x\nlint:\n")],
                ["", "", "make lint", "make test"],
            ),
            (
                vec![("Cargo.toml", ""), ("Makefile", "tests:\n\ttest: x\n")],
                ["", "cargo build", "", "cargo test"],
            ),
            (vec![("justfile", "build:\ncheck:\n")], ["", "just build", "", "just check"]),
            (vec![("go.mod", "")], ["", "go build ./...", "", "go test ./..."]),
            (vec![("pyproject.toml", "[tool.pytest]")], ["", "", "", "python3 -m pytest"]),
            (vec![("setup.py", "")], ["", "", "", "python3 -m unittest discover"]),
            (vec![("pyproject.toml", ""), ("uv.lock", "")], ["", "", "", "uv run pytest"]),
            (vec![("build.gradle.kts", ""), ("gradlew", "")], ["", "", "", "./gradlew test"]),
            (vec![("mix.exs", "")], ["mix deps.get", "mix compile", "", "mix test"]),
            (vec![("README.md", "")], ["", "", "", ""]),
        ] {
            assert_eq!(commands(&files), [setup, build, lint, test].map(String::from), "{files:?}");
        }
    }

    #[test]
    fn a_package_of_node_tells_its_scripts_and_who_runs_them() {
        let package =
            r#"{"scripts": {"test": "node --test", "lint": "eslint ."}, "devDependencies": {"eslint": "9"}}"#;
        assert_eq!(
            commands(&[("package.json", package), ("package-lock.json", "{}")]),
            ["npm ci", "", "npm run lint", "npm run test"].map(String::from)
        );
        assert_eq!(
            commands(&[("package.json", package), ("pnpm-lock.yaml", "")]),
            ["pnpm install --frozen-lockfile", "", "pnpm run lint", "pnpm run test"].map(String::from)
        );
        let bare = r#"{"scripts": {"test": "echo \"Error: no test specified\" && exit 1"}}"#;
        assert_eq!(commands(&[("package.json", bare)]), [""; 4].map(String::from));
        assert_eq!(commands(&[("package.json", "{")]), [""; 4].map(String::from), "not JSON");
    }

    #[test]
    fn a_remote_tells_the_server_and_the_repository() {
        let place = |url| Place::of(url).map(|p| (p.server, p.repo));
        let is = |server: &str, repo: &str| Some((server.to_string(), repo.to_string()));
        for (url, expected) in [
            ("https://code.test/maria/notes.git", is("https://code.test", "maria/notes")),
            ("http://me:secret@code.test:3000/maria/notes", is("http://code.test:3000", "maria/notes")),
            ("git@code.test:maria/notes.git", is("https://code.test", "maria/notes")),
            ("ssh://git@code.test:2222/maria/notes.git", is("https://code.test", "maria/notes")),
            ("/srv/git/notes.git", None),
            ("../notes", None),
            ("file:///srv/git/notes.git", None),
            ("backup:notes.git", None),
        ] {
            assert_eq!(place(url), expected, "{url}");
        }
        let unsupported = |url| Place::of(url).and_then(|p| p.unsupported());
        assert_eq!(unsupported("git@github.com:maria/notes.git"), Some("GitHub"));
        assert_eq!(unsupported("git@code.test:maria/notes.git"), None);
    }

    #[test]
    fn any_folder_gives_a_name() {
        let names = ["notes", "My Notes!", "..", "größe", "a.b_c-d"].map(name);
        assert_eq!(names, ["notes", "My-Notes", "project", "gr--e", "a.b_c-d"]);
    }
}
