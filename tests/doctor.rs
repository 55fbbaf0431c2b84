//! `drover doctor`: what would not work is said before the night, each with what to do about it.

use crate::fake::state::Protection;
use crate::site;
use crate::stage::{Said, Stage, bin, git};
use drover::ops::doctor::CHECKS;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// Replaces a part of the project's TOML.
fn change(s: &Stage, from: &str, to: &str) {
    let text = fs::read_to_string(s.toml_file()).unwrap();
    assert!(text.contains(from), "{from} in {text}");
    fs::write(s.toml_file(), text.replace(from, to)).unwrap();
}

/// A program before all others of its name.
fn program(s: &mut Stage, name: &str, text: &str) {
    fs::create_dir_all(s.path("bin")).unwrap();
    s.script(&format!("bin/{name}"), text);
    let path = format!("{}:{}", s.path("bin").display(), std::env::var("PATH").unwrap());
    s.vars.retain(|(n, _)| n != "PATH");
    s.vars.push(("PATH".into(), path));
}

/// git, but for what a line of shell does first.
fn odd_git(s: &mut Stage, first: &str) {
    let real =
        std::env::split_paths(&std::env::var_os("PATH").unwrap()).map(|d| d.join("git")).find(|g| g.exists());
    program(s, "git", &format!("{first}\nexec '{}' \"$@\"\n", real.unwrap().display()));
}

/// A stage on a server where all is well: the primary branch is protected.
fn served() -> Stage {
    let s = site::set(Stage::with());
    site::of(&s).fake.state.lock().unwrap().protection =
        Some(Protection { contexts: vec!["ci/test".into()], approvals: 1 });
    s
}

/// Has another account speak for us.
fn as_account(s: &Stage, account: &str) {
    site::of(s).fake.state.lock().unwrap().tokens.insert("other".into(), account.into());
    fs::write(s.root().join(".env"), "FORGE_TOKEN=other\n").unwrap();
    fs::set_permissions(s.root().join(".env"), fs::Permissions::from_mode(0o600)).unwrap();
}

/// For every check that can fail, a stage on which it does, and words of what is said then.
type Fixture = (&'static str, &'static str, fn() -> Stage);

const FIXTURES: &[Fixture] = &[
    ("project", "nonsense", || {
        let s = Stage::new();
        fs::write(s.toml_file(), "nonsense = 1\n").unwrap();
        s
    }),
    ("cron", "no line of your crontab starts drover's ticks", || {
        let mut s = Stage::new();
        program(&mut s, "crontab", "echo 'no crontab for you' >&2; exit 1\n");
        s
    }),
    ("home", "and your home folder is", || {
        let mut s = Stage::new();
        s.vars.push(("HOME".into(), s.path("elsewhere").display().to_string()));
        s
    }),
    ("state", "Is a directory", || {
        let s = Stage::new();
        fs::create_dir_all(s.project().join(".probe/in-the-way")).unwrap();
        s
    }),
    ("memory", "MB of memory free, 999999999 wanted", || limit("memory_mb = 0", "memory_mb = 999999999")),
    ("disk", "MB of disk free, 999999999 wanted", || limit("disk_mb = 0", "disk_mb = 999999999")),
    ("load", "at most 0.0 is wanted", || limit("disk_mb = 0", "disk_mb = 0\nload = 0.0001")),
    ("clock", "ahead of the forge's", || {
        let s = served();
        site::of(&s).fake.quirks.lock().unwrap().skew = -7200;
        s
    }),
    ("ticks", "the last was 1h ago", || {
        let s = Stage::new();
        s.poll();
        s.later(3600);
        s
    }),
    ("git", "git 2.20.1 is too old", || {
        let mut s = Stage::new();
        odd_git(&mut s, "[ \"$1\" = --version ] && echo git version 2.20.1 && exit");
        s
    }),
    ("tmux", "is it installed?", || {
        let mut s = Stage::new();
        program(&mut s, "tmux", "echo no tmux here >&2; exit 127\n");
        s
    }),
    ("repo", "Could not find remote branch nowhere", || {
        limit("primary_branch = \"main\"", "primary_branch = \"nowhere\"")
    }),
    ("forge", "eve may not write to acme/notes", || {
        let s = served();
        as_account(&s, "eve");
        s
    }),
    ("token", "it may not label, comment or close issues", || {
        let s = served();
        as_account(&s, "bot-");
        s
    }),
    ("push", "remote says no", || {
        let mut s = served();
        odd_git(
            &mut s,
            "case \" $* \" in *' push --dry-run '*) echo 'remote: remote says no' >&2; exit 1;; esac",
        );
        s
    }),
    ("primary", "our account may push to main: it is not protected", || {
        let s = served();
        site::of(&s).fake.state.lock().unwrap().protection = None;
        s
    }),
    ("labels", "missing: backlog", || {
        let s = served();
        as_account(&s, "bot-");
        s
    }),
    ("ci", "the token is not accepted", || {
        let mut s = site::set(Stage::with());
        site::woodpecker(&mut s);
        let env = fs::read_to_string(s.root().join(".env")).unwrap();
        fs::write(s.root().join(".env"), env.replace("ci-token", "an-old-one")).unwrap();
        s
    }),
    ("checks", "nothing will ever land", || Stage::with().verify(None).set()),
    ("agent", "is not on the PATH that sessions get", || {
        let s = Stage::new();
        change(&s, "command = [\"", "command = [\"/nowhere");
        s
    }),
    ("agent_setup", "holds no JSON", || {
        let mut s =
            Stage::with().agent("echo 1.0 of it\n").known_agent("claude", None).style("interactive").set();
        fs::create_dir(s.path("home")).unwrap();
        fs::write(s.path("home/.claude.json"), "{ half").unwrap();
        s.vars.push(("HOME".into(), s.path("home").display().to_string()));
        s
    }),
    ("fallback", "opencode not on the PATH", || limit("[agent]\n", "[agent]\nfallback = [\"opencode\"]\n")),
    ("people", "nobody may file issues or approve pulls", || {
        let mut s = limit("maintainers = [\"maria\"]\nreviewers = [\"rob\"]", "");
        git(&s.repo(), &["config", "--unset", "user.name"]);
        s.vars.push(("HOME".into(), s.path("no-home").display().to_string()));
        s
    }),
    ("channel", "matrix: ", || {
        let matrix = "[matrix]\nroom_id = \"!r:x\"\nhomeserver = \"http://127.0.0.1:1\"\n[agent]\n";
        let s = limit("[agent]\n", matrix);
        change(&s, "reviewers = [\"rob\"]", "reviewers = [\"rob\"]\nchannels = [\"matrix\"]");
        fs::write(s.root().join(".env"), "MATRIX_TOKEN=t\n").unwrap();
        fs::set_permissions(s.root().join(".env"), fs::Permissions::from_mode(0o600)).unwrap();
        s
    }),
    ("mirror", "backup: ", || limit("[agent]\n", "[mirrors]\nbackup = \"/nowhere/backup.git\"\n[agent]\n")),
];

fn limit(from: &str, to: &str) -> Stage {
    let s = Stage::new();
    change(&s, from, to);
    s
}

/// What the doctor says, by id; of several of one id the one that failed.
fn looked(s: &Stage, args: &[&str]) -> (i32, BTreeMap<String, Value>) {
    let said = s.run("drover", &[&["doctor", "--json"], args].concat());
    let all: Value = serde_json::from_str(&said.out).unwrap_or_else(|e| panic!("{e}: {said:?}"));
    let of = |v: &Value| v.as_array().cloned().unwrap_or_default();
    let mut checks = of(&all["cron"]);
    of(&all["projects"]).iter().for_each(|p| checks.extend(of(&p["checks"])));
    checks.sort_by_key(|c| c["ok"] == false);
    (said.code, checks.into_iter().map(|c| (c["id"].as_str().unwrap().to_string(), c)).collect())
}

fn failed(checks: &BTreeMap<String, Value>) -> Vec<&str> {
    checks.values().filter(|c| c["ok"] == false).map(|c| c["id"].as_str().unwrap()).collect()
}

#[test]
fn every_check_has_a_case_in_which_it_fails_and_says_what_to_do() {
    let tried: BTreeSet<&str> = FIXTURES.iter().map(|(id, ..)| *id).chain(["guard", "sandbox"]).collect();
    assert_eq!(tried, CHECKS.iter().map(|(id, _)| *id).collect());
    for (id, words, stage) in FIXTURES {
        let s = stage();
        let args: &[&str] = if *id == "cron" { &["--simulate-cron"] } else { &[] };
        let (code, checks) = looked(&s, args);
        let check = checks.get(*id).unwrap_or_else(|| panic!("{id} in {checks:?}"));
        assert_eq!((code, &check["ok"]), (4, &Value::Bool(false)), "{id}: {check}");
        assert!(check["found"].as_str().unwrap().contains(words), "{id}: {check}");
        assert!(check["remedy"].as_str().unwrap().len() > 10, "{id}: {check}");
    }
}

#[test]
fn where_all_is_well_nothing_fails_and_nothing_has_changed() {
    for s in [Stage::new(), served()] {
        let mirror = s.path("mirror.git");
        git(s.dir.path(), &["init", "-q", "--bare", mirror.to_str().unwrap()]);
        change(&s, "[agent]\n", &format!("[mirrors]\nbackup = \"{}\"\n[agent]\n", mirror.display()));
        let before = site::at(&s).map(|site| site.fake.state.lock().unwrap().asked.len());
        let (code, checks) = looked(&s, &[]);
        assert_eq!((failed(&checks), code), (vec![], 0), "{checks:?}");
        assert!(checks["mirror"]["found"].as_str().unwrap().contains("backup can be pushed to"));
        assert_eq!(git(&mirror, &["for-each-ref"]), "", "only the motions");
        if let (Some(site), Some(before)) = (site::at(&s), before) {
            let state = site.fake.state.lock().unwrap();
            assert!(state.asked.len() > before && state.labels.is_empty() && state.issues.is_empty());
            assert!(checks["primary"]["found"].as_str().unwrap().contains("1 approvals demanded"));
            assert_eq!(checks["labels"]["ok"], Value::Null, "they are made when first needed");
        }
    }
}

#[test]
fn an_agent_is_asked_for_its_version_far_from_any_repository() {
    let s = Stage::with().agent("").known_agent("codex", None).set();
    s.script("agent.sh", &format!("pwd > '{}'; echo codex-cli 1.2.3\n", s.path("where").display()));
    let (_, checks) = looked(&s, &[]);
    assert!(checks["agent"]["found"].as_str().unwrap().ends_with("codex-cli 1.2.3"), "{checks:?}");
    assert_eq!(fs::read_to_string(s.path("where")).unwrap(), "/\n");
}

#[test]
fn one_project_that_cannot_be_read_hides_no_other() {
    let s = Stage::new();
    fs::write(s.root().join("projects/other.toml"), "name = \"other\"\nnonsense = 1\n").unwrap();
    let said = s.run("drover", &["doctor"]).ends(4);
    for part in ["other\nFAIL  project", "proj\n", "ok    tmux"] {
        assert!(said.out.contains(part), "{part} in {}", said.out);
    }
    let one = s.run("drover", &["doctor", "-p", "proj"]).ends(0);
    assert!(!one.out.contains("nonsense"), "{}", one.out);
}

#[test]
fn where_the_forge_cannot_be_asked_all_else_is_looked_at() {
    let no_token = |s: &Stage| fs::write(s.root().join(".env"), "").unwrap();
    let bad_token = |s: &Stage| fs::write(s.root().join(".env"), "FORGE_TOKEN=an-old-one\n").unwrap();
    let nobody_there =
        |s: &Stage| change(s, "forge_url = \"http://127.0.0.1:", "forge_url = \"http://127.0.0.2:");
    let hidden = |s: &Stage| change(s, "repo = \"acme/notes\"", "repo = \"acme/others\"");
    type Case = (&'static str, &'static str, fn(&Stage));
    let cases: [Case; 4] = [
        ("there is no FORGE_TOKEN", "put FORGE_TOKEN=", no_token),
        ("the token is not accepted (401)", "put a valid token", bad_token),
        ("no answer", "is the address right", nobody_there),
        ("(404)", "may the token's account see it", hidden),
    ];
    for (words, remedy, breaks) in cases {
        let s = served();
        breaks(&s);
        let (code, checks) = looked(&s, &[]);
        assert_eq!((code, failed(&checks)), (4, vec!["forge"]), "{checks:?}");
        assert!(checks["forge"]["found"].as_str().unwrap().contains(words), "{checks:?}");
        assert!(checks["forge"]["remedy"].as_str().unwrap().contains(remedy), "{checks:?}");
        for other in ["tmux", "git", "disk", "agent", "channel", "people"] {
            assert_eq!(checks[other]["ok"], true, "{other} in {checks:?}");
        }
        let is_answered = words.contains("(40");
        assert_eq!(checks["clock"]["found"].as_str().unwrap().ends_with("as the forge's"), is_answered);
        for unknown in ["token", "labels", "repo", "checks"] {
            assert!(!checks.contains_key(unknown), "{unknown} in {checks:?}");
        }
        s.run("preflight", &["env"]).ends(4).says(words);
    }
}

#[test]
fn what_has_a_server_of_its_own_is_asked_whatever_the_forge_does() {
    let mut s = site::set(Stage::with());
    site::woodpecker(&mut s);
    let mirror = s.path("mirror.git");
    git(s.dir.path(), &["init", "-q", "--bare", mirror.to_str().unwrap()]);
    change(&s, "[agent]\n", &format!("[mirrors]\nbackup = \"{}\"\n[agent]\n", mirror.display()));
    s.run("drover", &["doctor"]);
    let env = fs::read_to_string(s.root().join(".env")).unwrap();
    fs::write(s.root().join(".env"), env.replace("FORGE_TOKEN=bot", "")).unwrap();
    change(&s, "maintainers = [\"maria\"]", "maintainers = []");
    let (_, checks) = looked(&s, &[]);
    assert_eq!(failed(&checks), ["forge"], "{checks:?}");
    for asked in ["ci", "mirror"] {
        assert_eq!(checks[asked]["ok"], true, "{asked} in {checks:?}");
    }
    assert!(
        !checks.contains_key("people"),
        "whoever may write is a maintainer, and the forge tells who: {checks:?}"
    );
}

/// A crontab of the user, and what the doctor says with it.
fn under_cron(s: &mut Stage, tab: &str) -> Said {
    fs::write(s.path("tab"), tab).unwrap();
    program(s, "crontab", &format!("cat '{}'\n", s.path("tab").display()));
    s.run("drover", &["doctor", "--simulate-cron"])
}

#[test]
fn under_cron_it_is_crons_path_and_crons_variables_that_count() {
    let mut s = Stage::new();
    let root = s.root().display().to_string();
    // An agent that a shell's PATH leads to, and cron's does not.
    fs::create_dir(s.path("bin")).unwrap();
    s.script("bin/my-agent", "exit 0\n");
    let agent = s.path("agent.sh").display().to_string();
    change(&s, &format!("command = [\"{agent}\"]"), "command = [\"my-agent\"]");
    let here = format!("{}:{}", s.path("bin").display(), std::env::var("PATH").unwrap());
    let poll = bin("poll").display().to_string();
    let bare = under_cron(&mut s, &format!("* * * * * {poll} --root {root}\n")).ends(4);
    assert!(bare.out.contains("its PATH is /usr/bin:/bin"), "{}", bare.out);
    assert!(
        bare.out.contains("FAIL  agent ") && bare.out.contains("the PATH of your crontab's line"),
        "{}",
        bare.out
    );
    let with = under_cron(&mut s, &format!("MAILTO=x\n* * * * * PATH={here} {poll} --root {root}\n")).ends(0);
    assert!(with.out.contains("ok    agent "), "{}", with.out);
    let other = under_cron(&mut s, &format!("* * * * * {poll} --root /somewhere/else\n")).ends(4);
    assert!(
        other.out.contains("none of its lines names") && other.out.contains("add --root"),
        "{}",
        other.out
    );
    // The root in the folder of the XDG standard needs no naming.
    fs::create_dir_all(s.path("config")).unwrap();
    let own = s.path("config/drover");
    std::os::unix::fs::symlink(s.root(), &own).unwrap();
    let tab = format!("XDG_CONFIG_HOME={}\n* * * * * PATH={here} {poll}\n", s.path("config").display());
    fs::write(s.path("tab"), tab).unwrap();
    let mut named = std::process::Command::new(bin("drover"));
    named.args(["doctor", "--simulate-cron", "--root"]).arg(&own).env("PATH", &here);
    let found = named.env("DROVER_NOW_FILE", s.path("clock")).output().unwrap();
    let found = String::from_utf8_lossy(&found.stdout).into_owned();
    assert!(found.starts_with("ok    cron"), "{found}");
    fs::write(s.path("tab"), format!("* * * * * {poll} --root /somewhere/else\n")).unwrap();
    // A variable of this shell is not one of cron's: a secret that stands only here is not found there.
    let env = s.run("preflight", &["env", "--simulate-cron"]).ends(4);
    assert!(env.out.starts_with("FAIL  cron"), "{}", env.out);
}

#[test]
fn a_clock_that_has_gone_back_is_noticed_without_a_server() {
    let s = Stage::new();
    s.poll();
    s.later(-7200);
    let (_, checks) = looked(&s, &[]);
    assert!(checks["clock"]["found"].as_str().unwrap().contains("the clock has gone back"), "{checks:?}");
    s.later(7200);
}
