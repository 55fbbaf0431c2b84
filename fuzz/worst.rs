//! Texts made to be slow to read: one part repeated over and over, alone and as a field of a record that is
//! otherwise good, and records with very many entries. For `tests/fuzz/` and the bench.

use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One text and what it is made of.
pub struct Case {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Parts of which many in a row have been trouble for some reader of text somewhere.
const PARTS: &[&str] = &[
    "a",
    " ",
    "\t",
    "\n",
    "\r",
    "\r\n",
    "\0",
    "é",
    "\u{feff}",
    "\u{202e}",
    "x\u{2028}",
    "#",
    "# ",
    "#1",
    "#1, ",
    "#1 and ",
    "#99999999999999999999 ",
    "- ",
    "- [ ] ",
    "- [ ] #1\n",
    "* \n",
    "> ",
    "> - ",
    "> > ",
    "1. ",
    "    - a\n",
    "a:\n",
    "`",
    "``",
    "```\n",
    "```` \n```\n",
    "~~~\n",
    "<!--",
    "<!-- -->",
    "-->",
    "<!",
    "&",
    "\\",
    "(",
    "](",
    "[#5](",
    "**",
    "_",
    "*_",
    "=",
    "===\n",
    "---\n",
    "a\n---\n",
    "|",
    "Depends on ",
    "depends on #5, ",
    "depends on #5 (",
    "depends\n",
    "depends on: ",
    "blocked by ",
    "- blocked by #5, ",
    "not ",
    "no longer blocked by #1 ",
    "was blocked by #1 and ",
    "n't ",
    "## Dependencies\n- #5\n",
    "## Dependencies ",
    "- Depends on:\n",
    "Related:\n",
    "see also ",
    "**Dependencies** ",
    "fixes ",
    "fixes #",
    "closes #1 ",
    "fix_",
    "\u{1b}[",
    "\u{1b}]",
    "\u{1b}]0;",
    "\u{1b}",
    "\u{9b}1;",
    "\u{90}",
    "1%\r",
    "error",
    "error: ",
    "Error: x\n",
    "a.b.Error ",
    "FAILED ",
    "x.c:1:",
    "  1:2  ",
    "make: *** ",
    "no errors ",
    "sh: ",
    "PHASE:",
    "PHASE:failed\n",
    "Reason:",
    "Reason: \n",
    "password",
    "password=",
    "password=\"",
    "password='",
    "token: \"",
    "token=x&",
    "a_token.",
    "api-key ",
    "secret = '",
    "authorization: ",
    "authorization: bearer ",
    "bearer ",
    "curl ",
    "curl -u ",
    "curl -u a:",
    "curl --user ",
    "://",
    "a://",
    "https://a:",
    "https://a:b",
    "://aaaaaaaaaaaaaaaaaaaaaaaa",
    "@",
    "a:@",
    "eyJaaaaaaaaaaaa.",
    "-----BEGIN PRIVATE KEY-----\n",
    "-----BEGIN ",
    "-----BEGIN A PRIVATE KEY-----a-----END ",
    "ghp_",
    "xoxb-1",
    "xoxb-1.",
    "xapp-1-A-1",
    "syt_a_",
    "syt_",
    "sk-",
    "sk-ant-a",
    "gitea_token",
    "forgejo.",
    "glpat-",
    "SK",
    "AKIA",
    "hf_",
    ".atlasv1.",
    "Q~",
    "0Q~",
    "dp.pt.",
    "12345678:AA",
    "aaaaaaaa",
    "hunter2/hunter2",
    "hunter2/",
    "%2F",
    "[redacted]",
    "[",
    "]",
    "{",
    "{\"",
    "\"",
    "\"\",",
    "[[",
    "{\"a\":",
    "[1,",
    "0",
    "1e9",
    "-",
    "1.",
    "\\u0000",
    "\\ud800",
    "\"\\",
    "a=1\n",
    "a.",
    "a.b=1\n",
    "\"a\".",
    "[a]\n",
    "[[a]]\n",
    "[a.",
    "'''",
    "\"\"\"",
    "a=[",
    "a={",
    "a={b=1},",
    "#\n",
    "a = \"\"\n",
    "+",
    "nan,",
    "1979-05-27 ",
];

/// Those that go into the fields of records: what a record's text is read with is met as text already.
const IN_FIELDS: &[&str] = &["\0", "é", "\""];

/// The time that our own thread has spent on a piece of work: what else the machine does makes it no longer.
pub fn effort(work: impl FnOnce()) -> Duration {
    let now = || rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let began = now();
    work();
    Duration::try_from(now() - began).unwrap_or_default()
}

/// Where the texts lie that each reader begins with.
pub fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target)
}

/// Those texts, with their names.
pub fn seeds(target: &str) -> Vec<Case> {
    let folder = corpus(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
    paths.sort();
    let name = |p: &Path| p.file_name().unwrap().to_string_lossy().into_owned();
    paths.iter().map(|p| Case { name: name(p), bytes: fs::read(p).unwrap() }).collect()
}

/// All cases for one reader, each of about `size` bytes. Another size gives the same cases in the same order.
pub fn worst(target: &str, size: usize) -> Vec<Case> {
    let mut all: Vec<Case> = PARTS.iter().map(|part| repeated(part, size)).collect();
    all.push(Case {
        name: "sections and items by turns".into(),
        bytes: numbered(size, |n| format!("## S{n}\n- #{n}\n")),
    });
    all.push(Case { name: "ever deeper items".into(), bytes: deeper(size) });
    all.push(Case {
        name: "many keys of TOML".into(),
        bytes: numbered(size, |n| format!("[people.p{n}]\nmatrix = \"x\"\n")),
    });
    all.push(Case {
        name: "many entries of TOML".into(),
        bytes: [b"[mirrors]\n".to_vec(), numbered(size, |n| format!("m{n} = \"u\"\n"))].concat(),
    });
    let mut known = BTreeSet::new();
    for seed in seeds(target) {
        let Some(object) = one_object(&seed.bytes) else { continue };
        // Most seeds are one record with something wrong: each set of fields once.
        if known.insert(object.keys().cloned().collect::<BTreeSet<_>>()) {
            all.extend(records(&seed.name, &object, size));
        }
    }
    all
}

fn repeated(part: &str, size: usize) -> Case {
    Case { name: format!("{part:?} repeated"), bytes: part.repeat(size / part.len() + 1).into_bytes() }
}

fn numbered(size: usize, line: impl Fn(usize) -> String) -> Vec<u8> {
    let mut text = String::new();
    for n in 0.. {
        if text.len() >= size {
            break;
        }
        text.push_str(&line(n));
    }
    text.into_bytes()
}

fn deeper(size: usize) -> Vec<u8> {
    // The sum of the indents is the size.
    let most = (2.0 * size as f64).sqrt() as usize;
    (0..most).flat_map(|n| format!("{}- Depends on:\n", " ".repeat(n)).into_bytes()).collect()
}

/// The object of a file that holds one, or of the first line that does.
fn one_object(bytes: &[u8]) -> Option<Map<String, Value>> {
    let line = || bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    serde_json::from_slice(bytes).or_else(|_| serde_json::from_slice(line())).ok()
}

fn records(seed: &str, object: &Map<String, Value>, size: usize) -> Vec<Case> {
    let mut all = Vec::new();
    let mut add = |what: String, change: &dyn Fn(&mut Map<String, Value>)| {
        let mut changed = object.clone();
        change(&mut changed);
        all.push(Case {
            name: format!("{seed}, {what}"),
            bytes: Value::Object(changed).to_string().into_bytes(),
        });
    };
    for (name, value) in object {
        match value {
            Value::String(_) => {
                for part in IN_FIELDS {
                    let text = part.repeat(size / part.len());
                    add(format!("{name} is {part:?} repeated"), &|o| {
                        drop(o.insert(name.clone(), text.as_str().into()))
                    });
                }
            }
            Value::Array(items) if !items.is_empty() => {
                let times = size / value.to_string().len() + 1;
                let many: Vec<Value> = (0..times).flat_map(|_| items.clone()).collect();
                add(format!("{name} many times over"), &|o| {
                    drop(o.insert(name.clone(), many.clone().into()))
                });
            }
            _ => {}
        }
    }
    add("many unknown fields".into(), &|o| o.extend((0..size / 12).map(|n| (format!("f{n}"), n.into()))));
    let flat: Vec<Value> = vec![Value::Array(Vec::new()); size / 3];
    add("a long list".into(), &|o| drop(o.insert("list".into(), flat.clone().into())));
    all
}
