//! Templates: text with `{name}` in it. Inserted values are never expanded again.

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Piece<'a> {
    Text(&'a str),
    Name(&'a str),
}

/// A brace that belongs to no `{name}`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct StrayBrace;

/// Splits `template`; names are `[a-z][a-z0-9_]*`.
pub(super) fn pieces(template: &str) -> Result<Vec<Piece<'_>>, StrayBrace> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let (text, tail) = rest.split_at(at);
        let inner = tail.strip_prefix('{').ok_or(StrayBrace)?;
        let (name, after) = inner.split_once('}').ok_or(StrayBrace)?;
        if !is_name(name) {
            return Err(StrayBrace);
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        pieces.push(Piece::Name(name));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

/// The names that a template uses, in order; empty if the template is not valid.
pub(super) fn names(template: &str) -> Vec<&str> {
    let pieces = pieces(template).unwrap_or_default();
    pieces.into_iter().filter_map(|piece| if let Piece::Name(name) = piece { Some(name) } else { None }).collect()
}

/// Whether `name` is a valid placeholder name.
pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= 40
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_split_at_its_names() {
        assert_eq!(pieces("https://{a}/b"), Ok(vec![Piece::Text("https://"), Piece::Name("a"), Piece::Text("/b")]));
        assert_eq!(pieces("{a}{b_2}"), Ok(vec![Piece::Name("a"), Piece::Name("b_2")]));
        assert_eq!(pieces(""), Ok(vec![]));
    }

    #[test]
    fn any_other_brace_is_a_defect() {
        for stray in ["{", "}", "{}", "{A}", "{a b}", "${a", "{{a}}", "a}", "{a}}", "{a{b}}"] {
            assert_eq!(pieces(stray), Err(StrayBrace), "{stray}");
        }
    }
}
