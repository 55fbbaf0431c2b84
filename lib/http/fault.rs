//! What can be wrong with an answer, told apart by what a person or the next tick has to do about it.

use crate::domain::text::plain_line;
use crate::domain::time::Timestamp;
use std::fmt;

/// What kind of trouble it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No answer: name, connection, TLS or time. Whether the request arrived is not known.
    Unreachable,
    /// TLS: the server's certificate has expired, is of another name or signed by nobody we trust. Nothing was asked.
    Certificate,
    /// We stay away until then, since the server asked for it or failed.
    Pausing(Timestamp),
    /// Too many requests.
    Limited,
    /// 401: the token is wrong, expired or missing.
    Unauthorized,
    /// 403: the token may not.
    Forbidden,
    /// 404 where something has to be.
    Missing,
    /// The address has moved, to there where the server tells.
    Moved(String),
    /// 423 or 410: the repository is archived.
    Archived,
    /// 5xx. Whether the request was carried out is not known.
    Server(u16),
    /// Another refusal.
    Refused(u16),
    /// An answer that is not what the API gives.
    NotApi,
    /// A listing that changed while it was read, or never ends.
    Unsteady,
    /// More calls than the configuration allows.
    OverBudget,
}

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of trouble it is.
    pub kind: Kind,
    /// The call, as in `GET /api/v1/version of https://forge.example`.
    pub call: String,
    /// What the server or the connection said: one line, untrusted.
    pub said: String,
}

impl Fault {
    /// A fault with what was said cut to one line.
    pub fn new(kind: Kind, call: impl Into<String>, said: &str) -> Fault {
        Fault { kind, call: call.into(), said: plain_line(said, 300) }
    }

    /// Whether the request may have been carried out all the same.
    pub fn is_ambiguous(&self) -> bool {
        matches!(self.kind, Kind::Unreachable | Kind::Server(_) | Kind::NotApi)
    }

    /// Whether the same call may well work later, without anybody doing anything.
    pub fn passes(&self) -> bool {
        matches!(
            self.kind,
            Kind::Unreachable
                | Kind::Pausing(_)
                | Kind::Limited
                | Kind::Server(_)
                | Kind::Unsteady
                | Kind::OverBudget
        )
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self.kind {
            Kind::Unreachable => "is the address right and the server up? the next tick tries again",
            Kind::Certificate => {
                "renew the server's certificate, or have this machine trust who signed it (SSL_CERT_FILE names a file of such certificates)"
            }
            Kind::Pausing(_) | Kind::Limited => "nothing to do: the server is left alone until then",
            Kind::Unauthorized => {
                "put a valid token into FORGE_TOKEN in <root>/.env, or name another source with token_env or token_file"
            }
            Kind::Forbidden => {
                "give the token's account write access to the repository, and the token the scopes write:repository, write:issue and read:user"
            }
            Kind::Missing => "is repo right, and may the token's account see it?",
            Kind::Moved(_) => "set forge_url and repo to where it is now",
            Kind::Archived => "unarchive the repository, or take the project's file away",
            Kind::Server(_) => "look at the server's log; the next tick tries again",
            Kind::NotApi => "is forge_url the forge itself, and not a login page or a proxy in front of it?",
            Kind::Unsteady => "the next tick reads it again",
            Kind::OverBudget => "raise limits.calls, if so many calls are right for this project",
            Kind::Refused(_) => "",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fault { call, said, .. } = self;
        match &self.kind {
            Kind::Unreachable => write!(f, "{call}: no answer: {said}"),
            Kind::Certificate => write!(f, "{call}: its certificate is not accepted: {said}"),
            Kind::Pausing(until) => write!(f, "{call}: not asked before {until}: {said}"),
            Kind::Limited => write!(f, "{call}: too many requests: {said}"),
            Kind::Unauthorized => write!(f, "{call}: the token is not accepted (401): {said}"),
            Kind::Forbidden => write!(f, "{call}: the token's account may not do that (403): {said}"),
            Kind::Missing => write!(f, "{call}: not there, or not to be seen (404): {said}"),
            Kind::Moved(to) if to.is_empty() => write!(f, "{call}: the address has moved"),
            Kind::Moved(to) => write!(f, "{call}: the address has moved to {}", plain_line(to, 200)),
            Kind::Archived => write!(f, "{call}: the repository is archived: {said}"),
            Kind::Server(status) => write!(f, "{call}: the server failed ({status}): {said}"),
            Kind::Refused(status) => write!(f, "{call}: refused ({status}): {said}"),
            Kind::NotApi => write!(f, "{call}: the answer is not that of the API: {said}"),
            Kind::Unsteady => write!(f, "{call}: {said}"),
            Kind::OverBudget => write!(f, "{call}: not asked: {said}"),
        }
    }
}

impl std::error::Error for Fault {}

/// Whether what failed may well work later, without anybody doing anything; what is no fault of a server's is not.
pub fn passes(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Fault>().is_some_and(Fault::passes)
}
