//! Finds integrations by name, alias or vendor: exact first, then prefixes, then typing errors, then scattered letters.

use std::cmp::Reverse;

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::Hit;
use super::provider::Provider;

/// Longest query looked at, in characters.
const MAX_QUERY: usize = 80;
/// Shortest query in which a typing error is looked for.
const MIN_TYPO: usize = 4;

/// Why a provider is in the list; later ones come first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Tier {
    Scattered,
    Typo,
    Inside,
    WordPrefix,
    Prefix,
    AliasExact,
    Exact,
}

/// Best first. `providers` are by name, and stay so within equals.
pub(super) fn search<'a>(providers: Vec<&'a Provider>, query: &str) -> Vec<Hit<'a>> {
    let query: String = query.trim().chars().take(MAX_QUERY).collect::<String>().to_lowercase();
    if query.is_empty() {
        return providers.into_iter().map(|provider| Hit { provider, positions: Vec::new(), alias: None }).collect();
    }
    let pattern = Pattern::new(&query, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut found: Vec<(Tier, u32, Hit<'a>)> =
        providers.into_iter().filter_map(|provider| hit(provider, &query, &pattern, &mut matcher)).collect();
    // Letters strewn over a long alias are noise beside anything better.
    if found.iter().any(|(tier, ..)| *tier > Tier::Scattered) {
        found.retain(|(tier, _, hit)| *tier > Tier::Scattered || !hit.positions.is_empty());
    }
    found.sort_by_key(|(tier, score, _)| Reverse((*tier, *score)));
    found.into_iter().map(|(.., hit)| hit).collect()
}

fn hit<'a>(
    provider: &'a Provider,
    query: &str,
    pattern: &Pattern,
    matcher: &mut Matcher,
) -> Option<(Tier, u32, Hit<'a>)> {
    let name: Vec<char> = provider.name.chars().collect();
    let mut indices = Vec::new();
    let score = pattern.indices(Utf32Str::Unicode(&name), matcher, &mut indices);
    indices.sort_unstable();
    indices.dedup();
    let positions: Vec<usize> = indices.into_iter().filter_map(|index| usize::try_from(index).ok()).collect();
    let by_name = tier_of(&provider.name, query, Tier::Exact).or(score.map(|_| Tier::Scattered));
    let others = provider.aliases.iter().chain([&provider.group, &provider.id]);
    let by_alias = others
        .filter_map(|alias| {
            Some((tier_of(alias, query, Tier::AliasExact).or_else(|| scattered(alias, pattern, matcher))?, alias))
        })
        .max_by_key(|(tier, alias)| (*tier, Reverse(alias.len())));
    let (tier, alias) = match (by_name, by_alias) {
        (Some(tier), Some((other, alias))) if other > tier => (other, Some(alias)),
        (Some(tier), _) => (tier, None),
        (None, Some((tier, alias))) => (tier, Some(alias)),
        (None, None) => return None,
    };
    let alias = alias.map(String::as_str).filter(|alias| *alias != provider.name);
    Some((tier, score.unwrap_or(0), Hit { provider, positions, alias }))
}

fn tier_of(text: &str, query: &str, exact: Tier) -> Option<Tier> {
    let text = text.to_lowercase();
    if text == query {
        return Some(exact);
    }
    if text.starts_with(query) {
        return Some(Tier::Prefix);
    }
    let words = || text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let is_start = |wanted: &str| words().any(|word| word.starts_with(wanted));
    if query.split_whitespace().all(is_start) {
        return Some(Tier::WordPrefix);
    }
    if text.contains(query) {
        return Some(Tier::Inside);
    }
    let length = query.chars().count();
    let allowed = 1 + length / 6;
    let close = |candidate: &str| strsim::damerau_levenshtein(candidate, query) <= allowed;
    (length >= MIN_TYPO && (close(&text) || words().any(close))).then_some(Tier::Typo)
}

fn scattered(alias: &str, pattern: &Pattern, matcher: &mut Matcher) -> Option<Tier> {
    let alias: Vec<char> = alias.chars().collect();
    pattern.score(Utf32Str::Unicode(&alias), matcher).map(|_| Tier::Scattered)
}
