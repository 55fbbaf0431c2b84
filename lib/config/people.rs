//! `[people]` and the channels that they are reached by.

use super::error::ConfigError;
use super::given::Given;
use super::root::Root;
use super::secret::Secret;
use super::sections::server;
use super::value::Value;
use super::vars::Vars;
use super::words::Channel;
use super::{rules, tokens};
use crate::domain::notice::{NoticeKind, Wanted};
use std::collections::{BTreeMap, BTreeSet};

/// Most people of the ladder: a run is blocked after 24 hours, and each is told after 6 more.
const LADDER: usize = 3;

/// One person on all channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Account on the forge.
    pub forge: String,
    /// Matrix user id.
    pub matrix: Option<String>,
    /// Telegram user id.
    pub telegram: Option<String>,
}

/// `[people]`: who may do what, in all channels, and what they are told.
#[derive(Clone, Debug)]
pub struct People {
    /// Names of those who may answer, command and approve requests.
    pub maintainers: Vec<String>,
    /// Names of those whose approval counts; empty: whoever may write.
    pub reviewers: Vec<String>,
    /// What is known of each name that has a table of its own.
    pub persons: BTreeMap<String, Person>,
    /// How they are reached.
    pub channels: Vec<Channel>,
    /// What they are told, and when.
    pub wanted: Wanted,
    /// Whom a wait is told one after the other.
    pub ladder: Vec<String>,
}

impl People {
    /// The forge account of a name: its own table's, else the name itself.
    pub fn forge_name<'a>(&'a self, name: &'a str) -> &'a str {
        self.persons.get(name).map_or(name, |p| p.forge.as_str())
    }

    /// The account that a name has in a channel; none where it has none.
    pub fn account<'a>(&'a self, channel: Channel, name: &'a str) -> Option<&'a str> {
        let person = self.persons.get(name);
        match channel {
            Channel::Matrix => person.and_then(|p| p.matrix.as_deref()),
            Channel::Telegram => person.and_then(|p| p.telegram.as_deref()),
            Channel::Forge => Some(self.forge_name(name)),
            Channel::Mail | Channel::Ntfy | Channel::Webhook | Channel::Command => None,
        }
    }

    /// The maintainer who has this account in a channel.
    pub fn maintainer_in(&self, channel: Channel, account: &str) -> Option<&str> {
        let is = |name: &&String| self.account(channel, name) == Some(account);
        self.maintainers.iter().find(is).map(String::as_str)
    }

    /// The forge accounts of the maintainers.
    pub fn maintainer_accounts(&self) -> Vec<String> {
        self.maintainers.iter().map(|n| self.forge_name(n).to_string()).collect()
    }

    /// The forge accounts of the reviewers.
    pub fn reviewer_accounts(&self) -> Vec<String> {
        self.reviewers.iter().map(|n| self.forge_name(n).to_string()).collect()
    }
}

/// `[matrix]`: the room of the project. Without a token nothing is sent.
#[derive(Clone, Debug)]
pub struct MatrixConfig {
    /// The room.
    pub room_id: Option<String>,
    /// Our own user id.
    pub bot_user: Option<String>,
    /// The server's address, without a slash at its end.
    pub homeserver: String,
    /// Who is mentioned when a person is needed.
    pub mention_user: Option<String>,
    /// The access token.
    pub token: Option<Secret>,
}

/// The channels beside Matrix.
#[derive(Clone, Debug)]
pub struct Messengers {
    /// `[telegram]`: the chat.
    pub telegram_chat: Option<String>,
    /// The address of the Bot API.
    pub telegram_server: String,
    /// The bot's token.
    pub telegram_token: Option<Secret>,
    /// `[ntfy]`: the topic.
    pub ntfy_topic: Option<String>,
    /// The address of the ntfy server.
    pub ntfy_server: String,
    /// Its access token, where it wants one.
    pub ntfy_token: Option<Secret>,
    /// `[webhook]`: where notices are posted.
    pub webhook_url: Option<String>,
    /// What they are signed with.
    pub webhook_secret: Option<Secret>,
    /// `people.command`: a shell command that takes a notice.
    pub command: Option<String>,
}

impl Messengers {
    /// All that nobody else may read.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        [&self.telegram_token, &self.ntfy_token, &self.webhook_secret].into_iter().flatten()
    }
}

/// `[people]`.
pub fn people(given: &Given, matrix: &MatrixConfig, others: &Messengers) -> Result<People, ConfigError> {
    let mut persons = BTreeMap::new();
    for path in given.entries.keys() {
        let below = path.strip_prefix("people.").and_then(|rest| rest.rsplit_once('.'));
        let Some((name, _)) = below else { continue };
        let text = |what: &str| given.text(&format!("people.{name}.{what}"));
        let forge = text("forge").unwrap_or_else(|| name.to_string());
        let person = Person { forge, matrix: text("matrix"), telegram: text("telegram") };
        persons.insert(name.to_string(), person);
    }
    let maintainers = given.list("people.maintainers");
    Ok(People {
        ladder: ladder(given, &maintainers)?,
        maintainers,
        reviewers: given.list("people.reviewers"),
        persons,
        channels: channels(given, matrix, others)?,
        wanted: Wanted { kinds: kinds(given)?, quiet: quiet(given)? },
    })
}

/// Whoever is asked has to be somebody whose answer counts.
fn ladder(given: &Given, maintainers: &[String]) -> Result<Vec<String>, ConfigError> {
    let ladder = given.list("people.ladder");
    let hint = "write for example: ladder = [\"maria\", \"rob\"], both of people.maintainers";
    if let Some(other) = ladder.iter().find(|name| !maintainers.contains(name)) {
        return Err(given.bad_item("people.ladder", "names of maintainers", other, hint));
    }
    if ladder.iter().collect::<BTreeSet<_>>().len() < ladder.len() || ladder.len() > LADDER {
        let problem = format!("expected at most {LADDER} different people");
        let hint = "a run without an answer is blocked after 24 hours, and each is told 6 hours later";
        return Err(given.problem("people.ladder", problem, hint));
    }
    Ok(ladder)
}

fn kinds(given: &Given) -> Result<Option<BTreeSet<NoticeKind>>, ConfigError> {
    let Some(Value::List(names)) = given.value("people.notices") else { return Ok(None) };
    let known: Vec<&str> = NoticeKind::all().map(NoticeKind::name).collect();
    let hint = format!("each is one of {}", known.join(", "));
    let kind = |name: &String| {
        NoticeKind::named(name)
            .ok_or_else(|| given.bad_item("people.notices", "kinds of notices", name, &hint))
    };
    names.iter().map(kind).collect::<Result<BTreeSet<_>, _>>().map(Some)
}

fn quiet(given: &Given) -> Result<Option<crate::domain::window::Window>, ConfigError> {
    let hint = "write for example: quiet = \"22:00-07:00\"";
    match given.text("people.quiet").map(|text| text.parse()) {
        Some(Ok(window)) => Ok(Some(window)),
        Some(Err(_)) => Err(given.bad("people.quiet", "hours such as 22:00-07:00", hint)),
        None => Ok(None),
    }
}

fn channels(given: &Given, matrix: &MatrixConfig, others: &Messengers) -> Result<Vec<Channel>, ConfigError> {
    let names = given.list("people.channels");
    if names.is_empty() {
        let matrix = matrix.room_id.is_some() && matrix.token.is_some();
        return Ok(vec![if matrix { Channel::Matrix } else { Channel::Mail }]);
    }
    let mut channels: Vec<Channel> = vec![];
    for name in &names {
        let hint = format!("each is one of {}", Channel::WORDS.join(", "));
        let wrong = || given.bad_item("people.channels", "channels", name, &hint);
        let channel = Channel::from_word(name).ok_or_else(wrong)?;
        if let Some(missing) = missing(channel, matrix, others) {
            let hint = "set it up (docs/people.md), or take the channel out";
            let problem = format!("{name} is not set up: there is no {missing}");
            return Err(given.problem("people.channels", problem, hint));
        }
        if !channels.contains(&channel) {
            channels.push(channel);
        }
    }
    Ok(channels)
}

/// What a channel cannot do without.
fn missing(channel: Channel, matrix: &MatrixConfig, others: &Messengers) -> Option<&'static str> {
    let needs: &[(&'static str, bool)] = match channel {
        Channel::Mail | Channel::Forge => &[],
        Channel::Matrix => {
            &[("matrix.room_id", matrix.room_id.is_some()), ("MATRIX_TOKEN", matrix.token.is_some())]
        }
        Channel::Telegram => &[
            ("telegram.chat_id", others.telegram_chat.is_some()),
            ("TELEGRAM_TOKEN", others.telegram_token.is_some()),
        ],
        Channel::Ntfy => &[("ntfy.topic", others.ntfy_topic.is_some())],
        Channel::Webhook => &[
            ("webhook.url", others.webhook_url.is_some()),
            ("WEBHOOK_SECRET", others.webhook_secret.is_some()),
        ],
        Channel::Command => &[("people.command", others.command.is_some())],
    };
    needs.iter().find(|(_, is_there)| !is_there).map(|(what, _)| *what)
}

/// `[matrix]`.
pub fn matrix(given: &Given, root: &Root, vars: &Vars) -> Result<MatrixConfig, ConfigError> {
    let contained = vars.get("DISINTO_CONTAINER") == Some("1");
    let default = if contained { "http://dendrite:8008" } else { "http://localhost:8008" };
    let homeserver = match given.text("matrix.homeserver") {
        Some(_) => server(given, "matrix.homeserver")?,
        None => default.to_string(),
    };
    Ok(MatrixConfig {
        room_id: given.text("matrix.room_id"),
        bot_user: given.text("matrix.bot_user"),
        homeserver,
        mention_user: given.text("matrix.mention_user"),
        token: tokens::matrix(given, root, vars)?,
    })
}

/// `[telegram]`, `[ntfy]`, `[webhook]` and `people.command`.
pub fn messengers(given: &Given, root: &Root, vars: &Vars) -> Result<Messengers, ConfigError> {
    let topic = given.text("ntfy.topic");
    if topic.as_ref().is_some_and(|topic| !rules::is_topic(topic)) {
        let hint = "write for example: topic = \"drover-4f2a\"";
        return Err(given.bad("ntfy.topic", "at most 64 letters, digits, '_' and '-'", hint));
    }
    Ok(Messengers {
        telegram_chat: given.text("telegram.chat_id"),
        telegram_server: server(given, "telegram.server")?,
        telegram_token: tokens::telegram(given, root, vars)?,
        ntfy_topic: topic,
        ntfy_server: server(given, "ntfy.server")?,
        ntfy_token: tokens::ntfy(given, root, vars)?,
        webhook_url: given.text("webhook.url").map(|_| server(given, "webhook.url")).transpose()?,
        webhook_secret: tokens::webhook(given, root, vars)?,
        command: given.text("people.command"),
    })
}
