//! When each member was seen last: the time of the newest object that the member has signed.
//!
//! The time is of the author's clock. One ahead of ours counts as now, so that a wrong clock shows nobody in the future.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::view::View;

/// By member.
#[derive(Clone, Debug, Default)]
pub(super) struct Sightings(BTreeMap<String, Timestamp>);

impl Sightings {
    /// From the objects of a view, which keeps the newest of each path.
    pub(super) fn of(view: &View, now: Timestamp) -> Self {
        let mut sightings = Self::default();
        for known in view.objects.by_path.values() {
            sightings.add(&known.facts.author, known.facts.at.min(now));
        }
        sightings
    }

    /// And from the newest object of each member's log.
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

    /// `None` for a member none of whose objects is left.
    pub(super) fn last(&self, member: &str) -> Option<Timestamp> {
        self.0.get(member).copied()
    }
}
