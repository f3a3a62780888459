//! Where the person is: the titles of the open screens, one after the other, each of them a way back.

use unicode_width::UnicodeWidthStr as _;

use super::app::App;

/// Between two parts.
const BETWEEN: &str = " > ";

/// In place of the parts that do not fit.
const CUT: &str = "…";

/// The path as it is drawn.
#[derive(Debug)]
pub(super) struct Path {
    /// Each part, and how many screens are open where it is the last one.
    parts: Vec<(String, usize)>,
}

impl Path {
    /// With a blank before it.
    pub(super) fn text(&self) -> String {
        let parts: Vec<&str> = self.parts.iter().map(|(part, _)| part.as_str()).collect();
        format!(" {}", parts.join(BETWEEN))
    }

    /// How many screens are open where the part at this column is the last one.
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
    /// Where we are; its beginning goes first when there is no room for all of it, its end never.
    pub(super) fn path(&self, room: usize) -> Path {
        let cx = self.context();
        let mut parts: Vec<(String, usize)> = Vec::new();
        for (at, screen) in self.stack.iter().enumerate() {
            for part in screen.as_view().title(&cx).split(BETWEEN).filter(|part| !part.is_empty()) {
                // A screen that names what it is about may be over that one's own.
                if parts.last().is_none_or(|(last, _)| last != part) {
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

    /// The column of the header's right part, where the path ends at the latest.
    pub(super) fn path_here(&self) -> Path {
        let width = usize::from(self.size.0);
        self.path(width.saturating_sub(self.header_right().width() + 3))
    }
}
