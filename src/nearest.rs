//! Finds the known word that was most likely meant by a mistyped one.

/// Longest word that is compared: the cost of the edit distance is the product of both lengths.
const LONGEST: usize = 40;

/// The known word with the smallest edit distance, if that is small for the length of the word.
#[must_use]
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    if length == 0 || length > LONGEST {
        return None;
    }
    let near = known.into_iter().filter(|known| known.chars().count() <= 2 * LONGEST);
    let (distance, best) = near.map(|known| (strsim::damerau_levenshtein(&word, known), known)).min()?;
    (distance <= 1 + length / 4).then_some(best)
}

/// ` Did you mean "dark"?`, or nothing.
#[must_use]
pub(crate) fn suggestion<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map(|right| format!(" Did you mean \"{right}\"?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognized_and_another_word_is_not() {
        const KNOWN: [&str; 3] = ["dark", "light", "high-contrast"];
        assert_eq!(nearest("drak", KNOWN), Some("dark"));
        assert_eq!(nearest("Hihg-contrast", KNOWN), Some("high-contrast"));
        assert_eq!(nearest("solarized", KNOWN), None);
        assert_eq!((nearest("", KNOWN), nearest(&"x".repeat(99), KNOWN)), (None, None));
        assert_eq!(suggestion("ligth", KNOWN), " Did you mean \"light\"?");
    }
}
