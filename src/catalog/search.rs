//! Finds integrations by name, alias or vendor: exact first, then the vendor's others, then prefixes, then typing
//! errors, then scattered letters.

use std::cmp::Reverse;

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::evidence::Verification;
use super::provider::Provider;

/// Longest query looked at, in characters.
const MAX_QUERY: usize = 80;
/// Shortest query in which a typing error is looked for.
const MIN_TYPO: usize = 4;

/// One row of a search.
#[derive(Clone, Debug)]
pub struct Hit<'a> {
    pub provider: &'a Provider,
    /// Character positions in its name that matched, ascending.
    pub positions: Vec<usize>,
    /// The alias that matched, if the name did not.
    pub alias: Option<&'a str>,
}

/// Why a provider is in the list, in ascending order of relevance.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Tier {
    Scattered,
    TypoInWord,
    Typo,
    Inside,
    WordPrefix,
    Prefix,
    Vendor,
    AliasExact,
    Exact,
}

/// The rank of a provider in the list; greater ones come first.
type Rank = (Tier, Named, u32, Main, Sure);
/// Whether the name itself matched, not only an alias.
type Named = bool;
/// Whether it is a vendor's main entry, not a variant such as "Acme (API token)".
type Main = bool;
/// How reliable its facts are.
type Sure = Verification;

/// Returns the matches, best first. `providers` are sorted by name, and matches of equal rank stay so.
pub(super) fn search<'a>(providers: Vec<&'a Provider>, query: &str) -> Vec<Hit<'a>> {
    let query: String = query.trim().chars().take(MAX_QUERY).collect::<String>().to_lowercase();
    if query.is_empty() {
        return providers.into_iter().map(|provider| Hit { provider, positions: Vec::new(), alias: None }).collect();
    }
    let pattern = Pattern::new(&query, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut found: Vec<(Rank, Hit<'a>)> =
        providers.into_iter().filter_map(|provider| hit(provider, &query, &pattern, &mut matcher)).collect();
    // Letters scattered over a long text are noise if there is any better match.
    if found.iter().any(|((tier, ..), _)| *tier > Tier::Scattered) {
        found.retain(|((tier, ..), _)| *tier > Tier::Scattered);
    }
    found.sort_by_key(|(rank, _)| Reverse(*rank));
    found.into_iter().map(|(_, hit)| hit).collect()
}

fn hit<'a>(provider: &'a Provider, query: &str, pattern: &Pattern, matcher: &mut Matcher) -> Option<(Rank, Hit<'a>)> {
    let name: Vec<char> = provider.name.chars().collect();
    let mut indices = Vec::new();
    let score = pattern.indices(Utf32Str::Unicode(&name), matcher, &mut indices);
    indices.sort_unstable();
    indices.dedup();
    let positions: Vec<usize> = indices.into_iter().filter_map(|index| usize::try_from(index).ok()).collect();
    let by_name = tier_of(&provider.name, query, Tier::Exact).or(score.map(|_| Tier::Scattered));
    let aliases = provider.aliases.iter().chain([&provider.id]).map(|alias| (alias, Tier::AliasExact));
    let by_alias = aliases
        .chain([(&provider.group, Tier::Vendor)])
        .filter_map(|(alias, exact)| {
            Some((tier_of(alias, query, exact).or_else(|| scattered(alias, pattern, matcher))?, alias))
        })
        .max_by_key(|(tier, alias)| (*tier, Reverse(alias.len())));
    let (tier, alias) = match (by_name, by_alias) {
        (Some(tier), Some((other, alias))) if other > tier => (other, Some(alias)),
        (Some(tier), _) => (tier, None),
        (None, Some((tier, alias))) => (tier, Some(alias)),
        (None, None) => return None,
    };
    let alias = alias.map(String::as_str).filter(|alias| *alias != provider.name);
    let named = by_name.is_some_and(|tier| tier > Tier::Scattered);
    let score = score.filter(|_| named || tier == Tier::Scattered).unwrap_or(0);
    let rank = (tier, named, score, !provider.name.contains('('), provider.verification);
    Some((rank, Hit { provider, positions, alias }))
}

/// How well one text matches; `exact` is the tier of a match of the whole text.
fn tier_of(text: &str, query: &str, exact: Tier) -> Option<Tier> {
    let text = text.to_lowercase();
    // "g suite" and "gsuite" mean the same to the user.
    let same = text == query || (query.len() >= MIN_TYPO && letters(&text).eq(letters(query)));
    if same {
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
    let close = |candidate: &str| {
        // The distance is at least the difference in length, which is much cheaper to compute.
        candidate.chars().count().abs_diff(length) <= allowed
            && strsim::damerau_levenshtein(candidate, query) <= allowed
    };
    if length < MIN_TYPO {
        return None;
    }
    if exact > Tier::Vendor && close(&text) {
        return Some(Tier::Typo);
    }
    (close(&text) || words().any(close)).then_some(Tier::TypoInWord)
}

fn letters(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().filter(|c| c.is_alphanumeric())
}

fn scattered(alias: &str, pattern: &Pattern, matcher: &mut Matcher) -> Option<Tier> {
    let alias: Vec<char> = alias.chars().collect();
    pattern.score(Utf32Str::Unicode(&alias), matcher).map(|_| Tier::Scattered)
}
