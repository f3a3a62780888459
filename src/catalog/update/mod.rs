//! Signed catalog updates: entries newer than the shipped ones, verified each time they are read.

mod bundle;
mod difference;
mod installed;
mod signature;

pub(crate) use bundle::{Bundle, MAX_BUNDLE};
pub(crate) use difference::{EntryDifference, differences};
pub(super) use installed::Updated;
pub(crate) use installed::{MAX_SIGNATURE, install, read_installed};
pub(crate) use signature::VerifyingKey;

/// The number of the entries that this release ships; an update has a greater number.
#[must_use]
pub(crate) fn shipped_number() -> u64 {
    include_str!("../../../assets/release/catalog-number").trim().parse().unwrap_or_default()
}
