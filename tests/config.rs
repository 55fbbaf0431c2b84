//! Configuration, row by row: every key and every variable lands where it means something, and every mistake gets
//! one clear line and a remedy.

use drover::config::{
    Channel, ConfigError, Effect, Env, ForgeKind, KEYS, Pipeline, Project, Root, Scope, Secret, Update,
    check_unique, find, load, markdown,
};
use drover::domain::launch::Style;
use drover::domain::notice::{NoticeKind, Telling};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A root of its own, with `projects/x.toml`, and the environment of a user called maria.
struct Stage {
    dir: tempfile::TempDir,
    env: Env,
    sets: Vec<(String, String)>,
}

impl Stage {
    fn new(toml: &str) -> Stage {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("projects")).unwrap();
        fs::write(dir.path().join("token.txt"), "from-a-file\n").unwrap();
        let stage = Stage { dir, env: Env::from([("HOME", "/home/maria"), ("USER", "maria")]), sets: vec![] };
        stage.project("x", toml);
        stage
    }

    fn project(&self, name: &str, toml: &str) -> PathBuf {
        let file = self.root().projects_dir().join(format!("{name}.toml"));
        fs::write(&file, toml).unwrap();
        file
    }

    fn var(mut self, name: &str, value: &str) -> Stage {
        self.env.0.insert(name.to_string(), value.to_string());
        self
    }

    fn set(mut self, key: &str, value: &str) -> Stage {
        self.sets.push((key.to_string(), value.to_string()));
        self
    }

    fn dotenv(self, text: &str, mode: u32) -> Stage {
        let path = self.root().dotenv();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        self
    }

    fn root(&self) -> Root {
        Root::at(self.dir.path())
    }

    fn try_load(&self) -> Result<Project, ConfigError> {
        self.load_file("x")
    }

    fn load_file(&self, name: &str) -> Result<Project, ConfigError> {
        let root = self.root();
        load(&root, &root.projects_dir().join(format!("{name}.toml")), &self.env, &self.sets)
    }

    fn load(&self) -> Project {
        self.try_load().unwrap_or_else(|e| panic!("{e}"))
    }

    /// Message and remedy, with the stage's folder as `<root>`.
    fn error(&self) -> (String, String) {
        let e = self.try_load().expect_err("it loads");
        let plain = |s: &str| s.replace(&self.dir.path().display().to_string(), "<root>");
        (plain(&e.to_string()), plain(e.hint()))
    }
}

/// The key, a file that gives it, and whether it has landed.
type TomlRow = (&'static str, &'static str, fn(&Project) -> bool);

/// The variable, its value, a project file, and whether it has landed.
type VarRow = (&'static str, &'static str, &'static str, fn(&Project) -> bool);

fn is(secret: &Option<Secret>, text: &str) -> bool {
    secret.as_ref().is_some_and(|s| s.expose() == text)
}

const TOP: &[TomlRow] = &[
    ("name", "name = 'website'", |p| p.name == "website" && p.slug == "website"),
    ("forge", "forge = 'github'\nrepo = 'a/b'", |p| p.forge == ForgeKind::Github),
    ("repo", "repo = 'acme/website'", |p| p.repo == "acme/website" && p.name == "website"),
    ("git_remote", "git_remote = 'work'", |p| p.git_remote.as_deref() == Some("work")),
    ("forge_url", "repo = 'a/b'\nforge_url = 'https://f.example/'", |p| p.forge_url == "https://f.example"),
    ("repo_root", "repo_root = '~/src/x'", |p| p.repo_root == Path::new("/home/maria/src/x")),
    ("primary_branch", "primary_branch = 'main'", |p| p.primary_branch == "main"),
    ("worktree_root", "worktree_root = '/srv/x'", |p| p.worktree_root == Path::new("/srv/x")),
    ("branch", "branch = 'work/{issue}-x'", |p| p.branch == "work/{issue}-x"),
    ("pipeline", "pipeline = 'overlap'", |p| p.pipeline == Pipeline::Overlap),
    ("mirror_timeout", "mirror_timeout = 9", |p| p.mirror_timeout == 9),
    ("bots", "bots = ['robot']", |p| p.bots == ["robot"]),
    ("token_env", "token_env = 'MY_VALUE'", |p| is(&p.tokens.forge, "my-value")),
    ("token_file", "token_file = 'token.txt'", |p| is(&p.tokens.forge, "from-a-file")),
    ("review_token_env", "review_token_env = 'MY_VALUE'", |p| is(&p.tokens.review, "my-value")),
    ("review_token_file", "review_token_file = 'token.txt'", |p| is(&p.tokens.review, "from-a-file")),
    ("mirrors", "[mirrors]\ngit-hub = 'git@github.com:a/b'", |p| {
        p.mirrors.get("git-hub").is_some_and(|u| u == "git@github.com:a/b")
    }),
    ("verify_clean", "verify_clean = true", |p| p.verify.clean),
    ("verify_slots", "verify_slots = 4", |p| p.verify.slots == 4),
    ("ci_timeout", "ci_timeout = 45", |p| p.ci.timeout == 45),
    ("ci_settle", "ci_settle = 5", |p| p.ci.settle == 5),
];

const AGENT: &[TomlRow] = &[
    ("labels.queue", "[labels]\nqueue = 'todo'", |p| p.labels.queue == "todo"),
    ("labels.priority", "[labels]\npriority = 'now'", |p| p.labels.priority == "now"),
    ("labels.in_progress", "[labels]\nin_progress = 'wip'", |p| p.labels.in_progress == "wip"),
    ("labels.blocked", "[labels]\nblocked = 'stuck'", |p| p.labels.blocked == "stuck"),
    ("labels.needs_human", "[labels]\nneeds_human = 'help'", |p| p.labels.needs_human == "help"),
    ("labels.underspecified", "[labels]\nunderspecified = 'vague'", |p| p.labels.underspecified == "vague"),
    ("labels.skip", "[labels]\nskip = ['epic']", |p| p.labels.skip == ["epic"]),
    ("agent.name", "[agent]\nname = 'claude'", |p| p.agent.name == "claude" && p.agent.command == ["claude"]),
    ("agent.args", "[agent]\nargs = ['--add-dir', '/x']", |p| p.agent.args == ["--add-dir", "/x"]),
    ("agent.style", "[agent]\nstyle = 'interactive'", |p| p.agent.style == Style::Interactive),
    ("agent.style", "[agent]\nname = 'claude'", |p| p.agent.style == Style::Interactive),
    ("agent.command", "[agent]\ncommand = ['claude', '-p']", |p| p.agent.command == ["claude", "-p"]),
    ("agent.fallback", "[agent]\nname = 'claude'\nfallback = ['codex']", |p| p.agent.fallback == ["codex"]),
    ("agent.limited", "[agent]\nlimited = ['rate.?limit']", |p| p.agent.patterns.limited == ["rate.?limit"]),
    ("agent.refused", "[agent]\nrefused = ['bad key']", |p| p.agent.patterns.refused == ["bad key"]),
    (
        "agent.prompts",
        concat!("[agent]\nprompts = '", env!("CARGO_MANIFEST_DIR"), "/tests/prompts/own'"),
        |p| {
            p.agent.templates.head.contains("the sun shines")
                && p.agent.templates.protocol.contains("{words}")
        },
    ),
    ("agent.resume", "[agent]\nresume = ['claude', '-c']", |p| p.agent.resume == ["claude", "-c"]),
    ("agent.model", "[agent]\nmodel = 'sonnet'", |p| p.agent.model.as_deref() == Some("sonnet")),
    ("agent.timeout", "[agent]\ntimeout = 3600", |p| p.agent.work_limit == Some(3600)),
    ("agent.env", "[agent.env]\nCI = '1'", |p| p.agent.env.get("CI").is_some_and(|v| v == "1")),
    ("agent.pass_env", "[agent]\npass_env = ['MY_VALUE']", |p| {
        p.agent.pass_env == ["MY_VALUE"] && is(&p.agent.passed.get("MY_VALUE").cloned(), "my-value")
    }),
    ("verify.pre", "[verify]\npre = 'npm ci'", |p| p.verify.steps() == [("pre", "npm ci")]),
    ("verify.build", "[verify]\nbuild = 'make'", |p| p.verify.steps() == [("build", "make")]),
    ("verify.test", "[verify]\ntest = 'make t'", |p| p.verify.steps() == [("test", "make t")]),
    ("verify.lint", "[verify]\nlint = 'make l'", |p| p.verify.steps() == [("lint", "make l")]),
    ("verify.format", "[verify]\nformat = 'make f'", |p| p.verify.steps() == [("format", "make f")]),
    ("verify.timeout", "[verify]\ntimeout = 5", |p| p.verify.timeout == 5),
    ("verify.clean", "[verify]\nclean = true", |p| p.verify.clean),
    ("verify.slots", "[verify]\nslots = 2", |p| p.verify.slots == 2),
    ("verify.output_mb", "[verify]\noutput_mb = 7", |p| p.verify.output_mb == 7),
    ("verify.env", "[verify]\nenv = { A = 'b' }", |p| p.verify.env.get("A").is_some_and(|v| v == "b")),
];

const REST: &[TomlRow] = &[
    ("limits.sessions", "[limits]\nsessions = 3", |p| p.limits.sessions == 3),
    ("limits.memory_mb", "[limits]\nmemory_mb = 0", |p| p.limits.memory_mb == 0),
    ("limits.session_memory_mb", "[limits]\nsession_memory_mb = 900", |p| p.limits.session_memory_mb == 900),
    ("limits.calls", "limits.calls = 77", |p| p.limits.calls == 77),
    ("limits.disk_mb", "[limits]\ndisk_mb = 1", |p| p.limits.disk_mb == 1),
    ("limits.load", "[limits]\nload = 2", |p| p.limits.load == 2.0),
    ("limits.load", "[limits]\nload = 1.5", |p| p.limits.load == 1.5),
    ("limits.window", "[limits]\nwindow = '22:00-07:00'", |p| p.limits.window.is_some_and(|w| w.contains(0))),
    ("limits.park_minutes", "[limits]\npark_minutes = 1", |p| p.limits.park_minutes == 1),
    ("limits.file_kb", "[limits]\nfile_kb = 5", |p| p.limits.file_kb == 5),
    ("landing.scope", "[landing]\nscope = 'linked'", |p| p.landing.scope == Scope::Linked),
    ("landing.chores", "[landing]\nchores = ['deps|docs']", |p| {
        let lands = |branch| p.landing.chore_patterns().iter().any(|c| c.is_match(branch));
        p.landing.chores == ["deps|docs"]
            && lands("deps")
            && lands("docs")
            && !lands("deps2")
            && !lands("my-docs")
    }),
    ("landing.without_checks", "[landing]\nwithout_checks = true", |p| p.landing.without_checks),
    ("landing.update", "[landing]\nupdate = 'rebase'", |p| p.landing.update == Update::Rebase),
    ("landing.up_to_date", "[landing]\nup_to_date = true", |p| p.landing.up_to_date),
    ("landing.delete_branch", "[landing]\ndelete_branch = false", |p| !p.landing.delete_branch),
    ("landing.required", "[landing]\nrequired = ['ci/test']", |p| p.landing.required == ["ci/test"]),
    ("ci.woodpecker_repo_id", "[ci]\nwoodpecker_repo_id = 0", |p| p.ci.none()),
    ("ci.woodpecker_repo_id", "[ci]\nwoodpecker_repo_id = 7", |p| p.ci.woodpecker_repo_id == Some(7)),
    ("ci.server", "[ci]\nserver = 'https://ci.example/'", |p| p.ci.server == "https://ci.example"),
    ("ci.timeout", "[ci]\ntimeout = 5", |p| p.ci.timeout == 5),
    ("ci.settle", "[ci]\nsettle = 0", |p| p.ci.settle == 0),
    ("ci.token_env", "[ci]\ntoken_env = 'MY_VALUE'", |p| is(&p.tokens.woodpecker, "my-value")),
    ("ci.token_file", "[ci]\ntoken_file = 'token.txt'", |p| is(&p.tokens.woodpecker, "from-a-file")),
    ("people.maintainers", "[people]\nmaintainers = ['maria']\n[people.maria]\nforge = 'm'", |p| {
        p.people.maintainer_accounts() == ["m"]
    }),
    ("people.reviewers", "[people]\nreviewers = ['jo']", |p| p.people.reviewer_accounts() == ["jo"]),
    ("people.<name>.forge", "[people.maria]\nforge = 'm'", |p| p.people.forge_name("maria") == "m"),
    ("people.<name>.matrix", "[people.maria]\nmatrix = '@m:x'", |p| {
        let maria = p.people.persons.get("maria");
        maria.is_some_and(|m| m.matrix.as_deref() == Some("@m:x") && m.forge == "maria")
    }),
    ("people.<name>.telegram", "[people.maria]\ntelegram = '42'", |p| {
        p.people.persons.get("maria").is_some_and(|m| m.telegram.as_deref() == Some("42"))
    }),
    ("people.channels", "[people]\nchannels = ['forge', 'mail', 'forge']", |p| {
        p.people.channels == [Channel::Forge, Channel::Mail]
    }),
    ("people.notices", "[people]\nnotices = ['landed']", |p| {
        p.people.wanted.telling(NoticeKind::Started, 0) == Telling::Never
            && p.people.wanted.telling(NoticeKind::Landed, 0) == Telling::Now
    }),
    ("people.notices", "[people]\nnotices = []", |p| {
        p.people.wanted.telling(NoticeKind::Landed, 0) == Telling::Never
    }),
    ("people.quiet", "[people]\nquiet = '22:00-07:00'", |p| {
        p.people.wanted.telling(NoticeKind::Landed, 0) == Telling::Later
    }),
    ("people.ladder", "[people]\nmaintainers = ['maria', 'rob']\nladder = ['rob', 'maria']", |p| {
        p.people.ladder == ["rob", "maria"]
    }),
    ("people.command", "[people]\ncommand = 'mail me'", |p| {
        p.messengers.command.as_deref() == Some("mail me")
    }),
    ("telegram.chat_id", "[telegram]\nchat_id = '-7'", |p| {
        p.messengers.telegram_chat.as_deref() == Some("-7")
    }),
    ("telegram.server", "[telegram]\nserver = 'http://t/'", |p| p.messengers.telegram_server == "http://t"),
    ("telegram.token_env", "[telegram]\ntoken_env = 'MY_VALUE'", |p| {
        is(&p.messengers.telegram_token, "my-value")
    }),
    ("telegram.token_file", "[telegram]\ntoken_file = 'token.txt'", |p| {
        is(&p.messengers.telegram_token, "from-a-file")
    }),
    ("ntfy.topic", "[ntfy]\ntopic = 'x'", |p| p.messengers.ntfy_topic.as_deref() == Some("x")),
    ("ntfy.server", "[ntfy]\nserver = 'http://n'", |p| p.messengers.ntfy_server == "http://n"),
    ("ntfy.token_env", "[ntfy]\ntoken_env = 'MY_VALUE'", |p| is(&p.messengers.ntfy_token, "my-value")),
    ("ntfy.token_file", "[ntfy]\ntoken_file = 'token.txt'", |p| is(&p.messengers.ntfy_token, "from-a-file")),
    ("webhook.url", "[webhook]\nurl = 'http://w/x'", |p| {
        p.messengers.webhook_url.as_deref() == Some("http://w/x")
    }),
    ("webhook.secret_env", "[webhook]\nsecret_env = 'MY_VALUE'", |p| {
        is(&p.messengers.webhook_secret, "my-value")
    }),
    ("webhook.secret_file", "[webhook]\nsecret_file = 'token.txt'", |p| {
        is(&p.messengers.webhook_secret, "from-a-file")
    }),
    ("worktree.copy", "[worktree]\ncopy = ['.env.test']", |p| {
        p.worktree.copy == [PathBuf::from(".env.test")]
    }),
    ("worktree.setup", "[worktree]\nsetup = 'npm ci'", |p| p.worktree.setup.as_deref() == Some("npm ci")),
    ("worktree.setup_timeout", "[worktree]\nsetup_timeout = 5", |p| p.worktree.setup_timeout == 5),
    ("matrix.room_id", "[matrix]\nroom_id = '!r:x'", |p| p.matrix.room_id.as_deref() == Some("!r:x")),
    ("matrix.bot_user", "[matrix]\nbot_user = '@b:x'", |p| p.matrix.bot_user.as_deref() == Some("@b:x")),
    ("matrix.homeserver", "[matrix]\nhomeserver = 'http://m'", |p| p.matrix.homeserver == "http://m"),
    ("matrix.mention_user", "[matrix]\nmention_user = '@m:x'", |p| {
        p.matrix.mention_user.as_deref() == Some("@m:x")
    }),
    ("matrix.token_env", "[matrix]\ntoken_env = 'MY_VALUE'", |p| is(&p.matrix.token, "my-value")),
    ("matrix.token_file", "[matrix]\ntoken_file = 'token.txt'", |p| is(&p.matrix.token, "from-a-file")),
];

/// Keys that have no effect, as old files hold them.
const ACCEPTED: &[(&str, &str)] = &[
    ("matrix.thread_map", "[matrix]\nthread_map = '/tmp/map'"),
    ("ci.stale_minutes", "[ci]\nstale_minutes = 60"),
    ("services.containers", "[services]\ncontainers = ['web']"),
    ("monitoring.check_prs", "[monitoring]\ncheck_prs = true"),
    ("monitoring.check_dev_agent", "[monitoring]\ncheck_dev_agent = false"),
    ("monitoring.check_pipeline_stall", "[monitoring]\ncheck_pipeline_stall = false"),
];

const VARS: &[VarRow] = &[
    ("PROJECT_NAME", "website", "", |p| p.name == "website"),
    ("FORGE_REPO", "a/b", "forge = 'local'", |p| p.repo == "a/b"),
    // An absent key once sent an empty value over the variable.
    ("FORGE_URL", "https://f.example", "repo = 'a/b'", |p| p.forge_url == "https://f.example"),
    ("PROJECT_REPO_ROOT", "/srv/x", "", |p| p.repo_root == Path::new("/srv/x")),
    ("PRIMARY_BRANCH", "main", "", |p| p.primary_branch == "main"),
    ("FORGE_BOT_USERNAMES", "a, b", "", |p| p.bots == ["a", "b"]),
    ("CODEBERG_BOT_USERNAMES", "a", "", |p| p.bots == ["a"]),
    ("FORGE_TOKEN", "t1", "", |p| is(&p.tokens.forge, "t1")),
    ("CODEBERG_TOKEN", "t1", "", |p| is(&p.tokens.forge, "t1")),
    ("FORGE_REVIEW_TOKEN", "t2", "", |p| is(&p.tokens.review, "t2")),
    ("REVIEW_BOT_TOKEN", "t2", "", |p| is(&p.tokens.review, "t2")),
    ("WOODPECKER_SERVER", "http://ci", "", |p| p.ci.server == "http://ci"),
    ("WOODPECKER_TOKEN", "t3", "", |p| is(&p.tokens.woodpecker, "t3")),
    ("WOODPECKER_REPO_ID", "0", "", |p| p.ci.none()),
    ("MATRIX_HOMESERVER", "http://m", "", |p| p.matrix.homeserver == "http://m"),
    ("MATRIX_TOKEN", "t4", "", |p| is(&p.matrix.token, "t4")),
    ("TELEGRAM_TOKEN", "7:t5", "", |p| is(&p.messengers.telegram_token, "7:t5")),
    ("NTFY_TOKEN", "t6", "", |p| is(&p.messengers.ntfy_token, "t6")),
    ("WEBHOOK_SECRET", "t7", "", |p| is(&p.messengers.webhook_secret, "t7")),
    ("MATRIX_ROOM_ID", "!r:x", "", |p| p.matrix.room_id.as_deref() == Some("!r:x")),
    ("MATRIX_BOT_USER", "@b:x", "", |p| p.matrix.bot_user.as_deref() == Some("@b:x")),
    ("MATRIX_MENTION_USER", "@m:x", "", |p| p.matrix.mention_user.as_deref() == Some("@m:x")),
    ("CLAUDE_TIMEOUT", "7200", "", |p| p.agent.work_limit == Some(7200)),
    ("CLAUDE_MODEL", "sonnet", "", |p| p.agent.model.as_deref() == Some("sonnet")),
    ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "0", "", |p| {
        is(&p.agent.passed.get("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC").cloned(), "0")
    }),
    ("ANTHROPIC_API_KEY", "sk-12345678", "", |p| {
        p.agent.passed.contains_key("ANTHROPIC_API_KEY") && p.secrets().contains(&"sk-12345678".to_string())
    }),
    ("DISINTO_CONTAINER", "1", "", |p| p.matrix.homeserver == "http://dendrite:8008"),
    ("HOME", "/h", "", |p| p.worktree_root.starts_with("/h/.local/share/drover")),
    ("USER", "jo", "", |p| p.repo_root == Path::new("/home/jo/x")),
    ("LOGNAME", "jo", "", |p| p.repo_root == Path::new("/home/jo/x")),
];

/// Variables that have no effect on a project.
const ACCEPTED_VARS: &[&str] = &[
    "FORGE_API",
    "FORGE_WEB",
    "WOODPECKER_DB_USER",
    "WOODPECKER_DB_PASSWORD",
    "WOODPECKER_DB_HOST",
    "WOODPECKER_DB_NAME",
    "WOODPECKER_AGENT_SECRET",
    "WP_FORGEJO_CLIENT",
    "WP_FORGEJO_SECRET",
    "MATRIX_THREAD_MAP",
    "MATRIX_THREAD_ID",
    "PHASE_POLL_INTERVAL",
    "TEA_LOGIN",
];

/// Variables that decide on the root; see `the_root_is_found_in_order`.
const ROOT_VARS: &[&str] = &["FACTORY_ROOT", "XDG_CONFIG_HOME", "XDG_STATE_HOME"];

fn toml_rows() -> impl Iterator<Item = &'static TomlRow> {
    TOP.iter().chain(AGENT).chain(REST)
}

#[test]
fn every_key_lands_where_it_means_something() {
    let plain = Stage::new("").load();
    for (key, toml, lands) in toml_rows() {
        let project = Stage::new(toml).var("MY_VALUE", "my-value").load();
        assert!(lands(&project), "{key} does not land: {project:#?}");
        assert!(!lands(&plain), "{key}: the row proves nothing, it holds without the key");
    }
}

#[test]
fn every_variable_lands_where_it_means_something() {
    for (name, value, toml, lands) in VARS {
        // A variable that is empty counts as not set.
        let user = if *name == "LOGNAME" { "" } else { "maria" };
        let project = Stage::new(toml).var("USER", user).var(name, value).load();
        assert!(lands(&project), "{name} does not land: {project:#?}");
        assert!(!lands(&Stage::new(toml).load()), "{name}: the row proves nothing");
        let project = Stage::new(toml).var("USER", user).dotenv(&format!("{name}={value}\n"), 0o600);
        let from_file = if *name == "HOME" || *name == "USER" { continue } else { project };
        // The switch that says whether the file is read is not itself read from it.
        assert!(*name == "DISINTO_CONTAINER" || lands(&from_file.load()), "{name} does not land from .env");
    }
}

#[test]
fn what_never_did_anything_still_loads() {
    let plain = format!("{:?}", Stage::new("").load().agent);
    for (key, toml) in ACCEPTED {
        assert_eq!(format!("{:?}", Stage::new(toml).load().agent), plain, "{key}");
    }
    for name in ACCEPTED_VARS {
        Stage::new("").var(name, "anything at all").load();
    }
}

#[test]
fn every_row_of_the_table_has_a_row_here() {
    let rows: BTreeSet<&str> = toml_rows()
        .map(|r| r.0)
        .chain(VARS.iter().map(|r| r.0))
        .chain(ACCEPTED.iter().map(|r| r.0))
        .chain(ACCEPTED_VARS.iter().chain(ROOT_VARS).copied())
        .collect();
    let names = KEYS.iter().flat_map(|k| k.vars.iter().chain(k.aliases).chain([&k.path]));
    let table: BTreeSet<&str> = names.copied().filter(|n| !n.is_empty()).collect();
    assert_eq!(table, rows);
    let accepted = KEYS.iter().filter(|k| k.effect == Effect::Accepted).map(|k| k.name());
    let listed = ACCEPTED.iter().map(|r| r.0).chain(ACCEPTED_VARS.iter().copied());
    let listed: BTreeSet<&str> = listed.filter(|n| *n != "MATRIX_THREAD_MAP").collect();
    assert_eq!(accepted.collect::<BTreeSet<_>>(), listed);
}

#[test]
fn nothing_given_gives_the_defaults() {
    let p = Stage::new("").load();
    assert_eq!((p.forge, p.name.as_str(), p.slug.as_str()), (ForgeKind::Local, "x", "x"));
    assert_eq!((p.repo.as_str(), p.forge_url.as_str()), ("", "http://localhost:3000"));
    assert_eq!((p.primary_branch.as_str(), p.branch.as_str()), ("master", "fix/issue-{issue}"));
    assert_eq!(p.repo_root, Path::new("/home/maria/x"));
    assert_eq!(
        p.labels.skip,
        ["formula", "action", "prediction/dismissed", "prediction/unreviewed", "vision"]
    );
    assert_eq!((p.agent.style, p.agent.name.as_str(), p.agent.work_limit), (Style::Turns, "command", None));
    assert_eq!(p.agent.pass_env, ["ANTHROPIC_API_KEY", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"]);
    assert_eq!(p.agent.passed["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"].expose(), "1");
    assert_eq!((p.verify.timeout, p.verify.slots, p.verify.output_mb, p.verify.clean), (600, 1, 50, false));
    assert_eq!(
        (p.limits.sessions, p.limits.memory_mb, p.limits.disk_mb, p.limits.load),
        (1, 2000, 2000, 0.0)
    );
    assert_eq!((p.limits.window, p.limits.park_minutes, p.limits.file_kb), (None, 15, 1000));
    assert_eq!(
        (p.landing.scope, p.landing.update, p.pipeline),
        (Scope::Ours, Update::Merge, Pipeline::Drain)
    );
    assert!(p.landing.chore_patterns()[0].is_match("chore/planner-1"));
    assert_eq!((p.ci.woodpecker_repo_id, p.ci.timeout, p.ci.settle), (None, 30, 60));
    assert_eq!((p.mirror_timeout, p.worktree.setup_timeout), (120, 600));
    let below = p.worktree_root.strip_prefix("/home/maria/.local/share/drover").unwrap();
    let parts: Vec<String> = below.iter().map(|p| p.to_string_lossy().into_owned()).collect();
    assert!(parts.len() == 2 && parts[0].len() == 16 && parts[1] == "x", "{parts:?}");
}

#[test]
fn set_wins_over_the_file_over_the_environment_over_the_default() {
    let branch = |stage: Stage| {
        let p = stage.load();
        (p.primary_branch.clone(), p.sources["primary_branch"])
    };
    let file = "primary_branch = 'file'";
    assert_eq!(branch(Stage::new("")), ("master".into(), "default"));
    assert_eq!(branch(Stage::new("").dotenv("PRIMARY_BRANCH=dotenv", 0o600)), ("dotenv".into(), "env"));
    let both = Stage::new("").dotenv("PRIMARY_BRANCH=dotenv", 0o600).var("PRIMARY_BRANCH", "env");
    assert_eq!(branch(both), ("env".into(), "env"));
    assert_eq!(branch(Stage::new(file).var("PRIMARY_BRANCH", "env")), ("file".into(), "toml"));
    assert_eq!(branch(Stage::new(file).set("primary_branch", "set")), ("set".into(), "set"));
    // What is overruled is not even judged.
    let overruled = Stage::new("[agent]\ntimeout = 5").var("CLAUDE_TIMEOUT", "soon").load();
    assert_eq!(overruled.agent.work_limit, Some(5));
}

#[test]
fn every_key_with_an_effect_says_where_its_value_came_from() {
    let p = Stage::new("[people.maria]\nforge = 'm'").var("FORGE_TOKEN", "t").load();
    for key in KEYS.iter().filter(|k| k.effect == Effect::Used && !k.is_pattern()) {
        assert!(p.sources.contains_key(key.name()), "{}", key.name());
    }
    assert_eq!((p.sources["people.maria.forge"], p.sources["FORGE_TOKEN"]), ("toml", "env"));
    assert_eq!((p.sources["limits.sessions"], p.sources["repo"]), ("default", "default"));
}

#[test]
fn set_takes_every_kind_of_value() {
    let stage = Stage::new("[mirrors]\na = 'x'").set("limits.sessions", "4").set("verify.clean", "true");
    let stage = stage.set("people.reviewers", "a,b").set("mirrors.b.c", "y").set("people.jo.forge", "j");
    let stage = stage.set("agent.command", "[\"sh\", \"-c\", \"a, b\"]").set("limits.load", "1.5");
    let stage = stage.set("limits.window", "").set("ci.stale_minutes", "whatever").set("repo", "a/b");
    let p = stage.load();
    assert_eq!((p.limits.sessions, p.verify.clean, p.limits.load), (4, true, 1.5));
    assert_eq!((p.people.reviewers.join(" "), p.people.forge_name("jo")), ("a b".into(), "j"));
    assert_eq!(p.agent.command, ["sh", "-c", "a, b"]);
    assert_eq!((p.mirrors["a"].as_str(), p.mirrors["b.c"].as_str(), p.sources["mirrors"]), ("x", "y", "set"));
    assert_eq!((p.forge, p.limits.window), (ForgeKind::Forgejo, None));
}

#[test]
fn a_file_of_the_earlier_system_loads_unchanged() {
    let old = "name = 'harb'\nrepo = 'me/harb'\nforge_url = 'http://forgejo:3000'\nrepo_root = '/home/me/harb'\n\
               primary_branch = 'master'\n[ci]\nwoodpecker_repo_id = 2\nstale_minutes = 60\n[services]\n\
               containers = ['ponder']\n[matrix]\nroom_id = '!a:b'\nbot_user = '@b:b'\ntoken_env = 'MATRIX_TOKEN'\n\
               [monitoring]\ncheck_prs = true\ncheck_dev_agent = true\ncheck_pipeline_stall = false\n\
               [mirrors]\ngit-hub = 'git@github.com:me/harb.git'\n";
    let p =
        Stage::new(old).dotenv("export FORGE_TOKEN='abc' # dev-bot\nMATRIX_TOKEN=\"def\"\n", 0o600).load();
    assert_eq!((p.forge, p.name.as_str()), (ForgeKind::Forgejo, "harb"));
    assert!(is(&p.tokens.forge, "abc") && is(&p.matrix.token, "def"));
}

/// What to do where a channel is named that is not set up.
const CHANNEL_HINT: &str = "set it up (docs/people.md), or take the channel out";

/// A project file with one mistake, the message after `projects/x.toml: `, and the remedy.
const BAD: &[(&str, &str, &str)] = &[
    ("primray_branch = 'x'", "primray_branch: unknown key", "did you mean primary_branch?"),
    ("[limit]\nsessions = 1", "limit.sessions: unknown key", "did you mean limits.sessions?"),
    ("sessions = 1", "sessions: unknown key", "did you mean limits.sessions?"),
    ("timeout = 1", "timeout: unknown key", "did you mean agent.timeout, ci.timeout or verify.timeout?"),
    ("[people.maria]\nmatrx = ''", "people.maria.matrx: unknown key", "did you mean people.maria.matrix?"),
    (
        "[people]\nchannels = ['matrix']",
        "people.channels: matrix is not set up: there is no matrix.room_id",
        CHANNEL_HINT,
    ),
    (
        "[people]\nchannels = ['telegram']\n[telegram]\nchat_id = '7'",
        "people.channels: telegram is not set up: there is no TELEGRAM_TOKEN",
        CHANNEL_HINT,
    ),
    (
        "[people]\nchannels = ['webhook']\n[webhook]\nurl = 'http://w'",
        "people.channels: webhook is not set up: there is no WEBHOOK_SECRET",
        CHANNEL_HINT,
    ),
    (
        "[people]\nchannels = ['ntfy']",
        "people.channels: ntfy is not set up: there is no ntfy.topic",
        CHANNEL_HINT,
    ),
    (
        "[people]\nchannels = ['command']",
        "people.channels: command is not set up: there is no people.command",
        CHANNEL_HINT,
    ),
    (
        "[ntfy]\ntopic = 'a.b'",
        "ntfy.topic: expected at most 64 letters, digits, '_' and '-', found \"a.b\"",
        "write for example: topic = \"drover-4f2a\"",
    ),
    (
        "[people]\nchannels = ['pigeon']",
        "people.channels: expected channels, found \"pigeon\"",
        "each is one of mail, matrix, telegram, ntfy, webhook, command, forge",
    ),
    (
        "[people]\nnotices = ['all']",
        "people.notices: expected kinds of notices, found \"all\"",
        "each is one of started, pull, ci, review, question, escalation, reminder, blocked, landed, refused, word, trouble",
    ),
    (
        "[people]\nquiet = 'at night'",
        "people.quiet: expected hours such as 22:00-07:00, found \"at night\"",
        "write for example: quiet = \"22:00-07:00\"",
    ),
    (
        "[people]\nmaintainers = ['maria']\nladder = ['maria', 'rob']",
        "people.ladder: expected names of maintainers, found \"rob\"",
        "write for example: ladder = [\"maria\", \"rob\"], both of people.maintainers",
    ),
    (
        "[people]\nmaintainers = ['a', 'b', 'c', 'd']\nladder = ['a', 'b', 'c', 'd']",
        "people.ladder: expected at most 3 different people",
        "a run without an answer is blocked after 24 hours, and each is told 6 hours later",
    ),
    ("colour = 1", "colour: unknown key", "docs/config.md lists every key"),
    ("\"a\\nb\" = 1", "\"a\\nb\": unknown key", "docs/config.md lists every key"),
    ("token = 'hunter22'", "token: unknown key", SECRET_HINT),
    ("[matrix]\ntoken = 'hunter22'", "matrix.token: unknown key", SECRET_HINT),
    (
        "[forge]\npassword = 'x'",
        "forge: expected one of local, forgejo, github, azure, found a table",
        "write for example: forge = \"local\"",
    ),
    ("[ci]\nagent_secret = 'x'", "ci.agent_secret: unknown key", SECRET_HINT),
    (
        "[limits]\nsessions = 'many'",
        "limits.sessions: expected a whole number from 1 to 64, found \"many\"",
        "write for example: [limits] sessions = 1",
    ),
    (
        "[limits]\nsessions = 0",
        "limits.sessions: expected a whole number from 1 to 64, found 0",
        "write for example: [limits] sessions = 1",
    ),
    (
        "[limits]\nsessions = -1",
        "limits.sessions: expected a whole number from 1 to 64, found -1",
        "write for example: [limits] sessions = 1",
    ),
    (
        "[limits]\nload = nan",
        "limits.load: expected a number of at least 0, found NaN",
        "write for example: [limits] load = 1.5",
    ),
    ("limits = 5", "limits: expected a section, found 5", "write its keys below [limits]"),
    (
        "[verify]\nclean = 'yes'",
        "verify.clean: expected true or false, found \"yes\"",
        "write for example: [verify] clean = true",
    ),
    (
        "[landing]\nscope = 'mine'",
        "landing.scope: expected one of ours, linked, all, found \"mine\"",
        "write for example: [landing] scope = \"ours\"",
    ),
    ("bots = 'a'", "bots: expected a list of texts, found \"a\"", "write for example: bots = [\"…\"]"),
    ("bots = [1]", "bots: expected a list of texts, found 1 in it", "write for example: bots = [\"…\"]"),
    (
        "mirrors = 'x'",
        "mirrors: expected a table of texts, found \"x\"",
        "write for example: mirrors = { name = \"…\" }",
    ),
    ("[mirrors]\na = 1", "mirrors.a: expected a text, found 1", "write for example: [mirrors] a = \"…\""),
    (
        "[mirrors]\n'a b' = 'x'",
        "mirrors: expected names of letters, digits, '.', '_' and '-', found \"a b\"",
        MIRROR_HINT,
    ),
    (
        "[mirrors]\na = '--upload-pack=x'",
        "mirrors: expected a git URL for a, found \"--upload-pack=x\"",
        MIRROR_HINT,
    ),
    (
        "verify_slots = 1\n[verify]\nslots = 1",
        "verify_slots: is the same key as verify.slots, which is given too",
        "keep one of the two",
    ),
    (
        "a = 1\nb =\n",
        "line 2, column 4: is no TOML: string values must be quoted, expected literal string",
        SYNTAX_HINT,
    ),
    ("name = 'a'\nname = 'b'", "line 2, column 1: is no TOML: duplicate key", SYNTAX_HINT),
    (
        "name = '../x'",
        "name: expected a letter or digit, then at most 63 letters, digits, '.', '_' or '-', found \"../x\"",
        "write for example: name = \"website\"",
    ),
    (
        "forge = 'github'",
        "repo: is missing, and forge = \"github\" needs one",
        "write for example: repo = \"owner/name\"",
    ),
    (
        "repo = 'website'",
        "repo: expected owner/name, found \"website\"",
        "write for example: repo = \"owner/name\"",
    ),
    (
        "forge_url = 'forge.example'\nrepo = 'a/b'",
        "forge_url: expected an address that begins with http:// or https://, found \"forge.example\"",
        "write the whole address, for example: https://forge.example.org",
    ),
    (
        "repo_root = 'src/x'",
        "repo_root: expected an absolute path without .., found \"src/x\"",
        "write the path in full, for example: repo_root = \"/home/maria/website\"",
    ),
    (
        "worktree_root = '/home/maria/x/w'",
        "worktree_root: /home/maria/x/w lies inside of repo_root",
        "name a folder outside of every repository",
    ),
    (
        "primary_branch = 'a b'",
        "primary_branch: expected the name of a branch, found \"a b\"",
        "write for example: primary_branch = \"main\"",
    ),
    (
        "branch = 'fix'",
        "branch: expected the name of a branch with {issue} in it once, found \"fix\"",
        "write for example: branch = \"fix/issue-{issue}\"",
    ),
    (
        "[labels]\nblocked = 'backlog'",
        "labels.blocked: \"backlog\" is also labels.queue",
        "give every label a name of its own",
    ),
    (
        "[labels]\nqueue = ''",
        "labels.queue: expected a text that is not empty, found \"\"",
        "leave the key out for its default",
    ),
    (
        "[agent]\nname = 'a/b'",
        "agent.name: expected the name of an adapter, found \"a/b\"",
        "write for example: name = \"command\"",
    ),
    (
        "[agent]\nname = 'opencode'\nstyle = 'interactive'\nenv = { OPENCODE_CONFIG_CONTENT = '{}' }",
        "agent.env: OPENCODE_CONFIG_CONTENT is what drover gives its own settings by in interactive style",
        "put yours into a file and name it by OPENCODE_CONFIG",
    ),
    (
        "[agent]\nname = 'claude'\nargs = ['--settings=/x.json']",
        "agent.args: --settings is what drover gives its own settings by in interactive style",
        "put yours into ~/.claude/settings.json",
    ),
    (
        "[agent]\nname = 'claude'\nfallback = ['codex', 'claude']",
        "agent.fallback: expected one of claude, codex and opencode, and not the agent itself, found \"claude\"",
        "write for example: fallback = [\"codex\"]",
    ),
    (
        "[agent]\nlimited = ['(']",
        "agent.limited: expected regular expressions, found \"(\"",
        "write for example: limited = [\"rate limit\"]",
    ),
    (
        "[agent]\nprompts = 'somewhere'",
        "agent.prompts: expected the whole path of a folder, found \"somewhere\"",
        "the folder holds one or more of head.md, go_on.md, remind.md, protocol.md",
    ),
    (
        "[agent]\nprompts = '/dev'",
        "agent.prompts: /dev holds none of its files",
        "the folder holds one or more of head.md, go_on.md, remind.md, protocol.md",
    ),
    (
        "[agent]\ncommand = ['']",
        "agent.command: expected a program and its arguments, found \"\"",
        "write for example: command = [\"claude\", \"-p\"]",
    ),
    (
        "[agent]\npass_env = ['FORGE_TOKEN']",
        "agent.pass_env: FORGE_TOKEN may not be given to a session: it could push, approve or merge",
        KEYS_HINT,
    ),
    (
        "token_env = 'MINE'\n[agent]\npass_env = ['MINE']",
        "agent.pass_env: MINE may not be given to a session: it could push, approve or merge",
        KEYS_HINT,
    ),
    (
        "[verify.env]\nSSH_AUTH_SOCK = '/x'",
        "verify.env: SSH_AUTH_SOCK may not be given to a session: it could push, approve or merge",
        KEYS_HINT,
    ),
    (
        "[agent.env]\n'a b' = 'x'",
        "agent.env: expected names of variables, found \"a b\"",
        "write letters, digits and _ only",
    ),
    (
        "[limits]\nwindow = 'late'",
        "limits.window: expected hours such as 22:00-07:00, found \"late\"",
        "write for example: window = \"22:00-07:00\"",
    ),
    (
        "[landing]\nchores = ['a)(b']",
        "landing.chores: expected regular expressions, found \"a)(b\"",
        "write for example: chores = [\"chore/deps-.*\"]",
    ),
    (
        "[worktree]\ncopy = ['../x']",
        "worktree.copy: expected paths below repo_root, found \"../x\"",
        "write for example: copy = [\".env.test\"]",
    ),
    (
        "token_env = 'ghp_a-b'",
        "token_env: expected the name of a variable, such as FORGE_TOKEN",
        "put the token into .env beside projects/ (mode 0600) and write the name of its variable here",
    ),
    (
        "token_env = 'A'\ntoken_file = 'b'",
        "token_file: is given together with token_env",
        "keep one of the two",
    ),
    (
        "token_file = '/nowhere'",
        "token_file: /nowhere cannot be read: No such file or directory (os error 2)",
        "let the file hold the token and nothing else",
    ),
];

const SECRET_HINT: &str = "a secret never stands in a project file: put it into .env beside projects/ (mode 0600) and \
                           name its variable with token_env";
const MIRROR_HINT: &str = "write for example: github = \"git@github.com:owner/name.git\"";
const SYNTAX_HINT: &str = "texts need quotes, and every key stands once";
const KEYS_HINT: &str = "take it out; drover itself pushes for the session";

#[test]
fn every_mistake_in_a_file_is_one_clear_line_with_a_remedy() {
    for (toml, problem, hint) in BAD {
        let (message, remedy) = Stage::new(toml).error();
        assert_eq!(message, format!("projects/x.toml: {problem}"));
        assert_eq!(&remedy, hint, "{toml}");
        assert!(!message.contains('\n') && !message.contains("hunter22"));
    }
}

#[test]
fn a_file_of_hundreds_of_sections_is_refused_before_it_is_read() {
    let people =
        |n: usize| (0..n).map(|k| format!("[people.p{k}]\nmatrix = '@p{k}:x'\n")).collect::<String>();
    assert_eq!(Stage::new(&people(500)).load().people.persons.len(), 500);
    let (message, remedy) = Stage::new(&people(501)).error();
    assert_eq!(message, "projects/x.toml: has 501 sections, and at most 500 are read");
    assert!(remedy.contains("people.maintainers"), "{remedy}");
}

#[test]
fn mistakes_elsewhere_name_the_place() {
    let (message, hint) = Stage::new("").set("limits.sesions", "2").error();
    assert_eq!(
        (message.as_str(), hint.as_str()),
        ("--set: limits.sesions: unknown key", "did you mean limits.sessions?")
    );
    let (message, _) = Stage::new("").set("limits.sessions", "2.5").error();
    assert_eq!(message, "--set: limits.sessions: expected a whole number from 1 to 64, found \"2.5\"");
    let (message, _) = Stage::new("").set("branch", "fix").error();
    assert_eq!(
        message,
        "--set: branch: expected the name of a branch with {issue} in it once, found \"fix\""
    );
    let (message, hint) = Stage::new("").var("WOODPECKER_REPO_ID", "two").error();
    assert_eq!(
        message,
        "environment: WOODPECKER_REPO_ID: expected a whole number from 0 to 1000000000, found \"two\""
    );
    assert_eq!(hint, "unset WOODPECKER_REPO_ID or correct it; it stands for ci.woodpecker_repo_id");
    let (message, _) = Stage::new("").dotenv("PRIMARY_BRANCH='a b'", 0o600).error();
    assert_eq!(message, ".env: PRIMARY_BRANCH: expected the name of a branch, found \"a b\"");
    let (message, _) = Stage::new("").var("USER", "").error();
    assert_eq!(
        message,
        "projects/x.toml: repo_root: is missing, and without USER in the environment there is no default"
    );
    let (message, _) = Stage::new("").var("HOME", "").error();
    assert!(message.starts_with("projects/x.toml: worktree_root: is missing, and without HOME"), "{message}");
    let e = Stage::new("").load_file("y").unwrap_err();
    assert_eq!(e.to_string(), "projects/y.toml: cannot be read: No such file or directory (os error 2)");
}

#[test]
fn dotenv_is_read_only_if_nobody_else_can() {
    let (message, hint) = Stage::new("").dotenv("FORGE_TOKEN=hunter22", 0o644).error();
    assert_eq!(message, ".env: holds secrets, but its mode is 0644: others may read it");
    assert_eq!(hint, "chmod 600 <root>/.env");
    let (message, _) = Stage::new("").dotenv("# x\nFORGE_TOKEN hunter22", 0o600).error();
    assert_eq!(message, ".env: line 2: expected KEY=VALUE");
    let contained = Stage::new("").dotenv("FORGE_TOKEN=hunter22", 0o644).var("DISINTO_CONTAINER", "1").load();
    assert_eq!(contained.tokens.forge, None);
}

#[test]
fn a_secret_is_known_for_redaction_and_printed_nowhere() {
    let toml = "token_env = 'MINE'\n[mirrors]\na = 'https://me:url-pass-1@host/x'";
    let stage = Stage::new(toml).var("MATRIX_TOKEN", "matrix-token-1").var("OTHER_PASSWORD", "other-pass-1");
    let p = stage.var("SHORT_TOKEN", "1").dotenv("MINE=forge-token-1\n", 0o600).load();
    assert!(is(&p.tokens.forge, "forge-token-1"));
    assert_eq!(p.secrets(), ["matrix-token-1", "forge-token-1", "other-pass-1", "url-pass-1"]);
    let printed = format!("{p:?}");
    assert!(!printed.contains("token-1") && !printed.contains("other-pass-1"));
}

#[test]
fn a_token_that_is_named_and_absent_is_none_and_not_another() {
    let p = Stage::new("token_env = 'MINE'").var("FORGE_TOKEN", "somebody-else").load();
    assert_eq!(p.tokens.forge, None);
}

#[test]
fn projects_side_by_side_share_nothing() {
    let stage = Stage::new("");
    let unique = |files: [(&str, &str); 2]| {
        let projects = files.map(|(name, toml)| {
            stage.project(name, toml);
            stage.load_file(name).unwrap()
        });
        check_unique(&projects).map_err(|e| e.to_string())
    };
    assert_eq!(unique([("a.b", ""), ("c", "")]), Ok(()));
    let slug = "projects/a_b.toml: name: \"a_b\" gives the slug a_b, as \"a.b\" in projects/a.b.toml does";
    assert_eq!(unique([("a.b", ""), ("a_b", "")]), Err(slug.to_string()));
    let folder = "projects/e.toml: worktree_root: /w/5 is shared with /w of projects/d.toml";
    assert_eq!(
        unique([("d", "worktree_root = '/w'"), ("e", "worktree_root = '/w/5'")]),
        Err(folder.to_string())
    );
    let branch = "projects/g.toml: branch: \"fix/issue-{issue}\" is also the branch of projects/f.toml, on the same repository";
    let one_repo = [("f", "name = 'f'\nrepo = 'a/b'"), ("g", "name = 'g'\nrepo = 'A/b'")];
    assert_eq!(unique(one_repo), Err(branch.to_string()));
    let two_branches =
        [("f", "name = 'f'\nrepo = 'a/b'"), ("g", "name = 'g'\nrepo = 'a/b'\nbranch = 'g/{issue}'")];
    assert_eq!(unique(two_branches), Ok(()));
}

#[test]
fn a_project_is_found_by_name_or_path() {
    let stage = Stage::new("name = 'website'");
    stage.project("b", "");
    fs::write(stage.root().projects_dir().join(".hidden.toml"), "").unwrap();
    fs::write(stage.root().projects_dir().join("c.toml.example"), "").unwrap();
    let (root, file) = (stage.root(), stage.root().projects_dir().join("x.toml"));
    assert_eq!(root.list(), [root.projects_dir().join("b.toml"), file.clone()]);
    for name in ["x", "website", "projects/x.toml", file.to_str().unwrap()] {
        assert_eq!(find(&root, name).unwrap(), file, "{name}");
    }
    let e = find(&root, "y").unwrap_err();
    assert_eq!(
        (e.to_string().as_str(), e.hint()),
        ("projects: there is no project \"y\"", "there are: b, x")
    );
    assert_eq!(find(&root, "y.toml").unwrap_err().to_string(), "y.toml: there is no such file");
    let nowhere = Root::at(Path::new("/nowhere"));
    assert!(find(&nowhere, "y").unwrap_err().to_string().contains("/nowhere/projects cannot be read"));
}

#[test]
fn the_root_is_found_in_order() {
    let temp = tempfile::tempdir().unwrap();
    let base = fs::canonicalize(temp.path()).unwrap();
    let folder = |name: &str| {
        let dir = base.join(name);
        fs::create_dir_all(dir.join("projects")).unwrap();
        dir
    };
    let (named, factory, near) = (folder("named"), folder("factory"), folder("near"));
    folder("xdg/drover");
    let xdg = Env::from([("XDG_CONFIG_HOME", base.join("xdg").to_str().unwrap()), ("HOME", "/home/maria")]);
    let mut env = xdg.clone();
    env.0.insert("FACTORY_ROOT".into(), factory.to_str().unwrap().into());
    let deep = near.join("a/b");
    fs::create_dir_all(&deep).unwrap();

    assert_eq!(Root::find(Some(Path::new("named/../named")), &env, &base).unwrap(), Root::at(&named));
    assert_eq!(Root::find(None, &env, &deep).unwrap(), Root::at(&factory));
    let found = Root::find(None, &xdg, &deep).unwrap();
    assert_eq!(found.config, base.join("xdg/drover"), "projects/ alone is no root");
    assert_eq!(found.state, Path::new("/home/maria/.local/state/drover"));
    fs::create_dir(near.join("state")).unwrap();
    fs::write(near.join("state/.drover"), "").unwrap();
    assert_eq!(Root::find(None, &xdg, &deep).unwrap(), Root::at(&near));
    let mut elsewhere = xdg.clone();
    elsewhere.0.insert("XDG_STATE_HOME".into(), "/srv/state".into());
    assert_eq!(Root::find(None, &elsewhere, &base).unwrap().state, Path::new("/srv/state/drover"));

    let bad = |dir: &str| Root::find(Some(Path::new(dir)), &env, &base).unwrap_err();
    assert_eq!(bad("/nowhere").to_string(), "--root: /nowhere is no folder");
    assert_eq!(bad("xdg").to_string(), format!("--root: {}/xdg holds no projects/ folder", base.display()));
    let none = Root::find(None, &Env::from([("HOME", "/nowhere")]), &base).unwrap_err();
    assert!(
        none.to_string().starts_with("root: found none:") && none.hint().contains("state/.drover"),
        "{none}"
    );
}

#[test]
fn what_is_shipped_loads() {
    let example = fs::read_to_string(repository("projects/example.toml.example")).unwrap();
    let p = Stage::new(&example).load();
    assert_eq!((p.forge, p.name.as_str()), (ForgeKind::Local, "x"));
    assert_eq!(p.repo_root, Path::new("/home/maria/src/mine"));
    let page = markdown();
    let toml = page.split("```toml\n").nth(1).and_then(|t| t.split("```").next()).unwrap();
    assert_eq!(Stage::new(toml).load().forge, ForgeKind::Forgejo);
}

#[test]
fn the_page_of_all_keys_is_up_to_date() {
    let path = repository("docs/config.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, markdown()).unwrap();
    }
    let page = fs::read_to_string(&path).unwrap_or_default();
    assert!(page == markdown(), "docs/config.md is stale: UPDATE_DOCS=1 cargo test --test config");
    for key in KEYS.iter().flat_map(|k| k.vars.iter().chain(k.aliases)) {
        assert!(page.contains(&format!("`{key}`")), "{key}");
    }
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
