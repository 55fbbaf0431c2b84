//! The main job on a forge with a server: nothing but `poll`, real git, real tmux, and a Forgejo that speaks over
//! loopback.

use crate::fake::woodpecker::{Step, step};
use crate::site;
use crate::stage::{GOOD_AGENT, Stage};
use drover::http::Method;
use serde_json::json;

#[test]
fn a_labelled_issue_becomes_a_merged_pull_on_a_server() {
    let s = &site::set(Stage::with());
    let site = site::of(s);
    let issue = site.issue("maria", "Add a note");
    let before = site.head("main");
    s.until("a pull is open", |_| site.pull(issue).is_some());
    s.until_phase(issue, "awaiting_ci");
    let (pull, head) = site.pull(issue).unwrap();
    assert_eq!(site.labels(issue), ["in-progress"]);
    assert_eq!(site.fake.state.lock().unwrap().issues[&issue].assignees, ["bot"]);
    assert_eq!(site.head(&format!("fix/issue-{issue}")), head);
    s.later(60);
    s.poll();
    assert_eq!(s.phase(issue), "awaiting_ci", "no checks is not green");
    site.status(&head, "success");
    s.until_phase(issue, "awaiting_review");
    assert_eq!(site.head("main"), before, "nothing lands without an approval");
    site.review(pull, &head, "APPROVED");
    s.until_phase(issue, "done");
    assert!(!site.is_open(pull) && !site.is_open(issue));
    let merged = site.fake.state.lock().unwrap().issues[&pull].pull.as_ref().unwrap().merged.clone();
    assert_eq!(merged, Some(site.head("main")));
    let receipt = s.json(&s.project().join(format!("receipts/{pull}.json")));
    assert_eq!(
        (receipt["head"].as_str(), receipt["merge"].as_str()),
        (Some(head.as_str()), merged.as_deref())
    );
    assert_eq!(receipt["approved_by"], json!(["rob"]));
    s.until("its branch is gone from the server", |_| site.head(&format!("fix/issue-{issue}")).is_empty());
    // The user's own clone is left alone: there is a server that shows what has landed.
    assert_eq!(s.head(&s.repo(), "main"), before);
}

#[test]
fn an_outage_is_waited_for_in_silence_and_told_once_when_it_lasts() {
    let s = &site::set(Stage::with());
    let site = site::of(s);
    s.poll().ends(0);
    site.fake.quirks.lock().unwrap().down = 1_000_000;
    let mut told = Vec::new();
    for _ in 0..9 {
        s.later(600);
        let said = s.poll().ends(0);
        told.extend((!said.out.is_empty() || !said.err.is_empty()).then_some(said));
    }
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].out.contains("could not be asked since"), "{told:?}");
    site.fake.quirks.lock().unwrap().down = 0;
    let issue = site.issue("maria", "Add a note");
    s.later(3600);
    s.until("work goes on", |s| !s.phase(issue).is_empty());
    assert!(!s.project().join("outage.json").exists());
}

/// What a tick asks the server for when nothing moves: what two in a row ask for. An hour's full listing aside.
fn asked(s: &Stage) -> Vec<String> {
    let site = site::of(s);
    let tick = || {
        s.later(60);
        s.poll();
        s.rests();
        let mut asked = site.fake.asked();
        site.fake.forget();
        asked.sort();
        asked
    };
    s.rests();
    site.fake.forget();
    let mut before = tick();
    for _ in 0..20 {
        let now = tick();
        if now == before {
            return now;
        }
        before = now;
    }
    panic!("each tick asks for something else: {before:?}");
}

#[test]
fn a_tick_asks_for_two_listings_and_for_checks_that_are_waited_for() {
    // The third session gives up: a run that is blocked, on an issue that stays open.
    let agent =
        format!("if [ \"$ISSUE\" = 3 ]; then echo PHASE:failed > \"$PHASE_FILE\"; exit; fi\n{GOOD_AGENT}");
    let s = &site::set(Stage::with().agent(&agent));
    let site = site::of(s);
    s.poll();
    assert_eq!(asked(s).len(), 2, "nothing is open");
    let issues: Vec<u64> = (0..3).map(|n| site.issue("maria", &format!("Add note {n}"))).collect();
    s.until_phase(issues[2], "blocked");
    s.until_phase(issues[0], "awaiting_ci");
    s.until_phase(issues[1], "awaiting_ci");
    let now = asked(s);
    assert_eq!(now.len(), 4, "two wait for their checks: {now:?}");
    assert_eq!(now.iter().filter(|call| call.ends_with("/status")).count(), 2, "{now:?}");
    let (first, head) = site.pull(issues[0]).unwrap();
    site.status(&head, "success");
    s.until_phase(issues[0], "awaiting_review");
    let now = asked(s);
    assert_eq!(now.len(), 3, "one of them is green, and waits for a review: {now:?}");
    site.review(first, &head, "APPROVED");
    s.until_phase(issues[0], "done");
    let (second, head) = site.pull(issues[1]).unwrap();
    site.ask("maria", Method::Patch, &format!("/pulls/{second}"), json!({"state": "closed"}));
    s.until_phase(issues[1], "abandoned");
    let now = asked(s);
    assert_eq!(now.len(), 2, "all have ended: {now:?}");
    site.ask("maria", Method::Patch, &format!("/pulls/{second}"), json!({"state": "open"}));
    site.status(&head, "success");
    site.review(second, &head, "APPROVED");
    s.later(60);
    s.poll();
    s.until("opened again and approved it lands", |_| !site.is_open(second));
    s.until_phase(issues[1], "done");
}

#[test]
fn a_pipeline_that_its_machine_failed_runs_again_once_and_what_the_work_failed_is_told_with_its_log() {
    let mut s = site::set(Stage::with());
    let ci = site::woodpecker(&mut s);
    let (s, site) = (&s, site::of(&s));
    let issue = site.issue("maria", "Add a note");
    s.until_phase(issue, "awaiting_ci");
    let (_, head) = site.pull(issue).unwrap();
    let killed = Step { kind: "commands", ..step("test", 137, "") };
    let first = ci.run(&head, "pull_request", "failure", std::slice::from_ref(&killed));
    site.status(&head, "failure");
    s.until("it is run again", |_| ci.all().len() == 2);
    assert_eq!(ci.all()[1], (first + 1, first, "pending".to_string()));
    assert_eq!(s.phase(issue), "awaiting_ci", "what the forge shows is of the first time");
    for _ in 0..3 {
        s.later(60);
        s.poll();
    }
    assert_eq!((ci.all().len(), s.phase(issue).as_str()), (2, "awaiting_ci"));
    // It is killed again: that is the session's to look into.
    ci.ends(
        first + 1,
        "failure",
        &[killed, step("lint", 1, "warning: unused\nerror[E0308]: mismatched types")],
    );
    s.until("the session has answered", |s| s.messages(issue).iter().any(|m| m["kind"] == "ci"));
    assert_eq!(ci.all().len(), 2, "once a head");
    let told = s.messages(issue).iter().find(|m| m["kind"] == "ci").unwrap()["text"].to_string();
    for part in ["step test of build failed with exit code 137", "error[E0308]: mismatched types", "ci/test:"]
    {
        assert!(told.contains(part), "{told}");
    }
    assert_eq!(s.count("ci_again", issue), 1);
    s.until("the next head waits", |s| s.phase(issue) == "awaiting_ci");
    let asked = ci.asked.lock().unwrap().clone();
    assert!(asked.iter().all(|call| call.contains("/api/repos/7/")), "{asked:?}");
}

#[test]
fn a_pipeline_that_may_not_be_run_again_is_the_sessions_to_look_into() {
    let mut s = site::set(Stage::with());
    let ci = site::woodpecker(&mut s);
    let (s, site) = (&s, site::of(&s));
    s.run("preflight", &["env"]).says("logs of Woodpecker's repository 7 (acme/notes)");
    ci.reads_only.store(true, std::sync::atomic::Ordering::SeqCst);
    let issue = site.issue("maria", "Add a note");
    s.until_phase(issue, "awaiting_ci");
    let (_, head) = site.pull(issue).unwrap();
    ci.run(&head, "push", "failure", &[step("test", 137, "")]);
    site.status(&head, "failure");
    s.until("the session is told", |s| s.messages(issue).iter().any(|m| m["kind"] == "ci"));
    assert_eq!((ci.all().len(), s.count("ci_not_again", issue)), (1, 1));
    let env = std::fs::read_to_string(s.root().join(".env")).unwrap();
    std::fs::write(s.root().join(".env"), env.replace("=ci-token", "=expired-token")).unwrap();
    s.run("preflight", &["env"]).says("the token is not accepted (401)").says("set ci.server");
}

#[test]
fn without_a_ci_our_own_checks_decide_and_are_run_on_what_somebody_approved_only() {
    let s = &site::set(Stage::with());
    let toml = std::fs::read_to_string(s.toml_file()).unwrap();
    std::fs::write(s.toml_file(), toml.replace("[ci]\n", "[ci]\nwoodpecker_repo_id = 0\n")).unwrap();
    let site = site::of(s);
    let open = |branch: &str, who: &str| {
        let head = site.put(branch, "CHORES.md", branch);
        let body = json!({"head": branch, "base": "main", "title": branch});
        (site.ask(who, Method::Post, "/pulls", body)["number"].as_u64().unwrap(), head)
    };
    let (chore, head) = open("chore/gardener-tidy", "maria");
    let (strange, _) = open("chore/gardener-other", "acme");
    s.poll();
    let checked = |sha: &str| {
        let jobs = std::fs::read_dir(s.project().join("checks")).into_iter().flatten().flatten();
        jobs.filter(|job| job.file_name().to_string_lossy().starts_with(sha)).count()
    };
    assert_eq!(checked(""), 0, "nobody has looked at either: nothing of them is run here");
    site.review(chore, &head, "APPROVED");
    s.later(60);
    s.until("the approved one has landed", |_| !site.is_open(chore));
    assert_eq!((checked(&head), checked("")), (1, 1));
    assert!(site.is_open(strange));
    let issue = site.issue("maria", "Add a note");
    s.until_phase(issue, "awaiting_review");
}

#[test]
fn a_head_that_somebody_forced_between_checks_and_merge_does_not_land() {
    let s = &site::set(Stage::with());
    let site = site::of(s);
    let issue = site.issue("maria", "Add a note");
    s.until_phase(issue, "awaiting_ci");
    let (pull, head) = site.pull(issue).unwrap();
    site.status(&head, "success");
    s.until_phase(issue, "awaiting_review");
    let before = site.head("main");
    site.review(pull, &head, "APPROVED");
    // Approved and green; and now another commit is in its place.
    let branch = format!("fix/issue-{issue}");
    site.force(&branch, &before);
    let forced = site.put(&branch, "other.txt", "not what was approved");
    s.run("merge", &[&pull.to_string(), "--head", &head]).ends(75).says(&forced);
    s.poll();
    s.poll();
    assert_eq!(site.head("main"), before);
    assert_eq!(site.head(&branch), forced, "and nobody pushes over it");
    assert!(site.is_open(pull));
}

#[test]
fn pulls_into_other_branches_from_forks_and_of_strangers_are_left_alone() {
    let s = &site::set(Stage::with().toml("[landing]\nscope = \"all\""));
    let site = site::of(s);
    let before = site.head("main");
    site.put("develop", "develop.txt", "x");
    let open = |branch: &str, base: &str| {
        let head = site.put(branch, &branch.replace('/', "-"), branch);
        let body = json!({"head": branch, "base": base, "title": branch});
        let number = site.ask("maria", Method::Post, "/pulls", body)["number"].as_u64().unwrap();
        site.status(&head, "success");
        site.review(number, &head, "APPROVED");
        number
    };
    let (elsewhere, fork, draft) = (open("a", "develop"), open("b", "main"), open("c", "main"));
    {
        let mut state = site.fake.state.lock().unwrap();
        state.issues.get_mut(&fork).unwrap().pull.as_mut().unwrap().head_repo = 4711;
        state.issues.get_mut(&draft).unwrap().title = "WIP: c".into();
    }
    for _ in 0..3 {
        s.later(120);
        s.poll();
    }
    assert_eq!(site.head("main"), before);
    for (pull, code) in [(elsewhere, "other_base"), (fork, "from_fork"), (draft, "draft")] {
        assert!(site.is_open(pull));
        s.run("status", &["why", &pull.to_string()]).says(code);
    }
}

#[test]
fn any_title_is_worked_on_and_shown_in_one_line() {
    let s = &site::set(Stage::with());
    let site = site::of(s);
    let title = "Add a\u{0} note 🦀\r\nand a line\u{7}; \u{202e}$(touch /tmp/x) `x`";
    let issue = site.issue("maria", title);
    s.until_phase(issue, "awaiting_ci");
    let (pull, _) = site.pull(issue).unwrap();
    let shown = site.fake.state.lock().unwrap().issues[&pull].title.clone();
    assert!(shown.starts_with("fix: Add a") && shown.contains("note 🦀"), "{shown:?}");
    assert!(!shown.contains(['\0', '\r', '\n', '\u{7}', '\u{202e}']), "{shown:?}");
    let ps = s.run("status", &["ps"]).ends(0).out;
    assert_eq!(ps.lines().count(), 2, "{ps:?}");
    s.run("forge", &["issue", "show", &issue.to_string()]).ends(0).says("note 🦀");
}

#[test]
fn two_hosts_share_the_work_and_never_an_issue() {
    let s = &site::set(Stage::with().sessions(2));
    let t = &site::second(Stage::with().sessions(2), s);
    let site = site::of(s);
    let issues: Vec<u64> = (0..4).map(|n| site.issue("maria", &format!("Add note {n}"))).collect();
    let phase = |issue: u64| format!("{}{}", s.phase(issue), t.phase(issue));
    let both = |_: &Stage| {
        let (mut a, mut b) = (s.spawn("poll", &[]), t.spawn("poll", &[]));
        a.wait().unwrap();
        b.wait().unwrap();
        issues.iter().all(|i| phase(*i) == "awaiting_ci")
    };
    s.wait("every issue is one host's, and has a pull", both);
    for issue in &issues {
        let (_, head) = site.pull(*issue).unwrap();
        assert_eq!(s.count("claimed", *issue) + t.count("claimed", *issue), 1);
        site.status(&head, "success");
        let (owner, other) = if s.phase(*issue).is_empty() { (t, s) } else { (s, t) };
        other.run("status", &["why", &issue.to_string()]).says("claimed_elsewhere").says("works on it");
        owner.until_phase(*issue, "awaiting_review");
    }
    let claims = site.claims();
    assert_eq!(claims.len(), 4, "{claims:?}");
    let mine = s.run("preflight", &["env"]).out;
    let hosts: std::collections::BTreeSet<&str> =
        claims.iter().map(|c| c["host"].as_str().unwrap()).collect();
    assert!(hosts.len() <= 2 && hosts.iter().filter(|h| mine.contains(*h)).count() <= 1, "{claims:?}");
    assert!(claims.iter().all(|c| c["fence"] == 1 && c["root"] == ""), "{claims:?}");
}

#[test]
fn what_a_host_that_went_away_has_begun_another_goes_on_with() {
    let s = &site::set(Stage::with());
    let t = &site::second(Stage::with(), s);
    let site = site::of(s);
    let issue = site.issue("maria", "Add a note");
    s.until_phase(issue, "awaiting_ci");
    let (pull, head) = site.pull(issue).unwrap();
    t.poll();
    assert_eq!(t.phase(issue), "");
    // The first host is away for more than a day; its claim lapses, and it has left the label behind.
    for stage in [s, t] {
        stage.later(25 * 3600);
    }
    t.until_phase(issue, "awaiting_ci");
    assert_eq!(t.record(issue)["attempt"], 2, "attempts are counted over all hosts");
    assert_eq!(site.pull(issue).unwrap().0, pull, "the same pull, with another commit");
    let (_, newer) = site.pull(issue).unwrap();
    assert!(newer != head && site.holds(&newer, &head), "nothing of the first host's work is lost");
    // Back again, it sees that the issue is another's.
    s.until_phase(issue, "abandoned");
    site.status(&newer, "success");
    t.until_phase(issue, "awaiting_review");
    site.review(pull, &newer, "APPROVED");
    t.until_phase(issue, "done");
    s.poll();
    assert_eq!(s.phase(issue), "done", "it has landed, whoever did it");
}

/// An agent that needs its time.
const PATIENT: &str = "echo begun >> begun.txt; exec sleep 600";

/// The agent works on an issue, and for more than a day no tick comes: until its host has ended it.
fn forgotten(s: &Stage, issue: u64) {
    s.until("its agent works", |s| !s.agent_processes(issue).is_empty());
    s.later(25 * 3600);
    s.wait("its agent is ended, without a tick", |s| {
        let host = std::fs::read_to_string(s.run_folder(issue).join("host.json")).unwrap_or_default();
        host.contains("another host may take it") && s.agent_processes(issue).is_empty()
    });
}

#[test]
fn a_host_whose_cron_has_stopped_ends_its_agent_before_another_may_begin() {
    let s = &site::set(Stage::with().agent(PATIENT));
    let t = &site::second(Stage::with().agent(PATIENT), s);
    let issue = site::of(s).issue("maria", "Add a note");
    forgotten(s, issue);
    t.later(25 * 3600);
    t.until("the other host's agent works", |t| !t.agent_processes(issue).is_empty());
    s.until_phase(issue, "abandoned");
    assert!(!t.agent_processes(issue).is_empty() && s.agent_processes(issue).is_empty());
}

#[test]
fn what_nobody_has_taken_meanwhile_goes_on_when_ticks_come_again() {
    let s = &site::set(Stage::with().agent(PATIENT));
    let issue = site::of(s).issue("maria", "Add a note");
    forgotten(s, issue);
    s.until("its agent works again", |s| !s.agent_processes(issue).is_empty());
    assert_eq!((&s.record(issue)["attempt"], s.phase(issue).as_str()), (&json!(1), "working"));
}

#[test]
fn what_wants_a_person_is_told_at_once_and_once() {
    let s = &site::set(Stage::with());
    let site = site::of(s);
    s.poll().ends(0);
    site.fake.quirks.lock().unwrap().login_page = true;
    s.later(60);
    let said = s.poll().ends(0);
    assert!(said.out.contains("the answer is not that of the API: a web page (Sign in)"), "{said:?}");
    s.later(60);
    let said = s.poll().ends(0);
    assert!(said.out.is_empty() && said.err.is_empty(), "{said:?}");
}

#[test]
fn a_token_that_is_refused_is_one_clear_error() {
    let s = &site::set(Stage::with());
    let env = s.root().join(".env");
    std::fs::write(&env, "FORGE_TOKEN=expired-token-1\n").unwrap();
    let said = s.poll().ends(1);
    assert!(
        said.err.contains("the token is not accepted (401)") && said.err.contains("hint: put a valid token")
    );
    assert!(!said.err.contains("expired-token-1"), "{said:?}");
    std::fs::write(&env, "").unwrap();
    s.run("status", &["queue"]).ends(2).says("there is no FORGE_TOKEN for").says("FORGE_TOKEN=…");
    let toml = std::fs::read_to_string(s.toml_file()).unwrap().replace("acme/notes", "acme/other");
    std::fs::write(s.toml_file(), toml).unwrap();
    std::fs::write(&env, "FORGE_TOKEN=bot\n").unwrap();
    s.run("preflight", &["env"]).says("not there, or not to be seen (404)").says("hint: is repo right");
}

#[test]
fn whatever_the_forge_does_what_is_on_disk_can_be_looked_at_and_new_work_be_paused() {
    let s = &site::set(Stage::with());
    let issue = site::of(s).issue("maria", "Add a note");
    s.until_phase(issue, "awaiting_ci");
    // Nothing goes on that would ask it.
    let n = issue.to_string();
    s.run("agent", &["stop", &n]).ends(0);
    s.rests();
    let looks: [(&[&str], &str); 7] = [
        (&["ps"], "stopped"),
        (&["show", &n], "Add a note"),
        (&["logs", &n], ""),
        (&["events"], "claimed"),
        (&["cost"], &n),
        (&["search", "add", "note"], "Add a note"),
        (&["report"], "Add a note"),
    ];
    let asked = || site::of(s).fake.state.lock().unwrap().asked.len();
    let before = asked();
    for (look, words) in &looks[..6] {
        s.run("status", look).ends(0).says(words);
    }
    assert_eq!(asked(), before, "nothing of it is asked of the forge");
    let (env, mut heard) = (s.root().join(".env"), vec![]);
    // What was known of the forge is not taken for true any more after a day, and by no other token.
    for (token, why) in
        [("FORGE_TOKEN=an-old-one\n", "the token is not accepted"), ("", "there is no FORGE_TOKEN")]
    {
        std::fs::write(&env, token).unwrap();
        s.later(2 * 24 * 3600);
        for (look, words) in &looks {
            s.run("status", look).ends(0).says(words);
        }
        assert!(s.run("status", &["report"]).out.contains(why));
        let queue = s.run("status", &["queue"]);
        assert!(queue.code != 0 && queue.err.contains(why), "{queue:?}");
        s.run("drover", &["pause", "the forge is broken"]).ends(0);
        assert!(s.project().join("paused").exists());
        s.run("drover", &["unpause"]).ends(0);
        s.run("drover", &["gc", "--dry-run"]).ends(0);
        // Who looks after the ticks was asleep as long as the machine.
        s.run("drover", &["watch-heartbeat"]).ends(0);
        let told = [5, 10, 15].map(|_| {
            s.later(300);
            s.run("drover", &["watch-heartbeat"])
        });
        assert_eq!(told[2].code, 5, "{told:?}");
        heard.extend(told.map(|said| said.out));
    }
    assert_eq!(heard.concat().matches("no tick since").count(), 1, "{heard:?}");
}
