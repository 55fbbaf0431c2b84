//! Passing notices on. Each is written before it is told and marked after, so that a tick that was cut off tells
//! it again rather than never; channels that know keys tell it once. Each channel has an order of its own: one that is
//! out of reach keeps nothing back from the others.

use super::effects::redacted;
use super::guard;
use crate::domain::ids::IssueNo;
use crate::domain::notice::{NoticeKind, Telling};
use crate::domain::phase::Phase;
use crate::domain::text::plain_line;
use crate::domain::time::DAY;
use crate::store::state::Notice;
use crate::twin::{self, Twin};
use crate::world::{LockName, People, Tidings, World};
use anyhow::Result;

/// Most characters of a title that are shown.
const TITLE: usize = 120;

/// Most words to one channel in one go: whoever tells them holds up a tick.
const MOST: usize = 200;

/// Seconds for which it is remembered what people were told, and for as long as a run waits for one of them.
const REMEMBERED: u64 = 30 * DAY;

/// Something that people are to be told.
pub(super) struct News<'a> {
    /// What makes it the same.
    pub key: &'a str,
    /// The issue that it is about.
    pub issue: Option<IssueNo>,
    /// Why they are told.
    pub kind: NoticeKind,
    /// The name of whom it is for, where it is not for whoever is asked first.
    pub to: Option<&'a str>,
    /// Its place among those of its run.
    pub order: u32,
    /// One line.
    pub text: &'a str,
}

/// Writes a notice down, to be told by the next tick, unless there is one with this key.
pub(super) fn note(world: &World, news: &News<'_>) -> Result<()> {
    let path = world.store.notice_path(news.key);
    if world.store.files.read(&path)?.is_some() {
        return Ok(());
    }
    let notice = Notice {
        key: news.key.into(),
        issue: news.issue,
        kind: if twin::is(Twin::AllUrgent) { NoticeKind::Trouble } else { news.kind },
        to: news.to.map(String::from),
        order: news.order,
        text: redacted(world, news.text),
        at: world.clock.now(),
        through: Default::default(),
        told: None,
    };
    guard::publish(world, "a notice", &notice.text)?;
    world.store.write_json(&path, &notice)
}

/// The same of something that is of no run and in the way.
pub(super) fn trouble(world: &World, key: &str, text: &str) -> Result<()> {
    note(world, &News { key, issue: None, kind: NoticeKind::Trouble, to: None, order: 0, text })
}

/// Tells people something of somebody's own; false if it waits until they can be told.
pub fn say(world: &World, issue: Option<IssueNo>, urgent: bool, text: &str) -> Result<bool> {
    let key = format!("word:{}", world.dice.nonce());
    let kind = if urgent { NoticeKind::Trouble } else { NoticeKind::Word };
    let about = issue.map(|issue| format!(" #{issue}")).unwrap_or_default();
    let text = format!("{}{about}: {text}", world.project.name);
    note(world, &News { key: &key, issue, kind, to: None, order: 0, text: &text })?;
    flush(world)?;
    let said: Option<Notice> = world.store.read_json(&world.store.notice_path(&key))?;
    Ok(said.is_some_and(|notice| notice.told.is_some()))
}

/// Tells what nobody was told yet, where that need not wait for a tick. What fails is tried again by the next one.
pub fn at_once(world: &World) {
    drop(pass_on(world, |channel| channel.is_prompt()));
}

/// Tells every notice that nobody was told yet; gives how many.
pub fn flush(world: &World) -> Result<usize> {
    pass_on(world, |_| true)
}

fn pass_on(world: &World, is_meant: impl Fn(&dyn People) -> bool) -> Result<usize> {
    let channels: Vec<&dyn People> = world.people.iter().map(Box::as_ref).filter(|c| is_meant(*c)).collect();
    if channels.is_empty() {
        return Ok(0);
    }
    // Two ticks at once would tell it twice; whoever has the lock tells all there is.
    let Some(_held) = world.locks.try_take(&LockName::Notices)? else { return Ok(0) };
    let mut told = 0;
    let mut notices = waiting(world)?;
    for channel in channels {
        let name = channel.channel().as_str();
        let mut room = MOST;
        for notice in notices.iter_mut().filter(|n| n.told.is_none() && !n.through.contains(name)) {
            match tell(world, channel, notice)? {
                Told::Yes => (told, room) = (told + usize::from(notice.told.is_some()), room - 1),
                // What waits for the morning takes no room from what does not.
                Told::NotNow => {}
                Told::Unreachable => break,
            }
            if room == 0 {
                break;
            }
        }
    }
    Ok(told)
}

/// What nobody was told yet. What was told long ago is forgotten.
fn waiting(world: &World) -> Result<Vec<Notice>> {
    let now = world.clock.now();
    let (told, waiting): (Vec<Notice>, Vec<Notice>) =
        world.store.notices()?.into_iter().partition(|n| n.told.is_some());
    for old in told.iter().filter(|n| n.told.is_some_and(|at| now.since(at) > REMEMBERED)) {
        if !is_waited_for(world, old) {
            world.store.files.remove(&world.store.notice_path(&old.key))?;
        }
    }
    Ok(waiting)
}

/// Whether a run waits for whom that told. One that cannot be read may.
fn is_waited_for(world: &World, notice: &Notice) -> bool {
    let Some(issue) = notice.issue else { return false };
    match world.store.run(issue) {
        Ok(run) => run.is_some_and(|run| matches!(run.phase, Phase::Escalated | Phase::Blocked)),
        Err(_) => true,
    }
}

enum Told {
    Yes,
    NotNow,
    Unreachable,
}

fn tell(world: &World, channel: &dyn People, notice: &mut Notice) -> Result<Told> {
    if twin::is(Twin::Mute) {
        return Ok(Told::NotNow);
    }
    match world.project.people.wanted.telling(notice.kind, world.clock.minute_of_day()) {
        Telling::Later => return Ok(Told::NotNow),
        Telling::Never => {}
        Telling::Now if !channel.tell(&tidings(world, notice))? => return Ok(Told::Unreachable),
        Telling::Now => {}
    }
    if twin::is(Twin::NoticeAgain) {
        return Ok(Told::NotNow);
    }
    notice.through.insert(channel.channel().as_str().into());
    if world.people.iter().all(|c| notice.through.contains(c.channel().as_str())) {
        notice.through.clear();
        notice.told = Some(world.clock.now());
    }
    world.store.write_json(&world.store.notice_path(&notice.key), notice)?;
    Ok(Told::Yes)
}

fn tidings(world: &World, notice: &Notice) -> Tidings {
    // Without its title it is told all the same.
    let run = notice.issue.and_then(|issue| world.store.run(issue).ok().flatten());
    let title = run.as_ref().map(|run| redacted(world, &plain_line(&run.title, TITLE))).unwrap_or_default();
    let about = notice.issue.map(|issue| (issue, title));
    let issue = notice.issue.and_then(|issue| world.forge.page(issue.0, false));
    let pull = run.and_then(|run| run.pull).and_then(|pull| world.forge.page(pull.0, true));
    Tidings {
        key: notice.key.clone(),
        about,
        kind: notice.kind,
        to: notice.to.clone().or_else(|| world.project.people.ladder.first().cloned()),
        text: notice.text.clone(),
        // Whoever writes a password into the address of their forge does not want it told.
        links: issue.into_iter().chain(pull).map(|link| redacted(world, &link)).collect(),
        at: notice.at,
    }
}
