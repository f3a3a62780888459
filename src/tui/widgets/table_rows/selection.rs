//! Selects rows for one action: single ones, all shown ones, and a range that grows with the cursor.
//!
//! The selected rows are kept by id, even while a filter hides them. A range is kept by position: when the rows are
//! filtered, sorted or replaced, it ends, and its rows stay selected.

use std::collections::HashSet;
use std::hash::Hash;
use std::ops::RangeInclusive;

use super::TableRows;
use crate::tui::keymap::Action;
use crate::tui::widgets::selected_rows::SelectedRows;

impl<I: Copy + Eq + Hash> TableRows<I> {
    /// Selects or deselects rows; false if `action` does neither.
    pub(crate) fn mark(&mut self, action: Action) -> bool {
        match action {
            Action::Toggle | Action::SelectRange if self.marks.anchor.is_some() => self.end_range(),
            Action::Toggle => {
                if let Some((_, id)) = self.selected() {
                    if !self.marks.ids.remove(&id) {
                        self.marks.ids.insert(id);
                    }
                    self.act(Action::Down, 1);
                }
            }
            Action::SelectRange => self.marks.anchor = (self.shown() > 0).then_some(self.at()),
            Action::SelectAll => self.mark_all(),
            _ => return false,
        }
        true
    }

    /// Cancels a range, or deselects all rows if there is none; false if no row was selected.
    pub(crate) fn unmark(&mut self) -> bool {
        if self.marks.anchor.take().is_some() {
            return true;
        }
        let had_any = !self.marks.ids.is_empty();
        self.marks.ids.clear();
        had_any
    }

    /// Deselects all rows once the action on them has begun.
    pub(crate) fn unmark_all(&mut self) {
        self.marks = SelectedRows::default();
    }

    /// Whether the row at a position is selected.
    pub(crate) fn is_marked(&self, position: usize) -> bool {
        self.range().is_some_and(|range| range.contains(&position))
            || self.row(position).is_some_and(|(_, id)| self.marks.ids.contains(&id))
    }

    /// Whether any row is selected.
    pub(crate) fn has_marks(&self) -> bool {
        self.marks.anchor.is_some() || !self.marks.ids.is_empty()
    }

    /// The selected rows in the order of the table, including those that the filter hides.
    pub(crate) fn marked(&self) -> Vec<I> {
        let in_range: HashSet<I> = self.ids_in_range().collect();
        let is_marked = |id: &I| self.marks.ids.contains(id) || in_range.contains(id);
        let mut marked: Vec<(usize, I)> = self
            .entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| is_marked(&entry.id))
            .map(|(place, entry)| (self.ranks.get(place).copied().unwrap_or(place), entry.id))
            .collect();
        marked.sort_unstable_by_key(|(rank, _)| *rank);
        marked.into_iter().map(|(_, id)| id).collect()
    }

    /// How many rows are selected, and how many of these the filter hides.
    pub(crate) fn count_marked(&self) -> (usize, usize) {
        let added = self.ids_in_range().filter(|id| !self.marks.ids.contains(id)).count();
        let total = self.marks.ids.len() + added;
        if self.shown() == self.entries.len() || total == 0 {
            return (total, 0);
        }
        let shown = (0..self.shown()).filter(|position| self.is_marked(*position)).count();
        (total, total - shown)
    }

    /// The suffix of a table's title: ", 3 selected (1 hidden)"; empty if none is selected.
    pub(crate) fn selection_suffix(&self) -> String {
        match self.count_marked() {
            (0, _) => String::new(),
            (count, 0) => format!(", {count} selected"),
            (count, hidden) => format!(", {count} selected ({hidden} hidden)"),
        }
    }

    /// Ends a range: its rows stay selected, and it no longer grows.
    pub(super) fn end_range(&mut self) {
        let ids: Vec<I> = self.ids_in_range().collect();
        self.marks.ids.extend(ids);
        self.marks.anchor = None;
    }

    pub(super) fn forget_marks_of_gone(&mut self) {
        if !self.marks.ids.is_empty() {
            let known: HashSet<I> = self.entries.iter().map(|entry| entry.id).collect();
            self.marks.ids.retain(|id| known.contains(id));
        }
    }

    /// Selects all shown rows, or deselects them if all were selected.
    fn mark_all(&mut self) {
        self.end_range();
        let shown: HashSet<I> = (0..self.shown()).filter_map(|position| Some(self.row(position)?.1)).collect();
        if shown.iter().all(|id| self.marks.ids.contains(id)) {
            self.marks.ids.retain(|id| !shown.contains(id));
        } else {
            self.marks.ids.extend(shown);
        }
    }

    fn range(&self) -> Option<RangeInclusive<usize>> {
        let anchor = self.marks.anchor?;
        Some(anchor.min(self.at())..=anchor.max(self.at()))
    }

    fn ids_in_range(&self) -> impl Iterator<Item = I> {
        self.range().into_iter().flatten().filter_map(|position| Some(self.row(position)?.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::widgets::search_index::Entry;
    use crate::tui::widgets::table_rows::SortKey;

    fn rows(names: &[&str]) -> TableRows<usize> {
        let mut rows = TableRows::new(&[]);
        fill(&mut rows, 1, names);
        rows
    }

    fn fill(rows: &mut TableRows<usize>, version: u64, names: &[&str]) {
        let entries = names.iter().enumerate().map(|(at, name)| Entry::new(at, name, Vec::new())).collect();
        rows.replace(version, entries, |at, _| SortKey::text(names[at]));
    }

    const NAMES: &[&str] = &["alpha", "bravo", "charlie", "delta", "echo"];

    #[test]
    fn space_marks_and_goes_down_and_a_second_time_unmarks() {
        let mut rows = rows(NAMES);
        rows.mark(Action::Toggle);
        rows.mark(Action::Toggle);
        assert_eq!((rows.marked(), rows.at()), (vec![0, 1], 2));
        rows.act(Action::First, 1);
        rows.mark(Action::Toggle);
        assert_eq!(rows.marked(), [1]);
        assert!(rows.unmark() && !rows.unmark() && !rows.has_marks());
    }

    #[test]
    fn a_range_grows_in_both_directions_and_is_kept_or_given_up() {
        let mut rows = rows(NAMES);
        rows.act(Action::Down, 1);
        rows.mark(Action::SelectRange);
        rows.act(Action::Down, 1);
        rows.act(Action::Down, 1);
        assert_eq!((rows.marked(), rows.count_marked()), (vec![1, 2, 3], (3, 0)));
        rows.act(Action::First, 1);
        assert_eq!(rows.marked(), [0, 1], "it follows the cursor back over its beginning");
        assert!(rows.unmark() && !rows.has_marks(), "esc gives the range up");
        rows.mark(Action::SelectRange);
        rows.mark(Action::SelectRange);
        rows.act(Action::Last, 1);
        rows.mark(Action::Toggle);
        assert_eq!(rows.marked(), [0, 4], "a range that was kept, and one row more");
    }

    #[test]
    fn all_shown_rows_are_marked_and_hidden_marks_are_counted() {
        let mut rows = rows(NAMES);
        rows.filter("a");
        rows.mark(Action::SelectAll);
        let shown = rows.shown();
        assert!(shown < NAMES.len() && rows.count_marked() == (shown, 0));
        rows.filter("echo");
        assert_eq!(rows.count_marked(), (shown, shown), "the filter hides them, and they stay marked");
        rows.unfilter();
        assert_eq!(rows.marked().len(), shown);
        rows.mark(Action::SelectAll);
        assert_eq!(rows.marked().len(), NAMES.len());
        rows.mark(Action::SelectAll);
        assert!(!rows.has_marks(), "all were marked: none is now");
    }

    #[test]
    fn marks_of_rows_that_are_gone_are_forgotten_and_a_range_ends_with_a_new_order() {
        let mut rows = rows(NAMES);
        rows.mark(Action::SelectRange);
        rows.act(Action::Last, 1);
        fill(&mut rows, 2, &NAMES[..3]);
        assert_eq!(rows.marked(), [0, 1, 2]);
        assert!(rows.marks.anchor.is_none());
    }
}
