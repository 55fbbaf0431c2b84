//! The file `.env`: `KEY=VALUE` lines with the quotes, comments and `export` of a shell, and nothing more of
//! one: no variables are put in, no command runs.

use super::error::ConfigError;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Reads the file; an absent one is empty. Fails if others may read it, or at the first line that is not
/// `KEY=VALUE`. `shown` is its name in errors.
pub fn read(path: &Path, shown: &str) -> Result<BTreeMap<String, String>, ConfigError> {
    let failed = |e: std::io::Error| {
        ConfigError::new(shown, "", format!("cannot be read: {e}"), "make it a text file that you may read")
    };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(e) => return Err(failed(e)),
    };
    // Asked of the open file: the name may be given to another one in between.
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let problem = format!("holds secrets, but its mode is {mode:04o}: others may read it");
        return Err(ConfigError::new(shown, "", problem, format!("chmod 600 {}", path.display())));
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(failed)?;
    parse(&text).map_err(|(line, problem)| {
        let hint = "write KEY=VALUE, with quotes around a value that has spaces or # in it";
        ConfigError::new(shown, format!("line {line}"), problem, hint)
    })
}

/// The variables of the text; of one given twice, the last. The error has the line's number and never its text,
/// which may be a secret.
fn parse(text: &str) -> Result<BTreeMap<String, String>, (usize, &'static str)> {
    let mut all = BTreeMap::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let at = |problem| (index + 1, problem);
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (name, rest) = line.split_once('=').ok_or_else(|| at("expected KEY=VALUE"))?;
        let name = name.trim_start();
        if !is_variable(name) {
            return Err(at("expected the name of a variable before the ="));
        }
        all.insert(name.to_string(), value(rest).map_err(at)?);
    }
    Ok(all)
}

/// Whether a text can be the name of a variable.
pub fn is_variable(name: &str) -> bool {
    let word = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    word && name.bytes().next().is_some_and(|b| !b.is_ascii_digit())
}

/// The value after the `=`.
fn value(rest: &str) -> Result<String, &'static str> {
    let rest = rest.trim_start();
    let (value, after) = match rest.chars().next() {
        Some('\'') => rest[1..].split_once('\'').map(|(v, after)| (v.to_string(), after)).ok_or(UNCLOSED)?,
        Some('"') => double_quoted(&rest[1..])?,
        _ => return Ok(unquoted(rest).to_string()),
    };
    match after.trim_start() {
        "" => Ok(value),
        comment if comment.starts_with('#') && after.starts_with(char::is_whitespace) => Ok(value),
        _ => Err("expected nothing after the closing quote"),
    }
}

const UNCLOSED: &str = "the quote is not closed on this line";

/// A `#` begins a comment only after a blank: passwords may hold one.
fn unquoted(rest: &str) -> &str {
    let blank_before = |i: usize| rest[..i].chars().next_back().is_none_or(char::is_whitespace);
    let comment = rest.char_indices().find(|(i, c)| *c == '#' && blank_before(*i));
    comment.map_or(rest, |(i, _)| &rest[..i]).trim_end()
}

/// The text up to the closing quote, and what follows it.
fn double_quoted(text: &str) -> Result<(String, &str), &'static str> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((i, c)) = chars.next() {
        match c {
            '"' => return Ok((value, &text[i + 1..])),
            '\\' => match chars.next().ok_or(UNCLOSED)?.1 {
                'n' => value.push('\n'),
                c @ ('"' | '\\' | '$' | '`') => value.push(c),
                other => value.extend(['\\', other]),
            },
            c => value.push(c),
        }
    }
    Err(UNCLOSED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quotes_comments_and_export_are_understood() {
        let text = "\u{feff}# top\nA=1\r\nexport B='x # y' # z\nC=\"q\\\"\\$\\n\\x\"\n\nD=a#b #c\nE=\n F = sp ace \nA=2\nG=#";
        let all = parse(&text.replace(" F = ", " F= ")).unwrap();
        let get = |k: &str| all[k].as_str();
        assert_eq!([get("A"), get("B"), get("C"), get("D")], ["2", "x # y", "q\"$\n\\x", "a#b"]);
        assert_eq!([get("E"), get("F"), get("G")], ["", "sp ace", ""]);
    }

    #[test]
    fn a_bad_line_is_named_by_its_number_and_not_quoted() {
        for (text, line) in
            [("A=1\nhunter22", 2), ("1A=x", 1), ("A ='x'", 1), ("A='x", 1), ("A=\"x\\", 1), ("A='x'y", 1)]
        {
            let (at, problem) = parse(text).unwrap_err();
            assert_eq!(at, line, "{text}");
            assert!(!problem.contains("hunter22"));
        }
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_read_back(value in "[ -&(-~]{0,20}") {
            prop_assert_eq!(&parse(&format!("A='{value}'")).unwrap()["A"], &value);
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
            prop_assert_eq!(&parse(&format!("A=\"{escaped}\" # c")).unwrap()["A"], &value);
        }

        #[test]
        fn any_text_is_answered(text in "(?s).{0,60}") {
            let _ = parse(&text);
        }
    }
}
