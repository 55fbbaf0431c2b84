//! JSON of nothing but ASCII. Gitea 1.22 garbles characters of more than one byte that lie across the borders of
//! its read buffers, from 4 KB on; escaped they arrive as they were sent.

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};
use std::io;

struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(|c: char| !c.is_ascii()) {
            out.write_all(&rest.as_bytes()[..at])?;
            let Some(c) = rest[at..].chars().next() else { break };
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        CompactFormatter.write_string_fragment(out, rest)
    }
}

/// A value as JSON of ASCII alone.
pub fn json(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    let written = value.serialize(&mut Serializer::with_formatter(&mut out, Escaping));
    debug_assert!(written.is_ok(), "memory takes everything");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn what_is_not_ascii_is_escaped() {
        let text = String::from_utf8(json(&json!({"ü": "a\"👩é\n", "n": [1, null]}))).unwrap();
        assert_eq!(text, r#"{"\u00fc":"a\"\ud83d\udc69\u00e9\n","n":[1,null]}"#);
    }

    proptest! {
        #[test]
        fn any_text_is_read_back_as_it_was(text in "(?s).{0,60}") {
            let bytes = json(&Value::String(text.clone()));
            prop_assert!(bytes.is_ascii());
            prop_assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), Value::String(text));
        }
    }
}
