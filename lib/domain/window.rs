//! Hours of the day in which new work may start. Pure: whoever asks brings the minute.

use std::fmt;
use std::str::FromStr;

/// A stretch of every day in local time: the first minute is inside, the last is not. It may cross midnight;
/// equal ends mean the whole day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    from: u32,
    until: u32,
}

/// A text that is no window.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' is no window such as 22:00-07:00")]
pub struct BadWindow(String);

impl Window {
    /// Whether the minute of the day (0 is midnight, 1439 the last) lies inside. A minute past the end of the
    /// day counts as one of the next.
    pub fn contains(&self, minute_of_day: u32) -> bool {
        let minute = minute_of_day % DAY;
        match self.from.cmp(&self.until) {
            std::cmp::Ordering::Less => self.from <= minute && minute < self.until,
            std::cmp::Ordering::Equal => true,
            std::cmp::Ordering::Greater => self.from <= minute || minute < self.until,
        }
    }
}

/// Minutes of a day.
const DAY: u32 = 24 * 60;

/// The minute of the day that `HH:MM` names. Both parts have two digits, so that one window has one spelling.
fn minute(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let two_digits = |s: &str| s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit());
    if !two_digits(hours) || !two_digits(minutes) {
        return None;
    }
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

impl FromStr for Window {
    type Err = BadWindow;
    fn from_str(text: &str) -> Result<Self, BadWindow> {
        let ends = text.split_once('-').and_then(|(a, b)| Some((minute(a.trim())?, minute(b.trim())?)));
        ends.map(|(from, until)| Window { from, until }).ok_or_else(|| BadWindow(text.to_string()))
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (a, b) = (self.from, self.until);
        write!(f, "{:02}:{:02}-{:02}:{:02}", a / 60, a % 60, b / 60, b % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn window(text: &str) -> Window {
        text.parse().unwrap()
    }

    #[test]
    fn the_first_minute_is_inside_and_the_last_is_not() {
        let day = window("09:00-17:30");
        let seen = [539, 540, 1049, 1050].map(|m| day.contains(m));
        assert_eq!(seen, [false, true, true, false]);
    }

    #[test]
    fn a_night_crosses_midnight() {
        let night = window("22:00 - 07:00");
        let seen = [1319, 1320, 0, 419, 420, 720].map(|m| night.contains(m));
        assert_eq!(seen, [false, true, true, true, false, false]);
        assert_eq!(night.to_string(), "22:00-07:00");
    }

    #[test]
    fn nothing_else_is_a_window() {
        for bad in ["", "-", "22:00", "22-07", "24:00-07:00", "22:60-07:00", "9:00-10:00", "+9:00-10:00"] {
            assert!(bad.parse::<Window>().is_err(), "{bad}");
        }
        assert!("22:00-07:00-08:00".parse::<Window>().is_err());
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(from in 0..DAY, until in 0..DAY) {
            let w = Window { from, until };
            prop_assert_eq!(w.to_string().parse::<Window>().unwrap(), w);
        }

        #[test]
        fn a_window_and_its_opposite_share_the_day(from in 0..DAY, until in 0..DAY, minute in 0..DAY) {
            prop_assume!(from != until);
            let (w, rest) = (Window { from, until }, Window { from: until, until: from });
            prop_assert!(w.contains(minute) != rest.contains(minute));
        }

        #[test]
        fn equal_ends_are_the_whole_day(at in 0..DAY, minute in 0..DAY) {
            let whole_day = Window { from: at, until: at };
            prop_assert!(whole_day.contains(minute));
        }

        #[test]
        fn any_text_is_answered(text in ".{0,16}") {
            let _ = text.parse::<Window>();
        }
    }
}
