//! The rows of a catalog search: the entries that match, and which characters of their names.

use std::marker::PhantomData;

use super::searched_list::{ListRow, Searched};
use crate::catalog::{Hit, Provider, Source};
use crate::tui::context::Context;

/// The details of a catalog entry shown next to its name.
pub(crate) trait Described {
    /// The title of the frame.
    const TITLE: &'static str;
    /// Shown if nothing matches.
    const NONE: &'static str;

    /// How reliable the entry's data is; empty if there is nothing to note.
    fn evidence(provider: &Provider) -> Vec<String>;

    /// Its group, shown if no alias matched.
    fn group(provider: &Provider) -> Option<&str>;
}

/// One row: the entry's id, and which characters of its name matched.
#[derive(Clone, Debug)]
pub(crate) struct CatalogRow<D> {
    pub(crate) id: String,
    positions: Vec<usize>,
    alias: Option<String>,
    described: PhantomData<D>,
}

impl<D: Described> Searched for CatalogRow<D> {
    const TITLE: &'static str = D::TITLE;
    const NONE: &'static str = D::NONE;
    const FOOT: u16 = 2;

    fn search(cx: &Context<'_>, query: &str) -> Vec<Self> {
        let row = |hit: Hit<'_>| Self {
            id: hit.provider.id.clone(),
            positions: hit.positions,
            alias: hit.alias.map(str::to_owned),
            described: PhantomData,
        };
        cx.catalog.search(query).into_iter().map(row).collect()
    }

    fn written(&self, cx: &Context<'_>) -> Option<ListRow<'_>> {
        let provider = cx.catalog.by_id(&self.id)?;
        let beside = beside::<D>(provider, self.alias.as_deref());
        Some(ListRow { text: provider.name.clone(), matched: &self.positions, beside })
    }

    fn text_columns(row: usize) -> usize {
        row / 2 + 2
    }
}

/// The text beside a name: how the provider signs in, whether the entry is the user's own, how reliable it is, and
/// which alias matched.
fn beside<D: Described>(provider: &Provider, alias: Option<&str>) -> String {
    let mut words = vec![provider.grant_label.split(" (").next().unwrap_or_default().to_owned()];
    if matches!(provider.source, Source::User(_)) {
        words.push("custom".to_owned());
    }
    words.extend(D::evidence(provider));
    match alias {
        Some(alias) => words.push(format!("also {alias}")),
        None => words.extend(D::group(provider).map(str::to_owned)),
    }
    words.join(", ")
}
