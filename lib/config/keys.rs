//! Every key and every variable, in one table: parsing, type errors, `--set`, the environment and
//! `docs/config.md` all come from it.

use super::words::{ForgeKind, Update};
use crate::domain::launch::Style;
use crate::domain::policy::{Pipeline, Scope};

/// What a value must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A text.
    Text,
    /// A text that is only ever read from the environment and never printed.
    Secret,
    /// One of some words.
    Word(&'static [&'static str]),
    /// A whole number between two, both included.
    Int(u64, u64),
    /// A number of at least 0.
    Number,
    /// `true` or `false`.
    Bool,
    /// A list of texts.
    List,
    /// A table of texts.
    Table,
}

/// What holds where nothing is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fallback {
    /// No value.
    None,
    /// This one, written as for `--set`.
    Value(&'static str),
    /// One that depends on others; the text says how.
    Computed(&'static str),
}

/// Whether a key does anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It does.
    Used,
    /// It is read over, so that files and environments of the earlier system load.
    Accepted,
}

/// One key, or a variable that has none.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The dotted path in a project file; `<name>` stands for any one name. Empty: a variable only.
    pub path: &'static str,
    /// What its value must be.
    pub kind: Kind,
    /// Variables that give it, the current name first, then older ones.
    pub vars: &'static [&'static str],
    /// Other paths under which it is read.
    pub aliases: &'static [&'static str],
    /// What holds where nothing is given.
    pub default: Fallback,
    /// One sentence for the documentation.
    pub doc: &'static str,
    /// Whether it does anything.
    pub effect: Effect,
}

impl Key {
    /// The path, or the variable where there is none.
    pub fn name(&self) -> &'static str {
        if self.path.is_empty() { self.vars.first().copied().unwrap_or_default() } else { self.path }
    }

    /// Whether one of its names stands for any name, as in `people.<name>.forge`.
    pub fn is_pattern(&self) -> bool {
        self.path.contains('<')
    }

    const fn var(self, vars: &'static [&'static str]) -> Key {
        Key { vars, ..self }
    }

    const fn alias(self, aliases: &'static [&'static str]) -> Key {
        Key { aliases, ..self }
    }

    const fn is(self, value: &'static str) -> Key {
        Key { default: Fallback::Value(value), ..self }
    }

    const fn computed(self, how: &'static str) -> Key {
        Key { default: Fallback::Computed(how), ..self }
    }

    const fn ignored(self) -> Key {
        Key { effect: Effect::Accepted, ..self }
    }
}

const fn key(path: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { path, kind, vars: &[], aliases: &[], default: Fallback::None, doc, effect: Effect::Used }
}

const fn variable(vars: &'static [&'static str], kind: Kind, doc: &'static str) -> Key {
    key("", kind, doc).var(vars)
}

const ANY: Kind = Kind::Int(0, 1_000_000_000);
const SECONDS: Kind = Kind::Int(1, 604_800);
const MINUTES: Kind = Kind::Int(1, 10_080);

/// The table, one row a line.
#[rustfmt::skip]
pub const KEYS: &[Key] = &[
    key("name", Kind::Text, "The project's name: letters, digits, `.`, `_` and `-`, at most 64; unique below one root.").var(&["PROJECT_NAME"]).computed("last part of `repo`, else the file's name"),
    key("forge", Kind::Word(ForgeKind::WORDS), "Which kind of forge the project lives on.").computed("`local`; `forgejo` if `repo` or `forge_url` is given"),
    key("repo", Kind::Text, "The repository as `owner/name`; needed by every forge but the local one.").var(&["FORGE_REPO"]),
    key("forge_url", Kind::Text, "The forge's address.").var(&["FORGE_URL"]).computed("`http://localhost:3000`; on GitHub and Azure their own"),
    key("git_remote", Kind::Text, "Where git fetches and pushes on a forge with a server: an address, or the name of a remote of `repo_root`.").computed("the remote of `repo_root` on the host of `forge_url`, else `<forge_url>/<repo>.git`"),
    key("repo_root", Kind::Text, "Your clone of the repository: an absolute path; `~/` is your home.").var(&["PROJECT_REPO_ROOT"]).computed("`/home/$USER/<name>`"),
    key("primary_branch", Kind::Text, "The branch that pulls land on.").var(&["PRIMARY_BRANCH"]).is("master"),
    key("worktree_root", Kind::Text, "The folder for the sessions' clones, of this project alone and outside of `repo_root`.").computed("`~/.local/share/drover/<hash of the state folder>/<name>`"),
    key("branch", Kind::Text, "The branch of a run, with `{issue}` once.").is("fix/issue-{issue}"),
    key("pipeline", Kind::Word(Pipeline::WORDS), "Whether new work starts while a pull of ours waits: `drain` starts none.").is("drain"),
    key("mirror_timeout", SECONDS, "Seconds that a push to a mirror may take.").is("120"),
    key("bots", Kind::List, "Accounts whose issue comments are not shown to the agent.").var(&["FORGE_BOT_USERNAMES", "CODEBERG_BOT_USERNAMES"]).is(""),
    key("token_env", Kind::Text, "Name of the variable that holds the forge token, in place of `FORGE_TOKEN`."),
    key("token_file", Kind::Text, "File that holds the forge token, absolute or below the root."),
    key("review_token_env", Kind::Text, "Name of the variable that holds the reviewer's token, in place of `FORGE_REVIEW_TOKEN`."),
    key("review_token_file", Kind::Text, "File that holds the reviewer's token."),
    key("labels.queue", Kind::Text, "An issue that may be worked on.").is("backlog"),
    key("labels.priority", Kind::Text, "In addition to the queue label: before the others.").is("priority"),
    key("labels.in_progress", Kind::Text, "Being worked on.").is("in-progress"),
    key("labels.blocked", Kind::Text, "Given up on; a person has to look.").is("blocked"),
    key("labels.needs_human", Kind::Text, "A person is asked.").is("needs-human"),
    key("labels.underspecified", Kind::Text, "Too large or not clear enough.").is("underspecified"),
    key("labels.skip", Kind::List, "Issues with one of these are never touched.").is("formula,action,prediction/dismissed,prediction/unreviewed,vision"),
    key("agent.name", Kind::Text, "The agent: `claude`, `codex` or `opencode`, which drover knows; any other name is that of a program which follows the contract.").is("command"),
    key("agent.style", Kind::Word(Style::WORDS), "`turns`: each message is one invocation; `interactive`: messages are typed into the agent's own interface.").computed("`interactive` for Claude Code, else `turns`"),
    key("agent.command", Kind::List, "Program and arguments of a first turn; of a known agent the program alone. Without it nothing can be started.").computed("the known agent's own name"),
    key("agent.args", Kind::List, "Arguments added to each call of the agent.").is(""),
    key("agent.prompts", Kind::Text, "A folder with texts for prompts: `head.md`, `go_on.md`, `remind.md`, `protocol.md`; each replaces ours of that name.").computed("ours"),
    key("agent.fallback", Kind::List, "Agents that take over, in this order, while the agent has reached a limit or its server fails.").is(""),
    key("agent.limited", Kind::List, "Of a program that drover does not know: regular expressions (without regard to case) for the last lines of a turn that failed because of a limit.").is(""),
    key("agent.refused", Kind::List, "The same for a login, a key or an account that a person has to see to.").is(""),
    key("agent.resume", Kind::List, "Program and arguments of a later turn, if they differ.").is(""),
    key("agent.model", Kind::Text, "The model to ask for.").var(&["CLAUDE_MODEL"]),
    key("agent.timeout", Kind::Int(0, 2_592_000), "Seconds of work after which a run is blocked; 0 is no limit.").var(&["CLAUDE_TIMEOUT"]).is("0"),
    key("agent.env", Kind::Table, "Variables of the session, with their values.").is(""),
    key("agent.pass_env", Kind::List, "Names of variables handed on to the session, from the environment or `.env`.").is("ANTHROPIC_API_KEY,CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"),
    key("verify.pre", Kind::Text, "Shell command before the other steps, such as fetching dependencies."),
    key("verify.build", Kind::Text, "Shell command that builds."),
    key("verify.test", Kind::Text, "Shell command that tests."),
    key("verify.lint", Kind::Text, "Shell command that lints."),
    key("verify.format", Kind::Text, "Shell command that checks the format."),
    key("verify.timeout", SECONDS, "Seconds that one step may take.").is("600"),
    key("verify.clean", Kind::Bool, "Whether the checkout is emptied before each job.").alias(&["verify_clean"]).is("false"),
    key("verify.slots", Kind::Int(1, 64), "How many jobs run at once.").alias(&["verify_slots"]).is("1"),
    key("verify.output_mb", Kind::Int(1, 10_000), "MB that one step may print.").is("50"),
    key("verify.env", Kind::Table, "Variables of the steps, with their values.").is(""),
    key("limits.sessions", Kind::Int(1, 64), "How many sessions may be at work.").is("1"),
    key("limits.session_memory_mb", ANY, "The most memory that a session may take, with all that it starts, in MB; 0: as much as there is. See desk.md.").is("0"),
    key("limits.memory_mb", ANY, "Least free memory, in MB, to start new work.").is("2000"),
    key("limits.disk_mb", ANY, "Least free disk, in MB, to start new work.").is("2000"),
    key("limits.load", Kind::Number, "Highest load average to start new work; 0 is no limit.").is("0"),
    key("limits.window", Kind::Text, "Hours in which new work may start, in local time, such as `22:00-07:00`."),
    key("limits.park_minutes", MINUTES, "Minutes that a run may wait before its session is stopped until there is news.").is("15"),
    key("limits.calls", Kind::Int(10, 1_000_000), "Calls of the forge's API that one binary may make.").is("1000"),
    key("limits.file_kb", ANY, "Largest file, in KB, that a run may add.").is("1000"),
    key("landing.scope", Kind::Word(Scope::WORDS), "Which pulls may land: those of runs and chores, those that name an issue, or all.").is("ours"),
    key("landing.chores", Kind::List, "Branches that may land without an issue: regular expressions for the whole name.").is("chore/(gardener|planner|predictor)-.*"),
    key("landing.without_checks", Kind::Bool, "Land what is approved even where there are no checks at all.").is("false"),
    key("landing.update", Kind::Word(Update::WORDS), "How a branch takes in its base.").is("merge"),
    key("landing.delete_branch", Kind::Bool, "On a server, remove a run's branch when its pull has been merged and the primary branch holds all of it.").is("true"),
    key("landing.up_to_date", Kind::Bool, "A pull must hold the newest base before it lands.").is("false"),
    key("landing.required", Kind::List, "Contexts that must be green, beside those the forge demands.").is(""),
    key("ci.woodpecker_repo_id", ANY, "The repository's number on the Woodpecker server; 0: the project has no CI; none: ask the forge.").var(&["WOODPECKER_REPO_ID"]),
    key("ci.server", Kind::Text, "The Woodpecker server's address.").var(&["WOODPECKER_SERVER"]).is("http://localhost:8000"),
    key("ci.timeout", MINUTES, "Minutes to wait for CI before a person is asked.").alias(&["ci_timeout"]).is("30"),
    key("ci.settle", Kind::Int(0, 3600), "Seconds that the newest result must be old where no list says which are required.").alias(&["ci_settle"]).is("60"),
    key("ci.token_env", Kind::Text, "Name of the variable that holds the CI token, in place of `WOODPECKER_TOKEN`."),
    key("ci.token_file", Kind::Text, "File that holds the CI token."),
    key("people.maintainers", Kind::List, "Who may answer, command and approve requests, on every channel.").is(""),
    key("people.reviewers", Kind::List, "Whose approval counts; empty: whoever may write.").is(""),
    key("people.channels", Kind::List, "How people are reached, each of `mail`, `matrix`, `telegram`, `ntfy`, `webhook`, `command`, `forge`; see people.md.").computed("`matrix` if it has a room and a token, else `mail`"),
    key("people.notices", Kind::List, "What they are told beside what needs a person: `started`, `pull`, `ci`, `review`, `reminder`, `landed`, `refused`.").computed("all"),
    key("people.quiet", Kind::Text, "Hours in which only escalations and questions are told, in local time, such as `22:00-07:00`."),
    key("people.ladder", Kind::List, "Maintainers who are asked one after the other: the first at once and after 6 hours, the next after 12 and 18.").is(""),
    key("people.command", Kind::Text, "Shell command of the channel `command`, with a notice as JSON on its input."),
    key("people.<name>.forge", Kind::Text, "A person's account on the forge.").computed("the name"),
    key("people.<name>.matrix", Kind::Text, "A person's Matrix user id."),
    key("people.<name>.telegram", Kind::Text, "A person's Telegram user id."),
    key("mirrors", Kind::Table, "A git URL that the primary branch and tags are pushed to, forward only; any number of names.").is(""),
    key("worktree.copy", Kind::List, "Files of `repo_root` to copy into a session's clone; never committed.").is(""),
    key("worktree.setup", Kind::Text, "Shell command to run in a new clone."),
    key("worktree.setup_timeout", SECONDS, "Seconds that it may take.").is("600"),
    key("matrix.room_id", Kind::Text, "The project's room.").var(&["MATRIX_ROOM_ID"]),
    key("matrix.bot_user", Kind::Text, "Our own user id.").var(&["MATRIX_BOT_USER"]),
    key("matrix.homeserver", Kind::Text, "The Matrix server's address.").var(&["MATRIX_HOMESERVER"]).computed("`http://localhost:8008`; in the container `http://dendrite:8008`"),
    key("matrix.mention_user", Kind::Text, "Who is mentioned when a person is needed.").var(&["MATRIX_MENTION_USER"]),
    key("matrix.token_env", Kind::Text, "Name of the variable that holds the Matrix token, in place of `MATRIX_TOKEN`."),
    key("matrix.token_file", Kind::Text, "File that holds the Matrix token."),
    key("telegram.chat_id", Kind::Text, "The chat that our bot writes to: a number, or `@name` of a channel."),
    key("telegram.server", Kind::Text, "The address of the Bot API.").is("https://api.telegram.org"),
    key("telegram.token_env", Kind::Text, "Name of the variable that holds the bot's token, in place of `TELEGRAM_TOKEN`."),
    key("telegram.token_file", Kind::Text, "File that holds the bot's token."),
    key("ntfy.topic", Kind::Text, "The topic to publish to."),
    key("ntfy.server", Kind::Text, "The address of the ntfy server.").is("https://ntfy.sh"),
    key("ntfy.token_env", Kind::Text, "Name of the variable that holds its access token, in place of `NTFY_TOKEN`."),
    key("ntfy.token_file", Kind::Text, "File that holds its access token."),
    key("webhook.url", Kind::Text, "Where notices are posted as JSON."),
    key("webhook.secret_env", Kind::Text, "Name of the variable that holds the secret they are signed with, in place of `WEBHOOK_SECRET`."),
    key("webhook.secret_file", Kind::Text, "File that holds that secret."),
    key("matrix.thread_map", Kind::Text, "Where the earlier system kept its threads.").var(&["MATRIX_THREAD_MAP"]).ignored(),
    key("ci.stale_minutes", ANY, "Was exported and never read.").ignored(),
    key("services.containers", Kind::List, "Was exported and never read.").ignored(),
    key("monitoring.check_prs", Kind::Bool, "Switch of the earlier system's supervisor.").ignored(),
    key("monitoring.check_dev_agent", Kind::Bool, "Switch of the earlier system's supervisor.").ignored(),
    key("monitoring.check_pipeline_stall", Kind::Bool, "Switch of the earlier system's supervisor.").ignored(),
    variable(&["FORGE_TOKEN", "CODEBERG_TOKEN"], Kind::Secret, "Token of the account that comments, pushes, opens and merges."),
    variable(&["FORGE_REVIEW_TOKEN", "REVIEW_BOT_TOKEN"], Kind::Secret, "Token of the account that reviews; a different account."),
    variable(&["WOODPECKER_TOKEN"], Kind::Secret, "Token of the CI server."),
    variable(&["MATRIX_TOKEN"], Kind::Secret, "Access token of the Matrix account; without one nothing is sent."),
    variable(&["TELEGRAM_TOKEN"], Kind::Secret, "Token of the Telegram bot."),
    variable(&["NTFY_TOKEN"], Kind::Secret, "Access token of the ntfy server."),
    variable(&["WEBHOOK_SECRET"], Kind::Secret, "What notices to `webhook.url` are signed with."),
    variable(&["ANTHROPIC_API_KEY"], Kind::Secret, "Handed on to the session while `agent.pass_env` names it."),
    variable(&["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"], Kind::Text, "Handed on to the session while `agent.pass_env` names it.").is("1"),
    variable(&["DISINTO_CONTAINER"], Kind::Text, "`1` inside the agents' container: `.env` is not read."),
    variable(&["FACTORY_ROOT"], Kind::Text, "The root, where `--root` does not name it."),
    variable(&["XDG_CONFIG_HOME"], Kind::Text, "Parent of the root's configuration where nothing else names a root.").computed("`~/.config`"),
    variable(&["XDG_STATE_HOME"], Kind::Text, "Parent of the root's state where nothing else names a root.").computed("`~/.local/state`"),
    variable(&["HOME"], Kind::Text, "What `~/` stands for."),
    variable(&["USER", "LOGNAME"], Kind::Text, "Part of the default of `repo_root`."),
    variable(&["FORGE_API"], Kind::Text, "Follows from `forge_url` and `repo`.").ignored(),
    variable(&["FORGE_WEB"], Kind::Text, "Follows from `forge_url` and `repo`.").ignored(),
    variable(&["WOODPECKER_DB_USER"], Kind::Text, "The CI server's database is never asked.").ignored(),
    variable(&["WOODPECKER_DB_PASSWORD"], Kind::Secret, "The CI server's database is never asked; the value is redacted.").ignored(),
    variable(&["WOODPECKER_DB_HOST"], Kind::Text, "The CI server's database is never asked.").ignored(),
    variable(&["WOODPECKER_DB_NAME"], Kind::Text, "The CI server's database is never asked.").ignored(),
    variable(&["WOODPECKER_AGENT_SECRET"], Kind::Secret, "The CI server's own; the value is redacted.").ignored(),
    variable(&["WP_FORGEJO_CLIENT"], Kind::Text, "The CI server's own.").ignored(),
    variable(&["WP_FORGEJO_SECRET"], Kind::Secret, "The CI server's own; the value is redacted.").ignored(),
    variable(&["MATRIX_THREAD_ID"], Kind::Text, "Set for the session by us, never read.").ignored(),
    variable(&["PHASE_POLL_INTERVAL"], Kind::Text, "The phase file is watched, not polled.").ignored(),
    variable(&["TEA_LOGIN"], Kind::Text, "The `tea` program is not used.").ignored(),
];
