//! What a session is told when it starts: the facts of its prompt, looked up.

use super::session::{Start, prompt_nonce};
use super::talk::Talk;
use crate::domain::excerpt::head_and_tail;
use crate::domain::ids::Sha;
use crate::domain::message::MessageState;
use crate::domain::prompt::{self, Facts};
use crate::domain::redact::Redactor;
use crate::domain::run::Run;
use crate::world::{Untrusted, World};
use anyhow::{Context as _, Result};
use std::path::Path;

/// What stands in a prompt for a text that nobody trusted stands for any more.
const CHANGED: &str = "(The description was changed after somebody trusted had stood for it, and is not shown. Go on from \
                       what has been done so far, or ask a person.)";

/// The prompt of a start: built anew from what the forge, git and our files say now.
pub(super) fn text(world: &World, run: &Run, start: &Start, worktree: &Path) -> Result<String> {
    let issue =
        world.forge.issue(run.issue)?.with_context(|| format!("issue #{} is not there", run.issue))?;
    let trusted = |who: &String| world.policy.trusted.contains(who) && !world.project.bots.contains(who);
    let comments = world
        .forge
        .comments(run.issue.0)?
        .into_iter()
        .filter(|c| trusted(&c.author))
        .map(|c| (c.author, c.body));
    let vouched = run.vouched == Some(issue.edited) || trusted(&issue.author);
    let (title, body) =
        if vouched { (issue.title, issue.body) } else { (run.title.clone(), CHANGED.to_string()) };
    let base = world.git.primary()?;
    let tree = world.git.worktree(run.issue, &base)?;
    let head = tree.as_ref().and_then(|t| t.head.clone());
    let nonce = prompt_nonce(start.spawn);
    let waiting = world.store.messages(run.issue)?;
    let folded = waiting
        .iter()
        .filter(|s| matches!(&s.message.state, MessageState::Sending { nonce: n, .. } if *n == nonce));
    let facts = Facts {
        templates: world.project.agent.templates.clone(),
        issue: run.issue.0,
        title,
        body,
        comments: comments.collect(),
        project: world.project.name.clone(),
        worktree: worktree.display().to_string(),
        branch: run.branch.clone(),
        primary: world.policy.primary.clone(),
        attempt: run.attempt,
        resumed: start.resume,
        remembers: matches!(start.talk, Talk::Same),
        died: run.died.clone(),
        pull: run.pull,
        notes: notes(world, worktree)?,
        commits: match &head {
            // Commits not yet taken over are not in our repository; then the list is left out.
            Some(head) => world.git.subjects(&base, head).unwrap_or_default(),
            None => vec![],
        },
        dirty: tree.map(|t| t.dirty).unwrap_or_default(),
        prior: prior(world, run, &base, head.as_ref()),
        scratch: world.store.scratch(run.issue)?,
        escalated: run.escalation.as_ref().map(|e| e.reason.clone()),
        messages: folded.map(|s| s.message.text.clone()).collect(),
    };
    Ok(Redactor::new(world.project.secrets()).redact(&prompt::build(&facts, &world.dice.nonce())))
}

/// How much of an earlier attempt's change is shown, in bytes.
const PRIOR: usize = 16 << 10;

/// What the attempt before had changed whose pull was closed, unless this one goes on from it. A hint: one that cannot be read is
/// left out.
fn prior(world: &World, run: &Run, base: &Sha, head: Option<&Sha>) -> String {
    let Some(prior) = &run.prior else { return String::new() };
    if head.is_some_and(|head| world.git.contains(head, prior).unwrap_or(true)) {
        return String::new();
    }
    head_and_tail(&world.git.patch(base, prior).unwrap_or_default(), PRIOR)
}

/// Files in which repositories speak to agents, as far as they are there.
const NOTES: &[&str] = &["AGENTS.md", "CLAUDE.md"];

fn notes(world: &World, worktree: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for name in NOTES {
        if matches!(world.store.files.untrusted(&worktree.join(name), 1)?, Untrusted::Text { .. }) {
            found.push(name.to_string());
        }
    }
    Ok(found)
}
