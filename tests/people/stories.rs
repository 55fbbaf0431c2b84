//! What people read in their room, whatever happens to it.

use crate::room::{said, texts};
use crate::stage::{GOOD_AGENT, Stage};
use crate::synapse::{Account, Synapse};
use drover::http::{Method, quoted};
use drover::store::state::Notice;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// A story: its name and what happens.
pub type Story = (&'static str, fn());

pub const ALL: &[Story] = &[
    ("a word of what needs a person stands in the issue's thread, once, and rings for them", told),
    ("a server that is down is waited for, and then everything is said once and in order", down),
    (
        "more than a server takes at once by its default limits is said as it takes it, once and in order",
        limited,
    ),
    ("a token that is taken back is said once, and nothing is lost", revoked),
    ("what stands in the way of words is found beforehand", found),
    ("an answer in the thread by a maintainer reaches the run, once, and nobody else's does", answered),
    ("answers that one look does not hold all come, in order", many_answers),
    ("whoever listens has an answer at once", listened),
    ("a sign on a question is its answer, and a question aside is answered as it goes on", signed),
    ("many words are said in order, each once, as fast as the server takes them", many_words),
    ("two projects, thirty issues, and everything that happens to a room in a night", night),
    ("a maintainer commands in the room and in a thread, and nobody else", commanded),
];

/// Asks a person at once.
const ASKS: &str = "printf 'PHASE:escalate\\nReason: <b>which</b> & why?\\n' > \"$PHASE_FILE\"\n";

/// A server with a bot and a person, and a project whose room they share.
struct Scene {
    server: Synapse,
    bot: Account,
    maria: Account,
    room: String,
    s: Stage,
}

fn scene(server: Synapse) -> Scene {
    scene_of(server, ASKS)
}

fn scene_of(server: Synapse, agent: &str) -> Scene {
    let (bot, maria) = (server.account("bot"), server.account("maria"));
    let room = bot.makes_room(&[&maria]);
    let s = Stage::with().agent(agent).sessions(8).set();
    let scene = Scene { server, bot, maria, room, s };
    scene.configure(&scene.room, &scene.maria.id);
    scene.token(&scene.bot.token);
    scene
}

impl Scene {
    fn configure(&self, room: &str, mention: &str) {
        let text = fs::read_to_string(self.s.toml_file()).unwrap();
        let before = text.split("[matrix]").next().unwrap();
        let matrix = format!(
            "[matrix]\nhomeserver = \"{}\"\nroom_id = \"{room}\"\nmention_user = \"{mention}\"\n[people.maria]\nmatrix = \"{}\"\n",
            self.server.address(),
            self.maria.id
        );
        fs::write(self.s.toml_file(), format!("{before}{matrix}")).unwrap();
    }

    fn token(&self, token: &str) {
        let file = self.s.root().join(".env");
        fs::write(&file, format!("MATRIX_TOKEN={token}\n")).unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn heard(&self) -> Vec<Value> {
        said(&self.maria, &self.room)
    }

    /// Somebody in the room who has no say.
    fn stranger(&self) -> Account {
        let eve = self.server.account("eve");
        self.bot.asks(
            Method::Post,
            &format!("rooms/{}/invite", quoted(&self.room)),
            Some(json!({"user_id": eve.id})),
        );
        eve.asks(Method::Post, &format!("rooms/{}/join", quoted(&self.room)), Some(json!({})));
        eve
    }

    /// The thread of the one issue, once it is there.
    fn thread(&self) -> String {
        let n = self.s.issue("Add a thing", "Please.", &["backlog"]);
        self.s.until_phase(n, "escalated");
        self.s.until("it is said", |_| self.heard().len() >= 2);
        self.heard()[0]["event_id"].as_str().unwrap().to_string()
    }

    /// The texts of the answers that the run has been given.
    fn given(&self) -> Vec<String> {
        let all = self.s.messages(1);
        let replies = all.iter().filter(|m| m["kind"] == "reply");
        replies.map(|m| m["text"].as_str().unwrap().to_string()).collect()
    }

    fn issues(&self, many: usize) -> Vec<u64> {
        (0..many).map(|n| self.s.issue(&format!("Add thing {n}"), "Please.", &["backlog"])).collect()
    }
}

fn told() {
    let scene = scene(Synapse::new());
    let s = &scene.s;
    let n = s.issue("Add <i>it</i> & \"more\"", "Please.", &["backlog"]);
    s.until_phase(n, "escalated");
    s.until("it is said", |_| scene.heard().len() >= 3);
    // What was told and not marked as told, when a tick was cut off, is told again: the same message.
    let outbox = s.project().join("outbox");
    for file in fs::read_dir(&outbox).unwrap() {
        let file = file.unwrap().path();
        let mut notice = s.json(&file);
        notice.as_object_mut().unwrap().remove("told");
        fs::write(&file, notice.to_string()).unwrap();
    }
    drop(fs::remove_dir_all(s.project().join("people")));
    for _ in 0..3 {
        s.poll().ends(0);
    }
    let heard = scene.heard();
    assert_eq!(heard.len(), 3, "{heard:#?}");
    assert_eq!(texts(&heard)[1], "proj #1 is being worked on (Add <i>it</i> & \"more\")");
    let (root, word) = (&heard[0], &heard[2]["content"]);
    assert_eq!(root["content"]["body"], "proj #1 Add <i>it</i> & \"more\"");
    assert_eq!(
        root["content"]["formatted_body"],
        "<b>proj #1</b> Add &lt;i&gt;it&lt;/i&gt; &amp; &quot;more&quot;"
    );
    assert_eq!(root["content"]["m.mentions"], json!({}));
    assert_eq!(word["m.relates_to"]["rel_type"], "m.thread");
    assert_eq!(word["m.relates_to"]["event_id"], root["event_id"]);
    assert_eq!(word["m.mentions"]["user_ids"], json!([scene.maria.id]));
    let html = word["formatted_body"].as_str().unwrap();
    assert!(html.contains("&lt;b&gt;which&lt;/b&gt; &amp; why?"), "{html}");
    assert!(html.starts_with("<a href=\"https://matrix.to/#/%40maria%3Atest.local\">"), "{html}");
    // From the request to the room, without a tick.
    let mut waits = Vec::new();
    for k in 0..5 {
        let before = scene.heard().len();
        let n = s.issue(&format!("Add another {k}"), "Please.", &["backlog"]);
        let started = s.spawn("agent", &["start", &n.to_string()]).wait().unwrap();
        assert!(started.success());
        let asked = || {
            let text = fs::metadata(s.run_folder(n).join("session/phase")).ok()?;
            text.modified().ok().filter(|_| s.phase(n) != "claimed")
        };
        s.wait("it is said", |_| scene.heard().len() >= before + 3);
        let at = asked().unwrap();
        let said = scene.heard().last().unwrap()["origin_server_ts"].as_u64().unwrap();
        let at = at.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as u64;
        waits.push(said.saturating_sub(at));
    }
    waits.sort_unstable();
    println!("from the request to the room: {waits:?} ms");
}

fn down() {
    let mut scene = scene(Synapse::new());
    scene.server.kill();
    let unheard = scene.s.run("notify", &["listen"]).ends(75);
    assert!(unheard.out.is_empty() && unheard.err.is_empty(), "cron mails nothing: {unheard:?}");
    let issues = scene.issues(4);
    for issue in &issues {
        scene.s.until_phase(*issue, "escalated");
    }
    let mut told = vec![];
    for _ in 0..9 {
        scene.s.later(600);
        let said = scene.s.poll().ends(0);
        told.extend(Some(said.out).filter(|out| out.contains("nobody can be told")));
    }
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("is matrix.homeserver right and the server up?"), "{told:?}");
    scene.server.start();
    scene.s.later(3600);
    scene.s.until("all is said", |s| {
        s.later(60);
        scene.heard().len() >= 12
    });
    scene.s.poll().ends(0);
    in_order(&scene, 4);
    assert!(!scene.s.project().join("people/matrix-cannot-tell.json").exists());
}

/// Each issue's thread and words, in the order in which they arose, each once.
fn in_order(scene: &Scene, many: usize) {
    let (words, roots): (Vec<Value>, Vec<Value>) =
        scene.heard().into_iter().partition(|e| e["content"]["m.relates_to"].is_object());
    assert_eq!((roots.len(), words.len()), (many, 2 * many), "{:#?}", texts(&words));
    let mut notices: Vec<Notice> = fs::read_dir(scene.s.project().join("outbox"))
        .unwrap()
        .map(|file| serde_json::from_value(scene.s.json(&file.unwrap().path())).unwrap())
        .collect();
    notices.sort_by(|a, b| a.place().cmp(&b.place()));
    for (notice, heard) in notices.iter().zip(texts(&words)) {
        assert!(heard.contains(&notice.text), "{heard} for {}", notice.text);
    }
}

fn limited() {
    // What a server of today does where nobody has said otherwise: ten at once, and one in five seconds.
    let mut scene = scene(Synapse::with(""));
    scene.server.kill();
    let issues = scene.issues(4);
    for issue in &issues {
        scene.s.until_phase(*issue, "escalated");
    }
    scene.server.start();
    scene.s.until("all is said", |s| {
        // The server goes by its own clock.
        std::thread::sleep(std::time::Duration::from_millis(300));
        s.later(60);
        scene.heard().len() >= 12
    });
    in_order(&scene, 4);
}

fn revoked() {
    let scene = scene(Synapse::new());
    let s = &scene.s;
    scene.bot.asks(Method::Post, "logout", Some(json!({})));
    scene.issues(1);
    let (mut told, mut ticks) = (vec![], 0);
    while ticks < 4 {
        ticks += usize::from(s.phase(1) == "escalated");
        s.later(1);
        let said = s.poll().ends(0);
        assert!(!said.out.contains(&scene.bot.token) && !said.err.contains(&scene.bot.token));
        told.extend(Some(said.out).filter(|out| out.contains("nobody can be told")));
    }
    assert!(told.len() == 1 && told[0].contains("put a valid token into MATRIX_TOKEN"), "{told:?}");
    s.run("preflight", &["env"]).says("the token is not accepted").says("MATRIX_TOKEN");
    // A room of a new account.
    let other = scene.server.account("bot2");
    let room = other.makes_room(&[&scene.maria]);
    scene.configure(&room, &scene.maria.id);
    scene.token(&other.token);
    s.until("it is said", |s| {
        s.later(600);
        said(&scene.maria, &room).len() >= 2
    });
}

fn found() {
    let scene = scene(Synapse::new());
    let s = &scene.s;
    let ready = s.run("preflight", &["env"]);
    assert!(ready.out.contains("@maria:test.local is rung for"), "{ready:?}");
    assert!(ready.out.contains("answers are taken from maria"), "{ready:?}");
    scene.configure(&scene.room, "@nobody:test.local");
    s.run("preflight", &["env"]).says("@nobody:test.local (matrix.mention_user) is not in the room");
    let text = fs::read_to_string(s.toml_file()).unwrap();
    let with = text.replace("maintainers = [\"maria\"]", "maintainers = [\"maria\", \"rob\"]");
    let with = with.replacen("[people]\n", "[people]\nladder = [\"maria\", \"rob\"]\n", 1);
    fs::write(s.toml_file(), format!("{with}[people.rob]\nmatrix = \"@rob:test.local\"\n")).unwrap();
    s.run("preflight", &["env"]).says("@rob:test.local (people.ladder) is not in the room");
    fs::write(s.toml_file(), text).unwrap();
    let foreign = scene.maria.makes_room(&[]);
    scene.configure(&foreign, &scene.maria.id);
    s.run("preflight", &["env"]).says("@bot:test.local is not in the room");
    let secret = scene.bot.makes_room(&[&scene.maria]);
    let state = format!("rooms/{}/state/m.room.encryption", quoted(&secret));
    scene.bot.asks(Method::Put, &state, Some(json!({"algorithm": "m.megolm.v1.aes-sha2"})));
    scene.configure(&secret, &scene.maria.id);
    s.run("preflight", &["env"]).says("is encrypted").says("make a room without encryption");
    let silent = scene.maria.makes_room(&[&scene.bot]);
    let levels = json!({"events_default": 50});
    let path = format!("rooms/{}/state/m.room.power_levels", quoted(&silent));
    let set = scene.maria.asks(Method::Put, &path, Some(levels));
    scene.configure(&silent, &scene.maria.id);
    let said = s.run("preflight", &["env"]);
    assert!(said.out.contains("may not write in the room"), "{said:?} {set}");
}

/// Says something in a thread; the event.
fn says(who: &Account, room: &str, root: &str, text: &str, id: &str) -> String {
    let path = format!("rooms/{}/send/m.room.message/{id}", quoted(room));
    let content = json!({
        "msgtype": "m.text",
        "body": text,
        "m.relates_to": {"rel_type": "m.thread", "event_id": root, "is_falling_back": true, "m.in_reply_to": {"event_id": root}},
    });
    let sent = who.asks(Method::Put, &path, Some(content));
    sent["event_id"].as_str().unwrap_or_else(|| panic!("{sent}")).to_string()
}

/// Asks until it is told "Blue.", then works.
fn asks_for_blue() -> String {
    format!("if grep -q Blue \"$PROMPT_FILE\"; then\n{GOOD_AGENT}\nelse\n{ASKS}\nfi\n")
}

fn answered() {
    let scene = scene_of(Synapse::new(), &asks_for_blue());
    let (s, room) = (&scene.s, &scene.room);
    let eve = scene.stranger();
    let root = scene.thread();
    s.run("notify", &["listen"]).ends(0);
    says(&eve, room, &root, "Red.", "e1");
    let answer = says(&scene.maria, room, &root, "Blue.", "m1");
    // Words elsewhere in the room, and what is changed afterwards, are no answers.
    let send = |id: &str, content: Value| {
        let path = format!("rooms/{}/send/m.room.message/{id}", quoted(room));
        scene.maria.asks(Method::Put, &path, Some(content));
    };
    send("m2", json!({"msgtype": "m.text", "body": "Green."}));
    send(
        "m3",
        json!({
            "msgtype": "m.text", "body": "* Yellow.", "m.new_content": {"msgtype": "m.text", "body": "Yellow."},
            "m.relates_to": {"rel_type": "m.replace", "event_id": answer},
        }),
    );
    let quiet = s.run("notify", &["listen"]).ends(0);
    assert!(quiet.out.is_empty() && quiet.err.is_empty(), "{quiet:?}");
    s.until_phase(1, "awaiting_review");
    // Heard again from the beginning, as after a crash: known by its name.
    fs::remove_file(s.project().join("people/heard.json")).unwrap();
    for _ in 0..2 {
        s.run("notify", &["listen"]).ends(0);
    }
    assert_eq!(scene.given(), ["maria says:\nBlue."]);
    let path = format!("rooms/{}/messages?dir=b&limit=100", quoted(room));
    let page = scene.maria.asks(Method::Get, &path, None);
    let reactions: Vec<&Value> =
        page["chunk"].as_array().unwrap().iter().filter(|e| e["type"] == "m.reaction").collect();
    assert_eq!(reactions.len(), 1, "{reactions:#?}");
    assert_eq!(reactions[0]["content"]["m.relates_to"]["event_id"], answer.as_str());
    // Nobody reads what is said to a run that has ended.
    s.approve(s.pull(1));
    s.until_phase(1, "done");
    says(&scene.maria, room, &root, "Thanks.", "m4");
    s.run("notify", &["listen"]).ends(0);
    let last = texts(&scene.heard()).into_iter().rfind(|text| text.contains("nobody would read it"));
    assert!(last.is_some(), "{:#?}", texts(&scene.heard()));
    assert_eq!(scene.given().len(), 1);
}

/// Asks once, and then takes its time.
fn asks_once() -> String {
    format!("[ -e .git/asked ] && exec sleep 600\ntouch .git/asked\n{ASKS}")
}

fn many_answers() {
    let scene = scene_of(Synapse::new(), &asks_once());
    let root = scene.thread();
    scene.s.run("notify", &["listen"]).ends(0);
    let all: Vec<String> = (0..130).map(|n| format!("Answer {n}.")).collect();
    for (n, text) in all.iter().enumerate() {
        says(&scene.maria, &scene.room, &root, text, &format!("m{n}"));
    }
    scene.s.run("notify", &["listen"]).ends(0);
    let expected: Vec<String> = all.iter().map(|text| format!("maria says:\n{text}")).collect();
    assert_eq!(scene.given(), expected);
}

fn listened() {
    let scene = scene_of(Synapse::new(), &asks_once());
    let root = scene.thread();
    scene.s.run("notify", &["listen"]).ends(0);
    let mut listener = scene.s.spawn("notify", &["listen", "--wait", "30"]);
    let mut waits = vec![];
    for n in 0..5 {
        let begun = std::time::Instant::now();
        says(&scene.maria, &scene.room, &root, &format!("Answer {n}."), &format!("m{n}"));
        scene.s.wait("it has come", |_| scene.given().len() > n);
        waits.push(begun.elapsed().as_millis());
    }
    drop((listener.kill(), listener.wait()));
    waits.sort_unstable();
    println!("from an answer to its run: {waits:?} ms");
}

/// Puts a sign on an event.
fn puts(who: &Account, room: &str, event: &str, sign: &str, id: &str) {
    let path = format!("rooms/{}/send/m.reaction/{id}", quoted(room));
    let relation = json!({"rel_type": "m.annotation", "event_id": event, "key": sign});
    let sent = who.asks(Method::Put, &path, Some(json!({"m.relates_to": relation})));
    assert!(sent["event_id"].is_string(), "{sent}");
}

fn signed() {
    let agent = format!(
        "if [ ! -e .git/once ]; then touch .git/once\nphase ask 'May I rename it?'\n{ASKS}\nelse\n{GOOD_AGENT}\nfi\n"
    );
    let scene = scene_of(Synapse::new(), &agent);
    let (s, room) = (&scene.s, &scene.room);
    let eve = scene.stranger();
    let n = s.issue("Add a thing", "Please.", &["backlog"]);
    s.until_phase(n, "escalated");
    s.run("notify", &["listen"]).ends(0);
    let find = |what: &str| {
        let event = scene.heard().into_iter().find(|e| e["content"]["body"].as_str().unwrap().contains(what));
        event.map(|e| e["event_id"].as_str().unwrap().to_string())
    };
    s.until("both are asked", |_| {
        find("asks: May I rename it?").is_some() && find("needs a person").is_some()
    });
    let (aside, question) = (find("asks: May I").unwrap(), find("needs a person").unwrap());
    puts(&eve, room, &question, "\u{2705}", "e1");
    puts(&scene.maria, room, &question, "\u{1f389}", "m1");
    puts(&scene.maria, room, &find("is being worked on").unwrap(), "\u{2705}", "m2");
    puts(&scene.maria, room, &aside, "\u{274c}", "m3");
    s.run("notify", &["listen"]).ends(0);
    // A question aside is answered aside; the other waits no longer, since somebody has spoken.
    s.until("it has come", |_| scene.given().len() == 1);
    assert_eq!(scene.given(), ["maria says:\nNo, to: proj #1 asks: May I rename it?"]);
    s.until_phase(n, "awaiting_review");
    puts(&scene.maria, room, &question, "\u{2705}\u{fe0f}", "m4");
    s.run("notify", &["listen"]).ends(0);
    let last = || texts(&scene.heard()).pop().unwrap();
    assert!(last().contains("that is not asked any more: #1 is awaiting_review"), "{}", last());
    assert_eq!(scene.given().len(), 1);
    // The same, where it is still asked.
    let n = s.issue("Add another", "Please.", &["backlog"]);
    s.until_phase(n, "escalated");
    let asked = || {
        let heard = scene.heard();
        let of_two = heard.iter().rfind(|e| {
            let body = e["content"]["body"].as_str().unwrap();
            body.contains(&format!("proj #{n} needs a person"))
        });
        of_two.map(|e| e["event_id"].as_str().unwrap().to_string())
    };
    s.until("it is asked", |_| asked().is_some());
    puts(&scene.maria, room, &asked().unwrap(), "\u{1f44d}\u{1f3fd}", "m5");
    s.run("notify", &["listen"]).ends(0);
    s.until_phase(n, "awaiting_review");
    let replies: Vec<Value> = s.messages(n).into_iter().filter(|m| m["kind"] == "reply").collect();
    assert_eq!(replies.len(), 1, "{replies:?}");
    let text = replies[0]["text"].as_str().unwrap();
    let yes = format!("maria says:\nYes, to: proj #{n} needs a person: <b>which</b> & why?");
    assert!(text.starts_with(&yes), "{text}");
}

fn many_words() {
    let many: usize = std::env::var("WORDS").ok().and_then(|n| n.parse().ok()).unwrap_or(150);
    let scene = scene(Synapse::with("rc_message: {per_second: 10, burst_count: 40}\n"));
    let outbox = scene.s.project().join("outbox");
    fs::create_dir_all(&outbox).unwrap();
    for n in 0..many as i64 {
        let at = drover::domain::time::Timestamp(1_795_000_000 + n).to_string();
        let notice =
            json!({"key": format!("many:{n}"), "kind": "landed", "text": format!("word {n}"), "at": at});
        fs::write(outbox.join(format!("many-{n}.json")), notice.to_string()).unwrap();
    }
    let began = std::time::Instant::now();
    let waits = || fs::read_dir(&outbox).unwrap().any(|f| scene.s.json(&f.unwrap().path())["told"].is_null());
    let mut ticks = 0;
    while waits() {
        // The server goes by its own clock: a pause of it is a second or so.
        std::thread::sleep(std::time::Duration::from_millis(200));
        scene.s.later(60);
        assert!(scene.s.poll().ends(0).out.is_empty());
        ticks += 1;
        assert!(ticks < 400, "it comes to no end");
    }
    let took = began.elapsed();
    let mut heard = texts(&said(&scene.maria, &scene.room));
    heard.retain(|text| text.starts_with("word "));
    let wanted: Vec<String> = (0..many).map(|n| format!("word {n}")).collect();
    assert!(heard == wanted, "{} words", heard.len());
    println!("{many} words in {ticks} ticks, {:.1} a second", many as f64 / took.as_secs_f64());
}

fn night() {
    let mut scene = scene_of(Synapse::new(), &asks_for_blue());
    let rob = scene.server.account("rob");
    let eve = scene.stranger();
    let bot2 = scene.server.account("bot2");
    let room2 = bot2.makes_room(&[&rob, &eve]);
    let s = &scene.s;
    // The other project: a repository, a room, a bot and a maintainer of its own.
    std::process::Command::new("cp").arg("-r").arg(s.repo()).arg(s.path("repo2")).status().unwrap();
    let first = fs::read_to_string(s.toml_file()).unwrap();
    let second = first
        .replace("name = \"proj\"\n", "name = \"other\"\n")
        .replace(&s.repo().display().to_string(), &s.path("repo2").display().to_string())
        .replace(&s.worktrees().display().to_string(), &s.path("worktrees2").display().to_string())
        .replace(&scene.room, &room2)
        .replace("maintainers = [\"maria\"]", "maintainers = [\"rob\"]")
        .replace("[people.maria]", "[people.rob]")
        .replace(&scene.maria.id, &rob.id)
        .replace("[matrix]\n", "[matrix]\ntoken_env = \"OTHER_TOKEN\"\n");
    fs::write(s.root().join("projects/other.toml"), second).unwrap();
    let tokens = |one: &str, two: &str| {
        fs::write(s.root().join(".env"), format!("MATRIX_TOKEN={one}\nOTHER_TOKEN={two}\n")).unwrap();
    };
    tokens(&scene.bot.token, &bot2.token);
    let file = |(project, who): (&str, &str), n: usize| {
        let title = format!("Add thing {n}");
        let words =
            ["issue", "new", &title, "--body", "Please.", "--label", "backlog", "--as", who, "--project"];
        s.run("forge", &[&words[..], &[project]].concat()).ends(0);
    };
    (0..15).for_each(|n| [("proj", "maria"), ("other", "rob")].into_iter().for_each(|p| file(p, n)));
    let runs = |project: &str, phase: &str| {
        let runs = s.state().join(project).join("runs");
        let all = fs::read_dir(runs).into_iter().flatten().flatten();
        all.filter(|r| {
            r.path().join("run.json").exists() && s.json(&r.path().join("run.json"))["phase"] == phase
        })
        .count()
    };
    let all_are = |phase: &str| runs("proj", phase) == 15 && runs("other", phase) == 15;
    s.poll().ends(0);
    s.until("some have asked", |_| runs("proj", "escalated") > 3 && runs("other", "escalated") > 3);
    scene.server.kill();
    s.until("all have asked", |_| all_are("escalated"));
    scene.server.start();
    s.later(3600);
    let threads = |who: &Account, room: &str| -> Vec<Value> {
        let all = said(who, room).into_iter();
        all.filter(|e| !e["content"]["m.relates_to"].is_object()).collect()
    };
    let asked = |who: &Account, room: &str| {
        texts(&said(who, room)).iter().filter(|t| t.contains("needs a person")).count()
    };
    s.until("all is asked in both rooms", |s| {
        s.later(60);
        asked(&scene.maria, &scene.room) == 15 && asked(&rob, &room2) == 15
    });
    // One bot's token is taken back, and one bot is thrown out of its room.
    s.run("notify", &["listen"]).ends(0);
    scene.bot.asks(Method::Post, "logout", Some(json!({})));
    let left = bot2.asks(Method::Post, &format!("rooms/{}/leave", quoted(&room2)), Some(json!({})));
    assert_eq!(left, json!({}));
    let mut complaints = String::new();
    for _ in 0..3 {
        s.later(60);
        s.run("notify", &["listen"]).ends(75);
        complaints.push_str(&s.poll().out);
    }
    assert_eq!(complaints.matches("proj: nobody can be heard").count(), 1, "{complaints}");
    assert_eq!(complaints.matches("other: nobody can be heard").count(), 1, "{complaints}");
    // Meanwhile all is answered, by whoever may and whoever may not.
    for (who, room) in [(&scene.maria, scene.room.as_str()), (&rob, room2.as_str())] {
        for (n, root) in threads(who, room).iter().enumerate() {
            let root = root["event_id"].as_str().unwrap();
            says(&eve, room, root, "Red, says Eve.", &format!("e{n}"));
            says(who, room, root, &format!("Blue {n}."), &format!("a{n}"));
        }
    }
    let again = scene.server.again("bot");
    tokens(&again.token, &bot2.token);
    rob.asks(Method::Post, &format!("rooms/{}/invite", quoted(&room2)), Some(json!({"user_id": bot2.id})));
    bot2.asks(Method::Post, &format!("rooms/{}/join", quoted(&room2)), Some(json!({})));
    s.later(3600);
    s.until("all is answered", |s| {
        s.run("notify", &["listen"]);
        s.later(60);
        all_are("awaiting_review")
    });
    for project in ["proj", "other"] {
        for n in 1..=15 {
            let folder = s.state().join(project).join(format!("runs/{n}/messages"));
            let all: Vec<Value> = fs::read_dir(folder).unwrap().map(|f| s.json(&f.unwrap().path())).collect();
            let replies: Vec<&str> =
                all.iter().filter(|m| m["kind"] == "reply").map(|m| m["text"].as_str().unwrap()).collect();
            assert!(replies.len() == 1 && replies[0].contains("says:\nBlue "), "{project} #{n}: {replies:?}");
        }
    }
    // Each room has its own, each thing once, in one thread an issue.
    for (who, room, project, other) in
        [(&scene.maria, scene.room.as_str(), "proj", "other"), (&rob, room2.as_str(), "other", "proj")]
    {
        let heard = texts(&said(who, room));
        assert!(heard.iter().all(|t| !t.contains(&format!("{other} #"))), "{heard:#?}");
        for n in 1..=15 {
            for what in ["is being worked on", "needs a person"] {
                let count = heard.iter().filter(|t| t.contains(&format!("{project} #{n} {what}"))).count();
                assert_eq!(count, 1, "{project} #{n} {what}: {heard:#?}");
            }
        }
    }
}

fn commanded() {
    let scene = scene_of(Synapse::new(), &asks_once());
    let (s, room) = (&scene.s, &scene.room);
    let eve = scene.stranger();
    let root = scene.thread();
    s.run("notify", &["listen"]).ends(0);
    let count = std::cell::Cell::new(0);
    let asks = |who: &Account, text: &str| {
        count.set(count.get() + 1);
        let path = format!("rooms/{}/send/m.room.message/c{}", quoted(room), count.get());
        who.asks(Method::Put, &path, Some(json!({"msgtype": "m.text", "body": text})));
        s.run("notify", &["listen"]).ends(0);
    };
    let told = || {
        let of_bot: Vec<Value> =
            scene.heard().into_iter().filter(|e| e["sender"] == scene.bot.id.as_str()).collect();
        texts(&of_bot).pop().unwrap()
    };
    asks(&eve, "stop 1");
    assert_eq!(s.phase(1), "escalated");
    asks(&scene.maria, "status");
    assert!(told().contains("#1 escalated for") && told().contains("Add a thing"), "{}", told());
    asks(&scene.maria, "Why #1");
    assert!(told().contains("issue 1: "), "{}", told());
    asks(&scene.maria, "pause for the night");
    assert!(fs::read_to_string(s.project().join("paused")).unwrap().contains("by maria at"));
    asks(&scene.maria, "unpause");
    assert!(!s.project().join("paused").exists());
    asks(&scene.maria, "priority 1");
    s.run("forge", &["issue", "show", "1"]).says("priority");
    asks(&scene.maria, "stop 1");
    assert_eq!((s.phase(1).as_str(), told().as_str()), ("stopped", "done: it is stopped"));
    asks(&scene.maria, "stop 1");
    assert_eq!(told(), "#1 is stopped");
    asks(&scene.maria, "stop 99");
    assert!(told().contains("there is no run on #99"), "{}", told());
    asks(&scene.maria, "help");
    assert!(told().starts_with("status, why N, stop N"));
    // Meant for whom, where two projects share the room?
    let other = s.root().join("projects/other.toml");
    let text = fs::read_to_string(s.toml_file()).unwrap();
    fs::write(&other, text.replace("name = \"proj\"", "name = \"other\"")).unwrap();
    let of_bot = || scene.heard().iter().filter(|e| e["sender"] == scene.bot.id.as_str()).count();
    let before = of_bot();
    asks(&scene.maria, "status");
    assert_eq!(of_bot(), before);
    fs::remove_file(other).unwrap();
    // In a thread too; and once, however often it is heard.
    says(&scene.maria, room, &root, "resume 1", "r1");
    s.run("notify", &["listen"]).ends(0);
    assert_ne!(s.phase(1), "stopped");
    fs::remove_file(s.project().join("people/heard.json")).unwrap();
    s.run("notify", &["listen"]).ends(0);
    let before = scene.heard().len();
    s.run("notify", &["listen"]).ends(0);
    assert_eq!(scene.heard().len(), before);
    assert_ne!(s.phase(1), "stopped", "a command is not carried out again");
    assert!(scene.given().is_empty());
}
