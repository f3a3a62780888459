//! Counts refusals of a refresh that do not say whether the grant is dead.

use jiff::{SignedDuration, Timestamp};

use crate::printable::printable;

/// A grant is probably dead after this many consecutive refusals,
const ENOUGH: u32 = 3;
/// if at least this much time passed between the first and the last one.
const SPAN: SignedDuration = SignedDuration::from_hours(24);
/// Longest code that is kept, in characters.
const MAX_CODE: usize = 120;

/// Consecutive refusals without a success between them. Network failures, throttling and web pages do not count.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusals {
    /// When the first one came.
    pub first: Timestamp,
    /// When the last one that was recorded came.
    pub last: Timestamp,
    /// How many were recorded.
    pub count: u32,
    /// The code of the last one, escaped and bounded.
    pub code: String,
}

impl Refusals {
    /// Adds one refusal at `now`. `None` if that would not change the verdict, so that a script that retries every
    /// minute does not write every minute.
    #[must_use]
    pub(crate) fn with_another(former: Option<&Self>, now: Timestamp, code: &str) -> Option<Self> {
        let code = printable(code, MAX_CODE);
        let Some(former) = former else { return Some(Self { first: now, last: now, count: 1, code }) };
        let next = Self { first: former.first, last: now, count: former.count.saturating_add(1), code };
        (former.count + 1 < ENOUGH || (next.suggest_dead_grant() && !former.suggest_dead_grant())).then_some(next)
    }

    /// `Each refresh from 2026-11-28 to 2026-11-29 was rejected: odd_code.`
    #[must_use]
    pub fn in_words(&self) -> String {
        let day = |at: Timestamp| at.strftime("%Y-%m-%d");
        format!("Each refresh from {} to {} was rejected: {}.", day(self.first), day(self.last), self.code)
    }

    /// Whether the user should look: three or more refusals, over a day or more.
    #[must_use]
    pub(crate) fn suggest_dead_grant(&self) -> bool {
        self.count >= ENOUGH && self.first.duration_until(self.last) >= SPAN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_over_a_day_are_enough_and_few_are_written() {
        let at = |minutes| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes);
        let mut row: Option<Refusals> = None;
        let mut written = Vec::new();
        for minutes in (0..2_000).step_by(5) {
            if let Some(next) = Refusals::with_another(row.as_ref(), at(minutes), "odd") {
                written.push(minutes);
                row = Some(next);
            }
            assert_eq!(row.as_ref().unwrap().suggest_dead_grant(), minutes >= 24 * 60, "{minutes}");
        }
        assert_eq!(written, [0, 5, 24 * 60]);
    }

    #[test]
    fn two_a_day_apart_are_not_enough() {
        let at = |hours| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours);
        let one = Refusals::with_another(None, at(0), "a").unwrap();
        let two = Refusals::with_another(Some(&one), at(30), "b").unwrap();
        assert!(!two.suggest_dead_grant());
        let three = Refusals::with_another(Some(&two), at(31), "c\u{1b}[2J").unwrap();
        assert!(three.suggest_dead_grant());
        assert!(!three.code.contains('\u{1b}'));
        assert_eq!(Refusals::with_another(Some(&three), at(90), "d"), None);
    }
}
