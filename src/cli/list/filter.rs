//! Filters credentials by the words and options of `list`, with the parser of the screens' filter.

use crate::cli::arguments::list::List;
use crate::engine::{Session, Snapshot};
use crate::filter::query::{Field, Query};
use crate::filter::search_index::{Entry, mistake, search};
use crate::model::credential::{Credential, Status};
use crate::nearest::nearest;
use crate::problem::{Kind, Problem};

/// The fields of the filter, as in the table on the screens.
const FIELDS: &[Field] = &[Field::Status, Field::Owner, Field::Tag, Field::Integration];

/// The matching credentials.
pub(super) struct Matches {
    /// Their indices in the vault.
    pub(super) places: Vec<usize>,
    /// A mistyped value, with the most similar existing one.
    pub(super) mistake: Option<String>,
    /// Whether anything was filtered.
    pub(super) is_filtered: bool,
}

/// Applies the filter.
///
/// # Errors
/// `Kind::Usage` for an unknown field before a colon, or a status that does not exist.
pub(super) fn matches(session: &Session, snapshot: &Snapshot, arguments: &List) -> Result<Matches, Problem> {
    let text = text(arguments);
    let query = Query::parse(&text, FIELDS);
    known_statuses(&query)?;
    let entries: Vec<Entry<()>> = snapshot.credentials.list.iter().map(|one| entry(session, one)).collect();
    let places: Vec<usize> = search(&entries, &query, 0..entries.len()).into_iter().map(|hit| hit.index).collect();
    let mistake = mistake(&entries, &query, FIELDS, places.is_empty());
    match mistake {
        Some(sentence) if !query.unknown.is_empty() => Err(Problem::new(Kind::Usage, sentence)),
        mistake => Ok(Matches { places, mistake, is_filtered: !query.terms.is_empty() }),
    }
}

/// The options as filter words, appended to the typed ones.
fn text(arguments: &List) -> String {
    let mut words: Vec<String> = arguments.filter.iter().map(|word| quoted(word)).collect();
    let options = [("status", &arguments.status), ("owner", &arguments.owner), ("integration", &arguments.integration)];
    words.extend(options.into_iter().filter_map(|(field, value)| Some(term(field, value.as_ref()?))));
    words.extend(arguments.tags.iter().map(|tag| term("tag", tag)));
    words.join(" ")
}

fn term(field: &str, value: &str) -> String {
    format!("{field}:\"{}\"", value.replace('"', ""))
}

/// An argument of several words is one term, since the shell has removed the quotes.
fn quoted(word: &str) -> String {
    if word.contains('"') || !word.contains(char::is_whitespace) {
        return word.to_owned();
    }
    let (not, rest) = word.strip_prefix('!').map_or(("", word), |rest| ("!", rest));
    match rest.split_once(':').filter(|(field, _)| FIELDS.iter().any(|known| known.word() == *field)) {
        Some((field, value)) => format!("{not}{field}:\"{value}\""),
        // The words of a phrase match separately, as on the screens.
        None => word.to_owned(),
    }
}

/// Refuses a word that is not the beginning of one of the seven statuses, whichever of them occur in the vault.
fn known_statuses(query: &Query) -> Result<(), Problem> {
    let plain = |text: &str| -> String { text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect() };
    for term in query.terms.iter().filter(|term| term.field == Some(Field::Status)) {
        let wanted = plain(&term.text);
        if Status::ALL.iter().any(|status| plain(status.word()).starts_with(&wanted)) {
            continue;
        }
        let words = Status::ALL.map(|status| status.word().to_lowercase().replace(' ', "-"));
        let hint = nearest(&term.text, words.iter().map(String::as_str));
        let hint = hint.map(|word| format!(" Did you mean \"{word}\"?")).unwrap_or_default();
        return Err(Problem::new(Kind::Usage, format!("There is no status \"{}\".{hint}", term.text))
            .try_this(format!("Statuses: {}.", words.join(", "))));
    }
    Ok(())
}

fn entry(session: &Session, credential: &Credential) -> Entry<()> {
    let workspace = &session.workspace;
    let provider = workspace.catalog.by_id(&credential.provider);
    let mut values = vec![
        (Field::Status, credential.status(workspace.clock.now()).word()),
        (Field::Owner, credential.details.owner.as_str()),
        (Field::Integration, provider.map_or(credential.provider.as_str(), |provider| provider.name.as_str())),
        (Field::Integration, credential.provider.as_str()),
    ];
    values.extend(credential.details.tags.iter().map(|tag| (Field::Tag, tag.as_str())));
    Entry::new((), credential.name.as_str(), values)
}
