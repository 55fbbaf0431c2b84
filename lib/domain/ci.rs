//! What CI itself knows of red checks: the steps that failed and what they printed; and whether it was the work that
//! failed, or the machine that it ran on.

use super::excerpt::excerpt;
use super::text::plain_line;

/// Bytes of logs that one message shows.
const SHOWN: usize = 8000;
/// Steps whose logs one message shows; of the others it gives the names.
const STEPS: usize = 4;
/// Lines at the end of a log in which a fault of the machine is looked for: further up it may be what a test printed.
const END: usize = 15;

/// A step that failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailedStep {
    /// The workflow or job that it is part of.
    pub of: String,
    /// Its name.
    pub name: String,
    /// Its exit code, where there is one.
    pub exit: Option<i32>,
    /// It fetched the commit: nothing of the work had run yet.
    pub fetches: bool,
    /// What CI says went wrong.
    pub error: String,
    /// What it printed.
    pub log: String,
}

/// What CI knows of the red checks of a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CiSeen {
    /// Nothing has failed now, and it is at it: what is red is of an earlier time.
    pub running: bool,
    /// What failed.
    pub steps: Vec<FailedStep>,
    /// Pipelines that failed and can be run again.
    pub pipelines: Vec<u64>,
    /// Why it could not be looked at, if that failed.
    pub trouble: Option<String>,
}

/// What the network, the registry or the disk of a machine says, in small letters.
const MACHINE: &[&str] = &[
    "could not resolve host",
    "temporary failure in name resolution",
    "no such host",
    "network is unreachable",
    "connection timed out",
    "i/o timeout",
    "tls handshake timeout",
    "toomanyrequests",
    "error pulling image",
    "failed to pull image",
    "no space left on device",
    "the remote end hung up unexpectedly",
];

impl FailedStep {
    /// Why it failed, if that was the machine's doing: it could not fetch the commit, was killed, or had no network.
    pub fn machines(&self) -> Option<String> {
        let of = || format!("{} of {}", plain_line(&self.name, 60), plain_line(&self.of, 60));
        match self.exit {
            Some(128) if self.fetches => return Some(format!("{} could not fetch the commit (128)", of())),
            Some(137) => return Some(format!("{} was killed (137)", of())),
            _ => {}
        }
        let lines: Vec<&str> = self.log.lines().collect();
        let end = lines[lines.len().saturating_sub(END)..].join("\n");
        let said = format!("{}\n{end}", self.error).to_lowercase();
        let word = MACHINE.iter().find(|word| said.contains(**word))?;
        Some(format!("{}: {word}", of()))
    }

    fn head(&self) -> String {
        let exit = self.exit.map(|code| format!(" failed with exit code {code}")).unwrap_or_default();
        let error = plain_line(&self.error, 300);
        let error = if error.is_empty() { error } else { format!(" ({error})") };
        format!("step {} of {}{exit}{error}", plain_line(&self.name, 80), plain_line(&self.of, 80))
    }
}

impl CiSeen {
    /// Why the pipelines may pass when they are run again: every step that failed did so by the machine's doing.
    pub fn machine_failed(&self) -> Option<String> {
        if self.pipelines.is_empty() || self.running {
            return None;
        }
        let why: Vec<String> = self.steps.iter().map(FailedStep::machines).collect::<Option<_>>()?;
        if why.is_empty() { None } else { Some(why.join("; ")) }
    }

    /// What to show of it: the steps with their logs, each plain and cut; secrets are the caller's to take out.
    pub fn text(&self) -> String {
        let each = SHOWN / self.steps.len().clamp(1, STEPS);
        let mut parts: Vec<String> = self
            .steps
            .iter()
            .enumerate()
            .map(|(n, step)| match n < STEPS && !step.log.trim().is_empty() {
                true => format!("{}\n{}", step.head(), excerpt(&step.log, each).trim_end()),
                false => step.head(),
            })
            .collect();
        parts.extend(self.trouble.as_ref().map(|why| format!("(no logs: {})", plain_line(why, 300))));
        parts.join("\n\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(exit: i32, fetches: bool, error: &str, log: &str) -> FailedStep {
        let text = str::to_string;
        let (of, name) = (text("build"), text(if fetches { "clone" } else { "test" }));
        FailedStep { of, name, exit: Some(exit), fetches, error: text(error), log: text(log) }
    }

    fn seen(steps: &[FailedStep]) -> CiSeen {
        CiSeen { steps: steps.to_vec(), pipelines: vec![7], ..CiSeen::default() }
    }

    #[test]
    fn what_is_the_machines_is_told_from_what_is_the_works() {
        let cases: &[(FailedStep, Option<&str>)] = &[
            (step(1, false, "", "assertion failed"), None),
            (step(128, true, "", "fatal"), Some("clone of build could not fetch the commit (128)")),
            (step(128, false, "", "fatal: bad revision"), None),
            (step(1, true, "", "merge conflict"), None),
            (step(137, false, "", ""), Some("test of build was killed (137)")),
            (step(1, false, "Error pulling image x", ""), Some("test of build: error pulling image")),
            (
                step(1, false, "", "curl: (6) Could not resolve host: x"),
                Some("test of build: could not resolve host"),
            ),
        ];
        for (step, wanted) in cases {
            assert_eq!(step.machines().as_deref(), *wanted, "{step:?}");
        }
        let early = format!("i/o timeout\n{}", "ok\n".repeat(15));
        assert_eq!(step(1, false, "", &early).machines(), None, "further up it is what a test printed");
        let late = format!("i/o timeout\n{}", "ok\n".repeat(14));
        assert!(step(1, false, "", &late).machines().is_some());
    }

    #[test]
    fn running_again_helps_only_where_all_of_it_was_the_machines() {
        let (ours, machines) = (step(1, false, "", "E0308"), step(137, false, "", ""));
        assert_eq!(seen(&[]).machine_failed(), None);
        assert_eq!(seen(&[machines.clone(), ours]).machine_failed(), None);
        let all = seen(&[machines.clone(), step(128, true, "", "")]);
        let why = "test of build was killed (137); clone of build could not fetch the commit (128)";
        assert_eq!(all.machine_failed().as_deref(), Some(why));
        assert_eq!(CiSeen { running: true, ..all.clone() }.machine_failed(), None, "it is at it already");
        assert_eq!(CiSeen { pipelines: vec![], ..all }.machine_failed(), None, "nothing to run again");
    }

    #[test]
    fn each_step_is_shown_with_its_log_within_bounds() {
        let text = seen(&[step(1, false, "bad\nline", "error: E0308"), step(2, false, "", "")]).text();
        assert_eq!(
            text,
            "step test of build failed with exit code 1 (bad line)\nerror: E0308\n\nstep test of build failed with exit code 2"
        );
        let many: Vec<FailedStep> = (0..9).map(|n| step(n, false, "", &"x\n".repeat(9000))).collect();
        let text = seen(&many).text();
        assert!(text.len() < 10_000, "{}", text.len());
        let shown = |n: u32| text.contains(&format!("exit code {n}\nx"));
        assert_eq!((0..9).filter(|n| shown(*n)).count(), STEPS, "logs of four, names of all");
        assert!(text.contains("exit code 8"));
        let trouble = CiSeen { trouble: Some("no answer".into()), ..CiSeen::default() };
        assert_eq!(trouble.text(), "(no logs: no answer)");
        let unnamed = FailedStep { exit: None, ..step(1, false, "", "") };
        assert_eq!(seen(&[unnamed]).text(), "step test of build");
    }
}
