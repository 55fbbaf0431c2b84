//! `drover backup`: the projects and their state as one tar archive, consistent while ticks run. What makes up a moment, records,
//! messages, the local forge, where the branches are, is read under the locks that whoever changes it takes; git's objects
//! never change and follow without them.

use super::args::Common;
use super::exit::{Exit, Failure};
use super::{out, setup};
use crate::config::{Project, Root};
use crate::effect;
use crate::machine::WallClock;
use crate::store::disk::Disk;
use crate::store::lock::FileLocks;
use crate::store::{Paths, Store};
use crate::world::{Files, Held, LockName, take};
use anyhow::{Context, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use tar::{Builder, EntryType, Header};

/// Arguments of `drover backup`.
#[derive(Clone, Debug, clap::Args)]
pub struct BackupArgs {
    /// The archive to write (tar): it is there whole, or not at all
    file: PathBuf,
}

/// What of a project's folder is not part of it: locks, what is made anew, and git's, which follows by itself.
const LEFT_OUT: &[&str] = &["locks", "checkouts", "logs", "repo.git", "repo.new"];

type Archive = Builder<BufWriter<File>>;

/// Writes the archive of all projects of the root, or of the one that is named. What a project's configuration says does not matter: a
/// mistake in one is no reason to have no backup of the others.
///
/// # Errors
/// Where a lock is not to be had, or something cannot be read or written.
pub fn run(args: &BackupArgs, common: &Common) -> Result<Exit> {
    let root = setup::root(common)?;
    let only = common.project.is_some().then(|| setup::project(common)).transpose()?;
    if args.file.exists() {
        return Err(there(&args.file));
    }
    let folder = args.file.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // What others left half-written here who are gone.
    drop(Disk.sweep(folder, &|_| false));
    let half = half_of(&args.file);
    let names =
        write(&half, &root, only.as_ref()).and_then(|names| in_place(&half, &args.file).map(|()| names));
    let names = names.map_err(|e| {
        drop(fs::remove_file(&half));
        e.context(format!("writing {}", args.file.display()))
    })?;
    File::open(folder)?.sync_all()?;
    out::say(&format!("{} holds {}", args.file.display(), names.join(", ")));
    Ok(Exit::Done)
}

fn there(file: &Path) -> anyhow::Error {
    let hint = "name another, such as one with the date in it, or remove it first";
    Failure::new(Exit::Usage, format!("{} is there already", file.display()), hint).into()
}

/// Beside its place, and nobody else's: two may be made at once. Named as all that we have not finished.
fn half_of(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!(".new-{name}-0-{}", std::process::id()))
}

/// Where another has come to be there meanwhile, that one stays.
fn in_place(half: &Path, file: &Path) -> Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    effect::on("backup: before it is in place", file);
    match renameat_with(CWD, half, CWD, file, RenameFlags::NOREPLACE) {
        Err(rustix::io::Errno::EXIST) => return Err(there(file)),
        // Not every file system can do that.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => fs::rename(half, file)?,
        other => other?,
    }
    effect::on("backup: in place", file);
    Ok(())
}

/// Gives the names of the projects in it.
fn write(half: &Path, root: &Root, only: Option<&Project>) -> Result<Vec<String>> {
    effect::on("backup: before it is begun", half);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(half)?;
    let mut tar = Builder::new(BufWriter::new(file));
    tar.follow_symlinks(false);
    let tomls = only.map_or_else(|| root.list(), |p| vec![p.file.clone()]);
    for file in tomls {
        let name = format!("projects/{}", file.file_name().unwrap_or_default().to_string_lossy());
        append(&mut tar, &name, &fs::read(&file)?)?;
    }
    let mut names = only.map_or_else(|| projects(&root.state), |p| Ok(vec![p.name.clone()]))?;
    names.retain(|name| root.state.join(name).is_dir());
    for name in &names {
        one(&mut tar, &Paths::new(&root.state, name)).with_context(|| format!("project {name}"))?;
    }
    for name in [".drover", ".dev-active"] {
        if let Ok(bytes) = fs::read(root.state.join(name)) {
            append(&mut tar, &format!("state/{name}"), &bytes)?;
        }
    }
    let mut file = tar.into_inner()?;
    file.flush()?;
    effect::on("backup: before it is made durable", half);
    file.get_ref().sync_all()?;
    Ok(names)
}

/// The projects that have state: its folders, but for ours.
fn projects(state: &Path) -> Result<Vec<String>> {
    Ok(names(state)?.into_iter().filter(|name| !name.starts_with('.') && name != "bin").collect())
}

fn one(tar: &mut Archive, paths: &Paths) -> Result<()> {
    let folder = paths.project();
    let prefix = format!("state/{}", folder.file_name().unwrap_or_default().to_string_lossy());
    let bare = paths.repo();
    let held = locks(paths)?;
    for name in names(folder)?.iter().filter(|name| !LEFT_OUT.contains(&name.as_str())) {
        tree(tar, &folder.join(name), &format!("{prefix}/{name}"))?;
    }
    let refs = if bare.join("HEAD").exists() { Some(refs(&bare)?) } else { None };
    drop(held);
    // From here on only what never changes: an object that is there stays, and those that come are no matter of this moment.
    if let Some(refs) = refs {
        for name in ["HEAD", "config"] {
            append(tar, &format!("{prefix}/repo.git/{name}"), &fs::read(bare.join(name))?)?;
        }
        append(tar, &format!("{prefix}/repo.git/packed-refs"), refs.as_bytes())?;
        folder_entry(tar, &format!("{prefix}/repo.git/refs"))?;
        objects(tar, &bare.join("objects"), &format!("{prefix}/repo.git/objects"))?;
    }
    Ok(())
}

/// All that whoever changes records, messages, branches or the local forge takes, in the order of the design.
fn locks(paths: &Paths) -> Result<Vec<Held>> {
    let (locks, clock) = (FileLocks::of(paths), WallClock::from_env());
    let mut held = vec![take(&locks, &clock, &LockName::Tick, 60)?];
    let store = Store { files: Rc::new(Disk), paths: paths.clone() };
    for issue in store.run_issues()? {
        held.push(take(&locks, &clock, &LockName::Run(issue), 30)?);
    }
    for lock in [LockName::Start, LockName::Landing, LockName::Repo, LockName::Forge, LockName::Notices] {
        held.push(take(&locks, &clock, &lock, 60)?);
    }
    Ok(held)
}

/// Where all branches and our own refs are, as git keeps them packed.
fn refs(bare: &Path) -> Result<String> {
    let repo = git2::Repository::open_bare(bare)?;
    let mut lines: Vec<(String, String)> = Vec::new();
    for reference in repo.references()? {
        let reference = reference?;
        if let (Ok(name), Some(id)) = (reference.name(), reference.target()) {
            lines.push((name.to_string(), id.to_string()));
        }
    }
    lines.sort();
    Ok(lines.into_iter().map(|(name, id)| format!("{id} {name}\n")).collect())
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let read = fs::read_dir(folder).with_context(|| format!("listing {}", folder.display()))?;
    let mut names: Vec<String> = Vec::new();
    for entry in read {
        names.extend(entry?.file_name().into_string());
    }
    names.sort();
    // Half a file of a writer that was cut off, or is at it.
    Ok(names.into_iter().filter(|n| !n.starts_with(".new-")).collect())
}

/// A file, or a folder with all below it. Links, pipes and what goes away meanwhile are left out: a session may write in its folder.
fn tree(tar: &mut Archive, path: &Path, name: &str) -> Result<()> {
    let Ok(meta) = fs::symlink_metadata(path) else { return Ok(()) };
    if meta.is_dir() {
        folder_entry(tar, name)?;
        for entry in names(path)? {
            tree(tar, &path.join(&entry), &format!("{name}/{entry}"))?;
        }
    } else if meta.is_file()
        && let Ok(bytes) = fs::read(path)
    {
        append(tar, name, &bytes)?;
    }
    Ok(())
}

/// git's objects, read as they are written: packs may be larger than memory. Those that are just being received are nobody's yet.
fn objects(tar: &mut Archive, folder: &Path, name: &str) -> Result<()> {
    folder_entry(tar, name)?;
    for entry in
        names(folder)?.iter().filter(|entry| !entry.starts_with("tmp_") && !entry.starts_with("incoming"))
    {
        let (path, name) = (folder.join(entry), format!("{name}/{entry}"));
        if path.is_dir() {
            objects(tar, &path, &name)?;
        } else {
            tar.append_path_with_name(&path, &name)?;
        }
    }
    Ok(())
}

fn append(tar: &mut Archive, name: &str, bytes: &[u8]) -> Result<()> {
    let mut header = header(0o600);
    header.set_size(bytes.len() as u64);
    Ok(tar.append_data(&mut header, name, bytes)?)
}

fn folder_entry(tar: &mut Archive, name: &str) -> Result<()> {
    let mut header = header(0o700);
    header.set_entry_type(EntryType::Directory);
    header.set_size(0);
    Ok(tar.append_data(&mut header, format!("{name}/"), std::io::empty())?)
}

fn header(mode: u32) -> Header {
    let mut header = Header::new_gnu();
    header.set_mode(mode);
    header.set_mtime(u64::try_from(chrono::Utc::now().timestamp()).unwrap_or(0));
    header
}
