//! How many lists and objects a JSON text opens. Reading one costs a hundred times what a letter costs, so a text
//! that is nothing but brackets is refused before it is read.

/// A text of any length may open as many.
const FEW: usize = 1000;
/// And one more for each so many bytes: none of ours or of an agent's comes near, however long.
const BYTES_EACH: usize = 16;

/// Whether a JSON text opens more lists and objects than any that means something.
pub fn too_many(json: &[u8]) -> bool {
    opened(json) > FEW + json.len() / BYTES_EACH
}

/// Those outside of texts.
fn opened(json: &[u8]) -> usize {
    let (mut count, mut in_text, mut escaped) = (0, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => count += 1,
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_count_outside_of_texts() {
        for (json, count) in [
            ("", 0),
            ("[]", 1),
            (r#"{"a": [1, [2]]}"#, 3),
            (r#"["[{", "\"[", "\\"]"#, 1),
            (r#"["a\\", [], "b"]"#, 2),
            (r"\[", 1),
        ] {
            assert_eq!(opened(json.as_bytes()), count, "{json}");
        }
    }

    #[test]
    fn a_text_of_nothing_else_is_refused_and_a_long_one_with_words_is_not() {
        assert!(!too_many("[]".repeat(FEW).as_bytes()));
        assert!(too_many("[[".repeat(FEW).as_bytes()));
        assert!(!too_many("[".repeat(1066).as_bytes()), "1000 and one for each 16 of its bytes");
        assert!(too_many("[".repeat(1067).as_bytes()));
        let entry = r#"{"author":"maria","labels":[],"body":"words, [and] {more}"},"#;
        assert!(!too_many(entry.repeat(10_000).as_bytes()));
    }
}
