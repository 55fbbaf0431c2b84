//! What servers do wrong, and what we do then: each switch of the fake, and bad input of every kind.

use crate::backends::Server;
use crate::fake::listen::Listener;
use crate::fake::state::Pull;
use crate::{holds, same};
use drover::domain::evidence::Colour;
use drover::domain::ids::{IssueNo, PullNo, Sha};
use drover::domain::pull::{PullState, Verdict};
use drover::forge::forgejo::Forgejo;
use drover::http::{Agent, Credentials, Fault, Kind, Method, Request, Wire};
use drover::world::{Forge, Merge, NewIssue, NewPull, NewReview};
use serde_json::json;
use std::rc::Rc;

pub const ALL: &[(&str, fn())] = &[
    ("a server that ignores the page", ignores_page),
    ("a server that says nothing of pages", no_paging_headers),
    ("a server that shows rows twice", repeats_rows),
    ("a server that never pages", never_pages),
    ("a server that ignores sort and since", ignores_sort),
    ("null in place of lists", null_lists),
    ("listings of a while ago", stale),
    ("done, and answered with an error", fails_after),
    ("done, and no answer", loses_answers),
    ("an error with status 200", error_as_200),
    ("a page to sign in", login_page),
    ("too many requests", limited),
    ("a server that restarts", restarts),
    ("a server that ignores the head", ignores_head),
    ("a merge that is told and not made", merge_lies),
    ("a merge that is made and refused", merge_then_403),
    ("every refusal of a merge", refusals),
    ("labels that are not taken", label_lies),
    ("two labels of one name", two_labels),
    ("a label that somebody removed", label_gone),
    ("a clock that is ahead", skew),
    ("versions", versions),
    ("whose word an issue is", vouching),
    ("an old server: nobody's word", old_server),
    ("a wrong token", wrong_token),
    ("a token without scope", no_scope),
    ("a missing repository", missing_repository),
    ("an archived repository", archived),
    ("a renamed repository", renamed),
    ("a deleted account", deleted_account),
    ("a pull from a fork", from_fork),
    ("a branch that is gone", branch_gone),
    ("a branch that the API does not know yet", branch_late),
    ("a review's words on lines", line_comments),
    ("approvals of strangers and of old content", approvals),
    ("dependencies held open", held_open),
    ("over a real connection", over_tcp),
    ("nobody there", nobody_there),
    ("slow answers", slow),
    ("ten megabytes", ten_megabytes),
    ("a tick with nothing new asks twice", thrift),
    ("what changed is asked after, and nothing else", thrift_of_changes),
    ("dependencies are asked after a hundred at a time, and once", thrift_of_dependencies),
    ("checks that have passed, and pulls that have ended, are known for an hour", thrift_of_ends),
    ("answers with tags come again only if they have changed", tagged),
    ("two changes in one second", same_second),
    ("what is known of one token serves no other", other_token),
];

fn issue(forge: &Forgejo, title: &str, labels: &[&str]) -> IssueNo {
    let labels = labels.iter().map(|l| l.to_string()).collect();
    forge.new_issue(&NewIssue { title: title.into(), body: "text".into(), labels }).unwrap()
}

fn pull(server: &Server, forge: &Forgejo, branch: &str) -> (PullNo, Sha) {
    let file = format!("{}.txt", branch.replace('/', "-"));
    let head = server.git().put(branch, "main", &file, "text\n").parse().unwrap();
    let new =
        NewPull { branch: branch.into(), base: "main".into(), title: branch.into(), body: String::new() };
    (forge.open_pull(&new).unwrap(), head)
}

fn approve(server: &Server, pull: PullNo, sha: &Sha) {
    let review = NewReview { verdict: Verdict::Approve, sha: sha.clone(), body: "fine".into() };
    server.forge("reviewer").review(pull, &review).unwrap();
}

fn many(server: &Server) -> Forgejo {
    let forge = server.forge("bot");
    for n in 0..120 {
        issue(&forge, &format!("issue {n}"), &["backlog"]);
    }
    forge
}

fn fault<T: std::fmt::Debug>(result: anyhow::Result<T>) -> Fault {
    let error = result.unwrap_err();
    error.chain().find_map(|e| e.downcast_ref::<Fault>()).unwrap_or_else(|| panic!("{error:#}")).clone()
}

fn backlog(forge: &Forgejo) -> usize {
    forge.issues(&["backlog"]).unwrap().len()
}

fn ignores_page() {
    let server = Server::new();
    let forge = many(&server);
    server.quirks(|q| q.ignores_page = true);
    // It says that there are more than it shows: better no listing than half of one.
    same!(fault(forge.issues(&["backlog"])).kind, Kind::Unsteady);
    server.quirks(|q| q.no_paging_headers = true);
    same!(backlog(&forge), 50, "nothing tells that there is more, and it does not go on for ever");
    same!(forge.comments(1).unwrap().len(), 0);
}

fn no_paging_headers() {
    let server = Server::new();
    let forge = many(&server);
    server.quirks(|q| q.no_paging_headers = true);
    same!(backlog(&forge), 120);
}

fn repeats_rows() {
    let server = Server::new();
    let forge = many(&server);
    server.quirks(|q| q.repeats_rows = true);
    let mut numbers: Vec<u64> = forge.issues(&["backlog"]).unwrap().iter().map(|i| i.number.0).collect();
    numbers.dedup();
    same!(numbers.len(), 120);
}

fn never_pages() {
    let server = Server::new();
    let forge = many(&server);
    server.quirks(|q| q.never_pages = true);
    same!(backlog(&forge), 120);
}

fn ignores_sort() {
    let server = Server::new();
    let forge = many(&server);
    server.quirks(|q| q.ignores_sort = true);
    same!(backlog(&forge), 120);
    server.clock.go_on(60);
    forge.set_issue_open(IssueNo(3), false).unwrap();
    same!(backlog(&forge), 119, "what has changed is seen wherever it stands");
    for n in 0..60 {
        pull(&server, &forge, &format!("b{n}"));
    }
    same!(forge.pulls().unwrap().len(), 60);
}

fn null_lists() {
    let server = Server::new();
    server.quirks(|q| q.null_lists = true);
    let forge = server.forge("bot");
    same!((backlog(&forge), forge.pulls().unwrap().len()), (0, 0));
    let (number, head) = pull(&server, &forge, "fix/issue-1");
    same!(forge.pull(number).unwrap().unwrap().reviews.len(), 0);
    same!(forge.checks(&head).unwrap(), Some(vec![]));
}

fn stale() {
    let server = Server::new();
    let forge = server.forge("bot");
    let number = issue(&forge, "a", &["backlog"]);
    same!(backlog(&forge), 1);
    forge.set_issue_open(number, false).unwrap();
    server.quirks(|q| q.stale = 1);
    same!(backlog(&forge), 1, "a listing may be of a while ago");
    holds!(!forge.issue(number).unwrap().unwrap().open, "what is acted on is read directly");
    server.quirks(|q| q.stale = 0);
    server.clock.go_on(60);
    same!(backlog(&forge), 0, "and what came late is seen later");
}

fn fails_after() {
    let server = Server::new();
    let forge = server.forge("bot");
    let (number, head) = pull(&server, &forge, "fix/issue-1");
    server.quirks(|q| q.fails_after = 1);
    same!(forge.merge(number, &head).unwrap(), Merge::AlreadyMerged, "made all the same");
    let at = issue(&forge, "a", &["backlog"]);
    server.quirks(|q| q.fails_after = 1);
    holds!(fault(forge.comment(at.0, "said")).is_ambiguous());
    same!(forge.comments(at.0).unwrap().len(), 1, "reading it back tells, and there is no pause before that");
    server.git().put("fix/issue-2", "main", "two.txt", "2\n");
    let new =
        NewPull { branch: "fix/issue-2".into(), base: "main".into(), title: "t".into(), body: String::new() };
    server.quirks(|q| q.fails_after = 1);
    holds!(forge.open_pull(&new).is_err());
    let found = forge.pull_of("fix/issue-2").unwrap().unwrap();
    same!(forge.open_pull(&new).unwrap(), found.number, "opened once");
}

fn loses_answers() {
    let server = Server::new();
    let forge = server.forge("bot");
    let (number, head) = pull(&server, &forge, "fix/issue-1");
    server.quirks(|q| q.loses_answers = 1);
    same!(forge.merge(number, &head).unwrap(), Merge::AlreadyMerged);
    let at = issue(&forge, "a", &["backlog"]);
    server.quirks(|q| q.loses_answers = 1);
    same!(fault(forge.set_labels(at, &["blocked".to_string()], &[])).kind, Kind::Unreachable);
    forge.set_labels(at, &["blocked".to_string()], &[]).unwrap();
    holds!(forge.issue(at).unwrap().unwrap().has("blocked"));
}

fn error_as_200() {
    let server = Server::new();
    let forge = server.forge("bot");
    let number = issue(&forge, "a", &["backlog"]);
    same!(backlog(&forge), 1);
    server.quirks(|q| q.error_as_200 = true);
    same!(fault(forge.issues(&["backlog"])).kind, Kind::NotApi);
    same!(
        fault(forge.issue(number)).kind,
        Kind::NotApi,
        "an error is neither an empty list nor a closed issue"
    );
    same!(fault(forge.pulls()).kind, Kind::NotApi);
}

fn login_page() {
    let server = Server::new();
    let forge = server.forge("bot");
    server.quirks(|q| q.login_page = true);
    let found = fault(forge.issues(&["backlog"]));
    same!(found.kind, Kind::NotApi);
    holds!(found.to_string().contains("a web page (Sign in)"), "{found}");
    holds!(found.hint().contains("forge_url"));
}

fn limited() {
    let server = Server::new();
    let (forge, other) = (server.forge("bot"), server.forge("bot"));
    server.quirks(|q| q.limited = Some("120".into()));
    same!(fault(forge.issues(&["backlog"])).kind, Kind::Limited);
    server.quirks(|q| q.limited = None);
    server.fake.forget();
    holds!(matches!(fault(other.issues(&["backlog"])).kind, Kind::Pausing(_)), "others keep away too");
    same!(server.fake.asked().len(), 0);
    server.clock.go_on(120);
    same!(backlog(&other), 0);
}

fn restarts() {
    let server = Server::new();
    let forge = server.forge("bot");
    issue(&forge, "a", &["backlog"]);
    server.quirks(|q| q.down = 1);
    let found = fault(forge.issues(&["backlog"]));
    same!(found.kind, Kind::Unreachable);
    holds!(found.passes() && found.to_string().contains("connection refused"), "{found}");
    holds!(matches!(fault(forge.pulls()).kind, Kind::Pausing(_)));
    server.clock.go_on(30);
    same!(backlog(&forge), 1);
    server.quirks(|q| q.fails = 1);
    same!(fault(forge.pulls()).kind, Kind::Server(500));
    server.clock.go_on(30);
    same!(forge.pulls().unwrap().len(), 0);
}

fn ignores_head() {
    let server = Server::new();
    let forge = server.forge("bot");
    let (number, old) = pull(&server, &forge, "fix/issue-1");
    server.git().put("fix/issue-1", "main", "more.txt", "more\n");
    same!(forge.merge(number, &old).unwrap(), Merge::HeadMoved);
    server.quirks(|q| q.ignores_head = true);
    // It has merged what nobody asked for: whoever landed compares trees afterwards.
    holds!(matches!(forge.merge(number, &old).unwrap(), Merge::Merged(Some(_))));
}

fn merge_lies() {
    let server = Server::new();
    let forge = server.forge("bot");
    let (number, head) = pull(&server, &forge, "fix/issue-1");
    server.quirks(|q| q.merge_lies = true);
    let Merge::NotReady(why) = forge.merge(number, &head).unwrap() else { panic!() };
    holds!(why.contains("has not merged"), "{why}");
}

fn merge_then_403() {
    let server = Server::new();
    let forge = server.forge("bot");
    let (number, head) = pull(&server, &forge, "fix/issue-1");
    server.quirks(|q| q.merge_then_403 = true);
    same!(forge.merge(number, &head).unwrap(), Merge::AlreadyMerged);
    holds!(matches!(forge.pull(number).unwrap().unwrap().state, PullState::Merged { .. }));
}

fn refusals() {
    let server = Server::new();
    let forge = server.forge("bot");
    let (number, head) = pull(&server, &forge, "fix/issue-1");
    let says = |status, words| {
        server.quirks(|q| q.merge_says = Some((status, words)));
        forge.merge(number, &head).unwrap()
    };
    holds!(matches!(says(405, "Please try again later"), Merge::NotReady(_)));
    holds!(matches!(says(405, "User not allowed to merge PR"), Merge::NotAllowed(_)));
    same!(says(409, "head out of date"), Merge::HeadMoved);
    same!(says(409, ""), Merge::Conflict);
    holds!(matches!(says(409, "merge push out of date"), Merge::NotReady(_)));
    holds!(matches!(says(423, "archived"), Merge::NotAllowed(_)));
    holds!(matches!(says(413, "quota"), Merge::NotAllowed(_)));
    server.quirks(|q| q.merge_says = Some((500, "")));
    same!(fault(forge.merge(number, &head)).kind, Kind::Server(500));
    same!(forge.pull(number).unwrap().unwrap().state, PullState::Open);
}

fn label_lies() {
    let server = Server::new();
    let forge = server.forge("bot");
    let number = issue(&forge, "a", &["backlog"]);
    server.quirks(|q| q.label_lies = true);
    let said = forge.set_labels(number, &["blocked".to_string()], &[]);
    holds!(format!("{:#}", said.unwrap_err()).contains("did not take the labels blocked"));
}

fn two_labels() {
    let server = Server::new();
    let forge = server.forge("bot");
    let number = issue(&forge, "a", &["backlog"]);
    {
        let mut state = server.fake.state.lock().unwrap();
        let twin = crate::fake::state::Label { id: 77, name: "backlog".into(), color: "ffffff".into() };
        state.labels.push(twin);
        state.issues.get_mut(&number.0).unwrap().labels.push(77);
    }
    forge.set_labels(number, &[], &["backlog".to_string()]).unwrap();
    holds!(!forge.issue(number).unwrap().unwrap().has("backlog"), "both are off");
}

fn label_gone() {
    let server = Server::new();
    let forge = server.forge("bot");
    let number = issue(&forge, "a", &["backlog", "blocked"]);
    {
        let mut state = server.fake.state.lock().unwrap();
        let old = state.labels.iter().find(|l| l.name == "blocked").unwrap().id;
        state.labels.retain(|l| l.id != old);
        state.issues.get_mut(&number.0).unwrap().labels.retain(|l| *l != old);
    }
    forge.set_labels(number, &["blocked".to_string()], &[]).unwrap();
    holds!(forge.issue(number).unwrap().unwrap().has("blocked"), "made anew");
}

fn skew() {
    for ahead in [3600, -3600, 40 * 86_400] {
        let server = Server::new();
        let forge = server.forge("bot");
        server.quirks(|q| q.skew = ahead);
        issue(&forge, "a", &["backlog"]);
        same!(backlog(&forge), 1);
        let number = issue(&forge, "b", &["backlog"]);
        same!(backlog(&forge), 2, "{ahead}");
        forge.set_issue_open(number, false).unwrap();
        server.clock.go_on(3600);
        same!(backlog(&forge), 1, "{ahead}");
    }
}

fn versions() {
    let server = Server::new();
    for version in ["1.15.11", "1.22.0+dev", "11.0.1+gitea-1.22.0", "7.0.0+dev-1+gitea-1.22.0"] {
        server.quirks(|q| q.version = Some(version));
        server.clock.go_on(3600);
        same!(server.forge("bot").version().unwrap(), version);
    }
    server.quirks(|q| q.version = Some("2"));
    same!(server.forge("bot").version().unwrap(), "7.0.0+dev-1+gitea-1.22.0", "asked once an hour");
}

fn vouching() {
    let server = Server::new();
    let (bot, eve) = (server.forge("bot"), server.forge("eve"));
    let strange = issue(&eve, "mine", &[]);
    let trusted = ["acme".to_string(), "bot".into(), "reviewer".into()];
    let vouched = |number: IssueNo| {
        let all = bot.issues(&["backlog"]).unwrap();
        let listed = all.iter().find(|i| i.number == number).map(|i| i.vouched(&["backlog"], &trusted));
        (listed, bot.issue(number).unwrap().unwrap().vouched(&["backlog"], &trusted))
    };
    same!(vouched(strange), (None, false));
    server.clock.go_on(60);
    server.forge("reviewer").set_labels(strange, &["backlog".to_string()], &[]).unwrap();
    same!(vouched(strange), (Some(true), true), "put on by one who may write, after we saw the text");
    server.clock.go_on(60);
    server.fake.state.lock().unwrap().issues.get_mut(&strange.0).unwrap().body = "other".into();
    server.fake.state.lock().unwrap().issues.get_mut(&strange.0).unwrap().updated += 60;
    same!(bot.issue(strange).unwrap().unwrap().vouched(&["backlog"], &trusted), false, "the text is another");
    same!(vouched(strange), (Some(false), false));
    server.clock.go_on(60);
    bot.set_labels(strange, &[], &["backlog".to_string()]).unwrap();
    bot.set_labels(strange, &["backlog".to_string()], &[]).unwrap();
    same!(vouched(strange), (Some(true), true), "and put on anew");
    let own = issue(&bot, "ours", &["backlog"]);
    same!(vouched(own), (Some(true), true), "whoever may write needs nobody's word");
    server.clock.go_on(60);
    let unseen = issue(&eve, "unseen", &[]);
    bot.set_labels(unseen, &["backlog".to_string()], &[]).unwrap();
    server.clock.go_on(1);
    same!(vouched(unseen).0, Some(false), "labelled before we ever saw it: what it said then nobody knows");
}

fn old_server() {
    let server = Server::new();
    server.quirks(|q| (q.no_timeline, q.no_dependencies) = (true, true));
    let (bot, eve) = (server.forge("bot"), server.forge("eve"));
    let strange = issue(&eve, "mine", &[]);
    same!(backlog(&bot), 0);
    server.clock.go_on(60);
    bot.set_labels(strange, &["backlog".to_string()], &[]).unwrap();
    let listed = bot.issues(&["backlog"]).unwrap().remove(0);
    holds!(!listed.vouched(&["backlog"], &["bot".to_string()]), "no timeline, nobody's word");
    same!(bot.dependencies(&listed).unwrap(), vec![]);
}

fn wrong_token() {
    let server = Server::new();
    let found = fault(server.forge("nobody").issues(&["backlog"]));
    same!(found.kind, Kind::Unauthorized);
    holds!(found.hint().contains("FORGE_TOKEN") && !found.passes());
    holds!(!found.to_string().contains("nobody"), "a token is in no text: {found}");
}

fn no_scope() {
    let server = Server::new();
    let forge = server.forge("read");
    same!(backlog(&forge), 0);
    let found = fault(forge.new_issue(&NewIssue { title: "t".into(), body: String::new(), labels: vec![] }));
    same!(found.kind, Kind::Forbidden);
    holds!(found.to_string().contains("write:issue") && found.hint().contains("scopes"), "{found}");
}

fn missing_repository() {
    let server = Server::new();
    let forge = server.forge("bot");
    server.fake.state.lock().unwrap().name = "gone".into();
    let found = fault(forge.issues(&["backlog"]));
    same!(found.kind, Kind::Missing);
    holds!(found.hint().contains("repo"));
    same!(fault(forge.pulls()).kind, Kind::Missing);
}

fn archived() {
    let server = Server::new();
    let forge = server.forge("bot");
    let number = issue(&forge, "a", &["backlog"]);
    server.fake.state.lock().unwrap().archived = true;
    same!(backlog(&forge), 1, "reading goes on");
    same!(fault(forge.comment(number.0, "x")).kind, Kind::Archived);
}

fn renamed() {
    let server = Server::new();
    let forge = server.forge("bot");
    {
        let mut state = server.fake.state.lock().unwrap();
        let old = std::mem::replace(&mut state.name, "journal".into());
        state.old_name = Some(old);
    }
    let found = fault(forge.issues(&["backlog"]));
    holds!(matches!(&found.kind, Kind::Moved(to) if to.contains("/repos/acme/journal/issues")), "{found}");
    holds!(found.hint().contains("repo"));
}

fn deleted_account() {
    let server = Server::new();
    let forge = server.forge("bot");
    let number = issue(&forge, "a", &["backlog"]);
    forge.comment(number.0, "x").unwrap();
    {
        let mut state = server.fake.state.lock().unwrap();
        let issue = state.issues.get_mut(&number.0).unwrap();
        issue.by.clear();
        issue.comments[0].by.clear();
    }
    same!(forge.issue(number).unwrap().unwrap().author, "Ghost");
    same!(forge.comments(number.0).unwrap()[0].author, "Ghost");
    holds!(!forge.issue(number).unwrap().unwrap().vouched(&[], &["bot".to_string()]));
}

fn from_fork() {
    let server = Server::new();
    let forge = server.forge("bot");
    let (number, head) = pull(&server, &forge, "fix/issue-1");
    {
        let mut state = server.fake.state.lock().unwrap();
        let pull: &mut Pull = state.issues.get_mut(&number.0).unwrap().pull.as_mut().unwrap();
        pull.head_repo = 2;
    }
    let found = forge.pull(number).unwrap().unwrap();
    holds!(found.from_fork);
    same!(found.head, Some(head));
    holds!(forge.pulls().unwrap()[0].from_fork);
    holds!(forge.pull_of("fix/issue-1").unwrap().is_none(), "a branch of that name elsewhere is not ours");
}

fn branch_late() {
    let server = Server::new();
    let forge = server.forge("bot");
    server.quirks(|q| q.late_branches = 3);
    let (number, _) = pull(&server, &forge, "fix/issue-1");
    same!(server.fake.asked().iter().filter(|a| a.starts_with("POST") && a.ends_with("/pulls")).count(), 4);
    same!(forge.pulls().unwrap()[0].number, number);
    server.quirks(|q| q.late_branches = 100);
    let new = NewPull { branch: "b".into(), base: "main".into(), title: "t".into(), body: String::new() };
    let said = forge.open_pull(&new).unwrap_err().to_string();
    holds!(said.contains("is not on the forge"), "{said}");
}

fn branch_gone() {
    let server = Server::new();
    let forge = server.forge("bot");
    let (number, head) = pull(&server, &forge, "fix/issue-1");
    holds!(matches!(forge.merge(number, &head).unwrap(), Merge::Merged(_)));
    {
        use crate::fake::Refs;
        server.git().remove("fix/issue-1");
    }
    let found = forge.pull(number).unwrap().unwrap();
    same!((found.branch.as_str(), found.head), ("fix/issue-1", Some(head)));
    holds!(!found.from_fork);
}

fn line_comments() {
    let server = Server::new();
    let forge = server.forge("bot");
    let (number, head) = pull(&server, &forge, "fix/issue-1");
    let review = NewReview { verdict: Verdict::Reject, sha: head, body: "See below.".into() };
    server.forge("reviewer").review(number, &review).unwrap();
    {
        let mut state = server.fake.state.lock().unwrap();
        let pull = state.issues.get_mut(&number.0).unwrap().pull.as_mut().unwrap();
        pull.reviews[0].lines.push((9, "fix-issue-1.txt".into(), 1, "why?".into()));
    }
    let found = forge.pull(number).unwrap().unwrap();
    same!(found.reviews[0].body, "See below.\n\nfix-issue-1.txt:1: why?");
}

fn approvals() {
    let server = Server::new();
    let forge = server.forge("bot");
    let (number, head) = pull(&server, &forge, "fix/issue-1");
    let review = NewReview { verdict: Verdict::Approve, sha: head.clone(), body: "ok".into() };
    server.forge("eve").review(number, &review).unwrap();
    let verdicts = || -> Vec<(Verdict, bool)> {
        forge.pull(number).unwrap().unwrap().reviews.iter().map(|r| (r.verdict, r.dismissed)).collect()
    };
    same!(verdicts(), [(Verdict::Comment, false)], "a stranger's approval is a word");
    approve(&server, number, &head);
    same!(verdicts()[1], (Verdict::Approve, false));
    server.git().put("fix/issue-1", "main", "more.txt", "more\n");
    same!(verdicts()[1], (Verdict::Approve, true), "the content is another");
}

fn held_open() {
    let server = Server::new();
    let forge = server.forge("bot");
    let (a, b) = (issue(&forge, "a", &["backlog"]), issue(&forge, "b", &[]));
    server.fake.state.lock().unwrap().issues.get_mut(&a.0).unwrap().depends_on.push(b.0);
    let said = format!("{:#}", forge.set_issue_open(a, false).unwrap_err());
    holds!(said.contains("cannot be closed while it depends on open issues"), "{said}");
    forge.set_issue_open(b, false).unwrap();
    forge.set_issue_open(a, false).unwrap();
}

fn agent(server: &Server, url: &str) -> Forgejo {
    let wire: Rc<dyn Wire> = Rc::new(Agent::new(url, Credentials::Header("token bot".into())));
    server.forge_over(wire, "bot", true)
}

fn over_tcp() {
    let server = Server::new();
    let listener = Listener::start(server.fake.clone());
    let forge = agent(&server, &listener.url);
    same!(forge.me().unwrap(), "bot");
    let number = issue(&forge, "ü 👩", &["backlog"]);
    same!(forge.issue(number).unwrap().unwrap().title, "ü 👩");
    let (pull, head) = pull(&server, &forge, "fix/issue-1");
    holds!(matches!(forge.merge(pull, &head).unwrap(), Merge::Merged(Some(_))));
    server.quirks(|q| q.loses_answers = 1);
    holds!(fault(forge.comment(number.0, "x")).is_ambiguous(), "a request that nobody answers");
    same!(forge.comments(number.0).unwrap().len(), 1);
    server.quirks(|q| q.limited = Some("9".into()));
    same!(fault(forge.pulls()).kind, Kind::Limited);
}

fn nobody_there() {
    let server = Server::new();
    let listener = Listener::start(server.fake.clone());
    let url = listener.url.clone();
    drop(listener);
    let found = fault(agent(&server, &url).issues(&["backlog"]));
    same!(found.kind, Kind::Unreachable);
    holds!(found.to_string().contains(&url), "{found}");
    server.clock.go_on(60);
    let found = fault(agent(&server, "http://no-such-host.invalid").issues(&["backlog"]));
    same!(found.kind, Kind::Unreachable, "a name that nobody has");
    let listener = Listener::start(server.fake.clone());
    let tls = listener.url.replace("http:", "https:");
    server.clock.go_on(600);
    let found = fault(agent(&server, &tls).issues(&["backlog"]));
    same!(found.kind, Kind::Unreachable, "TLS with what speaks none: {found}");
}

fn slow() {
    let server = Server::new();
    let listener = Listener::start(server.fake.clone());
    let forge = agent(&server, &listener.url);
    server.quirks(|q| q.slow_ms = 300);
    same!(backlog(&forge), 0);
}

fn ten_megabytes() {
    let server = Server::new();
    let listener = Listener::start(server.fake.clone());
    let forge = agent(&server, &listener.url);
    let number = issue(&forge, "long", &[]);
    let text = "0123456789abcdef\n".repeat(620_000);
    forge.comment(number.0, &text).unwrap();
    same!(forge.comments(number.0).unwrap()[0].body.len(), text.len());
}

fn thrift() {
    let server = Server::new();
    let forge = many(&server);
    for n in 0..20 {
        pull(&server, &forge, &format!("b{n}"));
    }
    server.clock.go_on(600);
    let look = || {
        server.fake.forget();
        let seen = (backlog(&forge), forge.pulls().unwrap().len());
        (seen, server.fake.asked().len())
    };
    let ((issues, pulls), first) = look();
    same!((issues, pulls), (120, 20));
    holds!(first <= 3 + 1 + 20 + 5, "{first}");
    // All of them were made within moments: as long as another of those may come to light they are listed again.
    server.clock.go_on(600);
    holds!(look().1 <= 3 + 1, "again");
    server.clock.go_on(60);
    same!(look(), ((120, 20), 2), "nothing new: one call for issues, one for pulls");
    server.clock.go_on(3000);
    holds!(look().1 >= 4, "all of it once an hour");
}

fn thrift_of_changes() {
    let server = Server::new();
    let forge = many(&server);
    let (number, head) = pull(&server, &forge, "fix/issue-1");
    server.clock.go_on(600);
    backlog(&forge);
    forge.pulls().unwrap();
    server.clock.go_on(600);
    approve(&server, number, &head);
    server.fake.forget();
    same!(forge.pulls().unwrap()[0].reviews.len(), 1);
    same!(server.fake.asked().len(), 2, "the listing, and the reviews of the one that changed");
    server.fake.forget();
    same!(forge.checks(&head).unwrap().unwrap().len(), 0);
    same!(server.fake.asked().len(), 1);
    let colour = forge.checks(&head).unwrap().unwrap().first().map(|c| c.colour);
    same!(colour, None::<Colour>);
}

fn thrift_of_dependencies() {
    let server = Server::new();
    drop(many(&server));
    server.clock.go_on(600);
    // One process after the other, as ticks are.
    let tick = || {
        let forge = server.forge("bot");
        server.fake.forget();
        let known =
            forge.issues(&["backlog"]).unwrap().iter().filter(|i| forge.dependencies(i).is_ok()).count();
        let asked = server.fake.asked().iter().filter(|a| a.ends_with("/dependencies")).count();
        (known, asked)
    };
    same!(tick(), (100, 100));
    same!(tick(), (120, 20));
    same!(tick(), (120, 0));
    server.fake.state.lock().unwrap().issues.get_mut(&7).unwrap().updated += 600;
    server.clock.go_on(600);
    same!(tick(), (120, 1), "one has changed");
}

fn thrift_of_ends() {
    let server = Server::new();
    let first = server.forge("bot");
    let (number, head) = pull(&server, &first, "fix/issue-1");
    let status = |state: &str| {
        let path = format!("/api/v1/repos/acme/notes/statuses/{head}");
        let body = Some(json!({ "context": "ci/test", "state": state }));
        server.fake.answer(Some("acme"), &Request { method: Method::Post, path, body }).unwrap();
    };
    // One process after the other: what the last one found out is in its file.
    let lately = || {
        let forge = server.forge("bot");
        server.fake.forget();
        let colours: Vec<Colour> =
            forge.checks_lately(&head).unwrap().unwrap().iter().map(|c| c.colour).collect();
        (colours, server.fake.asked().len())
    };
    status("pending");
    same!(lately(), (vec![Colour::Pending], 1));
    same!(lately(), (vec![Colour::Pending], 1), "what has not passed is asked for each time");
    status("success");
    same!(lately(), (vec![Colour::Green], 1));
    status("failure");
    same!(lately(), (vec![Colour::Green], 0), "and what has is believed for an hour");
    same!(server.forge("bot").checks(&head).unwrap().unwrap()[0].colour, Colour::Red, "but not as proof");
    same!(lately(), (vec![Colour::Red], 1), "and not once it is known otherwise");
    status("success");
    same!(lately().1, 1);
    server.clock.go_on(3600);
    same!(lately(), (vec![Colour::Green], 1));
    let ended = || {
        let forge = server.forge("bot");
        server.fake.forget();
        let state = forge.pull(number).unwrap().unwrap().state;
        (state != PullState::Open, server.fake.asked().len())
    };
    same!(ended(), (false, 2));
    same!(ended(), (false, 2), "an open pull is read each time");
    first.set_pull_open(number, false).unwrap();
    same!(ended(), (true, 2));
    same!(ended(), (true, 0));
    server.clock.go_on(60);
    first.set_pull_open(number, true).unwrap();
    same!(first.pulls().unwrap().len(), 1);
    same!(ended(), (false, 2), "a listing showed it open");
}

fn tagged() {
    let server = Server::new();
    server.quirks(|q| q.tags = true);
    let first = many(&server);
    let unchanged = || server.fake.quirks.lock().unwrap().unchanged;
    server.clock.go_on(7200);
    same!(backlog(&server.forge("bot")), 120);
    let before = unchanged();
    server.clock.go_on(3600);
    // Another process, an hour later: all pages again, and none of them has changed.
    same!(backlog(&server.forge("bot")), 120);
    holds!(unchanged() >= before + 3, "{}", unchanged());
    first.set_issue_open(IssueNo(1), false).unwrap();
    server.clock.go_on(3600);
    same!(backlog(&server.forge("bot")), 119, "what has changed is seen");
    let open = first.issue(IssueNo(1)).unwrap().unwrap().open;
    same!(open, false);
}

fn same_second() {
    let server = Server::new();
    let forge = server.forge("bot");
    let (number, head) = pull(&server, &forge, "fix/issue-1");
    let (a, b) = (issue(&forge, "a", &["backlog"]), issue(&forge, "b", &[]));
    let depends = || forge.dependencies(&forge.issues(&["backlog"]).unwrap()[0]).unwrap();
    same!((forge.pulls().unwrap()[0].reviews.len(), depends()), (0, vec![]));
    approve(&server, number, &head);
    server.fake.state.lock().unwrap().issues.get_mut(&a.0).unwrap().depends_on.push(b.0);
    same!((forge.pulls().unwrap()[0].reviews.len(), depends()), (1, vec![b]), "no time tells these changes");
}

fn other_token() {
    let server = Server::new();
    let forge = server.forge("bot");
    same!(forge.me().unwrap(), "bot");
    let wire: Rc<dyn Wire> = Rc::new(server.fake.wire("reviewer"));
    // The same state folder, another token.
    let other = server.forge_in("state-bot", wire, "reviewer");
    same!(other.me().unwrap(), "reviewer");
}
