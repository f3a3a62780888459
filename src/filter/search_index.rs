//! The search texts of a table's rows. They are prepared when the vault changes, and not on every key press.

use nucleo_matcher::Utf32String;

use super::fuzzy::FuzzyWords;
use super::query::{Field, Query, Term};

/// Longest word that gets a "did you mean" suggestion: the cost of the edit distance is the product of both lengths.
const LONGEST: usize = 40;

/// A row, prepared for searching.
#[derive(Debug)]
pub(crate) struct Entry<I> {
    pub(crate) id: I,
    name: Utf32String,
    /// Name and values, lowercase, one per line.
    text: String,
    values: Vec<(Field, String)>,
}

impl<I> Entry<I> {
    pub(crate) fn new(id: I, name: &str, values: Vec<(Field, &str)>) -> Self {
        let values: Vec<(Field, String)> =
            values.into_iter().map(|(field, value)| (field, value.to_lowercase())).collect();
        let mut text = name.to_lowercase();
        for (_, value) in &values {
            text.push('\n');
            text.push_str(value);
        }
        // Characters, not graphemes as the crate's own conversion uses: positions are counted in characters.
        let name = if name.is_ascii() {
            Utf32String::Ascii(name.into())
        } else {
            Utf32String::Unicode(name.chars().collect())
        };
        Self { id, name, text, values }
    }

    /// The score of the row for a term; `None` if it does not match. Only a fuzzy match in the name scores above 0.
    fn meets(&self, term: &Term, letters: &mut FuzzyWords, word: &mut usize) -> Option<u32> {
        if term.is_word() {
            let at = *word;
            *word += 1;
            return letters.score(at, &self.name).or_else(|| self.text.contains(&term.text).then_some(0));
        }
        let met = match term.field {
            None => self.text.contains(&term.text),
            Some(field) => self.has(field, &term.text),
        };
        (term.text.is_empty() || met != term.negated).then_some(0)
    }

    fn has(&self, field: Field, wanted: &str) -> bool {
        self.values.iter().any(|(of, value)| *of == field && fits(field, value, wanted))
    }
}

/// A status must match from its beginning, because "not authenticated" contains "authenticated". Other values must
/// match from the beginning of a word, so that "it" is not found in "security".
fn fits(field: Field, value: &str, wanted: &str) -> bool {
    if field == Field::Status {
        return plain(value).starts_with(&plain(wanted));
    }
    value.match_indices(wanted).any(|(at, _)| {
        let before = value.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(|before| !before.is_alphanumeric())
    })
}

/// Removes spaces and hyphens, so that `status:needs-re-authentication` needs no quotes.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// A row that matches a query.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Hit {
    /// Position in the index, which is also the position in the vault.
    pub(crate) index: usize,
    /// The score of the match in the name.
    pub(crate) score: u32,
}

/// The rows that match the query, in the order of `among`.
pub(crate) fn search<I>(entries: &[Entry<I>], query: &Query, among: impl Iterator<Item = usize>) -> Vec<Hit> {
    let mut letters = FuzzyWords::new(query.words());
    among
        .filter_map(|index| {
            let entry = entries.get(index)?;
            let mut word = 0;
            let mut score = 0;
            for term in &query.terms {
                score += entry.meets(term, &mut letters, &mut word)?;
            }
            Some(Hit { index, score })
        })
        .collect()
}

/// Describes the mistake in a query in one sentence, with the most similar correct word; `None` if there is no mistake.
pub(crate) fn mistake<I>(entries: &[Entry<I>], query: &Query, fields: &[Field], finds_nothing: bool) -> Option<String> {
    for word in &query.unknown {
        if let Some(right) = nearest(word, fields.iter().map(|field| field.word())) {
            return Some(format!("\"{word}:\" is not a filter word. Did you mean {right}:?"));
        }
        if finds_nothing {
            let known: Vec<String> = fields.iter().map(|field| format!("{}:", field.word())).collect();
            return Some(format!("\"{word}:\" is not a filter word. Use {}.", known.join(", ")));
        }
    }
    let unmet =
        |term: &&Term| term.field.is_some_and(|field| !entries.iter().any(|entry| entry.has(field, &term.text)));
    let term = query.terms.iter().filter(|term| !term.text.is_empty()).find(unmet)?;
    let field = term.field?;
    let values = entries.iter().flat_map(|entry| &entry.values).filter(|(of, _)| *of == field);
    let similar = nearest(&term.text, values.map(|(_, value)| value.as_str()));
    let hint = similar.map(|value| format!(" Did you mean {}?", quoted(field, value))).unwrap_or_default();
    Some(format!("No {} \"{}\" here.{hint}", field.word(), term.text))
}

/// A value as it has to be typed in a filter.
fn quoted(field: Field, value: &str) -> String {
    let value = if field == Field::Status { value.replace(' ', "-") } else { value.to_owned() };
    if value.contains(' ') { format!("{}:\"{value}\"", field.word()) } else { format!("{}:{value}", field.word()) }
}

fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    if length > LONGEST {
        return None;
    }
    let near = |value: &&str| value.chars().count() <= 2 * LONGEST;
    // Compared with as much of a value as was typed, because half a word is not a mistake.
    let begun = |value: &str| value.chars().take(length).collect::<String>();
    let distance =
        |value: &str| strsim::damerau_levenshtein(word, value).min(strsim::damerau_levenshtein(word, &begun(value)));
    let (distance, value) = known.filter(near).map(|value| (distance(value), value)).min()?;
    (distance <= 1 + length / 4).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[Field] = &[Field::Status, Field::Owner, Field::Tag, Field::Integration];

    fn entries() -> Vec<Entry<u8>> {
        let row = |id, name, status, owner, tag| {
            let values = vec![(Field::Status, status), (Field::Owner, owner), (Field::Tag, tag)];
            Entry::new(id, name, values)
        };
        vec![
            row(0, "Zoho EU", "Authenticated", "IT Operations", "prod"),
            row(1, "Zoho US", "Not authenticated", "Security", "test"),
            row(2, "Jamf", "Needs re-authentication", "Ana Lopez", "prod"),
        ]
    }

    fn found(text: &str) -> Vec<usize> {
        let entries = entries();
        search(&entries, &Query::parse(text, FIELDS), 0..entries.len()).iter().map(|hit| hit.index).collect()
    }

    fn said(text: &str) -> Option<String> {
        let entries = entries();
        mistake(&entries, &Query::parse(text, FIELDS), FIELDS, found(text).is_empty())
    }

    #[test]
    fn terms_are_met_together() {
        for (text, rows) in [
            ("", &[0, 1, 2][..]),
            ("zoho", &[0, 1]),
            ("zoho tag:prod", &[0]),
            ("!tag:prod", &[1]),
            ("!zoho", &[2]),
            ("status:auth", &[0]),
            ("status:not", &[1]),
            ("status:needs-re", &[2]),
            ("!status:authenticated prod", &[2]),
            ("owner:it", &[0]),
            ("owner:\"ana lo\"", &[2]),
            ("owner:lopez", &[2]),
            ("owner:", &[0, 1, 2]),
            ("integration:x", &[]),
        ] {
            assert_eq!(found(text), rows, "{text}");
        }
    }

    #[test]
    fn a_narrowed_query_looks_at_the_former_rows_only() {
        let entries = entries();
        let query = Query::parse("zoho", FIELDS);
        let hits = search(&entries, &query, [1, 2].into_iter());
        assert_eq!(hits.iter().map(|hit| hit.index).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn mistakes_are_said_with_the_nearest_right_word() {
        assert_eq!(said("onwer:it").unwrap(), "\"onwer:\" is not a filter word. Did you mean owner:?");
        assert!(said("colour:red").unwrap().ends_with("Use status:, owner:, tag:, integration:."));
        assert_eq!(
            said("status:autenticated").unwrap(),
            "No status \"autenticated\" here. Did you mean status:authenticated?"
        );
        assert_eq!(said("owner:secruity").unwrap(), "No owner \"secruity\" here. Did you mean owner:security?");
        assert_eq!(
            said("owner:\"ana lopes\"").unwrap(),
            "No owner \"ana lopes\" here. Did you mean owner:\"ana lopez\"?"
        );
        assert_eq!(said("tag:qqqqqq").unwrap(), "No tag \"qqqqqq\" here.");
        for right in ["", "zoho", "owner:", "owner:it !tag:prod", "status:needs"] {
            assert_eq!(said(right), None, "{right}");
        }
    }
}
