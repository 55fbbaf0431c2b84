//! What must come of an agent's work, whichever agent it is.

use crate::model::{Fault, Model};
use crate::programs::Program;
use crate::stage::Stage;
use crate::stage::person::Person;
use crate::{measures, moments};
use drover::process::tree;
use drover::session::tmux::MARK;
use rustix::net;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// A story: its name, what happens, and which agents it is about.
pub type Story = (&'static str, fn(&Program), fn(&Program) -> bool);

pub const ALL: &[Story] = &[
    ("from red checks and a review to a landed pull, one turn a round", lands, all),
    ("killed in the middle of a turn it goes on in its conversation", killed, all),
    ("a limit is waited for and costs nothing", limited, all),
    ("a login is a person's", locked_out, all),
    // The label says which, not how.
    ("a label of the issue chooses it, and its model", chosen, Program::is_usual),
    ("a server that fails is waited for, an account without money is a person's", server_fails, all),
    ("a server that is not there is waited for", nobody_there, gives_up),
    ("a server that takes a request and never answers is waited for", hangs, gives_up_a_request),
    ("its tmux, and then everything, is killed and it goes on", all_killed, all),
    // The others ask nobody, or in a way that is not theirs to start with.
    ("a dialog of its own is a person's, with the screen", dialog, claude_on_its_screen),
    ("after a compaction it knows the rules again", compacted, on_its_screen),
    // opencode has no hook that could answer.
    ("a turn that forgets to ask is told so by its hook, once", forgets, answers_hooks),
    ("its moments are recorded", moments::told, moments::wanted),
    ("a person who types is not typed over", typed_along, on_its_screen),
    ("how long it takes, and how many turns, is measured", measures::taken, measures::wanted),
    ("of many texts each arrives once, however often the command is killed", told_once, on_its_screen),
];

/// What is recorded or measured is no story of every run: a variable says where it is to be written.
pub fn given(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|folder| !folder.is_empty())
}

fn all(_: &Program) -> bool {
    true
}

fn on_its_screen(program: &Program) -> bool {
    program.style == "interactive"
}

fn claude_on_its_screen(program: &Program) -> bool {
    program.name == "claude" && on_its_screen(program)
}

fn answers_hooks(program: &Program) -> bool {
    program.name != "opencode" && on_its_screen(program)
}

/// In its *turns* style opencode tries for ever and prints nothing that could be read; on its screen Codex waits for ever and
/// tells nobody: two hours without a sign of it are the end of that.
fn gives_up(program: &Program) -> bool {
    !tries_for_ever(program) && (program.name, program.style) != ("codex", "interactive")
}

/// In its *turns* style opencode tries again for ever.
fn gives_up_a_request(program: &Program) -> bool {
    !tries_for_ever(program)
}

/// What the shell does in each turn: work that breaks the checks at first, then work that does not.
pub const STEP: &str = r#"
n=$(cat .git/step 2>/dev/null || echo 0); n=$((n+1)); echo $n > .git/step
[ "$n" = 1 ] && [ -e "$BREAKS" ] && word=BROKEN || word=fine
echo "$word $n" > work.txt
git add -A && git commit -qm "step $n" && echo "step $n" > "$SUMMARY_FILE" && echo "PHASE:awaiting_ci" > "$PHASE_FILE"
"#;

/// A stage on which a real agent works for a scripted model.
pub struct Scene {
    pub s: Stage,
    pub model: Model,
    calls: &'static [&'static str],
}

pub fn scene(program: &Program) -> Scene {
    on(stage(program, ""), program)
}

/// A stage with more lines for `[agent]`.
pub fn stage(program: &Program, more: &str) -> Stage {
    let s = Stage::with().known_agent(program.name, Some(program.path())).style(program.style).set();
    let toml = fs::read_to_string(s.toml_file()).unwrap();
    fs::write(s.toml_file(), toml.replace("[agent]\n", &format!("[agent]\n{more}"))).unwrap();
    s
}

pub fn on(s: Stage, program: &Program) -> Scene {
    let model = Model::new();
    let address = model.address().to_string();
    at(s, program, model, &address)
}

/// A scene whose agent looks for its model at this address.
pub fn at(mut s: Stage, program: &Program, model: Model, address: &str) -> Scene {
    // What these programs do takes seconds, on the processors that ticks without a rest would take from them.
    s.rest = Duration::from_millis(300);
    let home = s.path("home");
    let env = program.set_up(&home, address);
    s.script("step.sh", STEP);
    let path = format!("{}:{}", program.path().parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut more = format!(
        "[agent.env]\nPATH = \"{path}\"\nHOME = \"{}\"\nSTEP = \"{}\"\nBREAKS = \"{}\"\nNO_PROXY = \"127.0.0.1\"\n{env}",
        home.display(),
        s.path("step.sh").display(),
        s.path("breaks").display(),
    );
    // Whoever is asked for by way of a proxy is somebody else.
    for proxy in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"] {
        more.push_str(&format!("{proxy} = \"{}\"\n", model.address()));
    }
    let toml = fs::read_to_string(s.toml_file()).unwrap();
    fs::write(s.toml_file(), format!("{toml}{more}")).unwrap();
    Scene { s, model, calls: program.calls }
}

impl Scene {
    /// Ticks until a run is in a phase; a failure shows what the agent was asked.
    fn until(&self, issue: u64, phase: &str) {
        self.s.until_phase(issue, phase);
    }

    /// Nobody but the model was called.
    fn end(&self) {
        let mut strangers = self.model.strangers();
        strangers.retain(|host| !self.calls.contains(&host.as_str()));
        assert_eq!(strangers, Vec::<String>::new());
    }
}

/// Every text that a request for work holds.
fn texts(request: &Value) -> String {
    request["messages"].to_string() + &request["input"].to_string()
}

fn lands(program: &Program) {
    let scene = scene(program);
    let s = &scene.s;
    fs::write(s.path("breaks"), "").unwrap();
    let n = s.issue("Add a thing", "Please.", &["backlog"]);
    scene.until(n, "awaiting_review");
    let working = s.events().iter().filter(|(kind, _)| kind == "working").count();
    assert_eq!(working, 2, "claimed → working, and back to it for the red check: {}", s.picture());
    s.forge("rob", &["pull", "reject", &s.pull(n).to_string(), "Not blue enough."]).ends(0);
    s.until("it has reworked", |s| s.phase(n) == "awaiting_review" && s.record(n)["counters"]["rounds"] == 1);
    // It may still be saying its last words.
    s.until("its turns are booked", |s| {
        let ledger = fs::read_to_string(s.project().join("ledger.jsonl")).unwrap();
        ledger.matches("settle").count() == 3
    });
    s.approve(s.pull(n));
    scene.until(n, "done");
    let turns = scene.model.turns();
    assert_eq!(turns.len(), 3, "one for the issue, one for the red check, one for the review");
    let last = texts(&turns[2]);
    for told in ["You work on issue #1", "BROKEN found", "Not blue enough."] {
        assert!(last.contains(told), "{told} is not in the conversation");
    }
    let cost: Value = serde_json::from_str(&s.run("status", &["cost", "--json"]).ends(0).out).unwrap();
    let row = &cost["cost"][0];
    assert_eq!(row["turns"], 3);
    // What the model of the tests charges for each of its answers. One that took in a message on the way gave fewer.
    let answers = scene.model.answers();
    let (input, output, micro) = match program.name {
        // What its record of a conversation tells is tokens.
        "claude" => (12, 7, Some(1128).filter(|_| program.style == "turns")),
        _ => (10, 5, None),
    };
    let told = (row["input"].as_u64(), row["output"].as_u64(), row["micro_usd"].as_u64());
    if program.name == "opencode" && program.style == "turns" {
        // It does not always print the last step of a turn before it ends.
        let half = answers / 2;
        assert!((half * input..=answers * input).contains(&told.0.unwrap()), "{answers}: {row}");
        assert!((half * output..=answers * output).contains(&told.1.unwrap()), "{answers}: {row}");
    } else if program.name == "codex" && program.style == "interactive" {
        // An answer that a message overtakes is broken off and in none of its books, whatever was sent of it.
        let kept = recorded(&s.path("home/.codex/sessions"));
        assert!((turns.len() as u64 + 1..=answers).contains(&kept), "{kept} of {answers}");
        assert_eq!(told, (Some(kept * input), Some(kept * output), micro), "{kept} of {answers}: {row}");
    } else {
        assert_eq!(told, (Some(answers * input), Some(answers * output), micro), "{answers}: {row}");
    }
    scene.end();
}

/// How many answers Codex has recorded that it used. drover reads the sums, which stand elsewhere in its records.
fn recorded(folder: &Path) -> u64 {
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        count += match entry.is_dir() {
            true => recorded(&entry),
            false => {
                fs::read_to_string(entry).unwrap().matches("\"type\":\"token_usage_record\"").count() as u64
            }
        };
    }
    count
}

fn killed(program: &Program) {
    let scene = scene(program);
    let s = &scene.s;
    let n = s.issue("Add a thing", "Please.", &["backlog"]);
    scene.until(n, "awaiting_review");
    scene.model.fails(Fault::Hang, 1);
    s.forge("rob", &["pull", "reject", &s.pull(n).to_string(), "Once more."]).ends(0);
    s.until("the agent waits for its model", |_| scene.model.hanging() == 1);
    kill_agent(s, n);
    s.until("it has reworked", |s| s.phase(n) == "awaiting_review" && s.record(n)["counters"]["rounds"] == 1);
    assert_eq!(s.record(n)["counters"]["resumes"], 1);
    let turns = scene.model.turns();
    let last = texts(turns.last().unwrap());
    for told in ["You work on issue #1", "You were interrupted", "Once more."] {
        assert!(last.contains(told), "{told} is not in the conversation");
    }
    scene.end();
}

/// Kills everything of a session but its host.
fn kill_agent(s: &Stage, issue: u64) {
    let host = s.json(&s.run_folder(issue).join("host.json"))["pid"].as_u64().unwrap();
    for process in tree::marked(MARK, &format!("{}/{issue}", s.project().display())) {
        if u64::from(process.pid) != host {
            tree::signal(&process, rustix::process::Signal::KILL);
        }
    }
}

fn limited(program: &Program) {
    let scene = scene(program);
    let s = &scene.s;
    let n = s.issue("Add a thing", "Please.", &["backlog"]);
    scene.model.fails(Fault::Status(429), 40);
    scene.until(n, "limited");
    scene.model.fails(Fault::Hang, 0);
    // Until what belongs to the limit is done, finishing that is what comes next.
    s.until("all that follows is done", |s| s.record(n)["pending"].as_array().is_none_or(Vec::is_empty));
    assert!(s.run("status", &["why", "1"]).out.contains("limit"), "{}", s.picture());
    s.pass(20 * 60);
    scene.until(n, "awaiting_review");
    let counters = &s.record(n)["counters"];
    assert_eq!(
        (&counters["resumes"], &counters["ci_fixes"], s.record(n)["attempt"].as_u64()),
        (&0.into(), &0.into(), Some(1))
    );
    let turns = scene.model.turns();
    assert!(
        turns.len() == 1 && texts(&turns[0]).contains("You work on issue #1"),
        "it knows what it is about"
    );
    scene.end();
}

fn locked_out(program: &Program) {
    let scene = scene(program);
    let s = &scene.s;
    let n = s.issue("Add a thing", "Please.", &["backlog"]);
    scene.model.fails(Fault::Status(401), 40);
    scene.until(n, "escalated");
    s.until("it is said", |s| !s.comments(n).is_empty());
    assert!(s.comments(n)[0].contains("401"), "{:?}", s.comments(n));
    scene.model.fails(Fault::Hang, 0);
    s.run("agent", &["resume", "1"]).ends(0);
    scene.until(n, "awaiting_review");
    let turns = scene.model.turns();
    assert!(
        turns.len() == 1 && texts(&turns[0]).contains("You work on issue #1"),
        "it knows what it is about"
    );
    scene.end();
}

fn chosen(program: &Program) {
    let scene = on(Stage::with().agent("exit 1").set(), program);
    let s = &scene.s;
    let model = if program.name == "opencode" { "fake/fake-1" } else { "fake-2" };
    let labels = [format!("agent:{}", program.name), format!("model:{model}")];
    let n = s.issue("Add a thing", "Please.", &["backlog", &labels[0], &labels[1]]);
    scene.until(n, "awaiting_review");
    let asked = &scene.model.turns()[0]["model"];
    assert!(model.ends_with(asked.as_str().unwrap()), "{asked} was asked for {model}");
    assert_eq!(s.record(n)["agent"], program.name);
    let unknown = s.issue("Add another", "Please.", &["backlog", "agent:nobody"]);
    s.poll();
    let why = s.run("status", &["why", &unknown.to_string()]).out;
    assert!(why.contains("agent:nobody names none of"), "{why}");
    scene.end();
}

/// In its *turns* style opencode tries for ever, and prints nothing that could be read.
fn tries_for_ever(program: &Program) -> bool {
    program.name == "opencode" && program.style == "turns"
}

fn server_fails(program: &Program) {
    for (status, phase) in [(500, "limited"), (529, "limited"), (402, "escalated")] {
        // opencode takes its time to give up.
        let slow = program.name == "opencode" && (program.style == "turns" || status == 529);
        if slow && status != 402 {
            continue;
        }
        let scene = scene(program);
        let s = &scene.s;
        let n = s.issue("Add a thing", "Please.", &["backlog"]);
        scene.model.fails(Fault::Status(status), 60);
        println!("{} {}: {status}", program.name, program.style);
        scene.until(n, phase);
        scene.model.fails(Fault::Hang, 0);
        if phase == "limited" {
            s.pass(20 * 60);
        } else {
            s.run("agent", &["resume", "1"]).ends(0);
        }
        scene.until(n, "awaiting_review");
        assert_eq!(s.record(n)["counters"]["resumes"], 0, "{status}");
        scene.end();
    }
}

fn nobody_there(program: &Program) {
    // A port that is held and not listened at: nobody else can be there meanwhile.
    let held = net::socket(net::AddressFamily::INET, net::SocketType::STREAM, None).unwrap();
    net::bind(&held, &std::net::SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let port = std::net::SocketAddr::try_from(net::getsockname(&held).unwrap()).unwrap().port();
    let scene = at(stage(program, ""), program, Model::new(), &format!("http://127.0.0.1:{port}"));
    let n = scene.s.issue("Add a thing", "Please.", &["backlog"]);
    scene.until(n, "limited");
    scene.end();
}

/// Each gives a request up after a time of its own, minutes if nothing is said; here it is told to after three seconds.
fn hangs(program: &Program) {
    let scene = scene(program);
    let s = &scene.s;
    program.gives_up_after(3000, &s.path("home"), &s.toml_file());
    // Codex waits for the beginning of an answer as long as it takes; two hours without a sign of it are the end of that.
    scene.model.fails(if program.name == "codex" { Fault::Silence } else { Fault::Hang }, 60);
    let n = s.issue("Add a thing", "Please.", &["backlog"]);
    scene.until(n, "limited");
    scene.model.fails(Fault::Hang, 0);
    s.pass(20 * 60);
    scene.until(n, "awaiting_review");
    assert_eq!(s.record(n)["counters"]["resumes"], 0);
    scene.end();
}

fn all_killed(program: &Program) {
    let scene = scene(program);
    let s = &scene.s;
    let n = s.issue("Add a thing", "Please.", &["backlog"]);
    scene.until(n, "awaiting_review");
    for (round, whole) in [(1, false), (2, true)] {
        let server = s.record(n)["session"]["server_pid"].as_u64().unwrap();
        let mut all =
            if whole { tree::marked(MARK, &format!("{}/{n}", s.project().display())) } else { vec![] };
        let start_time = tree::start_time(server as u32).unwrap();
        all.push(tree::Proc { pid: server as u32, start_time, name: "tmux".into() });
        for process in all {
            tree::signal(&process, rustix::process::Signal::KILL);
        }
        s.forge("rob", &["pull", "reject", &s.pull(n).to_string(), &format!("Once more, {round}.")]).ends(0);
        s.until("it has reworked", |s| {
            s.phase(n) == "awaiting_review" && s.record(n)["counters"]["rounds"] == round
        });
    }
    let last = texts(scene.model.turns().last().unwrap());
    for told in ["You work on issue #1", "You were interrupted", "Once more, 1.", "Once more, 2."] {
        assert!(last.contains(told), "{told} is not in the conversation");
    }
    scene.end();
}

fn dialog(program: &Program) {
    let scene = on(stage(program, "args = [\"--permission-mode\", \"default\"]\n"), program);
    let s = &scene.s;
    let n = s.issue("Add a thing", "Please.", &["backlog"]);
    scene.until(n, "escalated");
    s.until("it is said", |s| !s.comments(n).is_empty());
    let said = &s.comments(n)[0];
    assert!(said.contains("a question of its own") && said.contains("Do you want to proceed?"), "{said}");
    scene.end();
}

fn compacted(program: &Program) {
    let scene = scene(program);
    let s = &scene.s;
    let n = s.issue("Add a thing", "Please.", &["backlog"]);
    scene.until(n, "awaiting_review");
    s.until("its turn is over", |s| s.run("status", &["ps"]).out.contains("idle"));
    // As a person does who has attached to it.
    let name = s.record(n)["session"]["name"].as_str().unwrap().to_string();
    s.tmux(&["send-keys", "-t", &format!("={name}:"), "/compact"]).ends(0);
    let shows =
        |s: &Stage| s.tmux(&["capture-pane", "-p", "-t", &format!("={name}:")]).out.contains("/compact");
    s.until("it stands in its box", shows);
    s.tmux(&["send-keys", "-t", &format!("={name}:"), "Enter"]).ends(0);
    let hooks = s.run_folder(n).join("session/hooks.jsonl");
    // Codex gives its hook the word to begin anew with its next turn.
    let told = if program.name == "codex" { "PreCompact" } else { "\"source\":\"compact\"" };
    s.until("it was compacted", |_| fs::read_to_string(&hooks).unwrap().contains(told));
    s.forge("rob", &["pull", "reject", &s.pull(n).to_string(), "Not blue enough."]).ends(0);
    s.until("it has reworked", |s| s.phase(n) == "awaiting_review" && s.record(n)["counters"]["rounds"] == 1);
    let last = texts(scene.model.turns().last().unwrap());
    assert!(last.contains("Not blue enough."), "{last}");
    // Codex keeps what it was told as it is.
    let (kept, rules) = if program.name == "codex" { (1, 2) } else { (0, 1) };
    assert_eq!(last.matches("Please.").count(), kept, "it was not made shorter: {last}");
    assert_eq!(last.matches("How to say where you stand").count(), rules, "{last}");
    assert_eq!(scene.model.turns().len(), 2, "no turn was spent on the rules");
    scene.end();
}

/// Texts of every kind; the number makes each another.
fn text(k: usize) -> String {
    let bodies = [
        "x".to_string(),
        "/compact\n/exit".into(),
        "\tindented\r\n  \u{1f680} é 漢字".into(),
        format!("{}\n", "line of text ".repeat(20)).repeat(60),
        "$(touch x) `id` \"quoted\" 'single' ~ !".into(),
        "z ".repeat(30_000),
    ];
    format!("text {k}, {}, the end of {k}.", bodies[k % bodies.len()])
}

/// Of many texts these come when their agent is about to be killed. Three deaths are the end of an attempt.
const KILLED_AT: [usize; 2] = [8, 30];

/// `AGENTS_DELIVERIES` says how many; of three commands one is killed, and of many two agents.
fn told_once(program: &Program) {
    let many: usize = std::env::var("AGENTS_DELIVERIES").ok().and_then(|n| n.parse().ok()).unwrap_or(7);
    let scene = scene(program);
    let s = &scene.s;
    s.script("step.sh", "printf 'PHASE:escalate\\nReason: next\\n' > \"$PHASE_FILE\"\n");
    let n = s.issue("Talk", "Please.", &["backlog"]);
    scene.until(n, "escalated");
    let hooks = s.run_folder(n).join("session/hooks.jsonl");
    let mut waits = Vec::new();
    for k in 0..many {
        let (said, began) = (text(k), now_ms());
        let end = format!("the end of {k}.");
        let down = |s: &Stage| s.messages(n).iter().any(|m| m["text"].as_str().unwrap().contains(&end));
        let most = (k % 3 == 2).then(|| std::time::Duration::from_millis((k * 7 % 40) as u64));
        if s.run_for(most, "agent", &["say", "--as", "maria", "1", &said]) && !down(s) {
            s.run("agent", &["say", "--as", "maria", "1", &said]);
        }
        let turns = scene.model.turns().len();
        if KILLED_AT.contains(&k) {
            kill_agent(s, n);
        }
        s.until("it has arrived", |s| {
            // What was not taken in is tried again after ten seconds. An agent that is coming up has the time that it takes: the
            // clock of the tests would run ahead of it.
            let host = s.json(&s.run_folder(n).join("host.json"));
            let up = ["between", "running"].contains(&host["agent"]["state"].as_str().unwrap_or_default());
            if up && host["spawn"] == s.record(n)["session"]["spawn"] {
                s.later(2);
            }
            let all = s.messages(n);
            let of = all.iter().find(|m| m["text"].as_str().unwrap().contains(&end)).unwrap();
            of["state"]["delivered"].is_object() && s.phase(n) == "escalated"
        });
        assert!(scene.model.turns().len() <= turns + 2, "{k}");
        let told = fs::read_to_string(&hooks).unwrap();
        let took = told
            .lines()
            .rfind(|l| l.contains("UserPromptSubmit"))
            .and_then(|l| serde_json::from_str::<Value>(l).ok());
        waits.extend(took.and_then(|l| l["at"].as_i64()).map(|at| at - began).filter(|_| most.is_none()));
    }
    let told = fs::read_to_string(hooks).unwrap();
    let last = texts(scene.model.turns().last().unwrap());
    for message in s.messages(n) {
        let by = message["state"]["delivered"]["by"].as_str().unwrap().to_string();
        assert!(by.contains("told by the agent's hook") || by.contains("part of the prompt"), "{by}");
    }
    for k in 0..many {
        // What a session had taken in and not answered when it died, its successor is told again; so is the text before, if it was
        // taken in within the second in which it was answered, which the clock of the tests makes of a whole turn.
        let most = if KILLED_AT.contains(&k) || KILLED_AT.contains(&(k + 1)) { 2 } else { 1 };
        let times = last.matches(&format!("the end of {k}.")).count();
        assert!((1..=most).contains(&times), "text {k} of {many}, {times} times: {told}");
    }
    waits.sort_unstable();
    let median = waits.get(waits.len() / 2).copied().unwrap_or_default();
    println!(
        "{}: {many} texts, each taken in once, {median} ms after its command began (median)",
        program.name
    );
    scene.end();
}

fn typed_along(program: &Program) {
    let scene = scene(program);
    let s = &scene.s;
    s.script("step.sh", "printf 'PHASE:escalate\\nReason: next\\n' > \"$PHASE_FILE\"\n");
    let n = s.issue("Talk", "Please.", &["backlog"]);
    scene.until(n, "escalated");
    s.until("its turn is over", |s| s.run("status", &["ps"]).out.contains("idle"));
    let person = Person::attach(s, n);
    person.types("half a te");
    s.run("agent", &["say", "--as", "maria", "1", "Go on."]).ends(0);
    assert_eq!(s.messages(n)[0]["state"], "queued", "a person is typing");
    s.until("it has arrived", |s| s.messages(n)[0]["state"]["delivered"].is_object());
    s.until("it is answered", |s| s.phase(n) == "escalated" && scene.model.turns().len() == 2);
    let last = texts(scene.model.turns().last().unwrap());
    assert!(last.contains("half a te"), "{last}");
    assert_eq!(last.matches("Go on.").count(), 1, "{last}");
    scene.end();
}

/// The time, as hooks tell it.
pub fn now_ms() -> i64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as i64
}

/// Its first turn asks for nothing.
fn forgets(program: &Program) {
    let scene = scene(program);
    let s = &scene.s;
    s.script("step.sh", &format!("[ -e .git/forgot ] || {{ touch .git/forgot; exit 0; }}\n{STEP}"));
    let n = s.issue("Add a thing", "Please.", &["backlog"]);
    scene.until(n, "awaiting_review");
    assert_eq!(s.messages(n).len(), 0, "no message of ours was needed");
    let turns = scene.model.turns();
    assert_eq!(turns.len(), 2, "one for the issue, one for what its hook said");
    assert!(texts(&turns[1]).contains("You have stopped without a request"));
    let hooks = fs::read_to_string(s.run_folder(n).join("session/hooks.jsonl")).unwrap();
    assert_eq!(hooks.matches("\"goes_on\":true").count(), 1, "{hooks}");
    scene.end();
}
