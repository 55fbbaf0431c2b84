//! Names of things: issues, pulls and commits. Newtypes, so that one is never taken for another.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The number of an issue on its forge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IssueNo(pub u64);

/// The number of a pull request on its forge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PullNo(pub u64);

impl fmt::Display for IssueNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Display for PullNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Why a word is not an issue number.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' is no issue or pull number: write digits, with or without a leading #")]
pub struct BadNumber(String);

fn number(word: &str) -> Result<u64, BadNumber> {
    let digits = word.strip_prefix('#').unwrap_or(word);
    match digits.parse::<u64>() {
        Ok(n) if n > 0 && digits.bytes().all(|b| b.is_ascii_digit()) => Ok(n),
        _ => Err(BadNumber(word.to_string())),
    }
}

impl FromStr for IssueNo {
    type Err = BadNumber;
    fn from_str(word: &str) -> Result<Self, BadNumber> {
        number(word).map(IssueNo)
    }
}

impl FromStr for PullNo {
    type Err = BadNumber;
    fn from_str(word: &str) -> Result<Self, BadNumber> {
        number(word).map(PullNo)
    }
}

/// A full commit id in lower-case hex: 40 characters (SHA-1) or 64 (SHA-256).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha(String);

/// Why a word is not a commit id.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' is no full commit id (40 or 64 hex digits)")]
pub struct BadSha(String);

impl Sha {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first ten digits, for people.
    pub fn short(&self) -> &str {
        &self.0[..10]
    }
}

impl TryFrom<String> for Sha {
    type Error = BadSha;
    fn try_from(text: String) -> Result<Self, BadSha> {
        let long_enough = text.len() == 40 || text.len() == 64;
        let hex = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if long_enough && hex { Ok(Sha(text)) } else { Err(BadSha(text)) }
    }
}

impl FromStr for Sha {
    type Err = BadSha;
    fn from_str(text: &str) -> Result<Self, BadSha> {
        Sha::try_from(text.to_string())
    }
}

impl From<Sha> for String {
    fn from(sha: Sha) -> String {
        sha.0
    }
}

impl fmt::Display for Sha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_id_is_shown_as_it_was_given() {
        let text = "0123456789abcdef0123456789abcdef01234567";
        let sha: Sha = text.parse().unwrap();
        assert_eq!((sha.as_str(), sha.to_string().as_str()), (text, text));
    }

    #[test]
    fn numbers_take_a_hash_and_refuse_the_rest() {
        assert_eq!("#12".parse::<IssueNo>().unwrap(), IssueNo(12));
        assert_eq!("7".parse::<PullNo>().unwrap(), PullNo(7));
        for bad in ["", "#", "0", "-1", "+1", "1a", "##1", "99999999999999999999"] {
            assert!(bad.parse::<IssueNo>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_sha_is_full_lower_case_hex() {
        assert!("a".repeat(40).parse::<Sha>().is_ok());
        assert!("0".repeat(64).parse::<Sha>().is_ok());
        for bad in ["a".repeat(39), "A".repeat(40), "g".repeat(40), String::new()] {
            assert!(bad.parse::<Sha>().is_err(), "{bad}");
        }
    }
}
