use super::super::hooks::{Event, Line};
use super::*;

const AT_WORK: &str = "● The next step\n\n· Baking… (27s)\n────────────────────────\n❯\n────────────────────────\n  on · esc to interrupt";
const AT_PROMPT: &str = "● All done.\n────────────────────────\n❯ half a te\n────────────────────────\n  on";
const CHOICE: &str =
    " Do you want to proceed?\n ❯ 1. Yes\n   2. No\n────────────────────────\n Esc to cancel";

/// An agent that has told this at time 0, of a clock of its own that is far ahead of ours.
fn told(event: Event) -> Watched {
    let mut watched = Watched::default();
    watched.hook(&Line::new(1_000_000, 1, event));
    watched
}

/// What is known at this time, where the screen was looked at as it wanted to be.
fn after(watched: &Watched, screens: &[(i64, &str)], now: i64) -> (Doing, bool) {
    let mut sight = Sight::default();
    sight.look(watched, 0);
    for (at, screen) in screens {
        assert!(sight.wants_screen(watched, *at), "at {at}");
        sight.screen(Kind::Claude, screen, *at);
        sight.look(watched, *at);
    }
    sight.look(watched, now).map(|(moment, settled)| (moment.doing, settled)).unwrap()
}

#[test]
fn what_is_told_counts_once_it_has_settled() {
    let watched = told(Event::Stop);
    assert_eq!(after(&watched, &[], SETTLED - 1), (Doing::AtPrompt, false));
    assert_eq!(after(&watched, &[], SETTLED), (Doing::AtPrompt, true));
    assert_eq!(Sight::default().look(&Watched::default(), 5), None);
}

#[test]
fn one_that_was_interrupted_before_its_first_word_is_at_its_prompt() {
    let watched = told(Event::UserPromptSubmit);
    let screens = [(2000, AT_PROMPT), (4000, AT_PROMPT)];
    assert_eq!(after(&watched, &screens[..1], 4000).0, Doing::Working, "seen once");
    assert_eq!(after(&watched, &screens, 4000), (Doing::AtPrompt, true));
    let moves = [(2000, AT_WORK), (4000, AT_PROMPT), (6000, "● All\n────────────────────────\n  on")];
    assert_eq!(after(&watched, &moves, 6000).0, Doing::Working, "it moves");
}

#[test]
fn a_screen_that_shows_work_or_moves_is_at_work_however_long() {
    let watched = told(Event::PreToolUse);
    let screens: Vec<(i64, &str)> = (1..100).map(|n| (n * 2000, AT_WORK)).collect();
    assert_eq!(after(&watched, &screens, 200_000).0, Doing::Working);
}

#[test]
fn a_screen_that_shows_nothing_known_and_stands_still_is_a_persons_after_a_minute() {
    let watched = told(Event::UserPromptSubmit);
    for strange in [CHOICE, "something new"] {
        let until = |end: i64| (1..=end).map(|n| (n * 2000, strange)).collect::<Vec<_>>();
        assert_eq!(after(&watched, &until(30), 60_000).0, Doing::Working, "{strange}");
        assert!(matches!(after(&watched, &until(31), 62_000).0, Doing::AtDialog(_)), "{strange}");
    }
}

#[test]
fn what_was_told_long_after_the_beginning_has_to_settle_too() {
    let watched = told(Event::Stop);
    let mut sight = Sight::default();
    assert!(!sight.look(&watched, 10_000).unwrap().1);
    assert!(!sight.look(&watched, 10_000 + SETTLED - 1).unwrap().1);
    assert!(sight.look(&watched, 10_000 + SETTLED).unwrap().1);
}

#[test]
fn what_a_screen_says_stands_since_it_was_first_seen() {
    let watched = told(Event::UserPromptSubmit);
    let mut sight = Sight::default();
    sight.look(&watched, 0);
    let mut seen = vec![];
    for at in [2000, 4000, 6000, 8000] {
        sight.screen(Kind::Claude, AT_PROMPT, at);
        seen.push(sight.look(&watched, at).unwrap().0.at);
    }
    assert_eq!(seen[1..], [4000, 4000, 4000], "one moment, not a new one each time");
}

#[test]
fn its_next_word_counts_more_than_its_screen() {
    let mut watched = told(Event::UserPromptSubmit);
    let mut sight = Sight::default();
    sight.look(&watched, 0);
    for at in [2000, 4000] {
        sight.screen(Kind::Claude, AT_PROMPT, at);
    }
    assert_eq!(sight.look(&watched, 4000).unwrap().0.doing, Doing::AtPrompt);
    watched.hook(&Line::new(1_005_000, 1, Event::UserPromptSubmit));
    assert_eq!(sight.look(&watched, 5000).unwrap().0.doing, Doing::Working);
    assert!(!sight.wants_screen(&watched, 6000), "just heard of");
    sight.screen(Kind::Claude, AT_PROMPT, 7500);
    assert_eq!(sight.look(&watched, 7500).unwrap().0.doing, Doing::AtPrompt, "the same picture since");
}

#[test]
fn its_screen_is_looked_at_after_a_silence_and_every_two_seconds() {
    let watched = told(Event::UserPromptSubmit);
    let mut sight = Sight::default();
    sight.look(&watched, 10_000);
    let wants = |sight: &Sight, at| sight.wants_screen(&watched, at);
    assert_eq!((wants(&sight, 11_999), wants(&sight, 12_000)), (false, true));
    sight.screen(Kind::Claude, AT_WORK, 12_000);
    assert_eq!((wants(&sight, 13_999), wants(&sight, 14_000)), (false, true));
}

#[test]
fn one_that_is_not_at_work_is_not_looked_at() {
    for event in [Event::Stop, Event::PermissionRequest, Event::StopFailure] {
        assert!(!Sight::default().wants_screen(&told(event), 60_000), "{event:?}");
    }
}

#[test]
fn work_a_prompt_and_a_choice_look_like_this() {
    let shown = |kind, screen: &str| shows(kind, screen);
    for (kind, screen, what) in [
        (Kind::Claude, AT_WORK, Shows::Work),
        (
            Kind::Claude,
            "✻ Wrangling…\n────────────────────────\n❯ half a te\n────────────────────────\n  on",
            Shows::Work,
        ),
        (Kind::Claude, AT_PROMPT, Shows::Prompt),
        (Kind::Claude, CHOICE, Shows::Else),
        (Kind::Codex, "• Working (3s • esc to interrupt)\n\n› Ask", Shows::Work),
        (Kind::Codex, "• All done.\n\n› Ask Codex\n  fake", Shows::Prompt),
        (Kind::Codex, "› 1. Yes, proceed (y)\n  2. No", Shows::Else),
        (Kind::Opencode, "  ╹▀▀▀▀▀▀\n   ⬝⬝■  esc interrupt", Shows::Work),
        (Kind::Opencode, "  ┃\n  ╹▀▀▀▀▀▀\n   /w", Shows::Prompt),
        (Kind::Opencode, "  ┃   Allow once   Allow always   Reject", Shows::Else),
        (
            Kind::Claude,
            "────────────────────────\n Do you trust this?\n\n ❯ Yes\n   No\n\n Esc to cancel",
            Shows::Else,
        ),
        (Kind::Codex, "› said before\n\n a menu\n one\n two\n esc to go back", Shows::Else),
        (Kind::Claude, "✻Wrangling…\n────────────────────────\n❯\n────────────────────────", Shows::Prompt),
        (Kind::Claude, "✻ Wrangling\n────────────────────────\n❯\n────────────────────────", Shows::Prompt),
        (Kind::Claude, "and so on…\n────────────────────────\n❯\n────────────────────────", Shows::Prompt),
        (Kind::Claude, "a line of words that is as long as a rule\n───", Shows::Else),
        (Kind::Command, AT_PROMPT, Shows::Else),
        (Kind::Claude, "", Shows::Else),
    ] {
        assert_eq!(shown(kind, screen), what, "{screen}");
    }
    let above = format!("{AT_WORK}\n{}\n{AT_PROMPT}", "said\n".repeat(LAST));
    assert_eq!(shown(Kind::Claude, &above), Shows::Prompt, "what stood above has been said");
}
