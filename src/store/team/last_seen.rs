//! When each member was last seen: the time of the newest object that the member signed.
//!
//! The time is that of the author's clock. A time in the future is replaced by the current time, in case that clock is
//! wrong.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::view::View;

/// Keyed by member id.
#[derive(Clone, Debug, Default)]
pub(super) struct LastSeen(BTreeMap<String, Timestamp>);

impl LastSeen {
    /// From the objects of a view, which has only the newest object of each path.
    pub(super) fn of(view: &View, now: Timestamp) -> Self {
        let mut last_seen = Self::default();
        for known in view.objects.by_path.values() {
            last_seen.add(&known.facts.author, known.facts.at.min(now));
        }
        last_seen
    }

    /// Adds the times of the newest log object of each member.
    pub(super) fn with_logs(mut self, logs: &BTreeMap<String, Timestamp>, now: Timestamp) -> Self {
        for (member, at) in logs {
            self.add(member, (*at).min(now));
        }
        self
    }

    fn add(&mut self, member: &str, at: Timestamp) {
        match self.0.get_mut(member) {
            Some(last) => *last = at.max(*last),
            None => drop(self.0.insert(member.to_owned(), at)),
        }
    }

    /// `None` if no object of the member is left.
    pub(super) fn last(&self, member: &str) -> Option<Timestamp> {
        self.0.get(member).copied()
    }
}
