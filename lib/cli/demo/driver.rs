//! The driver: ticks, and what a reviewer and a person would do between them.

use super::cast::{CASTS, Cast, Part, Role};
use super::scene::Scene;
use anyhow::{Result, bail};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Plays until every issue has ended and every mirror is up to date, or `until` is over.
pub fn play(scene: &Scene, until: Instant) -> Result<()> {
    let mut stage = Stage { scene, seen: BTreeSet::new(), acted: BTreeSet::new() };
    while Instant::now() < until {
        scene.ours("poll", &[])?;
        let mut ended = true;
        for cast in CASTS {
            stage.tell_events(cast)?;
            stage.people(cast)?;
            ended &= stage.has_ended(cast)?;
        }
        if ended {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    bail!("not everything has ended in time")
}

struct Stage<'a> {
    scene: &'a Scene,
    /// Events already told.
    seen: BTreeSet<String>,
    /// What the reviewer and the person have done.
    acted: BTreeSet<String>,
}

impl Stage<'_> {
    /// A line for each transition, as it comes.
    fn tell_events(&mut self, cast: &Cast) -> Result<()> {
        for line in self.scene.of(cast.name, "status", &["events"])?.lines() {
            if self.seen.insert(format!("{} {line}", cast.name)) {
                eprintln!("{:<6} {}", cast.name, line.get(11..).unwrap_or(line));
            }
        }
        Ok(())
    }

    fn json(&self, project: &str, binary: &str, args: &[&str]) -> Result<Value> {
        let mut all = args.to_vec();
        all.push("--json");
        Ok(serde_json::from_str(&self.scene.of(project, binary, &all)?)?)
    }

    fn phase(&self, cast: &Cast, number: u64) -> Result<Option<String>> {
        let ps = self.json(cast.name, "status", &["ps", "--all"])?;
        let runs = ps["runs"].as_array().cloned().unwrap_or_default();
        let run = runs.iter().find(|r| r["issue"] == number);
        Ok(run.and_then(|r| r["phase"].as_str()).map(str::to_string))
    }

    fn people(&mut self, cast: &Cast) -> Result<()> {
        self.review(cast)?;
        for role in cast.roles {
            match role.part {
                Part::Answer => self.answer(cast, role)?,
                Part::CloseHalfway => self.close(cast, role)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// The reviewer looks at every open pull's head once.
    fn review(&mut self, cast: &Cast) -> Result<()> {
        let pulls = self.json(cast.name, "forge", &["pull", "list"])?;
        for pull in pulls["pulls"].as_array().cloned().unwrap_or_default() {
            let (Some(number), Some(branch), Some(head)) =
                (pull["number"].as_u64(), pull["branch"].as_str(), pull["head"].as_str())
            else {
                continue;
            };
            if !self.acted.insert(format!("{} review {head}", cast.name)) {
                continue;
            }
            let role = cast.roles.iter().find(|r| branch == format!("fix/issue-{}", r.number));
            let reject = role.is_some_and(|r| r.part == Part::RejectOnce)
                && self.acted.insert(format!("{} rejected {branch}", cast.name));
            let number = number.to_string();
            let args = if reject {
                vec!["pull", "reject", &number, "Please rework the note."]
            } else {
                vec!["pull", "approve", &number]
            };
            let mut all = self.scene.named("rob");
            all.extend(args);
            self.scene.of(cast.name, "forge", &all)?;
        }
        Ok(())
    }

    fn answer(&mut self, cast: &Cast, role: &Role) -> Result<()> {
        let asked = self.phase(cast, role.number)?.as_deref() == Some("escalated");
        if asked && self.acted.insert(format!("{} answered {}", cast.name, role.number)) {
            self.scene.of(
                cast.name,
                "agent",
                &["say", "--as", "maria", &role.number.to_string(), "Port 8080."],
            )?;
        }
        Ok(())
    }

    /// Half-way is when the session has committed something and is still at work.
    fn close(&mut self, cast: &Cast, role: &Role) -> Result<()> {
        let number = role.number.to_string();
        let working = self.phase(cast, role.number)?.as_deref() == Some("working");
        let half =
            working && self.scene.of(cast.name, "status", &["logs", &number])?.contains("thinking about");
        if half && self.acted.insert(format!("{} closed {}", cast.name, role.number)) {
            let mut args = self.scene.named("maria");
            args.extend(["issue", "close", &number]);
            self.scene.of(cast.name, "forge", &args)?;
        }
        Ok(())
    }

    fn has_ended(&self, cast: &Cast) -> Result<bool> {
        let ps = self.json(cast.name, "status", &["ps", "--all"])?;
        let runs = ps["runs"].as_array().cloned().unwrap_or_default();
        let terminal =
            |r: &Value| matches!(r["phase"].as_str(), Some("done" | "refused" | "blocked" | "abandoned"));
        let all = runs.len() == cast.roles.len() && runs.iter().all(terminal);
        let pulls = self.json(cast.name, "forge", &["pull", "list"])?;
        let none_open = pulls["pulls"].as_array().is_some_and(|p| p.iter().all(|p| !lands(cast, p)));
        Ok(all && none_open && super::report::mirror_is_even(self.scene, cast)?)
    }
}

/// Whether a pull is one that should still land: the closed issue's pull, if it has one, stays open.
fn lands(cast: &Cast, pull: &Value) -> bool {
    let branch = pull["branch"].as_str().unwrap_or_default();
    let role = cast.roles.iter().find(|r| branch == format!("fix/issue-{}", r.number));
    role.is_none_or(|r| r.ends == "done")
}
