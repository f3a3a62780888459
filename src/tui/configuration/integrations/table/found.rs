//! Which integrations fit the filter: by the letters of their names, or by the words beside.

use std::cmp::Reverse;

use super::super::{credential_of, provider_name};
use crate::engine::ops::integrations::State;
use crate::model::integration::Integration;
use crate::tui::context::Context;
use crate::tui::widgets::fuzzy::Fuzzy;

/// One row.
#[derive(Clone, Debug)]
pub(super) struct Found<'a> {
    pub(super) one: &'a Integration,
    /// Matched characters of the name.
    pub(super) positions: Vec<usize>,
}

/// The rows that fit, best first; all in the vault's order without a filter.
pub(super) fn found<'a>(
    cx: &Context<'a>,
    query: &str,
    state: impl Fn(&Integration) -> Option<State>,
) -> Vec<Found<'a>> {
    let (lower, all) = (query.trim().to_lowercase(), &cx.snapshot.integrations.list);
    if lower.is_empty() {
        return all.iter().map(|one| Found { one, positions: Vec::new() }).collect();
    }
    let mut fuzzy = Fuzzy::new(&lower);
    let mut rows: Vec<(u32, Found<'a>)> = Vec::new();
    for one in all {
        if let Some((score, positions)) = fuzzy.find_in(one.name.as_str()) {
            rows.push((score, Found { one, positions }));
        } else if beside_the_name(cx, one, state(one), &lower) {
            rows.push((0, Found { one, positions: Vec::new() }));
        }
    }
    rows.sort_by_key(|(score, _)| Reverse(*score));
    rows.into_iter().map(|(_, row)| row).collect()
}

fn beside_the_name(cx: &Context<'_>, one: &Integration, state: Option<State>, lower: &str) -> bool {
    let credential = credential_of(cx, one).map(|credential| credential.name.as_str());
    let words = [Some(provider_name(cx, &one.provider)), credential, state.map(State::word)];
    words.into_iter().flatten().any(|word| word.to_lowercase().contains(lower))
}
