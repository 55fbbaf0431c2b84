//! A value that must not be printed.

use std::fmt;

/// A secret text. `Debug` and `Display` give `[secret]`; there is no way to serialise it by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text itself: for the one call that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_format_prints_it() {
        let s = Some(Secret::new("hunter22"));
        assert_eq!(format!("{s:?} {s:#?} {}", Secret::new("hunter22")).matches("hunter22").count(), 0);
        assert_eq!(s.map(|s| s.expose().to_string()).as_deref(), Some("hunter22"));
    }
}
