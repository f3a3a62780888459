//! Fuzzy search: finds the letters of a query in a text, in order, with gaps allowed.

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str, Utf32String};

/// A query, all of whose words must be found.
pub(crate) struct Fuzzy {
    pattern: Pattern,
    matcher: Matcher,
}

impl Fuzzy {
    /// Parses a query. The search is case-insensitive.
    pub(crate) fn new(query: &str) -> Self {
        let pattern = Pattern::new(query, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy);
        Self { pattern, matcher: Matcher::new(Config::DEFAULT) }
    }

    /// The score of the match, and the positions of the matching characters, ascending; `None` if the text does not
    /// match.
    pub(crate) fn find_in(&mut self, text: &str) -> Option<(u32, Vec<usize>)> {
        let text: Vec<char> = text.chars().collect();
        let mut indices = Vec::new();
        let score = self.pattern.indices(Utf32Str::Unicode(&text), &mut self.matcher, &mut indices)?;
        let mut positions: Vec<usize> = indices.into_iter().filter_map(|at| usize::try_from(at).ok()).collect();
        positions.sort_unstable();
        positions.dedup();
        Some((score, positions))
    }
}

/// Words that are searched independently of each other.
pub(crate) struct FuzzyWords {
    atoms: Vec<Atom>,
    matcher: Matcher,
}

impl FuzzyWords {
    pub(crate) fn new<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let atom = |word| Atom::new(word, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy, false);
        Self { atoms: words.map(atom).collect(), matcher: Matcher::new(Config::DEFAULT) }
    }

    /// The score of one of the words; `None` if the text does not match.
    pub(crate) fn score(&mut self, word: usize, text: &Utf32String) -> Option<u32> {
        self.atoms.get(word)?.score(text.slice(..), &mut self.matcher).map(u32::from)
    }

    /// The positions of the characters that match any of the words, ascending.
    pub(crate) fn marks(&mut self, text: &str) -> Vec<usize> {
        let chars: Vec<char> = text.chars().collect();
        let mut marks = Vec::new();
        for atom in &self.atoms {
            let mut indices = Vec::new();
            if atom.indices(Utf32Str::Unicode(&chars), &mut self.matcher, &mut indices).is_some() {
                marks.extend(indices.into_iter().filter_map(|at| usize::try_from(at).ok()));
            }
        }
        marks.sort_unstable();
        marks.dedup();
        marks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_looked_for_on_its_own() {
        let mut letters = FuzzyWords::new(["dev", "xyz"].into_iter());
        let name = Utf32String::from("Acme > Devices");
        assert!(letters.score(0, &name).is_some() && letters.score(1, &name).is_none());
        assert_eq!(letters.marks("Acme > Devices"), [7, 8, 9]);
    }

    #[test]
    fn every_word_is_found_or_none() {
        let mut fuzzy = Fuzzy::new("acme dev");
        assert_eq!(fuzzy.find_in("Acme > Devices").unwrap().1, [0, 1, 2, 3, 7, 8, 9]);
        assert!(fuzzy.find_in("Acme > Users").is_none());
    }
}
