//! Listening to an agent in its own interface: to what its hooks have written, and to its own record of the conversation,
//! line by line as they grow.

use crate::domain::agent::Kind;
use crate::domain::agent::hooks::{Event, Line};
use crate::domain::agent::moment::{Doing, Moment, Watched};
use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// More than this is not read at once, and a longer line not at all: records hold whole requests.
const PIECE: u64 = 16 << 20;

/// What was heard at one look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// How many texts were taken in: with each a turn begins.
    pub prompts: u32,
    /// A message of ours was among what was taken in.
    pub took_ours: bool,
}

/// Listens to one start of an agent.
pub struct Ear {
    kind: Kind,
    spawn: u32,
    since: i64,
    hooks: Tail,
    record: Option<Tail>,
    /// What is known of the agent.
    pub watched: Watched,
}

impl Ear {
    /// Begins to listen; what stands in the file already is of earlier starts, or of this one before a reboot.
    pub fn new(kind: Kind, spawn: u32, hooks: PathBuf) -> Ear {
        let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let since = i64::try_from(since.as_millis()).unwrap_or(0);
        Ear { kind, spawn, since, hooks: Tail::at_the_end(hooks), record: None, watched: Watched::default() }
    }

    /// Takes in what has been written since the last look.
    pub fn listen(&mut self) -> News {
        let mut news = News::default();
        for line in self.hooks.lines() {
            let Ok(line) = serde_json::from_str::<Line>(&line) else { continue };
            if line.spawn == self.spawn {
                news.prompts += u32::from(line.event == Event::UserPromptSubmit);
                news.took_ours |= !line.nonces.is_empty();
                self.watched.hook(&line);
            }
        }
        let told = self.watched.transcript.as_deref().map(Path::new);
        if let Some(path) = told.filter(|path| self.record.as_ref().is_none_or(|r| r.path != *path)) {
            self.record = Some(Tail::new(path.to_path_buf()));
        }
        for line in self.record.as_mut().map(Tail::lines).unwrap_or_default() {
            self.watched.line(self.kind, &line, self.since);
        }
        news
    }

    /// Whether the agent has come to the end of what it was given.
    pub fn is_at_rest(moment: &Moment) -> bool {
        matches!(moment.doing, Doing::AtPrompt | Doing::Failed(_))
    }
}

/// A file that grows, and how far it was read.
struct Tail {
    path: PathBuf,
    read: u64,
}

impl Tail {
    fn new(path: PathBuf) -> Tail {
        Tail { path, read: 0 }
    }

    /// Of what is added from now on.
    fn at_the_end(path: PathBuf) -> Tail {
        let read = std::fs::metadata(&path).map_or(0, |meta| meta.len());
        Tail { path, read }
    }

    /// The whole lines that were added. A file that cannot be read, or is none, has none; one that has become shorter is
    /// another one, read from its beginning.
    fn lines(&mut self) -> Vec<String> {
        self.more().unwrap_or_default()
    }

    fn more(&mut self) -> std::io::Result<Vec<String>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let mut file = File::from(rustix::fs::open(&self.path, flags, Mode::empty())?);
        let meta = file.metadata()?;
        if !meta.is_file() || meta.len() == self.read {
            return Ok(vec![]);
        }
        if meta.len() < self.read {
            self.read = 0;
        }
        file.seek(SeekFrom::Start(self.read))?;
        let mut bytes = Vec::new();
        file.take(PIECE).read_to_end(&mut bytes)?;
        let Some(end) = bytes.iter().rposition(|b| *b == b'\n') else {
            // A line that does not end within a piece is passed over as far as it was read.
            self.read += if bytes.len() as u64 == PIECE { PIECE } else { 0 };
            return Ok(vec![]);
        };
        self.read += end as u64 + 1;
        Ok(String::from_utf8_lossy(&bytes[..end]).lines().map(String::from).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write;

    fn append(path: &Path, text: &str) {
        fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
    }

    #[test]
    fn whole_lines_are_read_once_and_half_a_line_when_it_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        let mut tail = Tail::new(path.clone());
        assert!(tail.lines().is_empty());
        append(&path, "one\ntw");
        assert_eq!(tail.lines(), ["one"]);
        append(&path, "o\n\u{fffd}three\n");
        assert_eq!(tail.lines(), ["two", "\u{fffd}three"]);
        assert!(tail.lines().is_empty());
        fs::write(&path, "new\n").unwrap();
        assert_eq!(tail.lines(), ["new"], "another file");
    }

    #[test]
    fn links_and_pipes_are_not_followed_and_nobody_waits_for_them() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("f"), "x\n").unwrap();
        std::os::unix::fs::symlink(at("f"), at("link")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, at("pipe"), Mode::RUSR | Mode::WUSR).unwrap();
        for name in ["link", "pipe", "."] {
            assert!(Tail::new(at(name)).lines().is_empty(), "{name}");
        }
    }

    #[test]
    fn an_agent_is_heard_by_its_hooks_and_by_the_record_that_they_name() {
        let dir = tempfile::tempdir().unwrap();
        let (hooks, record) = (dir.path().join("hooks.jsonl"), dir.path().join("record.jsonl"));
        append(&hooks, "{\"at\":1,\"spawn\":2,\"event\":\"Stop\"}\n");
        let mut ear = Ear::new(Kind::Claude, 2, hooks.clone());
        assert_eq!((ear.listen(), ear.watched.moment()), (News::default(), None), "before a reboot");
        let now = ear.since + 1;
        let tell = |spawn: u32, event: Event, nonces: &[&str]| {
            let nonces = nonces.iter().map(|n| n.to_string()).collect();
            let transcript = Some(record.display().to_string());
            let line = Line { nonces, transcript, ..Line::new(now, spawn, event) };
            append(&hooks, &format!("{}\n", serde_json::to_string(&line).unwrap()));
        };
        tell(1, Event::Stop, &[]);
        assert_eq!((ear.listen(), ear.watched.moment()), (News::default(), None), "an earlier start");
        tell(2, Event::UserPromptSubmit, &["a9"]);
        assert_eq!(ear.listen(), News { prompts: 1, took_ours: true });
        assert!(!Ear::is_at_rest(ear.watched.moment().unwrap()));
        let ends = chrono::DateTime::from_timestamp_millis(now + 5).unwrap().to_rfc3339();
        append(
            &record,
            &format!("{{\"timestamp\":\"{ends}\",\"type\":\"system\",\"subtype\":\"turn_duration\"}}\n"),
        );
        assert_eq!(ear.listen(), News::default());
        assert!(Ear::is_at_rest(ear.watched.moment().unwrap()));
    }
}
