//! What drover holds agents to be doing against what they did: on moments recorded of the real programs at work
//! (`tests/moments/`; how they were made: `tests/agents/moments.rs`). What the code says of them today must be right, and so
//! must be what a real host had written down at that moment. "Unknown" counts as wrong here.

use drover::domain::agent::Kind;
use drover::domain::agent::hooks::Line;
use drover::domain::agent::moment::Watched;
use drover::domain::agent::output::Usage;
use drover::domain::agent::sight::Sight;
use drover::domain::agent::state;
use drover::domain::life::{AgentState, HostRecord, Life, SessionSeen, Sessions, judge};
use drover::domain::time::Timestamp;
use serde_json::Value;
use std::path::Path;

/// So many milliseconds after a change what was before may still be told.
const LATE: i64 = 3000;

/// So many milliseconds it may try a server that fails before that is told.
const TRIES: i64 = 6000;

/// What was told at one moment.
struct Told {
    film: String,
    at: usize,
    truth: String,
    life: Life,
    right: bool,
    /// The same, of the real host.
    host: AgentState,
    host_right: bool,
}

fn films(agent: &str) -> Vec<(Value, Vec<Value>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/moments/{agent}.jsonl"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut films: Vec<(Value, Vec<Value>)> = vec![];
    for line in text.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        match (value["film"].is_string(), films.last_mut()) {
            (false, Some((_, moments))) => moments.push(value),
            _ => films.push((value, vec![])),
        }
    }
    films
}

/// A host that has seen so much of a film.
struct Host<'a> {
    kind: Kind,
    film: &'a Value,
    watched: Watched,
    sight: Sight,
    hooks: usize,
    record: usize,
    /// It gives up at a limit and at the end of its agent, and says so from then on.
    last: Option<AgentState>,
}

impl Host<'_> {
    /// Takes in what there was up to a moment, and gives what it says then.
    fn look(&mut self, moment: &Value, pane: &str) -> AgentState {
        let now = moment["at"].as_i64().unwrap();
        let until = |name: &str| moment[name].as_u64().unwrap() as usize;
        while self.hooks < until("hooks") {
            let line: Line = serde_json::from_value(self.film["hooks"][self.hooks].clone()).unwrap();
            self.watched.hook(&line);
            self.sight.look(&self.watched, line.at);
            self.hooks += 1;
        }
        while self.record < until("record") {
            self.watched.line(self.kind, &self.film["record"][self.record].to_string(), 0);
            let at = self.watched.moment().map_or(now, |m| m.at);
            self.sight.look(&self.watched, at);
            self.record += 1;
        }
        if let Some(last) = &self.last {
            return last.clone();
        }
        let process = moment["process"].as_str().unwrap();
        match process {
            "runs" | "none" => {}
            "stopped" => return AgentState::Asks { what: "halted".into() },
            how => return AgentState::Ended { how: how.into() },
        }
        let same = moment["same"].as_i64().unwrap();
        if self.sight.wants_screen(&self.watched, now) {
            // As it has looked at it since.
            self.sight.screen(self.kind, pane, now - same);
            self.sight.screen(self.kind, pane, now);
        }
        let Some((seen, _settled)) = self.sight.look(&self.watched, now) else { return AgentState::Launched };
        let local = chrono::DateTime::<chrono::Utc>::from_timestamp_millis(now).unwrap();
        let state = state::of(self.kind, &seen.doing, &local);
        if matches!(state, AgentState::Limited { .. } | AgentState::Ended { .. }) {
            self.last = Some(state.clone());
        }
        state
    }
}

fn life(moment: &Value, state: AgentState) -> Life {
    let now = Timestamp(moment["at"].as_i64().unwrap() / 1000);
    let quiet = moment["quiet"].as_u64().unwrap_or(0);
    let seen = SessionSeen {
        name: "dev-p-1".into(),
        spawn: 1,
        pane_ended: None,
        last_output: Timestamp(now.0 - quiet as i64),
        attached: false,
        in_mode: false,
    };
    let host = HostRecord {
        spawn: 1,
        pid: 5,
        start_time: 1,
        boot_id: "b".into(),
        agent: state,
        at: now,
        by: None,
        turns: 0,
        conversation: None,
        told: Usage::default(),
    };
    judge("dev-p-1", Some(1), &Sessions::Listed(vec![seen]), Some(&host), Some(true), now)
}

/// Whether a verdict fits what has been so for so many milliseconds.
fn fits(truth: &str, since: i64, life: &Life) -> bool {
    match truth {
        "starting" => matches!(life, Life::Starting | Life::Working),
        "working" => *life == Life::Working,
        "idle" => *life == Life::Idle,
        "dialog" | "halted" => matches!(life, Life::Asks { .. }),
        // At first it tries again by itself.
        "limited" => matches!(life, Life::Limited { .. }) || since < TRIES && *life == Life::Working,
        // Nobody is there, and it does not say so.
        "trying" => matches!(life, Life::Starting | Life::Working | Life::Limited { .. }),
        "refused" | "no money" => {
            matches!(life, Life::Asks { .. }) || since < TRIES && *life == Life::Working
        }
        "dead" => matches!(life, Life::Dead { .. }),
        other => panic!("{other} is no truth"),
    }
}

fn told(agent: &str) -> Vec<Told> {
    let kind = Kind::named(agent);
    let mut all = Vec::new();
    for (film, moments) in films(agent) {
        let (watched, sight) = (Watched::default(), Sight::default());
        let mut host = Host { kind, film: &film, watched, sight, hooks: 0, record: 0, last: None };
        let (mut pane, mut truths): (String, Vec<(String, i64)>) = (String::new(), vec![]);
        for (at, moment) in moments.iter().enumerate() {
            if let Some(lines) = moment["pane"].as_array() {
                pane = lines.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n");
            }
            let truth = moment["truth"].as_str().unwrap().to_string();
            if truths.last().is_none_or(|(last, _)| *last != truth) {
                let since = moment["at"].as_i64().unwrap() - moment["since"].as_i64().unwrap();
                truths.push((truth.clone(), since));
            }
            let life_now = life(moment, host.look(moment, &pane));
            let written: AgentState = serde_json::from_value(moment["host"].clone()).unwrap();
            let life_then = life(moment, written.clone());
            let since = moment["at"].as_i64().unwrap() - truths.last().unwrap().1;
            let before = truths.len().checked_sub(2).map_or("starting", |n| truths[n].0.as_str());
            let is_right =
                |life: &Life| fits(&truth, since, life) || since < LATE && fits(before, since, life);
            let (right, host_right) = (is_right(&life_now), is_right(&life_then));
            let film = film["film"].as_str().unwrap().into();
            all.push(Told { film, at, truth, life: life_now, right, host: written, host_right });
        }
    }
    all
}

#[test]
fn no_answer_is_wrong() {
    for agent in ["claude", "codex", "opencode"] {
        let all = told(agent);
        assert!(all.len() >= 100, "{agent}: {} moments", all.len());
        for t in &all {
            assert!(t.right, "{agent}, {} #{}: {} is told as {:?}", t.film, t.at, t.truth, t.life);
            assert!(t.host_right, "{agent}, {} #{}: {} was told as {:?}", t.film, t.at, t.truth, t.host);
        }
    }
}
