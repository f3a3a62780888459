//! Divides the cells of a table among its columns by their content: nothing is cut while another column has spare
//! cells, nothing is stretched, and there is always a gap.

use ratatui::text::Span;

use super::pane::cell;
use crate::tui::column::{Column, Order};

/// Blank cells between two columns.
pub(crate) const GAP: usize = 2;

/// The columns from the left, each with its width.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Columns {
    pub(crate) shown: Vec<(Column, usize)>,
    /// Cells before the first column.
    pub(crate) marker: usize,
}

/// The widths that the columns need, and which shrink first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan<'a> {
    /// Always shown, with the widths of their values.
    pub(crate) always: &'a [(Column, usize)],
    /// Shown in this order as long as there is room for their whole content; empty ones are not shown.
    pub(crate) extra: &'a [(Column, usize)],
    /// Which columns shrink first if there is too little room, and to which width.
    pub(crate) cuts: &'a [(Column, usize)],
    /// The most cells of a column that count when deciding whether an extra column fits; a wider column shrinks for it.
    pub(crate) modest: &'a [(Column, usize)],
}

impl Columns {
    /// Fits the plan into `width` cells.
    pub(crate) fn fit(plan: Plan<'_>, marker: usize, width: usize) -> Self {
        let room = width.saturating_sub(marker);
        let mut shown = plan.always.to_vec();
        let modest = |shown: &[(Column, usize)]| {
            let cells = |(column, cells): &(Column, usize)| {
                let most = plan.modest.iter().find(|(of, _)| of == column).map(|(_, most)| *most);
                most.map_or(*cells, |most| most.min(*cells))
            };
            shown.iter().map(cells).sum::<usize>() + GAP * shown.len().saturating_sub(1)
        };
        for extra in plan.extra.iter().filter(|(_, cells)| *cells > 0) {
            if modest(&shown) + GAP + extra.1 <= room {
                shown.push(*extra);
            }
        }
        let mut columns = Self { shown, marker };
        let mut lacking = columns.width().saturating_sub(width);
        for (column, least) in plan.cuts {
            if let Some((_, cells)) = columns.shown.iter_mut().find(|(of, _)| of == column) {
                let given = lacking.min(cells.saturating_sub(*least));
                *cells -= given;
                lacking -= given;
            }
        }
        columns.shown.retain(|(_, cells)| *cells > 0);
        columns
    }

    /// Cells from the marker to the end of the last column.
    pub(crate) fn width(&self) -> usize {
        let gaps = GAP * self.shown.len().saturating_sub(1);
        self.marker + gaps + self.shown.iter().map(|(_, cells)| cells).sum::<usize>()
    }

    /// The column at this cell of a row; the gap after a column belongs to it.
    pub(crate) fn at(&self, x: u16) -> Option<Column> {
        let mut end = self.marker;
        self.shown.iter().find_map(|(column, cells)| {
            end += cells + GAP;
            (usize::from(x) < end).then_some(*column)
        })
    }

    /// The headings, with an arrow beside the column that the rows are sorted by; those of numbers are aligned right.
    pub(crate) fn heading(&self, order: Option<Order>) -> String {
        let cells = self.shown.iter().map(|(column, cells)| {
            let arrow = order.filter(|order| order.column == *column).map(Order::arrow);
            let name = column.heading();
            let text = arrow.map_or_else(|| name.to_owned(), |arrow| format!("{name} {arrow}"));
            if column.is_number() { format!("{text:>cells$}") } else { cell(&text, *cells) }
        });
        " ".repeat(self.marker) + &cells.collect::<Vec<_>>().join(&" ".repeat(GAP))
    }

    /// The gap between two columns.
    pub(crate) fn gap() -> Span<'static> {
        Span::raw(" ".repeat(GAP))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALWAYS: &[(Column, usize)] = &[(Column::Name, 30), (Column::Integration, 20), (Column::Status, 23)];
    const EXTRA: &[(Column, usize)] = &[(Column::Owner, 15), (Column::Tags, 0), (Column::Expires, 16)];
    const CUTS: &[(Column, usize)] = &[(Column::Integration, 12), (Column::Name, 20), (Column::Integration, 0)];

    const MODEST: &[(Column, usize)] = &[(Column::Name, 40)];

    fn fit(width: usize) -> Columns {
        Columns::fit(Plan { always: ALWAYS, extra: EXTRA, cuts: CUTS, modest: MODEST }, 2, width)
    }

    #[test]
    fn columns_have_what_they_hold_and_no_more() {
        let columns = fit(79);
        assert_eq!((columns.shown.as_slice(), columns.width()), (ALWAYS, 79));
        assert_eq!(fit(200).width(), 2 + 30 + 20 + 23 + 15 + 16 + 4 * GAP, "the rest stays empty");
    }

    #[test]
    fn more_columns_come_before_more_blanks_and_empty_ones_never() {
        let shown = |width| fit(width).shown.iter().map(|(column, _)| *column).collect::<Vec<_>>();
        assert_eq!(shown(96).len(), 4);
        assert_eq!(shown(95).len(), 3);
        assert_eq!(shown(114).last(), Some(&Column::Expires));
        assert!(!shown(300).contains(&Column::Tags));
    }

    #[test]
    fn cells_are_given_in_order_and_gaps_stay() {
        for width in 0..130 {
            let columns = fit(width);
            let name = columns.shown.iter().find(|(column, _)| *column == Column::Name).unwrap().1;
            let about =
                columns.shown.iter().find(|(column, _)| *column == Column::Integration).map(|(_, cells)| *cells);
            assert!(name == 30 || about.is_none_or(|about| about <= 12), "{width}: {columns:?}");
            assert!(columns.width() <= width || name == 20, "{width}: {columns:?}");
        }
        let heading = fit(60).heading(Some(Order::default()));
        assert!(heading.starts_with("  NAME ↑ ") && heading.contains("  STATUS"), "{heading}");
    }

    #[test]
    fn a_long_name_keeps_no_column_away() {
        let always = &[(Column::Name, 120), (Column::Status, 23)];
        let plan = Plan { always, extra: EXTRA, cuts: &[(Column::Name, 20)], modest: MODEST };
        let columns = Columns::fit(plan, 2, 102);
        assert!(columns.shown.len() == 4 && columns.width() == 102, "{columns:?}");
    }

    #[test]
    fn a_click_finds_the_column_under_it() {
        let columns = fit(79);
        assert_eq!(columns.at(0), Some(Column::Name));
        assert_eq!(columns.at(33), Some(Column::Name));
        assert_eq!(columns.at(34), Some(Column::Integration));
        assert_eq!(columns.at(200), None);
    }
}
