//! The breadcrumb: the titles of the open screens, each of which can be clicked to go back.

use unicode_width::UnicodeWidthStr as _;

use super::app::App;

/// Separates two parts.
const BETWEEN: &str = " > ";

/// Replaces the parts that do not fit.
const CUT: &str = "…";

/// The breadcrumb as it is drawn.
#[derive(Debug)]
pub(super) struct Path {
    /// Each part with the depth of its screen in the stack.
    parts: Vec<(String, usize)>,
}

impl Path {
    /// The whole text, with a leading space.
    pub(super) fn text(&self) -> String {
        let parts: Vec<&str> = self.parts.iter().map(|(part, _)| part.as_str()).collect();
        format!(" {}", parts.join(BETWEEN))
    }

    /// The depth in the stack of the screen whose part is at this column.
    pub(super) fn depth_at(&self, x: u16) -> Option<usize> {
        let mut from = 1;
        for (part, depth) in &self.parts {
            let end = from + part.width();
            if (from..end).contains(&usize::from(x)) {
                return Some(*depth);
            }
            from = end + BETWEEN.width();
        }
        None
    }
}

impl App {
    /// The breadcrumb, shortened from the left if it does not fit into `room` columns.
    pub(super) fn path(&self, room: usize) -> Path {
        let cx = self.context();
        let mut parts: Vec<(String, usize)> = Vec::new();
        for (at, screen) in self.stack.iter().enumerate() {
            let title = screen.as_view().title(&cx);
            let mut of_title = title.split(BETWEEN).filter(|part| !part.is_empty()).peekable();
            while let Some(part) = of_title.next() {
                // Parts that a screen below already shows are not repeated: the group, or the name of the record that
                // the screen is about.
                let is_leading = of_title.peek().is_some();
                let is_known = if is_leading {
                    parts.iter().any(|(known, _)| known == part)
                } else {
                    parts.last().is_some_and(|(last, _)| last == part)
                };
                if !is_known {
                    parts.push((part.to_owned(), at + 1));
                }
            }
        }
        let mut path = Path { parts };
        while path.text().width() > room && path.parts.len() > 2 {
            let is_cut = path.parts.first().is_some_and(|(first, _)| first == CUT);
            let depth = path.parts.get(usize::from(is_cut)).map_or(1, |(_, depth)| *depth);
            path.parts.drain(..=usize::from(is_cut));
            path.parts.insert(0, (CUT.to_owned(), depth));
        }
        if path.text().width() > room && path.parts.len() == 2 && path.parts.first().is_some_and(|one| one.0 != CUT) {
            path.parts.splice(..1, [(CUT.to_owned(), 1)]);
        }
        path
    }

    /// The breadcrumb in the columns that the right part of the header leaves free.
    pub(super) fn path_here(&self) -> Path {
        let width = usize::from(self.size.0);
        self.path(width.saturating_sub(self.header_right().width() + 3))
    }
}
