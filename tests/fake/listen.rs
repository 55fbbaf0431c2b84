//! A server behind a port on loopback.

use super::Fake;
use drover::http::{Method, NoAnswer, Request, Response};
use std::io::Write;
use std::sync::Arc;
use std::thread::JoinHandle;

/// Whatever answers requests of whoever has a token; without an answer the connection is closed.
pub trait Answers: Send + 'static {
    fn answer(&self, token: Option<&str>, request: &Request) -> Result<Response, NoAnswer>;
}

impl Answers for Fake {
    fn answer(&self, token: Option<&str>, request: &Request) -> Result<Response, NoAnswer> {
        Fake::answer(self, token, request)
    }
}

/// A server that listens until it is dropped.
pub struct Listener {
    pub url: String,
    server: Arc<tiny_http::Server>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    /// Starts to listen on a free port.
    pub fn start(answers: impl Answers) -> Listener {
        let server = Arc::new(tiny_http::Server::http("127.0.0.1:0").unwrap());
        let url = format!("http://{}", server.server_addr().to_ip().unwrap());
        let serving = Arc::clone(&server);
        let thread = std::thread::spawn(move || {
            for request in serving.incoming_requests() {
                serve(&answers, request);
            }
        });
        Listener { url, server, thread: Some(thread) }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn serve(answers: &impl Answers, mut asked: tiny_http::Request) {
    let token = asked
        .headers()
        .iter()
        .find(|h| h.field.equiv("Authorization"))
        .and_then(|h| h.value.as_str().split_once(' ').map(|(_, token)| token.to_string()));
    let mut body = String::new();
    drop(asked.as_reader().read_to_string(&mut body));
    let method = match asked.method() {
        tiny_http::Method::Post => Method::Post,
        tiny_http::Method::Patch => Method::Patch,
        tiny_http::Method::Put => Method::Put,
        tiny_http::Method::Delete => Method::Delete,
        _ => Method::Get,
    };
    let request = Request { method, path: asked.url().into(), body: serde_json::from_str(&body).ok() };
    let Ok(answer) = answers.answer(token.as_deref(), &request) else { return };
    // In one piece: of several small ones each waits until the other side has acknowledged the one before.
    let mut bytes = format!("HTTP/1.1 {} Told\r\n", answer.status).into_bytes();
    for (name, value) in &answer.headers {
        bytes.extend(format!("{name}: {value}\r\n").bytes());
    }
    bytes.extend(format!("content-length: {}\r\n\r\n", answer.body.len()).bytes());
    bytes.extend(answer.body);
    let mut writer = asked.into_writer();
    drop(writer.write_all(&bytes).and_then(|()| writer.flush()));
}
