//! The ancestors of a vault file, which distinguish a newer file from a diverged one.
//!
//! ```json
//! "lineage": ["6:0f3a… (32 hex digits of the mark of that file)", "7:91c4…"]
//! ```
//!
//! The last entry is the file before this one. A restore also adds the files that it knowingly abandons.

use serde::{Deserialize, Serialize};

/// Maximum number of entries: about 8 KiB of JSON.
const MAX: usize = 200;

/// Hex digits of the hash in an entry.
const DIGITS: usize = 32;

/// How a file on disk relates to the newest one seen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Relation {
    Forward,
    /// Older than the newest one seen.
    RolledBack,
    /// Two machines saved without knowing of each other's file.
    Forked,
}

/// `generation:hash` of former files, the last one newest.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub(super) struct Lineage(Vec<String>);

impl Lineage {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a file as the newest entry; moves the entry if it already exists.
    pub(super) fn add(&mut self, generation: u64, hash: &str) {
        if self.ends_with(Some(hash)) {
            return;
        }
        let entry = entry(generation, hash);
        self.0.retain(|known| *known != entry);
        self.0.push(entry);
        let excess = self.0.len().saturating_sub(MAX);
        self.0.drain(..excess);
    }

    /// Adds the entries of another file before the existing ones.
    pub(super) fn add_older(&mut self, other: &Self) {
        let mut all: Vec<String> = other.0.iter().filter(|entry| !self.0.contains(entry)).cloned().collect();
        all.append(&mut self.0);
        let excess = all.len().saturating_sub(MAX);
        all.drain(..excess);
        self.0 = all;
    }

    /// Clears the list if it does not end with `parent`, because a program that does not know the list has saved since.
    pub(super) fn drop_stale(&mut self, parent: Option<&str>) {
        if !self.ends_with(parent) {
            self.0.clear();
        }
    }

    fn ends_with(&self, parent: Option<&str>) -> bool {
        let last = self.0.last().and_then(|entry| entry.split_once(':'));
        last.zip(parent).is_some_and(|((_, hash), parent)| hash == short(parent))
    }

    /// Whether the list goes back as far as `generation`.
    fn reaches(&self, generation: u64) -> bool {
        let number = |entry: &String| entry.split_once(':')?.0.parse::<u64>().ok();
        self.0.iter().filter_map(number).min().is_some_and(|oldest| oldest <= generation)
    }
}

/// The position of a file among others.
#[derive(Clone, Copy, Debug)]
pub(super) struct FileVersion<'a> {
    pub(super) generation: u64,
    /// See `document.rs`.
    pub(super) mark: &'a str,
    pub(super) parent: Option<&'a str>,
    pub(super) lineage: &'a Lineage,
}

impl FileVersion<'_> {
    /// How this file relates to the newest one seen, the file `hash` of `generation`. Generation 0 means that none was
    /// seen.
    ///
    /// A file without a list, or with one that does not go back far enough, is judged by its generation and its parent.
    pub(super) fn after(&self, generation: u64, hash: &str) -> Relation {
        let is_named = self.lineage.0.contains(&entry(generation, hash));
        if generation == 0 || (self.generation == generation && self.mark == hash) {
            Relation::Forward
        } else if self.generation < generation {
            Relation::RolledBack
        } else if self.generation == generation {
            Relation::Forked
        } else if self.lineage.ends_with(self.parent) && self.lineage.reaches(generation) {
            if is_named { Relation::Forward } else { Relation::Forked }
        } else if self.generation == generation + 1 && self.parent != Some(hash) {
            Relation::Forked
        } else {
            Relation::Forward
        }
    }
}

fn entry(generation: u64, hash: &str) -> String {
    format!("{generation}:{}", short(hash))
}

fn short(hash: &str) -> &str {
    hash.get(..DIGITS).unwrap_or(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lineage(entries: &[(u64, &str)]) -> Lineage {
        let mut lineage = Lineage::default();
        for (generation, hash) in entries {
            lineage.add(*generation, hash);
        }
        lineage
    }

    /// The relation of the file `generation:hash` with these ancestors, where generation 5 with the hash "five" was
    /// seen.
    fn relation(generation: u64, hash: &str, ancestors: &[(u64, &str)]) -> Relation {
        let lineage = lineage(ancestors);
        FileVersion { generation, mark: hash, parent: ancestors.last().map(|last| last.1), lineage: &lineage }
            .after(5, "five")
    }

    #[test]
    fn vf_17_a_file_is_newer_only_if_it_names_the_one_that_was_seen() {
        for (generation, hash, ancestors, expected) in [
            (5, "five", &[(4, "four")][..], Relation::Forward),
            (3, "three", &[(2, "two")], Relation::RolledBack),
            (5, "other", &[(4, "four")], Relation::Forked),
            (6, "six", &[(4, "four"), (5, "five")], Relation::Forward),
            (6, "six", &[(4, "four"), (5, "other")], Relation::Forked),
            (7, "seven", &[(4, "four"), (5, "other"), (6, "six")], Relation::Forked),
            (90, "ninety", &[(1, "one"), (5, "other"), (89, "before")], Relation::Forked),
            (90, "ninety", &[(1, "one"), (5, "five"), (89, "before")], Relation::Forward),
            // The list does not go back far enough: saves that were not seen are no fork by themselves.
            (90, "ninety", &[(88, "88"), (89, "89")], Relation::Forward),
        ] {
            assert_eq!(relation(generation, hash, ancestors), expected, "{generation}:{hash} after {ancestors:?}");
        }
    }

    #[test]
    fn a_file_without_a_list_or_with_a_stale_one_is_judged_by_its_parent() {
        let judge = |generation, parent, lineage: &Lineage| {
            FileVersion { generation, mark: "h", parent: Some(parent), lineage }.after(5, "five")
        };
        for lineage in [Lineage::default(), lineage(&[(3, "three"), (4, "not the parent")])] {
            assert_eq!(judge(6, "five", &lineage), Relation::Forward);
            assert_eq!(judge(6, "other", &lineage), Relation::Forked);
            assert_eq!(judge(9, "eight", &lineage), Relation::Forward);
        }
        let mut stale = lineage(&[(4, "four")]);
        stale.drop_stale(Some("five"));
        assert!(stale.is_empty());
    }

    #[test]
    fn the_list_is_bounded() {
        let mut lineage = Lineage::default();
        for generation in 0..1_000 {
            lineage.add(generation, &format!("{generation:032}{generation:032}"));
        }
        assert_eq!((lineage.0.len(), lineage.0[0].len()), (MAX, "800:".len() + DIGITS));
        assert!(lineage.reaches(800) && !lineage.reaches(799));
    }
}
