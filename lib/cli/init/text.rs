//! A project file in the words of whoever reads it next.

use super::plan::Plan;

/// A text as TOML has it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_string()).to_string()
}

fn list(all: &[String]) -> String {
    let all: Vec<String> = all.iter().map(|one| quoted(one)).collect();
    format!("[{}]", all.join(", "))
}

/// The file of a project. What is not known stands there as a comment, to be filled in.
pub fn project(plan: &Plan) -> String {
    let mut out = String::from(
        "# Written by `drover init`; yours from here on. docs/config.md lists every key, and an unknown one is an error.\n\n",
    );
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    line(format!("name = {}", quoted(&plan.name)));
    match &plan.place {
        None => {
            line("# Issues and pulls are files below state/: no server, no token.\nforge = \"local\"".into())
        }
        Some(place) => {
            line("# The token stands in .env beside projects/, as FORGE_TOKEN.\nforge = \"forgejo\"".into());
            line(format!("forge_url = {}\nrepo = {}", quoted(&place.server), quoted(&place.repo)));
        }
    }
    line("# Your own clone. drover reads it and lands in it; its sessions work elsewhere.".into());
    line(format!("repo_root = {}", quoted(&plan.repo_root)));
    line(format!("primary_branch = {}\n", quoted(&plan.branch)));
    line(format!("[agent]\nname = {}\n", quoted(&plan.agent)));
    line("[verify]\n# Your own checks, run on every commit before anybody is asked to look at it.".into());
    if let Some(setup) = &plan.checks.setup {
        line(format!("pre = {}", quoted(setup)));
    }
    for (key, command, example) in [
        ("build", &plan.checks.build, "make"),
        ("lint", &plan.checks.lint, "make lint"),
        ("test", &plan.checks.test, "make test"),
    ] {
        line(match command {
            Some(command) => format!("{key} = {}", quoted(command)),
            None => format!("# {key} = {}", quoted(example)),
        });
    }
    if plan.has_no_checks() {
        line("\n[landing]\n# There are no checks: what is approved lands. Take this away when there are some.\nwithout_checks = true".into());
    }
    line("\n[limits]\n# How many sessions may be at work at once.\nsessions = 1".into());
    line(
        "# New work starts only at night, local time. What has begun goes on.\n# window = \"22:00-07:00\""
            .into(),
    );
    line("\n[people]\n# Whose issues and words count, and whose approval.".into());
    for (key, names) in [("maintainers", &plan.maintainers), ("reviewers", &plan.reviewers)] {
        line(match names.as_slice() {
            [] => format!("# {key} = [\"maria\"]"),
            names => format!("{key} = {}", list(names)),
        });
    }
    if let Some(setup) = &plan.checks.setup {
        line("\n[worktree]\n# What a session's fresh clone needs before its agent begins.".into());
        line(format!("setup = {}", quoted(setup)));
    }
    out
}
