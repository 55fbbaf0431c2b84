//! A model that does as it is told: to a text it answers with one call of the shell, `sh "$STEP"`, and to what that gave
//! with a few words. It speaks the three protocols that the agents speak, and fails in the ways that their servers do.

use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tiny_http::{Header, Request, Response, Server};

/// How the next requests for work end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// With this status.
    Status(u16),
    /// Not at all.
    Hang,
    /// With the beginning of an answer, and then nothing more.
    Silence,
    /// As it should, once it may: see [`Model::release`].
    Hold,
}

#[derive(Default)]
struct Told {
    faults: VecDeque<Fault>,
    /// Every request for work that was answered with a call: its whole body.
    calls: Vec<Value>,
    strangers: Vec<String>,
    /// When the last turn began, in milliseconds since 1970.
    asked: Option<i64>,
    /// How many requests have failed as they were told to.
    faulted: usize,
    /// Whether Codex is to ask before it calls its shell.
    asks: bool,
    /// Requests for work that were answered.
    answers: u64,
    hanging: usize,
    /// How many held requests may go on.
    released: usize,
}

/// The model.
#[derive(Clone)]
pub struct Model {
    told: Arc<Mutex<Told>>,
    address: String,
}

impl Model {
    /// Begins to listen.
    pub fn new() -> Model {
        let server = Server::http("127.0.0.1:0").unwrap();
        let address = format!("http://{}", server.server_addr().to_ip().unwrap());
        let model = Model { told: Arc::default(), address };
        let this = model.clone();
        std::thread::spawn(move || {
            for request in server.incoming_requests() {
                let this = this.clone();
                std::thread::spawn(move || this.answer(request));
            }
        });
        model
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// So many requests for work end so.
    pub fn fails(&self, fault: Fault, times: usize) {
        self.told.lock().unwrap().faults = std::iter::repeat_n(fault, times).collect();
    }

    /// The bodies of the requests that a turn began with.
    pub fn turns(&self) -> Vec<Value> {
        self.told.lock().unwrap().calls.clone()
    }

    /// How many requests for work were answered.
    pub fn answers(&self) -> u64 {
        self.told.lock().unwrap().answers
    }

    /// Its calls ask to be let out of the sandbox (Codex).
    pub fn asks(&self) {
        self.told.lock().unwrap().asks = true;
    }

    /// Answers all requests that are held.
    pub fn release(&self) {
        let mut told = self.told.lock().unwrap();
        told.released = told.hanging;
    }

    /// When it was last asked for the first answer of a turn, in milliseconds since 1970.
    pub fn asked(&self) -> Option<i64> {
        self.told.lock().unwrap().asked
    }

    /// Waits until a request has failed as it was told to.
    pub fn faulted(&self) {
        for _ in 0..1200 {
            if self.told.lock().unwrap().faulted > 0 {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("no request came");
    }

    /// How many requests were left without an answer, for a time or for good.
    pub fn hanging(&self) -> usize {
        self.told.lock().unwrap().hanging
    }

    /// Requests that were meant for somebody else.
    pub fn strangers(&self) -> Vec<String> {
        self.told.lock().unwrap().strangers.clone()
    }

    fn answer(&self, mut request: Request) {
        let mut text = String::new();
        let read = request.as_reader().read_to_string(&mut text);
        let path = request.url().split('?').next().unwrap_or_default().to_string();
        let mut body: Value = read.ok().and_then(|_| serde_json::from_str(&text).ok()).unwrap_or(Value::Null);
        let kind = match path.as_str() {
            p if p.ends_with("/messages") => messages as fn(&Value, bool) -> String,
            p if p.ends_with("/responses") => responses,
            p if p.ends_with("/chat/completions") => completions,
            _ => {
                // A proxy would be asked for other hosts by their whole address.
                if path.starts_with("http") || request.method().as_str() == "CONNECT" {
                    self.told.lock().unwrap().strangers.push(path);
                }
                let found = if request.method().as_str() == "HEAD" { 200 } else { 404 };
                drop(request.respond(Response::from_string("{}").with_status_code(found)));
                return;
            }
        };
        let works = has_shell(&body);
        if works && !is_result(&body) {
            self.told.lock().unwrap().asked = Some(crate::stories::now_ms());
        }
        if self.told.lock().unwrap().asks {
            body["asks"] = true.into();
        }
        let fault = if works { self.told.lock().unwrap().faults.pop_front() } else { None };
        match fault {
            Some(Fault::Hang) => {
                self.told.lock().unwrap().hanging += 1;
                std::thread::sleep(std::time::Duration::from_secs(600));
            }
            Some(Fault::Silence) => {
                // The server would keep what is not a whole piece.
                let mut answer = request.into_writer();
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
                drop(answer.write_all(head.as_bytes()).and_then(|()| answer.flush()));
                std::thread::sleep(std::time::Duration::from_secs(600));
            }
            Some(Fault::Hold) => {
                let mine = {
                    let mut told = self.told.lock().unwrap();
                    told.hanging += 1;
                    told.hanging
                };
                let end = std::time::Instant::now() + std::time::Duration::from_secs(600);
                while self.told.lock().unwrap().released < mine && std::time::Instant::now() < end {
                    std::thread::sleep(std::time::Duration::from_millis(20));
                }
                self.reply(request, &body, kind);
            }
            Some(Fault::Status(status)) => {
                self.told.lock().unwrap().faulted += 1;
                let kind = if status == 401 { "authentication_error" } else { "rate_limit_error" };
                let money = if status == 402 { "Insufficient credits: " } else { "" };
                let message = format!("{money}the tests say {status}");
                let body = json!({"type": "error", "error": {"type": kind, "message": message}}).to_string();
                let reply = Response::from_string(body)
                    .with_status_code(status)
                    .with_header(header("content-type", "application/json"))
                    .with_header(header("retry-after", "1"));
                drop(request.respond(reply));
            }
            None => self.reply(request, &body, kind),
        }
    }

    fn reply(&self, request: Request, body: &Value, kind: fn(&Value, bool) -> String) {
        let works = has_shell(body);
        let call = works && !is_result(body);
        {
            let mut told = self.told.lock().unwrap();
            told.answers += u64::from(works);
            told.calls.extend(call.then(|| body.clone()));
        }
        let stream = header("content-type", "text/event-stream");
        drop(request.respond(Response::from_string(kind(body, call)).with_header(stream)));
    }
}

fn header(name: &str, value: &str) -> Header {
    Header::from_bytes(name, value).unwrap()
}

fn has_shell(body: &Value) -> bool {
    shell(body).is_some()
}

/// The tool that runs a command, as this agent calls it.
fn shell(body: &Value) -> Option<&'static str> {
    let tools = body["tools"].as_array()?;
    let name = |t: &Value| t["name"].as_str().or(t["function"]["name"].as_str()).map(String::from);
    let names: Vec<String> = tools.iter().filter_map(name).collect();
    ["Bash", "exec_command", "shell_command", "bash"].into_iter().find(|n| names.iter().any(|t| t == n))
}

/// Whether the last thing in a request is what a call gave.
fn is_result(body: &Value) -> bool {
    if let Some(input) = body["input"].as_array() {
        return input.last().is_some_and(|i| i["type"].as_str().is_some_and(|t| t.ends_with("call_output")));
    }
    let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let last = messages.iter().rfind(|m| m["role"] != "system");
    last.is_some_and(|m| {
        let parts = m["content"].as_array().map(Vec::as_slice).unwrap_or_default();
        m["role"] == "tool" || parts.iter().any(|p| p["type"] == "tool_result")
    })
}

const STEP: &str = "sh \"$STEP\"";
const WORDS: &str = "All done.";

fn id(of: &str) -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{of}_{:012}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn named(events: &[Value]) -> String {
    events.iter().map(|e| format!("event: {}\ndata: {e}\n\n", e["type"].as_str().unwrap())).collect()
}

fn messages(body: &Value, call: bool) -> String {
    let usage = json!({"input_tokens": 12, "output_tokens": 7, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0});
    let (block, delta, stop) = if call {
        let input = json!({"command": STEP, "description": "the next step"});
        let block = json!({"type": "tool_use", "id": id("toolu"), "name": "Bash", "input": {}});
        (block, json!({"type": "input_json_delta", "partial_json": input.to_string()}), "tool_use")
    } else {
        let text = if body["output_config"]["format"].is_object() { "{\"title\":\"x\"}" } else { WORDS };
        (json!({"type": "text", "text": ""}), json!({"type": "text_delta", "text": text}), "end_turn")
    };
    named(&[
        json!({"type": "message_start", "message": {"id": id("msg"), "type": "message", "role": "assistant", "model": body["model"],
               "content": [], "stop_reason": null, "stop_sequence": null, "usage": usage}}),
        json!({"type": "content_block_start", "index": 0, "content_block": block}),
        json!({"type": "content_block_delta", "index": 0, "delta": delta}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": null}, "usage": {"output_tokens": 7}}),
        json!({"type": "message_stop"}),
    ])
}

fn responses(body: &Value, call: bool) -> String {
    let item = if call {
        let name = shell(body).unwrap_or("exec_command");
        let argument = if name == "exec_command" { "cmd" } else { "command" };
        let mut arguments = json!({argument: STEP});
        if body["asks"] == true {
            arguments["sandbox_permissions"] = "require_escalated".into();
            arguments["justification"] = "May I?".into();
        }
        json!({"type": "function_call", "id": id("fc"), "call_id": id("call"), "name": name, "status": "completed",
               "arguments": arguments.to_string()})
    } else {
        json!({"type": "message", "id": id("msg"), "role": "assistant", "status": "completed",
               "content": [{"type": "output_text", "text": WORDS, "annotations": []}]})
    };
    let usage = json!({"input_tokens": 10, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 5,
                       "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 15});
    let response = |status: &str, output: Value, usage: Value| {
        json!({"id": id("resp"), "object": "response", "created_at": 1, "status": status, "model": body["model"],
               "output": output, "usage": usage})
    };
    named(&[
        json!({"type": "response.created", "response": response("in_progress", json!([]), Value::Null)}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": item}),
        json!({"type": "response.output_item.done", "output_index": 0, "item": item}),
        json!({"type": "response.completed", "response": response("completed", json!([item]), usage)}),
    ])
}

fn completions(body: &Value, call: bool) -> String {
    let base = id("chatcmpl");
    let chunk = |delta: Value, finish: Value| {
        json!({"id": base, "created": 1, "model": body["model"], "object": "chat.completion.chunk",
               "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
    };
    let first = if call {
        let arguments = json!({"command": STEP, "description": "the next step"}).to_string();
        json!({"role": "assistant", "tool_calls": [{"index": 0, "id": id("call"), "type": "function",
               "function": {"name": "bash", "arguments": arguments}}]})
    } else {
        json!({"role": "assistant", "content": WORDS})
    };
    let finish = if call { "tool_calls" } else { "stop" };
    let usage = json!({"id": base, "created": 1, "model": body["model"], "object": "chat.completion.chunk", "choices": [],
                       "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}});
    let events = [chunk(first, Value::Null), chunk(json!({}), json!(finish)), usage];
    events.iter().map(|e| format!("data: {e}\n\n")).collect::<String>() + "data: [DONE]\n\n"
}
