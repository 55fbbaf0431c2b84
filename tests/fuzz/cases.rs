//! How texts are made: any bytes at all, texts of the corpus with damage done to them, and rows of the words that
//! a reader knows.

use crate::worst::seeds;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// Words that trouble readers of any kind.
const NASTY: &[&str] = &[
    "\0",
    "\u{feff}",
    "\r\n",
    "\r",
    "\u{2028}",
    "\u{202e}",
    "\u{1b}[",
    "é",
    "\u{1f600}",
    "\\ud800",
    "\\u0000",
    "18446744073709551616",
    "-9223372036854775809",
    "1e999",
    "5e-324",
    "-0",
    "null",
    "{}",
    "[]",
    "{\"",
    "[[[[[[[[",
    "]]]]",
    "\"",
    "'",
    "\\",
    "`",
    "#",
    "\n\n",
    " ",
    "\t",
];

/// Damage to a text.
#[derive(Clone, Debug)]
enum Damage {
    Byte(Index, u8),
    Cut(Index, Index),
    Twice(Index, Index),
    Word(Index, Index),
    /// The rest is that of another text.
    Splice(Index, Index, Index),
    End(Index),
}

/// Texts for one reader.
pub fn texts(target: &str) -> BoxedStrategy<Vec<u8>> {
    let seeds: Vec<Vec<u8>> = seeds(target).into_iter().map(|s| s.bytes).filter(|b| b.len() < 5000).collect();
    let words = words(&seeds);
    let bytes = vec(any_byte(), 0..400);
    let (known, all) = (words.clone(), seeds);
    let row = vec(any::<Index>(), 0..60)
        .prop_map(move |row| row.iter().flat_map(|at| known[at.index(known.len())].clone()).collect());
    let damaged = (any::<Index>(), vec(damage(), 0..6)).prop_map(move |(at, damage)| {
        let mut text = all[at.index(all.len())].clone();
        damage.iter().for_each(|d| d.apply(&mut text, &all, &words));
        text
    });
    prop_oneof![1 => bytes, 2 => row, 4 => damaged].boxed()
}

/// Mostly what stands in texts.
fn any_byte() -> impl Strategy<Value = u8> {
    prop_oneof![6 => 0x20u8..0x7f, 1 => Just(b'\n'), 1 => any::<u8>()]
}

/// The words and the signs of the texts, and the nasty ones.
fn words(texts: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let part_of_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_' || *b >= 0x80;
    let mut words: Vec<Vec<u8>> = NASTY.iter().map(|w| w.as_bytes().to_vec()).collect();
    for text in texts {
        words.extend(text.chunk_by(|a, b| part_of_word(a) == part_of_word(b)).map(<[u8]>::to_vec));
    }
    words.sort();
    words.dedup();
    words
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<Index>;
    prop_oneof![
        (at(), any_byte()).prop_map(|(a, byte)| Damage::Byte(a, byte)),
        (at(), at()).prop_map(|(a, b)| Damage::Cut(a, b)),
        (at(), at()).prop_map(|(a, b)| Damage::Twice(a, b)),
        (at(), at()).prop_map(|(a, word)| Damage::Word(a, word)),
        (at(), at(), at()).prop_map(|(a, other, b)| Damage::Splice(a, other, b)),
        at().prop_map(Damage::End),
    ]
}

impl Damage {
    fn apply(&self, text: &mut Vec<u8>, all: &[Vec<u8>], words: &[Vec<u8>]) {
        let place = |at: &Index, text: &[u8]| at.index(text.len() + 1);
        let range = |a: &Index, b: &Index, text: &[u8]| {
            let (a, b) = (place(a, text), place(b, text));
            a.min(b)..a.max(b)
        };
        match self {
            Damage::Byte(at, byte) if !text.is_empty() => {
                let at = at.index(text.len());
                text[at] = *byte;
            }
            Damage::Byte(_, byte) => text.push(*byte),
            Damage::Cut(a, b) => drop(text.drain(range(a, b, text))),
            Damage::Twice(a, b) => {
                let range = range(a, b, text);
                let again = text[range.clone()].to_vec();
                text.splice(range.end..range.end, again);
            }
            Damage::Word(at, word) => {
                let at = place(at, text);
                text.splice(at..at, words[word.index(words.len())].iter().copied());
            }
            Damage::Splice(at, other, from) => {
                let other = &all[other.index(all.len())];
                text.truncate(place(at, text));
                text.extend_from_slice(&other[place(from, other)..]);
            }
            Damage::End(at) => text.truncate(place(at, text)),
        }
    }
}
