//! The messages of this session: past notices with their times. A notice contains no secret, so these do not either.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::tui::context::Context;
use crate::tui::effect::Notice;
use crate::tui::widgets::fields::Row;
use crate::tui::widgets::relative_time;

/// Most messages that are kept; the oldest is dropped first.
const MOST: usize = 50;

/// The messages, oldest first.
#[derive(Debug, Default)]
pub(super) struct Messages {
    said: VecDeque<(Timestamp, Notice)>,
}

impl Messages {
    pub(super) fn add(&mut self, at: Timestamp, notice: Notice) {
        if self.said.len() == MOST {
            self.said.pop_front();
        }
        self.said.push_back((at, notice));
    }

    /// The messages as rows of time and text, newest first.
    pub(super) fn rows(&self, cx: &Context<'_>) -> Vec<Row> {
        let row = |(at, notice): &(Timestamp, Notice)| {
            let (glyph, text, style) = match notice {
                Notice::Done(text) => (("✓", "+"), text.clone(), cx.theme.ok),
                Notice::Refused(text) => (("▲", "!"), text.clone(), cx.theme.warn),
                Notice::Failed(problem) => (("✗", "x"), format!("{} {}", problem.what, problem.why), cx.theme.danger),
            };
            let glyph = if cx.theme.ascii { glyph.1 } else { glyph.0 };
            Row::new(&relative_time::instant(cx, *at), format!("{glyph} {}", text.trim_end())).style(style)
        };
        self.said.iter().rev().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_fifty_are_kept() {
        let mut messages = Messages::default();
        for number in 0..60 {
            messages.add(Timestamp::UNIX_EPOCH, Notice::Done(number.to_string()));
        }
        assert_eq!(messages.said.len(), MOST);
        assert!(matches!(&messages.said[0].1, Notice::Done(text) if text == "10"));
    }
}
