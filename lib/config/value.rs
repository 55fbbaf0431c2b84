//! Values of keys: read from TOML or from the text of a variable or of `--set`, checked against their kind.

use super::keys::Kind;
use std::collections::BTreeMap;

/// A value of one of the kinds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Of `Text`, `Secret` and `Word`.
    Text(String),
    /// Of `Int`.
    Int(u64),
    /// Of `Number`.
    Number(f64),
    /// Of `Bool`.
    Bool(bool),
    /// Of `List`.
    List(Vec<String>),
    /// Of `Table`.
    Table(BTreeMap<String, String>),
}

/// Why a value is none: what was expected and what was found, with the entry of a table if it was one.
#[derive(Debug, PartialEq)]
pub struct Mismatch {
    /// The entry of the table that is wrong, if not the whole.
    pub entry: Option<String>,
    /// The sentence.
    pub problem: String,
}

impl Kind {
    /// What it wants, as part of `expected …`.
    pub fn expected(self) -> String {
        match self {
            Kind::Text | Kind::Secret => "a text".to_string(),
            Kind::Word(words) => format!("one of {}", words.join(", ")),
            Kind::Int(low, high) => format!("a whole number from {low} to {high}"),
            Kind::Number => "a number of at least 0".to_string(),
            Kind::Bool => "true or false".to_string(),
            Kind::List => "a list of texts".to_string(),
            Kind::Table => "a table of texts".to_string(),
        }
    }

    /// A value written as in a project file.
    pub fn example(self) -> String {
        match self {
            Kind::Text | Kind::Secret => "\"…\"".to_string(),
            Kind::Word(words) => format!("\"{}\"", words.first().unwrap_or(&"")),
            Kind::Int(low, _) => low.to_string(),
            Kind::Number => "1.5".to_string(),
            Kind::Bool => "true".to_string(),
            Kind::List => "[\"…\"]".to_string(),
            Kind::Table => "{ name = \"…\" }".to_string(),
        }
    }

    /// The value of a text, as variables and `--set` have it: lists are separated by commas or written as in
    /// TOML, tables only as in TOML.
    pub fn from_text(self, text: &str) -> Result<Value, Mismatch> {
        let wrong = || mismatch(self, &format!("\"{}\"", short(text)));
        match self {
            Kind::Int(..) => match text.trim().parse::<i64>() {
                Ok(n) => self.from_toml(&toml::Value::Integer(n)),
                Err(_) => Err(wrong()),
            },
            Kind::Number => match text.trim().parse::<f64>() {
                Ok(n) => self.from_toml(&toml::Value::Float(n)),
                Err(_) => Err(wrong()),
            },
            Kind::Bool => text.trim().parse().map(Value::Bool).map_err(|_| wrong()),
            Kind::List if !text.trim_start().starts_with('[') => Ok(Value::List(
                text.split(',').map(str::trim).filter(|s| !s.is_empty()).map(str::to_string).collect(),
            )),
            Kind::Table if text.trim().is_empty() => Ok(Value::Table(BTreeMap::new())),
            Kind::List | Kind::Table => match toml::from_str::<toml::Table>(&format!("x = {text}")) {
                Ok(table) if table.len() == 1 => self.from_toml(&table["x"]),
                _ => Err(wrong()),
            },
            Kind::Text | Kind::Secret | Kind::Word(_) => {
                self.from_toml(&toml::Value::String(text.to_string()))
            }
        }
    }

    /// The value of a TOML value.
    pub fn from_toml(self, value: &toml::Value) -> Result<Value, Mismatch> {
        use toml::Value as T;
        let wrong = || mismatch(self, &found(value));
        match (self, value) {
            (Kind::Text | Kind::Secret, T::String(s)) if !s.contains('\0') => Ok(Value::Text(s.clone())),
            (Kind::Word(words), T::String(s)) if words.contains(&s.as_str()) => Ok(Value::Text(s.clone())),
            (Kind::Int(low, high), T::Integer(n)) => match u64::try_from(*n) {
                Ok(n) if (low..=high).contains(&n) => Ok(Value::Int(n)),
                _ => Err(wrong()),
            },
            (Kind::Number, T::Float(n)) if *n >= 0.0 && n.is_finite() => Ok(Value::Number(*n)),
            (Kind::Number, T::Integer(n)) if *n >= 0 => Ok(Value::Number(*n as f64)),
            (Kind::Bool, T::Boolean(b)) => Ok(Value::Bool(*b)),
            (Kind::List, T::Array(items)) => list(items),
            (Kind::Table, T::Table(entries)) => table(entries),
            _ => Err(wrong()),
        }
    }
}

fn list(items: &[toml::Value]) -> Result<Value, Mismatch> {
    let text = |item: &toml::Value| match item {
        toml::Value::String(s) => Ok(s.clone()),
        other => Err(mismatch(Kind::List, &format!("{} in it", found(other)))),
    };
    items.iter().map(text).collect::<Result<_, _>>().map(Value::List)
}

fn table(entries: &toml::Table) -> Result<Value, Mismatch> {
    let text = |(name, value): (&String, &toml::Value)| match value {
        toml::Value::String(s) => Ok((name.clone(), s.clone())),
        other => Err(Mismatch { entry: Some(name.clone()), ..mismatch(Kind::Text, &found(other)) }),
    };
    entries.iter().map(text).collect::<Result<_, _>>().map(Value::Table)
}

fn mismatch(kind: Kind, found: &str) -> Mismatch {
    Mismatch { entry: None, problem: format!("expected {}, found {found}", kind.expected()) }
}

/// A TOML value in an error text: small ones as written, large ones by their kind.
pub fn found(value: &toml::Value) -> String {
    match value {
        toml::Value::String(s) => format!("\"{}\"", short(s)),
        toml::Value::Integer(n) => n.to_string(),
        toml::Value::Float(n) => n.to_string(),
        toml::Value::Boolean(b) => b.to_string(),
        toml::Value::Datetime(_) => "a date".to_string(),
        toml::Value::Array(_) => "a list".to_string(),
        toml::Value::Table(_) => "a table".to_string(),
    }
}

/// The first 60 characters on one line: error texts stay one line.
pub fn short(text: &str) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let cut: String = text.chars().take(60).map(clean).collect();
    if text.chars().count() > 60 { format!("{cut}…") } else { cut }
}

#[cfg(test)]
mod tests {
    use super::super::keys::{Fallback, KEYS};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_default_of_the_table_is_a_value_of_its_kind() {
        for key in KEYS {
            if let Fallback::Value(text) = key.default {
                assert!(key.kind.from_text(text).is_ok(), "{}", key.name());
            }
        }
    }

    #[test]
    fn texts_become_values() {
        let list = |items: &[&str]| Ok(Value::List(items.iter().map(|s| s.to_string()).collect()));
        assert_eq!(Kind::List.from_text(" a, b,,"), list(&["a", "b"]));
        assert_eq!(Kind::List.from_text("[\"a, b\"]"), list(&["a, b"]));
        assert_eq!(Kind::Number.from_text("2"), Ok(Value::Number(2.0)));
        assert_eq!(Kind::Bool.from_text("true"), Ok(Value::Bool(true)));
        assert_eq!(
            Kind::Table.from_text("{ a = \"b\" }"),
            Ok(Value::Table([("a".into(), "b".into())].into()))
        );
        for (kind, bad) in
            [(Kind::Int(0, 9), "10"), (Kind::Number, "nan"), (Kind::Number, "-1"), (Kind::Bool, "1")]
        {
            assert!(kind.from_text(bad).is_err(), "{bad}");
        }
        assert!(Kind::List.from_text("[1]\ny = 2").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_answered_on_one_line(text in "\\PC{0,80}|[\\[\\{\"=,\n a-c]{0,20}") {
            for kind in [Kind::Text, Kind::Word(&["a"]), Kind::Int(1, 3), Kind::Number, Kind::Bool, Kind::List, Kind::Table] {
                if let Err(wrong) = kind.from_text(&text) {
                    prop_assert!(!wrong.problem.contains('\n'), "{}", wrong.problem);
                }
            }
        }
    }
}
