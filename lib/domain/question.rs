//! What a session asks people without giving up its round: a line each of `$QUESTIONS_FILE`. Anybody in the session may
//! write there anything.

/// Most questions that people are told of one run.
pub const MOST: u32 = 20;

/// The questions after the first `told` of them. A line that is not at its end is still being written.
pub fn after(text: &str, told: u32) -> Vec<String> {
    let whole = &text[..text.rfind('\n').unwrap_or(0)];
    let lines = whole.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.take(MOST as usize).skip(told as usize).map(String::from).collect()
}

/// How many questions a file holds, and a question as its next line; none if it is empty.
pub fn line(text: &str, question: &str) -> (u32, Option<String>) {
    let count = after(text, 0).len() as u32;
    let words: Vec<&str> = question.split_whitespace().collect();
    (count, Some(words.join(" ")).filter(|line| !line.is_empty()).map(|line| line + "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_whole_line_is_a_question_once() {
        let text = "Blue?\n\n  Or red? \r\nAnd wh";
        assert_eq!(after(text, 0), ["Blue?", "Or red?"]);
        assert_eq!(after(text, 1), ["Or red?"]);
        for (text, told) in [(text, 2), (text, 3), ("", 0), ("half", 0), ("\n \n", 0)] {
            assert_eq!(after(text, told), [] as [&str; 0], "{text:?} after {told}");
        }
        let many = "x\n".repeat(50);
        assert_eq!(after(&many, 0).len(), 20);
        assert_eq!(after(&many, 19).len(), 1);
        assert!(after(&many, 20).is_empty());
    }

    #[test]
    fn a_question_of_several_lines_is_one() {
        assert_eq!(line("a\nb\n", " Blue,\n or\tred? "), (2, Some("Blue, or red?\n".into())));
        assert_eq!(line("", " \n"), (0, None));
    }
}
