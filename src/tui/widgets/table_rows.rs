//! The rows of a table: which match the filter, in which order, and which one is selected.
//!
//! Search texts and the order are computed once per snapshot. When a key makes the filter narrower, only the previous
//! matches are searched, and the cost does not depend on how many rows are drawn. The selection follows its row by id.

mod selection;

use std::cmp::Ordering;
use std::collections::HashSet;
use std::hash::Hash;
use std::ops::Range;

use jiff::Timestamp;

use super::list::{moved, window};
use super::selected_rows::SelectedRows;
use crate::filter::query::{Field, Query};
use crate::filter::search_index::{Entry, Hit, mistake, search};
use crate::tui::column::{Column, Order};
use crate::tui::keymap::Action;

/// The key that rows are sorted by. `Missing` is last in both directions.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum SortKey {
    Text(String),
    Number(u64),
    Time(Timestamp),
    Urgency(u8, Timestamp),
    Missing,
}

impl SortKey {
    /// A key that ignores case; `Missing` if empty.
    pub(crate) fn text(text: &str) -> Self {
        if text.is_empty() { Self::Missing } else { Self::Text(text.to_lowercase()) }
    }

    pub(crate) fn time(at: Option<Timestamp>) -> Self {
        at.map_or(Self::Missing, Self::Time)
    }
}

/// The rows of a table, with ids of type `I`.
#[derive(Debug)]
pub(crate) struct TableRows<I> {
    fields: &'static [Field],
    entries: Vec<Entry<I>>,
    /// Rank of each entry in the order.
    ranks: Vec<usize>,
    order: Order,
    query: Query,
    hits: Vec<Hit>,
    selected: usize,
    mistake: Option<String>,
    marks: SelectedRows<I>,
    /// The query before the filter was cleared: n and N go through its matches.
    last_query: Query,
    /// The `AttentionCounts::version` that the entries were made from.
    version: Option<u64>,
}

impl<I: Copy + Eq + Hash> TableRows<I> {
    /// Creates a table without rows; `fields` are the words that the filter accepts before a colon.
    pub(crate) fn new(fields: &'static [Field]) -> Self {
        Self {
            fields,
            entries: Vec::new(),
            ranks: Vec::new(),
            order: Order::default(),
            query: Query::default(),
            hits: Vec::new(),
            selected: 0,
            mistake: None,
            marks: SelectedRows::default(),
            last_query: Query::default(),
            version: None,
        }
    }

    /// Whether the rows are those of this version.
    pub(crate) fn are_of(&self, version: u64) -> bool {
        self.version == Some(version)
    }

    /// Makes the next `are_of` return false.
    pub(crate) fn invalidate(&mut self) {
        self.version = None;
    }

    /// Replaces the rows by those of another version, in the vault's order; `key` returns the sort key of a row.
    pub(crate) fn replace(&mut self, version: u64, entries: Vec<Entry<I>>, key: impl Fn(usize, Column) -> SortKey) {
        let selected = self.selected_id();
        self.end_range();
        (self.entries, self.version) = (entries, Some(version));
        self.forget_marks_of_gone();
        self.rank(key);
        self.refilter();
        self.select(selected);
    }

    pub(crate) fn order(&self) -> Order {
        self.order
    }

    /// The order of the shown rows; `None` if the best match comes first.
    pub(crate) fn ordered_by(&self) -> Option<Order> {
        (!self.is_by_score()).then_some(self.order)
    }

    /// Sorts by a column, or reverses the order if it is already sorted by this column.
    pub(crate) fn sort(&mut self, column: Column, key: impl Fn(usize, Column) -> SortKey) {
        let selected = self.selected_id();
        self.end_range();
        self.order = self.order.choose(column);
        self.rank(key);
        self.arrange();
        self.select(selected);
    }

    /// Sets the filter's text and selects the best match.
    pub(crate) fn filter(&mut self, text: &str) {
        let query = Query::parse(text, self.fields);
        if query == self.query {
            return;
        }
        self.end_range();
        let narrows = query.narrows(&self.query);
        if !query.terms.is_empty() {
            self.last_query = query.clone();
        }
        self.query = query;
        if narrows {
            self.hits = search(&self.entries, &self.query, self.hits.iter().map(|hit| hit.index));
            self.arrange();
        } else {
            self.refilter();
        }
        self.judge();
        self.selected = 0;
    }

    /// Clears the filter; the selected row stays selected.
    pub(crate) fn unfilter(&mut self) {
        let selected = self.selected_id();
        self.filter("");
        self.select(selected);
    }

    /// The error in the filter.
    pub(crate) fn mistake(&self) -> Option<&str> {
        self.mistake.as_deref()
    }

    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.query.words()
    }

    pub(crate) fn shown(&self) -> usize {
        self.hits.len()
    }

    /// Position of the selected row among those shown.
    pub(crate) fn at(&self) -> usize {
        self.selected
    }

    /// The selected row's index in the vault, and its id.
    pub(crate) fn selected(&self) -> Option<(usize, I)> {
        self.row(self.selected)
    }

    /// A shown row's index in the vault, and its id.
    pub(crate) fn row(&self, position: usize) -> Option<(usize, I)> {
        let hit = self.hits.get(position)?;
        Some((hit.index, self.entries.get(hit.index)?.id))
    }

    /// Positions of the rows that are visible in `height` lines.
    pub(crate) fn visible(&self, height: u16) -> Range<usize> {
        window(self.selected, self.hits.len(), height)
    }

    /// Moves the selection; false if `action` is not a movement.
    pub(crate) fn act(&mut self, action: Action, page: u16) -> bool {
        let to = moved(self.selected, self.hits.len(), page, action);
        self.selected = to.unwrap_or(self.selected);
        to.is_some()
    }

    pub(crate) fn scroll(&mut self, rows: i16) {
        let last = self.hits.len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(isize::from(rows)).min(last);
    }

    /// Selects the row at this line below the first visible one; false if there is none.
    pub(crate) fn click(&mut self, line: u16, height: u16) -> bool {
        let visible = self.visible(height);
        let position = visible.start + usize::from(line);
        let is_row = visible.contains(&position);
        if is_row {
            self.selected = position;
        }
        is_row
    }

    /// Selects the row with this id; false if it is not shown.
    pub(crate) fn go_to(&mut self, id: I) -> bool {
        let position = self.hits.iter().position(|hit| self.entries.get(hit.index).is_some_and(|entry| entry.id == id));
        self.selected = position.unwrap_or(self.selected);
        position.is_some()
    }

    /// Selects the next (or previous) row that matches the last filter, wrapping around; false if none does.
    pub(crate) fn go_to_match(&mut self, forward: bool) -> bool {
        if self.last_query.terms.is_empty() {
            return false;
        }
        let matches = search(&self.entries, &self.last_query, self.hits.iter().map(|hit| hit.index));
        let matching: HashSet<usize> = matches.into_iter().map(|hit| hit.index).collect();
        let total = self.hits.len();
        let at = |step: usize| {
            if forward { (self.selected + step) % total } else { (self.selected + total - step) % total }
        };
        let is_match = |position: &usize| self.hits.get(*position).is_some_and(|hit| matching.contains(&hit.index));
        let found = (1..=total).map(at).find(is_match);
        self.selected = found.unwrap_or(self.selected);
        found.is_some()
    }

    fn selected_id(&self) -> Option<I> {
        self.selected().map(|(_, id)| id)
    }

    /// Selects the row with this id; if it was deleted, the selection stays at its position.
    fn select(&mut self, id: Option<I>) {
        let is_it = |hit: &Hit| self.entries.get(hit.index).map(|entry| entry.id) == id;
        let position = id.and_then(|_| self.hits.iter().position(is_it));
        self.selected = position.unwrap_or(self.selected).min(self.hits.len().saturating_sub(1));
    }

    fn refilter(&mut self) {
        self.hits = search(&self.entries, &self.query, 0..self.entries.len());
        self.arrange();
        self.judge();
    }

    fn judge(&mut self) {
        self.mistake = mistake(&self.entries, &self.query, self.fields, self.hits.is_empty());
    }

    /// Whether the best match comes first: while there is a query and the user has not chosen an order.
    fn is_by_score(&self) -> bool {
        self.order == Order::default() && self.query.words().next().is_some()
    }

    fn arrange(&mut self) {
        let (by_score, ranks) = (self.is_by_score(), &self.ranks);
        self.hits.sort_unstable_by_key(|hit| {
            let score = if by_score { hit.score } else { 0 };
            (std::cmp::Reverse(score), ranks.get(hit.index))
        });
    }

    fn rank(&mut self, key: impl Fn(usize, Column) -> SortKey) {
        let mut places: Vec<usize> = (0..self.entries.len()).collect();
        places.sort_by_cached_key(|place| key(*place, Column::Name));
        let Order { column, descending } = self.order;
        if column == Column::Name {
            if descending {
                places.reverse();
            }
        } else {
            let mut keyed: Vec<(SortKey, usize)> = places.iter().map(|place| (key(*place, column), *place)).collect();
            // A stable sort: equal rows stay in the order of their names.
            keyed.sort_by(|(one, _), (other, _)| compare(one, other, descending));
            places = keyed.into_iter().map(|(_, place)| place).collect();
        }
        self.ranks = vec![0; places.len()];
        for (rank, place) in places.into_iter().enumerate() {
            if let Some(slot) = self.ranks.get_mut(place) {
                *slot = rank;
            }
        }
    }
}

fn compare(one: &SortKey, other: &SortKey, descending: bool) -> Ordering {
    let has_both = *one != SortKey::Missing && *other != SortKey::Missing;
    if descending && has_both { other.cmp(one) } else { one.cmp(other) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[Field] = &[Field::Owner];

    type Row = (u8, &'static str, &'static str);

    const ROWS: &[Row] = &[(1, "delta", "Zoe"), (2, "Alpha", ""), (3, "charlie", "ana"), (4, "bravo", "zoe")];

    fn fill(rows: &mut TableRows<u8>, version: u64, list: &[Row]) {
        let entries = list.iter().map(|(id, name, owner)| Entry::new(*id, name, vec![(Field::Owner, owner)])).collect();
        rows.replace(version, entries, key(list));
    }

    fn key(list: &[Row]) -> impl Fn(usize, Column) -> SortKey {
        |at, column| SortKey::text(if column == Column::Name { list[at].1 } else { list[at].2 })
    }

    fn ids(rows: &TableRows<u8>) -> Vec<u8> {
        (0..rows.shown()).map(|at| rows.row(at).unwrap().1).collect()
    }

    #[test]
    fn rows_are_by_name_and_by_any_column_stable_with_missing_values_last() {
        let mut rows = TableRows::new(FIELDS);
        fill(&mut rows, 1, ROWS);
        assert_eq!(ids(&rows), [2, 4, 3, 1]);
        rows.act(Action::Down, 5);
        rows.sort(Column::Owner, key(ROWS));
        assert_eq!(ids(&rows), [3, 4, 1, 2]);
        assert_eq!(rows.selected().unwrap().1, 4, "the selected row stays selected");
        rows.sort(Column::Owner, key(ROWS));
        assert_eq!(ids(&rows), [4, 1, 3, 2], "reversed, equal ones by name, the missing one last");
        rows.sort(Column::Name, key(ROWS));
        rows.sort(Column::Name, key(ROWS));
        assert_eq!(ids(&rows), [1, 3, 4, 2]);
    }

    #[test]
    fn a_new_version_keeps_filter_order_and_selection_by_id() {
        let mut rows = TableRows::new(FIELDS);
        fill(&mut rows, 1, ROWS);
        rows.filter("owner:zo");
        assert_eq!(ids(&rows), [4, 1]);
        rows.act(Action::Down, 5);
        assert!(rows.are_of(1));
        let more = [&[(5, "aaa", "zorro")], ROWS].concat();
        fill(&mut rows, 2, &more);
        assert_eq!((ids(&rows), rows.selected().unwrap()), (vec![5, 4, 1], (1, 1)));
        fill(&mut rows, 3, &more[..1]);
        assert_eq!(rows.selected().unwrap().1, 5, "one that is gone leaves the selection on a row");
        rows.unfilter();
        assert_eq!(rows.selected().unwrap().1, 5);
    }

    #[test]
    fn narrowing_gives_the_same_rows_as_searching_all() {
        let (mut rows, mut all) = (TableRows::new(FIELDS), TableRows::new(FIELDS));
        fill(&mut rows, 1, ROWS);
        let text = "a owner:z !brav";
        for end in 0..=text.len() {
            rows.filter(&text[..end]);
            all.filter("");
            fill(&mut all, 1, ROWS);
            all.filter(&text[..end]);
            assert_eq!(ids(&rows), ids(&all), "{}", &text[..end]);
        }
        assert_eq!(ids(&rows), [1]);
    }

    #[test]
    fn the_best_match_is_first_until_an_order_is_chosen() {
        let list = &[(1, "z-e-t-a", ""), (2, "zeta", "")];
        let mut rows = TableRows::new(FIELDS);
        fill(&mut rows, 1, list);
        rows.filter("zeta");
        assert_eq!((ids(&rows), rows.ordered_by()), (vec![2, 1], None));
        rows.sort(Column::Name, key(list));
        assert_eq!(ids(&rows), [2, 1]);
        assert!(rows.ordered_by().is_some());
    }
}
