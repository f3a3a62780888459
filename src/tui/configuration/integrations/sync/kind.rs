//! The progress and speed of one record type of a sync.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use crate::model::integration::{Counts, LoadResult};

/// Number of recent pages over which the speed is measured: the speed of an hour ago says nothing about now.
const WINDOW: usize = 8;

#[derive(Debug)]
pub(super) struct Kind {
    pub(super) load: String,
    pub(super) label: String,
    pub(super) doing: KindState,
    pub(super) pages: u64,
    pub(super) counts: Counts,
    /// The total that the provider reports.
    pub(super) total: Option<u64>,
    /// When the recent pages arrived, and how many records had been read by then.
    seen: VecDeque<(Timestamp, u64)>,
}

#[derive(Debug)]
pub(super) enum KindState {
    Nothing,
    Reading,
    /// The sync waits until the provider accepts the next request.
    Pausing {
        until: Timestamp,
        why: String,
    },
    Writing,
    Ended(Box<LoadResult>),
}

impl Kind {
    pub(super) fn new(load: &str, label: String) -> Self {
        let (counts, seen) = (Counts::default(), VecDeque::new());
        Self { load: load.to_owned(), label, doing: KindState::Nothing, pages: 0, counts, total: None, seen }
    }

    /// Number of records read, including those that are left out because of errors.
    pub(super) fn read(&self) -> u64 {
        self.counts.records.saturating_add(self.counts.errors)
    }

    pub(super) fn page(&mut self, pages: u64, counts: Counts, total: Option<u64>, now: Timestamp) {
        (self.doing, self.pages, self.counts, self.total) = (KindState::Reading, pages, counts, total);
        if self.seen.len() == WINDOW {
            self.seen.pop_front();
        }
        self.seen.push_back((now, self.read()));
    }

    pub(super) fn end(&mut self, part: LoadResult) {
        (self.counts, self.pages) = (part.counts, part.pages);
        self.doing = KindState::Ended(Box::new(part));
    }

    /// Records per second; `None` before the second page.
    pub(super) fn rate(&self) -> Option<u64> {
        let ((began, first), (at, last)) = (self.seen.front()?, self.seen.back()?);
        let millis = u64::try_from(began.duration_until(*at).as_millis()).ok().filter(|millis| *millis > 0)?;
        Some(last.saturating_sub(*first).saturating_mul(1_000) / millis)
    }

    /// Percent of the total, if the provider reports a plausible one.
    pub(super) fn percent(&self) -> Option<u64> {
        let total = self.total.filter(|total| *total > 0 && *total >= self.read())?;
        Some(self.read().saturating_mul(100) / total)
    }

    /// The time left at this speed.
    pub(super) fn left(&self) -> Option<SignedDuration> {
        let (total, rate) = (self.total?, self.rate().filter(|rate| *rate > 0)?);
        let seconds = total.checked_sub(self.read()).filter(|left| *left > 0)?.div_ceil(rate);
        Some(SignedDuration::from_secs(i64::try_from(seconds).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: &mut Kind, seconds: i64, records: u64, total: Option<u64>) {
        let counts = Counts { records, ..Counts::default() };
        kind.page(1, counts, total, Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds));
    }

    #[test]
    fn the_speed_is_that_of_the_last_pages() {
        let mut kind = Kind::new("devices", String::new());
        read(&mut kind, 0, 9_000, Some(10_000));
        assert_eq!(
            (kind.rate(), kind.percent(), kind.left()),
            (None, Some(90), None),
            "a resumed one has a head start"
        );
        read(&mut kind, 2, 9_100, Some(10_000));
        assert_eq!((kind.rate(), kind.left()), (Some(50), Some(SignedDuration::from_secs(18))));
        read(&mut kind, 2, 9_100, None);
        assert_eq!((kind.percent(), kind.left()), (None, None));
    }

    #[test]
    fn a_total_that_was_passed_is_no_total() {
        let mut kind = Kind::new("devices", String::new());
        read(&mut kind, 0, 50, Some(40));
        assert_eq!(kind.percent(), None);
    }
}
