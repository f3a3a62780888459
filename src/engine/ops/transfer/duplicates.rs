//! Merges entries of a file that are the same client: the collection of an API client repeats it in every request.

use super::entry::SkippedPart;
use super::provider_match::MatchedEntry;
use crate::secret::Secret;

/// Adds `placed` to the entries, or merges it into the entry of the same client if there is one and their refresh tokens
/// do not differ. Returns the reason if it is left out: two credentials with one refresh token would spend each other's.
pub(super) fn fold<'a>(all: &mut Vec<(MatchedEntry<'a>, usize)>, placed: MatchedEntry<'a>) -> Option<SkippedPart> {
    let secret = |placed: &MatchedEntry<'_>| placed.entry.client_secret.as_ref().map(Secret::digest);
    let has_its_token = |one: &MatchedEntry<'_>| {
        let both = one.entry.refresh_token.as_ref().zip(placed.entry.refresh_token.as_ref());
        both.map(|(a, b)| a.matches(b))
    };
    let same = |one: &MatchedEntry<'_>| {
        has_its_token(one) != Some(false)
            && !placed.entry.client_id.is_empty()
            && one.provider.id == placed.provider.id
            && one.entry.client_id == placed.entry.client_id
            && one.variables == placed.variables
            && secret(one) == secret(&placed)
    };
    let Some((one, folded)) = all.iter_mut().find(|(one, _)| same(one)) else {
        if let Some((other, _)) = all.iter().find(|(one, _)| has_its_token(one) == Some(true)) {
            let why = format!("It has the same refresh token as \"{}\".", other.entry.name);
            return Some(SkippedPart { name: placed.entry.name, why });
        }
        all.push((placed, 0));
        return None;
    };
    *folded += 1;
    let entry = placed.entry;
    one.entry.scopes.extend(entry.scopes);
    let mut seen = std::collections::BTreeSet::new();
    one.entry.scopes.retain(|scope| seen.insert(scope.clone()));
    one.entry.refresh_token = one.entry.refresh_token.take().or(entry.refresh_token);
    None
}
