//! Merges entries of a file that are the same client: the collection of an API client repeats it in every request.

use super::provider_match::MatchedEntry;
use crate::secret::Secret;

/// Merges `placed` into the entry of the same client, if there is one and their refresh tokens do not differ.
pub(super) fn fold<'a>(all: &mut Vec<(MatchedEntry<'a>, usize)>, placed: MatchedEntry<'a>) {
    let secret = |placed: &MatchedEntry<'_>| placed.entry.client_secret.as_ref().map(Secret::digest);
    let same = |one: &MatchedEntry<'_>| {
        let two_tokens = match (&one.entry.refresh_token, &placed.entry.refresh_token) {
            (Some(a), Some(b)) => !a.matches(b),
            _ => false,
        };
        !two_tokens
            && !placed.entry.client_id.is_empty()
            && one.provider.id == placed.provider.id
            && one.entry.client_id == placed.entry.client_id
            && one.variables == placed.variables
            && secret(one) == secret(&placed)
    };
    let Some((one, folded)) = all.iter_mut().find(|(one, _)| same(one)) else { return all.push((placed, 0)) };
    *folded += 1;
    let entry = placed.entry;
    one.entry.scopes.extend(entry.scopes);
    let mut seen = std::collections::BTreeSet::new();
    one.entry.scopes.retain(|scope| seen.insert(scope.clone()));
    one.entry.refresh_token = one.entry.refresh_token.take().or(entry.refresh_token);
}
