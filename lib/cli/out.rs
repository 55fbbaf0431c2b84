//! Printing: data to stdout, everything else to stderr; errors of a reader that went away are passed up.

use crate::store::journal::Used;
use anyhow::Result;
use std::io::{IsTerminal, Write};

/// Prints one line of data.
pub fn line(text: &str) -> Result<()> {
    writeln!(std::io::stdout(), "{text}")?;
    Ok(())
}

/// Prints a value as JSON.
pub fn json<T: serde::Serialize>(value: &T) -> Result<()> {
    line(&serde_json::to_string_pretty(value)?)
}

/// Whether a person reads stdout as it comes.
pub fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Says something to a person who is there; quiet under cron.
pub fn say(text: &str) {
    if is_terminal() {
        println!("{text}");
    }
}

/// How many columns the terminal of stdout has; none where it is none.
pub fn width() -> Option<usize> {
    let stdout = std::io::stdout();
    let size = rustix::termios::tcgetwinsize(&stdout).ok().filter(|_| stdout.is_terminal())?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// How many lines it has.
fn height() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    Some(usize::from(size.ws_row)).filter(|rows| *rows > 2)
}

/// A line that fits into so many columns, as far as characters are one wide.
pub fn cut(line: &str, columns: usize) -> String {
    if line.chars().count() <= columns {
        return line.to_string();
    }
    let kept: String = line.chars().take(columns.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// Shows a text in the place of the one before: on a terminal on a screen of its own, else one after the other.
pub fn frame(text: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    if !stdout.is_terminal() {
        writeln!(stdout, "{text}")?;
    } else {
        // Line by line over what was there: cleared first, it would flicker. What does not fit would scroll it away.
        let (all, room) = (text.lines().count(), height().map_or(usize::MAX, |rows| rows - 1));
        let shown = if all > room { room - 1 } else { all };
        write!(stdout, "\x1b[H")?;
        for line in text.lines().take(shown) {
            write!(stdout, "{line}\x1b[K\r\n")?;
        }
        if shown < all {
            write!(stdout, "… {} more lines\x1b[K\r\n", all - shown)?;
        }
        write!(stdout, "\x1b[J")?;
    }
    stdout.flush()?;
    Ok(())
}

/// What was paid, as far as that is known.
pub fn cost(used: &Used) -> String {
    if used.turns == 0 { String::new() } else { money(used.usage.micro_usd) }
}

/// Millionths of a dollar.
pub fn money(micro_usd: Option<u64>) -> String {
    micro_usd.map_or("unknown".into(), |micro| format!("${:.2}", micro as f64 / 1e6))
}

/// A word as a shell wants it.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_string();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A table with columns as wide as they need to be.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |c: usize| rows.iter().filter_map(|r| r.get(c)).map(|t| t.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let cell = |(c, text): (usize, &String)| match c + 1 == columns {
        true => text.clone(),
        false => format!("{text}{}", " ".repeat(widths[c].saturating_sub(text.chars().count()))),
    };
    let line = |row: &Vec<String>| {
        row.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ").trim_end().to_string()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_gets_the_word_back() {
        assert_eq!(quoted("a-b/c.d=1"), "a-b/c.d=1");
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn columns_are_as_wide_as_they_need_to_be() {
        let row = |a: &str, b: &str| vec![a.to_string(), b.to_string()];
        assert_eq!(table(&[row("a", "b"), row("long", "c")]), "a     b\nlong  c");
        assert_eq!(table(&[]), "");
    }
}
