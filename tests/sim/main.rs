//! The same `ops` as the binaries run, in a world held in memory: no disk, no git, no tmux, no waiting.

mod files;
mod git;
mod parts;
mod stage;

use stage::{Agent, Sim};

#[test]
fn an_issue_lands_in_memory_as_it_does_for_real() {
    let mut sim = Sim::new(Agent::Good);
    let n = sim.issue("Add a thing", "", &["backlog"]);
    sim.until(n, "awaiting_review");
    assert_eq!(sim.git.file_on_main("work-1.txt"), None, "nothing lands without an approval");
    sim.approve(n);
    sim.until(n, "done");
    assert_eq!(sim.git.file_on_main("work-1.txt").as_deref(), Some("work 1"));
    assert!(!sim.forge_issue(n).open);
    assert_eq!(sim.live_sessions(), 0);
}

#[test]
fn a_red_check_is_fixed_in_memory() {
    let mut sim = Sim::new(Agent::BrokenFirst);
    let n = sim.issue("Break it", "", &["backlog"]);
    sim.until(n, "awaiting_review");
    assert_eq!(sim.rows_of(n, "verify_red").len(), 1);
    sim.approve(n);
    sim.until(n, "done");
}

#[test]
fn an_agent_that_dies_is_resumed_three_times_and_then_given_up() {
    let mut sim = Sim::new(Agent::Dies);
    let n = sim.issue("Too hard", "", &["backlog"]);
    sim.until(n, "blocked");
    assert_eq!(sim.rows_of(n, "died").len(), 4, "three that resume it, and the one that gives up");
    assert_eq!(sim.starts(n), 4);
}

#[test]
fn a_question_waits_for_a_day_and_is_said_once() {
    let mut sim = Sim::new(Agent::Asks);
    let n = sim.issue("Which port?", "", &["backlog"]);
    sim.until(n, "escalated");
    let comments = sim.comments(n);
    for _ in 0..5 {
        sim.later(1800);
        sim.tick();
    }
    assert_eq!(sim.comments(n), comments);
    for _ in 0..30 {
        sim.later(3600);
        sim.tick();
    }
    assert_eq!(sim.phase(n), "blocked");
    assert_eq!(sim.comments(n), comments + 1);
}

#[test]
fn a_week_asleep_lets_no_deadline_pass() {
    let mut sim = Sim::new(Agent::Asks);
    let n = sim.issue("Which port?", "", &["backlog"]);
    sim.until(n, "escalated");
    sim.later(7 * 86_400);
    sim.tick();
    sim.later(-3600);
    sim.tick();
    assert_eq!(sim.phase(n), "escalated");
}

#[test]
fn two_ticks_in_a_row_change_nothing() {
    for agent in [Agent::Good, Agent::BrokenFirst, Agent::Asks] {
        let mut sim = Sim::new(agent);
        let n = sim.issue("x", "", &["backlog"]);
        for _ in 0..6 {
            sim.tick();
        }
        let before = sim.picture();
        sim.tick();
        sim.tick();
        assert_eq!(sim.picture(), before, "{agent:?} at {}", sim.phase(n));
    }
}
