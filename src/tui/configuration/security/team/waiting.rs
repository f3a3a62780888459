//! The page of a pending request to join: the join code for an admin, and whether the request was approved.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::engine::event::EntryEvent;
use crate::engine::ops::team::entry::Asked;
use crate::printable::printable;
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Copyable, Effect};
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::pane::{centered, pane, split_top};
use crate::tui::widgets::spinner;

pub(crate) const COPY: Key = Key::new(&[Press::char('y')], Action::CopyCode, "copy join code", "Copy the join code");

pub(crate) const LEAVE: Key =
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "leave", "Leave; the join code stays valid");

/// Width of the page and of its labels.
const WIDTH: u16 = 84;
const LABEL: u16 = 12;

#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) asked: Asked,
    /// Why the last poll of the store failed.
    silent: Option<Box<Problem>>,
}

impl Waiting {
    #[must_use]
    pub(crate) fn new(asked: Asked) -> Self {
        Self { asked, silent: None }
    }

    /// Updates the page after a poll of the store.
    pub(crate) fn told(&mut self, event: EntryEvent) {
        if let EntryEvent::Silent(why) = event {
            self.silent = why;
        }
    }

    pub(crate) fn copy(&self) -> Vec<Effect> {
        vec![Effect::Copy(Copyable::Plain { what: "the join code", text: self.asked.joining.code.clone() })]
    }

    /// Draws the page, with the rows `end` below it: the status or the result.
    pub(crate) fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, end: Vec<Row>) {
        let joining = &self.asked.joining;
        let mut text = vec![
            Row::new("Vault", format!("{} in {}", self.asked.here.name, printable(&self.asked.here.place, 200))),
            Row::new("Fingerprint", joining.fingerprint.clone()),
            Row::new("Join code", joining.code.clone()).style(cx.theme.accent),
            Row::new("Four words", joining.words.clone()).style(cx.theme.heading),
            Row::blank(),
        ];
        text.extend(end);
        let inside = pane(cx.theme, frame, centered(area, WIDTH, 21), "Join a team vault", Line::default());
        rows(cx.theme, frame, split_top(inside, 1).1, LABEL, &text);
    }

    /// The status rows until an admin has added this machine.
    pub(crate) fn status_rows(&self, cx: &Context<'_>) -> Vec<Row> {
        let row = |text: &str| Row::new("", text);
        let mut text = vec![
            row("Send the join code to an admin of the team, who pastes it in Security > Team (+), or runs credenza \
                 team add CODE. Then call the admin and compare the four words: they must be the same."),
            Row::blank(),
            row(&format!("{} Waiting for an admin to add this machine.", spinner(cx))),
        ];
        if let Some(problem) = &self.silent {
            text.push(Row::blank());
            text.push(row(&format!("{} This machine keeps trying.", problem.what)).style(cx.theme.warn));
        }
        text
    }
}
