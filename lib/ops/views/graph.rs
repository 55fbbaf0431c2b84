//! `graph`: what waits for what.

use super::why::{is_open, verdicts, why_row};
use crate::domain::graph::{Edge, Graph, Node};
use crate::domain::ids::IssueNo;
use crate::domain::run::Run;
use crate::domain::schedule::{Snapshot, Subject};
use crate::ops::tick::snapshot;
use crate::world::World;
use anyhow::Result;
use std::collections::BTreeMap;

/// Open issues with our labels and runs that have not ended, and which of them wait for others.
///
/// # Errors
/// Where our own files cannot be read.
pub fn graph(world: &World) -> Result<Graph> {
    let seen = snapshot(world)?;
    let mut nodes: BTreeMap<IssueNo, Node> = BTreeMap::new();
    for row in verdicts(world, &seen).iter().filter(|v| matches!(v.subject, Subject::Issue(_))) {
        let Subject::Issue(issue) = row.subject else { continue };
        let shown = why_row(&seen, row);
        if !is_open(&shown) {
            continue;
        }
        let state = if shown.code == "do" { "next".to_string() } else { shown.code };
        let waits = if state == "next" { String::new() } else { shown.words };
        nodes.entry(issue).or_insert_with(|| Node { issue, title: shown.title, state, waits });
    }
    for run in seen.runs.iter().map(|r| &r.run).filter(|r| !r.phase.is_terminal()) {
        nodes.insert(run.issue, at_work(run));
    }
    Ok(Graph { nodes: nodes.into_values().collect(), edges: edges(&seen) })
}

fn at_work(run: &Run) -> Node {
    let pull = run.pull.map_or(String::new(), |p| format!(" (pull #{p})"));
    Node {
        issue: run.issue,
        title: run.title.clone(),
        state: run.phase.name().into(),
        waits: format!("{}'s move{pull}", run.owner),
    }
}

/// A dependency on oneself stands for one that could not be read.
fn edges(seen: &Snapshot) -> Vec<Edge> {
    let all = seen.dependencies.iter().flat_map(|(issue, on)| on.iter().map(|d| (*issue, d)));
    let open = |d: &crate::domain::schedule::Dependency| d.open.known().copied();
    all.map(|(issue, d)| Edge { issue, on: d.on, open: open(d) }).filter(|e| e.issue != e.on).collect()
}
