//! The table of error codes of token endpoints and their meanings (`assets/oauth_errors.toml`).

use std::sync::LazyLock;

use serde::Deserialize;

static TABLE: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let file: Option<File> = toml::from_str(include_str!("../../assets/oauth_errors.toml")).ok();
    // A test parses the table. If it were broken in a build, no code would be known.
    file.map(|file| file.error).unwrap_or_default()
});

/// What a refusal means for the stored tokens.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum ErrorMeaning {
    /// The grant is dead: it was revoked or has expired, for example.
    Permanent,
    /// The user must sign in.
    Interaction,
    /// Client, secret, scope or redirect URI is wrong.
    Client,
    /// Too many requests.
    Throttled,
    /// May work later.
    Temporary,
    /// The user has not decided about the device code yet.
    Pending,
    /// The user declined the device code.
    Declined,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    error: Vec<Row>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    pub means: ErrorMeaning,
    /// The codes with this meaning.
    #[serde(default)]
    pub codes: Vec<String>,
    /// Groups of words: the description must contain one word of each group.
    #[serde(default)]
    pub words: Vec<Vec<String>>,
    /// Codes for which `words` may decide against their own row. `words` also decides for codes that are in no row.
    #[serde(default)]
    pub among: Vec<String>,
    /// The documentation or report that states it.
    pub source: String,
}

/// The rows of the table, in order.
#[must_use]
pub fn rows() -> &'static [Row] {
    &TABLE
}

/// The meaning of a code and its description; `None` if the table does not know them.
#[must_use]
pub fn meaning(code: &str, description: &str) -> Option<ErrorMeaning> {
    let code = normal(code);
    let head = head(&code);
    let known = |wanted: &str| TABLE.iter().find(|row| row.codes.iter().any(|known| known == wanted));
    let by_code = known(&code).or_else(|| known(head)).map(|row| row.means);
    let said = format!("{code} {}", description.to_lowercase());
    let by_words = TABLE.iter().filter(|row| !row.words.is_empty()).find(|row| {
        (by_code.is_none() || row.among.iter().any(|open| *open == code || open == head))
            && row.words.iter().all(|group| group.iter().any(|word| said.contains(word.as_str())))
    });
    by_words.map(|row| row.means).or(by_code)
}

/// Normalizes a code to the spelling of the catalog and the table: lower case, `_` for spaces and dashes.
#[must_use]
pub(crate) fn normal(code: &str) -> String {
    code.trim().to_lowercase().replace([' ', '-'], "_")
}

/// A code without its tail: `invalid_grant` of `invalid_grant:_token_is_expired`.
#[must_use]
pub fn head(code: &str) -> &str {
    let end = code.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(code.len());
    code.get(..end).unwrap_or(code).trim_end_matches('_')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_row_says_something_once_and_where_it_is_from() {
        assert!(rows().len() > 10, "the table is read");
        let mut seen = BTreeSet::new();
        for row in rows() {
            assert!(!row.source.is_empty() && row.codes.is_empty() != row.words.is_empty(), "{row:?}");
            for code in &row.codes {
                assert_eq!(*code, normal(code));
                assert!(seen.insert(code), "{code} is in two rows");
            }
        }
    }

    #[test]
    fn codes_are_known_whole_and_with_a_tail_and_descriptions_where_the_code_leaves_it_open() {
        for (code, description, wanted) in [
            ("invalid_grant", "", Some(ErrorMeaning::Permanent)),
            ("Invalid Grant", "", Some(ErrorMeaning::Permanent)),
            ("invalid_grant: Token is expired or invalid.", "", Some(ErrorMeaning::Permanent)),
            ("invalid-grant (400)", "", Some(ErrorMeaning::Permanent)),
            ("BAD_REFRESH_TOKEN", "", Some(ErrorMeaning::Permanent)),
            ("interaction_required", "AADSTS50079", Some(ErrorMeaning::Interaction)),
            ("unauthorized_client", "refresh_token is invalid", Some(ErrorMeaning::Permanent)),
            ("unauthorized_client", "the client may not use this grant", Some(ErrorMeaning::Client)),
            ("invalid_request", "Invalid refresh token", Some(ErrorMeaning::Permanent)),
            ("invalid_request", "redirect_uri is missing", Some(ErrorMeaning::Client)),
            ("E1234", "The refresh token has expired", Some(ErrorMeaning::Permanent)),
            ("slow_down", "your refresh token is not expired yet", Some(ErrorMeaning::Throttled)),
            ("E1234", "try later", None),
            ("", "", None),
        ] {
            assert_eq!(meaning(code, description), wanted, "{code} {description}");
        }
    }
}
