//! The real wire: one keep-alive connection to one server.

use super::ascii;
use super::{NoAnswer, Request, Response, Wire};
use ring::hmac;
use std::time::Duration;
use ureq::http;
use ureq::tls::{RootCerts, TlsConfig};

/// Longest that connecting may take, names and TLS included.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest that a whole call may take, the answer's body included.
const CALL: Duration = Duration::from_secs(30);
/// Most bytes of a body that are read.
const MOST: u64 = 64 << 20;

/// A server, spoken to with one token.
pub struct Agent {
    agent: ureq::Agent,
    address: String,
    credentials: Credentials,
}

/// How a server knows who asks.
pub enum Credentials {
    /// Nobody in particular.
    None,
    /// By the whole value of `Authorization`, such as `token abc`.
    Header(String),
    /// By the beginning of each path, such as `/bot123:abc`.
    Path(String),
    /// By a signature of the body with a secret: `X-Drover-Signature: sha256=` and its HMAC in hex digits.
    Signature(Vec<u8>),
}

impl Agent {
    /// A server at `address` (without a slash at its end).
    pub fn new(address: &str, credentials: Credentials) -> Agent {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(CALL))
            .user_agent(concat!("drover/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls);
        // What is on this very machine is never behind a proxy.
        let config = if is_loopback(address) { config.proxy(None) } else { config };
        Agent {
            agent: ureq::Agent::new_with_config(config.build()),
            address: address.trim_end_matches('/').into(),
            credentials,
        }
    }
}

fn is_loopback(address: &str) -> bool {
    let host = address.split_once("://").map_or(address, |(_, rest)| rest);
    ["localhost", "127.", "[::1]"].iter().any(|name| host.starts_with(name))
}

impl Agent {
    fn ask(&self, request: &Request, etag: Option<&str>) -> Result<Response, NoAnswer> {
        let mut asked = http::Request::builder()
            .method(request.method.as_str())
            .uri(format!("{}{}{}", self.address, self.secret_path(), request.path))
            .header("Accept", "application/json");
        if let Credentials::Header(credentials) = &self.credentials {
            asked = asked.header("Authorization", credentials);
        }
        if let Some(etag) = etag {
            asked = asked.header("If-None-Match", etag);
        }
        let answer = match &request.body {
            None => self.agent.run(asked.body(()).map_err(no_answer)?),
            Some(body) => {
                let body = ascii::json(body);
                let asked = asked.header("Content-Type", "application/json");
                let asked = match self.signature(&body) {
                    Some(signature) => asked.header("X-Drover-Signature", signature),
                    None => asked,
                };
                self.agent.run(asked.body(body).map_err(no_answer)?)
            }
        };
        let mut answer = answer.map_err(|e| self.no_answer(e))?;
        let read = answer.body_mut().with_config().limit(MOST).read_to_vec();
        let body = read.map_err(|e| self.no_answer(e))?;
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.as_str().to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        Ok(Response {
            status: answer.status().as_u16(),
            headers: answer.headers().iter().map(header).collect(),
            body,
        })
    }
}

impl Agent {
    fn secret_path(&self) -> &str {
        match &self.credentials {
            Credentials::Path(path) => path,
            _ => "",
        }
    }

    fn signature(&self, body: &[u8]) -> Option<String> {
        let Credentials::Signature(secret) = &self.credentials else { return None };
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let tag = hmac::sign(&key, body);
        let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Some(format!("sha256={hex}"))
    }

    /// What went wrong, without what nobody may see.
    fn no_answer(&self, error: impl std::fmt::Display) -> NoAnswer {
        match self.secret_path() {
            "" => no_answer(error),
            secret => no_answer(error.to_string().replace(secret, "/…")),
        }
    }
}

impl Wire for Agent {
    fn send(&self, request: &Request) -> Result<Response, NoAnswer> {
        self.ask(request, None)
    }

    fn send_unless(&self, request: &Request, etag: &str) -> Result<Response, NoAnswer> {
        self.ask(request, Some(etag))
    }

    fn address(&self) -> &str {
        &self.address
    }
}

fn no_answer(error: impl std::fmt::Display) -> NoAnswer {
    NoAnswer(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_this_machine_needs_no_proxy() {
        for near in ["http://localhost:3000", "http://127.0.0.1:3000/git", "https://[::1]:1"] {
            assert!(is_loopback(near), "{near}");
        }
        for far in ["https://codeberg.org", "https://forge.localhost.example", "http://10.127.0.1"] {
            assert!(!is_loopback(far), "{far}");
        }
    }
}
