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
    scene.s.until("all is said", |_| scene.heard().len() >= 12);
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
    s.later(3600);
    s.until("it is said", |_| said(&scene.maria, &room).len() >= 2);
}

fn found() {
    let scene = scene(Synapse::new());
    let s = &scene.s;
    let ready = s.run("preflight", &["env"]);
    assert!(ready.out.contains("@maria:test.local is rung for"), "{ready:?}");
    assert!(ready.out.contains("answers are taken from maria"), "{ready:?}");
    scene.configure(&scene.room, "@nobody:test.local");
    s.run("preflight", &["env"]).says("@nobody:test.local (matrix.mention_user) is not in the room");
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
