//! The history on a forge with a server: a pipeline that its machine failed, red checks, a review, a landing that the
//! server makes, and a mirror.

use crate::fake::woodpecker::step;
use crate::histories::{BEGIN, BREAKS_THEN_MENDS, mirror};
use crate::play::Play;
use crate::site;
use crate::stage::Stage;

const ISSUE: u64 = 1;

pub fn stage() -> Stage {
    let mut s = site::set(Stage::with().agent(&format!("{BEGIN}{BREAKS_THEN_MENDS}")).verify(None));
    site::woodpecker(&mut s);
    mirror(&s, "mirror.git");
    site::of(&s).issue("maria", "Add a note");
    s
}

/// Its own checks are the server's: they fail once, then pass.
pub fn play(p: &Play) {
    let site = site::of(&p.s);
    let asked = |step: &str| crate::histories::at(&p.s, ISSUE, step, "awaiting_ci");
    p.until("the first commit waits for its checks", |_| asked("1"));
    let (pull, head) = site.pull(ISSUE).unwrap();
    let (killed, broken) = ([step("test", 137, "")], [step("test", 1, "error: BROKEN found")]);
    let first = site.ci.run(&head, "pull_request", "failure", &killed);
    site.status(&head, "failure");
    p.until("it is run again", |_| site.ci.all().len() > 1);
    site.ci.ends(first + 1, "failure", &broken);
    p.until("the second waits for its checks", |_| asked("2"));
    let (_, head) = site.pull(ISSUE).unwrap();
    site.status(&head, "success");
    p.until_phase(ISSUE, "awaiting_review");
    site.review(pull, &head, "REQUEST_CHANGES");
    p.until("the third waits for its checks", |_| asked("3"));
    let (_, head) = site.pull(ISSUE).unwrap();
    site.status(&head, "success");
    p.until_phase(ISSUE, "awaiting_review");
    site.review(pull, &head, "APPROVED");
    p.until_phase(ISSUE, "done");
    let even = |s: &Stage| s.head(&s.path("mirror.git"), "main") == site.head("main");
    p.until("the mirror has it", even);
}
