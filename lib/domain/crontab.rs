//! A user's crontab, as far as it says under which conditions drover's ticks run.

/// A line that starts ticks, and what it gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Variables, those on the line itself included; the later wins.
    pub vars: Vec<(String, String)>,
    /// The command's words, without the variables before it.
    pub words: Vec<String>,
}

impl Line {
    /// The value that holds of a variable.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.vars.iter().rev().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// What stands behind an option, as in `--root DIR` and `--root=DIR`.
    pub fn option(&self, name: &str) -> Option<&str> {
        let given = self.words.iter().position(|w| w == name).and_then(|at| self.words.get(at + 1));
        let joined = || self.words.iter().find_map(|w| w.strip_prefix(name)?.strip_prefix('='));
        given.map(String::as_str).or_else(joined)
    }

    /// The projects that it is about, if it is not about all of them.
    pub fn only(&self) -> Vec<String> {
        let named = self.option("--project").or(self.option("-p")).map(String::from);
        let takes = ["--root", "--state", "--project", "-p", "--set"];
        let at = self.words.iter().position(|w| is(w, "poll")).map_or(self.words.len(), |at| at + 1);
        let behind = self.words.iter().enumerate().skip(at);
        // Up to where the shell does something else with it.
        let args = behind.take_while(|(_, w)| !w.starts_with(['>', '<', '|', '&', ';']) && *w != "2>&1");
        let plain = args.filter(|(n, w)| !w.starts_with('-') && !takes.contains(&self.words[n - 1].as_str()));
        named.into_iter().chain(plain.map(|(_, w)| w.clone())).collect()
    }

    /// Whether it calls `poll`, or `drover poll`, whatever comes before: `cd`, `nice`, `flock`, another command.
    fn ticks(&self) -> bool {
        let word = |name: &'static str| self.words.iter().position(move |w| is(w, name));
        let calls = match (word("drover"), word("poll")) {
            (Some(drover), Some(poll)) => drover < poll,
            (None, Some(poll)) => self.words[poll].contains('/'),
            _ => false,
        };
        calls && !self.words.iter().any(|w| w == "--dry-run")
    }
}

/// Whether a word is a program, named as it is or by its path.
fn is(word: &str, name: &str) -> bool {
    word.trim_end_matches(';').rsplit('/').next() == Some(name)
}

/// Every line that starts ticks.
pub fn ticks(text: &str) -> Vec<Line> {
    let mut vars: Vec<(String, String)> = Vec::new();
    let mut found = Vec::new();
    for line in text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
        if let Some(pair) = assignment(line) {
            vars.push(pair);
        } else if let Some(line) = command(line).and_then(|text| entry(&text, &vars)) {
            found.extend(line.ticks().then_some(line));
        }
    }
    found
}

/// `NAME = value`, quotes taken off. Nothing is expanded: cron does not either.
fn assignment(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once('=')?;
    let name = name.trim();
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if name.is_empty() || !plain || name.as_bytes()[0].is_ascii_digit() {
        return None;
    }
    let value = value.trim();
    let unquoted = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    Some((name.to_string(), unquoted('"').or_else(|| unquoted('\'')).unwrap_or(value).to_string()))
}

/// What stands behind the five fields of time, or `@reboot` and its like: up to a `%`, which would be input.
fn command(line: &str) -> Option<String> {
    let fields = if line.starts_with('@') { 1 } else { 5 };
    let mut rest = line;
    for _ in 0..fields {
        rest = rest.split_once(char::is_whitespace)?.1.trim_start();
    }
    let mut out = String::new();
    let mut chars = rest.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&'%') => out.extend(chars.next()),
            '%' => break,
            c => out.push(c),
        }
    }
    Some(out)
}

/// The words of a command, as a shell takes them apart, with the variables before it.
fn entry(text: &str, vars: &[(String, String)]) -> Option<Line> {
    let mut words = shlex::split(text)?;
    let mut vars = vars.to_vec();
    while let Some(pair) = words.first().and_then(|word| assignment(word)) {
        vars.push(pair);
        words.remove(0);
    }
    Some(Line { vars, words })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TAB: &str = "# PATH=/no\nPATH=/usr/local/bin:/usr/bin\nMAILTO = \"you@example.org\"\n\n\
        * * * * * /usr/local/bin/drover poll --root /home/you/drover\n\
        */5 * * * * PATH='/opt/a b' /x/libexec/drover/poll --root=/srv/50\\%/d > /dev/null % input\n\
        */5 * * * * /usr/local/bin/drover watch-heartbeat --root /home/you/drover\n\
        #* * * * * drover poll --root /of/old\n\
        @hourly drover -p web poll\n0 4 * * * pollute\n";

    #[test]
    fn the_lines_that_tick_are_found_with_what_they_are_given() {
        let found = ticks(TAB);
        let paths: Vec<_> = found.iter().map(|l| l.var("PATH").unwrap()).collect();
        assert_eq!(paths, ["/usr/local/bin:/usr/bin", "/opt/a b", "/usr/local/bin:/usr/bin"]);
        let roots: Vec<_> = found.iter().map(|l| l.option("--root")).collect();
        assert_eq!(roots, [Some("/home/you/drover"), Some("/srv/50%/d"), None]);
        assert_eq!(found[0].var("MAILTO"), Some("you@example.org"));
        assert!(!found[1].words.contains(&"input".to_string()));
    }

    #[test]
    fn whatever_stands_before_a_tick_it_is_one() {
        for command in [
            "cd /srv && drover poll --root /r",
            "nice -n 10 drover poll --root /r",
            "flock -n /tmp/f /opt/bin/drover poll --root /r >> /tmp/log 2>&1",
            ". $HOME/.profile; drover --root /r poll",
            "/x/libexec/drover/poll --root /r",
        ] {
            let found = ticks(&format!("* * * * * {command}\n"));
            assert_eq!(
                found.iter().map(|l| l.option("--root")).collect::<Vec<_>>(),
                [Some("/r")],
                "{command}"
            );
            assert_eq!(found[0].only(), [""; 0], "{command}");
        }
        // Only a % is cron's own to escape.
        assert_eq!(ticks("* * * * * drover poll --root /a\\ b\n")[0].option("--root"), Some("/a b"));
        assert_eq!(ticks("* * * * * drover poll --root /r web -p shop\n")[0].only(), ["shop", "web"]);
        for other in ["drover poll --root /r --dry-run", "drover report", "poll the site", "echo drover"] {
            assert_eq!(ticks(&format!("* * * * * {other}\n")), [], "{other}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken(text in "[-*/0-9A-Z=@%\\\\ '\"#a-z\n]{0,200}") {
            let _ = ticks(&text);
        }
    }
}
