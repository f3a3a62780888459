//! Determines which records exist: how many, and how they have changed since the first generation.

/// A number of records in one of their generations. Each record has a serial number, from 1, from which its id is made.
///
/// With `n` records and `g` > 0, let `gone = n / 20`. Generation 0 has the serials `1..=n`; generation `g` has
/// `1..=n - gone` and the newcomers `n + (g - 1) * gone + 1..=n + g * gone`, in this order. From generation `g - 1` to
/// `g`, the name of every record changes whose serial ends in the last digit of `g`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct RecordSet {
    records: u64,
    generation: u64,
}

/// The difference between two rosters, as a sync should report it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct RecordSetDifference {
    /// Number of new ids.
    pub added: u64,
    /// Number of ids whose name has changed.
    pub updated: u64,
    /// Number of ids that no longer exist.
    pub gone: u64,
}

impl RecordSet {
    /// A roster of `records` records in this generation.
    #[must_use]
    pub const fn new(records: u64, generation: u64) -> Self {
        Self { records, generation }
    }

    /// The number of records, which is the same in every generation.
    #[must_use]
    pub const fn records(self) -> u64 {
        self.records
    }

    /// The serial of the record at a position, from 0; `None` past the end.
    #[must_use]
    pub fn serial(self, at: u64) -> Option<u64> {
        if at >= self.records {
            return None;
        }
        Some(if at < self.kept() { at + 1 } else { self.newcomers().saturating_add(at - self.kept() + 1) })
    }

    /// How often the name of a record has changed up to this generation.
    #[must_use]
    pub fn revision(self, serial: u64) -> u64 {
        // The first generation that changes it.
        let first = match serial % 10 {
            0 => 10,
            digit => digit,
        };
        self.generation.checked_sub(first).map_or(0, |later| later / 10 + 1)
    }

    /// The changes since `earlier`, counted record by record.
    #[must_use]
    pub fn since(self, earlier: Self) -> RecordSetDifference {
        let mut difference = RecordSetDifference::default();
        let mut stayed = 0;
        for serial in (0..self.records).filter_map(|at| self.serial(at)) {
            if !earlier.holds(serial) {
                difference.added += 1;
                continue;
            }
            stayed += 1;
            if self.revision(serial) != earlier.revision(serial) {
                difference.updated += 1;
            }
        }
        difference.gone = earlier.records - stayed;
        difference
    }

    fn holds(self, serial: u64) -> bool {
        let newcomer = serial.checked_sub(self.newcomers().saturating_add(1));
        (1..=self.kept()).contains(&serial) || newcomer.is_some_and(|at| at < self.records - self.kept())
    }

    /// How many of the records of generation 0 still exist.
    fn kept(self) -> u64 {
        if self.generation == 0 { self.records } else { self.records - self.records / 20 }
    }

    /// The serial before that of the first newcomer.
    fn newcomers(self) -> u64 {
        let before = self.generation.saturating_sub(1).saturating_mul(self.records / 20);
        self.records.saturating_add(before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serials(roster: RecordSet) -> Vec<u64> {
        (0..=roster.records()).map_while(|at| roster.serial(at)).collect()
    }

    #[test]
    fn one_in_twenty_goes_and_as_many_come() {
        let [first, second, third] = [0, 1, 2].map(|generation| RecordSet::new(40, generation));
        assert_eq!(serials(first), (1..=40).collect::<Vec<_>>());
        assert_eq!(serials(second)[36..], [37, 38, 41, 42]);
        assert_eq!(serials(third)[36..], [37, 38, 43, 44]);
        assert_eq!(second.since(first), RecordSetDifference { added: 2, updated: 4, gone: 2 });
        assert_eq!(third.since(second), RecordSetDifference { added: 2, updated: 4, gone: 2 });
        assert_eq!(first.since(first), RecordSetDifference::default());
    }

    #[test]
    fn few_records_lose_none_and_other_counts_compare() {
        assert_eq!(
            RecordSet::new(3, 1).since(RecordSet::new(3, 0)),
            RecordSetDifference { added: 0, updated: 1, gone: 0 }
        );
        assert_eq!(
            RecordSet::new(2, 0).since(RecordSet::new(5, 0)),
            RecordSetDifference { added: 0, updated: 0, gone: 3 }
        );
        assert_eq!(
            RecordSet::new(0, 7).since(RecordSet::new(1, 0)),
            RecordSetDifference { added: 0, updated: 0, gone: 1 }
        );
        assert_eq!([1, 2, 11, 12].map(|g| RecordSet::new(100, g).revision(1)), [1, 1, 2, 2]);
    }
}
