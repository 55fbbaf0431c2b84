use super::*;
use crate::http::NoAnswer;
use crate::store::Paths;
use crate::store::disk::Disk;
use std::cell::RefCell;
use std::path::Path;

/// A server that gives these answers in turn, and remembers what it was asked.
struct Script {
    answers: RefCell<Vec<Result<Response, NoAnswer>>>,
    asked: RefCell<Vec<String>>,
}

impl Wire for Script {
    fn send(&self, request: &Request) -> Result<Response, NoAnswer> {
        self.asked.borrow_mut().push(format!("{} {}", request.method.as_str(), request.path));
        self.answers.borrow_mut().remove(0)
    }

    fn address(&self) -> &str {
        "https://forge.test"
    }
}

struct At(Cell<i64>);

impl Clock for At {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.get())
    }

    fn minute_of_day(&self) -> u32 {
        0
    }

    fn sleep_ms(&self, _milliseconds: u64) {}
}

struct Scene {
    script: Rc<Script>,
    clock: Rc<At>,
    client: Client,
    _folder: tempfile::TempDir,
}

fn scene(answers: Vec<Result<Response, NoAnswer>>) -> Scene {
    limited(answers, 100)
}

fn limited(answers: Vec<Result<Response, NoAnswer>>, limit: u32) -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let store = Store { files: Rc::new(Disk), paths: Paths::new(folder.path(), "p") };
    let script = Rc::new(Script { answers: RefCell::new(answers), asked: RefCell::default() });
    let clock = Rc::new(At(Cell::new(1_000_000)));
    let client =
        Client::new(Rc::clone(&script) as Rc<dyn Wire>, store, Rc::clone(&clock) as Rc<dyn Clock>, limit);
    Scene { script, clock, client, _folder: folder }
}

fn answer(status: u16, body: &str) -> Result<Response, NoAnswer> {
    with(status, &[], body)
}

fn with(status: u16, headers: &[(&str, &str)], body: &str) -> Result<Response, NoAnswer> {
    let headers = headers.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
    Ok(Response { status, headers, body: body.as_bytes().to_vec() })
}

fn lost() -> Result<Response, NoAnswer> {
    Err(NoAnswer("connection reset".into()))
}

fn kind<T: std::fmt::Debug>(result: Result<T, Fault>) -> Kind {
    result.unwrap_err().kind
}

#[test]
fn each_trouble_is_told_apart_and_names_call_and_words() {
    let message = "{\"message\":\"no, says the forge\",\"url\":\"x\"}";
    for (status, wanted) in [
        (401, Kind::Unauthorized),
        (403, Kind::Forbidden),
        (423, Kind::Archived),
        (409, Kind::Refused(409)),
        (500, Kind::Server(500)),
    ] {
        let fault = scene(vec![answer(status, message)]).client.must::<Value>("/api?token=no").unwrap_err();
        assert_eq!(fault.kind, wanted);
        let text = fault.to_string();
        assert!(
            text.starts_with("GET /api of https://forge.test: ") && text.ends_with("no, says the forge"),
            "{text}"
        );
    }
    assert_eq!(scene(vec![answer(404, "")]).client.read::<Value>("/x"), Ok(None));
    assert_eq!(kind(scene(vec![answer(404, "")]).client.must::<Value>("/x")), Kind::Missing);
    let moved = scene(vec![with(307, &[("location", "https://forge.test/new")], "")]);
    assert_eq!(kind(moved.client.must::<Value>("/x")), Kind::Moved("https://forge.test/new".into()));
}

#[test]
fn a_login_page_and_an_error_with_status_200_are_not_the_api() {
    let page = "<!DOCTYPE html><html><head><title> Sign in </title></head></html>";
    let fault = scene(vec![answer(200, page)]).client.must::<Vec<u32>>("/x").unwrap_err();
    assert_eq!(fault.kind, Kind::NotApi);
    assert!(fault.to_string().contains("a web page (Sign in)"), "{fault}");
    let error = scene(vec![answer(200, "{\"message\":\"oops\"}")]);
    assert_eq!(kind(error.client.must::<Vec<u32>>("/x")), Kind::NotApi);
    let brackets = "[".repeat(100_000);
    assert_eq!(kind(scene(vec![answer(200, &brackets)]).client.must::<Value>("/x")), Kind::NotApi);
}

#[test]
fn a_listing_is_read_page_by_page() {
    let next = [("link", "<https://forge.test/x?page=2>; rel=\"next\"")];
    let scene = scene(vec![with(200, &next, "[1,2]"), with(200, &[("x-total-count", "3")], "[3]")]);
    assert_eq!(scene.client.list::<u32>("/x?state=open", |n| n.to_string()), Ok(vec![1, 2, 3]));
    assert_eq!(
        *scene.script.asked.borrow(),
        ["GET /x?state=open&limit=50&page=1", "GET /x?state=open&limit=50&page=2"]
    );
    assert_eq!(
        self::scene(vec![answer(200, "null")]).client.list::<u32>("/x", |n| n.to_string()),
        Ok(vec![])
    );
}

#[test]
fn a_sorted_listing_is_left_when_the_rest_is_not_wanted() {
    let next = [("link", "<https://forge.test/x?page=2>; rel=\"next\"")];
    let scene = scene(vec![with(200, &next, "[9,8]")]);
    let rows = scene.client.list_while::<u32>("/x", |n| n.to_string(), |n| *n > 8);
    assert_eq!((rows, scene.client.calls()), (Ok(vec![9, 8]), 1));
}

#[test]
fn a_server_that_asks_for_a_pause_is_left_alone_by_everybody() {
    let scene = scene(vec![with(429, &[("retry-after", "90")], ""), answer(200, "1")]);
    assert_eq!(kind(scene.client.must::<u32>("/x")), Kind::Limited);
    let until = Timestamp(1_000_090);
    assert_eq!(kind(scene.client.must::<u32>("/x")), Kind::Pausing(until));
    assert_eq!(kind(scene.client.order(Method::Post, "/x", None)), Kind::Pausing(until));
    assert_eq!(scene.client.calls(), 1);
    scene.clock.0.set(until.0);
    assert_eq!(scene.client.must::<u32>("/x"), Ok(1));
    assert!(!scene.client.pause_file().exists());
}

#[test]
fn a_failing_server_is_asked_less_and_less_often() {
    let scene = scene(vec![answer(500, ""), lost(), answer(200, "1")]);
    assert_eq!(kind(scene.client.must::<u32>("/x")), Kind::Server(500));
    scene.clock.0.set(1_000_030);
    assert_eq!(kind(scene.client.must::<u32>("/x")), Kind::Unreachable);
    assert_eq!(kind(scene.client.must::<u32>("/x")), Kind::Pausing(Timestamp(1_000_090)));
    scene.clock.0.set(1_000_090);
    assert_eq!(scene.client.must::<u32>("/x"), Ok(1));
}

#[test]
fn after_a_change_that_may_have_been_made_there_is_no_pause_before_it_is_read_back() {
    let scene = scene(vec![answer(502, ""), answer(200, "1"), lost(), answer(200, "2")]);
    assert_eq!(kind(scene.client.order(Method::Post, "/x", None)), Kind::Server(502));
    assert_eq!(scene.client.must::<u32>("/x"), Ok(1));
    assert!(scene.client.order(Method::Post, "/x", None).unwrap_err().is_ambiguous());
    assert_eq!(scene.client.must::<u32>("/x"), Ok(2));
}

#[test]
fn what_a_server_decided_is_an_answer_and_not_a_fault() {
    let scene = scene(vec![answer(405, "{\"message\":\"not yet\"}"), answer(201, "{}"), answer(405, "")]);
    let refused = scene.client.order(Method::Post, "/x", None).unwrap();
    assert_eq!((refused.status, refused.said.as_str(), refused.ok()), (405, "not yet", false));
    assert!(scene.client.order(Method::Post, "/x", None).unwrap().ok());
    assert_eq!(kind(scene.client.order_or_fault(Method::Post, "/x", None)), Kind::Refused(405));
}

#[test]
fn no_process_asks_more_often_than_it_may() {
    let scene = limited(vec![answer(200, "1"), answer(200, "2")], 2);
    assert!(scene.client.must::<u32>("/x").is_ok() && scene.client.must::<u32>("/x").is_ok());
    let fault = scene.client.must::<u32>("/x").unwrap_err();
    assert_eq!(fault.kind, Kind::OverBudget);
    assert!(fault.hint().contains("limits.calls"));
}

#[test]
fn the_servers_own_time_is_taken_from_its_answers() {
    let date = [("date", "Mon, 12 Jan 1970 14:46:40 GMT")];
    let scene = scene(vec![with(200, &date, "1")]);
    assert_eq!(scene.client.server_now(), Timestamp(1_000_000));
    assert!(scene.client.must::<u32>("/x").is_ok());
    assert_eq!(scene.client.server_now(), Timestamp(1_003_600));
}

#[test]
fn a_pause_file_that_cannot_be_read_is_no_pause() {
    let scene = scene(vec![answer(200, "1")]);
    let path: &Path = &scene.client.pause_file();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, "{\"version\":").unwrap();
    assert_eq!(scene.client.must::<u32>("/x"), Ok(1));
}
