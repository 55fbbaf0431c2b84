//! What sessions and the projects' own checks do that they should not: hostile repositories, rewritten history,
//! requests without work, work left lying, refusals that do not hold.

use crate::bad_input::{found_below, until_settled};
use crate::stage::{GOOD_AGENT, Stage, git};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A script that leaves a mark if anybody runs it.
fn trap(s: &Stage) -> String {
    s.script("trap.sh", &format!("echo \"$0 $*\" >> {}\nexit 0\n", s.path("sprung").display()));
    s.path("trap.sh").display().to_string()
}

#[track_caller]
fn not_sprung(s: &Stage) {
    let text = fs::read_to_string(s.path("sprung")).unwrap_or_default();
    assert_eq!(text, "", "one of our binaries ran what a session wrote");
}

/// Writes every key by which git runs a program, and every hook, into the repository in the current folder. With
/// an editor's tools, so that no git program of the session's own springs them.
fn hostile(trap: &str) -> String {
    format!(
        r#"
cat >> .git/config <<'CONFIG'
[core]
	fsmonitor = {trap}
	sshCommand = {trap}
	hooksPath = .git/hooks
	pager = {trap}
	editor = {trap}
	askPass = {trap}
	attributesFile = .git/attributes
[alias]
	status = !{trap}
	x = !{trap}
[filter "x"]
	smudge = {trap}
	clean = {trap}
	process = {trap}
	required = true
[diff "x"]
	textconv = {trap}
	command = {trap}
[merge "x"]
	driver = {trap}
[uploadpack]
	packObjectsHook = {trap}
[credential]
	helper = !{trap}
[gpg]
	program = {trap}
[commit]
	gpgSign = true
[remote "origin"]
	uploadpack = {trap}
	vcs = ext
[protocol "ext"]
	allow = always
CONFIG
mkdir -p .git/info .git/hooks
echo '* filter=x diff=x merge=x' > .git/info/attributes
echo '* filter=x diff=x merge=x' > .git/attributes
for hook in post-checkout reference-transaction pre-push post-commit pre-commit post-merge pre-merge-commit \
	commit-msg prepare-commit-msg post-rewrite post-index-change pre-auto-gc fsmonitor-watchman pre-receive update \
	post-receive post-update push-to-checkout proc-receive sendemail-validate; do
	cp {trap} ".git/hooks/$hook"
done
"#
    )
}

#[test]
fn no_binary_of_ours_runs_what_a_session_wrote_into_its_repository() {
    let s = Stage::with().set();
    let evil = hostile(&trap(&s));
    s.script(
        "agent.sh",
        &format!(
            "echo '*.txt filter=x diff=x merge=x' > .gitattributes; echo work > \"w-$ISSUE.txt\"\n\
             git add -A; git commit -qm work\n{evil}\necho PHASE:awaiting_ci > \"$PHASE_FILE\"\n"
        ),
    );
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    let (issue, pull) = (n.to_string(), s.pull(n));
    assert!(s.worktree(n).join(".git/hooks/pre-push").exists(), "the trap is set");
    s.forge("maria", &["pull", "diff", &pull.to_string()]).says("work");
    s.run("preflight", &["run", &issue]).ends(0);
    s.run("preflight", &["pull", &pull.to_string()]);
    s.run("status", &["show", &issue]).ends(0);
    s.run("agent", &["stop", &issue]).ends(0);
    s.run("agent", &["resume", &issue]).ends(0);
    s.until_phase(n, "awaiting_review");
    s.approve(pull);
    s.until_phase(n, "done");
    not_sprung(&s);
    assert!(s.repo().join(format!("w-{n}.txt")).exists());
}

#[test]
fn a_stopped_session_goes_on_in_its_hostile_repository_without_our_git() {
    let s = Stage::with().set();
    let evil = hostile(&trap(&s));
    let begin =
        format!("echo work > w.txt; git add -A; git commit -qm work\n{evil}\ntouch ready; sleep 1000");
    s.script("agent.sh", &begin);
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until("the trap is set", |s| s.worktree(n).join("ready").exists());
    s.run("agent", &["stop", &n.to_string()]).ends(0);
    s.script("agent.sh", "rm -f ready; echo PHASE:awaiting_ci > \"$PHASE_FILE\"");
    s.run("agent", &["resume", &n.to_string()]).ends(0);
    s.until_phase(n, "awaiting_review");
    not_sprung(&s);
    // The trap is a good one: the git program itself walks into it.
    let git = std::process::Command::new("git").arg("-C").arg(s.worktree(n)).arg("status").output().unwrap();
    assert!(s.path("sprung").exists(), "{git:?}");
}

/// A folder of the user's with a file that no commit holds.
fn precious(s: &Stage) -> std::path::PathBuf {
    let folder = s.path("precious");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("thesis.txt"), "years of work\n").unwrap();
    folder
}

#[track_caller]
fn untouched(folder: &Path) {
    let names: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["thesis.txt"]);
    assert_eq!(fs::read_to_string(folder.join("thesis.txt")).unwrap(), "years of work\n");
}

#[test]
fn a_worktree_that_claims_to_lie_elsewhere_leads_nobody_there() {
    let s = Stage::with().set();
    let folder = precious(&s);
    s.script(
        "agent.sh",
        &format!(
            "echo work > w.txt; git add -A; git commit -qm work\n\
             printf '[core]\\n\\tworktree = {}\\n' >> .git/config\necho PHASE:awaiting_ci > \"$PHASE_FILE\"\n",
            folder.display()
        ),
    );
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    assert_eq!(s.messages(n).len(), 0, "what lies in the other folder is not the session's");
    s.approve(s.pull(n));
    s.until_phase(n, "done");
    untouched(&folder);
}

#[test]
fn a_worktree_whose_repository_is_the_users_moves_nothing_in_it() {
    let s = Stage::with().set();
    let before = s.head(&s.repo(), "main");
    git(&s.repo(), &["branch", "private"]);
    s.script(
        "agent.sh",
        &format!(
            "echo work > w.txt; git add -A; git commit -qm work; mv .git ../aside-$ISSUE\n\
             echo 'gitdir: {}/.git' > .git; echo PHASE:awaiting_ci > \"$PHASE_FILE\"\n",
            s.repo().display()
        ),
    );
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until("it has asked", |s| s.run_folder(n).join("session/phase").exists());
    s.until_phase(n, "working");
    for _ in 0..3 {
        s.poll().ends(0);
    }
    assert_eq!(s.phase(n), "working", "a repository that is not the session's proves nothing");
    assert_eq!(s.head(&s.repo(), "main"), before);
    assert_eq!(git(&s.repo(), &["status", "--porcelain"]), "");
    assert!(
        !git(&s.project().join("repo.git"), &["for-each-ref"]).contains("private"),
        "nor is anything taken from it"
    );
    fs::remove_file(s.worktree(n).join(".git")).unwrap();
    fs::rename(s.worktrees().join(format!("aside-{n}")), s.worktree(n).join(".git")).unwrap();
    s.until_phase(n, "awaiting_review");
}

#[test]
fn a_session_that_wrecked_its_repository_can_be_stopped_and_begins_anew() {
    let s = Stage::with().agent("rm -rf .git; echo draft > draft.txt; sleep 1000").set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until("it is wrecked", |s| s.worktree(n).join("draft.txt").exists());
    s.run("agent", &["stop", &n.to_string()]).ends(0);
    assert_eq!((s.phase(n).as_str(), s.count("not_taken_over", n)), ("stopped", 1));
    s.script("agent.sh", crate::stage::GOOD_AGENT);
    s.run("agent", &["resume", &n.to_string()]).ends(0);
    s.until_phase(n, "awaiting_review");
    let aside = s.worktrees().join(format!("{n}.broken-1/draft.txt"));
    assert_eq!(fs::read_to_string(aside).unwrap(), "draft\n", "nothing of it is lost");
    s.approve(s.pull(n));
    s.until_phase(n, "done");
}

#[test]
fn a_request_from_a_wrecked_repository_is_given_up_on_by_name() {
    let s = Stage::with().agent("rm -rf .git; echo PHASE:awaiting_ci > \"$PHASE_FILE\"").set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "working");
    s.until("it is given up on", |s| {
        s.pass(3600);
        s.phase(n) == "blocked"
    });
    until_settled(&s, n, "blocked");
    let comments = s.comments(n);
    assert_eq!(comments.len(), 1);
    assert!(
        comments[0].contains("its work cannot be read") && comments[0].contains("no repository of its own")
    );
}

/// The first issue's commit brings a check that turns on whoever verifies next; the others do honest work.
fn turncoat(s: &Stage, evil: &str) {
    s.script("evil-check.sh", evil);
    s.script(
        "agent.sh",
        &format!(
            "if [ \"$ISSUE\" = 1 ]; then cp {} check.sh; fi\n{}",
            s.path("evil-check.sh").display(),
            crate::stage::GOOD_AGENT
        ),
    );
}

#[test]
fn what_a_check_writes_into_its_checkout_is_run_by_no_later_check() {
    let s = Stage::with().set();
    turncoat(&s, &hostile(&trap(&s)));
    let first = s.issue("First", "", &["backlog"]);
    s.until_phase(first, "awaiting_review");
    let second = s.issue("Second", "", &["backlog"]);
    s.until_phase(second, "awaiting_review");
    s.approve(s.pull(second));
    s.until_phase(second, "done");
    not_sprung(&s);
}

#[test]
fn a_check_cannot_lead_the_next_one_elsewhere() {
    let s = Stage::with().set();
    let folder = precious(&s);
    turncoat(&s, &format!("printf '[core]\\n\\tworktree = {}\\n' >> .git/config", folder.display()));
    let first = s.issue("First", "", &["backlog"]);
    s.until_phase(first, "awaiting_review");
    s.script(
        "agent.sh",
        "echo BROKEN > broken.txt; git add -A; git commit -qm broken; echo PHASE:awaiting_ci > \"$PHASE_FILE\"",
    );
    let second = s.issue("Second", "", &["backlog"]);
    s.until("the broken one is seen to be broken", |s| s.messages(second).len() == 1);
    assert!(s.messages(second)[0]["text"].as_str().unwrap().contains("error: BROKEN found"));
    untouched(&folder);
}

#[test]
fn a_check_cannot_change_a_file_for_the_next_one() {
    let s = Stage::with().set();
    // The same size and the same time as before: an index that remembers both would call it unchanged.
    turncoat(
        &s,
        "was=$(stat -c %y shared.txt); printf 'shared = BROKEN\\n' > shared.txt; touch -d \"$was\" shared.txt; exit 0",
    );
    let first = s.issue("First", "", &["backlog"]);
    s.until_phase(first, "awaiting_review");
    let second = s.issue("Second", "", &["backlog"]);
    s.until("the second is judged", |s| {
        s.phase(second) == "awaiting_review" || !s.messages(second).is_empty()
    });
    assert_eq!(s.messages(second).len(), 0, "it is judged by its own files");
}

#[test]
fn a_check_that_replaces_the_repository_of_its_checkout_changes_nothing_for_the_next() {
    let s = Stage::with().set();
    let before = s.head(&s.repo(), "main");
    turncoat(&s, &format!("rm -rf .git; echo 'gitdir: {}/.git' > .git", s.repo().display()));
    let first = s.issue("First", "", &["backlog"]);
    s.until_phase(first, "awaiting_review");
    let second = s.issue("Second", "", &["backlog"]);
    s.until_phase(second, "awaiting_review");
    assert_eq!(s.head(&s.repo(), "HEAD"), before);
    assert_eq!(
        git(&s.repo(), &["symbolic-ref", "HEAD"]),
        "refs/heads/main",
        "the user's HEAD is where it was"
    );
    assert_eq!(git(&s.repo(), &["status", "--porcelain"]), "");
    s.approve(s.pull(second));
    s.until_phase(second, "done");
}

#[test]
fn commits_on_another_branch_are_the_round_all_the_same() {
    let agent = r#"
git checkout -q -b elsewhere; echo work > w.txt; git add -A; git commit -qm work; echo PHASE:awaiting_ci > "$PHASE_FILE"
"#;
    let s = Stage::with().agent(agent).set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    assert_eq!(s.head(&s.project().join("repo.git"), &format!("fix/issue-{n}")), s.record(n)["head"]);
    s.approve(s.pull(n));
    s.until_phase(n, "done");
    assert!(s.repo().join("w.txt").exists());
}

#[test]
fn commits_on_no_branch_are_the_round_all_the_same() {
    let agent = r#"
git checkout -q --detach; echo work > w.txt; git add -A; git commit -qm work; echo PHASE:awaiting_ci > "$PHASE_FILE"
"#;
    let s = Stage::with().agent(agent).set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    s.approve(s.pull(n));
    s.until_phase(n, "done");
    assert!(s.repo().join("w.txt").exists());
}

#[test]
fn rewritten_commits_stay_reachable_and_the_new_ones_land() {
    let agent = r#"
case "$(cat "$PROMPT_FILE")" in
*"asks for changes"*) echo better > w.txt; git add -A; git commit -q --amend -m "better" ;;
*) echo work > w.txt; git add -A; git commit -qm work ;;
esac
echo PHASE:awaiting_ci > "$PHASE_FILE"
"#;
    let s = Stage::with().agent(agent).set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    let (pull, bare) = (s.pull(n), s.project().join("repo.git"));
    let first = s.record(n)["head"].as_str().unwrap().to_string();
    s.forge("rob", &["pull", "reject", &pull.to_string(), "Better, please."]);
    s.until("the second round waits for review", |s| {
        s.phase(n) == "awaiting_review" && s.record(n)["head"] != first.as_str()
    });
    let kept = git(&bare, &["for-each-ref", "--contains", &first, "refs/drover"]);
    assert!(kept.contains(&format!("refs/drover/{n}/")), "the first commit is kept: {kept}");
    assert_eq!(s.pull(n), pull, "one pull, whatever is rewritten");
    s.approve(pull);
    s.until_phase(n, "done");
    assert_eq!(fs::read_to_string(s.repo().join("w.txt")).unwrap(), "better\n");
    assert!(git(&s.repo(), &["log", "--format=%H"]).lines().all(|sha| sha != first));
}

#[test]
fn files_left_uncommitted_are_asked_about_once_then_named_and_kept() {
    let agent = r#"
[ -e w.txt ] || { echo work > w.txt; git add -A; git commit -qm work; echo draft > left-over.txt; }
echo PHASE:awaiting_ci > "$PHASE_FILE"
"#;
    let s = Stage::with().agent(agent).set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    let messages = s.messages(n);
    assert_eq!(messages.len(), 1);
    assert!(messages[0]["text"].as_str().unwrap().contains("left-over.txt"));
    let pull = s.pull(n);
    s.forge("maria", &["pull", "show", &pull.to_string()]).says("left-over.txt");
    s.approve(pull);
    s.until_phase(n, "done");
    s.until("it is reported", |s| s.count("worktree_kept", n) == 1);
    assert_eq!(fs::read_to_string(s.worktree(n).join("left-over.txt")).unwrap(), "draft\n");
    assert!(!s.repo().join("left-over.txt").exists());
    s.poll().ends(0);
    assert_eq!(s.count("worktree_kept", n), 1, "said once");
}

#[test]
fn requests_without_commits_are_answered_once_then_a_person_is_asked() {
    let s = Stage::with().agent("echo PHASE:awaiting_ci > \"$PHASE_FILE\"").set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    until_settled(&s, n, "escalated");
    let messages = s.messages(n);
    assert_eq!(messages.len(), 1);
    assert!(messages[0]["text"].as_str().unwrap().contains("has no commit that main lacks"));
    assert_eq!(s.labels(n), ["in-progress", "needs-human"]);
    let asked: Vec<String> = s.comments(n).into_iter().filter(|c| c.contains("needs a person")).collect();
    assert_eq!(asked.len(), 1);
    s.script("agent.sh", crate::stage::GOOD_AGENT);
    s.run("agent", &["say", &n.to_string(), "Please commit something."]).ends(0);
    s.until_phase(n, "awaiting_review");
    assert_eq!(s.labels(n), ["in-progress"]);
}

#[test]
fn a_failure_is_commented_with_the_screen_and_without_our_secrets() {
    let secret = format!("zebra{}Lantern{}x9", std::process::id(), drover_nonce());
    let s = Stage::with().set();
    let file = s.root().join(".env");
    fs::write(&file, format!("FORGE_TOKEN={secret}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    s.script(
        "agent.sh",
        &format!(
            "env > {}\necho about to give up with {secret} in hand\n\
             printf 'PHASE:failed\\nReason: no compiler, and {secret}\\n' > \"$PHASE_FILE\"; sleep 1000\n",
            s.path("environment").display()
        ),
    );
    let n = s.issue("Add a thing", "", &["backlog"]);
    until_settled(&s, n, "blocked");
    let comments = s.comments(n);
    assert_eq!(comments.len(), 1);
    assert!(comments[0].contains("about to give up with"), "{}", comments[0]);
    assert!(comments[0].contains("no compiler"), "{}", comments[0]);
    assert!(!comments[0].contains(&secret), "{}", comments[0]);
    assert_eq!(s.labels(n), ["blocked"]);
    assert!(!fs::read_to_string(s.path("environment")).unwrap().contains(&secret), "it was not given it");
    for folder in ["forge", "outbox"] {
        assert_eq!(found_below(&s.project().join(folder), &secret), None);
    }
    assert_eq!(found_below(&s.run_folder(n).join("attempts"), &secret), None);
    for view in
        [vec!["show", "1"], vec!["show", "1", "--json"], vec!["events"], vec!["logs", "1"], vec!["why"]]
    {
        assert!(!s.run("status", &view).out.contains(&secret), "status {view:?} shows it");
    }
    s.script("agent.sh", crate::stage::GOOD_AGENT);
    s.run("agent", &["retry", &n.to_string()]).ends(0);
    s.until_phase(n, "awaiting_review");
}

/// Something that no other run of this test has.
fn drover_nonce() -> u128 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos()
}

/// An agent that declines with this JSON.
fn declines(json: &str) -> String {
    format!("echo '{json}' > \"$SUMMARY_FILE\"; printf 'PHASE:failed\\nReason: refused\\n' > \"$PHASE_FILE\"")
}

#[test]
fn an_issue_declined_as_too_large_leaves_the_queue() {
    let s =
        Stage::with().agent(&declines(r#"{"status": "too_large", "reason": "six features in one"}"#)).set();
    let n = s.issue("Do everything", "", &["backlog"]);
    until_settled(&s, n, "refused");
    assert_eq!(s.labels(n), ["underspecified"]);
    let comments = s.comments(n);
    assert_eq!(comments.len(), 1);
    assert!(comments[0].contains("six features in one"));
    for _ in 0..2 {
        s.poll().ends(0);
    }
    assert_eq!((s.phase(n).as_str(), s.count("claimed", n)), ("refused", 1), "it is not started again");
    assert_eq!(s.issue_record(n)["open"], true);
}

#[test]
fn an_unmet_dependency_holds_the_issue_back_until_that_one_is_closed() {
    let s = Stage::with().set();
    let first = s.issue("The parser", "", &[]);
    let json =
        format!(r#"{{"status": "unmet_dependency", "blocked_by": "the parser", "suggestion": {first}}}"#);
    s.script("agent.sh", &declines(&json));
    let n = s.issue("The printer", "", &["backlog"]);
    until_settled(&s, n, "refused");
    assert_eq!(s.labels(n), ["backlog"]);
    for _ in 0..2 {
        s.poll().ends(0);
    }
    assert_eq!(s.count("claimed", n), 1);
    s.run("status", &["why", &n.to_string()]).says(&format!("#{first}"));
    s.script("agent.sh", crate::stage::GOOD_AGENT);
    s.forge("maria", &["issue", "close", &first.to_string()]);
    s.until_phase(n, "awaiting_review");
    assert_eq!(s.record(n)["attempt"], 2);
}

#[test]
fn a_claim_of_being_done_that_nothing_proves_is_for_a_person() {
    let json = r#"{"status": "already_done", "reason": "trust me, since 0123456789abcdef"}"#;
    let s = Stage::with().agent(&declines(json)).set();
    let n = s.issue("Add a thing", "", &["backlog"]);
    until_settled(&s, n, "escalated");
    assert_eq!(s.issue_record(n)["open"], true);
    assert_eq!(s.labels(n), ["in-progress", "needs-human"]);
    assert!(s.comments(n)[0].contains("nothing it names has landed"));
}

#[test]
fn a_claim_of_being_done_that_git_proves_closes_the_issue() {
    let s = Stage::with().set();
    let head = s.head(&s.repo(), "main");
    s.script("agent.sh", &declines(&format!(r#"{{"status": "already_done", "commit": "{head}"}}"#)));
    let n = s.issue("Add a thing", "", &["backlog"]);
    until_settled(&s, n, "refused");
    s.until("it is closed", |s| s.issue_record(n)["open"] == false);
    assert_eq!(s.labels(n), Vec::<String>::new());
}

#[test]
fn one_that_is_halted_is_a_persons_whatever_its_style() {
    for style in ["turns", "interactive"] {
        let s =
            Stage::with().style(style).agent(&format!("kill -STOP $$\n{GOOD_AGENT}\nexec sleep 300")).set();
        let n = s.issue("Add a thing", "Please.", &["backlog"]);
        s.until_phase(n, "escalated");
        s.until("it is said", |s| !s.comments(n).is_empty());
        let said = s.comments(n)[0].clone();
        let command =
            said.split('`').find(|w| w.starts_with("kill -CONT")).unwrap_or_else(|| panic!("{said}"));
        let done = std::process::Command::new("sh").args(["-c", command]).status().unwrap();
        assert!(done.success(), "{style}: {command}");
        s.until_phase(n, "awaiting_review");
    }
}

#[test]
fn a_session_that_wants_more_memory_than_it_may_have_ends_and_nothing_else_does() {
    let greedy = "head -c 200000000 /dev/zero | tail -c 190000000 > /dev/null 2> \"$SCRATCH_FILE\"; echo \"ended $?\" >> \"$SCRATCH_FILE\"\n";
    let s = Stage::with().agent(&format!("{greedy}{GOOD_AGENT}")).set();
    let toml = fs::read_to_string(s.toml_file()).unwrap();
    fs::write(s.toml_file(), toml.replace("[limits]\n", "[limits]\nsession_memory_mb = 50\n")).unwrap();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    let told = fs::read_to_string(s.run_folder(n).join("session/scratch.md")).unwrap();
    assert!(told.contains("ended 1") && told.contains("memory"), "{told}");
    s.run("preflight", &["env"]).ends(0).says("a session may take 50 MB, kept by ulimit");
    // A little less greedy, and it may.
    let n = s.issue("Add another", "", &["backlog"]);
    fs::write(s.toml_file(), toml).unwrap();
    s.until_phase(n, "awaiting_review");
    let told = fs::read_to_string(s.run_folder(n).join("session/scratch.md")).unwrap();
    assert!(told.contains("ended 0"), "{told}");
}

#[test]
fn where_systemd_makes_scopes_a_session_is_in_one() {
    let mut s = Stage::new();
    fs::create_dir(s.path("bin")).unwrap();
    // As systemd-run does with --scope: it becomes the command, and says on stderr what it is unless it is told to be quiet.
    let stand_in = "echo \"$*\" >> LOG; while [ \"$1\" != -- ] && [ \"$1\" != true ]; do shift; done; [ \"$1\" = -- ] && shift; exec \"$@\"\n";
    s.script("bin/systemd-run", &stand_in.replace("LOG", s.path("scopes").to_str().unwrap()));
    s.vars.push(("PATH".into(), format!("{}:{}", s.path("bin").display(), std::env::var("PATH").unwrap())));
    let toml = fs::read_to_string(s.toml_file()).unwrap();
    fs::write(s.toml_file(), toml.replace("[limits]\n", "[limits]\nsession_memory_mb = 900\n")).unwrap();
    let n = s.issue("Add a thing", "", &["backlog"]);
    s.until_phase(n, "awaiting_review");
    let asked = fs::read_to_string(s.path("scopes")).unwrap();
    assert!(asked.lines().any(|l| l == "--user --scope --quiet true"), "{asked}");
    let line = format!(
        "--user --scope --quiet -p MemoryMax=900M -p MemorySwapMax=0 -- {}",
        s.path("agent.sh").display()
    );
    assert!(asked.lines().any(|l| l.starts_with(&line)), "{asked}");
}
