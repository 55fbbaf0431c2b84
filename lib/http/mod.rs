//! HTTP as the adapters of forges and CI servers use it: one [`Wire`] that sends a request, one [`Client`] that
//! turns answers into values or [`Fault`]s, pages through listings and keeps to the server's pauses.

mod agent;
mod ascii;
mod backoff;
mod client;
mod fault;
mod kept;
mod pages;
mod quote;

pub use agent::{Agent, Credentials};
pub use backoff::Pause;
pub use client::{Answer, Client, without_password};
pub use fault::{Fault, Kind, passes};
pub use quote::{query, quoted};

/// What is asked of a server: reading never changes anything there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Read.
    Get,
    /// Make something, or have something done.
    Post,
    /// Change something.
    Patch,
    /// Set something.
    Put,
    /// Remove something.
    Delete,
}

impl Method {
    /// Its name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Patch => "PATCH",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        }
    }
}

/// One request. Credentials are no part of it: the wire adds them, so that none is ever printed.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What is asked.
    pub method: Method,
    /// The path below the server's address, with its query, beginning with `/`.
    pub path: String,
    /// The body, for those that have one.
    pub body: Option<serde_json::Value>,
}

/// One answer, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of a header; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// Why no answer came, in words. Whether the request arrived is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoAnswer(pub String);

/// Whatever carries requests to a server: a connection, or in tests a server in memory.
pub trait Wire {
    /// Sends a request and gives the answer as it came; redirects are not followed.
    fn send(&self, request: &Request) -> Result<Response, NoAnswer>;
    /// The same, if the answer's tag is not this one: else 304, where the server knows of that.
    fn send_unless(&self, request: &Request, _etag: &str) -> Result<Response, NoAnswer> {
        self.send(request)
    }
    /// The server's address, without credentials, for error texts.
    fn address(&self) -> &str;
}
