//! Finds the letters of a query in a text, in order, with gaps.

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// A query: each of its words must be found.
pub struct Fuzzy {
    pattern: Pattern,
    matcher: Matcher,
}

impl Fuzzy {
    /// In any case.
    #[must_use]
    pub fn new(query: &str) -> Self {
        let pattern = Pattern::new(query, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy);
        Self { pattern, matcher: Matcher::new(Config::DEFAULT) }
    }

    /// How well it fits, and the characters that fit, ascending; `None` where it does not.
    pub fn find_in(&mut self, text: &str) -> Option<(u32, Vec<usize>)> {
        let text: Vec<char> = text.chars().collect();
        let mut indices = Vec::new();
        let score = self.pattern.indices(Utf32Str::Unicode(&text), &mut self.matcher, &mut indices)?;
        let mut positions: Vec<usize> = indices.into_iter().filter_map(|at| usize::try_from(at).ok()).collect();
        positions.sort_unstable();
        positions.dedup();
        Some((score, positions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found_or_none() {
        let mut fuzzy = Fuzzy::new("acme dev");
        assert_eq!(fuzzy.find_in("Acme > Devices").unwrap().1, [0, 1, 2, 3, 7, 8, 9]);
        assert!(fuzzy.find_in("Acme > Users").is_none());
    }
}
