//! Restores a vault on a machine without one: from a copy of `vault.age`, its recovery kit, and a new passphrase.

use std::path::PathBuf;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::engine::event::JobEvent;
use crate::engine::operation::Operation;
use crate::engine::ops::passphrase;
use crate::problem::{Kind, Problem};
use crate::secret::Passphrase;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present::in_full;
use crate::tui::view::{RedrawRate, View};
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::pane::{centered, indent, pane, split_top};
use crate::tui::widgets::spinner;
use crate::tui::widgets::text_field::TextField;

const KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "next", "Next field; on the last one, restore"),
    Key::new(&[Press::plain(KeyCode::Tab), Press::plain(KeyCode::Down)], Action::NextField, "", "Next field"),
    Key::new(&[Press::plain(KeyCode::BackTab), Press::plain(KeyCode::Up)], Action::PreviousField, "", "Previous field"),
    Key::new(&[Press::ctrl('t')], Action::Reveal, "show", "Show or hide what is typed"),
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Back; nothing is created"),
];

const LABELS: [&str; 4] = ["Copy of vault.age", "Recovery kit", "New passphrase", "Repeat"];

/// Columns of the labels.
const LABEL: u16 = 20;

#[derive(Debug)]
pub(crate) struct Recover {
    /// In the order of [`LABELS`].
    fields: [TextField; 4],
    focus: usize,
    /// Whether the warning about a weak passphrase was shown; the next enter accepts it.
    warned: bool,
    work: Option<OperationId>,
    failed: Option<Problem>,
}

impl Default for Recover {
    fn default() -> Self {
        let fields = [TextField::default(), TextField::masked(), TextField::passphrase(), TextField::passphrase()];
        Self { fields, focus: 0, warned: false, work: None, failed: None }
    }
}

impl Recover {
    fn accept(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        if self.focus + 1 < self.fields.len() {
            self.focus += 1;
            return Vec::new();
        }
        if let Some(empty) = self.fields.iter().position(TextField::is_empty) {
            self.focus = empty;
            self.failed = Some(Problem::new(Kind::Usage, format!("{} is empty.", LABELS[empty])));
            return Vec::new();
        }
        let [file, kit, first, second] = &self.fields;
        let (first, second) = (first.secret(), second.secret());
        if !first.matches(&second) {
            let differ = Problem::new(Kind::Usage, "The two passphrases differ.");
            self.failed = Some(differ.try_this("Correct one of them; ctrl-t shows both."));
            return Vec::new();
        }
        let new = Passphrase::from(first);
        self.failed = passphrase::must_be_strong(&new).err().filter(|_| !self.warned);
        if self.failed.is_some() {
            self.warned = true;
            return Vec::new();
        }
        let kit = kit.secret();
        let from = PathBuf::from(file.text().trim());
        self.work = Some(cx.operation);
        vec![Effect::Work(cx.operation, Operation::Recover { from, kit, new })]
    }

    fn field(&mut self) -> Option<&mut TextField> {
        self.fields.get_mut(self.focus)
    }
}

impl View for Recover {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Restore from a recovery kit".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn captures_text(&self) -> bool {
        true
    }

    fn refusal(&self, _cx: &Context<'_>, action: Action) -> Option<&'static str> {
        (action == Action::Accept && self.work.is_some()).then_some("the vault is being restored")
    }

    fn redraw_rate(&self) -> RedrawRate {
        if self.work.is_some() { RedrawRate::Spinner } else { RedrawRate::Still }
    }

    fn waits_for(&self) -> Option<OperationId> {
        self.work
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        let count = self.fields.len();
        if matches!(input, Input::Text(_) | Input::Edit(_) | Input::Paste(_)) {
            self.warned = false;
        }
        match input {
            Input::Do(Action::Back) => return vec![Effect::Back],
            Input::Do(Action::Accept) => return self.accept(cx),
            Input::Do(Action::NextField) => self.focus = (self.focus + 1) % count,
            Input::Do(Action::PreviousField) => self.focus = (self.focus + count - 1) % count,
            Input::Do(Action::Reveal) => self.fields.iter_mut().skip(1).for_each(TextField::toggle_shown),
            Input::Text(c) => self.field().into_iter().for_each(|field| field.insert(c)),
            Input::Edit(edit) => self.field().into_iter().for_each(|field| field.edit(edit)),
            Input::Paste(text) => self.field().into_iter().for_each(|field| field.paste(&text)),
            Input::Job(_, JobEvent::Finished(result)) => {
                self.work = None;
                self.failed = result.err();
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let area = centered(area, 76, 20);
        let inside = pane(cx.theme, frame, area, "Restore from a recovery kit", Line::default());
        let intro = [
            Row::blank(),
            Row::new(
                "",
                "The recovery kit opens a copy of vault.age, from a backup or another machine. The vault is then kept \
                 here, under a new passphrase.",
            ),
            Row::blank(),
        ];
        let mut rest = rows(cx.theme, frame, inside, 0, &intro);
        for (at, (label, field)) in LABELS.iter().zip(&self.fields).enumerate() {
            let (line, below) = split_top(rest, 1);
            frame.render_widget(Span::styled(*label, cx.theme.muted), line);
            field.view(cx, frame, indent(line, LABEL), self.focus == at && self.work.is_none());
            rest = below;
        }
        let text = if self.work.is_some() {
            vec![Row::blank(), Row::new("", format!("{} Restoring. This takes about a second.", spinner(cx)))]
        } else if let Some(problem) = &self.failed {
            vec![Row::blank(), Row::new("", in_full(problem)).style(cx.theme.danger)]
        } else {
            let text = "The kit is the line that begins with AGE-SECRET-KEY-1; spaces in it do not matter.";
            vec![Row::blank(), Row::new("", text)]
        };
        rows(cx.theme, frame, rest, 0, &text);
    }
}
