//! Bars, drawn as SVG: what each shows is said in words too.

use super::parts::kind;
use crate::domain::tally::Bucket;
use crate::domain::time::{Timestamp, human};
use crate::domain::timeline::Stretch;
use maud::{Markup, html};

/// How many units a bar is wide; the page makes it as wide as there is room.
const WIDTH: i64 = 1000;

/// The least that a stretch is drawn with, so that it is seen.
const LEAST: i64 = 4;

/// Where a run stood, from left to right, between two moments.
pub fn bar(stretches: &[Stretch], begin: Timestamp, now: Timestamp) -> Markup {
    let length = (now.0 - begin.0).max(1);
    let at = |t: Timestamp| (t.0 - begin.0).clamp(0, length) * WIDTH / length;
    let seen = stretches.iter().filter(|s| s.until.unwrap_or(now) >= begin);
    html! {
        svg viewBox={"0 0 " (WIDTH) " 12"} preserveAspectRatio="none" role="img" aria-label=(words(stretches, now)) {
            rect.ground width=(WIDTH) height="12" {}
            @for s in seen {
                @let from = at(s.from).min(WIDTH - LEAST);
                // What has ended does not go on: a mark where it did.
                @let until = if s.phase.is_terminal() { from + LEAST } else { at(s.until.unwrap_or(now)) };
                rect class=(kind(s.phase)) x=(from) width=((until - from).max(LEAST)) height="12" {}
            }
        }
    }
}

/// What a bar shows, for those who do not see it.
fn words(stretches: &[Stretch], now: Timestamp) -> String {
    let named = |s: &Stretch| match s.phase.is_terminal() {
        true => s.phase.name().replace('_', " "),
        false => format!("{} {}", s.phase.name().replace('_', " "), human(s.seconds(now))),
    };
    // The last tell where it stands; a run of many rounds would be read out for ever.
    let skipped = stretches.len().saturating_sub(12);
    let shown: Vec<String> = stretches.iter().skip(skipped).map(named).collect();
    if skipped > 0 { format!("…, {}", shown.join(", ")) } else { shown.join(", ") }
}

/// What ended in a while, against the most that ended in one.
pub fn outcome(bucket: &Bucket, most: u32) -> Markup {
    let most = i64::from(most.max(1));
    let lost = bucket.refused + bucket.blocked + bucket.abandoned;
    let wide = |count: u32| i64::from(count) * WIDTH / most;
    html! {
        svg viewBox={"0 0 " (WIDTH) " 12"} preserveAspectRatio="none" role="img" aria-label={(bucket.landed) " landed, " (lost) " did not"} {
            rect.ground width=(WIDTH) height="12" {}
            rect.done width=(wide(bucket.landed)) height="12" {}
            rect.ended x=(wide(bucket.landed)) width=(wide(lost)) height="12" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::phase::Phase;

    fn stretch(phase: Phase, from: i64, until: Option<i64>) -> Stretch {
        let (from, until) = (Timestamp(from), until.map(Timestamp));
        Stretch { attempt: 1, phase, from, until, row: String::new() }
    }

    #[test]
    fn a_bar_lies_within_its_bounds_whatever_the_clock_said() {
        let all = [
            stretch(Phase::Working, -500, Some(50)),
            stretch(Phase::AwaitingReview, 50, Some(9000)),
            stretch(Phase::Done, 9000, None),
        ];
        let drawn = bar(&all, Timestamp(0), Timestamp(100)).into_string();
        assert!(drawn.contains(r#"<rect class="work" x="0" width="500""#), "{drawn}");
        assert!(drawn.contains(r#"<rect class="review" x="500" width="500""#), "{drawn}");
        assert!(drawn.contains(r#"<rect class="done" x="996" width="4""#), "{drawn}");
        assert!(drawn.contains(r#"aria-label="working 9m 10s, awaiting review 2h 29m, done""#), "{drawn}");
    }
}
