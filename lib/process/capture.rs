//! What is kept of a program's output: the first bytes and the last ones, however much lies between. A
//! compiler's first error and a test runner's last line both survive, and memory stays bounded.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Output of a program, with its middle left out if it was long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// The first bytes, at most as many as the call asked to keep.
    pub head: Vec<u8>,
    /// The last bytes after the head, at most as many as the call asked to keep.
    pub tail: Vec<u8>,
    /// How many bytes between the two were thrown away.
    pub dropped: u64,
}

impl Captured {
    /// The output as text: what is no UTF-8 becomes U+FFFD, and a line of its own stands for what was dropped.
    pub fn text(&self) -> String {
        if self.dropped == 0 {
            // Joined before decoding, so that a character across the seam stays whole.
            return String::from_utf8_lossy(&[self.head.as_slice(), &self.tail].concat()).into_owned();
        }
        let (head, tail) = (String::from_utf8_lossy(&self.head), String::from_utf8_lossy(&self.tail));
        format!("{head}\n[{} bytes left out]\n{tail}", self.dropped)
    }

    /// As [`Captured::text`], but never longer than `limit` bytes: decoding binary output can triple it.
    pub fn text_within(&self, limit: usize) -> String {
        const GAP: &str = "\n[left out]\n";
        let text = self.text();
        if text.len() <= limit {
            return text;
        }
        let half = limit.saturating_sub(GAP.len()) / 2;
        let (mut front, mut back) = (half, text.len() - half);
        while !text.is_char_boundary(front) {
            front -= 1;
        }
        while !text.is_char_boundary(back) {
            back += 1;
        }
        format!("{}{GAP}{}", &text[..front], &text[back..])
    }
}

/// Takes in output of any length and keeps its two ends.
#[derive(Debug)]
pub(super) struct Keeper {
    keep: usize,
    head: Vec<u8>,
    tail: VecDeque<u8>,
    dropped: u64,
}

impl Keeper {
    /// Keeps at most `keep` bytes of each end.
    pub(super) fn new(keep: usize) -> Keeper {
        Keeper { keep, head: Vec::new(), tail: VecDeque::new(), dropped: 0 }
    }

    /// Takes in the next bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let room = self.keep - self.head.len();
        let (first, rest) = bytes.split_at(room.min(bytes.len()));
        self.head.extend_from_slice(first);
        let skipped = rest.len().saturating_sub(self.keep);
        let last = &rest[skipped..];
        let over = (self.tail.len() + last.len()).saturating_sub(self.keep);
        self.tail.drain(..over);
        self.tail.extend(last);
        self.dropped += (skipped + over) as u64;
    }

    /// What was kept.
    pub(super) fn finish(self) -> Captured {
        Captured { head: self.head, tail: self.tail.into(), dropped: self.dropped }
    }
}

/// A file that takes output up to a number of bytes; what comes after is not written.
#[derive(Debug)]
pub(super) struct Spool {
    file: File,
    room: u64,
    error: Option<io::Error>,
}

impl Spool {
    /// Opens `path` for appending, creating it for our eyes only.
    pub(super) fn open(path: &Path, cap: u64) -> io::Result<Spool> {
        crate::effect::on("output: before its file is opened", path);
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        Ok(Spool { file, room: cap, error: None })
    }

    /// Writes what still fits. A failure (a full disk) ends the writing, not the program that is running.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let fits = usize::try_from(self.room).unwrap_or(usize::MAX).min(bytes.len());
        if fits == 0 || self.error.is_some() {
            return;
        }
        self.room -= fits as u64;
        self.error = self.file.write_all(&bytes[..fits]).err();
        crate::effect::at("output: some written");
    }

    /// Why writing stopped early, if it did.
    pub(super) fn finish(self) -> Option<io::Error> {
        self.error
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_ends_are_kept_and_the_rest_is_counted(
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..12),
            keep in 0usize..50,
        ) {
            let all = chunks.concat();
            let mut keeper = Keeper::new(keep);
            chunks.iter().for_each(|c| keeper.push(c));
            let kept = keeper.finish();
            prop_assert!(kept.head.len() <= keep && kept.tail.len() <= keep);
            prop_assert_eq!(kept.head.len() + kept.tail.len() + kept.dropped as usize, all.len());
            prop_assert!(all.starts_with(&kept.head) && all.ends_with(&kept.tail));
            prop_assert!(kept.dropped == 0 || (kept.head.len() == keep && kept.tail.len() == keep));
        }

        #[test]
        fn text_stays_within_its_limit(bytes in prop::collection::vec(any::<u8>(), 0..400), limit in 20usize..300) {
            let kept = Captured { head: bytes, tail: b"end".to_vec(), dropped: 7 };
            prop_assert!(kept.text_within(limit).len() <= limit);
        }
    }

    #[test]
    fn a_character_across_the_seam_stays_whole() {
        let mut keeper = Keeper::new(3);
        keeper.push("aé€".as_bytes());
        assert_eq!(keeper.finish().text(), "aé€");
    }

    #[test]
    fn text_says_how_much_is_missing() {
        let mut keeper = Keeper::new(2);
        keeper.push(b"abcdefg");
        assert_eq!(keeper.finish().text(), "ab\n[3 bytes left out]\nfg");
    }

    #[test]
    fn a_spool_stops_at_its_cap_and_appends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, "header\n").unwrap();
        let mut spool = Spool::open(&path, 5).unwrap();
        spool.push(b"abc");
        spool.push(b"defg");
        spool.push(b"h");
        assert!(spool.finish().is_none());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "header\nabcde");
    }
}
