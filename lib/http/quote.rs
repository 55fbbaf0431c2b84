//! Text as part of an address.

/// A text as one part of a path or of a query: everything but unreserved characters is escaped (RFC 3986, 2.3).
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Names and values as a query, without the question mark.
pub fn query(pairs: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| format!("{}={}", quoted(name), quoted(value));
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_can_end_its_part() {
        assert_eq!(quoted("fix/issue-7"), "fix%2Fissue-7");
        assert_eq!(quoted("a b&c=d?e#f%ü"), "a%20b%26c%3Dd%3Fe%23f%25%C3%BC");
        assert_eq!(quoted(""), "");
        assert_eq!(query(&[("state", "open"), ("labels", "a,b")]), "state=open&labels=a%2Cb");
    }
}
