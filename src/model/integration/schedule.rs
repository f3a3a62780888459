//! When an integration runs automatically: at an interval, or at a time of day in the machine's time zone.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

/// Shortest interval: the provider's quota is shared with the user's other programs.
const LEAST_MINUTES: u32 = 5;

/// Longest interval: four weeks.
const MAX_MINUTES: u32 = 28 * 24 * 60;

/// When an integration runs automatically.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// Never: the user or a script starts it.
    #[default]
    ByHand,
    /// This many minutes after the last start.
    Every(u32),
    /// Once a day at this time in the machine's time zone.
    Daily(Time),
}

/// Why a text is not a schedule.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("Use manual, an interval such as 30m, 6h or 2d (5m to 28d), or a time of day such as 06:30.")]
pub struct ScheduleError;

impl Schedule {
    /// The word for JSON output: the text, but `by hand` for manual.
    #[must_use]
    pub fn code(self) -> String {
        if self == Self::ByHand { "by hand".to_owned() } else { self.to_string() }
    }

    /// The next run; `last` is the last start, `since` is when it was created or resumed. May be in the past.
    #[must_use]
    pub fn next(self, last: Option<Timestamp>, since: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match (self, last) {
            (Self::ByHand, _) => None,
            (Self::Every(_), None) => Some(since),
            (Self::Every(minutes), Some(last)) => last.checked_add(SignedDuration::from_mins(minutes.into())).ok(),
            (Self::Daily(time), last) => after(last.unwrap_or(since), time, zone),
        }
    }
}

/// The first instant after `from` at which the wall clock shows `time`; if a clock change skips it, the end of the gap.
fn after(from: Timestamp, time: Time, zone: &TimeZone) -> Option<Timestamp> {
    let day = from.to_zoned(zone.clone()).date();
    (0..=2).find_map(|days| {
        let date = day.checked_add(days.days()).ok()?;
        let at = zone.to_ambiguous_timestamp(date.to_datetime(time)).compatible().ok()?;
        (at > from).then_some(at)
    })
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByHand => f.write_str("manual"),
            Self::Every(minutes) if minutes % (24 * 60) == 0 => write!(f, "{}d", minutes / (24 * 60)),
            Self::Every(minutes) if minutes % 60 == 0 => write!(f, "{}h", minutes / 60),
            Self::Every(minutes) => write!(f, "{minutes}m"),
            Self::Daily(time) => write!(f, "{:02}:{:02}", time.hour(), time.minute()),
        }
    }
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let text = text.trim().to_lowercase();
        if matches!(text.as_str(), "" | "manual" | "by hand" | "hand" | "never" | "off") {
            return Ok(Self::ByHand);
        }
        if let Some((hour, minute)) = text.split_once(':') {
            let number = |text: &str| (text.len() == 2).then(|| text.parse::<i8>().ok()).flatten();
            let (hour, minute) = (number(hour).ok_or(ScheduleError)?, number(minute).ok_or(ScheduleError)?);
            return Time::new(hour, minute, 0, 0).map(Self::Daily).map_err(|_| ScheduleError);
        }
        let unit = match text.chars().last() {
            Some('m') => 1,
            Some('h') => 60,
            Some('d') => 24 * 60,
            _ => return Err(ScheduleError),
        };
        let number: u32 = text.get(..text.len() - 1).unwrap_or_default().parse().map_err(|_| ScheduleError)?;
        let minutes = number.checked_mul(unit).ok_or(ScheduleError)?;
        (LEAST_MINUTES..=MAX_MINUTES).contains(&minutes).then_some(Self::Every(minutes)).ok_or(ScheduleError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_schedule_is_written_as_it_is_read() {
        for text in ["manual", "30m", "6h", "2d", "06:30", "23:59"] {
            assert_eq!(text.parse::<Schedule>().unwrap().to_string(), text);
        }
        assert_eq!("by hand".parse::<Schedule>().unwrap().to_string(), "manual", "the word of older versions");
        assert_eq!(Schedule::ByHand.code(), "by hand", "JSON output is a contract");
        for bad in ["4m", "29d", "6", "h", "24:00", "6:30", "-5m", "99999999999h", "25:61"] {
            assert_eq!(bad.parse::<Schedule>(), Err(ScheduleError), "{bad}");
        }
    }

    #[test]
    fn an_interval_runs_at_once_and_then_from_start_to_start() {
        let every: Schedule = "6h".parse().unwrap();
        let (made, last) = (at("2026-11-25T10:00:00Z"), at("2026-11-25T11:00:00Z"));
        assert_eq!(every.next(None, made, &TimeZone::UTC), Some(made));
        assert_eq!(every.next(Some(last), made, &TimeZone::UTC), Some(at("2026-11-25T17:00:00Z")));
        assert_eq!(Schedule::ByHand.next(Some(last), made, &TimeZone::UTC), None);
    }

    #[test]
    fn tm_a_time_of_day_is_that_of_the_machine_also_where_the_clock_jumps() {
        let daily: Schedule = "06:30".parse().unwrap();
        let berlin = TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC);
        let next = |last: &str| daily.next(Some(at(last)), at(last), &TimeZone::UTC).unwrap();
        assert_eq!(next("2026-11-25T06:29:59Z"), at("2026-11-25T06:30:00Z"));
        assert_eq!(next("2026-11-25T06:30:00Z"), at("2026-11-26T06:30:00Z"));
        // 02:30 does not exist on that day.
        let gap: Schedule = "02:30".parse().unwrap();
        let found = gap.next(Some(at("2026-03-28T12:00:00Z")), at("2026-03-28T12:00:00Z"), &berlin).unwrap();
        assert!(found > at("2026-03-28T12:00:00Z") && found < at("2026-03-29T12:00:00Z"));
    }
}
