//! Parses the text of a filter into terms: words, `field:value`, and `!` before either.

/// A property of a row. Its word before a colon limits a term to this property.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Field {
    Status,
    Owner,
    Tag,
    Integration,
    Credential,
}

impl Field {
    /// The word that is typed before the colon.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Owner => "owner",
            Self::Tag => "tag",
            Self::Integration => "integration",
            Self::Credential => "credential",
        }
    }
}

/// One condition on a row.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Term {
    /// Whether matching rows are excluded.
    pub(crate) negated: bool,
    /// `None`: search the whole row.
    pub(crate) field: Option<Field>,
    /// Lowercase, without quotes; empty for `owner:`, which matches every row.
    pub(crate) text: String,
}

impl Term {
    /// Whether it is a plain word that is searched in the whole row.
    pub(crate) fn is_word(&self) -> bool {
        self.field.is_none() && !self.negated
    }
}

/// A parsed filter. All terms must match.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Query {
    pub(crate) terms: Vec<Term>,
    /// Words before a colon that are not the name of a field.
    pub(crate) unknown: Vec<String>,
}

impl Query {
    /// Parses the text of a filter; `fields` are those of the table. Quotes keep spaces in a value:
    /// `owner:"Service Desk"`.
    pub(crate) fn parse(text: &str, fields: &[Field]) -> Self {
        let mut query = Self::default();
        for part in split(&text.to_lowercase()) {
            let (negated, rest) = part.strip_prefix('!').map_or((false, part.as_str()), |rest| (true, rest));
            let (field, value) = match rest.split_once(':') {
                Some((word, value)) if !word.is_empty() && !word.contains('"') => {
                    let known = fields.iter().find(|field| field.word() == word).copied();
                    if known.is_none() {
                        query.unknown.push(word.to_owned());
                    }
                    (known, if known.is_some() { value } else { rest })
                }
                _ => (None, rest),
            };
            let text = value.replace('"', "");
            if field.is_some() || !text.is_empty() {
                query.terms.push(Term { negated, field, text });
            }
        }
        query
    }

    /// Whether all rows that match this query also match `before`. Then only the rows that matched `before` have to be
    /// searched.
    pub(crate) fn narrows(&self, before: &Self) -> bool {
        self.terms.len() >= before.terms.len()
            && before.terms.iter().zip(&self.terms).all(|(was, is)| {
                let longer = !was.negated && is.text.starts_with(&was.text);
                (was.negated, was.field) == (is.negated, is.field) && (longer || is.text == was.text)
            })
    }

    /// The words that are searched in names with fuzzy matching.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().filter(|term| term.is_word()).map(|term| term.text.as_str())
    }
}

/// Splits at spaces outside of quotes.
fn split(text: &str) -> Vec<String> {
    let (mut parts, mut quoted) = (vec![String::new()], false);
    for c in text.chars() {
        quoted ^= c == '"';
        match parts.last_mut() {
            Some(part) if quoted || !c.is_whitespace() => part.push(c),
            _ => parts.push(String::new()),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[Field] = &[Field::Status, Field::Owner, Field::Tag];

    fn term(negated: bool, field: Option<Field>, text: &str) -> Term {
        Term { negated, field, text: text.to_owned() }
    }

    #[test]
    fn words_fields_negations_and_quotes_are_told_apart() {
        let query = Query::parse("Acme status:not !tag:Old owner:\"Service Desk\" !eu", FIELDS);
        let terms = [
            term(false, None, "acme"),
            term(false, Some(Field::Status), "not"),
            term(true, Some(Field::Tag), "old"),
            term(false, Some(Field::Owner), "service desk"),
            term(true, None, "eu"),
        ];
        assert_eq!(query.terms, terms);
        assert!(query.unknown.is_empty());
    }

    #[test]
    fn an_unknown_field_is_a_word_and_remembered() {
        let query = Query::parse("onwer:it integration:x !", FIELDS);
        assert_eq!(query.terms, [term(false, None, "onwer:it"), term(false, None, "integration:x")]);
        assert_eq!(query.unknown, ["onwer", "integration"]);
    }

    #[test]
    fn longer_words_and_more_terms_narrow_and_longer_negations_do_not() {
        let narrows = |is: &str, was: &str| Query::parse(is, FIELDS).narrows(&Query::parse(was, FIELDS));
        for (was, is) in [("", "a"), ("a", "ab"), ("a", "a b"), ("tag:", "tag:x"), ("!a", "!a b"), ("a", "a !b")] {
            assert!(narrows(is, was), "{was} to {is}");
        }
        for (was, is) in [("ab", "a"), ("!a", "!ab"), ("a", "!a"), ("tag", "tag:"), ("a b", "a c"), ("a b", "a")] {
            assert!(!narrows(is, was), "{was} to {is}");
        }
    }
}
