//! What waits for what: issues and the runs on them, as a tree in words or as a graph for Graphviz.

use super::ids::IssueNo;
use super::text::plain_line;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write;

/// An issue, or the run on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Node {
    /// The issue.
    pub issue: IssueNo,
    /// Its title.
    pub title: String,
    /// Where it stands: a phase, or the code of a verdict.
    pub state: String,
    /// What it waits for besides other issues, in words.
    pub waits: String,
}

/// One issue waits for another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Edge {
    /// Who waits.
    pub issue: IssueNo,
    /// For whom.
    pub on: IssueNo,
    /// Whether that is still open; none: it could not be read.
    pub open: Option<bool>,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Graph {
    /// Issues.
    pub nodes: Vec<Node>,
    /// Who waits for whom.
    pub edges: Vec<Edge>,
}

impl Graph {
    fn node(&self, issue: IssueNo) -> Option<&Node> {
        self.nodes.iter().find(|n| n.issue == issue)
    }

    fn waits_of(&self, issue: IssueNo) -> impl Iterator<Item = &Edge> {
        self.edges.iter().filter(move |e| e.issue == issue)
    }

    /// A tree in words: whoever waits, and below it what it waits for.
    pub fn text(&self) -> String {
        let waited_for: BTreeSet<IssueNo> = self.edges.iter().map(|e| e.on).collect();
        let mut out = String::new();
        let mut shown = BTreeSet::new();
        let tops = self.nodes.iter().filter(|n| !waited_for.contains(&n.issue));
        for node in tops.chain(&self.nodes) {
            // Whoever waits in a circle has nobody above, and comes in the second round.
            if !shown.contains(&node.issue) {
                self.branch(node.issue, "", &mut vec![], &mut shown, &mut out);
            }
        }
        out.trim_end().to_string()
    }

    fn branch(
        &self,
        issue: IssueNo,
        note: &str,
        above: &mut Vec<IssueNo>,
        shown: &mut BTreeSet<IssueNo>,
        out: &mut String,
    ) {
        let indent = "  ".repeat(above.len());
        let lead = if above.is_empty() { "" } else { "waits for " };
        let words = self.node(issue).map_or(String::new(), |n| {
            let waits = if n.waits.is_empty() { String::new() } else { format!(": {}", n.waits) };
            format!(" {} [{}]{}", plain_line(&n.title, 60), n.state, plain_line(&waits, 120))
        });
        // What it waits for is said once: drawn below each of those that wait for it, a dense graph would never end.
        let again = shown.contains(&issue) && self.waits_of(issue).next().is_some();
        let circle = match (above.contains(&issue), again) {
            (true, _) => " (a circle)",
            (false, true) => " (see above)",
            (false, false) => "",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{indent}{lead}#{issue}{words}{note}{circle}");
        shown.insert(issue);
        if !circle.is_empty() {
            return;
        }
        above.push(issue);
        for edge in self.waits_of(issue) {
            let note = match edge.open {
                Some(true) => "",
                Some(false) => " (closed)",
                None => " (could not be read)",
            };
            self.branch(edge.on, note, above, shown, out);
        }
        above.pop();
    }

    /// A graph for Graphviz's `dot`. What is not waited for any more is dashed.
    pub fn dot(&self) -> String {
        let mut out = String::from("digraph waits {\n  rankdir=LR;\n  node [shape=box];\n");
        for n in &self.nodes {
            let label = format!("#{} {}", n.issue, plain_line(&n.title, 60));
            let _ = writeln!(out, "  {} [label=\"{}\\n{}\"];", n.issue, quoted(&label), quoted(&n.state));
        }
        for edge in &self.edges {
            let style = match edge.open {
                Some(true) => "",
                Some(false) => " [style=dashed]",
                None => " [style=dotted]",
            };
            let _ = writeln!(out, "  {} -> {}{style};", edge.issue, edge.on);
        }
        out.push('}');
        out
    }
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn node(issue: u64, state: &str, waits: &str) -> Node {
        let (issue, title) = (IssueNo(issue), format!("thing {issue}"));
        Node { issue, title, state: state.into(), waits: waits.into() }
    }

    fn edge(issue: u64, on: u64, open: Option<bool>) -> Edge {
        Edge { issue: IssueNo(issue), on: IssueNo(on), open }
    }

    fn graph() -> Graph {
        Graph {
            nodes: vec![
                node(1, "working", "session's move"),
                node(2, "held_back", ""),
                node(3, "held_back", ""),
                node(4, "do", ""),
            ],
            edges: vec![edge(2, 1, Some(true)), edge(3, 2, Some(true)), edge(3, 9, Some(false))],
        }
    }

    #[test]
    fn a_tree_shows_what_each_waits_for() {
        let tree = "#3 thing 3 [held_back]\n  waits for #2 thing 2 [held_back]\n    waits for #1 thing 1 [working]: session's move\n  waits for #9 (closed)\n#4 thing 4 [do]";
        assert_eq!(graph().text(), tree);
    }

    #[test]
    fn a_circle_is_named_and_ends() {
        let circle = Graph {
            nodes: vec![node(1, "cycle", ""), node(2, "cycle", "")],
            edges: vec![edge(1, 2, Some(true)), edge(2, 1, Some(true))],
        };
        let tree =
            "#1 thing 1 [cycle]\n  waits for #2 thing 2 [cycle]\n    waits for #1 thing 1 [cycle] (a circle)";
        assert_eq!(circle.text(), tree);
    }

    #[test]
    fn graphviz_gets_titles_that_cannot_end_their_quotes() {
        let mut graph = graph();
        graph.nodes[0].title = "say \"hi\\\"".into();
        let dot = graph.dot();
        assert!(dot.contains(r##"1 [label="#1 say \"hi\\\"\nworking"];"##), "{dot}");
        assert!(dot.contains("3 -> 9 [style=dashed];") && dot.contains("2 -> 1;"), "{dot}");
    }

    #[test]
    fn a_dense_graph_has_a_line_for_each_wait_and_no_more() {
        let nodes = (0..40).map(|n| node(n, "s", "")).collect();
        let edges: Vec<Edge> = (0..40).flat_map(|a| (0..a).map(move |b| edge(a, b, Some(true)))).collect();
        let lines = Graph { nodes, edges: edges.clone() }.text().lines().count();
        assert!(lines <= edges.len() + 40, "{lines}");
    }

    proptest! {
        #[test]
        fn any_graph_is_drawn_with_everybody_in_it(edges in proptest::collection::vec((0..6u64, 0..6u64), 0..9)) {
            let nodes = (0..6).map(|n| node(n, "s", "")).collect();
            let edges = edges.into_iter().map(|(a, b)| edge(a, b, None)).collect();
            let text = Graph { nodes, edges }.text();
            for n in 0..6 {
                let name = format!("thing {n} ");
                prop_assert!(text.contains(&name));
            }
        }
    }
}
