//! `forge`: issues and pulls from the shell; the local forge's face, and on a server what one does most.

use clap::Parser;
use drover::cli::commands::forge::{Args, IssueVerb, PullVerb, What};
use drover::cli::{Exit, Failure, exit, out, servers, setup};
use drover::domain::ids::{IssueNo, PullNo};
use drover::domain::pull::{PullState, Verdict};
use drover::domain::text::{plain_line, plain_text};
use drover::forge::local::LocalForge;
use drover::ops::{look, observe};
use drover::world::{Forge, NewIssue, NewPull, NewReview, World};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    exit::run("forge", || {
        let world = setup::world(&args.common)?;
        let inside = std::env::var_os(drover::session::tmux::MARK).is_some();
        if inside && !allowed_inside(&args.what, world.is_local()) {
            return Err(Failure::new(
                Exit::Refused,
                "pulls are opened, reviewed and closed outside of sessions, and on a server issues too",
                "commit, and write PHASE:awaiting_ci to $PHASE_FILE",
            )
            .into());
        }
        let local = match world.is_local() {
            true => Some(setup::forge_as(&world, &name(&args, &world, inside)?)),
            false if args.who.is_some() => return Err(no_names()),
            false => None,
        };
        let reviewer = match world.is_local() || !args.what.is_review() {
            true => None,
            false => Some(servers::reviewer(&world)?),
        };
        let forge: &dyn Forge = match (&local, &reviewer) {
            (Some(local), _) => local,
            (None, Some(reviewer)) => reviewer.as_ref(),
            (None, _) => world.forge.as_ref(),
        };
        match args.what {
            What::Issue(verb) => issue(forge, local.as_ref(), verb, args.json),
            What::Pull(verb) => pull(&world, forge, verb, args.json),
        }
    })
}

/// What a session may do: on the local forge issues are its own, on a server it would act in our name.
fn allowed_inside(what: &What, local: bool) -> bool {
    match what {
        What::Issue(IssueVerb::List { .. } | IssueVerb::Show { .. }) => true,
        What::Issue(_) => local,
        What::Pull(PullVerb::List | PullVerb::Show { .. } | PullVerb::Diff { .. }) => true,
        What::Pull(_) => false,
    }
}

fn no_names() -> anyhow::Error {
    let hint = "leave --as out: FORGE_TOKEN says who files and comments, FORGE_REVIEW_TOKEN who reviews";
    Failure::new(Exit::Usage, "on a server who acts is the token's account", hint).into()
}

/// Inside a session nobody can pass for a person: what is filed there is the session's own.
fn name(args: &Args, world: &World, inside: bool) -> anyhow::Result<String> {
    if inside {
        return Ok("session".into());
    }
    let name = args.who.clone().or_else(|| setup::owner(&world.project.repo_root));
    name.ok_or_else(|| {
        Failure::new(Exit::Usage, "who are you?", "add --as NAME, or set git config user.name").into()
    })
}

/// What only files of ours can do.
fn only_local<'a>(local: Option<&'a LocalForge>, what: &str) -> anyhow::Result<&'a LocalForge> {
    let hint = "do it in the forge's own pages";
    local.ok_or_else(|| Failure::new(Exit::Usage, format!("{what} is for the local forge"), hint).into())
}

fn issue(forge: &dyn Forge, local: Option<&LocalForge>, verb: IssueVerb, json: bool) -> anyhow::Result<Exit> {
    match verb {
        IssueVerb::New { title, body, label } => {
            let body = if body == "-" { std::io::read_to_string(std::io::stdin())? } else { body };
            out::line(&forge.new_issue(&NewIssue { title, body, labels: label })?.to_string())?;
        }
        IssueVerb::List { all } => list_issues(forge, all, json)?,
        IssueVerb::Show { issue } => show_issue(forge, issue, json)?,
        IssueVerb::Edit { issue, title, body } => {
            only_local(local, "issue edit")?.edit_issue(issue, title.as_deref(), body.as_deref())?
        }
        IssueVerb::Comment { issue, text } => forge.comment(issue.0, &text)?,
        IssueVerb::Label { issue, labels } => {
            let (off, on): (Vec<String>, Vec<String>) =
                labels.into_iter().partition(|l| l.starts_with('-') && l.len() > 1);
            let off: Vec<String> = off.iter().map(|l| l[1..].to_string()).collect();
            forge.set_labels(issue, &on, &off)?;
        }
        IssueVerb::Depend { issue, on } => only_local(local, "issue depend")?.depend(issue, &on)?,
        IssueVerb::Close { issue } => forge.set_issue_open(issue, false)?,
        IssueVerb::Reopen { issue } => forge.set_issue_open(issue, true)?,
    }
    Ok(Exit::Done)
}

fn list_issues(forge: &dyn Forge, all: bool, json: bool) -> anyhow::Result<()> {
    let mut issues = forge.all_issues(usize::MAX)?;
    issues.retain(|i| all || i.open);
    if json {
        return out::json(&serde_json::json!({"version": 1, "issues": issues}));
    }
    let row = |i: &drover::domain::issue::Issue| {
        let labels: Vec<String> = i.labels.iter().map(|l| plain_line(&l.name, 40)).collect();
        vec![
            format!("#{}", i.number),
            if i.open { "open".into() } else { "closed".into() },
            plain_line(&i.title, 80),
            labels.join(" "),
        ]
    };
    let rows: Vec<Vec<String>> = issues.iter().map(row).collect();
    if rows.is_empty() { Ok(()) } else { out::line(&out::table(&rows)) }
}

fn show_issue(forge: &dyn Forge, number: IssueNo, json: bool) -> anyhow::Result<()> {
    let issue = forge.issue(number)?.ok_or_else(|| absent("issue", number.0))?;
    let comments = forge.comments(number.0)?;
    if json {
        return out::json(&serde_json::json!({"version": 1, "issue": issue, "comments": comments}));
    }
    let labels: Vec<&str> = issue.labels.iter().map(|l| l.name.as_str()).collect();
    let state = if issue.open { "open" } else { "closed" };
    out::line(&format!(
        "#{number} {}\n{state}, by {}, labels: {}\n\n{}",
        plain_line(&issue.title, 200),
        plain_line(&issue.author, 60),
        plain_line(&labels.join(" "), 200),
        plain_text(&issue.body)
    ))?;
    comments.iter().try_for_each(|c| {
        out::line(&format!("\n--- {} at {}\n{}", plain_line(&c.author, 60), c.at, plain_text(&c.body)))
    })
}

fn absent(what: &str, number: u64) -> Failure {
    Failure::new(
        Exit::Failed,
        format!("there is no {what} #{number}"),
        format!("`forge {what} list` shows them"),
    )
}

fn pull(world: &World, forge: &dyn Forge, verb: PullVerb, json: bool) -> anyhow::Result<Exit> {
    match verb {
        PullVerb::New { branch, title, body } => new_pull(world, forge, branch, title, body)?,
        PullVerb::List => {
            let pulls = look::with_heads(world, forge.pulls()?)?;
            if json {
                out::json(&serde_json::json!({"version": 1, "pulls": pulls}))?;
            } else {
                let rows: Vec<Vec<String>> = pulls
                    .iter()
                    .map(|p| vec![format!("#{}", p.number), p.branch.clone(), plain_line(&p.title, 80)])
                    .collect();
                if !rows.is_empty() {
                    out::line(&out::table(&rows))?;
                }
            }
        }
        PullVerb::Show { pull } => show_pull(world, pull, json)?,
        PullVerb::Diff { pull } => {
            let head = head(world, pull)?;
            out::line(&plain_text(&world.git.patch(&world.git.primary()?, &head)?))?;
        }
        PullVerb::Approve { pull, message } => review(world, forge, pull, Verdict::Approve, message)?,
        PullVerb::Reject { pull, message } => review(world, forge, pull, Verdict::Reject, message)?,
        PullVerb::Comment { pull, text } => forge.comment(pull.0, &text)?,
        PullVerb::Dismiss { pull, review } => forge.dismiss(pull, review)?,
        PullVerb::Close { pull } => forge.set_pull_open(pull, false)?,
        PullVerb::Reopen { pull } => forge.set_pull_open(pull, true)?,
    }
    Ok(Exit::Done)
}

fn head(world: &World, pull: PullNo) -> anyhow::Result<drover::domain::ids::Sha> {
    let found = observe::one_pull(world, pull)?.ok_or_else(|| absent("pull", pull.0))?;
    let gone = || {
        Failure::new(
            Exit::Failed,
            format!("the branch {} of pull #{pull} is gone", found.branch),
            "close the pull, or push the branch again",
        )
    };
    Ok(found.head.clone().ok_or_else(gone)?)
}

/// The review is given for the head as it is now: what is pushed later is not covered by it.
fn review(
    world: &World,
    forge: &dyn Forge,
    pull: PullNo,
    verdict: Verdict,
    body: String,
) -> anyhow::Result<()> {
    let sha = head(world, pull)?;
    forge.review(pull, &NewReview { verdict, sha, body })
}

fn new_pull(
    world: &World,
    forge: &dyn Forge,
    branch: String,
    title: Option<String>,
    body: String,
) -> anyhow::Result<()> {
    let found = world.with_repo(|git| git.sync().and_then(|()| git.adopt(&branch)))?;
    let sha = found.ok_or_else(|| {
        Failure::new(
            Exit::Failed,
            if world.is_local() {
                format!("{} has no branch {branch}", world.project.repo_root.display())
            } else {
                format!("{} has no branch {branch}", world.project.forge_url)
            },
            "commit to a branch there first, on a server push it",
        )
    })?;
    let subject =
        || world.git.subjects(&world.git.primary()?, &sha).map(|s| s.first().map(|l| l[11..].to_string()));
    let title = match title {
        Some(title) => title,
        None => subject()?.unwrap_or_else(|| branch.clone()),
    };
    let new = NewPull { branch, base: world.policy.primary.clone(), title, body };
    out::line(&forge.open_pull(&new)?.to_string())
}

fn show_pull(world: &World, number: PullNo, json: bool) -> anyhow::Result<()> {
    let pull = observe::one_pull(world, number)?.ok_or_else(|| absent("pull", number.0))?;
    if json {
        return out::json(&serde_json::json!({"version": 1, "pull": pull}));
    }
    let state = match &pull.state {
        PullState::Open => "open".to_string(),
        PullState::Merged { sha } => format!("merged as {}", sha.as_ref().map_or("?", |s| s.as_str())),
        PullState::Closed { .. } => "closed".into(),
    };
    let head = pull.head.as_ref().map_or("gone", |h| h.as_str());
    out::line(&format!(
        "#{number} {}\n{state}, {} into {}, head {head}\n\n{}",
        plain_line(&pull.title, 200),
        pull.branch,
        pull.base,
        plain_text(&pull.body)
    ))?;
    pull.reviews.iter().try_for_each(|r| {
        let dismissed = if r.dismissed { " (dismissed)" } else { "" };
        out::line(&format!(
            "\n--- review {} by {}: {:?} of {}{dismissed}\n{}",
            r.id,
            plain_line(&r.author, 60),
            r.verdict,
            r.sha.short(),
            plain_text(&r.body)
        ))
    })
}
