//! The histories: what happens on a stage, with agents that remember in their notes how far they came, so that one
//! whose session was killed goes on as a sensible one would.

use crate::corners;
use crate::desk;
use crate::people;
use crate::play::Play;
use crate::server;
use crate::stage::{Stage, git};
use std::fs;

/// One history.
pub struct History {
    pub name: &'static str,
    /// Sets its stage.
    pub set: fn() -> Stage,
    /// Plays it.
    pub play: fn(&Play),
}

/// All of them.
pub const HISTORIES: &[History] = &[
    History { name: "main", set: main_stage, play: main_job },
    History { name: "ask", set: ask_stage, play: ask },
    History { name: "control", set: control_stage, play: control },
    History { name: "conflict", set: conflict_stage, play: conflict },
    History { name: "paste", set: paste_stage, play: ask },
    History { name: "screen", set: screen_stage, play: screen },
    History { name: "corners", set: corners::stage, play: corners::play },
    History { name: "server", set: server::stage, play: server::play },
    History { name: "people", set: people::stage, play: people::play },
    History { name: "desk", set: desk::stage, play: desk::play },
];

/// What every agent begins with. Its notes are whole or not there, whenever it is killed.
pub const BEGIN: &str = r#"
step=$(cat "$SCRATCH_FILE" 2>/dev/null)
told() { grep -q "$1" "$PROMPT_FILE"; }
commit() { rm -f .git/index.lock; git add -A; git diff --cached --quiet || git commit -qm "$1"; }
ask() { echo "$1" > .git/notes; mv .git/notes "$SCRATCH_FILE"; printf "$2" > "$PHASE_FILE"; }
publish() { commit "step $1 (#$ISSUE)"; echo "did step $1" > "$SUMMARY_FILE"; ask "$1" 'PHASE:awaiting_ci\n'; }
"#;

/// A stage whose agent (in *turns* style) does this.
pub fn stage(agent: &str, toml: &str) -> Stage {
    Stage::with().agent(&format!("{BEGIN}{agent}")).toml(toml).set()
}

/// Adds a mirror beside the repository.
pub fn mirror(s: &Stage, name: &str) {
    git(s.dir.path(), &["init", "-q", "--bare", "-b", "main", name]);
    let text = fs::read_to_string(s.toml_file()).unwrap();
    fs::write(s.toml_file(), format!("{text}\n[mirrors]\nbackup = \"{}\"\n", s.path(name).display()))
        .unwrap();
}

/// Whether people were told of a notice whose key begins so.
fn told(s: &Stage, key: &str) -> bool {
    let outbox = s.project().join("outbox");
    let files = fs::read_dir(&outbox).into_iter().flatten().flatten();
    let mut of_key = files.filter(|f| f.file_name().to_string_lossy().starts_with(key));
    of_key.any(|f| !s.json(&f.path())["told"].is_null())
}

/// Whether the agent of an issue has come to a step, and its run to a phase.
pub fn at(s: &Stage, issue: u64, step: &str, phase: &str) -> bool {
    let notes = fs::read_to_string(s.run_folder(issue).join("session/scratch.md")).unwrap_or_default();
    s.phase(issue) == phase && notes.trim() == step
}

/// Breaks the checks, mends them when told, reworks when asked to.
pub const BREAKS_THEN_MENDS: &str = r#"
case "$step" in
"") echo BROKEN > work.txt; publish 1 ;;
1) told 'failed on' && { echo fixed > work.txt; publish 2; } || publish 1 ;;
2) told 'asks for changes' && { echo reworked > work.txt; publish 3; } || publish 2 ;;
*) publish "$step" ;;
esac
"#;

fn main_stage() -> Stage {
    let s = stage(BREAKS_THEN_MENDS, "");
    mirror(&s, "mirror.git");
    s
}

/// Claimed, red, mended, published, reviewed, reworked, approved, landed in a folder, mirrored.
fn main_job(p: &Play) {
    p.issue(1, "Add a thing", "Please.");
    p.until("the first round waits for review", |s| at(s, 1, "2", "awaiting_review"));
    p.forge("rob", &["pull", "reject", &p.s.pull(1).to_string(), "Rework it."]);
    p.until("the second round waits for review", |s| at(s, 1, "3", "awaiting_review"));
    p.approve(1);
    p.until_phase(1, "done");
}

/// Asks which port, and writes what it is told. `$1` is what was said last.
const ASKS: &str = r#"
act() {
    case "$step" in
    "") step=1; ask 1 'PHASE:escalate\nReason: which port\n' ;;
    1) if grep -q 'Port 8080' "$1"; then echo 8080 > port.txt; step=2; publish 2
       else ask 1 'PHASE:escalate\nReason: which port\n'; fi ;;
    *) publish "$step" ;;
    esac
}
act "$PROMPT_FILE"
"#;

/// The user's repository is a bare one, and the mirror holds a commit that it lacks.
fn ask_stage() -> Stage {
    let s = stage(ASKS, "");
    let user = s.path("user.git");
    git(&s.repo(), &["clone", "-q", "--bare", s.repo().to_str().unwrap(), user.to_str().unwrap()]);
    let place = |path: &std::path::Path| format!("repo_root = \"{}\"", path.display());
    let text = fs::read_to_string(s.toml_file()).unwrap();
    fs::write(s.toml_file(), text.replace(&place(&s.repo()), &place(&user))).unwrap();
    mirror(&s, "mirror.git");
    git(&s.repo(), &["commit", "-q", "--allow-empty", "-m", "theirs"]);
    git(&s.repo(), &["push", "-q", s.path("mirror.git").to_str().unwrap(), "main"]);
    s
}

/// Held back by a pause, then escalated, answered, approved, landed.
fn ask(p: &Play) {
    p.person("drover", &["pause", "not", "yet"]);
    p.issue(1, "Open a port", "Please.");
    p.tick();
    p.person("drover", &["unpause"]);
    p.until_phase(1, "escalated");
    // A person whose words may have got through looks at where the run stands before saying them again.
    p.unless(|s| s.phase(1) != "escalated", "agent", &["say", "--as", "maria", "1", "Port 8080."]);
    p.until_phase(1, "awaiting_review");
    p.approve(1);
    p.until_phase(1, "done");
}

/// The same agent in a terminal: what is said to it is pasted.
fn paste_stage() -> Stage {
    let reads = r#"
said="$WORKTREE/.git/said"
: > "$said"
while IFS= read -r line; do
    printf '%s\n' "$line" >> "$said"
    case "$line" in *'[end of message'*) act "$said"; : > "$said" ;; esac
done
"#;
    Stage::with().style("interactive").agent(&format!("{BEGIN}{ASKS}{reads}")).set()
}

/// The same agent in an interface of its own, which tells what it takes in.
fn screen_stage() -> Stage {
    let act = ASKS.replace("act \"$PROMPT_FILE\"\n", "cat > .git/said; act .git/said\n");
    Stage::with().screen(&format!("{BEGIN}{act}")).set()
}

/// Escalated, answered in vain since Enter is lost, which is noticed and made good; then approved, landed.
fn screen(p: &Play) {
    p.issue(1, "Open a port", "Please.");
    p.until_phase(1, "escalated");
    fs::write(p.s.path("loses-enter"), "once\n").unwrap();
    p.unless(|s| s.phase(1) != "escalated", "agent", &["say", "--as", "maria", "1", "Port 8080."]);
    p.until("the answer has arrived", |s| {
        s.later(11);
        s.phase(1) == "awaiting_review"
    });
    p.approve(1);
    p.until_phase(1, "done");
}

/// Works until it is let go, fails, and refuses when it is tried again.
const GIVES_UP: &str = r#"
case "$step" in
"") while [ ! -e .git/go ]; do sleep 0.05; done; ask failed 'PHASE:failed\nReason: no compiler\n' ;;
failed) if [ -e .git/again ]; then
        echo '{"status": "too_large", "reason": "three things at once"}' > "$SUMMARY_FILE"
        ask refused 'PHASE:failed\nReason: refused\n'
    else ask failed 'PHASE:failed\nReason: no compiler\n'; fi ;;
*) ask refused 'PHASE:failed\nReason: refused\n' ;;
esac
"#;

fn control_stage() -> Stage {
    stage(GIVES_UP, "")
}

/// Stopped, resumed, failed and blocked, tried again, refused.
fn control(p: &Play) {
    p.issue(1, "Do three things", "Please.");
    p.until_phase(1, "working");
    p.person("agent", &["stop", "1"]);
    p.until_phase(1, "stopped");
    p.unless(|s| s.phase(1) != "stopped", "agent", &["resume", "1"]);
    p.until("it works again", |s| s.phase(1) == "working" && !s.record(1)["session"].is_null());
    fs::write(p.s.worktree(1).join(".git/go"), "").unwrap();
    p.until_phase(1, "blocked");
    fs::write(p.s.worktree(1).join(".git/again"), "").unwrap();
    p.unless(|s| s.record(1)["attempt"] == 2, "agent", &["retry", "1"]);
    p.until_phase(1, "refused");
}

/// Writes the same line as the other one, and settles a conflict when told of it.
const CONFLICTS: &str = r#"
settle() { rm -f .git/index.lock; git fetch -q origin; git merge -q origin/main; echo "shared = both" > shared.txt; }
case "$step" in
"") echo "shared = $ISSUE" > shared.txt; publish 1 ;;
1) told 'conflicts with it in' && { settle; publish 2; } || publish 1 ;;
*) publish "$step" ;;
esac
"#;

fn conflict_stage() -> Stage {
    stage(CONFLICTS, "")
}

/// Two that conflict: the first lands once its user has tidied up, the second is told of the conflict, settles it,
/// is approved anew and lands.
fn conflict(p: &Play) {
    for n in [1, 2] {
        p.issue(if n == 1 { 1 } else { 3 }, "Change the line", "Please.");
        p.until_phase(if n == 1 { 1 } else { 3 }, "awaiting_review");
    }
    fs::write(p.s.repo().join("shared.txt"), "shared = maria\n").unwrap();
    p.approve(1);
    p.until("the user was told of the changed file", |s| told(s, "dirty-"));
    git(&p.s.repo(), &["checkout", "-q", "shared.txt"]);
    p.until_phase(1, "done");
    p.approve(3);
    p.until("the conflict is settled", |s| at(s, 3, "2", "awaiting_review"));
    p.approve(3);
    p.until_phase(3, "done");
}
